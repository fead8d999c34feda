/*
 * One try to reach a standby, on a thread of its own: the name is looked up, the connection made,
 * both sides prove who they are, and what the standby says of itself is read. Whoever commits looks
 * whether it is done and never waits for a name server. A try that is dropped ends by itself.
 */
#ifndef DRIVERS_SHIP_ATTEMPT_H
#define DRIVERS_SHIP_ATTEMPT_H

#include "drivers/journal/journal_ship.h"
#include "drivers/journal/ship_link.h"

struct ship_attempt;

struct ship_call {
    const char *address;            /* copied */
    struct ship_security *security; /* held as long as the try lasts; NULL: in clear */
    struct ship_hello hello;
    int wait_ms; /* for the connection, and for the answer; the name may take longer */
};

/* What came of it. */
struct ship_outcome {
    struct ship_link *link; /* the taker's when the result is OK */
    struct ship_reply reply;
    char why[256]; /* when it failed */
};

/* NULL when there is no memory or no thread. */
struct ship_attempt *ship_attempt_start(const struct ship_call *call);

/* Waits at most so long. ERR_TIMEOUT: not done yet, ask again. Anything else is the result, and the
 * attempt is gone. */
MUST_USE enum err ship_attempt_take(struct ship_attempt *attempt, int wait_ms,
                                    struct ship_outcome *out);

/* Gives it up, whatever it is doing; also NULL. */
void ship_attempt_drop(struct ship_attempt *attempt);

#endif

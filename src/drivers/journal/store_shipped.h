/*
 * A store that ships its journal to a standby before it lets an answer leave: a commit returns when
 * its records are durable here and there. It stands before another store, which it owns.
 *
 * Required: without the standby nothing new is taken (STORE_ALONE), and a commit that the standby
 * does not confirm in time ends in doubt: the process stops, and answers when it is started again
 * and the standby has caught up. Preferred: without it things go on, somebody is told, and what it
 * missed is sent when it is back. A standby is looked for on another thread (ship_attempt.h) and
 * between commits (tend), so that a preferred one that is away costs payments nothing.
 *
 * A standby that was promoted says so: then this is a former primary, and STORE_FATAL. So is one
 * whose journal goes another way from any record on.
 */
#ifndef DRIVERS_STORE_SHIPPED_H
#define DRIVERS_STORE_SHIPPED_H

#include "base/text.h"
#include "books/store.h"
#include "drivers/journal/ship_link.h"

struct store_shipping {
    const char *address; /* "HOST:PORT"; must outlive the store */
    const char *party;   /* at most 23 characters; must outlive it, too */
    bool is_required;
    int confirm_ms;              /* how long a commit waits for the standby; 0: 5000 */
    int retry_ms;                /* the shortest pause between two tries to reach it; 0: 1000 */
    const struct tls_files *tls; /* for the call; NULL: in clear, to this machine only */
    /* Words about the standby coming and going, for people; called on the committing thread. */
    void (*note)(void *context, const char *words);
    void *context;
};

/* Takes inner over, also when it fails. Looks for the standby at once, as long as a commit waits.
 * With *why: ERR_TIMEOUT when the standby is required and cannot be had, ERR_NOT_ALLOWED when it
 * was promoted or has another journal, ERR_CONFIG when the link may not be as it is set up. */
MUST_USE enum err store_shipped_open(const struct store *inner, const struct store_shipping *how,
                                     struct store *out, struct text *why);

enum ship_stand {
    SHIP_STAND_LEVEL,       /* it has all */
    SHIP_STAND_CATCHING_UP, /* it is there and lacks some */
    SHIP_STAND_AWAY,        /* it cannot be had: why says so */
    SHIP_STAND_FENCED       /* this store may not go on */
};

#define SHIP_WHY_LEN 256

/* How the standby stands, as the last commit or look found it. */
struct ship_state {
    enum ship_stand stand;
    bool is_required;
    int64_t for_ms;         /* since when it stands so */
    uint64_t behind;        /* records that it lacks */
    char why[SHIP_WHY_LEN]; /* "": nothing has failed */
};

/* Of any store, on any thread, while it is open. False: it has no standby. */
bool store_shipped_state(const struct store *store, struct ship_state *out);

#endif

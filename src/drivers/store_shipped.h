/*
 * A store that ships its journal to a standby before it lets an answer leave: a commit returns when
 * its records are durable here and there. It stands before another store, which it owns.
 *
 * Required: without the standby nothing new is taken (STORE_FULL), and a commit that the standby
 * does not confirm in time ends in doubt: the process stops, and answers when it is started again
 * and the standby has caught up. Preferred: without it things go on, somebody is told, and what it
 * missed is sent when it is back.
 *
 * A standby that was promoted says so: then this is a former primary, and STORE_FATAL.
 */
#ifndef DRIVERS_STORE_SHIPPED_H
#define DRIVERS_STORE_SHIPPED_H

#include "base/text.h"
#include "books/store.h"

struct store_shipping {
    const char *address; /* "HOST:PORT"; must outlive the store */
    const char *party;   /* at most 23 characters; must outlive it, too */
    bool is_required;
    int confirm_ms; /* how long a commit waits for the standby; 0: 5000 */
    /* Words about the standby coming and going, for people; called on the committing thread. */
    void (*note)(void *context, const char *words);
    void *context;
};

/* Takes inner over, also when it fails. Connects at once. With *why: ERR_TIMEOUT when the standby
 * is required and does not answer, ERR_NOT_ALLOWED when it was promoted or has another journal. */
MUST_USE enum err store_shipped_open(const struct store *inner, const struct store_shipping *how,
                                     struct store *out, struct text *why);

#endif

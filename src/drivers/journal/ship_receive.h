/*
 * The standby's side of a journal that is shipped: greets the primary, checks each record against
 * the chain of hashes, makes it durable, and only then confirms it. Whatever ends it, its store
 * holds all that was confirmed, and perhaps more of the same journal.
 */
#ifndef DRIVERS_SHIP_RECEIVE_H
#define DRIVERS_SHIP_RECEIVE_H

#include "base/instant.h"
#include "drivers/journal/journal_ship.h"
#include "drivers/journal/ship_link.h"

struct ship_receiver {
    /* The store for what a primary has; *why says what is wrong. */
    enum err (*open)(void *context, const struct ship_hello *hello, struct store *out,
                     struct text *why);
    /* The primary was taken: records follow from this number on. NULL: nobody wants to know. */
    void (*taken)(void *context, const struct ship_hello *hello, uint64_t from);
    void *context;
};

/* Receives until the link ends, which is ERR_CLOSED; closes the store, not the link. With *why:
 * ERR_NOT_ALLOWED when the primary was refused, or what was wrong with what it sent. */
MUST_USE enum err ship_receive(struct ship_link *link, const struct ship_receiver *receiver,
                               struct text *why);

/* Of a store's last record; zeros: there is none. The store's own epoch counts our openings, too.
 */
struct ship_last {
    uint32_t epoch;
    struct instant wall;
};

struct ship_last ship_last_of(struct store *store);

#endif

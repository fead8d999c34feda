/*
 * A store in memory that several nodes of a party share, as they share PostgreSQL: for the
 * simulator and for tests. What it promises is in books/store.h and
 * docs/decisions/0016-nodes-watch-each-other.md; its clock is the caller's.
 *
 * The rows are one store_memory's; each node's journal, epoch and planted faults are another's.
 * A commit that changes a row which another node has changed since it was loaded says STORE_RETRY.
 */
#ifndef DRIVERS_STORE_SHARED_H
#define DRIVERS_STORE_SHARED_H

#include "drivers/store_memory.h"

struct store_shared_options {
    int64_t lease_ms;
    int64_t (*now_ms)(void *context); /* never goes back */
    void *context;
    /* A bug, to show that it is found: changes to rows that another node has changed meanwhile are
     * taken. */
    bool loses_updates;
};

struct store_shared;

MUST_USE enum err store_shared_new(const struct store_shared_options *options,
                                   struct store_shared **out);
void store_shared_free(struct store_shared *shared);

/* A node that has never written, under a number of its own. ERR_FULL past STORE_NODES_MAX. */
MUST_USE enum err store_shared_add(struct store_shared *shared, uint16_t node);

/* A process opens it as a node that was added: the node's epoch rises, and what another has taken
 * over from it stays that one's. shared outlives the store. */
MUST_USE enum err store_shared_attach(struct store_shared *shared, uint16_t node,
                                      struct store *out);

/* Where faults are planted for a node's calls; NULL when there is no such node. */
struct store_memory *store_shared_memory(struct store_shared *shared, uint16_t node);

/* The rows alone, for who only looks at them, whichever nodes are there. */
const struct store *store_shared_rows(const struct store_shared *shared);

#endif

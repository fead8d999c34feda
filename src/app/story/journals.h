/*
 * The journals of all nodes that share a party's store, as one of them reads them inside a lane's
 * job. A store that nobody shares has one. What a payment row calls its history are numbers of
 * records without the node that wrote each; a record says itself which payment it is about.
 */
#ifndef APP_JOURNALS_H
#define APP_JOURNALS_H

#include "books/journal.h"
#include "books/store.h"

struct lane;

struct journals {
    struct store *store;
    size_t count;                             /* at least 1 */
    struct store_head heads[STORE_NODES_MAX]; /* our own first; the others' as of a moment ago */
};

/* Those of the lane's store. */
void journals_open(struct lane *lane, struct journals *out);

/* nodes: who shares the store; count 0: nobody that is known of. */
void journals_over(struct store *store, const struct store_node *nodes, size_t count,
                   struct journals *out);

/* As store->read, of the journal at an index. */
enum store_result journals_read(const struct journals *journals, size_t index, uint64_t from,
                                store_record_visit *visit, void *context);

/* The record of a node; its changes are not valid. False: there is none, or it cannot be read. */
bool journals_record(const struct journals *journals, uint16_t node, uint64_t sequence,
                     struct journal_record *out);

/* The records with this number that are about the payment, at most one for each node, the oldest
 * first. Returns how many; their changes are not valid. */
size_t journals_about(const struct journals *journals, const struct identity *payment,
                      uint64_t sequence, struct journal_record out[static STORE_NODES_MAX]);

/* The number of the first record in the journal at an index that is not older, by its own node's
 * clock; one after the last when all are. */
uint64_t journals_since(const struct journals *journals, size_t index, struct instant since);

#endif

/*
 * What every store driver does: load rows by key, commit changes together with journal records,
 * read the journal. Drivers: memory, SQLite, PostgreSQL (drivers/store_*.c), all under one test
 * suite (drivers/store_suite.c).
 *
 * A store belongs to one party. A batch is all or nothing. After a commit that returned
 * STORE_IN_DOUBT or STORE_FATAL the process must stop, open the store again and answer from what
 * recovery finds: an I/O error inside a commit means that the outcome is unknown.
 */
#ifndef BOOKS_STORE_H
#define BOOKS_STORE_H

#include "base/err.h"
#include "books/row.h"

enum store_result {
    STORE_OK,
    STORE_RETRY,    /* nothing was written; the same events may run again */
    STORE_FULL,     /* nothing was written; there is no room: refuse new work */
    STORE_ALONE,    /* nothing was written; the standby that must have it is away */
    STORE_IN_DOUBT, /* it may or may not have been written */
    STORE_FATAL,    /* the store cannot be used any more (damage, lost ownership, old epoch) */
};

/* A row to be filled by load. */
struct store_row {
    struct row_key key;
    bool found;
    uint16_t len;
    _Alignas(8) uint8_t value[ROW_VALUE_LEN_MAX];
};

struct store_change {
    struct row_key key;
    bool is_removal;
    struct bytes value; /* borrowed until commit returns */
};

struct store_record {
    uint64_t sequence;
    struct bytes bytes; /* an encoded journal record; borrowed until commit returns */
};

/* What one commit writes: all or nothing. What the changes make of the rows also stands in the
 * records, as after-images: a driver may write the records at once and the rows behind them. */
struct store_batch {
    const struct store_change *changes; /* each key at most once */
    size_t change_count;
    const struct store_record *records; /* the numbers after the journal's end, without gaps */
    size_t record_count;
    const uint8_t *head_hash; /* 32 bytes: hash of the last record, kept so that the chain goes on
                                 after a restart */
};

/* What a journal begins after: its first record is the next one and carries this hash. */
struct store_anchor {
    uint64_t sequence; /* 0: nothing was cut off */
    uint8_t hash[32];  /* of that record; zeros: none */
};

struct store_head {
    uint16_t node;
    uint32_t epoch;    /* raised by each opening */
    uint64_t sequence; /* of the last record; 0: none */
    uint8_t hash[32];  /* of the last record; zeros: none */
    struct store_anchor anchor;
};

/* Records of a node's journal that leave it, because they are kept elsewhere. */
struct store_cut {
    uint16_t node;
    struct store_anchor to;
    size_t count_max; /* records that are removed in one call */
};

/* A node of a shared store, as the store's own clock and the others see it. */
struct store_node {
    struct store_head head;
    int64_t silent_ms; /* since it last wrote or renewed its lease */
    uint16_t swept_by; /* the node that has taken over what it left, as long as it stays away; 0:
                          none has */
};

#define STORE_NODES_MAX 16 /* nodes are numbered 1 to 9 */

/* What a node learns when it renews its lease. */
struct store_tidings {
    bool has_swept; /* rows of TABLE_PENDING that another node left may be ours since the last time
                       that this was asked */
    size_t node_count;
    struct store_node nodes[STORE_NODES_MAX]; /* this one among them, by number */
};

/* Called for each row or record; returns false to stop. Bytes are borrowed for the call. */
typedef bool store_row_visit(void *context, const struct row_key *key, struct bytes value);
typedef bool store_record_visit(void *context, uint64_t sequence, struct bytes record);

/* What is wanted of all nodes' books at one moment; NULL: not wanted. */
struct store_survey {
    void *context;
    /* The end of each node's journal. */
    void (*head)(void *context, const struct store_head *head);
    /* The records of all nodes, each node's in order, and of two that changed the same row the
     * earlier first. A record says whose it is. */
    store_record_visit *record;
    /* The rows of one table, or with TABLE_NONE of all, in the order of tables and keys. */
    store_row_visit *row;
    enum row_table table;
};

struct store {
    void *self;
    /* What the journal ends with. */
    void (*head)(void *self, struct store_head *out);
    /* Fills rows by key, committed state; not found is not an error. */
    enum store_result (*load)(void *self, struct store_row *rows[], size_t count);
    /* Makes changes and records durable in one commit. */
    enum store_result (*commit)(void *self, const struct store_batch *batch);
    /* Visits the rows of one table in key order, from the first key at or after from; of
     * TABLE_PENDING only those that this node wrote or took over. */
    enum store_result (*scan)(void *self, const struct row_key *from, store_row_visit *visit,
                              void *context);
    /* Visits records in order, from a sequence number on, or from the first that is there. */
    enum store_result (*read)(void *self, uint64_t from_sequence, store_record_visit *visit,
                              void *context);
    /* For stores that nodes share, else NULL: as read, of any node's journal. */
    enum store_result (*read_of)(void *self, uint16_t node, uint64_t from_sequence,
                                 store_record_visit *visit, void *context);
    /* For stores that have something to do when nobody commits, else NULL; called every
     * STORE_TEND_MS. A node of a shared store says that it lives, and takes over what a node left
     * that has not said so for longer than its lease and a margin; STORE_FATAL when that has
     * happened to this one. Costs a commit only when none has been made for a while. A store with a
     * standby looks for it; its tidings are empty. */
    enum store_result (*tend)(void *self, struct store_tidings *out);
    /* For stores that nodes share, else NULL: the last thing before close, of a node that ends in
     * good order. What it leaves in TABLE_PENDING is free for the others at once, without waiting
     * for its lease to end; where it cannot say so, they wait. */
    void (*leave)(void *self);
    /* For stores that nodes share, else NULL: looks at the work of all nodes as it is at one
     * moment. STORE_RETRY when the look failed half-way: nothing else is disturbed. */
    enum store_result (*survey)(void *self, const struct store_survey *survey);
    /* Lets a node's journal begin after an anchor: one commit, after which no reader sees a record
     * up to it. Then removes what lies behind it, some in each call: *left says that there is more,
     * and the same call goes on. The caller has seen that the record after the anchor carries its
     * hash. In a store that never had a record the journal begins there: a copy of one that was
     * cut. STORE_RETRY: nothing was changed, because the anchor is not before the last record, is
     * before the one that there is, or the store is not of that node; STORE_ALONE: the standby
     * lacks some of it. NULL: nobody may write. */
    enum store_result (*cut)(void *self, const struct store_cut *cut, bool *left);
    void (*close)(void *self);
};

#define STORE_TEND_MS 1000

/* As survey, for any store: one without it has one node. */
enum store_result store_survey(const struct store *store, const struct store_survey *survey);

#endif

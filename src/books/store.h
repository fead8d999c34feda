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

struct store_head {
    uint16_t node;
    uint32_t epoch;    /* raised by each opening */
    uint64_t sequence; /* of the last record; 0: none */
    uint8_t hash[32];  /* of the last record; zeros: none */
};

/* Called for each row or record; returns false to stop. Bytes are borrowed for the call. */
typedef bool store_row_visit(void *context, const struct row_key *key, struct bytes value);
typedef bool store_record_visit(void *context, uint64_t sequence, struct bytes record);

struct store {
    void *self;
    /* What the journal ends with. */
    void (*head)(void *self, struct store_head *out);
    /* Fills rows by key, committed state; not found is not an error. */
    enum store_result (*load)(void *self, struct store_row *rows[], size_t count);
    /* Makes changes and records durable in one commit. */
    enum store_result (*commit)(void *self, const struct store_batch *batch);
    /* Visits the rows of one table in key order, from the first key at or after from. */
    enum store_result (*scan)(void *self, const struct row_key *from, store_row_visit *visit,
                              void *context);
    /* Visits records in order, from a sequence number on. */
    enum store_result (*read)(void *self, uint64_t from_sequence, store_record_visit *visit,
                              void *context);
    void (*close)(void *self);
};

#endif

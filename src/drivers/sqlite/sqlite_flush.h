/*
 * Writes changed rows behind the journal, a few in each commit.
 *
 * Now and then the list of dirty rows becomes a set: the helper sorts it, and the commits that
 * follow write some of it each, as the rows stand by then. When the last is written, every
 * change up to the record that was the journal's last when the set was taken is in the file, and
 * meta's `flushed` says so in the same transaction. Opening replays the records after it: they
 * carry what each row became, so it does no harm that some rows are already newer in the file.
 *
 * A row keeps being dirty until the transaction that wrote it is durable.
 */
#ifndef DRIVERS_SQLITE_FLUSH_H
#define DRIVERS_SQLITE_FLUSH_H

#include "drivers/sqlite/row_cache.h"
#include "drivers/sqlite/sqlite_helper.h"

#define SQLITE_FLUSH_STATEMENTS 7

struct sqlite_flush {
    struct row_cache *cache;
    struct sqlite_helper *helper;
    sqlite3_stmt *statements[SQLITE_FLUSH_STATEMENTS];
    int64_t id_next;              /* of the next new row */
    uint64_t tail_max;            /* records after `flushed` at which a set is taken */
    uint64_t flushed;             /* as in the file */
    struct row_cache_entry **set; /* NULL: none */
    size_t count;
    size_t clean;      /* of set: durable in the file */
    size_t written;    /* of set: written, in the open transaction from clean on */
    uint64_t sequence; /* the journal's end when the set was taken */
    bool is_marked;    /* `flushed` was set in the open transaction */
    uint64_t rows_written;
};

/* Prepares for db; returns SQLite's code. */
int sqlite_flush_open(struct sqlite_flush *flush, sqlite3 *db);
void sqlite_flush_close(struct sqlite_flush *flush);

/* Takes a set when the tail or the dirty rows have grown enough; sequence is the journal's end. */
void sqlite_flush_take_if_due(struct sqlite_flush *flush, uint64_t sequence);

/* Takes all that is dirty as the set, which must not be under way, and waits for its order. */
void sqlite_flush_take_all(struct sqlite_flush *flush, uint64_t sequence);

/* Whether the set must be written before more is changed: else, should the helper get no processor
 * time, tail and dirty rows would grow without bound. sequence is the journal's end. */
bool sqlite_flush_is_overdue(const struct sqlite_flush *flush, uint64_t sequence);

/* How many rows a commit with so many records and changes should write. */
size_t sqlite_flush_budget(const struct sqlite_flush *flush, size_t records, size_t changes);

/* Writes up to budget rows in the open transaction; returns SQLite's code. */
int sqlite_flush_write(struct sqlite_flush *flush, size_t budget);

/* The transaction is durable, or was taken back. */
void sqlite_flush_committed(struct sqlite_flush *flush);
void sqlite_flush_rolled_back(struct sqlite_flush *flush);

/* A row's key as the file orders it; returns its length. */
size_t sqlite_flush_key(const struct row_key *key, uint8_t out[static 1 + ROW_KEY_LEN_MAX]);

#endif

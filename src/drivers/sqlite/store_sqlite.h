/*
 * The default store: one SQLite file for a party, owned by one process.
 *
 * A commit writes the journal records and returns when they are on the disk (WAL, synchronous
 * FULL): one transaction, one fdatasync. Rows change in memory and follow behind, sorted by key, a
 * few in each later commit (sqlite_flush.h). Opening loads nothing but the journal's tail, so it
 * takes the same time for a thousand cards and for a million; memory stays within a bound.
 *
 * After STORE_IN_DOUBT or STORE_FATAL every call says STORE_FATAL: the process must stop, open the
 * file again, and answer from what is there.
 */
#ifndef DRIVERS_STORE_SQLITE_H
#define DRIVERS_STORE_SQLITE_H

#include "base/text.h"
#include "books/store.h"

struct store_sqlite_options {
    size_t cache_bytes; /* of rows in memory; 0: 256 MiB */
    uint64_t tail_max;  /* journal records that may wait for their rows; 0: 200,000 */
    uint32_t wal_pages; /* of 4 KiB after which the WAL is copied back; 0: 1024 */
    /* For simulation, where one thread does all: the SQLite VFS that has the file, to itself.
     * NULL: the system's. Sorting and copying back then happen in step with the calls. */
    const char *vfs;
};

struct store_sqlite_counters {
    uint64_t commits;
    uint64_t rows_loaded;
    uint64_t rows_missed; /* of those, not in memory */
    uint64_t rows_written;
    uint64_t checkpoints;
    uint32_t wal_pages; /* in the WAL now: an alarm should be set on it */
    uint32_t wal_pages_max;
    uint64_t tail; /* records that opening would replay now */
    size_t dirty_rows;
    size_t cache_bytes;
    bool is_broken; /* every call says STORE_FATAL from now on */
};

/* Opens or creates the file of a node; the epoch rises. options may be NULL. On failure *why says
 * in words what is wrong with the file: ERR_BUSY (the owner's process), ERR_VERSION (a newer
 * program made it), ERR_CORRUPT, ERR_CONFIG (it is another node's), ERR_DISK_FULL, ERR_IO. */
MUST_USE enum err store_sqlite_open(const char *path, uint16_t node,
                                    const struct store_sqlite_options *options, struct store *out,
                                    struct text *why);

struct store_sqlite_counters store_sqlite_counters(const struct store *store);

#endif

/*
 * Reads the journal of a SQLite store beside the process that owns it, over a connection that can
 * only read: a backup copies records so while payments go on. Each call is one short transaction
 * of its own, so the WAL is never kept from being copied back for long. What it reads is durable:
 * SQLite shows a commit to others only after its fdatasync.
 */
#ifndef DRIVERS_SQLITE_JOURNAL_H
#define DRIVERS_SQLITE_JOURNAL_H

#include "base/text.h"
#include "books/store.h"

struct sqlite_journal;

/* Opens the journal of the file. ERR_NOT_FOUND when there is none, ERR_VERSION, ERR_CORRUPT,
 * ERR_BUSY, ERR_IO; *why names the file and what is wrong. */
MUST_USE enum err sqlite_journal_open(const char *path, struct sqlite_journal **out,
                                      struct text *why);
void sqlite_journal_close(struct sqlite_journal *journal);

/* What the journal begins after and ends with now; head.epoch is of the newest opening. */
MUST_USE enum err sqlite_journal_head(struct sqlite_journal *journal, struct store_head *out,
                                      struct text *why);

/* Which records one call reads. */
struct sqlite_range {
    uint64_t first;
    uint64_t last;
    size_t count_max; /* of them, at most */
};

/* Visits the records of the range in order. */
MUST_USE enum err sqlite_journal_read(struct sqlite_journal *journal,
                                      const struct sqlite_range *range, store_record_visit *visit,
                                      void *context);

#endif

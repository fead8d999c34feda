/*
 * How far a store was durable, noted outside of it: in the file PATH.lock, behind the owner's
 * process number. A file or a WAL that was cut off, left behind or put back from a copy opens as if
 * nothing were missing, because what SQLite finds there is whole as far as it goes; the mark knows
 * that there was more.
 *
 * It is raised after a commit has reached the disk and is not synced itself: it may be older than
 * the store, after a power cut, and is never ahead of it unless the store has lost something. It
 * lies in a mapping, so that a commit pays nothing for it.
 */
#ifndef DRIVERS_SQLITE_MARK_H
#define DRIVERS_SQLITE_MARK_H

#include "base/text.h"

struct sqlite_mark {
    struct sqlite_mark_page *page; /* NULL: none is kept */
};

/* Opens the mark in a lock file that is locked, making one of 0 when there is none. */
MUST_USE enum err sqlite_mark_open(int lock, struct sqlite_mark *out, struct text *why);
void sqlite_mark_close(struct sqlite_mark *mark);

/* The journal's last record that was durable; 0: nothing is known. */
uint64_t sqlite_mark_sequence(const struct sqlite_mark *mark);
void sqlite_mark_raise(struct sqlite_mark *mark, uint64_t sequence);

/* ERR_CORRUPT when the mark says that a journal which ends at sequence had more. */
MUST_USE enum err sqlite_mark_check(const struct sqlite_mark *mark, uint64_t sequence,
                                    struct text *why);

#endif

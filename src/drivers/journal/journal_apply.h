/*
 * Writes a journal into a store, record by record, with the rows as the records' after-images say
 * they became: how a backup is restored and how a standby keeps up. Records are gathered and
 * committed many at a time.
 */
#ifndef DRIVERS_JOURNAL_APPLY_H
#define DRIVERS_JOURNAL_APPLY_H

#include "books/journal.h"
#include "books/store.h"

struct journal_apply;

/* Over an open store, which must end where the first record follows on. */
MUST_USE enum err journal_apply_open(struct store *store, struct journal_apply **out);

/* What was added and not committed is dropped. */
void journal_apply_close(struct journal_apply *apply);

/* Adds the next record, already checked against the chain; both are copied. Commits when enough
 * have come together. ERR_DISK_FULL, ERR_IO: the store may be used no more. */
MUST_USE enum err journal_apply_add(struct journal_apply *apply, struct bytes bytes,
                                    const struct journal_record *record);

/* Makes all that was added durable. */
MUST_USE enum err journal_apply_commit(struct journal_apply *apply);

#endif

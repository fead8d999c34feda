/*
 * Rows and journal records as JSON, for people and for programs that judge them (docs/export.md).
 *
 * What is secret is not told: of a card its masked number; no sealed or hashed number but the first
 * half of the keyed hash in the keys of card tables, which says only that two rows are of one card;
 * no keys, passwords, signatures, codes. A row without anything to tell is told by its key alone.
 * Fields that are zero or empty are left out; names of states never are.
 */
#ifndef VIEW_ROW_VIEW_H
#define VIEW_ROW_VIEW_H

#include "base/text.h"
#include "books/journal.h"

/* The most that a record takes, row_view_add_record, and a row. */
#define ROW_VIEW_ROW_MAX 4096
#define ROW_VIEW_RECORD_MAX ((NEEDS_MAX + 1) * ROW_VIEW_ROW_MAX)

/* A payment's identity in full: "10000001/T1/000001/000042". */
void row_view_add_identity(struct text *t, const struct identity *identity);

/* Members of an object, without its braces: "table": "account", "key": "3", "row": {...}. A value
 * of another length than its table's rows have is damage: it is told as "bytes": its length. */
void row_view_add_row(struct text *t, const struct row_key *key, struct bytes value);

/* Members of an object, without its braces: number, times, what happened, postings, changes. */
void row_view_add_record(struct text *t, const struct journal_record *record);

#endif

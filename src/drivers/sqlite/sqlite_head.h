/*
 * What the journal of a SQLite store begins after and ends with, and the epoch of its openings.
 * Results are SQLite's; SQLITE_CORRUPT is also what the file contradicts itself in.
 */
#ifndef DRIVERS_SQLITE_HEAD_H
#define DRIVERS_SQLITE_HEAD_H

#include "books/store.h"

#include <sqlite3.h>

/* Anchor, number, hash and epoch of the last record, and up to which record rows are in the file.
 * With no record left, the journal ends where it begins. */
int sqlite_head_read(sqlite3 *db, struct store_head *out, uint64_t *flushed);

/* The first opening says whose file it is; each raises the epoch, durably, before anything else. A
 * file that was made from another's journal goes on from the epoch of its records. *head then says
 * whose file it is; of another node nothing is changed. */
int sqlite_head_take(sqlite3 *db, uint16_t node, struct store_head *head);

/* Zeros when there is none, as in a file that no program has opened which knows of anchors. */
int sqlite_head_get_anchor(sqlite3 *db, struct store_anchor *out);

/* Within a transaction: moves the anchor; removes the records up to last. */
int sqlite_head_anchor(sqlite3 *db, const struct store_anchor *to);
int sqlite_head_remove(sqlite3 *db, uint64_t last);

/* The number of the first record that is there; 0: none, or it cannot be read. */
uint64_t sqlite_head_first(sqlite3 *db);

/* A transaction: a journal without records begins after the anchor. */
int sqlite_head_begin(sqlite3 *db, const struct store_anchor *to);

#endif

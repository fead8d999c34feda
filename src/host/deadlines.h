/*
 * The deadlines of one lane: at most one for each row key, the earliest first; of equal ones the
 * first set comes first, so that order does not depend on the heap.
 */
#ifndef HOST_DEADLINES_H
#define HOST_DEADLINES_H

#include "base/instant.h"
#include "books/row.h"

struct deadlines;

/* NULL when there is no memory. */
struct deadlines *deadlines_new(void);
void deadlines_free(struct deadlines *deadlines);

/* Sets or moves the deadline of a key. ERR_FULL when there is no memory; the old one stands. */
MUST_USE enum err deadlines_set(struct deadlines *deadlines, const struct row_key *key,
                                struct moment due);
void deadlines_clear(struct deadlines *deadlines, const struct row_key *key);

/* Whether the key has one. */
bool deadlines_has(const struct deadlines *deadlines, const struct row_key *key);

/* The earliest deadline; false when there is none. */
bool deadlines_first(const struct deadlines *deadlines, struct moment *due);

/* Takes the earliest deadline if it is due; false when none is. */
bool deadlines_take_due(struct deadlines *deadlines, struct moment now, struct row_key *out);

size_t deadlines_count(const struct deadlines *deadlines);

#endif

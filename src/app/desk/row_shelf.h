/*
 * Rows by key, in memory, for programs that go through a journal and keep what it says: the newest
 * value of each row that they put. Grows as needed; owns copies.
 */
#ifndef APP_ROW_SHELF_H
#define APP_ROW_SHELF_H

#include "books/row.h"

struct shelf_row {
    struct row_key key; /* table TABLE_NONE: a free place */
    uint16_t len;
    void *value;
};

struct row_shelf {
    struct shelf_row *rows;
    size_t places; /* a power of two, or 0 */
    size_t count;
};

/* The value under a key, NULL when there is none or it has another length. */
void *row_shelf_find(const struct row_shelf *shelf, const struct row_key *key, size_t len);

/* Keeps a copy in place of what was there. False without memory. */
MUST_USE bool row_shelf_put(struct row_shelf *shelf, const struct row_key *key, const void *value,
                            size_t len);

void row_shelf_free(struct row_shelf *shelf);

#endif

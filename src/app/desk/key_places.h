/*
 * Where a party keeps its keys: every row and field that holds a key block, and which of them an
 * operator may replace. Work keys are exchanged by the parties themselves.
 */
#ifndef APP_KEY_PLACES_H
#define APP_KEY_PLACES_H

#include "books/party_rows.h"
#include "books/store.h"

/* A key block found in a row. */
struct key_found {
    const char *place; /* "terminal.master" */
    bool may_replace;
    uint16_t offset; /* of the block in the row */
    struct row_key row;
    struct keyblock block;
    bool is_readable; /* the header could be read: header is valid */
    struct key_header header;
};

/* Called for each key in the order of tables and rows, the row's value borrowed; false stops. */
typedef bool key_places_visit(void *context, const struct key_found *found, struct bytes row);

/* Visits all keys of a store. A field of zeros is no key. */
MUST_USE enum store_result key_places_each(struct store *store, key_places_visit *visit,
                                           void *context);

#endif

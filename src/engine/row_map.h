/*
 * The rows of one batch: each once, shared by all events that need it, at an address that stays
 * until the map is emptied. Rows lie in the order in which they were first asked for, so those
 * after some index are the ones added since.
 */
#ifndef ENGINE_ROW_MAP_H
#define ENGINE_ROW_MAP_H

#include "node/node.h"

#define ROW_MAP_ROWS_MAX (BATCH_EVENTS_MAX * NEEDS_MAX)
#define ROW_MAP_PLACES (64 * BATCH_EVENTS_MAX) /* a power of two; at most six tenths are taken */

struct row_map_place {
    uint32_t filling; /* the place is taken when this is the map's */
    uint32_t row;
};

struct row_map {
    struct node_row *rows; /* ROW_MAP_ROWS_MAX */
    size_t count;
    struct row_map_place *places; /* ROW_MAP_PLACES */
    uint32_t filling;             /* counts emptyings, so that none clears the places */
};

MUST_USE enum err row_map_init(struct row_map *map);
void row_map_close(struct row_map *map);
void row_map_clear(struct row_map *map);

/* The row under key; a new one is unchanged, not found, of version 0. */
struct node_row *row_map_take(struct row_map *map, const struct row_key *key);

/* The bytes that the struct of a table takes. */
size_t row_map_value_len(uint8_t table);

#endif

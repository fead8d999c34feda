#include "app/desk/row_shelf.h"

#include <stdlib.h>
#include <string.h>

#define PLACES_FIRST 1024

/* Its own place, or the free one where it would go. At most half are taken, so there is one. */
static struct shelf_row *place_of(const struct row_shelf *shelf, const struct row_key *key)
{
    size_t at = row_key_hash(key) & (shelf->places - 1);

    while (shelf->rows[at].key.table != TABLE_NONE && !row_key_equal(&shelf->rows[at].key, key))
        at = (at + 1) & (shelf->places - 1);
    return &shelf->rows[at];
}

void *row_shelf_find(const struct row_shelf *shelf, const struct row_key *key, size_t len)
{
    if (shelf->places == 0)
        return NULL;
    struct shelf_row *row = place_of(shelf, key);
    return row->key.table != TABLE_NONE && row->len == len ? row->value : NULL;
}

static bool grow(struct row_shelf *shelf)
{
    struct row_shelf next = {.places = shelf->places == 0 ? PLACES_FIRST : 2 * shelf->places,
                             .count = shelf->count};

    next.rows = calloc(next.places, sizeof *next.rows);
    if (next.rows == NULL)
        return false;
    for (size_t i = 0; i < shelf->places; i++) {
        if (shelf->rows[i].key.table != TABLE_NONE)
            *place_of(&next, &shelf->rows[i].key) = shelf->rows[i];
    }
    free(shelf->rows);
    *shelf = next;
    return true;
}

bool row_shelf_put(struct row_shelf *shelf, const struct row_key *key, const void *value,
                   size_t len)
{
    if (shelf->count >= shelf->places / 2 && !grow(shelf))
        return false;
    struct shelf_row *row = place_of(shelf, key);
    void *copy = row->len == len ? row->value : malloc(len);
    if (copy == NULL)
        return false;
    memcpy(copy, value, len);
    if (copy != row->value) {
        free(row->value);
        row->value = copy;
    }
    shelf->count += row->key.table == TABLE_NONE;
    row->key = *key;
    row->len = (uint16_t)len;
    return true;
}

void row_shelf_free(struct row_shelf *shelf)
{
    for (size_t i = 0; i < shelf->places; i++)
        free(shelf->rows[i].value);
    free(shelf->rows);
    *shelf = (struct row_shelf){0};
}

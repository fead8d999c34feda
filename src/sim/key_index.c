#include "sim/key_index.h"

#include "base/assert.h"

#include <stdlib.h>

#define ROOM_FIRST 256

/* The slot of the key, or the free one where it belongs. */
static struct key_index_slot *slot_of(const struct key_index *index, const struct row_key *key)
{
    size_t at = (size_t)row_key_hash(key) & (index->room - 1);
    while (index->slots[at].key.table != TABLE_NONE && !row_key_equal(&index->slots[at].key, key))
        at = (at + 1) & (index->room - 1);
    return &index->slots[at];
}

size_t key_index_find(const struct key_index *index, const struct row_key *key)
{
    if (index->room == 0)
        return KEY_INDEX_NONE;
    const struct key_index_slot *slot = slot_of(index, key);
    return slot->key.table == TABLE_NONE ? KEY_INDEX_NONE : slot->position;
}

static void grow(struct key_index *index)
{
    struct key_index larger = {.room = index->room == 0 ? ROOM_FIRST : 2 * index->room,
                               .count = index->count};
    larger.slots = calloc(larger.room, sizeof *larger.slots);
    assert(larger.slots);
    for (size_t i = 0; i < index->room; i++)
        if (index->slots[i].key.table != TABLE_NONE)
            *slot_of(&larger, &index->slots[i].key) = index->slots[i];
    free(index->slots);
    *index = larger;
}

void key_index_add(struct key_index *index, const struct row_key *key, size_t position)
{
    if (2 * index->count >= index->room)
        grow(index);
    struct key_index_slot *slot = slot_of(index, key);
    assert(key->table != TABLE_NONE);
    assert(slot->key.table == TABLE_NONE);
    *slot = (struct key_index_slot){.key = *key, .position = position};
    index->count++;
}

void key_index_close(struct key_index *index)
{
    free(index->slots);
    *index = (struct key_index){0};
}

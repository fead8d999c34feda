/* Where the thing under a row key stands in a list that only grows: so that oracles need not go
 * through all of it for each thing they see. */
#ifndef SIM_KEY_INDEX_H
#define SIM_KEY_INDEX_H

#include "books/row.h"

#define KEY_INDEX_NONE SIZE_MAX

struct key_index_slot {
    struct row_key key;
    size_t position;
};

struct key_index {
    struct key_index_slot *slots; /* key.table is TABLE_NONE in a free one */
    size_t room;                  /* a power of two, or 0 */
    size_t count;
};

/* Where the key's thing stands, or KEY_INDEX_NONE. */
size_t key_index_find(const struct key_index *index, const struct row_key *key);
/* The key must not be there yet. An index that is all zeros is empty. */
void key_index_add(struct key_index *index, const struct row_key *key, size_t position);
void key_index_close(struct key_index *index);

#endif

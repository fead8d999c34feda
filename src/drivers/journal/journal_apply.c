#include "drivers/journal/journal_apply.h"

#include "base/assert.h"
#include "drivers/journal/journal_chain.h"

#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX 2048                        /* of one commit */
#define CHANGES_MAX 8192                        /* of one commit */
#define PLACES (2 * CHANGES_MAX)                /* a power of two */
#define BYTES_MAX (64 * JOURNAL_RECORD_LEN_MAX) /* of one commit's records */

_Static_assert(CHANGES_MAX > NEEDS_MAX, "a record fits");

struct journal_apply {
    struct store *store;
    size_t record_count;
    size_t change_count;
    size_t len; /* of bytes */
    struct store_record records[RECORDS_MAX];
    struct store_change changes[CHANGES_MAX]; /* each row once, as it became last */
    uint16_t places[PLACES];                  /* index of a change, plus one; by the row's key */
    uint8_t bytes[BYTES_MAX];                 /* what records and changes borrow */
};

_Static_assert(CHANGES_MAX < UINT16_MAX, "a place holds an index");

enum err journal_apply_open(struct store *store, struct journal_apply **out)
{
    struct journal_apply *apply = calloc(1, sizeof *apply);

    if (apply == NULL)
        return ERR_FULL;
    apply->store = store;
    *out = apply;
    return OK;
}

void journal_apply_close(struct journal_apply *apply)
{
    free(apply);
}

static struct store_change *change_of(struct journal_apply *apply, const struct row_key *key)
{
    size_t at = row_key_hash(key) & (PLACES - 1);

    while (apply->places[at] != 0) {
        struct store_change *change = &apply->changes[apply->places[at] - 1];
        if (row_key_equal(&change->key, key))
            return change;
        at = (at + 1) & (PLACES - 1);
    }
    assert(apply->change_count < CHANGES_MAX);
    apply->places[at] = (uint16_t)++apply->change_count;
    return &apply->changes[apply->change_count - 1];
}

static bool has_room(const struct journal_apply *apply, size_t len)
{
    return apply->record_count < RECORDS_MAX && apply->len + len <= BYTES_MAX &&
           apply->change_count + NEEDS_MAX <= CHANGES_MAX;
}

enum err journal_apply_add(struct journal_apply *apply, struct bytes bytes,
                           const struct journal_record *record)
{
    assert(bytes.len <= JOURNAL_RECORD_LEN_MAX);
    if (!has_room(apply, bytes.len))
        TRY(journal_apply_commit(apply));
    uint8_t *at = apply->bytes + apply->len;
    memcpy(at, bytes.at, bytes.len);
    apply->len += bytes.len;
    apply->records[apply->record_count++] =
        (struct store_record){.sequence = record->sequence, .bytes = bytes_over(at, bytes.len)};
    for (size_t i = 0; i < record->change_count; i++) {
        const struct journal_change *from = &record->changes[i];
        *change_of(apply, &from->key) = (struct store_change){
            .key = from->key,
            .is_removal = from->is_removal,
            .value = bytes_over(at + (from->value.at - bytes.at), from->value.len)};
    }
    return OK;
}

enum err journal_apply_commit(struct journal_apply *apply)
{
    uint8_t hash[JOURNAL_HASH_LEN];
    enum store_result result = STORE_RETRY;

    if (apply->record_count == 0)
        return OK;
    TRY(journal_hash(apply->records[apply->record_count - 1].bytes, hash));
    struct store_batch batch = {.changes = apply->changes,
                                .change_count = apply->change_count,
                                .records = apply->records,
                                .record_count = apply->record_count,
                                .head_hash = hash};
    for (int tries = 0; result == STORE_RETRY && tries < 5; tries++)
        result = apply->store->commit(apply->store->self, &batch);
    if (result != STORE_OK)
        return result == STORE_FULL ? ERR_DISK_FULL : ERR_IO;
    apply->record_count = 0;
    apply->change_count = 0;
    apply->len = 0;
    memset(apply->places, 0, sizeof apply->places);
    return OK;
}

#include "drivers/sqlite/row_cache.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_OF_A_ROW 512  /* about; the number of buckets is fixed, so that none is ever moved */
#define TRIM_LOOKS_MAX 4096 /* of one trim, so that none takes long when most rows are dirty */
/* What an entry costs besides its value: itself, its places in two arrays, the allocator. */
#define ENTRY_COST (sizeof(struct row_cache_entry) + 3 * sizeof(void *) + 32)

enum err row_cache_init(struct row_cache *cache, size_t bytes_max)
{
    size_t buckets = 1024; /* a power of two, as every number of buckets */

    while (buckets < bytes_max / BYTES_OF_A_ROW)
        buckets *= 2;
    *cache = (struct row_cache){.bucket_count = buckets, .bytes_max = bytes_max};
    cache->buckets = calloc(buckets, sizeof(struct row_cache_entry *));
    return cache->buckets == NULL ? ERR_FULL : OK;
}

static void entry_free(struct row_cache_entry *entry)
{
    free(entry->value);
    free(entry);
}

void row_cache_close(struct row_cache *cache)
{
    for (size_t i = 0; i < cache->entry_count; i++)
        entry_free(cache->entries[i]);
    free(cache->buckets);
    free(cache->entries);
    free(cache->dirty);
    *cache = (struct row_cache){0};
}

/* The link that points to the entry under key, or to the end of its bucket. */
static struct row_cache_entry **place_of(const struct row_cache *cache, const struct row_key *key)
{
    struct row_cache_entry **at = &cache->buckets[row_key_hash(key) & (cache->bucket_count - 1)];

    while (*at != NULL && !row_key_equal(&(*at)->key, key))
        at = &(*at)->next;
    return at;
}

struct row_cache_entry *row_cache_find(struct row_cache *cache, const struct row_key *key)
{
    struct row_cache_entry *entry = *place_of(cache, key);

    if (entry != NULL)
        entry->was_used = true;
    return entry;
}

bool row_cache_is_known(const struct row_cache_entry *entry)
{
    return entry->is_dirty || entry->exists || !entry->is_behind;
}

/* Room for one more in an array of pointers. */
static bool make_room(struct row_cache_entry ***array, size_t *room, size_t needed)
{
    if (needed <= *room)
        return true;
    size_t new_room = needed + needed / 2 + 64;
    struct row_cache_entry **grown = realloc(*array, new_room * sizeof(struct row_cache_entry *));
    if (grown == NULL)
        return false;
    *array = grown;
    *room = new_room;
    return true;
}

static bool grow_value(struct row_cache *cache, struct row_cache_entry *entry, size_t len)
{
    if (len <= entry->room)
        return true;
    uint8_t *value = realloc(entry->value, len);
    if (value == NULL)
        return false;
    cache->bytes += len - entry->room;
    if (entry->is_dirty)
        cache->dirty_bytes += len - entry->room;
    entry->value = value;
    entry->room = (uint16_t)len;
    return true;
}

static struct row_cache_entry *add(struct row_cache *cache, struct row_cache_entry **place,
                                   const struct row_key *key, size_t len)
{
    if (!make_room(&cache->entries, &cache->entry_room, cache->entry_count + 1))
        return NULL;
    struct row_cache_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return NULL;
    if (!grow_value(cache, entry, len)) {
        free(entry);
        return NULL;
    }
    entry->key = *key;
    entry->is_behind = true;
    entry->was_used = true;
    entry->clock_at = (uint32_t)cache->entry_count;
    cache->entries[cache->entry_count++] = entry;
    cache->bytes += ENTRY_COST;
    *place = entry;
    return entry;
}

struct row_cache_entry *row_cache_reserve(struct row_cache *cache, const struct row_key *key,
                                          size_t len)
{
    struct row_cache_entry **place = place_of(cache, key);
    struct row_cache_entry *entry = *place;

    assert(len <= ROW_VALUE_LEN_MAX);
    if (entry == NULL)
        return add(cache, place, key, len);
    entry->was_used = true;
    return grow_value(cache, entry, len) ? entry : NULL;
}

bool row_cache_reserve_dirty(struct row_cache *cache, size_t count)
{
    return make_room(&cache->dirty, &cache->dirty_room, cache->dirty_count + count);
}

static void set(struct row_cache_entry *entry, bool exists, struct bytes value)
{
    assert(value.len <= entry->room);
    entry->exists = exists;
    entry->len = (uint16_t)value.len;
    if (value.len > 0)
        memcpy(entry->value, value.at, value.len);
}

void row_cache_fill(struct row_cache_entry *entry, int64_t id, struct bytes value)
{
    assert(!entry->is_dirty);
    set(entry, true, value);
    entry->id = id;
    entry->is_behind = true;
}

void row_cache_fill_none(struct row_cache_entry *entry)
{
    assert(!entry->is_dirty);
    set(entry, false, bytes_over(NULL, 0));
    entry->id = 0;
    entry->is_behind = false;
}

void row_cache_change(struct row_cache *cache, struct row_cache_entry *entry, bool exists,
                      struct bytes value)
{
    set(entry, exists, value);
    if (entry->is_dirty)
        return;
    assert(cache->dirty_count < cache->dirty_room);
    entry->is_dirty = true;
    cache->dirty[cache->dirty_count++] = entry;
    cache->dirty_bytes += ENTRY_COST + entry->room;
}

struct row_cache_entry **row_cache_take_dirty(struct row_cache *cache, size_t *count)
{
    struct row_cache_entry **dirty = cache->dirty;

    *count = cache->dirty_count;
    cache->dirty = NULL;
    cache->dirty_count = 0;
    cache->dirty_room = 0;
    return dirty;
}

void row_cache_clean(struct row_cache *cache, struct row_cache_entry *entry)
{
    assert(entry->is_dirty);
    entry->is_dirty = false;
    entry->is_behind = entry->exists;
    if (!entry->exists)
        entry->id = 0;
    cache->dirty_bytes -= ENTRY_COST + entry->room;
}

static void drop(struct row_cache *cache, struct row_cache_entry *entry)
{
    struct row_cache_entry **place = place_of(cache, &entry->key);
    struct row_cache_entry *last = cache->entries[--cache->entry_count];

    assert(*place == entry);
    *place = entry->next;
    cache->entries[entry->clock_at] = last;
    last->clock_at = entry->clock_at;
    cache->bytes -= ENTRY_COST + entry->room;
    entry_free(entry);
}

void row_cache_trim(struct row_cache *cache)
{
    /* Twice around finds every clean entry: the first round forgets that it was used. */
    size_t looks = 2 * cache->entry_count;

    if (looks > TRIM_LOOKS_MAX)
        looks = TRIM_LOOKS_MAX;
    for (; looks > 0 && cache->bytes > cache->bytes_max; looks--) {
        if (cache->hand >= cache->entry_count)
            cache->hand = 0;
        struct row_cache_entry *entry = cache->entries[cache->hand];
        if (!entry->is_dirty && !entry->was_used) {
            drop(cache, entry);
            continue;
        }
        entry->was_used = false;
        cache->hand++;
    }
}

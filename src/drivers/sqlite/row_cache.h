/*
 * Rows in memory in front of a slower store, within a bound of bytes. A row that is newer here than
 * in the store behind is dirty: it is never dropped, and stands in the list of dirty rows until it
 * is cleaned. Clean rows are dropped when room is short, those longest unused first (by a clock).
 *
 * A row that does not exist is cached, too: most payments are asked for once before they are made.
 * Entries keep their address until they are dropped. One thread uses a cache, but key and id
 * of dirty entries that were taken may be read by another.
 */
#ifndef DRIVERS_ROW_CACHE_H
#define DRIVERS_ROW_CACHE_H

#include "books/row.h"

struct row_cache_entry {
    struct row_cache_entry *next; /* in the same bucket */
    uint8_t *value;
    struct row_key key;
    uint16_t len;
    uint16_t room;     /* bytes behind value */
    uint32_t clock_at; /* index among all entries */
    int64_t id;        /* of the row in the store behind; 0: it has none, or it is not known */
    bool exists;
    bool is_dirty;
    bool is_behind; /* the store behind has a row under this key, or may have one */
    bool was_used;  /* since the clock's hand passed */
};

struct row_cache {
    struct row_cache_entry **buckets;
    size_t bucket_count;
    struct row_cache_entry **entries; /* all, in the clock's order */
    size_t entry_count;
    size_t entry_room;
    size_t hand;
    size_t bytes;
    size_t bytes_max;
    struct row_cache_entry **dirty; /* in the order in which they became dirty */
    size_t dirty_count;
    size_t dirty_room;
    size_t dirty_bytes; /* of all dirty entries, also those taken from the list */
};

MUST_USE enum err row_cache_init(struct row_cache *cache, size_t bytes_max);
void row_cache_close(struct row_cache *cache);

/* The entry under key, or NULL. */
struct row_cache_entry *row_cache_find(struct row_cache *cache, const struct row_key *key);

/* Whether the entry says what the row is. One that was only reserved does not: the store behind may
 * have a row under its key. */
bool row_cache_is_known(const struct row_cache_entry *entry);

/* The entry under key with room for a value of len bytes; a new one is not known until it is filled
 * or changed. NULL when memory runs out. */
struct row_cache_entry *row_cache_reserve(struct row_cache *cache, const struct row_key *key,
                                          size_t len);

/* Makes sure that count entries more can become dirty. False when memory runs out. */
bool row_cache_reserve_dirty(struct row_cache *cache, size_t count);

/* Sets a reserved entry to what the store behind holds: a row under id, or none. */
void row_cache_fill(struct row_cache_entry *entry, int64_t id, struct bytes value);
void row_cache_fill_none(struct row_cache_entry *entry);

/* Changes a reserved entry: it is dirty from now on. */
void row_cache_change(struct row_cache *cache, struct row_cache_entry *entry, bool exists,
                      struct bytes value);

/* Gives the list of dirty entries to the caller, to be freed by him; the list starts empty. The
 * entries stay dirty. */
struct row_cache_entry **row_cache_take_dirty(struct row_cache *cache, size_t *count);

/* The store behind now holds the entry as it is here. */
void row_cache_clean(struct row_cache *cache, struct row_cache_entry *entry);

/* Drops clean entries until the bound holds, as far as there are any. */
void row_cache_trim(struct row_cache *cache);

#endif

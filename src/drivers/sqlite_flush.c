#include "drivers/sqlite_flush.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

/* Of the cache's bytes that may be dirty before a set is taken: while it is written, as much again
 * may become dirty, and the rest stays for clean rows. */
#define DIRTY_PART 4

int sqlite_flush_open(struct sqlite_flush *flush, sqlite3 *db)
{
    int rc = sqlite3_prepare_v3(db, "REPLACE INTO row(key,value) VALUES(?1,?2)", -1,
                                SQLITE_PREPARE_PERSISTENT, &flush->put, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v3(db, "DELETE FROM row WHERE key=?1", -1, SQLITE_PREPARE_PERSISTENT,
                                &flush->remove, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v3(db, "UPDATE meta SET value=?1 WHERE name='flushed'", -1,
                                SQLITE_PREPARE_PERSISTENT, &flush->mark, NULL);
    return rc;
}

void sqlite_flush_close(struct sqlite_flush *flush)
{
    if (flush->set != NULL)
        sqlite_helper_sort_wait(flush->helper);
    free(flush->set);
    flush->set = NULL;
    sqlite3_finalize(flush->put);
    sqlite3_finalize(flush->remove);
    sqlite3_finalize(flush->mark);
}

static void take(struct sqlite_flush *flush, uint64_t sequence)
{
    flush->set = row_cache_take_dirty(flush->cache, &flush->count);
    flush->clean = 0;
    flush->written = 0;
    flush->sequence = sequence;
    if (flush->set != NULL)
        sqlite_helper_sort(flush->helper, flush->set, flush->count);
}

void sqlite_flush_take_if_due(struct sqlite_flush *flush, uint64_t sequence)
{
    const struct row_cache *cache = flush->cache;

    if (flush->set != NULL || cache->dirty_count == 0)
        return;
    if (sequence - flush->flushed >= flush->tail_max ||
        cache->dirty_bytes >= cache->bytes_max / DIRTY_PART)
        take(flush, sequence);
}

void sqlite_flush_take_all(struct sqlite_flush *flush, uint64_t sequence)
{
    assert(flush->set == NULL);
    take(flush, sequence);
    if (flush->set != NULL)
        sqlite_helper_sort_wait(flush->helper);
}

/* As many as become dirty, so that dirty rows do not grow past twice their part of the cache; and
 * so many that the set is done within half a tail. */
size_t sqlite_flush_budget(const struct sqlite_flush *flush, size_t records, size_t changes)
{
    size_t share = flush->count * records / (size_t)(flush->tail_max / 2 + 1);

    return 1 + (share > changes ? share : changes);
}

size_t sqlite_flush_key(const struct row_key *key, uint8_t out[static 1 + ROW_KEY_LEN_MAX])
{
    out[0] = key->table;
    memcpy(out + 1, key->at, key->len);
    return 1u + key->len;
}

static int step_reset(sqlite3_stmt *statement)
{
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

static int write_entry(struct sqlite_flush *flush, const struct row_cache_entry *entry)
{
    uint8_t key[1 + ROW_KEY_LEN_MAX];
    int key_len = (int)sqlite_flush_key(&entry->key, key);

    assert(entry->is_dirty);
    if (entry->exists) {
        sqlite3_bind_blob(flush->put, 1, key, key_len, SQLITE_STATIC);
        sqlite3_bind_blob(flush->put, 2, entry->value, entry->len, SQLITE_STATIC);
        return step_reset(flush->put);
    }
    if (!entry->is_behind)
        return SQLITE_OK; /* made and removed between two sets: the file never saw it */
    sqlite3_bind_blob(flush->remove, 1, key, key_len, SQLITE_STATIC);
    return step_reset(flush->remove);
}

static int mark(struct sqlite_flush *flush)
{
    flush->is_marked = true;
    sqlite3_bind_int64(flush->mark, 1, (int64_t)flush->sequence);
    return step_reset(flush->mark);
}

int sqlite_flush_write(struct sqlite_flush *flush, size_t budget)
{
    if (flush->set == NULL || !sqlite_helper_sort_is_done(flush->helper))
        return SQLITE_OK;
    for (; budget > 0 && flush->written < flush->count; budget--) {
        int rc = write_entry(flush, flush->set[flush->written]);
        if (rc != SQLITE_OK)
            return rc;
        flush->written++;
    }
    return flush->written == flush->count ? mark(flush) : SQLITE_OK;
}

void sqlite_flush_committed(struct sqlite_flush *flush)
{
    for (; flush->clean < flush->written; flush->clean++)
        row_cache_clean(flush->cache, flush->set[flush->clean]);
    if (!flush->is_marked)
        return;
    flush->is_marked = false;
    flush->flushed = flush->sequence;
    flush->rows_written += flush->count;
    free(flush->set);
    flush->set = NULL;
    flush->count = 0;
    flush->written = 0;
    flush->clean = 0;
}

void sqlite_flush_rolled_back(struct sqlite_flush *flush)
{
    flush->written = flush->clean;
    flush->is_marked = false;
}

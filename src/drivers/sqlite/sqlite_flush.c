#include "drivers/sqlite/sqlite_flush.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

/* Of the cache's bytes that may be dirty before a set is taken: while it is written, as much again
 * may become dirty, and the rest stays for clean rows. */
#define DIRTY_PART 3

enum flush_statement {
    FLUSH_FIND,
    FLUSH_UPDATE,
    FLUSH_INSERT,
    FLUSH_INSERT_KEY,
    FLUSH_DELETE,
    FLUSH_DELETE_KEY,
    FLUSH_MARK,
    FLUSH_COUNT
};

static const char *const flush_sql[] = {
    [FLUSH_FIND] = "SELECT id FROM row_key WHERE key=?1",
    [FLUSH_UPDATE] = "UPDATE row SET value=?2 WHERE id=?1",
    [FLUSH_INSERT] = "INSERT INTO row(id,value) VALUES(?1,?2)",
    [FLUSH_INSERT_KEY] = "INSERT INTO row_key(key,id) VALUES(?2,?1)",
    [FLUSH_DELETE] = "DELETE FROM row WHERE id=?1",
    [FLUSH_DELETE_KEY] = "DELETE FROM row_key WHERE key=?2",
    [FLUSH_MARK] = "UPDATE meta SET value=?1 WHERE name='flushed'",
};

_Static_assert(ARRAY_COUNT(flush_sql) == FLUSH_COUNT, "each statement has its text");
_Static_assert(FLUSH_COUNT == SQLITE_FLUSH_STATEMENTS, "room for each statement");

int sqlite_flush_open(struct sqlite_flush *flush, sqlite3 *db)
{
    sqlite3_stmt *last = NULL;
    int rc = SQLITE_OK;

    for (size_t i = 0; i < FLUSH_COUNT && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(db, flush_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                &flush->statements[i], NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(db, "SELECT coalesce(max(id),0) FROM row", -1, &last, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(last);
    if (rc == SQLITE_ROW)
        flush->id_next = sqlite3_column_int64(last, 0) + 1;
    sqlite3_finalize(last);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

void sqlite_flush_close(struct sqlite_flush *flush)
{
    if (flush->set != NULL)
        sqlite_helper_sort_wait(flush->helper);
    free(flush->set);
    flush->set = NULL;
    for (size_t i = 0; i < FLUSH_COUNT; i++)
        sqlite3_finalize(flush->statements[i]);
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

bool sqlite_flush_is_overdue(const struct sqlite_flush *flush, uint64_t sequence)
{
    const struct row_cache *cache = flush->cache;

    return flush->set != NULL && (sequence - flush->sequence >= flush->tail_max ||
                                  cache->dirty_bytes >= 2 * (cache->bytes_max / DIRTY_PART));
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

/* Runs a statement over ?1 and, if it has it, ?2. */
static int run(struct sqlite_flush *flush, enum flush_statement which, int64_t number,
               struct bytes bytes)
{
    sqlite3_stmt *statement = flush->statements[which];

    sqlite3_bind_int64(statement, 1, number);
    if (bytes.at != NULL)
        sqlite3_bind_blob(statement, 2, bytes.at, (int)bytes.len, SQLITE_STATIC);
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

/* Finds out what the file has under a key that was changed without having been loaded. */
static int find(struct sqlite_flush *flush, struct row_cache_entry *entry, struct bytes key)
{
    sqlite3_stmt *statement = flush->statements[FLUSH_FIND];

    if (!entry->is_behind || entry->id != 0)
        return SQLITE_OK;
    sqlite3_bind_blob(statement, 1, key.at, (int)key.len, SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_ROW)
        entry->id = sqlite3_column_int64(statement, 0);
    else
        entry->is_behind = false;
    return sqlite3_reset(statement);
}

static int update(struct sqlite_flush *flush, const struct row_cache_entry *entry,
                  struct bytes value)
{
    sqlite3 *db = sqlite3_db_handle(flush->statements[FLUSH_UPDATE]);
    int rc = run(flush, FLUSH_UPDATE, entry->id, value);

    return rc == SQLITE_OK && sqlite3_changes(db) != 1 ? SQLITE_CORRUPT : rc;
}

/* is_behind stays false until the transaction is durable; rolled back, the row gets another id. */
static int insert(struct sqlite_flush *flush, struct row_cache_entry *entry, struct bytes key,
                  struct bytes value)
{
    int64_t id = flush->id_next;
    int rc = run(flush, FLUSH_INSERT, id, value);

    if (rc == SQLITE_OK)
        rc = run(flush, FLUSH_INSERT_KEY, id, key);
    if (rc != SQLITE_OK)
        return rc;
    entry->id = id;
    flush->id_next++;
    return SQLITE_OK;
}

static int write_entry(struct sqlite_flush *flush, struct row_cache_entry *entry)
{
    uint8_t key_bytes[1 + ROW_KEY_LEN_MAX];
    struct bytes key = bytes_over(key_bytes, sqlite_flush_key(&entry->key, key_bytes));
    struct bytes value = bytes_over(entry->value, entry->len);
    int rc = find(flush, entry, key);

    assert(entry->is_dirty);
    if (rc != SQLITE_OK)
        return rc;
    if (entry->exists)
        return entry->is_behind ? update(flush, entry, value) : insert(flush, entry, key, value);
    if (!entry->is_behind)
        return SQLITE_OK; /* made and removed between two sets: the file never saw it */
    rc = run(flush, FLUSH_DELETE, entry->id, bytes_over(NULL, 0));
    return rc == SQLITE_OK ? run(flush, FLUSH_DELETE_KEY, 0, key) : rc;
}

static int mark(struct sqlite_flush *flush)
{
    flush->is_marked = true;
    return run(flush, FLUSH_MARK, (int64_t)flush->sequence, bytes_over(NULL, 0));
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

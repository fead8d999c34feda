#include "drivers/sqlite/store_sqlite.h"

#include "drivers/sqlite/sqlite_file.h"
#include "drivers/sqlite/sqlite_flush.h"
#include "drivers/sqlite/sqlite_head.h"

#include "base/assert.h"
#include "books/journal.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_BYTES_USUAL (256u << 20)
#define TAIL_MAX_USUAL 200000
#define WAL_PAGES_USUAL 1024
#define WAL_TIMES_MAX 8 /* the WAL may outgrow its limit so often before the writer waits */
#define HASH_LEN 32

enum statement {
    STATEMENT_BEGIN,
    STATEMENT_BEGIN_READ,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_RECORD,
    STATEMENT_LOAD,
    STATEMENT_SCAN,
    STATEMENT_READ,
    STATEMENT_COUNT
};

static const char *const statement_sql[] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_BEGIN_READ] = "BEGIN",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_RECORD] = "INSERT INTO journal(seq,record,hash) VALUES(?1,?2,?3)",
    [STATEMENT_LOAD] = "SELECT id,value FROM row_key JOIN row USING(id) WHERE key=?1",
    [STATEMENT_SCAN] = ("SELECT key,value FROM row_key JOIN row USING(id)"
                        " WHERE key>=?1 AND key<?2 ORDER BY key"),
    [STATEMENT_READ] = "SELECT seq,record FROM journal WHERE seq>=?1 ORDER BY seq",
};

_Static_assert(ARRAY_COUNT(statement_sql) == STATEMENT_COUNT, "each statement has its text");

struct sqlite_store {
    struct sqlite_file file;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    struct store_head head;
    struct row_cache cache;
    struct sqlite_flush flush;
    struct sqlite_helper helper;
    struct row_cache_entry **changing; /* entries of the batch that is being committed */
    size_t changing_room;
    uint32_t wal_pages_limit;
    bool is_checkpointing;
    bool is_broken;
    struct store_sqlite_counters counters;
    struct journal_record replayed;
};

/* ---- results ---- */

/* What a failure means for the caller when nothing was committed by it. */
static enum store_result result_of(int rc)
{
    enum err err = sqlite_file_err(rc);

    if (err == OK)
        return STORE_OK;
    if (err == ERR_DISK_FULL)
        return STORE_FULL;
    return err == ERR_BUSY || (rc & 0xFF) == SQLITE_NOMEM ? STORE_RETRY : STORE_FATAL;
}

static int step_reset(sqlite3_stmt *statement)
{
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

static int run(struct sqlite_store *store, enum statement which)
{
    return step_reset(store->statements[which]);
}

static enum store_result broken_by(struct sqlite_store *store, enum store_result result)
{
    store->is_broken = store->is_broken || result == STORE_IN_DOUBT || result == STORE_FATAL;
    return result;
}

/* Takes the open transaction back after rc. If even that fails, or an I/O error struck while the
 * commit was being written, nobody knows what the disk holds. */
static enum store_result take_back(struct sqlite_store *store, int rc, bool in_commit)
{
    enum store_result result = result_of(rc);

    sqlite_flush_rolled_back(&store->flush);
    if (!sqlite3_get_autocommit(store->file.db))
        run(store, STATEMENT_ROLLBACK);
    if (!sqlite3_get_autocommit(store->file.db))
        result = STORE_IN_DOUBT;
    if (in_commit && result == STORE_FATAL)
        result = STORE_IN_DOUBT;
    return broken_by(store, result);
}

/* ---- load ---- */

/* Puts what the statement has found, or that there is nothing, into the cache. */
static enum store_result take_loaded(struct sqlite_store *store, const struct row_key *key,
                                     bool is_found, struct row_cache_entry **out)
{
    sqlite3_stmt *load = store->statements[STATEMENT_LOAD];
    size_t len = is_found ? (size_t)sqlite3_column_bytes(load, 1) : 0;

    if (len > ROW_VALUE_LEN_MAX)
        return STORE_FATAL;
    struct row_cache_entry *entry = row_cache_reserve(&store->cache, key, len);
    if (entry == NULL)
        return STORE_RETRY;
    if (is_found)
        row_cache_fill(entry, sqlite3_column_int64(load, 0),
                       bytes_over(sqlite3_column_blob(load, 1), len));
    else
        row_cache_fill_none(entry);
    *out = entry;
    return STORE_OK;
}

static enum store_result load_missing(struct sqlite_store *store, const struct row_key *key,
                                      struct row_cache_entry **out)
{
    uint8_t bytes[1 + ROW_KEY_LEN_MAX];
    sqlite3_stmt *load = store->statements[STATEMENT_LOAD];

    store->counters.rows_missed++;
    sqlite3_bind_blob(load, 1, bytes, (int)sqlite_flush_key(key, bytes), SQLITE_STATIC);
    int rc = sqlite3_step(load);
    enum store_result result = result_of(rc);
    if (result == STORE_OK)
        result = take_loaded(store, key, rc == SQLITE_ROW, out);
    sqlite3_reset(load);
    return result;
}

static enum store_result load_row(struct sqlite_store *store, struct store_row *row)
{
    struct row_cache_entry *entry = row_cache_find(&store->cache, &row->key);

    store->counters.rows_loaded++;
    if (entry == NULL || !row_cache_is_known(entry)) {
        /* One transaction for all that a load misses: each would take and give back locks. */
        if (sqlite3_get_autocommit(store->file.db))
            run(store, STATEMENT_BEGIN_READ);
        enum store_result result = load_missing(store, &row->key, &entry);
        if (result != STORE_OK)
            return result;
    }
    row->found = entry->exists;
    row->len = entry->exists ? entry->len : 0;
    if (entry->exists)
        memcpy(row->value, entry->value, entry->len);
    return STORE_OK;
}

static enum store_result sqlite_load(void *self, struct store_row *rows[], size_t count)
{
    struct sqlite_store *store = self;
    enum store_result result = store->is_broken ? STORE_FATAL : STORE_OK;

    for (size_t i = 0; i < count && result == STORE_OK; i++)
        result = load_row(store, rows[i]);
    if (!store->is_broken && !sqlite3_get_autocommit(store->file.db))
        run(store, STATEMENT_COMMIT);
    row_cache_trim(&store->cache);
    return broken_by(store, result);
}

/* ---- commit ---- */

/* Finds room for every change before anything is written, so that none can fail afterwards. */
static bool reserve_changes(struct sqlite_store *store, const struct store_batch *batch)
{
    size_t count = batch->change_count;

    if (count > store->changing_room) {
        struct row_cache_entry **changing =
            realloc(store->changing, count * sizeof(struct row_cache_entry *));
        if (changing == NULL)
            return false;
        store->changing = changing;
        store->changing_room = count;
    }
    for (size_t i = 0; i < count; i++) {
        const struct store_change *change = &batch->changes[i];
        store->changing[i] = row_cache_reserve(&store->cache, &change->key, change->value.len);
        if (store->changing[i] == NULL)
            return false;
    }
    /* Rows that this commit's transaction writes are cleaned before they are changed again. */
    return row_cache_reserve_dirty(&store->cache, count);
}

static int write_records(struct sqlite_store *store, const struct store_batch *batch)
{
    sqlite3_stmt *insert = store->statements[STATEMENT_RECORD];
    int rc = SQLITE_OK;

    for (size_t i = 0; i < batch->record_count && rc == SQLITE_OK; i++) {
        const struct store_record *record = &batch->records[i];
        sqlite3_bind_int64(insert, 1, (int64_t)record->sequence);
        sqlite3_bind_blob64(insert, 2, record->bytes.at, record->bytes.len, SQLITE_STATIC);
        if (i + 1 == batch->record_count)
            sqlite3_bind_blob(insert, 3, batch->head_hash, HASH_LEN, SQLITE_STATIC);
        else
            sqlite3_bind_null(insert, 3);
        rc = step_reset(insert);
    }
    return rc;
}

static enum store_result write_batch(struct sqlite_store *store, const struct store_batch *batch)
{
    if (sqlite_flush_is_overdue(&store->flush, store->head.sequence))
        sqlite_helper_sort_wait(&store->helper);
    size_t budget = sqlite_flush_budget(&store->flush, batch->record_count, batch->change_count);
    int rc = run(store, STATEMENT_BEGIN);

    if (rc == SQLITE_OK)
        rc = write_records(store, batch);
    if (rc == SQLITE_OK)
        rc = sqlite_flush_write(&store->flush, budget);
    if (rc != SQLITE_OK)
        return take_back(store, rc, false);
    rc = run(store, STATEMENT_COMMIT);
    if (rc != SQLITE_OK)
        return take_back(store, rc, true);
    sqlite_flush_committed(&store->flush);
    return STORE_OK;
}

static void apply_changes(struct sqlite_store *store, const struct store_batch *batch)
{
    for (size_t i = 0; i < batch->change_count; i++) {
        const struct store_change *change = &batch->changes[i];
        row_cache_change(&store->cache, store->changing[i], !change->is_removal, change->value);
    }
}

/* The helper copies the WAL back; when it has come close to the end, the writer does the rest, so
 * that the next commit starts the WAL from its beginning. */
static void care_for_wal(struct sqlite_store *store)
{
    if (store->counters.wal_pages < store->wal_pages_limit)
        return;
    if (!store->is_checkpointing) {
        store->is_checkpointing = sqlite_helper_checkpoint(&store->helper);
        return;
    }
    if (store->counters.wal_pages >= WAL_TIMES_MAX * store->wal_pages_limit)
        sqlite_helper_checkpoint_wait(&store->helper);
    if (!sqlite_helper_checkpoint_is_done(&store->helper))
        return;
    store->is_checkpointing = false;
    store->counters.checkpoints++;
    if (sqlite_helper_has_failed(&store->helper)) {
        store->is_broken = true;
        return;
    }
    int rc = sqlite3_wal_checkpoint_v2(store->file.db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    store->is_broken = store->is_broken || (rc & 0xFF) == SQLITE_IOERR;
}

static bool is_next(const struct sqlite_store *store, const struct store_batch *batch)
{
    for (size_t i = 0; i < batch->record_count; i++) {
        if (batch->records[i].sequence != store->head.sequence + 1 + i)
            return false;
    }
    return true;
}

static enum store_result sqlite_commit(void *self, const struct store_batch *batch)
{
    struct sqlite_store *store = self;

    if (store->is_broken)
        return STORE_FATAL;
    if (!is_next(store, batch))
        return broken_by(store, STORE_FATAL);
    if (!reserve_changes(store, batch))
        return STORE_RETRY;
    enum store_result result = write_batch(store, batch);
    if (result != STORE_OK)
        return result;
    apply_changes(store, batch);
    store->head.sequence += batch->record_count;
    sqlite_mark_raise(&store->file.mark, store->head.sequence);
    memcpy(store->head.hash, batch->head_hash, sizeof store->head.hash);
    store->counters.commits++;
    sqlite_flush_take_if_due(&store->flush, store->head.sequence);
    care_for_wal(store);
    row_cache_trim(&store->cache);
    return STORE_OK;
}

/* ---- scan and read ---- */

static int compare_keys(const void *a, const void *b)
{
    const struct row_cache_entry *const *left = a;
    const struct row_cache_entry *const *right = b;

    return row_key_compare(&(*left)->key, &(*right)->key);
}

/* A table's rows are those of the file, but for those that are newer in memory. */
struct merge {
    struct row_cache_entry **newer; /* in key order */
    size_t newer_count;
    size_t next;
    store_row_visit *visit;
    void *context;
    bool is_stopped;
};

static enum store_result collect_newer(struct sqlite_store *store, const struct row_key *from,
                                       struct merge *merge)
{
    const struct row_cache *cache = &store->cache;

    merge->newer = calloc(cache->entry_count + 1, sizeof(struct row_cache_entry *));
    if (merge->newer == NULL)
        return STORE_RETRY;
    for (size_t i = 0; i < cache->entry_count; i++) {
        struct row_cache_entry *entry = cache->entries[i];
        if (entry->is_dirty && entry->key.table == from->table &&
            row_key_compare(&entry->key, from) >= 0)
            merge->newer[merge->newer_count++] = entry;
    }
    qsort(merge->newer, merge->newer_count, sizeof(struct row_cache_entry *), compare_keys);
    return STORE_OK;
}

static void visit(struct merge *merge, const struct row_key *key, struct bytes value)
{
    if (!merge->is_stopped)
        merge->is_stopped = !merge->visit(merge->context, key, value);
}

/* Visits the newer rows before key, or all with NULL; true when the row under key itself is one. */
static bool visit_newer(struct merge *merge, const struct row_key *key)
{
    while (merge->next < merge->newer_count && !merge->is_stopped) {
        const struct row_cache_entry *entry = merge->newer[merge->next];
        int order = key == NULL ? -1 : row_key_compare(&entry->key, key);
        if (order > 0)
            return false;
        merge->next++;
        if (entry->exists)
            visit(merge, &entry->key, bytes_over(entry->value, entry->len));
        if (order == 0)
            return true;
    }
    return false;
}

static enum store_result visit_row(struct sqlite_store *store, struct merge *merge)
{
    sqlite3_stmt *scan = store->statements[STATEMENT_SCAN];
    const uint8_t *at = sqlite3_column_blob(scan, 0);
    int len = sqlite3_column_bytes(scan, 0);

    if (len < 1 || len > 1 + ROW_KEY_LEN_MAX || at[0] == TABLE_NONE || at[0] >= TABLE_COUNT)
        return STORE_FATAL;
    struct row_key key = row_key_of((enum row_table)at[0], at + 1, (size_t)len - 1);
    if (!visit_newer(merge, &key))
        visit(merge, &key,
              bytes_over(sqlite3_column_blob(scan, 1), (size_t)sqlite3_column_bytes(scan, 1)));
    return STORE_OK;
}

static enum store_result scan_merged(struct sqlite_store *store, const struct row_key *from,
                                     struct merge *merge)
{
    sqlite3_stmt *scan = store->statements[STATEMENT_SCAN];
    uint8_t first[1 + ROW_KEY_LEN_MAX];
    uint8_t end[1] = {(uint8_t)(from->table + 1)};
    enum store_result result = STORE_OK;
    int rc = SQLITE_ROW;

    sqlite3_bind_blob(scan, 1, first, (int)sqlite_flush_key(from, first), SQLITE_STATIC);
    sqlite3_bind_blob(scan, 2, end, sizeof end, SQLITE_STATIC);
    while (result == STORE_OK && !merge->is_stopped && (rc = sqlite3_step(scan)) == SQLITE_ROW)
        result = visit_row(store, merge);
    sqlite3_reset(scan);
    if (result != STORE_OK)
        return result;
    if (result_of(rc) == STORE_OK)
        visit_newer(merge, NULL);
    return result_of(rc);
}

static enum store_result sqlite_scan(void *self, const struct row_key *from,
                                     store_row_visit *visit_one, void *context)
{
    struct sqlite_store *store = self;
    struct merge merge = {.visit = visit_one, .context = context};

    if (store->is_broken)
        return STORE_FATAL;
    enum store_result result = collect_newer(store, from, &merge);
    if (result == STORE_OK)
        result = scan_merged(store, from, &merge);
    free(merge.newer);
    return broken_by(store, result);
}

static enum store_result sqlite_read(void *self, uint64_t from_sequence,
                                     store_record_visit *visit_one, void *context)
{
    struct sqlite_store *store = self;
    sqlite3_stmt *read = store->statements[STATEMENT_READ];
    uint64_t first = store->head.anchor.sequence + 1;
    int rc;

    if (store->is_broken)
        return STORE_FATAL;
    sqlite3_bind_int64(read, 1, (int64_t)(from_sequence > first ? from_sequence : first));
    while ((rc = sqlite3_step(read)) == SQLITE_ROW) {
        struct bytes bytes =
            bytes_over(sqlite3_column_blob(read, 1), (size_t)sqlite3_column_bytes(read, 1));
        if (!visit_one(context, (uint64_t)sqlite3_column_int64(read, 0), bytes))
            break;
    }
    sqlite3_reset(read);
    return broken_by(store, result_of(rc));
}

static void sqlite_head(void *self, struct store_head *out)
{
    const struct sqlite_store *store = self;

    *out = store->head;
}

/* ---- writing rows behind ---- */

/* Writes the rest of the set in a transaction of its own. */
static int flush_set(struct sqlite_store *store)
{
    int rc;

    if (store->flush.set == NULL)
        return SQLITE_OK;
    sqlite_helper_sort_wait(&store->helper);
    rc = run(store, STATEMENT_BEGIN);
    if (rc == SQLITE_OK)
        rc = sqlite_flush_write(&store->flush, SIZE_MAX);
    if (rc == SQLITE_OK)
        rc = run(store, STATEMENT_COMMIT);
    if (rc == SQLITE_OK)
        sqlite_flush_committed(&store->flush);
    else
        take_back(store, rc, true);
    return rc;
}

/* Writes all dirty rows; sequence is the newest record whose changes are among them. */
static int flush_all(struct sqlite_store *store, uint64_t sequence)
{
    int rc = flush_set(store);

    if (rc != SQLITE_OK)
        return rc;
    sqlite_flush_take_all(&store->flush, sequence);
    return flush_set(store);
}

/* ---- cut ---- */

/* One transaction: the anchor if it moves, and records up to last. */
static enum store_result write_cut(struct sqlite_store *store, const struct store_anchor *to,
                                   uint64_t last)
{
    int rc = run(store, STATEMENT_BEGIN);

    if (rc == SQLITE_OK && to->sequence > store->head.anchor.sequence)
        rc = sqlite_head_anchor(store->file.db, to);
    if (rc == SQLITE_OK)
        rc = sqlite_head_remove(store->file.db, last);
    if (rc != SQLITE_OK)
        return take_back(store, rc, false);
    rc = run(store, STATEMENT_COMMIT);
    if (rc != SQLITE_OK)
        return take_back(store, rc, true);
    store->head.anchor = *to;
    return STORE_OK;
}

/* A journal that never began: the next record follows on the anchor. */
static enum store_result begin_at(struct sqlite_store *store, const struct store_anchor *to)
{
    int rc = sqlite_head_begin(store->file.db, to);

    if (rc != SQLITE_OK)
        return take_back(store, rc, true);
    store->flush.flushed = to->sequence;
    store->head.anchor = *to;
    store->head.sequence = to->sequence;
    memcpy(store->head.hash, to->hash, sizeof store->head.hash);
    return STORE_OK;
}

/* Opening replays the records after flushed: those must stay until their rows are written. */
static enum store_result sqlite_cut(void *self, const struct store_cut *cut, bool *left)
{
    struct sqlite_store *store = self;
    const struct store_anchor *to = &cut->to;

    *left = false;
    if (store->is_broken)
        return STORE_FATAL;
    if (cut->node != store->head.node)
        return STORE_RETRY;
    if (store->head.sequence == 0)
        return begin_at(store, to);
    if (to->sequence >= store->head.sequence || to->sequence < store->head.anchor.sequence)
        return STORE_RETRY;
    if (to->sequence > store->flush.flushed && flush_all(store, store->head.sequence) != SQLITE_OK)
        return store->is_broken ? STORE_FATAL : STORE_RETRY;
    uint64_t last = sqlite_head_first(store->file.db) + cut->count_max - 1;
    *left = last < to->sequence;
    enum store_result result = write_cut(store, to, *left ? last : to->sequence);
    if (result == STORE_OK)
        care_for_wal(store);
    return result;
}

/* ---- open and close ---- */

static void release(struct sqlite_store *store)
{
    if (store->is_broken) {
        sqlite3_db_config(store->file.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        sqlite3_db_config(store->helper.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    sqlite_flush_close(&store->flush);
    sqlite_helper_stop(&store->helper);
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite_file_close(&store->file);
    row_cache_close(&store->cache);
    free(store->changing);
    free(store);
}

/* What fails here fails without loss: the journal holds all of it. */
static void sqlite_close(void *self)
{
    struct sqlite_store *store = self;

    if (!store->is_broken)
        flush_all(store, store->head.sequence);
    release(store);
}

static int note_wal(void *context, sqlite3 *db, const char *name, int pages)
{
    struct store_sqlite_counters *counters = context;

    (void)db;
    (void)name;
    counters->wal_pages = (uint32_t)pages;
    if (counters->wal_pages > counters->wal_pages_max)
        counters->wal_pages_max = counters->wal_pages;
    return SQLITE_OK;
}

static int prepare_all(struct sqlite_store *store)
{
    int rc = sqlite_flush_open(&store->flush, store->file.db);

    for (size_t i = 0; i < STATEMENT_COUNT && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(store->file.db, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                &store->statements[i], NULL);
    return rc;
}

struct replay {
    struct sqlite_store *store;
    uint64_t sequence; /* of the last record replayed */
    enum err err;
};

static enum err replay_changes(struct sqlite_store *store, const struct journal_record *record)
{
    if (!row_cache_reserve_dirty(&store->cache, record->change_count))
        return ERR_FULL;
    for (size_t i = 0; i < record->change_count; i++) {
        const struct journal_change *change = &record->changes[i];
        struct row_cache_entry *entry =
            row_cache_reserve(&store->cache, &change->key, change->value.len);
        if (entry == NULL)
            return ERR_FULL;
        row_cache_change(&store->cache, entry, !change->is_removal, change->value);
    }
    return OK;
}

static bool replay_record(void *context, uint64_t sequence, struct bytes bytes)
{
    struct replay *replay = context;
    struct sqlite_store *store = replay->store;

    replay->err =
        sequence == replay->sequence + 1 ? journal_decode(bytes, &store->replayed) : ERR_CORRUPT;
    if (replay->err == OK)
        replay->err = replay_changes(store, &store->replayed);
    if (replay->err != OK)
        return false;
    replay->sequence = sequence;
    return store->cache.dirty_bytes < store->cache.bytes_max / 2;
}

/* Brings the rows to where the journal is; writes them when they would not fit into memory. */
static enum err replay_tail(struct sqlite_store *store, struct text *why)
{
    struct replay replay = {.store = store, .sequence = store->flush.flushed, .err = OK};
    enum store_result result = STORE_OK;

    while (replay.err == OK && result == STORE_OK && replay.sequence < store->head.sequence) {
        uint64_t before = replay.sequence;
        result = sqlite_read(store, before + 1, replay_record, &replay);
        if (replay.err == OK && replay.sequence == before)
            replay.err = ERR_CORRUPT;
        if (replay.err == OK && replay.sequence < store->head.sequence &&
            flush_all(store, replay.sequence) != SQLITE_OK)
            result = STORE_FATAL;
    }
    if (replay.err != OK) {
        text_add(why, "its journal record ");
        text_add_u64(why, replay.sequence + 1);
        text_add(why, ": ");
        text_add(why, err_text(replay.err));
        return replay.err;
    }
    if (result != STORE_OK)
        text_add(why, sqlite3_errmsg(store->file.db));
    return result == STORE_OK ? OK : ERR_IO;
}

static enum err fail_sqlite(struct sqlite_store *store, int rc, struct text *why)
{
    /* What we found out ourselves SQLite calls "not an error". */
    bool is_ours = sqlite3_errcode(store->file.db) == SQLITE_OK;

    text_add(why, is_ours ? sqlite3_errstr(rc) : sqlite3_errmsg(store->file.db));
    return sqlite_file_err(rc);
}

static enum err check_owner(const struct sqlite_store *store, uint16_t node, struct text *why)
{
    if (store->head.node == node)
        return OK;
    text_add(why, "it is of node ");
    text_add_u64(why, store->head.node);
    text_add(why, ", not ");
    text_add_u64(why, node);
    return ERR_CONFIG;
}

static enum err start(struct sqlite_store *store, const char *path, uint16_t node, const char *vfs,
                      struct text *why)
{
    sqlite3 *second = NULL;

    TRY(sqlite_file_open(path, vfs, &store->file, why));
    sqlite3_wal_hook(store->file.db, note_wal, &store->counters);
    TRY(sqlite_file_connect(path, vfs, &second, why));
    TRY(sqlite_helper_start(&store->helper, second, vfs != NULL));
    int rc = prepare_all(store);
    if (rc == SQLITE_OK)
        rc = sqlite_head_read(store->file.db, &store->head, &store->flush.flushed);
    if (rc != SQLITE_OK)
        return fail_sqlite(store, rc, why);
    TRY(sqlite_mark_check(&store->file.mark, store->head.sequence, why));
    sqlite_mark_raise(&store->file.mark, store->head.sequence);
    rc = sqlite_head_take(store->file.db, node, &store->head);
    if (rc != SQLITE_OK)
        return fail_sqlite(store, rc, why);
    TRY(check_owner(store, node, why));
    if (vfs == NULL)
        sqlite_file_fill_wal(path, store->wal_pages_limit);
    return replay_tail(store, why);
}

enum err store_sqlite_open(const char *path, uint16_t node,
                           const struct store_sqlite_options *options, struct store *out,
                           struct text *why)
{
    static const struct store_sqlite_options usual;
    struct sqlite_store *store = calloc(1, sizeof *store);

    if (store == NULL)
        return ERR_FULL;
    if (options == NULL)
        options = &usual;
    store->file.lock = -1;
    store->flush.cache = &store->cache;
    store->flush.helper = &store->helper;
    store->flush.tail_max = options->tail_max == 0 ? TAIL_MAX_USUAL : options->tail_max;
    store->wal_pages_limit = options->wal_pages == 0 ? WAL_PAGES_USUAL : options->wal_pages;
    enum err err = row_cache_init(&store->cache, options->cache_bytes == 0 ? CACHE_BYTES_USUAL
                                                                           : options->cache_bytes);
    if (err == OK)
        err = start(store, path, node, options->vfs, why);
    if (err != OK) {
        release(store);
        return err;
    }
    *out = (struct store){
        .self = store,
        .head = sqlite_head,
        .load = sqlite_load,
        .commit = sqlite_commit,
        .scan = sqlite_scan,
        .read = sqlite_read,
        .cut = sqlite_cut,
        .close = sqlite_close,
    };
    return OK;
}

struct store_sqlite_counters store_sqlite_counters(const struct store *out)
{
    const struct sqlite_store *store = out->self;
    struct store_sqlite_counters counters = store->counters;

    counters.rows_written = store->flush.rows_written;
    counters.tail = store->head.sequence - store->flush.flushed;
    counters.dirty_rows = store->cache.dirty_count + store->flush.count - store->flush.clean;
    counters.cache_bytes = store->cache.bytes;
    counters.is_broken = store->is_broken;
    return counters;
}

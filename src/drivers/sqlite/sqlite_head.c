#include "drivers/sqlite/sqlite_head.h"

#include "books/journal.h"
#include "node/standing.h"

#include <stdlib.h>
#include <string.h>

/* Without a row *out stays. */
static int get_number(sqlite3 *db, const char *sql, uint64_t *out)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        *out = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int set_number(sqlite3 *db, const char *sql, uint64_t value)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, (int64_t)value);
        rc = sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* ---- anchor ---- */

int sqlite_head_get_anchor(sqlite3 *db, struct store_anchor *out)
{
    sqlite3_stmt *statement = NULL;

    *out = (struct store_anchor){0};
    if (sqlite3_table_column_metadata(db, NULL, "anchor", NULL, NULL, NULL, NULL, NULL, NULL) !=
        SQLITE_OK)
        return SQLITE_OK;
    int rc = sqlite3_prepare_v2(db, "SELECT seq,hash FROM anchor", -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW && sqlite3_column_bytes(statement, 1) == sizeof out->hash) {
        out->sequence = (uint64_t)sqlite3_column_int64(statement, 0);
        memcpy(out->hash, sqlite3_column_blob(statement, 1), sizeof out->hash);
    } else if (rc == SQLITE_ROW) {
        rc = SQLITE_CORRUPT;
    }
    sqlite3_finalize(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int sqlite_head_anchor(sqlite3 *db, const struct store_anchor *to)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, "REPLACE INTO anchor(id,seq,hash) VALUES(1,?1,?2)", -1,
                                &statement, NULL);

    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, (int64_t)to->sequence);
        sqlite3_bind_blob(statement, 2, to->hash, sizeof to->hash, SQLITE_STATIC);
        rc = sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int sqlite_head_remove(sqlite3 *db, uint64_t last)
{
    return set_number(db, "DELETE FROM journal WHERE seq<=?1", last);
}

uint64_t sqlite_head_first(sqlite3 *db)
{
    uint64_t first = 0;

    return get_number(db, "SELECT min(seq) FROM journal", &first) == SQLITE_OK ? first : 0;
}

int sqlite_head_begin(sqlite3 *db, const struct store_anchor *to)
{
    int rc = run(db, "BEGIN IMMEDIATE");

    if (rc == SQLITE_OK)
        rc = set_number(db, "UPDATE meta SET value=?1 WHERE name='flushed'", to->sequence);
    if (rc == SQLITE_OK)
        rc = sqlite_head_anchor(db, to);
    return rc == SQLITE_OK ? run(db, "COMMIT") : rc;
}

/* ---- head ---- */

/* Hash and epoch of the last record. */
static int get_last(sqlite3 *db, struct store_head *out)
{
    struct journal_record *decoded = calloc(1, sizeof *decoded);
    sqlite3_stmt *statement = NULL;
    int rc =
        decoded == NULL
            ? SQLITE_NOMEM
            : sqlite3_prepare_v2(db, "SELECT hash,record FROM journal ORDER BY seq DESC LIMIT 1",
                                 -1, &statement, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        struct bytes record = bytes_over(sqlite3_column_blob(statement, 1),
                                         (size_t)sqlite3_column_bytes(statement, 1));
        if (sqlite3_column_bytes(statement, 0) != sizeof out->hash)
            rc = SQLITE_CORRUPT;
        else
            memcpy(out->hash, sqlite3_column_blob(statement, 0), sizeof out->hash);
        if (journal_decode(record, decoded) == OK) /* else an audit names it */
            out->epoch = decoded->epoch;
    }
    sqlite3_finalize(statement);
    free(decoded);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int sqlite_head_read(sqlite3 *db, struct store_head *out, uint64_t *flushed)
{
    int rc = sqlite_head_get_anchor(db, &out->anchor);

    out->sequence = out->anchor.sequence;
    memcpy(out->hash, out->anchor.hash, sizeof out->hash);
    if (rc == SQLITE_OK)
        rc = get_number(db, "SELECT seq FROM journal ORDER BY seq DESC LIMIT 1", &out->sequence);
    if (rc == SQLITE_OK)
        rc = get_number(db, "SELECT value FROM meta WHERE name='flushed'", flushed);
    if (rc == SQLITE_OK)
        rc = get_last(db, out);
    if (rc == SQLITE_OK && (*flushed > out->sequence || *flushed < out->anchor.sequence))
        rc = SQLITE_CORRUPT; /* rows without the records that made them, or the other way round */
    return rc;
}

int sqlite_head_take(sqlite3 *db, uint16_t node, struct store_head *head)
{
    uint64_t owner = node;
    uint64_t kept = 0;
    int rc = run(db, "BEGIN IMMEDIATE");

    if (rc == SQLITE_OK)
        rc = set_number(db, "INSERT OR IGNORE INTO meta VALUES('node',?1)", node);
    if (rc == SQLITE_OK)
        rc = get_number(db, "SELECT value FROM meta WHERE name='epoch'", &kept);
    uint32_t epoch = epoch_next_opening(kept > head->epoch ? (uint32_t)kept : head->epoch);
    if (rc == SQLITE_OK)
        rc = set_number(db, "UPDATE meta SET value=?1 WHERE name='epoch'", epoch);
    if (rc == SQLITE_OK)
        rc = get_number(db, "SELECT value FROM meta WHERE name='node'", &owner);
    head->node = (uint16_t)owner;
    head->epoch = epoch;
    if (rc == SQLITE_OK && owner == node)
        return run(db, "COMMIT");
    run(db, "ROLLBACK");
    return rc;
}

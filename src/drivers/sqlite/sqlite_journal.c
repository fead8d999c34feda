#include "drivers/sqlite/sqlite_journal.h"

#include "drivers/sqlite/sqlite_file.h"
#include "drivers/sqlite/sqlite_head.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_WAIT_MS 5000 /* another connection may be recovering the WAL */

enum statement { STATEMENT_HEAD, STATEMENT_LAST, STATEMENT_READ, STATEMENT_COUNT };

static const char *const statement_sql[] = {
    [STATEMENT_HEAD] = ("SELECT (SELECT value FROM meta WHERE name='node'),"
                        " (SELECT value FROM meta WHERE name='epoch')"),
    [STATEMENT_LAST] = "SELECT seq,hash FROM journal ORDER BY seq DESC LIMIT 1",
    [STATEMENT_READ] = ("SELECT seq,record FROM journal WHERE seq>=?1 AND seq<=?2"
                        " ORDER BY seq LIMIT ?3"),
};

_Static_assert(ARRAY_COUNT(statement_sql) == STATEMENT_COUNT, "each statement has its text");

struct sqlite_journal {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    char path[512];
};

static enum err fail(const struct sqlite_journal *journal, int rc, struct text *why)
{
    text_add(why, journal->path);
    text_add(why, ": ");
    text_add(why, journal->db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(journal->db));
    return sqlite_file_err(rc);
}

static int connect(struct sqlite_journal *journal)
{
    int rc = sqlite3_open_v2(journal->path, &journal->db,
                             SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(journal->db, BUSY_WAIT_MS);
    for (size_t i = 0; i < STATEMENT_COUNT && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(journal->db, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                &journal->statements[i], NULL);
    return rc;
}

enum err sqlite_journal_open(const char *path, struct sqlite_journal **out, struct text *why)
{
    struct sqlite_journal *journal = calloc(1, sizeof *journal);

    if (journal == NULL)
        return ERR_FULL;
    struct text t = text_over(journal->path, sizeof journal->path);
    text_add(&t, path);
    if (t.cut || access(path, F_OK) != 0) {
        text_add(why, path);
        text_add(why, ": there is no store");
        free(journal);
        return ERR_NOT_FOUND;
    }
    int rc = connect(journal);
    if (rc != SQLITE_OK) {
        enum err err = fail(journal, rc, why);
        sqlite_journal_close(journal);
        return err;
    }
    *out = journal;
    return OK;
}

void sqlite_journal_close(struct sqlite_journal *journal)
{
    if (journal == NULL)
        return;
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(journal->statements[i]);
    sqlite3_close(journal->db);
    free(journal);
}

/* All in one transaction, or the epoch could be of a later opening than the record. */
static int read_head(struct sqlite_journal *journal, struct store_head *out)
{
    sqlite3_stmt *head = journal->statements[STATEMENT_HEAD];
    sqlite3_stmt *last = journal->statements[STATEMENT_LAST];
    int rc = sqlite3_step(head);

    if (rc != SQLITE_ROW)
        return rc;
    out->node = (uint16_t)sqlite3_column_int(head, 0);
    out->epoch = (uint32_t)sqlite3_column_int64(head, 1);
    rc = sqlite3_step(last);
    if (rc != SQLITE_ROW)
        return rc;
    out->sequence = (uint64_t)sqlite3_column_int64(last, 0);
    if (sqlite3_column_bytes(last, 1) != sizeof out->hash)
        return SQLITE_CORRUPT;
    memcpy(out->hash, sqlite3_column_blob(last, 1), sizeof out->hash);
    rc = sqlite_head_get_anchor(journal->db, &out->anchor);
    return rc == SQLITE_OK ? SQLITE_ROW : rc;
}

enum err sqlite_journal_head(struct sqlite_journal *journal, struct store_head *out,
                             struct text *why)
{
    struct store_head head = {0};
    int rc = read_head(journal, &head);
    enum err err = sqlite_file_err(rc);

    if (err == OK)
        *out = head;
    else
        fail(journal, rc, why);
    sqlite3_reset(journal->statements[STATEMENT_HEAD]);
    sqlite3_reset(journal->statements[STATEMENT_LAST]);
    return err;
}

enum err sqlite_journal_read(struct sqlite_journal *journal, const struct sqlite_range *range,
                             store_record_visit *visit, void *context)
{
    sqlite3_stmt *read = journal->statements[STATEMENT_READ];
    int rc;

    sqlite3_bind_int64(read, 1, (int64_t)range->first);
    sqlite3_bind_int64(read, 2, (int64_t)range->last);
    sqlite3_bind_int64(read, 3, (int64_t)range->count_max);
    while ((rc = sqlite3_step(read)) == SQLITE_ROW) {
        struct bytes bytes =
            bytes_over(sqlite3_column_blob(read, 1), (size_t)sqlite3_column_bytes(read, 1));
        if (!visit(context, (uint64_t)sqlite3_column_int64(read, 0), bytes))
            break;
    }
    sqlite3_reset(read);
    return sqlite_file_err(rc);
}

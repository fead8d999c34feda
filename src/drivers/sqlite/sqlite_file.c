#include "drivers/sqlite/sqlite_file.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 0x61637174 /* "acqt": a file of ours, not of another program */
#define PATH_LEN_MAX 4096
#define PID_LEN_MAX 24
#define HEAD_LEN 32      /* of a file's first page (SQLite file format, 1.3) */
#define HEAD_PAGES_AT 28 /* how many pages there are, 4 bytes */
#define PAGE_LEN 4096
#define WAL_FRAME_HEAD_LEN 24 /* SQLite file format, 4.1 */
#define WAL_HEAD_LEN 32       /* SQLite file format, 4.1 */
#define WAL_FRAME_LEN                                                                              \
    (WAL_FRAME_HEAD_LEN + PAGE_LEN) /* with the page size that all our files have */

/* synchronous and journal_mode are said although FULL is a default: a commit that returns must have
 * reached the disk. Checkpoints are ours (sqlite_helper.c). Pages are read from a mapping: over a
 * million cards, copying them was a fifth of the work; a disk that cannot be read then ends the
 * process by a signal, where it would have had to stop anyway. */
static const char settings[] = "PRAGMA journal_mode=WAL;"
                               "PRAGMA synchronous=FULL;"
                               "PRAGMA wal_autocheckpoint=0;"
                               "PRAGMA journal_size_limit=67108864;"
                               "PRAGMA cache_size=-32768;"
                               "PRAGMA mmap_size=2147418112;"
                               "PRAGMA temp_store=MEMORY;"
                               "PRAGMA trusted_schema=OFF;";

/* Never edited, only added to. The keys of journal and row are the rowid itself: both grow at their
 * ends, and the inner pages of their trees hold nothing else, so that a million rows are three
 * pages deep. A tree that holds rows by their keys would be twice as deep and have ten times the
 * inner pages. */
static const char *const schema_steps[] = {
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE journal(seq INTEGER PRIMARY KEY, record BLOB NOT NULL, hash BLOB);"
    "CREATE TABLE row(id INTEGER PRIMARY KEY, value BLOB NOT NULL);"
    "CREATE TABLE row_key(key BLOB PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES('epoch',0),('flushed',0);",
    "CREATE TABLE anchor(id INTEGER PRIMARY KEY CHECK(id=1), seq INTEGER NOT NULL,"
    " hash BLOB NOT NULL);",
};

enum err sqlite_file_err(int rc)
{
    switch (rc & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return OK;
    case SQLITE_FULL:
        return ERR_DISK_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return ERR_NOT_ALLOWED;
    default:
        return ERR_IO;
    }
}

static enum err fail(int rc, sqlite3 *db, struct text *why)
{
    text_add(why, db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(db));
    return sqlite_file_err(rc);
}

static enum err run(sqlite3 *db, const char *sql, struct text *why)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? OK : fail(rc, db, why);
}

static enum err get_number(sqlite3 *db, const char *sql, int64_t *out, struct text *why)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    enum err err = rc == SQLITE_ROW ? OK : fail(rc, db, why);
    sqlite3_finalize(statement);
    return err;
}

static enum err run_steps(sqlite3 *db, const char *const steps[], size_t from, size_t count)
{
    char pragma[96];
    int rc = sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL);

    for (size_t i = from; i < count && rc == SQLITE_OK; i++)
        rc = sqlite3_exec(db, steps[i], NULL, NULL, NULL);
    snprintf(pragma, sizeof pragma, "PRAGMA application_id=%d;PRAGMA user_version=%zu;COMMIT",
             APPLICATION_ID, count);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, pragma, NULL, NULL, NULL);
    return sqlite_file_err(rc);
}

enum err sqlite_file_migrate(sqlite3 *db, const char *const steps[], size_t count, struct text *why)
{
    int64_t version = 0;
    int64_t application = 0;
    int64_t tables = 0;

    TRY(get_number(db, "PRAGMA user_version", &version, why));
    TRY(get_number(db, "PRAGMA application_id", &application, why));
    TRY(get_number(db, "SELECT count(*) FROM sqlite_schema", &tables, why));
    if (tables > 0 && application != APPLICATION_ID) {
        text_add(why, "is another program's database");
        return ERR_CORRUPT;
    }
    if (version < 0 || (uint64_t)version > count) {
        text_add(why, "has version ");
        text_add_i64(why, version);
        text_add(why, ", this program knows up to ");
        text_add_u64(why, count);
        return ERR_VERSION;
    }
    if ((uint64_t)version == count)
        return OK;
    enum err err = run_steps(db, steps, (size_t)version, count);
    if (err == OK)
        return OK;
    text_add(why, sqlite3_errmsg(db));
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

/* Whether the last connection that closes copies the WAL back. */
static void copy_back_on_close(sqlite3 *db, bool copies)
{
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, copies ? 0 : 1, NULL);
}

enum err sqlite_file_connect(const char *path, const char *vfs, sqlite3 **out, struct text *why)
{
    sqlite3 *db = NULL;
    int create = vfs == NULL ? 0 : SQLITE_OPEN_CREATE; /* else make_private has created it */
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | create, vfs);

    if (rc != SQLITE_OK) {
        enum err err = fail(rc, db, why);
        sqlite3_close(db);
        return err;
    }
    sqlite3_extended_result_codes(db, 1);
    copy_back_on_close(db, false);
    enum err err = run(db, settings, why);
    if (err != OK) {
        sqlite3_close(db);
        return err;
    }
    *out = db;
    return OK;
}

/* Grows the file in steps of a megabyte and keeps the WAL file between runs, so that most writes
 * fall on blocks that the file system has already given. */
static void preallocate(sqlite3 *db)
{
    int step = 1 << 20;
    int persist = 1;

    sqlite3_file_control(db, "main", SQLITE_FCNTL_CHUNK_SIZE, &step);
    sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
}

static enum err fail_errno(const char *what, struct text *why)
{
    text_add(why, what);
    text_add(why, ": ");
    text_add(why, strerror(errno));
    return errno == ENOSPC ? ERR_DISK_FULL : ERR_IO;
}

static enum err name_owner(int lock, struct text *why)
{
    char pid[PID_LEN_MAX] = "";
    ssize_t len = pread(lock, pid, sizeof pid - 1, 0);

    text_add(why, "process ");
    text_add(why, len > 0 ? pid : "?");
    text_add(why, " owns it");
    return ERR_BUSY;
}

static enum err own(int lock, struct text *why)
{
    char pid[PID_LEN_MAX] = {0};

    snprintf(pid, sizeof pid, "%ld", (long)getpid());

    if (flock(lock, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? name_owner(lock, why) : fail_errno("cannot be locked", why);
    if (pwrite(lock, pid, sizeof pid, 0) != sizeof pid)
        return fail_errno("its lock cannot be written", why);
    return OK;
}

static enum err lock_file(const char *path, int *out, struct text *why)
{
    char lock_path[PATH_LEN_MAX];
    int len = snprintf(lock_path, sizeof lock_path, "%s.lock", path);

    if (len >= (int)sizeof lock_path) {
        text_add(why, "its path is too long");
        return ERR_BAD_LENGTH;
    }
    int lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return fail_errno("its lock cannot be opened", why);
    enum err err = own(lock, why);
    if (err != OK) {
        close(lock);
        return err;
    }
    *out = lock;
    return OK;
}

/* SQLite would let others read it; its companions get the mode of the file. */
static enum err make_private(const char *path, struct text *why)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return fail_errno("cannot be opened", why);
    close(fd);
    return OK;
}

static int write_again(sqlite3_file *file, uint8_t *room, int len, sqlite3_int64 at)
{
    int rc = file->pMethods->xRead(file, room, len, at);

    return rc == SQLITE_OK ? file->pMethods->xWrite(file, room, len, at) : rc;
}

/* Each frame that goes with the head of the WAL (SQLite file format, 4.1: by its salts). */
static int write_frames_again(sqlite3_file *wal)
{
    uint8_t head[WAL_HEAD_LEN];
    uint8_t frame[WAL_FRAME_LEN];
    sqlite3_int64 len = 0;
    int rc = wal->pMethods->xFileSize(wal, &len);

    if (rc != SQLITE_OK || len < WAL_HEAD_LEN)
        return rc;
    rc = write_again(wal, head, WAL_HEAD_LEN, 0);
    sqlite3_int64 at = WAL_HEAD_LEN;
    for (; rc == SQLITE_OK && at + WAL_FRAME_LEN <= len; at += WAL_FRAME_LEN) {
        rc = wal->pMethods->xRead(wal, frame, WAL_FRAME_LEN, at);
        if (rc == SQLITE_OK && memcmp(frame + 8, head + 16, 8) != 0)
            break;
        if (rc == SQLITE_OK)
            rc = wal->pMethods->xWrite(wal, frame, WAL_FRAME_LEN, at);
    }
    return rc == SQLITE_OK ? wal->pMethods->xSync(wal, SQLITE_SYNC_FULL) : rc;
}

/* A sync that failed under an earlier process has left frames in the kernel's memory that the
 * kernel takes for written. Whoever goes on from them loses, when the power goes, them and every
 * commit behind them, and pages that were copied out of them do not fit any more. So all of the WAL
 * is written once more and synced before anything rests on it; until then a connection that closes
 * must not copy it back. */
static enum err secure_wal(sqlite3 *db, struct text *why)
{
    sqlite3_file *wal = NULL;
    int64_t tables;

    TRY(get_number(db, "SELECT count(*) FROM sqlite_schema", &tables, why)); /* opens the WAL */
    sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
    if (wal == NULL || wal->pMethods == NULL)
        return OK;
    int rc = write_frames_again(wal);
    return rc == SQLITE_OK ? OK : fail(rc, NULL, why);
}

/* How long the file must be by its own head, and how long it is; false when there is no head. */
static bool measure(const char *path, int64_t *needed, int64_t *found)
{
    uint8_t head[HEAD_LEN];
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    bool is_read = pread(fd, head, sizeof head, 0) == sizeof head && fstat(fd, &about) == 0;
    close(fd);
    if (!is_read)
        return false;
    *needed = (int64_t)bytes_get_u32(head + HEAD_PAGES_AT) * PAGE_LEN;
    *found = about.st_size;
    return true;
}

/* Says of a file that is shorter than its head says that it is. */
static bool is_cut_off(const char *path, struct text *why)
{
    int64_t needed;
    int64_t found;

    if (!measure(path, &needed, &found) || found >= needed)
        return false;
    text_add(why, "it is cut off: of ");
    text_add_i64(why, needed);
    text_add(why, " bytes ");
    text_add_i64(why, found);
    text_add(why, " are there");
    return true;
}

/* Marks the pages that frames of the WAL hold; those of an earlier round do not go with its head.
 */
static int mark_pages_of_wal(sqlite3_file *wal, uint8_t *pages, uint32_t count)
{
    uint8_t head[WAL_HEAD_LEN];
    uint8_t frame[WAL_FRAME_HEAD_LEN];
    sqlite3_int64 len = 0;
    int rc = wal->pMethods->xFileSize(wal, &len);

    if (rc != SQLITE_OK || len < WAL_HEAD_LEN)
        return rc;
    rc = wal->pMethods->xRead(wal, head, WAL_HEAD_LEN, 0);
    for (sqlite3_int64 at = WAL_HEAD_LEN; rc == SQLITE_OK && at + WAL_FRAME_LEN <= len;
         at += WAL_FRAME_LEN) {
        rc = wal->pMethods->xRead(wal, frame, WAL_FRAME_HEAD_LEN, at);
        uint32_t page = bytes_get_u32(frame);
        if (memcmp(frame + 8, head + 16, 8) != 0)
            break;
        if (page < count)
            pages[page] = 1;
    }
    return rc;
}

/* Whether the WAL has every page from..to: the file may be short while it is being copied back. */
static enum err find_in_wal(sqlite3 *db, uint32_t from, uint32_t to, bool *out)
{
    sqlite3_file *wal = NULL;
    uint8_t *pages = calloc((size_t)to + 1, 1);
    int rc = SQLITE_OK;

    if (pages == NULL)
        return ERR_FULL;
    sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
    if (wal != NULL && wal->pMethods != NULL)
        rc = mark_pages_of_wal(wal, pages, to + 1);
    *out = memchr(pages + from, 0, to + 1 - from) == NULL;
    free(pages);
    return sqlite_file_err(rc);
}

static enum err check_length(const char *path, sqlite3 *db, struct text *why)
{
    int64_t needed;
    int64_t found;
    bool is_in_wal = false;

    if (!measure(path, &needed, &found) || found >= needed)
        return OK;
    TRY(find_in_wal(db, (uint32_t)(found / PAGE_LEN) + 1, (uint32_t)(needed / PAGE_LEN),
                    &is_in_wal));
    return !is_in_wal && is_cut_off(path, why) ? ERR_CORRUPT : OK;
}

static enum err connect_first(const char *path, const char *vfs, sqlite3 **out, struct text *why)
{
    enum err err = sqlite_file_connect(path, vfs, out, why);

    if (err != ERR_CORRUPT || vfs != NULL)
        return err;
    text_add(why, "; ");
    if (!is_cut_off(path, why))
        text_add(why, "it is as long as it says");
    return err;
}

static enum err open_locked(const char *path, const char *vfs, sqlite3 **out, struct text *why)
{
    if (vfs == NULL)
        TRY(make_private(path, why));
    TRY(connect_first(path, vfs, out, why));
    preallocate(*out);
    TRY(secure_wal(*out, why));
    copy_back_on_close(*out, true);
    if (vfs == NULL)
        TRY(check_length(path, *out, why));
    return sqlite_file_migrate(*out, schema_steps, ARRAY_COUNT(schema_steps), why);
}

enum err sqlite_file_open(const char *path, const char *vfs, struct sqlite_file *out,
                          struct text *why)
{
    struct sqlite_file file = {.lock = -1};

    text_add(why, path);
    text_add(why, ": ");
    if (vfs == NULL)
        TRY(lock_file(path, &file.lock, why));
    enum err err = vfs == NULL ? sqlite_mark_open(file.lock, &file.mark, why) : OK;
    if (err == OK)
        err = open_locked(path, vfs, &file.db, why);
    if (err != OK) {
        sqlite_file_close(&file);
        return err;
    }
    *out = file;
    return OK;
}

static bool fill_with_zeros(int fd, off_t from, off_t to)
{
    static const uint8_t zeros[1 << 16];

    while (from < to) {
        size_t len = (size_t)(to - from) < sizeof zeros ? (size_t)(to - from) : sizeof zeros;
        ssize_t written = pwrite(fd, zeros, len, from);
        if (written <= 0)
            return false;
        from += written;
    }
    return true;
}

void sqlite_file_fill_wal(const char *path, uint32_t pages)
{
    char wal_path[PATH_LEN_MAX];
    struct stat before;
    int len = snprintf(wal_path, sizeof wal_path, "%s-wal", path);
    int fd = len < (int)sizeof wal_path ? open(wal_path, O_WRONLY | O_CLOEXEC) : -1;

    if (fd < 0)
        return;
    off_t whole = WAL_HEAD_LEN + (off_t)pages * WAL_FRAME_LEN;
    if (fstat(fd, &before) == 0 && !fill_with_zeros(fd, before.st_size, whole)) {
        int truncated = ftruncate(fd, before.st_size); /* what stays is free for SQLite, too */
        (void)truncated;
    }
    close(fd);
}

void sqlite_file_close(struct sqlite_file *file)
{
    sqlite3_close(file->db);
    sqlite_mark_close(&file->mark);
    if (file->lock >= 0)
        close(file->lock);
    *file = (struct sqlite_file){.lock = -1};
}

/*
 * The contract suite on SQLite, and what can happen to a file: death at any moment, a full disk,
 * failing syncs, other owners, other versions, damage.
 *
 * The disk is made to fail under SQLite: this program's own pwrite64 and fdatasync stand before
 * libc's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/sqlite/sqlite_file.h"
#include "drivers/sqlite/sqlite_journal.h"
#include "drivers/sqlite/store_sqlite.h"
#include "test/lib/store_suite.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a disk that fails ---- */

enum disk_call { DISK_WRITE, DISK_SYNC, DISK_SYNC_PAGES, DISK_CALL_COUNT };

static struct {
    atomic_int nth; /* 1: the next call; 0: none */
    atomic_bool always;
    atomic_int error;
} disk[DISK_CALL_COUNT];

static bool disk_fails(enum disk_call call)
{
    int nth = atomic_load(&disk[call].nth);

    if (nth == 0)
        return false;
    if (nth > 1) {
        atomic_store(&disk[call].nth, nth - 1);
        return false;
    }
    if (!atomic_load(&disk[call].always))
        atomic_store(&disk[call].nth, 0);
    errno = atomic_load(&disk[call].error);
    return true;
}

ssize_t pwrite64(int fd, const void *from, size_t len, off64_t at)
{
    return disk_fails(DISK_WRITE) ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, from, len, at);
}

/* The file of the rows and records itself, not its WAL. */
static bool holds_pages(int fd)
{
    char link[64];
    char name[256] = "";

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, name, sizeof name - 1);
    return len > 3 && strcmp(name + len - 3, ".db") == 0;
}

int fdatasync(int fd)
{
    if (holds_pages(fd) && disk_fails(DISK_SYNC_PAGES))
        return -1;
    return disk_fails(DISK_SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

static void disk_plan(enum disk_call call, int nth, bool always, int error)
{
    atomic_store(&disk[call].always, always);
    atomic_store(&disk[call].error, error);
    atomic_store(&disk[call].nth, nth);
}

static void disk_heal(void)
{
    disk_plan(DISK_WRITE, 0, false, 0);
    disk_plan(DISK_SYNC, 0, false, 0);
    disk_plan(DISK_SYNC_PAGES, 0, false, 0);
}

/* ---- a folder for one test ---- */

static char folder[128];
static char path[160];
static char words[512];
static struct store_sqlite_options options;

static enum err try_open(uint16_t node)
{
    struct text why = text_over(words, sizeof words);

    return store_sqlite_open(path, node, &options, &suite_store, &why);
}

static void suite_open(void)
{
    enum err err = try_open(SUITE_NODE);

    if (err != OK)
        print_error("%s\n", words);
    assert_int_equal(err, OK);
}

static void remove_file(const char *suffix)
{
    char name[192];

    snprintf(name, sizeof name, "%s%s", path, suffix);
    unlink(name);
}

static void remove_all(void)
{
    remove_file("");
    remove_file("-wal");
    remove_file("-shm");
    remove_file(".lock");
}

static int set_up_folder(void)
{
    snprintf(folder, sizeof folder, "%s/store-XXXXXX", P_tmpdir);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/party.db", folder);
    memset(&suite_model, 0, sizeof suite_model);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    options = (struct store_sqlite_options){0};
    set_up_folder();
    suite_open();
    return 0;
}

/* So little of everything that rows are always on their way. */
static int set_up_small(void **state)
{
    (void)state;
    options = (struct store_sqlite_options){.cache_bytes = 20000, .tail_max = 20, .wal_pages = 16};
    set_up_folder();
    suite_open();
    return 0;
}

static int tear_down_closed(void **state)
{
    (void)state;
    remove_all();
    rmdir(folder);
    return 0;
}

static int tear_down(void **state)
{
    disk_heal();
    suite_store.close(suite_store.self);
    return tear_down_closed(state);
}

static void commit_times(struct prng *prng, int times)
{
    for (int i = 0; i < times; i++)
        assert_int_equal(suite_commit(prng), STORE_OK);
}

/* ---- death ---- */

/* Commits for ever and tells each one through the pipe, until it is killed. */
static void child_commits(int pipe_fd, uint64_t seed)
{
    struct prng prng;

    prng_seed(&prng, seed);
    suite_open();
    while (suite_commit(&prng) == STORE_OK) {
        uint64_t sequence = suite_model.sequence;
        if (write(pipe_fd, &sequence, sizeof sequence) != sizeof sequence)
            break;
    }
    _exit(1);
}

/* So that on the slowest machine some are killed at work, not before it. */
static void wait_until_told(int pipe_fd)
{
    struct pollfd told = {.fd = pipe_fd, .events = POLLIN};

    assert_int_equal(poll(&told, 1, 60000), 1);
}

static uint64_t last_told(int pipe_fd)
{
    uint64_t last = 0;
    uint64_t next;

    while (read(pipe_fd, &next, sizeof next) == sizeof next)
        last = next;
    return last;
}

static void test_killed_at_any_moment_it_loses_nothing_committed(void **state)
{
    (void)state;
    struct prng prng;
    int pipes[2];

    prng_seed(&prng, 30);
    suite_store.close(suite_store.self);
    for (uint64_t turn = 0; turn < 12; turn++) {
        uint64_t before = suite_model.sequence;
        assert_int_equal(pipe(pipes), 0);
        pid_t child = fork();
        if (child == 0)
            child_commits(pipes[1], turn);
        assert_true(child > 0);
        close(pipes[1]);
        if (turn % 2 == 1)
            wait_until_told(pipes[0]);
        usleep((useconds_t)(5000 + prng_below(&prng, 40000)));
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        uint64_t told = last_told(pipes[0]);
        close(pipes[0]);
        suite_open();
        suite_check_all();
        /* All that was told is there, and of the rest at most one whole batch. */
        assert_true(suite_model.sequence >= (told > 0 ? told : before));
        assert_true(suite_model.sequence <= (told > 0 ? told : before) + SUITE_RECORDS);
        suite_store.close(suite_store.self);
    }
    assert_true(suite_model.sequence > 0);
    suite_open();
}

/* ---- the disk ---- */

static void fresh(void)
{
    suite_store.close(suite_store.self);
    remove_all();
    memset(&suite_model, 0, sizeof suite_model);
    suite_open();
}

static size_t seen[STORE_FATAL + 1]; /* results of commits on a failing disk */

/* Whatever was said to be committed is there; what was said not to be is not; in doubt, either. */
static void check_after_failing_at(int nth, bool always, int error)
{
    struct prng prng;
    enum store_result result = STORE_OK;

    prng_seed(&prng, 31);
    fresh();
    disk_plan(DISK_WRITE, nth, always, error);
    for (int i = 0; i < 12 && result == STORE_OK; i++)
        result = suite_commit(&prng);
    bool may_have = result == STORE_IN_DOUBT;
    seen[result]++;
    uint64_t sequence = suite_model.sequence;
    uint64_t other = suite_batch.after.sequence;
    if (result == STORE_FULL && !always)
        assert_int_equal(suite_commit(&prng), STORE_OK); /* there is room again */
    if (result == STORE_IN_DOUBT)
        assert_int_equal(suite_commit(&prng), STORE_FATAL);
    if (result == STORE_FULL && !always)
        sequence = suite_model.sequence;
    disk_heal();
    suite_reopen();
    suite_check_all();
    assert_true(suite_model.sequence == sequence || (may_have && suite_model.sequence == other));
}

static void test_a_full_disk_at_every_write(void **state)
{
    (void)state;
    memset(seen, 0, sizeof seen);
    for (int nth = 1; nth < 60; nth += 2) {
        check_after_failing_at(nth, false, ENOSPC);
        check_after_failing_at(nth + 1, true, ENOSPC);
    }
    assert_true(seen[STORE_FULL] > 30);
}

static void test_a_write_error_at_every_write(void **state)
{
    (void)state;
    memset(seen, 0, sizeof seen);
    for (int nth = 1; nth < 60; nth += 4) {
        check_after_failing_at(nth, false, EIO);
        check_after_failing_at(nth + 2, true, EIO);
    }
    assert_true(seen[STORE_IN_DOUBT] > 10);
}

static void test_a_full_disk_is_said_and_nothing_is_written(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 32);
    commit_times(&prng, 3);
    disk_plan(DISK_WRITE, 1, true, ENOSPC);
    for (int i = 0; i < 3; i++)
        assert_int_equal(suite_commit(&prng), STORE_FULL);
    suite_check_all();
    disk_heal();
    commit_times(&prng, 3);
    suite_reopen();
    suite_check_all();
}

/* A commit that fails on rows that were never read has learnt nothing about them. */
static void test_a_failed_commit_says_nothing_of_rows_unread(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 38);
    commit_times(&prng, 30);
    suite_reopen();
    disk_plan(DISK_WRITE, 1, true, ENOSPC);
    for (int i = 0; i < 10; i++)
        assert_int_equal(suite_commit(&prng), STORE_FULL);
    disk_heal();
    suite_check_all();
    commit_times(&prng, 3);
    suite_check_all();
}

static void test_a_failing_sync_leaves_the_outcome_in_doubt(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 33);
    commit_times(&prng, 3);
    uint64_t before = suite_model.sequence;
    disk_plan(DISK_SYNC, 1, true, EIO); /* once could meet the helper's checkpoint instead */
    assert_int_equal(suite_commit(&prng), STORE_IN_DOUBT);
    uint64_t after = suite_batch.after.sequence;
    struct store_row row = {.key = suite_key(1)};
    struct store_row *rows[] = {&row};
    assert_int_equal(suite_store.load(suite_store.self, rows, 1), STORE_FATAL);
    assert_int_equal(suite_commit(&prng), STORE_FATAL);
    disk_heal();
    suite_reopen();
    suite_check_all();
    assert_true(suite_model.sequence == before || suite_model.sequence == after);
    commit_times(&prng, 1);
}

/* ---- what stands beside and around it ---- */

/* A failed sync of pages is said once; then the kernel forgets them. The store must not go on. */
static void test_a_failing_sync_of_pages_ends_the_store(void **state)
{
    (void)state;
    enum store_result result = STORE_OK;
    struct prng prng;

    prng_seed(&prng, 39);
    commit_times(&prng, 3);
    disk_plan(DISK_SYNC_PAGES, 1, false, EIO);
    for (int i = 0; i < 3000 && result == STORE_OK; i++)
        result = suite_commit(&prng);
    assert_int_equal(result, STORE_FATAL);
    disk_heal();
    suite_reopen();
    suite_check_all();
}

static void test_files_are_for_their_owner_only(void **state)
{
    (void)state;
    const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    struct prng prng;
    struct stat status;

    prng_seed(&prng, 34);
    commit_times(&prng, 1);
    for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++) {
        char name[192];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        assert_int_equal(stat(name, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
}

static void test_a_second_owner_is_told_who_the_first_is(void **state)
{
    (void)state;
    char pid[32];
    struct store first = suite_store;

    assert_int_equal(try_open(SUITE_NODE), ERR_BUSY);
    snprintf(pid, sizeof pid, "process %ld owns it", (long)getpid());
    assert_non_null(strstr(words, pid));
    assert_non_null(strstr(words, path));
    suite_store = first;
}

static void test_another_nodes_file_is_refused(void **state)
{
    (void)state;
    struct store first = suite_store;

    suite_store.close(suite_store.self);
    assert_int_equal(try_open(SUITE_NODE + 1), ERR_CONFIG);
    assert_non_null(strstr(words, "it is of node 4, not 5"));
    (void)first;
    suite_open();
}

static void run_sql(const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void assert_refused(enum err expected, const char *text)
{
    assert_int_equal(try_open(SUITE_NODE), expected);
    assert_non_null(strstr(words, path));
    if (strstr(words, text) == NULL)
        print_error("%s\n", words);
    assert_non_null(strstr(words, text));
}

static void test_a_newer_file_is_refused(void **state)
{
    (void)state;
    suite_store.close(suite_store.self);
    run_sql("PRAGMA user_version=77");
    assert_refused(ERR_VERSION, "has version 77, this program knows up to");
}

static void test_another_programs_file_is_refused(void **state)
{
    (void)state;
    suite_store.close(suite_store.self);
    remove_all();
    run_sql("CREATE TABLE theirs(x)");
    assert_refused(ERR_CORRUPT, "is another program's database");
}

static void test_what_is_no_database_is_refused(void **state)
{
    (void)state;
    suite_store.close(suite_store.self);
    remove_all();
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 5000; i++)
        fputs("not a database ", file);
    fclose(file);
    assert_refused(ERR_CORRUPT, "not a database");
}

static void test_a_missing_folder_is_said(void **state)
{
    (void)state;
    suite_store.close(suite_store.self);
    remove_all();
    snprintf(path, sizeof path, "%s/nowhere/party.db", folder);
    assert_refused(ERR_IO, "No such file or directory");
}

static void test_an_older_file_is_brought_forward(void **state)
{
    (void)state;
    static const char *const steps[] = {"", "",
                                        "CREATE TABLE added(x); INSERT INTO added VALUES(7)"};
    static const char *const bad[] = {"", "", "", "CREATE TABLE more(x); CREATE TABLE added(x)"};
    struct text why = text_over(words, sizeof words);
    sqlite3 *db = NULL;

    suite_store.close(suite_store.self);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite_file_migrate(db, steps, 3, &why), OK);
    assert_int_equal(sqlite3_exec(db, "SELECT x FROM added", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite_file_migrate(db, steps, 3, &why), OK); /* not twice */
    assert_int_not_equal(sqlite_file_migrate(db, bad, 4, &why), OK);
    assert_non_null(strstr(words, "already exists"));
    /* A step that fails leaves nothing behind, so that the older program can go on. */
    assert_int_not_equal(sqlite3_exec(db, "SELECT x FROM more", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite_file_migrate(db, steps, 3, &why), OK);
    assert_int_equal(sqlite_file_migrate(db, steps, 2, &why), ERR_VERSION);
    sqlite3_close(db);
}

/* What the first programs made has no anchor; beside it, one that was never opened since. */
static void test_a_file_of_the_first_version_has_no_anchor(void **state)
{
    (void)state;
    struct text why = text_over(words, sizeof words);
    struct sqlite_journal *journal = NULL;
    struct store_head head;
    struct prng prng;

    prng_seed(&prng, 36);
    commit_times(&prng, 3);
    suite_store.close(suite_store.self);
    run_sql("DROP TABLE anchor; PRAGMA user_version=1");
    assert_int_equal(sqlite_journal_open(path, &journal, &why), OK);
    assert_int_equal(sqlite_journal_head(journal, &head, &why), OK);
    assert_int_equal(head.anchor.sequence, 0);
    assert_int_equal(head.sequence, suite_model.sequence);
    sqlite_journal_close(journal);
    suite_open();
    suite_check_all();
}

static void test_a_damaged_record_in_the_tail_is_found_at_opening(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 35);
    commit_times(&prng, 3);
    suite_store.close(suite_store.self);
    run_sql("UPDATE meta SET value=1 WHERE name='flushed';"
            "UPDATE journal SET record=substr(record,1,50) WHERE seq=2");
    assert_refused(ERR_CORRUPT, "its journal record 2: stored data is damaged");
    run_sql("DELETE FROM journal WHERE seq=2");
    assert_refused(ERR_CORRUPT, "its journal record 2");
    run_sql("UPDATE meta SET value=1000000 WHERE name='flushed'");
    assert_refused(ERR_CORRUPT, "");
}

/* ---- files that were cut off ---- */

#define CUTS 40

static char whole[160]; /* the store that the copies are of */

/* Copies the first len bytes of the file beside the store to where `path` points. */
static void copy_cut(const char *suffix, off_t len)
{
    char from[192];
    char to[192];
    char buffer[4096];
    FILE *in;
    FILE *out;

    snprintf(from, sizeof from, "%s%s", whole, suffix);
    snprintf(to, sizeof to, "%s%s", path, suffix);
    in = fopen(from, "r");
    out = fopen(to, "w");
    assert_non_null(in);
    assert_non_null(out);
    while (len > 0) {
        size_t want = len < (off_t)sizeof buffer ? (size_t)len : sizeof buffer;
        size_t got = fread(buffer, 1, want, in);
        if (got == 0)
            break;
        assert_int_equal(fwrite(buffer, 1, got, out), got);
        len -= (off_t)got;
    }
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

static off_t length_of(const char *suffix)
{
    char name[192];
    struct stat about;

    snprintf(name, sizeof name, "%s%s", whole, suffix);
    assert_int_equal(stat(name, &about), 0);
    return about.st_size;
}

/* Opens a copy of the store of which one file is cut. It says what is wrong with which file, or has
 * all that was ever told to be durable. */
static bool opens_whole(const char *cut, off_t len)
{
    static const char *const suffixes[] = {"", "-wal", ".lock"};
    struct store first = suite_store;

    for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++)
        copy_cut(suffixes[i], strcmp(suffixes[i], cut) == 0 ? len : length_of(suffixes[i]));
    enum err err = try_open(SUITE_NODE);
    if (err == OK) {
        suite_check_all();
        suite_store.close(suite_store.self);
    } else {
        assert_int_equal(err, ERR_CORRUPT);
        assert_non_null(strstr(words, path));
        assert_true(strlen(words) > strlen(path) + strlen(": it is"));
    }
    remove_all();
    suite_store = first;
    return err == OK;
}

/* Of both files at many lengths, most of them in the middle of a page and of a record. */
static size_t count_refused(void)
{
    static const char *const suffixes[] = {"", "-wal"};
    size_t refused = 0;

    memcpy(whole, path, sizeof whole);
    snprintf(path, sizeof path, "%s/cut.db", folder);
    for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++) {
        off_t len = length_of(suffixes[i]);
        assert_true(opens_whole(suffixes[i], len));
        for (off_t cut = 0; cut < CUTS; cut++)
            refused += !opens_whole(suffixes[i], len * cut / CUTS + cut % 7);
    }
    memcpy(path, whole, sizeof path);
    return refused;
}

static int set_up_cuts(void **state)
{
    (void)state;
    options = (struct store_sqlite_options){.wal_pages = 128};
    set_up_folder();
    suite_open();
    return 0;
}

static void test_a_store_that_was_cut_off_never_opens_with_less(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 36);
    commit_times(&prng, 40);
    assert_true(count_refused() > CUTS / 8); /* all of it is in the WAL still */
    suite_store.close(suite_store.self);
    suite_open();
    commit_times(&prng, 10);
    assert_true(count_refused() > CUTS / 2); /* most of it in the file, the rest in the WAL */
}

static void test_a_store_without_its_wal_says_what_is_missing(void **state)
{
    (void)state;
    struct prng prng;
    char text[64];

    prng_seed(&prng, 37);
    commit_times(&prng, 5);
    memcpy(whole, path, sizeof whole);
    snprintf(path, sizeof path, "%s/cut.db", folder);
    struct store first = suite_store;
    copy_cut("", length_of(""));
    copy_cut(".lock", length_of(".lock"));
    snprintf(text, sizeof text, "and record %u was durable", (unsigned)suite_model.sequence);
    assert_refused(ERR_CORRUPT, text);
    remove_file(".lock"); /* told that it is meant */
    assert_int_equal(try_open(SUITE_NODE), OK);
    suite_store.close(suite_store.self);
    remove_all();
    memcpy(path, whole, sizeof path);
    suite_store = first;
}

static void test_an_old_copy_that_was_put_back_is_noticed(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 38);
    commit_times(&prng, 5);
    suite_store.close(suite_store.self);
    memcpy(whole, path, sizeof whole);
    snprintf(path, sizeof path, "%s/copy.db", folder);
    copy_cut("", length_of(""));
    memcpy(path, whole, sizeof path);
    suite_open();
    commit_times(&prng, 5);
    suite_store.close(suite_store.self);
    remove_file("");
    remove_file("-wal");
    remove_file("-shm");
    snprintf(whole, sizeof whole, "%s/copy.db", folder);
    copy_cut("", length_of(""));
    assert_int_equal(unlink(whole), 0);
    assert_refused(ERR_CORRUPT, "put back from a copy");
}

/* ---- bounds ---- */

static void test_tail_wal_and_memory_stay_within_bounds(void **state)
{
    (void)state;
    struct prng prng;
    struct store_sqlite_counters counters;

    prng_seed(&prng, 36);
    for (int i = 0; i < 1500; i++) {
        assert_int_equal(suite_commit(&prng), STORE_OK);
        counters = store_sqlite_counters(&suite_store);
        assert_true(counters.tail <= 5 * 20 + 4 * SUITE_RECORDS);
        assert_true(counters.wal_pages_max <= 8 * 16 + 200);
        assert_true(counters.cache_bytes < 400000);
    }
    assert_true(counters.rows_written > 1000);
    assert_true(counters.checkpoints > 10);
    suite_check_all();
}

static void test_a_row_not_in_memory_is_read(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 37);
    commit_times(&prng, 200);
    struct store_sqlite_counters before = store_sqlite_counters(&suite_store);
    suite_check_all();
    struct store_sqlite_counters after = store_sqlite_counters(&suite_store);
    assert_true(after.rows_missed > before.rows_missed);
    assert_true(after.rows_loaded - before.rows_loaded > after.rows_missed - before.rows_missed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_SMALL(name) cmocka_unit_test_setup_teardown(name, set_up_small, tear_down)
#define TEST_CLOSED(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down_closed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TESTS(set_up, tear_down),
        TEST(test_killed_at_any_moment_it_loses_nothing_committed),
        TEST(test_a_full_disk_is_said_and_nothing_is_written),
        TEST(test_a_failed_commit_says_nothing_of_rows_unread),
        TEST(test_a_failing_sync_leaves_the_outcome_in_doubt),
        TEST(test_files_are_for_their_owner_only),
        TEST(test_a_second_owner_is_told_who_the_first_is),
        TEST(test_another_nodes_file_is_refused),
        TEST_CLOSED(test_a_newer_file_is_refused),
        TEST_CLOSED(test_another_programs_file_is_refused),
        TEST_CLOSED(test_what_is_no_database_is_refused),
        TEST_CLOSED(test_a_missing_folder_is_said),
        TEST_CLOSED(test_an_older_file_is_brought_forward),
        TEST_CLOSED(test_a_file_of_the_first_version_has_no_anchor),
        TEST_CLOSED(test_a_damaged_record_in_the_tail_is_found_at_opening),
        cmocka_unit_test_setup_teardown(test_a_store_that_was_cut_off_never_opens_with_less,
                                        set_up_cuts, tear_down),
        TEST(test_a_store_without_its_wal_says_what_is_missing),
        TEST_CLOSED(test_an_old_copy_that_was_put_back_is_noticed),
        SUITE_TESTS(set_up_small, tear_down),
        TEST_SMALL(test_killed_at_any_moment_it_loses_nothing_committed),
        TEST_SMALL(test_a_full_disk_at_every_write),
        TEST_SMALL(test_a_write_error_at_every_write),
        TEST_SMALL(test_a_failed_commit_says_nothing_of_rows_unread),
        TEST_SMALL(test_a_failing_sync_leaves_the_outcome_in_doubt),
        TEST_SMALL(test_a_failing_sync_of_pages_ends_the_store),
        TEST_SMALL(test_tail_wal_and_memory_stay_within_bounds),
        TEST_SMALL(test_a_row_not_in_memory_is_read),
    };

    return cmocka_run_group_tests_name("store_sqlite", tests, NULL, NULL);
}

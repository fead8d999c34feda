/*
 * What a durable authorisation costs in the SQLite store: one journal record of an issuer (payment,
 * card and account as they became, about 1 KB), the three rows behind it.
 *
 * Beside it, in the same run, with the same bytes: a bare log (pwrite and one fdatasync for each
 * group into a preallocated file), and a bare SQLite table of records without any rows.
 */
#include "test/lib/bench.h"

#include "base/prng.h"
#include "books/journal.h"
#include "books/party_rows.h"
#include "books/payment_row.h"
#include "drivers/sqlite/store_sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GROUP_MAX 256
#define CHANGES 3
#define RECORD_ROOM 2048
#define LOG_LEN (256 << 20)
#define ROUNDS 3

struct load {
    struct store store;
    struct prng prng;
    uint64_t cards;
    uint64_t sequence;
    struct payment_row payment;
    struct card_row card;
    struct account_row account;
    struct store_change changes[GROUP_MAX * CHANGES];
    struct store_record records[GROUP_MAX];
    uint8_t bytes[GROUP_MAX][RECORD_ROOM];
    size_t group_len; /* bytes of the last group's records */
    struct journal_record record;
};

static struct load load;
static char folder[128];
static char path[160];
static double round_s = 1.0;

static double now_s(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    fprintf(stderr, "store_sqlite_bench: %s\n", what);
    exit(1);
}

/* ---- groups ---- */

static bool is_taken(const struct row_key *key, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (row_key_equal(&load.changes[i].key, key))
            return true;
    }
    return false;
}

/* A card that this group does not have yet, as the engine names each key once. */
static uint64_t pick_card(size_t changes)
{
    uint64_t number;
    struct row_key key;

    do {
        number = prng_below(&load.prng, load.cards);
        key = row_key_number(TABLE_CARD, number);
    } while (load.cards > 2 * GROUP_MAX && is_taken(&key, changes));
    return number;
}

static struct row_key payment_key(uint64_t sequence)
{
    struct identity identity = {.class = IDENTITY_PAYMENT, .batch = 1};

    memcpy(identity.acquirer, "48020000", 8);
    memcpy(identity.terminal, "T0000000", TERMINAL_ID_LEN);
    bytes_from_number(sequence % 1000, identity.terminal + 1, 7);
    identity.trace = (uint32_t)(sequence / 1000 % 999999 + 1);
    return payment_row_key(&identity);
}

static void add(size_t at, struct row_key key, const void *value, size_t len)
{
    size_t i = load.record.change_count++;

    load.record.changes[i] = (struct journal_change){.key = key, .value = bytes_over(value, len)};
    load.changes[at * CHANGES + i] =
        (struct store_change){.key = key, .value = bytes_over(value, len)};
}

/* Cards and accounts have the same numbers, spread over their tables as hashes are. */
static void make_record(size_t at, uint64_t card, bool with_payment)
{
    size_t len = 0;

    load.record.sequence = ++load.sequence;
    load.record.change_count = 0;
    add(at, row_key_number(TABLE_CARD, card * 0x9E3779B97F4A7C15U), &load.card, sizeof load.card);
    add(at, row_key_number(TABLE_ACCOUNT, card), &load.account, sizeof load.account);
    if (with_payment)
        add(at, payment_key(load.sequence), &load.payment, sizeof load.payment);
    if (journal_encode(&load.record, load.bytes[at], RECORD_ROOM, &len) != OK)
        fail("a record does not fit");
    load.records[at] = (struct store_record){load.sequence, bytes_over(load.bytes[at], len)};
    load.group_len += len;
}

static void commit(size_t records, size_t changes)
{
    struct store_batch batch = {load.changes, changes, load.records, records, load.bytes[0]};

    if (load.store.commit(load.store.self, &batch) != STORE_OK)
        fail("a commit failed");
}

/* What an engine does for a group of authorisations: loads the rows, commits all. */
static void authorise(size_t group)
{
    static struct store_row rows[GROUP_MAX * CHANGES];
    static struct store_row *list[GROUP_MAX * CHANGES];

    load.group_len = 0;
    for (size_t i = 0; i < group; i++)
        make_record(i, pick_card(i * CHANGES), true);
    for (size_t i = 0; i < group * CHANGES; i++) {
        rows[i].key = load.changes[i].key;
        list[i] = &rows[i];
    }
    if (load.store.load(load.store.self, list, group * CHANGES) != STORE_OK)
        fail("a load failed");
    commit(group, group * CHANGES);
}

/* ---- stores ---- */

static void open_store(void)
{
    char words[512];
    struct text why = text_over(words, sizeof words);

    if (store_sqlite_open(path, 1, NULL, &load.store, &why) != OK)
        fail(words);
}

static void remove_store(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    char name[192];

    load.store.close(load.store.self);
    for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

static void fill(uint64_t cards)
{
    memset(&load, 0, sizeof load);
    prng_seed(&load.prng, 1);
    load.cards = cards;
    load.record.what = WHAT_APPROVED;
    open_store();
    for (uint64_t i = 0; i < cards; i += GROUP_MAX) {
        size_t count = 0;
        for (; count < GROUP_MAX && i + count < cards; count++) {
            make_record(count, i + count, false);
            /* Two changes each: close the ranks. */
            load.changes[count * 2] = load.changes[count * CHANGES];
            load.changes[count * 2 + 1] = load.changes[count * CHANGES + 1];
        }
        commit(count, count * 2);
    }
}

/* ---- rates ---- */

static double rate(void (*run)(size_t group), size_t group)
{
    double start = now_s();
    uint64_t count = 0;

    do {
        run(group);
        count += group;
    } while (now_s() - start < round_s);
    return (double)count / (now_s() - start);
}

static int log_fd;
static off_t log_at;

static void run_log(size_t group)
{
    static uint8_t bytes[GROUP_MAX * RECORD_ROOM];
    size_t len = group * 1000;

    if (log_at + (off_t)len > LOG_LEN)
        log_at = 0;
    if (pwrite(log_fd, bytes, len, log_at) != (ssize_t)len || fdatasync(log_fd) != 0)
        fail("the log cannot be written");
    log_at += (off_t)len;
}

static sqlite3 *bare;
static sqlite3_stmt *bare_insert;

static void run_bare(size_t group)
{
    static uint8_t bytes[RECORD_ROOM];

    sqlite3_exec(bare, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t i = 0; i < group; i++) {
        sqlite3_bind_blob(bare_insert, 1, bytes, 1000, SQLITE_STATIC);
        if (sqlite3_step(bare_insert) != SQLITE_DONE)
            fail("the bare table cannot be written");
        sqlite3_reset(bare_insert);
    }
    sqlite3_exec(bare, "COMMIT", NULL, NULL, NULL);
}

static void open_log(void)
{
    char name[160];

    snprintf(name, sizeof name, "%s/log", folder);
    log_fd = open(name, O_RDWR | O_CREAT, 0600);
    if (log_fd < 0 || posix_fallocate(log_fd, 0, LOG_LEN) != 0)
        fail("the log cannot be made");
    unlink(name);
}

static void open_bare(void)
{
    char name[160];

    snprintf(name, sizeof name, "%s/bare.db", folder);
    if (sqlite3_open(name, &bare) != SQLITE_OK ||
        sqlite3_exec(bare,
                     "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
                     "PRAGMA wal_autocheckpoint=4000;"
                     "CREATE TABLE record(seq INTEGER PRIMARY KEY, record BLOB)",
                     NULL, NULL, NULL) != SQLITE_OK)
        fail("the bare table cannot be made");
    sqlite3_prepare_v2(bare, "INSERT INTO record(record) VALUES(?1)", -1, &bare_insert, NULL);
}

static void close_bare(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char name[192];

    sqlite3_finalize(bare_insert);
    sqlite3_close(bare);
    for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++) {
        snprintf(name, sizeof name, "%s/bare.db%s", folder, suffixes[i]);
        unlink(name);
    }
}

static int compare_doubles(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;

    return (*left > *right) - (*left < *right);
}

static double median(double rounds[ROUNDS])
{
    qsort(rounds, ROUNDS, sizeof rounds[0], compare_doubles);
    return rounds[ROUNDS / 2];
}

/* Interleaved, so that what else the machine does meets all alike. */
static void compare(size_t group)
{
    double ours[ROUNDS];
    double log[ROUNDS];
    double table[ROUNDS];
    char name[128];

    for (size_t i = 0; i < ROUNDS; i++) {
        log[i] = rate(run_log, group);
        table[i] = rate(run_bare, group);
        ours[i] = rate(authorise, group);
    }
    snprintf(name, sizeof name, "store: records in groups of %zu, beside a bare log", group);
    bench_print(name, median(ours), "/s", median(log));
    snprintf(name, sizeof name, "store: records in groups of %zu, beside a bare table", group);
    bench_print(name, median(ours), "/s", median(table));
}

/* ---- the size of the card base ---- */

static double cpu_s(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Microseconds of processor time for one authorisation, over random cards, checkpoints included. */
static double cost_us(uint64_t cards)
{
    fill(cards);
    load.store.close(load.store.self);
    open_store(); /* cold */
    authorise(64);
    double start = cpu_s();
    double until = now_s() + 5 * round_s;
    uint64_t count = 0;
    while (now_s() < until) {
        authorise(64);
        count += 64;
    }
    double cost = (cpu_s() - start) / (double)count * 1e6;
    remove_store();
    return cost;
}

static double open_ms(void)
{
    double start = now_s();

    open_store();
    return (now_s() - start) * 1e3;
}

int main(int argc, char **argv)
{
    bool quick = bench_is_quick(argc, argv);
    uint64_t many = quick ? 2000 : 1000000;

    round_s = quick ? 0.02 : 1.0;
    snprintf(folder, sizeof folder, "%s/store-bench-XXXXXX", P_tmpdir);
    if (mkdtemp(folder) == NULL)
        fail("no folder");
    snprintf(path, sizeof path, "%s/party.db", folder);
    open_log();
    open_bare();
    fill(quick ? 1000 : 100000);
    compare(1);
    compare(10);
    compare(100);
    load.store.close(load.store.self);
    bench_print("store: open a closed file", open_ms(), "ms", 0);
    remove_store();
    double few_cost = cost_us(quick ? 1000 : 10000);
    bench_print("store: processor time of an authorisation, many cards beside few", cost_us(many),
                "us", few_cost);
    close_bare();
    close(log_fd);
    rmdir(folder);
    return 0;
}

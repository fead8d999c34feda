/*
 * Commits to PostgreSQL, on a server of its own, durable: batches of 1 and of 100 payments (a
 * changed row and a journal record each), beside a bare row inserted per commit in the same run.
 */
#include "drivers/postgres/store_postgres.h"
#include "test/lib/bench.h"
#include "test/lib/postgres.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ROWS 10000
#define PAYMENTS_MAX 100
#define VALUE_LEN 300
#define RECORD_LEN 700

struct run {
    struct store store;
    uint64_t sequence;
    uint64_t next_row;
    bool has_failed;
};

static double now_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Loads rows, changes them, commits. */
static void commit(struct run *run, size_t payments)
{
    static struct store_row rows[PAYMENTS_MAX];
    static uint8_t bytes[RECORD_LEN];
    static const uint8_t hash[32];
    struct store_row *list[PAYMENTS_MAX];
    struct store_change changes[PAYMENTS_MAX];
    struct store_record records[PAYMENTS_MAX];
    struct store_batch batch = {changes, payments, records, payments, hash};

    for (size_t i = 0; i < payments; i++) {
        rows[i].key = row_key_number(TABLE_ACCOUNT, run->next_row++ * 7919 % ROWS);
        list[i] = &rows[i];
    }
    enum store_result loaded = run->store.load(run->store.self, list, payments);
    for (size_t i = 0; i < payments; i++) {
        rows[i].value[0]++;
        changes[i] = (struct store_change){.key = rows[i].key,
                                           .value = bytes_over(rows[i].value, VALUE_LEN)};
        records[i] = (struct store_record){++run->sequence, bytes_over(bytes, sizeof bytes)};
    }
    run->has_failed |= loaded != STORE_OK || run->store.commit(run->store.self, &batch) != STORE_OK;
}

static double payments_a_second(struct run *run, size_t payments, double seconds)
{
    double start = now_s();
    size_t done = 0;

    while (!run->has_failed && now_s() - start < seconds) {
        commit(run, payments);
        done += payments;
    }
    return (double)done / (now_s() - start);
}

static double bare_a_second(const struct postgres_server *server, double seconds)
{
    PGconn *connection = PQconnectdb(server->conninfo);
    double start = now_s();
    size_t done = 0;

    PQclear(PQexec(connection, "CREATE TABLE bare (n bigserial PRIMARY KEY, v text)"));
    PQclear(
        PQprepare(connection, "bare", "INSERT INTO bare(v) VALUES (repeat('x', 300))", 0, NULL));
    for (start = now_s(); now_s() - start < seconds; done++)
        PQclear(PQexecPrepared(connection, "bare", 0, NULL, NULL, NULL, 0));
    double rate = (double)done / (now_s() - start);
    PQfinish(connection);
    return rate;
}

static bool measure(const struct postgres_server *server, double seconds)
{
    struct store_postgres_options options = {
        .conninfo = server->conninfo, .schema = "bench", .node = 1};
    char room[200];
    struct text error = text_over(room, sizeof room);
    struct run run = {0};

    if (store_postgres_open(&options, &run.store, &error) != OK) {
        fprintf(stderr, "%s\n", text_z(&error));
        return false;
    }
    for (size_t i = 0; i < ROWS / PAYMENTS_MAX; i++)
        commit(&run, PAYMENTS_MAX);
    double bare = bare_a_second(server, seconds);
    double one = payments_a_second(&run, 1, seconds);
    double hundred = payments_a_second(&run, PAYMENTS_MAX, seconds);
    run.store.close(run.store.self);
    if (run.has_failed)
        return false;
    bench_print("store.postgres-payments-1-a-commit", one, "1/s", bare);
    bench_print("store.postgres-payments-100-a-commit", hundred, "1/s", bare);
    return true;
}

int main(int argc, char **argv)
{
    struct postgres_server server;
    bool ok =
        postgres_server_make(&server) && measure(&server, bench_is_quick(argc, argv) ? 0.1 : 3);

    postgres_server_remove(&server);
    return ok ? 0 : 1;
}

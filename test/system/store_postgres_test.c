/* The PostgreSQL store on a real server: the suite of all stores, then what only it can meet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test/lib/postgres_rig.h"
#include "test/lib/store_suite.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static void suite_open(void)
{
    suite_store = must_open(SUITE_NODE);
}

static int set_up(void **state)
{
    (void)state;
    rig_begin();
    memset(&suite_model, 0, sizeof suite_model);
    suite_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    suite_store.close(suite_store.self);
    return 0;
}

static int set_up_proxy(void **state)
{
    return proxy_begin() != 0 ? -1 : set_up(state);
}

static int tear_down_proxy(void **state)
{
    tear_down(state);
    proxy_end();
    return 0;
}

/* ---- two nodes on one database ---- */

static void test_each_node_has_its_own_journal_and_epoch(void **state)
{
    (void)state;
    struct node one = node_open(1);
    struct node two = node_open(2);

    assert_int_equal(one.head.epoch, 1);
    assert_int_equal(two.head.epoch, 1);
    assert_int_equal(node_put(&one, suite_key(1), "by one"), STORE_OK);
    assert_int_equal(node_put(&one, suite_key(2), "by one"), STORE_OK);
    assert_int_equal(node_put(&two, suite_key(3), "by two"), STORE_OK);
    node_check(&two, suite_key(1), "by one");
    node_check(&one, suite_key(3), "by two");
    node_close(&two);
    two = node_open(2);
    assert_int_equal(two.head.epoch, 2);
    assert_int_equal(two.head.sequence, 1);
    assert_int_equal(run("SELECT count(*) FROM %s.journal WHERE node = 1"), 2);
    node_close(&one);
    node_close(&two);
}

static void test_the_later_of_two_conflicting_changes_runs_again(void **state)
{
    (void)state;
    struct node one = node_open(1);
    struct node two = node_open(2);

    assert_int_equal(node_put(&one, suite_key(1), "first"), STORE_OK);
    node_check(&one, suite_key(1), "first");
    node_check(&two, suite_key(1), "first");
    assert_int_equal(node_put(&one, suite_key(1), "by one"), STORE_OK);
    assert_int_equal(node_put(&two, suite_key(1), "by two"), STORE_RETRY);
    node_check(&two, suite_key(1), "by one");
    assert_int_equal(node_put(&two, suite_key(1), "by two"), STORE_OK);
    node_check(&one, suite_key(1), "by two");
    node_close(&one);
    node_close(&two);
}

static void test_two_nodes_cannot_both_make_or_remove_a_row(void **state)
{
    (void)state;
    struct node one = node_open(1);
    struct node two = node_open(2);

    node_check(&one, suite_key(1), NULL);
    node_check(&two, suite_key(1), NULL);
    assert_int_equal(node_put(&one, suite_key(1), "made by one"), STORE_OK);
    assert_int_equal(node_put(&two, suite_key(1), "made by two"), STORE_RETRY);
    node_check(&one, suite_key(1), "made by one");
    node_check(&two, suite_key(1), "made by one");
    assert_int_equal(node_put(&one, suite_key(1), NULL), STORE_OK);
    assert_int_equal(node_put(&two, suite_key(1), NULL), STORE_RETRY);
    node_close(&one);
    node_close(&two);
}

/* A row that was removed and made again is not the row that was loaded. */
static void test_a_row_made_anew_is_another_row(void **state)
{
    (void)state;
    struct node one = node_open(1);
    struct node two = node_open(2);

    assert_int_equal(node_put(&one, suite_key(1), "before"), STORE_OK);
    node_check(&two, suite_key(1), "before");
    assert_int_equal(node_put(&one, suite_key(1), NULL), STORE_OK);
    assert_int_equal(node_put(&one, suite_key(1), "after"), STORE_OK);
    assert_int_equal(node_put(&two, suite_key(1), "on top of before"), STORE_RETRY);
    node_check(&two, suite_key(1), "after");
    node_close(&one);
    node_close(&two);
}

#define RACE_NODES 4
#define RACE_FIRST 5 /* SUITE_NODE is taken */
#define RACE_TURNS 60
#define RACE_ROWS 3

/* Counts up rows that all others count up too, as the engine would: load, add, commit, again. */
static void *race(void *context)
{
    struct node *node = context;

    for (uint64_t turn = 0; turn < RACE_TURNS; turn++) {
        enum store_result result;
        do {
            struct row_key key = suite_key((turn + node->head.node) % RACE_ROWS);
            struct store_row row = {.key = key};
            struct store_row *rows[] = {&row};
            char value[24];

            if (node->store.load(node->store.self, rows, 1) != STORE_OK)
                return NULL;
            row.value[row.len] = 0;
            snprintf(value, sizeof value, "%ld", strtol((const char *)row.value, NULL, 10) + 1);
            result = node_put(node, key, value);
        } while (result == STORE_RETRY);
        if (result != STORE_OK)
            return NULL;
    }
    return node;
}

static void test_nothing_is_lost_when_nodes_race(void **state)
{
    (void)state;
    struct node nodes[RACE_NODES];
    pthread_t threads[RACE_NODES];
    void *result;

    for (uint16_t i = 0; i < RACE_NODES; i++)
        nodes[i] = node_open((uint16_t)(RACE_FIRST + i));
    for (size_t i = 0; i < RACE_NODES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, race, &nodes[i]), 0);
    for (size_t i = 0; i < RACE_NODES; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, &nodes[i]);
    }
    assert_int_equal(
        run("SELECT sum(convert_from(value, 'UTF8')::int) FROM %s.row_value WHERE tbl = 9"),
        RACE_NODES * RACE_TURNS);
    assert_int_equal(run("SELECT count(*) FROM %s.journal"), RACE_NODES * RACE_TURNS);
    for (size_t i = 0; i < RACE_NODES; i++)
        node_close(&nodes[i]);
}

/* ---- two processes of one node ---- */

struct working {
    struct node node;
    bool is_over;
};

static void *work(void *context)
{
    struct working *working = context;

    while (!__atomic_load_n(&working->is_over, __ATOMIC_ACQUIRE)) {
        if (node_put(&working->node, suite_key(1), "at work") != STORE_OK)
            return NULL;
        usleep(20000);
    }
    return context;
}

static void test_a_second_process_is_refused_while_the_first_works(void **state)
{
    (void)state;
    struct working working = {.node = node_open(1)};
    pthread_t thread;
    void *result = NULL;
    char room[400];
    char process[64];
    struct text error = text_over(room, sizeof room);
    struct store second;

    assert_int_equal(pthread_create(&thread, NULL, work, &working), 0);
    assert_int_equal(open_node(1, &second, &error), ERR_BUSY);
    __atomic_store_n(&working.is_over, true, __ATOMIC_RELEASE);
    pthread_join(thread, &result);
    assert_ptr_equal(result, &working);
    snprintf(process, sizeof process, "acquit process %d on ", (int)getpid());
    assert_non_null(strstr(room, process));
    assert_non_null(strstr(room, "node 1 of schema party_"));
    assert_null(strchr(room, '?')); /* all is known of it */
    assert_int_equal(run("SELECT epoch FROM %s.node WHERE node = 1"), 1);
    assert_int_equal(node_put(&working.node, suite_key(1), "goes on"), STORE_OK);
    node_close(&working.node);
    struct node next = node_open(1);
    node_check(&next, suite_key(1), "goes on");
    node_close(&next);
}

/* A lease is long here, and the process dies in the middle of its commits. */
static void test_after_kill_9_the_next_process_starts_at_once(void **state)
{
    (void)state;
    struct node first = node_open(1);

    node_close(&first);
    for (int turn = 0; turn < 3; turn++) {
        long long before = run("SELECT sequence FROM %s.node WHERE node = 1");
        pid_t child = fork();

        if (child == 0) {
            struct node node = node_open(1);
            while (node_put(&node, suite_key(1), "at work") == STORE_OK)
                continue;
            _exit(1);
        }
        while (run("SELECT sequence FROM %s.node WHERE node = 1") < before + 20)
            usleep(5000);
        kill(child, SIGKILL);
        double killed = now_s();
        struct node next = node_open(1);
        assert_true(now_s() - killed < 60);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_int_equal(node_put(&next, suite_key(1), "next"), STORE_OK);
        node_close(&next);
    }
}

/* Whoever holds on to the node's number after the lease is over is put out; nothing of his own may
 * still be written. */
static void test_an_older_process_of_a_node_cannot_write(void **state)
{
    (void)state;
    lease_ms = 300;
    struct node old = node_open(1);

    assert_int_equal(node_put(&old, suite_key(1), "old"), STORE_OK);
    lease_ms = USUAL_WAIT_MS;
    struct node new = node_open(1);
    assert_int_equal(new.head.epoch, 2);
    assert_int_equal(new.head.sequence, 1);
    assert_int_equal(node_put(&old, suite_key(1), "still old"), STORE_FATAL);
    assert_int_equal(node_put(&old, suite_key(1), "still old"), STORE_FATAL);
    node_check(&new, suite_key(1), "old");
    assert_int_equal(node_put(&new, suite_key(1), "new"), STORE_OK);
    node_close(&old);
    node_close(&new);
}

/* Only an older program, or an operator's hand, leaves a node at work without one. */
static void test_a_holder_that_promised_no_lease_is_put_out(void **state)
{
    (void)state;
    struct node old = node_open(1);

    run("UPDATE %s.node SET lease = NULL");
    lease_ms = 300;
    struct node new = node_open(1);
    assert_int_equal(new.head.epoch, 2);
    assert_int_equal(node_put(&old, suite_key(1), "still old"), STORE_FATAL);
    node_close(&old);
    node_close(&new);
}

/* A process has the lock and has not written the node's row yet: that the row is old says nothing
 * of it. */
static void test_a_holder_is_silent_only_since_it_connected(void **state)
{
    (void)state;
    struct node node = node_open(1);
    char sql[160];

    node_close(&node);
    run("UPDATE %s.node SET seen = seen - interval '1 hour', lease = interval '1 second'");
    PGconn *starting = PQconnectdb(server.conninfo);
    snprintf(sql, sizeof sql,
             "SET search_path TO %s; SELECT pg_advisory_lock(hashtextextended('acquit node of ' || "
             "current_schema(), 1))",
             schema);
    PQclear(PQexec(starting, sql));
    lease_ms = 1000;
    double begun = now_s();
    node = node_open(1);
    assert_true(now_s() - begun > 1.2);
    PQclear(PQexec(starting, "SELECT 1"));
    assert_int_equal(PQstatus(starting), CONNECTION_BAD);
    PQfinish(starting);
    assert_int_equal(node_put(&node, suite_key(1), "at work"), STORE_OK);
    node_close(&node);
}

static bool count_rows(void *context, const struct row_key *key, struct bytes value)
{
    (void)key;
    (void)value;
    *(size_t *)context += 1;
    return true;
}

static void test_a_node_finds_only_its_own_pending_rows(void **state)
{
    (void)state;
    struct node one = node_open(1);
    struct node two = node_open(2);
    struct row_key from = row_key_of(TABLE_PENDING, NULL, 0);
    struct row_key cards = row_key_of(TABLE_CARD, NULL, 0);
    size_t count = 0;

    assert_int_equal(node_put(&one, row_key_number(TABLE_PENDING, 1), "one's"), STORE_OK);
    assert_int_equal(node_put(&one, row_key_number(TABLE_PENDING, 2), "one's"), STORE_OK);
    assert_int_equal(node_put(&two, row_key_number(TABLE_PENDING, 3), "two's"), STORE_OK);
    assert_int_equal(node_put(&two, row_key_number(TABLE_CARD, 1), "anybody's"), STORE_OK);
    assert_int_equal(two.store.scan(two.store.self, &from, count_rows, &count), STORE_OK);
    assert_int_equal(count, 1);
    assert_int_equal(one.store.scan(one.store.self, &from, count_rows, &count), STORE_OK);
    assert_int_equal(count, 3);
    assert_int_equal(one.store.scan(one.store.self, &cards, count_rows, &count), STORE_OK);
    assert_int_equal(count, 4);
    node_close(&one);
    node_close(&two);
}

static void test_scans_and_reads_go_on_past_one_page(void **state)
{
    (void)state;
    static const char fill[] = "INSERT INTO %s.row_value SELECT 9, int8send(n), 65537, 1, 'x' "
                               "FROM generate_series(1, 1300) n";
    struct node one;
    struct row_key from = row_key_of(TABLE_ACCOUNT, NULL, 0);
    size_t count = 0;
    struct suite_read read = {.next = 1};

    run(fill);
    run("INSERT INTO %s.node VALUES (1, 1, 1, 1300, decode(repeat('00', 32), 'hex'))");
    run("INSERT INTO %s.journal SELECT 1, n, 'x' FROM generate_series(1, 1300) n");
    one = node_open(1);
    assert_int_equal(one.store.scan(one.store.self, &from, count_rows, &count), STORE_OK);
    assert_int_equal(count, 1300);
    assert_int_equal(one.store.read(one.store.self, 1, suite_visit_record, &read), STORE_OK);
    assert_int_equal(read.next, 1301);
    node_close(&one);
}

/* ---- answers with an error ---- */

/* A trigger on the journal that raises a state some times. */
static void provoke(const char *state, int times)
{
    char sql[900];

    snprintf(sql, sizeof sql,
             "SET search_path TO %s; SET client_min_messages TO warning;"
             "DROP SEQUENCE IF EXISTS troubles; CREATE SEQUENCE troubles;"
             "CREATE OR REPLACE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
             "IF nextval('troubles') <= %d THEN "
             "RAISE EXCEPTION 'provoked' USING ERRCODE = '%s'; END IF; RETURN NEW; END $$;"
             "CREATE OR REPLACE TRIGGER trouble BEFORE INSERT ON journal FOR EACH ROW "
             "EXECUTE FUNCTION trouble()",
             schema, times, state);
    postgres_server_run(&server, sql);
}

static void test_what_the_server_says_is_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *state;
        enum store_result result;
    } table[] = {
        {"40001", STORE_RETRY}, {"40P01", STORE_RETRY}, {"55P03", STORE_RETRY},
        {"57014", STORE_RETRY}, {"53200", STORE_RETRY}, {"53100", STORE_FULL},
    };
    struct prng prng;

    prng_seed(&prng, 30);
    for (size_t i = 0; i < ARRAY_COUNT(table); i++) {
        provoke(table[i].state, 2);
        assert_int_equal(suite_commit(&prng), table[i].result);
        assert_int_equal(suite_commit(&prng), table[i].result);
        suite_check_all();
        assert_int_equal(suite_commit(&prng), STORE_OK);
        suite_check_all();
    }
    provoke("58030", 1);
    assert_int_equal(suite_commit(&prng), STORE_FATAL);
    assert_int_equal(suite_commit(&prng), STORE_FATAL);
    suite_reopen();
    suite_check_all();
    assert_int_equal(suite_commit(&prng), STORE_OK);
}

static void test_a_newer_schema_is_refused_and_left_alone(void **state)
{
    (void)state;
    struct store store;
    char room[300];
    struct text error = text_over(room, sizeof room);

    suite_reopen();
    run("UPDATE %s.meta SET version = 99, oldest = 99");
    struct store_tidings tidings;
    assert_int_equal(suite_store.tend(suite_store.self, &tidings), STORE_FATAL);
    assert_int_equal(open_node(1, &store, &error), ERR_VERSION);
    assert_non_null(strstr(text_z(&error), "newer"));
    assert_non_null(strstr(text_z(&error), schema));
    assert_int_equal(run("SELECT version FROM %s.meta"), 99);
    assert_int_equal(run("SELECT count(*) FROM %s.node WHERE node = 1"), 0);
}

static void test_bad_options_are_refused_with_the_reason(void **state)
{
    (void)state;
    static const char *const schemas[] = {"",    "Party", "a b",
                                          "x;y", "1st",   "abcdefghijklmnopqrstuvwxyz0123456"};
    char room[300];
    struct store store;

    for (size_t i = 0; i < ARRAY_COUNT(schemas); i++) {
        struct store_postgres_options options = {.conninfo = server.conninfo, .schema = schemas[i]};
        struct text error = text_over(room, sizeof room);
        assert_int_equal(store_postgres_open(&options, &store, &error), ERR_CONFIG);
        assert_non_null(strstr(text_z(&error), "schema"));
    }
    struct store_postgres_options nowhere = {
        .conninfo = "host=/nonexistent user=postgres password=sesame", .schema = "x"};
    struct text error = text_over(room, sizeof room);
    assert_int_not_equal(store_postgres_open(&nowhere, &store, &error), OK);
    assert_non_null(strstr(text_z(&error), "/nonexistent"));
    assert_null(strstr(text_z(&error), "sesame"));
}

static void *open_and_close(void *context)
{
    struct store store;
    char room[300];
    struct text error = text_over(room, sizeof room);

    if (open_node((uint16_t)(uintptr_t)context, &store, &error) != OK)
        return NULL;
    store.close(store.self);
    return context;
}

static void test_many_nodes_may_make_a_schema_at_once(void **state)
{
    (void)state;
    pthread_t threads[8];
    void *result;

    snprintf(schema, sizeof schema, "party_%u", ++schema_number);
    for (uintptr_t i = 0; i < ARRAY_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_and_close, (void *)(i + 1)), 0);
    for (uintptr_t i = 0; i < ARRAY_COUNT(threads); i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, (void *)(i + 1));
    }
    assert_int_equal(run("SELECT count(*) FROM %s.node"), ARRAY_COUNT(threads));
    assert_int_equal(run("SELECT count(*) FROM %s.meta"), 1);
}

/* ---- lost messages ---- */

/* The commit was in doubt, the driver has settled it: its word must be the truth. */
static void check_word(enum store_result said, bool is_there)
{
    assert_int_equal(said, is_there ? STORE_OK : STORE_RETRY);
    suite_check_all();
}

/* One request and nothing asked before it, so that the next thing to be lost is the commit. */
static enum store_result commit_without_changes(struct prng *prng)
{
    suite_make(prng, 1);
    suite_batch.batch.change_count = 0;
    memset(&suite_record, 0, sizeof suite_record);
    suite_record.sequence = suite_batch.records[0].sequence;
    size_t len = 0;
    assert_int_equal(
        journal_encode(&suite_record, suite_batch.bytes[0], JOURNAL_RECORD_LEN_MAX, &len), OK);
    suite_batch.records[0].bytes.len = len;
    return suite_store.commit(suite_store.self, &suite_batch.batch);
}

static void test_a_request_lost_on_the_way_is_not_there(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 40);
    for (int turn = 0; turn < 5; turn++) {
        assert_int_equal(suite_commit(&prng), STORE_OK);
        suite_check_row(1);
        cutter_arm(cutter, CUT_REQUEST);
        check_word(commit_without_changes(&prng), false);
    }
    assert_int_equal(cutter_cuts(cutter), 5);
    assert_int_equal(suite_commit(&prng), STORE_OK);
}

static void test_an_answer_lost_on_the_way_is_there(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 41);
    for (int turn = 0; turn < 5; turn++) {
        assert_int_equal(suite_commit(&prng), STORE_OK);
        cutter_arm(cutter, CUT_ANSWER);
        check_word(commit_without_changes(&prng), true);
    }
    assert_int_equal(cutter_cuts(cutter), 5);
    assert_int_equal(suite_commit(&prng), STORE_OK);
    suite_check_all();
}

/* The worst: we have given up and settled, and then the server gets the old request after all. */
static void test_a_request_that_comes_too_late_writes_nothing(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 42);
    for (int turn = 0; turn < 3; turn++) {
        cutter_arm(cutter, CUT_LATE);
        check_word(commit_without_changes(&prng), false);
        assert_true(cutter_deliver(cutter));
        suite_check_all();
        assert_int_equal(suite_commit(&prng), STORE_OK);
        suite_check_all();
    }
}

/* Tries to mend that were given up must not fence us out. Only then does it wait as long as usual,
 * since a slow disk takes longer than we waited. */
static void go_on(struct prng *prng)
{
    for (int turn = 0; turn < 5; turn++) {
        enum store_result said = suite_commit(prng);
        assert_true(said == STORE_OK || said == STORE_RETRY);
    }
    suite_check_all();
    answer_wait_ms = USUAL_WAIT_MS;
    suite_reopen();
    for (int turn = 0; turn < 5; turn++)
        assert_int_equal(suite_commit(prng), STORE_OK);
    suite_check_all();
}

/* The server has begun when we give up: settling waits for it. */
static void test_a_slow_commit_is_waited_for_and_found(void **state)
{
    (void)state;
    struct prng prng;

    suite_store.close(suite_store.self);
    answer_wait_ms = 2000;
    suite_open();
    run("CREATE FUNCTION %s.slow() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(4); RETURN NEW; END $$;"
        "CREATE TRIGGER slow BEFORE INSERT ON %s.journal FOR EACH ROW EXECUTE FUNCTION %s.slow()");
    prng_seed(&prng, 43);
    check_word(commit_without_changes(&prng), true);
    run("DROP TRIGGER slow ON %s.journal");
    go_on(&prng);
}

static void test_a_lost_connection_is_mended_by_reading(void **state)
{
    (void)state;
    struct prng prng;
    size_t count = 0;
    struct row_key from = row_key_of(TABLE_CARD, NULL, 0);

    prng_seed(&prng, 44);
    assert_int_equal(suite_commit(&prng), STORE_OK);
    cutter_arm(cutter, CUT_REQUEST);
    suite_check_row(3);
    cutter_arm(cutter, CUT_ANSWER);
    assert_int_equal(suite_store.scan(suite_store.self, &from, count_rows, &count), STORE_OK);
    cutter_arm(cutter, CUT_ANSWER);
    suite_check_all();
    assert_int_equal(suite_commit(&prng), STORE_OK);
}

static void test_a_server_that_stays_away_leaves_doubt(void **state)
{
    (void)state;
    struct prng prng;

    suite_store.close(suite_store.self);
    return_wait_ms = 700;
    suite_open();
    prng_seed(&prng, 45);
    cutter_arm(cutter, CUT_ALL);
    double start = now_s();
    assert_int_equal(commit_without_changes(&prng), STORE_IN_DOUBT);
    assert_true(now_s() - start < 60);
    cutter_arm(cutter, CUT_NOTHING);
    assert_int_equal(commit_without_changes(&prng), STORE_FATAL);
    suite_reopen();
    suite_check_all();
}

/* ---- the server itself ---- */

static void test_commits_survive_kill_9(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 50);
    for (int turn = 0; turn < 3; turn++) {
        assert_int_equal(suite_commit(&prng), STORE_OK);
        postgres_server_kill(&server);
        assert_true(postgres_server_start(&server));
        enum store_result said = commit_without_changes(&prng);
        assert_true(said == STORE_OK || said == STORE_RETRY);
        suite_check_all();
        assert_int_equal(suite_model.sequence,
                         suite_batch.after.sequence - (said == STORE_RETRY ? 1 : 0));
    }
}

struct committing {
    double end_s;
    int retries;
    int others; /* neither OK nor RETRY */
};

static void *commit_until(void *context)
{
    struct committing *committing = context;
    struct prng prng;

    prng_seed(&prng, 51);
    while (now_s() < committing->end_s) {
        enum store_result said = suite_commit(&prng);
        committing->retries += said == STORE_RETRY;
        committing->others += said != STORE_OK && said != STORE_RETRY;
    }
    return NULL;
}

/* The driver's words against what the restarted server holds, commit after commit. */
static void test_the_server_dies_while_we_commit(void **state)
{
    (void)state;
    struct committing committing = {.end_s = now_s() + 2};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, commit_until, &committing), 0);
    for (int turn = 0; turn < 3; turn++) {
        usleep(200000);
        postgres_server_kill(&server);
        assert_true(postgres_server_start(&server));
    }
    pthread_join(thread, NULL);
    uint64_t sequence = suite_model.sequence;
    suite_check_all();
    assert_int_equal(suite_model.sequence, sequence);
    assert_int_equal(committing.others, 0);
    assert_true(committing.retries <= 3);
}

static void test_a_frozen_server_does_not_hold_us(void **state)
{
    (void)state;
    struct prng prng;
    char room[300];
    struct text error = text_over(room, sizeof room);
    struct store other;

    suite_store.close(suite_store.self);
    answer_wait_ms = 300;
    return_wait_ms = 900;
    suite_open();
    prng_seed(&prng, 52);
    postgres_server_freeze(&server);
    double start = now_s();
    enum store_result said = commit_without_changes(&prng);
    enum err opened = open_node(9, &other, &error);
    double took = now_s() - start;
    postgres_server_thaw(&server);
    assert_int_equal(said, STORE_IN_DOUBT);
    assert_int_equal(opened, ERR_TIMEOUT);
    assert_true(took < 60);
    suite_reopen();
    suite_check_all();
    assert_int_equal(suite_commit(&prng), STORE_OK);
}

static void *thaw_soon(void *context)
{
    usleep(800000);
    postgres_server_thaw(&server);
    return context;
}

static void test_a_server_that_thaws_in_time_is_settled(void **state)
{
    (void)state;
    struct prng prng;
    pthread_t thread;

    suite_store.close(suite_store.self);
    answer_wait_ms = 300;
    suite_open();
    prng_seed(&prng, 53);
    postgres_server_freeze(&server);
    assert_int_equal(pthread_create(&thread, NULL, thaw_soon, NULL), 0);
    enum store_result said = commit_without_changes(&prng);
    pthread_join(thread, NULL);
    assert_true(said == STORE_OK || said == STORE_RETRY);
    suite_check_all();
    assert_int_equal(suite_model.sequence, said == STORE_OK ? 1 : 0);
    go_on(&prng);
}

#define DIRECT(name) SUITE_TEST(name, set_up, tear_down)
#define PROXIED(name) SUITE_TEST(name, set_up_proxy, tear_down_proxy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TESTS(set_up, tear_down),
        DIRECT(test_each_node_has_its_own_journal_and_epoch),
        DIRECT(test_the_later_of_two_conflicting_changes_runs_again),
        DIRECT(test_two_nodes_cannot_both_make_or_remove_a_row),
        DIRECT(test_a_row_made_anew_is_another_row),
        DIRECT(test_nothing_is_lost_when_nodes_race),
        DIRECT(test_a_second_process_is_refused_while_the_first_works),
        DIRECT(test_after_kill_9_the_next_process_starts_at_once),
        DIRECT(test_an_older_process_of_a_node_cannot_write),
        DIRECT(test_a_holder_that_promised_no_lease_is_put_out),
        DIRECT(test_a_holder_is_silent_only_since_it_connected),
        DIRECT(test_a_node_finds_only_its_own_pending_rows),
        DIRECT(test_scans_and_reads_go_on_past_one_page),
        DIRECT(test_what_the_server_says_is_told_apart),
        DIRECT(test_a_newer_schema_is_refused_and_left_alone),
        DIRECT(test_bad_options_are_refused_with_the_reason),
        DIRECT(test_many_nodes_may_make_a_schema_at_once),
        PROXIED(test_a_request_lost_on_the_way_is_not_there),
        PROXIED(test_an_answer_lost_on_the_way_is_there),
        PROXIED(test_a_request_that_comes_too_late_writes_nothing),
        PROXIED(test_a_slow_commit_is_waited_for_and_found),
        PROXIED(test_a_lost_connection_is_mended_by_reading),
        PROXIED(test_a_server_that_stays_away_leaves_doubt),
        DIRECT(test_commits_survive_kill_9),
        DIRECT(test_the_server_dies_while_we_commit),
        DIRECT(test_a_frozen_server_does_not_hold_us),
        DIRECT(test_a_server_that_thaws_in_time_is_settled),
    };

    return cmocka_run_group_tests_name("store_postgres", tests, start_server, stop_server);
}

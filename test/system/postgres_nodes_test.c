/* Several nodes on one PostgreSQL: leases, who sweeps up after whom, upgrades under way, and what
 * all of them together have written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/postgres/store_postgres_sql.h"
#include "test/lib/postgres_rig.h"

#include <pthread.h>
#include <stdlib.h>

#define SHORT_LEASE_MS 200
#define WAIT_LIMIT_S 100

static int begin_schema(void **state)
{
    (void)state;
    rig_begin();
    return 0;
}

static struct row_key owed(uint64_t number)
{
    return row_key_number(TABLE_PENDING, number);
}

static struct row_key shared(uint64_t number)
{
    return row_key_number(TABLE_ACCOUNT, number);
}

/* A node that promises to be heard of often, or that will be silent for long without being missed.
 */
static struct node open_with_lease(uint16_t number, uint32_t promised_ms)
{
    lease_ms = promised_ms;
    struct node node = node_open(number);

    lease_ms = USUAL_WAIT_MS;
    return node;
}

static enum store_result tend(struct node *node, struct store_tidings *out)
{
    return node->store.tend(node->store.self, out);
}

static bool count_rows(void *context, const struct row_key *key, struct bytes value)
{
    (void)key;
    (void)value;
    *(size_t *)context += 1;
    return true;
}

static size_t count_owed(struct node *node)
{
    struct row_key from = row_key_of(TABLE_PENDING, NULL, 0);
    size_t count = 0;

    assert_int_equal(node->store.scan(node->store.self, &from, count_rows, &count), STORE_OK);
    return count;
}

/* Tends until the node has swept. */
static void wait_for_sweep(struct node *node)
{
    struct store_tidings tidings = {0};
    double limit_s = now_s() + WAIT_LIMIT_S;

    while (!tidings.has_swept && now_s() < limit_s) {
        assert_int_equal(tend(node, &tidings), STORE_OK);
        usleep(20000);
    }
    assert_true(tidings.has_swept);
}

/* ---- leases ---- */

static void test_what_a_dead_node_left_is_taken_over(void **state)
{
    (void)state;
    struct node heir = open_with_lease(1, SHORT_LEASE_MS);
    struct node dead = open_with_lease(2, SHORT_LEASE_MS);
    struct store_tidings tidings;

    assert_int_equal(node_put(&heir, owed(1), "heir's"), STORE_OK);
    assert_int_equal(node_put(&dead, owed(2), "dead's"), STORE_OK);
    assert_int_equal(node_put(&dead, owed(3), "dead's"), STORE_OK);
    assert_int_equal(node_put(&dead, shared(4), "anybody's"), STORE_OK);
    assert_int_equal(count_owed(&heir), 1);
    wait_for_sweep(&heir);
    assert_int_equal(count_owed(&heir), 3);
    assert_int_equal(tend(&heir, &tidings), STORE_OK);
    assert_false(tidings.has_swept); /* told once */
    assert_int_equal(tidings.node_count, 2);
    assert_int_equal(tidings.nodes[1].head.node, 2);
    assert_int_equal(tidings.nodes[1].head.sequence, 3);
    assert_int_equal(tidings.nodes[1].swept_by, 1);
    assert_true(tidings.nodes[1].silent_ms >= SHORT_LEASE_MS);
    node_check(&heir, owed(2), "dead's");
    assert_int_equal(node_put(&heir, owed(2), NULL), STORE_OK);
    /* Whatever it does next tells the dead node that it is. */
    struct store_row row = {.key = owed(2)};
    struct store_row *rows[] = {&row};
    assert_int_equal(dead.store.load(dead.store.self, rows, 1), STORE_FATAL);
    assert_int_equal(node_put(&dead, owed(2), "still"), STORE_FATAL);
    assert_int_equal(tend(&dead, &tidings), STORE_FATAL);
    node_close(&dead);
    dead = open_with_lease(2, SHORT_LEASE_MS);
    assert_int_equal(dead.head.epoch, 3); /* opened, swept, opened */
    assert_int_equal(dead.head.sequence, 3);
    assert_int_equal(count_owed(&dead), 0); /* nothing is taken up twice */
    assert_int_equal(node_put(&dead, owed(5), "anew"), STORE_OK);
    assert_int_equal(count_owed(&dead), 1);
    assert_int_equal(count_owed(&heir), 2);
    node_close(&dead);
    node_close(&heir);
}

/* Long leases: only a node that gave its own back is swept within this test's time. */
static void test_who_leaves_is_swept_at_once(void **state)
{
    (void)state;
    struct node heir = open_with_lease(1, USUAL_WAIT_MS);
    struct node gone = open_with_lease(2, USUAL_WAIT_MS);
    struct store_tidings tidings;

    assert_int_equal(node_put(&gone, owed(1), "left"), STORE_OK);
    assert_int_equal(tend(&heir, &tidings), STORE_OK);
    assert_false(tidings.has_swept);
    gone.store.leave(gone.store.self);
    assert_int_equal(node_put(&gone, owed(2), "afterwards"), STORE_FATAL);
    node_close(&gone);
    assert_int_equal(tend(&heir, &tidings), STORE_OK);
    assert_true(tidings.has_swept);
    assert_int_equal(count_owed(&heir), 1);
    /* One that is back before anybody looked has its own again, and its lease. */
    gone = open_with_lease(2, USUAL_WAIT_MS);
    assert_int_equal(node_put(&gone, owed(3), "left"), STORE_OK);
    gone.store.leave(gone.store.self);
    node_close(&gone);
    gone = open_with_lease(2, USUAL_WAIT_MS);
    assert_int_equal(tend(&heir, &tidings), STORE_OK);
    assert_false(tidings.has_swept);
    assert_int_equal(count_owed(&gone), 1);
    node_close(&gone);
    node_close(&heir);
}

static void test_each_way_of_doing_something_hears_of_a_sweep(void **state)
{
    (void)state;
    struct node heir = open_with_lease(1, SHORT_LEASE_MS);

    for (int way = 0; way < 3; way++) {
        struct node dead = open_with_lease(2, SHORT_LEASE_MS);
        struct store_tidings tidings;
        struct store_row row = {.key = shared(1)};
        struct store_row *rows[] = {&row};

        wait_for_sweep(&heir);
        if (way == 0)
            assert_int_equal(tend(&dead, &tidings), STORE_FATAL);
        else if (way == 1)
            assert_int_equal(node_put(&dead, shared(1), "late"), STORE_FATAL);
        else
            assert_int_equal(dead.store.load(dead.store.self, rows, 1), STORE_FATAL);
        node_check(&heir, shared(1), NULL);
        node_close(&dead);
    }
    node_close(&heir);
}

static void test_who_is_heard_of_is_not_swept(void **state)
{
    (void)state;
    struct node nodes[3];
    struct store_tidings tidings;

    for (uint16_t i = 0; i < 3; i++)
        nodes[i] = node_open((uint16_t)(i + 1));
    for (uint64_t turn = 0; turn < 2; turn++) { /* time passes, less than a lease */
        run("UPDATE %s.node SET seen = seen - 0.9 * lease, since = since - 0.9 * lease");
        assert_int_equal(tend(&nodes[0], &tidings), STORE_OK); /* says so */
        assert_int_equal(tidings.has_swept, turn == 1);
        assert_int_equal(node_put(&nodes[1], shared(turn), "commits"), STORE_OK);
    }
    assert_int_equal(tend(&nodes[1], &tidings), STORE_OK);
    assert_int_equal(tend(&nodes[2], &tidings), STORE_FATAL);
    assert_int_equal(tidings.node_count, 0);
    for (size_t i = 0; i < 3; i++)
        node_close(&nodes[i]);
}

/* The row of a node that commits is not written again to renew its lease. */
static void test_a_lease_costs_no_commit_beside_others(void **state)
{
    (void)state;
    struct node node = node_open(1);
    struct store_tidings tidings;

    assert_int_equal(node_put(&node, shared(1), "a commit"), STORE_OK);
    long long written_by = run("SELECT xmin::text::bigint FROM %s.node");
    for (int i = 0; i < 5; i++)
        assert_int_equal(tend(&node, &tidings), STORE_OK);
    assert_int_equal(run("SELECT xmin::text::bigint FROM %s.node"), written_by);
    run("UPDATE %s.node SET seen = seen - lease / 3");
    written_by = run("SELECT xmin::text::bigint FROM %s.node");
    assert_int_equal(tend(&node, &tidings), STORE_OK);
    assert_int_not_equal(run("SELECT xmin::text::bigint FROM %s.node"), written_by);
    node_close(&node);
}

/* While the server was away nobody could say anything: who comes back first must not take the
 * others for dead. */
static void test_an_outage_of_the_server_makes_nobody_dead(void **state)
{
    (void)state;
    struct node one = node_open(1);
    struct node two = node_open(2);
    struct store_tidings tidings;

    run("UPDATE %s.node SET seen = seen - 5 * lease, since = since - 9 * lease");
    assert_int_equal(tend(&one, &tidings), STORE_OK);
    assert_int_equal(tend(&one, &tidings), STORE_OK);
    assert_false(tidings.has_swept);
    assert_int_equal(tend(&two, &tidings), STORE_OK);
    assert_int_equal(run("SELECT count(*) FROM %s.node WHERE epoch = 1"), 2);
    run("UPDATE %s.node SET seen = seen - 5 * lease WHERE node = 2");
    run("UPDATE %s.node SET since = since - 5 * lease WHERE node = 1");
    assert_int_equal(tend(&one, &tidings), STORE_OK); /* that, however, is a dead node */
    assert_true(tidings.has_swept);
    node_close(&one);
    node_close(&two);
}

#define SWEEPERS 3

static void *sweep_once(void *context)
{
    struct node *node = context;
    struct store_tidings tidings;

    return tend(node, &tidings) == STORE_OK ? context : NULL;
}

static void test_of_two_sweepers_one_wins(void **state)
{
    (void)state;
    struct node nodes[SWEEPERS];
    pthread_t threads[SWEEPERS];
    void *result;

    for (uint16_t i = 0; i < SWEEPERS; i++)
        nodes[i] = node_open((uint16_t)(i + 1));
    for (uint32_t turn = 0; turn < 10; turn++) {
        struct node dead = node_open(9);
        for (uint64_t i = 0; i < 20; i++)
            assert_int_equal(node_put(&dead, owed(100 * (turn + 1) + i), "owed"), STORE_OK);
        run("UPDATE %s.node SET seen = seen - 3 * lease WHERE node = 9;"
            "UPDATE %s.node SET since = since - 3 * lease WHERE node < 9");
        for (size_t i = 0; i < SWEEPERS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, sweep_once, &nodes[i]), 0);
        for (size_t i = 0; i < SWEEPERS; i++) {
            assert_int_equal(pthread_join(threads[i], &result), 0);
            assert_ptr_equal(result, &nodes[i]);
        }
        node_close(&dead);
        assert_int_equal(run("SELECT epoch FROM %s.node WHERE node = 9"), 2 * (turn + 1));
        assert_int_equal(run("SELECT count(*) FROM %s.row_value WHERE node = 9"), 0);
    }
    size_t total = 0;
    for (size_t i = 0; i < SWEEPERS; i++) {
        total += count_owed(&nodes[i]);
        node_close(&nodes[i]);
    }
    assert_int_equal(total, 200);
    /* All that one node left went to one heir. */
    assert_int_equal(run("SELECT count(*) FROM (SELECT DISTINCT node, "
                         "('x' || encode(key, 'hex'))::bit(64)::bigint / 100 FROM %s.row_value) t"),
                     10);
}

/* ---- lost messages ---- */

/* The answer to the sweep is lost, or the request: what is ours in the end is told, once. */
static void test_a_sweep_survives_a_cut_line(void **state)
{
    (void)state;
    static const enum cut cuts[] = {CUT_REQUEST, CUT_ANSWER};

    for (size_t i = 0; i < ARRAY_COUNT(cuts); i++) {
        struct node heir = node_open(1);
        struct node dead = node_open(2);
        struct store_tidings tidings;

        assert_int_equal(node_put(&dead, owed(i), "owed"), STORE_OK);
        run("UPDATE %s.node SET seen = seen - 3 * lease WHERE node = 2;"
            "UPDATE %s.node SET since = since - 3 * lease WHERE node = 1");
        cutter_arm_after(cutter, 1, cuts[i]); /* it asks, and then it sweeps */
        assert_int_equal(tend(&heir, &tidings), STORE_OK);
        assert_int_equal(cutter_cuts(cutter), i + 1);
        assert_true(tidings.has_swept);
        assert_int_equal(count_owed(&heir), i + 1);
        node_close(&dead);
        node_close(&heir);
    }
}

/* What a node does in one life, for the cutter; counts what it was told is durable. */
struct life {
    uint64_t commits;
    char value[24]; /* of shared(1); "": it is not there */
};

static void live_put(struct life *life, struct node *node, const char *value)
{
    struct store_row row = node_load(node, shared(1));
    enum store_result said;

    assert_int_equal(row.found, life->value[0] != 0);
    while ((said = node_put(node, shared(1), value)) == STORE_RETRY) {
        node->store.head(node->store.self, &node->head);
        (void)node_load(node, shared(1));
    }
    assert_int_equal(said, STORE_OK);
    life->commits++;
    snprintf(life->value, sizeof life->value, "%s", value == NULL ? "" : value);
}

static void live(struct life *life)
{
    char room[300];
    struct text error = text_over(room, sizeof room);
    struct store_tidings tidings;
    struct node node = {0};
    char value[24];

    while (open_node(1, &node.store, &error) != OK)
        error = text_over(room, sizeof room); /* a line that is cut while it opens: once more */
    node.store.head(node.store.self, &node.head);
    assert_int_equal(node.head.sequence, life->commits);
    snprintf(value, sizeof value, "at %llu", (unsigned long long)life->commits);
    live_put(life, &node, value);
    assert_int_equal(tend(&node, &tidings), STORE_OK);
    live_put(life, &node, "changed");
    (void)count_owed(&node);
    live_put(life, &node, life->commits % 2 == 0 ? "kept" : NULL);
    node_check(&node, shared(1), life->value[0] == 0 ? NULL : life->value);
    node_close(&node);
}

/* The line is cut at each request there is, before the server gets it or before its answer comes,
 * until a life is over before it is cut. */
static void test_a_cut_at_any_message_loses_and_doubles_nothing(void **state)
{
    (void)state;
    static const enum cut cuts[] = {CUT_REQUEST, CUT_ANSWER};
    struct life life = {0};

    live(&life);
    for (size_t i = 0; i < ARRAY_COUNT(cuts); i++) {
        unsigned before = cutter_cuts(cutter);
        unsigned requests = 0;
        do {
            cutter_arm_after(cutter, requests++, cuts[i]);
            live(&life);
            assert_int_equal(run("SELECT count(*) FROM %s.journal"), life.commits);
            assert_int_equal(run("SELECT count(*) FROM %s.row_value"), life.value[0] != 0);
        } while (cutter_cuts(cutter) == before + requests);
        cutter_arm(cutter, CUT_NOTHING);
        assert_true(requests > 20);
    }
}

/* ---- older and newer programs ---- */

static void make_version_1(void)
{
    char sql[6000];

    snprintf(sql, sizeof sql,
             "CREATE SCHEMA %s; SET search_path TO %s; CREATE TABLE meta (version int NOT NULL); "
             "INSERT INTO meta VALUES (1); %s;"
             "INSERT INTO node VALUES (7, 1, 1::int8 << 32, 0, decode(repeat('00', 32), 'hex'))",
             schema, schema, store_postgres_steps[0]);
    postgres_server_run(&server, sql);
}

/* As the program of version 1 does it: it has never heard of leases and places. */
static void commit_as_version_1(int sequence)
{
    char sql[600];

    snprintf(sql, sizeof sql,
             "SET search_path TO %s; SELECT commit_batch(7::int2, 1::int8 << 32, %d, "
             "decode(repeat('07', 32), 'hex'), ARRAY[11]::int2[], ARRAY['\\x%016x']::bytea[], "
             "ARRAY['old']::bytea[], '{}', '{}', '{}', '{}', '{}', '{}', '{}', ARRAY[%d]::int8[], "
             "ARRAY['record']::bytea[])",
             schema, sequence, (unsigned)(sequence + 700), sequence);
    postgres_server_run(&server, sql);
}

static void test_an_older_program_works_on_beside_a_newer_one(void **state)
{
    (void)state;
    struct store_tidings tidings;

    make_version_1();
    commit_as_version_1(1);
    struct node newer = node_open(1);
    assert_int_equal(run("SELECT version FROM %s.meta"), STORE_POSTGRES_VERSION);
    commit_as_version_1(2);
    assert_int_equal(node_put(&newer, shared(1), "by the newer"), STORE_OK);
    commit_as_version_1(3);
    run("UPDATE %s.node SET seen = seen - interval '1 day' WHERE node = 7;"
        "UPDATE %s.node SET since = since - interval '2 days' WHERE node = 1");
    assert_int_equal(tend(&newer, &tidings), STORE_OK); /* it promised no lease: not swept */
    assert_false(tidings.has_swept);
    assert_int_equal(tidings.node_count, 2);
    commit_as_version_1(4);
    assert_int_equal(run("SELECT count(*) FROM %s.row_value WHERE node = 7"), 4);
    node_close(&newer);
}

static void test_a_schema_that_only_grew_is_worked_on(void **state)
{
    (void)state;
    struct node node = node_open(1);

    run("UPDATE %s.meta SET version = 99");
    run("ALTER TABLE %s.row_value ADD COLUMN colour int NOT NULL DEFAULT 7");
    assert_int_equal(node_put(&node, shared(1), "goes on"), STORE_OK);
    node_close(&node);
    node = node_open(1);
    node_check(&node, shared(1), "goes on");
    assert_int_equal(node_put(&node, shared(1), "and on"), STORE_OK);
    assert_int_equal(run("SELECT version FROM %s.meta"), 99);
    node_close(&node);
}

/* What a newer program did cannot be lived with: whoever is at work hears of it by whatever he does
 * next, and what he was told is durable stays. */
static void test_an_older_program_stops_when_a_step_does_more_than_add(void **state)
{
    (void)state;
    struct node writer = node_open(1);
    struct node looker = node_open(2);
    struct store_tidings tidings;

    assert_int_equal(node_put(&writer, shared(1), "before"), STORE_OK);
    assert_int_equal(node_put(&looker, shared(2), "before"), STORE_OK);
    run("UPDATE %s.meta SET version = 99, oldest = 99; DROP FUNCTION %s.commit_batch");
    assert_int_equal(node_put(&writer, shared(1), "after"), STORE_FATAL);
    assert_int_equal(tend(&looker, &tidings), STORE_FATAL);
    assert_int_equal(node_put(&looker, shared(2), "after"), STORE_FATAL);
    assert_int_equal(run("SELECT count(*) FROM %s.journal"), 2);
    assert_int_equal(
        run("SELECT count(*) FROM %s.row_value WHERE value = convert_to('before', 'UTF8')"), 2);
    node_close(&writer);
    node_close(&looker);
}

/* ---- cutting journals ---- */

struct seen_anchors {
    uint64_t anchors[3]; /* by node */
    uint64_t records;
};

static void see_anchor(void *context, const struct store_head *head)
{
    struct seen_anchors *seen = context;

    assert_in_range(head->node, 1, 2);
    seen->anchors[head->node] = head->anchor.sequence;
}

static bool see_any(void *context, uint64_t sequence, struct bytes record)
{
    struct seen_anchors *seen = context;

    (void)sequence;
    (void)record;
    seen->records++;
    return true;
}

static struct seen_anchors look_at(struct node *node)
{
    struct seen_anchors seen = {.records = 0};
    struct store_survey survey = {.context = &seen, .head = see_anchor, .record = see_any};

    assert_int_equal(store_survey(&node->store, &survey), STORE_OK);
    return seen;
}

/* Each node's journal begins after an anchor of its own; a node that is not there any more cannot
 * cut its journal, another does; one whose place was taken cuts nothing. */
static void test_any_node_cuts_any_nodes_journal(void **state)
{
    (void)state;
    struct node one = open_with_lease(1, SHORT_LEASE_MS); /* it is soon silent, and put out */
    struct node two = node_open(2);
    struct store_cut cut = {.node = 2, .to.sequence = 6, .count_max = 4};
    bool left = false;

    for (int turn = 0; turn < 9; turn++) {
        assert_int_equal(node_put(&one, shared(1), "ours"), STORE_OK);
        assert_int_equal(node_put(&two, shared(2), "theirs"), STORE_OK);
    }
    node_close(&two);
    assert_int_equal(one.store.cut(one.store.self, &cut, &left), STORE_OK);
    assert_true(left);
    struct seen_anchors seen = look_at(&one);
    assert_int_equal(seen.anchors[1], 0);
    assert_int_equal(seen.anchors[2], 6);
    assert_int_equal(seen.records, 9 + 3);
    assert_int_equal(run("SELECT count(*) FROM %s.journal WHERE node = 2"), 5);
    assert_int_equal(one.store.cut(one.store.self, &cut, &left), STORE_OK);
    assert_false(left);
    assert_int_equal(run("SELECT count(*) FROM %s.journal WHERE node = 2"), 3);
    cut.to.sequence = 9; /* the last record stays */
    assert_int_equal(one.store.cut(one.store.self, &cut, &left), STORE_RETRY);
    struct node again = node_open(1);
    cut = (struct store_cut){.node = 1, .to.sequence = 3, .count_max = 4};
    assert_int_equal(one.store.cut(one.store.self, &cut, &left), STORE_FATAL);
    assert_int_equal(look_at(&again).anchors[1], 0);
    node_close(&again);
    node_close(&one);
    two = node_open(2);
    assert_int_equal(two.head.anchor.sequence, 6);
    assert_int_equal(node_put(&two, shared(2), "goes on"), STORE_OK);
    node_close(&two);
}

/* ---- all nodes' work ---- */

#define RACE_NODES 3
#define RACE_TURNS 40

/* Counts one row up together with others; the record says what it became. */
static void *count_up(void *context)
{
    struct node *node = context;

    for (int done = 0; done < RACE_TURNS;) {
        struct store_row row = {.key = shared(1)};
        struct store_row *rows[] = {&row};
        char value[24];

        if (node->store.load(node->store.self, rows, 1) != STORE_OK)
            return NULL;
        row.value[row.len] = 0;
        snprintf(value, sizeof value, "%ld", strtol((const char *)row.value, NULL, 10) + 1);
        struct store_change change = {.key = row.key, .value = bytes_of_z(value)};
        struct store_record record = {node->head.sequence + 1, bytes_of_z(value)};
        uint8_t hash[32] = {0};
        struct store_batch batch = {&change, 1, &record, 1, hash};
        enum store_result said = node->store.commit(node->store.self, &batch);
        if (said != STORE_OK && said != STORE_RETRY)
            return NULL;
        node->head.sequence += said == STORE_OK;
        done += said == STORE_OK;
    }
    return node;
}

struct seen {
    uint64_t heads; /* sum of what the nodes' rows say */
    uint64_t records;
    uint64_t in_order;
    char row[24];
};

static void see_head(void *context, const struct store_head *head)
{
    ((struct seen *)context)->heads += head->sequence;
}

static bool see_record(void *context, uint64_t sequence, struct bytes record)
{
    struct seen *seen = context;
    char text[24] = "";

    (void)sequence;
    memcpy(text, record.at, record.len);
    seen->records++;
    seen->in_order += strtoull(text, NULL, 10) == seen->records;
    return true;
}

static bool see_row(void *context, const struct row_key *key, struct bytes value)
{
    struct seen *seen = context;

    assert_int_equal(key->table, TABLE_ACCOUNT);
    memcpy(seen->row, value.at, value.len);
    return true;
}

static struct seen look(const struct store *store)
{
    struct seen seen = {0};
    struct store_survey survey = {
        .context = &seen, .head = see_head, .record = see_record, .row = see_row};

    assert_int_equal(store_survey(store, &survey), STORE_OK);
    return seen;
}

/* Whenever somebody looks: heads, records and rows are those of one moment, and of the changes of a
 * row the earlier comes first, whichever node made it. */
static void test_all_nodes_are_seen_at_one_moment(void **state)
{
    (void)state;
    struct node nodes[RACE_NODES];
    pthread_t threads[RACE_NODES];
    void *result;
    struct seen seen;

    for (uint16_t i = 0; i < RACE_NODES; i++)
        nodes[i] = node_open((uint16_t)(i + 1));
    struct node reader = node_open(0);
    for (size_t i = 0; i < RACE_NODES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, &nodes[i]), 0);
    do {
        seen = look(&reader.store);
        assert_int_equal(seen.records, seen.heads);
        assert_int_equal(seen.in_order, seen.records);
        assert_int_equal(strtoull(seen.row, NULL, 10), seen.records);
    } while (seen.records < RACE_NODES * RACE_TURNS);
    for (size_t i = 0; i < RACE_NODES; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, &nodes[i]);
        node_close(&nodes[i]);
    }
    node_close(&reader);
}

static void test_a_reader_writes_nothing(void **state)
{
    (void)state;
    struct store nothing;
    char room[300];
    struct text error = text_over(room, sizeof room);

    assert_int_equal(open_node(0, &nothing, &error), ERR_NOT_FOUND);
    assert_non_null(strstr(text_z(&error), schema));
    snprintf(room, sizeof room, "SELECT count(*) FROM pg_namespace WHERE nspname = '%s'", schema);
    assert_int_equal(postgres_server_run(&server, room), 0);
    struct node node = node_open(1);
    assert_int_equal(node_put(&node, shared(1), "written"), STORE_OK);
    struct node reader = node_open(0);
    node_check(&reader, shared(1), "written");
    assert_int_equal(node_put(&reader, shared(2), "no"), STORE_FATAL);
    assert_null(reader.store.tend);
    assert_int_equal(run("SELECT count(*) FROM %s.node"), 1);
    assert_int_equal(node_put(&node, shared(2), "the node goes on"), STORE_OK);
    node_close(&reader);
    node_close(&node);
}

static int begin_proxied(void **state)
{
    return proxy_begin() != 0 ? -1 : begin_schema(state);
}

static int end_proxied(void **state)
{
    (void)state;
    proxy_end();
    return 0;
}

#define DIRECT(name) cmocka_unit_test_setup(name, begin_schema)
#define PROXIED(name) cmocka_unit_test_setup_teardown(name, begin_proxied, end_proxied)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DIRECT(test_what_a_dead_node_left_is_taken_over),
        DIRECT(test_who_leaves_is_swept_at_once),
        DIRECT(test_each_way_of_doing_something_hears_of_a_sweep),
        DIRECT(test_who_is_heard_of_is_not_swept),
        DIRECT(test_a_lease_costs_no_commit_beside_others),
        DIRECT(test_an_outage_of_the_server_makes_nobody_dead),
        DIRECT(test_of_two_sweepers_one_wins),
        PROXIED(test_a_sweep_survives_a_cut_line),
        PROXIED(test_a_cut_at_any_message_loses_and_doubles_nothing),
        DIRECT(test_an_older_program_works_on_beside_a_newer_one),
        DIRECT(test_a_schema_that_only_grew_is_worked_on),
        DIRECT(test_an_older_program_stops_when_a_step_does_more_than_add),
        DIRECT(test_any_node_cuts_any_nodes_journal),
        DIRECT(test_all_nodes_are_seen_at_one_moment),
        DIRECT(test_a_reader_writes_nothing),
    };

    return cmocka_run_group_tests_name("postgres_nodes", tests, start_server, stop_server);
}

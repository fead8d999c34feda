/* What every store does, and what nodes that share one may count on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/store_shared.h"
#include "test/lib/store_suite.h"

#define OTHER_NODE 7
#define LEASE_MS 10000

static struct store_shared *shared;
static struct store other;
static int64_t clock_ms;

static int64_t now_ms(void *context)
{
    (void)context;
    return clock_ms;
}

static void suite_open(void)
{
    assert_int_equal(store_shared_attach(shared, SUITE_NODE, &suite_store), OK);
}

static void open_other(void)
{
    assert_int_equal(store_shared_attach(shared, OTHER_NODE, &other), OK);
}

static int set_up(void **state)
{
    struct store_shared_options options = {.lease_ms = LEASE_MS, .now_ms = now_ms};

    (void)state;
    clock_ms = 1000000;
    memset(&suite_model, 0, sizeof suite_model);
    assert_int_equal(store_shared_new(&options, &shared), OK);
    assert_int_equal(store_shared_add(shared, SUITE_NODE), OK);
    suite_open();
    return 0;
}

static int set_up_two(void **state)
{
    set_up(state);
    assert_int_equal(store_shared_add(shared, OTHER_NODE), OK);
    open_other();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    suite_store.close(suite_store.self);
    store_shared_free(shared);
    return 0;
}

/* ---- rows of two nodes ---- */

static enum store_result put_in(struct store *store, enum row_table table, uint8_t id,
                                uint8_t value)
{
    static uint8_t hash[32];
    struct store_change change = {.key = row_key_of(table, &id, 1), .value = {&value, 1}};
    struct store_head head;
    struct store_record record = {.bytes = {&value, 1}};
    struct store_batch batch = {.changes = &change,
                                .change_count = 1,
                                .records = &record,
                                .record_count = 1,
                                .head_hash = hash};

    store->head(store->self, &head);
    record.sequence = head.sequence + 1;
    return store->commit(store->self, &batch);
}

static enum store_result put(struct store *store, uint8_t id, uint8_t value)
{
    return put_in(store, TABLE_PENDING, id, value);
}

static enum store_result get(struct store *store, uint8_t id, int *value)
{
    struct store_row row = {.key = row_key_of(TABLE_PENDING, &id, 1)};
    struct store_row *rows[] = {&row};
    enum store_result result = store->load(store->self, rows, 1);

    *value = row.found ? row.value[0] : -1;
    return result;
}

static bool add_id(void *context, const struct row_key *key, struct bytes value)
{
    uint64_t *ids = context;

    (void)value;
    *ids = *ids * 10 + key->at[0];
    return true;
}

/* The ids that a node finds in a table, as digits. */
static uint64_t ids(struct store *store, enum row_table table)
{
    struct row_key from = row_key_of(table, NULL, 0);
    uint64_t seen = 0;

    assert_int_equal(store->scan(store->self, &from, add_id, &seen), STORE_OK);
    return seen;
}

static struct store_tidings tend(struct store *store)
{
    struct store_tidings tidings;

    assert_int_equal(store->tend(store->self, &tidings), STORE_OK);
    return tidings;
}

static void test_rows_are_shared_and_journals_are_not(void **state)
{
    int value;
    struct store_head head;

    (void)state;
    assert_int_equal(put(&suite_store, 1, 10), STORE_OK);
    assert_int_equal(put(&other, 2, 20), STORE_OK);
    assert_int_equal(get(&other, 1, &value), STORE_OK);
    assert_int_equal(value, 10);
    other.head(other.self, &head);
    assert_int_equal(head.node, OTHER_NODE);
    assert_int_equal(head.sequence, 1);
    assert_int_equal(ids(&suite_store, TABLE_PENDING), 1); /* its own */
    assert_int_equal(ids(&other, TABLE_PENDING), 2);
    assert_int_equal(put_in(&other, TABLE_BATCH, 3, 1), STORE_OK);
    assert_int_equal(ids(&suite_store, TABLE_BATCH), 3);
}

static void test_of_two_changes_to_one_row_the_second_tries_again(void **state)
{
    int value;

    (void)state;
    assert_int_equal(get(&suite_store, 1, &value), STORE_OK);
    assert_int_equal(value, -1);
    assert_int_equal(get(&other, 1, &value), STORE_OK);
    assert_int_equal(put(&suite_store, 1, 10), STORE_OK);
    assert_int_equal(get(&other, 1, &value), STORE_OK); /* looking again hides nothing */
    assert_int_equal(put(&other, 1, 20), STORE_RETRY);
    assert_int_equal(get(&other, 1, &value), STORE_OK);
    assert_int_equal(value, 10);
    assert_int_equal(put(&other, 1, 20), STORE_OK);
    assert_int_equal(ids(&other, TABLE_PENDING), 1); /* who wrote it last has it */
    assert_int_equal(ids(&suite_store, TABLE_PENDING), 0);
}

static void test_a_silent_node_is_swept_and_shut_out(void **state)
{
    int value;

    (void)state;
    assert_int_equal(put(&suite_store, 1, 10), STORE_OK);
    assert_int_equal(put(&other, 2, 20), STORE_OK);
    for (int i = 0; i < 15; i++, clock_ms += 1000)
        assert_false(tend(&other).has_swept);
    assert_false(tend(&other).has_swept); /* a lease and a half, to the millisecond */
    clock_ms++;
    struct store_tidings tidings = tend(&other);
    assert_true(tidings.has_swept);
    assert_int_equal(tidings.node_count, 2);
    assert_int_equal(tidings.nodes[0].swept_by, OTHER_NODE);
    assert_false(tend(&other).has_swept); /* told once */
    assert_int_equal(ids(&other, TABLE_PENDING), 12);
    assert_int_equal(get(&suite_store, 1, &value), STORE_FATAL);
    assert_int_equal(put(&suite_store, 1, 11), STORE_FATAL);
    struct store rows = *store_shared_rows(shared);
    assert_int_equal(get(&rows, 1, &value), STORE_OK);
    assert_int_equal(value, 10);
    suite_open();
    assert_int_equal(get(&suite_store, 1, &value), STORE_OK);
    assert_int_equal(value, 10);
    assert_int_equal(ids(&suite_store, TABLE_PENDING), 0); /* it stays with who has it */
    assert_int_equal(tend(&other).nodes[0].swept_by, 0);
}

/* After an outage nobody is dead: who was silent himself does not judge. */
static void test_who_was_silent_himself_sweeps_nobody(void **state)
{
    (void)state;
    assert_int_equal(put(&suite_store, 1, 10), STORE_OK);
    clock_ms += 100 * LEASE_MS;
    assert_false(tend(&other).has_swept);
    clock_ms += 1000;
    assert_false(tend(&suite_store).has_swept);
    assert_false(tend(&other).has_swept);
}

static void test_who_leaves_is_swept_at_once(void **state)
{
    (void)state;
    assert_int_equal(put(&suite_store, 1, 10), STORE_OK);
    clock_ms += 1000;
    suite_store.leave(suite_store.self);
    clock_ms++;
    assert_true(tend(&other).has_swept);
    assert_int_equal(ids(&other, TABLE_PENDING), 1);
}

static void test_faults_strike_one_node_alone(void **state)
{
    struct store_memory_fault fault = {
        .call = STORE_CALL_COMMIT, .nth = 1, .result = STORE_IN_DOUBT, .applies = true};
    int value;

    (void)state;
    store_memory_fail(store_shared_memory(shared, OTHER_NODE), &fault);
    assert_int_equal(put(&suite_store, 1, 10), STORE_OK);
    assert_int_equal(put(&other, 2, 20), STORE_IN_DOUBT);
    assert_int_equal(get(&other, 2, &value), STORE_FATAL);
    assert_int_equal(get(&suite_store, 2, &value), STORE_OK);
    assert_int_equal(value, 20); /* it was written */
    fault.applies = false;
    open_other();
    store_memory_fail(store_shared_memory(shared, OTHER_NODE), &fault);
    assert_int_equal(put(&other, 2, 21), STORE_IN_DOUBT);
    assert_int_equal(get(&suite_store, 2, &value), STORE_OK);
    assert_int_equal(value, 20);
    assert_null(store_shared_memory(shared, OTHER_NODE + 1));
}

/* ---- all at one moment ---- */

struct surveyed {
    uint64_t heads; /* nodes, as digits */
    uint64_t records;
    uint64_t ids;
};

static void add_head(void *context, const struct store_head *head)
{
    struct surveyed *seen = context;

    seen->heads = seen->heads * 10 + head->node;
}

static bool add_record(void *context, uint64_t sequence, struct bytes record)
{
    struct surveyed *seen = context;

    (void)sequence;
    seen->records = seen->records * 10 + record.at[0];
    return true;
}

static bool add_row(void *context, const struct row_key *key, struct bytes value)
{
    struct surveyed *seen = context;

    return add_id(&seen->ids, key, value);
}

static void test_a_survey_tells_who_changed_what_first(void **state)
{
    struct surveyed seen = {0};
    struct store_survey survey = {
        .context = &seen, .head = add_head, .record = add_record, .row = add_row};

    (void)state;
    assert_int_equal(put(&other, 1, 1), STORE_OK);
    assert_int_equal(put(&suite_store, 2, 2), STORE_OK);
    assert_int_equal(put(&suite_store, 1, 3), STORE_OK);
    assert_int_equal(put(&other, 3, 4), STORE_OK);
    assert_int_equal(suite_store.survey(suite_store.self, &survey), STORE_OK);
    assert_int_equal(seen.heads, 47);
    assert_int_equal(seen.records, 1234);
    assert_int_equal(seen.ids, 123);
    seen = (struct surveyed){0};
    assert_int_equal(other.read_of(other.self, SUITE_NODE, 2, add_record, &seen), STORE_OK);
    assert_int_equal(seen.records, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_two, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TESTS(set_up, tear_down),
        TEST(test_rows_are_shared_and_journals_are_not),
        TEST(test_of_two_changes_to_one_row_the_second_tries_again),
        TEST(test_a_silent_node_is_swept_and_shut_out),
        TEST(test_who_was_silent_himself_sweeps_nobody),
        TEST(test_who_leaves_is_swept_at_once),
        TEST(test_faults_strike_one_node_alone),
        TEST(test_a_survey_tells_who_changed_what_first),
    };

    return cmocka_run_group_tests_name("store_shared", tests, NULL, NULL);
}

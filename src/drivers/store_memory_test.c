#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/store_memory.h"
#include "test/lib/store_suite.h"

static struct store_memory *memory;

static void suite_open(void)
{
    assert_int_equal(store_memory_attach(memory, &suite_store), OK);
}

static int set_up_keeping(size_t journal_keep)
{
    struct store_memory_options options = {.node = SUITE_NODE, .journal_keep = journal_keep};

    memset(&suite_model, 0, sizeof suite_model);
    assert_int_equal(store_memory_new(&options, &memory), OK);
    suite_open();
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return set_up_keeping(0);
}

static int tear_down(void **state)
{
    (void)state;
    suite_store.close(suite_store.self);
    store_memory_free(memory);
    return 0;
}

static void plan(enum store_call call, uint64_t nth, bool always, enum store_result result)
{
    struct store_memory_fault fault = {
        .call = call, .nth = nth, .always = always, .result = result};

    store_memory_fail(memory, &fault);
}

static void test_the_nth_commit_fails_once(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 20);
    for (int i = 1; i <= 10; i++) {
        plan(STORE_CALL_COMMIT, 3, false, i % 2 == 0 ? STORE_RETRY : STORE_FULL);
        assert_int_equal(suite_commit(&prng), STORE_OK);
        assert_int_equal(suite_commit(&prng), STORE_OK);
        assert_int_equal(suite_commit(&prng), i % 2 == 0 ? STORE_RETRY : STORE_FULL);
        suite_check_all();
        assert_int_equal(suite_commit(&prng), STORE_OK);
    }
    suite_check_all();
}

static void test_a_commit_fails_always(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 21);
    plan(STORE_CALL_COMMIT, 2, true, STORE_FULL);
    assert_int_equal(suite_commit(&prng), STORE_OK);
    for (int i = 0; i < 5; i++)
        assert_int_equal(suite_commit(&prng), STORE_FULL);
    suite_reopen();
    suite_check_all();
    assert_int_equal(suite_commit(&prng), STORE_OK);
}

static void test_in_doubt_ends_the_store_and_may_have_been_written(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 22);
    for (int i = 0; i < 4; i++) {
        struct store_memory_fault fault = {
            .call = STORE_CALL_COMMIT, .nth = 1, .result = STORE_IN_DOUBT, .applies = i % 2 == 1};
        uint64_t before = suite_model.sequence;
        store_memory_fail(memory, &fault);
        assert_int_equal(suite_commit(&prng), STORE_IN_DOUBT);
        uint64_t after = suite_batch.after.sequence;
        assert_int_equal(suite_commit(&prng), STORE_FATAL);
        suite_reopen();
        suite_check_all();
        assert_int_equal(suite_model.sequence, i % 2 == 1 ? after : before);
    }
}

static void test_loads_scans_and_reads_fail(void **state)
{
    (void)state;
    struct store_row row = {.key = suite_key(1)};
    struct store_row *rows[] = {&row};
    struct row_key from = suite_key(0);
    struct suite_scan scan = {0};

    plan(STORE_CALL_LOAD, 1, false, STORE_RETRY);
    plan(STORE_CALL_SCAN, 1, false, STORE_RETRY);
    plan(STORE_CALL_READ, 1, false, STORE_RETRY);
    assert_int_equal(suite_store.load(suite_store.self, rows, 1), STORE_RETRY);
    assert_int_equal(suite_store.scan(suite_store.self, &from, suite_visit_row, &scan),
                     STORE_RETRY);
    assert_int_equal(suite_store.read(suite_store.self, 1, suite_apply_record, &suite_model),
                     STORE_RETRY);
    suite_check_all();
}

static void test_a_store_attached_before_is_fatal(void **state)
{
    (void)state;
    struct prng prng;
    struct store old = suite_store;

    prng_seed(&prng, 23);
    suite_open();
    suite_make(&prng, 1);
    assert_int_equal(old.commit(old.self, &suite_batch.batch), STORE_FATAL);
    assert_int_equal(suite_commit(&prng), STORE_OK);
}

static int set_up_forgetting(void **state)
{
    (void)state;
    return set_up_keeping(50);
}

static void test_a_forgetful_journal_keeps_the_newest(void **state)
{
    (void)state;
    struct prng prng;
    struct suite_read read = {0};

    prng_seed(&prng, 24);
    while (suite_model.sequence < 500)
        assert_int_equal(suite_commit(&prng), STORE_OK);
    read.next = suite_model.sequence - 49;
    assert_int_equal(suite_store.read(suite_store.self, read.next, suite_visit_record, &read),
                     STORE_OK);
    assert_int_equal(read.next, suite_model.sequence + 1);
    for (size_t i = 0; i < SUITE_KEYS; i++)
        suite_check_row(i);
}

/* The sanitizer of leaks says whether it is gone. */
static void test_an_owned_memory_goes_with_its_store(void **state)
{
    (void)state;
    struct store_memory_options options = {.node = SUITE_NODE};
    struct store_head head;
    struct store store;

    assert_int_equal(store_memory_open(&options, &store), OK);
    store.head(store.self, &head);
    assert_int_equal(head.node, SUITE_NODE);
    store.close(store.self);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TESTS(set_up, tear_down),
        TEST(test_the_nth_commit_fails_once),
        TEST(test_a_commit_fails_always),
        TEST(test_in_doubt_ends_the_store_and_may_have_been_written),
        TEST(test_loads_scans_and_reads_fail),
        TEST(test_a_store_attached_before_is_fatal),
        TEST(test_an_owned_memory_goes_with_its_store),
        cmocka_unit_test_setup_teardown(test_a_forgetful_journal_keeps_the_newest,
                                        set_up_forgetting, tear_down),
    };

    return cmocka_run_group_tests_name("store_memory", tests, NULL, NULL);
}

/* What names a payment that was archived is never told that it never came, and moves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "books/aside_rows.h"
#include "books/payment_state.h"
#include "test/lib/switch_world.h"

#define GONE 42
#define NEXT 60 /* after what was archived, in the same batch */

/* The switch has archived the terminal's payments up to number 50 of its batch. */
static void open_archived(void)
{
    struct identity identity = world_identity(GONE);
    struct archive_mark_row mark = {.layout = ARCHIVE_ROW_LAYOUT,
                                    .batch = identity.batch,
                                    .trace = 50,
                                    .date = 20251001,
                                    .count = 50};

    world_open();
    world_put(archive_mark_key(&identity), &mark, sizeof mark);
}

static const struct aside_entry *kept(uint32_t trace)
{
    char source[ASIDE_SOURCE_LEN] = {0};

    memcpy(source, world_identity(trace).terminal, TERMINAL_ID_LEN);
    const struct aside_row *row = world_value(aside_row_key(source, trace));
    assert_non_null(row);
    return &row->entries[0];
}

static void expect_nothing_done(void)
{
    assert_null(world_sent(ISSUER_LINK));
    assert_null(world_payment(GONE));
    assert_int_equal(world.entry_count, 0);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "22", RESPONSE_CODE_LEN);
}

static void test_its_request_ends_no_doubt(void **state)
{
    struct txn_message sale = world_sale(GONE, 12850);

    (void)state;
    open_archived();
    world_terminal_says(&sale);
    expect_nothing_done();
    assert_false(world_sent(TILL_LINK)->seal.make_mac);
    assert_int_equal(world_record()->outcome, OUTCOME_PAYMENT_ARCHIVED);
    assert_true(world_record()->is_alarm);
    assert_int_equal(kept(GONE)->differs, ASIDE_UNKNOWN);
    world_terminal_says(&sale);
    expect_nothing_done();
    assert_null(world_record());
}

static void test_its_reversal_is_no_tombstone(void **state)
{
    struct txn_message reversal = world_reversal(GONE, 12850);

    (void)state;
    open_archived();
    world_terminal_says(&reversal);
    expect_nothing_done();
    assert_true(world_sent(TILL_LINK)->seal.make_mac);
    assert_int_equal(world_record()->outcome, OUTCOME_PAYMENT_ARCHIVED);
    assert_int_equal(kept(GONE)->differs, ASIDE_UNKNOWN);
}

static void test_what_follows_it_is_refused(void **state)
{
    struct txn_message refund = world_follow(KIND_REFUND, NEXT, 12850, GONE);

    (void)state;
    open_archived();
    world_terminal_says(&refund);
    assert_null(world_sent(ISSUER_LINK));
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "12", RESPONSE_CODE_LEN);
    assert_int_equal(world_payment(NEXT)->outcome, OUTCOME_ORIGINAL_ARCHIVED);
    assert_int_equal(world_payment(NEXT)->money, MONEY_NOT_MOVED);
    assert_string_equal(world_payment(NEXT)->evidence[0].text, "T1/000001/000042");
    assert_string_equal(world_payment(NEXT)->evidence[1].text, "20251001");
    assert_int_equal(world.entry_count, 0);
}

static void test_a_query_does_not_bury_it(void **state)
{
    struct txn_message ask = world_request(KIND_QUERY, NEXT, 0);

    (void)state;
    open_archived();
    ask.pan.len = 0;
    ask.expiry = 0;
    ask.entry = ENTRY_NONE;
    ask.amount = (struct money){0};
    ask.network_code = NETWORK_QUERY;
    ask.original.batch = 1;
    ask.original.trace = GONE;
    world_terminal_says(&ask);
    expect_nothing_done();
    assert_false(world_sent(TILL_LINK)->seal.make_mac);
    ask.network_code = NETWORK_PEEK;
    world_terminal_says(&ask);
    expect_nothing_done();
    assert_int_equal(world_sent(TILL_LINK)->message.network_code, NETWORK_STATE + PAYMENT_ARCHIVED);
}

static void test_what_comes_after_is_sold(void **state)
{
    struct txn_message sale = world_sale(NEXT, 12850);

    (void)state;
    open_archived();
    world_terminal_says(&sale);
    assert_non_null(world_sent(ISSUER_LINK));
    assert_int_equal(world_payment(NEXT)->stage, STAGE_SENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_its_request_ends_no_doubt),
        cmocka_unit_test(test_its_reversal_is_no_tombstone),
        cmocka_unit_test(test_what_follows_it_is_refused),
        cmocka_unit_test(test_a_query_does_not_bury_it),
        cmocka_unit_test(test_what_comes_after_is_sold),
    };

    return cmocka_run_group_tests_name("acquirer/long_ago", tests, NULL, NULL);
}

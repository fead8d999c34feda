/* Batches: what counts, what closes them, what stays out afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "test/lib/switch_world.h"

static void play(enum txn_kind kind, uint32_t trace, int64_t minor, uint32_t original)
{
    struct txn_message message = world_follow(kind, trace, minor, original);

    if (original == 0)
        message = world_request(kind, trace, minor);
    world_terminal_says(&message);
    assert_non_null(world_sent(ISSUER_LINK));
    struct txn_message answer = world_answer(&world_sent(ISSUER_LINK)->message, "00");
    world_issuer_says(&answer);
}

/* Two sales and a void: 150.00 in two, 50.00 in one. */
static void open_batch(void)
{
    world_open();
    play(KIND_SALE, 41, 10000, 0);
    play(KIND_SALE, 42, 5000, 0);
    play(KIND_VOID, 43, 5000, 42);
}

static struct txn_message closing(int64_t debit, uint16_t debits, int64_t credit, uint16_t credits)
{
    struct txn_message message = world_request(KIND_SETTLE, 44, 0);

    message.pan.len = 0;
    message.expiry = 0;
    message.entry = ENTRY_NONE;
    message.amount = (struct money){0};
    message.network_code = NETWORK_SETTLE;
    message.operator_number = 1;
    message.domestic = (struct totals){.debit_minor = debit,
                                       .debit_count = debits,
                                       .credit_minor = credit,
                                       .credit_count = credits};
    return message;
}

static void say(const struct txn_message *message)
{
    struct keyblock none = {{0}};

    world_terminal_says_with(message, &none);
}

static void expect(const char *code, uint8_t result)
{
    const struct world_sent *reply = world_sent(TILL_LINK);

    assert_non_null(reply);
    assert_memory_equal(reply->message.code, code, 2);
    assert_int_equal(reply->message.kind, KIND_SETTLE);
    assert_int_equal(reply->message.domestic.result, result);
    assert_int_equal(reply->message.foreign.result, result);
    assert_false(reply->seal.make_mac);
}

/* A terminal that was restored from old data closes a batch that is not there any more. */
static void test_a_batch_that_was_archived_is_not_begun_again(void **state)
{
    struct txn_message close = closing(15000, 2, 5000, 1);
    struct identity identity = world_identity(41);
    struct archive_mark_row mark = {.layout = ARCHIVE_ROW_LAYOUT,
                                    .batch = identity.batch + 1,
                                    .trace = 3,
                                    .date = 20251001,
                                    .count = 50};

    (void)state;
    world_open();
    world_put(archive_mark_key(&identity), &mark, sizeof mark);
    say(&close);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "22", 2);
    assert_int_equal(world_record()->outcome, OUTCOME_PAYMENT_ARCHIVED);
    assert_null(world_value(desk_batch_key(&identity)));
}

static void test_totals_that_agree_close_the_batch(void **state)
{
    struct txn_message close = closing(15000, 2, 5000, 1);

    (void)state;
    open_batch();
    for (int again = 0; again <= 1; again++) {
        say(&close);
        expect("00", 1);
        assert_int_equal(world_sent(TILL_LINK)->message.domestic.debit_minor, 15000);
        assert_int_equal(world_sent(TILL_LINK)->message.domestic.credit_count, 1);
        assert_int_equal(world_record() == NULL, again);
    }
    assert_int_equal(world_batch(1)->state, BATCH_CLOSED);
    assert_int_equal(world_batch(1)->is_differing, 0);
    assert_int_equal(world_batch(1)->claimed.debit_minor, 15000);
    assert_true(world_batch(1)->closed.us == world.wall.us);
    assert_int_equal(world_terminal()->batch, 2);
}

static void test_every_number_of_the_totals_counts(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct txn_message close =
            closing(15000 + (i == 0), 2 + (i == 1), 5000 - (i == 2), (uint16_t)(1 + (i == 3)));
        close.foreign.debit_count = i == 4;
        open_batch();
        say(&close);
        expect("95", 2);
        assert_int_equal(world_record()->what, WHAT_TOTALS_DIFFER);
        assert_int_equal(world_record()->outcome, OUTCOME_SETTLEMENT_TOTALS_DIFFER);
        assert_int_equal(world_sent(TILL_LINK)->message.domestic.debit_minor, 15000);
        assert_int_equal(world_batch(1)->state, BATCH_OPEN);
        assert_int_equal(world_terminal()->batch, 1);
    }
}

static void test_the_supervisor_closes_a_batch_that_differs(void **state)
{
    struct txn_message close = closing(14000, 2, 5000, 1);

    (void)state;
    open_batch();
    close.network_code = NETWORK_SETTLE_FORCED;
    say(&close);
    expect("00", 2);
    assert_true(world_record()->is_alarm);
    assert_int_equal(world_batch(1)->is_differing, 1);
    assert_int_equal(world_batch(1)->claimed.debit_minor, 14000);
    assert_int_equal(world_batch(1)->domestic.debit_minor, 15000);
    say(&close);
    expect("00", 2);
    assert_null(world_record());
}

static void test_a_batch_with_a_payment_in_doubt_stays_open(void **state)
{
    struct txn_message sale = world_request(KIND_SALE, 45, 1000);
    struct txn_message close = closing(15000, 2, 5000, 1);

    (void)state;
    open_batch();
    world_terminal_says(&sale);
    for (int forced = 0; forced <= 1; forced++) {
        close.network_code = forced ? NETWORK_SETTLE_FORCED : NETWORK_SETTLE;
        say(&close);
        expect("90", 3);
        assert_int_equal(world_record()->outcome, OUTCOME_SETTLEMENT_IN_PROGRESS);
        assert_int_equal(world_batch(1)->state, BATCH_OPEN);
    }
    world_wait_ms(20000);
    world_timer(world_pending_key(45)); /* given up: the switch takes it back, outside the batch */
    close.network_code = NETWORK_SETTLE;
    say(&close);
    expect("00", 1);
}

static void test_an_empty_batch_closes(void **state)
{
    struct txn_message close = closing(0, 0, 0, 0);

    (void)state;
    world_open();
    say(&close);
    expect("00", 1);
    assert_int_equal(world_batch(1)->state, BATCH_CLOSED);
    assert_int_equal(world_terminal()->batch, 2);
}

static void test_what_is_taken_back_counts_no_more(void **state)
{
    struct txn_message sale = world_request(KIND_SALE, 41, 10000);
    struct txn_message reversal = world_reversal_of(&sale);
    struct txn_message close = closing(5000, 1, 5000, 1);

    (void)state;
    open_batch();
    world_terminal_says(&reversal);
    say(&close);
    expect("00", 1);
}

static void test_a_closed_batch_takes_nothing_new(void **state)
{
    struct txn_message close = closing(15000, 2, 5000, 1);
    struct txn_message old = world_request(KIND_SALE, 46, 1000);
    struct txn_message repeated = world_request(KIND_SALE, 41, 10000);
    struct txn_message advice = world_follow(KIND_TIP_ADJUST, 47, 10500, 41);
    struct txn_message voided = world_follow(KIND_VOID, 48, 10000, 41);

    (void)state;
    open_batch();
    say(&close);
    world_terminal_says(&old);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "77", 2);
    world_terminal_says(&advice);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "77", 2);
    world_terminal_says(&repeated); /* the record still answers */
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "00", 2);
    voided.identity.batch = 2;
    world_terminal_says(&voided);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "12", 2);
    assert_int_equal(world_record()->outcome, OUTCOME_ORIGINAL_BATCH_CLOSED);
    voided.kind = KIND_REFUND;
    voided.identity.trace = 49;
    world_terminal_says(&voided);
    assert_non_null(world_sent(ISSUER_LINK));
}

static void test_an_advice_of_an_earlier_batch_still_comes_in(void **state)
{
    struct txn_message advice = world_follow(KIND_TIP_ADJUST, 47, 10500, 41);
    struct txn_message refund = world_follow(KIND_REFUND, 48, 100, 41);

    (void)state;
    open_batch();
    world_terminal()->batch = 2; /* it lost its store and was given a new one */
    world_terminal_says(&advice);
    assert_non_null(world_sent(ISSUER_LINK));
    world_terminal_says(&refund);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "77", 2);
}

/* Its terminal settles only when it owes nothing, so it has forgotten: the payment stands. */
static void test_a_settled_payment_is_not_reversed(void **state)
{
    struct txn_message close = closing(15000, 2, 5000, 1);
    struct txn_message sale = world_request(KIND_SALE, 41, 10000);
    struct txn_message reversal = world_reversal_of(&sale);

    (void)state;
    open_batch();
    say(&close);
    world_terminal_says(&reversal);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "22", 2);
    assert_int_equal(world_payment(41)->stage, STAGE_ANSWERED);
    assert_int_equal(world_payment(41)->money, MONEY_MOVED);
    assert_true(world_record()->is_alarm);
}

static void test_only_a_batch_of_its_own_is_closed(void **state)
{
    struct txn_message close = closing(0, 0, 0, 0);
    struct txn_message stranger = close;

    (void)state;
    open_batch();
    close.identity.batch = 2;
    say(&close);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "77", 2);
    assert_int_equal(world_record()->outcome, OUTCOME_TERMINAL_BATCH_UNKNOWN);
    stranger.identity.terminal[0] = 'X';
    say(&stranger);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "97", 2);
    assert_null(world_record());
    close.identity.batch = 1;
    close.is_training = true;
    say(&close);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "58", 2);
    assert_int_equal(world_terminal()->batch, 1);
}

/* Restored books know an older batch. No MAC says who sends it, so nothing is taken over. */
static void test_a_settlement_ahead_of_restored_books(void **state)
{
    struct txn_message close = closing(0, 0, 0, 0);

    (void)state;
    open_batch();
    world_lose(30);
    close.identity.batch = 7;
    say(&close);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "77", 2);
    assert_string_equal(world_sent(TILL_LINK)->message.text, TXN_REMARK_BOOKS);
    assert_int_equal(world_record()->outcome, OUTCOME_TERMINAL_AHEAD);
    assert_int_equal(world_terminal()->batch, 1);
    struct txn_message sale = world_sale(45, 100);
    sale.identity.batch = 7;
    world_terminal_says(&sale); /* refused, and its batch is ours from here on */
    say(&close);
    expect("00", 1);
    assert_int_equal(world_terminal()->batch, 8);
}

static void test_a_batch_left_behind_can_be_closed(void **state)
{
    struct txn_message close = closing(15000, 2, 5000, 1);

    (void)state;
    open_batch();
    world_terminal()->batch = 5;
    say(&close);
    expect("00", 1);
    assert_int_equal(world_terminal()->batch, 5);
}

static void test_the_last_batch_number_has_no_next(void **state)
{
    struct txn_message close = closing(0, 0, 0, 0);
    struct txn_message sale = world_request(KIND_SALE, 46, 1000);

    (void)state;
    world_open();
    world_terminal()->batch = 999999;
    close.identity.batch = 999999;
    sale.identity.batch = 999999;
    say(&close);
    expect("00", 1);
    assert_int_equal(world_terminal()->batch, 999999);
    world_terminal_says(&sale);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "77", 2);
}

static void test_a_damaged_batch_is_a_fault_of_ours(void **state)
{
    struct txn_message close = closing(15000, 2, 5000, 1);
    struct txn_message sale = world_request(KIND_SALE, 46, 1000);

    (void)state;
    open_batch();
    world.is_unproved = true;
    world_batch(1)->domestic.debit_minor = INT64_MIN;
    say(&close);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "96", 2);
    world_terminal_says(&sale); /* sells on, with an alarm */
    assert_non_null(world_sent(ISSUER_LINK));
    assert_true(world_record()->is_alarm);
    assert_true(world_batch(1)->domestic.debit_minor == INT64_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_batch_that_was_archived_is_not_begun_again),
        cmocka_unit_test(test_totals_that_agree_close_the_batch),
        cmocka_unit_test(test_every_number_of_the_totals_counts),
        cmocka_unit_test(test_the_supervisor_closes_a_batch_that_differs),
        cmocka_unit_test(test_a_batch_with_a_payment_in_doubt_stays_open),
        cmocka_unit_test(test_an_empty_batch_closes),
        cmocka_unit_test(test_what_is_taken_back_counts_no_more),
        cmocka_unit_test(test_a_closed_batch_takes_nothing_new),
        cmocka_unit_test(test_an_advice_of_an_earlier_batch_still_comes_in),
        cmocka_unit_test(test_a_settled_payment_is_not_reversed),
        cmocka_unit_test(test_only_a_batch_of_its_own_is_closed),
        cmocka_unit_test(test_a_settlement_ahead_of_restored_books),
        cmocka_unit_test(test_a_batch_left_behind_can_be_closed),
        cmocka_unit_test(test_the_last_batch_number_has_no_next),
        cmocka_unit_test(test_a_damaged_batch_is_a_fault_of_ours),
    };

    return cmocka_run_group_tests_name("acquirer/closing", tests, NULL, NULL);
}

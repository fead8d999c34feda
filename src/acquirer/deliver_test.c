/* Advices: delivered exactly once however long it takes, and what a terminal hears meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "books/payment_state.h"
#include "test/lib/switch_world.h"

#define SALE 42
#define ADVICE 43

static struct txn_message advice; /* as the terminal sends it */

static void answer(const char *code)
{
    struct txn_message message = advice;

    message.identity.class = IDENTITY_PAYMENT;
    message = world_answer(&message, code);
    world_issuer_says(&message);
}

static void sell(int64_t minor)
{
    struct txn_message sale = world_sale(SALE, minor);

    world_terminal_says(&sale);
    struct txn_message reply = world_answer(&world_sent(ISSUER_LINK)->message, "00");
    world_issuer_says(&reply);
}

/* An approved sale of 100.00 and a refund, tip or offline sale after it. */
static void open_with(enum txn_kind kind, int64_t minor)
{
    world_open();
    sell(10000);
    if (kind == KIND_OFFLINE_SALE) {
        advice = world_request(kind, ADVICE, minor);
        memcpy(advice.auth_id, "V54321", AUTH_ID_LEN);
        memcpy(advice.auth_institution, "62000001", 8);
        advice.auth_mode = 1;
    } else {
        advice = world_follow(kind, ADVICE, minor, SALE);
    }
}

static void expect(enum payment_stage stage, enum money_state money)
{
    const struct payment_row *row = world_payment(ADVICE);

    assert_non_null(row);
    assert_int_equal(row->stage, stage);
    assert_int_equal(row->money, money);
}

static void expect_reply(const char *code)
{
    assert_non_null(world_sent(TILL_LINK));
    assert_memory_equal(world_sent(TILL_LINK)->message.code, code, 2);
    assert_true(world_sent(TILL_LINK)->seal.make_mac);
}

static void wait_ms(int64_t ms)
{
    world_wait_ms(ms);
    world_timer(world_pending_key(ADVICE));
}

static void test_an_advice_goes_on_and_its_answer_back(void **state)
{
    (void)state;
    open_with(KIND_OFFLINE_SALE, 5000);
    world_terminal_says(&advice);
    expect(STAGE_SENT, MONEY_UNKNOWN);
    assert_int_equal(world_record()->what, WHAT_ADVICE_SENT);
    assert_int_equal(world_pending(ADVICE)->kind, PENDING_ADVICE);
    assert_int_equal(world_pending(ADVICE)->attempts, 1);
    assert_null(world_sent(TILL_LINK));
    const struct txn_message *on = &world_sent(ISSUER_LINK)->message;
    assert_int_equal(on->kind, KIND_OFFLINE_SALE);
    assert_false(on->is_repeat);
    assert_memory_equal(on->auth_id, "V54321", AUTH_ID_LEN);
    assert_int_equal(on->auth_mode, 1);
    answer("00");
    expect(STAGE_ANSWERED, MONEY_MOVED);
    expect_reply("00");
    assert_int_equal(world_batch(1)->domestic.debit_minor, 15000);
    assert_null(world_pending(ADVICE));
}

static void test_silence_is_told_once_and_repeated_for_ever(void **state)
{
    int64_t pause_ms = 20000;

    (void)state;
    open_with(KIND_REFUND, 4000);
    world_terminal_says(&advice);
    for (uint32_t tries = 2; tries < 40; tries++) {
        wait_ms(pause_ms);
        expect(STAGE_SENT, MONEY_UNKNOWN);
        const struct world_sent *again = world_sent(ISSUER_LINK);
        assert_non_null(again);
        assert_true(again->message.is_repeat);
        assert_true(again->seal.open_pan);
        assert_int_equal(again->message.amount.minor, 4000);
        assert_int_equal(again->message.original.trace, SALE);
        assert_memory_equal(again->message.rrn, world_payment(ADVICE)->rrn, RRN_LEN);
        assert_int_equal(world_pending(ADVICE)->attempts, tries);
        assert_int_equal(world.deadline_count, 1);
        if (tries == 2)
            expect_reply("98");
        else
            assert_null(world_sent(TILL_LINK));
        int64_t next_ms = (world.deadlines[0].due.ns - world.wall.us * 1000) / 1000000;
        assert_true(next_ms <= 60000);
        assert_true(tries == 2 || next_ms == 60000 || next_ms > pause_ms);
        pause_ms = next_ms;
    }
    answer("00");
    expect(STAGE_ANSWERED, MONEY_MOVED);
    assert_null(world_sent(TILL_LINK)); /* nobody waits: who wants to know asks again */
    world_terminal_says(&advice);
    expect_reply("00");
    assert_null(world_sent(ISSUER_LINK));
}

/* Recorded, our own fault would refuse for ever what cannot be taken back at the till. */
static void test_a_fault_of_ours_decides_nothing(void **state)
{
    (void)state;
    open_with(KIND_TIP_ADJUST, 11000);
    world.is_unproved = true;
    world_payment(SALE)->posted_minor = -1;
    world_terminal_says(&advice);
    expect_reply("96");
    assert_null(world_payment(ADVICE));
    assert_null(world_sent(ISSUER_LINK));
    assert_true(world_record()->is_alarm);
    world_payment(SALE)->posted_minor = 10000;
    world_terminal_says(&advice);
    expect(STAGE_SENT, MONEY_UNKNOWN);
    answer("00");
    expect(STAGE_ANSWERED, MONEY_MOVED);
}

static void test_who_asks_again_is_told_how_it_stands(void **state)
{
    (void)state;
    open_with(KIND_REFUND, 4000);
    world_terminal_says(&advice);
    world_terminal_says(&advice); /* doubled by the line: the first wait goes on */
    assert_int_equal(world.sent_count, 0);
    wait_ms(20000);
    world_terminal_says(&advice);
    expect_reply("98");
    assert_null(world_sent(ISSUER_LINK));
    assert_null(world_record());
    answer("51");
    expect(STAGE_ANSWERED, MONEY_NOT_MOVED);
    world_terminal_says(&advice);
    expect_reply("51");
    assert_int_equal(world_payment(SALE)->returned_minor, 0);
}

static void test_answers_that_leave_doubt_change_nothing(void **state)
{
    static const char *const codes[] = {"06", "09", "68", "92", "96", "98", "90", "91", "94", "A0"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        bool is_94 = memcmp(codes[i], "94", 2) == 0;
        open_with(KIND_REFUND, 4000);
        world_terminal_says(&advice);
        if (is_94)
            continue;
        answer(codes[i]);
        expect(STAGE_SENT, MONEY_UNKNOWN);
        assert_null(world_sent(TILL_LINK));
        assert_non_null(world_pending(ADVICE));
        assert_int_equal(world_sent(ISSUER_LINK) != NULL, codes[i][0] == 'A'); /* new keys */
        answer("00");
        expect(STAGE_ANSWERED, MONEY_MOVED);
    }
}

/* The void would take the tip's place in the sale's row, and leave the tip to be refunded. */
static void test_a_void_waits_for_a_tip_under_way(void **state)
{
    struct txn_message voided = world_follow(KIND_VOID, 54, 11000, SALE);
    struct txn_message refund = world_follow(KIND_REFUND, 55, 10500, SALE);

    (void)state;
    open_with(KIND_TIP_ADJUST, 11000);
    world_terminal_says(&advice);
    answer("90"); /* the bank puts it off */
    expect(STAGE_SENT, MONEY_UNKNOWN);
    world_terminal_says(&voided);
    assert_null(world_sent(ISSUER_LINK));
    expect_reply("22");
    assert_string_equal(world_sent(TILL_LINK)->message.text, TXN_REMARK_TIP);
    assert_int_equal(world_payment(54)->outcome, OUTCOME_ORIGINAL_TIP_UNDER_WAY);
    assert_int_equal(world_payment(54)->evidence[1].name, EVIDENCE_BY);
    assert_int_equal(world_payment(SALE)->follow, FOLLOW_NONE);
    assert_int_equal(world_payment(SALE)->follow_trace, ADVICE);
    world_terminal_says(&refund);
    assert_int_equal(world_payment(55)->outcome, OUTCOME_REFUND_TOO_LARGE);
    answer("51");
    assert_int_equal(world_payment(SALE)->tip_minor, 0);
    voided.identity.trace = 56;
    voided.amount.minor = 10000;
    world_terminal_says(&voided);
    assert_int_equal(world_payment(SALE)->follow, FOLLOW_VOIDING);
}

static void test_94_means_delivered_only_after_a_repeat(void **state)
{
    (void)state;
    open_with(KIND_REFUND, 4000);
    world_terminal_says(&advice);
    wait_ms(20000);
    answer("94");
    expect(STAGE_ANSWERED, MONEY_MOVED);
    assert_memory_equal(world_payment(ADVICE)->code, "00", 2);
    answer("94"); /* of the other copy */
    assert_null(world_record());

    open_with(KIND_REFUND, 4000);
    world_terminal_says(&advice);
    answer("94");
    expect(STAGE_ANSWERED, MONEY_NOT_MOVED);
}

static void test_a_late_contradiction_is_for_a_person(void **state)
{
    static const char *const codes[][2] = {{"00", "51"}, {"51", "00"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        open_with(KIND_REFUND, 4000);
        world_terminal_says(&advice);
        answer(codes[i][0]);
        struct payment_row before = *world_payment(ADVICE);
        answer(codes[i][1]);
        assert_int_equal(world_record()->what, WHAT_QUARANTINED);
        assert_true(world_record()->is_alarm);
        assert_memory_equal(world_payment(ADVICE), &before, sizeof before);
    }
}

static void test_an_advice_waits_for_an_issuer_that_is_away(void **state)
{
    (void)state;
    open_with(KIND_TIP_ADJUST, 11000);
    world_issuer_link()->is_up = 0;
    world_terminal_says(&advice);
    expect(STAGE_SENT, MONEY_UNKNOWN);
    expect_reply("98");
    assert_null(world_sent(ISSUER_LINK));
    assert_int_equal(world_pending(ADVICE)->attempts, 0);
    wait_ms(2000);
    assert_null(world_record());
    assert_int_equal(world.deadline_count, 1);
    world_issuer_link()->is_up = 1;
    wait_ms(60000);
    assert_non_null(world_sent(ISSUER_LINK));
    assert_false(world_sent(ISSUER_LINK)->message.is_repeat);
    answer("00");
    expect(STAGE_ANSWERED, MONEY_MOVED);
    assert_int_equal(world_payment(ADVICE)->posted_minor, 1000);
}

static void test_a_refund_does_not_wait_for_an_issuer_that_is_away(void **state)
{
    (void)state;
    open_with(KIND_REFUND, 4000);
    world_issuer_link()->is_up = 0;
    world_terminal_says(&advice);
    expect(STAGE_ANSWERED, MONEY_NOT_MOVED);
    expect_reply("91");
    assert_int_equal(world_payment(SALE)->returned_minor, 0);
}

static void test_a_restart_takes_an_advice_up_again(void **state)
{
    (void)state;
    for (int up = 0; up <= 1; up++) {
        open_with(KIND_REFUND, 4000);
        world_terminal_says(&advice);
        world_issuer_link()->is_up = (uint8_t)up;
        world_recover(world_pending_key(ADVICE));
        expect(STAGE_SENT, MONEY_UNKNOWN);
        assert_null(world_sent(TILL_LINK));
        assert_int_equal(world_payment(ADVICE)->link, 0);
        assert_int_equal(world_record()->what, WHAT_RECOVERED);
        assert_int_equal(world_sent(ISSUER_LINK) != NULL, up);
        assert_int_equal(world.deadline_count, 1);
        world_issuer_link()->is_up = 1;
        answer("00");
        expect(STAGE_ANSWERED, MONEY_MOVED);
    }
}

static void test_a_crash_anywhere_delivers_once(void **state)
{
    (void)state;
    for (enum world_crash crash = CRASH_BEFORE_RECORD; crash <= CRASH_AFTER_RECORD; crash++) {
        open_with(KIND_REFUND, 4000);
        world.crash = crash;
        world_terminal_says(&advice);
        world.crash = CRASH_NONE;
        if (crash == CRASH_AFTER_RECORD)
            world_recover(world_pending_key(ADVICE));
        world_terminal_says(&advice);
        world.crash = crash;
        answer("00");
        world.crash = CRASH_NONE;
        answer("00");
        expect(STAGE_ANSWERED, MONEY_MOVED);
        assert_int_equal(world_payment(SALE)->returned_minor, 4000);
        assert_int_equal(world_batch(1)->domestic.credit_minor, 4000);
    }
}

/* ---- queries ---- */

static struct txn_message query(uint32_t trace)
{
    struct txn_message message = world_request(KIND_QUERY, trace, 0);

    message.pan.len = 0;
    message.expiry = 0;
    message.entry = ENTRY_NONE;
    message.amount = (struct money){0};
    message.network_code = NETWORK_QUERY;
    message.original.batch = 1;
    message.original.trace = trace;
    return message;
}

/* Recorded, the refusal would meet the advice for ever: it comes again after the sign-in that the
 * code asks for, in a batch that is ours too by then. A refund is not stored at the till: it is
 * refused once, and whoever asks about it hears why. */
static void test_an_advice_ahead_of_restored_books_comes_again(void **state)
{
    static const enum txn_kind kinds[] = {KIND_OFFLINE_SALE, KIND_REFUND};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        bool is_refund = kinds[i] == KIND_REFUND;
        open_with(kinds[i], 4000);
        world_lose(30);
        advice.identity.batch = 7;
        world_terminal_says(&advice);
        expect_reply("77");
        assert_string_equal(world_sent(TILL_LINK)->message.text, TXN_REMARK_BOOKS);
        assert_int_equal(world_record()->outcome, OUTCOME_TERMINAL_AHEAD);
        assert_int_equal(world_record()->what, WHAT_DECLINED);
        assert_true(world_record()->is_alarm);
        assert_int_equal(world_terminal()->batch, 7);
        world_terminal_says(&advice);
        assert_int_equal(world_sent(ISSUER_LINK) != NULL, !is_refund);
        if (!is_refund)
            continue;
        expect_reply("77");
        struct txn_message ask = query(ADVICE);
        ask.original.batch = 7;
        world_terminal_says(&ask);
        expect_reply("77");
        assert_string_equal(world_sent(TILL_LINK)->message.text, TXN_REMARK_BOOKS);
    }
}

static void test_a_query_tells_what_the_record_says(void **state)
{
    struct txn_message ask = query(ADVICE);

    (void)state;
    open_with(KIND_REFUND, 4000);
    world_terminal_says(&advice);
    world_terminal_says(&ask);
    expect_reply("09");
    assert_null(world_record());
    answer("00");
    world_terminal_says(&ask);
    expect_reply("00");
    assert_int_equal(world_sent(TILL_LINK)->message.kind, KIND_QUERY);
    assert_int_equal(world_sent(TILL_LINK)->message.amount.minor, 4000);
    assert_memory_equal(world_sent(TILL_LINK)->message.rrn, world_payment(ADVICE)->rrn, RRN_LEN);

    ask.identity.trace = 99; /* under a number of its own it is the same question */
    world_terminal_says(&ask);
    expect_reply("00");
    open_with(KIND_REFUND, 4000);
    world_terminal_says(&advice);
    answer("62");
    world_terminal_says(&ask);
    expect_reply("62");
}

static void test_a_query_tells_what_was_taken_back(void **state)
{
    struct txn_message ask = query(SALE);
    struct txn_message sale = world_sale(SALE, 10000);
    struct txn_message reversal = world_reversal_of(&sale);

    (void)state;
    world_open();
    world_terminal_says(&sale);
    world_terminal_says(&reversal);
    world_terminal_says(&ask);
    expect_reply("22");
}

static void test_a_query_buries_what_was_never_seen(void **state)
{
    struct txn_message ask = query(ADVICE);

    (void)state;
    open_with(KIND_REFUND, 4000);
    world_terminal_says(&ask);
    expect_reply("25");
    expect(STAGE_TOMBSTONE, MONEY_RETURNED);
    assert_int_equal(world_record()->what, WHAT_TOMBSTONE);
    world_terminal_says(&ask);
    expect_reply("25");
    assert_null(world_record());
    world_terminal_says(&advice); /* the refund comes late: 22 would say "the sale is voided" */
    expect_reply("98");
    assert_null(world_sent(ISSUER_LINK));
    expect(STAGE_TOMBSTONE, MONEY_RETURNED);
    assert_int_equal(world_payment(SALE)->returned_minor, 0);
}

/* Books that went back in time may have had it: it is neither called lost on the way nor buried. */
static void test_a_query_of_what_our_books_lost_stays_open(void **state)
{
    static const struct {
        uint16_t date; /* MMDD that the terminal names */
        bool is_lost;
    } rows[] = {{1121, true}, {1122, true}, {0, true}, {1113, false}};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct txn_message ask = query(ADVICE);
        ask.original.date = rows[i].date;
        open_with(KIND_REFUND, 4000);
        world_lose(30);
        world_terminal_says(&ask);
        expect_reply(rows[i].is_lost ? "96" : "25");
        assert_true(world_sent(TILL_LINK)->seal.make_mac);
        assert_string_equal(world_sent(TILL_LINK)->message.text,
                            rows[i].is_lost ? TXN_REMARK_BOOKS : "");
        assert_int_equal(world_payment(ADVICE) == NULL, rows[i].is_lost);
        assert_int_equal(world_record()->is_alarm, rows[i].is_lost);
        if (!rows[i].is_lost)
            continue;
        assert_int_equal(world_record()->outcome, OUTCOME_ORIGINAL_LOST);
        ask.network_code = NETWORK_PEEK;
        world_terminal_says(&ask);
        assert_int_equal(world_sent(TILL_LINK)->message.network_code, NETWORK_STATE + PAYMENT_LOST);
    }
}

/* Past the bound of a batch, and in a batch never given, 25 is true without a row: nothing that is
 * not known is taken there. A payment that the query calls lost can then not come and move money.
 */
static void test_queries_of_nothing_are_bounded(void **state)
{
    struct row_key key = world_terminal_key(TABLE_BATCH);
    struct txn_message late = world_sale(205, 12850);

    (void)state;
    open_with(KIND_REFUND, 4000);
    bytes_put_u32(key.at + key.len, 1);
    key.len += 4;
    ((struct batch_row *)world_value(key))->buried = 998;
    for (uint32_t trace = 200; trace < 210; trace++) {
        struct txn_message ask = query(trace);
        world_terminal_says(&ask);
        expect_reply("25");
        assert_int_equal(world_payment(trace) != NULL, trace < 202);
        assert_true(trace == 200 || world_record()->is_alarm);
    }
    assert_int_equal(((struct batch_row *)world_value(key))->buried, 1000);
    world_terminal_says(&late);
    expect_reply("58");
    assert_int_equal(world_record()->outcome, OUTCOME_TERMINAL_REVERSAL_FLOOD);
}

static void test_queries_of_a_batch_never_given_bury_nothing(void **state)
{
    struct txn_message ask = query(205);
    struct txn_message late = world_sale(205, 12850);

    (void)state;
    world_open();
    ask.original.batch = 8;
    for (size_t i = 0; i < 3; i++) {
        world_terminal_says(&ask);
        expect_reply("25");
    }
    assert_int_equal(world.record_count, 1); /* set aside, once */
    assert_int_equal(world.records[0].what, WHAT_DECLINED);
    late.identity.batch = 8;
    world_terminal_says(&late);
    expect_reply("77");
}

/* Asked under the number of another message, of payments of any kind. */
static enum payment_state peeked(uint32_t trace)
{
    struct txn_message ask = query(trace);

    ask.identity.trace = 99;
    ask.network_code = NETWORK_PEEK;
    world_terminal_says(&ask);
    assert_true(world_record() == NULL || world_record()->what == WHAT_ASKED);
    return (enum payment_state)(world_sent(TILL_LINK)->message.network_code - NETWORK_STATE);
}

static void test_a_peek_tells_the_state_and_changes_nothing(void **state)
{
    struct txn_message sale = world_sale(SALE, 10000);
    struct txn_message reversal = world_reversal_of(&sale);

    (void)state;
    world_open();
    assert_int_equal(peeked(SALE), PAYMENT_NEVER_SEEN);
    expect_reply("25");
    assert_null(world_payment(SALE)); /* it may still come, and is taken then */
    world_terminal_says(&sale);
    assert_int_equal(world_payment(SALE)->stage, STAGE_SENT);
    assert_int_equal(peeked(SALE), PAYMENT_IN_PROGRESS);
    expect_reply("09");
    world_terminal_says(&reversal);
    assert_int_equal(peeked(SALE), PAYMENT_BEING_TAKEN_BACK);
    assert_int_equal(world_sent(TILL_LINK)->message.amount.minor, 10000);
    assert_true(world_sent(TILL_LINK)->message.has_mac || world_sent(TILL_LINK)->seal.make_mac);
}

static void test_a_query_is_sealed_and_about_ones_own(void **state)
{
    struct keyblock none = {{0}};
    struct txn_message ask = query(ADVICE);

    (void)state;
    open_with(KIND_REFUND, 4000);
    world_terminal_says_with(&ask, &none);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "A0", 2);
    assert_null(world_payment(ADVICE));
    memcpy(ask.original.terminal, "T2      ", TERMINAL_ID_LEN);
    world_terminal_says(&ask);
    expect_reply("30");
    ask = query(0);
    ask.identity.trace = 99;
    world_terminal_says(&ask);
    expect_reply("30");
    ask = query(SALE);
    ask.identity.trace = 99;
    world.is_unproved = true;
    world_payment(SALE)->stage = STAGE_COUNT;
    world_terminal_says(&ask);
    expect_reply("96");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_advice_goes_on_and_its_answer_back),
        cmocka_unit_test(test_silence_is_told_once_and_repeated_for_ever),
        cmocka_unit_test(test_a_fault_of_ours_decides_nothing),
        cmocka_unit_test(test_who_asks_again_is_told_how_it_stands),
        cmocka_unit_test(test_answers_that_leave_doubt_change_nothing),
        cmocka_unit_test(test_a_void_waits_for_a_tip_under_way),
        cmocka_unit_test(test_94_means_delivered_only_after_a_repeat),
        cmocka_unit_test(test_a_late_contradiction_is_for_a_person),
        cmocka_unit_test(test_an_advice_waits_for_an_issuer_that_is_away),
        cmocka_unit_test(test_a_refund_does_not_wait_for_an_issuer_that_is_away),
        cmocka_unit_test(test_a_restart_takes_an_advice_up_again),
        cmocka_unit_test(test_a_crash_anywhere_delivers_once),
        cmocka_unit_test(test_an_advice_ahead_of_restored_books_comes_again),
        cmocka_unit_test(test_a_query_tells_what_the_record_says),
        cmocka_unit_test(test_a_query_tells_what_was_taken_back),
        cmocka_unit_test(test_a_query_buries_what_was_never_seen),
        cmocka_unit_test(test_a_query_of_what_our_books_lost_stays_open),
        cmocka_unit_test(test_queries_of_nothing_are_bounded),
        cmocka_unit_test(test_queries_of_a_batch_never_given_bury_nothing),
        cmocka_unit_test(test_a_peek_tells_the_state_and_changes_nothing),
        cmocka_unit_test(test_a_query_is_sealed_and_about_ones_own),
    };

    return cmocka_run_group_tests_name("acquirer/deliver", tests, NULL, NULL);
}

/* Closing a batch: what goes first, totals that agree or differ, silence, and what a batch may be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "terminal/play.h"

static struct play play;

static void start(void)
{
    play_init(&play);
    play_sign_in(&play);
}

static struct txn_message approved_sale(void)
{
    play.command.amount = money_of(1000, CURRENCY_CNY);
    play_present(&play, ENTRY_STRIPE, "");
    struct txn_message request = play_sale(&play);
    play_approve(&play, &request);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    return request;
}

static const struct batch_row *batch_of(uint32_t batch)
{
    uint8_t key[TERMINAL_ID_LEN + 4];

    memcpy(key, PLAY_TERMINAL, TERMINAL_ID_LEN);
    bytes_put_u32(key + TERMINAL_ID_LEN, batch);
    struct row_key row_key = row_key_of(TABLE_BATCH, key, sizeof key);
    return (const struct batch_row *)(const void *)play_row(&play, &row_key)->value;
}

static struct txn_message settle(void)
{
    play_command(&play, COMMAND_SETTLE);
    assert_non_null(play_sent(&play));
    assert_int_equal(play_sent(&play)->message.kind, KIND_SETTLE);
    return play_sent(&play)->message;
}

static void answer_with(const struct txn_message *request, const char *code, uint8_t result,
                        int64_t debit_minor)
{
    struct txn_message answer = play_reply_to(&play, request, code);

    answer.domestic = request->domestic;
    answer.domestic.debit_minor = debit_minor;
    answer.domestic.result = result;
    answer.foreign.result = result;
    answer.has_mac = false;
    play_answer(&play, &answer);
}

static struct identity exchange_of(const struct txn_message *request)
{
    struct identity identity = request->identity;

    identity.batch = 0;
    return identity;
}

static void test_totals_that_agree_close_the_batch(void **state)
{
    (void)state;
    start();
    approved_sale();
    struct txn_message request = settle();
    assert_int_equal(request.network_code, NETWORK_SETTLE);
    assert_int_equal(request.domestic.debit_minor, 1000);
    assert_int_equal(request.domestic.debit_count, 1);
    assert_int_equal(request.identity.batch, 17);
    assert_int_equal(batch_of(17)->state, BATCH_CLOSING);
    play_pay(&play, KIND_SALE);
    assert_int_equal(play_shown(&play), OUTCOME_SETTLEMENT_IN_PROGRESS);
    answer_with(&request, "00", 1, 1000);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_int_equal(play.work.effects.display.ticket, PLAY_TICKET);
    assert_int_equal(play.work.what, WHAT_BATCH_CLOSED);
    assert_int_equal(batch_of(17)->state, BATCH_CLOSED);
    assert_int_equal(play_terminal(&play)->batch, 18);
    struct txn_message sale = approved_sale();
    assert_int_equal(sale.identity.batch, 18);
    assert_int_equal(batch_of(18)->domestic.debit_count, 1);
}

static void test_totals_that_differ_leave_it_open(void **state)
{
    (void)state;
    start();
    approved_sale();
    struct txn_message request = settle();
    answer_with(&request, "95", 2, 1500);
    assert_int_equal(play_shown(&play), OUTCOME_SETTLEMENT_TOTALS_DIFFER);
    const struct payment_row *story = &play.work.effects.display.payment;
    assert_string_equal(story->evidence[0].text, "debit 1: 1500");
    assert_string_equal(story->evidence[1].text, "debit 1: 1000");
    assert_int_equal(batch_of(17)->state, BATCH_OPEN);
    assert_int_equal(batch_of(17)->claimed.debit_minor, 1500);
    assert_int_equal(play_terminal(&play)->batch, 17);
    approved_sale();
    play.command.is_forced = true;
    request = settle();
    assert_int_equal(request.network_code, NETWORK_SETTLE_FORCED);
    answer_with(&request, "00", 2, 1500);
    assert_int_equal(batch_of(17)->state, BATCH_CLOSED);
    assert_true(batch_of(17)->is_differing);
}

/* Reversals, advices and queries go first. */
static void test_what_waits_goes_first(void **state)
{
    (void)state;
    start();
    approved_sale();
    play_present(&play, ENTRY_STRIPE, "");
    memcpy(play.command.auth_id, "V12345", AUTH_ID_LEN);
    play_pay(&play, KIND_OFFLINE_SALE);
    struct identity stored = play.work.effects.display.payment.identity;
    play_command(&play, COMMAND_SETTLE);
    assert_null(play_sent(&play));
    struct identity waiting = play_identity(0, play_terminal(&play)->trace_next - 1);
    play_due(&play, EVENT_TIMER, &stored);
    struct txn_message advice = play_sent(&play)->message;
    play_approve(&play, &advice);
    struct row_key key = play_pending_key(&waiting);
    assert_true(row_key_equal(&play.work.effects.deadlines[0].key, &key));
    play_due(&play, EVENT_TIMER, &waiting);
    assert_int_equal(play_sent(&play)->message.kind, KIND_SETTLE);
    assert_int_equal(play_sent(&play)->message.domestic.debit_count, 2);
    assert_int_equal(play_sent(&play)->message.domestic.debit_minor, 2000);
}

static void test_a_reversal_owed_goes_first_and_may_take_too_long(void **state)
{
    (void)state;
    start();
    struct txn_message sale = play_sale(&play);
    play_due(&play, EVENT_TIMER, &sale.identity);
    play_command(&play, COMMAND_SETTLE);
    assert_int_equal(play_sent(&play)->message.function, FUNCTION_REVERSAL);
    struct identity waiting = play_identity(0, play_terminal(&play)->trace_next - 1);
    play_due(&play, EVENT_TIMER, &waiting);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_REVERSAL_PENDING);
    assert_string_equal(play.work.effects.display.payment.evidence[0].text, "2");
    assert_null(play_pending(&play, &waiting));
    assert_int_equal(play_drawer(&play)->settling, 0);
}

/* Nobody knows what the host did: nothing is sold until it is known. */
static void test_silence_leaves_it_closing(void **state)
{
    (void)state;
    start();
    approved_sale();
    struct txn_message request = settle();
    struct identity exchange = exchange_of(&request);
    play_due(&play, EVENT_TIMER, &exchange);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_NO_ANSWER);
    play_pay(&play, KIND_SALE);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_MUST_SETTLE);
    answer_with(&request, "00", 1, 1000); /* late: of an exchange that is over */
    assert_int_equal(play.work.what, WHAT_LATE_ANSWER);
    struct txn_message again = settle();
    assert_int_equal(again.domestic.debit_minor, 1000);
    answer_with(&again, "00", 1, 1000); /* as recorded */
    assert_int_equal(play_terminal(&play)->batch, 18);
}

/* ... or a sign-in tells: the host has gone on, or has not. */
static void test_a_sign_in_tells_what_became_of_it(void **state)
{
    (void)state;
    for (uint32_t host = 17; host <= 18; host++) {
        start();
        approved_sale();
        struct txn_message request = settle();
        struct identity exchange = exchange_of(&request);
        play_due(&play, EVENT_RECOVER, &exchange);
        play_command(&play, COMMAND_SIGN_IN);
        struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");
        answer.identity.batch = host;
        answer.keys_len = 40;
        play_answer(&play, &answer);
        assert_int_equal(batch_of(17)->state, host == 17 ? BATCH_OPEN : BATCH_CLOSED);
        assert_int_equal(approved_sale().identity.batch, host);
    }
}

/* It was sent while the batch was open, and comes after the host has closed that: taken, it would
 * lead the terminal back into a batch in which all is refused. */
static void test_a_sign_in_from_before_does_not_lead_back(void **state)
{
    (void)state;
    start();
    approved_sale();
    play_command(&play, COMMAND_SIGN_IN);
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");
    answer.identity.batch = 17;
    answer.keys_len = 40;
    struct txn_message request = settle();
    answer_with(&request, "00", 1, 1000);
    assert_int_equal(play_terminal(&play)->batch, 18);
    play_answer(&play, &answer);
    assert_int_equal(play.work.what, WHAT_LATE_ANSWER);
    assert_int_equal(play_terminal(&play)->batch, 18);
    assert_int_equal(batch_of(17)->state, BATCH_CLOSED);
    play_sign_in(&play); /* the next one counts */
}

static void test_a_host_that_is_not_ready_is_asked_later(void **state)
{
    (void)state;
    start();
    approved_sale();
    struct txn_message request = settle();
    answer_with(&request, "90", 3, 1000);
    assert_int_equal(play_shown(&play), OUTCOME_SETTLEMENT_IN_PROGRESS);
    assert_int_equal(batch_of(17)->state, BATCH_OPEN);
    play.event.line_is_up = false;
    play_command(&play, COMMAND_SETTLE);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_UNREACHABLE);
    play.event.line_is_up = true;
    settle();
    play_command(&play, COMMAND_SETTLE);
    assert_int_equal(play_shown(&play), OUTCOME_SETTLEMENT_IN_PROGRESS);
    assert_null(play_sent(&play));
}

/* 77 has two causes; which one it is stands in the remark. */
static void test_a_host_whose_books_went_back_says_so(void **state)
{
    (void)state;
    for (int is_lost = 0; is_lost <= 1; is_lost++) {
        start();
        approved_sale();
        struct txn_message request = settle();
        struct txn_message answer = play_reply_to(&play, &request, "77");
        answer.has_mac = false;
        memcpy(answer.text, TXN_REMARK_BOOKS, is_lost ? sizeof TXN_REMARK_BOOKS : 0);
        play_answer(&play, &answer);
        assert_int_equal(play_shown(&play),
                         is_lost ? OUTCOME_TERMINAL_AHEAD : OUTCOME_TERMINAL_BATCH_UNKNOWN);
        assert_int_equal(play_terminal(&play)->is_signed_in, 0);
        assert_int_equal(batch_of(17)->state, BATCH_OPEN);
    }
}

static void test_a_batch_has_a_size_and_an_age(void **state)
{
    (void)state;
    start();
    play_terminal(&play)->batch_max = 2;
    approved_sale();
    approved_sale();
    play_pay(&play, KIND_SALE);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_MUST_SETTLE);
    assert_string_equal(play.work.effects.display.payment.evidence[0].text, "2");
    play_terminal(&play)->batch_max = 0;
    approved_sale();
    play.us += INT64_C(37) * 3600 * 1000000;
    play_pay(&play, KIND_SALE);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_MUST_SETTLE);
    play_terminal(&play)->batch_age_max_s = 38 * 3600;
    approved_sale();
}

/* What is settled cannot be voided any more, only refunded. */
static void test_a_closed_batch_has_no_voids(void **state)
{
    (void)state;
    start();
    struct txn_message sale = approved_sale();
    struct txn_message request = settle();
    answer_with(&request, "00", 1, 1000);
    play_follow(&play, KIND_VOID, &sale.identity);
    assert_int_equal(play_shown(&play), OUTCOME_ORIGINAL_BATCH_CLOSED);
    play_follow(&play, KIND_REFUND, &sale.identity);
    assert_int_equal(play_sent(&play)->message.kind, KIND_REFUND);
    assert_int_equal(play_sent(&play)->message.original.batch, 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_totals_that_agree_close_the_batch),
        cmocka_unit_test(test_totals_that_differ_leave_it_open),
        cmocka_unit_test(test_what_waits_goes_first),
        cmocka_unit_test(test_a_reversal_owed_goes_first_and_may_take_too_long),
        cmocka_unit_test(test_silence_leaves_it_closing),
        cmocka_unit_test(test_a_sign_in_tells_what_became_of_it),
        cmocka_unit_test(test_a_sign_in_from_before_does_not_lead_back),
        cmocka_unit_test(test_a_host_that_is_not_ready_is_asked_later),
        cmocka_unit_test(test_a_host_whose_books_went_back_says_so),
        cmocka_unit_test(test_a_batch_has_a_size_and_an_age),
        cmocka_unit_test(test_a_closed_batch_has_no_voids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

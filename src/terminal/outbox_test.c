/* Advices: accepted at the till, delivered later, exactly once. */
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

static struct identity approved(enum txn_kind kind)
{
    play.command.amount = money_of(1000, CURRENCY_CNY);
    play_present(&play, ENTRY_STRIPE, "");
    play_pay(&play, kind);
    assert_non_null(play_sent(&play));
    struct txn_message request = play_sent(&play)->message;
    play_approve(&play, &request);
    return request.identity;
}

/* Accepted without the line; its identity. */
static struct identity offline_sale(void)
{
    play.event.line_is_up = false;
    play.command.amount = money_of(700, CURRENCY_CNY);
    play_present(&play, ENTRY_STRIPE, "");
    memcpy(play.command.auth_id, "V12345", AUTH_ID_LEN);
    play_pay(&play, KIND_OFFLINE_SALE);
    play.event.line_is_up = true;
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_null(play_sent(&play));
    return play.work.effects.display.payment.identity;
}

static struct identity tip(const struct identity *sale, int64_t minor)
{
    play.command.original = (struct original){.trace = sale->trace};
    play.command.amount = money_of(minor, CURRENCY_CNY);
    memset(&play.command.card, 0, sizeof play.command.card);
    play_pay(&play, KIND_TIP_ADJUST);
    return play.work.effects.display.payment.identity;
}

static void answer_with(const struct txn_message *request, const char *code)
{
    struct txn_message answer = play_reply_to(&play, request, code);

    play_answer(&play, &answer);
}

static struct txn_message deliver(const struct identity *identity)
{
    play_due(&play, EVENT_TIMER, identity);
    assert_non_null(play_sent(&play));
    return play_sent(&play)->message;
}

static void test_an_offline_sale_is_stored_and_then_delivered(void **state)
{
    (void)state;
    start();
    struct identity identity = offline_sale();
    const struct payment_row *row = play_payment(&play, &identity);
    assert_int_equal(row->stage, STAGE_STORED);
    assert_int_equal(row->money, MONEY_NOT_MOVED);
    assert_int_equal(play.work.what, WHAT_ADVICE_STORED);
    assert_int_equal(play_pending(&play, &identity)->kind, PENDING_ADVICE);
    struct txn_message request = deliver(&identity);
    assert_int_equal(request.kind, KIND_OFFLINE_SALE);
    assert_memory_equal(request.auth_id, "V12345", AUTH_ID_LEN);
    assert_int_equal(request.track2_len, 0);
    assert_int_equal(request.expiry, 2812);
    assert_true(play_sent(&play)->seal.open_pan);
    assert_int_equal(row->stage, STAGE_SENT);
    assert_int_equal(row->money, MONEY_UNKNOWN);
    answer_with(&request, "00");
    assert_int_equal(row->stage, STAGE_ANSWERED);
    assert_int_equal(row->money, MONEY_MOVED);
    assert_int_equal(row->posted_minor, 700);
    assert_null(play_pending(&play, &identity));
    assert_int_equal(play_drawer(&play)->waiting_count, 0);
}

/* Silence, a wrong MAC and codes that leave it open: the same message again, with growing rests. */
static void test_an_advice_is_delivered_until_it_is_answered(void **state)
{
    static const char *const open_codes[] = {"98", "96", "68", "09", "06", "92", "A0", "77"};

    (void)state;
    start();
    struct identity identity = offline_sale();
    for (size_t i = 0; i < ARRAY_COUNT(open_codes); i++) {
        struct txn_message request = deliver(&identity);
        struct txn_message answer = play_reply_to(&play, &request, "00");
        answer.mac[1] ^= 1;
        play_answer(&play, &answer);
        answer_with(&request, open_codes[i]);
        assert_int_equal(play_payment(&play, &identity)->stage, STAGE_SENT);
        assert_int_equal(play_pending(&play, &identity)->kind, PENDING_ADVICE);
        play_terminal(&play)->is_signed_in = 1;
    }
    assert_int_equal(play_pending(&play, &identity)->attempts, ARRAY_COUNT(open_codes));
    struct txn_message request = deliver(&identity);
    assert_int_equal(play.work.effects.deadlines[0].due.ns - play.event.now.ns, 60000000000);
    answer_with(&request, "94"); /* had before */
    assert_int_equal(play_payment(&play, &identity)->money, MONEY_MOVED);
    assert_int_equal(play_shown(&play), OUTCOME_COUNT);
}

/* 77 to an advice of the batch that runs is cured by signing in; to one of a batch that the switch
 * has closed behind the terminal's back nothing is, and it must not hold up the others for ever. */
static void test_an_advice_of_a_batch_that_was_closed_is_refused(void **state)
{
    (void)state;
    start();
    struct identity identity = offline_sale();
    struct txn_message request = deliver(&identity);
    answer_with(&request, "77");
    assert_int_equal(play_terminal(&play)->is_signed_in, 0);
    play_terminal(&play)->is_signed_in = 1;
    play_terminal(&play)->batch++;
    request = deliver(&identity);
    answer_with(&request, "77");
    assert_int_equal(play_terminal(&play)->is_signed_in, 1);
    assert_int_equal(play_payment(&play, &identity)->outcome, OUTCOME_TERMINAL_BATCH_UNKNOWN);
    assert_int_equal(play_payment(&play, &identity)->money, MONEY_NOT_MOVED);
    assert_null(play_pending(&play, &identity));
    assert_int_equal(play_drawer(&play)->waiting_count, 0);
}

static void test_a_refused_advice_is_kept_for_the_slip(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    struct identity identity = tip(&sale, 1100);
    assert_int_equal(play_payment(&play, &sale)->tip_minor, 100);
    struct txn_message request = deliver(&identity);
    assert_int_equal(request.amount.minor, 1100);
    assert_memory_equal(request.auth_id, "A12345", AUTH_ID_LEN);
    answer_with(&request, "13");
    assert_int_equal(play_payment(&play, &identity)->outcome, OUTCOME_TIP_TOO_LARGE);
    assert_int_equal(play_payment(&play, &identity)->money, MONEY_NOT_MOVED);
    assert_int_equal(play_payment(&play, &sale)->tip_minor, 0);
    assert_null(play_pending(&play, &identity));
}

static void test_a_tip_adds_its_difference(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    tip(&sale, 1101);
    assert_int_equal(play_shown(&play), OUTCOME_TIP_TOO_LARGE);
    tip(&sale, 999);
    assert_int_equal(play_shown(&play), OUTCOME_TIP_TOO_LARGE);
    struct identity identity = tip(&sale, 1100);
    struct txn_message request = deliver(&identity);
    answer_with(&request, "00");
    assert_int_equal(play_payment(&play, &identity)->posted_minor, 100);
    assert_int_equal(payment_row_standing(play_payment(&play, &sale)), 1100);
    tip(&sale, 1050);
    assert_int_equal(play_shown(&play), OUTCOME_ORIGINAL_ALREADY_VOIDED);
    play_follow(&play, KIND_VOID, &sale);
    assert_int_equal(play_sent(&play)->message.amount.minor, 1100);
}

/* Nobody has taken it yet: it is not given back. */
static void test_a_refund_leaves_a_tip_that_waits(void **state)
{
    (void)state;
    for (int is_refused = 0; is_refused <= 1; is_refused++) {
        start();
        struct identity sale = approved(KIND_SALE);
        struct identity identity = tip(&sale, 1100);
        play.command.original = (struct original){.batch = sale.batch, .trace = sale.trace};
        play.command.amount = money_of(1001, CURRENCY_CNY);
        memset(&play.command.card, 0, sizeof play.command.card);
        play_pay(&play, KIND_REFUND);
        assert_int_equal(play_shown(&play), OUTCOME_REFUND_TOO_LARGE);
        struct txn_message request = deliver(&identity);
        answer_with(&request, is_refused ? "51" : "00");
        play_follow(&play, KIND_REFUND, &sale);
        assert_int_equal(play_sent(&play)->message.amount.minor, is_refused ? 1000 : 1100);
    }
}

/* What is settled is what the host posts for each: nothing, and the difference. */
static void test_a_tip_of_nothing_counts_nothing(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    struct identity nothing = tip(&sale, 1000);
    struct identity some = tip(&sale, 1100);
    struct txn_message request = deliver(&nothing);
    answer_with(&request, "00");
    assert_int_equal(play_payment(&play, &nothing)->posted_minor, 0);
    request = deliver(&some);
    answer_with(&request, "00");
    assert_int_equal(play_payment(&play, &some)->posted_minor, 100);
}

static void test_a_completion_by_advice(void **state)
{
    (void)state;
    start();
    struct identity hold = approved(KIND_PREAUTH);
    play_follow(&play, KIND_COMPLETION_ADVICE, &hold);
    struct identity identity = play.work.effects.display.payment.identity;
    assert_int_equal(play_payment(&play, &hold)->follow, FOLLOW_COMPLETING);
    assert_int_equal(play.work.effects.deadlines[0].due.ns - play.event.now.ns, 1000000);
    struct txn_message request = deliver(&identity);
    assert_int_equal(request.original.date, 1122);
    answer_with(&request, "00");
    assert_int_equal(play_payment(&play, &hold)->follow, FOLLOW_COMPLETED);
    assert_int_equal(play_payment(&play, &identity)->posted_minor, 1000);
}

/* One at a time, oldest first. */
static void test_advices_go_in_order(void **state)
{
    (void)state;
    start();
    struct identity first = offline_sale();
    struct identity second = offline_sale();
    play_due(&play, EVENT_TIMER, &second);
    assert_null(play_sent(&play));
    assert_int_equal(play.work.what, WHAT_NONE);
    struct txn_message request = deliver(&first);
    answer_with(&request, "00");
    struct row_key key = play_pending_key(&second);
    assert_true(row_key_equal(&play.work.effects.deadlines[0].key, &key));
    assert_int_equal(play.work.effects.deadlines[0].due.ns - play.event.now.ns, 1000000);
    request = deliver(&second);
    answer_with(&request, "00");
    assert_int_equal(play_drawer(&play)->waiting_count, 0);
}

static void test_an_advice_goes_before_the_next_payment(void **state)
{
    (void)state;
    start();
    struct identity stored = offline_sale();
    play_present(&play, ENTRY_STRIPE, "");
    struct txn_message request = play_sale(&play);
    assert_int_equal(play.work.effects.send_count, 2);
    assert_int_equal(play.work.effects.sends[0].message.kind, KIND_OFFLINE_SALE);
    assert_int_equal(play_payment(&play, &stored)->stage, STAGE_SENT);
    answer_with(&request, "00");
    play_sale(&play); /* under way: not sent twice at once */
    assert_int_equal(play.work.effects.send_count, 1);
}

static void test_so_many_are_stored_and_no_more(void **state)
{
    (void)state;
    start();
    for (int i = 0; i < 10; i++)
        offline_sale();
    play.event.line_is_up = false;
    play_pay(&play, KIND_OFFLINE_SALE);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_OFFLINE_FULL);
    assert_string_equal(play.work.effects.display.payment.evidence[1].text, "10");
    play_terminal(&play)->offline_max = 11;
    offline_sale();
}

/* Keys are out of step: signs in by itself, and the sign-in wakes the delivery. */
static void test_an_advice_signs_in_first(void **state)
{
    (void)state;
    start();
    struct identity identity = offline_sale();
    play_terminal(&play)->is_signed_in = 0;
    play_due(&play, EVENT_RECOVER, &identity);
    struct txn_message sign_in = play_sent(&play)->message;
    assert_int_equal(sign_in.kind, KIND_SIGN_IN);
    assert_int_equal(play_payment(&play, &identity)->stage, STAGE_STORED);
    struct txn_message answer = play_reply_to(&play, &sign_in, "00");
    answer.has_mac = false;
    answer.keys_len = 40;
    play_answer(&play, &answer);
    struct row_key key = play_pending_key(&identity);
    assert_true(row_key_equal(&play.work.effects.deadlines[0].key, &key));
    deliver(&identity);
}

/* A damaged payment is set aside, and those behind it are delivered. */
static void test_a_damaged_advice_does_not_stop_the_others(void **state)
{
    (void)state;
    start();
    struct identity first = offline_sale();
    struct identity second = offline_sale();
    play.is_damaged = true;
    play_payment(&play, &first)->money = MONEY_MOVED;
    play_due(&play, EVENT_TIMER, &first);
    assert_int_equal(play.work.what, WHAT_QUARANTINED);
    assert_true(play.work.effects.is_alarm);
    deliver(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_offline_sale_is_stored_and_then_delivered),
        cmocka_unit_test(test_an_advice_is_delivered_until_it_is_answered),
        cmocka_unit_test(test_an_advice_of_a_batch_that_was_closed_is_refused),
        cmocka_unit_test(test_a_refused_advice_is_kept_for_the_slip),
        cmocka_unit_test(test_a_tip_adds_its_difference),
        cmocka_unit_test(test_a_refund_leaves_a_tip_that_waits),
        cmocka_unit_test(test_a_tip_of_nothing_counts_nothing),
        cmocka_unit_test(test_a_completion_by_advice),
        cmocka_unit_test(test_advices_go_in_order),
        cmocka_unit_test(test_an_advice_goes_before_the_next_payment),
        cmocka_unit_test(test_so_many_are_stored_and_no_more),
        cmocka_unit_test(test_an_advice_signs_in_first),
        cmocka_unit_test(test_a_damaged_advice_does_not_stop_the_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

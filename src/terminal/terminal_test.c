/* The machine: what an answer, silence, a restart and a retry make of a payment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "terminal/play.h"
#include "wire/tlv.h"

static struct play play;

static void start(void)
{
    play_init(&play);
    play_sign_in(&play);
}

static const struct payment_row *row_of(const struct txn_message *request)
{
    const struct payment_row *row = play_payment(&play, &request->identity);

    assert_non_null(row);
    return row;
}

static const struct evidence *evidence_of(const struct txn_message *request, size_t index)
{
    return &row_of(request)->evidence[index];
}

/* Ready for the next sale: nothing owed, nothing pending. */
static void assert_ready(const struct txn_message *request)
{
    assert_int_equal(play_terminal(&play)->owed.trace, 0);
    assert_null(play_pending(&play, &request->identity));
}

/* In doubt: reversing, its reversal just sent with this reason. */
static void assert_owing(const struct txn_message *request, const char *reason)
{
    const struct node_send *send = play_sent(&play);

    assert_int_equal(row_of(request)->stage, STAGE_REVERSING);
    assert_true(identity_equal(&play_terminal(&play)->owed, &request->identity));
    assert_int_equal(play_pending(&play, &request->identity)->kind, PENDING_REVERSAL);
    assert_non_null(send);
    assert_int_equal(send->message.function, FUNCTION_REVERSAL);
    assert_memory_equal(send->message.code, reason, 2);
    assert_int_equal(send->message.identity.class, IDENTITY_REVERSAL);
    assert_int_equal(send->message.identity.trace, request->identity.trace);
    assert_int_equal(send->message.identity.batch, request->identity.batch);
    assert_true(money_equal(send->message.amount, request->amount));
    assert_true(send->seal.open_pan);
    assert_int_equal(send->seal.pan_sealed.at[0], 0x5E);
    assert_int_equal(play.work.effects.deadline_count, 1);
}

static void answer_with(const struct txn_message *request, const char *code)
{
    struct txn_message answer = play_reply_to(&play, request, code);

    play_answer(&play, &answer);
}

static void answer_with_wrong_mac(const struct txn_message *request, const char *code)
{
    struct txn_message answer = play_reply_to(&play, request, code);

    answer.mac[1] ^= 0x40;
    play_answer(&play, &answer);
}

static void answer_without_mac(const struct txn_message *request, const char *code)
{
    struct txn_message answer = play_reply_to(&play, request, code);

    answer.has_mac = false;
    play_answer(&play, &answer);
}

/* A sale given up: its reversal is owed and has been tried once. The reversal. */
static struct txn_message give_up(struct txn_message *request)
{
    start();
    *request = play_sale(&play);
    play_due(&play, EVENT_TIMER, &request->identity);
    return play_sent(&play)->message;
}

/* ---- sending ---- */

static void test_a_sale_owes_its_reversal_before_it_leaves(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    const struct pending_row *pending = play_pending(&play, &request.identity);

    assert_int_equal(request.identity.batch, 17);
    assert_int_equal(request.identity.trace, 2);
    assert_int_equal(row_of(&request)->stage, STAGE_SENT);
    assert_int_equal(row_of(&request)->money, MONEY_UNKNOWN);
    assert_string_equal(row_of(&request)->pan.masked.at, "620000******1231");
    assert_true(identity_equal(&play_terminal(&play)->owed, &request.identity));
    assert_true(identity_equal(&play_terminal(&play)->last, &request.identity));
    assert_int_equal(pending->kind, PENDING_ANSWER);
    assert_int_equal(pending->due.us - play.us, 45000000);
    assert_int_equal(play.work.effects.deadlines[0].due.ns - play.event.now.ns, 45000000000);
    assert_int_equal(play.work.what, WHAT_SALE_SENT);
    assert_int_equal(play_shown(&play), OUTCOME_COUNT);
}

static void test_traces_wrap_and_are_never_used_twice(void **state)
{
    (void)state;
    start();
    play_terminal(&play)->trace_next = 999999;
    struct txn_message first = play_sale(&play);
    assert_int_equal(play_terminal(&play)->trace_next, 1);
    answer_with(&first, "00");
    struct txn_message second = play_sale(&play);
    assert_int_equal(first.identity.trace, 999999);
    assert_int_equal(second.identity.trace, 1);
    answer_with(&second, "00");
    play_terminal(&play)->trace_next = 0; /* a damaged counter starts at the first number */
    play_pay(&play, KIND_SALE);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_MUST_SETTLE);
    assert_null(play_sent(&play));
    assert_int_equal(row_of(&second)->outcome, OUTCOME_APPROVED);
}

/* ---- answers ---- */

static void test_approved_strikes_the_reversal_out(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    answer_with(&request, "00");
    assert_int_equal(row_of(&request)->stage, STAGE_ANSWERED);
    assert_int_equal(row_of(&request)->money, MONEY_MOVED);
    assert_int_equal(row_of(&request)->outcome, OUTCOME_APPROVED);
    assert_memory_equal(row_of(&request)->rrn, "100000000042", RRN_LEN);
    assert_int_equal(play.work.effects.display.ticket, PLAY_TICKET);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_int_equal(play.work.what, WHAT_APPROVED);
    assert_int_equal(row_of(&request)->history_len, 2);
    assert_int_equal(row_of(&request)->link, 0);
    assert_ready(&request);
}

/* Each code: its cause, its money, whether the reversal is struck out, whether to sign in anew. */
static void test_each_code_with_a_good_mac(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        enum outcome outcome;
        enum money_state money;
        bool is_struck_out;
        bool is_signed_in;
    } rows[] = {
        {"00", OUTCOME_APPROVED, MONEY_MOVED, true, true},
        {"11", OUTCOME_APPROVED, MONEY_MOVED, true, true},
        {"A2", OUTCOME_APPROVED, MONEY_MOVED, true, true},
        {"A6", OUTCOME_APPROVED, MONEY_MOVED, true, true},
        {"51", OUTCOME_ACCOUNT_FUNDS_SHORT, MONEY_NOT_MOVED, true, true},
        {"55", OUTCOME_PIN_MISSING, MONEY_NOT_MOVED, true, true},
        {"62", OUTCOME_CARD_FROZEN, MONEY_NOT_MOVED, true, true},
        {"05", OUTCOME_DECLINED_UNSPECIFIED, MONEY_NOT_MOVED, true, true},
        {"ZZ", OUTCOME_DECLINED_UNSPECIFIED, MONEY_NOT_MOVED, true, true},
        {"97", OUTCOME_TERMINAL_UNKNOWN, MONEY_NOT_MOVED, true, true},
        {"91", OUTCOME_ISSUER_UNREACHABLE, MONEY_NOT_MOVED, true, true},
        {"98", OUTCOME_ISSUER_NO_ANSWER, MONEY_RETURNING, true, true},
        {"68", OUTCOME_MESSAGE_TOO_OLD, MONEY_RETURNING, true, true},
        {"92", OUTCOME_DECLINED_UNSPECIFIED, MONEY_RETURNING, true, true},
        {"22", OUTCOME_PAYMENT_REVERSED, MONEY_RETURNED, true, true},
        {"94", OUTCOME_MESSAGE_REPLAYED, MONEY_UNKNOWN, false, true},
        {"A0", OUTCOME_MESSAGE_MAC_WRONG, MONEY_NOT_MOVED, true, false},
        {"99", OUTCOME_PIN_FORMAT_WRONG, MONEY_NOT_MOVED, true, false},
        {"77", OUTCOME_TERMINAL_BATCH_UNKNOWN, MONEY_NOT_MOVED, true, false},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        start();
        struct txn_message request = play_sale(&play);
        answer_with(&request, rows[i].code);
        assert_string_equal(outcome_row(play_shown(&play))->name,
                            outcome_row(rows[i].outcome)->name);
        assert_int_equal(row_of(&request)->money, rows[i].money);
        assert_int_equal(play_terminal(&play)->is_signed_in, rows[i].is_signed_in);
        if (rows[i].is_struck_out)
            assert_ready(&request);
        else
            assert_owing(&request, "06");
    }
}

static void test_a_sale_ahead_of_restored_books(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    struct txn_message answer = play_reply_to(&play, &request, "77");
    memcpy(answer.text, TXN_REMARK_BOOKS, sizeof TXN_REMARK_BOOKS);
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_AHEAD);
    assert_int_equal(row_of(&request)->money, MONEY_NOT_MOVED);
    assert_ready(&request);
}

static void test_a_wrong_pin_is_told_from_a_missing_one(void **state)
{
    (void)state;
    start();
    play_present(&play, ENTRY_STRIPE, "1234");
    struct txn_message request = play_sale(&play);
    answer_with(&request, "55");
    assert_int_equal(play_shown(&play), OUTCOME_PIN_WRONG);
}

static void test_an_approval_with_a_bad_mac_is_taken_back(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    answer_with_wrong_mac(&request, "00");
    assert_int_equal(play_shown(&play), OUTCOME_LINE_CORRUPT);
    assert_string_equal(evidence_of(&request, 0)->text, "MAC is wrong");
    assert_int_equal(row_of(&request)->money, MONEY_UNKNOWN);
    assert_owing(&request, "A0");
    start();
    request = play_sale(&play);
    answer_without_mac(&request, "00");
    assert_int_equal(play_shown(&play), OUTCOME_LINE_CORRUPT);
    assert_owing(&request, "A0");
    start();
    request = play_sale(&play);
    play.hsm.mac = HSM_DOWN;
    answer_with(&request, "00");
    assert_owing(&request, "A0");
}

/* One flipped bit makes 59, a forged card, of 58. */
static void test_a_refusal_with_a_bad_mac_says_nothing_and_is_taken_back(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    answer_with_wrong_mac(&request, "59");
    assert_int_equal(play_shown(&play), OUTCOME_LINE_CORRUPT);
    assert_string_equal(evidence_of(&request, 0)->text, "59");
    assert_string_equal(evidence_of(&request, 1)->text, "MAC is wrong");
    assert_int_equal(row_of(&request)->money, MONEY_UNKNOWN);
    assert_owing(&request, "A0");
    start();
    request = play_sale(&play);
    answer_without_mac(&request, "51");
    assert_int_equal(play_shown(&play), OUTCOME_ACCOUNT_FUNDS_SHORT);
    assert_owing(&request, "A0");
    start();
    request = play_sale(&play);
    answer_without_mac(&request, "96");
    assert_int_equal(row_of(&request)->money, MONEY_UNKNOWN);
    assert_owing(&request, "A0");
}

static void test_a0_without_mac_waits_for_the_sign_in(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    answer_without_mac(&request, "A0");
    assert_int_equal(play_shown(&play), OUTCOME_MESSAGE_MAC_WRONG);
    assert_int_equal(row_of(&request)->stage, STAGE_REVERSING);
    assert_null(play_sent(&play));
    assert_int_equal(play_terminal(&play)->is_signed_in, 0);
    assert_int_equal(evidence_of(&request, 2)->name, EVIDENCE_REVERSAL);
    assert_string_equal(evidence_of(&request, 2)->text, "waits for sign-in");
    uint8_t old_key = play_keys(&play)->mac.at[0];
    play_command(&play, COMMAND_SIGN_IN);
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");
    answer.identity.batch = 18;
    answer.keys_len = 40;
    play_answer(&play, &answer);
    assert_owing(&request, "A0");
    assert_string_equal(evidence_of(&request, 2)->text, "on its way");
    assert_int_equal(play.work.what, WHAT_SIGNED_IN);
    assert_int_not_equal(play_sent(&play)->seal.mac.block.at[0], old_key);
    assert_int_equal(play_sent(&play)->seal.mac.block.at[0], play_keys(&play)->mac.at[0]);
}

static void test_a_wrong_mac_shows_both_check_values(void **state)
{
    (void)state;
    start();
    memset(play_keys(&play)->mac_check, 0x5A, CHECK_VALUE_LEN);
    struct txn_message request = play_sale(&play);
    struct txn_message answer = play_reply_to(&play, &request, "A0");
    answer.has_mac = false;
    memcpy(answer.text, "MAK 1A2B3C4D", 13);
    play_answer(&play, &answer);
    assert_string_equal(evidence_of(&request, 0)->text, "A0");
    assert_int_equal(evidence_of(&request, 1)->name, EVIDENCE_CHECK_VALUE);
    assert_string_equal(evidence_of(&request, 1)->text, "5A5A5A5A");
    assert_int_equal(evidence_of(&request, 2)->name, EVIDENCE_EXPECTED);
    assert_string_equal(evidence_of(&request, 2)->text, "1A2B3C4D");
}

static void test_it_signs_in_by_itself_when_it_owes(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    answer_without_mac(&request, "A0");
    play_due(&play, EVENT_TIMER, &request.identity);
    assert_int_equal(play_sent(&play)->message.kind, KIND_SIGN_IN);
    assert_int_equal(play.work.what, WHAT_NETWORK_SENT);
    assert_int_equal(play.work.effects.deadline_count, 2);
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");
    answer.identity.batch = 18;
    answer.keys_len = 40;
    play_answer(&play, &answer);
    assert_owing(&request, "A0");
}

static void test_the_key_before_verifies_what_was_in_flight(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    struct txn_message answer = play_reply_to(&play, &request, "00");
    play_command(&play, COMMAND_SIGN_IN);
    struct txn_message keys = play_reply_to(&play, &play_sent(&play)->message, "00");
    keys.identity.batch = 17;
    keys.keys_len = 40;
    play_answer(&play, &keys);
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_ready(&request);
    struct txn_message next = play_sale(&play);
    struct txn_message old = play_reply_to(&play, &next, "00");
    old.mac[1] = answer.mac[1];
    play_answer(&play, &old);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_CORRUPT);
}

static void test_what_does_not_fit_is_set_aside(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        start();
        struct txn_message request = play_sale(&play);
        struct txn_message answer = play_reply_to(&play, &request, "00");
        if (i == 0)
            answer.identity.trace++;
        if (i == 1)
            answer.amount.minor++;
        if (i == 2)
            answer.pan.digits[0] = '5';
        if (i == 3)
            answer.kind = KIND_BALANCE;
        if (i == 4)
            answer.identity.terminal[1] = '9';
        if (i == 5)
            answer.function = FUNCTION_REVERSAL;
        play_answer(&play, &answer);
        assert_int_equal(play.work.what, WHAT_QUARANTINED);
        assert_true(play.work.effects.is_alarm);
        assert_int_equal(play_shown(&play), OUTCOME_COUNT);
        assert_int_equal(row_of(&request)->stage, STAGE_SENT);
        assert_int_equal(play_terminal(&play)->owed.trace, request.identity.trace);
    }
}

static void test_an_answer_without_card_and_amount_fits_by_identity(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    struct txn_message answer = play_reply_to(&play, &request, "00");
    answer.pan.len = 0;
    answer.amount.currency = 0;
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
}

static void test_the_hosts_dates_are_kept(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    assert_int_equal(row_of(&request)->local_date, 1122);
    assert_int_equal(row_of(&request)->business_date, 20261122);
    struct txn_message answer = play_reply_to(&play, &request, "00");
    answer.local_time = 1000001;
    answer.local_date = 1123;
    answer.settlement_date = 1124;
    play_answer(&play, &answer);
    assert_int_equal(row_of(&request)->local_time, 1000001);
    assert_int_equal(row_of(&request)->local_date, 1123);
    assert_int_equal(row_of(&request)->settlement_date, 1124);
}

static void test_a_partial_approval_is_taken_back(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    struct txn_message answer = play_reply_to(&play, &request, "10");
    answer.amount.minor = 500;
    play_answer(&play, &answer);
    assert_owing(&request, "06");
}

static void test_late_answers_change_nothing(void **state)
{
    (void)state;
    struct txn_message request;
    struct txn_message reversal = give_up(&request);
    struct payment_row before = *row_of(&request);

    answer_with(&request, "00");
    assert_int_equal(play.work.what, WHAT_LATE_ANSWER);
    assert_memory_equal(&before, row_of(&request), sizeof before);
    answer_with(&reversal, "00");
    before = *row_of(&request);
    answer_with(&request, "00");
    assert_int_equal(play.work.what, WHAT_LATE_ANSWER);
    answer_with(&reversal, "00");
    assert_int_equal(play.work.what, WHAT_LATE_ANSWER);
    assert_memory_equal(&before, row_of(&request), sizeof before);
    assert_int_equal(row_of(&request)->money, MONEY_RETURNED);
}

static void test_the_host_may_demand_a_sign_in(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    struct txn_message answer = play_reply_to(&play, &request, "00");
    answer.demand = 3;
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_int_equal(play_terminal(&play)->is_signed_in, 0);
}

static void test_a_garbled_answer_is_taken_back(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    play_start_event(&play, EVENT_GARBLED);
    play.event.message.identity = request.identity;
    play.event.fault = (struct txn_fault){.field = 39, .expected = "2 characters", .found = "1"};
    play_run(&play);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_CORRUPT);
    assert_string_equal(evidence_of(&request, 0)->text, "39");
    assert_owing(&request, "06");
    play_run(&play);
    assert_int_equal(play.work.what, WHAT_NONE);
}

static void test_a_garbled_stranger_is_nothing(void **state)
{
    (void)state;
    start();
    play_start_event(&play, EVENT_GARBLED);
    play_run(&play);
    assert_int_equal(play.work.what, WHAT_NONE);
    assert_null(play_sent(&play));
}

/* ---- the chip's last word ---- */

static struct txn_message chip_sale(void)
{
    start();
    play_present(&play, ENTRY_CHIP, "1234");
    return play_sale(&play);
}

static void test_a_chip_that_accepts_completes_the_sale(void **state)
{
    (void)state;
    struct txn_message request = chip_sale();

    answer_with(&request, "00");
    assert_true(play.asked[HSM_CARD_SECOND_AC]);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    request = chip_sale();
    play.hsm.issuer_wrong = true;
    answer_with(&request, "00");
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_int_equal(evidence_of(&request, 0)->name, EVIDENCE_CHECK);
}

static void test_a_chip_that_declines_takes_it_back(void **state)
{
    (void)state;
    struct txn_message request = chip_sale();

    play.hsm.second_kind = CARD_AAC;
    answer_with(&request, "00");
    assert_int_equal(play_shown(&play), OUTCOME_CARD_DECLINED_OFFLINE);
    assert_int_equal(row_of(&request)->money, MONEY_RETURNING);
    assert_owing(&request, "06");
    struct txn_message reversal = play_sent(&play)->message;
    struct bytes value;
    struct bytes icc = bytes_over(reversal.icc, reversal.icc_len);
    assert_int_equal(tlv_find(icc, 0x95, &value), OK);
    assert_int_equal(tlv_find(icc, 0x9F1E, &value), OK);
    assert_int_equal(tlv_find(icc, 0x9F10, &value), OK);
    assert_int_equal(value.len, 8);
    assert_int_equal(tlv_find(icc, 0x9F36, &value), OK);
    assert_int_equal(value.at[1], 9);
    assert_int_equal(tlv_find(icc, 0x9F26, &value), ERR_NOT_FOUND);
    answer_with(&reversal, "00");
    assert_int_equal(row_of(&request)->money, MONEY_RETURNED);
    request = chip_sale();
    play.hsm.second_ac = HSM_FORMAT;
    answer_with(&request, "00");
    assert_owing(&request, "06");
}

static void test_the_chip_is_asked_only_when_the_answer_is_sure(void **state)
{
    (void)state;
    struct txn_message request = chip_sale();

    answer_with_wrong_mac(&request, "00");
    assert_false(play.asked[HSM_CARD_SECOND_AC]);
    request = chip_sale();
    answer_with(&request, "51");
    assert_false(play.asked[HSM_CARD_SECOND_AC]);
    start();
    play_present(&play, ENTRY_CONTACTLESS, "");
    request = play_sale(&play);
    answer_with(&request, "00");
    assert_false(play.asked[HSM_CARD_SECOND_AC]);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
}

static void test_the_issuers_word_reaches_the_chip(void **state)
{
    (void)state;
    static const uint8_t tag_91[] = {0x91, 0x0A, 1, 2, 3, 4, 5, 6, 7, 8, '0', '0'};
    struct txn_message request = chip_sale();
    struct txn_message answer = play_reply_to(&play, &request, "00");

    memcpy(answer.icc, tag_91, sizeof tag_91);
    answer.icc_len = sizeof tag_91;
    play_answer(&play, &answer);
    const struct hsm_command *command = NULL;
    for (size_t i = 0; i < play.work.fact_count; i++) {
        if (play.work.facts[i].command.kind == HSM_CARD_SECOND_AC)
            command = &play.work.facts[i].command;
    }
    assert_non_null(command);
    assert_int_equal(command->of.card_second_ac.card, 3);
    assert_int_equal(command->of.card_second_ac.auth.len, 10);
    assert_memory_equal(command->of.card_second_ac.auth.at, tag_91 + 2, 10);
    assert_memory_equal(command->of.card_second_ac.arc, "00", 2);
    assert_int_equal(command->of.card_second_ac.values.tvr[2], 0x04);
}

/* ---- cancelling ---- */

static void test_cancel_frees_the_till_and_nothing_else(void **state)
{
    (void)state;
    start();
    play_command(&play, COMMAND_CANCEL);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_CANCELLED);
    assert_false(play.work.effects.display.has_payment);
    struct txn_message request = play_sale(&play);
    play_command(&play, COMMAND_CANCEL);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_CANCELLED);
    assert_int_equal(play.work.effects.display.payment.money, MONEY_UNKNOWN);
    assert_int_equal(play.work.what, WHAT_NONE);
    answer_with(&request, "00");
    assert_int_equal(row_of(&request)->money, MONEY_MOVED);
    play_command(&play, COMMAND_CANCEL);
    assert_false(play.work.effects.display.has_payment);
}

/* ---- balance ---- */

static struct txn_message inquiry(void)
{
    start();
    play_pay(&play, KIND_BALANCE);
    assert_int_equal(play.work.what, WHAT_INQUIRY_SENT);
    return play_sent(&play)->message;
}

static void test_a_balance_is_asked_and_owes_nothing(void **state)
{
    (void)state;
    struct txn_message request = inquiry();

    assert_int_equal(request.amount.currency, 0);
    assert_int_equal(play_terminal(&play)->owed.trace, 0);
    struct txn_message answer = play_reply_to(&play, &request, "00");
    answer.balance = money_of(100000, CURRENCY_CNY);
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_int_equal(row_of(&request)->money, MONEY_NOT_MOVED);
    assert_int_equal(row_of(&request)->balance.minor, 100000);
    assert_ready(&request);
}

static void test_a_balance_that_fails_owes_nothing(void **state)
{
    (void)state;
    struct txn_message request = inquiry();

    play_due(&play, EVENT_TIMER, &request.identity);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_NO_ANSWER);
    assert_int_equal(row_of(&request)->stage, STAGE_ANSWERED);
    assert_null(play_sent(&play));
    assert_ready(&request);
    request = inquiry();
    answer_with_wrong_mac(&request, "00");
    assert_int_equal(play_shown(&play), OUTCOME_LINE_CORRUPT);
    assert_int_equal(row_of(&request)->money, MONEY_NOT_MOVED);
    assert_int_equal(play.work.what, WHAT_DECLINED);
    assert_ready(&request);
    request = inquiry();
    answer_without_mac(&request, "98");
    assert_int_equal(row_of(&request)->money, MONEY_NOT_MOVED);
    assert_ready(&request);
    request = inquiry();
    play_due(&play, EVENT_RECOVER, &request.identity);
    assert_int_equal(play_shown(&play), OUTCOME_COUNT);
    assert_ready(&request);
}

static void test_links_and_starts_change_nothing(void **state)
{
    (void)state;
    static const enum event_kind kinds[] = {EVENT_START, EVENT_LINK_UP};

    start();
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        play_start_event(&play, kinds[i]);
        play_run(&play);
        assert_int_equal(play.work.what, WHAT_NONE);
        assert_int_equal(play.work.need_count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sale_owes_its_reversal_before_it_leaves),
        cmocka_unit_test(test_traces_wrap_and_are_never_used_twice),
        cmocka_unit_test(test_approved_strikes_the_reversal_out),
        cmocka_unit_test(test_each_code_with_a_good_mac),
        cmocka_unit_test(test_a_sale_ahead_of_restored_books),
        cmocka_unit_test(test_a_wrong_pin_is_told_from_a_missing_one),
        cmocka_unit_test(test_an_approval_with_a_bad_mac_is_taken_back),
        cmocka_unit_test(test_a_refusal_with_a_bad_mac_says_nothing_and_is_taken_back),
        cmocka_unit_test(test_a0_without_mac_waits_for_the_sign_in),
        cmocka_unit_test(test_a_wrong_mac_shows_both_check_values),
        cmocka_unit_test(test_it_signs_in_by_itself_when_it_owes),
        cmocka_unit_test(test_the_key_before_verifies_what_was_in_flight),
        cmocka_unit_test(test_what_does_not_fit_is_set_aside),
        cmocka_unit_test(test_an_answer_without_card_and_amount_fits_by_identity),
        cmocka_unit_test(test_the_hosts_dates_are_kept),
        cmocka_unit_test(test_a_partial_approval_is_taken_back),
        cmocka_unit_test(test_late_answers_change_nothing),
        cmocka_unit_test(test_the_host_may_demand_a_sign_in),
        cmocka_unit_test(test_a_garbled_answer_is_taken_back),
        cmocka_unit_test(test_a_garbled_stranger_is_nothing),
        cmocka_unit_test(test_a_chip_that_accepts_completes_the_sale),
        cmocka_unit_test(test_a_chip_that_declines_takes_it_back),
        cmocka_unit_test(test_the_chip_is_asked_only_when_the_answer_is_sure),
        cmocka_unit_test(test_the_issuers_word_reaches_the_chip),
        cmocka_unit_test(test_cancel_frees_the_till_and_nothing_else),
        cmocka_unit_test(test_a_balance_is_asked_and_owes_nothing),
        cmocka_unit_test(test_a_balance_that_fails_owes_nothing),
        cmocka_unit_test(test_links_and_starts_change_nothing),
    };

    return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}

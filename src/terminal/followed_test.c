/* Follow-ups: voids, refunds, and the family of pre-authorisations, from the till's words to what
 * they leave of their original. */
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

/* An approved payment of 10.00; its identity. */
static struct identity approved(enum txn_kind kind)
{
    play.command.amount = money_of(1000, CURRENCY_CNY);
    play_present(&play, ENTRY_STRIPE, "");
    play_pay(&play, kind);
    assert_non_null(play_sent(&play));
    struct txn_message request = play_sent(&play)->message;
    play_approve(&play, &request);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    return request.identity;
}

static struct txn_message follow(enum txn_kind kind, const struct identity *original)
{
    play_follow(&play, kind, original);
    assert_non_null(play_sent(&play));
    return play_sent(&play)->message;
}

static void follow_with_amount(enum txn_kind kind, const struct identity *original, int64_t minor)
{
    play.command.original = (struct original){.batch = original->batch, .trace = original->trace};
    play.command.amount = money_of(minor, CURRENCY_CNY);
    memset(&play.command.card, 0, sizeof play.command.card);
    play_pay(&play, kind);
}

static void answer_with(const struct txn_message *request, const char *code)
{
    struct txn_message answer = play_reply_to(&play, request, code);

    play_answer(&play, &answer);
}

static void assert_refused(enum outcome outcome)
{
    const struct payment_row *row = &play.work.effects.display.payment;

    assert_int_equal(play_shown(&play), outcome);
    assert_null(play_sent(&play));
    assert_int_equal(row->decided_by, PARTY_TERMINAL);
    assert_int_equal(row->money, MONEY_NOT_MOVED);
    assert_int_equal(play.work.what, WHAT_DECLINED);
}

static const struct batch_row *batch(void)
{
    struct row_key key = row_key_of(TABLE_BATCH, "T1      \0\0\0\x11", 12);
    struct node_row *row = play_row(&play, &key);

    return row->found ? (const struct batch_row *)(const void *)row->value : NULL;
}

/* ---- voids ---- */

static void test_a_void_goes_by_the_stored_card(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    struct txn_message request = follow(KIND_VOID, &sale);
    assert_int_equal(request.kind, KIND_VOID);
    assert_int_equal(request.amount.minor, 1000);
    assert_int_equal(request.original.batch, 17);
    assert_int_equal(request.original.trace, sale.trace);
    assert_int_equal(request.original.terminal[0], 0);
    assert_memory_equal(request.rrn, "100000000042", RRN_LEN);
    assert_memory_equal(request.auth_id, "A12345", AUTH_ID_LEN);
    assert_true(play_sent(&play)->seal.open_pan);
    assert_int_equal(play_sent(&play)->seal.pan_sealed.at[0], 0x5E);
    assert_int_equal(play_payment(&play, &sale)->follow, FOLLOW_VOIDING);
    answer_with(&request, "00");
    assert_int_equal(play_payment(&play, &request.identity)->money, MONEY_MOVED);
    assert_int_equal(play_payment(&play, &request.identity)->posted_minor, 1000);
    assert_int_equal(play_payment(&play, &sale)->follow, FOLLOW_VOIDED);
    assert_int_equal(play_payment(&play, &sale)->money, MONEY_MOVED);
    assert_int_equal(payment_row_money(play_payment(&play, &sale)), MONEY_RETURNED);
    assert_int_equal(batch()->domestic.debit_minor, 1000);
    assert_int_equal(batch()->domestic.debit_count, 1);
    assert_int_equal(batch()->domestic.credit_minor, 1000);
    assert_int_equal(batch()->domestic.credit_count, 1);
}

static void test_what_is_voided_is_not_voided_again(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    struct txn_message request = follow(KIND_VOID, &sale);
    answer_with(&request, "00");
    play_follow(&play, KIND_VOID, &sale);
    assert_refused(OUTCOME_ORIGINAL_ALREADY_VOIDED);
    assert_string_equal(play.work.effects.display.payment.evidence[1].text, "voided");
    follow_with_amount(KIND_REFUND, &sale, 100);
    assert_refused(OUTCOME_ORIGINAL_ALREADY_VOIDED);
    play_follow(&play, KIND_VOID, &request.identity); /* a void of a void */
    assert_refused(OUTCOME_ORIGINAL_NOT_FOUND);
    assert_string_equal(play.work.effects.display.payment.evidence[1].text, "void");
}

static void test_a_void_waits_for_a_tip_under_way(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    follow_with_amount(KIND_TIP_ADJUST, &sale, 1100);
    struct identity tip = play.work.effects.display.payment.identity;
    play_follow(&play, KIND_VOID, &sale);
    assert_refused(OUTCOME_ORIGINAL_TIP_UNDER_WAY);
    assert_int_equal(play_payment(&play, &sale)->follow_trace, tip.trace);
    play_due(&play, EVENT_TIMER, &tip);
    struct txn_message advice = play_sent(&play)->message;
    answer_with(&advice, "00");
    struct txn_message request = follow(KIND_VOID, &sale);
    assert_int_equal(request.amount.minor, 1100);
}

/* The switch's word, where the bank has put off a tip that the till knows as delivered. */
static void test_the_switch_may_know_of_a_tip_under_way(void **state)
{
    static const char *const texts[] = {TXN_REMARK_TIP, ""};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        start();
        struct identity sale = approved(KIND_SALE);
        struct txn_message request = follow(KIND_VOID, &sale);
        struct txn_message answer = play_reply_to(&play, &request, "22");
        memcpy(answer.text, texts[i], strlen(texts[i]) + 1);
        play_answer(&play, &answer);
        assert_int_equal(play_shown(&play),
                         i == 0 ? OUTCOME_ORIGINAL_TIP_UNDER_WAY : OUTCOME_ORIGINAL_ALREADY_VOIDED);
        assert_int_equal(play_payment(&play, &request.identity)->money, MONEY_NOT_MOVED);
        assert_int_equal(play_payment(&play, &sale)->follow, FOLLOW_NONE);
    }
}

static void test_a_refused_void_leaves_the_sale_as_it_was(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    struct txn_message request = follow(KIND_VOID, &sale);
    answer_with(&request, "22");
    assert_int_equal(play_shown(&play), OUTCOME_ORIGINAL_ALREADY_VOIDED);
    assert_int_equal(play_payment(&play, &request.identity)->money, MONEY_NOT_MOVED);
    assert_int_equal(play_payment(&play, &sale)->follow, FOLLOW_NONE);
    assert_int_equal(play_payment(&play, &sale)->follow_trace, 0);
    assert_int_equal(batch()->domestic.credit_count, 0);
}

/* The void's own reversal undoes the void: the sale stands again. */
static void test_a_lost_void_is_taken_back(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    struct txn_message request = follow(KIND_VOID, &sale);
    play_due(&play, EVENT_TIMER, &request.identity);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_NO_ANSWER);
    struct txn_message reversal = play_sent(&play)->message;
    assert_int_equal(reversal.function, FUNCTION_REVERSAL);
    assert_int_equal(reversal.kind, KIND_VOID);
    assert_int_equal(reversal.icc_len, 0);
    assert_int_equal(play_payment(&play, &sale)->follow, FOLLOW_VOIDING);
    play_follow(&play, KIND_VOID, &sale);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_REVERSAL_PENDING);
    answer_with(&reversal, "00");
    assert_int_equal(play_payment(&play, &request.identity)->stage, STAGE_REVERSED);
    assert_int_equal(play_payment(&play, &sale)->follow, FOLLOW_NONE);
    follow(KIND_VOID, &sale);
}

static void test_voids_name_what_is_wrong(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    struct identity unknown = play_identity(17, 900);
    play_follow(&play, KIND_VOID, &unknown);
    assert_refused(OUTCOME_ORIGINAL_NOT_FOUND);
    unknown.trace = 0;
    play_follow(&play, KIND_VOID, &unknown);
    assert_refused(OUTCOME_ORIGINAL_NOT_FOUND);
    follow_with_amount(KIND_VOID, &sale, 999);
    assert_refused(OUTCOME_ORIGINAL_MISMATCH);
    assert_string_equal(play.work.effects.display.payment.evidence[1].text, "1000");
    memcpy(play.command.rrn, "999999999999", RRN_LEN);
    play_follow(&play, KIND_VOID, &sale);
    assert_refused(OUTCOME_ORIGINAL_NOT_FOUND);
    memset(play.command.rrn, 0, RRN_LEN);
    play_terminal(&play)->batch = 18;
    play_follow(&play, KIND_VOID, &sale);
    assert_refused(OUTCOME_ORIGINAL_BATCH_CLOSED);
    assert_string_equal(play.work.effects.display.payment.evidence[1].text, "17");
}

static void test_a_completion_is_voided_in_its_batch(void **state)
{
    (void)state;
    start();
    struct identity hold = approved(KIND_PREAUTH);
    struct identity other = approved(KIND_PREAUTH);
    follow_with_amount(KIND_COMPLETION, &hold, 1000);
    struct txn_message request = play_sent(&play)->message;
    answer_with(&request, "00");
    play_terminal(&play)->batch = 18;
    play_follow(&play, KIND_COMPLETION_VOID, &request.identity);
    assert_refused(OUTCOME_ORIGINAL_BATCH_CLOSED);
    play_terminal(&play)->batch = 17;
    request = follow(KIND_COMPLETION_VOID, &request.identity);
    answer_with(&request, "12"); /* the host has closed it */
    assert_int_equal(play_payment(&play, &request.identity)->outcome,
                     OUTCOME_ORIGINAL_BATCH_CLOSED);
    play_terminal(&play)->batch = 18;
    (void)follow(KIND_PREAUTH_VOID, &other); /* a hold is of no batch */
}

static void test_a_presented_card_must_be_the_same(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    play.command.original = (struct original){.trace = sale.trace};
    play.command.amount = (struct money){0};
    play.hsm.track = "6200000012341249=2812101123456";
    play_present(&play, ENTRY_STRIPE, "");
    play_pay(&play, KIND_VOID);
    assert_refused(OUTCOME_ORIGINAL_MISMATCH);
    assert_string_equal(play.work.effects.display.payment.evidence[1].text, "the original's card");
    play.hsm.track = PLAY_TRACK;
    play_present(&play, ENTRY_STRIPE, "");
    play_pay(&play, KIND_VOID);
    assert_non_null(play_sent(&play));
    assert_int_equal(play_sent(&play)->message.entry, ENTRY_STRIPE);
    assert_int_equal(play_sent(&play)->message.pan.len, 0);
}

/* ---- refunds ---- */

static struct txn_message refund(const struct identity *sale, int64_t minor)
{
    follow_with_amount(KIND_REFUND, sale, minor);
    assert_non_null(play_sent(&play));
    return play_sent(&play)->message;
}

static void test_refunds_in_parts_up_to_the_whole(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    struct txn_message first = refund(&sale, 400);
    assert_int_equal(first.original.date, 1122);
    assert_int_equal(play_terminal(&play)->owed.trace, 0);
    assert_int_equal(play_payment(&play, &sale)->returned_minor, 400);
    answer_with(&first, "00");
    assert_int_equal(play_drawer(&play)->waiting_count, 0);
    struct txn_message second = refund(&sale, 500);
    answer_with(&second, "00");
    follow_with_amount(KIND_REFUND, &sale, 101);
    assert_refused(OUTCOME_REFUND_TOO_LARGE);
    assert_string_equal(play.work.effects.display.payment.evidence[0].text, "100");
    play_follow(&play, KIND_VOID, &sale);
    assert_refused(OUTCOME_ORIGINAL_ALREADY_VOIDED);
    struct txn_message third = follow(KIND_REFUND, &sale); /* what is left */
    assert_int_equal(third.amount.minor, 100);
    answer_with(&third, "64");
    assert_int_equal(play_shown(&play), OUTCOME_REFUND_TOO_LARGE);
    assert_int_equal(play_payment(&play, &third.identity)->money, MONEY_NOT_MOVED);
    assert_int_equal(play_payment(&play, &sale)->returned_minor, 900);
    assert_int_equal(batch()->domestic.credit_minor, 900);
    assert_int_equal(batch()->domestic.credit_count, 2);
}

static void test_a_refund_has_a_limit_and_needs_the_line(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    play_terminal(&play)->refund_max_minor = 300;
    follow_with_amount(KIND_REFUND, &sale, 301);
    assert_refused(OUTCOME_TERMINAL_AMOUNT_INVALID);
    play_follow(&play, KIND_REFUND, &sale);
    assert_refused(OUTCOME_TERMINAL_AMOUNT_INVALID);
    play.event.line_is_up = false;
    follow_with_amount(KIND_REFUND, &sale, 300);
    assert_refused(OUTCOME_LINE_UNREACHABLE);
    play.event.line_is_up = true;
    refund(&sale, 300);
}

/* The switch may know a payment of another till or of long ago. */
static void test_a_refund_of_a_payment_of_elsewhere_is_asked_for(void **state)
{
    (void)state;
    start();
    struct identity elsewhere = play_identity(3, 77);
    follow_with_amount(KIND_REFUND, &elsewhere, 500);
    assert_refused(OUTCOME_CARD_UNREADABLE); /* there is no stored card to go by */
    play.command.original.date = 1101;
    memcpy(play.command.original.terminal, "T2      ", TERMINAL_ID_LEN);
    memcpy(play.command.rrn, "123456789012", RRN_LEN);
    play_present(&play, ENTRY_STRIPE, "");
    play_pay(&play, KIND_REFUND);
    assert_non_null(play_sent(&play));
    const struct txn_message *request = &play_sent(&play)->message;
    assert_memory_equal(request->original.terminal, "T2      ", TERMINAL_ID_LEN);
    assert_int_equal(request->original.trace, 77);
    assert_int_equal(request->original.date, 1101);
    assert_memory_equal(request->rrn, "123456789012", RRN_LEN);
}

/* A lost answer is asked about under the refund's own identity; the refund is not sent again. */
static void test_a_lost_refund_is_asked_about(void **state)
{
    static const struct {
        const char *code;
        enum outcome outcome;
        enum money_state money;
        int64_t returned;
    } rows[] = {
        {"00", OUTCOME_APPROVED, MONEY_MOVED, 400},
        {"25", OUTCOME_LINE_NO_ANSWER, MONEY_NOT_MOVED, 0},
        {"64", OUTCOME_REFUND_TOO_LARGE, MONEY_NOT_MOVED, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        start();
        struct identity sale = approved(KIND_SALE);
        struct txn_message request = refund(&sale, 400);
        play_due(&play, i == 1 ? EVENT_RECOVER : EVENT_TIMER, &request.identity);
        struct txn_message query = play_sent(&play)->message;
        assert_int_equal(query.kind, KIND_QUERY);
        assert_int_equal(query.original.batch, 17);
        assert_int_equal(query.original.trace, request.identity.trace);
        assert_int_equal(play_payment(&play, &request.identity)->money, MONEY_UNKNOWN);
        answer_with(&request, "98"); /* the refund itself came late, and is not taken */
        assert_int_equal(play_pending(&play, &request.identity)->kind, PENDING_QUERY);
        answer_with(&query, "09"); /* still under way */
        assert_int_equal(play_pending(&play, &request.identity)->kind, PENDING_QUERY);
        play_due(&play, EVENT_TIMER, &request.identity);
        query = play_sent(&play)->message;
        assert_int_equal(query.kind, KIND_QUERY);
        answer_with(&query, rows[i].code);
        assert_int_equal(play_payment(&play, &request.identity)->outcome, rows[i].outcome);
        assert_int_equal(play_payment(&play, &request.identity)->money, rows[i].money);
        assert_int_equal(play_payment(&play, &sale)->returned_minor, rows[i].returned);
        assert_null(play_pending(&play, &request.identity));
        assert_int_equal(play_drawer(&play)->waiting_count, 0);
        /* It was asked twice: the other answer comes late, and calls nobody. */
        answer_with(&query, rows[i].code);
        assert_int_equal(play.work.what, WHAT_LATE_ANSWER);
        assert_false(play.work.effects.is_alarm);
        assert_int_equal(play_payment(&play, &request.identity)->money, rows[i].money);
    }
}

/* A host that was restored cannot know: the money may be with the customer. */
static void test_a_refund_that_the_host_lost_stays_in_doubt(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    struct txn_message request = refund(&sale, 400);
    play_due(&play, EVENT_TIMER, &request.identity);
    struct txn_message query = play_sent(&play)->message;
    assert_int_equal(query.original.date, 1122);
    struct txn_message answer = play_reply_to(&play, &query, "96");
    memcpy(answer.text, TXN_REMARK_BOOKS, sizeof TXN_REMARK_BOOKS);
    for (int times = 0; times < 3; times++) {
        play_answer(&play, &answer);
        const struct payment_row *payment = play_payment(&play, &request.identity);
        assert_int_equal(payment->money, MONEY_UNKNOWN);
        assert_int_equal(play_pending(&play, &request.identity)->kind, PENDING_QUERY);
        assert_memory_equal(play_pending(&play, &request.identity)->last_code, "96", 2);
        size_t said = 0;
        for (size_t i = 0; i < EVIDENCE_MAX; i++)
            said += strcmp(payment->evidence[i].text, "host's books lack it") == 0;
        assert_int_equal(said, 1);
        assert_int_equal(payment->code[0], 0); /* which is no answer to the refund */
    }
    answer_with(&query, "00"); /* its books were put right */
    assert_int_equal(play_payment(&play, &request.identity)->money, MONEY_MOVED);
}

/* ... and an answer that nobody vouches for decides nothing. */
static void test_a_refund_is_decided_by_a_good_mac_only(void **state)
{
    (void)state;
    start();
    struct identity sale = approved(KIND_SALE);
    struct txn_message request = refund(&sale, 400);
    struct txn_message answer = play_reply_to(&play, &request, "00");
    answer.mac[1] ^= 1;
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_CORRUPT);
    assert_int_equal(play_pending(&play, &request.identity)->kind, PENDING_QUERY);
    struct txn_message query = play_sent(&play)->message;
    answer = play_reply_to(&play, &query, "25");
    answer.has_mac = false;
    play_answer(&play, &answer);
    assert_int_equal(play_payment(&play, &request.identity)->stage, STAGE_SENT);
    play.command.amount = money_of(1000, CURRENCY_CNY);
    play_present(&play, ENTRY_STRIPE, "");
    play_sale(&play); /* others may be sold meanwhile */
    answer_with(&query, "00");
    assert_int_equal(play_payment(&play, &request.identity)->money, MONEY_MOVED);
}

/* ... but of the code that it once gave, asked for by a query of good MAC, a sign-in makes nothing
 * else: it ends. A query that is itself refused for its MAC says nothing, and is asked again. */
static void test_a_recorded_refusal_ends_a_refund_whatever_its_cure(void **state)
{
    static const struct {
        const char *code;
        const char *text;
        enum outcome outcome;
    } rows[] = {
        {"77", TXN_REMARK_BOOKS, OUTCOME_TERMINAL_AHEAD},
        {"77", "", OUTCOME_TERMINAL_BATCH_UNKNOWN},
        {"99", "", OUTCOME_PIN_FORMAT_WRONG},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        start();
        struct identity sale = approved(KIND_SALE);
        struct txn_message request = refund(&sale, 400);
        answer_with(&request, rows[i].code);
        assert_int_equal(play_terminal(&play)->is_signed_in, 0);
        assert_int_equal(play_pending(&play, &request.identity)->kind, PENDING_QUERY);
        play_terminal(&play)->is_signed_in = 1;
        play_due(&play, EVENT_TIMER, &request.identity);
        struct txn_message query = play_sent(&play)->message;
        assert_int_equal(query.kind, KIND_QUERY);
        struct txn_message answer = play_reply_to(&play, &query, "A0");
        answer.has_mac = false;
        play_answer(&play, &answer);
        assert_int_equal(play_pending(&play, &request.identity)->kind, PENDING_QUERY);
        assert_int_equal(play_terminal(&play)->is_signed_in, 0);
        play_terminal(&play)->is_signed_in = 1;
        answer = play_reply_to(&play, &query, rows[i].code);
        memcpy(answer.text, rows[i].text, strlen(rows[i].text));
        play_answer(&play, &answer);
        assert_int_equal(play_payment(&play, &request.identity)->outcome, rows[i].outcome);
        assert_int_equal(play_payment(&play, &request.identity)->money, MONEY_NOT_MOVED);
        assert_int_equal(play_terminal(&play)->is_signed_in, 1);
        assert_null(play_pending(&play, &request.identity));
        assert_int_equal(play_drawer(&play)->waiting_count, 0);
        assert_int_equal(play_payment(&play, &sale)->returned_minor, 0);
    }
}

/* ---- the family of pre-authorisations ---- */

static void test_a_hold_grows_and_is_completed(void **state)
{
    (void)state;
    start();
    struct identity hold = approved(KIND_PREAUTH);
    assert_int_equal(play_payment(&play, &hold)->money, MONEY_HELD);
    assert_null(batch());
    follow_with_amount(KIND_INCREMENT, &hold, 200);
    struct txn_message request = play_sent(&play)->message;
    answer_with(&request, "00");
    assert_int_equal(play_payment(&play, &request.identity)->money, MONEY_HELD);
    assert_int_equal(play_payment(&play, &hold)->posted_minor, 1200);
    follow_with_amount(KIND_COMPLETION, &hold, 1381);
    assert_refused(OUTCOME_COMPLETION_TOO_LARGE);
    assert_string_equal(play.work.effects.display.payment.evidence[0].text, "1380");
    follow_with_amount(KIND_COMPLETION, &hold, 1380);
    request = play_sent(&play)->message;
    assert_int_equal(play_payment(&play, &hold)->follow, FOLLOW_COMPLETING);
    answer_with(&request, "00");
    assert_int_equal(play_payment(&play, &hold)->follow, FOLLOW_COMPLETED);
    assert_int_equal(batch()->domestic.debit_minor, 1380);
    play_follow(&play, KIND_COMPLETION, &hold); /* twice */
    assert_refused(OUTCOME_ORIGINAL_ALREADY_VOIDED);
    struct txn_message undo = follow(KIND_COMPLETION_VOID, &request.identity);
    assert_int_equal(undo.amount.minor, 1380);
    answer_with(&undo, "00");
    assert_int_equal(play_payment(&play, &request.identity)->follow, FOLLOW_VOIDED);
    assert_int_equal(batch()->domestic.credit_minor, 1380);
    assert_int_equal(play_payment(&play, &hold)->follow, FOLLOW_NONE);
    follow_with_amount(KIND_COMPLETION, &hold, 1200); /* the hold stands again */
    request = play_sent(&play)->message;
    answer_with(&request, "00");
    assert_int_equal(play_payment(&play, &hold)->follow, FOLLOW_COMPLETED);
}

static void test_a_hold_is_voided(void **state)
{
    (void)state;
    start();
    struct identity hold = approved(KIND_PREAUTH);
    struct txn_message request = follow(KIND_PREAUTH_VOID, &hold);
    assert_int_equal(request.amount.minor, 1000);
    answer_with(&request, "00");
    assert_int_equal(play_payment(&play, &request.identity)->money, MONEY_MOVED);
    assert_int_equal(payment_row_money(play_payment(&play, &hold)), MONEY_RETURNED);
    play_follow(&play, KIND_COMPLETION, &hold);
    assert_refused(OUTCOME_ORIGINAL_ALREADY_VOIDED);
}

static void test_a_refused_payment_cannot_be_followed(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    answer_with(&request, "51");
    play_follow(&play, KIND_VOID, &request.identity);
    assert_refused(OUTCOME_ORIGINAL_ALREADY_VOIDED);
    assert_string_equal(play.work.effects.display.payment.evidence[1].text, "declined");
}

/* ---- asking what became of one ---- */

static void test_a_payment_as_it_stands(void **state)
{
    (void)state;
    start();
    struct txn_message sale = play_sale(&play);
    play_due(&play, EVENT_TIMER, &sale.identity);
    play.command.original = (struct original){.trace = sale.identity.trace};
    play_command(&play, COMMAND_QUERY);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_NO_ANSWER);
    assert_int_equal(play.work.effects.display.payment.money, MONEY_UNKNOWN);
    assert_int_equal(play.work.what, WHAT_NONE);
    play.command.original.trace = 999;
    play_command(&play, COMMAND_QUERY);
    assert_int_equal(play_shown(&play), OUTCOME_ORIGINAL_NOT_FOUND);
}

/* ---- partial approval, QR codes ---- */

static void test_a_part_of_the_amount(void **state)
{
    (void)state;
    start();
    play_terminal(&play)->partial_ok = 1;
    struct txn_message request = play_sale(&play);
    assert_true(request.partial_ok);
    struct txn_message answer = play_reply_to(&play, &request, "10");
    answer.amount.minor = 300;
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED_PARTIAL);
    assert_int_equal(play_payment(&play, &request.identity)->money, MONEY_MOVED);
    assert_int_equal(play_payment(&play, &request.identity)->posted_minor, 300);
    assert_int_equal(batch()->domestic.debit_minor, 300);
    struct txn_message undo = follow(KIND_VOID, &request.identity); /* the cashier refuses it */
    assert_int_equal(undo.amount.minor, 300);
}

static void test_a_part_that_was_not_asked_for_is_taken_back(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    struct txn_message answer = play_reply_to(&play, &request, "10");
    answer.amount.minor = 300;
    play_answer(&play, &answer);
    assert_int_equal(play_payment(&play, &request.identity)->stage, STAGE_REVERSING);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_CORRUPT);
}

/* A bit of 00 was flipped on the line: what is taken back is not shown as approved. */
static void test_a_part_that_is_the_whole_is_no_approval(void **state)
{
    (void)state;
    start();
    play_terminal(&play)->partial_ok = 1;
    struct txn_message request = play_sale(&play);
    struct txn_message answer = play_reply_to(&play, &request, "10");
    answer.mac[1] ^= 1;
    play_answer(&play, &answer);
    assert_int_equal(play_payment(&play, &request.identity)->stage, STAGE_REVERSING);
    assert_int_equal(play_payment(&play, &request.identity)->money, MONEY_UNKNOWN);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_CORRUPT);
}

static void test_a_qr_code_stands_for_a_card(void **state)
{
    (void)state;
    start();
    play_present(&play, ENTRY_QR, "");
    memcpy(play.command.qr_code, "62012345678901234567", QR_CODE_LEN);
    struct txn_message request = play_sale(&play);
    assert_memory_equal(request.qr_code, "62012345678901234567", QR_CODE_LEN);
    assert_int_equal(request.entry, ENTRY_QR);
    assert_int_equal(request.pan.len, 0);
    assert_false(play_sent(&play)->seal.open_pan);
    struct txn_message answer = play_reply_to(&play, &request, "00");
    memcpy(answer.qr_code, "99912345678901234567", QR_CODE_LEN);
    answer.pan.len = 16; /* the host may say whose card it was */
    memcpy(answer.pan.digits, PLAY_TRACK, 16);
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    struct txn_message undo = follow(KIND_VOID, &request.identity);
    assert_memory_equal(undo.qr_code, "99912345678901234567", QR_CODE_LEN);
    assert_int_equal(undo.entry, ENTRY_NONE);
    assert_false(play_sent(&play)->seal.open_pan);
    memcpy(play.command.qr_code, "620x", 5);
    play_present(&play, ENTRY_QR, "");
    answer_with(&undo, "00");
    play.command.amount = money_of(1000, CURRENCY_CNY);
    play_pay(&play, KIND_SALE);
    assert_refused(OUTCOME_CARD_UNREADABLE);
}

/* What the switch decides of it is told as of any payment; what its issuer does, as of a code. */
static void test_a_refused_code_is_told_by_who_refused_it(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        enum outcome outcome;
    } cases[] = {{"91", OUTCOME_ISSUER_UNREACHABLE}, {"54", OUTCOME_QR_EXPIRED}};

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        start();
        play_present(&play, ENTRY_QR, "");
        memcpy(play.command.qr_code, "62012345678901234567", QR_CODE_LEN);
        struct txn_message request = play_sale(&play);
        answer_with(&request, cases[i].code);
        assert_int_equal(play_shown(&play), cases[i].outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_void_goes_by_the_stored_card),
        cmocka_unit_test(test_what_is_voided_is_not_voided_again),
        cmocka_unit_test(test_a_void_waits_for_a_tip_under_way),
        cmocka_unit_test(test_the_switch_may_know_of_a_tip_under_way),
        cmocka_unit_test(test_a_refused_void_leaves_the_sale_as_it_was),
        cmocka_unit_test(test_a_lost_void_is_taken_back),
        cmocka_unit_test(test_voids_name_what_is_wrong),
        cmocka_unit_test(test_a_completion_is_voided_in_its_batch),
        cmocka_unit_test(test_a_presented_card_must_be_the_same),
        cmocka_unit_test(test_refunds_in_parts_up_to_the_whole),
        cmocka_unit_test(test_a_refund_has_a_limit_and_needs_the_line),
        cmocka_unit_test(test_a_refund_of_a_payment_of_elsewhere_is_asked_for),
        cmocka_unit_test(test_a_lost_refund_is_asked_about),
        cmocka_unit_test(test_a_refund_that_the_host_lost_stays_in_doubt),
        cmocka_unit_test(test_a_refund_is_decided_by_a_good_mac_only),
        cmocka_unit_test(test_a_recorded_refusal_ends_a_refund_whatever_its_cure),
        cmocka_unit_test(test_a_hold_grows_and_is_completed),
        cmocka_unit_test(test_a_hold_is_voided),
        cmocka_unit_test(test_a_refused_payment_cannot_be_followed),
        cmocka_unit_test(test_a_payment_as_it_stands),
        cmocka_unit_test(test_a_part_of_the_amount),
        cmocka_unit_test(test_a_part_that_was_not_asked_for_is_taken_back),
        cmocka_unit_test(test_a_part_that_is_the_whole_is_no_approval),
        cmocka_unit_test(test_a_qr_code_stands_for_a_card),
        cmocka_unit_test(test_a_refused_code_is_told_by_who_refused_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

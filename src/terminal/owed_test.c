/* Reversals owed: silence, repeats, their answers, restarts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/aside_rows.h"
#include "terminal/play.h"
#include "terminal/till.h"

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

static void test_silence_sends_the_reversal(void **state)
{
    (void)state;
    struct txn_message request;

    give_up(&request);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_NO_ANSWER);
    assert_int_equal(play.work.effects.display.ticket, PLAY_TICKET);
    assert_string_equal(evidence_of(&request, 0)->text, "45");
    assert_string_equal(evidence_of(&request, 1)->text, "on its way");
    assert_int_equal(row_of(&request)->money, MONEY_UNKNOWN);
    assert_int_equal(play.work.what, WHAT_NO_ANSWER);
    assert_owing(&request, "98");
}

static void cut_line(void)
{
    play_start_event(&play, EVENT_LINK_DOWN);
    memcpy(play.event.message.identity.terminal, PLAY_TERMINAL, TERMINAL_ID_LEN);
    play_run(&play);
}

static void test_a_cut_line_sends_the_reversal_at_once(void **state)
{
    (void)state;
    start();
    play.event.way = WAY_BACKUP;
    struct txn_message request = play_sale(&play);
    cut_line();
    assert_int_equal(play_shown(&play), OUTCOME_LINE_NO_ANSWER);
    assert_string_equal(evidence_of(&request, 0)->text, "line was cut");
    assert_int_equal(evidence_of(&request, 1)->name, EVIDENCE_LINE);
    assert_string_equal(evidence_of(&request, 1)->text, "backup");
    assert_owing(&request, "98");
    cut_line(); /* again: it is known to be in doubt */
    assert_int_equal(play.work.what, WHAT_NONE);
}

static void test_a_cut_line_is_nothing_to_who_waits_for_nothing(void **state)
{
    (void)state;
    play_init(&play);
    cut_line();
    assert_int_equal(play.work.what, WHAT_NONE);
    play_sign_in(&play);
    struct txn_message request = play_sale(&play);
    play_approve(&play, &request);
    cut_line();
    assert_int_equal(play.work.what, WHAT_NONE);
    assert_int_equal(row_of(&request)->money, MONEY_MOVED);
    play_start_event(&play, EVENT_LINK_DOWN);
    memcpy(play.event.message.identity.terminal, "NOBODY  ", TERMINAL_ID_LEN);
    play_run(&play);
    assert_int_equal(play.work.what, WHAT_NONE);
}

static void test_reversals_are_repeated_with_growing_rests(void **state)
{
    (void)state;
    static const int64_t rests[] = {2, 4, 8, 16, 32, 60, 60};
    struct txn_message request;
    struct txn_message first = give_up(&request);

    assert_false(first.is_repeat);
    for (size_t i = 0; i < ARRAY_COUNT(rests); i++) {
        const struct node_deadline *deadline = &play.work.effects.deadlines[0];
        assert_int_equal((deadline->due.ns - play.event.now.ns) / 1000000000, rests[i]);
        play_due(&play, EVENT_TIMER, &request.identity);
        assert_owing(&request, "98");
        assert_true(play_sent(&play)->message.is_repeat);
        assert_int_equal(play.work.what, WHAT_REVERSAL_SENT);
        assert_int_equal(play_shown(&play), OUTCOME_COUNT);
    }
    assert_int_equal(row_of(&request)->reversal_attempts, 8);
}

/* Told once, and sent on all the same. */
static void test_a_reversal_that_stays_is_handed_to_a_person(void **state)
{
    (void)state;
    struct txn_message request;

    give_up(&request);
    play.us += INT64_C(14400000000);
    play_due(&play, EVENT_TIMER, &request.identity);
    assert_owing(&request, "98");
    assert_int_equal(play.work.what, WHAT_HANDED_OVER);
    assert_int_equal(play.work.outcome, OUTCOME_DOUBT_UNANSWERED);
    assert_true(identity_equal(&play.work.about, &request.identity));
    assert_true(play.work.effects.is_alarm);
    play_due(&play, EVENT_TIMER, &request.identity);
    assert_owing(&request, "98");
    assert_int_equal(play.work.what, WHAT_REVERSAL_SENT);
    assert_string_equal(evidence_of(&request, 1)->text, "handed to a person");
}

static void test_a_reversal_refused_again_and_again_is_handed_to_a_person(void **state)
{
    (void)state;
    struct txn_message request;
    struct txn_message reversal = give_up(&request);

    for (int i = 1; i < 10; i++) {
        answer_with(&reversal, "96");
        assert_memory_equal(play_pending(&play, &request.identity)->last_code, "96", 2);
        assert_int_equal(play.work.what, WHAT_REVERSAL_REFUSED);
        play_due(&play, EVENT_TIMER, &request.identity);
    }
    assert_int_equal(play.work.what, WHAT_HANDED_OVER);
    assert_int_equal(play.work.outcome, OUTCOME_DOUBT_REFUSED);
    answer_with(&reversal, "00");
    assert_int_equal(row_of(&request)->money, MONEY_RETURNED);
}

static void test_answers_to_a_reversal(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        bool is_done;
        bool is_signed_in;
    } rows[] = {
        {"00", true, true},  {"25", true, true},  {"12", true, true},   {"96", false, true},
        {"64", false, true}, {"97", false, true}, {"A0", false, false},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct txn_message request;
        struct txn_message reversal = give_up(&request);
        answer_with(&reversal, rows[i].code);
        assert_int_equal(play.work.what, rows[i].is_done ? WHAT_REVERSED : WHAT_REVERSAL_REFUSED);
        assert_int_equal(row_of(&request)->stage,
                         rows[i].is_done ? STAGE_REVERSED : STAGE_REVERSING);
        assert_int_equal(row_of(&request)->money, rows[i].is_done ? MONEY_RETURNED : MONEY_UNKNOWN);
        assert_int_equal(play_terminal(&play)->owed.trace == 0, rows[i].is_done);
        assert_int_equal(play_terminal(&play)->is_signed_in, rows[i].is_signed_in);
        assert_int_equal(row_of(&request)->outcome, OUTCOME_LINE_NO_ANSWER);
        assert_string_equal(evidence_of(&request, 1)->text,
                            rows[i].is_done ? "done" : "on its way");
        if (rows[i].is_done)
            assert_ready(&request);
    }
}

static void test_a_reversals_answer_needs_its_mac(void **state)
{
    (void)state;
    struct txn_message request;
    struct txn_message reversal = give_up(&request);

    answer_with_wrong_mac(&reversal, "00");
    assert_int_equal(play.work.what, WHAT_REVERSAL_REFUSED);
    answer_without_mac(&reversal, "00");
    assert_int_equal(play.work.what, WHAT_REVERSAL_REFUSED);
    struct txn_message wrong = play_reply_to(&play, &reversal, "00");
    wrong.amount.minor = 1;
    play_answer(&play, &wrong);
    assert_int_equal(play.work.what, WHAT_QUARANTINED);
    assert_int_equal(row_of(&request)->stage, STAGE_REVERSING);
    play_due(&play, EVENT_TIMER, &request.identity);
    assert_owing(&request, "98");
}

static void test_a_reversals_answer_before_its_reversal_is_foreign(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    struct txn_message answer = play_reply_to(&play, &request, "00");
    answer.function = FUNCTION_REVERSAL_RESPONSE;
    play_answer(&play, &answer);
    assert_int_equal(play.work.what, WHAT_QUARANTINED);
    assert_int_equal(row_of(&request)->stage, STAGE_SENT);
}

/* The sale's answer was lost, and another till has refunded the sale: the till is told the truth
 * when it asks, books the sale, and is free. */
static void test_a_reversal_that_is_too_late_ends_as_approved(void **state)
{
    (void)state;
    for (int is_chip_refusal = 0; is_chip_refusal < 2; is_chip_refusal++) {
        struct txn_message request;
        struct txn_message reversal = give_up(&request);
        if (is_chip_refusal) {
            play_payment(&play, &request.identity)->entry = ENTRY_CHIP;
            play_payment(&play, &request.identity)->money = MONEY_RETURNING;
        }
        answer_with(&reversal, "22");
        assert_int_equal(row_of(&request)->stage, STAGE_REVERSING);
        const struct txn_message query = play_sent(&play)->message;
        assert_int_equal(query.kind, KIND_QUERY);
        assert_int_equal(query.original.trace, request.identity.trace);
        struct txn_message told = play_reply_to(&play, &query, "00");
        told.amount = request.amount;
        told.mac[1] ^= 0x40; /* nobody else may tell */
        play_answer(&play, &told);
        assert_int_equal(row_of(&request)->stage, STAGE_REVERSING);
        told = play_reply_to(&play, &query, "09");
        told.amount = request.amount;
        play_answer(&play, &told);
        assert_int_equal(row_of(&request)->stage, STAGE_REVERSING);
        told = play_reply_to(&play, &query, "00");
        told.amount = request.amount;
        memcpy(told.rrn, "100000000815", RRN_LEN);
        play_answer(&play, &told);
        assert_null(node_answer(&play.work, CHECK_SECOND_AC)); /* the card has long left */
        assert_int_equal(row_of(&request)->stage, STAGE_ANSWERED);
        assert_int_equal(row_of(&request)->money, MONEY_MOVED);
        assert_int_equal(row_of(&request)->outcome, OUTCOME_APPROVED);
        assert_int_equal(row_of(&request)->posted_minor, request.amount.minor);
        assert_memory_equal(row_of(&request)->rrn, "100000000815", RRN_LEN);
        assert_string_equal(evidence_of(&request, 0)->text, "too late: it stands");
        assert_int_equal(play_terminal(&play)->owed.trace, 0);
        assert_null(play_pending(&play, &request.identity));
        (void)play_sale(&play);
    }
}

/* Without that refusal nothing that is said about it later makes a given-up payment approved. */
static void test_an_unasked_for_approval_changes_nothing(void **state)
{
    (void)state;
    struct txn_message request;
    struct txn_message reversal = give_up(&request);
    struct txn_message told = play_reply_to(&play, &request, "00");
    play_answer(&play, &told);
    assert_int_equal(row_of(&request)->stage, STAGE_REVERSING);
    told.kind = KIND_QUERY;
    play_answer(&play, &told);
    assert_int_equal(row_of(&request)->stage, STAGE_REVERSING);
    answer_with(&reversal, "00");
    assert_int_equal(row_of(&request)->money, MONEY_RETURNED);
}

static const struct aside_row *kept_aside(uint32_t trace)
{
    char source[ASIDE_SOURCE_LEN] = {0};

    memcpy(source, play_terminal(&play)->terminal, TERMINAL_ID_LEN);
    struct row_key key = aside_row_key(source, trace);
    const struct node_row *row = play_row(&play, &key);
    return row->found ? (const void *)row->value : NULL;
}

/* Never guessed onto a payment: it is kept with what differs, once however often it comes. */
static void test_answers_that_fit_nothing_are_kept(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct txn_message request;
        struct txn_message reversal = give_up(&request);
        struct txn_message answer = play_reply_to(&play, i % 2 == 0 ? &request : &reversal, "00");
        unsigned differs = i < 2 ? ASIDE_AMOUNT : i < 4 ? ASIDE_UNKNOWN : ASIDE_KIND;
        if (differs == ASIDE_AMOUNT)
            answer.amount.minor++;
        else if (differs == ASIDE_UNKNOWN)
            answer.identity.batch++;
        else
            answer.kind = KIND_VOID;
        play_answer(&play, &answer);
        assert_int_equal(play.work.what, WHAT_QUARANTINED);
        assert_true(play.work.effects.is_alarm);
        assert_int_equal(kept_aside(answer.identity.trace)->entries[0].differs, differs);
        play_answer(&play, &answer);
        assert_int_equal(play.work.what, WHAT_NONE);
        assert_int_equal(kept_aside(answer.identity.trace)->count, 1);
        assert_int_equal(row_of(&request)->stage, STAGE_REVERSING);
        assert_int_equal(row_of(&request)->money, MONEY_UNKNOWN);
    }
}

static void test_nothing_is_sold_while_a_payment_is_in_doubt(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    play_pay(&play, KIND_SALE);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_REVERSAL_PENDING);
    assert_string_equal(play.work.effects.display.payment.evidence[0].text, "2");
    assert_null(play_sent(&play));
    play_due(&play, EVENT_TIMER, &request.identity);
    play_pay(&play, KIND_BALANCE);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_REVERSAL_PENDING);
    assert_owing(&request, "98");
    play.event.line_is_up = false;
    play_pay(&play, KIND_SALE);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_REVERSAL_PENDING);
    assert_null(play_sent(&play));
}

static void test_the_next_sale_is_new_after_a_reversal(void **state)
{
    (void)state;
    struct txn_message request;
    struct txn_message reversal = give_up(&request);

    answer_with(&reversal, "00");
    struct txn_message next = play_sale(&play);
    assert_int_equal(next.identity.trace, request.identity.trace + 1);
    answer_with(&next, "00");
    assert_ready(&next);
}

static void test_a_timer_after_the_end_does_nothing(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    answer_with(&request, "00");
    play_due(&play, EVENT_TIMER, &request.identity);
    assert_int_equal(play.work.what, WHAT_NONE);
    assert_null(play_sent(&play));
    assert_int_equal(row_of(&request)->money, MONEY_MOVED);
}

static void test_a_restart_gives_up_what_was_waiting(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    play_due(&play, EVENT_RECOVER, &request.identity);
    assert_int_equal(play.work.what, WHAT_RECOVERED);
    assert_int_equal(play_shown(&play), OUTCOME_COUNT);
    assert_string_equal(evidence_of(&request, 0)->text, "terminal restarted");
    assert_owing(&request, "98");
    play_due(&play, EVENT_RECOVER, &request.identity);
    assert_int_equal(play.work.what, WHAT_RECOVERED);
    assert_owing(&request, "98");
}

static void test_damaged_rows_are_left_for_a_person(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    play_payment(&play, &request.identity)->stage = 77;
    play_due(&play, EVENT_RECOVER, &request.identity);
    assert_int_equal(play.work.what, WHAT_QUARANTINED);
    assert_true(play.work.effects.is_alarm);
    assert_non_null(play_pending(&play, &request.identity));
    assert_int_equal(play_terminal(&play)->owed.trace, request.identity.trace);
    play_pending(&play, &request.identity)->kind = PENDING_REVERSAL;
    play_due(&play, EVENT_TIMER, &request.identity);
    assert_int_equal(play.work.what, WHAT_QUARANTINED);
    play_payment(&play, &request.identity)->stage = STAGE_SENT;
    play_payment(&play, &request.identity)->money = MONEY_MOVED;
    play_due(&play, EVENT_TIMER, &request.identity);
    assert_int_equal(play.work.what, WHAT_QUARANTINED);
    play_terminal(&play)->layout = 9;
    play_due(&play, EVENT_TIMER, &request.identity);
    assert_int_equal(play.work.what, WHAT_NONE);
}

static void test_what_is_pending_is_owed_whatever_the_row_says(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    memset(&play_terminal(&play)->owed, 0, sizeof(struct identity));
    play_due(&play, EVENT_RECOVER, &request.identity);
    assert_owing(&request, "98");
    memset(&play_terminal(&play)->owed, 0, sizeof(struct identity));
    play_due(&play, EVENT_TIMER, &request.identity);
    assert_owing(&request, "98");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silence_sends_the_reversal),
        cmocka_unit_test(test_a_cut_line_sends_the_reversal_at_once),
        cmocka_unit_test(test_a_cut_line_is_nothing_to_who_waits_for_nothing),
        cmocka_unit_test(test_reversals_are_repeated_with_growing_rests),
        cmocka_unit_test(test_answers_to_a_reversal),
        cmocka_unit_test(test_a_reversal_that_stays_is_handed_to_a_person),
        cmocka_unit_test(test_a_reversal_refused_again_and_again_is_handed_to_a_person),
        cmocka_unit_test(test_a_reversals_answer_needs_its_mac),
        cmocka_unit_test(test_a_reversals_answer_before_its_reversal_is_foreign),
        cmocka_unit_test(test_a_reversal_that_is_too_late_ends_as_approved),
        cmocka_unit_test(test_an_unasked_for_approval_changes_nothing),
        cmocka_unit_test(test_answers_that_fit_nothing_are_kept),
        cmocka_unit_test(test_nothing_is_sold_while_a_payment_is_in_doubt),
        cmocka_unit_test(test_the_next_sale_is_new_after_a_reversal),
        cmocka_unit_test(test_a_timer_after_the_end_does_nothing),
        cmocka_unit_test(test_a_restart_gives_up_what_was_waiting),
        cmocka_unit_test(test_damaged_rows_are_left_for_a_person),
        cmocka_unit_test(test_what_is_pending_is_owed_whatever_the_row_says),
    };

    return cmocka_run_group_tests_name("owed", tests, NULL, NULL);
}

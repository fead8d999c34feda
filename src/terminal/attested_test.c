/* Two persons end a doubt at the terminal; what the switch says afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/testimony.h"
#include "node/persons.h"
#include "terminal/play.h"

#define PASSWORD "correct horse"

static struct play play;
static struct identity identity; /* of the payment in doubt */

/* ---- persons ---- */

static void put_person(const char *name)
{
    char key[PERSON_NAME_LEN] = {0};
    struct operator_row row;

    memset(&row, 0, sizeof row);
    memcpy(key, name, strlen(name));
    row.layout = PARTY_ROW_LAYOUT;
    memcpy(row.hash, PASSWORD, strlen(PASSWORD));
    play_put(&play, row_key_of(TABLE_OPERATOR, key, sizeof key), &row, sizeof row);
}

static enum testimony_result say(enum testimony_act act, enum payment_state word,
                                 const char *person)
{
    struct testimony_act_value value;

    memset(&play.command, 0, sizeof play.command);
    memset(&value, 0, sizeof value);
    value.act = (uint8_t)act;
    value.word = (uint8_t)word;
    memcpy(value.person, person, strlen(person));
    memcpy(value.evidence, "the switch's desk says so", 26);
    memcpy(value.rrn, "100000000042", RRN_LEN);
    memcpy(play.command.value, &value, sizeof value);
    play.command.value_len = sizeof value;
    play.command.key = play_pending_key(&identity);
    play.command.supervisor = play_person(0, PASSWORD);
    play_command(&play, COMMAND_TESTIFY);
    assert_int_equal(play.work.effects.display.ticket, PLAY_TICKET);
    return (enum testimony_result)play.work.effects.display.testimony;
}

static void settle_as(enum payment_state word)
{
    assert_int_equal(say(TESTIMONY_PROPOSE, word, "anna"), TESTIMONY_IS_PROPOSED);
    assert_int_equal(play.work.what, WHAT_TESTIFIED);
    assert_int_equal(say(TESTIMONY_CONFIRM, word, "bo"), TESTIMONY_IS_SETTLED);
    assert_int_equal(play.work.what, WHAT_PERSON_SETTLED);
    assert_null(play_pending(&play, &identity));
    assert_int_equal(play_terminal(&play)->owed.trace, 0);
    assert_int_equal(play.work.effects.send_count, 0);
}

static void expect(enum payment_stage stage, enum money_state money, enum outcome outcome)
{
    const struct payment_row *row = play_payment(&play, &identity);

    assert_int_equal(row->stage, stage);
    assert_int_equal(row->money, money);
    assert_int_equal(row->outcome, outcome);
    assert_int_equal(row->deadline.us, 0);
}

static const struct testimony_row *testimony(void)
{
    struct row_key key = testimony_row_key(&identity);

    return (const struct testimony_row *)(const void *)play_row(&play, &key)->value;
}

/* ---- debts ---- */

static void start(void)
{
    play_init(&play);
    put_person("anna");
    put_person("bo");
    play_sign_in(&play);
}

static void hand_over(void)
{
    play.us += INT64_C(14400000000);
    play_due(&play, EVENT_TIMER, &identity);
    assert_int_equal(play.work.what, WHAT_HANDED_OVER);
}

/* The reversal that the switch does not answer; the sale's request in *sale. */
static struct txn_message owe_reversal(struct txn_message *sale)
{
    start();
    *sale = play_sale(&play);
    identity = sale->identity;
    play_due(&play, EVENT_TIMER, &identity);
    struct txn_message reversal = play_sent(&play)->message;
    hand_over();
    return reversal;
}

static struct txn_message owe_advice(void)
{
    start();
    memcpy(play.command.auth_id, "V12345", AUTH_ID_LEN);
    play_pay(&play, KIND_OFFLINE_SALE);
    identity = play.work.effects.display.payment.identity;
    play_due(&play, EVENT_TIMER, &identity);
    struct txn_message advice = play_sent(&play)->message;
    hand_over();
    return advice;
}

/* A refund of an approved sale whose answer is lost: it is asked about. */
static struct txn_message owe_query(void)
{
    start();
    struct txn_message sale = play_sale(&play);
    play_approve(&play, &sale);
    struct identity original = sale.identity;
    play.command.supervisor = play_person(0, "123456");
    play_present(&play, ENTRY_STRIPE, "");
    play.command.original =
        (struct original){.batch = original.batch, .trace = original.trace, .date = 1122};
    memcpy(play.command.rrn, "100000000042", RRN_LEN);
    play.command.amount = money_of(400, CURRENCY_CNY);
    play_pay(&play, KIND_REFUND);
    assert_non_null(play_sent(&play));
    struct txn_message refund = play_sent(&play)->message;
    identity = refund.identity;
    play_due(&play, EVENT_TIMER, &identity);
    assert_int_equal(play_pending(&play, &identity)->kind, PENDING_QUERY);
    hand_over();
    return refund;
}

static void answer_with(const struct txn_message *request, const char *code)
{
    struct txn_message answer = play_reply_to(&play, request, code);

    play_answer(&play, &answer);
}

/* ---- what it does ---- */

static void test_a_reversal_ends_as_each_word_says(void **state)
{
    struct txn_message sale;

    (void)state;
    (void)owe_reversal(&sale);
    settle_as(PAYMENT_TAKEN_BACK);
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_LINE_NO_ANSWER);
    assert_string_equal(play_payment(&play, &identity)->evidence[1].text, "settled by hand");
    (void)owe_reversal(&sale);
    settle_as(PAYMENT_NEVER_SEEN);
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_LINE_NO_ANSWER);
    (void)owe_reversal(&sale);
    settle_as(PAYMENT_APPROVED);
    expect(STAGE_ANSWERED, MONEY_MOVED, OUTCOME_APPROVED);
    assert_int_equal(play_payment(&play, &identity)->posted_minor, 1000);
    assert_string_equal(play_payment(&play, &identity)->evidence[0].text, "too late: it stands");
    memset(&play.command, 0, sizeof play.command);
    memcpy(play.command.terminal, PLAY_TERMINAL, TERMINAL_ID_LEN);
    play.command.amount = money_of(1000, CURRENCY_CNY);
    play_present(&play, ENTRY_STRIPE, "");
    assert_int_equal(play_sale(&play).kind, KIND_SALE); /* it sells again */
}

static void test_an_advice_ends_as_each_word_says(void **state)
{
    (void)state;
    (void)owe_advice();
    settle_as(PAYMENT_APPROVED);
    expect(STAGE_ANSWERED, MONEY_MOVED, OUTCOME_APPROVED);
    assert_memory_equal(play_payment(&play, &identity)->rrn, "100000000042", RRN_LEN);
    assert_int_equal(play_drawer(&play)->waiting_count, 0);
    (void)owe_advice();
    settle_as(PAYMENT_REFUSED);
    expect(STAGE_ANSWERED, MONEY_NOT_MOVED, OUTCOME_DOUBT_SETTLED);
    assert_memory_equal(play_payment(&play, &identity)->code, "05", 2);
    assert_int_equal(play_drawer(&play)->waiting_count, 0);
}

/* While it is not signed in an advice stays stored, and is handed over all the same; but nobody
 * else can know of it. */
static void test_an_advice_that_never_left_is_not_settled(void **state)
{
    (void)state;
    start();
    memcpy(play.command.auth_id, "V12345", AUTH_ID_LEN);
    play_pay(&play, KIND_OFFLINE_SALE);
    identity = play.work.effects.display.payment.identity;
    play_terminal(&play)->is_signed_in = 0;
    hand_over();
    assert_int_equal(play_payment(&play, &identity)->stage, STAGE_STORED);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_REFUSED, "anna"), TESTIMONY_NOT_SENT);
    assert_int_equal(play.work.what, WHAT_NONE);
}

static void test_a_query_ends_as_each_word_says(void **state)
{
    (void)state;
    (void)owe_query();
    settle_as(PAYMENT_APPROVED);
    expect(STAGE_ANSWERED, MONEY_MOVED, OUTCOME_APPROVED);
    (void)owe_query();
    settle_as(PAYMENT_REFUSED);
    expect(STAGE_ANSWERED, MONEY_NOT_MOVED, OUTCOME_DOUBT_SETTLED);
    (void)owe_query();
    settle_as(PAYMENT_NEVER_SEEN);
    expect(STAGE_ANSWERED, MONEY_NOT_MOVED, OUTCOME_LINE_NO_ANSWER);
    assert_int_equal(play_drawer(&play)->waiting_count, 0);
}

static void test_what_is_not_owed_or_young_is_refused(void **state)
{
    (void)state;
    start();
    struct txn_message sale = play_sale(&play);
    identity = sale.identity;
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, "anna"), TESTIMONY_NOT_OWED);
    play_due(&play, EVENT_TIMER, &identity);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, "anna"), TESTIMONY_TOO_YOUNG);
    assert_int_equal(play.work.what, WHAT_NONE);
    hand_over();
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_REFUSED, "anna"), TESTIMONY_UNFIT);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, "carl"), TESTIMONY_NO_PERSON);
    memcpy(identity.terminal, "T9      ", TERMINAL_ID_LEN);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, "anna"), TESTIMONY_NOT_OWED);
}

/* ---- what is said afterwards ---- */

static void expect_contradicted(const char *code)
{
    assert_int_equal(play.work.what, WHAT_CONTRADICTED);
    assert_int_equal(play.work.outcome, OUTCOME_DOUBT_CONTRADICTED);
    assert_true(play.work.effects.is_alarm);
    assert_true(testimony()->is_contradicted);
    assert_memory_equal(testimony()->late_code, code, 2);
}

static void test_a_late_word_that_differs_changes_nothing(void **state)
{
    struct txn_message sale;
    struct txn_message reversal = owe_reversal(&sale);

    (void)state;
    settle_as(PAYMENT_TAKEN_BACK);
    answer_with(&reversal, "64"); /* says nothing of the payment */
    assert_int_equal(play.work.what, WHAT_NONE);
    struct txn_message answer = play_reply_to(&play, &reversal, "22");
    answer.mac[1] ^= 1;
    play_answer(&play, &answer);
    assert_int_equal(play.work.what, WHAT_LATE_ANSWER);
    assert_false(testimony()->is_contradicted);
    answer_with(&reversal, "22");
    expect_contradicted("22");
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_LINE_NO_ANSWER);
    assert_null(play_sent(&play));

    (void)owe_reversal(&sale);
    settle_as(PAYMENT_NEVER_SEEN);
    answer_with(&sale, "00");
    expect_contradicted("00");
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_LINE_NO_ANSWER);

    struct txn_message advice = owe_advice();
    settle_as(PAYMENT_APPROVED);
    answer_with(&advice, "14");
    expect_contradicted("14");
    expect(STAGE_ANSWERED, MONEY_MOVED, OUTCOME_APPROVED);
}

static void test_a_late_word_that_agrees_is_noted_once(void **state)
{
    struct txn_message sale;
    struct txn_message reversal = owe_reversal(&sale);

    (void)state;
    settle_as(PAYMENT_TAKEN_BACK);
    answer_with(&reversal, "00");
    assert_int_equal(play.work.what, WHAT_LATE_ANSWER);
    assert_false(play.work.effects.is_alarm);
    assert_true(testimony()->is_agreed);
    answer_with(&reversal, "00");
    assert_int_equal(play.work.what, WHAT_NONE);
    answer_with(&sale, "00"); /* from before it was taken back */
    assert_int_equal(play.work.what, WHAT_NONE);

    struct txn_message advice = owe_advice();
    settle_as(PAYMENT_REFUSED);
    answer_with(&advice, "05");
    assert_int_equal(play.work.what, WHAT_LATE_ANSWER);
    assert_true(testimony()->is_agreed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reversal_ends_as_each_word_says),
        cmocka_unit_test(test_an_advice_ends_as_each_word_says),
        cmocka_unit_test(test_an_advice_that_never_left_is_not_settled),
        cmocka_unit_test(test_a_query_ends_as_each_word_says),
        cmocka_unit_test(test_what_is_not_owed_or_young_is_refused),
        cmocka_unit_test(test_a_late_word_that_differs_changes_nothing),
        cmocka_unit_test(test_a_late_word_that_agrees_is_noted_once),
    };

    return cmocka_run_group_tests_name("attested", tests, NULL, NULL);
}

/* Two persons end a doubt: who may, when, as what; what it does; what is said afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "books/payment_state.h"
#include "node/persons.h"
#include "test/lib/switch_world.h"

#define ANNA "anna"
#define BO "bo"
#define PASSWORD "correct horse"
#define EVIDENCE "Telephoned the bank's desk at 21:40, note 4711"

static struct node_command command;
static struct txn_message request; /* of the payment, as the issuer got it */

/* ---- persons ---- */

static void give(void)
{
    struct node_event *event = world_event(EVENT_COMMAND);

    event->ticket = 77;
    event->command = &command;
    memset(event->entropy, 0x5A, sizeof event->entropy);
    world_run();
    assert_true(world.was_shown);
    assert_int_equal(outcome_is_approved(world.shown),
                     !testimony_is_refused((enum testimony_result)world.told));
}

static void put_name(char out[static PERSON_NAME_LEN], const char *name)
{
    memset(out, 0, PERSON_NAME_LEN);
    memcpy(out, name, strlen(name));
}

static enum testimony_result set_person(const char *name, const char *password, const char *voucher,
                                        const char *vouches)
{
    struct persons_put put;

    memset(&command, 0, sizeof command);
    command.kind = COMMAND_PERSON;
    put_name(put.person, name);
    put_name(put.voucher, voucher);
    memcpy(command.value, &put, sizeof put);
    command.value_len = sizeof put;
    assert_int_equal(secret_from(bytes_of_z(password), &command.cashier.password), OK);
    assert_int_equal(secret_from(bytes_of_z(vouches), &command.supervisor.password), OK);
    give();
    return (enum testimony_result)world.told;
}

static void set_both(void)
{
    assert_int_equal(set_person(ANNA, PASSWORD, "", ""), TESTIMONY_IS_SAME);
    assert_int_equal(set_person(BO, PASSWORD, "", ""), TESTIMONY_IS_SAME);
}

static enum testimony_result say_with(enum testimony_act act, enum payment_state word,
                                      const char *person, const char *password)
{
    struct testimony_act_value value;

    memset(&command, 0, sizeof command);
    memset(&value, 0, sizeof value);
    command.kind = COMMAND_TESTIFY;
    command.key = world_pending_key(42);
    value.act = (uint8_t)act;
    value.word = (uint8_t)word;
    put_name(value.person, person);
    if (act == TESTIMONY_PROPOSE)
        memcpy(value.evidence, EVIDENCE, sizeof EVIDENCE);
    memcpy(command.value, &value, sizeof value);
    command.value_len = sizeof value;
    assert_int_equal(secret_from(bytes_of_z(password), &command.supervisor.password), OK);
    give();
    return (enum testimony_result)world.told;
}

static enum testimony_result say(enum testimony_act act, enum payment_state word,
                                 const char *person)
{
    return say_with(act, word, person, PASSWORD);
}

static void settle_as(enum payment_state word)
{
    assert_int_equal(say(TESTIMONY_PROPOSE, word, ANNA), TESTIMONY_IS_PROPOSED);
    assert_int_equal(say(TESTIMONY_CONFIRM, word, BO), TESTIMONY_IS_SETTLED);
}

static struct testimony_row *testimony(void)
{
    struct identity identity = world_identity(42);

    return world_value(testimony_row_key(&identity));
}

static void expect(enum payment_stage stage, enum money_state money, enum outcome outcome)
{
    const struct payment_row *row = world_payment(42);

    assert_non_null(row);
    assert_int_equal(row->stage, stage);
    assert_int_equal(row->money, money);
    assert_int_equal(row->outcome, outcome);
}

static void expect_no_record(void)
{
    assert_null(world_record());
}

/* ---- debts ---- */

static void wait_for_hand_over(void)
{
    world_wait_ms(14400000);
    world_timer(world_pending_key(42));
    assert_int_equal(world_record()->what, WHAT_HANDED_OVER);
    assert_true(world_pending(42)->is_handed);
}

static void stand_young(void)
{
    struct txn_message sale = world_sale(42, 12850);

    world_open();
    set_both();
    world_terminal_says(&sale);
    request = world_sent(ISSUER_LINK)->message;
    world_wait_ms(20000);
    world_timer(world_pending_key(42));
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_ISSUER_NO_ANSWER);
}

static void stand_handed(void)
{
    stand_young();
    wait_for_hand_over();
}

/* A refund of 40.00 of an approved sale of 100.00 that the issuer does not answer. */
static void stand_advice_handed(void)
{
    struct txn_message sale = world_sale(41, 10000);

    world_open();
    set_both();
    world_terminal_says(&sale);
    struct txn_message reply = world_answer(&world_sent(ISSUER_LINK)->message, "00");
    world_issuer_says(&reply);
    request = world_follow(KIND_REFUND, 42, 4000, 41);
    world_terminal_says(&request);
    world_wait_ms(20000);
    world_timer(world_pending_key(42));
    wait_for_hand_over();
    expect(STAGE_SENT, MONEY_UNKNOWN, OUTCOME_NONE);
}

static void issuer_answers(const char *code)
{
    struct txn_message message = request;

    message.identity = identity_as(&request.identity, IDENTITY_PAYMENT);
    message = world_answer(&message, code);
    world_issuer_says(&message);
}

static void issuer_answers_reversal(const char *code)
{
    struct txn_message message = request;

    message.function = FUNCTION_REVERSAL;
    message.identity = identity_as(&request.identity, IDENTITY_REVERSAL);
    message = world_answer(&message, code);
    world_issuer_says(&message);
}

/* ---- who may ---- */

static void test_persons_are_set_and_changed_by_who_is_known(void **state)
{
    (void)state;
    world_open();
    assert_int_equal(set_person(ANNA, "too few", "", ""), TESTIMONY_NO_KEY_MODULE);
    assert_int_equal(set_person(ANNA, PASSWORD, "", ""), TESTIMONY_IS_SAME);
    assert_int_equal(world_record()->what, WHAT_CONFIGURED);
    assert_true(world_record()->is_alarm);
    assert_int_equal(set_person(ANNA, "another one", "", ""), TESTIMONY_NO_PERSON);
    assert_int_equal(set_person(ANNA, "another one", ANNA, "wrong password"), TESTIMONY_NO_PERSON);
    assert_int_equal(world_record()->what, WHAT_PERSON_REFUSED);
    assert_int_equal(set_person(ANNA, "another one", ANNA, PASSWORD), TESTIMONY_IS_SAME);
    assert_int_equal(set_person(BO, PASSWORD, "nobody", PASSWORD), TESTIMONY_NO_PERSON);
    assert_int_equal(set_person(BO, PASSWORD, ANNA, "another one"), TESTIMONY_IS_SAME);
    assert_int_equal(set_person(ANNA, "", BO, PASSWORD), TESTIMONY_IS_WITHDRAWN);
    assert_int_equal(set_person(ANNA, "", BO, PASSWORD), TESTIMONY_NO_PERSON);
    assert_int_equal(set_person("an na", PASSWORD, "", ""), TESTIMONY_DAMAGED);
    world.hsm_is_down = true;
    assert_int_equal(set_person("carl", PASSWORD, "", ""), TESTIMONY_NO_KEY_MODULE);
    expect_no_record();
}

static void test_a_wrong_password_says_nothing_and_locks(void **state)
{
    (void)state;
    stand_handed();
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, "nobody"), TESTIMONY_NO_PERSON);
    expect_no_record();
    for (int tries = 0; tries < PERSONS_TRIES_MAX; tries++) {
        assert_int_equal(say_with(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA, "wrong password"),
                         TESTIMONY_NO_PERSON);
        assert_int_equal(world_record()->what, WHAT_PERSON_REFUSED);
        assert_true(world_record()->is_alarm);
    }
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_LOCKED);
    expect_no_record();
    assert_null(testimony());
    assert_int_equal(set_person(ANNA, PASSWORD, BO, PASSWORD), TESTIMONY_IS_SAME);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_IS_PROPOSED);
    world.hsm_is_down = true;
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_TAKEN_BACK, BO), TESTIMONY_NO_KEY_MODULE);
    expect_no_record();
}

static void test_tries_are_forgotten_by_a_word_that_counts(void **state)
{
    (void)state;
    stand_handed();
    for (int round = 0; round < 3; round++) {
        for (int tries = 1; tries < PERSONS_TRIES_MAX; tries++)
            (void)say_with(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA, "wrong password");
        assert_int_equal(
            say(round % 2 == 0 ? TESTIMONY_PROPOSE : TESTIMONY_WITHDRAW, PAYMENT_TAKEN_BACK, ANNA),
            round % 2 == 0 ? TESTIMONY_IS_PROPOSED : TESTIMONY_IS_WITHDRAWN);
    }
}

/* ---- when, and as what ---- */

static void test_only_what_was_handed_over_may_be_settled(void **state)
{
    (void)state;
    stand_young();
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_TOO_YOUNG);
    expect_no_record();
    wait_for_hand_over();
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_IS_PROPOSED);
    issuer_answers_reversal("00"); /* it ended by itself */
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER);
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_TAKEN_BACK, BO), TESTIMONY_NOT_OWED);
    command.key = world_pending_key(999);
    assert_int_equal(command.kind, COMMAND_TESTIFY);
    give();
    assert_int_equal(world.told, TESTIMONY_NOT_OWED);
}

static void test_a_reversal_never_ends_as_approved(void **state)
{
    (void)state;
    stand_handed();
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_APPROVED, ANNA), TESTIMONY_UNFIT);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_REFUSED, ANNA), TESTIMONY_UNFIT);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_IN_PROGRESS, ANNA), TESTIMONY_UNFIT);
    stand_advice_handed();
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_UNFIT);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_NEVER_SEEN, ANNA), TESTIMONY_UNFIT);
    assert_null(testimony());
}

static void test_what_is_no_order_of_ours_is_refused(void **state)
{
    struct testimony_act_value value;

    (void)state;
    stand_handed();
    (void)say(TESTIMONY_WITHDRAW, PAYMENT_TAKEN_BACK, ANNA);
    memcpy(&value, command.value, sizeof value);
    value.act = TESTIMONY_PROPOSE;
    memcpy(value.evidence, "card 6200000100000003", 22);
    memcpy(command.value, &value, sizeof value);
    give();
    assert_int_equal(world.told, TESTIMONY_DAMAGED);
    memcpy(value.evidence, EVIDENCE, sizeof EVIDENCE);
    value.word = PAYMENT_STATE_COUNT;
    memcpy(command.value, &value, sizeof value);
    give();
    assert_int_equal(world.told, TESTIMONY_DAMAGED);
    command.value_len--;
    give();
    assert_int_equal(world.told, TESTIMONY_DAMAGED);
    command.value_len++;
    command.key.table = TABLE_PAYMENT;
    give();
    assert_int_equal(world.told, TESTIMONY_DAMAGED);
    expect_no_record();
}

static void test_two_persons_are_needed(void **state)
{
    (void)state;
    stand_handed();
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_TAKEN_BACK, BO), TESTIMONY_NOT_PROPOSED);
    assert_int_equal(say(TESTIMONY_WITHDRAW, PAYMENT_TAKEN_BACK, BO), TESTIMONY_NOT_PROPOSED);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_IS_PROPOSED);
    assert_int_equal(world_record()->what, WHAT_TESTIFIED);
    assert_int_equal(world_record()->money, MONEY_RETURNING);
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_ISSUER_NO_ANSWER);
    assert_non_null(world_pending(42));
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_IS_SAME);
    expect_no_record();
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_ONE_PERSON);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_NEVER_SEEN, BO), TESTIMONY_OTHER_WORD);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, BO), TESTIMONY_OTHER_WORD);
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_NEVER_SEEN, BO), TESTIMONY_OTHER_WORD);
    expect_no_record();
    assert_int_equal(testimony()->word, PAYMENT_TAKEN_BACK);
    assert_string_equal(testimony()->proposer, ANNA);
    assert_string_equal(testimony()->evidence, EVIDENCE);
}

static void test_who_proposed_may_think_better_and_anybody_withdraws(void **state)
{
    (void)state;
    stand_handed();
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_IS_PROPOSED);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_NEVER_SEEN, ANNA), TESTIMONY_IS_PROPOSED);
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_TAKEN_BACK, BO), TESTIMONY_OTHER_WORD);
    assert_int_equal(say(TESTIMONY_WITHDRAW, PAYMENT_NEVER_SEEN, BO), TESTIMONY_IS_WITHDRAWN);
    assert_int_equal(world_record()->what, WHAT_TESTIMONY_WITHDRAWN);
    assert_int_equal(say(TESTIMONY_WITHDRAW, PAYMENT_NEVER_SEEN, BO), TESTIMONY_IS_SAME);
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_NEVER_SEEN, BO), TESTIMONY_NOT_PROPOSED);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, BO), TESTIMONY_IS_PROPOSED);
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_IS_SETTLED);
}

/* What was proposed of one debt says nothing of a later one of the same payment. */
static void test_a_proposal_is_about_one_debt(void **state)
{
    (void)state;
    stand_handed();
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_IS_PROPOSED);
    world_pending(42)->since.us++;
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_TAKEN_BACK, BO), TESTIMONY_NOT_PROPOSED);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_NEVER_SEEN, BO), TESTIMONY_IS_PROPOSED);
}

/* ---- what it does ---- */

static void test_a_reversal_ends_as_if_the_issuer_had_confirmed(void **state)
{
    static const enum payment_state words[] = {PAYMENT_TAKEN_BACK, PAYMENT_NEVER_SEEN};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        stand_handed();
        settle_as(words[i]);
        assert_int_equal(world_record()->what, WHAT_PERSON_SETTLED);
        expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER);
        assert_string_equal(world_payment(42)->evidence[1].text, "settled by hand");
        assert_null(world_pending(42));
        assert_int_equal(world_payment(42)->deadline.us, 0);
        assert_int_equal(world.sent_count, 0);
        assert_true(testimony()->is_settled);
        assert_string_equal(testimony()->confirmer, BO);
        assert_int_equal(testimony()->settled.us, world.wall.us);
        world_timer(world_pending_key(42)); /* the deadline was on its way */
        expect_no_record();
        assert_int_equal(world.sent_count, 0);
    }
}

static void test_what_is_settled_stays(void **state)
{
    (void)state;
    stand_handed();
    settle_as(PAYMENT_TAKEN_BACK);
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_TAKEN_BACK, BO), TESTIMONY_IS_SAME);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_IS_SAME);
    expect_no_record();
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_NEVER_SEEN, ANNA), TESTIMONY_OTHER_SETTLED);
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_NEVER_SEEN, BO), TESTIMONY_OTHER_SETTLED);
    assert_int_equal(say(TESTIMONY_WITHDRAW, PAYMENT_TAKEN_BACK, BO), TESTIMONY_NOT_PROPOSED);
    expect_no_record();
}

/* The terminal ends in the same state: its reversal is told 00, its query that it was reversed. */
static void test_the_terminal_is_told_what_was_settled(void **state)
{
    struct txn_message reversal = world_reversal(42, 12850);

    (void)state;
    stand_handed();
    settle_as(PAYMENT_TAKEN_BACK);
    world_terminal_says(&reversal);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "00", 2);
    assert_true(world_sent(TILL_LINK)->seal.make_mac);
    expect_no_record();
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER);
}

static void test_an_advice_ends_as_the_issuer_would_have_ended_it(void **state)
{
    (void)state;
    stand_advice_handed();
    assert_int_equal(world_payment(41)->returned_minor, 4000);
    settle_as(PAYMENT_APPROVED);
    expect(STAGE_ANSWERED, MONEY_MOVED, OUTCOME_APPROVED);
    assert_int_equal(world_batch(1)->domestic.credit_minor, 4000);
    assert_int_equal(world_payment(41)->returned_minor, 4000);
    assert_int_equal(world_batch(1)->open_count, 0);
    assert_null(world_pending(42));
    world_terminal_says(&request);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "00", 2);

    stand_advice_handed();
    settle_as(PAYMENT_REFUSED);
    expect(STAGE_ANSWERED, MONEY_NOT_MOVED, OUTCOME_DOUBT_SETTLED);
    assert_string_equal(world_payment(42)->evidence[0].text, "settled by hand");
    assert_int_equal(world_batch(1)->domestic.credit_minor, 0);
    assert_int_equal(world_payment(41)->returned_minor, 0);
    assert_int_equal(world_batch(1)->open_count, 0);
    world_terminal_says(&request);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "05", 2);
    assert_true(world_sent(TILL_LINK)->seal.make_mac);
}

/* Killed before the record: as if nobody had said anything. After it: settled, and not again. */
static void test_a_crash_leaves_one_of_two_states(void **state)
{
    (void)state;
    stand_handed();
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_IS_PROPOSED);
    (void)say_with(TESTIMONY_WITHDRAW, PAYMENT_TAKEN_BACK, "nobody", PASSWORD); /* sets command */
    world.crash = CRASH_BEFORE_RECORD;
    struct testimony_act_value value;
    memcpy(&value, command.value, sizeof value);
    value.act = TESTIMONY_CONFIRM;
    put_name(value.person, BO);
    memcpy(command.value, &value, sizeof value);
    world_event(EVENT_COMMAND)->command = &command;
    world_run();
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_ISSUER_NO_ANSWER);
    assert_false(testimony()->is_settled);
    assert_non_null(world_pending(42));
    world.crash = CRASH_AFTER_RECORD;
    world_event(EVENT_COMMAND)->command = &command;
    world_run();
    world.crash = CRASH_NONE;
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER);
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_TAKEN_BACK, BO), TESTIMONY_IS_SAME);
}

static void test_a_debt_whose_payment_says_otherwise_is_not_settled(void **state)
{
    (void)state;
    stand_handed();
    world.is_unproved = true;
    world_payment(42)->stage = STAGE_ANSWERED;
    world_payment(42)->money = MONEY_NOT_MOVED;
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_DAMAGED);
    world_payment(42)->stage = 99;
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_DAMAGED);
    expect_no_record();
}

/* ---- what is said afterwards ---- */

static void expect_contradicted(const char *code)
{
    assert_int_equal(world_record()->what, WHAT_CONTRADICTED);
    assert_int_equal(world_record()->outcome, OUTCOME_DOUBT_CONTRADICTED);
    assert_true(world_record()->is_alarm);
    assert_true(testimony()->is_contradicted);
    assert_memory_equal(testimony()->late_code, code, 2);
}

static void test_a_late_word_that_differs_is_an_alarm_and_changes_nothing(void **state)
{
    (void)state;
    stand_handed();
    settle_as(PAYMENT_TAKEN_BACK);
    struct payment_row before = *world_payment(42);
    issuer_answers_reversal("96"); /* it cannot say */
    expect_no_record();
    issuer_answers_reversal("12");
    expect_contradicted("12");
    assert_int_equal(world_payment(42)->stage, before.stage);
    assert_int_equal(world_payment(42)->money, before.money);
    assert_int_equal(world.sent_count, 0);
    assert_null(world_pending(42));
    issuer_answers_reversal("12");
    expect_no_record();

    stand_handed();
    settle_as(PAYMENT_NEVER_SEEN);
    issuer_answers("00");
    expect_contradicted("00");
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER);

    stand_advice_handed();
    settle_as(PAYMENT_REFUSED);
    issuer_answers("00");
    expect_contradicted("00");
    expect(STAGE_ANSWERED, MONEY_NOT_MOVED, OUTCOME_DOUBT_SETTLED);
    assert_int_equal(world_batch(1)->domestic.credit_minor, 0);

    stand_advice_handed();
    settle_as(PAYMENT_APPROVED);
    issuer_answers("51");
    expect_contradicted("51");
    expect(STAGE_ANSWERED, MONEY_MOVED, OUTCOME_APPROVED);
}

static void test_a_late_word_that_agrees_is_noted_once(void **state)
{
    (void)state;
    stand_handed();
    settle_as(PAYMENT_TAKEN_BACK);
    issuer_answers_reversal("00");
    assert_int_equal(world_record()->what, WHAT_LATE_ANSWER);
    assert_false(world_record()->is_alarm);
    assert_true(testimony()->is_agreed);
    issuer_answers_reversal("25");
    expect_no_record();
    issuer_answers("00"); /* from before it was taken back */
    expect_no_record();

    stand_advice_handed();
    settle_as(PAYMENT_APPROVED);
    issuer_answers("94"); /* it has had it before */
    assert_int_equal(world_record()->what, WHAT_LATE_ANSWER);
    assert_true(testimony()->is_agreed);
}

static void test_a_contradiction_is_looked_into_by_two(void **state)
{
    (void)state;
    stand_handed();
    settle_as(PAYMENT_TAKEN_BACK);
    issuer_answers_reversal("12");
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_NEVER_SEEN, ANNA), TESTIMONY_OTHER_SETTLED);
    assert_int_equal(say(TESTIMONY_PROPOSE, PAYMENT_TAKEN_BACK, BO), TESTIMONY_IS_PROPOSED);
    assert_int_equal(say(TESTIMONY_WITHDRAW, PAYMENT_TAKEN_BACK, BO), TESTIMONY_NOT_PROPOSED);
    assert_true(testimony()->is_contradicted);
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_TAKEN_BACK, BO), TESTIMONY_ONE_PERSON);
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_IS_SETTLED);
    assert_int_equal(world_record()->what, WHAT_PERSON_SETTLED);
    assert_false(testimony()->is_contradicted);
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER);
    assert_int_equal(say(TESTIMONY_CONFIRM, PAYMENT_TAKEN_BACK, ANNA), TESTIMONY_IS_SAME);
    issuer_answers_reversal("12"); /* once more: it is news again */
    expect_contradicted("12");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_persons_are_set_and_changed_by_who_is_known),
        cmocka_unit_test(test_a_wrong_password_says_nothing_and_locks),
        cmocka_unit_test(test_tries_are_forgotten_by_a_word_that_counts),
        cmocka_unit_test(test_only_what_was_handed_over_may_be_settled),
        cmocka_unit_test(test_a_reversal_never_ends_as_approved),
        cmocka_unit_test(test_what_is_no_order_of_ours_is_refused),
        cmocka_unit_test(test_two_persons_are_needed),
        cmocka_unit_test(test_who_proposed_may_think_better_and_anybody_withdraws),
        cmocka_unit_test(test_a_proposal_is_about_one_debt),
        cmocka_unit_test(test_a_reversal_ends_as_if_the_issuer_had_confirmed),
        cmocka_unit_test(test_what_is_settled_stays),
        cmocka_unit_test(test_the_terminal_is_told_what_was_settled),
        cmocka_unit_test(test_an_advice_ends_as_the_issuer_would_have_ended_it),
        cmocka_unit_test(test_a_crash_leaves_one_of_two_states),
        cmocka_unit_test(test_a_debt_whose_payment_says_otherwise_is_not_settled),
        cmocka_unit_test(test_a_late_word_that_differs_is_an_alarm_and_changes_nothing),
        cmocka_unit_test(test_a_late_word_that_agrees_is_noted_once),
        cmocka_unit_test(test_a_contradiction_is_looked_into_by_two),
    };

    return cmocka_run_group_tests_name("attest", tests, NULL, NULL);
}

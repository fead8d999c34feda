/* The people at a terminal: who may sell, who confirms, who sets them up. */
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

static const struct operator_row *operator_of(uint8_t number)
{
    uint8_t key[OPERATOR_KEY_LEN] = PLAY_TERMINAL;

    key[TERMINAL_ID_LEN] = number;
    struct row_key row_key = row_key_of(TABLE_OPERATOR, key, sizeof key);
    struct node_row *row = play_row(&play, &row_key);
    return row->found ? (const struct operator_row *)(const void *)row->value : NULL;
}

static void log_in(uint8_t number, const char *password)
{
    play.command.cashier = play_person(number, password);
    play_command(&play, COMMAND_LOG_IN);
    play.command.cashier.is_given = false;
}

static void assert_unknown(const char *fact)
{
    const struct evidence *evidence = play.work.effects.display.payment.evidence;
    bool is_told = false;

    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_OPERATOR_UNKNOWN);
    assert_null(play_sent(&play));
    for (size_t i = 0; i < EVIDENCE_MAX; i++)
        is_told |= strcmp(evidence[i].text, fact) == 0;
    assert_true(is_told);
}

static void test_nothing_is_sold_before_somebody_is_there(void **state)
{
    (void)state;
    start();
    play_terminal(&play)->needs_cashier = 1;
    play_pay(&play, KIND_SALE);
    assert_unknown("nobody is logged in");
    log_in(1, "0001");
    assert_unknown("password");
    log_in(1, "0000");
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_int_equal(play.work.what, WHAT_LOGGED_IN);
    struct txn_message request = play_sale(&play);
    assert_int_equal(play_payment(&play, &request.identity)->operator_number, 1);
    play_approve(&play, &request);
    play_command(&play, COMMAND_LOG_OFF);
    assert_int_equal(play.work.what, WHAT_LOGGED_OFF);
    play_pay(&play, KIND_SALE);
    assert_unknown("nobody is logged in");
}

static void test_who_does_not_sell_does_not_log_in(void **state)
{
    (void)state;
    start();
    log_in(0, "123456");
    assert_unknown("does not sell");
    log_in(99, "12345678");
    assert_unknown("does not sell");
    log_in(2, "0000");
    assert_unknown("no such operator");
}

static void test_five_wrong_passwords_lock(void **state)
{
    (void)state;
    start();
    for (int left = 4; left >= 0; left--) {
        char text[2] = {(char)('0' + left), 0};
        log_in(1, "9999");
        assert_unknown(text);
    }
    assert_int_equal(operator_of(1)->tries, 5);
    log_in(1, "0000");
    assert_unknown("locked");
    assert_false(play.asked[HSM_PASSWORD_CHECK]);
    play_put_operator(&play, 1, "0000");
    log_in(1, "9999");
    log_in(1, "0000");
    assert_int_equal(operator_of(1)->tries, 0);
}

/* Giving money back wants the supervisor; a guess counts although the payment is refused. */
static void test_the_supervisor_confirms(void **state)
{
    static const enum txn_kind kinds[] = {KIND_VOID, KIND_REFUND, KIND_PREAUTH_VOID,
                                          KIND_COMPLETION_VOID};

    (void)state;
    start();
    struct txn_message sale = play_sale(&play);
    play_approve(&play, &sale);
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        play.command.supervisor.is_given = false;
        play_follow(&play, kinds[i], &sale.identity);
        assert_unknown("nobody has confirmed");
        play.command.supervisor = play_person(1, "0000");
        play_follow(&play, kinds[i], &sale.identity);
        assert_unknown("not the supervisor");
    }
    play.command.supervisor = play_person(0, "654321");
    play_follow(&play, KIND_VOID, &sale.identity);
    assert_unknown("password");
    assert_int_equal(operator_of(0)->tries, 1);
    play.command.supervisor = play_person(0, "123456");
    play.hsm.password = HSM_DOWN;
    play_follow(&play, KIND_VOID, &sale.identity);
    assert_unknown("key module");
    play.hsm.password = HSM_OK;
    play_follow(&play, KIND_VOID, &sale.identity);
    assert_int_equal(play_sent(&play)->message.kind, KIND_VOID);
    assert_int_equal(operator_of(0)->tries, 0);
}

static void test_a_forced_settlement_wants_him_too(void **state)
{
    (void)state;
    start();
    play.command.is_forced = true;
    play.command.supervisor = play_person(0, "1");
    play_command(&play, COMMAND_SETTLE);
    assert_unknown("password");
    assert_int_equal(operator_of(0)->tries, 1);
    play.command.supervisor = play_person(0, "123456");
    play_command(&play, COMMAND_SETTLE);
    assert_int_equal(play_sent(&play)->message.kind, KIND_SETTLE);
}

static void set(uint8_t by, const char *word, uint8_t number, const char *password)
{
    play.command.supervisor = play_person(by, word);
    play.command.cashier = play_person(number, password);
    play_command(&play, COMMAND_PUT_ROW);
    play.command.cashier.is_given = false;
}

static void test_operators_are_set_up_by_those_who_may(void **state)
{
    (void)state;
    start();
    set(99, "12345678", 7, "7777");
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_int_equal(operator_of(7)->cost, 10000);
    assert_int_equal(operator_of(7)->salt[0], 0x5A);
    log_in(7, "7777");
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    set(0, "123456", 7, "");
    assert_null(operator_of(7));
    set(0, "123456", 99, "00000000");
    assert_unknown("may not set this");
    set(1, "0000", 8, "8888");
    assert_unknown("may not set this");
    set(99, "wrong", 8, "8888");
    assert_unknown("password");
    set(99, "12345678", 8, "888");
    assert_unknown("password is too short");
    assert_null(operator_of(8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_sold_before_somebody_is_there),
        cmocka_unit_test(test_who_does_not_sell_does_not_log_in),
        cmocka_unit_test(test_five_wrong_passwords_lock),
        cmocka_unit_test(test_the_supervisor_confirms),
        cmocka_unit_test(test_a_forced_settlement_wants_him_too),
        cmocka_unit_test(test_operators_are_set_up_by_those_who_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

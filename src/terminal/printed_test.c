#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "terminal/play.h"

static struct play play;

static struct txn_message sale(uint8_t faulty)
{
    play_init(&play);
    play_sign_in(&play);
    play.command.amount = money_of(1000, CURRENCY_CNY);
    play.command.faulty_devices = faulty;
    play_present(&play, ENTRY_STRIPE, "");
    struct txn_message request = play_sale(&play);
    play_approve(&play, &request);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    play.command.faulty_devices = 0;
    return request;
}

static const struct payment_row *shown(void)
{
    assert_true(play.work.effects.display.has_payment);
    return &play.work.effects.display.payment;
}

static const struct payment_row *stored(const struct txn_message *request)
{
    struct row_key key = payment_row_key(&request->identity);

    return (const struct payment_row *)(const void *)play_row(&play, &key)->value;
}

static void print(uint32_t batch, uint32_t trace, uint8_t faulty)
{
    play.command.original = (struct original){.batch = batch, .trace = trace};
    play.command.faulty_devices = faulty;
    play_command(&play, COMMAND_PRINTED);
}

static void test_a_copy_is_counted_after_the_slip(void **state)
{
    (void)state;
    struct txn_message request = sale(0);

    assert_int_equal(shown()->copies, 1);
    print(0, request.identity.trace, 0);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_int_equal(play.work.what, WHAT_PRINTED);
    assert_int_equal(shown()->copies, 2);
    assert_int_equal(stored(&request)->copies, 2);
    assert_int_equal(stored(&request)->money, MONEY_MOVED);
    print(17, request.identity.trace, 0);
    assert_int_equal(stored(&request)->copies, 3);
    for (int i = 0; i < 300; i++)
        print(17, request.identity.trace, 0);
    assert_int_equal(stored(&request)->copies, 255);
}

static void test_a_payment_stands_without_paper(void **state)
{
    (void)state;
    static const uint8_t faults[] = {DEVICE_PAPER_OUT, DEVICE_PRINTER};

    for (size_t i = 0; i < ARRAY_COUNT(faults); i++) {
        struct txn_message request = sale(faults[i]);

        assert_int_equal(shown()->copies, 0);
        assert_int_equal(stored(&request)->money, MONEY_MOVED);
        size_t records = play.records;
        print(0, request.identity.trace, faults[i]);
        assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_OUT_OF_PAPER);
        assert_int_equal(shown()->money, MONEY_MOVED);
        assert_int_equal(stored(&request)->copies, 0);
        assert_int_equal(play.records, records);
        print(0, request.identity.trace, 0);
        assert_int_equal(stored(&request)->copies, 1); /* the first, so it is no duplicate */
    }
}

static void test_no_slip_of_what_is_not_there(void **state)
{
    (void)state;
    struct txn_message request = sale(0);

    print(0, request.identity.trace + 1, 0);
    assert_int_equal(play_shown(&play), OUTCOME_ORIGINAL_NOT_FOUND);
    print(16, request.identity.trace, 0);
    assert_int_equal(play_shown(&play), OUTCOME_ORIGINAL_NOT_FOUND);
    memcpy(play.command.terminal, "T9      ", TERMINAL_ID_LEN);
    print(0, request.identity.trace, 0);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_KEY_MISSING);
    assert_int_equal(stored(&request)->copies, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_copy_is_counted_after_the_slip),
        cmocka_unit_test(test_a_payment_stands_without_paper),
        cmocka_unit_test(test_no_slip_of_what_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RIG_CHECK(condition) assert_true(condition)
#include "test/lib/issuer_rig.h"

#define OPENING 100000
#define DAY_MS INT64_C(86400000)

static struct rig rig;

static const struct rig_result *send(struct node_event event)
{
    return rig_send(&rig, &event);
}

static struct node_event sale(uint32_t trace, int64_t minor)
{
    return rig_request(&rig, ENTRY_CHIP, trace, minor);
}

static struct node_event preauth(uint32_t trace, int64_t minor)
{
    struct node_event event = rig_request(&rig, ENTRY_CHIP, trace, minor);

    event.message.kind = KIND_PREAUTH;
    return event;
}

static struct node_event follow(enum txn_kind kind, uint32_t trace, uint32_t of, int64_t minor)
{
    return rig_follow(&rig, kind, trace, of, minor);
}

static void assert_code(const struct rig_result *result, const char *code)
{
    assert_true(result->has_answer);
    assert_true(result->answer.message.has_mac);
    assert_memory_equal(result->answer.message.code, code, RESPONSE_CODE_LEN);
}

static void assert_account(int64_t balance_minor, int64_t held_minor)
{
    assert_int_equal(rig_account(&rig)->balance_minor, balance_minor);
    assert_int_equal(rig_account(&rig)->held_minor, held_minor);
}

static void wait_days(int64_t days)
{
    rig.wall = instant_add_ms(rig.wall, days * DAY_MS);
}

static void test_a_hold_takes_nothing_and_may_be_let_go(void **state)
{
    (void)state;
    rig_build(&rig);
    const struct rig_result *result = send(preauth(2, 60000));
    assert_code(result, "00");
    assert_int_equal(result->timer_count, 1);
    assert_account(OPENING, 60000);
    assert_int_equal(rig_payment(&rig, 2)->money, MONEY_HELD);
    assert_int_equal(rig_payment(&rig, 2)->lapses.us, rig.wall.us + 30 * DAY_MS * 1000);
    assert_code(send(sale(3, 40001)), "51");
    assert_code(send(follow(KIND_PREAUTH_VOID, 4, 2, 60000)), "00");
    assert_account(OPENING, 0);
    assert_int_equal(rig_payment(&rig, 2)->follow, FOLLOW_VOIDED);
    assert_int_equal(rig_card(&rig)->daily_count, 0);
    assert_code(send(sale(5, 40001)), "00");
    assert_code(send(follow(KIND_COMPLETION, 6, 2, 60000)), "22");
}

static void test_a_completion_takes_its_part_and_lets_go_of_the_rest(void **state)
{
    static const enum txn_kind ways[] = {KIND_COMPLETION, KIND_COMPLETION_ADVICE};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(ways); i++) {
        rig_build(&rig);
        send(preauth(2, 60000));
        assert_code(send(follow(ways[i], 3, 2, 69001)), "64");
        assert_int_equal(rig.results[0].outcome, OUTCOME_COMPLETION_TOO_LARGE);
        assert_code(send(follow(ways[i], 4, 2, 45000)), "00");
        assert_account(OPENING - 45000, 0);
        assert_int_equal(rig_payment(&rig, 2)->follow, FOLLOW_COMPLETED);
        assert_int_equal(rig_payment(&rig, 2)->money, MONEY_HELD);
        assert_int_equal(payment_row_money(rig_payment(&rig, 2)), MONEY_MOVED);
        assert_code(send(follow(ways[i], 5, 2, 45000)), "22");
        assert_code(send(follow(KIND_REFUND, 6, 4, 5000)), "00");
        assert_account(OPENING - 40000, 0);
    }
}

static void test_what_a_completion_takes_above_its_hold_must_be_there(void **state)
{
    (void)state;
    rig_build(&rig);
    send(preauth(2, 60000));
    send(sale(3, 40000));
    assert_code(send(follow(KIND_COMPLETION_ADVICE, 4, 2, 60001)), "51");
    assert_code(send(follow(KIND_COMPLETION_ADVICE, 5, 2, 60000)), "00");
    assert_account(0, 0);
}

/* A hold is a promise: the card may be stopped meanwhile. Its growth is a new promise. */
static void test_a_completion_is_honoured_whatever_became_of_the_card(void **state)
{
    (void)state;
    rig_build(&rig);
    send(preauth(2, 60000));
    rig_card(&rig)->state = RECORD_FROZEN;
    assert_code(send(follow(KIND_INCREMENT, 3, 2, 1000)), "62");
    assert_code(send(follow(KIND_COMPLETION, 4, 2, 60000)), "00");
    assert_account(OPENING - 60000, 0);
}

static void test_a_hold_grows_by_its_increments(void **state)
{
    (void)state;
    rig_build(&rig);
    send(preauth(2, 60000));
    assert_code(send(follow(KIND_INCREMENT, 3, 2, 30000)), "00");
    assert_account(OPENING, 90000);
    assert_int_equal(rig_payment(&rig, 2)->posted_minor, 90000);
    assert_int_equal(rig_payment(&rig, 3)->money, MONEY_HELD);
    assert_code(send(follow(KIND_INCREMENT, 4, 2, 10001)), "51");
    assert_code(send(follow(KIND_COMPLETION, 5, 2, 95000)), "00");
    assert_account(OPENING - 95000, 0);
}

static void test_a_void_of_a_completion_holds_again(void **state)
{
    (void)state;
    rig_build(&rig);
    send(preauth(2, 60000));
    send(follow(KIND_COMPLETION, 3, 2, 50000));
    const struct rig_result *result = send(follow(KIND_COMPLETION_VOID, 4, 3, 50000));
    assert_code(result, "00");
    assert_int_equal(result->timer_count, 1);
    assert_account(OPENING, 60000);
    assert_code(send(follow(KIND_COMPLETION, 5, 2, 60000)), "00");
    assert_account(OPENING - 60000, 0);
    assert_code(send(follow(KIND_COMPLETION_VOID, 6, 3, 50000)), "22");
}

/* A completion that was refused has completed nothing, nor has what is none. */
static void test_a_void_of_no_completion_finds_nothing(void **state)
{
    static const char *const found[] = {"declined", "declined", "sale", "no such payment"};

    (void)state;
    rig_build(&rig);
    assert_code(send(follow(KIND_COMPLETION, 2, 9, 100)), "25"); /* of no hold */
    send(preauth(3, 60000));
    assert_code(send(follow(KIND_COMPLETION, 4, 3, 900000)), "64");
    send(sale(5, 100));
    for (uint32_t i = 0; i < ARRAY_COUNT(found); i++) {
        uint32_t of = i == 0 ? 2 : 3 + i;
        assert_code(send(follow(KIND_COMPLETION_VOID, 10 + i, of, 100)), "25");
        const struct payment_row *row = rig_payment(&rig, 10 + i);
        assert_int_equal(row->outcome, OUTCOME_ORIGINAL_NOT_FOUND);
        assert_string_equal(row->evidence[1].text, found[i]);
    }
    assert_account(OPENING - 100, 60000);
}

/* What the holder has spent meanwhile does not stand against the shop's hold. */
static void test_a_hold_comes_back_even_when_the_rest_is_spent(void **state)
{
    (void)state;
    rig_build(&rig);
    send(preauth(2, 60000));
    send(follow(KIND_COMPLETION, 3, 2, 10000));
    send(sale(4, 90000));
    assert_code(send(follow(KIND_COMPLETION_VOID, 5, 3, 10000)), "00");
    assert_account(10000, 60000);
    assert_code(send(sale(6, 1)), "51");
}

static void test_a_hold_lapses_at_its_date_and_not_before(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_config(&rig)->hold_days = 3;
    send(preauth(2, 60000));
    for (int day = 0; day < 3; day++) {
        const struct rig_result *early = rig_wake(&rig, day == 1 ? EVENT_RECOVER : EVENT_TIMER, 2);
        assert_int_equal(early->what, WHAT_NONE);
        assert_int_equal(early->timer_count, 1);
        assert_true(early->timer.due.ns > 0);
        assert_account(OPENING, 60000);
        rig.wall = instant_add_ms(rig.wall, DAY_MS - (day == 2));
    }
    rig_wake(&rig, EVENT_TIMER, 2);
    assert_account(OPENING, 60000);
    rig.wall = instant_add_ms(rig.wall, 1);
    const struct rig_result *result = rig_wake(&rig, EVENT_TIMER, 2);
    assert_int_equal(result->what, WHAT_HOLD_LAPSED);
    assert_account(OPENING, 0);
    assert_int_equal(rig_payment(&rig, 2)->follow, FOLLOW_LAPSED);
    assert_int_equal(payment_row_money(rig_payment(&rig, 2)), MONEY_RETURNED);
    assert_int_equal(rig_wake(&rig, EVENT_TIMER, 2)->what, WHAT_NONE);
    assert_account(OPENING, 0);
}

/* The date counts, not the timer: until the timer has come the money is still held. */
static void test_nothing_follows_a_hold_past_its_date(void **state)
{
    (void)state;
    for (int timer = 0; timer < 2; timer++) {
        rig_build(&rig);
        send(preauth(2, 60000));
        wait_days(30);
        if (timer == 1)
            rig_wake(&rig, EVENT_TIMER, 2);
        static const enum txn_kind kinds[] = {KIND_COMPLETION, KIND_COMPLETION_ADVICE,
                                              KIND_INCREMENT, KIND_PREAUTH_VOID};
        for (uint32_t i = 0; i < ARRAY_COUNT(kinds); i++) {
            assert_code(send(follow(kinds[i], 3 + i, 2, 60000)), "22");
            assert_int_equal(rig.results[0].outcome, OUTCOME_HOLD_LAPSED);
        }
        assert_account(OPENING, timer == 1 ? 0 : 60000);
    }
}

/* The money comes back; the hold, whose date has passed, does not. */
static void test_a_void_of_a_completion_past_the_date_holds_nothing(void **state)
{
    (void)state;
    rig_build(&rig);
    send(preauth(2, 60000));
    send(follow(KIND_COMPLETION, 3, 2, 50000));
    wait_days(30);
    struct node_event undone = follow(KIND_COMPLETION_VOID, 4, 3, 50000);
    assert_code(send(undone), "00");
    assert_account(OPENING, 0);
    assert_int_equal(rig_payment(&rig, 2)->follow, FOLLOW_LAPSED);
    assert_code(send(rig_reversal_of(&rig, &undone)), "00");
    assert_account(OPENING - 50000, 0);
    assert_int_equal(rig_payment(&rig, 2)->follow, FOLLOW_COMPLETED);
}

static void test_damage_keeps_a_hold(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        rig_build(&rig);
        send(preauth(2, 60000));
        wait_days(30);
        rig.is_spoiled = true;
        if (way == 0)
            rig_payment(&rig, 2)->kind = KIND_COUNT;
        if (way == 1)
            rig_account(&rig)->held_minor = 1;
        const struct rig_result *result = rig_wake(&rig, EVENT_TIMER, 2);
        assert_true(result->is_alarm);
        assert_int_equal(result->what, WHAT_NONE);
        assert_int_equal(result->timer_count, 1);
    }
}

static void test_a_hold_that_lapsed_is_reversed_by_doing_nothing(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = preauth(2, 60000);
    send(event);
    wait_days(30);
    rig_wake(&rig, EVENT_TIMER, 2);
    assert_code(send(rig_reversal_of(&rig, &event)), "00");
    assert_account(OPENING, 0);
    assert_int_equal(rig_payment(&rig, 2)->stage, STAGE_REVERSED);
}

/* The reversal of a completion comes after the date of its hold: the money comes back, the hold has
 * lapsed meanwhile. */
static void test_a_completion_reversed_past_the_date_holds_nothing(void **state)
{
    (void)state;
    rig_build(&rig);
    send(preauth(2, 60000));
    struct node_event completion = follow(KIND_COMPLETION, 3, 2, 50000);
    send(completion);
    wait_days(30);
    assert_code(send(rig_reversal_of(&rig, &completion)), "00");
    assert_account(OPENING, 0);
    assert_int_equal(rig_payment(&rig, 2)->follow, FOLLOW_LAPSED);
}

/* The reversal of an increment overtaken by the completion: nothing is held any more, but should
 * the completion be voided, the hold is without it. */
static void test_an_increment_reversed_late_is_out_of_the_hold(void **state)
{
    (void)state;
    rig_build(&rig);
    send(preauth(2, 60000));
    struct node_event increment = follow(KIND_INCREMENT, 3, 2, 20000);
    send(increment);
    send(follow(KIND_COMPLETION, 4, 2, 60000));
    assert_code(send(rig_reversal_of(&rig, &increment)), "00");
    assert_account(OPENING - 60000, 0);
    assert_code(send(follow(KIND_COMPLETION_VOID, 5, 4, 60000)), "00");
    assert_account(OPENING, 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_hold_takes_nothing_and_may_be_let_go),
        cmocka_unit_test(test_a_completion_takes_its_part_and_lets_go_of_the_rest),
        cmocka_unit_test(test_what_a_completion_takes_above_its_hold_must_be_there),
        cmocka_unit_test(test_a_completion_is_honoured_whatever_became_of_the_card),
        cmocka_unit_test(test_a_hold_grows_by_its_increments),
        cmocka_unit_test(test_a_void_of_a_completion_holds_again),
        cmocka_unit_test(test_a_void_of_no_completion_finds_nothing),
        cmocka_unit_test(test_a_hold_comes_back_even_when_the_rest_is_spent),
        cmocka_unit_test(test_a_hold_lapses_at_its_date_and_not_before),
        cmocka_unit_test(test_nothing_follows_a_hold_past_its_date),
        cmocka_unit_test(test_a_void_of_a_completion_past_the_date_holds_nothing),
        cmocka_unit_test(test_damage_keeps_a_hold),
        cmocka_unit_test(test_a_hold_that_lapsed_is_reversed_by_doing_nothing),
        cmocka_unit_test(test_a_completion_reversed_past_the_date_holds_nothing),
        cmocka_unit_test(test_an_increment_reversed_late_is_out_of_the_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

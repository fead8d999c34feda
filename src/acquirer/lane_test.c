/* The lane of a reversal: tried again for ever, handed over to a person, confirmed once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test/lib/reversal_stand.h"

static int64_t pause_ms(void)
{
    assert_int_equal(world.deadline_count, 1);
    return (world.deadlines[0].due.ns - world.wall.us * 1000) / 1000000;
}

static void test_the_lane_tries_for_ever_with_longer_pauses(void **state)
{
    static const int64_t pauses[] = {2000, 4000, 8000, 16000, 32000, 60000, 60000};

    (void)state;
    stand_given_up();
    for (size_t i = 0; i < 400; i++) {
        size_t at = i < ARRAY_COUNT(pauses) ? i : ARRAY_COUNT(pauses) - 1;
        assert_int_equal(pause_ms(), pauses[at]);
        assert_int_equal(world_pending(42)->attempts, i + 1);
        world_wait_ms(pauses[at]);
        world_timer(world_pending_key(42));
        assert_true(world_record()->what == WHAT_REVERSAL_SENT ||
                    world_record()->what == WHAT_HANDED_OVER);
        assert_true(world_sent(ISSUER_LINK)->message.is_repeat);
        assert_null(world_sent(TILL_LINK));
    }
    assert_int_equal(world_payment(42)->reversal_attempts, 255);
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_ISSUER_NO_ANSWER);
    issuer_confirms("00");
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER);
}

static void timer_at_the_far_end(void)
{
    world_event(EVENT_TIMER)->key = world_pending_key(42);
    memset(world.event.entropy, 0xFF, sizeof world.event.entropy);
    world_run();
}

/* Thousands that began to wait together come apart by it (storm_test.c). */
static void test_pauses_are_shortened_by_chance_by_up_to_a_half(void **state)
{
    (void)state;
    stand_given_up();
    timer_at_the_far_end();
    assert_in_range(pause_ms(), 2000, 2001);
    world_issuer_link()->is_up = 0;
    world_wait_ms(10800000);
    timer_at_the_far_end();
    assert_in_range(pause_ms(), 30000, 30001);
}

/* What a start takes up comes in one moment, before its links are up. */
static void test_what_is_old_is_not_sent_as_the_process_starts(void **state)
{
    (void)state;
    stand_given_up();
    world_recover(world_pending_key(42));
    assert_non_null(world_sent(ISSUER_LINK));
    world_wait_ms(600000);
    world_recover(world_pending_key(42));
    expect_nothing();
    assert_int_equal(pause_ms(), 60000);
    world_timer(world_pending_key(42));
    assert_non_null(world_sent(ISSUER_LINK));
}

static void test_while_the_issuer_is_away_the_lane_waits(void **state)
{
    (void)state;
    stand_sent();
    world_issuer_link()->is_up = 0;
    world_wait_ms(20000);
    world_timer(world_pending_key(42));
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_ISSUER_NO_ANSWER);
    assert_null(world_sent(ISSUER_LINK));
    assert_int_equal(world_pending(42)->attempts, 0);
    assert_string_equal(world_payment(42)->evidence[1].text, "queued");
    expect_reply("98");
    world_wait_ms(2000);
    world_timer(world_pending_key(42));
    expect_nothing();
    assert_int_equal(pause_ms(), 2000);
    world_wait_ms(10800000);
    world_timer(world_pending_key(42));
    expect_nothing();
    assert_int_equal(pause_ms(), 60000);
    world_issuer_link()->is_up = 1;
    world_timer(world_pending_key(42));
    assert_false(world_sent(ISSUER_LINK)->message.is_repeat); /* it never left before */
    issuer_confirms("25");
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER);
    assert_string_equal(world_payment(42)->evidence[1].text, "done");
}

/* The request is held up, its reversal overtakes it, and the bank knows neither yet. */
static void test_no_such_payment_is_no_proof_while_it_may_still_come(void **state)
{
    (void)state;
    stand_given_up();
    issuer_confirms("25");
    expect_nothing();
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_ISSUER_NO_ANSWER);
    struct txn_message late = world_answer(&request, "00");
    world_issuer_says(&late);
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_ISSUER_NO_ANSWER);
    world_wait_ms(2000);
    world_timer(world_pending_key(42));
    assert_true(world_sent(ISSUER_LINK)->message.is_repeat);
    issuer_confirms("00");
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER);

    stand_given_up();
    world_wait_ms(19999);
    issuer_confirms("25");
    expect_nothing();
    world_wait_ms(1);
    issuer_confirms("25");
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER);
}

static size_t records_of(enum journal_what what)
{
    size_t count = 0;

    for (size_t i = 0; i < world.record_count; i++)
        count += world.records[i].what == what;
    return count;
}

static void expect_handed_over(enum outcome cause)
{
    assert_int_equal(world_record()->what, WHAT_HANDED_OVER);
    assert_int_equal(world_record()->outcome, cause);
    assert_true(world_record()->is_alarm);
    assert_true(world_pending(42)->is_handed);
}

/* One person is told, once; the lane goes on as if nothing had been said. */
static void test_hours_without_an_answer_are_handed_over_once(void **state)
{
    (void)state;
    stand_given_up();
    for (int64_t waited = 0; waited < 2 * 14400000; waited += 60000) {
        world_wait_ms(60000);
        world_timer(world_pending_key(42));
        assert_non_null(world_sent(ISSUER_LINK));
        if (waited == 14400000 - 60000) {
            expect_handed_over(OUTCOME_DOUBT_UNANSWERED);
            assert_string_equal(world_payment(42)->evidence[1].text, "handed to a person");
        }
    }
    assert_int_equal(records_of(WHAT_HANDED_OVER), 1);
    assert_string_equal(world_payment(42)->evidence[1].text, "handed to a person");
    issuer_confirms("00");
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER);
    assert_string_equal(world_payment(42)->evidence[1].text, "done");
}

static void test_an_issuer_that_is_away_for_hours_is_handed_over(void **state)
{
    (void)state;
    stand_sent();
    world_issuer_link()->is_up = 0;
    world_wait_ms(20000);
    world_timer(world_pending_key(42));
    world_wait_ms(14400000 - 1);
    world_timer(world_pending_key(42));
    expect_nothing();
    world_wait_ms(1);
    world_timer(world_pending_key(42));
    expect_handed_over(OUTCOME_DOUBT_UNANSWERED);
    assert_int_equal(world.deadline_count, 1);
    world_wait_ms(86400000);
    world_timer(world_pending_key(42));
    expect_nothing();
    world_issuer_link()->is_up = 1;
    world_timer(world_pending_key(42));
    issuer_confirms("00");
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER);
}

static void test_a_reversal_refused_again_and_again_is_handed_over(void **state)
{
    (void)state;
    stand_reversing();
    for (uint32_t tries = 1; tries < 10; tries++) {
        issuer_confirms("64");
        assert_memory_equal(world_pending(42)->last_code, "64", 2);
        assert_false(world_pending(42)->is_handed);
        world_wait_ms(60000);
        world_timer(world_pending_key(42));
    }
    expect_handed_over(OUTCOME_DOUBT_REFUSED);
    world_wait_ms(60000);
    world_timer(world_pending_key(42));
    assert_int_equal(world_record()->what, WHAT_REVERSAL_SENT);
    assert_memory_equal(world_pending(42)->last_code, "64", 2);
    assert_true(world_pending(42)->is_handed);
    issuer_confirms("00");
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_APPROVED);
}

static void test_a_confirmation_counts_once(void **state)
{
    (void)state;
    stand_reversing();
    issuer_confirms("00");
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_APPROVED);
    assert_int_equal(world_record()->what, WHAT_REVERSED);
    assert_null(world_pending(42));
    assert_int_equal(world.sent_count, 0);
    issuer_confirms("00");
    expect_nothing();
    world_timer(world_pending_key(42));
    expect_nothing();
}

static void test_a_confirmation_that_does_not_fit_leaves_it_owed(void **state)
{
    struct txn_message answer;
    struct keyblock other = fake_key(KEY_ZAK, 99, ISSUER);

    (void)state;
    stand_reversing();
    answer = reversal_answer("00");
    world_issuer_says_with(&answer, &other);
    assert_int_equal(world_record()->what, WHAT_QUARANTINED);
    answer.amount.minor++;
    world_issuer_says(&answer);
    assert_int_equal(world_record()->what, WHAT_QUARANTINED);
    answer.amount.minor--;
    answer.pan = world_pan(CARD_OTHER);
    world_issuer_says(&answer);
    assert_int_equal(world_record()->what, WHAT_QUARANTINED);
    issuer_confirms("96");
    assert_int_equal(world_record()->what, WHAT_REVERSAL_REFUSED);
    assert_true(world_record()->is_alarm);
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_APPROVED);
    assert_non_null(world_pending(42));
    world_timer(world_pending_key(42));
    assert_non_null(world_sent(ISSUER_LINK));
    issuer_confirms("00");
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_APPROVED);
}

static void test_a_confirmation_of_what_is_not_being_reversed_changes_nothing(void **state)
{
    static void (*const stands[])(void) = {stand_sent, stand_approved, stand_declined};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(stands); i++) {
        stands[i]();
        struct payment_row before = *world_payment(42);
        issuer_confirms("00");
        expect_nothing();
        assert_memory_equal(world_payment(42), &before, sizeof before);
    }
}

static void test_a_refused_mac_renews_the_zone(void **state)
{
    (void)state;
    stand_reversing();
    issuer_confirms("A0");
    assert_int_equal(world_record()->what, WHAT_REVERSAL_REFUSED);
    assert_int_equal(world_sent(ISSUER_LINK)->message.kind, KIND_SIGN_IN);
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_APPROVED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_lane_tries_for_ever_with_longer_pauses),
        cmocka_unit_test(test_pauses_are_shortened_by_chance_by_up_to_a_half),
        cmocka_unit_test(test_what_is_old_is_not_sent_as_the_process_starts),
        cmocka_unit_test(test_while_the_issuer_is_away_the_lane_waits),
        cmocka_unit_test(test_no_such_payment_is_no_proof_while_it_may_still_come),
        cmocka_unit_test(test_hours_without_an_answer_are_handed_over_once),
        cmocka_unit_test(test_an_issuer_that_is_away_for_hours_is_handed_over),
        cmocka_unit_test(test_a_reversal_refused_again_and_again_is_handed_over),
        cmocka_unit_test(test_a_confirmation_counts_once),
        cmocka_unit_test(test_a_confirmation_that_does_not_fit_leaves_it_owed),
        cmocka_unit_test(test_a_confirmation_of_what_is_not_being_reversed_changes_nothing),
        cmocka_unit_test(test_a_refused_mac_renews_the_zone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

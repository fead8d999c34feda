#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RIG_CHECK(condition) assert_true(condition)
#include "test/lib/issuer_rig.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS INT64_C(86400000)
#define NOON 720

static struct rig rig;

static enum outcome pay(uint32_t trace, int64_t minor)
{
    struct node_event event = rig_request(&rig, ENTRY_CHIP, trace, minor);

    return rig_send(&rig, &event)->outcome;
}

static enum outcome pay_with(uint32_t trace, const char *pin)
{
    struct node_event event = rig_request(&rig, ENTRY_CHIP, trace, 100);

    rig_add_pin(&rig, &event.message, pin);
    return rig_send(&rig, &event)->outcome;
}

static const char *evidence_of(uint32_t trace, enum evidence_name name)
{
    const struct payment_row *row = rig_payment(&rig, trace);

    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        if (row->evidence[i].name == name)
            return row->evidence[i].text;
    }
    return "";
}

/* It is noon; windows from and until, and whether noon is within. */
static void test_windows_hold_to_the_minute_and_go_over_midnight(void **state)
{
    static const struct {
        uint16_t from;
        uint16_t until;
        bool is_within;
    } rows[] = {
        {NOON, NOON + 1, true}, {NOON - 1, NOON, false}, {NOON + 1, NOON + 2, false},
        {NOON, NOON, false},    {1439, NOON, false},     {1439, NOON + 1, true},
        {NOON, 1, true},        {NOON + 1, 1, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        bool is_none = rows[i].from == rows[i].until;
        rig_build(&rig);
        rig_config(&rig)->policy.cutoff_from = rows[i].from;
        rig_config(&rig)->policy.cutoff_until = rows[i].until;
        assert_int_equal(pay(2, 100), rows[i].is_within ? OUTCOME_ISSUER_CUTOFF : OUTCOME_APPROVED);
        rig_build(&rig);
        rig_config(&rig)->policy.open_from = rows[i].from;
        rig_config(&rig)->policy.open_until = rows[i].until;
        assert_int_equal(pay(2, 100),
                         rows[i].is_within || is_none ? OUTCOME_APPROVED : OUTCOME_HOURS_CLOSED);
    }
}

static void test_closed_hours_say_when_they_end(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_config(&rig)->policy.open_from = 480;
    rig_config(&rig)->policy.open_until = 660;
    assert_int_equal(pay(2, 100), OUTCOME_HOURS_CLOSED);
    assert_string_equal(evidence_of(2, EVIDENCE_LIMIT), "08:00-11:00");
    assert_string_equal(evidence_of(2, EVIDENCE_RESETS), "2026-11-23 08:00:00");
}

/* What goes back, and what was promised, does not wait for the morning. */
static void test_advices_and_reversals_do_not_wait_for_the_day(void **state)
{
    (void)state;
    rig_build(&rig);
    assert_int_equal(pay(2, 5000), OUTCOME_APPROVED);
    rig_config(&rig)->policy.cutoff_from = 0;
    rig_config(&rig)->policy.cutoff_until = 1439;
    rig_config(&rig)->policy.open_from = 1;
    rig_config(&rig)->policy.open_until = 2;
    struct node_event refund = rig_follow(&rig, KIND_REFUND, 3, 2, 1000);
    assert_int_equal(rig_send(&rig, &refund)->outcome, OUTCOME_APPROVED);
    struct node_event undone = rig_follow(&rig, KIND_VOID, 4, 2, 5000);
    assert_int_equal(rig_send(&rig, &undone)->outcome, OUTCOME_ORIGINAL_ALREADY_VOIDED);
    struct node_event reversal = rig_reversal(&rig, 9, 5000);
    assert_int_equal(rig_send(&rig, &reversal)->what, WHAT_TOMBSTONE);
}

static void test_an_overdue_account_stays_stopped_when_it_pays(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_account(&rig)->overdue_since = 20261023;
    assert_int_equal(pay(2, 100), OUTCOME_ACCOUNT_OVERDUE);
    assert_string_equal(evidence_of(2, EVIDENCE_DAYS), "30");
    assert_int_equal(rig_fund(&rig, 5000000), OUTCOME_APPROVED);
    assert_int_equal(pay(3, 100), OUTCOME_ACCOUNT_OVERDUE);
    struct account_row reviewed = *rig_account(&rig);
    struct row_key key = issuer_setup_account_key(&reviewed);
    reviewed.overdue_since = 0;
    rig_put(&rig, &key, &reviewed, sizeof reviewed);
    assert_int_equal(pay(4, 100), OUTCOME_APPROVED);
    rig_account(&rig)->overdue_since = 20261399;
    assert_int_equal(pay(5, 100), OUTCOME_ISSUER_FAULT);
}

static void test_a_card_unused_for_long_sleeps_until_it_is_looked_at(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_config(&rig)->policy.dormant_days = 180;
    assert_int_equal(pay(2, 100), OUTCOME_APPROVED);
    rig.wall = instant_add_ms(rig.wall, 180 * DAY_MS);
    assert_int_equal(pay(3, 100), OUTCOME_APPROVED);
    rig.wall = instant_add_ms(rig.wall, 181 * DAY_MS);
    assert_int_equal(pay(4, 100), OUTCOME_CARD_DORMANT);
    assert_string_equal(evidence_of(4, EVIDENCE_SINCE), "2027-05-21 12:00:00");
    assert_int_equal(pay(5, 100), OUTCOME_CARD_DORMANT); /* trying is no use */
    struct card_row woken = *rig_card(&rig);
    struct row_key key = issuer_setup_card_key(&woken);
    woken.state_since = rig.wall;
    rig_put(&rig, &key, &woken, sizeof woken);
    assert_int_equal(pay(6, 100), OUTCOME_APPROVED);
}

static void test_a_card_is_for_its_region(void **state)
{
    static const struct {
        uint16_t card;
        uint16_t acquirer;
        enum outcome outcome;
    } rows[] = {
        {0, 156, OUTCOME_APPROVED},
        {156, 156, OUTCOME_APPROVED},
        {156, 0, OUTCOME_APPROVED},
        {156, 344, OUTCOME_REGION_REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        rig_build(&rig);
        rig_card(&rig)->region = rows[i].card;
        rig_acquirer(&rig)->region = rows[i].acquirer;
        assert_int_equal(pay(2, 100), rows[i].outcome);
    }
    assert_string_equal(evidence_of(2, EVIDENCE_FOUND), "344");
    assert_string_equal(evidence_of(2, EVIDENCE_EXPECTED), "156");
}

static void test_many_refusals_and_then_much_is_suspicious(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_config(&rig)->policy.refusals_max = 3;
    rig_config(&rig)->policy.suspicious_minor = 50000;
    rig_card(&rig)->limit_minor = 60000;
    assert_int_equal(pay(2, 60001), OUTCOME_LIMIT_PER_PAYMENT);
    assert_int_equal(pay(3, 60001), OUTCOME_LIMIT_PER_PAYMENT);
    assert_int_equal(pay(4, 100), OUTCOME_APPROVED); /* begins anew */
    for (uint32_t trace = 5; trace < 8; trace++)
        assert_int_equal(pay(trace, 60001), OUTCOME_LIMIT_PER_PAYMENT);
    assert_int_equal(pay(8, 50000), OUTCOME_RISK_ISSUER_SUSPICIOUS);
    assert_string_equal(evidence_of(8, EVIDENCE_RULE), "large-after-refusals");
    assert_string_equal(evidence_of(8, EVIDENCE_USED), "3");
    assert_int_equal(pay(9, 40000), OUTCOME_APPROVED);
    assert_int_equal(pay(10, 50000), OUTCOME_APPROVED);
}

/* What is no fault of the card does not count against it. */
static void test_faults_are_not_refusals(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_config(&rig)->policy.cutoff_from = NOON;
    rig_config(&rig)->policy.cutoff_until = NOON + 1;
    assert_int_equal(pay(2, 100), OUTCOME_ISSUER_CUTOFF);
    assert_int_equal(rig_card(&rig)->refusals, 0);
}

static void test_a_large_payment_wants_a_call(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_config(&rig)->policy.referral_minor = 50000;
    assert_int_equal(pay(2, 49999), OUTCOME_APPROVED);
    assert_int_equal(pay(3, 50000), OUTCOME_ISSUER_REFERRAL);
    assert_memory_equal(rig.results[0].answer.message.code, "01", RESPONSE_CODE_LEN);
    assert_string_equal(evidence_of(3, EVIDENCE_LIMIT), "500.00");
}

static void test_a_locked_card_opens_the_next_day_where_the_policy_says(void **state)
{
    (void)state;
    for (int policy = 0; policy < 2; policy++) {
        rig_build(&rig);
        rig_config(&rig)->policy.pin_opens_daily = policy == 1;
        for (uint32_t trace = 2; trace < 5; trace++)
            assert_int_equal(pay_with(trace, "0000"), OUTCOME_PIN_WRONG);
        rig.wall = instant_add_ms(rig.wall, 12 * 60 * MINUTE_MS - 1); /* the last of the day */
        assert_int_equal(pay_with(5, RIG_PIN), OUTCOME_PIN_TRIES_EXCEEDED);
        assert_string_equal(evidence_of(5, EVIDENCE_LOCKED_SINCE), "2026-11-22 12:00:00");
        rig.wall = instant_add_ms(rig.wall, 1);
        if (policy == 0) {
            assert_int_equal(pay_with(6, RIG_PIN), OUTCOME_PIN_TRIES_EXCEEDED);
            continue;
        }
        assert_int_equal(pay_with(6, "0000"), OUTCOME_PIN_WRONG);
        assert_int_equal(rig_card(&rig)->pin_tries, 1);
        assert_int_equal(pay_with(7, RIG_PIN), OUTCOME_APPROVED);
        assert_int_equal(rig_card(&rig)->pin_tries, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows_hold_to_the_minute_and_go_over_midnight),
        cmocka_unit_test(test_closed_hours_say_when_they_end),
        cmocka_unit_test(test_advices_and_reversals_do_not_wait_for_the_day),
        cmocka_unit_test(test_an_overdue_account_stays_stopped_when_it_pays),
        cmocka_unit_test(test_a_card_unused_for_long_sleeps_until_it_is_looked_at),
        cmocka_unit_test(test_a_card_is_for_its_region),
        cmocka_unit_test(test_many_refusals_and_then_much_is_suspicious),
        cmocka_unit_test(test_faults_are_not_refusals),
        cmocka_unit_test(test_a_large_payment_wants_a_call),
        cmocka_unit_test(test_a_locked_card_opens_the_next_day_where_the_policy_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* From when on a debt is a person's matter, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "node/doubt.h"

#include <string.h>

static const struct instant start = {1795341600000000};
static const struct doubt_limits usual = {DOUBT_REFUSALS_MAX, DOUBT_SILENCE_MAX_MS};

static struct instant after_ms(int64_t ms)
{
    return (struct instant){start.us + ms * 1000};
}

static void test_silence_counts_by_its_age(void **state)
{
    struct pending_row row = {.kind = PENDING_REVERSAL, .attempts = 1000, .since = start};

    (void)state;
    assert_int_equal(doubt_cause(&row, usual, after_ms(DOUBT_SILENCE_MAX_MS - 1)), OUTCOME_NONE);
    assert_int_equal(doubt_cause(&row, usual, after_ms(DOUBT_SILENCE_MAX_MS)),
                     OUTCOME_DOUBT_UNANSWERED);
    assert_int_equal(doubt_cause(&row, usual, after_ms(-1)),
                     OUTCOME_NONE); /* the clock went back */
}

static void test_refusals_count_by_their_number(void **state)
{
    struct pending_row row = {.kind = PENDING_ADVICE, .since = start, .last_code = "96"};

    (void)state;
    row.attempts = DOUBT_REFUSALS_MAX - 1;
    assert_int_equal(doubt_cause(&row, usual, start), OUTCOME_NONE);
    row.attempts = DOUBT_REFUSALS_MAX;
    assert_int_equal(doubt_cause(&row, usual, start), OUTCOME_DOUBT_REFUSED);
    memset(row.last_code, 0, sizeof row.last_code);
    assert_int_equal(doubt_cause(&row, usual, start), OUTCOME_NONE);
}

static void test_it_is_handed_over_once(void **state)
{
    struct pending_row row = {.kind = PENDING_QUERY, .since = start};
    struct instant late = after_ms(DOUBT_SILENCE_MAX_MS);

    (void)state;
    assert_int_equal(doubt_to_hand_over(&row, NULL, late), OUTCOME_DOUBT_UNANSWERED);
    row.is_handed = 1;
    assert_int_equal(doubt_to_hand_over(&row, NULL, late), OUTCOME_NONE);
    assert_int_equal(doubt_cause(&row, usual, late), OUTCOME_DOUBT_UNANSWERED);
}

static void test_what_is_no_debt_is_nobodys(void **state)
{
    static const uint8_t kinds[] = {PENDING_NONE, PENDING_ANSWER, PENDING_EXCHANGE, PENDING_HOLD};
    struct pending_row row = {.since = start, .attempts = 100, .last_code = "96"};

    (void)state;
    for (size_t i = 0; i < sizeof kinds; i++) {
        row.kind = kinds[i];
        assert_int_equal(doubt_cause(&row, usual, after_ms(INT64_C(90000000))), OUTCOME_NONE);
    }
}

static void test_a_party_may_set_its_own_limit(void **state)
{
    const struct config_row config = {.hand_over_s = 60};
    struct pending_row row = {.kind = PENDING_REVERSAL, .attempts = 2, .since = start};

    (void)state;
    assert_int_equal(doubt_to_hand_over(&row, &config, after_ms(59999)), OUTCOME_NONE);
    assert_int_equal(doubt_to_hand_over(&row, &config, after_ms(60000)), OUTCOME_DOUBT_UNANSWERED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silence_counts_by_its_age),
        cmocka_unit_test(test_refusals_count_by_their_number),
        cmocka_unit_test(test_it_is_handed_over_once),
        cmocka_unit_test(test_a_party_may_set_its_own_limit),
        cmocka_unit_test(test_what_is_no_debt_is_nobodys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

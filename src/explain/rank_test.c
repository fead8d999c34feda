#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "explain/rank.h"

#include <string.h>

static void know(struct rank_evidence *evidence, enum rank_fact fact, uint32_t value)
{
    evidence->is_known[fact] = true;
    evidence->values[fact] = value;
}

static void test_without_facts_nothing_is_ranked(void **state)
{
    struct rank_evidence evidence = {0};
    struct rank_answer answer;

    (void)state;
    rank_bare_refusal(&evidence, &answer);
    assert_int_equal(answer.count, 0);
    assert_null(answer.step);
}

static void test_each_fact_brings_its_cause(void **state)
{
    static const struct {
        enum rank_fact fact;
        uint32_t value;
        enum outcome first;
    } rows[] = {
        {RANK_WRONG_PINS, 2, OUTCOME_PIN_WRONG},
        {RANK_ISSUER_REFUSED, 95, OUTCOME_ISSUER_FAULT},
        {RANK_FALLBACK, 1, OUTCOME_CHIP_FALLBACK_REFUSED},
        {RANK_KEYED, 1, OUTCOME_CVV_WRONG},
        {RANK_MERCHANT_DAYS, 0, OUTCOME_MERCHANT_UNKNOWN},
        {RANK_PAYMENTS_TODAY, 9, OUTCOME_LIMIT_DAILY_AMOUNT},
        {RANK_SMALLER_APPROVED, 1, OUTCOME_ACCOUNT_FUNDS_SHORT},
        {RANK_WRONG_PINS, 3, OUTCOME_PIN_TRIES_EXCEEDED},
        {RANK_OTHERS_REFUSED, 90, OUTCOME_SWITCH_FAULT},
        {RANK_SHOP_REFUSED, 90, OUTCOME_MERCHANT_UNKNOWN},
        {RANK_SAME_APPROVED, 1, OUTCOME_PIN_WRONG},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct rank_evidence evidence = {0};
        struct rank_answer answer;

        know(&evidence, rows[i].fact, rows[i].value);
        rank_bare_refusal(&evidence, &answer);
        assert_int_equal(answer.hits[0].outcome, rows[i].first);
        assert_non_null(answer.step);
        for (size_t h = 1; h < answer.count; h++)
            assert_true(answer.hits[h].share <= answer.hits[h - 1].share);
    }
}

static void test_reasons_are_for_and_against(void **state)
{
    struct rank_evidence evidence = {0};
    struct rank_answer answer;

    (void)state;
    know(&evidence, RANK_WRONG_PINS, 1);
    know(&evidence, RANK_ISSUER_REFUSED, 0);
    rank_bare_refusal(&evidence, &answer);
    assert_int_equal(answer.hits[0].outcome, OUTCOME_PIN_WRONG);
    assert_int_equal(answer.hits[0].reason_count, 1);
    assert_false(answer.hits[0].reasons[0].is_against);
    assert_string_equal(answer.hits[0].reasons[0].words->in[LANG_EN],
                        "a wrong PIN with this card just before");
    for (size_t h = 1; h < answer.count; h++) {
        if (answer.hits[h].outcome == OUTCOME_ISSUER_FAULT)
            assert_true(answer.hits[h].reasons[0].is_against);
    }
}

static void test_what_tells_nothing_apart_ranks_nothing(void **state)
{
    struct rank_evidence evidence = {0};
    struct rank_answer answer;

    (void)state;
    know(&evidence, RANK_HOUR, 12);
    know(&evidence, RANK_FALLBACK, 0);
    know(&evidence, RANK_KEYED, 0);
    know(&evidence, RANK_AMOUNT, 100);
    know(&evidence, RANK_ISSUER_REFUSED, 0);
    rank_bare_refusal(&evidence, &answer);
    assert_int_equal(answer.count, 0);
    assert_null(answer.step);
    know(&evidence, RANK_SMALLER_APPROVED, 1);
    rank_bare_refusal(&evidence, &answer);
    assert_int_equal(answer.hits[0].outcome, OUTCOME_ACCOUNT_FUNDS_SHORT);
}

/* Of a code that has causes of its own only these are ranked. */
static void test_the_causes_of_a_vague_code(void **state)
{
    static const struct {
        const char *code;
        enum rank_fact fact;
        uint32_t value;
        enum outcome first;
    } rows[] = {
        {"96", RANK_ISSUER_REFUSED, 90, OUTCOME_ISSUER_FAULT},
        {"96", RANK_OTHERS_REFUSED, 90, OUTCOME_SWITCH_FAULT},
        {"61", RANK_PAYMENTS_TODAY, 8, OUTCOME_LIMIT_DAILY_AMOUNT},
        {"61", RANK_AMOUNT, 900, OUTCOME_LIMIT_PER_PAYMENT},
        {"65", RANK_PAYMENTS_TODAY, 8, OUTCOME_LIMIT_DAILY_COUNT},
        {"05", RANK_WRONG_PINS, 3, OUTCOME_PIN_TRIES_EXCEEDED},
        {"03", RANK_SHOP_REFUSED, 100, OUTCOME_MERCHANT_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct rank_evidence evidence = {0};
        struct codes_meaning meaning;
        struct rank_answer answer;

        codes_look_up(CODES_CUP_POS, bytes_of_z(rows[i].code), &meaning);
        rank_code(&meaning, &evidence, &answer);
        assert_int_equal(answer.count, 0);
        know(&evidence, rows[i].fact, rows[i].value);
        rank_code(&meaning, &evidence, &answer);
        assert_true(answer.count > 0);
        assert_int_equal(answer.hits[0].outcome, rows[i].first);
        assert_int_equal(answer.step == NULL, rows[i].code[1] != '5' || rows[i].code[0] != '0');
    }
}

static void test_a_code_of_one_cause_is_not_ranked(void **state)
{
    struct rank_evidence evidence = {0};
    struct codes_meaning meaning;
    struct rank_answer answer;

    (void)state;
    know(&evidence, RANK_WRONG_PINS, 3);
    codes_look_up(CODES_CUP_POS, bytes_of_z("25"), &meaning);
    rank_code(&meaning, &evidence, &answer);
    assert_int_equal(answer.count, 0);
    codes_look_up(CODES_TSI, bytes_of_z("1.8"), &meaning);
    rank_code(&meaning, &evidence, &answer);
    assert_int_equal(answer.count, 0);
}

static void test_facts_and_sureness_have_words(void **state)
{
    (void)state;
    for (unsigned fact = 0; fact < RANK_FACT_COUNT; fact++)
        assert_int_equal(rank_fact_by_name(bytes_of_z(rank_fact_name((enum rank_fact)fact))), fact);
    assert_int_equal(rank_fact_by_name(bytes_of_z("weather")), RANK_FACT_COUNT);
    for (unsigned s = RANK_GUESS; s <= RANK_SURE; s++)
        assert_true(strlen(rank_sureness_words((enum rank_sureness)s)->in[LANG_ZH]) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_facts_nothing_is_ranked),
        cmocka_unit_test(test_each_fact_brings_its_cause),
        cmocka_unit_test(test_reasons_are_for_and_against),
        cmocka_unit_test(test_what_tells_nothing_apart_ranks_nothing),
        cmocka_unit_test(test_the_causes_of_a_vague_code),
        cmocka_unit_test(test_a_code_of_one_cause_is_not_ranked),
        cmocka_unit_test(test_facts_and_sureness_have_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

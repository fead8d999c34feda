#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/prng.h"
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
        {RANK_HOUR, 12, OUTCOME_ACCOUNT_FUNDS_SHORT},
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
    assert_int_equal(answer.hits[0].reason_count, 1);
    assert_false(answer.hits[0].reasons[0].is_against);
    assert_string_equal(answer.hits[0].reasons[0].words->in[LANG_EN],
                        "a wrong PIN with this card just before");
    for (size_t h = 1; h < answer.count; h++) {
        if (answer.hits[h].outcome == OUTCOME_ISSUER_FAULT)
            assert_true(answer.hits[h].reasons[0].is_against);
    }
}

/* ---- simulated incidents ---- */

static bool chance(struct prng *prng, unsigned percent)
{
    return prng_below(prng, 100) < percent;
}

/* How often each is the true cause: in another mixture than the table has. */
static enum outcome draw_cause(struct prng *prng)
{
    static const enum outcome causes[] = {
        OUTCOME_ACCOUNT_FUNDS_SHORT,
        OUTCOME_ACCOUNT_FUNDS_SHORT,
        OUTCOME_ACCOUNT_FUNDS_SHORT,
        OUTCOME_RISK_ISSUER_SUSPICIOUS,
        OUTCOME_PIN_WRONG,
        OUTCOME_PIN_WRONG,
        OUTCOME_LIMIT_DAILY_AMOUNT,
        OUTCOME_TRANSACTION_NOT_FOR_CARD,
        OUTCOME_ISSUER_FAULT,
        OUTCOME_CVV_WRONG,
        OUTCOME_CHIP_FALLBACK_REFUSED,
        OUTCOME_MERCHANT_UNKNOWN,
    };

    return causes[prng_below(prng, ARRAY_COUNT(causes))];
}

/* What the records would show: the mark of the true cause most of the time, noise always, and some
 * facts not at all. */
static void draw_evidence(struct prng *prng, enum outcome cause, struct rank_evidence *out)
{
    bool is_odd = cause == OUTCOME_RISK_ISSUER_SUSPICIOUS || cause == OUTCOME_LIMIT_DAILY_AMOUNT;
    bool is_fallback = cause == OUTCOME_CHIP_FALLBACK_REFUSED || chance(prng, 2);
    const uint32_t values[RANK_FACT_COUNT] = {
        [RANK_WRONG_PINS] = chance(prng, cause == OUTCOME_PIN_WRONG ? 75 : 4),
        [RANK_ISSUER_REFUSED] =
            (uint32_t)prng_below(prng, 35) + (cause == OUTCOME_ISSUER_FAULT ? 55 : 0),
        [RANK_CARD_APPROVED] = chance(prng, cause == OUTCOME_TRANSACTION_NOT_FOR_CARD ? 10 : 45),
        [RANK_AMOUNT] =
            (uint32_t)prng_below(prng, 200) + (chance(prng, is_odd ? 65 : 15) ? 300 : 20),
        [RANK_PAYMENTS_TODAY] =
            (uint32_t)prng_below(prng, 3) +
            (chance(prng, cause == OUTCOME_LIMIT_DAILY_AMOUNT ? 75 : 4) ? 5 : 0),
        [RANK_FALLBACK] = is_fallback,
        [RANK_KEYED] = !is_fallback && chance(prng, cause == OUTCOME_CVV_WRONG ? 85 : 3),
        [RANK_MERCHANT_DAYS] = cause == OUTCOME_MERCHANT_UNKNOWN && chance(prng, 85) ? 1 : 400,
        [RANK_HOUR] = (uint32_t)prng_below(
            prng, cause == OUTCOME_RISK_ISSUER_SUSPICIOUS && chance(prng, 40) ? 6 : 24),
    };

    for (unsigned fact = 0; fact < RANK_FACT_COUNT; fact++) {
        if (chance(prng, 90))
            know(out, (enum rank_fact)fact, values[fact]);
    }
}

static void test_simulated_incidents_of_which_only_a_05_was_seen(void **state)
{
    enum { INCIDENTS = 2000 };
    struct prng prng;
    unsigned first = 0;
    unsigned top3 = 0;

    (void)state;
    prng_seed(&prng, 20261122);
    for (int i = 0; i < INCIDENTS; i++) {
        enum outcome cause = draw_cause(&prng);
        struct rank_evidence evidence = {0};
        struct rank_answer answer;

        draw_evidence(&prng, cause, &evidence);
        rank_bare_refusal(&evidence, &answer);
        first += answer.hits[0].outcome == cause;
        for (size_t h = 0; h < answer.count && h < 3; h++)
            top3 += answer.hits[h].outcome == cause;
    }
    print_message("# bare 05: of %d simulated incidents the true cause is first in %u %%, among "
                  "three in %u %%\n",
                  (int)INCIDENTS, first * 100 / INCIDENTS, top3 * 100 / INCIDENTS);
    assert_true(first * 100 >= INCIDENTS * 60);
    assert_true(top3 * 100 >= INCIDENTS * 80);
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
        cmocka_unit_test(test_simulated_incidents_of_which_only_a_05_was_seen),
        cmocka_unit_test(test_facts_and_sureness_have_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "explain/around.h"

#define MINUTE_US INT64_C(60000000)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)
#define NOON_US (20000 * DAY_US + 12 * HOUR_US)

enum { CARD = 1, ISSUER = 1, SHOP = 1 };

static struct around_subject refusal(void)
{
    return (struct around_subject){
        .sight = {.at = {NOON_US},
                  .card = CARD,
                  .issuer = ISSUER,
                  .merchant = SHOP,
                  .amount_minor = 30000},
    };
}

/* A payment of the card so many minutes before, approved at another shop. */
static struct around_sight earlier(int64_t minutes, int64_t amount_minor)
{
    return (struct around_sight){.at = {NOON_US - minutes * MINUTE_US},
                                 .card = CARD,
                                 .issuer = ISSUER,
                                 .merchant = SHOP + 1,
                                 .amount_minor = amount_minor,
                                 .is_approved = true};
}

static struct rank_evidence facts_of(const struct around_subject *subject,
                                     const struct around_sight *sights, size_t count)
{
    struct around around;
    struct rank_evidence evidence;

    around_begin(&around, subject);
    for (size_t i = 0; i < count; i++)
        around_add(&around, &sights[i]);
    around_finish(&around, &evidence);
    return evidence;
}

static void expect(const struct rank_evidence *evidence, enum rank_fact fact, uint32_t value)
{
    assert_true(evidence->is_known[fact]);
    assert_int_equal(evidence->values[fact], value);
}

static void test_without_records_only_the_refusal_speaks(void **state)
{
    struct around_subject subject = refusal();
    struct rank_evidence evidence = facts_of(&subject, NULL, 0);
    struct rank_answer answer;

    (void)state;
    for (unsigned fact = 0; fact < RANK_FACT_COUNT; fact++)
        assert_int_equal(evidence.is_known[fact],
                         fact == RANK_FALLBACK || fact == RANK_KEYED || fact == RANK_HOUR);
    expect(&evidence, RANK_HOUR, 12);
    rank_bare_refusal(&evidence, &answer);
    assert_int_equal(answer.count, 0); /* and that is no evidence */
    subject.utc_offset_s = 8 * 3600;
    evidence = facts_of(&subject, NULL, 0);
    expect(&evidence, RANK_HOUR, 20);
    subject.is_fallback = true;
    evidence = facts_of(&subject, NULL, 0);
    rank_bare_refusal(&evidence, &answer);
    assert_int_equal(answer.hits[0].outcome, OUTCOME_CHIP_FALLBACK_REFUSED);
}

static void test_the_card_before(void **state)
{
    struct around_subject subject = refusal();
    struct around_sight sights[] = {earlier(10, 10000),      earlier(59, 20000),
                                    earlier(61, 10000),      earlier(23 * 60, 40000),
                                    earlier(25 * 60, 20000), earlier(5, 30000)};
    struct rank_evidence evidence;

    (void)state;
    sights[5].is_approved = false;
    sights[5].is_wrong_pin = true;
    evidence = facts_of(&subject, sights, 6);
    expect(&evidence, RANK_WRONG_PINS, 1);
    expect(&evidence, RANK_CARD_APPROVED, 4);    /* within a day */
    expect(&evidence, RANK_PAYMENTS_TODAY, 4);   /* since midnight, refused ones too */
    expect(&evidence, RANK_AMOUNT, 150);         /* 300.00 against 200.00 */
    expect(&evidence, RANK_SMALLER_APPROVED, 1); /* 10 and 59 minutes before */
    sights[5].at.us = NOON_US - 60 * MINUTE_US;  /* just out of the hour */
    evidence = facts_of(&subject, sights + 2, 4);
    expect(&evidence, RANK_WRONG_PINS, 0); /* the issuer would say so */
    evidence = facts_of(&subject, sights + 2, 3);
    assert_false(evidence.is_known[RANK_WRONG_PINS]);
    evidence = facts_of(&subject, sights + 2, 4);
    assert_false(evidence.is_known[RANK_SMALLER_APPROVED]);
}

static void test_what_a_card_usually_pays_needs_two(void **state)
{
    struct around_subject subject = refusal();
    struct around_sight sights[] = {earlier(100, 100), earlier(200, 100)};
    struct rank_evidence evidence = facts_of(&subject, sights, 1);

    (void)state;
    assert_false(evidence.is_known[RANK_AMOUNT]);
    evidence = facts_of(&subject, sights, 2);
    expect(&evidence, RANK_AMOUNT, 30000);
    sights[0].amount_minor = sights[1].amount_minor = 0;
    evidence = facts_of(&subject, sights, 2);
    assert_false(evidence.is_known[RANK_AMOUNT]);
    subject.sight.amount_minor = INT64_MAX; /* a damaged row must not overflow */
    sights[0].amount_minor = sights[1].amount_minor = 1;
    evidence = facts_of(&subject, sights, 2);
    expect(&evidence, RANK_AMOUNT, 100000);
}

static void test_less_was_approved_afterwards(void **state)
{
    struct around_subject subject = refusal();
    struct around_sight after = earlier(-1, 29999);
    struct rank_evidence evidence = facts_of(&subject, &after, 1);

    (void)state;
    expect(&evidence, RANK_SMALLER_APPROVED, 1);
    assert_false(evidence.is_known[RANK_CARD_APPROVED]); /* that came after */
    after.amount_minor = 30000;
    evidence = facts_of(&subject, &after, 1);
    assert_false(evidence.is_known[RANK_SMALLER_APPROVED]);
    after = subject.sight; /* itself */
    evidence = facts_of(&subject, &after, 1);
    assert_false(evidence.is_known[RANK_NEVER_APPROVED]);
}

static void test_the_same_before_and_after(void **state)
{
    struct around_subject subject = refusal();
    struct around_sight sights[] = {earlier(1, 30000), earlier(9, 30000), earlier(-9, 30000)};
    struct rank_evidence evidence;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        sights[i].merchant = SHOP;
    sights[0].is_approved = sights[1].is_approved = false;
    evidence = facts_of(&subject, sights, 3);
    expect(&evidence, RANK_REPEATS, 2);
    expect(&evidence, RANK_SAME_APPROVED, 1);
    assert_false(evidence.is_known[RANK_NEVER_APPROVED]);
    evidence = facts_of(&subject, sights, 2);
    expect(&evidence, RANK_NEVER_APPROVED, 3);
    sights[1].at.us -= MINUTE_US;
    sights[2].at.us += MINUTE_US;
    evidence = facts_of(&subject, sights, 3);
    expect(&evidence, RANK_REPEATS, 1);
    assert_false(evidence.is_known[RANK_SAME_APPROVED]);
}

static void test_shares_need_three_others_near_by(void **state)
{
    struct around_subject subject = refusal();
    struct around_sight sights[6];
    struct rank_evidence evidence;

    (void)state;
    for (unsigned i = 0; i < 6; i++)
        sights[i] = (struct around_sight){.at = {NOON_US + (i % 2 == 0 ? 9 : -9) * MINUTE_US},
                                          .card = CARD + 1 + i,
                                          .issuer = ISSUER + (i >= 3),
                                          .merchant = SHOP + (i % 2),
                                          .is_approved = i == 0};
    evidence = facts_of(&subject, sights, 6);
    expect(&evidence, RANK_ISSUER_REFUSED, 66);
    expect(&evidence, RANK_OTHERS_REFUSED, 100);
    expect(&evidence, RANK_SHOP_REFUSED, 66); /* cards 0, 2, 4 */
    evidence = facts_of(&subject, sights, 2);
    assert_false(evidence.is_known[RANK_ISSUER_REFUSED]);
    for (unsigned i = 0; i < 6; i++)
        sights[i].at.us = NOON_US - 11 * MINUTE_US;
    evidence = facts_of(&subject, sights, 6);
    assert_false(evidence.is_known[RANK_ISSUER_REFUSED]);
    assert_true(evidence.is_known[RANK_SHOP_REFUSED]);
}

static void test_ages_are_days(void **state)
{
    struct around_subject subject = refusal();
    struct rank_evidence evidence;

    (void)state;
    subject.merchant_since.us = NOON_US - DAY_US + 1;
    subject.tables_since.us = NOON_US - 120 * DAY_US;
    evidence = facts_of(&subject, NULL, 0);
    expect(&evidence, RANK_MERCHANT_DAYS, 0);
    expect(&evidence, RANK_TABLE_DAYS, 120);
    subject.merchant_since.us = NOON_US + 1; /* changed since: says nothing of then */
    evidence = facts_of(&subject, NULL, 0);
    assert_false(evidence.is_known[RANK_MERCHANT_DAYS]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_records_only_the_refusal_speaks),
        cmocka_unit_test(test_the_card_before),
        cmocka_unit_test(test_what_a_card_usually_pays_needs_two),
        cmocka_unit_test(test_less_was_approved_afterwards),
        cmocka_unit_test(test_the_same_before_and_after),
        cmocka_unit_test(test_shares_need_three_others_near_by),
        cmocka_unit_test(test_ages_are_days),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

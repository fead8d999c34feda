#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/attribute.h"
#include "office/agree.h"

#include <string.h>

#define NONE 0xFF

static const struct {
    uint8_t terminal; /* enum money_state of each, or NONE */
    uint8_t acquirer;
    uint8_t issuer;
    enum agreement agreement;
} cases[] = {
    {MONEY_MOVED, MONEY_MOVED, MONEY_MOVED, AGREE_TAKEN},
    {MONEY_NOT_MOVED, MONEY_NOT_MOVED, MONEY_NOT_MOVED, AGREE_NOT_TAKEN},
    {MONEY_NOT_MOVED, NONE, NONE, AGREE_NOT_TAKEN},
    {MONEY_RETURNED, MONEY_RETURNED, MONEY_RETURNED, AGREE_NOT_TAKEN},
    {MONEY_RETURNED, MONEY_RETURNED, NONE, AGREE_NOT_TAKEN},
    {MONEY_HELD, MONEY_HELD, MONEY_HELD, AGREE_TAKEN},
    {MONEY_HELD, MONEY_HELD, MONEY_RETURNED, AGREE_LOST},
    {MONEY_RETURNED, MONEY_HELD, MONEY_HELD, AGREE_UNASKED},
    {NONE, MONEY_HELD, MONEY_HELD, AGREE_UNKNOWN_HERE},
    {MONEY_RETURNING, MONEY_RETURNED, MONEY_RETURNED, AGREE_NOT_TAKEN},
    {MONEY_RETURNING, MONEY_RETURNING, MONEY_MOVED, AGREE_OPEN},
    {MONEY_RETURNING, MONEY_MOVED, MONEY_MOVED, AGREE_UNASKED},
    {MONEY_UNKNOWN, MONEY_MOVED, MONEY_MOVED, AGREE_OPEN},
    {MONEY_RETURNED, MONEY_RETURNING, MONEY_MOVED, AGREE_OPEN},
    {MONEY_MOVED, MONEY_MOVED, NONE, AGREE_LOST},
    {MONEY_MOVED, MONEY_RETURNED, MONEY_RETURNED, AGREE_LOST},
    {MONEY_MOVED, NONE, NONE, AGREE_LOST},
    {MONEY_NOT_MOVED, MONEY_NOT_MOVED, MONEY_MOVED, AGREE_UNASKED},
    {MONEY_RETURNED, MONEY_MOVED, MONEY_MOVED, AGREE_UNASKED},
    {NONE, MONEY_MOVED, MONEY_MOVED, AGREE_UNKNOWN_HERE},
    {NONE, MONEY_NOT_MOVED, NONE, AGREE_NOT_TAKEN},
};

static const struct agree_entry *entry_of(uint8_t money, int64_t minor, struct agree_entry *room)
{
    *room = (struct agree_entry){
        .kind = KIND_SALE, .stage = STAGE_ANSWERED, .money = money, .minor = minor};
    return money == NONE ? NULL : room;
}

static void test_each_combination(void **state)
{
    (void)state;
    struct agree_entry t;
    struct agree_entry a;
    struct agree_entry i;

    for (size_t at = 0; at < ARRAY_COUNT(cases); at++)
        assert_int_equal(agree_on(entry_of(cases[at].terminal, 100, &t),
                                  entry_of(cases[at].acquirer, 100, &a),
                                  entry_of(cases[at].issuer, 100, &i)),
                         cases[at].agreement);
}

static void test_amounts_must_be_the_same(void **state)
{
    (void)state;
    struct agree_entry t;
    struct agree_entry a;
    struct agree_entry i;

    assert_int_equal(agree_on(entry_of(MONEY_MOVED, 100, &t), entry_of(MONEY_MOVED, 100, &a),
                              entry_of(MONEY_MOVED, 101, &i)),
                     AGREE_AMOUNT);
}

static void test_a_reversing_row_is_open(void **state)
{
    (void)state;
    struct agree_entry t;
    struct agree_entry a;

    (void)entry_of(MONEY_NOT_MOVED, 1, &t);
    (void)entry_of(MONEY_MOVED, 1, &a);
    a.stage = STAGE_REVERSING;
    assert_int_equal(agree_on(&t, &a, NULL), AGREE_OPEN);
}

static void test_an_advice_that_is_not_delivered_is_open(void **state)
{
    (void)state;
    struct agree_entry t;

    (void)entry_of(MONEY_NOT_MOVED, 1, &t);
    t.kind = KIND_OFFLINE_SALE;
    t.stage = STAGE_STORED;
    assert_int_equal(agree_on(&t, NULL, NULL), AGREE_OPEN);
}

static void test_an_inquiry_is_never_open(void **state)
{
    (void)state;
    struct agree_entry a;

    (void)entry_of(MONEY_NOT_MOVED, 0, &a);
    a.stage = STAGE_SENT;
    assert_int_equal(agree_on(NULL, &a, NULL), AGREE_OPEN);
    a.kind = KIND_BALANCE;
    assert_int_equal(agree_on(NULL, &a, NULL), AGREE_NOT_TAKEN);
    a.kind = KIND_COUNT; /* a newer program's */
    assert_int_equal(agree_on(NULL, &a, NULL), AGREE_OPEN);
}

/* A tip's amount is the whole, what it posts the difference. */
static void test_the_amount_is_what_is_posted(void **state)
{
    (void)state;
    struct payment_row row = {.kind = KIND_TIP_ADJUST, .stage = STAGE_ANSWERED};
    struct agree_entry entry;

    row.amount = money_of(1100, CURRENCY_CNY);
    row.posted_minor = 100;
    agree_entry_of(&row, &entry);
    assert_int_equal(entry.minor, 100);
}

static void test_every_verdict_has_words(void **state)
{
    (void)state;
    for (int i = 0; i < AGREEMENT_COUNT; i++)
        assert_true(strlen(agreement_text((enum agreement)i)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_combination),
        cmocka_unit_test(test_amounts_must_be_the_same),
        cmocka_unit_test(test_a_reversing_row_is_open),
        cmocka_unit_test(test_an_advice_that_is_not_delivered_is_open),
        cmocka_unit_test(test_an_inquiry_is_never_open),
        cmocka_unit_test(test_the_amount_is_what_is_posted),
        cmocka_unit_test(test_every_verdict_has_words),
    };

    return cmocka_run_group_tests_name("agree", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "explain/explanation.h"

#include <string.h>

static struct overlay overlay;

static int set_up(void **state)
{
    (void)state;
    memset(&overlay, 0, sizeof overlay);
    return 0;
}

static struct explanation told(struct explain_facts *facts, enum explain_reader reader)
{
    struct explanation out;

    facts->overlay = &overlay;
    explain(facts, reader, LANG_EN, &out);
    return out;
}

static void reword(enum outcome outcome, enum explain_reader reader)
{
    overlay.words[outcome][reader][LANG_EN] =
        (struct overlay_words){.what = "Own words", .steps = "Try again at once\nPay twice"};
}

static void test_an_operators_words_are_told(void **state)
{
    struct explain_facts facts = explain_facts_of(OUTCOME_CARD_EXPIRED);
    struct explanation out;

    (void)state;
    reword(OUTCOME_CARD_EXPIRED, READER_MERCHANT);
    out = told(&facts, READER_MERCHANT);
    assert_string_equal(out.what, "Own words");
    assert_int_equal(out.step_count, 2);
    assert_true(bytes_equal(out.steps[0], bytes_of_z("Try again at once")));
    out = told(&facts, READER_CASHIER); /* not reworded */
    assert_string_not_equal(out.what, "Own words");
    overlay.words[OUTCOME_CARD_EXPIRED][READER_MERCHANT][LANG_EN].steps = NULL;
    out = told(&facts, READER_MERCHANT);
    assert_string_equal(out.what, "Own words");
    assert_false(bytes_equal(out.steps[0], bytes_of_z("Try again at once")));
}

/* Whatever an operator writes, nobody is led to paying twice. */
static void test_open_money_has_the_catalogues_words(void **state)
{
    (void)state;
    for (enum outcome o = outcome_next(OUTCOME_NONE); o < OUTCOME_COUNT; o = outcome_next(o)) {
        for (unsigned r = 0; r < READER_COUNT; r++)
            reword(o, (enum explain_reader)r);
    }
    for (enum outcome o = outcome_next(OUTCOME_NONE); o < OUTCOME_COUNT; o = outcome_next(o)) {
        for (unsigned m = 0; m < MONEY_STATE_COUNT; m++) {
            struct explain_facts facts = explain_facts_of(o);
            struct explanation out;

            facts.money = (enum money_state)m;
            out = told(&facts, (enum explain_reader)(o % READER_COUNT));
            if (m == MONEY_NOT_MOVED || m == MONEY_RETURNED)
                continue;
            assert_string_not_equal(out.what, "Own words");
            for (size_t i = 0; i < out.step_count; i++)
                assert_false(bytes_equal(out.steps[i], bytes_of_z("Pay twice")));
        }
    }
    struct explain_facts facts = explain_facts_of(OUTCOME_PIN_WRONG);
    facts.proof = PROOF_NONE; /* money without evidence */
    assert_string_not_equal(told(&facts, READER_MERCHANT).what, "Own words");
}

static void test_who_is_not_told_of_a_cause_is_not_told_by_an_operator_either(void **state)
{
    struct explain_facts facts = explain_facts_of(OUTCOME_RISK_SUSPICIOUS);

    (void)state;
    for (unsigned r = 0; r < READER_COUNT; r++) {
        enum explain_reader reader = (enum explain_reader)r;
        reword(OUTCOME_RISK_SUSPICIOUS, reader);
        assert_int_equal(strcmp(told(&facts, reader).what, "Own words") == 0,
                         catalogue_names(OUTCOME_RISK_SUSPICIOUS, reader));
    }
}

static void test_more_can_be_hidden_and_nothing_shown(void **state)
{
    struct explain_facts facts = explain_facts_of(OUTCOME_AMOUNT_ABOVE_MAXIMUM);
    struct evidence evidence[EVIDENCE_MAX] = {0};

    (void)state;
    evidence_add(evidence, EVIDENCE_LIMIT, "100.00");
    evidence_add(evidence, EVIDENCE_USED, "90.00");
    facts.evidence = evidence;
    assert_int_equal(told(&facts, READER_MERCHANT).evidence_count, 1);
    overlay.hidden_values[READER_MERCHANT] = UINT64_C(1) << EVIDENCE_LIMIT;
    assert_int_equal(told(&facts, READER_MERCHANT).evidence_count, 0);
    assert_int_equal(told(&facts, READER_OPERATOR).evidence_count, 2);
    assert_true(told(&facts, READER_MERCHANT).is_named);
    overlay.hides_name[OUTCOME_AMOUNT_ABOVE_MAXIMUM][READER_MERCHANT] = true;
    assert_false(told(&facts, READER_MERCHANT).is_named);
}

/* Every value by itself: the newest names are far along in the bits. */
static void test_each_value_can_be_hidden(void **state)
{
    (void)state;
    for (unsigned name = EVIDENCE_NONE + 1; name < EVIDENCE_COUNT; name++) {
        overlay.hidden_values[READER_MERCHANT] = UINT64_C(1) << name;
        for (unsigned other = EVIDENCE_NONE + 1; other < EVIDENCE_COUNT; other++)
            assert_int_equal(overlay_hides(&overlay, READER_MERCHANT, (enum evidence_name)other),
                             other == name);
    }
}

static void test_more_steps_than_there_is_room_for(void **state)
{
    struct explain_facts facts = explain_facts_of(OUTCOME_CARD_EXPIRED);

    (void)state;
    overlay.words[OUTCOME_CARD_EXPIRED][READER_MERCHANT][LANG_EN].steps = "1\n2\n3\n4\n5\n6\n7\n8";
    assert_int_equal(told(&facts, READER_MERCHANT).step_count, EXPLAIN_STEPS_MAX);
}

/* ---- codes ---- */

static struct codes_row row_of(const char *code, enum outcome_class class, enum money_state money,
                               enum outcome cause)
{
    return (struct codes_row){.dialect = CODES_CUP_POS,
                              .code = code,
                              .source = SOURCE_OPERATOR,
                              .class = class,
                              .money = money,
                              .date = "2026-11-22",
                              .means = {{"自定", "own"}},
                              .causes = {cause}};
}

static void test_a_code_of_an_operators(void **state)
{
    struct codes_meaning meaning;

    (void)state;
    overlay.codes[0] = row_of("Z1", CLASS_DECLINED, MONEY_NOT_MOVED, OUTCOME_LIMIT_PER_PAYMENT);
    overlay.codes[1] = row_of("51", CLASS_DECLINED, MONEY_NOT_MOVED, OUTCOME_LIMIT_DAILY_AMOUNT);
    overlay.code_count = 2;
    overlay_look_up(&overlay, CODES_CUP_POS, bytes_of_z("z1"), &meaning);
    assert_int_equal(meaning.causes[0], OUTCOME_LIMIT_PER_PAYMENT);
    assert_int_equal(meaning.cause_count, 1);
    assert_string_equal(codes_row_date(meaning.row), "2026-11-22");
    overlay_look_up(&overlay, CODES_CUP_POS, bytes_of_z("51"), &meaning);
    assert_int_equal(meaning.causes[0], OUTCOME_LIMIT_DAILY_AMOUNT);
    overlay_look_up(&overlay, CODES_ISO87, bytes_of_z("Z1"), &meaning);
    assert_null(meaning.row);
    overlay_look_up(NULL, CODES_CUP_POS, bytes_of_z("51"), &meaning);
    assert_int_equal(meaning.causes[0], OUTCOME_ACCOUNT_FUNDS_SHORT);
}

static void test_rows_that_would_break_a_rule_are_as_if_not_there(void **state)
{
    const struct codes_row rows[] = {
        row_of("51", CLASS_APPROVED, MONEY_MOVED, OUTCOME_APPROVED),
        row_of("00", CLASS_DECLINED, MONEY_NOT_MOVED, OUTCOME_PIN_WRONG),
        row_of("ZZ", CLASS_APPROVED, MONEY_MOVED, OUTCOME_APPROVED),
        row_of("96", CLASS_DECLINED, MONEY_NOT_MOVED, OUTCOME_SWITCH_FAULT),
        row_of("98", CLASS_DECLINED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER),
        row_of("51", CLASS_DECLINED, MONEY_MOVED, OUTCOME_ACCOUNT_FUNDS_SHORT),
        row_of("51", CLASS_DECLINED, MONEY_NOT_MOVED, OUTCOME_APPROVED),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct codes_meaning plain;
        struct codes_meaning meaning;

        assert_non_null(overlay_code_fault(&rows[i]));
        overlay.codes[0] = rows[i];
        overlay.code_count = 1;
        codes_look_up(CODES_CUP_POS, bytes_of_z(rows[i].code), &plain);
        overlay_look_up(&overlay, CODES_CUP_POS, bytes_of_z(rows[i].code), &meaning);
        assert_ptr_equal(meaning.row, plain.row);
        assert_int_equal(meaning.money, plain.money);
    }
    struct codes_row open = row_of("51", CLASS_FAULT, MONEY_UNKNOWN, OUTCOME_ISSUER_FAULT);
    assert_null(overlay_code_fault(&open)); /* more care is allowed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_an_operators_words_are_told, set_up),
        cmocka_unit_test_setup(test_open_money_has_the_catalogues_words, set_up),
        cmocka_unit_test_setup(test_who_is_not_told_of_a_cause_is_not_told_by_an_operator_either,
                               set_up),
        cmocka_unit_test_setup(test_more_can_be_hidden_and_nothing_shown, set_up),
        cmocka_unit_test_setup(test_each_value_can_be_hidden, set_up),
        cmocka_unit_test_setup(test_more_steps_than_there_is_room_for, set_up),
        cmocka_unit_test_setup(test_a_code_of_an_operators, set_up),
        cmocka_unit_test_setup(test_rows_that_would_break_a_rule_are_as_if_not_there, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

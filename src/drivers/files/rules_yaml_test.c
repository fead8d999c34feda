/* Rules files: what they say, and every way to say it wrong with its line and column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/files/rules_yaml.h"

#include <stdio.h>
#include <string.h>

#define UTC_8 (8 * 3600)

static struct rules_file file;
static struct yaml_fault fault;

static enum err parse(const char *text)
{
    memset(&fault, 0, sizeof fault);
    return rules_yaml_parse(bytes_of_z(text), UTC_8, &file, &fault);
}

static void test_each_check_is_read(void **state)
{
    (void)state;
    assert_int_equal(
        parse(
            "currency: CNY\nthreshold: 80\nrules:\n"
            "- {name: least, check: amount-least, amount: \"10.00\", merchant: M3}\n"
            "- {name: most, check: amount-most, amount: 5000, entry: [keyed, stripe]}\n"
            "- {name: sum, check: sum-most, per: terminal, each: month, amount: \"1.5\"}\n"
            "- {name: count, check: count-most, per: card-at-merchant, each: day, count: 2}\n"
            "- {name: apart, check: apart, minutes: 30, category: 5000-5999}\n"
            "- {name: pins, check: wrong-pins, count: 3}\n"
            "- {name: barred, check: barred, bin: 62000001-62000009, from: 2026-11-22}\n"
            "- {name: listed, check: listed}\n"
            "- {name: travel, check: travel, km_h: 300, near_km: 20}\n"
            "- {name: licence, check: licence, category: 5122}\n"
            "- {name: software, check: software-least, version: 310002, terminal: T1}\n"
            "- {name: window, check: maintenance, issuer: \"20000001\", from: \"23:30\", until: "
            "\"01:00\"}\n"
            "- {name: once, check: maintenance, issuer: \"20000001\", from: \"2026-11-22 02:00\", "
            "until: \"2026-11-22 04:00\"}\n"
            "- {name: guess, check: refusals, per: bin, count: 5, minutes: 10, score: 60}\n"
            "- {name: refunds, check: refund-ratio, per: merchant, each: day, percent: 30, "
            "count: 4}\n"
            "- {name: under, check: just-under, amount: \"1000.00\", percent: 5, score: 20, "
            "kind: [sale, preauth]}\n"),
        OK);
    assert_int_equal(file.threshold, 80);
    assert_int_equal(file.count, 16);
    assert_int_equal(file.named, 16);
    assert_int_equal(file.rules[0].amount_minor, 1000);
    assert_memory_equal(file.rules[0].party, "M3             ", MERCHANT_ID_LEN);
    assert_int_equal(file.rules[1].amount_minor, 500000);
    assert_int_equal(file.rules[1].entries, 1U << ENTRY_KEYED | 1U << ENTRY_STRIPE);
    assert_int_equal(file.rules[2].per, TALLY_TERMINAL);
    assert_int_equal(file.rules[2].each, PERIOD_MONTH);
    assert_int_equal(file.rules[3].count, 2);
    assert_int_equal(file.rules[4].span, 30);
    assert_int_equal(file.rules[4].category_from, 5000);
    assert_int_equal(file.rules[4].category_to, 5999);
    assert_int_equal(file.rules[6].bin_len, 8);
    assert_int_equal(file.rules[6].bin_to, 62000009);
    assert_int_equal(file.rules[6].from, (1795341600 - 18 * 3600) / 60);
    assert_int_equal(file.rules[8].count, 300);
    assert_int_equal(file.rules[8].span, 20);
    assert_memory_equal(file.rules[10].terminal, "T1      ", TERMINAL_ID_LEN);
    assert_int_equal(file.rules[11].each, PERIOD_DAY);
    assert_int_equal(file.rules[11].from, 23 * 60 + 30);
    assert_int_equal(file.rules[12].each, PERIOD_NONE);
    assert_int_equal(file.rules[12].until - file.rules[12].from, 120);
    assert_int_equal(file.rules[13].score, 60);
    assert_int_equal(file.rules[14].count, 30);
    assert_int_equal(file.rules[14].span, 4);
    assert_int_equal(file.rules[15].kinds, 1U << KIND_SALE | 1U << KIND_PREAUTH);
    assert_int_equal(file.lines[15], 19);
}

static void test_lists_make_a_rule_for_each_value(void **state)
{
    (void)state;
    assert_int_equal(parse("rules:\n- name: two\n  check: amount-least\n  amount: 1\n"
                           "  merchant: [M1, M2]\n  bin: [620000, 621000, 622000]\n"),
                     OK);
    assert_int_equal(file.named, 1);
    assert_int_equal(file.count, 6);
    assert_memory_equal(file.rules[1].party, "M2 ", 3);
    assert_int_equal(file.rules[1].bin_from, 620000);
    assert_memory_equal(file.rules[4].party, "M1 ", 3);
    assert_int_equal(file.rules[4].bin_from, 622000);
    assert_memory_equal(file.rules[5].name, "two", 4);
}

static void test_no_rules_are_rules(void **state)
{
    (void)state;
    assert_int_equal(parse("rules: []\n"), OK);
    assert_int_equal(file.count, 0);
    assert_int_equal(file.threshold, 100);
}

#define RULE(rest) "rules:\n- {name: a, " rest "}\n"

static const struct {
    const char *text;
    size_t line;
    size_t column;
    const char *what;
} mistakes[] = {
    {"", 1, 1, "empty"},
    {"rules: 3\n", 1, 8, "a list is expected here"},
    {"rules: []\nrule: []\n", 2, 1, "the key is not known here"},
    {"threshold: 0\nrules: []\n", 1, 12, "expected a number from 1 to 10000; found: 0"},
    {"currency: LEU\nrules: []\n", 1, 11, "expected a currency such as CNY; found: LEU"},
    {"rules:\n- {check: listed}\n", 2, 3, "a key is missing: name"},
    {"rules:\n- {name: A, check: listed}\n", 2, 10, "expected a name of 1 to 15"},
    {"rules:\n- {name: abcdefghijklmnop, check: listed}\n", 2, 10, "expected a name of 1 to 15"},
    {"rules:\n- {name: a, check: listed}\n- {name: a, check: listed}\n", 3, 10, "another name"},
    {RULE("check: lucky"), 2, 20, "expected amount-least, amount-most, sum-most"},
    {RULE("check: amount-least"), 2, 3, "the check amount-least also needs: amount"},
    {RULE("check: listed, amount: 1"), 2, 36, "the check listed has no such key: amount"},
    {RULE("check: maintenance, issuer: 1, from: \"1:00\", until: \"02:00\""), 2, 50,
     "expected a time"},
    {RULE("check: maintenance, issuer: 1, from: \"01:00\", until: 2026-11-22"), 2, 66, "same kind"},
    {RULE("check: listed, from: 2026-11-22, until: 2026-11-22"), 2, 53, "a time after `from`"},
    {RULE("check: listed, from: 2026-06-31"), 2, 34, "expected a date"},
    {RULE("check: maintenance, merchant: M1, issuer: 1, from: \"01:00\", until: \"02:00\""), 2, 43,
     "has no such key: merchant"},
    {RULE("check: amount-least, amount: -1"), 2, 42,
     "expected an amount such as \"10.00\"; found: -1"},
    {RULE("check: amount-least, amount: 0"), 2, 42, "expected an amount"},
    {RULE("check: wrong-pins, count: 0"), 2, 39, "expected a number from 1 to 1000000"},
    {RULE("check: wrong-pins, count: many"), 2, 39, "found: many"},
    {RULE("check: refusals, per: bin, minutes: 5, count: 17"), 2, 59,
     "expected a number from 1 to 16"},
    {RULE("check: count-most, per: shop, each: day, count: 1"), 2, 37,
     "expected card, card-at-merchant, terminal, merchant, category or bin; found: shop"},
    {RULE("check: count-most, per: bin, each: year, count: 1"), 2, 48,
     "expected day or month; found: year"},
    {RULE("check: listed, merchant: [M1, \"1234567890123456\"]"), 2, 43, "a merchant's id"},
    {RULE("check: listed, merchant: []"), 2, 38, "expected at least one value"},
    {RULE("check: listed, terminal: T12345678"), 2, 38, "a terminal's id"},
    {RULE("check: listed, category: 541"), 2, 38, "a category such as 5411"},
    {RULE("check: listed, category: 6000-5000"), 2, 38, "a category such as 5411"},
    {RULE("check: listed, bin: 62000"), 2, 33, "6 to 8 digits"},
    {RULE("check: listed, bin: 620000-62000001"), 2, 33, "6 to 8 digits"},
    {RULE("check: listed, entry: wave"), 2, 35, "expected keyed, stripe, chip, contactless or qr"},
    {RULE("check: listed, kind: void"), 2, 34,
     "expected sale, preauth, increment, balance or refund"},
    {RULE("check: listed, score: 10001"), 2, 35, "expected a number from 1 to 10000"},
    {"rules:\n- {name: a, check: barred, bin: 620000}\n- {name: b, check: barred, bin: 62000012}\n",
     3, 33, "the range overlaps that of a in line 2: 62000012"},
    {"rules:\n- {name: a, check: barred, bin: [62000012, 620000]}\n", 2, 44, "overlaps that of a"},
    {"rules: [\n", 2, 1, "this is not YAML"},
};

static void test_every_mistake_has_its_place_and_what_was_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(mistakes); i++) {
        bool is_wrong = parse(mistakes[i].text) == ERR_CONFIG;
        if (!is_wrong || strstr(fault.what, mistakes[i].what) == NULL ||
            fault.line != mistakes[i].line || fault.column != mistakes[i].column)
            print_message("%zu: %zu:%zu: %s\n%s\n", i, fault.line, fault.column, fault.what,
                          mistakes[i].text);
        assert_true(is_wrong);
        assert_non_null(strstr(fault.what, mistakes[i].what));
        assert_int_equal(fault.line, mistakes[i].line);
        assert_int_equal(fault.column, mistakes[i].column);
    }
}

static void test_seventy_rules_and_no_more(void **state)
{
    static char text[16384];
    struct rule_part_row parts[RULE_PARTS_MAX];
    struct rules_row head = {.threshold = 1};
    struct rules_row next = {.threshold = 1};
    struct rule_set set = {.head = &head};
    size_t len;

    (void)state;
    len = (size_t)snprintf(text, sizeof text, "rules:\n");
    for (int i = 0; i < RULES_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof text - len,
                                "- {name: r%d, check: amount-least, amount: 1}\n", i);
    assert_int_equal(parse(text), OK);
    assert_int_equal(file.count, RULES_MAX);
    rules_pack(file.rules, file.count, NULL, &head, parts);
    for (size_t i = 0; i < head.part_count; i++) {
        assert_null(rules_part_fault(&parts[i]));
        set.parts[i] = &parts[i];
    }
    assert_null(rules_head_fault(&head));
    assert_true(rules_are_whole(&set));
    assert_non_null(rules_find(&set, "r69", 3));
    assert_null(rules_find(&set, "r6", 1));
    rules_pack(file.rules, 1, &head, &next, parts);
    assert_int_equal(next.version, 2);
    assert_int_not_equal(next.slot, head.slot);
    assert_false(rules_are_whole(&set));
    snprintf(text + len, sizeof text - len, "- {name: more, check: listed}\n");
    assert_int_equal(parse(text), ERR_CONFIG);
    assert_int_equal(fault.line, RULES_MAX + 2);
    assert_non_null(strstr(fault.what, "more than 70 rules"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_check_is_read),
        cmocka_unit_test(test_lists_make_a_rule_for_each_value),
        cmocka_unit_test(test_no_rules_are_rules),
        cmocka_unit_test(test_every_mistake_has_its_place_and_what_was_expected),
        cmocka_unit_test(test_seventy_rules_and_no_more),
    };

    return cmocka_run_group_tests_name("rules_yaml", tests, NULL, NULL);
}

/* Rules at the switch: each cause for real, scope, and how other rules come into force. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "test/lib/switch_world.h"
#include "test/lib/rules_world.h"

#define MINUTE_MS 60000

/* ---- causes ---- */

static void test_amounts(void **state)
{
    (void)state;
    one_rule("least", RULE_AMOUNT_LEAST)->amount_minor = 1000;
    rule_add("most", RULE_AMOUNT_MOST)->amount_minor = 50000;
    rules_load();
    refused(1, 999, OUTCOME_AMOUNT_BELOW_MINIMUM);
    assert_string_equal(evidence(1, EVIDENCE_RULE), "least v1");
    refused(2, 50001, OUTCOME_AMOUNT_ABOVE_MAXIMUM);
    pay_well(3, 1000);
    pay_well(4, 50000);
    assert_int_equal(world_payment(4)->rules_version, 1);
}

static void test_daily_limits(void **state)
{
    struct rule *rule;

    (void)state;
    rule = one_rule("shop-day", RULE_SUM_MOST);
    rule->per = TALLY_MERCHANT;
    rule->each = PERIOD_DAY;
    rule->amount_minor = 10000;
    rules_load();
    pay_well(1, 6000);
    refused(2, 4001, OUTCOME_MERCHANT_DAILY_LIMIT);
    assert_string_equal(evidence(2, EVIDENCE_USED), "60.00");
    assert_string_equal(evidence(2, EVIDENCE_RESETS), "2026-11-23 00:00:00");
    pay_well(3, 4000);
    refused(4, 1, OUTCOME_MERCHANT_DAILY_LIMIT);
    world_wait_ms(6 * 3600 * 1000);
    pay_well(5, 10000);
}

static void test_a_card_has_its_limits(void **state)
{
    struct rule *rule;

    (void)state;
    rule = one_rule("card-month", RULE_SUM_MOST);
    rule->per = TALLY_CARD;
    rule->each = PERIOD_MONTH;
    rule->amount_minor = 10000;
    rule = rule_add("card-day", RULE_COUNT_MOST);
    rule->per = TALLY_CARD;
    rule->each = PERIOD_DAY;
    rule->count = 2;
    rules_load();
    refused(1, 10001, OUTCOME_CARD_AMOUNT_LIMIT);
    pay_well(2, 100);
    pay_well(3, 100);
    refused(4, 100, OUTCOME_CARD_COUNT_LIMIT);
    assert_string_equal(evidence(4, EVIDENCE_CHECK), "card/day");
    world_wait_ms(6 * 3600 * 1000);
    refused(5, 9801, OUTCOME_CARD_AMOUNT_LIMIT);
    pay_well(6, 9800);
}

static void test_twice_a_day_at_one_shop(void **state)
{
    struct rule *rule;

    (void)state;
    rule = one_rule("twice-a-day", RULE_COUNT_MOST);
    rule->per = TALLY_CARD_AT_SHOP;
    rule->each = PERIOD_DAY;
    rule->count = 2;
    rules_load();
    pay_well(1, 100);
    pay_well(2, 100);
    refused(3, 100, OUTCOME_CARD_MERCHANT_COUNT);
    assert_string_equal(evidence(3, EVIDENCE_USED), "2");
    assert_string_equal(evidence(3, EVIDENCE_LIMIT), "2");
    move_to("M2", 0, 0);
    assert_int_equal(pay_at("M2", 4, 100), OUTCOME_NONE);
}

static void test_half_an_hour_between_shops(void **state)
{
    (void)state;
    one_rule("apart", RULE_APART)->span = 30;
    rules_load();
    pay_well(1, 100);
    pay_well(2, 100);
    move_to("M2", 0, 0);
    world_wait_ms(30 * MINUTE_MS - 1);
    assert_int_equal(pay_at("M2", 3, 100), OUTCOME_CARD_TOO_SOON);
    assert_string_equal(evidence(3, EVIDENCE_PLACE), "M1");
    assert_string_equal(evidence(3, EVIDENCE_RESETS), "2026-11-22 18:30:00");
    world_wait_ms(1);
    assert_int_equal(pay_at("M2", 4, 100), OUTCOME_NONE);
}

static void test_two_places_too_far_apart(void **state)
{
    (void)state;
    one_rule("travel", RULE_TRAVEL)->count = 300;
    rules_load();
    world_merchant()->latitude_e5 = 3123040;
    world_merchant()->longitude_e5 = 12147370;
    pay_well(1, 100);
    move_to("M2", 3990420, 11640740);
    world_wait_ms(60 * MINUTE_MS);
    assert_int_equal(pay_at("M2", 2, 100), OUTCOME_RISK_IMPOSSIBLE_TRAVEL);
    assert_string_equal(evidence(2, EVIDENCE_PLACE), "M1");
    world_wait_ms(180 * MINUTE_MS);
    assert_int_equal(pay_at("M2", 3, 100), OUTCOME_NONE);
}

static void test_wrong_pins_of_a_day(void **state)
{
    (void)state;
    one_rule("pins", RULE_PIN_WRONG)->count = 3;
    rules_load();
    for (uint32_t trace = 1; trace <= 2; trace++) {
        assert_int_equal(pay(trace, 100), OUTCOME_NONE);
        answer(trace, "55");
    }
    pay_well(3, 100); /* a right one forgives them */
    for (uint32_t trace = 4; trace <= 6; trace++) {
        assert_int_equal(pay(trace, 100), OUTCOME_NONE);
        answer(trace, trace == 6 ? "75" : "55");
    }
    refused(7, 100, OUTCOME_CARD_PIN_COOLDOWN);
    assert_string_equal(evidence(7, EVIDENCE_USED), "3 of 3");
    world_wait_ms(6 * 3600 * 1000);
    pay_well(8, 100);
}

static void test_a_listed_card(void **state)
{
    struct listed_card_row listed;

    (void)state;
    one_rule("black-list", RULE_LISTED);
    rules_load();
    pay_well(1, 100);
    memset(&listed, 0, sizeof listed);
    listed.layout = RISK_ROW_LAYOUT;
    listed.is_listed = 1;
    listed.card = world_payment(1)->pan.hash;
    assert_int_equal(put_row(rules_listed_key(&listed.card), &listed, sizeof listed),
                     OUTCOME_TRANSACTION_UNSUPPORTED);
    memcpy(listed.list, "police", 6);
    assert_int_equal(put_row(rules_listed_key(&listed.card), &listed, sizeof listed),
                     OUTCOME_APPROVED);
    refused(2, 100, OUTCOME_CARD_BLACKLISTED);
    assert_string_equal(evidence(2, EVIDENCE_LIST), "police");
    listed.is_listed = 0;
    assert_int_equal(put_row(rules_listed_key(&listed.card), &listed, sizeof listed),
                     OUTCOME_APPROVED);
    pay_well(3, 100);
}

static void test_barred_cards_licences_software_and_windows(void **state)
{
    struct rule *rule;

    (void)state;
    rule = one_rule("no-range", RULE_BARRED);
    rule->bin_len = 8;
    rule->bin_from = rule->bin_to = 62000001;
    rules_load();
    refused(1, 100, OUTCOME_CARD_RESTRICTED_BIN);
    assert_string_equal(evidence(1, EVIDENCE_BIN), "62000001");

    rule = one_rule("grocers", RULE_LICENCE);
    rule->category_from = rule->category_to = 5411;
    rules_load();
    refused(1, 100, OUTCOME_MERCHANT_UNQUALIFIED);
    struct merchant_row *merchant = world_merchant();
    assert_true(merchant != NULL);
    if (merchant != NULL)
        memcpy(merchant->licence, "JY-1", 4);
    pay_well(2, 100);

    one_rule("software", RULE_SOFTWARE)->count = 310002;
    rules_load();
    world_terminal()->software = 310001;
    refused(1, 100, OUTCOME_TERMINAL_SOFTWARE_OUTDATED);
    world_terminal()->software = 310002;
    pay_well(2, 100);

    rule = one_rule("window", RULE_MAINTENANCE);
    memcpy(rule->party, ISSUER, strlen(ISSUER));
    rule->from = (uint32_t)(world.wall.us / 60000000);
    rule->until = rule->from + 30;
    rules_load();
    world_issuer_link()->is_up = false;
    refused(1, 100, OUTCOME_ISSUER_MAINTENANCE); /* why it is not up */
    world_issuer_link()->is_up = true;
    world_wait_ms(30 * MINUTE_MS);
    pay_well(2, 100);
}

static void test_a_terminal_has_its_least_software(void **state)
{
    struct txn_message sale;

    (void)state;
    world_open();
    world_terminal()->software_min = 310002;
    sale = world_sale(1, 100);
    sale.software = 310001;
    world_terminal_says(&sale);
    assert_int_equal(world_payment(1)->outcome, OUTCOME_TERMINAL_SOFTWARE_OUTDATED);
    assert_string_equal(evidence(1, EVIDENCE_FOUND), "310001");
    assert_string_equal(evidence(1, EVIDENCE_EXPECTED), "310002");
    sale = world_sale(2, 100);
    sale.software = 310002;
    world_terminal_says(&sale);
    assert_int_equal(world_payment(2)->stage, STAGE_SENT);
}

static void test_guessing_adds_up(void **state)
{
    struct rule *rule;

    (void)state;
    rule = one_rule("guessing", RULE_REFUSALS);
    rule->per = TALLY_BIN;
    rule->count = 2;
    rule->span = 10;
    rule->score = 60;
    rule = rule_add("large", RULE_AMOUNT_MOST);
    rule->amount_minor = 1000;
    rule->score = 40;
    rules_load();
    for (uint32_t trace = 1; trace <= 2; trace++) {
        assert_int_equal(pay(trace, 1001), OUTCOME_NONE);
        answer(trace, "14");
    }
    pay_well(3, 1000);
    refused(4, 1001, OUTCOME_RISK_SUSPICIOUS);
    assert_string_equal(evidence(4, EVIDENCE_SCORE), "100 of 100 v1");
    assert_string_equal(evidence(4, EVIDENCE_RULE), "guessing 2/2");
    world_wait_ms(10 * MINUTE_MS);
    pay_well(5, 1001);
}

/* ---- scope and cost ---- */

static void test_rows_that_no_rule_asks_for_are_not_touched(void **state)
{
    struct rule *rule;
    size_t needs;

    (void)state;
    world_open();
    pay_well(1, 100);
    needs = world.work.need_count;
    assert_int_equal(world_payment(1)->counted, 0);
    rule = one_rule("elsewhere", RULE_COUNT_MOST);
    rule->per = TALLY_MERCHANT;
    rule->each = PERIOD_DAY;
    rule->count = 1;
    memcpy(rule->party, "M2             ", MERCHANT_ID_LEN);
    rules_load();
    pay_well(1, 100);
    assert_int_equal(world.work.need_count, needs);
    assert_null(tally_of(TALLY_MERCHANT, 1));
    pay_well(2, 100);
}

static void test_scope_says_which_payments_are_judged(void **state)
{
    struct txn_message sale;

    (void)state;
    one_rule("keyed", RULE_AMOUNT_MOST)->amount_minor = 100;
    parts[0].rules[0].entries = 1U << ENTRY_KEYED;
    rules_load();
    pay_well(1, 101);
    sale = world_sale(2, 101);
    sale.entry = ENTRY_KEYED;
    world_terminal_says(&sale);
    assert_int_equal(world_payment(2)->outcome, OUTCOME_AMOUNT_ABOVE_MAXIMUM);
}

static void test_a_repeat_gets_the_recorded_refusal(void **state)
{
    struct txn_message sale;

    (void)state;
    one_rule("least", RULE_AMOUNT_LEAST)->amount_minor = 1000;
    rules_load();
    refused(1, 999, OUTCOME_AMOUNT_BELOW_MINIMUM);
    rules_begin();
    rules_load(); /* no rules at all */
    sale = world_sale(1, 999);
    world_terminal_says(&sale);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "13", 2);
    pay_well(2, 999);
}

/* ---- other rules ---- */

static void test_rules_change_in_one_step(void **state)
{
    (void)state;
    one_rule("least", RULE_AMOUNT_LEAST)->amount_minor = 1000;
    rules_load();
    rules_begin();
    rule_add("least", RULE_AMOUNT_LEAST)->amount_minor = 2000;
    digest();
    assert_int_equal(put_row(rules_part_key(head.slot, 0), &parts[0], sizeof parts[0]),
                     OUTCOME_APPROVED);
    pay_well(1, 1000); /* not in force yet */
    assert_int_equal(put_row(rules_key(), &head, sizeof head), OUTCOME_APPROVED);
    refused(2, 1999, OUTCOME_AMOUNT_BELOW_MINIMUM);
    assert_string_equal(evidence(2, EVIDENCE_RULE), "least v2");
}

static void test_half_a_load_never_comes_into_force(void **state)
{
    (void)state;
    one_rule("least", RULE_AMOUNT_LEAST)->amount_minor = 1000;
    rules_load();
    /* a part of the rules in force */
    assert_int_equal(put_row(rules_part_key(head.slot, 0), &parts[0], sizeof parts[0]),
                     OUTCOME_TRANSACTION_UNSUPPORTED);
    /* a head without its parts */
    rules_begin();
    rule_add("other", RULE_AMOUNT_LEAST)->amount_minor = 1;
    digest();
    assert_int_equal(put_row(rules_key(), &head, sizeof head), OUTCOME_TRANSACTION_UNSUPPORTED);
    /* other parts than it was made for */
    head.digest++;
    assert_int_equal(put_row(rules_part_key(head.slot, 0), &parts[0], sizeof parts[0]),
                     OUTCOME_APPROVED);
    assert_int_equal(put_row(rules_key(), &head, sizeof head), OUTCOME_TRANSACTION_UNSUPPORTED);
    /* a version that is not the next */
    head.version++;
    parts[0].version++;
    assert_int_equal(rules_end(), OUTCOME_TRANSACTION_UNSUPPORTED);
    /* a rule that is none */
    parts[0].rules[0].amount_minor = -1;
    assert_int_equal(put_row(rules_part_key(head.slot, 0), &parts[0], sizeof parts[0]),
                     OUTCOME_TRANSACTION_UNSUPPORTED);
    assert_int_equal(pay(1, 999), OUTCOME_AMOUNT_BELOW_MINIMUM);
    assert_int_equal(world_payment(1)->rules_version, 1);
}

static void test_damaged_rules_let_nothing_pass(void **state)
{
    struct rule_part_row *part;

    (void)state;
    one_rule("least", RULE_AMOUNT_LEAST)->amount_minor = 1000;
    rules_load();
    part = world_value(rules_part_key(head.slot, 0));
    part->version++;
    assert_int_equal(pay(1, 5000), OUTCOME_SWITCH_FAULT);
    part->version--;
    part->rules[0].check = UINT8_MAX;
    assert_int_equal(pay(2, 5000), OUTCOME_SWITCH_FAULT);
    assert_string_equal(evidence(1, EVIDENCE_COMPONENT), "rules");
}

static void test_a_changed_range_is_a_newer_table(void **state)
{
    struct txn_message sale;
    struct route_row route;

    (void)state;
    world_open();
    assert_int_equal(onboard_route("621999", ISSUER, &route), OK);
    assert_int_equal(put_row(onboard_route_key(&route), &route, sizeof route), OUTCOME_APPROVED);
    assert_int_equal(world_config()->tables_version, 13);
    sale = world_sale(1, 100);
    sale.pan = world_pan("6218880000000005");
    world_terminal_says(&sale);
    assert_int_equal(world_payment(1)->outcome, OUTCOME_CARD_BIN_UNKNOWN);
    assert_string_equal(evidence(1, EVIDENCE_TABLE_VERSION), "13");
    assert_string_equal(evidence(1, EVIDENCE_SINCE), "2026-11-22 18:00:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_daily_limits),
        cmocka_unit_test(test_a_card_has_its_limits),
        cmocka_unit_test(test_twice_a_day_at_one_shop),
        cmocka_unit_test(test_half_an_hour_between_shops),
        cmocka_unit_test(test_two_places_too_far_apart),
        cmocka_unit_test(test_wrong_pins_of_a_day),
        cmocka_unit_test(test_a_listed_card),
        cmocka_unit_test(test_barred_cards_licences_software_and_windows),
        cmocka_unit_test(test_a_terminal_has_its_least_software),
        cmocka_unit_test(test_guessing_adds_up),
        cmocka_unit_test(test_rows_that_no_rule_asks_for_are_not_touched),
        cmocka_unit_test(test_scope_says_which_payments_are_judged),
        cmocka_unit_test(test_a_repeat_gets_the_recorded_refusal),
        cmocka_unit_test(test_rules_change_in_one_step),
        cmocka_unit_test(test_half_a_load_never_comes_into_force),
        cmocka_unit_test(test_damaged_rules_let_nothing_pass),
        cmocka_unit_test(test_a_changed_range_is_a_newer_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Each check, on both sides of its boundary; which cause wins; scores. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "risk/count.h"
#include "risk/judge.h"
#include "risk/place.h"

#include <string.h>

#define UTC_8 (8 * 3600)
#define NOW_US 1795341600000000 /* 2026-11-22 18:00:00 at +8 h */
#define MINUTE_US 60000000LL
#define TODAY 20261122

/* One set of rules and one payment, which each test changes. */
static struct {
    struct rules_row head;
    struct rule_part_row parts[RULE_PARTS_MAX];
    struct rule_set set;
    struct merchant_row merchant;
    struct risk_payment payment;
    struct card_activity_row card;
    struct tally_row tally;
    struct listed_card_row listed;
    struct risk_known known;
    struct risk_finding finding;
} it;

static int start(void **state)
{
    (void)state;
    memset(&it, 0, sizeof it);
    it.head = (struct rules_row){.layout = RISK_ROW_LAYOUT,
                                 .threshold = 100,
                                 .version = 3,
                                 .currency = CURRENCY_CNY,
                                 .loaded = {NOW_US - 3600 * 1000000LL}};
    it.set.head = &it.head;
    memcpy(it.merchant.merchant, "M1             ", MERCHANT_ID_LEN);
    it.merchant.category = 5411;
    it.payment = (struct risk_payment){
        .kind = KIND_SALE,
        .entry = ENTRY_CHIP,
        .amount = money_of(10000, CURRENCY_CNY),
        .at = {NOW_US},
        .utc_offset_s = UTC_8,
        .date = TODAY,
        .software = 310002,
        .issuer = "20000001",
        .bin_len = 8,
        .bin = {'6', '2', '0', '0', '0', '0', '0', '1'},
        .owner = {.card = {{1}}, .category = 5411, .bin = {'6', '2', '0', '0', '0', '0'}},
        .merchant = &it.merchant,
    };
    memcpy(it.payment.owner.merchant, it.merchant.merchant, MERCHANT_ID_LEN);
    memcpy(it.payment.owner.terminal, "T1      ", TERMINAL_ID_LEN);
    it.card.tally = activity_new(TALLY_CARD, TODAY);
    it.tally = activity_new(TALLY_MERCHANT, TODAY);
    it.known.card = &it.card;
    for (size_t i = TALLY_CARD + 1; i < TALLY_SUBJECT_COUNT; i++)
        it.known.tally[i] = &it.tally;
    return 0;
}

static struct rule *rule_add(const char *name, enum rule_check check)
{
    size_t at = it.head.rule_count++;
    size_t part = at / RULE_PART_RULES;
    struct rule *rule = &it.parts[part].rules[at % RULE_PART_RULES];

    assert_true(at < RULES_MAX);
    it.head.part_count = (uint8_t)(part + 1);
    it.set.parts[part] = &it.parts[part];
    it.parts[part].layout = RISK_ROW_LAYOUT;
    it.parts[part].place = (uint8_t)part;
    it.parts[part].version = it.head.version;
    it.parts[part].rule_count = (uint16_t)(at % RULE_PART_RULES + 1);
    memcpy(rule->name, name, strlen(name));
    rule->check = (uint8_t)check;
    return rule;
}

static enum outcome judged(void)
{
    for (size_t i = 0; i < it.head.rule_count; i++)
        assert_null(rules_rule_fault(rules_at(&it.set, i)));
    assert_true(rules_are_here(&it.set));
    rules_sum_up(&it.set, &it.head);
    it.finding = judge_payment(&it.set, &it.payment, &it.known);
    return it.finding.outcome;
}

static const char *evidence(enum evidence_name name)
{
    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        if (it.finding.evidence[i].name == name)
            return it.finding.evidence[i].text;
    }
    return "";
}

static void test_no_rules_find_nothing(void **state)
{
    struct rule_set none = {0};

    (void)state;
    assert_int_equal(judged(), OUTCOME_NONE);
    assert_int_equal(judge_payment(&none, &it.payment, &it.known).outcome, OUTCOME_NONE);
    assert_int_equal(rules_want(&none, &it.payment), 0);
}

static void test_amounts_have_a_least_and_a_most(void **state)
{
    (void)state;
    rule_add("least", RULE_AMOUNT_LEAST)->amount_minor = 1000;
    rule_add("most", RULE_AMOUNT_MOST)->amount_minor = 50000;
    it.payment.amount.minor = 999;
    assert_int_equal(judged(), OUTCOME_AMOUNT_BELOW_MINIMUM);
    assert_string_equal(evidence(EVIDENCE_RULE), "least v3");
    assert_string_equal(evidence(EVIDENCE_ASKED), "9.99");
    assert_string_equal(evidence(EVIDENCE_LIMIT), "10.00");
    it.payment.amount.minor = 1000;
    assert_int_equal(judged(), OUTCOME_NONE);
    it.payment.amount.minor = 50000;
    assert_int_equal(judged(), OUTCOME_NONE);
    it.payment.amount.minor = 50001;
    assert_int_equal(judged(), OUTCOME_AMOUNT_ABOVE_MAXIMUM);
    assert_string_equal(evidence(EVIDENCE_LIMIT), "500.00");
    it.payment.kind = KIND_BALANCE;
    it.payment.amount.minor = 0;
    assert_int_equal(judged(), OUTCOME_NONE);
}

static void sum_at(enum tally_subject per, enum rule_period each, int64_t used)
{
    struct tally_row *tally = per == TALLY_CARD ? &it.card.tally : &it.tally;
    struct rule *rule;

    start(NULL);
    rule = rule_add("sum", RULE_SUM_MOST);
    rule->per = (uint8_t)per;
    rule->each = (uint8_t)each;
    rule->amount_minor = 50000;
    if (used > 0)
        activity_add(tally, each == PERIOD_MONTH ? 20261101 : TODAY, used);
}

static void test_sums_of_a_day_and_a_month(void **state)
{
    (void)state;
    for (unsigned per = 0; per < TALLY_SUBJECT_COUNT; per++) {
        enum outcome cause = check_cause(RULE_SUM_MOST, (enum tally_subject)per);
        for (enum rule_period each = PERIOD_DAY; each < PERIOD_COUNT; each++) {
            sum_at((enum tally_subject)per, each, 40000);
            assert_int_equal(judged(), OUTCOME_NONE);
            sum_at((enum tally_subject)per, each, 40001);
            assert_int_equal(judged(), cause);
            assert_string_equal(evidence(EVIDENCE_USED), "400.01");
            assert_string_equal(evidence(EVIDENCE_LIMIT), "500.00");
            assert_string_equal(evidence(EVIDENCE_RESETS),
                                each == PERIOD_DAY ? "2026-11-23 00:00:00" : "2026-12-01 00:00:00");
            it.payment.date = each == PERIOD_DAY ? TODAY + 1 : 20261201;
            assert_int_equal(judged(), OUTCOME_NONE);
        }
    }
    sum_at(TALLY_MERCHANT, PERIOD_DAY, 0);
    it.known.tally[TALLY_MERCHANT] = NULL;
    assert_int_equal(judged(), OUTCOME_NONE);
    it.payment.amount.minor = 50001;
    assert_int_equal(judged(), OUTCOME_MERCHANT_DAILY_LIMIT);
    assert_string_equal(evidence(EVIDENCE_CHECK), "merchant/day");
    sum_at(TALLY_MERCHANT, PERIOD_DAY, 0);
    it.tally.day_minor = INT64_MAX;
    assert_int_equal(judged(), OUTCOME_MERCHANT_DAILY_LIMIT);
}

static void test_counts_of_a_day_and_a_month(void **state)
{
    (void)state;
    for (unsigned per = 0; per < TALLY_SUBJECT_COUNT; per++) {
        struct tally_row *tally = per == TALLY_CARD ? &it.card.tally : &it.tally;
        start(NULL);
        struct rule *rule = rule_add("twice", RULE_COUNT_MOST);
        rule->per = (uint8_t)per;
        rule->each = PERIOD_DAY;
        rule->count = 2;
        activity_add(tally, TODAY, 1);
        assert_int_equal(judged(), OUTCOME_NONE);
        activity_add(tally, TODAY, 1);
        assert_int_equal(judged(), check_cause(RULE_COUNT_MOST, (enum tally_subject)per));
        assert_string_equal(evidence(EVIDENCE_USED), "2");
        assert_string_equal(evidence(EVIDENCE_LIMIT), "2");
        it.payment.date = TODAY + 1;
        assert_int_equal(judged(), OUTCOME_NONE);
        rule->each = PERIOD_MONTH;
        assert_int_not_equal(judged(), OUTCOME_NONE);
    }
    assert_int_equal(check_cause(RULE_COUNT_MOST, TALLY_CARD_AT_SHOP), OUTCOME_CARD_MERCHANT_COUNT);
    assert_int_equal(check_cause(RULE_COUNT_MOST, TALLY_CARD), OUTCOME_CARD_COUNT_LIMIT);
    assert_int_equal(check_cause(RULE_SUM_MOST, TALLY_CARD), OUTCOME_CARD_AMOUNT_LIMIT);
}

static void visit(const char *merchant, int64_t minutes_ago, int32_t latitude, int32_t longitude)
{
    struct merchant_row shop = {.latitude_e5 = latitude, .longitude_e5 = longitude};

    memset(shop.merchant, ' ', sizeof shop.merchant);
    memcpy(shop.merchant, merchant, strlen(merchant));
    activity_visit(&it.card, &shop, (struct instant){NOW_US - minutes_ago * MINUTE_US});
}

/* Yesterday's sale is voided today, and the void is taken back: today's counters have nothing to do
 * with it, this month's have. */
static void test_what_is_counted_again_counts_where_it_stood(void **state)
{
    struct tally_row tally = activity_new(TALLY_CARD, TODAY);
    struct payment_row sale = {
        .kind = KIND_SALE, .amount = {500, 156}, .posted_minor = 500, .business_date = TODAY - 1};

    (void)state;
    activity_add(&tally, TODAY, 100);
    count_tally(COUNT_AGAIN, &sale, &tally);
    assert_int_equal(tally.day_count, 1);
    assert_int_equal(tally.day_minor, 100);
    assert_int_equal(tally.month_count, 2);
    assert_int_equal(tally.month_minor, 600);
    sale.business_date = TODAY;
    count_tally(COUNT_AGAIN, &sale, &tally);
    assert_int_equal(tally.day_count, 2);
    assert_int_equal(tally.day_minor, 600);
    sale.business_date = TODAY - 100;
    count_tally(COUNT_AGAIN, &sale, &tally);
    assert_int_equal(tally.month_count, 3);
}

static void test_a_card_is_not_elsewhere_within_the_interval(void **state)
{
    (void)state;
    rule_add("half-hour", RULE_APART)->span = 30;
    assert_int_equal(judged(), OUTCOME_NONE);
    visit("M1", 1, 0, 0);
    assert_int_equal(judged(), OUTCOME_NONE);
    visit("M2", 30, 0, 0);
    assert_int_equal(judged(), OUTCOME_NONE);
    visit("M2", 29, 0, 0);
    assert_int_equal(judged(), OUTCOME_CARD_TOO_SOON);
    assert_string_equal(evidence(EVIDENCE_PLACE), "M2");
    assert_string_equal(evidence(EVIDENCE_SINCE), "2026-11-22 17:31:00");
    assert_string_equal(evidence(EVIDENCE_LIMIT), "30 min");
    assert_string_equal(evidence(EVIDENCE_RESETS), "2026-11-22 18:01:00");
    it.known.card = NULL;
    assert_int_equal(judged(), OUTCOME_NONE);
}

static void test_wrong_pins_close_a_card_until_tomorrow(void **state)
{
    (void)state;
    rule_add("pins", RULE_PIN_WRONG)->count = 3;
    activity_pin_wrong(&it.card, TODAY);
    activity_pin_wrong(&it.card, TODAY);
    assert_int_equal(judged(), OUTCOME_NONE);
    activity_pin_wrong(&it.card, TODAY);
    assert_int_equal(judged(), OUTCOME_CARD_PIN_COOLDOWN);
    assert_string_equal(evidence(EVIDENCE_USED), "3 of 3");
    assert_string_equal(evidence(EVIDENCE_RESETS), "2026-11-23 00:00:00");
    it.payment.kind = KIND_BALANCE;
    assert_int_equal(judged(), OUTCOME_CARD_PIN_COOLDOWN);
    it.payment.date = TODAY + 1;
    assert_int_equal(judged(), OUTCOME_NONE);
}

static void test_a_range_of_cards_is_barred(void **state)
{
    struct rule *rule;

    (void)state;
    rule = rule_add("no-such", RULE_BARRED);
    rule->bin_len = 6;
    rule->bin_from = 620000;
    rule->bin_to = 620000;
    assert_int_equal(judged(), OUTCOME_CARD_RESTRICTED_BIN);
    assert_string_equal(evidence(EVIDENCE_BIN), "620000");
    assert_string_equal(evidence(EVIDENCE_SINCE), "2026-11-22 17:00:00");
    rule->bin_len = 8;
    rule->bin_from = 62000002;
    rule->bin_to = 62000009;
    assert_int_equal(judged(), OUTCOME_NONE);
    rule->bin_from = 62000001;
    assert_int_equal(judged(), OUTCOME_CARD_RESTRICTED_BIN);
    assert_string_equal(evidence(EVIDENCE_BIN), "62000001-62000009");
    memcpy(it.payment.bin, "62000010", 8);
    assert_int_equal(judged(), OUTCOME_NONE);
    it.payment.bin_len = 6; /* as the dry run knows it */
    assert_int_equal(judged(), OUTCOME_CARD_RESTRICTED_BIN);
    it.payment.bin_len = 0;
    assert_int_equal(judged(), OUTCOME_NONE);
}

static void test_a_listed_card_is_refused(void **state)
{
    (void)state;
    rule_add("black-list", RULE_LISTED);
    assert_int_equal(judged(), OUTCOME_NONE);
    it.known.listed = &it.listed;
    assert_int_equal(judged(), OUTCOME_NONE);
    it.listed.is_listed = 1;
    memcpy(it.listed.list, "police", 6);
    it.listed.since.us = NOW_US;
    assert_int_equal(judged(), OUTCOME_CARD_BLACKLISTED);
    assert_string_equal(evidence(EVIDENCE_LIST), "police");
}

static void test_nobody_travels_that_fast(void **state)
{
    struct rule *rule;

    (void)state;
    rule = rule_add("travel", RULE_TRAVEL);
    rule->count = 300;
    it.merchant.latitude_e5 = 3123040; /* Shanghai */
    it.merchant.longitude_e5 = 12147370;
    visit("M2", 60, 3990420, 11640740); /* Beijing: 1068 km */
    assert_int_equal(judged(), OUTCOME_RISK_IMPOSSIBLE_TRAVEL);
    assert_string_equal(evidence(EVIDENCE_PLACE), "M2");
    assert_true(strstr(evidence(EVIDENCE_SPEED), " of 300 km/h") != NULL);
    visit("M2", 240, 3990420, 11640740);
    assert_int_equal(judged(), OUTCOME_NONE);
    visit("M2", 0, 3123050, 12147380); /* a metre away */
    assert_int_equal(judged(), OUTCOME_NONE);
    visit("M2", 0, 3140000, 12147370); /* 18 km */
    assert_int_equal(judged(), OUTCOME_RISK_IMPOSSIBLE_TRAVEL);
    rule->span = 20;
    assert_int_equal(judged(), OUTCOME_NONE);
    rule->span = 0;
    it.merchant.latitude_e5 = it.merchant.longitude_e5 = 0; /* nobody knows where */
    assert_int_equal(judged(), OUTCOME_NONE);
}

static void test_distances(void **state)
{
    struct place shanghai = {3123040, 12147370};
    struct place beijing = {3990420, 11640740};
    struct place suva = {-1812480, 17845010};
    struct place apia = {-1383330, -17176670};

    (void)state;
    assert_int_equal(place_distance_m(shanghai, shanghai), 0);
    assert_in_range(place_distance_m(shanghai, beijing), 1055000, 1080000);
    assert_in_range(place_distance_m(beijing, shanghai), 1055000, 1080000);
    assert_in_range(place_distance_m(suva, apia), 1120000, 1170000); /* over the date line */
    assert_in_range(place_distance_m((struct place){9000000, 0}, (struct place){9000000, 18000000}),
                    0, 1);
    assert_false(place_is_known((struct place){0, 0}));
    assert_true(place_is_sound((struct place){-9000000, 18000000}));
    assert_false(place_is_sound((struct place){9000001, 0}));
    assert_false(place_is_sound((struct place){0, -18000001}));
}

static void test_some_categories_need_a_licence(void **state)
{
    struct rule *rule;

    (void)state;
    rule = rule_add("pharmacy", RULE_LICENCE);
    rule->category_from = rule->category_to = 5411;
    assert_int_equal(judged(), OUTCOME_MERCHANT_UNQUALIFIED);
    assert_string_equal(evidence(EVIDENCE_LICENCE), "none");
    assert_string_equal(evidence(EVIDENCE_CATEGORY), "5411");
    memcpy(it.merchant.licence, "JY-7", 4);
    assert_int_equal(judged(), OUTCOME_NONE);
    it.merchant.licence_until = TODAY;
    assert_int_equal(judged(), OUTCOME_NONE);
    it.merchant.licence_until = TODAY - 1;
    assert_int_equal(judged(), OUTCOME_MERCHANT_UNQUALIFIED);
    assert_string_equal(evidence(EVIDENCE_LICENCE), "JY-7");
    assert_string_equal(evidence(EVIDENCE_SINCE), "2026-11-21");
    it.payment.owner.category = 5412;
    assert_int_equal(judged(), OUTCOME_NONE);
}

static void test_old_software_is_refused(void **state)
{
    (void)state;
    rule_add("software", RULE_SOFTWARE)->count = 310002;
    assert_int_equal(judged(), OUTCOME_NONE);
    it.payment.software = 310001;
    assert_int_equal(judged(), OUTCOME_TERMINAL_SOFTWARE_OUTDATED);
    assert_string_equal(evidence(EVIDENCE_FOUND), "310001");
    assert_string_equal(evidence(EVIDENCE_EXPECTED), "310002");
    it.payment.software = 0;
    assert_int_equal(judged(), OUTCOME_NONE);
}

static void test_an_issuer_has_its_window(void **state)
{
    struct rule *rule;

    (void)state;
    rule = rule_add("window", RULE_MAINTENANCE);
    memcpy(rule->party, "20000001", 8);
    rule->from = (uint32_t)(NOW_US / MINUTE_US);
    rule->until = rule->from + 60;
    assert_int_equal(judged(), OUTCOME_ISSUER_MAINTENANCE);
    assert_string_equal(evidence(EVIDENCE_SINCE), "2026-11-22 18:00:00");
    assert_string_equal(evidence(EVIDENCE_RESETS), "2026-11-22 19:00:00");
    it.payment.at.us = NOW_US - 1;
    assert_int_equal(judged(), OUTCOME_NONE);
    it.payment.at.us = NOW_US + 60 * MINUTE_US;
    assert_int_equal(judged(), OUTCOME_NONE);
    it.payment.at.us = NOW_US;
    memcpy(it.payment.issuer, "20000002", 8);
    assert_int_equal(judged(), OUTCOME_NONE);
}

static void test_a_window_may_be_every_night(void **state)
{
    struct rule *rule;

    (void)state;
    rule = rule_add("nights", RULE_MAINTENANCE);
    memcpy(rule->party, "20000001", 8);
    rule->each = PERIOD_DAY;
    rule->from = 23 * 60;
    rule->until = 1 * 60;
    assert_int_equal(judged(), OUTCOME_NONE);
    it.payment.at.us = NOW_US + 5 * 60 * MINUTE_US; /* 23:00 */
    assert_int_equal(judged(), OUTCOME_ISSUER_MAINTENANCE);
    assert_string_equal(evidence(EVIDENCE_RESETS), "2026-11-23 01:00:00");
    it.payment.at.us = NOW_US + (7 * 60 - 1) * MINUTE_US; /* 00:59 */
    assert_int_equal(judged(), OUTCOME_ISSUER_MAINTENANCE);
    assert_string_equal(evidence(EVIDENCE_RESETS), "2026-11-23 01:00:00");
    it.payment.at.us = NOW_US + 7 * 60 * MINUTE_US; /* 01:00 */
    assert_int_equal(judged(), OUTCOME_NONE);
}

static void test_many_refusals_look_like_guessing(void **state)
{
    struct rule *rule;

    (void)state;
    rule = rule_add("guessing", RULE_REFUSALS);
    rule->per = TALLY_TERMINAL;
    rule->count = 3;
    rule->span = 10;
    activity_refuse(&it.tally, (struct instant){NOW_US - 10 * MINUTE_US});
    activity_refuse(&it.tally, (struct instant){NOW_US - 9 * MINUTE_US});
    activity_refuse(&it.tally, (struct instant){NOW_US});
    assert_int_equal(judged(), OUTCOME_NONE);
    activity_refuse(&it.tally, (struct instant){NOW_US});
    assert_int_equal(judged(), OUTCOME_RISK_SUSPICIOUS);
    assert_string_equal(evidence(EVIDENCE_SCORE), "100 of 100 v3");
    assert_string_equal(evidence(EVIDENCE_RULE), "guessing 3/3");
    assert_ptr_equal(it.finding.rule, rules_at(&it.set, 0));
    for (int i = 0; i < 2 * TALLY_REFUSALS; i++)
        activity_refuse(&it.tally, (struct instant){NOW_US});
    assert_int_equal(activity_refused(&it.tally, it.payment.at, 1), TALLY_REFUSALS);
}

static void test_a_shop_that_refunds_more_than_it_sells(void **state)
{
    struct rule *rule;

    (void)state;
    rule = rule_add("refunds", RULE_REFUNDS);
    rule->per = TALLY_MERCHANT;
    rule->each = PERIOD_DAY;
    rule->count = 50;
    rule->span = 3;
    for (int i = 0; i < 4; i++)
        activity_add(&it.tally, TODAY, 100);
    for (int i = 0; i < 2; i++)
        activity_add_refund(&it.tally, TODAY);
    it.payment.kind = KIND_REFUND;
    assert_int_equal(judged(), OUTCOME_NONE); /* half, and under three */
    activity_add_refund(&it.tally, TODAY);
    it.payment.kind = KIND_SALE;
    assert_int_equal(judged(), OUTCOME_NONE);
    it.payment.kind = KIND_REFUND;
    assert_int_equal(judged(), OUTCOME_RISK_SUSPICIOUS);
    assert_string_equal(evidence(EVIDENCE_RULE), "refunds 75/50");
    activity_take_refund(&it.tally, TODAY);
    assert_int_equal(judged(), OUTCOME_NONE);
    it.known.tally[TALLY_MERCHANT] = NULL;
    assert_int_equal(judged(), OUTCOME_NONE);
}

static void test_an_amount_just_under_a_limit(void **state)
{
    struct rule *rule;

    (void)state;
    rule = rule_add("under", RULE_JUST_UNDER);
    rule->amount_minor = 100000;
    rule->count = 5;
    it.payment.amount.minor = 94999;
    assert_int_equal(judged(), OUTCOME_NONE);
    it.payment.amount.minor = 95000;
    assert_int_equal(judged(), OUTCOME_RISK_SUSPICIOUS);
    it.payment.amount.minor = 100000;
    assert_int_equal(judged(), OUTCOME_RISK_SUSPICIOUS);
    it.payment.amount.minor = 100001;
    assert_int_equal(judged(), OUTCOME_NONE);
}

static void test_scores_add_up_to_the_threshold(void **state)
{
    static const char *const names[] = {"one", "two", "three", "four", "five", "six"};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct rule *rule = rule_add(names[i], RULE_AMOUNT_MOST);
        rule->amount_minor = 5000;
        rule->score = i == 0 ? 39 : 10;
    }
    it.head.threshold = 90;
    assert_int_equal(judged(), OUTCOME_NONE);
    it.head.threshold = 89;
    assert_int_equal(judged(), OUTCOME_RISK_SUSPICIOUS);
    assert_string_equal(it.finding.evidence[0].text, "89 of 89 v3");
    assert_string_equal(it.finding.evidence[1].text, "one 10000/5000");
    assert_string_equal(it.finding.evidence[EVIDENCE_MAX - 1].text, "four 10000/5000");
    assert_memory_equal(it.finding.rule->name, "one", 4);
}

static void test_what_follows_and_what_is_done_is_not_judged(void **state)
{
    struct rule *rule;

    (void)state;
    rule = rule_add("most", RULE_AMOUNT_MOST);
    rule->amount_minor = 1;
    rule_add("black-list", RULE_LISTED);
    it.known.listed = &it.listed;
    it.listed.is_listed = 1;
    for (unsigned kind = KIND_NONE; kind < KIND_COUNT; kind++) {
        it.payment.kind = (enum txn_kind)kind;
        bool is_judged = kind == KIND_SALE || kind == KIND_PREAUTH || kind == KIND_INCREMENT ||
                         kind == KIND_BALANCE;
        assert_int_equal(judged() != OUTCOME_NONE, is_judged);
    }
    it.payment.kind = KIND_REFUND;
    rule->kinds = 1U << KIND_REFUND;
    assert_int_equal(judged(), OUTCOME_AMOUNT_ABOVE_MAXIMUM);
    rule->kinds = 1U << KIND_VOID;
    assert_non_null(rules_rule_fault(rule));
}

static void test_the_cause_of_least_rank_is_given(void **state)
{
    (void)state;
    rule_add("soft", RULE_JUST_UNDER)->amount_minor = 10000;
    it.parts[0].rules[0].count = 1;
    assert_int_equal(judged(), OUTCOME_RISK_SUSPICIOUS);
    rule_add("most", RULE_AMOUNT_MOST)->amount_minor = 5000;
    assert_int_equal(judged(), OUTCOME_AMOUNT_ABOVE_MAXIMUM);
    rule_add("tighter", RULE_AMOUNT_MOST)->amount_minor = 1;
    assert_int_equal(judged(), OUTCOME_AMOUNT_ABOVE_MAXIMUM);
    assert_string_equal(evidence(EVIDENCE_RULE), "most v3");
    rule_add("software", RULE_SOFTWARE)->count = 999999;
    assert_int_equal(judged(), OUTCOME_TERMINAL_SOFTWARE_OUTDATED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, start)
    const struct CMUnitTest tests[] = {
        TEST(test_no_rules_find_nothing),
        TEST(test_amounts_have_a_least_and_a_most),
        TEST(test_sums_of_a_day_and_a_month),
        TEST(test_counts_of_a_day_and_a_month),
        TEST(test_what_is_counted_again_counts_where_it_stood),
        TEST(test_a_card_is_not_elsewhere_within_the_interval),
        TEST(test_wrong_pins_close_a_card_until_tomorrow),
        TEST(test_a_range_of_cards_is_barred),
        TEST(test_a_listed_card_is_refused),
        TEST(test_nobody_travels_that_fast),
        TEST(test_distances),
        TEST(test_some_categories_need_a_licence),
        TEST(test_old_software_is_refused),
        TEST(test_an_issuer_has_its_window),
        TEST(test_a_window_may_be_every_night),
        TEST(test_many_refusals_look_like_guessing),
        TEST(test_a_shop_that_refunds_more_than_it_sells),
        TEST(test_an_amount_just_under_a_limit),
        TEST(test_scores_add_up_to_the_threshold),
        TEST(test_what_follows_and_what_is_done_is_not_judged),
        TEST(test_the_cause_of_least_rank_is_given),
    };

    return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}

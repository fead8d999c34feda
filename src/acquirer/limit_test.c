/* Rules at the switch: each cause for real, what is counted and given back, other rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "base/prng.h"
#include "risk/rules.h"
#include "test/lib/switch_world.h"

#define TODAY 20261122
#define MINUTE_MS 60000

static struct rules_row head;
static struct rule_part_row parts[RULE_PARTS_MAX];

/* ---- loading rules ---- */

static enum outcome put_row(struct row_key key, const void *value, size_t len)
{
    static struct node_command command;

    memset(&command, 0, sizeof command);
    command.kind = COMMAND_PUT_ROW;
    command.key = key;
    memcpy(command.value, value, len);
    command.value_len = (uint16_t)len;
    world_event(EVENT_COMMAND)->command = &command;
    world.event.ticket = 3;
    world_run();
    assert_true(world.was_shown);
    return world.shown;
}

static void rules_begin(void)
{
    const struct rules_row *now = world_value(rules_key());

    memset(&head, 0, sizeof head);
    memset(parts, 0, sizeof parts);
    head.layout = RISK_ROW_LAYOUT;
    head.version = now == NULL ? 1 : now->version + 1;
    head.slot = now == NULL ? 0 : (uint8_t)(1 - now->slot);
    head.threshold = 100;
    head.currency = CURRENCY_CNY;
    head.loaded = world.wall;
}

static struct rule *rule_add(const char *name, enum rule_check check)
{
    size_t at = head.rule_count++;
    struct rule_part_row *part = &parts[at / RULE_PART_RULES];
    struct rule *rule = &part->rules[at % RULE_PART_RULES];

    part->layout = RISK_ROW_LAYOUT;
    part->slot = head.slot;
    part->place = (uint8_t)(at / RULE_PART_RULES);
    part->version = head.version;
    part->rule_count = (uint16_t)(at % RULE_PART_RULES + 1);
    head.part_count = (uint8_t)(part->place + 1);
    memcpy(rule->name, name, strlen(name));
    rule->check = (uint8_t)check;
    return rule;
}

static void digest(void)
{
    struct rule_set set = {.head = &head};

    for (size_t i = 0; i < head.part_count; i++)
        set.parts[i] = &parts[i];
    head.digest = rules_digest(&set);
    rules_sum_up(&set, &head);
}

static enum outcome rules_end(void)
{
    digest();
    for (uint8_t i = 0; i < head.part_count; i++)
        assert_int_equal(put_row(rules_part_key(head.slot, i), &parts[i], sizeof parts[i]),
                         OUTCOME_APPROVED);
    return put_row(rules_key(), &head, sizeof head);
}

static void rules_load(void)
{
    assert_int_equal(rules_end(), OUTCOME_APPROVED);
    assert_int_equal(world_record()->what, WHAT_RULES_CHANGED);
}

static struct rule *one_rule(const char *name, enum rule_check check)
{
    world_open();
    rules_begin();
    return rule_add(name, check);
}

/* ---- paying ---- */

static enum outcome pay(uint32_t trace, int64_t minor)
{
    struct txn_message sale = world_sale(trace, minor);

    world_terminal_says(&sale);
    return world_payment(trace)->outcome;
}

static void answer(uint32_t trace, const char *code)
{
    struct txn_message request =
        world_request(KIND_SALE, trace, world_payment(trace)->amount.minor);
    struct txn_message reply = world_answer(&request, code);

    world_issuer_says(&reply);
}

static void pay_well(uint32_t trace, int64_t minor)
{
    assert_int_equal(pay(trace, minor), OUTCOME_NONE);
    answer(trace, "00");
    assert_int_equal(world_payment(trace)->outcome, OUTCOME_APPROVED);
}

static void refused(uint32_t trace, int64_t minor, enum outcome outcome)
{
    assert_int_equal(pay(trace, minor), outcome);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, outcome_row(outcome)->code, 2);
    assert_null(world_sent(ISSUER_LINK));
    assert_int_equal(world_payment(trace)->rules_version, head.version);
    assert_int_equal(world_payment(trace)->money, MONEY_NOT_MOVED);
}

static const char *evidence(uint32_t trace, enum evidence_name name)
{
    const struct payment_row *row = world_payment(trace);

    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        if (row->evidence[i].name == name)
            return row->evidence[i].text;
    }
    return "";
}

/* The terminal moves to another shop. */
static void move_to(const char *merchant, int32_t latitude, int32_t longitude)
{
    struct merchant_row row;

    assert_int_equal(onboard_merchant(merchant, "Another shop", 5812, &row), OK);
    row.latitude_e5 = latitude;
    row.longitude_e5 = longitude;
    assert_int_equal(put_row(onboard_merchant_key(&row), &row, sizeof row), OUTCOME_APPROVED);
    memcpy(world_terminal()->merchant, row.merchant, sizeof row.merchant);
}

static enum outcome pay_at(const char *merchant, uint32_t trace, int64_t minor)
{
    struct txn_message sale = world_sale(trace, minor);

    assert_int_equal(identity_id_from_text(merchant, ' ', sale.merchant, MERCHANT_ID_LEN), OK);
    world_terminal_says(&sale);
    return world_payment(trace)->outcome;
}

static struct activity_owner owner_of(uint32_t trace)
{
    return activity_owner_of(world_payment(trace));
}

static const struct tally_row *tally_of(enum tally_subject subject, uint32_t trace)
{
    struct activity_owner owner = owner_of(trace);

    return world_value(activity_key(subject, &owner));
}

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
    memcpy(world_merchant()->licence, "JY-1", 4);
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
    world_issuer()->is_up = false;
    refused(1, 100, OUTCOME_ISSUER_MAINTENANCE); /* why it is not up */
    world_issuer()->is_up = true;
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

/* ---- counters ---- */

static void add_counters(void)
{
    for (unsigned per = 0; per < TALLY_SUBJECT_COUNT; per++) {
        struct rule *rule = rule_add("count", RULE_COUNT_MOST);
        rule->per = (uint8_t)per;
        rule->each = PERIOD_DAY;
        rule->count = 1000;
    }
}

/* What stands: approved, or on its way. */
static void expect_tallies(uint32_t last)
{
    uint32_t count = 0;
    int64_t minor = 0;

    for (uint32_t trace = 1; trace <= last; trace++) {
        const struct payment_row *row = world_payment(trace);
        bool stands = row != NULL && (row->money == MONEY_MOVED || row->money == MONEY_UNKNOWN);
        count += stands;
        minor += stands ? row->amount.minor : 0;
        if (row != NULL && row->counted != 0)
            assert_int_equal((row->counted & COUNTED_OFF) == 0, stands);
    }
    for (unsigned i = 0; i < TALLY_SUBJECT_COUNT; i++) {
        const struct tally_row *tally = tally_of((enum tally_subject)i, 1);
        assert_non_null(tally);
        assert_int_equal(tally->subject, i);
        assert_int_equal(tally->day_count, count);
        assert_int_equal(tally->month_count, count);
        assert_true(tally->day_minor == minor);
    }
}

static void test_what_does_not_move_is_given_back(void **state)
{
    struct txn_message reversal;

    (void)state;
    one_rule("start", RULE_AMOUNT_LEAST)->amount_minor = 1;
    add_counters();
    rules_load();
    assert_int_equal(pay(1, 100), OUTCOME_NONE);
    expect_tallies(1);
    answer(1, "51");
    expect_tallies(1);
    pay_well(2, 200);
    expect_tallies(2);
    reversal = world_reversal(2, 200);
    world_terminal_says(&reversal);
    expect_tallies(2);
    world_terminal_says(&reversal); /* again: given back once */
    expect_tallies(2);
    assert_int_equal(pay(3, 300), OUTCOME_NONE);
    world_wait_ms(20000);
    world_timer(world_pending_key(3)); /* no answer: given up */
    expect_tallies(3);
    answer(3, "00"); /* too late */
    expect_tallies(3);
    assert_int_equal(pay(4, 400), OUTCOME_NONE);
    world_recover(world_pending_key(4)); /* after a restart */
    expect_tallies(4);
    assert_int_equal(pay(5, 500), OUTCOME_NONE);
    answer(5, "96"); /* in doubt at the issuer */
    expect_tallies(5);
    reversal = world_reversal(6, 600);
    world_terminal_says(&reversal); /* nobody saw it */
    expect_tallies(6);
}

static void step_at_random(struct prng *prng, uint32_t trace)
{
    static const char *const codes[] = {"00", "00", "00", "51", "55", "05", "96", "68"};
    struct txn_message reversal;

    if (world_payment(trace) == NULL) {
        pay(trace, (int64_t)prng_below(prng, 100000) + 1);
        return;
    }
    switch (prng_below(prng, 5)) {
    case 0:
        reversal = world_reversal(trace, world_payment(trace)->amount.minor);
        world_terminal_says(&reversal);
        break;
    case 1:
        pay(trace, world_payment(trace)->amount.minor);
        break;
    case 2:
        if (world_pending(trace) != NULL)
            world_timer(world_pending_key(trace));
        break;
    default:
        answer(trace, codes[prng_below(prng, ARRAY_COUNT(codes))]);
        break;
    }
}

/* I15: the counters equal what the entries say, whatever came in whatever order. */
static void test_tallies_equal_what_stands(void **state)
{
    enum { PAYMENTS = 24, STEPS = 400 };
    struct prng prng;

    (void)state;
    prng_seed(&prng, 20261122);
    one_rule("start", RULE_AMOUNT_LEAST)->amount_minor = 1;
    add_counters();
    rules_load();
    assert_int_equal(pay(1, 100), OUTCOME_NONE);
    for (int i = 0; i < STEPS; i++) {
        step_at_random(&prng, (uint32_t)prng_below(&prng, PAYMENTS) + 1);
        expect_tallies(PAYMENTS);
    }
}

static void test_a_reversed_visit_was_none(void **state)
{
    struct txn_message reversal;

    (void)state;
    one_rule("apart", RULE_APART)->span = 30;
    rules_load();
    pay_well(1, 100);
    reversal = world_reversal(1, 100);
    world_terminal_says(&reversal);
    move_to("M2", 0, 0);
    assert_int_equal(pay_at("M2", 2, 100), OUTCOME_NONE);
}

static void test_two_at_once_do_not_share_the_last_place(void **state)
{
    struct rule *rule;

    (void)state;
    rule = one_rule("once", RULE_COUNT_MOST);
    rule->per = TALLY_TERMINAL;
    rule->each = PERIOD_DAY;
    rule->count = 1;
    rules_load();
    assert_int_equal(pay(1, 100), OUTCOME_NONE);
    refused(2, 100, OUTCOME_MERCHANT_DAILY_LIMIT);
    answer(1, "51");
    pay_well(3, 100);
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
    assert_string_equal(evidence(1, EVIDENCE_COMPONENT), "rules");
}

static void test_many_rules_fit(void **state)
{
    (void)state;
    world_open();
    rules_begin();
    rule_add("black-list", RULE_LISTED);
    add_counters();
    while (head.rule_count < RULES_MAX)
        rule_add("least", RULE_AMOUNT_LEAST)->amount_minor = 1;
    rules_load();
    pay_well(1, 100);
    expect_tallies(1);
}

/* A refund of a merchant with a funds row asks for most rows of all. */
static void test_many_rules_and_an_original_fit(void **state)
{
    struct txn_message refund = world_follow(KIND_REFUND, 2, 100, 1);

    (void)state;
    world_open();
    world_merchant()->checks_funds = 1;
    rules_begin();
    rule_add("black-list", RULE_LISTED);
    add_counters();
    while (head.rule_count < RULES_MAX)
        rule_add("least", RULE_AMOUNT_LEAST)->amount_minor = 1;
    for (size_t i = 0; i < head.rule_count; i++)
        parts[i / RULE_PART_RULES].rules[i % RULE_PART_RULES].kinds =
            1U << KIND_SALE | 1U << KIND_REFUND;
    rules_load();
    pay_well(1, 100);
    world_terminal_says(&refund);
    assert_int_equal(world_payment(2)->stage, STAGE_SENT);
    assert_true(world.work.need_count > 25);
}

static void follow(enum txn_kind kind, uint32_t trace, int64_t minor, uint32_t original)
{
    struct txn_message message = original == 0 ? world_request(kind, trace, minor)
                                               : world_follow(kind, trace, minor, original);

    world_terminal_says(&message);
    assert_int_equal(world_payment(trace)->stage, STAGE_SENT);
    struct txn_message reply = world_answer(&world_sent(ISSUER_LINK)->message, "00");
    world_issuer_says(&reply);
    assert_int_equal(world_payment(trace)->outcome, OUTCOME_APPROVED);
}

static void expect_count(uint32_t count, int64_t minor)
{
    const struct tally_row *tally = tally_of(TALLY_MERCHANT, 1);

    assert_int_equal(tally->day_count, count);
    assert_true(tally->day_minor == minor);
}

/* With as many rules as fit: every kind finds room for its rows. */
static void test_what_follows_gives_back_and_is_not_counted(void **state)
{
    struct txn_message reversal;

    (void)state;
    world_open();
    rules_begin();
    rule_add("black-list", RULE_LISTED);
    add_counters();
    while (head.rule_count < RULES_MAX)
        rule_add("least", RULE_AMOUNT_LEAST)->amount_minor = 1;
    rules_load();
    pay_well(1, 10000);
    follow(KIND_TIP_ADJUST, 2, 10500, 1);
    expect_count(1, 10000);
    pay_well(3, 2000);
    follow(KIND_REFUND, 4, 500, 3);
    expect_count(2, 12000);
    assert_int_equal(tally_of(TALLY_MERCHANT, 1)->day_refunds, 1);
    pay_well(5, 3000);
    follow(KIND_VOID, 6, 3000, 5);
    expect_count(2, 12000);
    reversal = world_reversal(6, 3000);
    reversal.kind = KIND_VOID;
    world_terminal_says(&reversal); /* the void is taken back: the sale stands again */
    expect_count(3, 15000);
    follow(KIND_PREAUTH, 7, 4000, 0);
    follow(KIND_INCREMENT, 8, 1000, 7);
    expect_count(5, 20000);
    follow(KIND_COMPLETION, 9, 5000, 7);
    expect_count(5, 20000);
    follow(KIND_COMPLETION_VOID, 10, 5000, 9);
    follow(KIND_PREAUTH, 11, 700, 0);
    follow(KIND_PREAUTH_VOID, 12, 700, 11);
    expect_count(5, 20000);
    follow(KIND_OFFLINE_SALE, 13, 600, 0);
    expect_count(6, 20600);
}

static void test_a_part_of_the_amount_counts_in_part(void **state)
{
    struct txn_message sale;

    (void)state;
    one_rule("start", RULE_AMOUNT_LEAST)->amount_minor = 1;
    add_counters();
    rules_load();
    sale = world_sale(1, 10000);
    sale.partial_ok = true;
    world_terminal_says(&sale);
    struct txn_message reply = world_answer(&world_sent(ISSUER_LINK)->message, "10");
    reply.amount.minor = 4000;
    world_issuer_says(&reply);
    assert_int_equal(world_payment(1)->posted_minor, 4000);
    expect_count(1, 4000);
    struct txn_message reversal = world_reversal(1, 10000);
    world_terminal_says(&reversal);
    expect_count(0, 0);
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
        cmocka_unit_test(test_what_does_not_move_is_given_back),
        cmocka_unit_test(test_tallies_equal_what_stands),
        cmocka_unit_test(test_a_reversed_visit_was_none),
        cmocka_unit_test(test_two_at_once_do_not_share_the_last_place),
        cmocka_unit_test(test_rows_that_no_rule_asks_for_are_not_touched),
        cmocka_unit_test(test_scope_says_which_payments_are_judged),
        cmocka_unit_test(test_a_repeat_gets_the_recorded_refusal),
        cmocka_unit_test(test_rules_change_in_one_step),
        cmocka_unit_test(test_half_a_load_never_comes_into_force),
        cmocka_unit_test(test_damaged_rules_let_nothing_pass),
        cmocka_unit_test(test_many_rules_fit),
        cmocka_unit_test(test_many_rules_and_an_original_fit),
        cmocka_unit_test(test_what_follows_gives_back_and_is_not_counted),
        cmocka_unit_test(test_a_part_of_the_amount_counts_in_part),
        cmocka_unit_test(test_a_changed_range_is_a_newer_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

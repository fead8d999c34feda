/* What is counted of payments: given back when they are, equal to what stands, in part, for every
 * kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "base/prng.h"
#include "test/lib/switch_world.h"
#include "test/lib/rules_world.h"

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

/* ... but for a sale of an order that was tried before. */
static void test_many_rules_and_an_order_fit(void **state)
{
    (void)state;
    world_open();
    world_merchant()->checks_funds = 1;
    rules_begin();
    rule_add("black-list", RULE_LISTED);
    add_counters();
    while (head.rule_count < RULES_MAX)
        rule_add("least", RULE_AMOUNT_LEAST)->amount_minor = 1;
    rules_load();
    for (uint32_t trace = 1; trace <= 2; trace++) {
        struct txn_message sale = world_sale(trace, 100);
        memcpy(sale.order, "A-17", 4);
        world_terminal_says(&sale);
        assert_int_equal(world_payment(trace)->stage, STAGE_SENT);
        assert_true(world.work.need_count > (trace == 1 ? 27 : 28));
        answer(trace, "51");
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_does_not_move_is_given_back),
        cmocka_unit_test(test_tallies_equal_what_stands),
        cmocka_unit_test(test_a_reversed_visit_was_none),
        cmocka_unit_test(test_two_at_once_do_not_share_the_last_place),
        cmocka_unit_test(test_many_rules_fit),
        cmocka_unit_test(test_many_rules_and_an_original_fit),
        cmocka_unit_test(test_many_rules_and_an_order_fit),
        cmocka_unit_test(test_what_follows_gives_back_and_is_not_counted),
        cmocka_unit_test(test_a_part_of_the_amount_counts_in_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

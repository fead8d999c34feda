/* Payments that follow others: what each does to its original, and each reason to refuse one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "test/lib/switch_world.h"

#define ORIGINAL 42
#define NEXT 43

/* ---- steps of a story ---- */

static struct txn_message answered(const struct txn_message *message, const char *code)
{
    world_terminal_says(message);
    const struct world_sent *on = world_sent(ISSUER_LINK);
    assert_non_null(on);
    struct txn_message answer = world_answer(&on->message, code);
    world_issuer_says(&answer);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, code, 2);
    return *message;
}

static void approve(enum txn_kind kind, uint32_t trace, int64_t minor, uint32_t original)
{
    struct txn_message message = original == 0 ? world_request(kind, trace, minor)
                                               : world_follow(kind, trace, minor, original);

    (void)answered(&message, "00");
}

/* Which original a follow-up can have. */
static enum txn_kind original_of(enum txn_kind kind)
{
    for (unsigned i = KIND_SALE; i < KIND_COUNT; i++) {
        if (kind_may_follow(kind, (enum txn_kind)i))
            return (enum txn_kind)i;
    }
    return KIND_NONE;
}

/* An approved original of 100.00 for a follow-up: a completion's has a pre-authorisation first. */
static void open_original(enum txn_kind kind)
{
    enum txn_kind original = original_of(kind);

    world_open();
    if (original == KIND_COMPLETION) {
        approve(KIND_PREAUTH, 41, 10000, 0);
        approve(KIND_COMPLETION, ORIGINAL, 10000, 41);
    } else {
        approve(original, ORIGINAL, 10000, 0);
    }
}

static void expect_follow(enum follow_state follow, uint32_t by)
{
    const struct payment_row *row = world_payment(ORIGINAL);

    assert_int_equal(row->follow, follow);
    assert_int_equal(row->follow_trace, by);
}

static void expect_row(uint32_t trace, enum payment_stage stage, enum money_state money,
                       int64_t posted)
{
    const struct payment_row *row = world_payment(trace);

    assert_non_null(row);
    assert_int_equal(row->stage, stage);
    assert_int_equal(row->money, money);
    assert_int_equal(row->posted_minor, posted);
}

static void confirm(const char *code)
{
    struct txn_message reversal = world_sent(ISSUER_LINK)->message;
    struct txn_message answer = world_answer(&reversal, code);

    world_issuer_says(&answer);
}

/* ---- what each kind does ---- */

static const struct {
    enum txn_kind kind;
    enum follow_state under_way;
    enum follow_state done;
} takers[] = {
    {KIND_VOID, FOLLOW_VOIDING, FOLLOW_VOIDED},
    {KIND_PREAUTH_VOID, FOLLOW_VOIDING, FOLLOW_VOIDED},
    {KIND_COMPLETION_VOID, FOLLOW_VOIDING, FOLLOW_VOIDED},
    {KIND_COMPLETION, FOLLOW_COMPLETING, FOLLOW_COMPLETED},
    {KIND_COMPLETION_ADVICE, FOLLOW_COMPLETING, FOLLOW_COMPLETED},
};

static void test_what_takes_all_guards_its_original(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(takers); i++) {
        struct txn_message follow = world_follow(takers[i].kind, NEXT, 10000, ORIGINAL);
        open_original(takers[i].kind);
        world_terminal_says(&follow);
        expect_follow(takers[i].under_way, NEXT);
        struct txn_message on = world_sent(ISSUER_LINK)->message;
        assert_memory_equal(on.original.terminal, "T1      ", TERMINAL_ID_LEN);
        assert_int_equal(on.original.trace, ORIGINAL);
        struct txn_message answer = world_answer(&on, "00");
        world_issuer_says(&answer);
        expect_follow(takers[i].done, NEXT);
        expect_row(NEXT, STAGE_ANSWERED, MONEY_MOVED, 10000);
        assert_int_equal(world_payment(ORIGINAL)->posted_minor, 10000);

        open_original(takers[i].kind);
        (void)answered(&follow, "51");
        expect_follow(FOLLOW_NONE, 0);
        expect_row(NEXT, STAGE_ANSWERED, MONEY_NOT_MOVED, 0);
    }
}

static void test_what_is_taken_back_sets_its_original_free_once_confirmed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(takers); i++) {
        struct txn_message follow = world_follow(takers[i].kind, NEXT, 10000, ORIGINAL);
        struct txn_message reversal = world_reversal_of(&follow);
        if (!kind_row(takers[i].kind)->is_reversible)
            continue;
        for (int approved = 0; approved <= 1; approved++) {
            open_original(takers[i].kind);
            if (approved)
                (void)answered(&follow, "00");
            else
                world_terminal_says(&follow);
            world_terminal_says(&reversal);
            expect_row(NEXT, STAGE_REVERSING, MONEY_RETURNING, approved ? 10000 : 0);
            expect_follow(takers[i].under_way, NEXT);
            assert_int_equal(world_sent(ISSUER_LINK)->message.original.trace, ORIGINAL);
            assert_true(world_sent(ISSUER_LINK)->message.original_sent.us ==
                        world_payment(NEXT)->created.us);
            confirm("00");
            expect_row(NEXT, STAGE_REVERSED, MONEY_RETURNED, approved ? 10000 : 0);
            expect_follow(FOLLOW_NONE, 0);
            follow.identity.trace = NEXT + 1;
            (void)answered(&follow, "00");
            expect_follow(takers[i].done, NEXT + 1);
            follow.identity.trace = NEXT;
        }
    }
}

/* 41 is the hold, 42 its completion. */
static void test_a_voided_completion_gives_its_hold_back(void **state)
{
    struct txn_message voided = world_follow(KIND_COMPLETION_VOID, NEXT, 10000, ORIGINAL);
    struct txn_message reversal = world_reversal_of(&voided);

    (void)state;
    for (int taken = 0; taken <= 1; taken++) {
        open_original(KIND_COMPLETION_VOID);
        assert_int_equal(world_payment(41)->follow, FOLLOW_COMPLETED);
        (void)answered(&voided, "00");
        assert_int_equal(world_payment(41)->follow, FOLLOW_NONE);
        if (taken)
            approve(KIND_PREAUTH_VOID, 44, 10000, 41);
        world_terminal_says(&reversal);
        assert_int_equal(world_payment(41)->follow, taken ? FOLLOW_VOIDED : FOLLOW_COMPLETED);
        assert_int_equal(world_payment(41)->follow_trace, taken ? 44 : ORIGINAL);
        confirm("00");
        expect_follow(FOLLOW_NONE, 0);
    }
}

static void test_silence_takes_a_follow_up_back(void **state)
{
    struct txn_message follow = world_follow(KIND_VOID, NEXT, 10000, ORIGINAL);

    (void)state;
    open_original(KIND_VOID);
    world_terminal_says(&follow);
    world_wait_ms(20000);
    world_timer(world_pending_key(NEXT));
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "98", 2);
    expect_follow(FOLLOW_VOIDING, NEXT);
    struct txn_message reversal = world_sent(ISSUER_LINK)->message;
    struct txn_message answer = world_answer(&reversal, "25");
    world_wait_ms(20000); /* the void cannot come any more */
    world_issuer_says(&answer);
    expect_follow(FOLLOW_NONE, 0);
    expect_row(ORIGINAL, STAGE_ANSWERED, MONEY_MOVED, 10000);
}

static void test_refunds_add_up_to_the_original_and_no_more(void **state)
{
    struct txn_message last = world_follow(KIND_REFUND, 46, 1, ORIGINAL);

    (void)state;
    open_original(KIND_REFUND);
    approve(KIND_REFUND, NEXT, 4000, ORIGINAL);
    assert_int_equal(world_payment(ORIGINAL)->returned_minor, 4000);
    struct txn_message refused = world_follow(KIND_REFUND, 44, 6001, ORIGINAL);
    world_terminal_says(&refused);
    assert_int_equal(world_payment(44)->outcome, OUTCOME_REFUND_TOO_LARGE);
    assert_int_equal(world_payment(44)->evidence[2].name, EVIDENCE_LEFT);
    assert_string_equal(world_payment(44)->evidence[2].text, "60.00");
    struct txn_message rest = world_follow(KIND_REFUND, 45, 6000, ORIGINAL);
    (void)answered(&rest, "00");
    world_terminal_says(&last);
    assert_int_equal(world_payment(46)->outcome, OUTCOME_ORIGINAL_ALREADY_VOIDED);
    assert_string_equal(world_payment(46)->evidence[1].text, "refunded");
    assert_int_equal(world_batch(1)->domestic.credit_minor, 10000);
    assert_int_equal(world_batch(1)->domestic.credit_count, 2);
    assert_int_equal(world_batch(1)->domestic.debit_count, 1);
}

static void test_a_refund_under_way_reserves_and_a_refused_one_gives_back(void **state)
{
    struct txn_message first = world_follow(KIND_REFUND, NEXT, 6000, ORIGINAL);
    struct txn_message second = world_follow(KIND_REFUND, 44, 6000, ORIGINAL);

    (void)state;
    open_original(KIND_REFUND);
    world_terminal_says(&first);
    struct txn_message on = world_sent(ISSUER_LINK)->message;
    world_terminal_says(&second);
    assert_int_equal(world_payment(44)->outcome, OUTCOME_REFUND_TOO_LARGE);
    struct txn_message answer = world_answer(&on, "62");
    world_issuer_says(&answer);
    assert_int_equal(world_payment(ORIGINAL)->returned_minor, 0);
    second.identity.trace = 45;
    (void)answered(&second, "00");
}

static void test_a_tip_moves_the_difference_once(void **state)
{
    struct txn_message again = world_follow(KIND_TIP_ADJUST, 44, 10500, ORIGINAL);
    struct txn_message voided = world_follow(KIND_VOID, 45, 10000, ORIGINAL);

    (void)state;
    open_original(KIND_TIP_ADJUST);
    approve(KIND_TIP_ADJUST, NEXT, 11000, ORIGINAL);
    expect_row(NEXT, STAGE_ANSWERED, MONEY_MOVED, 1000);
    assert_int_equal(world_payment(ORIGINAL)->tip_minor, 1000);
    assert_int_equal(world_batch(1)->domestic.debit_minor, 11000);
    assert_int_equal(world_batch(1)->domestic.debit_count, 1);
    world_terminal_says(&again);
    assert_int_equal(world_payment(44)->outcome, OUTCOME_TIP_TOO_LARGE);
    world_terminal_says(&voided);
    assert_int_equal(world_payment(45)->outcome, OUTCOME_ORIGINAL_MISMATCH);
    approve(KIND_VOID, 46, 11000, ORIGINAL);
    assert_int_equal(world_batch(1)->domestic.credit_minor, 11000);
}

/* The bank may still refuse it, and the customer would get back what he never paid. */
static void test_a_refund_does_not_count_a_tip_under_way(void **state)
{
    struct txn_message tip = world_follow(KIND_TIP_ADJUST, NEXT, 11000, ORIGINAL);
    struct txn_message refund = world_follow(KIND_REFUND, 44, 10500, ORIGINAL);

    (void)state;
    open_original(KIND_TIP_ADJUST);
    world_terminal_says(&tip);
    world_terminal_says(&refund);
    assert_int_equal(world_payment(44)->outcome, OUTCOME_REFUND_TOO_LARGE);
    open_original(KIND_TIP_ADJUST);
    approve(KIND_TIP_ADJUST, NEXT, 11000, ORIGINAL);
    approve(KIND_REFUND, 44, 10500, ORIGINAL);
}

static void test_a_refused_tip_leaves_the_sale_as_it_was(void **state)
{
    struct txn_message tip = world_follow(KIND_TIP_ADJUST, NEXT, 11000, ORIGINAL);

    (void)state;
    open_original(KIND_TIP_ADJUST);
    (void)answered(&tip, "51");
    expect_row(NEXT, STAGE_ANSWERED, MONEY_NOT_MOVED, 0);
    assert_int_equal(world_payment(ORIGINAL)->tip_minor, 0);
    approve(KIND_VOID, 44, 10000, ORIGINAL);
}

static void test_increments_grow_what_is_held(void **state)
{
    struct txn_message increment = world_follow(KIND_INCREMENT, NEXT, 5000, ORIGINAL);
    struct txn_message reversal = world_reversal_of(&increment);

    (void)state;
    open_original(KIND_INCREMENT);
    expect_row(ORIGINAL, STAGE_ANSWERED, MONEY_HELD, 10000);
    (void)answered(&increment, "00");
    expect_row(NEXT, STAGE_ANSWERED, MONEY_HELD, 5000);
    expect_row(ORIGINAL, STAGE_ANSWERED, MONEY_HELD, 15000);
    world_terminal_says(&reversal);
    expect_row(ORIGINAL, STAGE_ANSWERED, MONEY_HELD, 10000);
    confirm("00");
    expect_row(NEXT, STAGE_REVERSED, MONEY_RETURNED, 5000);
    assert_int_equal(world_batch(1)->domestic.debit_count, 0);
}

static void test_a_part_is_approved_for_who_takes_it(void **state)
{
    struct txn_message sale = world_request(KIND_SALE, ORIGINAL, 10000);

    (void)state;
    for (int takes = 0; takes <= 1; takes++) {
        world_open();
        sale.partial_ok = takes;
        world_terminal_says(&sale);
        struct txn_message answer = world_answer(&world_sent(ISSUER_LINK)->message, "10");
        answer.amount.minor = 3000;
        world_issuer_says(&answer);
        if (!takes) {
            expect_row(ORIGINAL, STAGE_REVERSING, MONEY_RETURNING, 0);
            assert_memory_equal(world_sent(TILL_LINK)->message.code, "96", 2);
            continue;
        }
        expect_row(ORIGINAL, STAGE_ANSWERED, MONEY_MOVED, 3000);
        assert_int_equal(world_payment(ORIGINAL)->outcome, OUTCOME_APPROVED_PARTIAL);
        for (int again = 0; again <= 1; again++) {
            assert_memory_equal(world_sent(TILL_LINK)->message.code, "10", 2);
            assert_int_equal(world_sent(TILL_LINK)->message.amount.minor, 3000);
            world_terminal_says(&sale);
        }
        approve(KIND_VOID, NEXT, 3000, ORIGINAL);
    }
}

static void test_a_part_of_nothing_or_too_much_fits_nothing(void **state)
{
    static const int64_t parts[] = {0, 10001};
    struct txn_message sale = world_request(KIND_SALE, ORIGINAL, 10000);

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        world_open();
        sale.partial_ok = true;
        world_terminal_says(&sale);
        struct txn_message answer = world_answer(&world_sent(ISSUER_LINK)->message, "10");
        answer.amount.minor = parts[i];
        world_issuer_says(&answer);
        assert_int_equal(world_record()->what, WHAT_QUARANTINED);
        expect_row(ORIGINAL, STAGE_SENT, MONEY_UNKNOWN, 0);
    }
}

static void test_the_stored_card_serves_when_none_is_shown(void **state)
{
    struct txn_message completion = world_follow(KIND_COMPLETION, NEXT, 9000, ORIGINAL);

    (void)state;
    open_original(KIND_COMPLETION);
    completion.pan.len = 0;
    completion.expiry = 0;
    world_terminal_says(&completion);
    assert_true(world_sent(ISSUER_LINK)->seal.open_pan);
    assert_int_equal(world_sent(ISSUER_LINK)->message.expiry, 2812);
    confirm("00");
    expect_row(NEXT, STAGE_ANSWERED, MONEY_MOVED, 9000);
}

static void test_an_original_with_followers_is_not_reversed(void **state)
{
    static const enum txn_kind kinds[] = {KIND_VOID, KIND_REFUND, KIND_TIP_ADJUST, KIND_COMPLETION,
                                          KIND_INCREMENT};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct txn_message original = world_request(original_of(kinds[i]), ORIGINAL, 10000);
        struct txn_message reversal = world_reversal_of(&original);
        open_original(kinds[i]);
        approve(kinds[i], NEXT, 10000, ORIGINAL);
        struct payment_row before = *world_payment(ORIGINAL);
        if (kinds[i] == KIND_TIP_ADJUST)
            continue; /* a tip of nothing leaves nothing to rest on the sale */
        world_terminal_says(&reversal);
        assert_memory_equal(world_sent(TILL_LINK)->message.code, "22", 2);
        assert_true(world_sent(TILL_LINK)->seal.make_mac);
        assert_true(world_record()->is_alarm);
        memcpy(before.reversal_reason, reversal.code, sizeof before.reversal_reason);
        assert_memory_equal(world_payment(ORIGINAL), &before, sizeof before);
    }
}

static void test_an_advice_is_never_reversed(void **state)
{
    struct txn_message refund = world_follow(KIND_REFUND, NEXT, 4000, ORIGINAL);
    struct txn_message reversal = world_reversal_of(&refund);

    (void)state;
    for (int known = 0; known <= 1; known++) {
        open_original(KIND_REFUND);
        if (known)
            (void)answered(&refund, "00");
        world.writes = false; /* the dialect has no such message either */
        world_terminal_says(&reversal);
        assert_memory_equal(world_sent(TILL_LINK)->message.code, "40", 2);
        assert_true(world_record()->is_alarm);
        assert_int_equal(world_payment(NEXT) != NULL, known);
    }
}

/* ---- refusals ---- */

static struct txn_message asked;

static void refuse(enum outcome outcome)
{
    struct payment_row before = *world_payment(ORIGINAL);

    world_terminal_says(&asked);
    assert_null(world_sent(ISSUER_LINK));
    assert_memory_equal(world_sent(TILL_LINK)->message.code, outcome_row(outcome)->code, 2);
    assert_true(world_sent(TILL_LINK)->seal.make_mac);
    expect_row(asked.identity.trace, STAGE_ANSWERED, MONEY_NOT_MOVED, 0);
    assert_int_equal(world_payment(asked.identity.trace)->outcome, outcome);
    assert_int_not_equal(world_payment(asked.identity.trace)->evidence[0].name, EVIDENCE_NONE);
    assert_memory_equal(world_payment(ORIGINAL), &before, sizeof before);
    world_terminal_says(&asked); /* and again from the record */
    assert_memory_equal(world_sent(TILL_LINK)->message.code, outcome_row(outcome)->code, 2);
    assert_null(world_record());
}

static void start(enum txn_kind kind, int64_t minor)
{
    open_original(kind);
    asked = world_follow(kind, NEXT, minor, ORIGINAL);
}

static uint16_t day_ago(int64_t hours)
{
    struct instant then = instant_add_ms(world.wall, -hours * 3600000);

    return (uint16_t)(instant_date(then, world_config()->utc_offset_s) % 10000);
}

static void test_an_original_that_our_books_lost(void **state)
{
    (void)state;
    start(KIND_REFUND, 10000);
    world_lose(30);
    asked.original.trace = 99;
    asked.original.date = day_ago(3);
    refuse(OUTCOME_ORIGINAL_LOST);
    assert_string_equal(world_payment(NEXT)->evidence[0].text, "T1/000001/000099");
    assert_int_equal(world_payment(NEXT)->evidence[1].name, EVIDENCE_SINCE);
    start(KIND_REFUND, 10000);
    world_lose(30);
    asked.original.trace = 99;
    asked.original.date = day_ago(24 * 9); /* these books go back further than that */
    refuse(OUTCOME_ORIGINAL_NOT_FOUND);
    start(KIND_VOID, 10000);
    world_lose(30);
    asked.original.trace = 99;
    asked.original.date = 0;
    refuse(OUTCOME_ORIGINAL_LOST);
    start(KIND_VOID, 10000);
    world_lose(0); /* a promoted standby that had all */
    asked.original.trace = 99;
    refuse(OUTCOME_ORIGINAL_NOT_FOUND);
}

static void test_an_original_must_be_found(void **state)
{
    (void)state;
    start(KIND_VOID, 10000);
    asked.original.trace = 99;
    refuse(OUTCOME_ORIGINAL_NOT_FOUND);
    assert_string_equal(world_payment(NEXT)->evidence[0].text, "T1/000001/000099");

    start(KIND_VOID, 10000);
    asked.original.trace = 0;
    world.writes = false;
    refuse(OUTCOME_ORIGINAL_NOT_FOUND);
    start(KIND_VOID, 10000);
    asked.original.trace = NEXT; /* itself */
    refuse(OUTCOME_ORIGINAL_NOT_FOUND);
    start(KIND_VOID, 10000);
    asked.original.batch = 2;
    refuse(OUTCOME_ORIGINAL_NOT_FOUND);
    start(KIND_COMPLETION, 10000);
    asked.kind = KIND_VOID; /* of a pre-authorisation */
    refuse(OUTCOME_ORIGINAL_NOT_FOUND);
    start(KIND_REFUND, 10000);
    memcpy(world_payment(ORIGINAL)->merchant, "M2", 2);
    refuse(OUTCOME_ORIGINAL_NOT_FOUND);
    start(KIND_REFUND, 10000);
    memcpy(asked.rrn, "100000000099", RRN_LEN);
    refuse(OUTCOME_ORIGINAL_NOT_FOUND);

    start(KIND_REFUND, 10000);
    memcpy(asked.rrn, world_payment(ORIGINAL)->rrn, RRN_LEN);
    (void)answered(&asked, "00");
}

static void test_an_original_must_stand(void **state)
{
    struct txn_message sale = world_request(KIND_SALE, ORIGINAL, 10000);

    (void)state;
    world_open();
    (void)answered(&sale, "51");
    asked = world_follow(KIND_VOID, NEXT, 10000, ORIGINAL);
    refuse(OUTCOME_ORIGINAL_ALREADY_VOIDED);
    assert_string_equal(world_payment(NEXT)->evidence[1].text, "declined");

    world_open();
    world_terminal_says(&sale);
    refuse(OUTCOME_ORIGINAL_ALREADY_VOIDED);
    assert_string_equal(world_payment(NEXT)->evidence[1].text, "sent");

    start(KIND_VOID, 10000);
    approve(KIND_VOID, 44, 10000, ORIGINAL);
    refuse(OUTCOME_ORIGINAL_ALREADY_VOIDED);
    assert_string_equal(world_payment(NEXT)->evidence[1].text, "voided");
    assert_int_equal(world_payment(NEXT)->evidence[2].name, EVIDENCE_BY);
    assert_string_equal(world_payment(NEXT)->evidence[2].text, "000001/000044");
    assert_int_equal(world_payment(NEXT)->evidence[3].name, EVIDENCE_SINCE);

    start(KIND_VOID, 10000);
    approve(KIND_REFUND, 44, 1, ORIGINAL);
    refuse(OUTCOME_ORIGINAL_ALREADY_VOIDED);
    start(KIND_COMPLETION, 10000);
    approve(KIND_COMPLETION, 44, 10000, ORIGINAL);
    refuse(OUTCOME_ORIGINAL_ALREADY_VOIDED);
}

static void test_amount_and_card_are_the_originals(void **state)
{
    static const enum txn_kind kinds[] = {KIND_VOID, KIND_PREAUTH_VOID, KIND_COMPLETION_VOID};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        for (int64_t off = -1; off <= 1; off += 2) {
            start(kinds[i], 10000 + off);
            refuse(OUTCOME_ORIGINAL_MISMATCH);
            assert_string_equal(world_payment(NEXT)->evidence[1].text, "100.00");
        }
    }
    start(KIND_REFUND, 100);
    asked.pan = world_pan(CARD_OTHER);
    refuse(OUTCOME_ORIGINAL_MISMATCH);
}

static void test_a_void_belongs_to_the_batch_of_its_original(void **state)
{
    (void)state;
    start(KIND_VOID, 10000);
    world_terminal()->batch = 2;
    asked.identity.batch = 2;
    world_terminal_says(&asked);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "12", 2);
    assert_int_equal(world_record()->outcome, OUTCOME_ORIGINAL_BATCH_CLOSED);

    asked = world_follow(KIND_REFUND, NEXT, 10000, ORIGINAL); /* the way that is left */
    asked.identity.batch = 2;
    asked.identity.trace = 44;
    world_terminal_says(&asked);
    assert_non_null(world_sent(ISSUER_LINK));
}

static void test_a_void_belongs_to_the_terminal_of_its_original(void **state)
{
    struct payment_row other;

    (void)state;
    start(KIND_VOID, 10000);
    other = *world_payment(ORIGINAL);
    memcpy(other.identity.terminal, "T2      ", TERMINAL_ID_LEN);
    world.is_unproved = true; /* a row from nowhere has no entries */
    world_put(payment_row_key(&other.identity), &other, sizeof other);
    memcpy(asked.original.terminal, "T2      ", TERMINAL_ID_LEN);
    refuse(OUTCOME_ORIGINAL_BATCH_CLOSED);
    asked = world_follow(KIND_REFUND, 44, 10000, ORIGINAL);
    memcpy(asked.original.terminal, "T2      ", TERMINAL_ID_LEN);
    world_terminal_says(&asked);
    assert_memory_equal(world_sent(ISSUER_LINK)->message.original.terminal, "T2      ", 8);
}

static void test_completions_stay_within_what_the_merchant_may(void **state)
{
    static const struct {
        uint16_t percent;
        int64_t most;
    } cases[] = {{0, 11500}, {100, 10000}, {150, 15000}};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        start(KIND_COMPLETION, cases[i].most + 1);
        world_merchant()->completion_percent = cases[i].percent;
        refuse(OUTCOME_COMPLETION_TOO_LARGE);
        asked = world_follow(KIND_COMPLETION, 44, cases[i].most, ORIGINAL);
        (void)answered(&asked, "00");
    }
}

static void test_tips_stay_within_what_the_merchant_may(void **state)
{
    static const struct {
        uint16_t percent;
        uint8_t none;
        int64_t least_refused;
    } cases[] = {{0, 0, 11001}, {20, 0, 12001}, {20, 1, 10001}, {0, 0, 9999}};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        start(KIND_TIP_ADJUST, cases[i].least_refused);
        world_merchant()->tip_percent = cases[i].percent;
        world_merchant()->takes_no_tips = cases[i].none;
        refuse(OUTCOME_TIP_TOO_LARGE);
        if (cases[i].least_refused < 10000)
            continue;
        asked = world_follow(KIND_TIP_ADJUST, 44, cases[i].least_refused - 1, ORIGINAL);
        (void)answered(&asked, "00");
    }
}

static void test_a_merchant_refunds_out_of_what_it_sold(void **state)
{
    struct txn_message sale = world_request(KIND_SALE, 44, 3000);

    (void)state;
    start(KIND_REFUND, 3001); /* sold before anything was counted */
    world_merchant()->checks_funds = 1;
    (void)answered(&sale, "00");
    refuse(OUTCOME_MERCHANT_FUNDS_SHORT);
    assert_int_equal(world_payment(NEXT)->evidence[0].name, EVIDENCE_ASKED);
    assert_string_equal(world_payment(NEXT)->evidence[1].text, "30.00");
    asked = world_follow(KIND_REFUND, 45, 2000, ORIGINAL);
    (void)answered(&asked, "62"); /* refused: given back */
    asked.identity.trace = 46;
    (void)answered(&asked, "00");
    asked.identity.trace = 47;
    asked.amount.minor = 1001;
    refuse(OUTCOME_MERCHANT_FUNDS_SHORT);
    asked.identity.trace = 48;
    asked.amount.minor = 1000;
    (void)answered(&asked, "00");
}

static void test_a_follow_up_after_its_reversal_changes_nothing(void **state)
{
    struct txn_message reversal;

    (void)state;
    start(KIND_VOID, 10000);
    reversal = world_reversal_of(&asked);
    world_terminal_says(&reversal);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "00", 2);
    world_terminal_says(&asked);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "22", 2);
    assert_null(world_sent(ISSUER_LINK));
    expect_row(NEXT, STAGE_TOMBSTONE, MONEY_RETURNED, 0);
    expect_follow(FOLLOW_NONE, 0);
}

/* In practice everything goes the same way, and is marked on every message. */
static void test_practice_is_the_same_and_marked(void **state)
{
    struct txn_message sale = world_request(KIND_SALE, ORIGINAL, 10000);

    (void)state;
    world_open();
    world_config()->is_training = 1;
    sale.is_training = true;
    world_terminal_says(&sale);
    assert_true(world_sent(ISSUER_LINK)->message.is_training);
    struct txn_message answer = world_answer(&world_sent(ISSUER_LINK)->message, "00");
    world_issuer_says(&answer);
    assert_true(world_sent(TILL_LINK)->message.is_training);
    assert_int_equal(world_payment(ORIGINAL)->is_training, 1);
    sale.is_training = false;
    sale.identity.trace = NEXT;
    world_terminal_says(&sale);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "58", 2);
    assert_false(world_sent(TILL_LINK)->message.is_training); /* as the terminal called */
}

/* The mark of practice stands outside the MAC. When the line spoils it in a sale, what the terminal
 * says of that sale afterwards is answered under the mark of those messages: it takes no other, and
 * would wait for ever. */
static void test_a_spoiled_mark_of_practice_does_not_stay(void **state)
{
    struct txn_message sale = world_request(KIND_SALE, ORIGINAL, 10000);
    struct txn_message reversal = world_reversal_of(&sale);

    (void)state;
    world_open();
    sale.is_training = true;
    world_terminal_says(&sale);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "58", 2);
    assert_true(world_sent(TILL_LINK)->message.is_training);
    sale.is_training = false;
    world_terminal_says(&sale);
    assert_false(world_sent(TILL_LINK)->message.is_training);
    world_terminal_says(&reversal);
    assert_non_null(world_sent(TILL_LINK));
    assert_false(world_sent(TILL_LINK)->message.is_training);
}

static void test_a_damaged_original_is_a_fault_of_ours(void **state)
{
    (void)state;
    start(KIND_VOID, 10000);
    world.is_unproved = true;
    world_payment(ORIGINAL)->posted_minor = -1;
    refuse(OUTCOME_SWITCH_FAULT);
}

static void test_an_original_damaged_meanwhile_is_left_alone(void **state)
{
    struct txn_message follow = world_follow(KIND_VOID, NEXT, 10000, ORIGINAL);

    (void)state;
    open_original(KIND_VOID);
    world_terminal_says(&follow);
    struct txn_message answer = world_answer(&world_sent(ISSUER_LINK)->message, "00");
    world.is_unproved = true;
    world_payment(ORIGINAL)->follow = FOLLOW_COUNT;
    world_issuer_says(&answer);
    expect_row(NEXT, STAGE_ANSWERED, MONEY_MOVED, 10000);
    assert_true(world_record()->is_alarm);
    assert_int_equal(world_payment(ORIGINAL)->follow, FOLLOW_COUNT);
}

/* A payment by code is routed by the code's first digits and has no card to compare. */
static void test_a_code_pays_like_a_card(void **state)
{
    struct txn_message sale = world_request(KIND_SALE, ORIGINAL, 10000);
    struct txn_message refund = world_follow(KIND_REFUND, NEXT, 10000, ORIGINAL);

    (void)state;
    world_open();
    sale.pan.len = 0;
    sale.expiry = 0;
    sale.entry = ENTRY_QR;
    memcpy(sale.qr_code, "6200000112345678901", 19);
    world_terminal_says(&sale);
    struct txn_message answer = world_answer(&world_sent(ISSUER_LINK)->message, "00");
    memcpy(answer.qr_code, "01234567890123456789", QR_CODE_LEN);
    world_issuer_says(&answer);
    expect_row(ORIGINAL, STAGE_ANSWERED, MONEY_MOVED, 10000);
    assert_memory_equal(world_sent(TILL_LINK)->message.qr_code, "01234567890123456789", 20);
    refund.pan.len = 0;
    refund.expiry = 0;
    refund.entry = ENTRY_QR;
    (void)answered(&refund, "00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_takes_all_guards_its_original),
        cmocka_unit_test(test_what_is_taken_back_sets_its_original_free_once_confirmed),
        cmocka_unit_test(test_a_voided_completion_gives_its_hold_back),
        cmocka_unit_test(test_silence_takes_a_follow_up_back),
        cmocka_unit_test(test_refunds_add_up_to_the_original_and_no_more),
        cmocka_unit_test(test_a_refund_under_way_reserves_and_a_refused_one_gives_back),
        cmocka_unit_test(test_a_tip_moves_the_difference_once),
        cmocka_unit_test(test_a_refund_does_not_count_a_tip_under_way),
        cmocka_unit_test(test_a_refused_tip_leaves_the_sale_as_it_was),
        cmocka_unit_test(test_increments_grow_what_is_held),
        cmocka_unit_test(test_a_part_is_approved_for_who_takes_it),
        cmocka_unit_test(test_a_part_of_nothing_or_too_much_fits_nothing),
        cmocka_unit_test(test_the_stored_card_serves_when_none_is_shown),
        cmocka_unit_test(test_an_original_with_followers_is_not_reversed),
        cmocka_unit_test(test_an_advice_is_never_reversed),
        cmocka_unit_test(test_an_original_must_be_found),
        cmocka_unit_test(test_an_original_that_our_books_lost),
        cmocka_unit_test(test_an_original_must_stand),
        cmocka_unit_test(test_amount_and_card_are_the_originals),
        cmocka_unit_test(test_a_void_belongs_to_the_batch_of_its_original),
        cmocka_unit_test(test_a_void_belongs_to_the_terminal_of_its_original),
        cmocka_unit_test(test_completions_stay_within_what_the_merchant_may),
        cmocka_unit_test(test_tips_stay_within_what_the_merchant_may),
        cmocka_unit_test(test_a_merchant_refunds_out_of_what_it_sold),
        cmocka_unit_test(test_a_follow_up_after_its_reversal_changes_nothing),
        cmocka_unit_test(test_practice_is_the_same_and_marked),
        cmocka_unit_test(test_a_spoiled_mark_of_practice_does_not_stay),
        cmocka_unit_test(test_a_damaged_original_is_a_fault_of_ours),
        cmocka_unit_test(test_an_original_damaged_meanwhile_is_left_alone),
        cmocka_unit_test(test_a_code_pays_like_a_card),
    };

    return cmocka_run_group_tests_name("acquirer/follow", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RIG_CHECK(condition) assert_true(condition)
#include "test/lib/issuer_rig.h"

#define OPENING 100000
#define DAY_MS INT64_C(86400000)

static struct rig rig;
static uint8_t mabs[RIG_BATCH_MAX][64];

static const struct rig_result *send(struct node_event event)
{
    return rig_send(&rig, &event);
}

static struct node_event sale(uint32_t trace, int64_t minor)
{
    return rig_request(&rig, ENTRY_CHIP, trace, minor);
}

static struct node_event preauth(uint32_t trace, int64_t minor)
{
    struct node_event event = rig_request(&rig, ENTRY_CHIP, trace, minor);

    event.message.kind = KIND_PREAUTH;
    return event;
}

static struct node_event follow(enum txn_kind kind, uint32_t trace, uint32_t of, int64_t minor)
{
    return rig_follow(&rig, kind, trace, of, minor);
}

static void assert_code(const struct rig_result *result, const char *code)
{
    assert_true(result->has_answer);
    assert_true(result->answer.message.has_mac);
    assert_memory_equal(result->answer.message.code, code, RESPONSE_CODE_LEN);
}

static void assert_account(int64_t balance_minor, int64_t held_minor)
{
    assert_int_equal(rig_account(&rig)->balance_minor, balance_minor);
    assert_int_equal(rig_account(&rig)->held_minor, held_minor);
}

static void wait_days(int64_t days)
{
    rig.wall = instant_add_ms(rig.wall, days * DAY_MS);
}

/* ---- voids and refunds ---- */

static void test_a_void_gives_back_money_and_day(void **state)
{
    (void)state;
    rig_build(&rig);
    assert_code(send(sale(2, 5000)), "00");
    assert_code(send(sale(3, 700)), "00");
    const struct rig_result *result = send(follow(KIND_VOID, 4, 2, 5000));
    assert_code(result, "00");
    assert_int_equal(result->what, WHAT_APPROVED);
    assert_account(OPENING - 700, 0);
    assert_int_equal(rig_card(&rig)->daily_used_minor, 700);
    assert_int_equal(rig_card(&rig)->daily_count, 1);

    const struct payment_row *original = rig_payment(&rig, 2);
    assert_int_equal(original->money, MONEY_MOVED);
    assert_int_equal(original->follow, FOLLOW_VOIDED);
    assert_int_equal(original->follow_trace, 4);
    assert_int_equal(payment_row_money(original), MONEY_RETURNED);
    assert_int_equal(original->history_len, 2);
    const struct payment_row *row = rig_payment(&rig, 4);
    assert_int_equal(row->money, MONEY_MOVED);
    assert_int_equal(row->original.trace, 2);
    assert_int_equal(row->posted_minor, 5000);
    assert_memory_equal(row->pan.hash.at, original->pan.hash.at, PAN_HASH_LEN);
}

static void test_a_void_of_another_day_gives_back_no_day(void **state)
{
    (void)state;
    rig_build(&rig);
    send(sale(2, 5000));
    wait_days(1);
    send(sale(3, 700));
    assert_code(send(follow(KIND_VOID, 4, 2, 5000)), "00");
    assert_int_equal(rig_card(&rig)->daily_used_minor, 700);
    assert_int_equal(rig_card(&rig)->daily_count, 1);
}

static void test_a_refund_comes_in_parts_and_never_exceeds(void **state)
{
    (void)state;
    rig_build(&rig);
    send(sale(2, 5000));
    wait_days(40);
    assert_code(send(follow(KIND_REFUND, 3, 2, 3000)), "00");
    assert_code(send(follow(KIND_REFUND, 4, 2, 2001)), "64");
    assert_int_equal(rig.results[0].outcome, OUTCOME_REFUND_TOO_LARGE);
    assert_string_equal(rig_payment(&rig, 4)->evidence[0].text, "20.00");
    assert_code(send(follow(KIND_REFUND, 5, 2, 2000)), "00");
    assert_account(OPENING, 0);
    assert_code(send(follow(KIND_REFUND, 6, 2, 1)), "22");
    assert_code(send(follow(KIND_VOID, 7, 2, 5000)), "22");
    assert_int_equal(rig_payment(&rig, 2)->returned_minor, 5000);
}

static void test_money_goes_back_to_a_card_that_pays_no_more(void **state)
{
    static const enum record_state states[] = {RECORD_LOST, RECORD_FROZEN, RECORD_CANCELLED};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(states); i++) {
        rig_build(&rig);
        send(sale(2, 5000));
        rig_card(&rig)->state = (uint8_t)states[i];
        rig_card(&rig)->expiry = 2001;
        rig_card(&rig)->pin_tries = 3;
        assert_code(send(follow(KIND_REFUND, 3, 2, 1000)), "00");
        assert_code(send(follow(KIND_REFUND, 4, 2, 4000)), "00");
        assert_account(OPENING, 0);
        assert_code(send(sale(5, 100)), outcome_row(i == 0   ? OUTCOME_CARD_LOST
                                                    : i == 1 ? OUTCOME_CARD_FROZEN
                                                             : OUTCOME_CARD_CANCELLED)
                                            ->code);
    }
}

static void test_a_refund_does_without_a_card_that_is_gone(void **state)
{
    (void)state;
    rig_build(&rig);
    send(sale(2, 5000));
    struct row_key key = row_key_of(TABLE_CARD, rig_card(&rig)->pan.hash.at, PAN_HASH_LEN);
    rig_row(&rig, &key)->found = false;
    assert_code(send(follow(KIND_REFUND, 3, 2, 5000)), "00");
    assert_account(OPENING, 0);
}

static void test_a_tip_is_added_once_and_goes_with_its_sale(void **state)
{
    (void)state;
    rig_build(&rig);
    send(sale(2, 10000));
    assert_code(send(follow(KIND_TIP_ADJUST, 3, 2, 11001)), "13");
    assert_int_equal(rig.results[0].outcome, OUTCOME_TIP_TOO_LARGE);
    assert_code(send(follow(KIND_TIP_ADJUST, 4, 2, 9999)), "13");
    assert_code(send(follow(KIND_TIP_ADJUST, 5, 2, 11000)), "00");
    assert_account(OPENING - 11000, 0);
    assert_int_equal(rig_payment(&rig, 5)->posted_minor, 1000);
    assert_int_equal(rig_payment(&rig, 2)->posted_minor, 10000);
    assert_int_equal(rig_payment(&rig, 2)->tip_minor, 1000);
    assert_code(send(follow(KIND_TIP_ADJUST, 6, 2, 11000)), "13");
    assert_code(send(follow(KIND_VOID, 7, 2, 10000)), "64");
    assert_code(send(follow(KIND_VOID, 8, 2, 11000)), "00");
    assert_account(OPENING, 0);
}

static void test_a_tip_of_nothing_changes_nothing(void **state)
{
    (void)state;
    rig_build(&rig);
    send(sale(2, 10000));
    assert_code(send(follow(KIND_TIP_ADJUST, 3, 2, 10000)), "00");
    assert_account(OPENING - 10000, 0);
}

/* ---- reversals ---- */

struct story {
    enum txn_kind kinds[4]; /* what happens, traces 2, 3 ...; each follows the one before */
    int64_t minors[4];
    size_t count;
};

static struct node_event step_of(const struct story *story, size_t i)
{
    uint32_t trace = (uint32_t)i + 2;
    enum txn_kind kind = story->kinds[i];

    if (kind == KIND_SALE)
        return sale(trace, story->minors[i]);
    if (kind == KIND_PREAUTH)
        return preauth(trace, story->minors[i]);
    return follow(kind, trace, trace - 1, story->minors[i]);
}

static const struct story reversible[] = {
    {{KIND_SALE}, {5000}, 1},
    {{KIND_SALE, KIND_VOID}, {5000, 5000}, 2},
    {{KIND_PREAUTH}, {5000}, 1},
    {{KIND_PREAUTH, KIND_INCREMENT}, {5000, 700}, 2},
    {{KIND_PREAUTH, KIND_PREAUTH_VOID}, {5000, 5000}, 2},
    {{KIND_PREAUTH, KIND_COMPLETION}, {5000, 4000}, 2},
    {{KIND_PREAUTH, KIND_COMPLETION, KIND_COMPLETION_VOID}, {5000, 4000, 4000}, 3},
};

struct picture {
    struct account_row account;
    struct card_row card;
    int64_t posted_minor;
    uint8_t follow;
};

static struct picture picture_now(size_t original)
{
    struct picture picture = {.account = *rig_account(&rig), .card = *rig_card(&rig)};

    if (original >= 2) {
        const struct payment_row *row = rig_payment(&rig, (uint32_t)original);
        picture.posted_minor = row->posted_minor;
        picture.follow = row->follow;
    }
    picture.card.atc_last = 0;
    return picture;
}

static void assert_same_picture(const struct picture *a, const struct picture *b)
{
    assert_int_equal(a->account.balance_minor, b->account.balance_minor);
    assert_int_equal(a->account.held_minor, b->account.held_minor);
    assert_int_equal(a->card.daily_used_minor, b->card.daily_used_minor);
    assert_int_equal(a->card.daily_count, b->card.daily_count);
    assert_int_equal(a->posted_minor, b->posted_minor);
    assert_int_equal(a->follow, b->follow);
}

/* Every order of the last request 'Q' and its reversal 'R' up to five long: as if it had never
 * been as soon as one reversal is among them. */
static void test_reversals_of_each_kind_in_every_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(reversible); i++) {
        const struct story *story = &reversible[i];
        size_t last = story->count - 1;
        for (unsigned order = 1; order < 1U << 5; order++) {
            bool is_reversed = false;
            rig_build(&rig);
            for (size_t j = 0; j < last; j++)
                assert_code(send(step_of(story, j)), "00");
            struct picture before = picture_now(last + 1);
            struct node_event request = step_of(story, last);
            for (unsigned k = 0; k < 5; k++) {
                bool is_reversal = (order >> k & 1) != 0;
                const struct rig_result *result =
                    send(is_reversal ? rig_reversal_of(&rig, &request) : request);
                is_reversed = is_reversed || is_reversal;
                assert_code(result, is_reversal || !is_reversed ? "00" : "22");
            }
            struct picture after = picture_now(last + 1);
            assert_same_picture(&before, &after);
            assert_int_equal(rig_payment(&rig, (uint32_t)last + 2)->money, MONEY_RETURNED);
        }
    }
}

static void test_the_same_within_one_batch(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(reversible); i++) {
        for (unsigned order = 1; order < 1U << 3; order++) {
            const struct story *story = &reversible[i];
            struct node_event events[3];
            rig_build(&rig);
            for (size_t j = 0; j + 1 < story->count; j++)
                send(step_of(story, j));
            for (unsigned k = 0; k < 3; k++) {
                struct node_event request = step_of(story, story->count - 1);
                events[k] = (order >> k & 1) != 0 ? rig_reversal_of(&rig, &request) : request;
                rig_sign(&rig, &events[k], mabs[k]);
            }
            rig_run(&rig, events, 3);
            assert_int_equal(rig_payment(&rig, (uint32_t)story->count + 1)->money, MONEY_RETURNED);
        }
    }
}

static void test_what_later_payments_build_on_is_not_reversed(void **state)
{
    static const struct story stories[] = {
        {{KIND_SALE, KIND_VOID}, {5000, 5000}, 2},
        {{KIND_SALE, KIND_REFUND}, {5000, 100}, 2},
        {{KIND_SALE, KIND_TIP_ADJUST}, {5000, 5100}, 2},
        {{KIND_PREAUTH, KIND_INCREMENT}, {5000, 100}, 2},
        {{KIND_PREAUTH, KIND_COMPLETION}, {5000, 100}, 2},
        {{KIND_PREAUTH, KIND_PREAUTH_VOID}, {5000, 5000}, 2},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(stories); i++) {
        rig_build(&rig);
        struct node_event first = step_of(&stories[i], 0);
        assert_code(send(first), "00");
        assert_code(send(step_of(&stories[i], 1)), "00");
        struct picture before = picture_now(2);
        const struct rig_result *result = send(rig_reversal_of(&rig, &first));
        assert_code(result, "22");
        assert_int_equal(result->outcome, OUTCOME_ORIGINAL_ALREADY_VOIDED);
        assert_int_equal(result->what, WHAT_REVERSAL_REFUSED);
        assert_true(result->is_alarm);
        struct picture after = picture_now(2);
        assert_same_picture(&before, &after);
    }
}

static void test_an_advice_is_never_reversed(void **state)
{
    (void)state;
    rig_build(&rig);
    send(sale(2, 5000));
    struct node_event refund = follow(KIND_REFUND, 3, 2, 1000);
    assert_code(send(rig_reversal_of(&rig, &refund)), "40"); /* and leaves no tombstone */
    assert_true(rig.results[0].is_alarm);
    assert_code(send(refund), "00");
    assert_code(send(rig_reversal_of(&rig, &refund)), "40");
    assert_account(OPENING - 4000, 0);
}

/* ---- repeats ---- */

static void test_an_advice_is_answered_from_the_record_however_old(void **state)
{
    (void)state;
    rig_build(&rig);
    send(sale(2, 5000));
    struct node_event refund = follow(KIND_REFUND, 3, 2, 1000);
    wait_days(20);
    refund.wall = rig.wall;
    assert_code(send(refund), "00"); /* sent twenty days ago */
    for (int i = 0; i < 3; i++) {
        refund.message.is_repeat = true;
        const struct rig_result *result = send(refund);
        assert_code(result, "00");
        assert_int_equal(result->what, WHAT_NONE);
        wait_days(30);
        refund.wall = rig.wall;
    }
    assert_account(OPENING - 4000, 0);
    struct node_event old = follow(KIND_VOID, 4, 2, 5000);
    old.message.sent.us -= 16000000;
    assert_code(send(old), "22"); /* the refund comes before its age */
}

/* A switch repeats from its record, which has not what the chip said. */
static void test_an_advice_is_the_same_without_its_chip_data(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event bought = sale(2, 5000);
    send(bought);
    struct node_event refund = follow(KIND_REFUND, 3, 2, 1000);
    refund.message.entry = ENTRY_CHIP;
    refund.message.icc_len = bought.message.icc_len;
    memcpy(refund.message.icc, bought.message.icc, bought.message.icc_len);
    assert_code(send(refund), "00");
    refund.message.icc_len = 0;
    refund.message.is_repeat = true;
    assert_code(send(refund), "00");
    assert_account(OPENING - 4000, 0);
}

static void test_another_original_under_an_identity_is_a_replay(void **state)
{
    (void)state;
    rig_build(&rig);
    send(sale(2, 5000));
    send(sale(3, 5000));
    send(follow(KIND_REFUND, 4, 2, 1000));
    assert_code(send(follow(KIND_REFUND, 4, 3, 1000)), "94");
    assert_true(rig.results[0].is_alarm);
    assert_account(OPENING - 9000, 0);
}

/* An advice that a fault refused for good would be lost money. */
static void test_an_advice_that_cannot_be_judged_comes_again(void **state)
{
    struct row_key key = row_key_number(TABLE_ACCOUNT, RIG_ACCOUNT);

    (void)state;
    rig_build(&rig);
    send(sale(2, 5000));
    rig_row(&rig, &key)->len--;
    struct node_event refund = follow(KIND_REFUND, 3, 2, 1000);
    const struct rig_result *result = send(refund);
    assert_code(result, "96");
    assert_int_equal(result->what, WHAT_NONE);
    assert_true(result->is_alarm);
    rig_row(&rig, &key)->len++;
    assert_code(send(refund), "00");
    assert_account(OPENING - 4000, 0);
}

/* ---- originals ---- */

static void name_none(struct txn_message *message)
{
    message->original.trace = 0;
}

static void name_unknown(struct txn_message *message)
{
    message->original.trace = 99;
}

static void name_other_terminal(struct txn_message *message)
{
    memcpy(message->original.terminal, "T0000002", TERMINAL_ID_LEN);
}

static void name_refused(struct txn_message *message)
{
    message->original.trace = 3;
}

static void name_hold(struct txn_message *message)
{
    message->original.trace = 4;
}

static void name_other_merchant(struct txn_message *message)
{
    message->merchant[0]++;
}

static void other_card(struct txn_message *message)
{
    message->pan = rig.pan;
    message->pan.digits[15] ^= 1;
}

static void other_currency(struct txn_message *message)
{
    message->amount.currency = 840;
}

static void other_amount(struct txn_message *message)
{
    message->amount.minor--;
}

static void test_an_original_is_found_and_fits(void **state)
{
    static const struct {
        void (*spoil)(struct txn_message *message);
        enum outcome outcome;
        const char *evidence;
    } rows[] = {
        {name_none, OUTCOME_ORIGINAL_NOT_FOUND, "not named"},
        {name_unknown, OUTCOME_ORIGINAL_NOT_FOUND, "T0000001/000001/000099"},
        {name_other_terminal, OUTCOME_ORIGINAL_NOT_FOUND, "T0000002/000001/000002"},
        {name_refused, OUTCOME_ORIGINAL_NOT_FOUND, "T0000001/000001/000003"},
        {name_hold, OUTCOME_ORIGINAL_NOT_FOUND, "T0000001/000001/000004"},
        {name_other_merchant, OUTCOME_ORIGINAL_NOT_FOUND, "T0000001/000001/000002"},
        {other_card, OUTCOME_ORIGINAL_MISMATCH, "card number"},
        {other_currency, OUTCOME_ORIGINAL_MISMATCH, "50.00"},
        {other_amount, OUTCOME_ORIGINAL_MISMATCH, "50.00"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        rig_build(&rig);
        send(sale(2, 5000));
        send(sale(3, OPENING));
        send(preauth(4, 5000));
        struct node_event event = follow(KIND_VOID, 5, 2, 5000);
        rows[i].spoil(&event.message);
        const struct rig_result *result = send(event);
        assert_code(result, outcome_row(rows[i].outcome)->code);
        assert_int_equal(result->outcome, rows[i].outcome);
        assert_string_equal(rig_payment(&rig, 5)->evidence[0].text, rows[i].evidence);
        assert_account(OPENING - 5000, 5000);
    }
}

static void test_an_original_that_was_lost_is_no_unknown_one(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_lose(&rig, 30);
    struct node_event event = follow(KIND_REFUND, 5, 99, 5000);
    const struct rig_result *result = send(event);
    assert_code(result, outcome_row(OUTCOME_ORIGINAL_LOST)->code);
    assert_int_equal(result->outcome, OUTCOME_ORIGINAL_LOST);
    assert_string_equal(rig_payment(&rig, 5)->evidence[0].text, "T0000001/000001/000099");
    assert_int_equal(rig_payment(&rig, 5)->evidence[1].name, EVIDENCE_SINCE);
    event = follow(KIND_REFUND, 6, 99, 5000);
    event.message.original.date = 101; /* long before: that part of the books is whole */
    assert_int_equal(send(event)->outcome, OUTCOME_ORIGINAL_NOT_FOUND);
}

static void test_what_has_ended_says_by_what(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = sale(2, 5000);
    send(event);
    send(follow(KIND_VOID, 3, 2, 5000));
    assert_code(send(follow(KIND_REFUND, 4, 2, 1)), "22");
    assert_string_equal(rig_payment(&rig, 4)->evidence[0].text, "voided by 3");
    assert_string_equal(rig_payment(&rig, 4)->evidence[1].text, "2026-11-22 12:00:00");
    event = sale(5, 5000);
    send(event);
    send(rig_reversal_of(&rig, &event));
    assert_code(send(follow(KIND_REFUND, 6, 5, 1)), "22");
    assert_string_equal(rig_payment(&rig, 6)->evidence[0].text, "reversed");
}

static void test_damaged_originals_decide_nothing(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        rig_build(&rig);
        send(preauth(2, 5000));
        struct node_event completion = follow(KIND_COMPLETION, 3, 2, 5000);
        send(completion);
        rig.is_spoiled = true;
        if (way == 0)
            rig_payment(&rig, 3)->posted_minor = -1;
        if (way == 1)
            rig_payment(&rig, 2)->posted_minor = INT64_MAX;
        if (way == 2)
            rig_payment(&rig, 2)->kind = KIND_SALE;
        assert_code(send(follow(KIND_COMPLETION_VOID, 4, 3, 5000)), "96");
        const struct rig_result *result = send(rig_reversal_of(&rig, &completion));
        assert_memory_equal(result->answer.message.code, "96", RESPONSE_CODE_LEN);
        assert_true(result->is_alarm);
        assert_account(OPENING - 5000, 0);
    }
}

/* ---- part approvals ---- */

static void test_a_part_is_approved_where_all_three_want_it(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        rig_build(&rig);
        rig_account(&rig)->allows_partial = way != 1;
        struct node_event event = sale(2, OPENING + 500);
        event.message.partial_ok = way != 2;
        if (way == 3)
            send(sale(1, OPENING));
        const struct rig_result *result = send(event);
        if (way != 0) {
            assert_code(result, "51");
            continue;
        }
        assert_code(result, "10");
        assert_int_equal(result->outcome, OUTCOME_APPROVED_PARTIAL);
        assert_int_equal(result->answer.message.amount.minor, OPENING);
        assert_int_equal(rig_payment(&rig, 2)->amount.minor, OPENING + 500);
        assert_int_equal(rig_payment(&rig, 2)->posted_minor, OPENING);
        assert_account(0, 0);
        assert_code(send(event), "10");
        assert_code(send(follow(KIND_VOID, 3, 2, OPENING + 500)), "64");
        assert_code(send(follow(KIND_REFUND, 4, 2, OPENING + 1)), "64");
        assert_code(send(follow(KIND_VOID, 5, 2, OPENING)), "00");
        assert_account(OPENING, 0);
    }
}

static void test_a_part_is_reversed_as_it_was_asked(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_account(&rig)->allows_partial = true;
    struct node_event event = sale(2, OPENING + 500);
    event.message.partial_ok = true;
    send(event);
    assert_code(send(rig_reversal_of(&rig, &event)), "00");
    assert_account(OPENING, 0);
    assert_int_equal(rig_card(&rig)->daily_used_minor, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_void_gives_back_money_and_day),
        cmocka_unit_test(test_a_void_of_another_day_gives_back_no_day),
        cmocka_unit_test(test_a_refund_comes_in_parts_and_never_exceeds),
        cmocka_unit_test(test_money_goes_back_to_a_card_that_pays_no_more),
        cmocka_unit_test(test_a_refund_does_without_a_card_that_is_gone),
        cmocka_unit_test(test_a_tip_is_added_once_and_goes_with_its_sale),
        cmocka_unit_test(test_a_tip_of_nothing_changes_nothing),
        cmocka_unit_test(test_reversals_of_each_kind_in_every_order),
        cmocka_unit_test(test_the_same_within_one_batch),
        cmocka_unit_test(test_what_later_payments_build_on_is_not_reversed),
        cmocka_unit_test(test_an_advice_is_never_reversed),
        cmocka_unit_test(test_an_advice_is_answered_from_the_record_however_old),
        cmocka_unit_test(test_an_advice_is_the_same_without_its_chip_data),
        cmocka_unit_test(test_another_original_under_an_identity_is_a_replay),
        cmocka_unit_test(test_an_advice_that_cannot_be_judged_comes_again),
        cmocka_unit_test(test_an_original_is_found_and_fits),
        cmocka_unit_test(test_what_has_ended_says_by_what),
        cmocka_unit_test(test_an_original_that_was_lost_is_no_unknown_one),
        cmocka_unit_test(test_damaged_originals_decide_nothing),
        cmocka_unit_test(test_a_part_is_approved_where_all_three_want_it),
        cmocka_unit_test(test_a_part_is_reversed_as_it_was_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

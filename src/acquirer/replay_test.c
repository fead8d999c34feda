/*
 * Reversals, issuers' answers and network messages again, of every kind of the kinds' table; and
 * all of it mixed: a day with each message up to three times, late, from elsewhere and across
 * crashes ends as the same day without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test/lib/other_word.h"
#include "test/lib/switch_stand.h"

/* ---- reversals ---- */

static void test_one_reversal_again(void)
{
    struct txn_message reversal = world_reversal_of(&request);
    char code[RESPONSE_CODE_LEN];

    say_over(&reversal, TILL_LINK);
    assert_non_null(world_sent(TILL_LINK));
    memcpy(code, world_sent(TILL_LINK)->message.code, sizeof code);
    keep_all();
    for (int i = 0; i < 10; i++) {
        uint64_t link = i % 3 == 2 ? OTHER_LINK : TILL_LINK;
        reversal.is_repeat = i % 2 == 1;
        if (i == 5)
            sell_elsewhere();
        if (i == 7)
            world_wait_ms(INT64_C(31) * 86400000);
        say_over(&reversal, link);
        expect_all_kept();
        assert_memory_equal(world_sent(link)->message.code, code, sizeof code);
        assert_true(world_sent(link)->seal.make_mac);
    }
}

static void test_a_reversal_again_changes_nothing(void **state)
{
    (void)state;
    assert_true(for_each_stand(test_one_reversal_again) > 200);
}

/* Of what it does not fit it takes nothing back. */
static void test_one_other_reversal(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(other_words); i++) {
        struct txn_message reversal = world_reversal_of(&request);
        if (other_words[i].is_of_payment || !other_words[i].change(&reversal))
            continue;
        word_name = other_words[i].name;
        keep_all();
        world_wait_ms(120000);
        say_over(&reversal, TILL_LINK);
        expect_all_kept();
        const struct world_sent *sent = world_sent(TILL_LINK);
        bool is_foreign = reversal.amount.currency != request.amount.currency;
        bool is_advice = kind_row(request.kind)->is_advice;
        assert_memory_equal(sent->message.code, is_foreign ? "30" : is_advice ? "40" : "64", 2);
        assert_int_equal(world_record()->is_alarm, !is_foreign);
        assert_true(is_foreign || is_advice || kept_aside() == other_words[i].differs);
    }
    word_name = NULL;
}

static void test_a_reversal_of_something_else_takes_nothing_back(void **state)
{
    (void)state;
    assert_true(for_each_stand(test_one_other_reversal) > 200);
}

/* ---- issuers' answers ---- */

static void issuer_says_over(const struct txn_message *answer)
{
    world_issuer_says(answer);
    expect_all_kept();
    assert_null(world_sent(TILL_LINK));
}

static void test_one_answer_again(void)
{
    if (!is_forwarded)
        return;
    struct txn_message answer = world_answer(&forwarded, "00");
    bool was_asked = world_payment(TRACE)->stage == STAGE_SENT;

    if (!was_asked && memcmp(first.code, "00", 2) != 0)
        return; /* that would be another answer, not the same again */
    world_issuer_says(&answer);
    keep_all();
    for (int i = 0; i < 10; i++) {
        if (i == 5)
            sell_elsewhere();
        issuer_says_over(&answer);
    }
    for (size_t i = 0; i < ARRAY_COUNT(other_words); i++) {
        struct txn_message changed = answer;
        word_name = other_words[i].name;
        if (!other_words[i].is_of_payment && other_words[i].change(&changed))
            issuer_says_over(&changed);
    }
    word_name = NULL;
}

static void test_an_answer_again_changes_nothing(void **state)
{
    (void)state;
    assert_true(for_each_stand(test_one_answer_again) > 200);
}

static void test_one_confirmation_again(void)
{
    if (world_payment(TRACE)->stage != STAGE_REVERSING)
        return;
    struct txn_message reversal = world_reversal_of(&forwarded);
    struct txn_message answer = world_answer(&reversal, "00");

    world_issuer_says(&answer);
    assert_int_equal(world_payment(TRACE)->stage, STAGE_REVERSED);
    keep_all();
    for (int i = 0; i < 10; i++)
        issuer_says_over(&answer);
}

static void test_a_confirmation_again_changes_nothing(void **state)
{
    (void)state;
    assert_true(for_each_stand(test_one_confirmation_again) > 200);
}

/* What the switch has taken back by itself: whoever still waits must not hear that its original is
 * voided, for the original stands. */
static void test_one_request_after_it_was_taken_back(void)
{
    if (world_payment(TRACE)->stage != STAGE_REVERSING ||
        outcome_is_approved((enum outcome)world_payment(TRACE)->outcome))
        return;
    struct txn_message reversal = world_reversal_of(&forwarded);
    struct txn_message answer = world_answer(&reversal, "00");

    world_issuer_says(&answer);
    assert_int_equal(world_payment(TRACE)->stage, STAGE_REVERSED);
    say_over(&request, TILL_LINK);
    assert_non_null(world_sent(TILL_LINK));
    assert_int_not_equal(
        outcome_by_answer(world_sent(TILL_LINK)->message.code, PARTY_ACQUIRER, request.kind, false),
        OUTCOME_ORIGINAL_ALREADY_VOIDED);
}

static void test_a_request_after_it_was_taken_back_lies_not(void **state)
{
    (void)state;
    assert_true(for_each_stand(test_one_request_after_it_was_taken_back) > 200);
}

/* ---- network messages ---- */

/* Field 60.3 of each kind; NETWORK_QUERY asks about TRACE. */
static uint16_t network_code_of(enum txn_kind kind)
{
    static const uint16_t codes[KIND_COUNT] = {
        [KIND_SIGN_IN] = NETWORK_SIGN_IN, [KIND_SIGN_OFF] = NETWORK_SIGN_OFF,
        [KIND_ECHO] = NETWORK_ECHO,       [KIND_SETTLE] = NETWORK_SETTLE,
        [KIND_QUERY] = NETWORK_QUERY,     [KIND_PARAMETERS] = NETWORK_PARAMETERS,
        [KIND_CA_KEYS] = NETWORK_CA_KEYS, [KIND_AIDS] = NETWORK_AIDS,
        [KIND_STATUS] = NETWORK_STATUS,   [KIND_SIGNATURE] = NETWORK_SIGNATURE,
        [KIND_UPDATE] = NETWORK_UPDATE,
    };

    assert_int_not_equal(codes[kind], 0);
    return codes[kind];
}

static const uint8_t image[3] = {1, 2, 3};

static struct txn_message network_message(enum txn_kind kind)
{
    struct txn_message message;

    memset(&message, 0, sizeof message);
    message.kind = kind;
    message.identity = world_identity(kind == KIND_SIGNATURE ? TRACE : ELSEWHERE);
    message.sequence = -1;
    message.network_code = network_code_of(kind);
    memcpy(message.merchant, request.merchant, MERCHANT_ID_LEN);
    if (kind == KIND_QUERY)
        message.original = (struct original){.batch = 1, .trace = TRACE};
    if (kind == KIND_SIGNATURE) {
        message.amount = request.amount;
        message.pan = request.pan;
        message.block = bytes_over(image, sizeof image);
    }
    if (kind == KIND_SETTLE && world_batch(1) != NULL)
        message.domestic = world_batch(1)->domestic;
    return message;
}

static bool is_of_money(enum row_table table)
{
    return table == TABLE_PAYMENT || table == TABLE_PENDING || table == TABLE_BATCH ||
           table == TABLE_FUNDS || table == TABLE_SIGNATURE;
}

/* Keys, batch numbers and what a terminal reported of itself may be new; money and what is kept of
 * payments may not. */
static void expect_money_kept(void)
{
    assert_int_equal(world.entry_count, kept_entries);
    assert_null(world_sent(ISSUER_LINK));
    for (size_t i = 0; i < world.row_count; i++) {
        if (!is_of_money((enum row_table)world.rows[i].key.table))
            continue;
        assert_true(i < kept_count || !world.rows[i].found);
        if (i < kept_count)
            expect_row_kept(&world.rows[i], &kept[i]);
    }
}

/* A sign-in that a line doubles gets no second set of keys: the first is on its way. */
static void say_network(const struct txn_message *message, char out[static RESPONSE_CODE_LEN])
{
    say_over(message, TILL_LINK);
    if (message->kind == KIND_SIGN_IN && world_sent(TILL_LINK) == NULL)
        return;
    assert_non_null(world_sent(TILL_LINK));
    memcpy(out, world_sent(TILL_LINK)->message.code, RESPONSE_CODE_LEN);
}

static void test_one_network_message_again(enum txn_kind kind)
{
    struct txn_message message = network_message(kind);
    char code[RESPONSE_CODE_LEN];

    say_network(&message, code);
    keep_all();
    for (int i = 0; i < 10; i++) {
        char again[RESPONSE_CODE_LEN] = {code[0], code[1]};
        if (i == 5)
            world_wait_ms(INT64_C(31) * 86400000);
        say_network(&message, again);
        assert_memory_equal(again, code, sizeof code);
        expect_money_kept();
    }
}

static void test_a_network_message_again_moves_nothing(void **state)
{
    bool (*const before[])(void) = {stand_approved, stand_sent, stand_declined, stand_reversed};

    (void)state;
    for (int kind = KIND_NONE + 1; kind < KIND_COUNT; kind++) {
        for (size_t i = 0; i < ARRAY_COUNT(before) && !is_payment((enum txn_kind)kind); i++) {
            assert_true(open_request(KIND_SALE, ENTRY_STRIPE));
            assert_true(before[i]());
            stand_name = kind_row((enum txn_kind)kind)->name;
            test_one_network_message_again((enum txn_kind)kind);
        }
    }
    stand_name = NULL;
}

/* The first question buries what never came, the others find it buried. */
static void test_a_query_of_nothing_again_buries_once(void **state)
{
    char code[RESPONSE_CODE_LEN];

    (void)state;
    world_open();
    request = world_request(KIND_REFUND, TRACE, 10000);
    struct txn_message query = network_message(KIND_QUERY);
    for (int i = 0; i < 10; i++) {
        say_network(&query, code);
        assert_memory_equal(code, "25", sizeof code);
        assert_int_equal(world.record_count, 1);
    }
}

/* ---- all of it mixed ---- */

#define DAYS 300
#define PAYMENTS 6
#define ACTS 24
#define SAID_MAX (ACTS * 2)

static uint64_t dice;

static size_t throw(size_t sides)
{
    dice = dice * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(dice >> 33) % sides;
}

/* What was said in a day, so that it can be said again. */
static struct {
    size_t count;
    bool is_issuers[SAID_MAX];
    struct txn_message messages[SAID_MAX];
} said;

static void say_and_keep(const struct txn_message *message, bool is_issuers)
{
    assert_true(said.count < SAID_MAX);
    said.messages[said.count] = *message;
    said.is_issuers[said.count++] = is_issuers;
    if (is_issuers)
        world_issuer_says(message);
    else
        say_over(message, TILL_LINK);
}

static void say_something_again(void)
{
    static const enum world_crash crashes[] = {CRASH_NONE, CRASH_NONE, CRASH_BEFORE_RECORD,
                                               CRASH_AFTER_RECORD};
    size_t i = throw(said.count);

    world.crash = crashes[throw(ARRAY_COUNT(crashes))];
    if (said.is_issuers[i])
        world_issuer_says(&said.messages[i]);
    else
        say_over(&said.messages[i], throw(2) == 0 ? TILL_LINK : OTHER_LINK);
    assert_true(world_sent(ISSUER_LINK) == NULL);
    world.crash = CRASH_NONE;
}

/* Each payment of a day: its request, and whatever else has been sent to the issuer about it. */
struct part {
    struct txn_message request;
    struct txn_message forwarded;
    bool is_forwarded;
};

static struct part parts[PAYMENTS];

static void keep_forwarded(struct part *part)
{
    const struct world_sent *sent = world_sent(ISSUER_LINK);

    part->is_forwarded = sent != NULL;
    if (sent != NULL)
        part->forwarded = sent->message;
}

/* Kinds of the table in turn; follow-ups name a payment of the same day, which may be of the wrong
 * kind, under way, refused or taken back by then. */
static void say_request(struct part *part, size_t place, const size_t numbers[static 3])
{
    uint32_t trace = (uint32_t)(50 + place);
    enum txn_kind kind = (enum txn_kind)(numbers[0] % KIND_COUNT);

    while (!is_payment(kind))
        kind = (enum txn_kind)((kind + 1U) % KIND_COUNT);
    if (place < 2)
        kind = place == 0 ? KIND_SALE : KIND_PREAUTH;
    int64_t minor = kind == KIND_BALANCE ? 0 : numbers[1] % 4 == 0 ? 4000 : 10000;
    part->request =
        kind_row(kind)->shape == SHAPE_FOLLOW_UP
            ? world_follow(kind, trace, minor, (uint32_t)(50 + numbers[2] % (place + 1)))
            : world_request(kind, trace, minor);
    say_and_keep(&part->request, false);
    keep_forwarded(part);
}

/* The next thing that happens about a payment: the issuer answers, nobody does, the terminal takes
 * it back, the issuer confirms. */
static void act_on(struct part *part, size_t number)
{
    static const char *const codes[] = {"00", "00", "00", "51", "96"};
    const struct payment_row *row = world_payment(part->request.identity.trace);
    struct txn_message reversal = world_reversal_of(&part->request);
    struct txn_message answer;

    if (number % 5 == 0 && kind_row(part->request.kind)->is_reversible) {
        say_and_keep(&reversal, false);
    } else if (row != NULL && row->stage == STAGE_REVERSING) {
        struct txn_message owed = world_reversal_of(&part->forwarded);
        answer = world_answer(&owed, "00");
        say_and_keep(&answer, true);
    } else if (row != NULL && row->stage == STAGE_SENT && part->is_forwarded) {
        answer = world_answer(&part->forwarded, codes[number % ARRAY_COUNT(codes)]);
        say_and_keep(&answer, true);
    }
}

/* How a day ended: what each row says of money, and what the entries say. */
struct ending {
    struct {
        uint8_t stage, money, follow;
        uint16_t outcome;
        int64_t posted, returned, tip, net;
    } payments[PAYMENTS];
    struct batch_row batch;
};

static void look(struct ending *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < PAYMENTS; i++) {
        const struct payment_row *row = world_payment((uint32_t)(50 + i));
        if (row == NULL)
            continue;
        out->payments[i].stage = row->stage;
        out->payments[i].money = row->money;
        out->payments[i].follow = row->follow;
        out->payments[i].outcome = row->outcome;
        out->payments[i].posted = row->posted_minor;
        out->payments[i].returned = row->returned_minor;
        out->payments[i].tip = row->tip_minor;
        out->payments[i].net = net_of(&row->identity, ACCOUNT_MERCHANT_PAYABLE);
    }
    if (world_batch(1) != NULL)
        out->batch = *world_batch(1);
}

/* The same acts in the same order; with repeats in between, or without. */
static void play_day(uint64_t seed, bool has_repeats, struct ending *out)
{
    size_t begun = 0;

    world_open();
    memset(&said, 0, sizeof said);
    for (size_t act = 0; act < ACTS; act++) {
        dice = seed * ACTS + act + 1;
        (void) throw(1);
        size_t numbers[3] = {throw(1000), throw(1000), throw(1000)};
        if (begun < PAYMENTS && (begun == 0 || numbers[0] % 3 == 0 || act + PAYMENTS >= ACTS)) {
            say_request(&parts[begun], begun, (size_t[3]){throw(1000), throw(1000), throw(1000)});
            begun++;
        } else {
            act_on(&parts[numbers[1] % begun], numbers[2]);
        }
        for (size_t i = throw(4); i > 0 && has_repeats; i--)
            say_something_again();
    }
    look(out);
}

static void test_a_day_with_repeats_ends_as_the_day_without(void **state)
{
    static struct ending plain;
    static struct ending noisy;
    size_t moved = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= DAYS; seed++) {
        play_day(seed, false, &plain);
        play_day(seed, true, &noisy);
        if (memcmp(&plain, &noisy, sizeof plain) != 0)
            print_message("day %u\n", (unsigned)seed);
        assert_memory_equal(&plain, &noisy, sizeof plain);
        for (size_t i = 0; i < PAYMENTS; i++)
            moved += plain.payments[i].net != 0;
    }
    assert_true(moved > DAYS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_reversal_again_changes_nothing, tell_case),
        cmocka_unit_test_teardown(test_a_reversal_of_something_else_takes_nothing_back, tell_case),
        cmocka_unit_test_teardown(test_an_answer_again_changes_nothing, tell_case),
        cmocka_unit_test_teardown(test_a_confirmation_again_changes_nothing, tell_case),
        cmocka_unit_test_teardown(test_a_request_after_it_was_taken_back_lies_not, tell_case),
        cmocka_unit_test_teardown(test_a_network_message_again_moves_nothing, tell_case),
        cmocka_unit_test(test_a_query_of_nothing_again_buries_once),
        cmocka_unit_test(test_a_day_with_repeats_ends_as_the_day_without),
    };

    return cmocka_run_group_tests_name("acquirer/replay", tests, NULL, NULL);
}

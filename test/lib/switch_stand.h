/*
 * A request of any kind at the switch, brought to any of the ways in which it may stand when the
 * next message about it comes; and the proof that such a message changed nothing. The kinds come
 * out of the kinds' table: a new one is walked without a new test.
 *
 * Included once, by a *_test.c after cmocka.h.
 */
#ifndef TEST_LIB_SWITCH_STAND_H
#define TEST_LIB_SWITCH_STAND_H

#define CHECK(condition) assert_true(condition)
#include "test/lib/switch_world.h"

#define BEFORE 41 /* the hold of a completion that is followed */
#define ORIGINAL 42
#define TRACE 43
#define ELSEWHERE 44 /* a payment of somebody else, between the repeats */
#define OTHER_LINK 8
#define CODE "6200000112345678901"

/* ---- one request of each kind ---- */

static struct txn_message request;

static bool is_payment(enum txn_kind kind)
{
    return kind_row(kind)->processing != NULL;
}

static enum txn_kind original_of(enum txn_kind kind)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        if (kind_may_follow(kind, (enum txn_kind)i))
            return (enum txn_kind)i;
    }
    return KIND_NONE;
}

static void answer_last(const char *code)
{
    assert_non_null(world_sent(ISSUER_LINK));
    struct txn_message answer = world_answer(&world_sent(ISSUER_LINK)->message, code);

    world_issuer_says(&answer);
}

static void approve(enum txn_kind kind, uint32_t trace, uint32_t original)
{
    struct txn_message message = original == 0 ? world_request(kind, trace, 10000)
                                               : world_follow(kind, trace, 10000, original);

    world_terminal_says(&message);
    answer_last("00");
}

/* What the kind follows, approved. */
static void open_before(enum txn_kind kind)
{
    enum txn_kind original = original_of(kind);

    world_open();
    if (original == KIND_NONE)
        return;
    enum txn_kind before = original_of(original);
    if (before != KIND_NONE)
        approve(before, BEFORE, 0);
    approve(original, ORIGINAL, before == KIND_NONE ? 0 : BEFORE);
}

static void by_chip(struct txn_message *message)
{
    static const uint8_t cryptogram[] = {0x9F, 0x26, 8, 1, 2, 3, 4, 5, 6, 7, 8};

    message->entry = ENTRY_CHIP;
    memcpy(message->icc, cryptogram, sizeof cryptogram);
    message->icc_len = sizeof cryptogram;
}

static void by_code(struct txn_message *message)
{
    message->entry = ENTRY_QR;
    message->pan.len = 0;
    message->expiry = 0;
    memcpy(message->qr_code, CODE, sizeof CODE - 1);
}

/* False when no card is shown that way for such a payment: codes pay, and the code of a receipt
 * that a follow-up names is its original's. */
static bool open_request(enum txn_kind kind, enum entry_mode entry)
{
    const struct kind_row *row = kind_row(kind);
    bool follows = row->shape == SHAPE_FOLLOW_UP;
    int64_t minor = kind == KIND_TIP_ADJUST ? 11000 : row->moves_money ? 10000 : 0;

    if (!is_payment(kind) || (entry == ENTRY_QR && kind != KIND_SALE))
        return false;
    open_before(kind);
    request =
        follows ? world_follow(kind, TRACE, minor, ORIGINAL) : world_request(kind, TRACE, minor);
    if (kind == KIND_OFFLINE_SALE)
        memcpy(request.auth_id, "A54321", AUTH_ID_LEN);
    if (entry == ENTRY_CHIP)
        by_chip(&request);
    if (entry == ENTRY_QR)
        by_code(&request);
    return true;
}

/* ---- the ways it may stand when it comes again ---- */

static bool has_first; /* it was answered, and what stands recorded is that answer */
static struct txn_message first;
static bool is_forwarded;
static struct txn_message forwarded; /* as the issuer got it */

static void keep_first(void)
{
    assert_non_null(world_sent(TILL_LINK));
    first = world_sent(TILL_LINK)->message;
    has_first = true;
}

static bool stand_sent(void)
{
    world_terminal_says(&request);
    is_forwarded = world_sent(ISSUER_LINK) != NULL;
    if (is_forwarded)
        forwarded = world_sent(ISSUER_LINK)->message;
    return true;
}

static bool stand_approved(void)
{
    stand_sent();
    answer_last("00");
    keep_first();
    return true;
}

static bool stand_declined(void)
{
    stand_sent();
    answer_last("51");
    keep_first();
    return true;
}

static bool stand_given_up(void)
{
    if (kind_row(request.kind)->is_advice)
        return false;
    stand_sent();
    world_wait_ms(20000);
    world_timer(world_pending_key(TRACE));
    keep_first();
    return true;
}

/* The terminal was told that it takes longer, and who waits is nobody. */
static bool stand_under_way(void)
{
    if (!kind_row(request.kind)->is_advice)
        return false;
    stand_sent();
    world_wait_ms(20000);
    world_timer(world_pending_key(TRACE));
    return true;
}

/* The process ended after the record, and the next one took it up. */
static bool stand_recovered(void)
{
    world.crash = CRASH_AFTER_RECORD;
    world_terminal_says(&request);
    world.crash = CRASH_NONE;
    world_recover(world_pending_key(TRACE));
    return true;
}

/* The answer was recorded, and never left. */
static bool stand_approved_unheard(void)
{
    stand_sent();
    struct txn_message answer = world_answer(&world_sent(ISSUER_LINK)->message, "00");
    world.crash = CRASH_AFTER_RECORD;
    world_issuer_says(&answer);
    world.crash = CRASH_NONE;
    return true;
}

static bool stand_reversing(void)
{
    struct txn_message reversal = world_reversal_of(&request);

    if (!kind_row(request.kind)->is_reversible)
        return false;
    stand_sent();
    answer_last("00");
    world_terminal_says(&reversal);
    return true;
}

static bool stand_reversed(void)
{
    if (!stand_reversing())
        return false;
    answer_last("00");
    return true;
}

static bool stand_buried(void)
{
    struct txn_message reversal = world_reversal_of(&request);

    if (!kind_row(request.kind)->is_reversible)
        return false;
    world_terminal_says(&reversal);
    return true;
}

static bool stand_refused_here(void)
{
    world_merchant()->state = RECORD_FROZEN;
    stand_sent();
    world_merchant()->state = RECORD_ACTIVE;
    keep_first();
    return true;
}

static bool stand_closed(void)
{
    struct txn_message closing;
    struct keyblock none = {{0}};

    stand_sent();
    answer_last("00");
    keep_first();
    memset(&closing, 0, sizeof closing);
    closing.kind = KIND_SETTLE;
    closing.identity = world_identity(ELSEWHERE);
    closing.sequence = -1;
    memcpy(closing.merchant, request.merchant, MERCHANT_ID_LEN);
    closing.network_code = NETWORK_SETTLE;
    if (world_batch(1) != NULL)
        closing.domestic = world_batch(1)->domestic;
    world_terminal_says_with(&closing, &none);
    assert_int_equal(world_batch(1)->state, BATCH_CLOSED);
    return true;
}

/* A month later, with other keys. */
static bool stand_a_month_ago(void)
{
    stand_approved();
    world_wait_ms(INT64_C(31) * 86400000);
    world_keys()->mac = fake_key(KEY_MAK, 77, TERMINAL);
    return true;
}

/* clang-format off */
static const struct {
    const char *name;
    bool (*stand)(void); /* false: no payment of that kind stands so */
} stands[] = {
    { "sent",              stand_sent },
    { "approved",          stand_approved },
    { "declined",          stand_declined },
    { "given up",          stand_given_up },
    { "under way",         stand_under_way },
    { "recovered",         stand_recovered },
    { "approved, unheard", stand_approved_unheard },
    { "reversing",         stand_reversing },
    { "reversed",          stand_reversed },
    { "buried",            stand_buried },
    { "refused here",      stand_refused_here },
    { "closed",            stand_closed },
    { "a month ago",       stand_a_month_ago },
};
/* clang-format on */

static const enum entry_mode entries[] = {ENTRY_STRIPE, ENTRY_CHIP, ENTRY_QR};

/* What is being tried; NULL: nothing. */
static const char *stand_name;
static const char *word_name;

/* Which one it was, for who reads that a test failed. */
static int tell_case(void **state)
{
    (void)state;
    if (stand_name != NULL)
        print_message("%s, entry %d, %s, %s\n", kind_row(request.kind)->name, (int)request.entry,
                      stand_name, word_name == NULL ? "the same" : word_name);
    stand_name = word_name = NULL;
    return 0;
}

/* Calls the test for each kind, entry and stand that there is. */
static size_t for_each_stand(void (*test)(void))
{
    size_t count = 0;

    for (int kind = 0; kind < KIND_COUNT; kind++) {
        for (size_t i = 0; i < ARRAY_COUNT(entries) * ARRAY_COUNT(stands); i++) {
            enum entry_mode entry = entries[i % ARRAY_COUNT(entries)];
            has_first = is_forwarded = false;
            stand_name = stands[i / ARRAY_COUNT(entries)].name;
            if (!open_request((enum txn_kind)kind, entry) ||
                !stands[i / ARRAY_COUNT(entries)].stand())
                continue;
            count++;
            test();
        }
    }
    stand_name = NULL;
    return count;
}

/* ---- nothing changes ---- */

static struct node_row kept[WORLD_ROWS_MAX];
static size_t kept_count;
static size_t kept_entries;

static void keep_all(void)
{
    memcpy(kept, world.rows, sizeof kept);
    kept_count = world.row_count;
    kept_entries = world.entry_count;
}

/* Who waits for the answer may change, and what was set aside grows. */
static void expect_row_kept(const struct node_row *now, const struct node_row *before)
{
    struct payment_row is;
    struct payment_row was;

    assert_int_equal(now->found, before->found);
    assert_int_equal(now->len, before->len);
    if (!now->found || now->key.table != TABLE_PAYMENT) {
        assert_memory_equal(now->value, before->value, now->len);
        return;
    }
    memcpy(&is, now->value, sizeof is);
    memcpy(&was, before->value, sizeof was);
    is.link = was.link;
    is.changed = was.changed;
    is.history_len = was.history_len;
    memcpy(is.tpdu, was.tpdu, sizeof is.tpdu);
    memcpy(is.history, was.history, sizeof is.history);
    assert_memory_equal(&is, &was, sizeof is);
}

static void expect_all_kept(void)
{
    assert_int_equal(world.entry_count, kept_entries);
    for (size_t i = 0; i < world.row_count; i++) {
        if (world.rows[i].key.table == TABLE_ASIDE)
            continue;
        if (i < kept_count)
            expect_row_kept(&world.rows[i], &kept[i]);
        else
            assert_false(world.rows[i].found);
    }
    assert_null(world_sent(ISSUER_LINK));
    assert_int_equal(world.deadline_count, 0);
}

static void say_over(const struct txn_message *message, uint64_t link)
{
    struct keyblock mak = world_keys()->mac;
    struct node_event *event = world_event(EVENT_MESSAGE);

    event->link = link;
    event->message = *message;
    sign_with(&event->message, &mak, TERMINAL);
    world_run();
}

/* The answer is the first one, word for word; there may be none while it is under way. */
UNUSED static void expect_same_answer(uint64_t link)
{
    const struct world_sent *sent = world_sent(link);
    bool is_open = world_payment(TRACE)->stage == STAGE_SENT;

    assert_true(is_open || sent != NULL);
    if (sent == NULL)
        return;
    assert_true(sent->seal.make_mac);
    if (!has_first)
        first = sent->message;
    has_first = true;
    assert_memory_equal(sent->message.code, first.code, RESPONSE_CODE_LEN);
    assert_memory_equal(sent->message.rrn, first.rrn, RRN_LEN);
    assert_memory_equal(sent->message.auth_id, first.auth_id, AUTH_ID_LEN);
    assert_int_equal(sent->message.amount.minor, first.amount.minor);
    assert_int_equal(sent->message.settlement_date, first.settlement_date);
    assert_true(identity_equal(&sent->message.identity, &first.identity));
    if (world_payment(TRACE)->stage == STAGE_ANSWERED) {
        assert_int_equal(sent->message.local_time, first.local_time);
        assert_int_equal(sent->message.local_date, first.local_date);
    }
}

static void sell_elsewhere(void)
{
    struct txn_message sale = world_request(KIND_SALE, ELSEWHERE, 700);

    world_terminal_says(&sale);
    if (world_sent(ISSUER_LINK) != NULL)
        answer_last("00");
    keep_all();
}

/* In which way the newest that was set aside differs; 0: nothing was. */
UNUSED static unsigned kept_aside(void)
{
    char source[ASIDE_SOURCE_LEN] = {0};

    memcpy(source, request.identity.terminal, TERMINAL_ID_LEN);
    const struct aside_row *row = world_value(aside_row_key(source, TRACE));
    return row == NULL ? 0 : row->entries[row->count - 1].differs;
}

#endif

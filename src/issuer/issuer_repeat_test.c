/*
 * The same message again at the bank, for every kind of the kinds' table: however often and
 * whenever it comes, it is answered from the record and changes nothing; with one word changed it
 * is refused and set aside, and changes nothing either. And on days of all kinds mixed, whatever
 * was said before changes nothing when it is said again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RIG_CHECK(condition) assert_true(condition)
#include "test/lib/issuer_rig.h"
#include "test/lib/other_word.h"

#define BEFORE 1 /* the hold of a completion that is followed */
#define ORIGINAL 2
#define TRACE 3
#define ELSEWHERE 4 /* a payment of somebody else, between the repeats */
#define DAY_MS INT64_C(86400000)

static struct rig rig;

/* ---- one request of each kind ---- */

static struct node_event request;

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

static const struct rig_result *say(const struct node_event *event)
{
    struct node_event copy = *event;

    copy.wall = copy.message.sent = rig.wall;
    return rig_send(&rig, &copy);
}

static const struct node_display *give_code(enum txn_kind kind)
{
    struct node_command command = {
        .kind = COMMAND_GIVE_CODE, .transaction = kind, .amount = money_of(5000, CURRENCY_CNY)};
    struct node_event event = {
        .kind = EVENT_COMMAND, .wall = rig.wall, .ticket = 1, .command = &command};
    struct pan_hash hash = rig_pan_hash(&rig.pan);

    command.key = row_key_of(TABLE_CARD, hash.at, sizeof hash.at);
    memset(event.entropy, 0x3C, sizeof event.entropy);
    rig_run(&rig, &event, 1);
    return &rig_works[0].effects.display;
}

/* A code is shown instead of a card; a word of the bank comes with a card that is only told. */
static void give_word(struct txn_message *message)
{
    struct payment_row given = give_code(message->kind)->payment;

    message->icc_len = message->track2_len = message->pin_block_len = 0;
    message->pin_entered = false;
    message->sequence = -1;
    if (message->kind == KIND_OFFLINE_SALE) {
        message->entry = ENTRY_KEYED;
        memcpy(message->auth_id, given.auth_id, AUTH_ID_LEN);
        return;
    }
    message->pan.len = 0;
    message->expiry = 0;
    memcpy(message->qr_code, given.qr_code, QR_CODE_LEN);
}

static struct node_event request_of(enum txn_kind kind, enum entry_mode entry, uint32_t trace,
                                    uint32_t original)
{
    const struct kind_row *row = kind_row(kind);
    int64_t minor = kind == KIND_TIP_ADJUST ? 5400 : 5000;
    struct node_event event =
        row->shape == SHAPE_FOLLOW_UP
            ? rig_follow(&rig, kind, trace, original, minor)
            : rig_request(&rig, entry, trace, kind == KIND_BALANCE ? 0 : minor);

    event.message.kind = kind;
    event.message.local_time = 1120000;
    event.message.local_date = 1122;
    if (entry == ENTRY_QR || kind == KIND_OFFLINE_SALE)
        give_word(&event.message);
    return event;
}

static void approve(enum txn_kind kind, uint32_t trace, uint32_t original)
{
    struct node_event event = request_of(kind, ENTRY_CHIP, trace, original);

    assert_memory_equal(say(&event)->answer.message.code, "00", 2);
}

/* False when no card is shown that way for such a payment. */
static bool open_request(enum txn_kind kind, enum entry_mode entry)
{
    enum txn_kind original = original_of(kind);

    if (!is_payment(kind) || (entry == ENTRY_QR && kind != KIND_SALE))
        return false;
    rig_build(&rig);
    memcpy(rig_config(&rig)->policy.code_prefix, "62000012", 8);
    if (original != KIND_NONE) {
        enum txn_kind before = original_of(original);
        if (before != KIND_NONE)
            approve(before, BEFORE, 0);
        approve(original, ORIGINAL, before == KIND_NONE ? 0 : BEFORE);
    }
    rig_card(&rig)->has_chip = entry != ENTRY_STRIPE;
    request = request_of(kind, entry, TRACE, ORIGINAL);
    return true;
}

/* ---- the ways it may stand when it comes again ---- */

static bool stand_approved(void)
{
    assert_memory_equal(say(&request)->answer.message.code, "00", 2);
    return true;
}

/* By an original that is not there, or a card that is lost. */
static bool stand_declined(void)
{
    enum record_state state = (enum record_state)rig_card(&rig)->state;
    struct payment_row *original = rig_payment(&rig, ORIGINAL);

    if (original != NULL)
        original->follow = FOLLOW_VOIDED;
    rig.is_spoiled = original != NULL;
    rig_card(&rig)->state = RECORD_LOST;
    bool is_refused = memcmp(say(&request)->answer.message.code, "00", 2) != 0;
    rig_card(&rig)->state = (uint8_t)state;
    if (original != NULL)
        original->follow = FOLLOW_NONE;
    return is_refused;
}

static bool stand_reversed(void)
{
    if (!kind_row(request.message.kind)->is_reversible)
        return false;
    stand_approved();
    struct node_event reversal = rig_reversal_of(&rig, &request);
    assert_memory_equal(say(&reversal)->answer.message.code, "00", 2);
    return true;
}

static bool stand_buried(void)
{
    struct node_event reversal = rig_reversal_of(&rig, &request);

    if (!kind_row(request.message.kind)->is_reversible)
        return false;
    assert_memory_equal(say(&reversal)->answer.message.code, "00", 2);
    return true;
}

static bool stand_a_month_ago(void)
{
    stand_approved();
    rig.wall = instant_add_ms(rig.wall, 31 * DAY_MS);
    return true;
}

/* clang-format off */
static const struct {
    const char *name;
    bool (*stand)(void); /* false: no payment of that kind stands so */
} stands[] = {
    { "approved",    stand_approved },
    { "declined",    stand_declined },
    { "reversed",    stand_reversed },
    { "buried",      stand_buried },
    { "a month ago", stand_a_month_ago },
};
/* clang-format on */

static const enum entry_mode entries[] = {ENTRY_KEYED, ENTRY_STRIPE, ENTRY_CHIP, ENTRY_QR};

/* What is being tried; NULL: nothing. */
static const char *stand_name;
static const char *word_name;

/* Which one it was, for who reads that a test failed. */
static int tell_case(void **state)
{
    (void)state;
    if (stand_name != NULL)
        print_message("%s, entry %d, %s, %s\n", kind_row(request.message.kind)->name,
                      (int)request.message.entry, stand_name,
                      word_name == NULL ? "the same" : word_name);
    stand_name = word_name = NULL;
    return 0;
}

static size_t for_each_stand(void (*test)(void))
{
    size_t count = 0;

    for (int kind = 0; kind < KIND_COUNT; kind++) {
        for (size_t i = 0; i < ARRAY_COUNT(entries) * ARRAY_COUNT(stands); i++) {
            stand_name = stands[i / ARRAY_COUNT(entries)].name;
            if (!open_request((enum txn_kind)kind, entries[i % ARRAY_COUNT(entries)]) ||
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

static struct node_row kept[RIG_ROWS_MAX];
static size_t kept_count;
static size_t kept_entries;

static void keep_all(void)
{
    memcpy(kept, rig.rows, sizeof kept);
    kept_count = rig.row_count;
    kept_entries = rig.entry_count;
}

/* A tombstone remembers that its payment came after all: that is history, nothing else. */
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
    is.changed = was.changed;
    is.history_len = was.history_len;
    memcpy(is.history, was.history, sizeof is.history);
    assert_memory_equal(&is, &was, sizeof is);
}

static void expect_all_kept(void)
{
    assert_int_equal(rig.entry_count, kept_entries);
    for (size_t i = 0; i < rig.row_count; i++) {
        if (rig.rows[i].key.table == TABLE_ASIDE)
            continue;
        assert_true(i < kept_count || !rig.rows[i].found);
        if (i < kept_count)
            expect_row_kept(&rig.rows[i], &kept[i]);
    }
}

static void sell_elsewhere(void)
{
    struct node_event sale = rig_request(&rig, ENTRY_STRIPE, ELSEWHERE, 700);

    (void)say(&sale);
    keep_all();
}

static void expect_same_answer(const struct txn_message *answer, const struct txn_message *first)
{
    assert_true(answer->has_mac);
    assert_memory_equal(answer->code, first->code, RESPONSE_CODE_LEN);
    assert_memory_equal(answer->auth_id, first->auth_id, AUTH_ID_LEN);
    assert_memory_equal(answer->qr_code, first->qr_code, QR_CODE_LEN);
    assert_int_equal(answer->amount.minor, first->amount.minor);
    assert_int_equal(answer->balance.minor, first->balance.minor);
    assert_int_equal(answer->local_time, first->local_time);
    assert_true(identity_equal(&answer->identity, &first->identity));
}

static void say_ten_times(const struct node_event *event)
{
    struct txn_message first = say(event)->answer.message;

    keep_all();
    for (int i = 0; i < 10; i++) {
        if (i == 5)
            sell_elsewhere();
        if (i == 7)
            rig.wall = instant_add_ms(rig.wall, 3600000);
        expect_same_answer(&say(event)->answer.message, &first);
        expect_all_kept();
    }
}

static void test_one_repeat(void)
{
    bool is_gone = rig_payment(&rig, TRACE)->money == MONEY_RETURNED;

    keep_all();
    (void)say(&request); /* by now it is known: not even the first of them changes anything */
    expect_all_kept();
    if (is_gone) /* and it is told why */
        assert_memory_equal(rig.results[0].answer.message.code, "22", 2);
    say_ten_times(&request);
}

static void test_the_same_again_changes_nothing(void **state)
{
    (void)state;
    assert_true(for_each_stand(test_one_repeat) > 100);
}

static void test_one_reversal_again(void)
{
    struct node_event reversal = rig_reversal_of(&rig, &request);

    say_ten_times(&reversal);
}

static void test_a_reversal_again_changes_nothing(void **state)
{
    (void)state;
    assert_true(for_each_stand(test_one_reversal_again) > 100);
}

/* Ten at once, in one batch of events: the first is decided, the others find it. */
static void test_a_crowd_of_the_same_posts_once(void **state)
{
    static struct node_event events[10];
    static uint8_t mabs[10][64];

    (void)state;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (!open_request((enum txn_kind)kind, ENTRY_CHIP))
            continue;
        for (size_t i = 0; i < 10; i++) {
            events[i] = request;
            rig_sign(&rig, &events[i], mabs[i]);
        }
        rig_run(&rig, events, 10);
        size_t recorded = 0;
        for (size_t i = 0; i < 10; i++) {
            recorded += rig.results[i].what != WHAT_NONE;
            assert_memory_equal(rig.results[i].answer.message.code, "00", 2);
        }
        assert_int_equal(recorded, 1);
    }
}

/* ---- one word changed ---- */

static unsigned kept_aside(void)
{
    struct row_key key = aside_row_key(RIG_ACQUIRER "\0\0", TRACE);
    const struct aside_row *row = rig_value(&rig, &key);

    return row == NULL ? 0 : row->entries[row->count - 1].differs;
}

static void expect_refused(const struct node_event *changed, const char *code, unsigned differs)
{
    rig.wall = instant_add_ms(rig.wall, 120000); /* a short while ago would be no news */
    const struct rig_result *result = say(changed);

    expect_all_kept();
    assert_true(result->answer.message.has_mac);
    assert_memory_equal(result->answer.message.code, code, RESPONSE_CODE_LEN);
    assert_int_equal(kept_aside(), differs);
    assert_true(result->is_alarm);
}

static bool other_time(struct txn_message *message)
{
    message->local_time++;
    return true;
}

static void test_one_change(void)
{
    static const struct other_word time = {"time", other_time, ASIDE_CONTENT, true};
    bool is_buried = rig_payment(&rig, TRACE)->stage == STAGE_TOMBSTONE;

    keep_all();
    for (size_t i = 0; i <= ARRAY_COUNT(other_words); i++) {
        const struct other_word *word = i < ARRAY_COUNT(other_words) ? &other_words[i] : &time;
        struct node_event changed = request;
        if (!word->change(&changed.message) || (is_buried && word->is_of_payment))
            continue;
        word_name = word->name;
        expect_refused(&changed, "94", word->differs);
    }
    word_name = NULL;
}

static void test_one_word_changed_is_refused(void **state)
{
    (void)state;
    assert_true(for_each_stand(test_one_change) > 100);
}

static void test_one_other_reversal(void)
{
    bool is_advice = kind_row(request.message.kind)->is_advice;

    keep_all();
    for (size_t i = 0; i < ARRAY_COUNT(other_words) && !is_advice; i++) {
        struct node_event reversal = rig_reversal_of(&rig, &request);
        if (other_words[i].is_of_payment || !other_words[i].change(&reversal.message))
            continue;
        word_name = other_words[i].name;
        expect_refused(&reversal, "64", other_words[i].differs);
    }
    word_name = NULL;
}

static void test_a_reversal_of_something_else_takes_nothing_back(void **state)
{
    (void)state;
    assert_true(for_each_stand(test_one_other_reversal) > 100);
}

/* ---- all of it mixed ---- */

#define DAYS 200
#define ACTS 20

static uint64_t dice;

static size_t throw(size_t sides)
{
    dice = dice * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(dice >> 33) % sides;
}

/* A payment of any kind, or the reversal of one that was said before. */
static struct node_event next_event(const struct node_event *said, size_t count)
{
    enum txn_kind kind = (enum txn_kind) throw(KIND_COUNT);
    enum entry_mode entry = throw(2) == 0 ? ENTRY_CHIP : ENTRY_KEYED;

    if (count > 0 && throw(3) == 0) {
        struct node_event event = said[throw(count)];
        return rig_reversal_of(&rig, &event);
    }
    while (!is_payment(kind) || kind == KIND_OFFLINE_SALE)
        kind = (enum txn_kind) throw(KIND_COUNT);
    return request_of(kind, entry, (uint32_t)(100 + count), (uint32_t)(100 + throw(count + 1)));
}

static struct node_event said[ACTS];
static bool is_still_owed[ACTS]; /* a reversal that was refused, and may be done another time */

static bool say_new(size_t count)
{
    said[count] = next_event(said, count);
    bool is_done = memcmp(say(&said[count])->answer.message.code, "00", 2) == 0;
    is_still_owed[count] = said[count].message.function == FUNCTION_REVERSAL && !is_done;
    return is_done;
}

static void say_again(size_t count)
{
    size_t which = throw(count);

    if (is_still_owed[which])
        return;
    (void)say(&said[which]);
    expect_all_kept();
}

static void test_what_was_said_changes_nothing_on_any_day(void **state)
{
    size_t done = 0;

    (void)state;
    dice = 1;
    for (size_t day = 0; day < DAYS; day++) {
        rig_build(&rig);
        for (size_t count = 0; count < ACTS; count++) {
            done += say_new(count);
            keep_all();
            for (size_t i = 0; i < 3; i++)
                say_again(count + 1);
        }
    }
    assert_true(done > DAYS * ACTS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_same_again_changes_nothing, tell_case),
        cmocka_unit_test_teardown(test_a_reversal_again_changes_nothing, tell_case),
        cmocka_unit_test_teardown(test_a_crowd_of_the_same_posts_once, tell_case),
        cmocka_unit_test_teardown(test_one_word_changed_is_refused, tell_case),
        cmocka_unit_test_teardown(test_a_reversal_of_something_else_takes_nothing_back, tell_case),
        cmocka_unit_test(test_what_was_said_changes_nothing_on_any_day),
    };

    return cmocka_run_group_tests_name("issuer/repeat", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RIG_CHECK(condition) assert_true(condition)
#include "test/lib/issuer_rig.h"

#define OPENING 100000

static struct rig rig;
static uint8_t mabs[RIG_BATCH_MAX][64];

static struct node_event sale(uint32_t trace, int64_t minor)
{
    return rig_request(&rig, ENTRY_CHIP, trace, minor);
}

static void assert_code(const struct rig_result *result, const char *code)
{
    assert_true(result->has_answer);
    assert_memory_equal(result->answer.message.code, code, RESPONSE_CODE_LEN);
}

static void test_an_approved_sale_is_posted_and_sealed(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = sale(2, 12850);
    memcpy(event.message.rrn, "100000000042", RRN_LEN);
    const struct rig_result *result = rig_send(&rig, &event);

    assert_code(result, "00");
    assert_int_equal(result->what, WHAT_APPROVED);
    assert_int_equal(result->answer.link, RIG_LINK);
    assert_int_equal(result->answer.message.function, FUNCTION_RESPONSE);
    assert_memory_equal(result->answer.message.rrn, "100000000042", RRN_LEN);
    assert_true(bytes_are_digits(result->answer.message.auth_id, AUTH_ID_LEN));
    assert_true(result->answer.seal.make_mac);
    assert_memory_equal(&result->answer.seal.mac.block, &rig_acquirer(&rig)->zone_mac,
                        sizeof(struct keyblock));
    assert_memory_equal(result->answer.seal.mac.owner.at, RIG_ISSUER "        ", 16);
    assert_true(result->answer.seal.make_arpc);
    assert_int_equal(result->answer.seal.arpc.of.arpc.cvn, CHIP_CVN_PBOC_17);
    assert_memory_equal(result->answer.seal.arpc.of.arpc.arc, "00", 2);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING - 12850);

    const struct payment_row *payment = rig_payment(&rig, 2);
    assert_int_equal(payment->money, MONEY_MOVED);
    assert_int_equal(payment->account, RIG_ACCOUNT);
    assert_int_equal(payment->business_date, 20261122);
    assert_int_equal(payment->history[0], rig.sequence);
    assert_string_equal(payment->pan.masked.at, "620000******7895");
    assert_int_equal(rig.entries[rig.entry_count - 1].posting.kind, ACCOUNT_ACQUIRER_SETTLEMENT);
    assert_int_equal(rig.entries[rig.entry_count - 1].posting.minor, -12850);
}

static void test_a_repeat_is_answered_from_the_record(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = sale(2, 5000);
    const struct rig_result *result = rig_send(&rig, &event);
    struct txn_message first = result->answer.message;
    uint64_t sequence = rig.sequence;

    for (int i = 0; i < 5; i++) {
        rig.wall = instant_add_ms(rig.wall, 60000); /* too old by now, but no matter */
        event.wall = rig.wall;
        event.message.is_repeat = true;
        result = rig_send(&rig, &event);
        assert_int_equal(result->what, WHAT_NONE);
        assert_memory_equal(result->answer.message.code, first.code, RESPONSE_CODE_LEN);
        assert_memory_equal(result->answer.message.auth_id, first.auth_id, AUTH_ID_LEN);
        assert_true(result->answer.seal.make_mac);
        assert_true(result->answer.seal.make_arpc);
    }
    assert_int_equal(rig.sequence, sequence);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING - 5000);
}

static void test_a_repeat_in_the_same_batch_posts_once(void **state)
{
    struct node_event events[8];

    (void)state;
    rig_build(&rig);
    for (size_t i = 0; i < ARRAY_COUNT(events); i++) {
        events[i] = sale(2, 5000);
        rig_sign(&rig, &events[i], mabs[i]);
    }
    rig_run(&rig, events, ARRAY_COUNT(events));
    for (size_t i = 0; i < ARRAY_COUNT(events); i++)
        assert_code(&rig.results[i], "00");
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING - 5000);
}

/* A refusal with a MAC would tell the switch that nothing was posted. */
static void test_what_is_not_known_is_not_vouched_for(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        rig_build(&rig);
        struct node_event event = sale(2, 5000);
        rig_send(&rig, &event);
        struct row_key key = payment_row_key(&rig_payment(&rig, 2)->identity);
        if (way == 0)
            rig_row(&rig, &key)->len--;
        if (way == 1)
            rig_payment(&rig, 2)->stage = STAGE_SENT;
        if (way == 2)
            rig.silent = HSM_PAN_PROTECT;
        const struct rig_result *result = rig_send(&rig, &event);
        assert_code(result, "96");
        assert_false(result->answer.message.has_mac);
        assert_true(result->is_alarm);
        assert_int_equal(rig_account(&rig)->balance_minor, OPENING - 5000);
    }
}

static void other_amount(struct txn_message *message)
{
    message->amount.minor++;
}

static void other_card(struct txn_message *message)
{
    message->pan.digits[15] = '4';
    message->track2[15] = '4';
}

static void other_cryptogram(struct txn_message *message)
{
    message->icc[3] ^= 1;
}

static void other_entry(struct txn_message *message)
{
    message->entry = ENTRY_CONTACTLESS;
}

static void other_kind(struct txn_message *message)
{
    message->kind = KIND_BALANCE;
}

static void test_other_content_under_an_identity_is_a_replay(void **state)
{
    static void (*const changes[])(struct txn_message *) = {
        other_amount, other_card, other_cryptogram, other_entry, other_kind,
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(changes); i++) {
        rig_build(&rig);
        struct node_event event = sale(2, 5000);
        rig_send(&rig, &event);
        changes[i](&event.message);
        const struct rig_result *result = rig_send(&rig, &event);
        assert_code(result, "94");
        assert_true(result->is_alarm);
        assert_int_equal(result->outcome, OUTCOME_MESSAGE_REPLAYED);
        assert_int_equal(rig_account(&rig)->balance_minor, OPENING - 5000);
        assert_int_equal(rig_payment(&rig, 2)->outcome, OUTCOME_APPROVED);
    }
}

/* Every order of requests 'Q' and reversals 'R' up to six long: the money is gone only when no
 * reversal is among them, and never more than once. */
static void test_reversals_in_every_order(void **state)
{
    (void)state;
    for (unsigned len = 1; len <= 6; len++) {
        for (unsigned order = 0; order < 1U << len; order++) {
            bool is_reversed = false;

            rig_build(&rig);
            for (unsigned i = 0; i < len; i++) {
                bool is_reversal = (order >> i & 1) != 0;
                struct node_event event = is_reversal ? rig_reversal(&rig, 2, 5000) : sale(2, 5000);
                event.message.is_repeat = i % 2 == 1;
                const struct rig_result *result = rig_send(&rig, &event);
                is_reversed = is_reversed || is_reversal;
                assert_code(result, is_reversal || !is_reversed ? "00" : "22");
            }
            assert_int_equal(rig_account(&rig)->balance_minor,
                             is_reversed ? OPENING : OPENING - 5000);
            assert_int_equal(rig_card(&rig)->daily_used_minor, is_reversed ? 0 : 5000);
            assert_int_equal(rig_payment(&rig, 2)->money,
                             is_reversed ? MONEY_RETURNED : MONEY_MOVED);
        }
    }
}

static void test_orders_hold_within_one_batch_too(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 1U << 6; order++) {
        struct node_event events[6];

        rig_build(&rig);
        for (unsigned i = 0; i < 6; i++) {
            events[i] = (order >> i & 1) != 0 ? rig_reversal(&rig, 2, 5000) : sale(2, 5000);
            rig_sign(&rig, &events[i], mabs[i]);
        }
        rig_run(&rig, events, 6);
        assert_int_equal(rig_account(&rig)->balance_minor, order == 0 ? OPENING - 5000 : OPENING);
    }
}

static void test_a_tombstone_refuses_its_payment_for_ever(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event reversal = rig_reversal(&rig, 2, 5000);
    const struct rig_result *result = rig_send(&rig, &reversal);
    assert_int_equal(result->what, WHAT_TOMBSTONE);
    assert_int_equal(rig_payment(&rig, 2)->stage, STAGE_TOMBSTONE);
    for (uint32_t i = 0; i < 40; i++) {
        struct node_event event = sale(2, 5000);
        result = rig_send(&rig, &event);
        assert_code(result, "22");
        assert_int_equal(result->what, WHAT_DECLINED);
    }
    struct node_event event = sale(2, 5001);
    assert_code(rig_send(&rig, &event), "94");
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
    assert_int_equal(rig_card(&rig)->pin_tries, 0);
    assert_int_equal(rig_payment(&rig, 2)->history_len, PAYMENT_HISTORY_MAX);
}

static void test_a_reversal_must_fit_its_payment(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = sale(2, 5000);
    rig_send(&rig, &event);
    struct node_event reversal = rig_reversal(&rig, 2, 4999);
    const struct rig_result *result = rig_send(&rig, &reversal);
    assert_code(result, "64");
    assert_true(result->is_alarm);
    assert_int_equal(result->what, WHAT_REVERSAL_REFUSED);
    reversal = rig_reversal(&rig, 2, 5000);
    other_card(&reversal.message);
    assert_code(rig_send(&rig, &reversal), "64");
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING - 5000);
    reversal = rig_reversal(&rig, 2, 5000);
    reversal.message.pan.len = 0; /* it need not carry the number */
    assert_code(rig_send(&rig, &reversal), "00");
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
}

static void test_a_refusal_is_reversed_by_doing_nothing(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = sale(2, OPENING + 1);
    assert_code(rig_send(&rig, &event), "51");
    struct node_event reversal = rig_reversal(&rig, 2, OPENING + 1);
    const struct rig_result *result = rig_send(&rig, &reversal);
    assert_code(result, "00");
    assert_int_equal(result->what, WHAT_NONE);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
    assert_int_equal(rig_payment(&rig, 2)->stage, STAGE_ANSWERED);
}

static void test_counters_go_back_only_on_their_day(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = sale(2, 5000);
    rig_send(&rig, &event);
    rig.wall = instant_add_ms(rig.wall, 86400000);
    event = sale(3, 700);
    rig_send(&rig, &event);
    struct node_event reversal = rig_reversal(&rig, 2, 5000);
    assert_code(rig_send(&rig, &reversal), "00");
    assert_int_equal(rig_card(&rig)->daily_used_minor, 700);
    assert_int_equal(rig_card(&rig)->daily_count, 1);
    reversal = rig_reversal(&rig, 3, 700);
    rig_send(&rig, &reversal);
    assert_int_equal(rig_card(&rig)->daily_used_minor, 0);
    assert_int_equal(rig_card(&rig)->daily_count, 0);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
}

/* What cannot be put back now stays owed: the answer is not 00, and the switch asks again. */
static void test_a_reversal_waits_for_a_damaged_account(void **state)
{
    struct row_key key = row_key_number(TABLE_ACCOUNT, RIG_ACCOUNT);

    (void)state;
    rig_build(&rig);
    struct node_event event = sale(2, 5000);
    rig_send(&rig, &event);
    rig_row(&rig, &key)->len--;
    struct node_event reversal = rig_reversal(&rig, 2, 5000);
    const struct rig_result *result = rig_send(&rig, &reversal);
    assert_code(result, "96");
    assert_true(result->is_alarm);
    assert_int_equal(rig_payment(&rig, 2)->stage, STAGE_ANSWERED);
    rig_row(&rig, &key)->len++;
    assert_code(rig_send(&rig, &reversal), "00");
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
}

static void test_a_reversal_does_without_a_card_that_is_gone(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = sale(2, 5000);
    rig_send(&rig, &event);
    struct row_key key = row_key_of(TABLE_CARD, rig_card(&rig)->pan.hash.at, PAN_HASH_LEN);
    rig_row(&rig, &key)->found = false;
    struct node_event reversal = rig_reversal(&rig, 2, 5000);
    assert_code(rig_send(&rig, &reversal), "00");
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
}

static void test_a_hundred_guesses_at_once_are_three(void **state)
{
    struct node_event events[100];
    size_t wrong = 0;
    size_t locked = 0;

    (void)state;
    rig_build(&rig);
    for (uint32_t i = 0; i < 100; i++) {
        char pin[PVV_LEN + 1] = {0};

        events[i] = rig_request(&rig, ENTRY_KEYED, i + 2, 100);
        bytes_from_number(5000 + i, pin, PVV_LEN);
        rig_add_pin(&rig, &events[i].message, pin);
        rig_sign(&rig, &events[i], mabs[i]);
    }
    rig.put_off = 0;
    rig_run(&rig, events, 100);
    for (size_t i = 0; i < 100; i++) {
        wrong += rig.results[i].outcome == OUTCOME_PIN_WRONG;
        locked += rig.results[i].outcome == OUTCOME_PIN_TRIES_EXCEEDED;
    }
    assert_int_equal(wrong, 3);
    assert_int_equal(locked, 97);
    assert_true(rig.put_off > 0);
    assert_int_equal(rig_card(&rig)->pin_tries, 3);

    rig.pins_evaluated = 0;
    struct node_event event = sale(500, 100);
    assert_code(rig_send(&rig, &event), "38"); /* the right one, too late */
    assert_int_equal(rig.pins_evaluated, 0);
    struct node_event reversal = rig_reversal(&rig, 2, 100);
    rig_send(&rig, &reversal);
    assert_int_equal(rig_card(&rig)->pin_tries, 3); /* a reversal gives no try back */
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
}

static void test_the_right_pin_clears_the_tries(void **state)
{
    (void)state;
    rig_build(&rig);
    for (uint32_t trace = 2; trace < 4; trace++) {
        struct node_event event = sale(trace, 100);
        rig_add_pin(&rig, &event.message, "0000");
        assert_code(rig_send(&rig, &event), "55");
    }
    assert_int_equal(rig_card(&rig)->pin_tries, 2);
    struct node_event event = sale(4, OPENING * 2); /* refused behind the PIN */
    assert_code(rig_send(&rig, &event), "51");
    assert_int_equal(rig_card(&rig)->pin_tries, 0);
}

static void test_a_refusal_before_the_pin_says_nothing_of_it(void **state)
{
    (void)state;
    for (int right = 0; right < 2; right++) {
        rig_build(&rig);
        rig_card(&rig)->state = RECORD_FROZEN;
        rig_card(&rig)->pin_tries = 1;
        struct node_event event = sale(2, 100);
        rig_add_pin(&rig, &event.message, right ? RIG_PIN : "0000");
        assert_code(rig_send(&rig, &event), "62");
        assert_int_equal(rig_card(&rig)->pin_tries, 1);
    }
}

/* Wrong digits, a block that does not decode and one of a wrong length look the same from
 * outside, and all count. */
static void test_pin_failures_look_alike(void **state)
{
    struct txn_message first;

    (void)state;
    memset(&first, 0, sizeof first);
    for (int way = 0; way < 3; way++) {
        rig_build(&rig);
        struct node_event event = sale(2, 100);
        rig_add_pin(&rig, &event.message, "0000");
        if (way == 1)
            memset(event.message.pin_block, 0xA5, 8);
        if (way == 2)
            event.message.pin_block_len = 5;
        const struct rig_result *result = rig_send(&rig, &event);
        assert_int_equal(result->outcome, OUTCOME_PIN_WRONG);
        assert_int_equal(rig_card(&rig)->pin_tries, 1);
        if (way == 0)
            first = result->answer.message;
        assert_memory_equal(&result->answer.message, &first, sizeof first);
    }
}

static void test_what_is_not_authenticated_changes_nothing(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        rig_build(&rig);
        struct node_event event = way == 3 ? rig_reversal(&rig, 2, 5000) : sale(2, 5000);
        uint8_t mab[64];

        rig_sign(&rig, &event, mab);
        if (way == 0 || way == 3)
            event.message.mac[7] ^= 1;
        if (way == 1)
            event.message.has_mac = false;
        if (way == 2)
            event.message.identity.acquirer[0] = '9'; /* nobody we know */
        rig_run(&rig, &event, 1);
        assert_code(&rig.results[0], "A0");
        assert_false(rig.results[0].answer.message.has_mac);
        assert_false(rig.results[0].answer.seal.make_mac);
        assert_null(rig_payment(&rig, 2));
        assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
        assert_int_equal(rig_card(&rig)->atc_last, 0);
    }
}

static void test_an_unauthenticated_repeat_learns_nothing(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = sale(2, 5000);
    uint8_t mab[64];

    rig_send(&rig, &event);
    rig_sign(&rig, &event, mab);
    event.message.mac[0] ^= 1;
    rig_run(&rig, &event, 1);
    assert_code(&rig.results[0], "A0");
    assert_memory_equal(rig.results[0].answer.message.auth_id, "\0\0\0\0\0\0", AUTH_ID_LEN);
}

static void test_sign_on_brings_new_keys(void **state)
{
    struct node_event events[2];
    struct keyblock before;

    (void)state;
    rig_build(&rig);
    before = rig_acquirer(&rig)->zone_mac;
    rig_sign_on(&rig);
    assert_code(&rig.results[0], "00");
    assert_int_equal(rig.results[0].what, WHAT_KEYS_CHANGED);
    assert_int_equal(rig.results[0].answer.message.keys_len, 40);
    assert_int_equal(rig_acquirer(&rig)->key_version, 2);
    assert_memory_equal(&rig_acquirer(&rig)->zone_mac_before, &before, sizeof before);
    for (size_t i = 0; i < 2; i++)
        events[i] = rig_event(&rig, KIND_SIGN_IN, FUNCTION_REQUEST, 7);
    rig.put_off = 0;
    rig_run(&rig, events, 2); /* the second is asked anew, on top of the first */
    assert_int_equal(rig.put_off, 1);
    assert_int_equal(rig_acquirer(&rig)->key_version, 4);
    assert_memory_not_equal(&rig_acquirer(&rig)->zone_mac, &rig_acquirer(&rig)->zone_mac_before,
                            sizeof before);
}

/* A sign-on of a switch whose journal is at a record. */
static void sign_on_at(uint32_t epoch, uint64_t sequence)
{
    struct node_event event = rig_event(&rig, KIND_SIGN_IN, FUNCTION_REQUEST, 1);

    event.message.network_code = 1;
    event.message.mark = (struct store_mark){.node = 1, .epoch = epoch, .sequence = sequence};
    rig.wall.us += 2000000;
    event.message.sent = rig.wall;
    rig_run(&rig, &event, 1);
}

static void test_a_switch_that_went_back_is_refused(void **state)
{
    uint8_t mab[64];

    (void)state;
    rig_build(&rig);
    sign_on_at(3, 5000);
    assert_code(&rig.results[0], "00");
    sign_on_at(4, 4000);
    assert_code(&rig.results[0], outcome_row(OUTCOME_ZONE_BOOKS_APART)->code);
    assert_int_equal(rig.results[0].what, WHAT_BOOKS_APART);
    assert_true(rig.results[0].answer.message.mark.is_apart);
    assert_int_equal(rig_acquirer(&rig)->key_version, 2);
    struct node_event event = sale(2, 5000);
    rig_sign(&rig, &event, mab);
    rig_run(&rig, &event, 1);
    assert_code(&rig.results[0], outcome_row(OUTCOME_ZONE_BOOKS_APART)->code);
    assert_null(rig_payment(&rig, 2));
    struct node_event undo = rig_reversal(&rig, 2, 5000); /* it may be of what was approved since */
    rig_sign(&rig, &undo, mab);
    rig_run(&rig, &undo, 1);
    assert_code(&rig.results[0], outcome_row(OUTCOME_ZONE_BOOKS_APART)->code);
    assert_false(rig.results[0].answer.seal.make_mac); /* so it stays owed */
    sign_on_at(4, 5000); /* the right store after all */
    assert_code(&rig.results[0], "00");
    event = sale(3, 5000);
    rig_sign(&rig, &event, mab);
    rig_run(&rig, &event, 1);
    assert_code(&rig.results[0], "00");
}

static void test_the_key_before_serves_what_was_on_its_way(void **state)
{
    uint8_t mab[64];

    (void)state;
    rig_build(&rig);
    struct node_event event = sale(2, 5000);
    rig_sign(&rig, &event, mab);
    rig_sign_on(&rig);
    rig_run(&rig, &event, 1);
    assert_code(&rig.results[0], "00"); /* its PIN is read under the key that it came with */
    assert_int_equal(rig_card(&rig)->pin_tries, 0);
    assert_memory_equal(&rig.results[0].answer.seal.mac.block, &rig_acquirer(&rig)->zone_mac_before,
                        sizeof(struct keyblock)); /* and its answer is sealed by it as well */
    event.wall = instant_add_ms(rig.wall, 30001);
    rig_run(&rig, &event, 1);
    assert_code(&rig.results[0], "A0");
}

static void test_echo_moves_nothing(void **state)
{
    (void)state;
    rig_build(&rig);
    uint64_t sequence = rig.sequence;
    struct node_event event = rig_event(&rig, KIND_ECHO, FUNCTION_REQUEST, 0);
    event.message.network_code = 301;
    rig_run(&rig, &event, 1);
    assert_code(&rig.results[0], "00");
    assert_int_equal(rig.results[0].answer.message.network_code, 301);
    assert_int_equal(rig.sequence, sequence);
    event.message.identity.acquirer[0] = '9';
    rig_run(&rig, &event, 1);
    assert_code(&rig.results[0], "A0");
}

static void test_a_garbled_request_is_answered_without_a_mac(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = sale(2, 5000);
    event.kind = EVENT_GARBLED;
    event.fault = (struct txn_fault){.field = 4, .expected = "12 digits", .found = "a letter"};
    rig_run(&rig, &event, 1);
    assert_code(&rig.results[0], "30");
    assert_false(rig.results[0].answer.message.has_mac);
    event.message.function = FUNCTION_RESPONSE;
    rig_run(&rig, &event, 1);
    assert_false(rig.results[0].has_answer);
}

static void test_events_of_others_are_nothing_to_it(void **state)
{
    (void)state;
    rig_build(&rig);
    uint64_t sequence = rig.sequence;
    for (enum event_kind kind = EVENT_START; kind < EVENT_KIND_COUNT; kind++) {
        struct node_event event = sale(2, 5000);

        if (kind == EVENT_MESSAGE)
            event.message.function = FUNCTION_RESPONSE;
        if (kind == EVENT_GARBLED || kind == EVENT_COMMAND)
            continue;
        event.kind = kind;
        rig_run(&rig, &event, 1);
        assert_false(rig.results[0].has_answer);
    }
    assert_int_equal(rig.sequence, sequence);
}

static void test_an_operator_cannot_write_a_balance(void **state)
{
    struct account_row account;
    struct row_key key = row_key_number(TABLE_ACCOUNT, RIG_ACCOUNT);

    (void)state;
    rig_build(&rig);
    account = *rig_account(&rig);
    account.balance_minor = 99999999;
    account.credit_limit_minor = 5000;
    rig_put(&rig, &key, &account, sizeof account);
    assert_int_equal(rig.results[0].displayed, OUTCOME_APPROVED);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
    assert_int_equal(rig_account(&rig)->credit_limit_minor, 5000);
    account.currency = 840;
    rig_put(&rig, &key, &account, sizeof account);
    assert_int_equal(rig.results[0].displayed, OUTCOME_MESSAGE_MALFORMED);
    assert_int_equal(rig_account(&rig)->currency, CURRENCY_CNY);
}

static void test_an_operator_unlocks_but_winds_no_counter_back(void **state)
{
    struct card_row card;

    (void)state;
    rig_build(&rig);
    struct node_event event = sale(9, 5000);
    rig_send(&rig, &event);
    rig_card(&rig)->pin_tries = 3;
    card = *rig_card(&rig);
    card.pin_tries = 0;
    card.atc_last = 0;
    card.daily_used_minor = 0;
    struct row_key key = row_key_of(TABLE_CARD, card.pan.hash.at, PAN_HASH_LEN);
    rig_put(&rig, &key, &card, sizeof card);
    assert_int_equal(rig_card(&rig)->pin_tries, 0);
    assert_int_equal(rig_card(&rig)->atc_last, 9);
    assert_int_equal(rig_card(&rig)->daily_used_minor, 5000);
}

static void test_an_operator_does_not_write_payments(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = sale(2, 5000);
    rig_send(&rig, &event);
    struct payment_row payment = *rig_payment(&rig, 2);
    struct row_key key = payment_row_key(&payment.identity);
    uint64_t sequence = rig.sequence;
    payment.money = MONEY_NOT_MOVED;
    rig_put(&rig, &key, &payment, sizeof payment);
    assert_int_equal(rig.results[0].displayed, OUTCOME_MESSAGE_MALFORMED);
    assert_int_equal(rig_payment(&rig, 2)->money, MONEY_MOVED);
    key = row_key_number(TABLE_ACCOUNT, RIG_ACCOUNT);
    rig_put(&rig, &key, &payment, sizeof(struct account_row) - 1);
    assert_int_equal(rig.results[0].displayed, OUTCOME_MESSAGE_MALFORMED);
    assert_int_equal(rig.sequence, sequence);
}

static void bad_layout(struct card_row *card)
{
    card->layout++;
}

static void bad_state(struct card_row *card)
{
    card->state = RECORD_STATE_COUNT;
}

static void bad_month(struct card_row *card)
{
    card->expiry = 2813;
}

static void bad_tries(struct card_row *card)
{
    card->pin_tries_max = 0;
}

static void bad_hash(struct card_row *card)
{
    card->pan.hash.at[0] ^= 1;
}

static void bad_limit(struct card_row *card)
{
    card->daily_limit_minor = -1;
}

static void bad_service(struct card_row *card)
{
    card->service_code[2] = 'x';
}

static void test_rows_that_rules_cannot_work_with_are_refused(void **state)
{
    static void (*const changes[])(struct card_row *) = {
        bad_layout, bad_state, bad_month, bad_tries, bad_hash, bad_limit, bad_service,
    };
    struct row_key config_key = row_key_of(TABLE_CONFIG, NULL, 0);

    (void)state;
    rig_build(&rig);
    struct row_key key = row_key_of(TABLE_CARD, rig_card(&rig)->pan.hash.at, PAN_HASH_LEN);
    for (size_t i = 0; i < ARRAY_COUNT(changes); i++) {
        struct card_row card = *rig_card(&rig);
        changes[i](&card);
        rig_put(&rig, &key, &card, sizeof card);
        assert_int_equal(rig.results[0].displayed, OUTCOME_MESSAGE_MALFORMED);
        assert_int_equal(rig_card(&rig)->expiry, RIG_EXPIRY);
    }
    struct config_row config = *rig_config(&rig);
    config.party = PARTY_ACQUIRER;
    rig_put(&rig, &config_key, &config, sizeof config);
    assert_int_equal(rig.results[0].displayed, OUTCOME_MESSAGE_MALFORMED);
    struct acquirer_row acquirer = *rig_acquirer(&rig);
    key = issuer_setup_acquirer_key(&acquirer);
    acquirer.acquirer[0] = '9'; /* under another's key */
    rig_put(&rig, &key, &acquirer, sizeof acquirer);
    assert_int_equal(rig.results[0].displayed, OUTCOME_MESSAGE_MALFORMED);
    struct account_row account = *rig_account(&rig);
    key = issuer_setup_account_key(&account);
    account.credit_limit_minor = -1;
    rig_put(&rig, &key, &account, sizeof account);
    assert_int_equal(rig.results[0].displayed, OUTCOME_MESSAGE_MALFORMED);
}

static void test_keys_asked_for_may_exist(void **state)
{
    static const enum key_usage usages[] = {KEY_PAN_STORE, KEY_PAN_INDEX, KEY_CVK,
                                            KEY_PVK,       KEY_IMK_AC,    KEY_ZMK};
    struct key_owner owner;

    (void)state;
    assert_int_equal(key_owner_from(RIG_ISSUER, &owner), OK);
    for (size_t i = 0; i < ARRAY_COUNT(usages); i++) {
        struct key_wish wish = issuer_setup_wish(usages[i], &owner);
        assert_true(key_usage_allows(wish.usage, wish.algorithm, wish.mode));
        assert_true(key_owner_equal(&wish.owner, &owner));
    }
}

static void test_funding_is_posted_and_bounded(void **state)
{
    (void)state;
    rig_build(&rig);
    assert_int_equal(rig_fund(&rig, 1), OUTCOME_APPROVED);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING + 1);
    assert_int_equal(rig_fund(&rig, 0), OUTCOME_TERMINAL_AMOUNT_INVALID);
    assert_int_equal(rig_fund(&rig, -5), OUTCOME_TERMINAL_AMOUNT_INVALID);
    assert_int_equal(rig_fund(&rig, MONEY_MINOR_MAX), OUTCOME_APPROVED);
    assert_int_equal(rig_fund(&rig, MONEY_MINOR_MAX + 1), OUTCOME_TERMINAL_AMOUNT_INVALID);
    struct row_key key = row_key_number(TABLE_ACCOUNT, RIG_ACCOUNT);
    rig_row(&rig, &key)->found = false;
    assert_int_equal(rig_fund(&rig, 1), OUTCOME_ORIGINAL_NOT_FOUND);
}

static void test_an_empty_store_refuses_and_does_not_fall(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = sale(2, 5000);
    uint8_t mab[64];
    rig_sign(&rig, &event, mab);
    rig.row_count = 0;
    rig.entry_count = 0;
    rig_run(&rig, &event, 1);
    assert_code(&rig.results[0], "96");
    event = rig_event(&rig, KIND_SIGN_IN, FUNCTION_REQUEST, 1);
    rig_run(&rig, &event, 1);
    assert_false(memcmp(rig.results[0].answer.message.code, "00", 2) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_approved_sale_is_posted_and_sealed),
        cmocka_unit_test(test_a_repeat_is_answered_from_the_record),
        cmocka_unit_test(test_a_repeat_in_the_same_batch_posts_once),
        cmocka_unit_test(test_what_is_not_known_is_not_vouched_for),
        cmocka_unit_test(test_other_content_under_an_identity_is_a_replay),
        cmocka_unit_test(test_reversals_in_every_order),
        cmocka_unit_test(test_orders_hold_within_one_batch_too),
        cmocka_unit_test(test_a_tombstone_refuses_its_payment_for_ever),
        cmocka_unit_test(test_a_reversal_must_fit_its_payment),
        cmocka_unit_test(test_a_refusal_is_reversed_by_doing_nothing),
        cmocka_unit_test(test_counters_go_back_only_on_their_day),
        cmocka_unit_test(test_a_reversal_waits_for_a_damaged_account),
        cmocka_unit_test(test_a_reversal_does_without_a_card_that_is_gone),
        cmocka_unit_test(test_a_hundred_guesses_at_once_are_three),
        cmocka_unit_test(test_the_right_pin_clears_the_tries),
        cmocka_unit_test(test_a_refusal_before_the_pin_says_nothing_of_it),
        cmocka_unit_test(test_pin_failures_look_alike),
        cmocka_unit_test(test_what_is_not_authenticated_changes_nothing),
        cmocka_unit_test(test_an_unauthenticated_repeat_learns_nothing),
        cmocka_unit_test(test_sign_on_brings_new_keys),
        cmocka_unit_test(test_a_switch_that_went_back_is_refused),
        cmocka_unit_test(test_the_key_before_serves_what_was_on_its_way),
        cmocka_unit_test(test_echo_moves_nothing),
        cmocka_unit_test(test_a_garbled_request_is_answered_without_a_mac),
        cmocka_unit_test(test_events_of_others_are_nothing_to_it),
        cmocka_unit_test(test_an_operator_cannot_write_a_balance),
        cmocka_unit_test(test_an_operator_unlocks_but_winds_no_counter_back),
        cmocka_unit_test(test_an_operator_does_not_write_payments),
        cmocka_unit_test(test_rows_that_rules_cannot_work_with_are_refused),
        cmocka_unit_test(test_keys_asked_for_may_exist),
        cmocka_unit_test(test_funding_is_posted_and_bounded),
        cmocka_unit_test(test_an_empty_store_refuses_and_does_not_fall),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

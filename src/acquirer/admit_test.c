/* Each refusal with its evidence, and which of two comes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "node/standing.h"
#include "test/lib/switch_world.h"

static void break_amount(struct txn_message *message)
{
    message->amount.minor = 0;
}

static void break_amount_size(struct txn_message *message)
{
    message->amount.minor = MONEY_MINOR_MAX + 1;
}

static void break_currency(struct txn_message *message)
{
    message->amount.currency = 840;
}

static void break_no_amount(struct txn_message *message)
{
    message->amount = (struct money){0};
}

static void break_no_card(struct txn_message *message)
{
    message->pan.len = 0;
}

static void break_card(struct txn_message *message)
{
    message->pan.digits[3] = 'x';
}

static void break_track(struct txn_message *message)
{
    static const char track[] = CARD_OTHER "=2812101";

    memcpy(message->track2, track, sizeof track - 1);
    message->track2_len = sizeof track - 1;
}

static void break_pin_length(struct txn_message *message)
{
    message->pin_block_len = 7;
}

static void break_batch(struct txn_message *message)
{
    message->identity.batch = 1000000;
}

static void break_terminal(struct txn_message *message)
{
    (void)message;
    world_remove(world_terminal_key(TABLE_TERMINAL));
}

static void break_owner(struct txn_message *message)
{
    (void)message;
    if (world_terminal() != NULL)
        memcpy(world_terminal()->merchant, "M2", 2);
}

static void break_mac(struct txn_message *message)
{
    (void)message;
    memcpy(world_keys()->mac_check, "\x1A\x2B\x3C\x4D", 4);
}

static void break_state(struct txn_message *message)
{
    (void)message;
    if (world_terminal() != NULL)
        world_terminal()->state = RECORD_FROZEN;
}

static void break_merchant(struct txn_message *message)
{
    char id[MERCHANT_ID_LEN];

    (void)message;
    CHECK(identity_id_from_text(MERCHANT, ' ', id, sizeof id) == OK);
    world_remove(row_key_of(TABLE_MERCHANT, id, sizeof id));
}

static void break_merchant_state(struct txn_message *message)
{
    (void)message;
    if (world_merchant() != NULL)
        world_merchant()->state = RECORD_FROZEN;
}

static void break_training(struct txn_message *message)
{
    message->is_training = true;
}

static void break_running_batch(struct txn_message *message)
{
    (void)message;
    if (world_terminal() != NULL)
        world_terminal()->batch = 2;
}

static void break_kinds(struct txn_message *message)
{
    (void)message;
    if (world_terminal() != NULL)
        world_terminal()->kinds = 1U << KIND_BALANCE;
}

static void break_pin(struct txn_message *message)
{
    message->pin_block[0] = 0xEE;
}

static void break_bin(struct txn_message *message)
{
    message->pan = world_pan("6210000100000000");
}

static void break_range(struct txn_message *message)
{
    message->pan = world_pan("6200000900000000");
}

static void break_limit(struct txn_message *message)
{
    (void)message;
    if (world_merchant() != NULL)
        world_merchant()->amount_max_minor = 9999;
}

static void break_books(struct txn_message *message)
{
    (void)message;
    world_issuer_link()->standing = STANDING_HE_IS_BEHIND;
}

static void break_link(struct txn_message *message)
{
    (void)message;
    world_issuer_link()->is_up = 0;
}

static void break_zone_key(struct txn_message *message)
{
    (void)message;
    world_issuer()->zone_pin = fake_key(KEY_ZPK, 7, "somebody");
}

enum how { SEALED, PLAIN }; /* with a MAC and a row; or neither */

/* clang-format off */
static const struct refusal {
    void (*spoil)(struct txn_message *message);
    enum outcome outcome;
    enum how how;
    enum evidence_name evidence;
    const char *text;
} refusals[] = {
    { break_amount,         OUTCOME_MESSAGE_MALFORMED,      SEALED, EVIDENCE_FIELD,       "4" },
    { break_terminal,       OUTCOME_TERMINAL_UNKNOWN,       SEALED, EVIDENCE_FOUND,       "T1" },
    { break_owner,          OUTCOME_TERMINAL_UNKNOWN,       SEALED, EVIDENCE_EXPECTED,    "M2" },
    { break_mac,            OUTCOME_MESSAGE_MAC_WRONG,      PLAIN,  EVIDENCE_CHECK_VALUE, "1A2B3C4D" },
    { break_state,          OUTCOME_TERMINAL_DISABLED,      SEALED, EVIDENCE_STATE,       "frozen" },
    { break_merchant,       OUTCOME_MERCHANT_UNKNOWN,       SEALED, EVIDENCE_FOUND,       "M1" },
    { break_merchant_state, OUTCOME_MERCHANT_FROZEN,        SEALED, EVIDENCE_STATE,       "frozen" },
    { break_training,       OUTCOME_TRAINING_MIXED,         SEALED, EVIDENCE_EXPECTED,    "real" },
    { break_running_batch,  OUTCOME_TERMINAL_BATCH_UNKNOWN, SEALED, EVIDENCE_EXPECTED,    "2" },
    { break_kinds,          OUTCOME_TERMINAL_NOT_PERMITTED, SEALED, EVIDENCE_FOUND,       "sale" },
    { break_pin,            OUTCOME_PIN_FORMAT_WRONG,       SEALED, EVIDENCE_CHECK_VALUE, "00000000" },
    { break_bin,            OUTCOME_CARD_BIN_UNKNOWN,       SEALED, EVIDENCE_BIN,         "621000" },
    { break_range,          OUTCOME_CARD_RESTRICTED_BIN,    SEALED, EVIDENCE_BIN,         "620000" },
    { break_limit,          OUTCOME_AMOUNT_ABOVE_MAXIMUM,   SEALED, EVIDENCE_ASKED,       "100.00" },
    { break_books,          OUTCOME_ISSUER_BOOKS_APART,     SEALED, EVIDENCE_STATE,       "the issuer is behind" },
    { break_link,           OUTCOME_ISSUER_UNREACHABLE,     SEALED, EVIDENCE_STATE,       "not signed on" },
    { break_zone_key,       OUTCOME_SWITCH_FAULT,           SEALED, EVIDENCE_COMPONENT,   "pin translation" },
}, malformed[] = {
    { break_amount_size, OUTCOME_MESSAGE_MALFORMED, SEALED, EVIDENCE_FIELD, "4" },
    { break_no_amount,   OUTCOME_MESSAGE_MALFORMED, SEALED, EVIDENCE_FIELD, "4" },
    { break_currency,    OUTCOME_MESSAGE_MALFORMED, SEALED, EVIDENCE_FIELD, "49" },
    { break_no_card,     OUTCOME_MESSAGE_MALFORMED, SEALED, EVIDENCE_FIELD, "2" },
    { break_card,        OUTCOME_MESSAGE_MALFORMED, SEALED, EVIDENCE_FIELD, "2" },
    { break_track,       OUTCOME_MESSAGE_MALFORMED, SEALED, EVIDENCE_FIELD, "35" },
    { break_pin_length,  OUTCOME_MESSAGE_MALFORMED, SEALED, EVIDENCE_FIELD, "52" },
};
/* clang-format on */

static void say(const struct txn_message *message, bool mac_is_wrong)
{
    struct keyblock mak = mac_is_wrong ? fake_key(KEY_MAK, 99, TERMINAL) : world_keys()->mac;

    world_terminal_says_with(message, &mak);
}

static void expect_code(enum outcome outcome, enum how how)
{
    const struct world_sent *reply = world_sent(TILL_LINK);

    assert_int_equal(world.sent_count, 1);
    assert_non_null(reply);
    assert_memory_equal(reply->message.code, outcome_row(outcome)->code, 2);
    assert_int_equal(reply->message.function, FUNCTION_RESPONSE);
    assert_int_equal(reply->seal.make_mac, how == SEALED);
    assert_int_equal(reply->message.has_mac, how == SEALED);
    assert_int_equal(world_record()->outcome, outcome);
    assert_int_equal(world_record()->what, WHAT_DECLINED);
}

static void expect_refusal(const struct refusal *refusal, uint32_t trace)
{
    const struct payment_row *row = world_payment(trace);

    expect_code(refusal->outcome, refusal->how);
    if (refusal->how == PLAIN) {
        assert_null(row);
        return;
    }
    assert_non_null(row);
    assert_int_equal(row->stage, STAGE_ANSWERED);
    assert_int_equal(row->money, MONEY_NOT_MOVED);
    assert_int_equal(row->outcome, refusal->outcome);
    assert_int_equal(row->decided_by, PARTY_ACQUIRER);
    assert_int_equal(row->evidence[0].name, refusal->evidence);
    assert_string_equal(row->evidence[0].text, refusal->text);
}

static void refuse(const struct refusal *refusal)
{
    struct txn_message message = world_sale(42, 10000);

    refusal->spoil(&message);
    say(&message, refusal->spoil == break_mac);
    expect_refusal(refusal, 42);
}

static void test_each_refusal_carries_what_was_compared(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        world_open();
        refuse(&refusals[i]);
    }
    for (size_t i = 0; i < ARRAY_COUNT(malformed); i++) {
        world_open();
        refuse(&malformed[i]);
    }
}

static void test_a_terminal_that_is_ahead_of_restored_books(void **state)
{
    (void)state;
    world_open();
    world_lose(30);
    struct txn_message message = world_sale(42, 10000);
    message.identity.batch = 7;
    say(&message, true); /* not its own word */
    assert_int_equal(world_terminal()->batch, 1);
    say(&message, false);
    expect_code(OUTCOME_TERMINAL_AHEAD, SEALED);
    assert_true(world_record()->is_alarm);
    assert_int_equal(world_terminal()->batch, 7);
    message = world_sale(43, 10000);
    message.identity.batch = 7;
    say(&message, false);
    assert_non_null(world_sent(ISSUER_LINK));
    message = world_sale(44, 10000); /* what it has settled is closed to us, too */
    say(&message, false);
    expect_code(OUTCOME_TERMINAL_BATCH_UNKNOWN, SEALED);
}

static void test_a_refusal_is_repeated_although_its_cause_is_gone(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        if (refusals[i].how == PLAIN)
            continue;
        struct txn_message message = world_sale(42, 10000);
        world_open();
        refusals[i].spoil(&message);
        say(&message, false);
        size_t records = world.record_count;
        struct payment_row before = *world_payment(42);
        say(&message, false);
        assert_int_equal(world.sent_count, 1);
        assert_memory_equal(world.sent[0].message.code, outcome_row(refusals[i].outcome)->code, 2);
        assert_true(world.sent[0].seal.make_mac);
        assert_int_equal(world.record_count, records);
        assert_memory_equal(world_payment(42), &before, sizeof before);
    }
}

/* A PIN block says nothing while no zone key can re-wrap it, nor a card while its range decides. */
static bool hide_each_other(size_t i, size_t j)
{
    enum outcome a = refusals[i].outcome;
    enum outcome b = refusals[j].outcome;

    return a == b ||
           (a == OUTCOME_PIN_FORMAT_WRONG &&
            (b == OUTCOME_CARD_BIN_UNKNOWN || b == OUTCOME_SWITCH_FAULT)) ||
           (a == OUTCOME_CARD_BIN_UNKNOWN && b == OUTCOME_CARD_RESTRICTED_BIN);
}

static void test_of_two_causes_the_first_of_the_table_is_given(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        for (size_t j = i + 1; j < ARRAY_COUNT(refusals); j++) {
            struct txn_message message = world_sale(42, 10000);
            if (hide_each_other(i, j))
                continue;
            assert_true(outcome_rank(refusals[i].outcome) <= outcome_rank(refusals[j].outcome));
            world_open();
            refusals[j].spoil(&message);
            refusals[i].spoil(&message);
            bool is_forged = refusals[i].spoil == break_mac || refusals[j].spoil == break_mac;
            say(&message, is_forged);
            expect_code(refusals[i].outcome, is_forged ? PLAIN : SEALED);
        }
    }
}

static void test_nobody_without_the_key_makes_a_payment_row(void **state)
{
    struct keyblock none = {{0}};
    struct txn_message message;

    (void)state;
    world_open();
    message = world_sale(42, 10000);
    world_terminal_says_with(&message, &none);
    expect_code(OUTCOME_MESSAGE_MAC_WRONG, PLAIN);
    assert_null(world_payment(42));
    world_remove(world_terminal_key(TABLE_TERMINAL_KEYS));
    world_terminal_says_with(&message, &none);
    expect_code(OUTCOME_MESSAGE_MAC_WRONG, PLAIN);
    assert_null(world_payment(42));
    world_remove(world_terminal_key(TABLE_TERMINAL));
    world_terminal_says_with(&message, &none);
    expect_code(OUTCOME_TERMINAL_UNKNOWN, PLAIN);
    assert_null(world_payment(42));
    break_amount(&message);
    world_terminal_says_with(&message, &none);
    expect_code(OUTCOME_MESSAGE_MALFORMED, PLAIN);
    assert_null(world_payment(42));
}

static void test_a_wrong_identity_makes_no_row(void **state)
{
    struct txn_message message;

    (void)state;
    world_open();
    message = world_sale(0, 10000);
    say(&message, false);
    expect_code(OUTCOME_MESSAGE_MALFORMED, PLAIN);
    assert_null(world_payment(0));
    message = world_sale(42, 10000);
    world.writes = false; /* no dialect can carry it */
    break_batch(&message);
    say(&message, false);
    expect_code(OUTCOME_MESSAGE_MALFORMED, PLAIN);
}

static void test_a_wrong_mac_tells_the_check_value(void **state)
{
    struct txn_message message;

    (void)state;
    world_open();
    message = world_sale(42, 10000);
    break_mac(&message);
    say(&message, true);
    assert_string_equal(world.sent[0].message.text, "MAK 1A2B3C4D");
    message = world_sale(43, 0);
    say(&message, false);
    assert_int_equal(world_payment(43)->evidence[2].name, EVIDENCE_FOUND);
    assert_string_equal(world_payment(43)->evidence[2].text, "0");
}

static void test_without_the_hsm_nothing_is_decided(void **state)
{
    struct txn_message message;

    (void)state;
    world_open();
    message = world_sale(42, 10000);
    world.hsm_is_down = true;
    say(&message, false);
    expect_code(OUTCOME_SWITCH_FAULT, PLAIN);
    assert_null(world_payment(42));
    world.hsm_is_down = false;
    world.hsm_fails = HSM_PAN_PROTECT;
    world.hsm_failure = HSM_DOWN;
    say(&message, false);
    expect_code(OUTCOME_SWITCH_FAULT, PLAIN);
    assert_null(world_payment(42));
    world.hsm_failure = HSM_OK;
    say(&message, false);
    assert_int_equal(world_payment(42)->stage, STAGE_SENT);
}

static void test_without_its_config_the_switch_only_refuses(void **state)
{
    struct txn_message message;

    (void)state;
    world_open();
    message = world_sale(42, 10000);
    world_remove(row_key_of(TABLE_CONFIG, NULL, 0));
    say(&message, false);
    expect_code(OUTCOME_SWITCH_FAULT, PLAIN);
    assert_null(world_payment(42));
}

static void test_the_key_before_starts_no_payment(void **state)
{
    struct txn_message message;
    struct keyblock old;

    (void)state;
    world_open();
    old = world_keys()->mac;
    world_keys()->mac_before = old;
    world_keys()->mac = fake_key(KEY_MAK, 55, TERMINAL);
    world_keys()->changed = world.wall;
    message = world_sale(42, 10000);
    world_terminal_says_with(&message, &old);
    expect_code(OUTCOME_MESSAGE_MAC_WRONG, PLAIN);
    assert_null(world_payment(42));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_refusal_carries_what_was_compared),
        cmocka_unit_test(test_a_refusal_is_repeated_although_its_cause_is_gone),
        cmocka_unit_test(test_a_terminal_that_is_ahead_of_restored_books),
        cmocka_unit_test(test_of_two_causes_the_first_of_the_table_is_given),
        cmocka_unit_test(test_nobody_without_the_key_makes_a_payment_row),
        cmocka_unit_test(test_a_wrong_identity_makes_no_row),
        cmocka_unit_test(test_a_wrong_mac_tells_the_check_value),
        cmocka_unit_test(test_without_the_hsm_nothing_is_decided),
        cmocka_unit_test(test_without_its_config_the_switch_only_refuses),
        cmocka_unit_test(test_the_key_before_starts_no_payment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

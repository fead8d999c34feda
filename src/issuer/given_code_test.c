#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RIG_CHECK(condition) assert_true(condition)
#include "issuer/given_code.h"
#include "test/lib/issuer_rig.h"

#define OPENING 100000

static struct rig rig;
static uint64_t seed;

static const struct node_display *give(enum txn_kind kind, int64_t minor)
{
    struct node_command command = {
        .kind = COMMAND_GIVE_CODE, .transaction = kind, .amount = money_of(minor, CURRENCY_CNY)};
    struct node_event event = {
        .kind = EVENT_COMMAND, .wall = rig.wall, .ticket = 1, .command = &command};
    struct pan_hash hash = rig_pan_hash(&rig.pan);

    command.key = row_key_of(TABLE_CARD, hash.at, sizeof hash.at);
    bytes_put_u64(event.entropy, ++seed * 0x9E3779B97F4A7C15U);
    rig_run(&rig, &event, 1);
    return &rig_works[0].effects.display;
}

static void build(void)
{
    rig_build(&rig);
    memcpy(rig_config(&rig)->policy.code_prefix, "62000012", 8);
}

static struct node_event by_code(uint32_t trace, const struct payment_row *shown, int64_t minor)
{
    struct node_event event = rig_event(&rig, KIND_SALE, FUNCTION_REQUEST, trace);

    event.message.entry = ENTRY_QR;
    event.message.amount = money_of(minor, CURRENCY_CNY);
    memcpy(event.message.qr_code, shown->qr_code, QR_CODE_LEN);
    return event;
}

static struct node_event offline(uint32_t trace, const struct payment_row *shown, int64_t minor)
{
    struct node_event event = rig_event(&rig, KIND_OFFLINE_SALE, FUNCTION_REQUEST, trace);

    event.message.entry = ENTRY_KEYED;
    event.message.pan = rig.pan;
    event.message.expiry = RIG_EXPIRY;
    event.message.amount = money_of(minor, CURRENCY_CNY);
    memcpy(event.message.auth_id, shown->auth_id, AUTH_ID_LEN);
    return event;
}

static void assert_code(struct node_event event, const char *code, enum outcome outcome)
{
    const struct rig_result *result = rig_send(&rig, &event);

    assert_memory_equal(result->answer.message.code, code, RESPONSE_CODE_LEN);
    if (result->what != WHAT_NONE)
        assert_int_equal(result->outcome, outcome);
}

static void test_a_payment_code_pays_once(void **state)
{
    (void)state;
    build();
    struct payment_row shown = give(KIND_SALE, 50000)->payment;
    assert_memory_equal(shown.qr_code, "62000012", 8);
    assert_true(bytes_are_digits(shown.qr_code, PAYMENT_CODE_LEN));
    assert_int_equal(shown.qr_code[PAYMENT_CODE_LEN], 0);

    struct node_event event = by_code(2, &shown, 12850);
    assert_code(event, "00", OUTCOME_APPROVED);
    struct txn_message answer = rig.results[0].answer.message;
    assert_true(bytes_are_digits(answer.qr_code, QR_CODE_LEN));
    assert_memory_equal(answer.qr_code, "20261122", 8);
    assert_false(rig.results[0].answer.seal.make_arpc);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING - 12850);
    assert_string_equal(rig_payment(&rig, 2)->pan.masked.at, "620000******7895");
    assert_code(event, "00", OUTCOME_APPROVED); /* a repeat, with the same voucher */
    assert_memory_equal(rig.results[0].answer.message.qr_code, answer.qr_code, QR_CODE_LEN);

    assert_code(by_code(3, &shown, 100), "22", OUTCOME_QR_USED);
    assert_string_equal(rig_payment(&rig, 3)->evidence[0].text, "T0000001/000001/000002");
    struct node_event reversal = rig_reversal_of(&rig, &event);
    assert_code(reversal, "00", OUTCOME_APPROVED);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
    assert_code(by_code(4, &shown, 100), "22", OUTCOME_QR_USED); /* and frees nothing */
}

static void test_a_payment_by_code_may_be_voided(void **state)
{
    (void)state;
    build();
    struct payment_row shown = give(KIND_SALE, 50000)->payment;
    assert_code(by_code(2, &shown, 5000), "00", OUTCOME_APPROVED);
    assert_code(rig_follow(&rig, KIND_VOID, 3, 2, 5000), "00", OUTCOME_APPROVED);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
}

static void test_a_code_ends_in_time(void **state)
{
    (void)state;
    build();
    struct payment_row shown = give(KIND_SALE, 50000)->payment;
    struct payment_row other = give(KIND_SALE, 50000)->payment;
    rig.wall = instant_add_ms(rig.wall, PAYMENT_CODE_LIFE_MS - 1);
    assert_code(by_code(2, &shown, 100), "00", OUTCOME_APPROVED);
    rig.wall = instant_add_ms(rig.wall, 1);
    assert_code(by_code(3, &other, 100), "54", OUTCOME_QR_EXPIRED);
}

static void test_a_code_that_nobody_gave_is_unknown(void **state)
{
    (void)state;
    build();
    struct payment_row shown = give(KIND_SALE, 50000)->payment;
    shown.qr_code[12] = shown.qr_code[12] == '9' ? '0' : (char)(shown.qr_code[12] + 1);
    assert_code(by_code(2, &shown, 100), "14", OUTCOME_QR_UNKNOWN);
    shown.qr_code[12] = 'x';
    assert_code(by_code(3, &shown, 100), "30", OUTCOME_MESSAGE_MALFORMED);
    memset(shown.qr_code, 0, sizeof shown.qr_code);
    assert_code(by_code(4, &shown, 100), "30", OUTCOME_MESSAGE_MALFORMED);
}

/* The code stands for the card: its state, limits and money count as ever; its PIN does not. */
static void test_a_code_stands_for_its_card(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        build();
        struct payment_row shown = give(KIND_SALE, 50000)->payment;
        struct node_event event = by_code(2, &shown, way == 1 ? 50001 : 40000);
        if (way == 0)
            rig_card(&rig)->state = RECORD_FROZEN;
        if (way == 2)
            rig_account(&rig)->credit_limit_minor = -70000;
        if (way == 3)
            rig_card(&rig)->pin_tries = 3;
        static const enum outcome outcomes[] = {OUTCOME_CARD_FROZEN, OUTCOME_LIMIT_PER_PAYMENT,
                                                OUTCOME_ACCOUNT_FUNDS_SHORT,
                                                OUTCOME_PIN_TRIES_EXCEEDED};
        assert_code(event, outcome_row(outcomes[way])->code, outcomes[way]);
        assert_code(by_code(3, &shown, 100),
                    way == 0 || way == 3 ? outcome_row(outcomes[way])->code : "00",
                    way == 0 || way == 3 ? outcomes[way] : OUTCOME_APPROVED);
    }
}

static void test_another_code_under_an_identity_is_a_replay(void **state)
{
    (void)state;
    build();
    struct payment_row shown = give(KIND_SALE, 50000)->payment;
    struct payment_row other = give(KIND_SALE, 50000)->payment;
    assert_code(by_code(2, &shown, 100), "00", OUTCOME_APPROVED);
    assert_code(by_code(2, &other, 100), "94", OUTCOME_MESSAGE_REPLAYED);
}

static void test_an_offline_sale_needs_its_code(void **state)
{
    (void)state;
    build();
    struct payment_row shown = give(KIND_OFFLINE_SALE, 60000)->payment;
    assert_true(bytes_are_digits(shown.auth_id, AUTH_ID_LEN));
    struct payment_row wrong = shown;
    wrong.auth_id[0] = wrong.auth_id[0] == '9' ? '0' : (char)(wrong.auth_id[0] + 1);
    assert_code(offline(2, &wrong, 60000), "12", OUTCOME_VOICE_CODE_WRONG);
    assert_string_equal(rig_payment(&rig, 2)->evidence[0].text, "no such code");
    assert_code(offline(3, &shown, 60001), "12", OUTCOME_VOICE_CODE_WRONG);
    assert_string_equal(rig_payment(&rig, 3)->evidence[0].text, "amount of the code");
    struct node_event event = offline(4, &shown, 60000);
    assert_code(event, "00", OUTCOME_APPROVED);
    assert_memory_equal(rig.results[0].answer.message.auth_id, shown.auth_id, AUTH_ID_LEN);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING - 60000);
    assert_code(event, "00", OUTCOME_APPROVED);
    assert_code(offline(5, &shown, 100), "12", OUTCOME_VOICE_CODE_WRONG);
    assert_string_equal(rig_payment(&rig, 5)->evidence[0].text, "code was used");
    assert_code(rig_follow(&rig, KIND_REFUND, 6, 4, 60000), "00", OUTCOME_APPROVED);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
}

/* The bank has given its word: what became of card and balance since is no matter. */
static void test_a_code_by_voice_is_a_promise(void **state)
{
    (void)state;
    build();
    struct payment_row shown = give(KIND_OFFLINE_SALE, 60000)->payment;
    struct node_event spent = rig_request(&rig, ENTRY_CHIP, 2, 90000);
    rig_send(&rig, &spent);
    rig_card(&rig)->state = RECORD_FROZEN;
    rig.wall = instant_add_ms(rig.wall, VOICE_CODE_LIFE_MS - 1);
    assert_code(offline(3, &shown, 60000), "00", OUTCOME_APPROVED);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING - 150000);
    shown = (struct payment_row){0};
    build();
    shown = give(KIND_OFFLINE_SALE, 60000)->payment;
    rig.wall = instant_add_ms(rig.wall, VOICE_CODE_LIFE_MS);
    assert_code(offline(3, &shown, 60000), "12", OUTCOME_VOICE_CODE_WRONG);
    assert_string_equal(rig_payment(&rig, 3)->evidence[0].text, "code has expired");
}

static void test_codes_are_not_given_for_nothing(void **state)
{
    (void)state;
    build();
    assert_int_equal(give(KIND_OFFLINE_SALE, OPENING + 1)->outcome, OUTCOME_ACCOUNT_FUNDS_SHORT);
    assert_int_equal(give(KIND_SALE, 0)->outcome, OUTCOME_TERMINAL_AMOUNT_INVALID);
    assert_int_equal(give(KIND_REFUND, 100)->outcome, OUTCOME_TRANSACTION_UNSUPPORTED);
    seed--;
    uint64_t same = seed;
    assert_int_equal(give(KIND_SALE, 100)->outcome, OUTCOME_APPROVED);
    seed = same;
    assert_int_equal(give(KIND_SALE, 100)->outcome, OUTCOME_ISSUER_FAULT); /* drawn before */
    rig_card(&rig)->state = RECORD_LOST;
    assert_int_equal(give(KIND_SALE, 100)->outcome, OUTCOME_TRANSACTION_NOT_FOR_CARD);
    memset(rig_config(&rig)->policy.code_prefix, 0, 8);
    assert_int_equal(give(KIND_SALE, 100)->outcome, OUTCOME_TRANSACTION_UNSUPPORTED);
}

static void test_a_damaged_code_decides_nothing(void **state)
{
    (void)state;
    build();
    struct payment_row shown = give(KIND_SALE, 50000)->payment;
    for (size_t i = 0; i < rig.row_count; i++) {
        if (rig.rows[i].key.table == TABLE_GIVEN_CODE)
            rig.rows[i].len--;
    }
    assert_code(by_code(2, &shown, 100), "96", OUTCOME_ISSUER_FAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_payment_code_pays_once),
        cmocka_unit_test(test_a_payment_by_code_may_be_voided),
        cmocka_unit_test(test_a_code_ends_in_time),
        cmocka_unit_test(test_a_code_that_nobody_gave_is_unknown),
        cmocka_unit_test(test_a_code_stands_for_its_card),
        cmocka_unit_test(test_another_code_under_an_identity_is_a_replay),
        cmocka_unit_test(test_an_offline_sale_needs_its_code),
        cmocka_unit_test(test_a_code_by_voice_is_a_promise),
        cmocka_unit_test(test_codes_are_not_given_for_nothing),
        cmocka_unit_test(test_a_damaged_code_decides_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

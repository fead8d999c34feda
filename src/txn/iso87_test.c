#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "txn/iso87.h"
#include "wire/builtin.h"

#include <string.h>

#define WALL_US INT64_C(1795341600000000) /* 2026-11-22 10:00:00 UTC */

static struct dialect dialect;
static struct txn_profile iso;
static uint8_t body[FRAME_BODY_LEN_MAX];
static struct txn_message back;
static struct txn_decoded decoded;
static struct txn_encoded encoded;
static struct iso_view view;

static int compile(void **state)
{
    (void)state;
    assert_int_equal(builtin_compile("iso87-ascii", NULL, &dialect), OK);
    iso = (struct txn_profile){
        .mapping = MAPPING_ISO87, .dialect = &dialect, .currency = CURRENCY_CNY};
    return 0;
}

static enum err decode(size_t len)
{
    return txn_decode(&iso, bytes_over(body, len), (struct instant){WALL_US}, &back, &decoded);
}

static struct txn_message *request(enum txn_kind kind)
{
    static struct txn_message m;

    memset(&m, 0, sizeof m);
    m.kind = kind;
    m.function = FUNCTION_REQUEST;
    m.identity = (struct identity){.class = IDENTITY_PAYMENT, .batch = 2, .trace = 7};
    memcpy(m.identity.acquirer, "48020000", 8);
    memcpy(m.identity.terminal, "T1      ", TERMINAL_ID_LEN);
    memcpy(m.merchant, "898440153113507", MERCHANT_ID_LEN);
    m.sequence = -1;
    m.entry = ENTRY_CHIP;
    m.amount = money_of(12850, CURRENCY_CNY);
    m.sent.us = WALL_US;
    m.has_mac = true;
    if (kind_row(kind)->shape == SHAPE_FOLLOW_UP) {
        m.original = (struct original){.batch = 1, .trace = 42};
        return &m;
    }
    m.pan.len = 19;
    memcpy(m.pan.digits, "6222801234567890123", 19);
    return &m;
}

static void encode(const struct txn_message *m)
{
    struct iso_fault fault;

    assert_int_equal(txn_encode(&iso, m, body, sizeof body, &encoded), OK);
    assert_int_equal(iso_parse(&dialect, bytes_over(body, encoded.len), &view, &fault), OK);
    assert_int_equal(decode(encoded.len), OK);
    assert_int_equal(back.kind, m->kind);
    assert_int_equal(back.function, m->function);
}

/* Writes the message with another value in one field, or without it, and reads that. */
static enum err decode_with(const struct txn_message *m, unsigned field, const char *value)
{
    struct iso_message changed;
    struct iso_built built;
    struct iso_fault fault;
    static uint8_t room[FRAME_BODY_LEN_MAX];

    encode(m);
    iso_message_init(&changed, &dialect, view.mti);
    if (value != NULL)
        iso_set_z(&changed, field, value);
    iso_copy_rest(&changed, &view);
    if (value == NULL)
        iso_unset(&changed, field);
    assert_int_equal(iso_build(&changed, room, sizeof room, &built, &fault), OK);
    memcpy(body, room, built.len);
    return decode(built.len);
}

static void test_a_refund_names_what_it_gives_back(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_REFUND);

    encode(m);
    assert_int_equal(view.mti, 0x0220);
    assert_true(iso_is(&view, 48,
                       "01021PT1      000002000007"
                       "02021PT1      000001000042"
                       "0300225"));
    assert_int_equal(back.original.terminal[0], 0); /* its own */
    assert_int_equal(back.original.batch, 1);
    assert_int_equal(back.original.trace, 42);
    memcpy(m->original.terminal, "T2      ", TERMINAL_ID_LEN);
    encode(m);
    assert_memory_equal(back.original.terminal, "T2      ", TERMINAL_ID_LEN);
    assert_memory_equal(back.identity.terminal, "T1      ", TERMINAL_ID_LEN);
}

static void test_only_follow_ups_say_their_type(void **state)
{
    (void)state;
    encode(request(KIND_SALE));
    assert_true(iso_is(&view, 48, "01021PT1      000002000007"));
    encode(request(KIND_PREAUTH));
    assert_true(iso_is(&view, 48, "01021PT1      000002000007"));
    encode(request(KIND_OFFLINE_SALE));
    assert_true(iso_is(&view, 48, "01021PT1      0000020000070300230"));
    encode(request(KIND_TIP_ADJUST)); /* which DE 3 and 25 do not tell from it */
    assert_true(iso_is(&view, 3, "000000"));
}

static void test_a_reversal_says_what_it_reverses(void **state)
{
    (void)state;
    static const struct {
        enum txn_kind kind;
        const char *mti;
    } rows[] = {
        {KIND_SALE, "0200"},
        {KIND_VOID, "0200"},
        {KIND_PREAUTH, "0100"},
        {KIND_PREAUTH_VOID, "0100"},
        {KIND_INCREMENT, "0100"},
        {KIND_COMPLETION, "0200"},
        {KIND_COMPLETION_VOID, "0200"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char digits[42];
        size_t len;
        struct txn_message *m = request(rows[i].kind);
        m->function = FUNCTION_REVERSAL;
        m->original_sent.us = WALL_US - 60000000;
        encode(m);
        assert_int_equal(view.mti, 0x0420);
        assert_int_equal(back.identity.class, IDENTITY_REVERSAL);
        assert_int_equal(back.original_sent.us, m->original_sent.us);
        assert_int_equal(iso_get(&view, 90, digits, sizeof digits, &len), OK);
        assert_memory_equal(digits, rows[i].mti, 4);
        m->is_repeat = true;
        encode(m);
        assert_int_equal(view.mti, 0x0421);
        m->is_repeat = false;
        m->function = FUNCTION_REVERSAL_RESPONSE; /* which has no 90 */
        memcpy(m->code, "00", RESPONSE_CODE_LEN);
        encode(m);
        assert_int_equal(view.mti, 0x0430);
    }
}

static void test_an_advice_is_repeated_as_0221(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_COMPLETION_ADVICE);

    m->is_repeat = true;
    encode(m);
    assert_int_equal(view.mti, 0x0221);
    assert_true(back.is_repeat);
    m->function = FUNCTION_RESPONSE;
    m->is_repeat = false;
    memcpy(m->code, "00", RESPONSE_CODE_LEN);
    encode(m);
    assert_int_equal(view.mti, 0x0230);
}

/* A switch of others sends no elements: DE 90 names the original, DE 7 the batch. */
static void test_an_original_is_found_in_90_too(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_VOID);

    assert_int_equal(decode_with(m, 90, "020000004211210959590004802000000000000000"), OK);
    assert_int_equal(back.original.batch, 1); /* element 02 comes first */
    assert_int_equal(decode_with(m, 48, NULL), OK);
    assert_int_equal(back.original.trace, 0);
    m->original.trace = 0;
    assert_int_equal(decode_with(m, 90, "020000004211210959590004802000000000000000"), OK);
    assert_int_equal(back.original.trace, 42);
    assert_int_equal(back.original.date, 1121);
    assert_int_equal(back.original.batch, 1121);
}

static void test_what_is_neither_card_nor_code_nor_follow_up_is_malformed(void **state)
{
    (void)state;
    static const enum txn_kind kinds[] = {KIND_SALE, KIND_PREAUTH, KIND_OFFLINE_SALE};

    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct txn_message *m = request(kinds[i]);
        m->pan.len = 0;
        assert_int_equal(txn_encode(&iso, m, body, sizeof body, &encoded), ERR_BAD_VALUE);
        assert_int_equal(encoded.fault.field, 2);
        m->pan.len = 19;
        assert_int_equal(decode_with(m, 2, NULL), ERR_BAD_VALUE);
        assert_int_equal(decoded.fault.field, 2);
        m->pan.len = 0;
        m->entry = ENTRY_QR;
        memcpy(m->qr_code, "6220012345678901234", 19);
        encode(m);
        assert_true(iso_is(&view, 22, "032"));
        assert_true(iso_is(&view, 61, "QR0196220012345678901234"));
        assert_memory_equal(back.qr_code, m->qr_code, QR_CODE_LEN);
    }
}

static void test_an_answer_carries_the_voucher_and_no_verification_value(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_SALE);

    memcpy(m->cvv2, "123", 3);
    encode(m);
    assert_true(iso_is(&view, 61, "C2003123"));
    m->function = FUNCTION_RESPONSE;
    memcpy(m->code, "00", RESPONSE_CODE_LEN);
    memcpy(m->qr_code, "58210526789789570802", QR_CODE_LEN);
    encode(m);
    assert_true(iso_is(&view, 61, "QR02058210526789789570802"));
    assert_int_equal(decode_with(m, 61, "C2003123"), OK);
    assert_int_equal(back.cvv2[0], 0);
}

static void test_how_far_a_journal_is(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_ECHO);

    m->mark = (struct store_mark){.node = 1,
                                  .epoch = 4294967295U,
                                  .sequence = INT64_C(999999999999999999),
                                  .point.us = INT64_C(1795341600000001),
                                  .is_apart = true};
    encode(m);
    assert_int_equal(back.mark.node, 1);
    assert_int_equal(back.mark.epoch, 4294967295U);
    assert_int_equal(back.mark.sequence, INT64_C(999999999999999999));
    assert_int_equal(back.mark.point.us, INT64_C(1795341600001000)); /* never earlier */
    assert_true(back.mark.is_apart);
    assert_int_not_equal(decode_with(m, 7, "0101000000"), OK); /* said at another time */
    encode(m);
    body[encoded.len - 20] ^= 1; /* one digit of it */
    assert_int_not_equal(decode(encoded.len), OK);
    m->mark.sequence++;
    assert_int_equal(txn_encode(&iso, m, body, sizeof body, &encoded), ERR_BAD_VALUE);
}

static void test_parts_training_and_voice_codes(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_SALE);

    m->partial_ok = true;
    m->is_training = true;
    encode(m);
    assert_true(iso_is(&view, 48, "01021PT1      000002000007040011060011"));
    assert_true(back.partial_ok);
    assert_true(back.is_training);
    m = request(KIND_OFFLINE_SALE);
    m->auth_mode = 1;
    memcpy(m->auth_institution, "03080000", 8);
    encode(m);
    assert_true(iso_is(&view, 48, "01021PT1      0000020000070300230050100103080000"));
    assert_int_equal(back.auth_mode, 1);
    assert_memory_equal(back.auth_institution, "03080000\0\0\0", 11);
}

static void test_elements_that_cannot_be_are_named(void **state)
{
    (void)state;
    static const struct {
        unsigned field;
        const char *value;
        const char *expected;
    } rows[] = {
        {48, "02021RT1      000001000042", "a payment's class P"},
        {48, "02020PT1      00000100004", "an identity of 21"},
        {48, "02021PT1      00000100004x", "an identity of 21"},
        {48, "040012", "0 or 1"},
        {48, "0400211", "0 or 1"},
        {48, "06001x", "0 or 1"},
        {48, "050011", "2 to 13 digits in 05"},
        {48, "0501412345678901234", "2 to 13 digits in 05"},
        {48, "050031a3", "2 to 13 digits in 05"},
        {61, "QR000", "QR with 1 to 20 digits"},
        {61, "QR021123456789012345678901", "QR with 1 to 20 digits"},
        {61, "QR003abc", "QR with 1 to 20 digits"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(decode_with(request(KIND_REFUND), rows[i].field, rows[i].value),
                         ERR_BAD_VALUE);
        assert_int_equal(decoded.fault.field, rows[i].field);
        assert_string_equal(decoded.fault.expected, rows[i].expected);
    }
}

static void test_batch_messages_never_leave_the_switch(void **state)
{
    (void)state;
    for (enum txn_kind kind = KIND_SETTLE; kind < KIND_COUNT; kind++) {
        if (kind == KIND_QUERY)
            continue; /* which the switch asks, too */
        assert_int_equal(txn_encode(&iso, request(kind), body, sizeof body, &encoded),
                         ERR_BAD_VALUE);
        assert_int_equal(encoded.fault.field, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_refund_names_what_it_gives_back),
        cmocka_unit_test(test_only_follow_ups_say_their_type),
        cmocka_unit_test(test_a_reversal_says_what_it_reverses),
        cmocka_unit_test(test_an_advice_is_repeated_as_0221),
        cmocka_unit_test(test_an_original_is_found_in_90_too),
        cmocka_unit_test(test_what_is_neither_card_nor_code_nor_follow_up_is_malformed),
        cmocka_unit_test(test_an_answer_carries_the_voucher_and_no_verification_value),
        cmocka_unit_test(test_how_far_a_journal_is),
        cmocka_unit_test(test_parts_training_and_voice_codes),
        cmocka_unit_test(test_elements_that_cannot_be_are_named),
        cmocka_unit_test(test_batch_messages_never_leave_the_switch),
    };

    return cmocka_run_group_tests_name("iso87", tests, compile, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "txn/cup_pos.h"
#include "wire/builtin.h"

#include <string.h>

static struct dialect dialect;
static struct txn_profile cup;
static uint8_t body[FRAME_BODY_LEN_MAX];
static struct txn_message back;
static struct txn_decoded decoded;

static int compile(void **state)
{
    (void)state;
    assert_int_equal(builtin_compile("cup-pos", NULL, &dialect), OK);
    cup = (struct txn_profile){.mapping = MAPPING_CUP_POS,
                               .dialect = &dialect,
                               .acquirer = "48020000",
                               .tpdu = {0x60, 0x00, 0x03, 0x00, 0x00},
                               .header_version = 31,
                               .currency = CURRENCY_CNY};
    return 0;
}

static enum err decode(size_t len)
{
    return txn_decode(&cup, bytes_over(body, len), (struct instant){0}, &back, &decoded);
}

static size_t from_hex(const char *hex)
{
    size_t len = 0;

    assert_int_equal(bytes_from_hex(hex, strlen(hex), body, sizeof body, &len), OK);
    return len;
}

/* Messages of real terminals and hosts, from public repositories. */
static void test_a_real_stripe_sale_is_understood(void **state)
{
    (void)state;
    size_t len = from_hex(
        "60000400006022000000000200302004C020C09811000000000000088800100175021000123562215500000007"
        "28D15111010000000000003130343231363935383734333530333537323232343731313536F421C8F4FFE584DC"
        "20000000000000000008220000013246394433453536");

    assert_int_equal(decode(len), OK);
    assert_int_equal(back.kind, KIND_SALE);
    assert_int_equal(back.function, FUNCTION_REQUEST);
    assert_int_equal(back.entry, ENTRY_STRIPE);
    assert_true(back.pin_entered);
    assert_int_equal(back.amount.minor, 88800);
    assert_int_equal(back.amount.currency, CURRENCY_CNY);
    assert_int_equal(back.identity.trace, 100175);
    assert_int_equal(back.identity.batch, 1);
    assert_memory_equal(back.identity.terminal, "10421695", TERMINAL_ID_LEN);
    assert_memory_equal(back.merchant, "874350357222471", MERCHANT_ID_LEN);
    assert_int_equal(back.pan.len, 16);
    assert_memory_equal(back.pan.digits, "6221550000000728", 16);
    assert_int_equal(back.expiry, 1511);
    assert_int_equal(back.pin_block_len, 8);
    assert_int_equal(back.sequence, -1);
    assert_memory_equal(back.mac, "2F9D3E56", TXN_MAC_LEN);
    assert_int_equal(decoded.mab.len, len - 11 - 8);
}

static void test_a_real_tap_sale_is_understood(void **state)
{
    (void)state;
    size_t len = from_hex(
        "600003000060310031010002"
        "00703C06C020C09A111962178500000000008040000000000000000001000105161243020923080710000100"
        "12376217850000000000804D2308220000000000003932333336373837383437313030303533393930303032"
        "3135367D6A7408DFE2E9E5260000000000000001459F26089C0A057796D091E39F2701809F1013070F0103A0"
        "0000010A010000005959BAF31C349F37042AE9F9B49F36020FCD950500000000009A031802099C01009F0206"
        "0000000000015F2A02015682027C009F1A0201569F03060000000000009F330390C8C09F34030000009F3501"
        "229F1E0831323334353637388408A0000003330101019F090200209F41040000000200122200000100064433"
        "374345464536");

    assert_int_equal(decode(len), OK);
    assert_int_equal(back.kind, KIND_SALE);
    assert_int_equal(back.entry, ENTRY_CONTACTLESS);
    assert_int_equal(back.sequence, 1);
    assert_int_equal(back.expiry, 2308);
    assert_int_equal(back.icc_len, 145);
    assert_int_equal(back.capability, 6);
    assert_int_equal(back.identity.trace, 105);
    assert_int_equal(back.software, 310100);
}

static void test_a_real_reversal_is_understood(void **state)
{
    (void)state;
    size_t len = from_hex("600004000060220000000004003020048002C080130000000000010020003002030210"
                          "003938313034333132353838373434343033343531313235313031353600082200070500"
                          "033031203342463735343838");

    assert_int_equal(decode(len), OK);
    assert_int_equal(back.kind, KIND_SALE);
    assert_int_equal(back.function, FUNCTION_REVERSAL);
    assert_int_equal(back.identity.class, IDENTITY_REVERSAL);
    assert_memory_equal(back.code, "98", RESPONSE_CODE_LEN);
    assert_int_equal(back.amount.minor, 1002000);
    assert_int_equal(back.identity.batch, 705);
    assert_int_equal(back.pan.len, 0);
}

static void test_a_real_answer_is_understood(void **state)
{
    (void)state;
    size_t len = from_hex(
        "60000006016032003220120210703E02810AD08213166214830000001319000000000000000001000053222255"
        "0322280603220001000800155800323232323535323936353833303030353137373036373839383434303135"
        "33313133353037223033303830303030202020343830323538303020202031353600179F3602071A910A4A76"
        "39C99A319981303000142200051200060000034355503634443735354241");

    assert_int_equal(decode(len), OK);
    assert_int_equal(back.kind, KIND_SALE);
    assert_int_equal(back.function, FUNCTION_RESPONSE);
    assert_memory_equal(back.code, "00", RESPONSE_CODE_LEN);
    assert_memory_equal(back.rrn, "222255296583", RRN_LEN);
    assert_memory_equal(back.issuer, "03080000\0\0\0", ISSUER_ID_LEN);
    assert_int_equal(back.local_time, 1222255);
    assert_int_equal(back.settlement_date, 322);
    assert_int_equal(back.software, 322012);
    assert_int_equal(back.icc_len, 17);
    assert_string_equal(back.text, "");
}

static void test_a_real_sign_in_is_understood(void **state)
{
    (void)state;
    size_t len =
        from_hex("600000000060220000000008000038000000C0001200017217051005103530303830303031"
                 "33303933313030383339383530303800110000017200300003435550");

    assert_int_equal(decode(len), OK);
    assert_int_equal(back.kind, KIND_SIGN_IN);
    assert_int_equal(back.network_code, 3);
    assert_int_equal(back.identity.batch, 172);
    len =
        from_hex("600000000060220000000008100038"
                 "00010AC0001400017210014105100803099988303531303030303030323033303035303038303030"
                 "31333039333130303833393835303038001100000042003000"
                 "4051DBA323AF60599287F61C7E5A9484AEEF8DE29BD3E614FCB51122D4E9B84E2A608CD9C2A4DAAB"
                 "F2");
    assert_int_equal(decode(len), OK);
    assert_int_equal(back.function, FUNCTION_RESPONSE);
    assert_int_equal(back.identity.batch, 42);
    assert_int_equal(back.keys_len, 40);
    assert_int_equal(back.keys[39], 0xF2);
    assert_memory_equal(back.identity.acquirer, "48020000\0\0\0", ACQUIRER_ID_LEN);
}

static void test_a_real_echo_is_understood(void **state)
{
    (void)state;
    size_t len =
        from_hex("600006000060320099000208200000000000C000103131303030323834353835323930303438"
                 "3134303030310011000000013010");

    assert_int_equal(decode(len), OK);
    assert_int_equal(back.kind, KIND_ECHO);
    assert_int_equal(back.network_code, 301);
    assert_int_equal(back.identity.trace, 0);
    assert_int_equal(back.software, 990002);
}

/* ---- what we do not know ---- */

static size_t pack_foreign(uint16_t mti, const char *const *fields, size_t count)
{
    struct iso_message message;
    struct iso_built built;
    struct iso_fault iso_fault;

    memcpy(body, "\x60\x00\x03\x00\x00\x60\x31\x00\x31\x01\x00", 11);
    iso_message_init(&message, &dialect, mti);
    for (size_t i = 0; i < count; i += 2) {
        uint64_t field = 0;
        assert_int_equal(bytes_to_number(fields[i], strlen(fields[i]), &field), OK);
        iso_set_z(&message, (unsigned)field, fields[i + 1]);
    }
    assert_int_equal(iso_build(&message, body + 11, sizeof body - 11, &built, &iso_fault), OK);
    return 11 + built.len;
}

static void test_an_unknown_kind_keeps_its_identity_and_can_be_answered(void **state)
{
    (void)state;
    static const char *const refund[] = {"3",  "200000",      "4",  "100",     "11", "000043",
                                         "22", "012",         "25", "00",      "37", "222255296583",
                                         "41", "T1",          "42", "M1",      "49", "156",
                                         "60", "27000007000", "64", "01234567"};
    static struct txn_message answer;
    struct txn_encoded encoded;
    struct iso_view view;
    struct iso_fault fault;

    size_t len = pack_foreign(0x0220, refund, ARRAY_COUNT(refund));
    assert_int_equal(decode(len), OK);
    assert_int_equal(back.kind, KIND_NONE);
    assert_int_equal(back.mti, 0x0220);
    assert_int_equal(back.identity.trace, 43);
    assert_int_equal(back.identity.batch, 7);
    assert_memory_equal(back.identity.terminal, "T1      ", TERMINAL_ID_LEN);
    assert_true(back.has_mac);
    txn_message_answer(&back, &answer);
    memcpy(answer.code, "40", RESPONSE_CODE_LEN);
    assert_int_equal(txn_encode(&cup, &answer, body, sizeof body, &encoded), OK);
    struct bytes message =
        bytes_over(body + encoded.message_offset, encoded.len - encoded.message_offset);
    assert_int_equal(iso_parse(&dialect, message, &view, &fault), OK);
    assert_int_equal(view.mti, 0x0230);
    assert_true(iso_is(&view, 3, "200000"));
    assert_true(iso_is(&view, 11, "000043"));
    assert_true(iso_is(&view, 39, "40"));
    assert_true(iso_is(&view, 60, "27000007000"));
    assert_int_equal(decode(encoded.len), OK);
    assert_int_equal(back.kind, KIND_NONE);
    assert_int_equal(back.function, FUNCTION_RESPONSE);
}

static void test_kinds_are_told_by_all_three_codes(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        uint16_t mti;
        const char *processing;
        const char *condition;
        const char *control;
        const char *entry;
        const char *security;
        enum txn_kind kind;
    } rows[] = {
        {0x0200, "000000", "00", "22000007000", "021", "2600000000000000", KIND_SALE},
        {0x0200, "310000", "00", "01000007000", "021", "2600000000000000", KIND_BALANCE},
        {0x0200, "000000", "06", "20000007000", "021", "2600000000000000", KIND_COMPLETION},
        {0x0200, "000000", "00", "36000007000", "021", "2600000000000000", KIND_NONE}, /* e-cash */
        {0x0200, "000000", "00", "22000007000", "032", "2600000000000000", KIND_NONE}, /* QR code */
        {0x0200, "000000", "00", "22000007000", "961", "2600000000000000", KIND_NONE}, /* mobile chip */
        {0x0200, "000000", "00", "22000007000", "021", "2610000000000000", KIND_NONE}, /* track under a key */
        {0x0100, "030000", "06", "10000007000", "021", "2600000000000000", KIND_PREAUTH},
        {0x0420, "000000", "00", "22000007000", "021", "2600000000000000", KIND_NONE},
        {0x0400, "310000", "00", "01000007000", "021", "2600000000000000", KIND_NONE}, /* not reversible */
        {0x0800, "000000", "00", "00000007005", "021", "2600000000000000", KIND_NONE}, /* SM4 keys */
    };
    /* clang-format on */

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const char *const fields[] = {"3",  rows[i].processing,
                                      "4",  "100",
                                      "11", "000043",
                                      "22", rows[i].entry,
                                      "25", rows[i].condition,
                                      "41", "T1",
                                      "42", "M1",
                                      "49", "156",
                                      "53", rows[i].security,
                                      "60", rows[i].control,
                                      "61", "000006000041",
                                      "64", "01234567"};
        size_t len = pack_foreign(rows[i].mti, fields, ARRAY_COUNT(fields));
        assert_int_equal(decode(len), OK);
        assert_int_equal(back.kind, rows[i].kind);
    }
}

/* ---- what follows an original ---- */

static struct txn_encoded encoded;
static struct iso_view view;

static struct txn_message *request(enum txn_kind kind)
{
    static struct txn_message m;

    memset(&m, 0, sizeof m);
    m.kind = kind;
    m.function = FUNCTION_REQUEST;
    m.identity = (struct identity){.class = IDENTITY_PAYMENT, .batch = 7, .trace = 42};
    memcpy(m.identity.acquirer, "48020000", 8);
    memcpy(m.identity.terminal, "T1      ", TERMINAL_ID_LEN);
    memcpy(m.merchant, "898440153113507", MERCHANT_ID_LEN);
    m.sequence = -1;
    if (kind_row(kind)->moves_money)
        m.amount = money_of(12850, CURRENCY_CNY);
    m.has_mac = kind_row(kind)->has_mac;
    return &m;
}

static void encode(const struct txn_message *m)
{
    struct iso_fault fault;

    assert_int_equal(txn_encode(&cup, m, body, sizeof body, &encoded), OK);
    struct bytes message =
        bytes_over(body + encoded.message_offset, encoded.len - encoded.message_offset);
    assert_int_equal(iso_parse(&dialect, message, &view, &fault), OK);
    assert_int_equal(decode(encoded.len), OK);
    assert_int_equal(back.kind, m->kind);
    assert_int_equal(back.function, m->function);
}

static void refuse(const struct txn_message *m, unsigned field)
{
    assert_int_equal(txn_encode(&cup, m, body, sizeof body, &encoded), ERR_BAD_VALUE);
    assert_int_equal(encoded.fault.field, field);
}

/* Writes the message with another value in one field, and reads that. */
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
    memcpy(body + encoded.message_offset, room, built.len);
    return decode(encoded.message_offset + built.len);
}

static void test_field_61_is_as_long_as_its_kind_wants(void **state)
{
    (void)state;
    static const struct {
        enum txn_kind kind;
        const char *digits;
    } rows[] = {
        {KIND_VOID, "000006000041"},
        {KIND_QUERY, "0000060000411121"},
        {KIND_REFUND, "0000060000411121"},
        {KIND_PREAUTH_VOID, "0000060000411121"},
        {KIND_INCREMENT, "0000060000411121"},
        {KIND_COMPLETION, "0000060000411121"},
        {KIND_COMPLETION_ADVICE, "0000060000411121"},
        {KIND_COMPLETION_VOID, "0000060000411121"},
        {KIND_OFFLINE_SALE, "00000600004111210100003080000"},
        {KIND_TIP_ADJUST, "00000600004111210100003080000"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct txn_message *m = request(rows[i].kind);
        m->original = (struct original){.batch = 6, .trace = 41, .date = 1121};
        m->auth_mode = 1;
        m->entry = ENTRY_KEYED;
        memcpy(m->auth_institution, "03080000", 8);
        memcpy(m->auth_id, "650852", AUTH_ID_LEN);
        encode(m);
        assert_true(iso_is(&view, 61, rows[i].digits));
        assert_int_equal(back.original.batch, 6);
        assert_int_equal(back.original.trace, 41);
        assert_int_equal(back.original.terminal[0], 0);
        memset(&m->original, 0, sizeof m->original);
        encode(m);
        assert_true(iso_has(&view, 61));
        assert_int_equal(back.original.trace, 0);
    }
}

static void test_institutions_have_8_or_11_digits(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_OFFLINE_SALE);

    m->entry = ENTRY_KEYED;
    refuse(m, 38); /* no offline sale without the issuer's code */
    memcpy(m->auth_id, "650852", AUTH_ID_LEN);
    memcpy(m->auth_institution, "12345678901", 11);
    encode(m);
    assert_memory_equal(back.auth_institution, "12345678901", 11);
    memset(m->auth_institution, 0, 11);
    encode(m);
    assert_int_equal(back.auth_institution[0], 0);
    m->auth_mode = 100;
    refuse(m, 61);
}

static void test_a_void_says_what_it_has(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_VOID);

    m->original = (struct original){.batch = 7, .trace = 41};
    encode(m);
    assert_true(iso_is(&view, 22, "002")); /* nobody read a card */
    assert_true(iso_is(&view, 37, "000000000000"));
    assert_false(iso_has(&view, 38));
    assert_int_equal(back.rrn[0], 0);
    assert_int_equal(back.entry, ENTRY_NONE);
    memcpy(m->rrn, "100000000042", RRN_LEN);
    encode(m);
    assert_memory_equal(back.rrn, "100000000042", RRN_LEN);
    m = request(KIND_COMPLETION);
    encode(m);
    assert_false(iso_has(&view, 37));
    m = request(KIND_SALE);
    refuse(m, 22); /* a sale is never made without a card */
}

static void test_an_original_needs_12_digits(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_VOID);

    assert_int_equal(decode_with(m, 61, "00000600004"), ERR_BAD_VALUE);
    assert_int_equal(decoded.fault.field, 61);
    assert_string_equal(decoded.fault.expected, "12 to 29 digits");
    assert_int_equal(decode_with(m, 61, "000006000000"), OK); /* nothing is named */
    assert_int_equal(back.original.batch, 0);
    assert_int_equal(decode_with(m, 61, NULL), ERR_BAD_VALUE);
    assert_int_equal(decoded.fault.field, 61);
    assert_int_equal(decode_with(m, 61, "0000060000411121"), OK); /* longer than it must be */
    assert_int_equal(back.original.date, 1121);
}

static void test_the_reversal_of_a_void_names_the_void(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_VOID);

    m->function = FUNCTION_REVERSAL;
    m->identity.class = IDENTITY_REVERSAL;
    m->original = (struct original){.batch = 7, .trace = 41};
    memcpy(m->code, "98", RESPONSE_CODE_LEN);
    encode(m);
    assert_int_equal(view.mti, 0x0400);
    assert_true(iso_is(&view, 3, "200000"));
    assert_true(iso_is(&view, 60, "2300000700000"));
    assert_true(iso_is(&view, 61, "0000070000420000"));
    assert_int_equal(back.original.trace, 0);
    m->kind = KIND_PREAUTH;
    m->entry = ENTRY_CHIP;
    encode(m);
    assert_false(iso_has(&view, 61));
}

static void test_an_original_at_another_terminal_is_named(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_REFUND);

    m->original = (struct original){.terminal = "T2      ", .batch = 6, .trace = 41};
    encode(m);
    assert_true(iso_is(&view, 62, "OTT2      "));
    assert_true(iso_is(&view, 63, "CUP"));
    assert_memory_equal(back.original.terminal, "T2      ", TERMINAL_ID_LEN);
    assert_int_equal(decode_with(m, 62, "OT\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), ERR_BAD_VALUE);
    assert_string_equal(decoded.fault.expected, "OT and a terminal");
    assert_int_equal(decode_with(m, 62, "another's own use"), OK);
    assert_int_equal(back.original.terminal[0], 0);
    memcpy(m->original.terminal, "T1      ", TERMINAL_ID_LEN);
    encode(m);
    assert_false(iso_has(&view, 62));
}

static void test_an_order_is_named_in_what_stands_for_itself(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_SALE);

    m->entry = ENTRY_CHIP;
    memcpy(m->order, "A-17", 4);
    encode(m);
    assert_true(iso_is(&view, 62, "ORA-17"));
    assert_memory_equal(back.order, m->order, ORDER_LEN);
    memset(m->order, 'x', ORDER_LEN);
    encode(m);
    assert_memory_equal(back.order, m->order, ORDER_LEN);
    assert_int_equal(decode_with(m, 62, "OR"), ERR_BAD_VALUE);
    assert_int_equal(decode_with(m, 62, "OR two words"), ERR_BAD_VALUE);
    assert_int_equal(decode_with(m, 62, "OR1234567890123456789012345"), ERR_BAD_VALUE);
    assert_string_equal(decoded.fault.expected, "OR and an order");
    assert_int_equal(decode_with(m, 62, "OR6200000012341231"), ERR_BAD_VALUE);
    assert_int_equal(decode_with(m, 62, "another's own use"), OK);
    assert_int_equal(back.order[0], 0);
    m->order[0] = 0;
    encode(m);
    assert_false(iso_has(&view, 62));
}

/* ---- parts of an amount, training, operators ---- */

static void test_a_part_of_the_amount_may_be_approved(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_SALE);

    m->entry = ENTRY_CHIP;
    m->capability = 5;
    m->partial_ok = true;
    encode(m);
    assert_true(iso_is(&view, 60, "22000007000501"));
    assert_true(back.partial_ok);
    assert_int_equal(decode_with(m, 60, "2200000700050"), OK);
    assert_false(back.partial_ok);
    m->function = FUNCTION_RESPONSE;
    m->amount.minor = 5000;
    m->local_time = 1000000;
    m->local_date = 1122;
    m->settlement_date = 1122;
    memcpy(m->code, "10", RESPONSE_CODE_LEN);
    encode(m);
    assert_int_equal(back.amount.minor, 5000);
    assert_int_equal(decode_with(m, 4, NULL), ERR_BAD_VALUE); /* it is an approval */
    assert_int_equal(decoded.fault.field, 4);
    memcpy(m->code, "51", RESPONSE_CODE_LEN);
    assert_int_equal(decode_with(m, 4, NULL), OK);
}

static void test_training_is_in_the_header(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_ECHO);

    m->is_training = true;
    encode(m);
    assert_int_equal(body[7], 0x10);
    assert_true(back.is_training);
    body[7] = 0x20; /* no state of ours */
    assert_int_equal(decode(encoded.len), OK);
    assert_false(back.is_training);
}

static void test_the_operator_signs_in_and_settles(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_SIGN_IN);

    m->operator_number = 12;
    encode(m);
    assert_true(iso_is(&view, 63, "12 "));
    assert_int_equal(back.operator_number, 12);
    m->operator_number = 0;
    encode(m);
    assert_true(iso_is(&view, 63, "01 "));
    m->operator_number = 100;
    refuse(m, 63);
    m->operator_number = 99;
    assert_int_equal(decode_with(m, 63, "CUP"), OK);
    assert_int_equal(back.operator_number, 0);
}

/* ---- settlement, queries, loads ---- */

static void test_totals_are_62_digits(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_SETTLE);

    m->domestic = (struct totals){.debit_minor = 12850,
                                  .debit_count = 2,
                                  .credit_minor = 100,
                                  .credit_count = 1,
                                  .result = 0};
    m->foreign.debit_count = 999;
    encode(m);
    assert_int_equal(view.mti, 0x0500);
    assert_true(iso_is(&view, 60, "00000007201"));
    assert_true(iso_is(&view, 49, "156"));
    assert_true(iso_is(&view, 48,
                       "0000000128500020000000001000010"
                       "0000000000009990000000000000000"));
    assert_int_equal(back.domestic.credit_minor, 100);
    assert_int_equal(back.foreign.debit_count, 999);
    assert_int_equal(decode_with(m, 48, "00000001285000200000000010000"), ERR_BAD_VALUE);
    assert_string_equal(decoded.fault.expected, "62 digits");
    m->foreign.debit_count = 1000;
    refuse(m, 48);
    m->foreign.debit_count = 0;
    m->domestic.credit_minor = -1;
    refuse(m, 48);
}

static void test_a_settlement_may_be_forced_and_its_answer_compares(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_SETTLE);

    m->network_code = NETWORK_SETTLE_FORCED;
    encode(m);
    assert_true(iso_is(&view, 60, "00000007202"));
    assert_int_equal(back.network_code, NETWORK_SETTLE_FORCED);
    m->function = FUNCTION_RESPONSE;
    memcpy(m->code, "95", RESPONSE_CODE_LEN);
    encode(m);
    assert_false(iso_has(&view, 48)); /* nothing was compared */
    m->domestic.result = 2;
    m->foreign.result = 1;
    encode(m);
    assert_int_equal(view.mti, 0x0510);
    assert_int_equal(back.domestic.result, 2);
    assert_int_equal(back.foreign.result, 1);
}

static void test_the_answer_to_a_query_is_the_payments(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_QUERY);
    static struct txn_message answer;

    m->original = (struct original){.batch = 6, .trace = 41};
    encode(m);
    assert_int_equal(view.mti, 0x0820);
    assert_true(iso_is(&view, 60, "00000007901"));
    txn_message_answer(&back, &answer);
    memcpy(answer.code, "51", RESPONSE_CODE_LEN);
    memcpy(answer.rrn, "100000000042", RRN_LEN);
    answer.amount = money_of(12850, CURRENCY_CNY);
    answer.has_mac = true;
    answer.original.date = 1122;
    memcpy(answer.text, TXN_REMARK_BOOKS, sizeof TXN_REMARK_BOOKS);
    encode(&answer);
    assert_int_equal(view.mti, 0x0830);
    assert_true(iso_is(&view, 61, "0000060000411122"));
    assert_int_equal(back.original.date, 1122);
    assert_string_equal(back.text, TXN_REMARK_BOOKS);
    assert_memory_equal(back.code, "51", RESPONSE_CODE_LEN);
    assert_int_equal(back.amount.minor, 12850);
    assert_true(back.has_mac);
}

static void test_the_code_of_a_load_says_its_type(void **state)
{
    (void)state;
    static const struct {
        enum txn_kind kind;
        uint16_t code;
        uint16_t mti;
    } rows[] = {
        {KIND_PARAMETERS, NETWORK_PARAMETERS, 0x0800},
        {KIND_PARAMETERS, NETWORK_PARAMETERS_END, 0x0800},
        {KIND_CA_KEYS, NETWORK_CA_KEYS, 0x0800},
        {KIND_CA_KEYS, NETWORK_CA_KEYS_END, 0x0800},
        {KIND_CA_KEYS, NETWORK_CA_KEYS_LIST, 0x0820},
        {KIND_AIDS, NETWORK_AIDS, 0x0800},
        {KIND_AIDS, NETWORK_AIDS_END, 0x0800},
        {KIND_AIDS, NETWORK_AIDS_LIST, 0x0820},
        {KIND_STATUS, NETWORK_STATUS, 0x0820},
        {KIND_UPDATE, NETWORK_UPDATE, 0x0800},
        {KIND_UPDATE, NETWORK_UPDATE_END, 0x0800},
        {KIND_SIGNATURE, NETWORK_SIGNATURE, 0x0820},
        {KIND_SIGNATURE, NETWORK_SIGNATURE + 9, 0x0820},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct txn_message *m = request(rows[i].kind);
        m->network_code = rows[i].code;
        m->amount = money_of(12850, CURRENCY_CNY);
        m->block = bytes_over("\x01\x00\xFF", 3);
        encode(m);
        assert_int_equal(view.mti, rows[i].mti);
        assert_int_equal(back.network_code, rows[i].code);
        assert_int_equal(back.block.len, 3);
        assert_memory_equal(back.block.at, "\x01\x00\xFF", 3);
    }
}

static void test_a_block_has_999_bytes_at_most(void **state)
{
    (void)state;
    static uint8_t block[BLOCK_LEN_MAX + 1];
    struct txn_message *m = request(KIND_UPDATE);

    memset(block, 0xA5, sizeof block);
    m->block = bytes_over(block, BLOCK_LEN_MAX);
    encode(m);
    assert_int_equal(back.block.len, BLOCK_LEN_MAX);
    assert_true(back.block.at > body && back.block.at < body + sizeof body); /* borrowed */
    m->block = bytes_over(block, BLOCK_LEN_MAX + 1);
    refuse(m, 62);
    m->block = bytes_over(NULL, 0);
    encode(m);
    assert_false(iso_has(&view, 62));
    m = request(KIND_SIGNATURE);
    refuse(m, 4); /* what is signed */
    m->amount = money_of(12850, CURRENCY_CNY);
    refuse(m, 62);
}

static void test_a_real_key_download_is_understood(void **state)
{
    (void)state;
    size_t len = from_hex(
        "60000004016031003131760810001800000AC00014145219122931343532313936363838303030303030"
        "30303030323231303233313030363035313030303200110000005437000191319F0605A0000000659F22"
        "0109DF05083230303931323331DF060101DF070101DF028180B72A8FEF5B27F2B550398FDCC256F714BA"
        "D497FF56094B7408328CB626AA6F0E6A9DF8388EB9887BC930170BCC1213E90FC070D52C8DCD0FF9E10F"
        "AD36801FE93FC998A721705091F18BC7C98241CADC15A2B9DA7FB963142C0AB640D5D0135E77EBAE95AF"
        "1B4FEFADCF9C012366BDDA0455C1564A68810D7127676D493890BDDF040103DF03144410C6D51C2F83AD"
        "FD92528FA6E38A32DF048D0A");

    assert_int_equal(decode(len), OK);
    assert_int_equal(back.kind, KIND_CA_KEYS);
    assert_int_equal(back.function, FUNCTION_RESPONSE);
    assert_int_equal(back.network_code, NETWORK_CA_KEYS);
    assert_int_equal(back.block.len, 191);
    assert_memory_equal(back.block.at, "1\x9F\x06\x05", 4);
    assert_ptr_equal(back.block.at + 191, body + len);
}

/* ---- QR codes ---- */

static void test_a_customers_code_pays(void **state)
{
    (void)state;
    struct txn_message *m = request(KIND_SALE);

    m->entry = ENTRY_QR;
    memcpy(m->qr_code, "6220012345678901234", 19);
    encode(m);
    assert_true(iso_is(&view, 22, "032"));
    assert_true(iso_is(&view, 59, "A30196220012345678901234"));
    assert_false(iso_has(&view, 2));
    assert_false(iso_has(&view, 35));
    assert_int_equal(back.entry, ENTRY_QR);
    assert_memory_equal(back.qr_code, "6220012345678901234\0", QR_CODE_LEN);
    assert_int_equal(decode_with(m, 59, "A3021622001234567890123456"), ERR_BAD_VALUE);
    assert_int_equal(decoded.fault.field, 59);
    assert_int_equal(decode_with(m, 59, "A2004abcd"), OK);
    assert_int_equal(back.kind, KIND_NONE); /* a form that we do not know */
    m->function = FUNCTION_RESPONSE;        /* some hosts repeat 22 */
    memcpy(m->code, "51", RESPONSE_CODE_LEN);
    assert_int_equal(decode_with(m, 22, "032"), OK);
    assert_int_equal(back.kind, KIND_SALE);
    m = request(KIND_VOID);
    memcpy(m->qr_code, "58210526789789570802", QR_CODE_LEN);
    m->entry = ENTRY_QR;
    encode(m);
    assert_true(iso_is(&view, 59, "A402058210526789789570802"));
    assert_memory_equal(back.qr_code, "58210526789789570802", QR_CODE_LEN);
}

static void test_a_real_answer_to_a_code_is_understood(void **state)
{
    (void)state;
    size_t len = from_hex(
        "60000006016032003220120210303A00810AD080330000000000000000010000682156180526052600080015"
        "5800323135363138323538373336303030353137373036373839383434303135333131333530372236353035"
        "3538313020202034383032353830302020203135360025413430323035383231303532363738393738393537"
        "30383032001122000512000000034355503934353735394239");

    assert_int_equal(decode(len), OK);
    assert_int_equal(back.kind, KIND_SALE);
    assert_memory_equal(back.qr_code, "58210526789789570802", QR_CODE_LEN);
    assert_int_equal(back.pan.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_real_stripe_sale_is_understood),
        cmocka_unit_test(test_a_real_tap_sale_is_understood),
        cmocka_unit_test(test_a_real_reversal_is_understood),
        cmocka_unit_test(test_a_real_answer_is_understood),
        cmocka_unit_test(test_a_real_sign_in_is_understood),
        cmocka_unit_test(test_a_real_echo_is_understood),
        cmocka_unit_test(test_an_unknown_kind_keeps_its_identity_and_can_be_answered),
        cmocka_unit_test(test_kinds_are_told_by_all_three_codes),
        cmocka_unit_test(test_field_61_is_as_long_as_its_kind_wants),
        cmocka_unit_test(test_institutions_have_8_or_11_digits),
        cmocka_unit_test(test_a_void_says_what_it_has),
        cmocka_unit_test(test_an_original_needs_12_digits),
        cmocka_unit_test(test_the_reversal_of_a_void_names_the_void),
        cmocka_unit_test(test_an_original_at_another_terminal_is_named),
        cmocka_unit_test(test_an_order_is_named_in_what_stands_for_itself),
        cmocka_unit_test(test_a_part_of_the_amount_may_be_approved),
        cmocka_unit_test(test_training_is_in_the_header),
        cmocka_unit_test(test_the_operator_signs_in_and_settles),
        cmocka_unit_test(test_totals_are_62_digits),
        cmocka_unit_test(test_a_settlement_may_be_forced_and_its_answer_compares),
        cmocka_unit_test(test_the_answer_to_a_query_is_the_payments),
        cmocka_unit_test(test_the_code_of_a_load_says_its_type),
        cmocka_unit_test(test_a_block_has_999_bytes_at_most),
        cmocka_unit_test(test_a_real_key_download_is_understood),
        cmocka_unit_test(test_a_customers_code_pays),
        cmocka_unit_test(test_a_real_answer_to_a_code_is_understood),
    };

    return cmocka_run_group_tests_name("cup_pos", tests, compile, NULL);
}

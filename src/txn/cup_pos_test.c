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
    };

    return cmocka_run_group_tests_name("cup_pos", tests, compile, NULL);
}

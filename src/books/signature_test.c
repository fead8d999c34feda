#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/signature.h"
#include "wire/tlv.h"

#include <string.h>

static const uint8_t tvr[] = {0x80, 0, 0x04, 0x80, 0};
static const uint8_t tsi[] = {0x78, 0};
static struct payment_row payment;
static struct payment_row original;
static struct signature_facts facts;
static uint8_t block[ICC_LEN_MAX];
static uint8_t block_len;

static void begin(enum txn_kind kind)
{
    static const struct civil at = {
        .year = 2026, .month = 11, .day = 22, .hour = 9, .minute = 32, .second = 28};

    payment = (struct payment_row){.kind = (uint8_t)kind,
                                   .outcome = OUTCOME_APPROVED,
                                   .expiry = 3012,
                                   .operator_number = 1,
                                   .copies = 2};
    payment.amount = money_of(12850, CURRENCY_CNY);
    memcpy(payment.identity.acquirer, "10000001", 8);
    memcpy(payment.issuer, "20000001", 8);
    memcpy(payment.auth_id, "004711", AUTH_ID_LEN);
    facts = (struct signature_facts){.payment = &payment,
                                     .merchant_name = "和平路百货商店",
                                     .at = instant_from_civil(&at, 28800),
                                     .utc_offset_s = 28800};
}

static void by_chip(void)
{
    payment.entry = ENTRY_CHIP;
    memcpy(payment.aid, "\xA0\x00\x00\x03\x33\x01\x01\x01", 8);
    memcpy(payment.arqc, "\x1A\xC4\xBA\x54\x01\x19\x22\x21", 8);
    memcpy(payment.icc_answer, "\x07\x01\x01\x03\xA0\x00\x00\x01", 8);
    payment.icc_answer_len = 8;
    payment.atc = 26;
    facts.tvr = tvr;
    facts.tsi = tsi;
}

static void follows_a_sale(void)
{
    static const struct civil at = {.year = 2026, .month = 11, .day = 21, .hour = 12};

    memcpy(original.rrn, "632500000999", RRN_LEN);
    memcpy(original.auth_id, "ABC123", AUTH_ID_LEN);
    original.created = instant_from_civil(&at, 28800);
    facts.original = &original;
    payment.original.trace = 7;
    payment.original.batch = 16;
    memcpy(payment.original.terminal, "T0000009", TERMINAL_ID_LEN);
}

static void check(uint32_t tag, const char *hex)
{
    char room[2 * ICC_LEN_MAX + 1];
    struct text t = text_over(room, sizeof room);
    struct bytes value;

    if (hex == NULL) {
        assert_int_equal(tlv_find(bytes_over(block, block_len), tag, &value), ERR_NOT_FOUND);
        return;
    }
    assert_int_equal(tlv_find(bytes_over(block, block_len), tag, &value), OK);
    text_add_hex(&t, value.at, value.len);
    assert_string_equal(room, hex);
}

static void test_a_sales_block(void **state)
{
    (void)state;
    begin(KIND_SALE);
    payment.tip_minor = 1500;
    signature_block(&facts, block, &block_len);
    check(0xFF00, "BACDC6BDC2B7B0D9BBF5C9CCB5EA");
    check(0xFF01, "CFFBB7D1"); /* 消费 */
    check(0xFF02, "01");
    check(0xFF03, "31303030"
                  "30303031");
    check(0xFF04, "32303030"
                  "30303031");
    check(0xFF05, "3012");
    check(0xFF06, "20261122093228");
    check(0xFF07, "303034373131");
    check(0xFF08, "000000001500");
    check(0xFF09, "435550");
    check(0xFF0A, "313536");
    check(0xFF22, NULL);
    check(0xFF49, NULL);
    check(0xFF60, NULL);
    check(0xFF70, "02");
}

static void test_a_chips_block(void **state)
{
    (void)state;
    begin(KIND_SALE);
    by_chip();
    payment.outcome = OUTCOME_APPROVED_PARTIAL;
    payment.posted_minor = 6000;
    signature_block(&facts, block, &block_len);
    check(0xFF08, NULL);
    check(0xFF22, "A000000333010101");
    check(0xFF23, "1AC4BA5401192221");
    check(0xFF26, "00000000");
    check(0xFF27, "0000");
    check(0xFF28, "8000048000");
    check(0xFF29, "7800");
    check(0xFF2A, "001A");
    check(0xFF2B, "07010103A0000001");
    check(0xFF49, "000000006000");
}

static void test_a_follow_ups_block(void **state)
{
    (void)state;
    begin(KIND_VOID);
    follows_a_sale();
    signature_block(&facts, block, &block_len);
    check(0xFF60, "000007");
    check(0xFF61, "000016");
    check(0xFF62, "363332353030303030393939");
    check(0xFF63, "1121");
    check(0xFF64, "414243313233");
    check(0xFF65, "5430303030303039");
    facts.original = NULL;
    signature_block(&facts, block, &block_len);
    check(0xFF60, "000007");
    check(0xFF62, NULL);
}

static void test_a_full_block_leaves_out_the_last_and_stays_whole(void **state)
{
    (void)state;
    struct tlv_iterator it;
    struct tlv element;
    enum err err;

    begin(KIND_COMPLETION_ADVICE);
    by_chip();
    follows_a_sale();
    payment.tip_minor = 1;
    payment.icc_answer_len = ICC_ANSWER_LEN_MAX;
    payment.outcome = OUTCOME_APPROVED_PARTIAL;
    memset(payment.identity.acquirer, '1', ACQUIRER_ID_LEN);
    memset(payment.issuer, '2', ISSUER_ID_LEN);
    facts.merchant_name = "一二三四五六七八九十一二三四五六七八九十一二三";
    signature_block(&facts, block, &block_len);
    check(0xFF0A, "313536");
    check(0xFF65, NULL);
    it = tlv_over(bytes_over(block, block_len));
    while ((err = tlv_next(&it, &element)) == OK)
        assert_in_range(element.tag, 0xFF00, 0xFF70);
    assert_int_equal(err, ERR_NOT_FOUND);
    assert_int_equal(tlv_find(bytes_over(block, block_len), 0xFF00, &element.value), OK);
    assert_int_equal(element.value.len, 40); /* twenty characters */
}

static void test_names_that_gbk_does_not_have(void **state)
{
    (void)state;
    begin(KIND_SALE);
    facts.merchant_name = "店𠮷x";
    signature_block(&facts, block, &block_len);
    check(0xFF00, "B5EA");
    facts.merchant_name = "𠮷";
    signature_block(&facts, block, &block_len);
    check(0xFF00, NULL);
}

static void test_the_feature_code(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { uint16_t date; const char *rrn; const char *code; } rows[] = {
        {1122, "632600001023", "11227305"}, /* 11226326 xor 00001023 */
        {0,    "632600001023", "00007305"},
        {1231, "999900001111", "12318888"},
        {101,  "000098765432", "99775432"},
    };
    /* clang-format on */
    char code[SIGNATURE_CODE_LEN + 1];

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(signature_code(rows[i].date, rows[i].rrn, code), OK);
        assert_string_equal(code, rows[i].code);
    }
    assert_int_equal(signature_code(1122, "63260000102A", code), ERR_BAD_FORMAT);
    assert_int_equal(signature_code(10000, "632600001023", code), ERR_BAD_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sales_block),
        cmocka_unit_test(test_a_chips_block),
        cmocka_unit_test(test_a_follow_ups_block),
        cmocka_unit_test(test_a_full_block_leaves_out_the_last_and_stays_whole),
        cmocka_unit_test(test_names_that_gbk_does_not_have),
        cmocka_unit_test(test_the_feature_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

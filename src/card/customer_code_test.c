#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "card/customer_code.h"
#include "wire/tlv.h"

#include <string.h>

/* EMV QR Code Specification, Consumer-Presented Mode 1.1, the example of its annex. */
#define EMV_EXAMPLE                                                                                \
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRI" \
    "T0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw=="

static void test_the_first_digits_say_whose_wallet(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { const char *code; enum customer_wallet wallet; size_t position; } rows[] = {
        {"6212345678901234567",       WALLET_UNIONPAY, 0},
        {"62123456789012345678",      WALLET_UNIONPAY, 0},
        {"621234567890123456",        WALLET_NONE, 18},
        {"621234567890123456789",     WALLET_NONE, 20},
        {"101234567890123456",        WALLET_WECHAT, 0},
        {"151234567890123456",        WALLET_WECHAT, 0},
        {"161234567890123456",        WALLET_NONE, 0},
        {"1312345678901234567",       WALLET_NONE, 18},
        {"2512345678901234",          WALLET_ALIPAY, 0},
        {"301234567890123456789012",  WALLET_ALIPAY, 0},
        {"3012345678901234567890123", WALLET_NONE, 24},
        {"3112345678901234",          WALLET_NONE, 0},
        {"62123456789x1234567",       WALLET_NONE, 11},
        {"6",                         WALLET_NONE, 1},
        {"",                          WALLET_NONE, 0},
    };
    /* clang-format on */
    struct customer_code_fault fault;

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(customer_code_wallet(bytes_of_z(rows[i].code), &fault), rows[i].wallet);
        assert_int_equal(fault.what == NULL, rows[i].wallet != WALLET_NONE);
        assert_int_equal(fault.position, rows[i].position);
    }
    assert_string_equal(customer_wallet_zh(WALLET_UNIONPAY), "银联");
    assert_string_equal(customer_wallet_en(WALLET_NONE), "unknown");
}

static void test_the_published_example_opens(void **state)
{
    (void)state;
    uint8_t out[CUSTOMER_CODE_DATA_MAX];
    struct customer_code_fault fault;
    struct bytes template;
    struct bytes value;
    size_t len;

    assert_true(customer_code_is_emv(bytes_of_z(EMV_EXAMPLE)));
    assert_int_equal(customer_code_open(bytes_of_z(EMV_EXAMPLE), out, sizeof out, &len, &fault),
                     OK);
    assert_int_equal(len, 124);
    assert_int_equal(tlv_find(bytes_over(out, len), 0x62, &template), OK);
    assert_int_equal(tlv_find(template, 0x5F20, &value), OK);
    assert_memory_equal(value.at, "CARDHOLDER/EMV", value.len);
    assert_int_equal(tlv_find(template, 0x5A, &value), OK);
    assert_memory_equal(value.at, "\x12\x34\x56\x78\x90\x12\x34\x58", 8);
}

static void test_broken_base64_is_refused_where_it_breaks(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { const char *code; size_t position; } rows[] = {
        {"hQVDUFYwMQ*=", 10}, {"hQVDUFYwMW", 10}, {"hQVDUFYwM", 9}, {"hQVDUFYwMQ===", 10},
        {"hQVDUFYwMg==", 0}, {"", 0}, {"aHVsbG8=", 0},
    };
    /* clang-format on */
    uint8_t out[CUSTOMER_CODE_DATA_MAX];
    struct customer_code_fault fault;
    size_t len;

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(
            customer_code_open(bytes_of_z(rows[i].code), out, sizeof out, &len, &fault),
            ERR_BAD_FORMAT);
        assert_non_null(fault.what);
        assert_int_equal(fault.position, rows[i].position);
    }
    assert_int_equal(customer_code_open(bytes_of_z("hQVDUFYwMQ=="), out, 7, &len, &fault), OK);
    assert_int_equal(customer_code_open(bytes_of_z("hQVDUFYwMQ=="), out, 6, &len, &fault),
                     ERR_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_digits_say_whose_wallet),
        cmocka_unit_test(test_the_published_example_opens),
        cmocka_unit_test(test_broken_base64_is_refused_where_it_breaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

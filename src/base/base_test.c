#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/bytes.h"
#include "base/instant.h"
#include "base/money.h"
#include "base/prng.h"
#include "base/text.h"

#include <string.h>

static void test_every_failure_has_words(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_COUNT; i++) {
        assert_non_null(err_text((enum err)i));
        assert_true(strlen(err_name((enum err)i)) > 0);
    }
}

static void test_hex_goes_both_ways(void **state)
{
    (void)state;
    uint8_t out[4];
    size_t len = 0;
    char hex[8];

    assert_int_equal(bytes_from_hex("00fFa5", 6, out, sizeof out, &len), OK);
    assert_int_equal(len, 3);
    bytes_to_hex(out, len, hex);
    assert_memory_equal(hex, "00FFA5", 6);
    assert_int_equal(bytes_from_hex("0", 1, out, sizeof out, &len), ERR_BAD_LENGTH);
    assert_int_equal(bytes_from_hex("0g", 2, out, sizeof out, &len), ERR_BAD_FORMAT);
    assert_int_equal(bytes_from_hex("0011223344", 10, out, sizeof out, &len), ERR_FULL);
}

static void test_numbers_refuse_letters_and_overflow(void **state)
{
    (void)state;
    uint64_t n = 7;

    assert_int_equal(bytes_to_number("000123", 6, &n), OK);
    assert_int_equal(n, 123);
    assert_int_equal(bytes_to_number("12a", 3, &n), ERR_BAD_FORMAT);
    assert_int_equal(bytes_to_number("1234567890123456789012", 22, &n), ERR_OVERFLOW);
    assert_int_equal(n, 123);
}

static void test_money_reads_what_people_type(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err err;
        int64_t minor;
    } rows[] = {
        {"128.50", OK, 12850},
        {"128.5", OK, 12850},
        {"128", OK, 12800},
        {"0.01", OK, 1},
        {"128.505", ERR_BAD_FORMAT, 0},
        {"-1", ERR_BAD_FORMAT, 0},
        {"1,00", ERR_BAD_FORMAT, 0},
        {"", ERR_BAD_FORMAT, 0},
        {".5", ERR_BAD_FORMAT, 0},
        {"5.", ERR_BAD_FORMAT, 0},
        {"9999999999.99", OK, MONEY_MINOR_MAX},
        {"10000000000.00", ERR_OVERFLOW, 0},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct money m = money_of(0, 0);
        assert_int_equal(money_from_text(rows[i].text, CURRENCY_CNY, &m), rows[i].err);
        if (rows[i].err == OK)
            assert_int_equal(m.minor, rows[i].minor);
    }
}

static void test_money_sums_are_checked(void **state)
{
    (void)state;
    struct money sum;

    assert_int_equal(money_add(money_of(MONEY_MINOR_MAX, 156), money_of(1, 156), &sum),
                     ERR_OVERFLOW);
    assert_int_equal(money_add(money_of(1, 156), money_of(1, 840), &sum), ERR_BAD_VALUE);
    assert_int_equal(money_add(money_of(1, 156), money_of(-3, 156), &sum), OK);
    assert_int_equal(sum.minor, -2);
}

static void test_civil_goes_both_ways(void **state)
{
    (void)state;
    for (int64_t day = -800; day < 40000; day += 7) {
        struct instant at = {.us = (day * 86400 + 86399) * 1000000};
        struct civil civil = instant_civil(at, 8 * 3600);
        assert_int_equal(instant_from_civil(&civil, 8 * 3600).us, at.us);
    }
    struct instant epoch = {.us = 0};
    assert_int_equal(instant_date(epoch, 0), 19700101);
    struct civil leap = {.year = 2024, .month = 2, .day = 29};
    assert_int_equal(instant_date(instant_from_civil(&leap, 0), 0), 20240229);
}

static void test_text_is_cut_never_overrun(void **state)
{
    (void)state;
    char room[8];
    struct text t = text_over(room, sizeof room);

    text_add(&t, "1234567");
    assert_false(t.cut);
    text_add(&t, "8");
    assert_true(t.cut);
    assert_string_equal(text_z(&t), "1234567");
}

static void test_json_escapes(void **state)
{
    (void)state;
    char room[64];
    struct text t = text_over(room, sizeof room);

    text_add_json(&t, bytes_over("a\"\\\n\x01", 5));
    assert_string_equal(text_z(&t), "a\\\"\\\\\\n\\u0001");
}

static void test_prng_repeats_by_seed(void **state)
{
    (void)state;
    struct prng a;
    struct prng b;

    prng_seed(&a, 42);
    prng_seed(&b, 42);
    for (int i = 0; i < 100; i++)
        assert_int_equal(prng_next(&a), prng_next(&b));
    for (int i = 0; i < 1000; i++)
        assert_true(prng_below(&a, 7) < 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_failure_has_words),
        cmocka_unit_test(test_hex_goes_both_ways),
        cmocka_unit_test(test_numbers_refuse_letters_and_overflow),
        cmocka_unit_test(test_money_reads_what_people_type),
        cmocka_unit_test(test_money_sums_are_checked),
        cmocka_unit_test(test_civil_goes_both_ways),
        cmocka_unit_test(test_text_is_cut_never_overrun),
        cmocka_unit_test(test_json_escapes),
        cmocka_unit_test(test_prng_repeats_by_seed),
    };

    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}

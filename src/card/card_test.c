#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "card/track2.h"

#include <string.h>

static struct bytes z(const char *text)
{
    return bytes_of_z(text);
}

static void test_pan_says_which_check_failed_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *digits;
        enum err err;
        enum pan_check check;
        uint8_t position;
    } rows[] = {
        {"62284800000", ERR_BAD_LENGTH, PAN_TOO_SHORT, 11},
        {"622848000000", OK, PAN_GOOD, 0},
        {"6228480000000000000", OK, PAN_GOOD, 0},
        {"62284800000000000000", ERR_BAD_LENGTH, PAN_TOO_LONG, 20},
        {"62284800000x", ERR_BAD_FORMAT, PAN_NOT_A_DIGIT, 11},
        {" 62284800000", ERR_BAD_FORMAT, PAN_NOT_A_DIGIT, 0},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct pan pan = {.len = 1};
        struct pan_fault fault = {.position = 99};

        assert_int_equal(pan_from_digits(z(rows[i].digits), &pan, &fault), rows[i].err);
        assert_int_equal(fault.check, rows[i].check);
        assert_int_equal(fault.position, rows[i].position);
        assert_int_equal(pan.len, rows[i].err == OK ? strlen(rows[i].digits) : 1);
        assert_true(strlen(pan_check_text(fault.check)) > 0);
    }
}

static void test_luhn_finds_every_wrong_digit(void **state)
{
    (void)state;
    struct pan pan;
    struct pan_fault fault;
    char digits[17] = "4012345678901236";

    digits[15] = pan_luhn_digit(bytes_over(digits, 15));
    assert_int_equal(pan_from_digits(z(digits), &pan, &fault), OK);
    assert_int_equal(pan_check_luhn(&pan, &fault), OK);
    for (size_t i = 0; i < pan.len; i++) {
        struct pan wrong = pan;

        wrong.digits[i] = (char)('0' + (wrong.digits[i] - '0' + 1) % 10);
        assert_int_equal(pan_check_luhn(&wrong, &fault), ERR_BAD_VALUE);
        assert_int_equal(fault.check, PAN_LUHN_IS_WRONG);
        assert_int_equal(fault.position, 15);
    }
    /* ISO/IEC 7812-1, annex B: 4992 73 9871 has check digit 6. */
    assert_int_equal(pan_luhn_digit(z("4992739871")), '6');
}

static void test_a_card_number_is_found_in_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_found;
    } rows[] = {
        {"6200000012341231", true},
        {"A-6200000012341231#1", true},
        {"6200-0000 1234.1231", true},
        {"order 17/6200000012341231", true},
        {"20261122-6200000012341231", true},
        {"6200000012341232", false},  /* its check digit is wrong */
        {"16200000012341231", false}, /* a digit of another number before it */
        {"62--00000012341231", false},
        {"6200/0000/1234/1231", false}, /* as references are written */
        {"62000000123A41231", false},
        {"2026-1122.000007", false}, /* a date, and Luhn's sum is right */
        {"000000000000000000", false},
        {"62000000123412310000001", false},
        {"", false},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (pan_is_in_text(bytes_of_z(rows[i].text)) != rows[i].is_found)
            fail_msg("%s", rows[i].text);
    }
    assert_true(pan_is_in_text(bytes_of_z("62000000000005"))); /* 14 */
    assert_false(pan_is_in_text(bytes_of_z("620000000006")));  /* 12 */
}

static void test_pan_shows_six_and_four(void **state)
{
    (void)state;
    struct pan pan;
    struct pan_fault fault;

    assert_int_equal(pan_from_digits(z("6228480012341234"), &pan, &fault), OK);
    assert_string_equal(pan_mask(&pan).at, "622848******1234");
    assert_int_equal(pan_prefix(&pan, 6), 622848);
    assert_int_equal(pan_from_digits(z("622848001234"), &pan, &fault), OK);
    assert_string_equal(pan_mask(&pan).at, "622848**1234");
    pan_wipe(&pan);
    assert_string_equal(pan_mask(&pan).at, "");
}

static void test_expiry_is_good_to_the_end_of_its_month(void **state)
{
    (void)state;
    struct expiry expiry;
    char digits[EXPIRY_LEN];

    assert_int_equal(expiry_from_digits("2611", &expiry), OK);
    assert_false(expiry_is_past(expiry, 20261130));
    assert_true(expiry_is_past(expiry, 20261201));
    expiry_to_digits(expiry, digits);
    assert_memory_equal(digits, "2611", 4);
    assert_int_equal(expiry_from_digits("4912", &expiry), OK);
    assert_false(expiry_is_past(expiry, 20261130));
    assert_int_equal(expiry_from_digits("5001", &expiry), OK);
    assert_true(expiry_is_past(expiry, 20261130));
    assert_int_equal(expiry_from_digits("2600", &expiry), ERR_BAD_VALUE);
    assert_int_equal(expiry_from_digits("2613", &expiry), ERR_BAD_VALUE);
    assert_int_equal(expiry_from_digits("26 1", &expiry), ERR_BAD_FORMAT);
}

static void test_service_code_digits_mean_what_the_standard_says(void **state)
{
    (void)state;
    static const struct {
        const char *digits;
        bool chip, international, issuer, pin, no_cash;
    } rows[] = {
        {"101", false, true, false, false, false}, {"201", true, true, false, false, false},
        {"220", true, true, true, true, false},    {"520", false, false, true, true, false},
        {"602", true, false, false, false, true},  {"625", true, false, true, true, true},
        {"747", false, false, true, false, true},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct service_code code;

        assert_int_equal(service_code_from_digits(rows[i].digits, &code), OK);
        assert_int_equal(service_code_has_chip(code), rows[i].chip);
        assert_int_equal(service_code_is_international(code), rows[i].international);
        assert_int_equal(service_code_needs_issuer(code), rows[i].issuer);
        assert_int_equal(service_code_needs_pin(code), rows[i].pin);
        assert_int_equal(service_code_forbids_cash(code), rows[i].no_cash);
    }
    struct service_code untouched = {"777"};
    assert_int_equal(service_code_from_digits("2x1", &untouched), ERR_BAD_FORMAT);
    assert_memory_equal(untouched.digits, "777", 3);
}

static void test_track2_reads_both_separators(void **state)
{
    (void)state;
    struct track2 track2;
    struct track2_fault fault;
    char text[TRACK2_LEN_MAX];

    assert_int_equal(track2_from_text(z("6228480012341234=28122201234567"), &track2, &fault), OK);
    assert_int_equal(track2.expiry.year, 28);
    assert_int_equal(track2.expiry.month, 12);
    assert_true(service_code_has_chip(track2.service_code));
    assert_int_equal(track2.discretionary_len, 7);
    assert_int_equal(track2_to_text(&track2, 'D', text), 31);
    assert_memory_equal(text, "6228480012341234D28122201234567", 31);
    assert_int_equal(track2_from_text(z("6228480012341234D2812220F"), &track2, &fault), OK);
    assert_int_equal(track2.discretionary_len, 0);
    track2_wipe(&track2);
    assert_int_equal(track2.pan.len, 0);
}

static void test_track2_says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum track2_check check;
        uint8_t position;
    } rows[] = {
        {"62284800123412341234=2812220123456789", TRACK2_BAD_PAN, 20},
        {"6228480012341234=28122201234567890123456", TRACK2_TOO_LONG, 40},
        {"622848001234123428122201234567", TRACK2_NO_SEPARATOR, 30},
        {"", TRACK2_NO_SEPARATOR, 0},
        {"6228480012x41234=2812220", TRACK2_BAD_PAN, 10},
        {"6228480012341234=28", TRACK2_BAD_EXPIRY, 17},
        {"6228480012341234=2813220", TRACK2_BAD_EXPIRY, 17},
        {"6228480012341234=281222", TRACK2_BAD_SERVICE_CODE, 21},
        {"6228480012341234=28122 0", TRACK2_BAD_SERVICE_CODE, 21},
        {"6228480012341234=2812220=1", TRACK2_BAD_DISCRETIONARY, 24},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct track2 track2 = {.discretionary_len = 9};
        struct track2_fault fault = {.check = TRACK2_GOOD};

        assert_int_not_equal(track2_from_text(z(rows[i].text), &track2, &fault), OK);
        assert_int_equal(fault.check, rows[i].check);
        assert_int_equal(fault.position, rows[i].position);
        assert_int_equal(track2.discretionary_len, 9);
        assert_true(strlen(track2_check_text(fault.check)) > 0);
    }
}

static void test_track2_has_its_cvv_behind_the_pin_value(void **state)
{
    (void)state;
    struct track2 track2;
    struct track2_fault fault;
    char cvv[TRACK2_CVV_LEN];

    assert_int_equal(track2_from_text(z("6228480012341234=281222012345678"), &track2, &fault), OK);
    assert_int_equal(track2_cvv(&track2, cvv), OK);
    assert_memory_equal(cvv, "678", 3);
    assert_int_equal(track2_from_text(z("6228480012341234=28122201234567"), &track2, &fault), OK);
    assert_int_equal(track2_cvv(&track2, cvv), ERR_NOT_FOUND);
}

static void test_track2_holds_its_longest(void **state)
{
    (void)state;
    struct track2 track2;
    struct track2_fault fault;
    char text[TRACK2_LEN_MAX];
    const char *longest = "622848001234=281222012345678901234567";

    assert_int_equal(strlen(longest), TRACK2_LEN_MAX);
    assert_int_equal(track2_from_text(z(longest), &track2, &fault), OK);
    assert_int_equal(track2.discretionary_len, TRACK2_DISCRETIONARY_MAX);
    assert_int_equal(track2_to_text(&track2, '=', text), TRACK2_LEN_MAX);
    assert_memory_equal(text, longest, TRACK2_LEN_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pan_says_which_check_failed_and_where),
        cmocka_unit_test(test_luhn_finds_every_wrong_digit),
        cmocka_unit_test(test_a_card_number_is_found_in_text),
        cmocka_unit_test(test_pan_shows_six_and_four),
        cmocka_unit_test(test_expiry_is_good_to_the_end_of_its_month),
        cmocka_unit_test(test_service_code_digits_mean_what_the_standard_says),
        cmocka_unit_test(test_track2_reads_both_separators),
        cmocka_unit_test(test_track2_says_what_is_wrong_and_where),
        cmocka_unit_test(test_track2_has_its_cvv_behind_the_pin_value),
        cmocka_unit_test(test_track2_holds_its_longest),
    };

    return cmocka_run_group_tests_name("card", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/utf8.h"

static void test_characters_of_every_length(void **state)
{
    static const struct {
        const char *text;
        uint32_t code;
        size_t len;
    } rows[] = {
        {"A", 'A', 1},
        {"\x7F", 0x7F, 1},
        {"\xC2\x80", 0x80, 2},
        {"\xDF\xBF", 0x7FF, 2},
        {"\xE0\xA0\x80", 0x800, 3},
        {"\xE4\xB8\xAD rest", 0x4E2D, 3},
        {"\xED\x9F\xBF", 0xD7FF, 3},
        {"\xEF\xBF\xBF", 0xFFFF, 3},
        {"\xF0\x90\x80\x80", 0x10000, 4},
        {"\xF4\x8F\xBF\xBF", 0x10FFFF, 4},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t len = 0;
        assert_int_equal(utf8_first(bytes_of_z(rows[i].text), &len), rows[i].code);
        assert_int_equal(len, rows[i].len);
    }
}

static void test_what_is_no_character_takes_one_byte(void **state)
{
    static const char *const texts[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC2",
        "\xC2\x41",
        "\xE0\x80\x80",
        "\xE0\x9F\xBF",
        "\xE4\xB8",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xF0\x80\x80\x80",
        "\xF0\x8F\xBF\xBF",
        "\xF0\x90\x80",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80",
        "\xFE",
        "\xFF",
        "\xE4\xB8\x2D",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        size_t len = 0;
        assert_int_equal(utf8_first(bytes_of_z(texts[i]), &len), UTF8_WRONG);
        assert_int_equal(len, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_characters_of_every_length),
        cmocka_unit_test(test_what_is_no_character_takes_one_byte),
    };

    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}

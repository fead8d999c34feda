#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wire/gbk.h"

#include <string.h>

static void assert_utf8(const char *gbk, size_t len, const char *utf8)
{
    char room[64];
    struct text t = text_over(room, sizeof room);

    gbk_add_utf8(&t, bytes_over(gbk, len));
    assert_string_equal(text_z(&t), utf8);
}

static void test_known_characters(void **state)
{
    (void)state;
    assert_utf8("\xB3\xC9\xB9\xA6", 4, "成功");
    assert_utf8("A\xC4\xAB z", 5, "A墨 z");
    assert_utf8("\x81\x40\xF7\xFE", 4, "丂齄"); /* the first, and GB 2312's last */
}

static void test_broken_gbk_is_marked_byte_by_byte(void **state)
{
    (void)state;
    assert_utf8("\xB3", 1, "\xEF\xBF\xBD");
    assert_utf8("\xB3 x", 3, "\xEF\xBF\xBD x");
    assert_utf8("\x80\xFF", 2, "\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_false(gbk_is_text(bytes_over("\xB3", 1)));
    assert_false(gbk_is_text(bytes_over("a\x01", 2)));
    assert_false(gbk_is_text(bytes_over("a\0", 2)));
    assert_true(gbk_is_text(bytes_over("\xB3\xC9 00+", 6)));
}

static void test_all_pairs_come_back(void **state)
{
    (void)state;
    unsigned count = 0;

    for (unsigned lead = 0x81; lead <= 0xFE; lead++) {
        for (unsigned trail = 0x40; trail <= 0xFE; trail++) {
            uint8_t gbk[2] = {(uint8_t)lead, (uint8_t)trail};
            uint8_t back[4];
            char room[8];
            struct text t = text_over(room, sizeof room);
            size_t len = 0;
            if (!gbk_is_text(bytes_over(gbk, 2)))
                continue;
            gbk_add_utf8(&t, bytes_over(gbk, 2));
            assert_int_equal(gbk_from_utf8(bytes_of_z(text_z(&t)), back, sizeof back, &len), OK);
            assert_int_equal(len, 2);
            assert_memory_equal(back, gbk, 2);
            count++;
        }
    }
    assert_true(count > 20000);
}

static void test_what_gbk_cannot_hold(void **state)
{
    (void)state;
    uint8_t out[4];
    size_t len;

    assert_int_equal(gbk_from_utf8(bytes_of_z("\xF0\x9F\x98\x80"), out, 4, &len), ERR_UNSUPPORTED);
    assert_int_equal(gbk_from_utf8(bytes_of_z("\xC3\xBF"), out, 4, &len), ERR_UNSUPPORTED);
    assert_int_equal(gbk_from_utf8(bytes_of_z("\xE6\x88"), out, 4, &len), ERR_BAD_FORMAT);
    assert_int_equal(gbk_from_utf8(bytes_of_z("\xC0\x80"), out, 4, &len), ERR_BAD_FORMAT);
    assert_int_equal(gbk_from_utf8(bytes_of_z("成功a"), out, 4, &len), ERR_FULL);
    assert_int_equal(gbk_from_utf8(bytes_of_z("成功"), out, 4, &len), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_characters),
        cmocka_unit_test(test_broken_gbk_is_marked_byte_by_byte),
        cmocka_unit_test(test_all_pairs_come_back),
        cmocka_unit_test(test_what_gbk_cannot_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

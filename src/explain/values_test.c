#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "explain/values.h"

#include <string.h>

static char room[256];

static const char *in(enum explain_lang lang, const char *value)
{
    struct text t = text_over(room, sizeof room);

    value_add_text(&t, value, lang);
    return text_z(&t);
}

static void test_known_words_are_put_into_chinese(void **state)
{
    static const char *const rows[][2] = {
        {"frozen", "已冻结"},
        {"stripe, fallback", "磁条、降级"},
        {"merchant, per payment", "商户、每笔"},
        {"position 3", "第 3 位"},
        {"at least 8 digits", "至少 8 位数字"},
        {"hsm: PIN", "加密机：密码"},
        {"sale", "消费"},
        {"sale balance", "消费、余额查询"},
        {"the data cannot be wo", NULL}, /* not what evidence would have cut it to */
        {"the data cannot be wor", "数据无法处理"},
        {"a key is damaged, unkn", "密钥损坏或不认识"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const char *expected = rows[i][1] != NULL ? rows[i][1] : rows[i][0];
        assert_string_equal(in(LANG_ZH, rows[i][0]), expected);
        assert_int_equal(value_is_known(rows[i][0]), rows[i][1] != NULL);
        assert_string_equal(in(LANG_EN, rows[i][0]), rows[i][0]);
    }
}

static void test_numbers_and_strangers_stay(void **state)
{
    static const char *const numbers[] = {"128.50", "2026-11-22 12:05:00", "3", "", "60.3"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        assert_string_equal(in(LANG_ZH, numbers[i]), numbers[i]);
        assert_true(value_is_known(numbers[i]));
    }
    assert_string_equal(in(LANG_ZH, "xyzzy, 3"), "xyzzy、3");
    assert_false(value_is_known("xyzzy, 3"));
    assert_false(value_is_known("position"));
}

static void test_every_row_is_chinese_and_found(void **state)
{
    (void)state;
#define VALUE_ROW(en, zh)                                                                          \
    assert_true(value_is_known(en));                                                               \
    assert_int_not_equal(strpbrk(zh, "%") == NULL, strpbrk(en, "%") != NULL);                      \
    assert_true(((zh)[0] & 0x80) != 0 || (zh)[0] == '%' || strncmp(zh, "MAC", 3) == 0 ||           \
                ((zh)[0] >= '0' && (zh)[0] <= '9'));
#include "explain/value_table.h"
#undef VALUE_ROW
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_words_are_put_into_chinese),
        cmocka_unit_test(test_numbers_and_strangers_stay),
        cmocka_unit_test(test_every_row_is_chinese_and_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

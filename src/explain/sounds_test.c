#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "explain/sounds.h"

#include <string.h>

static struct sounds sounds;

static bool is_heard(const char *query_text, const char *term)
{
    struct query query;
    struct sounds_text heard;

    query_read(bytes_of_z(query_text), &query);
    sounds_of_query(&sounds, &query, &heard);
    return sounds_have(&sounds, &heard, term);
}

static int set_up(void **state)
{
    (void)state;
    sounds_init(&sounds);
    return 0;
}

static void test_what_sounds_alike_is_heard(void **state)
{
    (void)state;
    assert_true(is_heard("密马错误", "密码错误"));
    assert_true(is_heard("余鹅不足", "余额不足"));
    assert_true(is_heard("余額不足", "余额不足")); /* the other script */
    assert_true(is_heard("mi ma cuo wu", "密码错误"));
    assert_true(is_heard("mima", "密码"));
    assert_true(is_heard("chongfu kou kuan", "重复扣款"));
    assert_true(is_heard("请签道", "签到"));
    assert_false(is_heard("密马错", "密码错误"));
    assert_false(is_heard("密 hello 码", "密码")); /* a gap between */
}

static void test_fine_differences_are_not_heard(void **state)
{
    (void)state;
    assert_true(is_heard("shua ka", "刷卡"));
    assert_true(is_heard("sua ka", "刷卡"));
    assert_true(is_heard("yin hang", "银行"));
    assert_true(is_heard("ying hang", "银行"));
    assert_true(is_heard("zi fu", "支付"));
}

static void test_english_is_no_pinyin(void **state)
{
    (void)state;
    assert_false(is_heard("the customer swears", "密码"));
    assert_false(is_heard("mixma", "密码"));
    assert_false(is_heard("", "密码"));
}

static void test_terms_of_one_character_are_not_heard(void **state)
{
    (void)state;
    assert_false(is_heard("卡", "卡"));
    assert_false(is_heard("卡", ""));
    assert_false(is_heard("pos机", "pos机")); /* Latin letters in a term */
    assert_false(is_heard("一二三四五六七八九十一二三", "一二三四五六七八九十一二三"));
}

/* Longer than a query may be, of syllables of one letter each. */
static void test_a_long_query_ends(void **state)
{
    char longest[QUERY_CHARS_MAX + 40];

    (void)state;
    memset(longest, 'e', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_false(is_heard(longest, "密码"));
}

static void test_each_row_is_a_syllable_of_known_characters(void **state)
{
    (void)state;
#define SOUND_ROW(syllable, characters)                                                            \
    assert_true(strlen(syllable) > 0 && strlen(syllable) <= 6);                                    \
    assert_true(strlen(characters) % 3 == 0 && strlen(characters) > 0);                            \
    assert_null(strstr(syllable, "zh"));                                                           \
    assert_null(strstr(syllable, "ing"));
#include "explain/sound_table.h"
#undef SOUND_ROW
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_sounds_alike_is_heard),
        cmocka_unit_test(test_fine_differences_are_not_heard),
        cmocka_unit_test(test_english_is_no_pinyin),
        cmocka_unit_test(test_terms_of_one_character_are_not_heard),
        cmocka_unit_test(test_a_long_query_ends),
        cmocka_unit_test(test_each_row_is_a_syllable_of_known_characters),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}

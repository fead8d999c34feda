#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "view/column.h"
#include "view/slip_escpos.h"
#include "view/slip_html.h"
#include "view/slip_text.h"

#include <string.h>

static struct slip slip;
static char room[SLIP_PRINTED_MAX];

static void test_chinese_takes_two_columns(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { const char *text; size_t columns; } rows[] = {
        {"", 0}, {"abc", 3}, {"签购单", 6}, {"，", 2}, {"￥", 2}, {"é", 1}, {"e\xCC\x81", 1},
        {"\xFF", 1}, {"\xE7\xAD", 2}, {"\xC0\x80", 2}, {"\xED\xA0\x80", 3}, {"𠮷", 2},
    };
    /* clang-format on */

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(column_count(bytes_of_z(rows[i].text)), rows[i].columns);
}

static void test_lines_break_between_words_or_beside_chinese(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { const char *text; unsigned width; size_t len; size_t skip; } rows[] = {
        {"one two", 7, 7, 0}, {"one two", 6, 3, 1}, {"one  two", 4, 3, 2}, {"onetwo", 4, 4, 0},
        {"密码错误", 5, 6, 0}, {"ab密码", 3, 2, 0}, {"密a b", 3, 4, 1}, {"密", 1, 3, 0}, {"", 4, 0, 0},
        {"ab  ", 2, 2, 2},
    };
    /* clang-format on */
    size_t skip;

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(column_break(bytes_of_z(rows[i].text), rows[i].width, &skip), rows[i].len);
        assert_int_equal(skip, rows[i].skip);
    }
}

static void fill_one_of_each(void)
{
    slip_begin(&slip);
    for (unsigned form = 0; form < SLIP_FORM_COUNT; form++)
        text_add(slip_put(&slip, (enum slip_form)form, "标签", "LABEL"), "value 值");
    slip_end(&slip);
}

static void test_no_line_is_wider_than_the_paper(void **state)
{
    (void)state;
    for (unsigned width = SLIP_WIDTH_MIN; width <= 2 * SLIP_WIDTH_80; width++) {
        struct text t = text_over(room, sizeof room);
        const char *line;
        char *rest;

        fill_one_of_each();
        text_add(slip_put(&slip, SLIP_TEXT, "", ""), "一二三四五 one two three four 六七八九十");
        text_add(slip_put(&slip, SLIP_PAIR, "很长的标签", "A VERY LONG LABEL INDEED"),
                 "and a value that is longer still");
        slip_end(&slip);
        slip_add_text(&slip, width, &t);
        for (line = strtok_r(room, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
            assert_in_range(column_count(bytes_of_z(line)), 0, width);
    }
}

static void test_a_pair_stands_at_both_margins(void **state)
{
    (void)state;
    struct text t = text_over(room, sizeof room);

    slip_begin(&slip);
    slip_add_money(&slip, SLIP_PAIR, "金额", "AMOUNT", money_of(-50, CURRENCY_CNY));
    slip_add_fixed(&slip, "无", "NONE", bytes_over("  \0abc", 6));
    slip_add_fixed(&slip, "号", "NO", bytes_over("T1      ", 8));
    slip_add_number(&slip, "批次号", "BATCH", 7, 6);
    slip_add_hex(&slip, "TVR", bytes_over("\x80\x00", 2));
    slip_end(&slip);
    slip_add_text(&slip, SLIP_WIDTH_MIN, &t);
    assert_string_equal(text_z(&t), "金额 AMOUNT    CNY -0.50\n"
                                    "号 NO                 T1\n"
                                    "批次号 BATCH      000007\n"
                                    "TVR                 8000\n");
}

static void test_a_full_slip_is_printed_whole_in_every_form(void **state)
{
    (void)state;
    void (*const printers[])(const struct slip *, unsigned, struct text *) = {slip_add_text,
                                                                              slip_add_escpos};
    struct text *value = NULL;

    slip_begin(&slip);
    for (size_t i = 0; i < SLIP_LINES_MAX; i++) {
        value = slip_put(&slip, SLIP_PAIR, "可用余额", "AVAILABLE BALANCE");
        text_add(value, "\"'&<>0123456789");
    }
    while (!value->cut)
        text_add(value, "&");
    slip_end(&slip);
    for (size_t i = 0; i < ARRAY_COUNT(printers); i++) {
        struct text t = text_over(room, sizeof room);
        printers[i](&slip, SLIP_WIDTH_58, &t);
        assert_false(t.cut);
    }
}

static void test_printers_bytes(void **state)
{
    (void)state;
    static const char expected[] = "\x1B\x40\x1C\x26"
                                   "\x1B\x45\x01\x1D\x21\x01"
                                   "\xBD\xF0\xB6\xEE T                 1\n"
                                   "\x1B\x45\x00\x1D\x21\x00"
                                   "?? ?\n"
                                   "\x1B\x64\x03\x1D\x56\x42\x00";
    struct text t = text_over(room, sizeof room);

    slip_begin(&slip);
    text_add(slip_put(&slip, SLIP_AMOUNT, "金额", "T"), "1");
    text_add(slip_put(&slip, SLIP_TEXT, "", ""), "𠮷 ñ");
    slip_end(&slip);
    slip_add_escpos(&slip, SLIP_WIDTH_MIN, &t);
    assert_int_equal(t.len, sizeof expected - 1);
    assert_memory_equal(t.at, expected, t.len);
}

static void test_each_form_has_an_element_of_its_own(void **state)
{
    (void)state;
    struct text t = text_over(room, sizeof room);
    size_t lines = 0;

    fill_one_of_each();
    slip_add_html(&slip, "t", &t);
    for (const char *p = strstr(room, "<main"); p != NULL; p = strstr(p + 1, " class=\""))
        lines++;
    assert_false(t.cut);
    assert_non_null(strstr(room, "<span class=\"zh\" lang=\"zh\">标签</span>"));
    assert_non_null(strstr(room, "<hr class=\"rule\">\n"));
    assert_null(strstr(room, "<script"));
    assert_null(strstr(room, "http"));
    assert_in_range(lines, SLIP_FORM_COUNT, 5 * SLIP_FORM_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chinese_takes_two_columns),
        cmocka_unit_test(test_lines_break_between_words_or_beside_chinese),
        cmocka_unit_test(test_no_line_is_wider_than_the_paper),
        cmocka_unit_test(test_a_pair_stands_at_both_margins),
        cmocka_unit_test(test_a_full_slip_is_printed_whole_in_every_form),
        cmocka_unit_test(test_printers_bytes),
        cmocka_unit_test(test_each_form_has_an_element_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/story/overlay_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/acquit-overlay-XXXXXX";
static char error_room[512];

static enum err read_text(const char *text, struct overlay_file **out)
{
    struct text error = text_over(error_room, sizeof error_room);
    char name[sizeof path];
    int fd;

    memcpy(name, path, sizeof name);
    fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    enum err err = overlay_file_open(name, out, &error);
    (void)text_z(&error);
    unlink(name);
    return err;
}

static void test_a_whole_file(void **state)
{
    struct overlay_file *file;
    const struct overlay *overlay;

    (void)state;
    assert_int_equal(
        read_text(
            "date: 2026-11-22\n"
            "texts:\n"
            "  - {cause: card.expired, for: cashier, lang: zh, what: 卡过期了, steps: [换卡]}\n"
            "  - {cause: card.expired, for: merchant, lang: en, steps: [One, Two]}\n"
            "codes:\n"
            "  - {dialect: cup-pos, code: Z1, class: C, money: not_moved, zh: 超限, en: over,\n"
            "     causes: [limit.per-payment, limit.daily-amount]}\n"
            "hide:\n"
            "  - {from: merchant, values: [limit, trace], names: [card.lost]}\n",
            &file),
        OK);
    overlay = overlay_file_overlay(file);
    struct overlay_words words =
        overlay_words_of(overlay, OUTCOME_CARD_EXPIRED, READER_CASHIER, LANG_ZH);
    assert_string_equal(words.what, "卡过期了");
    assert_string_equal(words.steps, "换卡");
    words = overlay_words_of(overlay, OUTCOME_CARD_EXPIRED, READER_MERCHANT, LANG_EN);
    assert_null(words.what);
    assert_string_equal(words.steps, "One\nTwo");
    assert_true(overlay_hides(overlay, READER_MERCHANT, EVIDENCE_TRACE));
    assert_false(overlay_hides(overlay, READER_CASHIER, EVIDENCE_TRACE));
    assert_true(overlay_hides_name(overlay, READER_MERCHANT, OUTCOME_CARD_LOST));
    assert_int_equal(overlay->code_count, 1);
    assert_int_equal(overlay->codes[0].causes[1], OUTCOME_LIMIT_DAILY_AMOUNT);
    assert_string_equal(codes_row_date(&overlay->codes[0]), "2026-11-22");
    overlay_file_close(file);
    assert_null(overlay_file_overlay(NULL));
}

static const struct {
    const char *text;
    const char *place;
    const char *told;
} mistakes[] = {
    {"texts: []\n", ":1:1:", "missing here: date"},
    {"date: today\n", ":1:7:", "as 2026-11-22"},
    {"date: 2026-11-22\nwords: []\n", ":2:1:", "words"},
    {"date: 2026-11-22\ntexts:\n  - {cause: card.expird, for: cashier, lang: zh, what: x}\n",
     ":3:13:", "name of a cause"},
    {"date: 2026-11-22\ntexts:\n  - {cause: card.expired, for: dog, lang: zh, what: x}\n",
     ":3:32:", "cashier"},
    {"date: 2026-11-22\ntexts:\n  - {cause: card.expired, for: cashier, lang: fr, what: x}\n",
     ":3:47:", "zh or en"},
    {"date: 2026-11-22\ntexts:\n  - {cause: card.expired, for: cashier, lang: zh}\n",
     ":3:5:", "what or steps"},
    {"date: 2026-11-22\ntexts:\n  - {cause: card.expired, for: cashier, lang: en, what: "
     "this is far too long for a terminal}\n",
     ":3:57:", "too long for a terminal"},
    {"date: 2026-11-22\ntexts:\n  - {cause: card.expired, for: cashier, lang: en, steps: "
     "[a, b]}\n",
     ":3:58:", "too many steps"},
    {"date: 2026-11-22\ntexts:\n  - {cause: card.expired, for: merchant, lang: en, what: "
     "\">pay\"}\n",
     ":3:58:", "not beginning with >"},
    {"date: 2026-11-22\ntexts:\n  - {cause: approved, for: merchant, lang: en, what: Pay}\n",
     ":3:13:", "an approval"},
    {"date: 2026-11-22\ntexts:\n  - {cause: risk.suspicious, for: cashier, lang: en, what: "
     "Risk}\n",
     ":3:13:", "not told of this cause"},
    {"date: 2026-11-22\ncodes:\n  - {dialect: cup-pos, code: \"96\", class: C, money: "
     "not_moved, zh: 一, en: a, causes: [switch.fault]}\n",
     ":3:5:", "leaves the money open"},
    {"date: 2026-11-22\ncodes:\n  - {dialect: cup-pos, code: \"51\", class: A, money: moved, "
     "zh: 一, en: a, causes: [approved]}\n",
     ":3:5:", "approval"},
    {"date: 2026-11-22\ncodes:\n  - {dialect: swift, code: \"51\", class: C, money: not_moved, "
     "zh: 一, en: a, causes: [pin.wrong]}\n",
     ":3:15:", "cup-pos"},
    {"date: 2026-11-22\ncodes:\n  - {dialect: cup-pos, code: \"Z1\", class: X, money: "
     "not_moved, zh: 一, en: a, causes: [pin.wrong]}\n",
     ":3:43:", "A, B, C, D or E"},
    {"date: 2026-11-22\ncodes:\n  - {dialect: cup-pos, code: \"Z1\", class: C, money: gone, "
     "zh: 一, en: a, causes: [pin.wrong]}\n",
     ":3:53:", "not_moved"},
    {"date: 2026-11-22\ncodes:\n  - {dialect: cup-pos, code: \"Z1\", class: C, money: "
     "not_moved, zh: 一, en: a, causes: []}\n",
     ":3:86:", "one to six"},
    {"date: 2026-11-22\nhide:\n  - {from: operator, values: [limit]}\n",
     ":3:12:", "operators see all"},
    {"date: 2026-11-22\nhide:\n  - {from: cashier, show: [limit]}\n", ":3:21:", "show"},
    {"date: 2026-11-22\nhide:\n  - {from: cashier, values: [colour]}\n",
     ":3:30:", "name of a value"},
    {"date: 2026-11-22\nhide: 5\n", ":2:7:", "expected a list"},
    {"date: [\n", ":2:1:", ""},
};

static void test_mistakes_are_told_with_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(mistakes); i++) {
        struct overlay_file *file = NULL;

        assert_int_not_equal(read_text(mistakes[i].text, &file), OK);
        if (strstr(error_room, mistakes[i].place) == NULL ||
            strstr(error_room, mistakes[i].told) == NULL)
            print_message("%s wants %s %s: %s\n", mistakes[i].text, mistakes[i].place,
                          mistakes[i].told, error_room);
        assert_non_null(strstr(error_room, mistakes[i].place));
        assert_non_null(strstr(error_room, mistakes[i].told));
        assert_null(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_file),
        cmocka_unit_test(test_mistakes_are_told_with_their_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

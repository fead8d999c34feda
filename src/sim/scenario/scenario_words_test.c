#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/scenario/scenario_words.h"

#include <string.h>

/* ---- sentences ---- */

static void test_sentences_end_at_lines_and_semicolons(void **state)
{
    (void)state;
    struct bytes rest = bytes_of_z("# all of this is a remark; yes\n"
                                   "45 s pass ; C1 has paid 0.00 # and this\n"
                                   "\n"
                                   "all agree: T1/1 stands, money moved");
    uint32_t line = 1;
    struct sentence sentence;

    assert_true(sentence_next(&rest, &line, &sentence));
    assert_int_equal(sentence.line, 2);
    assert_int_equal(sentence.count, 3);
    assert_string_equal(sentence.words[2], "pass");
    assert_true(sentence_next(&rest, &line, &sentence));
    assert_int_equal(sentence.line, 2);
    assert_string_equal(sentence.words[3], "0.00");
    assert_true(sentence_next(&rest, &line, &sentence));
    assert_int_equal(sentence.line, 4);
    assert_int_equal(sentence.count, 8);
    assert_string_equal(sentence.words[2], ":");
    assert_string_equal(sentence.words[5], ",");
    assert_false(sentence_next(&rest, &line, &sentence));
}

static void test_quoted_text_is_one_word(void **state)
{
    (void)state;
    struct bytes rest = bytes_of_z("reads \"wait; do not, # ever\" \"open");
    uint32_t line = 1;
    struct sentence sentence;

    assert_true(sentence_next(&rest, &line, &sentence));
    assert_int_equal(sentence.count, 3);
    assert_string_equal(sentence.words[1], "\"wait; do not, # ever");
    assert_string_equal(sentence.words[2], "\"open");
}

static void test_too_many_words_and_too_long_ones_are_cut(void **state)
{
    (void)state;
    char text[2 * SENTENCE_WORD_LEN + 4 * SENTENCE_WORDS_MAX];
    uint32_t line = 1;
    struct sentence sentence;

    memset(text, 'w', sizeof text);
    for (size_t i = 0; i < (size_t)2 * SENTENCE_WORDS_MAX; i++)
        text[2 * SENTENCE_WORD_LEN + 2 * i] = ' ';
    struct bytes rest = bytes_over(text, sizeof text);
    assert_true(sentence_next(&rest, &line, &sentence));
    assert_int_equal(sentence.count, SENTENCE_WORDS_MAX);
    assert_int_equal(strlen(sentence.words[0]), SENTENCE_WORD_LEN - 1);
    assert_false(sentence_next(&rest, &line, &sentence));
}

/* ---- patterns ---- */

struct fitting {
    struct lab_world world;
    struct said said;
    struct misfit misfit;
    struct text expected;
    char room[400];
};

static bool fits(struct fitting *fitting, const char *text, const char *pattern)
{
    struct bytes rest = bytes_of_z(text);
    uint32_t line = 1;
    struct sentence sentence;
    fitting->expected = text_over(fitting->room, sizeof fitting->room);
    fitting->misfit = (struct misfit){.expected = &fitting->expected};
    assert_true(sentence_next(&rest, &line, &sentence));
    return sentence_fits(&sentence, pattern, &fitting->world, &fitting->said, &fitting->misfit);
}

static void test_a_bracket_may_be_left_out(void **state)
{
    struct fitting *fitting = *state;
    const char *pattern = "TILL shows CAUSE [, money MONEY] [, ADVICE]";

    assert_true(fits(fitting, "T1 shows approved", pattern));
    assert_false(said_has(&fitting->said, SLOT_MONEY));
    assert_true(fits(fitting, "T1 shows approved, money not moved", pattern));
    assert_int_equal(fitting->said.money, MONEY_NOT_MOVED);
    assert_true(fits(fitting, "T2 shows approved, try again later", pattern));
    assert_false(said_has(&fitting->said, SLOT_MONEY));
    assert_true(said_has(&fitting->said, SLOT_ADVICE));
    assert_int_equal(fitting->said.till, 1);
    assert_true(fits(fitting, "T1 shows approved, money held, wait", pattern));
    assert_int_equal(fitting->said.money, MONEY_HELD);
}

static void test_the_longest_choice_is_taken(void **state)
{
    struct fitting *fitting = *state;

    assert_true(fits(fitting, "reversal answer", "MESSAGE"));
    assert_int_equal(fitting->said.message, SAID_REVERSAL_ANSWER);
    assert_true(fits(fitting, "reversal", "MESSAGE"));
    assert_int_equal(fitting->said.message, SAID_REVERSAL);
    assert_true(fits(fitting, "voids the completion T1/12", "FOLLOWS PAYMENT"));
    assert_int_equal(fitting->said.follow, KIND_COMPLETION_VOID);
    assert_int_equal(fitting->said.payment.nth, 12);
}

static void test_a_misfit_names_the_first_word_that_fits_nothing(void **state)
{
    struct fitting *fitting = *state;

    assert_false(
        fits(fitting, "T1 shows approved, money gone", "TILL shows CAUSE [, money MONEY]"));
    assert_int_equal(fitting->misfit.furthest, 5);
    assert_non_null(strstr(fitting->room, "|not moved|"));
    assert_false(fits(fitting, "20 s pass by", "TIME pass"));
    assert_int_equal(fitting->misfit.furthest, 3);
    assert_non_null(strstr(fitting->room, "|the end|"));
    assert_false(fits(fitting, "T1/0", "PAYMENT"));
    assert_false(fits(fitting, "T1/", "PAYMENT"));
    assert_false(fits(fitting, "issuer 3", "PARTY")); /* it is never there */
    assert_true(fits(fitting, "issuer 2", "PARTY"));
    assert_int_equal(fitting->said.party_of, 1);
}

static int open_world(void **state)
{
    static struct fitting fitting;
    *state = &fitting;
    return lab_world_default(&fitting.world) == OK ? 0 : -1;
}

static int close_world(void **state)
{
    struct fitting *fitting = *state;
    lab_world_free(&fitting->world);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences_end_at_lines_and_semicolons),
        cmocka_unit_test(test_quoted_text_is_one_word),
        cmocka_unit_test(test_too_many_words_and_too_long_ones_are_cut),
        cmocka_unit_test(test_a_bracket_may_be_left_out),
        cmocka_unit_test(test_the_longest_choice_is_taken),
        cmocka_unit_test(test_a_misfit_names_the_first_word_that_fits_nothing),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "explain/query.h"
#include "explain/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void ask(const char *query, struct words_answer *out)
{
    words_find(bytes_of_z(query), out);
}

static enum outcome first_of(const char *query)
{
    struct words_answer answer;

    ask(query, &answer);
    return answer.count > 0 ? answer.hits[0].outcome : OUTCOME_NONE;
}

/* ---- measured ---- */

struct rates {
    unsigned count;
    unsigned first;
    unsigned top3;
};

/* Whether "a|b" has the name. */
static bool is_among(const char *expected, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = expected; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, name, len) == 0 && (at[len] == 0 || at[len] == '|'))
            return true;
    }
    return false;
}

static void measure(const char *query, const char *expected, struct rates *rates)
{
    struct words_answer answer;
    size_t place = 0;

    ask(query, &answer);
    while (place < answer.count &&
           !is_among(expected, outcome_row(answer.hits[place].outcome)->name))
        place++;
    rates->count++;
    rates->first += place < answer.count && place == 0;
    rates->top3 += place < answer.count && place < 3;
    if ((place == answer.count || place > 0) && getenv("WORDS_VERBOSE") != NULL)
        print_message("  %s: wants %s, has %s\n", query, expected,
                      answer.count > 0 ? outcome_row(answer.hits[0].outcome)->name : "nothing");
}

static struct rates measure_file(const char *name)
{
    struct rates rates = {0};
    char path[512];
    char line[512];

    snprintf(path, sizeof path, "%s/%s", WORDS_VECTORS_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *tab = strchr(line, '\t');
        if (line[0] == '#' || tab == NULL)
            continue;
        *tab = 0;
        tab[1 + strcspn(tab + 1, "\n")] = 0;
        measure(line, tab + 1, &rates);
    }
    fclose(file);
    print_message("# words: %s: the cause is first for %u of %u (%u %%), among three for %u (%u "
                  "%%)\n",
                  name, rates.first, rates.count, rates.first * 100 / rates.count, rates.top3,
                  rates.top3 * 100 / rates.count);
    return rates;
}

static void test_words_that_were_tuned_for_are_found(void **state)
{
    struct rates rates = measure_file("words-tune.txt");

    (void)state;
    assert_true(rates.count >= 100);
    assert_true(rates.first * 100 >= rates.count * 95);
}

/* The floor lies somewhat below what was first measured: it fails when a change makes it worse. */
static void test_words_that_nobody_tuned_for_are_found(void **state)
{
    struct rates rates = measure_file("words-held-out.txt");

    (void)state;
    assert_true(rates.count >= 80);
    assert_true(rates.first * 100 >= rates.count * 80);
    assert_true(rates.top3 * 100 >= rates.count * 90);
}

/* Words of another hand than the terms': the nearest that we have to what a stranger types. */
static void test_words_of_strangers_are_found(void **state)
{
    struct rates rates = measure_file("words-strangers.txt");

    (void)state;
    assert_true(rates.count >= 60);
    assert_true(rates.first * 100 >= rates.count * 90);
    assert_true(rates.top3 * 100 >= rates.count * 95);
}

static void test_words_of_strangers_again(void **state)
{
    struct rates rates = measure_file("words-strangers-2.txt");

    (void)state;
    assert_true(rates.count >= 50);
    assert_true(rates.first * 100 >= rates.count * 70);
    assert_true(rates.top3 * 100 >= rates.count * 80);
    rates = measure_file("words-strangers-3.txt");
    assert_true(rates.count >= 40);
    assert_true(rates.first * 100 >= rates.count * 70);
    assert_true(rates.top3 * 100 >= rates.count * 80);
}

/* ---- promised ---- */

static void test_words_that_shops_search_for(void **state)
{
    /* clang-format off */
    static const struct {
        const char *query;
        enum outcome first;
    } rows[] = {
        {"未鉴权",           OUTCOME_DECLINED_UNSPECIFIED},
        {"未授权",           OUTCOME_DECLINED_UNSPECIFIED},
        {"不批准交易",       OUTCOME_DECLINED_UNSPECIFIED},
        {"无效卡",           OUTCOME_CARD_UNKNOWN},
        {"无效商户",         OUTCOME_MERCHANT_UNKNOWN},
        {"连接失败",         OUTCOME_LINE_UNREACHABLE},
        {"交易失败",         OUTCOME_DECLINED_UNSPECIFIED},
        {"信用卡受阻",       OUTCOME_CARD_FROZEN},
        {"错误代码40",       OUTCOME_TRANSACTION_UNSUPPORTED},
        {"故障10000",        OUTCOME_SWITCH_FAULT},
        {"冲正",             OUTCOME_TERMINAL_REVERSAL_PENDING},
        {"重复扣款",         OUTCOME_MESSAGE_REPLAYED},
        {"扣款未出单",       OUTCOME_LINE_NO_ANSWER},
        {"降级交易",         OUTCOME_CHIP_FALLBACK_REFUSED},
        {"余额不足",         OUTCOME_ACCOUNT_FUNDS_SHORT},
        {"密码错误次数超限", OUTCOME_PIN_TRIES_EXCEEDED},
        {"同一张卡今天第三次刷不了", OUTCOME_CARD_MERCHANT_COUNT},
        {"money taken but no slip",  OUTCOME_LINE_NO_ANSWER},
        {"invalid merchant", OUTCOME_MERCHANT_UNKNOWN},
        {"05",               OUTCOME_DECLINED_UNSPECIFIED},
        {"a0",               OUTCOME_MESSAGE_MAC_WRONG},
        {"餘額不足",         OUTCOME_ACCOUNT_FUNDS_SHORT},
        {"insuficient fnds", OUTCOME_ACCOUNT_FUNDS_SHORT},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (first_of(rows[i].query) != rows[i].first)
            print_message("%s: %s\n", rows[i].query, outcome_row(first_of(rows[i].query))->name);
        assert_int_equal(first_of(rows[i].query), rows[i].first);
    }
}

/* A terminal's message leads to a cause that shows it. */
static void test_every_message_of_a_terminal_leads_back(void **state)
{
    unsigned first = 0;
    unsigned count = 0;

    (void)state;
    for (enum outcome o = outcome_next(OUTCOME_NONE); o < OUTCOME_COUNT; o = outcome_next(o)) {
        for (unsigned lang = 0; lang < LANG_COUNT; lang++) {
            const char *message = catalogue_entry(o, READER_CASHIER)->what.in[lang];
            enum outcome found = first_of(message);

            count++;
            first += strcmp(catalogue_entry(found, READER_CASHIER)->what.in[lang], message) == 0;
            if (getenv("WORDS_VERBOSE") != NULL &&
                strcmp(catalogue_entry(found, READER_CASHIER)->what.in[lang], message) != 0)
                print_message("  %s: %s, not %s\n", message, outcome_row(found)->name,
                              outcome_row(o)->name);
        }
    }
    print_message("# words: messages of our terminal that lead back at once: %u of %u\n", first,
                  count);
    assert_int_equal(first, count);
}

static void test_codes_are_told_from_numbers(void **state)
{
    struct words_answer answer;

    (void)state;
    ask("显示 51", &answer);
    assert_string_equal(answer.code, "51");
    assert_int_equal(answer.hits[0].outcome, OUTCOME_ACCOUNT_FUNDS_SHORT);
    ask("应答码Ａ０", &answer);
    assert_string_equal(answer.code, "A0");
    ask("error 5", &answer);
    assert_string_equal(answer.code, "05");
    ask("51块钱刷不了", &answer);
    assert_string_equal(answer.code, "");
    ask("Z9", &answer);
    assert_string_equal(answer.code, "");
}

static void test_nothing_is_made_of_nothing(void **state)
{
    static const char *const empty[] = {"", " ", "，。！", "xyzzy qwfp", "\xFF\xFE\x80", "龘"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(empty); i++) {
        struct words_answer answer;
        ask(empty[i], &answer);
        assert_int_equal(answer.count, 0);
    }
}

static void test_answers_are_ranked_and_bounded(void **state)
{
    struct words_answer answer;
    char longest[4096];

    (void)state;
    for (size_t i = 0; i + 9 < sizeof longest; i += 9)
        memcpy(longest + i, "pin 密码", 10);
    longest[sizeof longest - 1] = 0;
    ask(longest, &answer);
    assert_int_equal(answer.hits[0].outcome, OUTCOME_PIN_WRONG);
    ask("银行系统故障 密码错误 网络不通 余额不足 交易失败 重复扣款 超时 过期", &answer);
    assert_int_equal(answer.count, WORDS_HITS_MAX);
    for (size_t i = 1; i < answer.count; i++)
        assert_true(answer.hits[i].share <= answer.hits[i - 1].share);
}

static void test_the_wrong_character_of_the_right_sound(void **state)
{
    (void)state;
    assert_int_equal(first_of("密马错误"), OUTCOME_PIN_WRONG);
    assert_int_equal(first_of("mi ma cuo wu"), OUTCOME_PIN_WRONG);
    assert_int_equal(first_of("chong fu kou kuan"), OUTCOME_MESSAGE_REPLAYED);
}

/* Other words for a term are heard as the term, and leave what was said as it is. */
static void test_aliases_are_heard(void **state)
{
    struct query query;

    (void)state;
    assert_int_equal(first_of("卡还没开通"), OUTCOME_CARD_NOT_ACTIVATED);
    assert_int_equal(first_of("he has enough money"), OUTCOME_ACCOUNT_FUNDS_SHORT);
    query_read(bytes_of_z("卡还没开通"), &query);
    size_t pairs = query.pair_count;
    assert_false(query_has(&query, "未激活"));
    for (int i = 0; i < 100; i++) /* more than there is room for */
        query_add(&query, "未激活 not activated");
    assert_true(query_has(&query, "未激活"));
    assert_int_equal(query.pair_count, pairs);
    assert_true(query.len < sizeof query.compact);
#define ALIAS_ROW(said, means)                                                                     \
    assert_null(strchr(said, ' '));                                                                \
    assert_true(strlen(said) >= 2 && strlen(means) >= 2);
#include "explain/alias_table.h"
#undef ALIAS_ROW
}

static void test_the_scripts_fold_into_one(void **state)
{
    (void)state;
    assert_int_equal(query_fold(0x9918), 0x4F59); /* the first of "balance" */
    assert_int_equal(query_fold(0x4F59), 0x4F59);
    assert_int_equal(query_fold('a'), 'a');
    for (unsigned c = 0; c < 0xFFFF; c++) /* a table out of order would lose some */
        assert_int_equal(query_fold(query_fold((uint16_t)c)), query_fold((uint16_t)c));
    assert_int_equal(first_of("錯誤代碼４０"), OUTCOME_TRANSACTION_UNSUPPORTED);
    assert_int_equal(first_of("同一張卡今天第三次刷不了"), OUTCOME_CARD_MERCHANT_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_that_were_tuned_for_are_found),
        cmocka_unit_test(test_words_that_nobody_tuned_for_are_found),
        cmocka_unit_test(test_words_of_strangers_are_found),
        cmocka_unit_test(test_words_of_strangers_again),
        cmocka_unit_test(test_words_that_shops_search_for),
        cmocka_unit_test(test_every_message_of_a_terminal_leads_back),
        cmocka_unit_test(test_codes_are_told_from_numbers),
        cmocka_unit_test(test_nothing_is_made_of_nothing),
        cmocka_unit_test(test_answers_are_ranked_and_bounded),
        cmocka_unit_test(test_the_wrong_character_of_the_right_sound),
        cmocka_unit_test(test_aliases_are_heard),
        cmocka_unit_test(test_the_scripts_fold_into_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

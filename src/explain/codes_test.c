#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "explain/codes.h"

#include <string.h>

/* Every value of field 39 that the two public lists of UnionPay POS have. */
static const char listed[] =
    "00 10 11 A2 A4 A5 A6 16 01 02 03 04 05 06 07 09 12 13 14 15 17 18 19 20 21 22 23 25 30 31 33 "
    "34 35 36 37 38 39 40 41 42 43 44 45 51 52 53 54 55 56 57 58 59 60 63 66 67 61 62 64 65 68 75 "
    "77 79 90 91 92 93 94 95 96 97 98 99 A0 A1 A3 A7 YM YT";

static void look_up(enum codes_dialect dialect, const char *code, struct codes_meaning *out)
{
    codes_look_up(dialect, bytes_of_z(code), out);
}

static void test_every_listed_response_code_leads_to_a_cause(void **state)
{
    unsigned count = 0;

    (void)state;
    for (const char *at = listed; at[0] != 0; at += 2 + (at[2] == ' ')) {
        char code[3] = {at[0], at[1], 0};
        struct codes_meaning meaning;

        look_up(CODES_CUP_POS, code, &meaning);
        if (meaning.row == NULL)
            fail_msg("%s is in no table", code);
        assert_true(meaning.cause_count > 0);
        count++;
    }
    for (size_t i = 0; codes_at(i) != NULL; i++)
        count -= codes_at(i)->dialect == CODES_CUP_POS;
    assert_int_equal(count, 0);
}

static void test_any_two_characters_have_a_class_and_advice(void **state)
{
    unsigned mapped = 0;

    (void)state;
    for (unsigned value = 0; value < 65536; value++) {
        uint8_t code[2] = {(uint8_t)(value >> 8), (uint8_t)value};
        struct codes_meaning meaning;

        codes_look_up(CODES_CUP_POS, bytes_over(code, 2), &meaning);
        assert_non_null(strchr("ABCDE", (int)meaning.class));
        assert_true(meaning.cause_count > 0);
        assert_true(outcome_is_known(meaning.causes[0]));
        assert_int_equal(meaning.class == CLASS_APPROVED, outcome_is_approved(meaning.causes[0]));
        if (meaning.row == NULL)
            assert_int_equal(meaning.causes[0], OUTCOME_DECLINED_UNSPECIFIED);
        mapped += meaning.row != NULL && code[0] <= 'Z' && code[1] <= 'Z';
    }
    print_message("# coverage: response codes mapped %u / possible %u in both lists; any other "
                  "gets class C, its raw value and advice\n",
                  mapped, (unsigned)(sizeof listed / 3));
    assert_int_equal(mapped, sizeof listed / 3);
}

static bool is_note(const struct codes_row *row)
{
    return row->dialect == CODES_TVR || row->dialect == CODES_TSI;
}

static void test_every_row_is_whole_and_once(void **state)
{
    (void)state;
    for (size_t i = 0; codes_at(i) != NULL; i++) {
        const struct codes_row *row = codes_at(i);
        struct codes_meaning meaning;

        assert_true(strlen(row->means.in[LANG_ZH]) > 0 && strlen(row->means.in[LANG_EN]) > 0);
        assert_true(row->means.in[LANG_ZH][0] & 0x80 || strstr(row->means.in[LANG_ZH], "MAC"));
        assert_false(row->means.in[LANG_EN][0] & 0x80);
        assert_true(strlen(codes_source_name(row->source)) > 0);
        assert_int_equal(strlen(codes_source_date(row->source)), 10);
        look_up(row->dialect, row->code, &meaning);
        assert_ptr_equal(meaning.row, row); /* no earlier row has the code */
        assert_true(meaning.cause_count > 0 || is_note(row));
        for (size_t c = 0; c < meaning.cause_count; c++)
            assert_true(outcome_is_known(row->causes[c]));
    }
}

/* A cause of our own that travels as a code is among those that the code leads to. */
static void test_what_we_send_we_understand(void **state)
{
    (void)state;
    for (enum outcome o = outcome_next(OUTCOME_NONE); o < OUTCOME_COUNT; o = outcome_next(o)) {
        struct codes_meaning meaning;
        bool is_found = outcome_row(o)->code[0] == 0;

        look_up(CODES_CUP_POS, outcome_row(o)->code, &meaning);
        for (size_t c = 0; c < meaning.cause_count; c++)
            is_found |= meaning.causes[c] == o;
        if (!is_found)
            print_message("%s is not among the causes of %s\n", outcome_row(o)->name,
                          outcome_row(o)->code);
        assert_true(is_found);
    }
}

static void test_after_these_codes_the_money_is_not_known(void **state)
{
    static const char *const codes[] = {"06", "09", "20", "68", "92", "94", "96", "98", "A7"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        struct codes_meaning meaning;
        look_up(CODES_CUP_POS, codes[i], &meaning);
        assert_true(meaning.money == MONEY_UNKNOWN || meaning.money == MONEY_RETURNING);
    }
}

static void test_bits_and_words_of_other_lists(void **state)
{
    struct codes_meaning meaning;

    (void)state;
    look_up(CODES_TVR, "3.6", &meaning);
    assert_int_equal(meaning.causes[0], OUTCOME_PIN_TRIES_EXCEEDED);
    look_up(CODES_TSI, "1.8", &meaning);
    assert_non_null(meaning.row);
    assert_int_equal(meaning.cause_count, 0);
    look_up(CODES_NEXO, "wrongpin", &meaning);
    assert_int_equal(meaning.causes[0], OUTCOME_PIN_WRONG);
    look_up(CODES_LINE, "mac", &meaning);
    assert_int_equal(meaning.causes[0], OUTCOME_LINE_CORRUPT);
    look_up(CODES_CUP_POS, "a0", &meaning);
    assert_string_equal(meaning.row->code, "A0");
    look_up(CODES_CUP_POS, "5", &meaning);
    assert_null(meaning.row);
    look_up(CODES_CUP_POS, "", &meaning);
    assert_null(meaning.row);
}

/* Every value that the lists have, the reserved bits too. */
static void test_every_value_of_other_lists_is_mapped(void **state)
{
    static const struct {
        enum codes_dialect dialect;
        const char *codes;
    } lists[] = {
        {CODES_ISO87, "00 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 "
                      "25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 51 52 53 54 55 "
                      "56 57 58 59 60 61 62 63 64 65 66 67 68 75 90 91 92 93 94 95 96"},
        {CODES_VISA, "1 2 3 4 03 04 07 12 14 15 19 41 43 46 51 54 55 57 59 61 62 63 65 70 75 78 82 "
                     "83 86 91 93 96 1A 6P N3 N4 N7 R0 R1 R3"},
        {CODES_MASTERCARD, "01 02 03 04 05 08 21 22 24 25 26 27 28 29 30 40 41 42 43 79 82 83"},
        {CODES_NEXO, "Aborted Busy Cancel DeviceOut InProgress InvalidCard LoggedOut MessageFormat "
                     "None NotAllowed NotFound PaymentRestriction Refusal UnavailableDevice "
                     "UnavailableService UnreachableHost WrongPIN"},
        {CODES_TVR, "1.8 1.7 1.6 1.5 1.4 1.3 1.2 1.1 2.8 2.7 2.6 2.5 2.4 2.3 2.2 2.1 3.8 3.7 3.6 "
                    "3.5 3.4 3.3 3.2 3.1 4.8 4.7 4.6 4.5 4.4 4.3 4.2 4.1 5.8 5.7 5.6 5.5 5.4 5.3 "
                    "5.2 5.1"},
        {CODES_TSI, "1.8 1.7 1.6 1.5 1.4 1.3 1.2 1.1 2.8 2.7 2.6 2.5 2.4 2.3 2.2 2.1"},
        {CODES_LINE, "refused connect-timeout name network no-service no-carrier tls certificate "
                     "loss delay answer-timeout closed frame format mac"},
    };
    unsigned count = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        const char *at = lists[i].codes;

        while (*at != 0) {
            size_t len = strcspn(at, " ");
            struct codes_meaning meaning;

            codes_look_up(lists[i].dialect, bytes_over(at, len), &meaning);
            if (meaning.row == NULL)
                fail_msg("%s: %.*s is in no table", codes_dialect_name(lists[i].dialect), (int)len,
                         at);
            count++;
            at += len + (at[len] == ' ');
        }
    }
    print_message("# coverage: values mapped of ISO 8583:1987, Visa, Mastercard, nexo, TVR, TSI, "
                  "line %u / listed %u\n",
                  count, count);
}

static void test_a_list_may_rest_on_another(void **state)
{
    struct codes_meaning meaning;

    (void)state;
    look_up(CODES_ISO87, "17", &meaning);
    assert_int_equal(meaning.causes[0], OUTCOME_TERMINAL_CANCELLED);
    look_up(CODES_CUP_POS, "17", &meaning);
    assert_int_equal(meaning.causes[0], OUTCOME_DECLINED_UNSPECIFIED);
    look_up(CODES_ISO87, "51", &meaning);
    assert_int_equal(meaning.row->dialect, CODES_CUP_POS);
    look_up(CODES_VISA, "51", &meaning);
    assert_int_equal(meaning.row->dialect, CODES_VISA);
    look_up(CODES_VISA, "08", &meaning);
    assert_int_equal(meaning.row->dialect, CODES_ISO87);
    look_up(CODES_MASTERCARD, "51", &meaning); /* no advice code, and it says so */
    assert_null(meaning.row);
    look_up(CODES_ISO87, "21", &meaning); /* what was to be taken back may still stand */
    assert_int_equal(meaning.money, MONEY_UNKNOWN);
}

static int bits(enum codes_dialect dialect, const char *hex, const struct codes_row **out)
{
    return codes_bits(dialect, bytes_of_z(hex), out);
}

static void test_a_whole_tvr_is_read_bit_by_bit(void **state)
{
    const struct codes_row *rows[CODES_BITS_MAX];

    (void)state;
    assert_int_equal(bits(CODES_TVR, "8000048000", rows), 3);
    assert_string_equal(rows[0]->code, "1.8");
    assert_string_equal(rows[1]->code, "3.3");
    assert_string_equal(rows[2]->code, "4.8");
    assert_int_equal(bits(CODES_TVR, "FFFFFFFFFF", rows), CODES_BITS_MAX);
    assert_int_equal(bits(CODES_TVR, "ffffffffff", rows), CODES_BITS_MAX);
    assert_int_equal(bits(CODES_TSI, "FFFF", rows), 16);
    assert_int_equal(bits(CODES_TSI, "E800", rows), 4);
    assert_int_equal(bits(CODES_TSI, "0000", rows), 0);
    assert_int_equal(bits(CODES_TSI, "E8000", rows), -1);
    assert_int_equal(bits(CODES_TVR, "E800", rows), -1);
    assert_int_equal(bits(CODES_TVR, "80000480G0", rows), -1);
    assert_int_equal(bits(CODES_CUP_POS, "E800", rows), -1);
}

/* Where newer codes have several causes, there is a step that tells them apart; and none that pays
 * anew stands with a code after which the money is in doubt. */
static void test_a_step_tells_the_causes_apart(void **state)
{
    (void)state;
    for (size_t i = 0; codes_at(i) != NULL; i++) {
        const struct codes_row *row = codes_at(i);
        const struct catalogue_text *step = codes_telling_step(row);
        bool is_doubtful = !money_state_is_final(row->money);

        if (row->dialect != CODES_CUP_POS)
            assert_null(step);
        if (row->source == SOURCE_CUP_NEW && row->causes[2] != OUTCOME_NONE &&
            row->causes[0] != OUTCOME_RISK_ISSUER_SUSPICIOUS)
            assert_non_null(step);
        if (step != NULL && is_doubtful)
            assert_null(strstr(step->in[LANG_EN], "another"));
    }
    assert_null(codes_telling_step(NULL));
}

static void test_dialects_have_names(void **state)
{
    (void)state;
    for (unsigned d = 0; d < CODES_DIALECT_COUNT; d++)
        assert_int_equal(codes_dialect_by_name(codes_dialect_name((enum codes_dialect)d)), d);
    assert_int_equal(codes_dialect_by_name("emv-tvr"), CODES_TVR);
    assert_int_equal(codes_dialect_by_name("swift"), CODES_DIALECT_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_listed_response_code_leads_to_a_cause),
        cmocka_unit_test(test_any_two_characters_have_a_class_and_advice),
        cmocka_unit_test(test_every_row_is_whole_and_once),
        cmocka_unit_test(test_what_we_send_we_understand),
        cmocka_unit_test(test_after_these_codes_the_money_is_not_known),
        cmocka_unit_test(test_bits_and_words_of_other_lists),
        cmocka_unit_test(test_every_value_of_other_lists_is_mapped),
        cmocka_unit_test(test_a_list_may_rest_on_another),
        cmocka_unit_test(test_a_whole_tvr_is_read_bit_by_bit),
        cmocka_unit_test(test_a_step_tells_the_causes_apart),
        cmocka_unit_test(test_dialects_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

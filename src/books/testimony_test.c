#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/testimony.h"

#include <string.h>

static const char *fault(const char *text)
{
    return testimony_text_fault(bytes_of_z(text), TESTIMONY_EVIDENCE_LEN);
}

static void test_evidence_is_what_people_write(void **state)
{
    static const char *const texts[] = {
        "a",
        "Telephoned Ms Li of the bank's night desk, 2026-11-22 21:40: reversed, her note 4711",
        "致电发卡行值班李女士，11月22日21:40，答复已冲正，工单号4711",
        "RRN 100000000815, 2026-11-22, amount 12.50",
        "123456789012",              /* a retrieval reference number */
        "1234  56789  0123  4567 8", /* two spaces part numbers */
        "123456:789012:345678",
    };
    char longest[TESTIMONY_EVIDENCE_LEN];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        assert_null(fault(texts[i]));
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = 0;
    assert_null(fault(longest));
}

static void test_evidence_holds_no_card_number_and_nothing_hidden(void **state)
{
    static const char *const texts[] = {
        "",
        "6200000100000003",
        "card 6200 0001 0000 0003 of Mr Wang",
        "6200-0001-0000-0003",
        "6200.0001.0000.0003",
        "1234567890123",                            /* the shortest */
        "62000001\xEF\xBC\x90\xEF\xBC\x91 0000 03", /* two of full width */
        ";6200000100000003=28122010000012300000?",
        "two\nlines",
        "bell \x07",
        "\xC2\x85",
        "\xE2\x80\xAE turned about",
        "cut off \xE4\xB8",
        "\xFF",
    };
    char over[TESTIMONY_EVIDENCE_LEN + 1];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        assert_non_null(fault(texts[i]));
    memset(over, 'x', sizeof over);
    over[sizeof over - 1] = 0;
    assert_non_null(fault(over));
}

static void test_persons_have_plain_names(void **state)
{
    (void)state;
    assert_null(testimony_person_fault(bytes_of_z("li.wei")));
    assert_null(testimony_person_fault(bytes_of_z("a")));
    assert_null(testimony_person_fault(bytes_of_z("fifteen-letters")));
    assert_non_null(testimony_person_fault(bytes_of_z("")));
    assert_non_null(testimony_person_fault(bytes_of_z("sixteen-letters.")));
    assert_non_null(testimony_person_fault(bytes_of_z("li wei")));
    assert_non_null(testimony_person_fault(bytes_of_z("\xE6\x9D\x8E")));
    assert_non_null(testimony_person_fault(bytes_of_z("620000010000000")));
}

static void test_each_debt_is_answered_by_its_words(void **state)
{
    /* clang-format off */
    static const struct {
        enum pending_kind owed;
        bool is_terminal;
        const char *words; /* "never-seen approved refused taken-back": n a r t */
    } rows[] = {
        { PENDING_REVERSAL, false, "nt" },
        { PENDING_REVERSAL, true,  "nta" },
        { PENDING_ADVICE,   false, "ar" },
        { PENDING_ADVICE,   true,  "ar" },
        { PENDING_QUERY,    true,  "nar" },
        { PENDING_ANSWER,   false, "" },
        { PENDING_HOLD,     false, "" },
        { PENDING_NONE,     false, "" },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        for (enum payment_state word = PAYMENT_NEVER_SEEN; word < PAYMENT_STATE_COUNT; word++) {
            const char *name = payment_state_name(word);
            bool fits = payment_state_is_final(word) && strchr(rows[i].words, name[0]) != NULL;
            assert_int_equal(testimony_word_fits(word, rows[i].owed, rows[i].is_terminal), fits);
            assert_int_equal(testimony_word_by_name(name), word);
        }
    }
    assert_false(testimony_word_fits(PAYMENT_STATE_COUNT, PENDING_REVERSAL, true));
    assert_int_equal(testimony_word_by_name("moved"), PAYMENT_STATE_COUNT);
}

static void test_a_late_word_agrees_contradicts_or_says_nothing(void **state)
{
    /* clang-format off */
    static const struct {
        enum payment_state word;
        enum payment_state told;
        enum testimony_echo echo;
    } rows[] = {
        { PAYMENT_TAKEN_BACK, PAYMENT_TAKEN_BACK,  ECHO_AGREES },
        { PAYMENT_TAKEN_BACK, PAYMENT_NEVER_SEEN,  ECHO_AGREES },
        { PAYMENT_TAKEN_BACK, PAYMENT_REFUSED,     ECHO_AGREES },
        { PAYMENT_TAKEN_BACK, PAYMENT_APPROVED,    ECHO_CONTRADICTS },
        { PAYMENT_TAKEN_BACK, PAYMENT_ACCEPTED,    ECHO_SAYS_NOTHING }, /* before it was taken back */
        { PAYMENT_NEVER_SEEN, PAYMENT_ACCEPTED,    ECHO_CONTRADICTS },
        { PAYMENT_NEVER_SEEN, PAYMENT_TAKEN_BACK,  ECHO_AGREES },
        { PAYMENT_APPROVED,   PAYMENT_APPROVED,    ECHO_AGREES },
        { PAYMENT_APPROVED,   PAYMENT_ACCEPTED,    ECHO_AGREES },
        { PAYMENT_APPROVED,   PAYMENT_REFUSED,     ECHO_CONTRADICTS },
        { PAYMENT_APPROVED,   PAYMENT_TAKEN_BACK,  ECHO_CONTRADICTS },
        { PAYMENT_APPROVED,   PAYMENT_NEVER_SEEN,  ECHO_CONTRADICTS },
        { PAYMENT_REFUSED,    PAYMENT_APPROVED,    ECHO_CONTRADICTS },
        { PAYMENT_REFUSED,    PAYMENT_REFUSED,     ECHO_AGREES },
        { PAYMENT_APPROVED,   PAYMENT_IN_PROGRESS, ECHO_SAYS_NOTHING },
        { PAYMENT_REFUSED,    PAYMENT_IN_PROGRESS, ECHO_SAYS_NOTHING },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(testimony_echo_of(rows[i].word, rows[i].told), rows[i].echo);
}

static void test_a_damaged_row_is_noticed(void **state)
{
    struct testimony_row good = {.layout = PARTY_ROW_LAYOUT, .stage = TESTIMONY_PROPOSED};
    struct testimony_row row;

    (void)state;
    assert_true(testimony_row_is_readable(&good));
    row = good;
    row.layout++;
    assert_false(testimony_row_is_readable(&row));
    row = good;
    row.stage = TESTIMONY_STAGE_COUNT;
    assert_false(testimony_row_is_readable(&row));
    row = good;
    row.word = PAYMENT_STATE_COUNT;
    assert_false(testimony_row_is_readable(&row));
    row = good;
    memset(row.evidence, 'x', sizeof row.evidence);
    assert_false(testimony_row_is_readable(&row));
    row = good;
    memset(row.proposer, 'x', sizeof row.proposer);
    assert_false(testimony_row_is_readable(&row));
    row = good;
    memset(row.confirmer, 'x', sizeof row.confirmer);
    assert_false(testimony_row_is_readable(&row));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evidence_is_what_people_write),
        cmocka_unit_test(test_evidence_holds_no_card_number_and_nothing_hidden),
        cmocka_unit_test(test_persons_have_plain_names),
        cmocka_unit_test(test_each_debt_is_answered_by_its_words),
        cmocka_unit_test(test_a_late_word_agrees_contradicts_or_says_nothing),
        cmocka_unit_test(test_a_damaged_row_is_noticed),
    };

    return cmocka_run_group_tests_name("testimony", tests, NULL, NULL);
}

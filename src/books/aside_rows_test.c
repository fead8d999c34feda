/* What is kept of messages that fit nothing: all that differ, and little of what repeats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/aside_rows.h"

#include <string.h>

static struct aside_entry entry_at(int64_t s, uint32_t trace)
{
    struct aside_entry entry;

    memset(&entry, 0, sizeof entry);
    entry.identity.trace = trace;
    entry.differs = ASIDE_AMOUNT;
    entry.amount_minor = 100;
    entry.first.us = entry.last.us = s * 1000000;
    entry.count = 1;
    return entry;
}

static void test_the_same_again_is_noted_ever_more_rarely(void **state)
{
    struct aside_row row;
    unsigned notes = 0;

    (void)state;
    memset(&row, 0, sizeof row);
    for (int64_t s = 0; s < 86400 * 30; s += 30) {
        struct aside_entry entry = entry_at(1000000 + s, 7);
        notes += aside_row_note(&row, &entry);
    }
    assert_int_equal(row.count, 1);
    assert_int_equal(row.entries[0].count, notes);
    assert_in_range(notes, 10, 20); /* of 86400 */
    assert_int_equal(row.entries[0].first.us, 1000000000000);
}

static void test_a_clock_that_goes_back_is_no_news(void **state)
{
    struct aside_row row;
    struct aside_entry entry = entry_at(1000000, 7);

    (void)state;
    memset(&row, 0, sizeof row);
    assert_true(aside_row_note(&row, &entry));
    entry = entry_at(10, 7);
    assert_false(aside_row_note(&row, &entry));
}

static void test_what_differs_in_anything_is_another(void **state)
{
    struct aside_row row;
    struct aside_entry entries[6];

    (void)state;
    memset(&row, 0, sizeof row);
    for (size_t i = 0; i < 6; i++)
        entries[i] = entry_at(10, 7);
    entries[1].amount_minor++;
    entries[2].differs = ASIDE_CARD;
    entries[3].code[0] = '0';
    entries[4].card_tail[3] = '1';
    entries[5].identity.batch++;
    for (size_t i = 0; i < 6; i++)
        assert_true(aside_row_note(&row, &entries[i]));
    assert_int_equal(row.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_false(aside_row_note(&row, &entries[i]));
}

static void test_a_flood_keeps_the_newest(void **state)
{
    struct aside_row row;

    (void)state;
    memset(&row, 0, sizeof row);
    for (uint32_t i = 1; i <= 1000; i++) {
        struct aside_entry entry = entry_at(i, i);
        assert_true(aside_row_note(&row, &entry));
    }
    assert_int_equal(row.count, ASIDE_ENTRIES_MAX);
    assert_int_equal(row.dropped, 1000 - ASIDE_ENTRIES_MAX);
    for (size_t i = 0; i < ASIDE_ENTRIES_MAX; i++)
        assert_in_range(row.entries[i].identity.trace, 1000 - ASIDE_ENTRIES_MAX + 1, 1000);
}

static void test_a_damaged_row_is_begun_anew(void **state)
{
    struct aside_row row;
    struct aside_entry entry = entry_at(10, 7);

    (void)state;
    memset(&row, 0xFF, sizeof row);
    assert_true(aside_row_note(&row, &entry));
    assert_int_equal(row.count, 1);
}

static void test_every_difference_has_a_name(void **state)
{
    (void)state;
    for (unsigned bit = 1; bit <= ASIDE_CONTENT; bit <<= 1)
        assert_non_null(aside_difference_name((enum aside_difference)bit));
    assert_null(aside_difference_name((enum aside_difference)(ASIDE_CONTENT << 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_again_is_noted_ever_more_rarely),
        cmocka_unit_test(test_a_clock_that_goes_back_is_no_news),
        cmocka_unit_test(test_what_differs_in_anything_is_another),
        cmocka_unit_test(test_a_flood_keeps_the_newest),
        cmocka_unit_test(test_a_damaged_row_is_begun_anew),
        cmocka_unit_test(test_every_difference_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

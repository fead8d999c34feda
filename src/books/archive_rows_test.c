/* Which payments may go from a host's books, and what is never told as never seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/archive_rows.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)
#define NOW_US (20454 * DAY_US + DAY_US / 2) /* noon of 2026-01-01 UTC */

static const struct archive_beside nothing_beside;

static struct archive_limits limits_of(uint16_t keep_days)
{
    struct config_row config = {.keep_days = keep_days};

    return archive_limits_of(&config, (struct instant){NOW_US});
}

/* A sale that was approved so many days ago. */
static struct payment_row sale(int days)
{
    struct instant then = {NOW_US - days * DAY_US};
    struct payment_row row = {.layout = PAYMENT_ROW_LAYOUT,
                              .kind = KIND_SALE,
                              .stage = STAGE_ANSWERED,
                              .money = MONEY_MOVED,
                              .outcome = OUTCOME_APPROVED,
                              .posted_minor = 100,
                              .amount = {100, 156},
                              .business_date = instant_date(then, 0),
                              .created = then,
                              .changed = then};

    row.identity.class = IDENTITY_PAYMENT;
    row.identity.trace = 1;
    return row;
}

static enum archive_keep why_kept(const struct payment_row *row)
{
    struct archive_limits limits = limits_of(40);

    return archive_why_kept(row, &nothing_beside, &limits);
}

static void test_a_payment_goes_the_day_after_its_last(void **state)
{
    struct payment_row row = sale(41);

    (void)state;
    assert_int_equal(why_kept(&row), ARCHIVE_DUE);
    row = sale(40);
    assert_int_equal(why_kept(&row), ARCHIVE_KEEP_YOUNG);
    row = sale(41);
    row.changed.us = NOW_US - 40 * DAY_US; /* refunded a day later */
    assert_int_equal(why_kept(&row), ARCHIVE_KEEP_YOUNG);
    row = sale(41);
    row.business_date = 0;
    assert_int_equal(why_kept(&row), ARCHIVE_KEEP_YOUNG);
}

/* An end is where money stays and nothing that follows is under way. */
static void check_end(unsigned stage, unsigned money, unsigned follow)
{
    struct payment_row row = sale(500);
    bool is_told = stage == STAGE_ANSWERED || stage == STAGE_REVERSED || stage == STAGE_TOMBSTONE;
    bool is_open = money == MONEY_UNKNOWN || money == MONEY_RETURNING || follow == FOLLOW_VOIDING ||
                   follow == FOLLOW_COMPLETING;

    row.stage = (uint8_t)stage;
    row.money = (uint8_t)money;
    row.follow = (uint8_t)follow;
    assert_int_equal(why_kept(&row) == ARCHIVE_DUE, is_told && !is_open);
}

static void test_only_what_has_ended_goes(void **state)
{
    (void)state;
    for (unsigned stage = STAGE_SENT; stage < STAGE_COUNT; stage++) {
        for (unsigned money = 0; money < MONEY_STATE_COUNT; money++)
            for (unsigned follow = 0; follow < FOLLOW_COUNT; follow++)
                check_end(stage, money, follow);
    }
}

static struct payment_row hold(int days)
{
    struct payment_row row = sale(days);

    row.kind = KIND_PREAUTH;
    row.money = MONEY_HELD;
    return row;
}

static void test_a_hold_stays_until_it_has_ended(void **state)
{
    struct payment_row row = hold(500);

    (void)state;
    row.lapses.us = 1; /* an issuer's: it will be told when it lapses */
    assert_int_equal(why_kept(&row), ARCHIVE_KEEP_HELD);
    row.follow = FOLLOW_LAPSED;
    assert_int_equal(why_kept(&row), ARCHIVE_DUE);
    row.follow = FOLLOW_COMPLETED;
    assert_int_equal(why_kept(&row), ARCHIVE_DUE);
    row = hold(366); /* a switch's, which is not told */
    assert_int_equal(why_kept(&row), ARCHIVE_DUE);
    row = hold(365);
    assert_int_equal(why_kept(&row), ARCHIVE_KEEP_HELD);
}

static void test_what_stands_beside_it_keeps_it(void **state)
{
    struct payment_row row = sale(500);
    struct archive_limits limits = limits_of(40);
    struct archive_beside pending = {.has_pending = true};
    struct archive_beside open = {.is_batch_open = true};

    (void)state;
    assert_int_equal(archive_why_kept(&row, &pending, &limits), ARCHIVE_KEEP_PENDING);
    assert_int_equal(archive_why_kept(&row, &open, &limits), ARCHIVE_KEEP_BATCH);
    row.stage = STAGE_COUNT;
    assert_int_equal(archive_why_kept(&row, &nothing_beside, &limits), ARCHIVE_KEEP_DAMAGED);
}

static void test_a_policy_has_a_least(void **state)
{
    struct config_row config = {0};

    (void)state;
    assert_int_equal(archive_keep_days(&config), 400);
    config.keep_days = 1;
    assert_int_equal(archive_keep_days(&config), 30);
    config.is_lab = 1;
    assert_int_equal(archive_keep_days(&config), 1);
    config.keep_days = 500;
    assert_int_equal(archive_keep_days(&config), 500);
    assert_int_equal(limits_of(40).date, 20251121);
    assert_int_equal(limits_of(40).hold_date, 20241231);
    assert_int_equal(limits_of(500).hold_date, limits_of(500).date);
    assert_int_equal(archive_limits_of(&config, (struct instant){DAY_US}).date, 0);
}

static struct identity numbered(uint32_t batch, uint32_t trace)
{
    return (struct identity){.class = IDENTITY_PAYMENT, .batch = batch, .trace = trace};
}

static void test_a_mark_covers_all_that_came_before(void **state)
{
    struct archive_mark_row mark = {0};
    struct payment_row row = sale(500);
    struct identity at = numbered(3, 7);

    (void)state;
    assert_false(archive_mark_covers(NULL, &at));
    assert_false(archive_mark_covers(&mark, &at));
    row.identity = at;
    archive_mark_move(&mark, &row);
    row.identity = numbered(2, 900);
    row.business_date = 20200101;
    archive_mark_move(&mark, &row);
    assert_int_equal(mark.count, 2);
    assert_int_equal(mark.date, sale(500).business_date);
    assert_true(archive_mark_covers(&mark, &at));
    at = numbered(3, 8);
    assert_false(archive_mark_covers(&mark, &at));
    at = numbered(4, 1);
    assert_false(archive_mark_covers(&mark, &at));
    at = numbered(1, 999999);
    assert_true(archive_mark_covers(&mark, &at));
}

static void test_keys_and_words(void **state)
{
    struct identity a = numbered(1, 1);
    struct identity b = numbered(2, 2);
    struct row_key key_a = archive_mark_key(&a);
    struct row_key key_b = archive_mark_key(&b);
    struct row_key first = archive_day_key(20260101, 2);
    struct row_key second = archive_day_key(20260102, 1);

    (void)state;
    assert_true(row_key_equal(&key_a, &key_b));
    memcpy(b.terminal, "T2      ", TERMINAL_ID_LEN);
    key_b = archive_mark_key(&b);
    assert_false(row_key_equal(&key_a, &key_b));
    assert_true(row_key_compare(&first, &second) < 0);
    for (unsigned keep = 0; keep < ARCHIVE_KEEP_COUNT; keep++) {
        assert_true(strlen(archive_keep_name((enum archive_keep)keep)) > 0);
        assert_true(strlen(archive_keep_text((enum archive_keep)keep)) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_payment_goes_the_day_after_its_last),
        cmocka_unit_test(test_only_what_has_ended_goes),
        cmocka_unit_test(test_a_hold_stays_until_it_has_ended),
        cmocka_unit_test(test_what_stands_beside_it_keeps_it),
        cmocka_unit_test(test_a_policy_has_a_least),
        cmocka_unit_test(test_a_mark_covers_all_that_came_before),
        cmocka_unit_test(test_keys_and_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A full disk for a day, in virtual time: said at once, then with growing pauses, and nothing is
 * left out of the count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/outage.h"

static struct moment at_s(int64_t s)
{
    return (struct moment){s * 1000000000};
}

static void test_a_day_is_said_seldom_and_counted_whole(void **state)
{
    struct outage outage = {0};
    uint32_t said = 0;
    uint64_t counted = 0;

    (void)state;
    assert_int_equal(outage_note(&outage, at_s(100)), 1);
    for (int64_t s = 101; s < 100 + 86400; s++) {
        uint32_t count = outage_note(&outage, at_s(s));
        said += count != 0;
        counted += count;
    }
    assert_in_range(said, 100, 160);
    assert_int_equal(counted + outage.unsaid, 86399);
}

static void test_the_pauses_grow(void **state)
{
    static const int64_t due_s[] = {0, 10, 30, 70, 150, 310, 630, 1230, 1830};
    struct outage outage = {0};
    size_t next = 0;

    (void)state;
    for (int64_t s = 0; s <= 1830; s++) {
        bool is_said = outage_note(&outage, at_s(s)) != 0;
        assert_int_equal(is_said, s == due_s[next]);
        next += is_said;
    }
    assert_int_equal(next, sizeof due_s / sizeof due_s[0]);
}

static void test_a_new_outage_is_said_at_once(void **state)
{
    struct outage outage = {0};

    (void)state;
    for (int64_t s = 0; s <= 70; s++)
        (void)outage_note(&outage, at_s(s));
    assert_int_equal(outage.pause_ms, 80000);
    assert_int_equal(outage_note(&outage, at_s(300)), 1); /* a pause without any */
    assert_int_equal(outage.pause_ms, 160000);
    assert_int_equal(outage_note(&outage, at_s(300 + 1200)), 1);
    assert_int_equal(outage.pause_ms, OUTAGE_PAUSE_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_day_is_said_seldom_and_counted_whole),
        cmocka_unit_test(test_the_pauses_grow),
        cmocka_unit_test(test_a_new_outage_is_said_at_once),
    };

    return cmocka_run_group_tests_name("outage", tests, NULL, NULL);
}

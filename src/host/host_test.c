#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/prng.h"
#include "host/deadlines.h"
#include "host/ring.h"

#include <pthread.h>

#define KEYS 300

static struct row_key key_of(uint64_t number)
{
    return row_key_number(TABLE_PENDING, number);
}

static int64_t least_of(const int64_t due[static KEYS])
{
    int64_t least = INT64_MAX;

    for (int i = 0; i < KEYS; i++) {
        if (due[i] != 0 && due[i] < least)
            least = due[i];
    }
    return least;
}

static void take_first(struct deadlines *d, int64_t due[static KEYS])
{
    struct moment first;
    struct row_key key;
    bool any = deadlines_first(d, &first);

    assert_int_equal(any, least_of(due) != INT64_MAX);
    if (!any)
        return;
    assert_int_equal(first.ns, least_of(due));
    assert_true(deadlines_take_due(d, first, &key));
    due[bytes_get_u64(key.at)] = 0;
}

/* Against a plain array of the same deadlines: set, move, clear, take in random order. */
static void test_deadlines_agree_with_a_plain_list(void **state)
{
    (void)state;
    struct deadlines *d = deadlines_new();
    int64_t due[KEYS] = {0};
    struct prng prng;

    prng_seed(&prng, 7);
    for (int step = 0; step < 20000; step++) {
        uint64_t number = prng_below(&prng, KEYS);
        struct row_key key = key_of(number);

        assert_int_equal(deadlines_has(d, &key), due[number] != 0);
        if (prng_chance(&prng, 700)) {
            due[number] = 1 + (int64_t)prng_below(&prng, 1000000);
            assert_int_equal(deadlines_set(d, &key, (struct moment){due[number]}), OK);
        } else if (prng_chance(&prng, 500)) {
            due[number] = 0;
            deadlines_clear(d, &key);
        } else {
            take_first(d, due);
        }
    }
    deadlines_free(d);
}

static void test_equal_deadlines_come_in_order_of_setting(void **state)
{
    (void)state;
    struct deadlines *d = deadlines_new();
    struct row_key key;

    for (uint64_t i = 0; i < 50; i++) {
        key = key_of(50 - i);
        assert_int_equal(deadlines_set(d, &key, (struct moment){1000}), OK);
    }
    assert_false(deadlines_take_due(d, (struct moment){999}, &key));
    for (uint64_t i = 0; i < 50; i++) {
        assert_true(deadlines_take_due(d, (struct moment){1000}, &key));
        assert_int_equal(bytes_get_u64(key.at), 50 - i);
    }
    assert_int_equal(deadlines_count(d), 0);
    deadlines_free(d);
}

#define RING_ITEMS 200000

static void *produce(void *context)
{
    struct ring *ring = context;

    for (uint64_t i = 0; i < RING_ITEMS;) {
        uint64_t *slot = ring_slot(ring);
        if (slot == NULL)
            continue;
        *slot = i++;
        ring_push(ring);
    }
    return NULL;
}

static void test_ring_keeps_order_between_threads(void **state)
{
    (void)state;
    struct ring ring;
    pthread_t thread;

    assert_int_equal(ring_init(&ring, sizeof(uint64_t), 60), OK);
    assert_int_equal(ring.slot_count, 64);
    assert_int_equal(pthread_create(&thread, NULL, produce, &ring), 0);
    for (uint64_t i = 0; i < RING_ITEMS;) {
        uint64_t *slot = ring_front(&ring);
        if (slot == NULL)
            continue;
        assert_int_equal(*slot, i++);
        ring_pop(&ring);
    }
    pthread_join(thread, NULL);
    assert_null(ring_front(&ring));
    ring_release(&ring);
}

static void test_ring_says_when_it_is_full(void **state)
{
    (void)state;
    struct ring ring;

    assert_int_equal(ring_init(&ring, 8, 4), OK);
    for (int i = 0; i < 4; i++) {
        assert_non_null(ring_slot(&ring));
        ring_push(&ring);
    }
    assert_null(ring_slot(&ring));
    ring_pop(&ring);
    assert_int_equal(ring_room(&ring), 1);
    assert_non_null(ring_slot(&ring));
    ring_release(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadlines_agree_with_a_plain_list),
        cmocka_unit_test(test_equal_deadlines_come_in_order_of_setting),
        cmocka_unit_test(test_ring_keeps_order_between_threads),
        cmocka_unit_test(test_ring_says_when_it_is_full),
    };

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}

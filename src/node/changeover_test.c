/* Which way a line goes, as stories: what happens when, and what is ordered then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/prng.h"
#include "node/askers.h"
#include "node/changeover.h"

#include <stdio.h>

#define NEVER (-1)
#define ANY (-2)

enum news { WAITS, CONNECTED, LOST, ASKED, HEARD, TRIAL_CONNECTED, TRIAL_LOST, TRIAL_HEARD };

/* Orders as letters, those of the trial small: C0 connect by way 0, X close, T test, P1 promote. */
struct scene {
    int64_t at_ms;
    enum news news;
    const char *orders;
    enum line_way way;
    int64_t wake_ms; /* NEVER, or ANY that is not past */
};

static const struct changeover_rules two_ways = {.way_count = 2,
                                                 .has_test = true,
                                                 .silence_ms = 1000,
                                                 .connect_wait_ms = 300,
                                                 .retry_first_ms = 100,
                                                 .retry_max_ms = 800,
                                                 .hold_ms = 600};

static struct moment at(int64_t ms)
{
    return (struct moment){ms * 1000000};
}

static int64_t ms_of(struct moment moment)
{
    return moment.ns == CHANGEOVER_NEVER_NS ? NEVER : (moment.ns + 999999) / 1000000;
}

static void happens(struct changeover *line, enum news news, struct moment now)
{
    enum changeover_side side = news >= TRIAL_CONNECTED ? CHANGEOVER_TRIAL : CHANGEOVER_LINK;

    if (news == CONNECTED || news == TRIAL_CONNECTED)
        changeover_connected(line, side, now);
    else if (news == LOST || news == TRIAL_LOST)
        changeover_lost(line, side, now, 7);
    else if (news == HEARD || news == TRIAL_HEARD)
        changeover_heard(line, side);
    else if (news == ASKED)
        (void)changeover_asked(line, now);
}

/* What is closed is gone at once. */
static void obey(struct changeover *line, struct moment now, char *said, size_t room)
{
    struct changeover_order order;
    size_t len = 0;

    said[0] = 0;
    while (changeover_next(line, now, &order)) {
        static const char letters[] = "CXTP";
        char letter = letters[order.act];
        bool is_trial = order.side == CHANGEOVER_TRIAL && order.act != CHANGEOVER_PROMOTE;
        bool has_way = order.act == CHANGEOVER_CONNECT || order.act == CHANGEOVER_PROMOTE;

        len += (size_t)snprintf(said + len, room - len, "%s%c", len == 0 ? "" : " ",
                                is_trial ? letter + ('a' - 'A') : letter);
        if (has_way)
            len += (size_t)snprintf(said + len, room - len, "%d", order.way);
        assert_true(len < room);
        if (order.act == CHANGEOVER_CLOSE)
            changeover_lost(line, order.side, now, 7);
    }
}

static void plays(const struct changeover_rules *rules, const struct scene *scenes, size_t count)
{
    struct changeover line;

    changeover_init(&line, rules, at(0));
    for (size_t i = 0; i < count; i++) {
        struct moment now = at(scenes[i].at_ms);
        char said[60];

        happens(&line, scenes[i].news, now);
        obey(&line, now, said, sizeof said);
        if (strcmp(said, scenes[i].orders) != 0 || changeover_way(&line, now) != scenes[i].way)
            print_error("scene %zu at %lld ms\n", i, (long long)scenes[i].at_ms);
        assert_string_equal(said, scenes[i].orders);
        assert_int_equal(changeover_way(&line, now), scenes[i].way);
        if (scenes[i].wake_ms != ANY)
            assert_int_equal(ms_of(changeover_wake(&line)), scenes[i].wake_ms);
        assert_true(changeover_wake(&line).ns > now.ns);
    }
}

#define PLAY(rules, scenes) plays(rules, scenes, sizeof(scenes) / sizeof(scenes)[0])

/* clang-format off */

static void test_a_refused_primary_goes_by_the_backup_at_once(void **state)
{
    static const struct scene scenes[] = {
        {0,   WAITS,     "C0", WAY_NONE,   300},
        {5,   LOST,      "",   WAY_NONE,   6},
        {6,   WAITS,     "C1", WAY_NONE,   306},
        {20,  CONNECTED, "c0", WAY_BACKUP, 320},
        {21,  TRIAL_LOST, "",  WAY_BACKUP, 821},
        {821, WAITS,     "c0", WAY_BACKUP, 1121},
    };

    (void)state;
    PLAY(&two_ways, scenes);
}

static void test_a_connect_that_hangs_is_given_up(void **state)
{
    static const struct scene scenes[] = {
        {0,   WAITS, "C0", WAY_NONE, 300},
        {299, WAITS, "",   WAY_NONE, 300},
        {300, WAITS, "X",  WAY_NONE, 301},
        {301, WAITS, "C1", WAY_NONE, 601},
    };

    (void)state;
    PLAY(&two_ways, scenes);
}

static void test_silence_is_tested_then_the_backup_proves_itself(void **state)
{
    static const struct scene scenes[] = {
        {0,    WAITS,           "C0", WAY_NONE,    300},
        {10,   CONNECTED,       "",   WAY_PRIMARY, NEVER},
        {1000, ASKED,           "",   WAY_PRIMARY, 1500},
        {1200, ASKED,           "",   WAY_PRIMARY, 1500}, /* the first that is waited for counts */
        {1499, WAITS,           "",   WAY_PRIMARY, 1500},
        {1500, WAITS,           "T",  WAY_PRIMARY, 2000},
        {1999, WAITS,           "",   WAY_PRIMARY, 2000},
        {2000, WAITS,           "c1", WAY_NONE,    2300}, /* counts as down until it is proven */
        {2010, TRIAL_CONNECTED, "t",  WAY_NONE,    3010},
        {2030, TRIAL_HEARD,     "P1", WAY_BACKUP,  2830},
    };

    (void)state;
    PLAY(&two_ways, scenes);
}

static void test_a_slow_answer_is_no_silence(void **state)
{
    static const struct scene scenes[] = {
        {0,    WAITS,           "C0", WAY_NONE,    300},
        {10,   CONNECTED,       "",   WAY_PRIMARY, NEVER},
        {1000, ASKED,           "",   WAY_PRIMARY, 1500},
        {1500, WAITS,           "T",  WAY_PRIMARY, 2000},
        {1900, HEARD,           "",   WAY_PRIMARY, NEVER},
        {3000, ASKED,           "",   WAY_PRIMARY, 3500},
        {3500, WAITS,           "T",  WAY_PRIMARY, 4000},
        {4000, WAITS,           "c1", WAY_NONE,    4300},
        {4010, TRIAL_CONNECTED, "t",  WAY_NONE,    5010},
        {4020, HEARD,           "x",  WAY_PRIMARY, NEVER}, /* in time after all: nothing changes */
    };

    (void)state;
    PLAY(&two_ways, scenes);
}

static void test_home_only_when_the_primary_holds(void **state)
{
    static const struct scene scenes[] = {
        {0,    WAITS,           "C0", WAY_NONE,    300},
        {10,   CONNECTED,       "",   WAY_PRIMARY, NEVER},
        {2000, LOST,            "",   WAY_NONE,    ANY},
        {2200, WAITS,           "C1", WAY_NONE,    2500},
        {2210, CONNECTED,       "c0", WAY_BACKUP,  2510}, /* the way home is sought at once */
        {2220, TRIAL_CONNECTED, "t",  WAY_BACKUP,  3220},
        {2230, TRIAL_LOST,      "",   WAY_BACKUP,  3030}, /* it flaps */
        {3030, WAITS,           "c0", WAY_BACKUP,  3330},
        {3040, TRIAL_CONNECTED, "t",  WAY_BACKUP,  4040},
        {3050, TRIAL_HEARD,     "",   WAY_BACKUP,  3640},
        {3639, WAITS,           "",   WAY_BACKUP,  3640},
        {3640, WAITS,           "P0", WAY_PRIMARY, NEVER},
    };

    (void)state;
    PLAY(&two_ways, scenes);
}

static void test_a_frozen_primary_is_not_gone_back_to(void **state)
{
    static const struct scene scenes[] = {
        {0,    WAITS,           "C0", WAY_NONE,   300},
        {1,    LOST,            "",   WAY_NONE,   2},
        {2,    WAITS,           "C1", WAY_NONE,   302},
        {10,   CONNECTED,       "c0", WAY_BACKUP, 310},
        {20,   TRIAL_CONNECTED, "t",  WAY_BACKUP, 1020},
        {1019, WAITS,           "",   WAY_BACKUP, 1020},
        {1020, WAITS,           "x",  WAY_BACKUP, 1820}, /* it takes connections, and says nothing */
    };

    (void)state;
    PLAY(&two_ways, scenes);
}

static void test_a_link_that_ends_leaves_its_place_to_the_trial(void **state)
{
    static const struct scene scenes[] = {
        {0,    WAITS,           "C0",   WAY_NONE,    300},
        {10,   CONNECTED,       "",     WAY_PRIMARY, NEVER},
        {1000, ASKED,           "",     WAY_PRIMARY, 1500},
        {1500, WAITS,           "T",    WAY_PRIMARY, 2000},
        {2000, WAITS,           "c1",   WAY_NONE,    2300},
        {2010, TRIAL_CONNECTED, "t",    WAY_NONE,    3010},
        {2020, LOST,            "P1",   WAY_BACKUP,  2820}, /* not proven, but better than nothing */
        {2509, WAITS,           "",     WAY_BACKUP,  2820},
        {2510, WAITS,           "",     WAY_NONE,    2820}, /* and as silent as any */
        {2820, WAITS,           "c0",   WAY_NONE,    3120},
    };

    (void)state;
    PLAY(&two_ways, scenes);
}

static void test_both_ways_gone_are_tried_in_turn(void **state)
{
    static const struct scene scenes[] = {
        {0,   WAITS, "C0", WAY_NONE, 300},
        {1,   LOST,  "",   WAY_NONE, 2},
        {2,   WAITS, "C1", WAY_NONE, 302},
        {3,   LOST,  "",   WAY_NONE, ANY},
        {103, WAITS, "C0", WAY_NONE, 403}, /* a pause of 50 to 100 ms has passed */
        {104, LOST,  "",   WAY_NONE, ANY},
        {154, WAITS, "",   WAY_NONE, ANY}, /* the next is longer */
        {304, WAITS, "C1", WAY_NONE, 604},
    };

    (void)state;
    PLAY(&two_ways, scenes);
}

static void test_one_way_is_connected_anew_beside_itself(void **state)
{
    static const struct scene scenes[] = {
        {0,    WAITS,           "C0", WAY_NONE,    300},
        {10,   CONNECTED,       "",   WAY_PRIMARY, NEVER},
        {1000, ASKED,           "",   WAY_PRIMARY, 1500},
        {1500, WAITS,           "T",  WAY_PRIMARY, 2000},
        {2000, WAITS,           "c0", WAY_NONE,    2300},
        {2010, TRIAL_CONNECTED, "t",  WAY_NONE,    3010},
        {2020, TRIAL_HEARD,     "P0", WAY_PRIMARY, NEVER},
    };
    struct changeover_rules rules = two_ways;

    (void)state;
    rules.way_count = 1;
    PLAY(&rules, scenes);
}

/* A host that is not tested: what was asked is what is waited for, and to be there is proof. */
static void test_without_a_test_the_answer_itself_is_missed(void **state)
{
    static const struct scene scenes[] = {
        {0,    WAITS,           "C0", WAY_NONE,    300},
        {10,   CONNECTED,       "",   WAY_PRIMARY, NEVER},
        {1000, ASKED,           "",   WAY_PRIMARY, 2000},
        {2000, WAITS,           "c1", WAY_NONE,    2300},
        {2010, TRIAL_CONNECTED, "P1", WAY_BACKUP,  2810},
    };
    struct changeover_rules rules = two_ways;

    (void)state;
    rules.has_test = false;
    PLAY(&rules, scenes);
}

static void test_who_is_never_suspect_is_waited_for(void **state)
{
    static const struct scene scenes[] = {
        {0,  WAITS,     "C0", WAY_NONE,    300},
        {10, CONNECTED, "",   WAY_PRIMARY, NEVER},
        {20, ASKED,     "",   WAY_PRIMARY, NEVER},
    };
    struct changeover_rules rules = two_ways;

    (void)state;
    rules.silence_ms = 0;
    PLAY(&rules, scenes);
}
/* clang-format on */

static void test_since_when(void **state)
{
    struct changeover line;
    char said[60];

    (void)state;
    changeover_init(&line, &two_ways, at(5));
    obey(&line, at(5), said, sizeof said);
    assert_int_equal(ms_of(changeover_since(&line, at(9))), 5);
    changeover_connected(&line, CHANGEOVER_LINK, at(10));
    assert_int_equal(ms_of(changeover_since(&line, at(1000))), 10);
    assert_true(changeover_asked(&line, at(1000)));
    assert_false(changeover_asked(&line, at(1001)));
    obey(&line, at(1500), said, sizeof said);
    assert_int_equal(ms_of(changeover_since(&line, at(1999))), 10);
    assert_int_equal(ms_of(changeover_since(&line, at(2000))), 1500); /* what it did not answer */
}

/* Whatever happens, in whatever order: orders fit what is there, and end. */
static void test_any_order_of_things(void **state)
{
    struct changeover line;
    struct prng prng;
    struct moment now = at(0);
    uint64_t turns[CHANGEOVER_PROMOTE + 1] = {0};

    (void)state;
    prng_seed(&prng, 20261122);
    changeover_init(&line, &two_ways, now);
    for (int step = 0; step < 20000; step++) {
        enum changeover_side side = (enum changeover_side)prng_below(&prng, CHANGEOVER_SIDES);
        enum changeover_state was = line.ends[side].state;
        struct changeover_order order;
        int orders = 0;

        if (prng_chance(&prng, 300) && was != CHANGEOVER_NONE)
            changeover_lost(&line, side, now, prng_next(&prng));
        else if (was == CHANGEOVER_CONNECTING)
            changeover_connected(&line, side, now);
        else if (was == CHANGEOVER_READY && prng_chance(&prng, 500))
            changeover_heard(&line, side);
        else
            (void)changeover_asked(&line, now);
        while (changeover_next(&line, now, &order)) {
            assert_true(orders++ < 8);
            assert_true(order.way < two_ways.way_count);
            turns[order.act]++;
            if (order.act == CHANGEOVER_CLOSE)
                changeover_lost(&line, order.side, now, prng_next(&prng));
        }
        assert_true(changeover_wake(&line).ns > now.ns);
        now = at(ms_of(now) + (int64_t)prng_below(&prng, 400));
    }
    for (size_t act = 0; act < ARRAY_COUNT(turns); act++)
        assert_true(turns[act] > 20);
}

static void test_askers_are_told_once_and_bounded(void **state)
{
    struct askers askers = {0};
    char id[TERMINAL_ID_LEN + 1];

    (void)state;
    for (int i = 0; i < 2 * ASKERS_MAX; i++) {
        (void)snprintf(id, sizeof id, "T%07d", i / 2);
        askers_add(&askers, id);
    }
    assert_int_equal(askers.count, ASKERS_MAX);
    askers_add(&askers, "TOOMANY ");
    assert_int_equal(askers.count, ASKERS_MAX);
    askers_remove(&askers, "TOOMANY ");
    assert_int_equal(askers.count, ASKERS_MAX);
    askers_remove(&askers, "T0000003");
    assert_int_equal(askers.count, ASKERS_MAX - 1);
    for (size_t i = 0; i < askers.count; i++)
        assert_memory_not_equal(askers.terminals[i], "T0000003", TERMINAL_ID_LEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_refused_primary_goes_by_the_backup_at_once),
        cmocka_unit_test(test_a_connect_that_hangs_is_given_up),
        cmocka_unit_test(test_silence_is_tested_then_the_backup_proves_itself),
        cmocka_unit_test(test_a_slow_answer_is_no_silence),
        cmocka_unit_test(test_home_only_when_the_primary_holds),
        cmocka_unit_test(test_a_frozen_primary_is_not_gone_back_to),
        cmocka_unit_test(test_a_link_that_ends_leaves_its_place_to_the_trial),
        cmocka_unit_test(test_both_ways_gone_are_tried_in_turn),
        cmocka_unit_test(test_one_way_is_connected_anew_beside_itself),
        cmocka_unit_test(test_without_a_test_the_answer_itself_is_missed),
        cmocka_unit_test(test_who_is_never_suspect_is_waited_for),
        cmocka_unit_test(test_since_when),
        cmocka_unit_test(test_any_order_of_things),
        cmocka_unit_test(test_askers_are_told_once_and_bounded),
    };

    return cmocka_run_group_tests_name("changeover", tests, NULL, NULL);
}

/* Who is behind whom: every way in which a journal can go back in time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "node/standing.h"

#include <string.h>

static const char peer[ACQUIRER_ID_LEN] = "20000001";
static struct node_work work;
static struct node_event event;
static struct node_row rows[3];

/* A host that has heard nothing yet; our own journal stands at record 700 of epoch 5. */
static int set_up(void **state)
{
    (void)state;
    memset(&work, 0, sizeof work);
    memset(&event, 0, sizeof event);
    memset(rows, 0, sizeof rows);
    event.kind = EVENT_MESSAGE;
    event.node = 1;
    event.epoch = 5;
    event.sequence = 701;
    event.wall.us = 1000000;
    work.event = &event;
    standing_need(&work, peer);
    assert_int_equal(work.need_count, 2);
    for (size_t i = 0; i < 2; i++) {
        rows[i].key = work.needs[i];
        work.rows[work.row_count++] = &rows[i];
    }
    return 0;
}

static void say(uint32_t epoch, uint64_t sequence)
{
    event.message.mark = (struct store_mark){.node = 1, .epoch = epoch, .sequence = sequence};
}

static enum standing judge(uint32_t epoch, uint64_t sequence)
{
    say(epoch, sequence);
    return standing_judge(&work, peer);
}

static void hear(uint32_t epoch, uint64_t sequence)
{
    assert_int_equal(judge(epoch, sequence), STANDING_GOOD);
    assert_true(standing_note(&work, peer, STANDING_GOOD));
}

static struct peer_row *noted(void)
{
    return (struct peer_row *)(void *)rows[0].value;
}

static void test_who_is_new_or_goes_on_is_good(void **state)
{
    (void)state;
    hear(3, 100);
    assert_int_equal(judge(3, 100), STANDING_GOOD);
    assert_false(standing_note(&work, peer, STANDING_GOOD)); /* no news */
    hear(3, 250);
    hear(4, 250);                                 /* opened again */
    assert_int_equal(judge(0, 0), STANDING_GOOD); /* says nothing: another's host */
    assert_int_equal(noted()->sequence, 250);
    assert_int_equal(noted()->heard.us, 1000000);
}

/* Two nodes of a host speak in turn; each has a journal of its own. */
static void test_each_node_has_a_mark_of_its_own(void **state)
{
    (void)state;
    hear(3, 100);
    event.message.mark.node = 2;
    standing_need(&work, peer);
    assert_int_equal(work.need_count, 3);
    rows[2].key = work.needs[2];
    work.rows[work.row_count++] = &rows[2];
    event.message.mark = (struct store_mark){.node = 2, .epoch = 1, .sequence = 7};
    assert_int_equal(standing_judge(&work, peer), STANDING_GOOD);
    assert_true(standing_note(&work, peer, STANDING_GOOD));
    assert_int_equal(noted()->sequence, 100); /* the first node's stands beside it */
    assert_int_equal(judge(3, 99), STANDING_HE_IS_BEHIND);
    assert_true(standing_note(&work, peer, STANDING_HE_IS_BEHIND));
    event.message.mark = (struct store_mark){.node = 2, .epoch = 1, .sequence = 8};
    assert_int_equal(standing_judge(&work, peer), STANDING_GOOD);
    event.message.mark.sequence = 6;
    assert_int_equal(standing_judge(&work, peer), STANDING_HE_IS_BEHIND);
}

static void test_who_says_less_than_before_is_behind(void **state)
{
    (void)state;
    hear(3, 100);
    assert_int_equal(judge(4, 99), STANDING_HE_IS_BEHIND);
    assert_true(standing_note(&work, peer, STANDING_HE_IS_BEHIND));
    assert_true(noted()->is_behind);
    assert_int_equal(noted()->refused_sequence, 99);
    assert_int_equal(noted()->sequence, 100); /* what is known stays */
    assert_false(standing_note(&work, peer, STANDING_HE_IS_BEHIND));
    assert_int_equal(judge(2, 500), STANDING_HE_IS_BEHIND); /* an older copy that ran on */
    hear(4, 101);                                           /* the right one is back */
    assert_false(noted()->is_behind);
}

static void test_a_promoted_standby_goes_on_and_the_old_primary_does_not(void **state)
{
    (void)state;
    uint32_t promoted = epoch_next_generation(3, false) + 1;

    hear(3, 100);
    assert_int_equal(judge(promoted, 99), STANDING_HE_IS_BEHIND); /* it lacks what was answered */
    hear(promoted, 100);
    assert_int_equal(judge(4, 5000), STANDING_HE_IS_BEHIND);
    assert_int_equal(judge(90, 5000), STANDING_HE_IS_BEHIND);
    hear(promoted + 1, 120);
}

static void test_a_restored_store_must_reach_to_the_last_word(void **state)
{
    (void)state;
    uint32_t restored = epoch_next_generation(3, true) + 1;

    hear(3, 100);
    say(restored, 100);
    event.message.mark.point.us = 999999; /* before the last word */
    assert_int_equal(standing_judge(&work, peer), STANDING_HE_IS_BEHIND);
    event.message.mark.point.us = 1000000;
    assert_int_equal(standing_judge(&work, peer), STANDING_GOOD);
    event.message.mark.sequence = 99;
    assert_int_equal(standing_judge(&work, peer), STANDING_HE_IS_BEHIND);
}

static void test_old_news_change_nothing(void **state)
{
    (void)state;
    event.message.sent.us = 5000000;
    hear(3, 100);
    event.message.sent.us = 4000000; /* it was on its way for long */
    assert_int_equal(judge(2, 40), STANDING_GOOD);
    assert_false(standing_note(&work, peer, STANDING_HE_IS_BEHIND));
    event.message.sent.us = 6000000;
    assert_int_equal(judge(4, 40), STANDING_HE_IS_BEHIND);
    assert_true(standing_note(&work, peer, STANDING_HE_IS_BEHIND));
    event.message.sent.us = 5500000;
    assert_int_equal(judge(3, 110), STANDING_HE_IS_BEHIND); /* said before it went back */
    event.message.sent.us = 7000000;
    hear(3, 110);
}

/* DE 7 has whole seconds, and a restore may take less. */
static void test_a_restored_store_is_noticed_within_the_same_second(void **state)
{
    (void)state;
    event.message.sent.us = 5000000;
    hear(3, 100);
    assert_int_equal(judge(3, 99), STANDING_GOOD); /* said before, and overtaken */
    hear(4, 100);                                  /* started again */
    assert_int_equal(judge(3, 110), STANDING_GOOD);
    assert_int_equal(judge(epoch_next_generation(3, true) + 1, 101), STANDING_HE_IS_BEHIND);
}

static void test_an_operator_takes_what_is_left(void **state)
{
    (void)state;
    uint32_t restored = epoch_next_generation(3, true) + 1;

    hear(3, 100);
    assert_int_equal(judge(restored, 60), STANDING_HE_IS_BEHIND);
    assert_true(standing_note(&work, peer, STANDING_HE_IS_BEHIND));
    noted()->is_behind = false;
    assert_int_equal(judge(restored, 59), STANDING_HE_IS_BEHIND); /* not what was looked at */
    assert_int_equal(judge(4, 100), STANDING_GOOD);               /* nor is the old one shut out */
    hear(restored + 1, 61);
    assert_int_equal(noted()->refused_epoch, 0);
    assert_int_equal(judge(4, 100), STANDING_HE_IS_BEHIND); /* now it is */
}

/* However often a store is opened, it never looks restored or promoted. */
static void test_openings_never_run_over_into_a_generation(void **state)
{
    uint32_t epoch = epoch_next_generation(3, false);
    uint32_t last = 0;

    (void)state;
    for (uint32_t i = 0; i < (1U << 20) + 10; i++) {
        last = epoch;
        epoch = epoch_next_opening(epoch);
        assert_true(epoch >= last);
    }
    assert_int_equal(epoch, last);
    assert_int_equal(epoch_generation(epoch), 1);
    assert_int_equal(epoch & EPOCH_RESTORED, 0);
    hear(epoch - 1, 100);
    assert_int_equal(judge(epoch, 100), STANDING_GOOD);
    epoch = epoch_next_generation(epoch, true);
    assert_int_equal(epoch_generation(epoch), 2);
    assert_int_equal(epoch & EPOCH_RESTORED, EPOCH_RESTORED);
    for (int i = 0; i < 5000; i++) /* nor do generations begin anew */
        epoch = epoch_next_generation(epoch, false);
    assert_int_equal(epoch_generation(epoch), 2047);
}

static void test_what_the_other_says_of_us_is_heard(void **state)
{
    (void)state;
    hear(3, 100);
    say(3, 120);
    event.message.mark.is_apart = true;
    assert_int_equal(standing_judge(&work, peer), STANDING_WE_ARE_BEHIND);
    assert_true(standing_note(&work, peer, STANDING_WE_ARE_BEHIND));
    assert_true(noted()->says_we_are_behind);
    hear(3, 130);
    assert_false(noted()->says_we_are_behind);
}

static void went_back(int64_t from_us, int64_t until_us)
{
    struct peer_row self = {.layout = PARTY_ROW_LAYOUT, .heard.us = from_us, .sent.us = until_us};

    node_put(&work, &rows[1].key, &self, sizeof self);
}

static void test_what_our_books_lack(void **state)
{
    static const int64_t day = INT64_C(86400000000);
    const int64_t noon = INT64_C(20000) * day + day / 2; /* 2024-10-04 */

    (void)state;
    event.wall.us = noon + 20 * day;
    assert_false(standing_lacks(&work, (struct instant){noon}));
    assert_false(standing_lacks_day(&work, 1004, 0));
    went_back(noon, noon); /* whoever was promoted with all records lacks nothing */
    assert_int_equal(standing_lacks_from(&work).us, 0);
    assert_false(standing_lacks(&work, (struct instant){noon}));
    went_back(noon, noon + 2 * day);
    assert_int_equal(standing_lacks_from(&work).us, noon);
    assert_false(standing_lacks(&work, (struct instant){noon - 1}));
    assert_true(standing_lacks(&work, (struct instant){noon}));
    assert_true(standing_lacks(&work, (struct instant){noon + 2 * day}));
    assert_false(standing_lacks(&work, (struct instant){noon + 2 * day + 1}));
    assert_false(standing_lacks_day(&work, 1002, 0));
    assert_true(standing_lacks_day(&work, 1003, 0)); /* by a clock that is slow, or further west */
    assert_true(standing_lacks_day(&work, 1006, 0));
    assert_true(standing_lacks_day(&work, 1007, 0));
    assert_false(standing_lacks_day(&work, 1008, 0));
    assert_true(standing_lacks_day(&work, 1008, 12 * 3600)); /* it is that day there already */
    assert_false(standing_lacks_day(&work, 0, 0));
    event.wall.us = noon + 9 * day;
    assert_true(standing_lacks_day(&work, 0, 0));
    went_back(noon + 80 * day, noon + 100 * day); /* over the end of the year */
    assert_true(standing_lacks_day(&work, 1231, 0));
    assert_true(standing_lacks_day(&work, 101, 0));
    assert_false(standing_lacks_day(&work, 701, 0));
    event.wall.us = noon + (100 + 366) * day;
    assert_true(standing_lacks_day(&work, 101, 0));
    event.wall.us++; /* it is another year's */
    assert_false(standing_lacks_day(&work, 101, 0));
}

/* A backup of midnight; a till five minutes slow said yesterday of what came right after it. */
static void test_a_day_is_told_by_the_tills_own_clock(void **state)
{
    const int64_t midnight = INT64_C(20000) * 86400000000; /* 2024-10-04 */

    (void)state;
    event.wall.us = midnight + INT64_C(3600000000);
    went_back(midnight, midnight + INT64_C(600000000));
    assert_true(standing_lacks_day(&work, 1003, 0));
    assert_true(standing_lacks_day(&work, 1004, 0));
    went_back(midnight - INT64_C(600000000), midnight - 1);
    assert_true(standing_lacks_day(&work, 1003, 0));
    assert_true(standing_lacks_day(&work, 1004, 0)); /* or fast */
}

static void test_we_say_how_far_we_are(void **state)
{
    (void)state;
    struct store_mark mark;
    struct peer_row self = {.layout = PARTY_ROW_LAYOUT, .heard.us = 77};

    standing_tell(&work, false, &mark);
    assert_int_equal(mark.node, 1);
    assert_int_equal(mark.epoch, 5);
    assert_int_equal(mark.sequence, 700);
    assert_int_equal(mark.point.us, 0);
    node_put(&work, &rows[1].key, &self, sizeof self);
    standing_tell(&work, true, &mark);
    assert_int_equal(mark.point.us, 77);
    assert_true(mark.is_apart);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_who_is_new_or_goes_on_is_good, set_up),
        cmocka_unit_test_setup(test_each_node_has_a_mark_of_its_own, set_up),
        cmocka_unit_test_setup(test_who_says_less_than_before_is_behind, set_up),
        cmocka_unit_test_setup(test_a_promoted_standby_goes_on_and_the_old_primary_does_not,
                               set_up),
        cmocka_unit_test_setup(test_a_restored_store_must_reach_to_the_last_word, set_up),
        cmocka_unit_test_setup(test_old_news_change_nothing, set_up),
        cmocka_unit_test_setup(test_a_restored_store_is_noticed_within_the_same_second, set_up),
        cmocka_unit_test_setup(test_an_operator_takes_what_is_left, set_up),
        cmocka_unit_test_setup(test_openings_never_run_over_into_a_generation, set_up),
        cmocka_unit_test_setup(test_what_the_other_says_of_us_is_heard, set_up),
        cmocka_unit_test_setup(test_what_our_books_lack, set_up),
        cmocka_unit_test_setup(test_a_day_is_told_by_the_tills_own_clock, set_up),
        cmocka_unit_test_setup(test_we_say_how_far_we_are, set_up),
    };
    return cmocka_run_group_tests_name("standing", tests, NULL, NULL);
}

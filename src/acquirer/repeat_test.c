/*
 * The same message again, for every kind of the kinds' table: as it stands, however often, from
 * wherever and whenever it comes, it is answered from the record and changes nothing; with one word
 * changed it is refused, told in which word, and changes nothing either.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test/lib/other_word.h"
#include "test/lib/switch_stand.h"

static void test_one_repeat(void)
{
    keep_all();
    for (int i = 0; i < 10; i++) {
        uint64_t link = i % 3 == 2 ? OTHER_LINK : TILL_LINK;
        if (i == 5)
            sell_elsewhere();
        if (i == 7)
            world_wait_ms(3600000);
        world.crash = i == 4 ? CRASH_BEFORE_RECORD : CRASH_NONE;
        say_over(&request, link);
        expect_all_kept();
        if (world.crash == CRASH_NONE)
            expect_same_answer(link);
    }
    world.crash = CRASH_NONE;
}

static void test_the_same_again_changes_nothing(void **state)
{
    (void)state;
    assert_true(for_each_stand(test_one_repeat) > 200);
}

/* A sender that is not proved learns nothing of what is recorded, and changes nothing. */
static void test_one_unproved(void)
{
    struct keyblock none = {{0}};
    struct keyblock wrong = fake_key(KEY_MAK, 99, TERMINAL);

    keep_all();
    for (int is_wrong = 0; is_wrong <= 1; is_wrong++) {
        world_terminal_says_with(&request, is_wrong ? &wrong : &none);
        expect_all_kept();
        assert_memory_equal(world_sent(TILL_LINK)->message.code, "A0", 2);
        assert_false(world_sent(TILL_LINK)->seal.make_mac);
        assert_int_equal(world_record()->outcome, OUTCOME_MESSAGE_MAC_WRONG);
    }
}

static void test_who_is_not_proved_changes_nothing(void **state)
{
    (void)state;
    assert_true(for_each_stand(test_one_unproved) > 200);
}

/* ---- one word changed ---- */

static void expect_refused(const struct other_word *word, const struct txn_message *changed)
{
    bool is_foreign = changed->amount.currency != request.amount.currency;

    say_over(changed, TILL_LINK);
    expect_all_kept();
    const struct world_sent *sent = world_sent(TILL_LINK);
    assert_non_null(sent);
    if (is_foreign) { /* no such money is taken here at all */
        assert_memory_equal(sent->message.code, "30", 2);
        assert_false(sent->seal.make_mac);
        return;
    }
    assert_memory_equal(sent->message.code, "94", 2);
    assert_true(sent->seal.make_mac);
    assert_int_equal(kept_aside(), word->differs);
    assert_int_equal(world_record()->outcome, OUTCOME_MESSAGE_REPLAYED);
    assert_true(world_record()->is_alarm);
}

/* A tombstone knows what its reversal said. */
static void test_one_change(void)
{
    bool is_buried = world_payment(TRACE)->stage == STAGE_TOMBSTONE;

    keep_all();
    for (size_t i = 0; i < ARRAY_COUNT(other_words); i++) {
        struct txn_message changed = request;
        if (!other_words[i].change(&changed) || (is_buried && other_words[i].is_of_payment))
            continue;
        word_name = other_words[i].name;
        world_wait_ms(120000); /* what was noted a short while ago is no news */
        expect_refused(&other_words[i], &changed);
    }
    word_name = NULL;
    say_over(&request, TILL_LINK);
    expect_all_kept();
    expect_same_answer(TILL_LINK);
}

static void test_one_word_changed_is_refused(void **state)
{
    (void)state;
    assert_true(for_each_stand(test_one_change) > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_same_again_changes_nothing, tell_case),
        cmocka_unit_test_teardown(test_who_is_not_proved_changes_nothing, tell_case),
        cmocka_unit_test_teardown(test_one_word_changed_is_refused, tell_case),
    };

    return cmocka_run_group_tests_name("acquirer/repeat", tests, NULL, NULL);
}

/*
 * The host's answers again at the till, to every kind of the kinds' table: however often and
 * whenever one comes, it counts once, and nobody is told twice; with one word changed it is set
 * aside, and the right one still counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "terminal/play.h"
#include "test/lib/other_word.h"

static struct play play;

/* ---- one request of each kind ---- */

static struct txn_message request;

static enum txn_kind original_of(enum txn_kind kind)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        if (kind_may_follow(kind, (enum txn_kind)i))
            return (enum txn_kind)i;
    }
    return KIND_NONE;
}

/* What was asked for, as it leaves: at once, or out of the store. */
static struct txn_message leaves(void)
{
    if (play_sent(&play) == NULL) {
        struct identity identity = play.work.effects.display.payment.identity;
        play_due(&play, EVENT_TIMER, &identity);
    }
    assert_non_null(play_sent(&play));
    return play_sent(&play)->message;
}

static struct txn_message pay(enum txn_kind kind)
{
    play.command.amount = kind == KIND_BALANCE ? (struct money){0} : money_of(1000, CURRENCY_CNY);
    play_present(&play, ENTRY_STRIPE, "");
    memcpy(play.command.auth_id, "V12345", AUTH_ID_LEN);
    play_pay(&play, kind);
    memset(play.command.auth_id, 0, AUTH_ID_LEN);
    return leaves();
}

static struct txn_message follow(enum txn_kind kind, const struct identity *original)
{
    play.command.original = (struct original){.batch = original->batch, .trace = original->trace};
    play.command.amount = money_of(kind == KIND_TIP_ADJUST ? 1100 : 1000, CURRENCY_CNY);
    memset(&play.command.card, 0, sizeof play.command.card);
    play_pay(&play, kind);
    return leaves();
}

/* Sends a payment of that kind, behind what it follows. */
static struct txn_message ask_for(enum txn_kind kind)
{
    enum txn_kind original = original_of(kind);

    if (original == KIND_NONE)
        return pay(kind);
    struct txn_message before = ask_for(original);
    play_approve(&play, &before);
    return follow(kind, &before.identity);
}

static bool open_request(enum txn_kind kind)
{
    if (kind_row(kind)->processing == NULL)
        return false;
    play_init(&play);
    play_sign_in(&play);
    request = ask_for(kind);
    assert_int_equal(request.kind, kind);
    return true;
}

/* ---- nothing changes ---- */

static struct node_row kept[PLAY_ROWS_MAX];
static size_t kept_count;

static void keep_all(void)
{
    memcpy(kept, play.rows, sizeof kept);
    kept_count = play.row_count;
}

static void expect_all_kept(void)
{
    for (size_t i = 0; i < play.row_count; i++) {
        const struct node_row *now = &play.rows[i];
        if (now->key.table == TABLE_ASIDE)
            continue;
        assert_true(i < kept_count || !now->found);
        if (i >= kept_count)
            continue;
        assert_int_equal(now->found, kept[i].found);
        assert_memory_equal(now->value, kept[i].value, now->found ? now->len : 0);
    }
    assert_null(play_sent(&play));
    assert_false(play.work.effects.has_display);
}

static void say_ten_times(const struct txn_message *answer)
{
    keep_all();
    for (int i = 0; i < 10; i++) {
        if (i == 5)
            play.us += INT64_C(31) * 86400 * 1000000;
        play_answer(&play, answer);
        expect_all_kept();
    }
}

static void test_an_answer_again_counts_once(void **state)
{
    static const char *const codes[] = {"00", "51"};
    size_t count = 0;

    (void)state;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        for (size_t i = 0; i < ARRAY_COUNT(codes) && open_request((enum txn_kind)kind); i++) {
            struct txn_message answer = play_reply_to(&play, &request, codes[i]);
            play_answer(&play, &answer);
            assert_int_equal(play_payment(&play, &request.identity)->stage, STAGE_ANSWERED);
            say_ten_times(&answer);
            count++;
        }
    }
    assert_true(count > 20);
}

/* The answer that was too late, and the one to the reversal. */
static void test_no_answer_counts_after_the_reversal(void **state)
{
    (void)state;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (!kind_row((enum txn_kind)kind)->is_reversible || !open_request((enum txn_kind)kind))
            continue;
        struct txn_message late = play_reply_to(&play, &request, "00");
        play_due(&play, EVENT_TIMER, &request.identity);
        struct txn_message reversal = play_sent(&play)->message;
        assert_int_equal(reversal.function, FUNCTION_REVERSAL);
        say_ten_times(&late);
        struct txn_message done = play_reply_to(&play, &reversal, "00");
        play_answer(&play, &done);
        assert_int_equal(play_payment(&play, &request.identity)->stage, STAGE_REVERSED);
        say_ten_times(&done);
        say_ten_times(&late);
    }
}

/* ---- one word changed ---- */

static void test_an_answer_to_something_else_is_set_aside(void **state)
{
    (void)state;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (!open_request((enum txn_kind)kind))
            continue;
        struct txn_message answer = play_reply_to(&play, &request, "00");
        struct pan_fault fault;
        assert_int_equal(pan_from_digits(bytes_over(PLAY_TRACK, 16), &answer.pan, &fault), OK);
        answer.amount = request.amount;
        keep_all();
        for (size_t i = 0; i < ARRAY_COUNT(other_words); i++) {
            struct txn_message changed = answer;
            if (other_words[i].is_of_payment || !other_words[i].change(&changed))
                continue;
            play_answer(&play, &changed);
            expect_all_kept();
            assert_int_equal(play.work.what, WHAT_QUARANTINED);
            assert_true(play.work.effects.is_alarm);
        }
        play_answer(&play, &answer);
        assert_int_equal(play_payment(&play, &request.identity)->stage, STAGE_ANSWERED);
        assert_int_equal(play_payment(&play, &request.identity)->outcome, OUTCOME_APPROVED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_again_counts_once),
        cmocka_unit_test(test_no_answer_counts_after_the_reversal),
        cmocka_unit_test(test_an_answer_to_something_else_is_set_aside),
    };

    return cmocka_run_group_tests_name("terminal/answer_again", tests, NULL, NULL);
}

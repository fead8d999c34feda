/* The switch asked over the line: shown, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/payment_state.h"
#include "terminal/play.h"

static struct play play;

static struct txn_message peek_at(const struct txn_message *request)
{
    play.command.asks_host = true;
    play.command.original =
        (struct original){.batch = request->identity.batch, .trace = request->identity.trace};
    play_command(&play, COMMAND_QUERY);
    assert_non_null(play_sent(&play));
    return play_sent(&play)->message;
}

static struct txn_message say(const struct txn_message *peek, enum payment_state state)
{
    struct txn_message answer = play_reply_to(&play, peek, "00");

    answer.network_code = (uint16_t)(NETWORK_STATE + state);
    return answer;
}

static void test_a_peek_names_the_payment_under_a_number_of_its_own(void **state)
{
    (void)state;
    play_init(&play);
    play_sign_in(&play);
    struct txn_message request = play_sale(&play);
    struct txn_message peek = peek_at(&request);
    assert_int_equal(peek.kind, KIND_QUERY);
    assert_int_equal(peek.network_code, NETWORK_PEEK);
    assert_int_equal(peek.original.trace, request.identity.trace);
    assert_int_equal(peek.original.batch, request.identity.batch);
    assert_int_equal(peek.identity.trace, request.identity.trace + 1);
    assert_true(play_sent(&play)->seal.make_mac);
}

static void test_the_answer_is_shown_and_changes_nothing(void **state)
{
    (void)state;
    for (unsigned told = 0; told < PAYMENT_STATE_COUNT; told++) {
        play_init(&play);
        play_sign_in(&play);
        struct txn_message request = play_sale(&play);
        struct payment_row before = *play_payment(&play, &request.identity);
        struct txn_message peek = peek_at(&request);
        struct txn_message answer = say(&peek, (enum payment_state)told);
        play_answer(&play, &answer);
        assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
        assert_int_equal(play.work.effects.display.told_state, told);
        assert_true(identity_equal(&play.work.effects.display.payment.identity, &request.identity));
        assert_memory_equal(play_payment(&play, &request.identity), &before, sizeof before);
        assert_true(identity_equal(&play_terminal(&play)->owed, &request.identity));
        play_answer(&play, &answer); /* once */
        assert_int_equal(play_shown(&play), OUTCOME_COUNT);
    }
}

/* A sale whose issuer was silent is undone by the switch, which never says when: asked, it does. */
static void test_what_the_switch_undoes_ends_when_it_says_so(void **state)
{
    static const char *const codes[] = {"98", "96"};

    (void)state;
    for (unsigned told = 0; told < PAYMENT_STATE_COUNT; told++) {
        bool is_over = told == PAYMENT_TAKEN_BACK || told == PAYMENT_REFUSED;
        play_init(&play);
        play_sign_in(&play);
        struct txn_message request = play_sale(&play);
        struct txn_message refusal = play_reply_to(&play, &request, codes[told % 2]);
        play_answer(&play, &refusal);
        const struct payment_row *payment = play_payment(&play, &request.identity);
        assert_int_equal(payment->money, MONEY_RETURNING);
        assert_false(payment_state_is_safe(payment));
        struct txn_message peek = peek_at(&request);
        struct txn_message answer = say(&peek, (enum payment_state)told);
        play_answer(&play, &answer);
        payment = play_payment(&play, &request.identity);
        assert_int_equal(payment->stage, is_over ? STAGE_REVERSED : STAGE_ANSWERED);
        assert_int_equal(payment->money, is_over ? MONEY_RETURNED : MONEY_RETURNING);
        assert_int_equal(payment_state_is_safe(payment), is_over);
        assert_int_equal(play.work.effects.display.told_state, told);
    }
}

/* In doubt at the switch: what the issuer says of it is shown beside that, and ends nothing. */
static void test_the_issuers_word_is_shown_beside(void **state)
{
    (void)state;
    for (unsigned word = 0; word < PAYMENT_STATE_COUNT; word++) {
        play_init(&play);
        play_sign_in(&play);
        struct txn_message request = play_sale(&play);
        struct payment_row before = *play_payment(&play, &request.identity);
        struct txn_message peek = peek_at(&request);
        struct txn_message answer = say(&peek, PAYMENT_NEVER_SEEN);
        answer.network_code = (uint16_t)(NETWORK_HEARD + word);
        play_answer(&play, &answer);
        assert_int_equal(play.work.effects.display.told_state, PAYMENT_IN_PROGRESS);
        assert_int_equal(play.work.effects.display.heard_state, 1 + word);
        assert_memory_equal(play_payment(&play, &request.identity), &before, sizeof before);
    }
}

static void test_an_answer_without_a_good_mac_is_none(void **state)
{
    (void)state;
    play_init(&play);
    play_sign_in(&play);
    struct txn_message request = play_sale(&play);
    struct txn_message peek = peek_at(&request);
    struct txn_message answer = say(&peek, PAYMENT_APPROVED);
    answer.mac[1] ^= 0x40;
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_COUNT);
    struct identity exchange = play_identity(0, peek.identity.trace);
    play_due(&play, EVENT_TIMER, &exchange);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_NO_ANSWER);
}

static void test_what_cannot_be_asked_says_why(void **state)
{
    (void)state;
    play_init(&play);
    play.command.asks_host = true;
    play.command.original.trace = 1;
    play_command(&play, COMMAND_QUERY);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_NOT_SIGNED_IN);
    play_sign_in(&play);
    play.event.line_is_up = false;
    play_command(&play, COMMAND_QUERY);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_UNREACHABLE);
    assert_int_equal(play.work.what, WHAT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_peek_names_the_payment_under_a_number_of_its_own),
        cmocka_unit_test(test_the_answer_is_shown_and_changes_nothing),
        cmocka_unit_test(test_what_the_switch_undoes_ends_when_it_says_so),
        cmocka_unit_test(test_the_issuers_word_is_shown_beside),
        cmocka_unit_test(test_an_answer_without_a_good_mac_is_none),
        cmocka_unit_test(test_what_cannot_be_asked_says_why),
    };

    return cmocka_run_group_tests_name("peek", tests, NULL, NULL);
}

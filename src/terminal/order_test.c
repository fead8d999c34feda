/* The same order again: told while in doubt, given its answer once paid, else paid anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "terminal/order.h"
#include "terminal/play.h"

static struct play play;

static void start(void)
{
    play_init(&play);
    play_sign_in(&play);
}

static void name_order(const char *order)
{
    memset(play.command.order, 0, sizeof play.command.order);
    memcpy(play.command.order, order, strlen(order));
}

static struct txn_message sale_of(const char *order)
{
    name_order(order);
    return play_sale(&play);
}

static void refuse(const struct txn_message *request)
{
    struct txn_message answer = play_reply_to(&play, request, "51");

    play_answer(&play, &answer);
}

static void reverse(const struct txn_message *request)
{
    play_due(&play, EVENT_TIMER, &request->identity);
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");
    play_answer(&play, &answer);
}

/* Nothing was sent, changed or recorded; what is shown is the payment of the request. */
static void assert_repeated(const struct txn_message *request, enum outcome outcome)
{
    const struct node_display *display = &play.work.effects.display;
    uint32_t trace_next = play_terminal(&play)->trace_next;

    play_pay(&play, KIND_SALE);
    assert_true(play.work.effects.has_display);
    assert_true(display->is_repeat);
    assert_int_equal(display->outcome, outcome);
    assert_int_equal(display->has_payment, request != NULL);
    if (request != NULL)
        assert_true(identity_equal(&display->payment.identity, &request->identity));
    assert_int_equal(play.work.effects.send_count, 0);
    assert_int_equal(play.work.what, WHAT_NONE);
    assert_false(play.asked[HSM_PIN_ENCRYPT]);
    assert_int_equal(play_terminal(&play)->trace_next, trace_next);
}

static struct order_row *order_row(const char *order)
{
    char padded[ORDER_LEN] = {0};

    memcpy(padded, order, strlen(order));
    struct row_key key = order_key(PLAY_TERMINAL, padded);
    struct node_row *row = play_row(&play, &key);
    return row->found ? (struct order_row *)row->value : NULL;
}

static struct order_book_row *book(void)
{
    struct row_key key = row_key_of(TABLE_ORDER_BOOK, PLAY_TERMINAL, TERMINAL_ID_LEN);

    return (struct order_book_row *)play_row(&play, &key)->value;
}

static void test_an_order_in_doubt_is_not_charged_again(void **state)
{
    (void)state;
    start();
    struct txn_message request = sale_of("A-17");
    assert_repeated(&request, OUTCOME_TERMINAL_REVERSAL_PENDING); /* its answer is awaited */
    play_due(&play, EVENT_TIMER, &request.identity);
    assert_repeated(&request, OUTCOME_TERMINAL_REVERSAL_PENDING);
    assert_int_equal(play.work.effects.display.payment.stage, STAGE_REVERSING);
    play.command.amount.minor = 999; /* another amount does not make it another order */
    assert_repeated(&request, OUTCOME_TERMINAL_REVERSAL_PENDING);
}

static void test_a_paid_order_is_given_its_answer(void **state)
{
    (void)state;
    start();
    struct txn_message request = sale_of("A-17");
    play_approve(&play, &request);
    for (int i = 0; i < 3; i++)
        assert_repeated(&request, OUTCOME_APPROVED);
    assert_memory_equal(play.work.effects.display.payment.auth_id, "A12345", AUTH_ID_LEN);
    struct txn_message other = sale_of("A-18");
    assert_int_not_equal(other.identity.trace, request.identity.trace);
    play_approve(&play, &other);
    name_order("A-17");
    assert_repeated(&request, OUTCOME_APPROVED);
}

static void test_what_did_not_move_money_is_paid_anew(void **state)
{
    (void)state;
    start();
    struct txn_message request = sale_of("A-17");
    refuse(&request);
    struct txn_message second = sale_of("A-17");
    assert_int_not_equal(second.identity.trace, request.identity.trace);
    reverse(&second);
    struct txn_message third = sale_of("A-17");
    assert_int_not_equal(third.identity.trace, second.identity.trace);
    play_approve(&play, &third);
    assert_repeated(&third, OUTCOME_APPROVED);
    play_follow(&play, KIND_VOID, &third.identity);
    struct txn_message taken_back = play_sent(&play)->message;
    play_approve(&play, &taken_back);
    play.command.amount = money_of(1000, CURRENCY_CNY);
    play_present(&play, ENTRY_STRIPE, "");
    sale_of("A-17");
    assert_int_equal(book()->count, 1);
}

/* The switch knows of a payment of the same order at another till. */
static void test_an_order_that_another_till_has(void **state)
{
    (void)state;
    start();
    struct txn_message request = sale_of("A-17");
    assert_memory_equal(request.order, "A-17", sizeof "A-17");
    struct txn_message answer = play_reply_to(&play, &request, "94");
    struct text said = text_over(answer.text, sizeof answer.text);
    text_add(&said, "order T2/000001/000042 in-progress");
    play_answer(&play, &answer);
    const struct payment_row *payment = play_payment(&play, &request.identity);
    assert_int_equal(payment->outcome, OUTCOME_ORDER_TAKEN);
    assert_int_equal(payment->money, MONEY_NOT_MOVED);
    assert_int_equal(play_terminal(&play)->owed.trace, 0);
    char room[64];
    struct text t = text_over(room, sizeof room);
    evidence_remark(payment->evidence, &t);
    assert_string_equal(text_z(&t), "T2/000001/000042 in-progress");
    struct txn_message again = sale_of("A-17"); /* whether that has failed, the switch knows */
    assert_int_not_equal(again.identity.trace, request.identity.trace);
    answer = play_reply_to(&play, &again, "94"); /* without these words it is another cause */
    play_answer(&play, &answer);
    assert_int_equal(play_payment(&play, &again.identity)->outcome, OUTCOME_MESSAGE_REPLAYED);
}

static void test_a_follow_up_has_no_order(void **state)
{
    (void)state;
    start();
    struct txn_message request = sale_of("A-17");
    play_approve(&play, &request);
    play_follow(&play, KIND_VOID, &request.identity); /* the reference is still in the command */
    assert_int_equal(play_sent(&play)->message.kind, KIND_VOID);
}

static void test_a_refusal_of_the_terminal_can_be_asked_for(void **state)
{
    (void)state;
    start();
    name_order("A-17");
    play.event.line_is_up = false;
    play_pay(&play, KIND_SALE);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_UNREACHABLE);
    assert_true(identity_equal(&order_row("A-17")->payment, &play_terminal(&play)->last));
    play.event.line_is_up = true;
    sale_of("A-17");
}

static void test_what_cannot_be_read_counts_as_in_doubt(void **state)
{
    (void)state;
    start();
    struct txn_message request = sale_of("A-17");
    refuse(&request);
    struct payment_row *payment = play_payment(&play, &request.identity);
    payment->follow = FOLLOW_COUNT;
    assert_repeated(NULL, OUTCOME_TERMINAL_REVERSAL_PENDING);
    payment->follow = FOLLOW_NONE;
    order_row("A-17")->layout = 99;
    assert_repeated(NULL, OUTCOME_TERMINAL_REVERSAL_PENDING);
    order_row("A-17")->layout = PARTY_ROW_LAYOUT;
    order_row("A-17")->payment.trace = 999; /* a payment that is not there */
    assert_repeated(NULL, OUTCOME_TERMINAL_REVERSAL_PENDING);
}

/* The book is told to be full, so that the test need not fill it. */
static void test_the_oldest_order_goes_when_the_book_is_full(void **state)
{
    (void)state;
    start();
    for (char at = '1'; at <= '3'; at++) {
        char order[] = {at, 0};
        struct txn_message request = sale_of(order);
        refuse(&request);
    }
    struct txn_message again = sale_of("1"); /* the oldest, used again: it stays */
    play_approve(&play, &again);
    assert_int_equal(book()->count, 3);
    book()->count = ORDERS_MAX;
    struct txn_message fourth = sale_of("4");
    refuse(&fourth);
    assert_non_null(order_row("1"));
    assert_int_equal(book()->count, ORDERS_MAX + 1);
    struct txn_message fifth = sale_of("5");
    refuse(&fifth);
    assert_null(order_row("2"));
    assert_non_null(order_row("3"));
    assert_int_equal(book()->count, ORDERS_MAX + 1);
    name_order("1");
    assert_repeated(&again, OUTCOME_APPROVED);
    assert_memory_equal(book()->oldest, "3", 2);
    assert_memory_equal(book()->newest, "5", 2);
    assert_memory_equal(order_row("3")->newer, "1", 2);
}

static void test_a_full_doubt_says_how_long(void **state)
{
    (void)state;
    start();
    struct txn_message request = play_sale(&play);
    play_due(&play, EVENT_TIMER, &request.identity);
    play_pay(&play, KIND_SALE);
    const struct evidence *list = play.work.effects.display.payment.evidence;
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_REVERSAL_PENDING);
    assert_int_equal(list[0].name, EVIDENCE_TRACE);
    assert_int_equal(list[1].name, EVIDENCE_WAITED_S);
    assert_string_equal(list[1].text, "2");
    assert_int_equal(list[2].name, EVIDENCE_NEXT);
    assert_int_equal(strlen(list[2].text), strlen("2026-11-22 09:33:00"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_order_in_doubt_is_not_charged_again),
        cmocka_unit_test(test_a_paid_order_is_given_its_answer),
        cmocka_unit_test(test_what_did_not_move_money_is_paid_anew),
        cmocka_unit_test(test_an_order_that_another_till_has),
        cmocka_unit_test(test_a_follow_up_has_no_order),
        cmocka_unit_test(test_a_refusal_of_the_terminal_can_be_asked_for),
        cmocka_unit_test(test_what_cannot_be_read_counts_as_in_doubt),
        cmocka_unit_test(test_the_oldest_order_goes_when_the_book_is_full),
        cmocka_unit_test(test_a_full_doubt_says_how_long),
    };

    return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}

/*
 * The ways a payment of the switch can stand when it is taken back, and what must be there after;
 * for reversal_test.c and lane_test.c.
 */
#ifndef TEST_REVERSAL_STAND_H
#define TEST_REVERSAL_STAND_H

#define CHECK(condition) assert_true(condition)
#include "test/lib/switch_world.h"

static struct txn_message request; /* of the payment, as the issuer got it */

UNUSED static void expect(enum payment_stage stage, enum money_state money, enum outcome outcome)
{
    const struct payment_row *row = world_payment(42);

    assert_non_null(row);
    assert_int_equal(row->stage, stage);
    assert_int_equal(row->money, money);
    assert_int_equal(row->outcome, outcome);
}

UNUSED static void expect_reply(const char *code)
{
    const struct world_sent *reply = world_sent(TILL_LINK);

    assert_non_null(reply);
    assert_memory_equal(reply->message.code, code, 2);
    assert_true(reply->seal.make_mac);
}

UNUSED static void expect_nothing(void)
{
    assert_int_equal(world.sent_count, 0);
    assert_null(world_record());
}

/* ---- the ways a payment can stand ---- */

UNUSED static void stand_unknown(void)
{
    struct txn_message sale = world_sale(42, 12850);

    world_open();
    memset(&request, 0, sizeof request);
    request = sale;
}

UNUSED static void stand_sent(void)
{
    struct txn_message sale = world_sale(42, 12850);

    world_open();
    world_terminal_says(&sale);
    request = world_sent(ISSUER_LINK)->message;
}

UNUSED static void stand_approved(void)
{
    stand_sent();
    struct txn_message answer = world_answer(&request, "00");
    world_issuer_says(&answer);
}

UNUSED static void stand_declined(void)
{
    stand_sent();
    struct txn_message answer = world_answer(&request, "51");
    world_issuer_says(&answer);
}

UNUSED static void stand_given_up(void)
{
    stand_sent();
    world_wait_ms(20000);
    world_timer(world_pending_key(42));
}

UNUSED static void terminal_reverses(void)
{
    struct txn_message reversal = world_reversal(42, 12850);

    world_terminal_says(&reversal);
}

UNUSED static void stand_reversing(void)
{
    stand_approved();
    terminal_reverses();
}

UNUSED static struct txn_message reversal_answer(const char *code)
{
    struct txn_message sent = request;

    sent.function = FUNCTION_REVERSAL;
    sent.identity = identity_as(&request.identity, IDENTITY_REVERSAL);
    return world_answer(&sent, code);
}

UNUSED static void issuer_confirms(const char *code)
{
    struct txn_message answer = reversal_answer(code);

    world_issuer_says(&answer);
}

UNUSED static void stand_reversed(void)
{
    stand_reversing();
    issuer_confirms("00");
}

UNUSED static void stand_buried(void)
{
    stand_unknown();
    terminal_reverses();
}

#endif

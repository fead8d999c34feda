/* Events that are no payment's business: what cannot be read, strays, starts, operators. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "test/lib/switch_world.h"

static const struct keyblock no_key;

static void expect_nothing(void)
{
    assert_int_equal(world.sent_count, 0);
    assert_int_equal(world.deadline_count, 0);
    assert_null(world_record());
}

static void garble(const struct txn_message *message, const char *peer)
{
    struct node_event *event = world_event(EVENT_GARBLED);

    event->link = peer[0] != 0 ? ISSUER_LINK : TILL_LINK;
    if (peer[0] != 0)
        assert_int_equal(identity_id_from_text(peer, 0, event->peer, sizeof event->peer), OK);
    event->message = *message;
    event->fault = (struct txn_fault){.field = 4, .expected = "12 digits", .found = "letters"};
    world_run();
}

static void test_what_cannot_be_read_is_answered_with_the_field(void **state)
{
    struct txn_message sale = world_sale(42, 100);

    (void)state;
    world_open();
    garble(&sale, "");
    const struct world_sent *reply = world_sent(TILL_LINK);
    assert_non_null(reply);
    assert_memory_equal(reply->message.code, "30", 2);
    assert_string_equal(reply->message.text, "field 4: 12 digits, not letters");
    assert_false(reply->seal.make_mac);
    assert_int_equal(world_record()->outcome, OUTCOME_MESSAGE_MALFORMED);
    assert_int_equal(world_record()->about.trace, 42);
    assert_null(world_payment(42));
    sale.function = FUNCTION_REVERSAL;
    garble(&sale, "");
    assert_int_equal(world_sent(TILL_LINK)->message.function, FUNCTION_REVERSAL_RESPONSE);
    sale.function = FUNCTION_RESPONSE;
    garble(&sale, "");
    assert_int_equal(world.sent_count, 0);
}

static void test_what_cannot_be_read_from_nobody_is_dropped(void **state)
{
    struct txn_message sale = world_sale(42, 100);

    (void)state;
    world_open();
    sale.identity.terminal[1] = '9';
    garble(&sale, "");
    expect_nothing();
    memset(&sale, 0, sizeof sale);
    garble(&sale, "");
    expect_nothing();
    garble(&sale, "55555555");
    expect_nothing();
    garble(&sale, ISSUER);
    assert_int_equal(world_record()->what, WHAT_QUARANTINED);
    assert_true(world_record()->is_alarm);
    assert_int_equal(world.sent_count, 0);
}

static void test_a_kind_that_we_do_not_know_is_not_supported(void **state)
{
    struct txn_message message = world_sale(42, 100);

    (void)state;
    world_open();
    message.kind = KIND_NONE;
    message.mti = 0x0320;
    memcpy(message.processing, "200000", sizeof message.processing);
    world_terminal_says_with(&message, &no_key);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "40", 2);
    assert_false(world_sent(TILL_LINK)->seal.make_mac);
    assert_int_equal(world_record()->outcome, OUTCOME_TRANSACTION_UNSUPPORTED);
    assert_null(world_payment(42));
}

static void test_answers_from_terminals_are_nothing(void **state)
{
    static const enum txn_function functions[] = {FUNCTION_RESPONSE, FUNCTION_REVERSAL_RESPONSE};
    struct txn_message sale = world_sale(42, 100);

    (void)state;
    world_open();
    world_terminal_says(&sale);
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++) {
        sale.function = functions[i];
        memcpy(sale.code, "00", 2);
        world_terminal_says(&sale);
        expect_nothing();
        assert_int_equal(world_payment(42)->stage, STAGE_SENT);
    }
}

static void test_starts_and_strange_keys_are_nothing(void **state)
{
    (void)state;
    world_open();
    world_event(EVENT_START);
    world_run();
    expect_nothing();
    for (unsigned table = TABLE_CONFIG; table < TABLE_COUNT; table++) {
        struct row_key key = row_key_of((enum row_table)table, "strange", 7);
        world_timer(key);
        expect_nothing();
        world_recover(key);
        expect_nothing();
    }
}

/* ---- operators ---- */

static void put_row(struct row_key key, const void *value, size_t len)
{
    static struct node_command command;

    memset(&command, 0, sizeof command);
    command.kind = COMMAND_PUT_ROW;
    command.key = key;
    memcpy(command.value, value, len);
    command.value_len = (uint16_t)len;
    world_event(EVENT_COMMAND)->command = &command;
    world.event.ticket = 3;
    world_run();
    assert_true(world.was_shown);
}

static void test_an_operator_changes_the_set_up_at_once(void **state)
{
    struct txn_message sale = world_sale(42, 100);
    struct merchant_row merchant;
    struct route_row route;

    (void)state;
    world_open();
    sale.pan = world_pan("6219990000000000");
    world_terminal_says(&sale);
    assert_int_equal(world_payment(42)->outcome, OUTCOME_CARD_BIN_UNKNOWN);
    assert_int_equal(onboard_route("621999", ISSUER, &route), OK);
    put_row(onboard_route_key(&route), &route, sizeof route);
    assert_int_equal(world.shown, OUTCOME_APPROVED);
    assert_int_equal(world_record()->what, WHAT_CONFIGURED);
    sale.identity.trace = 43;
    world_terminal_says(&sale);
    assert_int_equal(world_payment(43)->stage, STAGE_SENT);

    merchant = *world_merchant();
    merchant.state = RECORD_FROZEN;
    put_row(onboard_merchant_key(&merchant), &merchant, sizeof merchant);
    sale.identity.trace = 44;
    world_terminal_says(&sale);
    assert_int_equal(world_payment(44)->outcome, OUTCOME_MERCHANT_FROZEN);
}

static void test_what_the_switch_keeps_stays_whatever_an_operator_says(void **state)
{
    struct terminal_row terminal;
    struct issuer_row issuer;

    (void)state;
    world_open();
    terminal = *world_terminal();
    terminal.is_signed_in = 0;
    terminal.batch = 0;
    terminal.state = RECORD_FROZEN;
    put_row(onboard_terminal_key(&terminal), &terminal, sizeof terminal);
    assert_int_equal(world_terminal()->state, RECORD_FROZEN);
    assert_int_equal(world_terminal()->is_signed_in, 1);
    assert_int_equal(world_terminal()->batch, 1);

    struct issuer_row before = *world_issuer();
    assert_int_equal(onboard_issuer(ISSUER, "New name", &before.zone_master, &issuer), OK);
    put_row(onboard_issuer_key(&issuer), &issuer, sizeof issuer);
    assert_string_equal(world_issuer()->name, "New name");
    assert_memory_equal(&world_issuer()->zone_mac, &before.zone_mac, sizeof before.zone_mac);
    assert_int_equal(world_issuer()->key_version, before.key_version);
    assert_int_equal(world_issuer_link()->is_up, 1);
}

static void test_a_bad_row_or_command_is_refused(void **state)
{
    struct identity identity = world_identity(42);
    struct payment_row payment;
    struct merchant_row merchant;

    (void)state;
    world_open();
    memset(&payment, 0, sizeof payment);
    put_row(payment_row_key(&identity), &payment, sizeof payment);
    assert_int_equal(world.shown, OUTCOME_TRANSACTION_UNSUPPORTED);
    assert_null(world_record());
    merchant = *world_merchant();
    merchant.state = RECORD_STATE_COUNT;
    put_row(onboard_merchant_key(&merchant), &merchant, sizeof merchant);
    assert_int_equal(world.shown, OUTCOME_TRANSACTION_UNSUPPORTED);
    assert_int_equal(world_merchant()->state, RECORD_ACTIVE);
    for (int kind = COMMAND_NONE; kind < COMMAND_COUNT; kind++) {
        struct node_command command = {.kind = (enum command_kind)kind};
        world_event(EVENT_COMMAND)->command = &command;
        world_run();
        assert_int_equal(world.shown, OUTCOME_TRANSACTION_UNSUPPORTED);
        assert_null(world_record());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_cannot_be_read_is_answered_with_the_field),
        cmocka_unit_test(test_what_cannot_be_read_from_nobody_is_dropped),
        cmocka_unit_test(test_a_kind_that_we_do_not_know_is_not_supported),
        cmocka_unit_test(test_answers_from_terminals_are_nothing),
        cmocka_unit_test(test_starts_and_strange_keys_are_nothing),
        cmocka_unit_test(test_an_operator_changes_the_set_up_at_once),
        cmocka_unit_test(test_what_the_switch_keeps_stays_whatever_an_operator_says),
        cmocka_unit_test(test_a_bad_row_or_command_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

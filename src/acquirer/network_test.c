/* Sign-in and keys of terminals; links, keys and echoes of issuers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "acquirer/network.h"
#include "test/lib/switch_world.h"

static const struct keyblock no_key;

static struct txn_message network_message(enum txn_kind kind, uint32_t trace, uint16_t code)
{
    struct txn_message message;

    memset(&message, 0, sizeof message);
    message.kind = kind;
    message.function = FUNCTION_REQUEST;
    message.identity = world_identity(trace);
    message.network_code = code;
    message.software = 310001;
    message.sequence = -1;
    assert_int_equal(identity_id_from_text(MERCHANT, ' ', message.merchant, MERCHANT_ID_LEN), OK);
    return message;
}

static void sign_in(uint32_t trace, uint16_t code)
{
    struct txn_message message = network_message(KIND_SIGN_IN, trace, code);

    world_terminal_says_with(&message, &no_key);
}

static void expect_reply(const char *code)
{
    const struct world_sent *reply = world_sent(TILL_LINK);

    assert_non_null(reply);
    assert_memory_equal(reply->message.code, code, 2);
    assert_false(reply->seal.make_mac);
}

/* ---- terminals ---- */

static void test_a_sign_in_brings_new_keys(void **state)
{
    struct keyblock old;

    (void)state;
    world_open();
    old = world_keys()->mac;
    sign_in(5, 3);
    expect_reply("00");
    const struct txn_message *reply = &world_sent(TILL_LINK)->message;
    assert_int_equal(reply->keys_len, 40);
    assert_int_equal(reply->keys[0], 11);
    assert_int_equal(reply->identity.batch, 1);
    assert_int_equal(reply->network_code, 3);
    assert_int_equal(reply->local_date, 1122);
    assert_int_equal(world_record()->what, WHAT_SIGNED_IN);
    assert_int_equal(world_keys()->version, 2);
    assert_memory_equal(&world_keys()->mac_before, &old, sizeof old);
    assert_int_equal(bytes_get_u32(world_keys()->mac_check), 0xC0DE0000U + 111);
    assert_int_equal(bytes_get_u32(world_keys()->pin_check), 0xC0DE0000U + 11);
    assert_true(world_keys()->changed.us == world.wall.us);
    assert_int_equal(world_terminal()->is_signed_in, 1);
    assert_int_equal(world_terminal()->software, 310001);
}

/* A terminal without memory counts its traces from 1 again, so its batch must be one never used. */
static void test_a_terminal_that_remembers_nothing_gets_a_new_batch(void **state)
{
    struct txn_message message;

    (void)state;
    world_open();
    message = network_message(KIND_SIGN_IN, 1, 3);
    message.identity.batch = 0;
    world_terminal_says_with(&message, &no_key);
    assert_int_equal(world_sent(TILL_LINK)->message.identity.batch, 2);
    assert_int_equal(world_terminal()->batch, 2);
}

/* Anybody can send sign-ins: they must not wind the batches round to where old payments are. */
static void test_batches_never_begin_again(void **state)
{
    struct txn_message message;

    (void)state;
    world_open();
    world_terminal()->batch = 999999;
    struct keyblock mac = world_keys()->mac;
    message = network_message(KIND_SIGN_IN, 2, 3);
    message.identity.batch = 0;
    world_terminal_says_with(&message, &no_key);
    expect_reply("58");
    assert_int_equal(world_terminal()->batch, 999999);
    assert_memory_equal(&world_keys()->mac, &mac, sizeof mac);
    message.identity.trace = 3;
    message.identity.batch = 999999; /* a terminal that remembers goes on */
    world_terminal_says_with(&message, &no_key);
    expect_reply("00");
    assert_int_equal(world_terminal()->batch, 999999);
}

static void test_the_first_sign_in_starts_the_keys_and_the_batch(void **state)
{
    (void)state;
    world_open();
    world_remove(world_terminal_key(TABLE_TERMINAL_KEYS));
    world_terminal()->batch = 0;
    sign_in(5, 1);
    expect_reply("00");
    assert_int_equal(world_keys()->version, 1);
    assert_int_equal(world_keys()->mac_before.at[0], 0);
    assert_int_equal(world_terminal()->batch, 1);
    struct txn_message sale = world_sale(6, 100);
    world_terminal_says(&sale);
    assert_int_equal(world_payment(6)->stage, STAGE_SENT);
}

static void test_a_doubled_sign_in_makes_no_second_keys(void **state)
{
    (void)state;
    world_open();
    sign_in(5, 3);
    struct terminal_keys_row keys = *world_keys();
    world_wait_ms(19999);
    sign_in(5, 3);
    assert_int_equal(world.sent_count, 0);
    assert_null(world_record());
    assert_int_equal(world.keys_made, 1);
    assert_memory_equal(world_keys(), &keys, sizeof keys);
    sign_in(6, 3); /* the terminal tries again */
    expect_reply("00");
    assert_int_equal(world_keys()->version, 3);
    world_wait_ms(20000);
    sign_in(6, 3); /* a terminal that was reset */
    expect_reply("00");
}

static void freeze_terminal(void)
{
    world_terminal()->state = RECORD_NOT_ACTIVATED;
}

static void forget_terminal(void)
{
    world_remove(world_terminal_key(TABLE_TERMINAL));
}

static void move_terminal(void)
{
    memcpy(world_terminal()->merchant, "M2", 2);
}

static void forget_merchant(void)
{
    char id[MERCHANT_ID_LEN];

    assert_int_equal(identity_id_from_text(MERCHANT, ' ', id, sizeof id), OK);
    world_remove(row_key_of(TABLE_MERCHANT, id, sizeof id));
}

static void break_master(void)
{
    world_terminal()->master = fake_key(KEY_TMK, 3, "T2");
}

static void make_practice(void)
{
    world_config()->is_training = 1;
}

static void do_nothing(void)
{
}

static void test_each_refused_sign_in_says_why(void **state)
{
    /* clang-format off */
    static const struct {
        void (*spoil)(void);
        uint32_t trace;
        uint16_t code;
        enum outcome outcome;
    } rows[] = {
        { do_nothing,      0, 3,  OUTCOME_MESSAGE_MALFORMED },
        { forget_terminal, 5, 3,  OUTCOME_TERMINAL_UNKNOWN },
        { move_terminal,   5, 3,  OUTCOME_TERMINAL_UNKNOWN },
        { freeze_terminal, 5, 3,  OUTCOME_TERMINAL_DISABLED },
        { forget_merchant, 5, 3,  OUTCOME_MERCHANT_UNKNOWN },
        { do_nothing,      5, 4,  OUTCOME_TRANSACTION_UNSUPPORTED },
        { do_nothing,      5, 11, OUTCOME_TRANSACTION_UNSUPPORTED },
        { make_practice,   5, 3,  OUTCOME_TRAINING_MIXED },
        { break_master,    5, 3,  OUTCOME_SWITCH_FAULT },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        world_open();
        struct terminal_keys_row keys = *world_keys();
        rows[i].spoil();
        sign_in(rows[i].trace, rows[i].code);
        expect_reply(outcome_row(rows[i].outcome)->code);
        assert_int_equal(world_record()->outcome, rows[i].outcome);
        assert_int_equal(world_sent(TILL_LINK)->message.keys_len, 0);
        assert_memory_equal(world_keys(), &keys, sizeof keys);
    }
}

/* A terminal that is out of step with its keys, and whose merchant was frozen since, must still be
 * able to take back what it owes. */
static void test_a_frozen_merchants_terminal_gets_keys(void **state)
{
    (void)state;
    world_open();
    world_merchant()->state = RECORD_FROZEN;
    sign_in(5, 3);
    expect_reply("00");
    assert_true(world_sent(TILL_LINK)->message.keys_len > 0);
}

static void test_a_sign_off_and_echoes(void **state)
{
    struct txn_message off = network_message(KIND_SIGN_OFF, 5, 2);
    struct txn_message echo = network_message(KIND_ECHO, 0, 301);

    (void)state;
    world_open();
    world_terminal_says_with(&off, &no_key);
    expect_reply("00");
    assert_int_equal(world_record()->what, WHAT_SIGNED_OFF);
    assert_int_equal(world_terminal()->is_signed_in, 0);
    world_terminal_says_with(&off, &no_key);
    expect_reply("00");
    assert_null(world_record());
    world_terminal_says_with(&echo, &no_key);
    expect_reply("00");
    assert_null(world_record());
    forget_terminal();
    world_terminal_says_with(&echo, &no_key);
    expect_reply("97");
    assert_null(world_record());
}

/* ---- issuers ---- */

static void expect_sign_on(uint64_t link, uint32_t trace)
{
    const struct world_sent *out = world_sent(link);

    assert_non_null(out);
    assert_int_equal(out->message.kind, KIND_SIGN_IN);
    assert_int_equal(out->message.function, FUNCTION_REQUEST);
    assert_int_equal(out->message.network_code, NETWORK_SIGN_ON);
    assert_int_equal(out->message.identity.trace, trace);
    assert_memory_equal(out->message.identity.terminal, "        ", TERMINAL_ID_LEN);
    assert_memory_equal(out->message.identity.acquirer, ACQUIRER_ID, 8);
    assert_false(out->message.has_mac);
    assert_int_equal(world.deadline_count, 1);
    assert_int_equal(world.deadlines[0].key.table, TABLE_ISSUER);
}

static void answer_on(uint64_t link, uint32_t trace, const char *code, uint8_t download)
{
    struct node_event *event = world_event(EVENT_MESSAGE);

    event->link = link;
    assert_int_equal(identity_id_from_text(ISSUER, 0, event->peer, sizeof event->peer), OK);
    event->message.kind = KIND_SIGN_IN;
    event->message.function = FUNCTION_RESPONSE;
    event->message.identity.trace = trace;
    memcpy(event->message.code, code, 2);
    event->message.keys_len = download == 0 ? 0 : 40;
    memset(event->message.keys, download, 40);
    world_run();
}

static void test_a_link_signs_on_and_takes_keys(void **state)
{
    struct keyblock old;

    (void)state;
    world_open();
    old = world_issuer()->zone_mac;
    world_link(EVENT_LINK_UP, 901, ISSUER);
    assert_int_equal(world_record()->what, WHAT_LINK_CHANGED);
    assert_int_equal(world_issuer_link()->is_up, 0);
    assert_true(world_issuer_link()->link == 901);
    expect_sign_on(901, 18);
    answer_on(901, 18, "00", 33);
    assert_int_equal(world_record()->what, WHAT_KEYS_CHANGED);
    assert_int_equal(world_issuer_link()->is_up, 1);
    assert_int_equal(world_issuer()->key_version, 2);
    struct keyblock zpk = fake_key(KEY_ZPK, 33, ISSUER);
    struct keyblock zak = fake_key(KEY_ZAK, 133, ISSUER);
    assert_memory_equal(&world_issuer()->zone_pin, &zpk, sizeof zpk);
    assert_memory_equal(&world_issuer()->zone_mac, &zak, sizeof zak);
    assert_memory_equal(&world_issuer()->zone_mac_before, &old, sizeof old);
    assert_int_equal(world.deadline_count, 1);
    struct txn_message sale = world_sale(42, 100);
    world_terminal_says(&sale);
    assert_non_null(world_sent(901));
    assert_memory_equal(&world_sent(901)->seal.mac.block, &zak, sizeof zak);
}

static void test_a_sign_on_without_good_keys_is_not_up(void **state)
{
    (void)state;
    world_open();
    world_link(EVENT_LINK_UP, 901, ISSUER);
    struct issuer_row before = *world_issuer();
    struct issuer_link_row link_before = *world_issuer_link();
    answer_on(901, 18, "00", 0xBD);
    assert_int_equal(world_record()->what, WHAT_QUARANTINED);
    assert_true(world_record()->is_alarm);
    answer_on(901, 18, "96", 33);
    assert_int_equal(world_record()->what, WHAT_QUARANTINED);
    answer_on(901, 18, "00", 0);
    assert_int_equal(world_record()->what, WHAT_QUARANTINED);
    answer_on(901, 19, "00", 33); /* to no sign-on of ours */
    assert_null(world_record());
    answer_on(901, 9, "00", 33); /* to one of long ago */
    assert_null(world_record());
    answer_on(900, 18, "00", 33); /* over the older link */
    assert_null(world_record());
    assert_memory_equal(world_issuer(), &before, sizeof before);
    assert_memory_equal(world_issuer_link(), &link_before, sizeof link_before);
    struct txn_message sale = world_sale(42, 100);
    world_terminal_says(&sale);
    assert_int_equal(world_payment(42)->outcome, OUTCOME_ISSUER_UNREACHABLE);
    assert_string_equal(world_payment(42)->evidence[0].text, "not signed on");
}

static void test_a_sign_on_is_tried_until_it_works(void **state)
{
    (void)state;
    world_open();
    world_link(EVENT_LINK_UP, 901, ISSUER);
    assert_true(world.deadlines[0].due.ns - world.wall.us * 1000 == 2000000000);
    for (uint32_t trace = 19; trace < 40; trace++) {
        world_wait_ms(16000);
        world_timer(world_issuer_key(ISSUER));
        expect_sign_on(901, trace);
        assert_true(world.deadlines[0].due.ns - world.wall.us * 1000 == 16000000000);
    }
    answer_on(901, 39, "00", 33);
    assert_int_equal(world_issuer_link()->is_up, 1);
}

static void test_a_slow_answer_serves_until_the_next(void **state)
{
    (void)state;
    world_open();
    world_link(EVENT_LINK_UP, 901, ISSUER);
    world_timer(world_issuer_key(ISSUER));
    expect_sign_on(901, 19);
    answer_on(901, 18, "00", 33);
    assert_int_equal(world_issuer_link()->is_up, 1);
    answer_on(901, 19, "00", 34);
    assert_int_equal(world_issuer()->key_version, 3);
    answer_on(901, 18, "00", 33); /* doubled: older than what is in use */
    assert_null(world_record());
    assert_int_equal(world_issuer()->key_version, 3);
}

static void test_sign_on_traces_wrap(void **state)
{
    (void)state;
    world_open();
    world_issuer_link()->sign_on_trace = 999999;
    world_link(EVENT_LINK_UP, 901, ISSUER);
    expect_sign_on(901, 1);
}

/* The issuer's answer to a sign-on, with what it says of its journal. */
static void answer_with_mark(uint32_t trace, const char *code, struct store_mark mark)
{
    struct node_event *event = world_event(EVENT_MESSAGE);

    event->link = 901;
    assert_int_equal(identity_id_from_text(ISSUER, 0, event->peer, sizeof event->peer), OK);
    event->message.kind = KIND_SIGN_IN;
    event->message.function = FUNCTION_RESPONSE;
    event->message.identity.trace = trace;
    memcpy(event->message.code, code, 2);
    event->message.keys_len = 40;
    memset(event->message.keys, 33, 40);
    event->message.mark = mark;
    world_run();
}

static void test_an_issuer_that_went_back_is_not_signed_on(void **state)
{
    (void)state;
    world_open();
    world_link(EVENT_LINK_UP, 901, ISSUER);
    answer_with_mark(18, "00", (struct store_mark){.node = 1, .epoch = 3, .sequence = 5000});
    assert_int_equal(world_issuer_link()->is_up, 1);
    world_link(EVENT_LINK_UP, 901, ISSUER); /* it was restored, and connects again */
    answer_with_mark(19, "00", (struct store_mark){.node = 1, .epoch = 4, .sequence = 4000});
    assert_int_equal(world_record()->what, WHAT_BOOKS_APART);
    assert_true(world_record()->is_alarm);
    assert_int_equal(world_issuer_link()->is_up, 0);
    assert_int_equal(world_issuer()->key_version, 2); /* its keys are not taken */
    struct txn_message sale = world_sale(42, 100);
    world_terminal_says(&sale);
    assert_int_equal(world_payment(42)->outcome, OUTCOME_ISSUER_BOOKS_APART);
    assert_null(world_sent(901));
    world_timer(world_issuer_key(ISSUER)); /* it is asked again, but nobody is called again */
    answer_with_mark(20, "00", (struct store_mark){.node = 1, .epoch = 4, .sequence = 4000});
    assert_null(world_record());
    char id[ACQUIRER_ID_LEN];
    assert_int_equal(identity_id_from_text(ISSUER, 0, id, sizeof id), OK);
    struct peer_row *peer = world_value(row_key_of(TABLE_PEER, id, sizeof id));
    assert_int_equal(peer->refused_sequence, 4000);
    peer->is_behind = false; /* the operator's word */
    answer_with_mark(20, "00", (struct store_mark){.node = 1, .epoch = 4, .sequence = 4001});
    assert_int_equal(world_issuer_link()->is_up, 1);
    assert_int_equal(world_issuer_link()->standing, 0);
    sale = world_sale(43, 100);
    world_terminal_says(&sale);
    assert_non_null(world_sent(901));
}

static void test_a_switch_hears_that_it_went_back(void **state)
{
    (void)state;
    world_open();
    world_link(EVENT_LINK_UP, 901, ISSUER);
    answer_with_mark(
        18, "91", (struct store_mark){.node = 1, .epoch = 3, .sequence = 5000, .is_apart = true});
    assert_int_equal(world_record()->what, WHAT_BOOKS_APART);
    struct txn_message sale = world_sale(42, 100);
    world_terminal_says(&sale);
    assert_int_equal(world_payment(42)->outcome, OUTCOME_ISSUER_BOOKS_APART);
    assert_string_equal(world_payment(42)->evidence[0].text, "the switch is behind");
}

static void test_an_idle_link_is_tested(void **state)
{
    (void)state;
    world_open();
    world_timer(world_issuer_key(ISSUER));
    assert_null(world_record());
    assert_int_equal(world_sent(ISSUER_LINK)->message.kind, KIND_ECHO);
    assert_int_equal(world_sent(ISSUER_LINK)->message.network_code, NETWORK_ECHO);
    assert_true(world.deadlines[0].due.ns - world.wall.us * 1000 == 30000000000);
    struct txn_message answer = world_answer(&world_sent(ISSUER_LINK)->message, "00");
    world_issuer_says_with(&answer, &no_key);
    assert_null(world_record());
    assert_int_equal(world.sent_count, 0);
}

static void test_a_link_that_goes_takes_the_issuer_down(void **state)
{
    (void)state;
    world_open();
    world_link(EVENT_LINK_UP, 901, ISSUER);
    answer_on(901, 18, "00", 33);
    world_link(EVENT_LINK_DOWN, ISSUER_LINK, ISSUER); /* the news of the older link */
    assert_null(world_record());
    assert_int_equal(world_issuer_link()->is_up, 1);
    world_link(EVENT_LINK_DOWN, 901, ISSUER);
    assert_int_equal(world_record()->what, WHAT_LINK_CHANGED);
    assert_int_equal(world_issuer_link()->is_up, 0);
    struct txn_message sale = world_sale(42, 100);
    world_terminal_says(&sale);
    assert_int_equal(world_payment(42)->outcome, OUTCOME_ISSUER_UNREACHABLE);
    assert_string_equal(world_payment(42)->evidence[0].text, "no link");
    assert_string_equal(world_payment(42)->evidence[1].text, "2026-11-22 18:00:00");
    world_link(EVENT_LINK_DOWN, 901, ISSUER);
    assert_null(world_record());
    world_timer(world_issuer_key(ISSUER));
    assert_int_equal(world.sent_count, 0);
    assert_int_equal(world.deadline_count, 0);
}

static void test_at_start_the_host_says_that_all_links_are_down(void **state)
{
    (void)state;
    world_open();
    world_link(EVENT_LINK_DOWN, 0, ISSUER);
    assert_int_equal(world_issuer_link()->is_up, 0);
    assert_int_equal(world_issuer_link()->link, 0);
}

static void test_links_without_a_known_name_are_nothing(void **state)
{
    (void)state;
    world_open();
    struct issuer_link_row before = *world_issuer_link();
    world_link(EVENT_LINK_UP, 5, "");
    assert_null(world_record());
    world_link(EVENT_LINK_UP, 5, "55555555");
    assert_null(world_record());
    world_link(EVENT_LINK_DOWN, 5, "55555555");
    assert_null(world_record());
    assert_int_equal(world.sent_count, 0);
    assert_memory_equal(world_issuer_link(), &before, sizeof before);
}

static void test_an_issuer_tests_the_link_and_takes_leave(void **state)
{
    struct txn_message echo = network_message(KIND_ECHO, 7, 301);
    struct txn_message off = network_message(KIND_SIGN_OFF, 8, 2);

    (void)state;
    world_open();
    world_issuer_says_with(&echo, &no_key);
    assert_memory_equal(world_sent(ISSUER_LINK)->message.code, "00", 2);
    assert_null(world_record());
    world_issuer_says_with(&off, &no_key);
    assert_memory_equal(world_sent(ISSUER_LINK)->message.code, "00", 2);
    assert_int_equal(world_issuer_link()->is_up, 0);
    assert_int_equal(world.deadline_count, 1);
    world_timer(world_issuer_key(ISSUER)); /* knocks until it is back */
    expect_sign_on(ISSUER_LINK, 18);
}

static void test_an_issuer_sends_no_payments(void **state)
{
    struct txn_message sale = world_sale(42, 100);
    struct txn_message reversal = world_reversal(42, 100);

    (void)state;
    world_open();
    world_issuer_says(&sale);
    assert_memory_equal(world_sent(ISSUER_LINK)->message.code, "40", 2);
    assert_false(world_sent(ISSUER_LINK)->seal.make_mac);
    assert_null(world_payment(42));
    world_issuer_says(&reversal);
    assert_memory_equal(world_sent(ISSUER_LINK)->message.code, "40", 2);
    assert_null(world_payment(42));
    assert_null(world_record());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sign_in_brings_new_keys),
        cmocka_unit_test(test_a_terminal_that_remembers_nothing_gets_a_new_batch),
        cmocka_unit_test(test_batches_never_begin_again),
        cmocka_unit_test(test_the_first_sign_in_starts_the_keys_and_the_batch),
        cmocka_unit_test(test_a_doubled_sign_in_makes_no_second_keys),
        cmocka_unit_test(test_each_refused_sign_in_says_why),
        cmocka_unit_test(test_a_frozen_merchants_terminal_gets_keys),
        cmocka_unit_test(test_a_sign_off_and_echoes),
        cmocka_unit_test(test_a_link_signs_on_and_takes_keys),
        cmocka_unit_test(test_a_sign_on_without_good_keys_is_not_up),
        cmocka_unit_test(test_a_sign_on_is_tried_until_it_works),
        cmocka_unit_test(test_a_slow_answer_serves_until_the_next),
        cmocka_unit_test(test_sign_on_traces_wrap),
        cmocka_unit_test(test_an_issuer_that_went_back_is_not_signed_on),
        cmocka_unit_test(test_a_switch_hears_that_it_went_back),
        cmocka_unit_test(test_an_idle_link_is_tested),
        cmocka_unit_test(test_a_link_that_goes_takes_the_issuer_down),
        cmocka_unit_test(test_at_start_the_host_says_that_all_links_are_down),
        cmocka_unit_test(test_links_without_a_known_name_are_nothing),
        cmocka_unit_test(test_an_issuer_tests_the_link_and_takes_leave),
        cmocka_unit_test(test_an_issuer_sends_no_payments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

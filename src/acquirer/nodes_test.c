/* Several nodes of the switch share their rows and nothing else: links, deadlines and what is on
 * its way belong to one of them. Here they take turns on one set of rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "test/lib/switch_world.h"

#define SALE 42
#define OTHER_TILL_LINK 8
#define OTHER_ISSUER_LINK 950

static void at_node(uint16_t node)
{
    world.node = node;
}

static void open_two(void)
{
    world_open();
    world_put_link(2, OTHER_ISSUER_LINK);
}

/* What the terminal says, by a link of the node that it is at. */
static void say(const struct txn_message *message)
{
    struct node_event *event = world_event(EVENT_MESSAGE);
    struct keyblock mak = world_keys()->mac;

    event->link = world.node == 1 ? TILL_LINK : OTHER_TILL_LINK;
    event->message = *message;
    sign_with(&event->message, &mak, TERMINAL);
    world_run();
}

static void hear(const struct txn_message *message, const struct keyblock *zak)
{
    struct node_event *event = world_event(EVENT_MESSAGE);

    event->link = world.node == 1 ? ISSUER_LINK : OTHER_ISSUER_LINK;
    CHECK(identity_id_from_text(ISSUER, 0, event->peer, sizeof event->peer) == OK);
    event->message = *message;
    sign_with(&event->message, zak, ISSUER);
    world_run();
}

/* A sale is on its way to the issuer by node 1. Returns what left. */
static struct txn_message send_sale(void)
{
    struct txn_message sale = world_sale(SALE, 12850);

    open_two();
    say(&sale);
    assert_non_null(world_sent(ISSUER_LINK));
    assert_int_equal(world_pending(SALE)->node, 1);
    return world_sent(ISSUER_LINK)->message;
}

static void expect_code(uint64_t link, const char *code)
{
    assert_non_null(world_sent(link));
    assert_memory_equal(world_sent(link)->message.code, code, RESPONSE_CODE_LEN);
    assert_true(world_sent(link)->seal.make_mac);
}

static void test_a_repeat_at_another_node_sends_nothing_twice(void **state)
{
    (void)state;
    struct txn_message request = send_sale();
    struct txn_message answer = world_answer(&request, "00");
    struct txn_message sale = world_sale(SALE, 12850);
    struct keyblock zak = world_issuer()->zone_mac;

    at_node(2);
    say(&sale);
    assert_int_equal(world.sent_count, 0);
    assert_int_equal(world_payment(SALE)->link, OTHER_TILL_LINK);
    assert_int_equal(world_pending(SALE)->node, 1); /* who still waits for the issuer */
    at_node(1);
    hear(&answer, &zak);
    assert_int_equal(world_payment(SALE)->money, MONEY_MOVED);
    assert_null(world_sent(TILL_LINK)); /* it leaves for a link that this node does not have */
    at_node(2);
    say(&sale);
    expect_code(OTHER_TILL_LINK, "00");
    assert_null(world_record());
    assert_int_equal(world.entry_count, 2);
}

static void test_a_reversal_at_another_node_takes_back_what_is_under_way(void **state)
{
    (void)state;
    struct txn_message request = send_sale();
    struct txn_message answer = world_answer(&request, "00");
    struct txn_message reversal = world_reversal(SALE, 12850);
    struct keyblock zak = world_issuer()->zone_mac;

    at_node(2);
    say(&reversal);
    expect_code(OTHER_TILL_LINK, "00");
    assert_non_null(world_sent(OTHER_ISSUER_LINK));
    struct txn_message undo = world_sent(OTHER_ISSUER_LINK)->message;
    assert_int_equal(undo.function, FUNCTION_REVERSAL);
    assert_int_equal(world_pending(SALE)->node, 2);
    at_node(1);
    hear(&answer, &zak); /* approved, too late: nothing is posted */
    assert_int_equal(world_record()->what, WHAT_LATE_ANSWER);
    assert_int_equal(world_payment(SALE)->money, MONEY_RETURNING);
    assert_int_equal(world.sent_count, 0);
    assert_int_equal(world.entry_count, 0);
    at_node(2);
    answer = world_answer(&undo, "00");
    hear(&answer, &zak);
    assert_int_equal(world_payment(SALE)->stage, STAGE_REVERSED);
    assert_int_equal(world_payment(SALE)->money, MONEY_RETURNED);
}

static void test_only_who_armed_a_deadline_keeps_it(void **state)
{
    (void)state;
    struct txn_message reversal = world_reversal(SALE, 12850);

    (void)send_sale();
    at_node(2);
    say(&reversal);
    world_wait_ms(30000);
    at_node(1);
    world_timer(world_pending_key(SALE));
    assert_null(world_record());
    assert_int_equal(world.sent_count + world.deadline_count, 0);
    at_node(2);
    world_timer(world_pending_key(SALE));
    assert_int_equal(world_record()->what, WHAT_REVERSAL_SENT);
    assert_non_null(world_sent(OTHER_ISSUER_LINK));
    assert_int_equal(world.deadline_count, 1);
    world_pending(SALE)->node = 0; /* written before rows named a node */
    world_timer(world_pending_key(SALE));
    assert_int_equal(world_pending(SALE)->node, 2);
}

/* What a dead node left is given up, or sent again, by whoever sweeps it up. */
static void test_a_sweeper_takes_back_what_was_under_way(void **state)
{
    (void)state;
    (void)send_sale();
    at_node(2);
    world_recover(world_pending_key(SALE));
    assert_int_equal(world_record()->what, WHAT_RECOVERED);
    assert_int_equal(world_payment(SALE)->outcome, OUTCOME_ISSUER_NO_ANSWER);
    assert_int_equal(world_payment(SALE)->money, MONEY_RETURNING);
    assert_non_null(world_sent(OTHER_ISSUER_LINK));
    assert_int_equal(world_pending(SALE)->node, 2);
    at_node(1); /* it was not dead: its own deadline must not go on with it */
    world_timer(world_pending_key(SALE));
    assert_null(world_record());
    assert_int_equal(world.sent_count, 0);
}

static void test_a_sweeper_keeps_what_it_cannot_send_yet(void **state)
{
    (void)state;
    struct txn_message reversal = world_reversal(SALE, 12850);

    (void)send_sale();
    world_issuer_link()->is_up = 0;
    say(&reversal);
    at_node(2);
    world_issuer_link()->is_up = 0;
    world_recover(world_pending_key(SALE));
    assert_int_equal(world_record()->what, WHAT_RECOVERED);
    assert_int_equal(world_pending(SALE)->node, 2);
    assert_int_equal(world_pending(SALE)->attempts, 0);
    assert_int_equal(world.deadline_count, 1);
    world_timer(world_pending_key(SALE)); /* and waits on, without a record each time */
    assert_null(world_record());
    assert_int_equal(world.deadline_count, 1);
    world_issuer_link()->is_up = 1;
    world_timer(world_pending_key(SALE));
    assert_non_null(world_sent(OTHER_ISSUER_LINK));
}

static void test_each_node_has_links_of_its_own(void **state)
{
    (void)state;
    struct txn_message sale = world_sale(SALE, 12850);

    open_two();
    at_node(2);
    world_link(EVENT_LINK_DOWN, OTHER_ISSUER_LINK, ISSUER);
    assert_int_equal(world_issuer_link()->is_up, 0);
    say(&sale);
    expect_code(OTHER_TILL_LINK, "91");
    at_node(1);
    sale.identity.trace++;
    say(&sale);
    assert_non_null(world_sent(ISSUER_LINK));
    at_node(3); /* one that never had a link */
    world_link(EVENT_LINK_DOWN, 0, ISSUER);
    assert_null(world_record());
    world_link(EVENT_LINK_UP, 970, ISSUER);
    assert_int_equal(world_sent(970)->message.kind, KIND_SIGN_IN);
    assert_int_equal(world_issuer_link()->node, 3);
    assert_true(world_issuer_link()->link == 970);
}

static uint64_t said_sequence; /* how far the issuer's journal is, as it says; 0: it does not */

static void answer_sign_on(uint64_t link, uint32_t trace, uint8_t keys)
{
    struct node_event *event = world_event(EVENT_MESSAGE);

    event->link = link;
    assert_int_equal(identity_id_from_text(ISSUER, 0, event->peer, sizeof event->peer), OK);
    event->message.kind = KIND_SIGN_IN;
    event->message.function = FUNCTION_RESPONSE;
    event->message.identity.trace = trace;
    memcpy(event->message.code, "00", 2);
    event->message.keys_len = 40;
    memset(event->message.keys, keys, 40);
    if (said_sequence != 0)
        event->message.mark = (struct store_mark){.node = 1, .epoch = 1, .sequence = said_sequence};
    event->message.sent = event->wall;
    world_run();
}

static uint32_t come_up(uint64_t link)
{
    world_link(EVENT_LINK_UP, link, ISSUER);
    assert_non_null(world_sent(link));
    return world_sent(link)->message.identity.trace;
}

/* One node signs on and gets new keys for the zone while an answer is on its way to the other. */
static void test_new_zone_keys_do_not_spoil_what_is_on_its_way(void **state)
{
    (void)state;
    struct txn_message request = send_sale();
    struct txn_message answer = world_answer(&request, "00");
    struct keyblock zak = world_issuer()->zone_mac;

    at_node(2);
    answer_sign_on(951, come_up(951), 33);
    assert_int_equal(world_record()->what, WHAT_KEYS_CHANGED);
    at_node(1);
    assert_int_equal(world_issuer_link()->is_up, 1);
    hear(&answer, &zak);
    assert_int_equal(world_payment(SALE)->money, MONEY_MOVED);
    expect_code(TILL_LINK, "00");
}

/* Both nodes sign on at the same time. The issuer has answered node 1 first; its answer is taken
 * last. Its keys are the older ones: those of node 2 stay, and node 1 asks anew. */
static void test_keys_that_another_node_overtook_are_not_taken(void **state)
{
    (void)state;
    uint32_t first = come_up(961);

    at_node(2);
    uint32_t second = come_up(962);
    said_sequence = 185;
    answer_sign_on(962, second, 34);
    said_sequence = 182; /* and yet it was asked for later, by the clock in the messages */
    world.wall.us += 1000000;
    assert_int_equal(world_record()->what, WHAT_KEYS_CHANGED);
    struct issuer_row taken = *world_issuer();
    at_node(1);
    answer_sign_on(961, first, 33);
    assert_memory_equal(world_issuer(), &taken, sizeof taken);
    assert_int_equal(world_issuer_link()->is_up, 0);
    assert_int_equal(world_record()->what, WHAT_LINK_CHANGED); /* and nobody's books are apart */
    assert_non_null(world_sent(961));
    uint32_t again = world_sent(961)->message.identity.trace;
    assert_true(again != first);
    answer_sign_on(961, first, 33); /* said twice: as old as before */
    assert_memory_equal(world_issuer(), &taken, sizeof taken);
    said_sequence = 190;
    answer_sign_on(961, again, 35);
    said_sequence = 0;
    assert_int_equal(world_record()->what, WHAT_KEYS_CHANGED);
    assert_int_equal(world_issuer_link()->is_up, 1);
    assert_int_equal(world_issuer()->key_version, taken.key_version + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_repeat_at_another_node_sends_nothing_twice),
        cmocka_unit_test(test_a_reversal_at_another_node_takes_back_what_is_under_way),
        cmocka_unit_test(test_only_who_armed_a_deadline_keeps_it),
        cmocka_unit_test(test_a_sweeper_takes_back_what_was_under_way),
        cmocka_unit_test(test_a_sweeper_keeps_what_it_cannot_send_yet),
        cmocka_unit_test(test_each_node_has_links_of_its_own),
        cmocka_unit_test(test_new_zone_keys_do_not_spoil_what_is_on_its_way),
        cmocka_unit_test(test_keys_that_another_node_overtook_are_not_taken),
    };

    return cmocka_run_group_tests_name("nodes", tests, NULL, NULL);
}

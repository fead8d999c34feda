/* One order of a shop, tried at several tills: charged once, whatever is lost and wherever it is
 * tried again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "acquirer/shop_order.h"
#include "books/archive_rows.h"
#include "books/payment_state.h"
#include "test/lib/switch_world.h"

#define OTHER_TILL "T2      "
#define OTHER_BATCH 3
#define MINOR 12850

/* A second till of the same shop, signed in. */
static void open_with_two_tills(void)
{
    struct terminal_row terminal;
    struct terminal_keys_row keys;
    struct keyblock master = fake_key(KEY_TMK, 6, "T2");

    world_open();
    terminal = *(struct terminal_row *)world_value(world_terminal_key(TABLE_TERMINAL));
    memcpy(terminal.terminal, OTHER_TILL, TERMINAL_ID_LEN);
    terminal.master = master;
    terminal.batch = OTHER_BATCH;
    world_put(row_key_of(TABLE_TERMINAL, OTHER_TILL, TERMINAL_ID_LEN), &terminal, sizeof terminal);
    keys = *world_keys();
    keys.pin = fake_key(KEY_PIK, 7, "T2");
    keys.mac = fake_key(KEY_MAK, 8, "T2");
    world_put(row_key_of(TABLE_TERMINAL_KEYS, OTHER_TILL, TERMINAL_ID_LEN), &keys, sizeof keys);
}

static struct txn_message sale_of(const char *order, uint32_t trace)
{
    struct txn_message sale = world_sale(trace, MINOR);

    memcpy(sale.order, order, strlen(order));
    return sale;
}

/* At the other till; returns the code that it is answered, "" when the sale was sent on. */
static const char *other_till_sells(const char *order, uint32_t trace)
{
    static char code[RESPONSE_CODE_LEN + 1];
    struct node_event *event = world_event(EVENT_MESSAGE);

    event->link = TILL_LINK;
    event->message = sale_of(order, trace);
    memcpy(event->message.identity.terminal, OTHER_TILL, TERMINAL_ID_LEN);
    event->message.identity.batch = OTHER_BATCH;
    struct keyblock mak = fake_key(KEY_MAK, 8, "T2");
    sign_with(&event->message, &mak, "T2");
    world_run();
    memset(code, 0, sizeof code);
    if (world_sent(TILL_LINK) != NULL)
        memcpy(code, world_sent(TILL_LINK)->message.code, RESPONSE_CODE_LEN);
    return code;
}

static struct txn_message sell(const char *order)
{
    struct txn_message sale = sale_of(order, 42);

    open_with_two_tills();
    world_terminal_says(&sale);
    assert_non_null(world_sent(ISSUER_LINK));
    assert_int_equal(world_sent(ISSUER_LINK)->message.order[0], 0); /* the shop's own business */
    return sale;
}

static void answer(const char *code)
{
    struct txn_message sale = sale_of("A-17", 42);
    struct txn_message reply = world_answer(&sale, code);

    world_issuer_says(&reply);
}

static void expect_taken(const char *state)
{
    assert_string_equal(other_till_sells("A-17", 7), "94");
    assert_null(world_sent(ISSUER_LINK));
    assert_true(world_sent(TILL_LINK)->seal.make_mac);
    assert_int_equal(world_record()->outcome, OUTCOME_ORDER_TAKEN);
    assert_int_equal(world_record()->money, MONEY_NOT_MOVED);
    char remark[TXN_TEXT_LEN];
    struct text t = text_over(remark, sizeof remark);
    text_add(&t, "order T1/000001/000042 ");
    text_add(&t, state);
    assert_string_equal(world_sent(TILL_LINK)->message.text, text_z(&t));
}

static void test_an_order_is_charged_once(void **state)
{
    (void)state;
    (void)sell("A-17");
    size_t entries = world.entry_count;
    expect_taken("in-progress");
    (void)sell("A-17");
    answer("00");
    entries = world.entry_count;
    expect_taken("approved");
    assert_int_equal(world.entry_count, entries);
    (void)sell("A-17"); /* the issuer is silent: it is being taken back */
    world_timer(world_pending_key(42));
    expect_taken("being-taken-back");
}

/* Long after, a register sends it again: its row is in the archive, and nobody here can say that it
 * was refused. */
static void test_an_order_whose_payment_was_archived_is_not_free(void **state)
{
    (void)state;
    struct identity paid = world_identity(42);
    struct archive_mark_row mark = {.layout = ARCHIVE_ROW_LAYOUT,
                                    .batch = paid.batch,
                                    .trace = 50,
                                    .date = 20251001,
                                    .count = 50};

    (void)sell("A-17");
    answer("51");
    world_remove(payment_row_key(&paid));
    world_put(archive_mark_key(&paid), &mark, sizeof mark);
    expect_taken("archived");
    assert_string_equal(other_till_sells("A-18", 8), "");
}

/* Refused, taken back: the order may be paid at the other till, and is that payment's then. */
static void test_what_has_failed_may_be_charged_anew(void **state)
{
    (void)state;
    (void)sell("A-17");
    answer("51");
    assert_string_equal(other_till_sells("A-17", 7), "");
    assert_non_null(world_sent(ISSUER_LINK));
    struct txn_message again = sale_of("A-17", 43);
    world_terminal_says(&again);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "94", RESPONSE_CODE_LEN);
    assert_string_equal(world_sent(TILL_LINK)->message.text, "order T2/000003/000007 in-progress");

    struct txn_message sale = sell("A-17");
    struct txn_message reversal = world_reversal_of(&sale);
    world_terminal_says(&reversal);
    struct txn_message done = world_answer(&world_sent(ISSUER_LINK)->message, "00");
    expect_taken("being-taken-back");
    world_issuer_says(&done);
    assert_int_equal(world_payment(42)->stage, STAGE_REVERSED);
    assert_string_equal(other_till_sells("A-17", 8), "");
}

/* Voided at one till, tried in vain at the other; then the void is taken back. */
static void test_a_void_taken_back_is_a_charge_again(void **state)
{
    (void)state;
    (void)sell("A-17");
    answer("00");
    world.is_unproved = true;
    world_payment(42)->follow = FOLLOW_VOIDED;
    assert_string_equal(other_till_sells("A-17", 7), "");
    assert_non_null(world_sent(ISSUER_LINK));
    struct txn_message refusal = world_answer(&world_sent(ISSUER_LINK)->message, "51");
    world_issuer_says(&refusal);
    world_payment(42)->follow = FOLLOW_NONE;
    assert_string_equal(other_till_sells("A-17", 8), "94");
    assert_string_equal(world_sent(TILL_LINK)->message.text, "order T1/000001/000042 approved");
}

static void test_other_orders_and_other_shops_do_not_matter(void **state)
{
    (void)state;
    (void)sell("A-17");
    assert_string_equal(other_till_sells("A-18", 7), "");
    struct txn_message plain = world_sale(44, MINOR);
    world_terminal_says(&plain);
    assert_non_null(world_sent(ISSUER_LINK));
    struct txn_message repeat =
        sale_of("A-17", 42); /* the same request again is no second charge */
    world_terminal_says(&repeat);
    assert_null(world_sent(TILL_LINK));
}

static void test_a_damaged_payment_counts_as_charged(void **state)
{
    (void)state;
    (void)sell("A-17");
    world.is_unproved = true;
    world_payment(42)->stage = STAGE_COUNT;
    expect_taken("damaged");
}

/* However many orders a shop has, its places are as many as before, each with the newest. */
static void test_orders_take_bounded_room(void **state)
{
    struct row_key key;
    size_t places = 0;

    (void)state;
    open_with_two_tills();
    for (uint32_t i = 0; i < SHOP_ORDERS_KEPT + 3; i++) {
        struct txn_message sale = sale_of("A", 50 + i);
        /* all in one place: found by trying */
        for (uint32_t salt = 0; salt < 1000000; salt++) {
            struct row_key place;
            bytes_from_number(salt, sale.order + 1, 6);
            sale.order[7] = (char)('a' + i);
            world.event.message = sale;
            memset(&world.work, 0, sizeof world.work);
            world.work.event = &world.event;
            struct desk desk = desk_of(&world.work);
            shop_order_need(&desk);
            place = world.work.needs[0];
            if (i == 0 && salt == 0)
                key = place;
            if (row_key_equal(&place, &key))
                break;
        }
        world_terminal_says(&sale);
        assert_non_null(world_sent(ISSUER_LINK));
    }
    for (size_t i = 0; i < world.row_count; i++)
        places += world.rows[i].found && world.rows[i].key.table == TABLE_SHOP_ORDER;
    assert_int_equal(places, 1);
    const struct shop_order_row *row = world_value(key);
    assert_int_equal(row->count, SHOP_ORDERS_KEPT);
    assert_int_equal(row->entries[SHOP_ORDERS_KEPT - 1].payment.trace, 50 + SHOP_ORDERS_KEPT + 2);
    assert_int_equal(row->entries[0].payment.trace, 53);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_order_is_charged_once),
        cmocka_unit_test(test_an_order_whose_payment_was_archived_is_not_free),
        cmocka_unit_test(test_what_has_failed_may_be_charged_anew),
        cmocka_unit_test(test_a_void_taken_back_is_a_charge_again),
        cmocka_unit_test(test_other_orders_and_other_shops_do_not_matter),
        cmocka_unit_test(test_a_damaged_payment_counts_as_charged),
        cmocka_unit_test(test_orders_take_bounded_room),
    };

    return cmocka_run_group_tests_name("shop_order", tests, NULL, NULL);
}

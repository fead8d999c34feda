/* What terminals fetch and bring: parameters, lists, entries, status; demands; bad blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "acquirer/handout.h"
#include "books/handout_rows.h"
#include "test/lib/switch_world.h"
#include "txn/parameter_block.h"

static const struct keyblock no_key;
static const char everybody[TERMINAL_ID_LEN];
static const uint8_t entry[] = {0x9F, 0x06, 0x08, 0xA0, 0x00, 0x00, 0x03, 0x33,
                                0x01, 0x01, 0x01, 0xDF, 0x01, 0x01, 0x01};

static const struct txn_message *say(enum txn_kind kind, uint16_t code, struct bytes block)
{
    struct txn_message message;

    memset(&message, 0, sizeof message);
    message.kind = kind;
    message.function = FUNCTION_REQUEST;
    message.identity = world_identity(0);
    message.network_code = code;
    message.software = 310001;
    message.sequence = -1;
    message.block = block;
    assert_int_equal(identity_id_from_text(MERCHANT, ' ', message.merchant, MERCHANT_ID_LEN), OK);
    if (kind == KIND_SIGN_IN)
        message.identity.trace = 77;
    world_terminal_says_with(&message, &no_key);
    assert_non_null(world_sent(TILL_LINK));
    return &world_sent(TILL_LINK)->message;
}

static const struct txn_message *ask(enum txn_kind kind, uint16_t code)
{
    const struct txn_message *reply = say(kind, code, (struct bytes){0});

    assert_memory_equal(reply->code, "00", 2);
    return reply;
}

static void publish(struct instant at)
{
    struct handout_row list = {.layout = PARTY_ROW_LAYOUT, .kind = KIND_AIDS, .changed = at};
    struct handout_row row = list;
    struct handout_name name;
    struct handout_name whole = handout_whole();

    assert_int_equal(handout_list_add(KIND_AIDS, bytes_over(entry, sizeof entry), &list), OK);
    assert_int_equal(handout_name_read(KIND_AIDS, bytes_over(entry, sizeof entry), &name), OK);
    row.name_len = name.len;
    memcpy(row.name, name.at, name.len);
    row.len = sizeof entry;
    memcpy(row.at, entry, sizeof entry);
    world_put(handout_row_key(everybody, KIND_AIDS, &whole), &list, sizeof list);
    world_put(handout_row_key(everybody, KIND_AIDS, &name), &row, sizeof row);
}

static uint8_t demand_at_sign_in(void)
{
    world.wall = instant_add_ms(world.wall, 3600000);
    return ask(KIND_SIGN_IN, NETWORK_SIGN_IN)->demand;
}

static void test_parameters_are_drawn_from_the_rows(void **state)
{
    (void)state;
    world_open();
    world_merchant()->tip_percent = 15;
    world_terminal()->no_keying = 1;
    world_terminal()->offline_max = 4;
    struct bytes block = ask(KIND_PARAMETERS, NETWORK_PARAMETERS)->block;
    assert_int_equal(parameter_check(block), OK);
    assert_int_equal(parameter_number(block, PARAMETER_TIMEOUT, 0), 45);
    assert_int_equal(parameter_number(block, PARAMETER_TIPS, 0), 1);
    assert_int_equal(parameter_number(block, PARAMETER_TIP_PERCENT, 0), 15);
    assert_int_equal(parameter_number(block, PARAMETER_MANUAL, 1), 0);
    assert_int_equal(parameter_number(block, PARAMETER_OFFLINE_MAX, 0), 4);
    assert_int_equal(world_record()->what, WHAT_DOWNLOADED);
}

static void test_changed_parameters_are_demanded_until_their_end(void **state)
{
    (void)state;
    world_open();
    assert_int_equal(demand_at_sign_in(), 0); /* never fetched: nothing to compare */
    ask(KIND_PARAMETERS, NETWORK_PARAMETERS);
    assert_int_equal(demand_at_sign_in(), 1); /* the end did not come */
    assert_int_equal(ask(KIND_PARAMETERS, NETWORK_PARAMETERS_END)->demand, 2);
    uint8_t status[STATUS_BLOCK_LEN];
    parameter_status((struct bytes){0}, status);
    world.wall = instant_add_ms(world.wall, 1000);
    assert_int_equal(say(KIND_STATUS, NETWORK_STATUS, bytes_over(status, sizeof status))->demand,
                     0);
    assert_int_equal(world_record()->what, WHAT_UPLOADED);
    assert_int_equal(demand_at_sign_in(), 0);
    world_merchant()->takes_no_tips = 1;
    assert_int_equal(demand_at_sign_in(), 1);
}

/* The switch's clock was an hour fast when the parameters went out: the terminal must not bring its
 * status over and over for an hour. */
static void test_a_clock_set_right_demands_a_status_once(void **state)
{
    (void)state;
    uint8_t status[STATUS_BLOCK_LEN] = {0};
    struct bytes block = bytes_over(status, sizeof status);

    world_open();
    parameter_status((struct bytes){0}, status);
    ask(KIND_PARAMETERS, NETWORK_PARAMETERS);
    assert_int_equal(ask(KIND_PARAMETERS, NETWORK_PARAMETERS_END)->demand, 2);
    world.wall = instant_add_ms(world.wall, -3600000);
    assert_int_equal(say(KIND_STATUS, NETWORK_STATUS, block)->demand, 0);
    world_merchant()->takes_no_tips = 1;
    world.wall = instant_add_ms(world.wall, -3600000);
    ask(KIND_PARAMETERS, NETWORK_PARAMETERS);
    assert_int_equal(ask(KIND_PARAMETERS, NETWORK_PARAMETERS_END)->demand, 2); /* of the new ones */
    assert_int_equal(say(KIND_STATUS, NETWORK_STATUS, block)->demand, 0);
}

static void test_a_published_list_is_demanded_and_given(void **state)
{
    (void)state;
    world_open();
    publish((struct instant){0});
    assert_int_equal(demand_at_sign_in(), 0); /* as delivered */
    publish(world.wall);
    assert_int_equal(demand_at_sign_in(), 5);
    struct bytes list = say(KIND_AIDS, NETWORK_AIDS_LIST, bytes_of_z("100"))->block;
    assert_int_equal(list.at[0], '1');
    assert_memory_equal(list.at + 1, entry, sizeof entry);
    struct bytes given = say(KIND_AIDS, NETWORK_AIDS, bytes_over(entry, 11))->block;
    assert_int_equal(given.len, 1 + sizeof entry);
    assert_memory_equal(given.at + 1, entry, sizeof entry);
    assert_int_equal(demand_at_sign_in(), 5);
    assert_int_equal(ask(KIND_AIDS, NETWORK_AIDS_END)->demand, 0);
    assert_int_equal(demand_at_sign_in(), 0);
    ask(KIND_AIDS, NETWORK_AIDS_END); /* again: nothing to learn */
    assert_false(world.recorded);
}

static void test_a_list_published_meanwhile_is_demanded(void **state)
{
    (void)state;
    world_open();
    publish(world.wall);
    say(KIND_AIDS, NETWORK_AIDS_LIST, bytes_of_z("100"));
    publish(instant_add_ms(world.wall, 1));
    assert_int_equal(ask(KIND_AIDS, NETWORK_AIDS_END)->demand, 5);
}

static void test_what_there_is_not_is_none(void **state)
{
    (void)state;
    world_open();
    assert_memory_equal(say(KIND_CA_KEYS, NETWORK_CA_KEYS_LIST, bytes_of_z("100"))->block.at, "0",
                        1);
    assert_int_equal(say(KIND_AIDS, NETWORK_AIDS, bytes_over(entry, 11))->block.len, 1);
}

static void test_bad_blocks_are_refused(void **state)
{
    (void)state;
    uint8_t status[STATUS_BLOCK_LEN + 1] = {0};

    world_open();
    parameter_status((struct bytes){0}, status);
    for (size_t len = 0; len <= sizeof status; len++) {
        if (len == STATUS_BLOCK_LEN)
            continue;
        assert_memory_equal(say(KIND_STATUS, NETWORK_STATUS, bytes_over(status, len))->code, "30",
                            2);
    }
    status[3] = 'x';
    assert_memory_equal(
        say(KIND_STATUS, NETWORK_STATUS, bytes_over(status, STATUS_BLOCK_LEN))->code, "30", 2);
    for (size_t len = 0; len < 11; len++)
        assert_memory_equal(say(KIND_AIDS, NETWORK_AIDS, bytes_over(entry, len))->code, "30", 2);
    assert_int_equal(world_record()->what, WHAT_DECLINED);
}

static void test_operators_put_entries_that_are_whole(void **state)
{
    (void)state;
    struct handout_row row = {.layout = PARTY_ROW_LAYOUT, .kind = KIND_AIDS, .name_len = 8};
    struct handout_name name = {.len = 8};
    const char *fault = NULL;

    memcpy(row.name, entry + 3, 8);
    memcpy(name.at, entry + 3, 8);
    memcpy(row.at, entry, sizeof entry);
    row.len = sizeof entry;
    struct row_key key = handout_row_key(everybody, KIND_AIDS, &name);
    assert_int_equal(onboard_check(&key, bytes_over(&row, sizeof row), &fault), OK);
    row.len = 11;
    assert_int_not_equal(onboard_check(&key, bytes_over(&row, sizeof row), &fault), OK);
    assert_string_equal(fault, "DF01, partial match");
    row.kind = KIND_STATUS;
    assert_int_not_equal(onboard_check(&key, bytes_over(&row, sizeof row), &fault), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters_are_drawn_from_the_rows),
        cmocka_unit_test(test_changed_parameters_are_demanded_until_their_end),
        cmocka_unit_test(test_a_clock_set_right_demands_a_status_once),
        cmocka_unit_test(test_a_published_list_is_demanded_and_given),
        cmocka_unit_test(test_a_list_published_meanwhile_is_demanded),
        cmocka_unit_test(test_what_there_is_not_is_none),
        cmocka_unit_test(test_bad_blocks_are_refused),
        cmocka_unit_test(test_operators_put_entries_that_are_whole),
    };

    return cmocka_run_group_tests_name("handout", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "node/node.h"

#include <string.h>

static struct node_event event;
static struct node_work work;
static struct node_row rows[NEEDS_MAX];

static int begin(void **state)
{
    (void)state;
    memset(&event, 0, sizeof event);
    memset(&work, 0, sizeof work);
    memset(rows, 0, sizeof rows);
    event.wall.us = 1000;
    event.sequence = 77;
    event.ticket = 5;
    work.event = &event;
    return 0;
}

/* What the engine does between rounds: gives the working set what was asked for. */
static void load(size_t index, bool found, const void *value, size_t len)
{
    struct node_row *row = &rows[index];

    row->key = work.needs[index];
    row->found = found;
    row->len = (uint16_t)len;
    if (len > 0)
        memcpy(row->value, value, len);
    work.rows[index] = row;
    if (work.row_count <= index)
        work.row_count = (uint8_t)(index + 1);
}

static struct identity identity_of(uint32_t trace)
{
    struct identity identity = {.class = IDENTITY_PAYMENT, .batch = 1, .trace = trace};

    memcpy(identity.terminal, "T1      ", TERMINAL_ID_LEN);
    return identity;
}

static void test_needing_twice_is_needing_once(void **state)
{
    (void)state;
    node_need(&work, row_key_number(TABLE_ACCOUNT, 1));
    node_need(&work, row_key_number(TABLE_ACCOUNT, 2));
    node_need(&work, row_key_number(TABLE_ACCOUNT, 1));
    assert_int_equal(work.need_count, 2);
    for (uint64_t n = 3; n <= NEEDS_MAX; n++)
        node_need(&work, row_key_number(TABLE_ACCOUNT, n));
    assert_int_equal(work.need_count, NEEDS_MAX);
}

static void test_a_row_is_there_only_when_loaded_found_and_of_its_size(void **state)
{
    (void)state;
    struct row_key key = row_key_of(TABLE_CONFIG, NULL, 0);
    struct config_row config = {.layout = PARTY_ROW_LAYOUT, .currency = CURRENCY_CNY};

    assert_null(node_row(&work, &key));
    assert_null(node_config(&work));
    node_need(&work, key);
    load(0, false, NULL, 0);
    assert_non_null(node_row(&work, &key));
    assert_null(node_config(&work));
    load(0, true, &config, sizeof config - 1);
    assert_null(node_config(&work));
    load(0, true, &config, sizeof config);
    assert_int_equal(node_config(&work)->currency, CURRENCY_CNY);
}

static void test_a_question_remembers_what_it_rests_on(void **state)
{
    (void)state;
    struct row_key key = row_key_number(TABLE_CARD, 1);
    struct hsm_command command = {.kind = HSM_PIN_VERIFY};

    node_need(&work, key);
    load(0, true, "x", 1);
    rows[0].version = 3;
    node_ask(&work, 9, &command, &key);
    node_ask(&work, 2, &command, NULL);
    command.kind = HSM_CVV_VERIFY;
    node_ask(&work, 9, &command, &key);
    assert_int_equal(work.fact_count, 2);
    assert_int_equal(work.facts[0].row, 0);
    assert_int_equal(work.facts[0].row_version, 3);
    assert_int_equal(work.facts[0].command.kind, HSM_PIN_VERIFY);
    assert_int_equal(work.facts[1].row, 0xFF);
}

static void test_an_answer_is_there_once_given(void **state)
{
    (void)state;
    struct hsm_command command = {.kind = HSM_DIGEST};

    assert_null(node_answer(&work, 1));
    node_ask(&work, 1, &command, NULL);
    assert_null(node_answer(&work, 1));
    work.facts[0].is_answered = true;
    work.facts[0].answer.result = HSM_WRONG;
    assert_int_equal(node_answer(&work, 1)->result, HSM_WRONG);
    assert_null(node_answer(&work, 2));
}

static void test_putting_and_removing_change_the_row_and_its_version(void **state)
{
    (void)state;
    struct row_key key = row_key_number(TABLE_ACCOUNT, 1);

    node_need(&work, key);
    load(0, false, NULL, 0);
    node_remove(&work, &key);
    assert_false(rows[0].is_changed);
    node_put(&work, &key, "abc", 3);
    assert_true(rows[0].found);
    assert_true(rows[0].is_changed);
    assert_int_equal(rows[0].version, 1);
    assert_memory_equal(node_value(&work, &key, 3), "abc", 3);
    node_remove(&work, &key);
    assert_int_equal(rows[0].version, 2);
    assert_null(node_value(&work, &key, 3));
}

static void test_a_payment_put_is_recorded_and_noted(void **state)
{
    (void)state;
    static struct payment_row payment;

    payment = (struct payment_row){.identity = identity_of(42),
                                   .stage = STAGE_SENT,
                                   .money = MONEY_UNKNOWN,
                                   .outcome = OUTCOME_LINE_NO_ANSWER};
    struct row_key key = payment_row_key(&payment.identity);
    node_need(&work, key);
    load(0, false, NULL, 0);
    node_put_payment(&work, &payment, WHAT_SALE_SENT);
    const struct payment_row *stored = node_value(&work, &key, sizeof payment);
    assert_int_equal(stored->layout, PAYMENT_ROW_LAYOUT);
    assert_int_equal(stored->changed.us, 1000);
    assert_int_equal(stored->history_len, 1);
    assert_int_equal(stored->history[0], 77);
    assert_int_equal(work.what, WHAT_SALE_SENT);
    assert_int_equal(work.money, MONEY_UNKNOWN);
    assert_int_equal(work.outcome, OUTCOME_LINE_NO_ANSWER);
    assert_true(identity_equal(&work.about, &payment.identity));
}

static void test_a_record_needs_no_payment(void **state)
{
    (void)state;
    node_record(&work, WHAT_SIGNED_IN, NULL);
    assert_int_equal(work.what, WHAT_SIGNED_IN);
    assert_int_equal(work.about.trace, 0);
}

static void test_messages_to_send_begin_empty(void **state)
{
    (void)state;
    memset(&work.effects, 0xA5, sizeof work.effects);
    work.effects.send_count = 0;
    for (int i = 0; i < SENDS_MAX; i++) {
        const struct node_send *send = node_send_new(&work, 11);
        assert_int_equal(send->link, 11);
        assert_int_equal(send->message.sequence, -1);
        assert_int_equal(send->message.pan.len, 0);
        assert_false(send->seal.make_mac);
    }
    assert_int_equal(work.effects.send_count, SENDS_MAX);
}

static void test_deadlines_are_listed(void **state)
{
    (void)state;
    struct row_key key = row_key_number(TABLE_ACCOUNT, 1);

    node_set_deadline(&work, &key, (struct moment){.ns = 9});
    assert_int_equal(work.effects.deadline_count, 1);
    assert_int_equal(work.effects.deadlines[0].due.ns, 9);
    assert_true(row_key_equal(&work.effects.deadlines[0].key, &key));
}

static void test_the_till_is_shown_the_payment_as_it_stands(void **state)
{
    (void)state;
    static struct payment_row payment;

    payment = (struct payment_row){.identity = identity_of(42), .stage = STAGE_ANSWERED};
    node_show(&work, OUTCOME_APPROVED, &payment);
    payment.stage = STAGE_REVERSING;
    assert_true(work.effects.has_display);
    assert_int_equal(work.effects.display.ticket, 5);
    assert_int_equal(work.effects.display.outcome, OUTCOME_APPROVED);
    assert_int_equal(work.effects.display.payment.stage, STAGE_ANSWERED);
}

static void test_an_earlier_ticket_can_be_shown_an_outcome_alone(void **state)
{
    (void)state;
    node_show_to(&work, 3, OUTCOME_LINE_UNREACHABLE, NULL);
    assert_int_equal(work.effects.display.ticket, 3);
    assert_false(work.effects.display.has_payment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_needing_twice_is_needing_once, begin),
        cmocka_unit_test_setup(test_a_row_is_there_only_when_loaded_found_and_of_its_size, begin),
        cmocka_unit_test_setup(test_a_question_remembers_what_it_rests_on, begin),
        cmocka_unit_test_setup(test_an_answer_is_there_once_given, begin),
        cmocka_unit_test_setup(test_putting_and_removing_change_the_row_and_its_version, begin),
        cmocka_unit_test_setup(test_a_payment_put_is_recorded_and_noted, begin),
        cmocka_unit_test_setup(test_a_record_needs_no_payment, begin),
        cmocka_unit_test_setup(test_messages_to_send_begin_empty, begin),
        cmocka_unit_test_setup(test_deadlines_are_listed, begin),
        cmocka_unit_test_setup(test_the_till_is_shown_the_payment_as_it_stands, begin),
        cmocka_unit_test_setup(test_an_earlier_ticket_can_be_shown_an_outcome_alone, begin),
    };

    return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}

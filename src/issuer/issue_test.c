#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RIG_CHECK(condition) assert_true(condition)
#include "test/lib/issuer_rig.h"

#define OPENING 100000

static struct rig rig;

static struct node_event sale(uint32_t trace, int64_t minor)
{
    return rig_request(&rig, ENTRY_CHIP, trace, minor);
}

static void assert_code(const struct rig_result *result, const char *code)
{
    assert_true(result->has_answer);
    assert_memory_equal(result->answer.message.code, code, RESPONSE_CODE_LEN);
}

/* Nothing that a stored row says stops the issuer, and nothing is decided on one that it cannot
 * have written: neither the request again nor the reversal. */
static void test_a_payment_row_that_cannot_be_ours_decides_nothing(void **state)
{
    (void)state;
    for (int way = 0; way < 5; way++) {
        rig_build(&rig);
        struct node_event event = sale(2, 5000);
        rig_send(&rig, &event);
        struct payment_row *row = rig_payment(&rig, 2);
        struct payment_row whole = *row;
        rig.is_spoiled = true;
        if (way == 0)
            row->history_len = PAYMENT_HISTORY_MAX + 1;
        if (way == 1)
            row->money = MONEY_RETURNED;
        if (way == 2)
            row->money = MONEY_STATE_COUNT;
        if (way == 3)
            row->identity.trace++;
        if (way == 4)
            row->stage = STAGE_REVERSED;
        struct node_event reversal = rig_reversal(&rig, 2, 5000);
        const struct rig_result *result = rig_send(&rig, &reversal);
        assert_code(result, "96");
        assert_true(result->is_alarm);
        result = rig_send(&rig, &event);
        assert_code(result, "96");
        assert_false(result->answer.message.has_mac);
        *row = whole;
        assert_code(rig_send(&rig, &reversal), "00");
        assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
    }
}

/* An account found under another's number would be posted to under its own. */
static void test_an_account_of_another_number_is_not_touched(void **state)
{
    struct row_key key = row_key_number(TABLE_ACCOUNT, RIG_ACCOUNT + 1);

    (void)state;
    rig_build(&rig);
    struct account_row copy = *rig_account(&rig);
    struct node_row *row = rig_row(&rig, &key);
    memcpy(row->value, &copy, sizeof copy);
    row->len = sizeof copy;
    row->found = true;
    rig_card(&rig)->account = RIG_ACCOUNT + 1;
    struct node_event event = sale(2, 5000);
    assert_code(rig_send(&rig, &event), "96");
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
}

static void test_an_account_opens_with_its_money_in_one_record(void **state)
{
    struct row_key key = row_key_number(TABLE_ACCOUNT, RIG_ACCOUNT + 1);
    struct node_command command = {.kind = COMMAND_PUT_ROW,
                                   .key = key,
                                   .value_len = sizeof(struct account_row),
                                   .amount = money_of(700, CURRENCY_CNY)};
    struct account_row account;

    (void)state;
    rig_build(&rig);
    uint64_t sequence = rig.sequence;
    struct node_event event = {
        .kind = EVENT_COMMAND, .wall = rig.wall, .ticket = 1, .command = &command};
    issuer_setup_account(RIG_ACCOUNT + 1, CURRENCY_CNY, &account);
    memcpy(command.value, &account, sizeof account);
    command.amount.minor = -1;
    rig_run(&rig, &event, 1);
    assert_int_equal(rig.results[0].displayed, OUTCOME_MESSAGE_MALFORMED);
    assert_null(rig_value(&rig, &key));
    command.amount.minor = 700;
    for (int i = 0; i < 2; i++) { /* the second time it is not new */
        rig_run(&rig, &event, 1);
        assert_int_equal(rig.results[0].displayed, OUTCOME_APPROVED);
        memcpy(&account, rig_value(&rig, &key), sizeof account);
        assert_int_equal(account.balance_minor, 700);
        assert_int_equal(rig.sequence, sequence + 1 + (uint64_t)i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_payment_row_that_cannot_be_ours_decides_nothing),
        cmocka_unit_test(test_an_account_of_another_number_is_not_touched),
        cmocka_unit_test(test_an_account_opens_with_its_money_in_one_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

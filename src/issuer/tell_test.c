/* A switch asks what became of a payment: the row's state, sealed, and nothing is recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RIG_CHECK(condition) assert_true(condition)
#include "books/payment_state.h"
#include "test/lib/issuer_rig.h"

#define TRACE 2

static struct rig rig;

static struct node_event question(void)
{
    struct node_event event = rig_event(&rig, KIND_QUERY, FUNCTION_REQUEST, TRACE);

    event.message.network_code = NETWORK_PEEK;
    return event;
}

static enum payment_state told(void)
{
    struct node_event event = question();
    uint64_t sequence = rig.sequence;
    const struct rig_result *result = rig_send(&rig, &event);

    assert_true(result->has_answer);
    assert_true(result->answer.seal.make_mac);
    assert_memory_equal(result->answer.message.code, "00", RESPONSE_CODE_LEN);
    assert_int_equal(result->answer.message.function, FUNCTION_RESPONSE);
    assert_true(identity_equal(&result->answer.message.identity, &event.message.identity));
    assert_int_equal(rig.sequence, sequence);
    return (enum payment_state)(result->answer.message.network_code - NETWORK_STATE);
}

static void send(struct node_event event)
{
    rig_send(&rig, &event);
}

static void test_each_state_is_told(void **state)
{
    (void)state;
    rig_build(&rig);
    assert_int_equal(told(), PAYMENT_NEVER_SEEN);
    assert_null(rig_payment(&rig, TRACE)); /* it may still come */
    send(rig_request(&rig, ENTRY_CHIP, TRACE, 5000));
    assert_int_equal(told(), PAYMENT_APPROVED);
    send(rig_reversal(&rig, TRACE, 5000));
    assert_int_equal(told(), PAYMENT_TAKEN_BACK);
    rig_build(&rig);
    send(rig_request(&rig, ENTRY_CHIP, TRACE, 99999999));
    assert_int_equal(told(), PAYMENT_REFUSED);
    rig_build(&rig);
    send(rig_reversal(&rig, TRACE, 5000));
    assert_int_equal(told(), PAYMENT_TAKEN_BACK);
}

static void test_books_that_went_back_do_not_say_never(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_lose(&rig, 30);
    assert_int_equal(told(), PAYMENT_LOST);
    send(rig_request(&rig, ENTRY_CHIP, TRACE, 5000));
    assert_int_equal(told(), PAYMENT_APPROVED);
}

static void test_a_damaged_row_is_told_as_such(void **state)
{
    (void)state;
    rig_build(&rig);
    send(rig_request(&rig, ENTRY_CHIP, TRACE, 5000));
    rig_payment(&rig, TRACE)->stage = STAGE_COUNT;
    rig.is_spoiled = true;
    assert_int_equal(told(), PAYMENT_DAMAGED);
}

/* Who cannot prove to be the acquirer is told nothing, and so is one whose books are behind. */
static void test_nobody_else_is_told(void **state)
{
    (void)state;
    rig_build(&rig);
    send(rig_request(&rig, ENTRY_CHIP, TRACE, 5000));
    struct node_event event = question();
    uint8_t mab[64];
    rig_sign(&rig, &event, mab);
    event.message.mac[0] ^= 1;
    rig_run(&rig, &event, 1);
    assert_memory_equal(rig.results[0].answer.message.code, "A0", RESPONSE_CODE_LEN);
    assert_false(rig.results[0].answer.seal.make_mac);
    assert_int_equal(rig.results[0].answer.message.network_code, NETWORK_PEEK);
    rig_acquirer(&rig)->is_behind = true;
    event = question();
    const struct rig_result *result = rig_send(&rig, &event);
    assert_false(result->answer.seal.make_mac);
    assert_int_equal(result->answer.message.network_code, NETWORK_PEEK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_state_is_told),
        cmocka_unit_test(test_books_that_went_back_do_not_say_never),
        cmocka_unit_test(test_a_damaged_row_is_told_as_such),
        cmocka_unit_test(test_nobody_else_is_told),
    };

    return cmocka_run_group_tests_name("tell", tests, NULL, NULL);
}

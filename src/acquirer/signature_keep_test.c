/* Signatures that terminals bring: kept once, of payments that were approved here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "books/handout_rows.h"
#include "test/lib/switch_world.h"

#define TRACE 42

static uint8_t image[BLOCK_LEN_MAX + 1];

static void sell(const char *code)
{
    world_open();
    struct txn_message sale = world_sale(TRACE, 1000);
    world_terminal_says(&sale);
    struct txn_message forwarded = world_sent(ISSUER_LINK)->message;
    struct txn_message answer = world_answer(&forwarded, code);
    world_issuer_says(&answer);
    for (size_t i = 0; i < sizeof image; i++)
        image[i] = (uint8_t)(i * 7 + 1);
}

static struct txn_message signature(size_t len)
{
    struct txn_message message;

    memset(&message, 0, sizeof message);
    message.kind = KIND_SIGNATURE;
    message.function = FUNCTION_REQUEST;
    message.identity = world_identity(TRACE);
    message.network_code = NETWORK_SIGNATURE;
    message.sequence = -1;
    message.amount = money_of(1000, CURRENCY_CNY);
    message.has_mac = true;
    message.pan = world_pan(CARD);
    message.block = bytes_over(image, len);
    assert_int_equal(identity_id_from_text(MERCHANT, ' ', message.merchant, MERCHANT_ID_LEN), OK);
    memcpy(message.rrn, world_payment(TRACE)->rrn, sizeof message.rrn);
    return message;
}

static void say(const struct txn_message *message, const char *code)
{
    world_terminal_says(message);
    assert_non_null(world_sent(TILL_LINK));
    assert_memory_equal(world_sent(TILL_LINK)->message.code, code, 2);
    assert_true(world_sent(TILL_LINK)->seal.make_mac);
}

static const struct signature_row *part(uint8_t number)
{
    struct identity identity = world_identity(TRACE);

    return world_value(signature_row_key(&identity, number));
}

static void test_it_is_kept_as_it_came(void **state)
{
    (void)state;
    sell("00");
    struct txn_message message = signature(BLOCK_LEN_MAX);
    say(&message, "00");
    assert_memory_equal(world_sent(TILL_LINK)->message.rrn, message.rrn, RRN_LEN);
    assert_int_equal(world_record()->what, WHAT_UPLOADED);
    assert_int_equal(part(0)->total, BLOCK_LEN_MAX);
    assert_int_equal(part(0)->len, 500);
    assert_int_equal(part(1)->len, 499);
    assert_memory_equal(part(0)->at, image, 500);
    assert_memory_equal(part(1)->at, image + 500, 499);
}

static void test_the_same_again_is_answered_again(void **state)
{
    (void)state;
    sell("00");
    for (size_t len = 1; len < 3; len++) {
        sell("00");
        struct txn_message message = signature(len * 300);
        say(&message, "00");
        say(&message, "00");
        assert_false(world.recorded);
        message.block = bytes_over(image, len * 300 - 1);
        say(&message, "94"); /* another one: the first stays */
        message.block = bytes_over(image + 1, len * 300);
        say(&message, "94");
        assert_int_equal(part(0)->total, len * 300);
    }
}

static void test_it_must_fit_its_payment(void **state)
{
    (void)state;
    sell("00");
    struct txn_message message = signature(100);
    message.rrn[11] ^= 1;
    say(&message, "25");
    message = signature(100);
    message.amount.minor = 1001;
    say(&message, "64");
    message = signature(100);
    message.pan = world_pan(CARD_OTHER);
    say(&message, "64");
    message = signature(100);
    message.identity.trace++;
    say(&message, "25");
    assert_null(part(0));
    sell("51");
    message = signature(100);
    say(&message, "25");
    message.block = (struct bytes){0};
    assert_null(part(0));
}

static void test_lengths(void **state)
{
    (void)state;
    sell("00");
    struct txn_message message = signature(0);
    say(&message, "30");
    message = signature(BLOCK_LEN_MAX + 1);
    say(&message, "30");
    assert_null(part(0));
    message = signature(1);
    say(&message, "00");
}

static void test_a_wrong_mac_keeps_nothing(void **state)
{
    (void)state;
    struct keyblock wrong = fake_key(KEY_MAK, 99, TERMINAL);

    sell("00");
    struct txn_message message = signature(100);
    world_terminal_says_with(&message, &wrong);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "A0", 2);
    assert_false(world_sent(TILL_LINK)->seal.make_mac);
    assert_null(part(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_kept_as_it_came),
        cmocka_unit_test(test_the_same_again_is_answered_again),
        cmocka_unit_test(test_it_must_fit_its_payment),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_a_wrong_mac_keeps_nothing),
    };

    return cmocka_run_group_tests_name("signature_keep", tests, NULL, NULL);
}

/* A signature from the till to the acquirer: sent until it is answered, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/handout_rows.h"
#include "terminal/play.h"
#include "wire/tlv.h"

static struct play play;

/* An approved sale, and an image of so many bytes signed for it. */
static struct identity sign_for_sale(uint16_t len)
{
    play_init(&play);
    play_sign_in(&play);
    struct txn_message request = play_sale(&play);
    play_approve(&play, &request);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    play.command.transaction = KIND_SIGNATURE;
    play.command.original = (struct original){.trace = request.identity.trace};
    play.command.value_len = len;
    for (size_t i = 0; i < len; i++)
        play.command.value[i] = (uint8_t)(i * 7 + 1);
    play_command(&play, COMMAND_FETCH);
    return request.identity;
}

static const struct txn_message *sent(void)
{
    const struct txn_message *message = &play_sent(&play)->message;

    assert_int_equal(message->kind, KIND_SIGNATURE);
    return message;
}

static const struct signature_row *part(const struct identity *identity, uint8_t number)
{
    struct row_key key = signature_row_key(identity, number);
    const struct node_row *row = play_row(&play, &key);

    return row != NULL && row->found ? (const void *)row->value : NULL;
}

static void answer(const char *code, bool has_mac)
{
    struct txn_message reply = play_reply_to(&play, sent(), code);

    reply.has_mac = has_mac;
    play_answer(&play, &reply);
}

static void test_the_image_goes_up_under_a_mac(void **state)
{
    (void)state;
    struct identity identity = sign_for_sale(BLOCK_LEN_MAX);
    struct bytes currency;

    assert_true(play_sent(&play)->seal.make_mac);
    assert_true(play_sent(&play)->seal.open_pan);
    assert_true(identity_equal(&sent()->identity, &identity));
    assert_int_equal(sent()->network_code, NETWORK_SIGNATURE);
    assert_int_equal(sent()->amount.minor, 1000);
    assert_int_equal(sent()->block.len, BLOCK_LEN_MAX);
    assert_memory_equal(sent()->block.at, play.command.value, BLOCK_LEN_MAX);
    assert_int_equal(tlv_find(bytes_over(sent()->icc, sent()->icc_len), 0xFF0A, &currency), OK);
    assert_memory_equal(currency.at, "156", 3);
    answer("00", true);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_int_equal(part(&identity, 0)->state, SIGNATURE_DELIVERED);
    assert_int_equal(part(&identity, 0)->total, BLOCK_LEN_MAX);
    assert_int_equal(part(&identity, 0)->at[0], 0); /* the image itself is gone */
    assert_null(part(&identity, 1));
    assert_null(play_pending(&play, &identity));
    assert_int_equal(play_payment(&play, &identity)->money, MONEY_MOVED);
}

static void test_it_is_sent_until_it_is_answered(void **state)
{
    (void)state;
    struct identity identity = sign_for_sale(300);

    play_due(&play, EVENT_TIMER, &identity);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_NO_ANSWER); /* told once */
    for (int i = 0; i < 5; i++) {
        play_due(&play, i == 2 ? EVENT_RECOVER : EVENT_TIMER, &identity);
        assert_int_equal(play_shown(&play), OUTCOME_COUNT);
        assert_int_equal(sent()->block.len, 300);
    }
    answer("00", false); /* nobody vouches for it */
    assert_non_null(play_pending(&play, &identity));
    play_due(&play, EVENT_TIMER, &identity);
    answer("98", true); /* later */
    assert_non_null(play_pending(&play, &identity));
    play_due(&play, EVENT_TIMER, &identity);
    struct txn_message reply = play_reply_to(&play, sent(), "00");
    play_answer(&play, &reply);
    assert_null(play_pending(&play, &identity));
    play_answer(&play, &reply); /* the answer again changes nothing */
    assert_int_equal(part(&identity, 0)->state, SIGNATURE_DELIVERED);
    play_command(&play, COMMAND_FETCH);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_null(play_sent(&play)); /* exactly once */
}

static void test_a_lost_key_is_fetched_first(void **state)
{
    (void)state;
    struct identity identity = sign_for_sale(300);

    answer("A0", false);
    assert_int_equal(play_terminal(&play)->is_signed_in, 0);
    play_due(&play, EVENT_TIMER, &identity);
    assert_int_equal(play_sent(&play)->message.kind, KIND_SIGN_IN);
}

static void test_a_refusal_ends_it(void **state)
{
    (void)state;
    struct identity identity = sign_for_sale(300);

    answer("25", true);
    assert_int_equal(play_shown(&play), OUTCOME_ORIGINAL_NOT_FOUND);
    assert_int_equal(part(&identity, 0)->state, SIGNATURE_REFUSED);
    assert_null(play_pending(&play, &identity));
    assert_int_equal(play_payment(&play, &identity)->money, MONEY_MOVED);
}

static void test_what_was_not_approved_is_not_signed_for(void **state)
{
    (void)state;
    play_init(&play);
    play_sign_in(&play);
    struct txn_message request = play_sale(&play);
    struct txn_message reply = play_reply_to(&play, &request, "51");
    play_answer(&play, &reply);
    play.command.transaction = KIND_SIGNATURE;
    play.command.value_len = 10;
    for (uint32_t trace = request.identity.trace; trace < request.identity.trace + 2; trace++) {
        play.command.original = (struct original){.trace = trace};
        play_command(&play, COMMAND_FETCH);
        assert_int_equal(play_shown(&play), OUTCOME_ORIGINAL_NOT_FOUND);
        assert_null(play_sent(&play));
    }
}

static void test_an_image_has_1_to_999_bytes(void **state)
{
    (void)state;
    sign_for_sale(0);
    assert_int_equal(play_shown(&play), OUTCOME_MESSAGE_MALFORMED);
    sign_for_sale(1000);
    assert_int_equal(play_shown(&play), OUTCOME_MESSAGE_MALFORMED);
    sign_for_sale(1);
    assert_int_equal(sent()->block.len, 1);
    play_command(&play, COMMAND_FETCH);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_DEVICE_FAULT); /* one is under way */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_image_goes_up_under_a_mac),
        cmocka_unit_test(test_it_is_sent_until_it_is_answered),
        cmocka_unit_test(test_a_lost_key_is_fetched_first),
        cmocka_unit_test(test_a_refusal_ends_it),
        cmocka_unit_test(test_what_was_not_approved_is_not_signed_for),
        cmocka_unit_test(test_an_image_has_1_to_999_bytes),
    };

    return cmocka_run_group_tests_name("signature_upload", tests, NULL, NULL);
}

/* All that a terminal sends stands on the wire as it means it: written in cup-pos and read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "terminal/play.h"
#include "txn/profile.h"
#include "wire/builtin.h"

static struct play play;
static struct dialect dialect;
static struct txn_profile profile;

static int compile(void **state)
{
    (void)state;
    assert_int_equal(builtin_compile("cup-pos", NULL, &dialect), OK);
    profile = (struct txn_profile){.mapping = MAPPING_CUP_POS,
                                   .dialect = &dialect,
                                   .acquirer = "01020000",
                                   .tpdu = {0x60, 0x00, 0x03, 0x00, 0x00},
                                   .header_version = 31,
                                   .currency = CURRENCY_CNY,
                                   .utc_offset_s = 8 * 3600};
    return 0;
}

/* What the host reads of the last message sent; a sealed card number is put in as the engine does.
 */
static struct txn_message travel(void)
{
    uint8_t body[FRAME_BODY_LEN_MAX];
    struct txn_encoded encoded;
    struct txn_decoded decoded;
    struct txn_message back;
    struct pan_fault fault;

    assert_non_null(play_sent(&play));
    struct txn_message sent = play_sent(&play)->message;
    if (play_sent(&play)->seal.open_pan)
        assert_int_equal(pan_from_digits(bytes_over(PLAY_TRACK, 16), &sent.pan, &fault), OK);
    assert_int_equal(txn_encode(&profile, &sent, body, sizeof body, &encoded), OK);
    assert_int_equal(encoded.has_mac, sent.has_mac);
    assert_int_equal(
        txn_decode(&profile, bytes_over(body, encoded.len), play.event.wall, &back, &decoded), OK);
    assert_int_equal(back.kind, sent.kind);
    assert_int_equal(back.function, sent.function);
    assert_int_equal(back.is_repeat, sent.is_repeat);
    assert_true(identity_equal(&back.identity, &sent.identity));
    assert_memory_equal(back.merchant, sent.merchant, MERCHANT_ID_LEN);
    assert_int_equal(back.software % 1000000, sent.software % 1000000);
    return back;
}

static void start(void)
{
    play_init(&play);
    play_sign_in(&play);
}

static void test_network_messages(void **state)
{
    (void)state;
    play_init(&play);
    play_command(&play, COMMAND_SIGN_IN);
    assert_int_equal(travel().network_code, 3);
    start();
    play_command(&play, COMMAND_SIGN_OFF);
    assert_int_equal(travel().network_code, 2);
    play_command(&play, COMMAND_ECHO);
    assert_int_equal(travel().network_code, 301);
}

static void test_a_sale_by_every_entry(void **state)
{
    (void)state;
    static const enum entry_mode entries[] = {ENTRY_KEYED, ENTRY_STRIPE, ENTRY_CHIP,
                                              ENTRY_CONTACTLESS};

    for (size_t i = 0; i < ARRAY_COUNT(entries); i++) {
        start();
        play_present(&play, entries[i], "1234");
        play.command.amount.minor = 40000;
        memcpy(play.command.card.keyed, PLAY_TRACK, 16);
        play.command.card.expiry = 2812;
        play_pay(&play, KIND_SALE);
        struct txn_message sent = play_sent(&play)->message;
        struct txn_message back = travel();
        assert_int_equal(back.entry, entries[i]);
        assert_true(back.pin_entered);
        assert_int_equal(back.pin_block_len, 8);
        assert_int_equal(back.amount.minor, 40000);
        assert_true(pan_equal(&back.pan, &sent.pan));
        assert_int_equal(back.expiry, 2812);
        assert_int_equal(back.track2_len, sent.track2_len);
        assert_int_equal(back.sequence, sent.sequence);
        assert_int_equal(back.icc_len, sent.icc_len);
        assert_memory_equal(back.icc, sent.icc, sent.icc_len);
        assert_int_equal(back.capability, 6);
    }
}

static void test_a_fallback_says_so(void **state)
{
    (void)state;
    start();
    play.hsm.track = PLAY_TRACK_CHIP;
    play_fail_chip(&play, "");
    play_pay(&play, KIND_SALE);
    assert_true(travel().is_fallback);
}

static struct identity approved(enum txn_kind kind)
{
    play.command.amount = money_of(1000, CURRENCY_CNY);
    play_present(&play, ENTRY_STRIPE, "");
    play_pay(&play, kind);
    struct txn_message request = play_sent(&play)->message;
    play_approve(&play, &request);
    return request.identity;
}

/* Every follow-up, with what a host finds its original by, and its reversal. */
static void test_follow_ups_name_their_original(void **state)
{
    static const struct {
        enum txn_kind kind;
        enum txn_kind original;
    } rows[] = {
        {KIND_VOID, KIND_SALE},
        {KIND_REFUND, KIND_SALE},
        {KIND_PREAUTH_VOID, KIND_PREAUTH},
        {KIND_COMPLETION, KIND_PREAUTH},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        start();
        struct identity original = approved(rows[i].original);
        play_follow(&play, rows[i].kind, &original);
        struct txn_message request = play_sent(&play)->message;
        struct txn_message back = travel();
        assert_int_equal(back.original.batch, original.batch);
        assert_int_equal(back.original.trace, original.trace);
        assert_memory_equal(back.auth_id, "A12345", AUTH_ID_LEN);
        assert_int_equal(back.amount.minor, 1000);
        play_due(&play, EVENT_TIMER, &request.identity);
        assert_int_equal(travel().kind, rows[i].kind == KIND_REFUND ? KIND_QUERY : rows[i].kind);
    }
}

static void test_advices_travel_by_the_stored_card(void **state)
{
    (void)state;
    start();
    memcpy(play.command.auth_id, "V12345", AUTH_ID_LEN);
    play_pay(&play, KIND_OFFLINE_SALE);
    play_due(&play, EVENT_TIMER, &play.work.effects.display.payment.identity);
    assert_memory_equal(travel().auth_id, "V12345", AUTH_ID_LEN);
    start();
    struct identity sale = approved(KIND_SALE);
    play.command.original = (struct original){.trace = sale.trace};
    play.command.amount.minor = 1100;
    memset(&play.command.card, 0, sizeof play.command.card);
    play_pay(&play, KIND_TIP_ADJUST);
    play_due(&play, EVENT_TIMER, &play.work.effects.display.payment.identity);
    assert_int_equal(travel().amount.minor, 1100);
    start();
    struct identity hold = approved(KIND_PREAUTH);
    play_follow(&play, KIND_COMPLETION_ADVICE, &hold);
    play_due(&play, EVENT_TIMER, &play.work.effects.display.payment.identity);
    assert_int_equal(travel().original.date, 1122);
}

static void test_a_settlement_carries_its_totals(void **state)
{
    (void)state;
    start();
    approved(KIND_SALE);
    play_command(&play, COMMAND_SETTLE);
    struct txn_message back = travel();
    assert_int_equal(back.domestic.debit_minor, 1000);
    assert_int_equal(back.domestic.debit_count, 1);
    assert_int_equal(back.network_code, NETWORK_SETTLE);
}

static void test_practice_is_marked(void **state)
{
    (void)state;
    play_init(&play);
    play_terminal(&play)->is_training = 1;
    play_sign_in(&play);
    struct txn_message request = play_sale(&play);
    assert_true(travel().is_training);
    struct txn_message answer = play_reply_to(&play, &request, "00");
    answer.is_training = false;
    play_answer(&play, &answer);
    assert_int_equal(play.work.what, WHAT_QUARANTINED);
    answer.is_training = true;
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_true(play_payment(&play, &request.identity)->is_training);
}

static void test_a_qr_code_travels(void **state)
{
    (void)state;
    start();
    play_present(&play, ENTRY_QR, "");
    memcpy(play.command.qr_code, "62012345678901234567", QR_CODE_LEN);
    play_pay(&play, KIND_SALE);
    assert_memory_equal(travel().qr_code, "62012345678901234567", QR_CODE_LEN);
}

static void test_a_balance_has_no_amount(void **state)
{
    (void)state;
    start();
    play_present(&play, ENTRY_STRIPE, "1234");
    play_pay(&play, KIND_BALANCE);
    assert_int_equal(travel().amount.minor, 0);
}

static void test_a_reversal_and_its_repeat(void **state)
{
    (void)state;
    start();
    play_present(&play, ENTRY_CHIP, "1234");
    struct txn_message request = play_sale(&play);
    play_due(&play, EVENT_TIMER, &request.identity);
    struct txn_message back = travel();
    assert_int_equal(back.identity.class, IDENTITY_REVERSAL);
    assert_memory_equal(back.code, "98", RESPONSE_CODE_LEN);
    assert_int_equal(back.amount.minor, 1000);
    assert_int_equal(back.pan.len, 16);
    assert_int_equal(back.track2_len, 0);
    assert_int_equal(back.pin_block_len, 0);
    assert_true(back.icc_len > 0);
    play_due(&play, EVENT_TIMER, &request.identity);
    assert_true(travel().is_repeat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_network_messages),
        cmocka_unit_test(test_a_sale_by_every_entry),
        cmocka_unit_test(test_a_fallback_says_so),
        cmocka_unit_test(test_follow_ups_name_their_original),
        cmocka_unit_test(test_advices_travel_by_the_stored_card),
        cmocka_unit_test(test_a_settlement_carries_its_totals),
        cmocka_unit_test(test_practice_is_marked),
        cmocka_unit_test(test_a_qr_code_travels),
        cmocka_unit_test(test_a_balance_has_no_amount),
        cmocka_unit_test(test_a_reversal_and_its_repeat),
    };

    return cmocka_run_group_tests_name("sent", tests, compile, NULL);
}

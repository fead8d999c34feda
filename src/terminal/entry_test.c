/* What the till refuses by itself, card by card, and which refusal comes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "terminal/play.h"
#include "wire/tlv.h"

static struct play play;

static void start(void)
{
    play_init(&play);
    play_sign_in(&play);
}

static const struct evidence *shown_evidence(void)
{
    return play.work.effects.display.payment.evidence;
}

/* The sale in play.command is refused so, is in the books so, and nothing was sent. */
static void assert_refused(enum outcome outcome)
{
    uint32_t trace = play_terminal(&play)->trace_next;

    play_pay(&play, KIND_SALE);
    assert_string_equal(outcome_row(play_shown(&play))->name, outcome_row(outcome)->name);
    assert_null(play_sent(&play));
    assert_int_not_equal(shown_evidence()[0].name, EVIDENCE_NONE);
    struct identity identity = play_identity(play_terminal(&play)->batch, trace);
    const struct payment_row *payment = play_payment(&play, &identity);
    assert_non_null(payment);
    assert_int_equal(payment->stage, STAGE_ANSWERED);
    assert_int_equal(payment->outcome, outcome);
    assert_int_equal(payment->money, MONEY_NOT_MOVED);
    assert_int_equal(payment->decided_by, PARTY_TERMINAL);
    assert_int_equal(play_terminal(&play)->trace_next, trace + 1);
    assert_int_equal(play.work.what, WHAT_DECLINED);
}

static void key_card(const char *number, uint16_t expiry)
{
    play_present(&play, ENTRY_KEYED, "");
    memcpy(play.command.card.keyed, number, strlen(number));
    play.command.card.expiry = expiry;
}

static void test_amounts_outside_the_wire_are_refused(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        const char *asked;
    } rows[] = {
        {0, "0"},
        {-1000, "-1000"},
        {MONEY_MINOR_MAX + 1, "1000000000000"},
    };

    start();
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        play.command.amount.minor = rows[i].minor;
        assert_refused(OUTCOME_TERMINAL_AMOUNT_INVALID);
        assert_int_equal(shown_evidence()[0].name, EVIDENCE_ASKED);
        assert_string_equal(shown_evidence()[0].text, rows[i].asked);
    }
    play.command.amount = money_of(100, 840);
    assert_refused(OUTCOME_TERMINAL_AMOUNT_INVALID);
    assert_string_equal(shown_evidence()[0].text, "840");
    play.command.amount = money_of(MONEY_MINOR_MAX, CURRENCY_CNY);
    assert_int_equal(play_sale(&play).amount.minor, MONEY_MINOR_MAX);
}

static void test_keyed_numbers_name_their_fault(void **state)
{
    (void)state;
    static const struct {
        const char *number;
        uint16_t expiry;
        const char *check;
        const char *found;
    } rows[] = {
        {"6200000012341232", 2812, NULL, "position 16"},
        {"6200 000012341231", 2812, "space", "position 5"},
        {"62000000123412O4", 2812, "letter", "position 15"},
        {"6200-000012341231", 2812, "not a digit", "position 5"},
        {"62000000123", 2812, "too short", "digits 11"},
        {"", 2812, "too short", "digits 0"},
        {"62000000123412310000", 2812, "too long", "digits 20"},
        {"62000000123412316200000012341231", 2812, "too long", "digits 32"},
        {"6200000012341231", 0, "expiry is not YYMM", NULL},
        {"6200000012341231", 2813, "expiry is not YYMM", NULL},
        {"6200000012341231", 9999, "expiry is not YYMM", NULL},
        {"6200000012341231", 9901, NULL, NULL},
    };

    start();
    for (size_t i = 0; i + 1 < ARRAY_COUNT(rows); i++) {
        key_card(rows[i].number, rows[i].expiry);
        assert_refused(OUTCOME_CARD_NUMBER_INVALID);
        if (rows[i].check != NULL)
            assert_string_equal(shown_evidence()[0].text, rows[i].check);
        if (rows[i].found != NULL)
            assert_string_equal(shown_evidence()[1].text, rows[i].found);
    }
    key_card("6200000012341231", 9901);
    assert_refused(OUTCOME_CARD_EXPIRED_LOCAL);
    assert_string_equal(shown_evidence()[2].text, "keyed");
}

static void test_a_keyed_card_goes_without_track(void **state)
{
    (void)state;
    start();
    key_card("6200000012341231", 2812);
    struct txn_message request = play_sale(&play);
    assert_int_equal(request.entry, ENTRY_KEYED);
    assert_int_equal(request.pan.len, 16);
    assert_int_equal(request.expiry, 2812);
    assert_int_equal(request.track2_len, 0);
    assert_int_equal(request.icc_len, 0);
    assert_int_equal(request.sequence, -1);
}

static void test_a_stripe_that_cannot_be_read(void **state)
{
    (void)state;
    start();
    play.hsm.readable = false;
    assert_refused(OUTCOME_CARD_UNREADABLE);
    play.hsm.read = HSM_FORMAT;
    assert_refused(OUTCOME_CARD_UNREADABLE);
    play.hsm.read = HSM_DOWN;
    assert_refused(OUTCOME_TERMINAL_DEVICE_FAULT);
    play_present(&play, ENTRY_NONE, "");
    assert_refused(OUTCOME_CARD_UNREADABLE);
}

static void test_a_chip_card_must_show_its_chip(void **state)
{
    (void)state;
    start();
    play.hsm.track = PLAY_TRACK_CHIP;
    assert_refused(OUTCOME_CARD_CHIP_REQUIRED);
    assert_string_equal(shown_evidence()[1].text, "201");
    play.command.card.is_fallback = true;
    assert_refused(OUTCOME_CARD_CHIP_REQUIRED); /* saying so is not enough */
    play_fail_chip(&play, "");
    play.command.amount.minor++;
    assert_refused(OUTCOME_CARD_CHIP_REQUIRED); /* it failed for something else */
    play.command.amount.minor--;
    struct txn_message request = play_sale(&play);
    assert_true(request.is_fallback);
    assert_int_equal(request.entry, ENTRY_STRIPE);
    assert_int_equal(request.track2_len, strlen(PLAY_TRACK_CHIP));
}

/* A payment that went its way ends it: the next fallback wants its own failed chip. */
static void test_a_failed_chip_counts_for_one_basket(void **state)
{
    (void)state;
    start();
    play.hsm.track = PLAY_TRACK_CHIP;
    play_fail_chip(&play, "");
    play_fail_chip(&play, "");
    assert_int_equal(play_drawer(&play)->unread_tries, 2);
    struct txn_message request = play_sale(&play);
    play_approve(&play, &request);
    assert_int_equal(play_drawer(&play)->chip_failed, 0);
    assert_refused(OUTCOME_CARD_CHIP_REQUIRED);
}

static void test_tries_are_told(void **state)
{
    (void)state;
    start();
    play.hsm.readable = false;
    for (char tries = '1'; tries <= '3'; tries++) {
        assert_refused(OUTCOME_CARD_UNREADABLE);
        assert_int_equal(shown_evidence()[2].text[0], tries);
    }
    play.command.amount.minor++;
    assert_refused(OUTCOME_CARD_UNREADABLE);
    assert_string_equal(shown_evidence()[2].text, "1");
}

static void test_what_is_banned_at_a_terminal(void **state)
{
    (void)state;
    start();
    play_terminal(&play)->no_fallback = 1;
    play_terminal(&play)->no_keying = 1;
    play.hsm.track = PLAY_TRACK_CHIP;
    play_fail_chip(&play, "");
    assert_refused(OUTCOME_CHIP_FALLBACK_REFUSED);
    play_present(&play, ENTRY_KEYED, "");
    key_card("6200000012341231", 2812);
    assert_refused(OUTCOME_TERMINAL_NOT_PERMITTED);
}

static void put_range(const char *bin, struct range_row row)
{
    row.layout = PARTY_ROW_LAYOUT;
    play_put(&play, row_key_of(TABLE_RANGE, bin, strlen(bin)), &row, sizeof row);
}

static void test_a_terminal_has_its_list_of_cards(void **state)
{
    (void)state;
    start();
    play_terminal(&play)->has_ranges = 1;
    play_terminal(&play)->listed_only = 1;
    assert_refused(OUTCOME_CARD_TYPE_UNSUPPORTED);
    assert_string_equal(shown_evidence()[0].text, "620000");
    put_range("620000", (struct range_row){0});
    put_range("62000000", (struct range_row){.is_refused = 1}); /* the longer counts */
    assert_refused(OUTCOME_CARD_TYPE_UNSUPPORTED);
    put_range("62000000", (struct range_row){0});
    play_sale(&play);
}

static void test_a_tap_above_the_limit_wants_the_pin(void **state)
{
    (void)state;
    start();
    play_present(&play, ENTRY_CONTACTLESS, "");
    play.command.amount.minor = 30001;
    assert_refused(OUTCOME_PIN_MISSING);
    assert_false(play.asked[HSM_CARD_FIRST_AC]);
    play_terminal(&play)->has_ranges = 1;
    put_range("620000", (struct range_row){.has_tap_limit = 1, .tap_limit_minor = 50000});
    play_sale(&play);
}

static void test_devices_that_are_out(void **state)
{
    (void)state;
    start();
    play.command.faulty_devices = DEVICE_READER | DEVICE_PIN_PAD;
    play_present(&play, ENTRY_CHIP, "1234");
    assert_refused(OUTCOME_TERMINAL_DEVICE_FAULT);
    assert_string_equal(shown_evidence()[0].text, "card reader");
    play_present(&play, ENTRY_STRIPE, "1234");
    assert_refused(OUTCOME_TERMINAL_DEVICE_FAULT);
    assert_string_equal(shown_evidence()[0].text, "PIN pad");
    play_present(&play, ENTRY_STRIPE, "");
    play.hsm.track = PLAY_TRACK_CHIP;
    play.command.card.is_fallback = true; /* the chip was tried, above */
    assert_true(play_sale(&play).is_fallback);
}

static void test_fallback_is_only_said_of_chip_cards(void **state)
{
    (void)state;
    start();
    play.command.card.is_fallback = true;
    assert_false(play_sale(&play).is_fallback);
}

static void test_chips_that_do_not_serve(void **state)
{
    (void)state;
    start();
    play_present(&play, ENTRY_CHIP, "");
    play.hsm.has_chip = false;
    assert_refused(OUTCOME_CARD_UNREADABLE);
    play.hsm.has_chip = true;
    play.hsm.aid_len = 0;
    assert_refused(OUTCOME_CARD_TYPE_UNSUPPORTED);
    play.hsm.track = "6200000012341231=2610101123456";
    assert_refused(OUTCOME_CARD_EXPIRED_LOCAL);
    play.hsm.track = PLAY_TRACK;
    play.hsm.aid_len = 8;
    play.hsm.first_kind = CARD_AAC;
    assert_refused(OUTCOME_CARD_DECLINED_OFFLINE);
    play.hsm.first_kind = CARD_ARQC;
    play.hsm.first_ac = HSM_FORMAT;
    assert_refused(OUTCOME_CARD_UNREADABLE);
    play_present(&play, ENTRY_CONTACTLESS, "");
    play.hsm.first_ac = HSM_OK;
    play.hsm.has_antenna = false;
    assert_refused(OUTCOME_CARD_UNREADABLE);
}

static void test_a_card_past_its_month_is_expired(void **state)
{
    (void)state;
    start();
    play.hsm.track = "6200000012341231=2610101123456";
    assert_refused(OUTCOME_CARD_EXPIRED_LOCAL);
    assert_string_equal(shown_evidence()[0].text, "2610");
    assert_string_equal(shown_evidence()[1].text, "20261122");
    play.hsm.track = "6200000012341231=2611101123456";
    play_sale(&play);
}

static void test_pins_of_a_wrong_form(void **state)
{
    (void)state;
    static const struct {
        const char *pin;
        const char *check;
    } rows[] = {
        {"123", "too few digits"},
        {"1234567890123", "too many digits"},
        {"12a4", "not all digits"},
    };

    start();
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        play_present(&play, ENTRY_STRIPE, rows[i].pin);
        assert_refused(OUTCOME_PIN_FORMAT_WRONG);
        assert_string_equal(shown_evidence()[0].text, rows[i].check);
        assert_false(play.asked[HSM_PIN_ENCRYPT]);
    }
}

static void test_pins_of_a_good_form_travel_sealed(void **state)
{
    (void)state;
    static const char *const pins[] = {"1234", "123456789012"};

    for (size_t i = 0; i < ARRAY_COUNT(pins); i++) {
        start();
        play_present(&play, ENTRY_STRIPE, pins[i]);
        struct txn_message request = play_sale(&play);
        assert_true(request.pin_entered);
        assert_int_equal(request.pin_block_len, 8);
        assert_int_equal(request.pin_block[0], 0x9B);
    }
}

static void test_a_tap_under_the_limit_takes_no_pin(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        bool pin;
    } rows[] = {
        {29999, false},
        {30000, false},
        {30001, true},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        start();
        play_present(&play, ENTRY_CONTACTLESS, "1234");
        play.command.amount.minor = rows[i].minor;
        struct txn_message request = play_sale(&play);
        assert_int_equal(request.pin_entered, rows[i].pin);
        assert_int_equal(request.pin_block_len, rows[i].pin ? 8 : 0);
        assert_int_equal(request.entry, ENTRY_CONTACTLESS);
    }
}

/* The tags that an online request must have, with what they must hold. */
static void test_field_55_of_a_chip_sale(void **state)
{
    (void)state;
    static const struct {
        uint32_t tag;
        const char *hex;
    } rows[] = {
        {0x9F26, "ACACACACACACACAC"},
        {0x9F27, "80"},
        {0x9F10, "0707070707070707"},
        {0x9F37, "5A5A5A5A"},
        {0x9F36, "0009"},
        {0x95, "8000048000"},
        {0x9A, "261122"},
        {0x9C, "00"},
        {0x9F02, "000000012850"},
        {0x5F2A, "0156"},
        {0x82, "7C00"},
        {0x9F1A, "0156"},
        {0x9F03, "000000000000"},
        {0x9F33, "E06800"},
        {0x9F34, "020300"},
        {0x84, "A3A3A3A3A3A3A3A3"},
    };

    start();
    play_present(&play, ENTRY_CHIP, "1234");
    play.command.amount.minor = 12850;
    struct txn_message request = play_sale(&play);
    struct bytes icc = bytes_over(request.icc, request.icc_len);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct bytes value;
        char hex[40] = {0};
        assert_int_equal(tlv_find(icc, rows[i].tag, &value), OK);
        bytes_to_hex(value.at, value.len, hex);
        assert_string_equal(hex, rows[i].hex);
    }
    assert_int_equal(request.sequence, 1);
    assert_true(request.track2_len > 0);
}

static void test_a_till_without_keys_or_session(void **state)
{
    (void)state;
    play_init(&play);
    assert_refused(OUTCOME_TERMINAL_NOT_SIGNED_IN);
    assert_string_equal(shown_evidence()[0].text, "never signed in");
    start();
    play_terminal(&play)->is_signed_in = 0;
    assert_refused(OUTCOME_TERMINAL_NOT_SIGNED_IN);
    assert_string_equal(shown_evidence()[0].text, "signed out");
    start();
    play.hsm.pan = HSM_KEY;
    assert_refused(OUTCOME_TERMINAL_KEY_MISSING);
    play.hsm.pan = HSM_DOWN;
    assert_refused(OUTCOME_TERMINAL_DEVICE_FAULT);
    play.hsm.pan = HSM_OK;
    play.hsm.pin = HSM_KEY;
    play_present(&play, ENTRY_STRIPE, "1234");
    assert_refused(OUTCOME_TERMINAL_KEY_MISSING);
    play.hsm.pin = HSM_DOWN;
    assert_refused(OUTCOME_TERMINAL_DEVICE_FAULT);
}

static void test_a_dead_line_sends_nothing(void **state)
{
    (void)state;
    start();
    play.event.line_is_up = false;
    assert_refused(OUTCOME_LINE_UNREACHABLE);
    assert_int_equal(play_terminal(&play)->owed.trace, 0);
}

static void test_a_strange_terminal_has_no_books(void **state)
{
    (void)state;
    start();
    memcpy(play.command.terminal, "T9      ", TERMINAL_ID_LEN);
    play_pay(&play, KIND_SALE);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_KEY_MISSING);
    assert_int_equal(play.work.what, WHAT_NONE);
    assert_null(play_sent(&play));
}

/* ---- two things wrong at once: the first in the outcome table is given ---- */

static void break_session(void)
{
    play_terminal(&play)->is_signed_in = 0;
}

static void break_pan_key(void)
{
    play.hsm.pan = HSM_KEY;
}

static void break_reversal(void)
{
    play_terminal(&play)->owed = play_identity(17, 99);
}

static void break_amount(void)
{
    play.command.amount.minor = 0;
}

static void break_reader(void)
{
    play.hsm.read = HSM_DOWN;
}

static void break_chip(void)
{
    play.hsm.track = PLAY_TRACK_CHIP;
}

static void break_expiry(void)
{
    static char track[] = "6200000012341231=2812101123456";

    memcpy(track, play.hsm.track, strlen(track));
    memcpy(track + 17, "2001", 4);
    play.hsm.track = track;
}

static void break_line(void)
{
    play.event.line_is_up = false;
}

static void break_pin(void)
{
    play_present(&play, ENTRY_STRIPE, "12");
}

static void test_the_first_in_the_table_is_given(void **state)
{
    (void)state;
    static const struct {
        enum outcome outcome;
        void (*break_it)(void);
    } rows[] = {
        {OUTCOME_TERMINAL_KEY_MISSING, break_pan_key},
        {OUTCOME_TERMINAL_NOT_SIGNED_IN, break_session},
        {OUTCOME_TERMINAL_REVERSAL_PENDING, break_reversal},
        {OUTCOME_TERMINAL_AMOUNT_INVALID, break_amount},
        {OUTCOME_TERMINAL_DEVICE_FAULT, break_reader},
        {OUTCOME_CARD_CHIP_REQUIRED, break_chip},
        {OUTCOME_CARD_EXPIRED_LOCAL, break_expiry},
        {OUTCOME_LINE_UNREACHABLE, break_line},
        {OUTCOME_PIN_FORMAT_WRONG, break_pin},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        for (size_t j = i; j < ARRAY_COUNT(rows); j++) {
            /* A card that cannot be read shows neither number nor date. */
            if (rows[i].break_it == break_pan_key && rows[j].break_it == break_reader)
                continue;
            start();
            play.event.line_is_up = true;
            rows[i].break_it();
            if (i != j)
                rows[j].break_it();
            assert_refused(rows[i].outcome);
            assert_true(rows[i].outcome <= rows[j].outcome);
        }
    }
}

static void test_neither_pin_nor_chip_is_troubled_in_vain(void **state)
{
    (void)state;
    start();
    play_present(&play, ENTRY_CHIP, "1234");
    play.event.line_is_up = false;
    assert_refused(OUTCOME_LINE_UNREACHABLE);
    assert_false(play.asked[HSM_CARD_FIRST_AC]);
    assert_false(play.asked[HSM_PIN_ENCRYPT]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts_outside_the_wire_are_refused),
        cmocka_unit_test(test_keyed_numbers_name_their_fault),
        cmocka_unit_test(test_a_keyed_card_goes_without_track),
        cmocka_unit_test(test_a_stripe_that_cannot_be_read),
        cmocka_unit_test(test_a_chip_card_must_show_its_chip),
        cmocka_unit_test(test_a_failed_chip_counts_for_one_basket),
        cmocka_unit_test(test_tries_are_told),
        cmocka_unit_test(test_what_is_banned_at_a_terminal),
        cmocka_unit_test(test_a_terminal_has_its_list_of_cards),
        cmocka_unit_test(test_a_tap_above_the_limit_wants_the_pin),
        cmocka_unit_test(test_devices_that_are_out),
        cmocka_unit_test(test_fallback_is_only_said_of_chip_cards),
        cmocka_unit_test(test_chips_that_do_not_serve),
        cmocka_unit_test(test_a_card_past_its_month_is_expired),
        cmocka_unit_test(test_pins_of_a_wrong_form),
        cmocka_unit_test(test_pins_of_a_good_form_travel_sealed),
        cmocka_unit_test(test_a_tap_under_the_limit_takes_no_pin),
        cmocka_unit_test(test_field_55_of_a_chip_sale),
        cmocka_unit_test(test_a_till_without_keys_or_session),
        cmocka_unit_test(test_a_dead_line_sends_nothing),
        cmocka_unit_test(test_a_strange_terminal_has_no_books),
        cmocka_unit_test(test_the_first_in_the_table_is_given),
        cmocka_unit_test(test_neither_pin_nor_chip_is_troubled_in_vain),
    };

    return cmocka_run_group_tests_name("entry", tests, NULL, NULL);
}

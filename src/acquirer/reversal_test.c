/* Taking back: by the terminal, by the switch, in any order, over crashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test/lib/reversal_stand.h"

/* ---- by the terminal ---- */

static void test_a_reversal_changes_each_payment_as_it_stands(void **state)
{
    /* clang-format off */
    static const struct {
        void (*stand)(void);
        enum payment_stage stage;
        enum money_state money;
        enum outcome outcome;
        enum journal_what what; /* WHAT_NONE: nothing changes */
        bool goes_on;           /* to the issuer */
    } rows[] = {
        { stand_unknown,   STAGE_TOMBSTONE, MONEY_RETURNED,  OUTCOME_PAYMENT_REVERSED,    WHAT_TOMBSTONE,     false },
        { stand_sent,      STAGE_REVERSING, MONEY_RETURNING, OUTCOME_NONE,                WHAT_REVERSAL_OWED, true },
        { stand_approved,  STAGE_REVERSING, MONEY_RETURNING, OUTCOME_APPROVED,            WHAT_REVERSAL_OWED, true },
        { stand_declined,  STAGE_ANSWERED,  MONEY_NOT_MOVED, OUTCOME_ACCOUNT_FUNDS_SHORT, WHAT_NONE,          false },
        { stand_given_up,  STAGE_REVERSING, MONEY_RETURNING, OUTCOME_ISSUER_NO_ANSWER,    WHAT_NONE,          false },
        { stand_reversing, STAGE_REVERSING, MONEY_RETURNING, OUTCOME_APPROVED,            WHAT_NONE,          false },
        { stand_reversed,  STAGE_REVERSED,  MONEY_RETURNED,  OUTCOME_APPROVED,            WHAT_NONE,          false },
        { stand_buried,    STAGE_TOMBSTONE, MONEY_RETURNED,  OUTCOME_PAYMENT_REVERSED,    WHAT_NONE,          false },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        rows[i].stand();
        for (size_t times = 0; times < 3; times++) {
            terminal_reverses();
            expect_reply("00");
            assert_int_equal(world_sent(TILL_LINK)->message.function, FUNCTION_REVERSAL_RESPONSE);
            assert_int_equal(world_sent(TILL_LINK)->message.identity.class, IDENTITY_REVERSAL);
            expect(rows[i].stage, rows[i].money, rows[i].outcome);
            if (times > 0 || rows[i].what == WHAT_NONE)
                assert_null(world_record());
            else
                assert_int_equal(world_record()->what, rows[i].what);
            assert_int_equal(world_sent(ISSUER_LINK) != NULL, times == 0 && rows[i].goes_on);
            if (world_record() != NULL) {
                assert_memory_equal(world_payment(42)->reversal_reason, "98", 2);
                assert_int_equal(world_record()->settlement_date,
                                 rows[i].stand == stand_approved ? 20261122 : 0);
            }
        }
    }
}

/* Restored books do not know it; the issuer may, and has to give the money back. */
static void test_a_reversal_of_what_our_books_lost_goes_on_to_the_issuer(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        stand_unknown();
        world_lose(30);
        if (i == 1)
            world_terminal()->batch = 0; /* nor the batch */
        terminal_reverses();
        expect_reply("00");
        expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_PAYMENT_REVERSED);
        assert_true(world_record()->is_alarm);
        assert_int_equal(world_sent(ISSUER_LINK)->message.function, FUNCTION_REVERSAL);
        assert_int_equal(world_sent(ISSUER_LINK)->message.identity.trace, 42);
        assert_int_equal(world_sent(ISSUER_LINK)->message.amount.minor, 12850);
        assert_non_null(world_pending(42));
        terminal_reverses(); /* again: from the record */
        expect_reply("00");
        assert_null(world_record());
        issuer_confirms("00");
        expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_PAYMENT_REVERSED);
        assert_null(world_pending(42));
    }
}

static void test_a_reversal_of_what_our_books_lost_without_a_card_stays_owed(void **state)
{
    (void)state;
    stand_unknown();
    world_lose(30);
    struct txn_message reversal = world_reversal(42, 12850);
    reversal.pan.len = 0;
    world_terminal_says(&reversal);
    expect_reply("96");
    assert_null(world_payment(42));
    assert_true(world_record()->is_alarm);
}

static void test_a_payment_after_its_reversal_is_never_accepted(void **state)
{
    static void (*const stands[])(void) = {stand_buried, stand_reversing, stand_reversed};
    struct txn_message sale = world_sale(42, 12850);

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(stands); i++) {
        stands[i]();
        struct payment_row before = *world_payment(42);
        world_terminal_says(&sale);
        expect_reply("22");
        assert_null(world_sent(ISSUER_LINK));
        assert_null(world_record());
        assert_memory_equal(world_payment(42), &before, sizeof before);
    }
}

static void test_what_was_given_up_is_answered_so_until_the_money_is_back(void **state)
{
    struct txn_message sale = world_sale(42, 12850);

    (void)state;
    stand_given_up();
    world_terminal_says(&sale);
    expect_reply("98");
    issuer_confirms("00");
    world_terminal_says(&sale);
    expect_reply("22");
}

/* 22 says of a code that somebody has used it, and that nothing moved: here it did, and came back.
 */
static void test_a_payment_by_code_that_was_given_up_is_answered_so_for_ever(void **state)
{
    struct txn_message sale = world_request(KIND_SALE, 42, 12850);

    (void)state;
    world_open();
    sale.pan.len = 0;
    sale.expiry = 0;
    sale.entry = ENTRY_QR;
    memcpy(sale.qr_code, "6200000112345678901", 19);
    world_terminal_says(&sale);
    world_wait_ms(20000);
    world_timer(world_pending_key(42));
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_ISSUER_NO_ANSWER);
    struct txn_message done = world_answer(&world_sent(ISSUER_LINK)->message, "00");
    world_terminal_says(&sale);
    expect_reply("98");
    world_issuer_says(&done);
    expect(STAGE_REVERSED, MONEY_RETURNED, OUTCOME_ISSUER_NO_ANSWER);
    world_terminal_says(&sale);
    expect_reply("98");
    assert_null(world_sent(ISSUER_LINK));
    assert_null(world_record());
}

static void test_a_reversal_of_other_content_is_refused(void **state)
{
    static void (*const stands[])(void) = {stand_sent, stand_approved, stand_reversed,
                                           stand_buried};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(stands); i++) {
        stands[i]();
        struct payment_row before = *world_payment(42);
        struct txn_message others[2] = {world_reversal(42, 12849), world_reversal(42, 12850)};
        others[1].pan = world_pan(CARD_OTHER);
        for (size_t j = 0; j < ARRAY_COUNT(others); j++) {
            world_terminal_says(&others[j]);
            expect_reply("64");
            assert_int_equal(world_record()->outcome, OUTCOME_ORIGINAL_MISMATCH);
            assert_true(world_record()->is_alarm);
            assert_memory_equal(world_payment(42), &before, sizeof before);
        }
    }
}

static void test_a_reversal_with_a_wrong_mac_does_nothing(void **state)
{
    struct txn_message reversal = world_reversal(42, 12850);
    struct keyblock other = fake_key(KEY_MAK, 99, TERMINAL);

    (void)state;
    stand_approved();
    world_terminal_says_with(&reversal, &other);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "A0", 2);
    assert_false(world_sent(TILL_LINK)->seal.make_mac);
    expect(STAGE_ANSWERED, MONEY_MOVED, OUTCOME_APPROVED);
    stand_unknown();
    world_terminal_says_with(&reversal, &other);
    assert_null(world_payment(42));
}

static void test_money_goes_back_whatever_became_of_shop_and_terminal(void **state)
{
    (void)state;
    stand_approved();
    world_terminal()->state = RECORD_FROZEN;
    world_terminal()->kinds = 0;
    memcpy(world_terminal()->merchant, "M2", 2);
    world_merchant()->state = RECORD_CANCELLED;
    terminal_reverses();
    expect_reply("00");
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_APPROVED);
}

static void test_a_reversal_under_the_key_before_is_taken(void **state)
{
    struct txn_message reversal = world_reversal(42, 12850);

    (void)state;
    stand_approved();
    struct keyblock old = world_keys()->mac;
    world_keys()->mac_before = old;
    world_keys()->mac = fake_key(KEY_MAK, 55, TERMINAL);
    world_keys()->changed = world.wall;
    world_terminal_says_with(&reversal, &old);
    expect_reply("00");
    assert_memory_equal(&world_sent(TILL_LINK)->seal.mac.block, &world_keys()->mac,
                        sizeof(struct keyblock));
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_APPROVED);
}

static void test_a_reversal_need_not_carry_the_card(void **state)
{
    static void (*const stands[])(void) = {stand_unknown, stand_approved, stand_reversed};
    struct txn_message reversal = world_reversal(42, 12850);

    (void)state;
    reversal.pan.len = 0;
    for (size_t i = 0; i < ARRAY_COUNT(stands); i++) {
        stands[i]();
        world_terminal_says(&reversal);
        expect_reply("00");
        assert_int_equal(world_sent(TILL_LINK)->seal.open_pan, i > 0);
    }
    stand_unknown();
    world_terminal_says(&reversal);
    struct txn_message sale = world_sale(42, 12850);
    world_terminal_says(&sale);
    expect_reply("22");
}

static void test_a_balance_needs_no_reversal(void **state)
{
    struct txn_message inquiry = world_request(KIND_BALANCE, 42, 0);
    struct txn_message reversal = world_reversal(42, 0);

    (void)state;
    world_open();
    world_terminal_says(&inquiry);
    reversal.kind = KIND_BALANCE;
    world_terminal_says(&reversal);
    expect_reply("00");
    assert_null(world_record());
    expect(STAGE_SENT, MONEY_NOT_MOVED, OUTCOME_NONE);
}

/* ---- by the switch ---- */

static void test_no_answer_in_time_is_given_up(void **state)
{
    (void)state;
    stand_given_up();
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_ISSUER_NO_ANSWER);
    assert_int_equal(world_record()->what, WHAT_NO_ANSWER);
    assert_int_equal(world_pending(42)->kind, PENDING_REVERSAL);
    expect_reply("98");
    const struct world_sent *out = world_sent(ISSUER_LINK);
    assert_int_equal(out->message.function, FUNCTION_REVERSAL);
    assert_false(out->message.is_repeat);
    assert_memory_equal(out->message.code, "98", 2);
    assert_true(out->message.sent.us == world.wall.us);
    assert_true(out->message.original_sent.us == request.sent.us);
    assert_int_equal(out->message.identity.class, IDENTITY_REVERSAL);
    assert_int_equal(out->message.amount.minor, 12850);
    assert_memory_equal(out->message.rrn, "100000000001", RRN_LEN);
    assert_true(out->seal.open_pan);
    assert_memory_equal(&out->seal.pan_hash, &world_payment(42)->pan.hash, sizeof(struct pan_hash));
    assert_int_equal(out->message.pan.len, 0);
    assert_int_equal(out->message.track2_len, 0);
    assert_int_equal(out->message.pin_block_len, 0);
    assert_int_equal(world_payment(42)->evidence[0].name, EVIDENCE_WAITED_S);
    assert_string_equal(world_payment(42)->evidence[0].text, "20");
    assert_string_equal(world_payment(42)->evidence[1].text, "sent");
}

static void test_a_late_approval_is_noted_and_goes_no_further(void **state)
{
    static void (*const stands[])(void) = {stand_given_up, stand_reversing, stand_reversed};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(stands); i++) {
        stands[i]();
        struct payment_row before = *world_payment(42);
        struct txn_message answer = world_answer(&request, "00");
        world_issuer_says(&answer);
        assert_int_equal(world_record()->what, WHAT_LATE_ANSWER);
        assert_int_equal(world.sent_count, 0);
        expect((enum payment_stage)before.stage, (enum money_state)before.money,
               (enum outcome)before.outcome);
    }
}

static void test_a_balance_without_an_answer_just_ends(void **state)
{
    struct txn_message inquiry = world_request(KIND_BALANCE, 42, 0);

    (void)state;
    world_open();
    world_terminal_says(&inquiry);
    world_wait_ms(20000);
    world_timer(world_pending_key(42));
    expect(STAGE_ANSWERED, MONEY_NOT_MOVED, OUTCOME_ISSUER_NO_ANSWER);
    assert_null(world_pending(42));
    expect_reply("98");
    assert_null(world_sent(ISSUER_LINK));
}

static void test_a_deadline_of_what_is_settled_does_nothing(void **state)
{
    (void)state;
    stand_approved();
    world_timer(world_pending_key(42));
    expect_nothing();
    stand_unknown();
    world_timer(world_pending_key(42));
    expect_nothing();
}

/* ---- crashes ---- */

static void test_a_restart_gives_up_what_was_sent(void **state)
{
    (void)state;
    stand_sent();
    world_wait_ms(5000);
    world_recover(world_pending_key(42));
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_ISSUER_NO_ANSWER);
    assert_int_equal(world_record()->what, WHAT_RECOVERED);
    assert_null(world_sent(TILL_LINK));
    assert_int_equal(world_pending(42)->kind, PENDING_REVERSAL);
    assert_string_equal(world_payment(42)->evidence[0].text, "5");
    terminal_reverses();
    expect_reply("00");
    expect(STAGE_REVERSING, MONEY_RETURNING, OUTCOME_ISSUER_NO_ANSWER);
}

static void test_a_restart_goes_on_with_the_lane(void **state)
{
    (void)state;
    stand_reversing();
    world_issuer_link()->is_up = 0;
    world_recover(world_pending_key(42));
    expect_nothing();
    assert_int_equal(world.deadline_count, 1);
    world_issuer_link()->is_up = 1;
    world_recover(world_pending_key(42));
    assert_int_equal(world_record()->what, WHAT_REVERSAL_SENT);
    assert_true(world_sent(ISSUER_LINK)->message.is_repeat);
}

static void test_a_restart_ends_an_inquiry(void **state)
{
    struct txn_message inquiry = world_request(KIND_BALANCE, 42, 0);

    (void)state;
    world_open();
    world_terminal_says(&inquiry);
    world_recover(world_pending_key(42));
    expect(STAGE_ANSWERED, MONEY_NOT_MOVED, OUTCOME_ISSUER_NO_ANSWER);
    assert_int_equal(world.sent_count, 0);
}

/* The process ends just before or just after an event's record, then the world goes on. */
static void test_a_crash_around_each_record_ends_well(void **state)
{
    static void (*const stands[])(void) = {stand_unknown, stand_sent, stand_approved,
                                           stand_reversing};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(stands); i++) {
        for (int crash = CRASH_BEFORE_RECORD; crash <= CRASH_AFTER_RECORD; crash++) {
            struct txn_message sale = world_sale(42, 12850);
            stands[i]();
            struct txn_message answer = world_answer(&request, "00");
            world.crash = (enum world_crash)crash;
            if (stands[i] == stand_unknown)
                world_terminal_says(&sale);
            else if (stands[i] == stand_sent)
                world_issuer_says(&answer);
            else if (stands[i] == stand_approved)
                terminal_reverses();
            else
                issuer_confirms("00");
            world.crash = CRASH_NONE;
            request = sale;
            if (world_pending(42) != NULL)
                world_recover(world_pending_key(42));
            terminal_reverses(); /* it had no answer, so it asks for its money back */
            expect_reply("00");
            while (world_pending(42) != NULL) {
                world_timer(world_pending_key(42));
                issuer_confirms("00");
            }
            assert_int_equal(world_payment(42)->money, MONEY_RETURNED);
        }
    }
}

static void test_what_is_owed_on_a_damaged_row_is_for_a_person(void **state)
{
    (void)state;
    stand_sent();
    world_payment(42)->stage = STAGE_COUNT;
    world_event(EVENT_TIMER)->key = world_pending_key(42);
    struct node_row *row = world_find(&world.event.key);
    assert_true(row->found);
    world.is_unproved = true; /* what holds for sound rows does not hold here */
    struct identity identity = world_identity(42);
    struct row_key key = payment_row_key(&identity);
    world_find(&key)->len--;
    world_run();
    assert_int_equal(world_record()->what, WHAT_QUARANTINED);
    assert_true(world_record()->is_alarm);
    assert_int_equal(world.sent_count, 0);
    terminal_reverses();
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "96", 2);
    assert_false(world_sent(TILL_LINK)->seal.make_mac);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reversal_changes_each_payment_as_it_stands),
        cmocka_unit_test(test_a_payment_after_its_reversal_is_never_accepted),
        cmocka_unit_test(test_a_reversal_of_what_our_books_lost_goes_on_to_the_issuer),
        cmocka_unit_test(test_a_reversal_of_what_our_books_lost_without_a_card_stays_owed),
        cmocka_unit_test(test_what_was_given_up_is_answered_so_until_the_money_is_back),
        cmocka_unit_test(test_a_payment_by_code_that_was_given_up_is_answered_so_for_ever),
        cmocka_unit_test(test_a_reversal_of_other_content_is_refused),
        cmocka_unit_test(test_a_reversal_with_a_wrong_mac_does_nothing),
        cmocka_unit_test(test_money_goes_back_whatever_became_of_shop_and_terminal),
        cmocka_unit_test(test_a_reversal_under_the_key_before_is_taken),
        cmocka_unit_test(test_a_reversal_need_not_carry_the_card),
        cmocka_unit_test(test_a_balance_needs_no_reversal),
        cmocka_unit_test(test_no_answer_in_time_is_given_up),
        cmocka_unit_test(test_a_late_approval_is_noted_and_goes_no_further),
        cmocka_unit_test(test_a_balance_without_an_answer_just_ends),
        cmocka_unit_test(test_a_deadline_of_what_is_settled_does_nothing),
        cmocka_unit_test(test_a_restart_gives_up_what_was_sent),
        cmocka_unit_test(test_a_restart_goes_on_with_the_lane),
        cmocka_unit_test(test_a_restart_ends_an_inquiry),
        cmocka_unit_test(test_a_crash_around_each_record_ends_well),
        cmocka_unit_test(test_what_is_owed_on_a_damaged_row_is_for_a_person),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

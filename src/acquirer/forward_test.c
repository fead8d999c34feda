/* A payment to the issuer and back: each stage, repeats, and answers that must not count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "test/lib/switch_world.h"

#define AUTH_TLV "\x91\x0A\x01\x02\x03\x04\x05\x06\x07\x08\x30\x30"

static struct txn_message start(uint32_t trace, int64_t minor)
{
    struct txn_message sale = world_sale(trace, minor);

    world_terminal_says(&sale);
    assert_int_equal(world_payment(trace)->stage, STAGE_SENT);
    return world_sent(ISSUER_LINK)->message;
}

static void expect(uint32_t trace, enum payment_stage stage, enum money_state money,
                   enum outcome outcome)
{
    const struct payment_row *row = world_payment(trace);

    assert_non_null(row);
    assert_int_equal(row->stage, stage);
    assert_int_equal(row->money, money);
    assert_int_equal(row->outcome, outcome);
}

static void expect_reply(const char *code)
{
    const struct world_sent *reply = world_sent(TILL_LINK);

    assert_non_null(reply);
    assert_memory_equal(reply->message.code, code, 2);
    assert_true(reply->seal.make_mac);
    assert_memory_equal(&reply->seal.mac.block, &world_keys()->mac, sizeof(struct keyblock));
}

static void test_a_sale_is_recorded_before_it_is_forwarded(void **state)
{
    struct txn_message sale = world_sale(42, 12850);

    (void)state;
    world_open();
    sale.network_code = 500;
    sale.software = 310001;
    world_terminal_says(&sale);
    expect(42, STAGE_SENT, MONEY_UNKNOWN, OUTCOME_NONE);
    assert_int_equal(world_payment(42)->pin_entered, 1);
    assert_int_equal(world_payment(42)->business_date, 20261122);
    assert_int_equal(world_pending(42)->kind, PENDING_ANSWER);
    assert_int_equal(world_record()->what, WHAT_SALE_SENT);
    assert_int_equal(world.sent_count, 1);
    assert_int_equal(world.deadline_count, 1);
    assert_int_equal(world.deadlines[0].key.table, TABLE_PENDING);
    assert_true(world.deadlines[0].due.ns == world.wall.us * 1000 + 20000000000);

    const struct world_sent *on = world_sent(ISSUER_LINK);
    assert_non_null(on);
    assert_true(on->seal.make_mac);
    assert_memory_equal(&on->seal.mac.block, &world_issuer()->zone_mac, sizeof(struct keyblock));
    assert_memory_equal(on->message.rrn, "100000000001", RRN_LEN);
    assert_memory_equal(on->message.issuer, ISSUER, 8);
    assert_int_equal(on->message.pin_block[0], 0x11 ^ 0x55);
    assert_int_equal(on->message.amount.minor, 12850);
    assert_int_equal(on->message.sent.us, world.wall.us);
    assert_int_equal(on->message.tpdu[0], 0);
    assert_int_equal(on->message.network_code, 0);
    assert_int_equal(on->message.software, 0);
    assert_int_equal(on->message.local_time, 1180000);
    assert_int_equal(on->message.local_date, 1122);
}

static void test_an_approval_is_posted_and_passed_on(void **state)
{
    struct txn_message request;
    struct txn_message answer;

    (void)state;
    world_open();
    request = start(42, 12850);
    answer = world_answer(&request, "00");
    memcpy(answer.icc, AUTH_TLV, sizeof AUTH_TLV - 1);
    answer.icc_len = sizeof AUTH_TLV - 1;
    world_issuer_says(&answer);
    expect(42, STAGE_ANSWERED, MONEY_MOVED, OUTCOME_APPROVED);
    assert_null(world_pending(42));
    assert_int_equal(world_record()->what, WHAT_APPROVED);
    assert_int_equal(world_record()->settlement_date, 20261122);
    assert_int_equal(net_of(&world_payment(42)->identity, ACCOUNT_ISSUER_RECEIVABLE), 12850);
    expect_reply("00");
    const struct txn_message *reply = &world_sent(TILL_LINK)->message;
    assert_memory_equal(reply->auth_id, "A12345", AUTH_ID_LEN);
    assert_memory_equal(reply->rrn, "100000000001", RRN_LEN);
    assert_memory_equal(reply->icc, AUTH_TLV, sizeof AUTH_TLV - 1);
    assert_int_equal(reply->amount.minor, 12850);
    assert_memory_equal(reply->tpdu, "\x60\x00\x03\x12\x34", TPDU_LEN);
}

static void test_a_refusal_is_passed_on(void **state)
{
    struct txn_message request;
    struct txn_message answer;

    (void)state;
    world_open();
    request = start(42, 12850);
    answer = world_answer(&request, "51");
    world_issuer_says(&answer);
    expect(42, STAGE_ANSWERED, MONEY_NOT_MOVED, OUTCOME_ACCOUNT_FUNDS_SHORT);
    assert_int_equal(world_payment(42)->decided_by, PARTY_ISSUER);
    assert_string_equal(world_payment(42)->evidence[0].text, "51");
    assert_null(world_pending(42));
    assert_int_equal(world.entry_count, 0);
    expect_reply("51");
}

/* Hosts of others say no more than a code: it leads to the cause it nearly always means. */
static void test_the_codes_of_a_strange_host_lead_to_causes(void **state)
{
    static const struct {
        const char *code;
        enum outcome outcome;
    } rows[] = {
        {"01", OUTCOME_ISSUER_REFERRAL},      {"02", OUTCOME_DECLINED_UNSPECIFIED},
        {"05", OUTCOME_DECLINED_UNSPECIFIED}, {"14", OUTCOME_CARD_UNKNOWN},
        {"38", OUTCOME_PIN_TRIES_EXCEEDED},   {"Z9", OUTCOME_DECLINED_UNSPECIFIED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct txn_message request;
        struct txn_message answer;

        world_open();
        request = start(42, 12850);
        answer = world_answer(&request, rows[i].code);
        world_issuer_says(&answer);
        expect(42, STAGE_ANSWERED, MONEY_NOT_MOVED, rows[i].outcome);
        assert_int_equal(world_payment(42)->decided_by, PARTY_ISSUER);
        expect_reply(rows[i].code);
    }
}

static void test_a_balance_moves_nothing(void **state)
{
    struct txn_message inquiry = world_request(KIND_BALANCE, 42, 0);
    struct txn_message answer;

    (void)state;
    world_open();
    world_terminal_says(&inquiry);
    expect(42, STAGE_SENT, MONEY_NOT_MOVED, OUTCOME_NONE);
    assert_int_equal(world_record()->what, WHAT_INQUIRY_SENT);
    answer = world_answer(&world_sent(ISSUER_LINK)->message, "00");
    answer.amount = (struct money){0};
    answer.balance = money_of(777, CURRENCY_CNY);
    world_issuer_says(&answer);
    expect(42, STAGE_ANSWERED, MONEY_NOT_MOVED, OUTCOME_APPROVED);
    assert_int_equal(world.entry_count, 0);
    expect_reply("00");
    assert_int_equal(world_sent(TILL_LINK)->message.balance.minor, 777);
    world_terminal_says(&inquiry);
    assert_int_equal(world_sent(TILL_LINK)->message.balance.minor, 777);
}

static void test_eight_digits_route_before_six(void **state)
{
    struct txn_message sale = world_sale(42, 100);

    (void)state;
    world_open();
    sale.pan = world_pan("6200000800000000");
    world_terminal_says(&sale);
    expect(42, STAGE_ANSWERED, MONEY_NOT_MOVED, OUTCOME_ISSUER_UNREACHABLE);
    assert_string_equal(world_payment(42)->evidence[0].text, "not set up");
    assert_memory_equal(world_payment(42)->issuer, ISSUER_AWAY, 8);
}

static void test_a_card_number_comes_out_of_the_track(void **state)
{
    static const char track[] = CARD "=28121010000012300000";
    struct txn_message sale = world_sale(42, 100);

    (void)state;
    world_open();
    sale.pan.len = 0;
    memcpy(sale.track2, track, sizeof track - 1);
    sale.track2_len = sizeof track - 1;
    world_terminal_says(&sale);
    expect(42, STAGE_SENT, MONEY_UNKNOWN, OUTCOME_NONE);
    assert_memory_equal(world_sent(ISSUER_LINK)->message.pan.digits, CARD, 16);
    assert_int_equal(world_sent(ISSUER_LINK)->message.track2_len, sizeof track - 1);
}

/* ---- repeats ---- */

static void test_a_repeat_on_the_way_only_moves_the_link(void **state)
{
    struct txn_message sale = world_sale(42, 12850);
    struct keyblock mak;
    struct txn_message request;

    (void)state;
    world_open();
    request = start(42, 12850);
    world_terminal_says(&sale);
    assert_int_equal(world.sent_count, 0);
    assert_null(world_record());

    mak = world_keys()->mac;
    world_event(EVENT_MESSAGE)->link = 8;
    world.event.message = sale;
    sign_with(&world.event.message, &mak, TERMINAL);
    world_run();
    assert_int_equal(world.sent_count, 0);
    assert_int_equal(world_payment(42)->link, 8);
    request = world_answer(&request, "00");
    world_issuer_says(&request);
    assert_null(world_sent(TILL_LINK));
    assert_non_null(world_sent(8));
}

static void test_a_repeat_of_what_is_answered_comes_from_the_record(void **state)
{
    static const char *const codes[] = {"00", "51", "55"};
    struct txn_message sale = world_sale(42, 12850);

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        world_open();
        struct txn_message request = start(42, 12850);
        struct txn_message answer = world_answer(&request, codes[i]);
        world_issuer_says(&answer);
        struct txn_message first = world_sent(TILL_LINK)->message;
        struct payment_row before = *world_payment(42);
        world_keys()->mac = fake_key(KEY_MAK, 77, TERMINAL);
        world_terminal_says(&sale);
        assert_null(world_record());
        assert_null(world_sent(ISSUER_LINK));
        expect_reply(codes[i]);
        assert_memory_equal(world_sent(TILL_LINK)->message.rrn, first.rrn, RRN_LEN);
        assert_memory_equal(world_sent(TILL_LINK)->message.auth_id, first.auth_id, AUTH_ID_LEN);
        assert_memory_equal(world_payment(42), &before, sizeof before);
        struct keyblock mak = world_keys()->mac;
        world_event(EVENT_MESSAGE)->link = 8; /* the terminal has called again */
        world.event.message = sale;
        sign_with(&world.event.message, &mak, TERMINAL);
        world_run();
        assert_null(world_sent(TILL_LINK));
        assert_memory_equal(world_sent(8)->message.code, codes[i], 2);
    }
}

static void test_a_second_meaning_is_refused_with_an_alarm(void **state)
{
    struct txn_message others[3] = {world_sale(42, 12851), world_sale(42, 12850),
                                    world_request(KIND_BALANCE, 42, 12850)};
    const enum payment_stage stages[] = {STAGE_SENT, STAGE_ANSWERED};

    (void)state;
    others[1].pan = world_pan(CARD_OTHER);
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(stages); j++) {
            world_open();
            struct txn_message request = start(42, 12850);
            struct txn_message answer = world_answer(&request, "00");
            if (stages[j] == STAGE_ANSWERED)
                world_issuer_says(&answer);
            struct payment_row before = *world_payment(42);
            world_terminal_says(&others[i]);
            expect_reply("94");
            assert_null(world_sent(ISSUER_LINK));
            assert_true(world_record()->is_alarm);
            assert_int_equal(world_record()->outcome, OUTCOME_MESSAGE_REPLAYED);
            assert_memory_equal(world_payment(42), &before, sizeof before);
        }
    }
}

static void test_a_repeat_under_the_key_before_is_still_answered(void **state)
{
    struct txn_message sale = world_sale(42, 12850);
    struct txn_message request;
    struct keyblock old;

    (void)state;
    world_open();
    request = start(42, 12850);
    old = world_keys()->mac;
    world_keys()->mac_before = old;
    world_keys()->mac = fake_key(KEY_MAK, 55, TERMINAL);
    world_keys()->changed = world.wall;
    request = world_answer(&request, "00");
    world_issuer_says(&request);
    expect_reply("00");
    world_wait_ms(40000);
    world_terminal_says_with(&sale, &old);
    expect_reply("00");
    world_wait_ms(1);
    world_terminal_says_with(&sale, &old);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "A0", 2);
    assert_false(world_sent(TILL_LINK)->seal.make_mac);
    expect(42, STAGE_ANSWERED, MONEY_MOVED, OUTCOME_APPROVED);
}

/* ---- answers that must not count ---- */

static void change_nothing(struct txn_message *answer)
{
    (void)answer;
}

static void change_amount(struct txn_message *answer)
{
    answer->amount.minor--;
}

static void drop_amount(struct txn_message *answer)
{
    answer->amount = (struct money){0};
}

static void change_card(struct txn_message *answer)
{
    answer->pan = world_pan(CARD_OTHER);
}

static void spoil_card(struct txn_message *answer)
{
    answer->pan.digits[0] = 'x';
}

static void change_trace(struct txn_message *answer)
{
    answer->identity.trace++;
}

static void change_terminal(struct txn_message *answer)
{
    answer->identity.terminal[1] = '2';
}

static void change_batch(struct txn_message *answer)
{
    answer->identity.batch++;
}

static void change_kind(struct txn_message *answer)
{
    answer->kind = KIND_BALANCE;
}

static void drop_code(struct txn_message *answer)
{
    memset(answer->code, 0, sizeof answer->code);
}

static void test_an_answer_that_does_not_fit_is_set_aside(void **state)
{
    static void (*const spoils[])(struct txn_message *) = {
        change_amount,   drop_amount,  change_card, spoil_card, change_trace,
        change_terminal, change_batch, change_kind, drop_code,
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(spoils); i++) {
        world_open();
        struct txn_message request = start(42, 12850);
        struct txn_message answer = world_answer(&request, "00");
        struct payment_row before = *world_payment(42);
        spoils[i](&answer);
        world_issuer_says(&answer);
        assert_int_equal(world_record()->what, WHAT_QUARANTINED);
        assert_true(world_record()->is_alarm);
        assert_int_equal(world.sent_count, 0);
        assert_memory_equal(world_payment(42), &before, sizeof before);
    }
}

static void test_an_answer_without_a_card_number_fits(void **state)
{
    struct txn_message request;
    struct txn_message answer;

    (void)state;
    world_open();
    request = start(42, 12850);
    answer = world_answer(&request, "00");
    change_nothing(&answer);
    answer.pan.len = 0;
    world_issuer_says(&answer);
    expect(42, STAGE_ANSWERED, MONEY_MOVED, OUTCOME_APPROVED);
    assert_true(world_sent(TILL_LINK)->seal.open_pan); /* the terminal's answer needs one */
}

static void test_a_wrong_mac_is_no_answer_and_renews_the_zone(void **state)
{
    struct keyblock none = {{0}};
    struct keyblock other = fake_key(KEY_ZAK, 99, ISSUER);
    const struct keyblock *keys[] = {&none, &other};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        world_open();
        struct txn_message request = start(42, 12850);
        struct txn_message answer = world_answer(&request, "00");
        world_issuer_says_with(&answer, keys[i]);
        expect(42, STAGE_SENT, MONEY_UNKNOWN, OUTCOME_NONE);
        assert_int_equal(world_record()->what, WHAT_QUARANTINED);
        assert_null(world_sent(TILL_LINK));
        assert_int_equal(world_sent(ISSUER_LINK)->message.kind, KIND_SIGN_IN);
        assert_int_equal(world_sent(ISSUER_LINK)->message.identity.trace, 18);
        world_issuer_says_with(&answer, keys[i]); /* not again so soon */
        assert_int_equal(world.sent_count, 0);
    }
}

static void test_the_zone_key_before_counts_for_answers_in_flight(void **state)
{
    struct keyblock old;

    (void)state;
    for (int64_t wait_ms = 40000; wait_ms <= 40001; wait_ms++) {
        world_open();
        struct txn_message request = start(42, 12850);
        struct txn_message answer = world_answer(&request, "00");
        old = world_issuer()->zone_mac;
        world_issuer()->zone_mac_before = old;
        world_issuer()->zone_mac = fake_key(KEY_ZAK, 55, ISSUER);
        world_issuer()->since = world.wall;
        world_wait_ms(wait_ms);
        world_issuer_says_with(&answer, &old);
        assert_int_equal(world_payment(42)->stage, wait_ms == 40000 ? STAGE_ANSWERED : STAGE_SENT);
    }
}

static void from(const char *peer, uint64_t link, const struct txn_message *message)
{
    struct keyblock zak = fake_key(KEY_ZAK, 8, peer[0] != 0 ? peer : ISSUER);
    struct node_event *event = world_event(EVENT_MESSAGE);

    event->link = link;
    if (peer[0] != 0)
        assert_int_equal(identity_id_from_text(peer, 0, event->peer, sizeof event->peer), OK);
    event->message = *message;
    sign_with(&event->message, &zak, peer[0] != 0 ? peer : ISSUER);
    world_run();
}

static void test_an_answer_counts_from_its_issuers_link_only(void **state)
{
    struct keyblock master = fake_key(KEY_ZMK, 16, ISSUER_AWAY);
    struct issuer_row other;
    struct txn_message answer;

    (void)state;
    world_open();
    answer = start(42, 12850);
    answer = world_answer(&answer, "00");
    from("", TILL_LINK, &answer); /* a terminal */
    assert_null(world_record());
    assert_int_equal(world.sent_count, 0);
    from("55555555", 5, &answer); /* a host that we do not know */
    assert_null(world_record());
    assert_int_equal(onboard_issuer(ISSUER_AWAY, "Other bank", &master, &other), OK);
    other.zone_mac = fake_key(KEY_ZAK, 8, ISSUER_AWAY);
    world_put(onboard_issuer_key(&other), &other, sizeof other);
    from(ISSUER_AWAY, 901, &answer); /* another issuer, with a good MAC of its own */
    assert_int_equal(world_record()->what, WHAT_QUARANTINED);
    assert_int_equal(world.sent_count, 0);
    expect(42, STAGE_SENT, MONEY_UNKNOWN, OUTCOME_NONE);
    from(ISSUER, 950, &answer); /* its newer link */
    expect(42, STAGE_ANSWERED, MONEY_MOVED, OUTCOME_APPROVED);
}

static void test_the_same_answer_twice_says_nothing_new(void **state)
{
    struct txn_message request;
    struct txn_message answer;

    (void)state;
    world_open();
    request = start(42, 12850);
    answer = world_answer(&request, "00");
    world_issuer_says(&answer);
    world_issuer_says(&answer);
    assert_null(world_record());
    assert_int_equal(world.sent_count, 0);
    answer = world_answer(&request, "51");
    world_issuer_says(&answer); /* refuses what it approved: for a person */
    assert_int_equal(world_record()->what, WHAT_QUARANTINED);
    assert_true(world_record()->is_alarm);
    expect(42, STAGE_ANSWERED, MONEY_MOVED, OUTCOME_APPROVED);
}

static void test_an_approval_after_a_refusal_is_undone(void **state)
{
    static const char *const codes[] = {"00", "11", "16", "A2", "A4", "A5", "A6"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        world_open();
        struct txn_message request = start(42, 12850);
        struct txn_message answer = world_answer(&request, "51");
        world_issuer_says(&answer);
        answer = world_answer(&request, codes[i]);
        world_issuer_says(&answer);
        expect(42, STAGE_REVERSING, MONEY_RETURNING, OUTCOME_ACCOUNT_FUNDS_SHORT);
        assert_true(world_record()->is_alarm);
        assert_null(world_sent(TILL_LINK));
        assert_int_equal(world_sent(ISSUER_LINK)->message.function, FUNCTION_REVERSAL);
    }
}

static void test_money_in_doubt_is_taken_into_our_hands(void **state)
{
    /* clang-format off */
    static const struct {
        const char *code;
        const char *passed;
        enum outcome outcome;
    } rows[] = {
        { "06", "06", OUTCOME_DECLINED_UNSPECIFIED },
        { "09", "09", OUTCOME_DECLINED_UNSPECIFIED },
        { "68", "68", OUTCOME_MESSAGE_TOO_OLD },
        { "92", "92", OUTCOME_DECLINED_UNSPECIFIED },
        { "96", "96", OUTCOME_ISSUER_FAULT },
        { "98", "98", OUTCOME_ISSUER_NO_ANSWER },
        { "10", "96", OUTCOME_ISSUER_ANSWER_CORRUPT },
        { "11", "96", OUTCOME_ISSUER_ANSWER_CORRUPT },
        { "A2", "96", OUTCOME_ISSUER_ANSWER_CORRUPT },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        world_open();
        struct txn_message request = start(42, 12850);
        struct txn_message answer = world_answer(&request, rows[i].code);
        world_issuer_says(&answer);
        expect(42, STAGE_REVERSING, MONEY_RETURNING, rows[i].outcome);
        expect_reply(rows[i].passed);
        assert_int_equal(world_pending(42)->kind, PENDING_REVERSAL);
        assert_int_equal(world_sent(ISSUER_LINK)->message.function, FUNCTION_REVERSAL);
        assert_int_equal(world.entry_count, 0);
    }
}

static void test_a_damaged_payment_row_is_not_acted_upon(void **state)
{
    struct txn_message sale = world_sale(42, 12850);
    struct txn_message request;

    (void)state;
    world_open();
    request = start(42, 12850);
    world_payment(42)->money = MONEY_RETURNED; /* of a payment that is on its way */
    struct payment_row before = *world_payment(42);
    world_event(EVENT_MESSAGE)->link = TILL_LINK;
    struct keyblock mak = world_keys()->mac;
    world.event.message = sale;
    sign_with(&world.event.message, &mak, TERMINAL);
    world_run();
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "96", 2);
    assert_false(world_sent(TILL_LINK)->seal.make_mac);
    request = world_answer(&request, "00");
    world_issuer_says(&request);
    assert_int_equal(world_record()->what, WHAT_QUARANTINED);
    assert_memory_equal(world_payment(42), &before, sizeof before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sale_is_recorded_before_it_is_forwarded),
        cmocka_unit_test(test_an_approval_is_posted_and_passed_on),
        cmocka_unit_test(test_a_refusal_is_passed_on),
        cmocka_unit_test(test_the_codes_of_a_strange_host_lead_to_causes),
        cmocka_unit_test(test_a_balance_moves_nothing),
        cmocka_unit_test(test_eight_digits_route_before_six),
        cmocka_unit_test(test_a_card_number_comes_out_of_the_track),
        cmocka_unit_test(test_a_repeat_on_the_way_only_moves_the_link),
        cmocka_unit_test(test_a_repeat_of_what_is_answered_comes_from_the_record),
        cmocka_unit_test(test_a_second_meaning_is_refused_with_an_alarm),
        cmocka_unit_test(test_a_repeat_under_the_key_before_is_still_answered),
        cmocka_unit_test(test_an_answer_that_does_not_fit_is_set_aside),
        cmocka_unit_test(test_an_answer_without_a_card_number_fits),
        cmocka_unit_test(test_a_wrong_mac_is_no_answer_and_renews_the_zone),
        cmocka_unit_test(test_the_zone_key_before_counts_for_answers_in_flight),
        cmocka_unit_test(test_an_answer_counts_from_its_issuers_link_only),
        cmocka_unit_test(test_the_same_answer_twice_says_nothing_new),
        cmocka_unit_test(test_an_approval_after_a_refusal_is_undone),
        cmocka_unit_test(test_money_in_doubt_is_taken_into_our_hands),
        cmocka_unit_test(test_a_damaged_payment_row_is_not_acted_upon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

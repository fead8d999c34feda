#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RIG_CHECK(condition) assert_true(condition)
#include "issuer/account.h"
#include "issuer/decide.h"
#include "test/lib/issuer_rig.h"

/* What a spoiling touches: two that touch the same thing do not go together. */
enum {
    TOUCHES_STATE = 1,
    TOUCHES_EXPIRY = 4,
    TOUCHES_CHIP = 8,
    TOUCHES_TRACK = 16,
    TOUCHES_PIN = 32,
    TOUCHES_KIND = 64,
    TOUCHES_AMOUNT = 128,
};

struct spoiling {
    const char *name;
    enum outcome outcome;
    unsigned touches;
    bool by_stripe; /* otherwise by chip */
    void (*spoil)(struct rig *rig, struct txn_message *message);
};

static void spoil_form(struct rig *rig, struct txn_message *message)
{
    (void)rig;
    message->amount.minor = 0;
}

static void spoil_kind(struct rig *rig, struct txn_message *message)
{
    (void)rig;
    message->kind = KIND_NONE;
}

static void spoil_age(struct rig *rig, struct txn_message *message)
{
    message->sent = instant_add_ms(rig->wall, -15001);
}

static void spoil_clock(struct rig *rig, struct txn_message *message)
{
    message->sent = instant_add_ms(rig->wall, 15001);
}

static void spoil_card(struct rig *rig, struct txn_message *message)
{
    struct row_key key = row_key_of(TABLE_CARD, rig_card(rig)->pan.hash.at, PAN_HASH_LEN);

    (void)message;
    rig_row(rig, &key)->found = false;
}

#define SPOIL_STATE(word, state_)                                                                  \
    static void spoil_##word(struct rig *rig, struct txn_message *message)                         \
    {                                                                                              \
        (void)message;                                                                             \
        rig_card(rig)->state = (state_);                                                           \
        rig_card(rig)->state_since = rig->wall;                                                    \
    }
SPOIL_STATE(stolen, RECORD_STOLEN)
SPOIL_STATE(lost, RECORD_LOST)
SPOIL_STATE(capture, RECORD_CAPTURE)
SPOIL_STATE(cancelled, RECORD_CANCELLED)
SPOIL_STATE(inactive, RECORD_NOT_ACTIVATED)
SPOIL_STATE(frozen, RECORD_FROZEN)
SPOIL_STATE(dormant, RECORD_DORMANT)

static void spoil_expiry(struct rig *rig, struct txn_message *message)
{
    (void)message;
    rig_card(rig)->expiry = 2610;
}

static void spoil_expiry_given(struct rig *rig, struct txn_message *message)
{
    (void)rig;
    message->expiry = RIG_EXPIRY + 1;
}

static void spoil_permitted(struct rig *rig, struct txn_message *message)
{
    (void)message;
    rig_card(rig)->kinds = 0;
}

static void spoil_currency(struct rig *rig, struct txn_message *message)
{
    (void)rig;
    message->amount.currency = 840;
}

static void spoil_training(struct rig *rig, struct txn_message *message)
{
    (void)rig;
    message->is_training = true;
}

static void spoil_cutoff(struct rig *rig, struct txn_message *message)
{
    (void)message;
    rig_config(rig)->policy.cutoff_from = 719;
    rig_config(rig)->policy.cutoff_until = 721;
}

static void spoil_hours(struct rig *rig, struct txn_message *message)
{
    (void)message;
    rig_config(rig)->policy.open_from = 1;
    rig_config(rig)->policy.open_until = 720;
}

static void spoil_overdue(struct rig *rig, struct txn_message *message)
{
    (void)message;
    rig_account(rig)->overdue_since = 20261101;
}

static void spoil_region(struct rig *rig, struct txn_message *message)
{
    (void)message;
    rig_acquirer(rig)->region = 344;
    rig_card(rig)->region = 156;
}

static void spoil_suspicious(struct rig *rig, struct txn_message *message)
{
    rig_config(rig)->policy.refusals_max = 4;
    rig_config(rig)->policy.suspicious_minor = message->amount.minor;
    rig_card(rig)->refusals = 4;
}

static void spoil_referral(struct rig *rig, struct txn_message *message)
{
    rig_config(rig)->policy.referral_minor = message->amount.minor;
}

static void spoil_nothing(struct rig *rig, struct txn_message *message)
{
    (void)rig;
    (void)message;
}

static void spoil_cvv(struct rig *rig, struct txn_message *message)
{
    (void)rig;
    char *digit = &message->track2[message->track2_len - 1];
    *digit = *digit == '9' ? '0' : (char)(*digit + 1);
}

static void spoil_counter(struct rig *rig, struct txn_message *message)
{
    (void)message;
    rig_card(rig)->atc_last = 500;
}

static void spoil_cryptogram(struct rig *rig, struct txn_message *message)
{
    (void)rig;
    message->icc[3] ^= 1; /* the first byte of 9F26 */
}

static void spoil_lock(struct rig *rig, struct txn_message *message)
{
    (void)message;
    rig_card(rig)->pin_tries = 3;
}

static void spoil_pin_given(struct rig *rig, struct txn_message *message)
{
    (void)rig;
    message->pin_block_len = 0;
}

static void spoil_pin(struct rig *rig, struct txn_message *message)
{
    rig_add_pin(rig, message, "4321");
}

static void spoil_payment_limit(struct rig *rig, struct txn_message *message)
{
    rig_card(rig)->limit_minor = message->amount.minor - 1;
}

static void spoil_daily_amount(struct rig *rig, struct txn_message *message)
{
    rig_card(rig)->daily_limit_minor = message->amount.minor - 1;
}

static void spoil_daily_count(struct rig *rig, struct txn_message *message)
{
    (void)message;
    rig_card(rig)->daily_count_max = 1;
    rig_card(rig)->daily_count = 1;
    rig_card(rig)->daily_date = 20261122;
}

static void spoil_funds(struct rig *rig, struct txn_message *message)
{
    rig_account(rig)->credit_limit_minor = message->amount.minor - 1 - 100000;
}

/* clang-format off */
static const struct spoiling spoilings[] = {
    { "form",         OUTCOME_MESSAGE_MALFORMED,        TOUCHES_KIND,       false, spoil_form },
    { "kind",         OUTCOME_TRANSACTION_UNSUPPORTED,  TOUCHES_KIND | TOUCHES_CHIP | TOUCHES_TRACK, false, spoil_kind },
    { "training", OUTCOME_TRAINING_MIXED, 0, false, spoil_training },
    { "age",          OUTCOME_MESSAGE_TOO_OLD,          0,                  false, spoil_age },
    { "cutoff", OUTCOME_ISSUER_CUTOFF, 0, false, spoil_cutoff },
    { "card",         OUTCOME_CARD_UNKNOWN,             0,                  false, spoil_card },
    { "stolen",       OUTCOME_CARD_STOLEN,              TOUCHES_STATE,      false, spoil_stolen },
    { "lost",         OUTCOME_CARD_LOST,                TOUCHES_STATE,      false, spoil_lost },
    { "capture",      OUTCOME_CARD_CAPTURE,             TOUCHES_STATE,      false, spoil_capture },
    { "cancelled",    OUTCOME_CARD_CANCELLED,           TOUCHES_STATE,      false, spoil_cancelled },
    { "inactive",     OUTCOME_CARD_NOT_ACTIVATED,       TOUCHES_STATE,      false, spoil_inactive },
    { "frozen",       OUTCOME_CARD_FROZEN,              TOUCHES_STATE,      false, spoil_frozen },
    { "overdue", OUTCOME_ACCOUNT_OVERDUE, 0, false, spoil_overdue },
    { "dormant",      OUTCOME_CARD_DORMANT,             TOUCHES_STATE,      false, spoil_dormant },
    { "expiry",       OUTCOME_CARD_EXPIRED,             TOUCHES_EXPIRY,     false, spoil_expiry },
    { "expiry given", OUTCOME_CARD_EXPIRY_MISMATCH,     TOUCHES_EXPIRY,     false, spoil_expiry_given },
    { "permitted",    OUTCOME_TRANSACTION_NOT_FOR_CARD, 0,                  false, spoil_permitted },
    { "region", OUTCOME_REGION_REFUSED, 0, false, spoil_region },
    { "hours", OUTCOME_HOURS_CLOSED, 0, false, spoil_hours },
    { "fallback",     OUTCOME_CHIP_FALLBACK_REFUSED,    TOUCHES_CHIP,       true,  spoil_nothing },
    { "cvv",          OUTCOME_CVV_WRONG,                TOUCHES_TRACK,      false, spoil_cvv },
    { "counter",      OUTCOME_CHIP_REPLAYED,            TOUCHES_CHIP,       false, spoil_counter },
    { "cryptogram",   OUTCOME_CHIP_CRYPTOGRAM_WRONG,    TOUCHES_CHIP,       false, spoil_cryptogram },
    { "lock",         OUTCOME_PIN_TRIES_EXCEEDED,       0,                  false, spoil_lock },
    { "pin given",    OUTCOME_PIN_MISSING,              TOUCHES_PIN,        false, spoil_pin_given },
    { "pin",          OUTCOME_PIN_WRONG,                TOUCHES_PIN,        false, spoil_pin },
    { "limit",        OUTCOME_LIMIT_PER_PAYMENT,        0,                  false, spoil_payment_limit },
    { "daily amount", OUTCOME_LIMIT_DAILY_AMOUNT,       0,                  false, spoil_daily_amount },
    { "daily count",  OUTCOME_LIMIT_DAILY_COUNT,        0,                  false, spoil_daily_count },
    { "funds",        OUTCOME_ACCOUNT_FUNDS_SHORT,      0,                  false, spoil_funds },
    { "suspicious", OUTCOME_RISK_ISSUER_SUSPICIOUS, TOUCHES_AMOUNT, false, spoil_suspicious },
    { "referral", OUTCOME_ISSUER_REFERRAL, TOUCHES_AMOUNT, false, spoil_referral },
};
/* clang-format on */

static struct rig rig;

static const struct rig_result *run_spoiled(const struct spoiling *first,
                                            const struct spoiling *second)
{
    bool by_stripe = first->by_stripe || (second != NULL && second->by_stripe);

    rig_build(&rig);
    struct node_event event = rig_request(&rig, by_stripe ? ENTRY_STRIPE : ENTRY_CHIP, 42, 5000);
    if (second != NULL)
        second->spoil(&rig, &event.message);
    first->spoil(&rig, &event.message);
    return rig_send(&rig, &event);
}

/* The place of an outcome in its table. */
static size_t place_of(enum outcome outcome)
{
#define OUTCOME_ROW(id, ...) id,
    static const enum outcome places[] = {
#include "txn/outcome_table.h"
    };
#undef OUTCOME_ROW
    size_t i = 0;

    while (places[i] != outcome)
        i++;
    return i;
}

static void test_rules_stand_in_the_order_of_outcomes(void **state)
{
    (void)state;
    for (size_t i = 1; i < decide_rule_count(); i++)
        assert_true(place_of(decide_rule_outcome(i - 1)) < place_of(decide_rule_outcome(i)));
    for (size_t i = 0; i < decide_rule_count(); i++)
        assert_string_not_equal(outcome_row(decide_rule_outcome(i))->code, "");
}

/* Rules about what a payment follows, and about codes: issuer_follow_test.c, hold_test.c and
 * given_code_test.c walk them. */
static bool is_walked_elsewhere(enum outcome outcome)
{
    static const enum outcome outcomes[] = {
        OUTCOME_ORIGINAL_ARCHIVED,
        OUTCOME_ORIGINAL_LOST,
        OUTCOME_ORIGINAL_NOT_FOUND,
        OUTCOME_ORIGINAL_ALREADY_VOIDED,
        OUTCOME_ORIGINAL_MISMATCH,
        OUTCOME_REFUND_TOO_LARGE,
        OUTCOME_COMPLETION_TOO_LARGE,
        OUTCOME_TIP_TOO_LARGE,
        OUTCOME_HOLD_LAPSED,
        OUTCOME_QR_UNKNOWN,
        OUTCOME_QR_USED,
        OUTCOME_QR_EXPIRED,
        OUTCOME_VOICE_CODE_WRONG,
    };
    size_t i = 0;

    while (i < ARRAY_COUNT(outcomes) && outcomes[i] != outcome)
        i++;
    return i < ARRAY_COUNT(outcomes);
}

static void test_every_rule_has_a_spoiling(void **state)
{
    size_t at = 0;

    (void)state;
    for (size_t i = 0; i < decide_rule_count(); i++) {
        if (!is_walked_elsewhere(decide_rule_outcome(i)))
            assert_int_equal(spoilings[at++].outcome, decide_rule_outcome(i));
    }
    assert_int_equal(at, ARRAY_COUNT(spoilings));
}

static void test_every_rule_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(spoilings); i++) {
        const struct rig_result *result = run_spoiled(&spoilings[i], NULL);
        const struct payment_row *payment = rig_payment(&rig, 42);

        if (result->outcome != spoilings[i].outcome)
            print_message("%s\n", spoilings[i].name);
        assert_int_equal(result->what, WHAT_DECLINED);
        assert_int_equal(result->outcome, spoilings[i].outcome);
        assert_memory_equal(result->answer.message.code, outcome_row(spoilings[i].outcome)->code,
                            2);
        assert_true(result->answer.message.has_mac);
        assert_non_null(payment);
        assert_int_equal(payment->stage, STAGE_ANSWERED);
        assert_int_equal(payment->money, MONEY_NOT_MOVED);
        assert_int_not_equal(payment->evidence[0].name, EVIDENCE_NONE);
        assert_int_equal(rig_account(&rig)->balance_minor, 100000);
    }
}

static void test_of_two_reasons_the_first_is_given(void **state)
{
    size_t pairs = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(spoilings); i++) {
        for (size_t j = i + 1; j < ARRAY_COUNT(spoilings); j++) {
            if ((spoilings[i].touches & spoilings[j].touches) != 0)
                continue;
            const struct rig_result *result = run_spoiled(&spoilings[i], &spoilings[j]);
            if (result->outcome != spoilings[i].outcome)
                print_message("%s, %s\n", spoilings[i].name, spoilings[j].name);
            assert_int_equal(result->outcome, spoilings[i].outcome);
            pairs++;
        }
    }
    assert_true(pairs > 150);
}

static enum outcome run_once(struct node_event *event)
{
    return rig_send(&rig, event)->outcome;
}

static void test_a_clock_ahead_is_no_way_round_the_age(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = rig_request(&rig, ENTRY_CHIP, 2, 5000);
    spoil_clock(&rig, &event.message);
    assert_int_equal(run_once(&event), OUTCOME_MESSAGE_TOO_OLD);
    event = rig_request(&rig, ENTRY_CHIP, 3, 5000);
    event.message.sent = instant_add_ms(rig.wall, -15000);
    assert_int_equal(run_once(&event), OUTCOME_APPROVED);
}

static void test_all_entry_modes_are_approved(void **state)
{
    static const enum entry_mode modes[] = {ENTRY_CHIP, ENTRY_CONTACTLESS, ENTRY_STRIPE,
                                            ENTRY_KEYED};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
        bool is_chip = modes[i] == ENTRY_CHIP || modes[i] == ENTRY_CONTACTLESS;

        rig_build(&rig);
        rig_card(&rig)->has_chip = modes[i] != ENTRY_STRIPE;
        struct node_event event = rig_request(&rig, modes[i], 2, 5000);
        const struct rig_result *result = rig_send(&rig, &event);
        assert_int_equal(result->outcome, OUTCOME_APPROVED);
        assert_int_equal(result->answer.seal.make_arpc, is_chip);
        assert_int_equal(rig_card(&rig)->atc_last, is_chip ? 2 : 0);
        assert_int_equal(rig_account(&rig)->balance_minor, 95000);
    }
}

static enum outcome at_amount(int64_t minor, void (*set)(void))
{
    rig_build(&rig);
    set();
    struct node_event event = rig_request(&rig, ENTRY_CHIP, 2, minor);
    return run_once(&event);
}

static void set_limit(void)
{
    rig_card(&rig)->limit_minor = 5000;
}

static void set_daily(void)
{
    rig_card(&rig)->daily_limit_minor = 8000;
    rig_card(&rig)->daily_used_minor = 3000;
    rig_card(&rig)->daily_date = 20261122;
}

static void set_funds(void)
{
    rig_account(&rig)->credit_limit_minor = 5000 - 100000 + 1500;
    rig_account(&rig)->held_minor = 1500;
    rig.is_spoiled = true;
}

static void test_limits_hold_to_the_cent(void **state)
{
    static const struct {
        void (*set)(void);
        enum outcome outcome;
    } rows[] = {
        {set_limit, OUTCOME_LIMIT_PER_PAYMENT},
        {set_daily, OUTCOME_LIMIT_DAILY_AMOUNT},
        {set_funds, OUTCOME_ACCOUNT_FUNDS_SHORT},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(at_amount(4999, rows[i].set), OUTCOME_APPROVED);
        assert_int_equal(at_amount(5000, rows[i].set), OUTCOME_APPROVED);
        assert_int_equal(at_amount(5001, rows[i].set), rows[i].outcome);
    }
}

static void test_the_daily_count_is_exact(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_card(&rig)->daily_count_max = 2;
    for (uint32_t trace = 2; trace <= 4; trace++) {
        struct node_event event = rig_request(&rig, ENTRY_CHIP, trace, 100);
        assert_int_equal(run_once(&event),
                         trace <= 3 ? OUTCOME_APPROVED : OUTCOME_LIMIT_DAILY_COUNT);
    }
}

static void test_a_tap_needs_no_pin_up_to_its_limit(void **state)
{
    static const struct {
        enum entry_mode entry;
        int64_t minor;
        enum outcome outcome;
    } rows[] = {
        {ENTRY_CONTACTLESS, 29999, OUTCOME_APPROVED},
        {ENTRY_CONTACTLESS, 30000, OUTCOME_APPROVED},
        {ENTRY_CONTACTLESS, 30001, OUTCOME_PIN_MISSING},
        {ENTRY_CHIP, 100, OUTCOME_PIN_MISSING},
        {ENTRY_KEYED, 100, OUTCOME_PIN_MISSING},
        {ENTRY_CONTACTLESS, 0, OUTCOME_PIN_MISSING}, /* would show the balance */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        rig_build(&rig);
        rig_card(&rig)->tap_limit_minor = 30000;
        struct node_event event = rig_request(&rig, rows[i].entry, 2, rows[i].minor);
        event.message.pin_block_len = 0;
        assert_int_equal(run_once(&event), rows[i].outcome);
    }
}

static void test_chip_data_must_be_of_this_payment(void **state)
{
    static const struct {
        const char *check;
        size_t offset; /* of the byte in DE 55 that is changed */
        uint8_t value;
    } rows[] = {
        {"9F27 is no ARQC", 14, 0x00},
        {"no 9F26", 1, 0x25},
        {"CVN", 20, 0x63},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        rig_build(&rig);
        struct node_event event = rig_request(&rig, ENTRY_CHIP, 2, 5000);
        event.message.icc[rows[i].offset] = rows[i].value;
        assert_int_equal(run_once(&event), OUTCOME_CHIP_CRYPTOGRAM_WRONG);
        assert_string_equal(rig_payment(&rig, 2)->evidence[0].text, rows[i].check);
    }
}

static void test_the_chip_signed_the_amount_that_is_asked(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = rig_request(&rig, ENTRY_CHIP, 2, 5000);
    event.message.amount.minor = 6000;
    assert_int_equal(run_once(&event), OUTCOME_CHIP_CRYPTOGRAM_WRONG);
    assert_string_equal(rig_payment(&rig, 2)->evidence[0].text, "9F02 is not DE 4");
    event = rig_request(&rig, ENTRY_CHIP, 3, 5000);
    event.message.icc_len = 0;
    assert_int_equal(run_once(&event), OUTCOME_CHIP_CRYPTOGRAM_WRONG);
    event = rig_request(&rig, ENTRY_CHIP, 4, 5000);
    rig_card(&rig)->has_chip = false;
    assert_int_equal(run_once(&event), OUTCOME_CHIP_CRYPTOGRAM_WRONG);
}

static void test_a_cryptogram_serves_once_whatever_came_of_it(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = rig_request(&rig, ENTRY_CHIP, 9, 5000);
    rig_add_pin(&rig, &event.message, "0000");
    assert_int_equal(run_once(&event), OUTCOME_PIN_WRONG);
    assert_int_equal(rig_card(&rig)->atc_last, 9);
    event.message.identity.trace = 10; /* the same chip data under another identity */
    rig_add_pin(&rig, &event.message, RIG_PIN);
    assert_int_equal(run_once(&event), OUTCOME_CHIP_REPLAYED);
}

/* The chip's image of the track has another value than the stripe, so that neither passes for the
 * other (iCVV). */
static void test_values_do_not_cross_between_chip_and_stripe(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = rig_request(&rig, ENTRY_CHIP, 2, 5000);
    rig_add_track(&rig, &event.message, CVV_STRIPE, "201");
    assert_int_equal(run_once(&event), OUTCOME_CVV_WRONG);
    assert_string_equal(rig_payment(&rig, 2)->evidence[0].text, "iCVV");

    rig_card(&rig)->allows_fallback = true;
    event = rig_request(&rig, ENTRY_STRIPE, 3, 5000);
    event.message.is_fallback = true;
    rig_add_track(&rig, &event.message, CVV_CHIP, "201");
    assert_int_equal(run_once(&event), OUTCOME_CVV_WRONG);
    assert_string_equal(rig_payment(&rig, 3)->evidence[0].text, "CVV");
}

static void test_a_stripe_without_its_value_is_a_copy(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_card(&rig)->has_chip = false;
    struct node_event event = rig_request(&rig, ENTRY_STRIPE, 2, 5000);
    event.message.track2_len = (uint8_t)(event.message.track2_len - CVV_LEN);
    assert_int_equal(run_once(&event), OUTCOME_CVV_WRONG);
    event = rig_request(&rig, ENTRY_STRIPE, 3, 5000);
    event.message.track2_len = 0;
    assert_int_equal(run_once(&event), OUTCOME_CVV_WRONG);
}

static void test_a_keyed_value_must_be_right_if_it_is_given(void **state)
{
    struct expiry expiry = {RIG_EXPIRY / 100, RIG_EXPIRY % 100};
    struct service_code none = {"000"};

    (void)state;
    rig_build(&rig);
    struct node_event event = rig_request(&rig, ENTRY_KEYED, 2, 5000);
    struct cvv cvv = rig_cvv(CVV_PRINTED, &rig.pan, expiry, none);
    memcpy(event.message.cvv2, cvv.digits, CVV_LEN);
    assert_int_equal(run_once(&event), OUTCOME_APPROVED);
    event = rig_request(&rig, ENTRY_KEYED, 3, 5000);
    memcpy(event.message.cvv2, cvv.digits, CVV_LEN);
    event.message.cvv2[0] = event.message.cvv2[0] == '1' ? '2' : '1';
    assert_int_equal(run_once(&event), OUTCOME_CVV_WRONG);
    event = rig_request(&rig, ENTRY_KEYED, 4, 5000);
    event.message.expiry = 0;
    assert_int_equal(run_once(&event), OUTCOME_CARD_EXPIRY_MISMATCH);
}

static void test_fallback_is_for_cards_that_allow_it(void **state)
{
    static const struct {
        bool has_chip;
        bool allows;
        bool is_fallback;
        enum outcome outcome;
    } rows[] = {
        {true, true, true, OUTCOME_APPROVED},
        {true, true, false, OUTCOME_CHIP_FALLBACK_REFUSED},
        {true, false, true, OUTCOME_CHIP_FALLBACK_REFUSED},
        {true, false, false, OUTCOME_CHIP_FALLBACK_REFUSED},
        {false, false, false, OUTCOME_APPROVED},
        {false, false, true, OUTCOME_APPROVED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        rig_build(&rig);
        rig_card(&rig)->has_chip = rows[i].has_chip;
        rig_card(&rig)->allows_fallback = rows[i].allows;
        struct node_event event = rig_request(&rig, ENTRY_STRIPE, 2, 5000);
        event.message.is_fallback = rows[i].is_fallback;
        /* a stripe rewritten to look like a card without chip does not help */
        rig_add_track(&rig, &event.message, CVV_STRIPE, "101");
        assert_int_equal(run_once(&event), rows[i].outcome);
    }
}

static void test_the_day_begins_anew_at_local_midnight(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_card(&rig)->daily_limit_minor = 6000;
    rig.wall = instant_add_ms(rig.wall, 12 * 3600000 - 1000); /* 23:59:59 */
    struct node_event event = rig_request(&rig, ENTRY_CHIP, 2, 5000);
    assert_int_equal(run_once(&event), OUTCOME_APPROVED);
    event = rig_request(&rig, ENTRY_CHIP, 3, 5000);
    assert_int_equal(run_once(&event), OUTCOME_LIMIT_DAILY_AMOUNT);
    assert_string_equal(rig_payment(&rig, 3)->evidence[3].text, "2026-11-23 00:00:00");
    rig.wall = instant_add_ms(rig.wall, 1000);
    event = rig_request(&rig, ENTRY_CHIP, 4, 5000);
    assert_int_equal(run_once(&event), OUTCOME_APPROVED);
    assert_int_equal(rig_card(&rig)->daily_date, 20261123);
    assert_int_equal(rig_card(&rig)->daily_used_minor, 5000);
    rig.wall = instant_add_ms(rig.wall, -1000); /* a clock set back opens no second day */
    event = rig_request(&rig, ENTRY_CHIP, 5, 5000);
    assert_int_equal(run_once(&event), OUTCOME_LIMIT_DAILY_AMOUNT);
}

static void test_a_card_is_good_until_its_month_ends(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_card(&rig)->expiry = 2611;
    struct node_event event = rig_request(&rig, ENTRY_KEYED, 2, 5000);
    event.message.expiry = 2611;
    assert_int_equal(run_once(&event), OUTCOME_APPROVED);
    rig.wall = instant_add_ms(rig.wall, 9LL * 86400000); /* 1 December */
    event = rig_request(&rig, ENTRY_KEYED, 3, 5000);
    event.message.expiry = 2611;
    assert_int_equal(run_once(&event), OUTCOME_CARD_EXPIRED);
}

static void test_a_silent_hsm_approves_nothing(void **state)
{
    static const enum hsm_kind kinds[] = {HSM_MAC_VERIFY, HSM_PAN_PROTECT, HSM_CVV_VERIFY,
                                          HSM_ARQC_VERIFY, HSM_PIN_VERIFY};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        rig_build(&rig);
        struct node_event event = rig_request(&rig, ENTRY_CHIP, 2, 5000);
        rig.silent = kinds[i];
        const struct rig_result *result = rig_send(&rig, &event);
        assert_memory_equal(result->answer.message.code, "96", 2);
        assert_int_equal(rig_account(&rig)->balance_minor, 100000);
        assert_int_equal(rig_card(&rig)->pin_tries, 0);
    }
}

static void test_damaged_rows_are_refused_not_trusted(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        rig_build(&rig);
        struct row_key keys[] = {
            row_key_of(TABLE_CONFIG, NULL, 0),
            row_key_of(TABLE_CARD, rig_card(&rig)->pan.hash.at, PAN_HASH_LEN),
            row_key_number(TABLE_ACCOUNT, RIG_ACCOUNT),
            row_key_number(TABLE_ACCOUNT, RIG_ACCOUNT),
        };
        struct node_event event = rig_request(&rig, ENTRY_CHIP, 2, 5000);
        if (i == 3)
            rig_row(&rig, &keys[i])->found = false;
        else
            rig_row(&rig, &keys[i])->len--;
        const struct rig_result *result = rig_send(&rig, &event);
        assert_memory_equal(result->answer.message.code, "96", 2);
    }
    rig_build(&rig);
    struct node_event event = rig_request(&rig, ENTRY_CHIP, 2, 5000);
    rig_account(&rig)->credit_limit_minor = INT64_MAX;
    assert_int_equal(run_once(&event), OUTCOME_ISSUER_FAULT);
    rig_build(&rig);
    event = rig_request(&rig, ENTRY_CHIP, 2, 5000);
    rig_card(&rig)->daily_used_minor = INT64_MIN;
    assert_int_equal(run_once(&event), OUTCOME_ISSUER_FAULT);
    rig_build(&rig);
    event = rig_request(&rig, ENTRY_CHIP, 2, 5000);
    rig_card(&rig)->state = RECORD_STATE_COUNT;
    assert_int_equal(run_once(&event), OUTCOME_ISSUER_FAULT);
}

static void test_an_inquiry_shows_what_may_be_spent(void **state)
{
    (void)state;
    rig_build(&rig);
    rig_account(&rig)->credit_limit_minor = 20000;
    rig_account(&rig)->held_minor = 500;
    rig.is_spoiled = true;
    struct node_event event = rig_request(&rig, ENTRY_CHIP, 2, 0);
    const struct rig_result *result = rig_send(&rig, &event);
    assert_int_equal(result->outcome, OUTCOME_APPROVED);
    assert_int_equal(result->answer.message.balance.minor, 119500);
    assert_int_equal(result->answer.message.balance.currency, CURRENCY_CNY);
    assert_int_equal(rig_payment(&rig, 2)->money, MONEY_NOT_MOVED);
    assert_int_equal(rig_account(&rig)->balance_minor, 100000);
    assert_int_equal(rig_card(&rig)->daily_count, 0);
    event = rig_request(&rig, ENTRY_CHIP, 3, 0);
    rig_add_pin(&rig, &event.message, "9999");
    result = rig_send(&rig, &event);
    assert_int_equal(result->outcome, OUTCOME_PIN_WRONG);
    assert_int_equal(result->answer.message.balance.currency, 0);
}

static void test_the_card_must_be_for_this_currency(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event event = rig_request(&rig, ENTRY_KEYED, 2, 5000);
    spoil_currency(&rig, &event.message);
    assert_int_equal(run_once(&event), OUTCOME_TRANSACTION_NOT_FOR_CARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_stand_in_the_order_of_outcomes),
        cmocka_unit_test(test_every_rule_has_a_spoiling),
        cmocka_unit_test(test_every_rule_refuses),
        cmocka_unit_test(test_of_two_reasons_the_first_is_given),
        cmocka_unit_test(test_a_clock_ahead_is_no_way_round_the_age),
        cmocka_unit_test(test_all_entry_modes_are_approved),
        cmocka_unit_test(test_limits_hold_to_the_cent),
        cmocka_unit_test(test_the_daily_count_is_exact),
        cmocka_unit_test(test_a_tap_needs_no_pin_up_to_its_limit),
        cmocka_unit_test(test_chip_data_must_be_of_this_payment),
        cmocka_unit_test(test_the_chip_signed_the_amount_that_is_asked),
        cmocka_unit_test(test_a_cryptogram_serves_once_whatever_came_of_it),
        cmocka_unit_test(test_values_do_not_cross_between_chip_and_stripe),
        cmocka_unit_test(test_a_stripe_without_its_value_is_a_copy),
        cmocka_unit_test(test_a_keyed_value_must_be_right_if_it_is_given),
        cmocka_unit_test(test_fallback_is_for_cards_that_allow_it),
        cmocka_unit_test(test_the_day_begins_anew_at_local_midnight),
        cmocka_unit_test(test_a_card_is_good_until_its_month_ends),
        cmocka_unit_test(test_a_silent_hsm_approves_nothing),
        cmocka_unit_test(test_damaged_rows_are_refused_not_trusted),
        cmocka_unit_test(test_an_inquiry_shows_what_may_be_spent),
        cmocka_unit_test(test_the_card_must_be_for_this_currency),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

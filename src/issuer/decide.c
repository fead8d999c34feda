#include "issuer/decide.h"

#include "base/assert.h"
#include "issuer/account.h"
#include "issuer/effect.h"
#include "issuer/given_code.h"
#include "issuer/issuer_original.h"
#include "issuer/policy.h"

/* Sets of kinds. */
#define BIT(kind) (1U << (kind))
#define ADVICES                                                                                    \
    (BIT(KIND_REFUND) | BIT(KIND_COMPLETION_ADVICE) | BIT(KIND_OFFLINE_SALE) | BIT(KIND_TIP_ADJUST))
#define COMPLETIONS (BIT(KIND_COMPLETION) | BIT(KIND_COMPLETION_ADVICE))
#define FOLLOW_UPS                                                                                 \
    (BIT(KIND_VOID) | BIT(KIND_REFUND) | BIT(KIND_PREAUTH_VOID) | BIT(KIND_INCREMENT) |            \
     COMPLETIONS | BIT(KIND_COMPLETION_VOID) | BIT(KIND_TIP_ADJUST))
#define FIRST_HAND (BIT(KIND_SALE) | BIT(KIND_BALANCE) | BIT(KIND_PREAUTH))
#define NEW_MONEY (BIT(KIND_SALE) | BIT(KIND_PREAUTH) | BIT(KIND_INCREMENT))
#define BY_CARD (FIRST_HAND | BIT(KIND_INCREMENT)) /* the card must be fit for it today */
#define PROVED (BY_CARD | BIT(KIND_COMPLETION))
#define EVERY (FIRST_HAND | FOLLOW_UPS | BIT(KIND_OFFLINE_SALE))
#define ANYTHING UINT32_MAX

struct rule {
    enum outcome outcome;
    enum verdict (*judge)(const struct issue *issue, struct evidence *out, int argument);
    int argument;
    uint32_t kinds;   /* of messages that it judges, bits */
    bool is_of_proof; /* only where card data are judged: issue_is_proved */
};

static const char *entry_words(enum entry_mode entry)
{
    switch (entry) {
    case ENTRY_KEYED:
        return "keyed";
    case ENTRY_STRIPE:
        return "stripe";
    case ENTRY_CHIP:
        return "chip";
    case ENTRY_CONTACTLESS:
        return "contactless";
    case ENTRY_QR:
        return "QR code";
    case ENTRY_NONE:
        break;
    }
    return "none";
}

static enum verdict malformed(struct evidence *out, int64_t field, const char *expected)
{
    evidence_add_number(out, EVIDENCE_FIELD, field);
    evidence_add(out, EVIDENCE_EXPECTED, expected);
    return REFUSE;
}

static bool moves_money(const struct issue *issue)
{
    return kind_row(issue->message->kind)->moves_money;
}

static enum verdict judge_amount_form(const struct issue *issue, struct evidence *out)
{
    struct money amount = issue->message->amount;

    if (amount.minor < 0 || amount.minor > MONEY_MINOR_MAX ||
        (moves_money(issue) && (amount.minor == 0 || amount.currency == 0)))
        return malformed(out, 4, "an amount over zero");
    if (issue->message->sent.us == 0)
        return malformed(out, 7, "the time of sending");
    return PASS;
}

/* A payment code stands for the card in a sale, and in nothing else. */
static enum verdict judge_code_form(const struct issue *issue, struct evidence *out)
{
    const char *code = issue->message->qr_code;
    size_t len = strnlen(code, QR_CODE_LEN);

    if (issue->message->kind != KIND_SALE)
        return malformed(out, 22, "how the card was read");
    if (len == 0 || !bytes_are_digits(code, len))
        return malformed(out, 61, "a payment code");
    return judge_amount_form(issue, out);
}

static enum verdict judge_form(const struct issue *issue, struct evidence *out, int argument)
{
    const struct txn_message *message = issue->message;
    enum verdict verdict;

    (void)argument;
    if (message->entry == ENTRY_QR)
        return judge_code_form(issue, out);
    if (issue->track_fault != NULL)
        return malformed(out, 35, issue->track_fault);
    if (issue->pan.len == 0 && !issue_is_follow_up(issue))
        return malformed(out, 2, "a card number");
    if (issue->has_track && !pan_equal(&issue->pan, &issue->track.pan))
        return malformed(out, 35, "the number of DE 2");
    verdict = judge_amount_form(issue, out);
    if (verdict == PASS && message->entry == ENTRY_NONE && !issue_is_follow_up(issue))
        return malformed(out, 22, "how the card was read");
    return verdict;
}

static enum verdict judge_kind(const struct issue *issue, struct evidence *out, int argument)
{
    (void)argument;
    if ((EVERY & BIT(issue->message->kind)) != 0)
        return PASS;
    evidence_add(out, EVIDENCE_ASKED, kind_row(issue->message->kind)->name);
    return REFUSE;
}

/* Too new is as bad as too old: a sender whose clock runs ahead would pass every old request. */
static enum verdict judge_age(const struct issue *issue, struct evidence *out, int argument)
{
    int64_t age_us = issue->event->wall.us - issue->message->sent.us;
    int64_t max_us = (int64_t)issue->config->request_age_max_ms * 1000;

    (void)argument;
    if (age_us <= max_us && age_us >= -max_us)
        return PASS;
    evidence_add_number(out, EVIDENCE_WAITED_S, age_us / 1000000);
    evidence_add_number(out, EVIDENCE_LIMIT, max_us / 1000000);
    return REFUSE;
}

static enum verdict judge_card_known(const struct issue *issue, struct evidence *out, int argument)
{
    (void)argument;
    if (issue->pan.len > 0 && issue_pan(issue) != ISSUE_RIGHT)
        return verdict_broken(out, "hsm: card number");
    if (issue->card == NULL &&
        issue_row_state(issue->work, &issue->card_key, sizeof *issue->card) != ISSUE_ROW_ABSENT)
        return verdict_broken(out, "card row");
    if (issue->card != NULL)
        return account_card_is_sane(issue->card) ? PASS : verdict_broken(out, "card row");
    if (issue->pan.len == 0)
        return verdict_broken(out, "card row"); /* its original was approved */
    char bin[7] = {0};
    memcpy(bin, issue->pan.digits, sizeof bin - 1);
    evidence_add(out, EVIDENCE_BIN, bin);
    return REFUSE;
}

static enum verdict judge_state(const struct issue *issue, struct evidence *out, int argument)
{
    if (issue->card->state >= RECORD_STATE_COUNT)
        return verdict_broken(out, "card row");
    if (issue->card->state != argument)
        return PASS;
    evidence_add(out, EVIDENCE_STATE, record_state_name((enum record_state)argument));
    verdict_add_time(out, issue, EVIDENCE_SINCE, issue->card->state_since);
    return REFUSE;
}

static bool expiry_of_number(uint16_t yymm, struct expiry *out)
{
    *out = (struct expiry){.year = (uint8_t)(yymm / 100), .month = (uint8_t)(yymm % 100)};
    return yymm <= 9999 && out->month >= 1 && out->month <= 12;
}

static void add_month(struct evidence *out, enum evidence_name name, uint32_t yymm)
{
    char digits[EXPIRY_LEN + 1] = {0};

    bytes_from_number(yymm, digits, EXPIRY_LEN);
    evidence_add(out, name, digits);
}

static enum verdict judge_expiry(const struct issue *issue, struct evidence *out, int argument)
{
    struct expiry expiry;
    uint32_t date = issue_date(issue);

    (void)argument;
    if (!expiry_of_number(issue->card->expiry, &expiry))
        return verdict_broken(out, "card row");
    if (!expiry_is_past(expiry, date))
        return PASS;
    add_month(out, EVIDENCE_FOUND, issue->card->expiry);
    add_month(out, EVIDENCE_EXPECTED, date / 100 % 10000);
    return REFUSE;
}

/* A keyed payment must give the date; what a chip or stripe gives must be the card's. */
static enum verdict judge_expiry_given(const struct issue *issue, struct evidence *out,
                                       int argument)
{
    uint16_t given = issue->message->expiry;
    bool keyed = issue->message->entry == ENTRY_KEYED;

    (void)argument;
    if ((given != 0 || keyed) && given != issue->card->expiry) {
        evidence_add(out, EVIDENCE_CHECK, "date of DE 14");
        return REFUSE;
    }
    if (issue->has_track &&
        issue->track.expiry.year * 100 + issue->track.expiry.month != issue->card->expiry) {
        evidence_add(out, EVIDENCE_CHECK, "date of track 2");
        return REFUSE;
    }
    return PASS;
}

static enum verdict judge_permitted(const struct issue *issue, struct evidence *out, int argument)
{
    uint16_t currency = issue->message->amount.currency;

    (void)argument;
    if ((issue->card->kinds & 1U << issue->message->kind) == 0) {
        evidence_add(out, EVIDENCE_ASKED, kind_row(issue->message->kind)->name);
        return REFUSE;
    }
    if (currency != 0 && issue->account != NULL && currency != issue->account->currency) {
        evidence_add(out, EVIDENCE_ASKED, money_letters(currency));
        evidence_add(out, EVIDENCE_EXPECTED, money_letters(issue->account->currency));
        return REFUSE;
    }
    return PASS;
}

static enum verdict judge_fallback(const struct issue *issue, struct evidence *out, int argument)
{
    const struct txn_message *message = issue->message;

    (void)argument;
    if (message->entry != ENTRY_STRIPE || !issue->card->has_chip ||
        (message->is_fallback && issue->card->allows_fallback))
        return PASS;
    evidence_add(out, EVIDENCE_ENTRY_MODE, message->is_fallback ? "stripe, fallback" : "stripe");
    char code[SERVICE_CODE_LEN + 1] = {0};
    memcpy(code, issue->card->service_code, SERVICE_CODE_LEN);
    evidence_add(out, EVIDENCE_SERVICE_CODE, code);
    return REFUSE;
}

/* A stripe without room for the value is a copy without it. A number keyed by hand need not come
 * with the printed value, but a wrong one is wrong. */
static enum verdict judge_cvv(const struct issue *issue, struct evidence *out, int argument)
{
    static const char *const names[] = {
        [CVV_STRIPE] = "CVV", [CVV_PRINTED] = "CVV2", [CVV_CHIP] = "iCVV"};
    enum cvv_kind kind = issue_cvv_kind(issue);
    enum issue_proof proof = issue_cvv(issue);

    (void)argument;
    if (proof == ISSUE_RIGHT)
        return PASS;
    if (proof == ISSUE_BROKEN || (proof == ISSUE_UNPROVED && issue_has_cvv(issue)))
        return verdict_broken(out, "hsm: card value");
    if (proof == ISSUE_UNPROVED && kind != CVV_STRIPE && !issue->has_track)
        return PASS;
    evidence_add(out, EVIDENCE_CHECK, names[kind]);
    return REFUSE;
}

static enum verdict judge_counter(const struct issue *issue, struct evidence *out, int argument)
{
    (void)argument;
    if (!issue_is_chip(issue) || issue->chip_fault != NULL ||
        issue->chip.atc > issue->card->atc_last)
        return PASS;
    evidence_add_number(out, EVIDENCE_COUNTER, issue->chip.atc);
    evidence_add_number(out, EVIDENCE_EXPECTED, (int64_t)issue->card->atc_last + 1);
    return REFUSE;
}

/* Why the chip's data cannot be what this card answered to this request; NULL when it can. */
static const char *chip_misfit(const struct issue *issue)
{
    struct money amount = issue_amount(issue);

    if (!issue->card->has_chip)
        return "card has no chip";
    if (!issue->has_chip_data)
        return "no field 55";
    if (issue->chip_fault != NULL)
        return issue->chip_fault;
    if (issue->chip.cid != FIELD55_CID_ARQC)
        return "9F27 is no ARQC";
    if (issue->chip.amount_minor != amount.minor)
        return "9F02 is not DE 4";
    if (issue->chip.currency != amount.currency)
        return "5F2A is not DE 49";
    return NULL;
}

static enum verdict judge_cryptogram(const struct issue *issue, struct evidence *out, int argument)
{
    enum issue_proof proof = issue_cryptogram(issue);
    const char *misfit;

    (void)argument;
    if (!issue_is_chip(issue))
        return PASS;
    misfit = chip_misfit(issue);
    if (misfit == NULL && proof == ISSUE_RIGHT)
        return PASS;
    if (misfit == NULL && proof != ISSUE_WRONG)
        return verdict_broken(out, "hsm: cryptogram");
    evidence_add(out, EVIDENCE_CHECK, misfit == NULL ? "ARQC" : misfit);
    if (issue->chip_fault == NULL)
        evidence_add_number(out, EVIDENCE_COUNTER, issue->chip.atc);
    return REFUSE;
}

static void add_tries_left(struct evidence *out, int64_t left)
{
    evidence_add_number(out, EVIDENCE_TRIES_LEFT, left);
}

/* A locked card pays in no way, whether it comes with a PIN, the right one even, or without. */
static enum verdict judge_lock(const struct issue *issue, struct evidence *out, int argument)
{
    (void)argument;
    if ((issue->message->kind == KIND_COMPLETION && !issue_is_proved(issue)) ||
        issue_pin_tries(issue) < issue->card->pin_tries_max)
        return PASS;
    add_tries_left(out, 0);
    verdict_add_time(out, issue, EVIDENCE_LOCKED_SINCE, issue->card->pin_locked);
    return REFUSE;
}

/* An inquiry shows the balance, so no tap is small enough to ask without a PIN. */
static bool pin_may_be_absent(const struct issue *issue)
{
    if (!issue->card->needs_pin || issue->message->entry == ENTRY_QR)
        return true;
    return moves_money(issue) && issue->message->entry == ENTRY_CONTACTLESS &&
           issue->message->amount.minor <= (int64_t)issue->card->tap_limit_minor;
}

static enum verdict judge_pin_given(const struct issue *issue, struct evidence *out, int argument)
{
    (void)argument;
    if (issue->message->pin_block_len > 0 || pin_may_be_absent(issue))
        return PASS;
    evidence_add(out, EVIDENCE_ENTRY_MODE, entry_words(issue->message->entry));
    if (issue->message->entry == ENTRY_CONTACTLESS)
        verdict_add_money(out, EVIDENCE_LIMIT, issue->card->tap_limit_minor,
                          issue_amount(issue).currency);
    return REFUSE;
}

static enum verdict judge_pin(const struct issue *issue, struct evidence *out, int argument)
{
    enum issue_proof proof = issue_pin(issue);

    (void)argument;
    if (issue->message->pin_block_len == 0 || proof == ISSUE_RIGHT)
        return PASS;
    if (proof != ISSUE_WRONG)
        return verdict_broken(out, "hsm: PIN");
    add_tries_left(out, issue->card->pin_tries_max - issue_pin_tries(issue) - 1);
    return REFUSE;
}

static enum verdict judge_payment_limit(const struct issue *issue, struct evidence *out,
                                        int argument)
{
    struct money amount = issue_amount(issue);
    int64_t limit = issue->card->limit_minor;

    if (issue->code != NULL && (limit == 0 || issue->code->amount_max_minor < limit))
        limit = issue->code->amount_max_minor;

    (void)argument;
    if (limit == 0 || amount.minor <= limit)
        return PASS;
    verdict_add_money(out, EVIDENCE_LIMIT, limit, amount.currency);
    verdict_add_money(out, EVIDENCE_ASKED, amount.minor, amount.currency);
    return REFUSE;
}

static enum verdict judge_daily_amount(const struct issue *issue, struct evidence *out,
                                       int argument)
{
    struct card_day day = card_day_of(issue->card, issue_date(issue));
    struct money amount = issue_amount(issue);
    int64_t limit = issue->card->daily_limit_minor;

    (void)argument;
    if (limit == 0 || amount.minor <= limit - day.used_minor)
        return PASS;
    verdict_add_money(out, EVIDENCE_LIMIT, limit, amount.currency);
    verdict_add_money(out, EVIDENCE_USED, day.used_minor, amount.currency);
    verdict_add_money(out, EVIDENCE_ASKED, amount.minor, amount.currency);
    verdict_add_midnight(out, issue);
    return REFUSE;
}

static enum verdict judge_daily_count(const struct issue *issue, struct evidence *out, int argument)
{
    struct card_day day = card_day_of(issue->card, issue_date(issue));
    uint32_t limit = issue->card->daily_count_max;

    (void)argument;
    if (limit == 0 || day.count < limit)
        return PASS;
    evidence_add_number(out, EVIDENCE_LIMIT, limit);
    evidence_add_number(out, EVIDENCE_USED, day.count);
    verdict_add_midnight(out, issue);
    return REFUSE;
}

/* What is granted: a part, when the terminal takes one and the account gives one; else the whole.
 * A chip has signed the whole amount, and may well: the answer, not the card, says what is paid. */
static int64_t granted(const struct issue *issue)
{
    int64_t worth = effect_worth(issue);
    int64_t available = account_available(issue->account);
    bool may_be_part = issue->message->kind == KIND_SALE && issue->message->partial_ok &&
                       issue->account->allows_partial;

    return may_be_part && available > 0 && available < worth ? available : worth;
}

/* Whether what it takes and holds must be there. What was promised before (a hold, within what it
 * holds; a code given by voice) is kept, and what goes back goes back. */
static bool must_be_covered(const struct issue *issue, const struct effect *effect)
{
    enum txn_kind kind = issue->message->kind;

    return effect->taken_minor + effect->held_minor > 0 &&
           ((NEW_MONEY | COMPLETIONS | BIT(KIND_TIP_ADJUST)) & BIT(kind)) != 0;
}

/* A lapsed hold covers nothing, but is a better reason. */
static bool has_lapsed(const struct issue *issue)
{
    return issue_is_follow_up(issue) && issue->hold != NULL &&
           issue->hold->lapses.us <= issue->event->wall.us;
}

/* An inquiry, too, needs the account that it asks about. */
static enum verdict judge_funds(const struct issue *issue, struct evidence *out, int argument)
{
    uint16_t currency = issue->message->amount.currency;

    (void)argument;
    if (issue->account == NULL || !account_is_sane(issue->account) ||
        (currency != 0 && currency != issue->account->currency))
        return verdict_broken(out, "account row");
    struct effect effect = effect_of_request(issue, granted(issue));
    if (!account_can(issue->account, &effect))
        return verdict_broken(out, "account row");
    int64_t available = account_available(issue->account);
    int64_t needed = effect.taken_minor + effect.held_minor;
    if (!must_be_covered(issue, &effect) || needed <= available || has_lapsed(issue))
        return PASS;
    verdict_add_money(out, EVIDENCE_ASKED, issue->message->amount.minor, currency);
    verdict_add_money(out, EVIDENCE_SHORT_BY, needed - available, currency);
    return REFUSE;
}

/* clang-format off */
static const struct rule rule_table[] = {
    { OUTCOME_MESSAGE_MALFORMED,        judge_form,                0,                      EVERY, false },
    { OUTCOME_TRANSACTION_UNSUPPORTED,  judge_kind,                0,                      ANYTHING, false },
    { OUTCOME_TRAINING_MIXED,           policy_judge_training,     0,                      EVERY, false },
    { OUTCOME_ORIGINAL_ARCHIVED,        issuer_original_judge_kept,       0,                      FOLLOW_UPS, false },
    { OUTCOME_ORIGINAL_LOST,            issuer_original_judge_lost,       0,                      FOLLOW_UPS, false },
    { OUTCOME_ORIGINAL_NOT_FOUND,       issuer_original_judge_found,      0,                      FOLLOW_UPS, false },
    { OUTCOME_ORIGINAL_ALREADY_VOIDED,  issuer_original_judge_standing,   0,                      FOLLOW_UPS, false },
    { OUTCOME_ORIGINAL_MISMATCH,        issuer_original_judge_same,       0,                      FOLLOW_UPS, false },
    { OUTCOME_REFUND_TOO_LARGE,         issuer_original_judge_refund,     0,                      BIT(KIND_REFUND), false },
    { OUTCOME_COMPLETION_TOO_LARGE,     issuer_original_judge_completion, 0,                      COMPLETIONS, false },
    { OUTCOME_TIP_TOO_LARGE,            issuer_original_judge_tip,        0,                      BIT(KIND_TIP_ADJUST), false },
    { OUTCOME_MESSAGE_TOO_OLD,          judge_age,                 0,                      EVERY & ~ADVICES, false },
    { OUTCOME_ISSUER_CUTOFF,            policy_judge_cutoff,       0,                      EVERY & ~ADVICES, false },
    { OUTCOME_QR_UNKNOWN,               given_code_judge_known,    0,                      BIT(KIND_SALE), false },
    { OUTCOME_QR_USED,                  given_code_judge_unused,   0,                      BIT(KIND_SALE), false },
    { OUTCOME_QR_EXPIRED,               given_code_judge_fresh,    0,                      BIT(KIND_SALE), false },
    { OUTCOME_CARD_UNKNOWN,             judge_card_known,          0,                      BY_CARD | BIT(KIND_OFFLINE_SALE), false },
    { OUTCOME_CARD_STOLEN,              judge_state,               RECORD_STOLEN,          BY_CARD, false },
    { OUTCOME_CARD_LOST,                judge_state,               RECORD_LOST,            BY_CARD, false },
    { OUTCOME_CARD_CAPTURE,             judge_state,               RECORD_CAPTURE,         BY_CARD, false },
    { OUTCOME_CARD_CANCELLED,           judge_state,               RECORD_CANCELLED,       BY_CARD, false },
    { OUTCOME_CARD_NOT_ACTIVATED,       judge_state,               RECORD_NOT_ACTIVATED,   BY_CARD, false },
    { OUTCOME_CARD_FROZEN,              judge_state,               RECORD_FROZEN,          BY_CARD, false },
    { OUTCOME_ACCOUNT_OVERDUE,          policy_judge_overdue,      0,                      BY_CARD, false },
    { OUTCOME_CARD_DORMANT,             policy_judge_dormant,      0,                      BY_CARD, false },
    { OUTCOME_CARD_EXPIRED,             judge_expiry,              0,                      BY_CARD, false },
    { OUTCOME_CARD_EXPIRY_MISMATCH,     judge_expiry_given,        0,                      BY_CARD, false },
    { OUTCOME_TRANSACTION_NOT_FOR_CARD, judge_permitted,           0,                      BY_CARD | BIT(KIND_OFFLINE_SALE), false },
    { OUTCOME_REGION_REFUSED,           policy_judge_region,       0,                      BY_CARD, false },
    { OUTCOME_HOURS_CLOSED,             policy_judge_hours,        0,                      BY_CARD, false },
    { OUTCOME_CHIP_FALLBACK_REFUSED,    judge_fallback,            0,                      FIRST_HAND, false },
    { OUTCOME_CVV_WRONG,                judge_cvv,                 0,                      PROVED, true },
    { OUTCOME_CHIP_REPLAYED,            judge_counter,             0,                      PROVED, true },
    { OUTCOME_CHIP_CRYPTOGRAM_WRONG,    judge_cryptogram,          0,                      PROVED, true },
    { OUTCOME_PIN_TRIES_EXCEEDED,       judge_lock,                0,                      BY_CARD | BIT(KIND_COMPLETION), false },
    { OUTCOME_PIN_MISSING,              judge_pin_given,           0,                      FIRST_HAND, false },
    { OUTCOME_PIN_WRONG,                judge_pin,                 0,                      PROVED, true },
    { OUTCOME_LIMIT_PER_PAYMENT,        judge_payment_limit,       0,                      NEW_MONEY, false },
    { OUTCOME_LIMIT_DAILY_AMOUNT,       judge_daily_amount,        0,                      NEW_MONEY, false },
    { OUTCOME_LIMIT_DAILY_COUNT,        judge_daily_count,         0,                      BIT(KIND_SALE) | BIT(KIND_PREAUTH), false },
    { OUTCOME_ACCOUNT_FUNDS_SHORT,      judge_funds,               0,                      EVERY, false },
    { OUTCOME_RISK_ISSUER_SUSPICIOUS,   policy_judge_suspicious,   0,                      NEW_MONEY, false },
    { OUTCOME_VOICE_CODE_WRONG,         given_code_judge_voice,    0,                      BIT(KIND_OFFLINE_SALE), false },
    { OUTCOME_HOLD_LAPSED,              issuer_original_judge_hold,       0,                      COMPLETIONS | BIT(KIND_INCREMENT) | BIT(KIND_PREAUTH_VOID), false },
    { OUTCOME_ISSUER_REFERRAL,          policy_judge_referral,     0,                      NEW_MONEY, false },
};
/* clang-format on */

/* Increments and completions may come without card data; then there is nothing to prove. */
static bool concerns(const struct rule *rule, const struct issue *issue)
{
    return (rule->kinds & BIT(issue->message->kind)) != 0 &&
           (!rule->is_of_proof || issue_is_proved(issue));
}

void decide(const struct issue *issue, struct decision *out)
{
    assert(issue->config != NULL);
    memset(out, 0, sizeof *out);
    out->is_by_card = (BY_CARD & BIT(issue->message->kind)) != 0;
    for (size_t i = 0; i < ARRAY_COUNT(rule_table); i++) {
        const struct rule *rule = &rule_table[i];
        if (!concerns(rule, issue))
            continue;
        enum verdict verdict = rule->judge(issue, out->evidence, rule->argument);
        if (rule->judge == judge_pin && verdict != BROKEN)
            out->pin_is_counted = issue->message->pin_block_len > 0;
        if (verdict == PASS)
            continue;
        out->outcome = verdict == REFUSE ? rule->outcome : OUTCOME_ISSUER_FAULT;
        assert(out->evidence[0].name != EVIDENCE_NONE);
        return;
    }
    out->granted_minor = granted(issue);
    out->outcome =
        out->granted_minor < effect_worth(issue) ? OUTCOME_APPROVED_PARTIAL : OUTCOME_APPROVED;
}

size_t decide_rule_count(void)
{
    return ARRAY_COUNT(rule_table);
}

enum outcome decide_rule_outcome(size_t index)
{
    assert(index < ARRAY_COUNT(rule_table));
    return rule_table[index].outcome;
}

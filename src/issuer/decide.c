#include "issuer/decide.h"

#include "base/assert.h"
#include "issuer/account.h"

#define TEXT_ROOM 24 /* of one piece of evidence */

enum verdict {
    PASS,
    REFUSE,
    BROKEN, /* cannot be judged: evidence names the component */
};

struct rule {
    enum outcome outcome;
    enum verdict (*judge)(const struct issue *issue, struct evidence *out, int argument);
    int argument;
};

static void add_since(struct evidence *out, const struct issue *issue, struct instant since)
{
    char room[TEXT_ROOM];
    struct text t = text_over(room, sizeof room);

    if (since.us == 0)
        return;
    instant_add_text(&t, since, issue->config->utc_offset_s);
    evidence_add(out, EVIDENCE_SINCE, text_z(&t));
}

static void add_money(struct evidence *out, enum evidence_name name, int64_t minor,
                      uint16_t currency)
{
    char room[TEXT_ROOM];
    struct text t = text_over(room, sizeof room);

    money_add_text(&t, money_of(minor, currency));
    evidence_add(out, name, text_z(&t));
}

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

static enum verdict broken(struct evidence *out, const char *component)
{
    evidence_add(out, EVIDENCE_COMPONENT, component);
    return BROKEN;
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

static enum verdict judge_form(const struct issue *issue, struct evidence *out, int argument)
{
    const struct txn_message *message = issue->message;
    struct money amount = message->amount;

    (void)argument;
    if (message->kind != KIND_SALE && message->kind != KIND_BALANCE)
        return PASS;
    if (issue->track_fault != NULL)
        return malformed(out, 35, issue->track_fault);
    if (issue->pan.len == 0)
        return malformed(out, 2, "a card number");
    if (issue->has_track && !pan_equal(&issue->pan, &issue->track.pan))
        return malformed(out, 35, "the number of DE 2");
    if (amount.minor < 0 || amount.minor > MONEY_MINOR_MAX ||
        (moves_money(issue) && (amount.minor == 0 || amount.currency == 0)))
        return malformed(out, 4, "an amount over zero");
    if (message->sent.us == 0)
        return malformed(out, 7, "the time of sending");
    if (message->entry == ENTRY_NONE)
        return malformed(out, 22, "how the card was read");
    return PASS;
}

static enum verdict judge_kind(const struct issue *issue, struct evidence *out, int argument)
{
    (void)argument;
    if (issue->message->kind == KIND_SALE || issue->message->kind == KIND_BALANCE)
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
    if (issue_pan(issue) != ISSUE_RIGHT)
        return broken(out, "hsm: card number");
    if (issue->card == NULL &&
        issue_row_state(issue->work, &issue->card_key, sizeof *issue->card) != ISSUE_ROW_ABSENT)
        return broken(out, "card row");
    if (issue->card != NULL)
        return account_card_is_sane(issue->card) ? PASS : broken(out, "card row");
    char bin[7] = {0};
    memcpy(bin, issue->pan.digits, sizeof bin - 1);
    evidence_add(out, EVIDENCE_BIN, bin);
    return REFUSE;
}

static enum verdict judge_state(const struct issue *issue, struct evidence *out, int argument)
{
    if (issue->card->state >= RECORD_STATE_COUNT)
        return broken(out, "card row");
    if (issue->card->state != argument)
        return PASS;
    evidence_add(out, EVIDENCE_STATE, record_state_name((enum record_state)argument));
    add_since(out, issue, issue->card->state_since);
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
        return broken(out, "card row");
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
        return broken(out, "hsm: card value");
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
        return broken(out, "hsm: cryptogram");
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
    if (issue->card->pin_tries < issue->card->pin_tries_max)
        return PASS;
    add_tries_left(out, 0);
    return REFUSE;
}

/* An inquiry shows the balance, so no tap is small enough to ask without a PIN. */
static bool pin_may_be_absent(const struct issue *issue)
{
    if (!issue->card->needs_pin)
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
        add_money(out, EVIDENCE_LIMIT, issue->card->tap_limit_minor, issue_amount(issue).currency);
    return REFUSE;
}

static enum verdict judge_pin(const struct issue *issue, struct evidence *out, int argument)
{
    enum issue_proof proof = issue_pin(issue);

    (void)argument;
    if (issue->message->pin_block_len == 0 || proof == ISSUE_RIGHT)
        return PASS;
    if (proof != ISSUE_WRONG)
        return broken(out, "hsm: PIN");
    add_tries_left(out, issue->card->pin_tries_max - issue->card->pin_tries - 1);
    return REFUSE;
}

static enum verdict judge_payment_limit(const struct issue *issue, struct evidence *out,
                                        int argument)
{
    struct money amount = issue_amount(issue);
    int64_t limit = issue->card->limit_minor;

    (void)argument;
    if (!moves_money(issue) || limit == 0 || amount.minor <= limit)
        return PASS;
    add_money(out, EVIDENCE_LIMIT, limit, amount.currency);
    add_money(out, EVIDENCE_ASKED, amount.minor, amount.currency);
    return REFUSE;
}

static void add_midnight(struct evidence *out, const struct issue *issue)
{
    int32_t offset_s = issue->config->utc_offset_s;
    struct civil now = instant_civil(issue->event->wall, offset_s);
    struct civil day = {.year = now.year, .month = now.month, .day = now.day};
    struct instant next = instant_add_ms(instant_from_civil(&day, offset_s), 86400000);
    char room[TEXT_ROOM];
    struct text t = text_over(room, sizeof room);

    instant_add_text(&t, next, offset_s);
    evidence_add(out, EVIDENCE_RESETS, text_z(&t));
}

static enum verdict judge_daily_amount(const struct issue *issue, struct evidence *out,
                                       int argument)
{
    struct card_day day = card_day_of(issue->card, issue_date(issue));
    struct money amount = issue_amount(issue);
    int64_t limit = issue->card->daily_limit_minor;

    (void)argument;
    if (!moves_money(issue) || limit == 0 || amount.minor <= limit - day.used_minor)
        return PASS;
    add_money(out, EVIDENCE_LIMIT, limit, amount.currency);
    add_money(out, EVIDENCE_USED, day.used_minor, amount.currency);
    add_money(out, EVIDENCE_ASKED, amount.minor, amount.currency);
    add_midnight(out, issue);
    return REFUSE;
}

static enum verdict judge_daily_count(const struct issue *issue, struct evidence *out, int argument)
{
    struct card_day day = card_day_of(issue->card, issue_date(issue));
    uint32_t limit = issue->card->daily_count_max;

    (void)argument;
    if (!moves_money(issue) || limit == 0 || day.count < limit)
        return PASS;
    evidence_add_number(out, EVIDENCE_LIMIT, limit);
    evidence_add_number(out, EVIDENCE_USED, day.count);
    add_midnight(out, issue);
    return REFUSE;
}

/* An inquiry, too, needs the account that it asks about. */
static enum verdict judge_funds(const struct issue *issue, struct evidence *out, int argument)
{
    struct money amount = issue_amount(issue);

    (void)argument;
    if (issue->account == NULL || !account_is_sane(issue->account))
        return broken(out, "account row");
    int64_t available = account_available(issue->account);
    if (!moves_money(issue) || amount.minor <= available)
        return PASS;
    add_money(out, EVIDENCE_ASKED, amount.minor, amount.currency);
    add_money(out, EVIDENCE_SHORT_BY, amount.minor - available, amount.currency);
    return REFUSE;
}

/* clang-format off */
static const struct rule rule_table[] = {
    { OUTCOME_MESSAGE_MALFORMED,        judge_form,          0 },
    { OUTCOME_TRANSACTION_UNSUPPORTED,  judge_kind,          0 },
    { OUTCOME_MESSAGE_TOO_OLD,          judge_age,           0 },
    { OUTCOME_CARD_UNKNOWN,             judge_card_known,    0 },
    { OUTCOME_CARD_STOLEN,              judge_state,         RECORD_STOLEN },
    { OUTCOME_CARD_LOST,                judge_state,         RECORD_LOST },
    { OUTCOME_CARD_CAPTURE,             judge_state,         RECORD_CAPTURE },
    { OUTCOME_CARD_CANCELLED,           judge_state,         RECORD_CANCELLED },
    { OUTCOME_CARD_NOT_ACTIVATED,       judge_state,         RECORD_NOT_ACTIVATED },
    { OUTCOME_CARD_FROZEN,              judge_state,         RECORD_FROZEN },
    { OUTCOME_CARD_DORMANT,             judge_state,         RECORD_DORMANT },
    { OUTCOME_CARD_EXPIRED,             judge_expiry,        0 },
    { OUTCOME_CARD_EXPIRY_MISMATCH,     judge_expiry_given,  0 },
    { OUTCOME_TRANSACTION_NOT_FOR_CARD, judge_permitted,     0 },
    { OUTCOME_CHIP_FALLBACK_REFUSED,    judge_fallback,      0 },
    { OUTCOME_CVV_WRONG,                judge_cvv,           0 },
    { OUTCOME_CHIP_REPLAYED,            judge_counter,       0 },
    { OUTCOME_CHIP_CRYPTOGRAM_WRONG,    judge_cryptogram,    0 },
    { OUTCOME_PIN_TRIES_EXCEEDED,       judge_lock,          0 },
    { OUTCOME_PIN_MISSING,              judge_pin_given,     0 },
    { OUTCOME_PIN_WRONG,                judge_pin,           0 },
    { OUTCOME_LIMIT_PER_PAYMENT,        judge_payment_limit, 0 },
    { OUTCOME_LIMIT_DAILY_AMOUNT,       judge_daily_amount,  0 },
    { OUTCOME_LIMIT_DAILY_COUNT,        judge_daily_count,   0 },
    { OUTCOME_ACCOUNT_FUNDS_SHORT,      judge_funds,         0 },
};
/* clang-format on */

void decide(const struct issue *issue, struct decision *out)
{
    assert(issue->config != NULL);
    memset(out, 0, sizeof *out);
    out->outcome = OUTCOME_APPROVED;
    for (size_t i = 0; i < ARRAY_COUNT(rule_table); i++) {
        enum verdict verdict = rule_table[i].judge(issue, out->evidence, rule_table[i].argument);
        if (rule_table[i].judge == judge_pin && verdict != BROKEN)
            out->pin_is_counted = issue->message->pin_block_len > 0;
        if (verdict == PASS)
            continue;
        out->outcome = verdict == REFUSE ? rule_table[i].outcome : OUTCOME_ISSUER_FAULT;
        assert(out->evidence[0].name != EVIDENCE_NONE);
        return;
    }
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

#include "risk/rules.h"

#include "base/assert.h"
#include "risk/place.h"

#include <string.h>

#define MINUTE_US 60000000
#define DAY_MINUTES 1440
#define BIN_MAX 99999999U
#define BIN_SHORT_MAX 999999U
#define CATEGORY_MAX 9999
#define SPAN_MAX (31 * DAY_MINUTES)

struct row_key rules_key(void)
{
    return row_key_of(TABLE_RULES, NULL, 0);
}

struct row_key rules_part_key(uint8_t slot, uint8_t place)
{
    uint8_t at[2] = {slot, place};

    assert(slot < RULE_SLOTS);
    assert(place < RULE_PARTS_MAX);
    return row_key_of(TABLE_RULE_PART, at, sizeof at);
}

struct row_key rules_listed_key(const struct pan_hash *card)
{
    return row_key_of(TABLE_LISTED_CARD, card->at, sizeof card->at);
}

size_t rules_count(const struct rule_set *set)
{
    return set->head == NULL ? 0 : set->head->rule_count;
}

const struct rule *rules_at(const struct rule_set *set, size_t index)
{
    assert(index < rules_count(set));
    return &set->parts[index / RULE_PART_RULES]->rules[index % RULE_PART_RULES];
}

const struct rule *rules_find(const struct rule_set *set, const char *name, size_t len)
{
    for (size_t i = 0; i < rules_count(set); i++) {
        const struct rule *rule = rules_at(set, i);
        bool is_whole = len == RULE_NAME_LEN || (len < RULE_NAME_LEN && rule->name[len] == 0);
        if (is_whole && memcmp(rule->name, name, len) == 0)
            return rule;
    }
    return NULL;
}

/* ---- rows ---- */

static size_t parts_of(size_t rules)
{
    return (rules + RULE_PART_RULES - 1) / RULE_PART_RULES;
}

uint64_t rules_digest(const struct rule_set *set)
{
    uint64_t digest = 0xCBF29CE484222325U;

    for (size_t i = 0; i < set->head->part_count; i++) {
        const uint8_t *at = (const uint8_t *)set->parts[i]->rules;
        for (size_t j = 0; j < sizeof set->parts[i]->rules; j++)
            digest = (digest ^ at[j]) * 0x100000001B3U;
    }
    return digest;
}

/* Whether a stored rule is one that can be judged by at all: a damaged one must stop payments, not
 * the process. Its numbers may be any. */
static bool is_sound(const struct rule *rule)
{
    return rule->check > RULE_NONE && rule->check < RULE_CHECK_COUNT &&
           rule->per < TALLY_SUBJECT_COUNT && rule->each < PERIOD_COUNT &&
           rule->bin_len <= RISK_BIN_DIGITS && rule->amount_minor >= 0 &&
           rule->amount_minor <= MONEY_MINOR_MAX;
}

bool rules_are_here(const struct rule_set *set)
{
    const struct rules_row *head = set->head;
    size_t rules = 0;

    if (head == NULL || rules_head_fault(head) != NULL)
        return false;
    for (size_t i = 0; i < head->part_count; i++) {
        const struct rule_part_row *part = set->parts[i];
        if (part == NULL || part->version != head->version || part->slot != head->slot ||
            part->place != i)
            return false;
        rules += part->rule_count;
    }
    for (size_t i = 0; rules == head->rule_count && i < rules; i++) {
        if (!is_sound(rules_at(set, i)))
            return false;
    }
    return rules == head->rule_count;
}

bool rules_are_whole(const struct rule_set *set)
{
    struct rules_row sum = {0};

    if (!rules_are_here(set) || rules_digest(set) != set->head->digest)
        return false;
    rules_sum_up(set, &sum);
    return sum.always == set->head->always && sum.sometimes == set->head->sometimes;
}

void rules_pack(const struct rule *rules, size_t count, const struct rules_row *now,
                struct rules_row *head, struct rule_part_row parts[static RULE_PARTS_MAX])
{
    struct rule_set set = {.head = head};

    assert(count <= RULES_MAX);
    head->layout = RISK_ROW_LAYOUT;
    head->slot = now == NULL ? 0 : (uint8_t)(RULE_SLOTS - 1 - now->slot);
    head->version = now == NULL ? 1 : now->version + 1;
    head->rule_count = (uint16_t)count;
    head->part_count = (uint8_t)parts_of(count);
    memset(parts, 0, RULE_PARTS_MAX * sizeof *parts);
    for (uint8_t i = 0; i < head->part_count; i++) {
        parts[i].layout = RISK_ROW_LAYOUT;
        parts[i].slot = head->slot;
        parts[i].place = i;
        parts[i].version = head->version;
        set.parts[i] = &parts[i];
    }
    for (size_t i = 0; i < count; i++) {
        struct rule_part_row *part = &parts[i / RULE_PART_RULES];
        part->rules[part->rule_count++] = rules[i];
    }
    head->digest = rules_digest(&set);
    rules_sum_up(&set, head);
}

const char *rules_head_fault(const struct rules_row *row)
{
    if (row->layout != RISK_ROW_LAYOUT)
        return "the row has another layout";
    if (row->slot >= RULE_SLOTS)
        return "there is no such slot";
    if (row->rule_count > RULES_MAX || row->part_count != parts_of(row->rule_count))
        return "so many rules do not lie in so many parts";
    if (row->version == 0)
        return "the version counts from 1";
    return row->threshold == 0 ? "the threshold is at least 1" : NULL;
}

static bool is_text(const char *at, size_t len)
{
    size_t end = 0;

    while (end < len && at[end] > ' ' && at[end] <= '~')
        end++;
    for (size_t i = end; i < len; i++) {
        if (at[i] != 0)
            return false;
    }
    return end > 0;
}

static const char *range_fault(const struct rule *rule)
{
    uint32_t most = rule->bin_len == 6 ? BIN_SHORT_MAX : rule->bin_len == 7 ? 9999999U : BIN_MAX;

    if (rule->bin_len == 0)
        return rule->bin_from == 0 && rule->bin_to == 0 ? NULL : "a range has a length";
    if (rule->bin_len < 6 || rule->bin_len > RISK_BIN_DIGITS)
        return "a card range has 6 to 8 digits";
    if (rule->bin_from > rule->bin_to || rule->bin_to > most)
        return "a card range goes from its lowest number to its highest";
    return NULL;
}

static const char *numbers_fault(const struct rule *rule, unsigned must)
{
    if (rule->amount_minor < 0 || rule->amount_minor > MONEY_MINOR_MAX ||
        ((must & COLUMN_AMOUNT) != 0 && rule->amount_minor == 0))
        return "the amount is no amount";
    if ((must & (COLUMN_COUNT | COLUMN_SPEED | COLUMN_VERSION | COLUMN_PERCENT)) != 0 &&
        rule->count == 0)
        return "the number to compare with is missing";
    if ((must & COLUMN_PERCENT) != 0 && rule->count > 100)
        return "a share is 1 to 100 per cent";
    if ((must & COLUMN_MINUTES) != 0 && (rule->span == 0 || rule->span > SPAN_MAX))
        return "an interval is 1 minute to 31 days";
    if (rule->check == RULE_REFUSALS && rule->count > TALLY_REFUSALS)
        return "more refusals than are remembered";
    return NULL;
}

static const char *scope_fault(const struct rule *rule, unsigned must)
{
    if (rule->category_from > rule->category_to || rule->category_to > CATEGORY_MAX ||
        ((must & COLUMN_CATEGORY) != 0 && rule->category_to == 0))
        return "a category has four digits";
    if ((must & COLUMN_BIN) != 0 && rule->bin_len == 0)
        return "no card range is named";
    if ((must & COLUMN_ISSUER) != 0 && rule->party[0] == 0)
        return "no issuer is named";
    bool is_daily = rule->check == RULE_MAINTENANCE && rule->each == PERIOD_DAY;
    if (is_daily && (rule->from >= DAY_MINUTES || rule->until >= DAY_MINUTES))
        return "a day has 1440 minutes";
    if (!is_daily && rule->until != 0 && rule->until <= rule->from)
        return "it ends before it begins";
    for (unsigned kind = 0; kind < sizeof rule->kinds * 8; kind++) {
        bool is_judged = kind < KIND_COUNT && rules_kind_is_judged((enum txn_kind)kind);
        if ((rule->kinds & 1U << kind) != 0 && !is_judged)
            return "this kind is not judged by rules";
    }
    return range_fault(rule);
}

const char *rules_rule_fault(const struct rule *rule)
{
    if (!is_text(rule->name, sizeof rule->name))
        return "a rule has a name of 1 to 15 characters";
    if (rule->check == RULE_NONE || rule->check >= RULE_CHECK_COUNT)
        return "there is no such check";
    unsigned must = check_row((enum rule_check)rule->check)->must;
    if (rule->per >= TALLY_SUBJECT_COUNT)
        return "there is no such tally";
    if (rule->each >= PERIOD_COUNT || ((must & COLUMN_EACH) != 0 && rule->each == PERIOD_NONE))
        return "a period is a day or a month";
    const char *fault = numbers_fault(rule, must);
    return fault != NULL ? fault : scope_fault(rule, must);
}

const char *rules_part_fault(const struct rule_part_row *row)
{
    if (row->layout != RISK_ROW_LAYOUT)
        return "the row has another layout";
    if (row->slot >= RULE_SLOTS || row->place >= RULE_PARTS_MAX)
        return "there is no such part";
    if (row->rule_count == 0 || row->rule_count > RULE_PART_RULES)
        return "a part has 1 to 7 rules";
    for (size_t i = 0; i < row->rule_count; i++) {
        const char *fault = rules_rule_fault(&row->rules[i]);
        if (fault != NULL)
            return fault;
    }
    return NULL;
}

/* ---- scope ---- */

bool rules_kind_charges(enum txn_kind kind)
{
    const struct kind_row *row = kind_row(kind);

    return row->moves_money && (row->shape == SHAPE_ORIGINAL || kind == KIND_INCREMENT);
}

/* Advices tell of what is done; follow-ups undo or complete what was judged. */
bool rules_kind_is_judged(enum txn_kind kind)
{
    return kind == KIND_REFUND || kind_row(kind)->shape == SHAPE_INQUIRY ||
           (rules_kind_charges(kind) && !kind_row(kind)->is_advice);
}

unsigned rules_subject(const struct rule *rule)
{
    unsigned subject = check_row((enum rule_check)rule->check)->subject;

    return subject == SUBJECT_PER ? rule->per : subject;
}

void rules_range(const struct rule *rule, uint32_t *from, uint32_t *to)
{
    *from = rule->bin_from;
    *to = rule->bin_to;
    for (size_t len = rule->bin_len; len > 0 && len < RISK_BIN_DIGITS; len++) {
        *from = *from * 10;
        *to = *to * 10 + 9;
    }
}

/* Of a card whose first six digits alone are known, the range is compared in them. */
static bool fits_bin(const struct rule *rule, const struct risk_payment *payment)
{
    uint32_t from;
    uint32_t to;
    uint64_t bin = 0;

    if (rule->bin_len == 0)
        return true;
    if (payment->bin_len == 0 || bytes_to_number(payment->bin, payment->bin_len, &bin) != OK)
        return false;
    rules_range(rule, &from, &to);
    for (size_t len = payment->bin_len; len < RISK_BIN_DIGITS; len++) {
        from /= 10;
        to /= 10;
    }
    return bin >= from && bin <= to;
}

static bool fits_shop(const struct rule *rule, const struct risk_payment *payment)
{
    uint16_t category = payment->owner.category;

    if (rule->category_to != 0 && (category < rule->category_from || category > rule->category_to))
        return false;
    return rule->check == RULE_MAINTENANCE || rule->party[0] == 0 ||
           memcmp(rule->party, payment->owner.merchant, sizeof rule->party) == 0;
}

static bool fits_terminal(const struct rule *rule, const struct risk_payment *payment)
{
    return rule->terminal[0] == 0 ||
           memcmp(rule->terminal, payment->owner.terminal, sizeof rule->terminal) == 0;
}

static bool fits_kind(const struct rule *rule, const struct risk_payment *payment)
{
    bool is_refund = payment->kind == KIND_REFUND;

    if (!rules_kind_is_judged(payment->kind))
        return false;
    if (rule->kinds != 0)
        return (rule->kinds & 1U << payment->kind) != 0;
    if (is_refund || rule->check == RULE_REFUNDS)
        return is_refund && rule->check == RULE_REFUNDS;
    return check_row((enum rule_check)rule->check)->is_of_any_kind ||
           rules_kind_charges(payment->kind);
}

/* From a minute on, until a minute; every day, and over midnight, when the period is a day. */
static bool fits_time(const struct rule *rule, const struct risk_payment *payment)
{
    uint32_t minute = (uint32_t)(payment->at.us / MINUTE_US);

    if (rule->check != RULE_MAINTENANCE || rule->each != PERIOD_DAY)
        return minute >= rule->from && (rule->until == 0 || minute < rule->until);
    struct civil civil = instant_civil(payment->at, payment->utc_offset_s);
    minute = civil.hour * 60U + civil.minute;
    if (rule->from <= rule->until)
        return minute >= rule->from && minute < rule->until;
    return minute >= rule->from || minute < rule->until;
}

static bool fits_entry(const struct rule *rule, const struct risk_payment *payment)
{
    unsigned entry = (unsigned)payment->entry;

    return rule->entries == 0 || (entry < 8 && (rule->entries & 1U << entry) != 0);
}

bool rules_applies(const struct rule *rule, const struct risk_payment *payment)
{
    return fits_shop(rule, payment) && fits_terminal(rule, payment) && fits_kind(rule, payment) &&
           fits_entry(rule, payment) && fits_bin(rule, payment) && fits_time(rule, payment);
}

/* Whether the rule might ask about the payment's subject some time: only what makes out the subject
 * itself tells. */
static bool concerns(const struct rule *rule, const struct risk_payment *payment, unsigned subject)
{
    switch (subject) {
    case TALLY_CARD:
    case TALLY_BIN:
        return fits_bin(rule, payment);
    case TALLY_CARD_AT_SHOP:
        return fits_bin(rule, payment) && fits_shop(rule, payment);
    case TALLY_TERMINAL:
        return fits_shop(rule, payment) && fits_terminal(rule, payment);
    case TALLY_MERCHANT:
        return fits_shop(rule, payment);
    case TALLY_CATEGORY: {
        uint16_t category = payment->owner.category;
        return rule->category_to == 0 ||
               (category >= rule->category_from && category <= rule->category_to);
    }
    default:
        return false;
    }
}

/* Whether the rule concerns every payment's subject. */
static bool concerns_all(const struct rule *rule, unsigned subject)
{
    bool is_any_card = rule->bin_len == 0;
    bool is_any_shop = rule->party[0] == 0 && rule->category_to == 0;

    switch (subject) {
    case TALLY_CARD:
    case TALLY_BIN:
        return is_any_card;
    case TALLY_CARD_AT_SHOP:
        return is_any_card && is_any_shop;
    case TALLY_TERMINAL:
        return is_any_shop && rule->terminal[0] == 0;
    case TALLY_MERCHANT:
        return is_any_shop;
    case TALLY_CATEGORY:
        return rule->category_to == 0;
    default: /* the black list */
        return is_any_card && is_any_shop && rule->terminal[0] == 0 && rule->entries == 0 &&
               rule->kinds == 0 && rule->from == 0 && rule->until == 0;
    }
}

/* The row that a rule asks about, as a bit; 0: none. */
static unsigned want_of(const struct rule *rule)
{
    unsigned subject = rules_subject(rule);

    if (subject < TALLY_SUBJECT_COUNT)
        return 1U << subject;
    return rule->check == RULE_LISTED ? RULES_WANT_LISTED : 0;
}

void rules_sum_up(const struct rule_set *set, struct rules_row *head)
{
    unsigned always = 0;
    unsigned sometimes = 0;

    _Static_assert(RULES_WANT_LISTED <= UINT8_MAX, "a head has bits for all rows");
    for (size_t i = 0; i < rules_count(set); i++) {
        const struct rule *rule = rules_at(set, i);
        if (concerns_all(rule, rules_subject(rule)))
            always |= want_of(rule);
        else
            sometimes |= want_of(rule);
    }
    head->always = (uint8_t)always;
    head->sometimes = (uint8_t)(sometimes & ~always);
}

/* What rules that do not concern every payment want of this one. */
static unsigned ask_rules(const struct rule_set *set, const struct risk_payment *payment)
{
    unsigned want = 0;

    for (size_t i = 0; i < rules_count(set); i++) {
        const struct rule *rule = rules_at(set, i);
        unsigned bit = want_of(rule) & set->head->sometimes & ~want;
        if (bit == 0)
            continue;
        if (bit == RULES_WANT_LISTED ? rules_applies(rule, payment)
                                     : concerns(rule, payment, rules_subject(rule)))
            want |= bit;
    }
    return want;
}

unsigned rules_want(const struct rule_set *set, const struct risk_payment *payment)
{
    static const struct pan_hash none;
    unsigned cards = 1U << TALLY_CARD | 1U << TALLY_CARD_AT_SHOP | RULES_WANT_LISTED;
    unsigned want = 0;

    if (set->head != NULL)
        want = set->head->always;
    if (set->head != NULL && set->head->sometimes != 0)
        want |= ask_rules(set, payment);
    if (payment->bin_len == 0)
        want &= ~(1U << TALLY_BIN);
    return memcmp(&payment->owner.card, &none, sizeof none) != 0 ? want : want & ~cards;
}

#include "app/desk/rules_replay.h"

#include "base/assert.h"
#include "books/journal.h"
#include "risk/count.h"

#include <stdlib.h>
#include <string.h>

#define MONTH_OF(date) ((date) / 100)
#define SUBJECTS ((1U << TALLY_SUBJECT_COUNT) - 1)

/* How a payment stands in this run. */
struct seen {
    uint16_t outcome; /* as last recorded: an answer is noted once */
    uint8_t subjects;
    uint8_t stands;
};

static void keep(struct replay *replay, struct row_shelf *shelf, const struct row_key *key,
                 struct bytes value)
{
    if (!row_shelf_put(shelf, key, value.at, value.len))
        replay->is_short = true;
}

/* ---- tallies ---- */

static void change_tally(struct replay *replay, const struct payment_row *row,
                         enum tally_subject subject, enum count_change change)
{
    struct activity_owner owner = activity_owner_of(row);
    struct row_key key = activity_key(subject, &owner);
    struct row_key shop_key = row_key_of(TABLE_MERCHANT, row->merchant, MERCHANT_ID_LEN);

    if (subject == TALLY_CARD) {
        struct card_activity_row *old = row_shelf_find(&replay->known, &key, sizeof *old);
        struct card_activity_row card = old != NULL ? *old : count_new_card(row->business_date);
        count_card(change, row,
                   row_shelf_find(&replay->known, &shop_key, sizeof(struct merchant_row)), &card);
        keep(replay, &replay->known, &key, bytes_over(&card, sizeof card));
        return;
    }
    struct tally_row *old = row_shelf_find(&replay->known, &key, sizeof *old);
    struct tally_row tally = old != NULL ? *old : activity_new(subject, row->business_date);
    count_tally(change, row, &tally);
    keep(replay, &replay->known, &key, bytes_over(&tally, sizeof tally));
}

static void change_all(struct replay *replay, const struct payment_row *row,
                       const struct seen *seen, enum count_change change)
{
    for (unsigned i = 0; i < TALLY_SUBJECT_COUNT; i++) {
        if ((seen->subjects & 1U << i) != 0)
            change_tally(replay, row, (enum tally_subject)i, change);
    }
}

/* ---- judging ---- */

static struct risk_payment payment_of(const struct replay *replay, const struct payment_row *row,
                                      const struct merchant_row *merchant)
{
    struct row_key key = row_key_of(TABLE_TERMINAL, row->identity.terminal, TERMINAL_ID_LEN);
    const struct terminal_row *terminal = row_shelf_find(&replay->known, &key, sizeof *terminal);
    struct risk_payment payment = {
        .kind = (enum txn_kind)row->kind,
        .entry = (enum entry_mode)row->entry,
        .amount = row->amount,
        .at = row->created,
        .utc_offset_s = replay->utc_offset_s,
        .date = row->business_date,
        .software = terminal == NULL ? 0 : terminal->software,
        .bin_len = sizeof payment.owner.bin,
        .owner = activity_owner_of(row),
        .merchant = merchant,
    };

    memcpy(payment.issuer, row->issuer, sizeof payment.issuer);
    memcpy(payment.bin, payment.owner.bin, sizeof payment.owner.bin);
    if (!bytes_are_digits(payment.bin, payment.bin_len))
        payment.bin_len = 0;
    return payment;
}

static struct risk_known known_of(const struct replay *replay, const struct activity_owner *owner)
{
    struct row_key key = rules_listed_key(&owner->card);
    struct risk_known known = {0};

    known.listed = row_shelf_find(&replay->known, &key, sizeof *known.listed);
    key = activity_key(TALLY_CARD, owner);
    known.card = row_shelf_find(&replay->known, &key, sizeof *known.card);
    for (unsigned i = TALLY_CARD + 1; i < TALLY_SUBJECT_COUNT; i++) {
        key = activity_key((enum tally_subject)i, owner);
        known.tally[i] = row_shelf_find(&replay->known, &key, sizeof *known.tally[i]);
    }
    return known;
}

static void tell(struct replay *replay, enum replay_change change, const struct payment_row *row,
                 const struct risk_finding *finding)
{
    replay->counts[change]++;
    if (replay->finding_count == REPLAY_LISTED_MAX)
        return;
    if (replay->findings == NULL)
        replay->findings = calloc(REPLAY_LISTED_MAX, sizeof *replay->findings);
    if (replay->findings == NULL) {
        replay->is_short = true;
        return;
    }
    replay->findings[replay->finding_count++] =
        (struct replay_finding){.change = change, .payment = *row, .finding = *finding};
}

/* ---- payments ---- */

static bool was_refused_by_rules(const struct payment_row *row)
{
    return row->decided_by == PARTY_ACQUIRER && row->stage == STAGE_ANSWERED &&
           (row->evidence[0].name == EVIDENCE_RULE || row->evidence[0].name == EVIDENCE_SCORE);
}

/* Whether a payment goes on by the other rules; what changes is told. */
static bool passes(struct replay *replay, const struct payment_row *row,
                   const struct risk_payment *payment)
{
    struct risk_known known = known_of(replay, &payment->owner);
    struct risk_finding finding = judge_payment(&replay->set, payment, &known);
    bool was_refused = was_refused_by_rules(row);
    bool is_refused = finding.outcome != OUTCOME_NONE;

    replay->payments++;
    if (is_refused && !was_refused)
        tell(replay, REPLAY_NOW_REFUSED, row, &finding);
    else if (!is_refused && was_refused)
        tell(replay, REPLAY_NOW_PASSES, row, &finding);
    else if (is_refused && row->outcome != finding.outcome)
        tell(replay, REPLAY_OTHER_CAUSE, row, &finding);
    return !is_refused;
}

/* The first record of a payment: it was sent on, or refused by rules, or for reasons that no rule
 * has anything to do with. */
static void take_first(struct replay *replay, struct payment_row *row, struct seen *seen)
{
    struct row_key key = row_key_of(TABLE_MERCHANT, row->merchant, MERCHANT_ID_LEN);
    const struct merchant_row *merchant = row_shelf_find(&replay->known, &key, sizeof *merchant);
    bool was_sent = row->stage == STAGE_SENT;

    if (merchant == NULL || row->stage == STAGE_TOMBSTONE)
        return;
    row->category = merchant->category;
    struct risk_payment payment = payment_of(replay, row, merchant);
    seen->subjects = (uint8_t)(rules_want(&replay->set, &payment) & SUBJECTS);
    if (!was_sent && !was_refused_by_rules(row)) {
        if (count_is_guess(row))
            change_all(replay, row, seen, COUNT_REFUSED);
        return;
    }
    if (row->business_date == replay->day && rules_kind_is_judged(payment.kind) &&
        !passes(replay, row, &payment)) {
        seen->subjects = 0; /* it does not go on, and nobody answers it */
        return;
    }
    if (!count_stands(payment.kind) || (!was_sent && row->business_date != replay->day))
        return;
    change_all(replay, row, seen, COUNT_SENT);
    seen->stands = 1;
}

static bool stands(const struct payment_row *row)
{
    enum money_state money = payment_row_money(row);

    return money == MONEY_UNKNOWN || money == MONEY_MOVED || money == MONEY_HELD;
}

static void take_later(struct replay *replay, const struct payment_row *row, struct seen *seen)
{
    bool is_new = row->outcome != seen->outcome && row->decided_by == PARTY_ISSUER;

    if (is_new && (seen->subjects & 1U << TALLY_CARD) != 0 && row->pin_entered)
        change_tally(replay, row, TALLY_CARD, COUNT_PIN);
    if (is_new && count_is_guess(row))
        change_all(replay, row, seen, COUNT_REFUSED);
    if (seen->stands == 1 && !stands(row))
        change_all(replay, row, seen, COUNT_BACK);
    else if (seen->stands == 2 && stands(row))
        change_all(replay, row, seen, COUNT_AGAIN);
    if (seen->stands != 0)
        seen->stands = stands(row) ? 1 : 2;
}

static void take_payment(struct replay *replay, const struct row_key *key, struct bytes value)
{
    struct payment_row row;
    struct seen seen = {0};

    if (value.len != sizeof row)
        return;
    memcpy(&row, value.at, sizeof row);
    if (!payment_row_is_readable(&row) || row.business_date > replay->day ||
        MONTH_OF(row.business_date) != MONTH_OF(replay->day))
        return;
    const struct seen *old = row_shelf_find(&replay->seen, key, sizeof *old);
    if (old == NULL) {
        take_first(replay, &row, &seen);
    } else {
        seen = *old;
        take_later(replay, &row, &seen);
    }
    seen.outcome = row.outcome;
    keep(replay, &replay->seen, key, bytes_over(&seen, sizeof seen));
}

/* ---- records ---- */

static void take_change(struct replay *replay, const struct journal_change *change)
{
    struct config_row config;
    uint8_t table = change->key.table;

    if (change->is_removal)
        return;
    if (table == TABLE_MERCHANT || table == TABLE_TERMINAL || table == TABLE_LISTED_CARD)
        keep(replay, &replay->known, &change->key, change->value);
    if (table == TABLE_PAYMENT)
        take_payment(replay, &change->key, change->value);
    if (table == TABLE_CONFIG && change->value.len == sizeof config) {
        memcpy(&config, change->value.at, sizeof config);
        replay->utc_offset_s = config.utc_offset_s;
    }
}

void replay_record(struct replay *replay, struct bytes bytes)
{
    struct journal_record record;

    if (replay->is_short || journal_decode(bytes, &record) != OK)
        return;
    for (size_t i = 0; i < record.change_count; i++)
        take_change(replay, &record.changes[i]);
}

void replay_free(struct replay *replay)
{
    row_shelf_free(&replay->known);
    row_shelf_free(&replay->seen);
    free(replay->findings);
}

const char *replay_change_name(enum replay_change change)
{
    static const char *const names[] = {
        [REPLAY_NOW_REFUSED] = "now-refused",
        [REPLAY_NOW_PASSES] = "now-passes",
        [REPLAY_OTHER_CAUSE] = "other-cause",
    };

    _Static_assert(ARRAY_COUNT(names) == REPLAY_CHANGE_COUNT, "a name for each change");
    assert(change < REPLAY_CHANGE_COUNT);
    return names[change];
}

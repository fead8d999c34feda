#include "app/story/surroundings.h"

#include "books/journal.h"
#include "books/party_rows.h"
#include "books/payment_row.h"
#include "books/risk_rows.h"
#include "explain/around.h"

#include <stdlib.h>
#include <string.h>

#define AFTER_US (3600 * INT64_C(1000000)) /* nothing later says anything about the refusal */

struct reading {
    struct around around;
    struct surroundings *out;
    struct instant until;
    unsigned left; /* of this journal's records */
    struct journal_record record;
};

/* A row of exactly this size; what is damaged or missing says nothing. */
static bool load_row(struct store *store, const struct row_key *key, void *out, size_t len)
{
    struct store_row *row = calloc(1, sizeof *row);
    bool is_there = false;

    if (row == NULL)
        return false;
    row->key = *key;
    is_there = store->load(store->self, &row, 1) == STORE_OK && row->found && row->len == len;
    if (is_there)
        memcpy(out, row->value, len);
    free(row);
    return is_there;
}

/* FNV-1a: only has to be the same for the same. */
static uint64_t number_of(const void *at, size_t len)
{
    const uint8_t *bytes = at;
    uint64_t number = 0xCBF29CE484222325U;

    for (size_t i = 0; i < len; i++)
        number = (number ^ bytes[i]) * 0x100000001B3U;
    return number;
}

static struct around_sight sight_of(const struct payment_row *row)
{
    return (struct around_sight){
        .at = row->created,
        .card = number_of(&row->pan.hash, sizeof row->pan.hash),
        .issuer = number_of(row->issuer, sizeof row->issuer),
        .merchant = number_of(row->merchant, sizeof row->merchant),
        .amount_minor = row->amount.minor,
        .is_approved = outcome_is_approved((enum outcome)row->outcome),
        .is_wrong_pin = row->outcome == OUTCOME_PIN_WRONG,
    };
}

/* Only what an issuer said tells of cards and issuers; our own rules do not. */
static void see(struct reading *reading, struct bytes value)
{
    struct payment_row row;

    if (value.len != sizeof row)
        return;
    memcpy(&row, value.at, sizeof row);
    if (!payment_row_is_readable(&row) || row.stage != STAGE_ANSWERED || row.is_training ||
        !kind_row((enum txn_kind)row.kind)->moves_money ||
        (!outcome_is_approved((enum outcome)row.outcome) && row.decided_by == PARTY_ACQUIRER))
        return;
    struct around_sight sight = sight_of(&row);
    around_add(&reading->around, &sight);
}

static bool take_record(void *context, uint64_t sequence, struct bytes bytes)
{
    struct reading *reading = context;
    struct journal_record *record = &reading->record;

    (void)sequence;
    if (reading->left-- == 0 || journal_decode(bytes, record) != OK ||
        record->wall.us > reading->until.us)
        return false;
    if (reading->out->record_count++ == 0)
        reading->out->since = record->wall;
    if (record->what != WHAT_APPROVED && record->what != WHAT_DECLINED)
        return true;
    for (size_t i = 0; i < record->change_count; i++) {
        if (record->changes[i].key.table == TABLE_PAYMENT && !record->changes[i].is_removal)
            see(reading, record->changes[i].value);
    }
    return true;
}

static struct around_subject subject_of(struct store *store, const struct payment_row *row)
{
    struct around_subject subject = {.sight = sight_of(row),
                                     .is_fallback = row->is_fallback != 0,
                                     .is_keyed = row->entry == ENTRY_KEYED};
    struct row_key merchant_key = row_key_of(TABLE_MERCHANT, row->merchant, sizeof row->merchant);
    struct row_key config_key = row_key_of(TABLE_CONFIG, NULL, 0);
    struct merchant_row merchant;
    struct config_row config;

    if (load_row(store, &merchant_key, &merchant, sizeof merchant))
        subject.merchant_since = merchant.state_since;
    if (load_row(store, &config_key, &config, sizeof config)) {
        subject.tables_since = config.tables_since;
        subject.utc_offset_s = config.utc_offset_s;
    }
    return subject;
}

/* What the switch counts for its limits reaches further back than the records that are read. */
static void add_counts(struct store *store, const struct payment_row *row,
                       struct rank_evidence *evidence)
{
    struct row_key key = row_key_of(TABLE_CARD_ACTIVITY, &row->pan.hash, sizeof row->pan.hash);
    struct card_activity_row card;

    if (!load_row(store, &key, &card, sizeof card))
        return;
    if (card.pin_date == row->business_date && card.pin_wrong > evidence->values[RANK_WRONG_PINS]) {
        evidence->is_known[RANK_WRONG_PINS] = true;
        evidence->values[RANK_WRONG_PINS] = card.pin_wrong;
    }
    if (card.tally.date == row->business_date &&
        card.tally.day_count > evidence->values[RANK_PAYMENTS_TODAY]) {
        evidence->is_known[RANK_PAYMENTS_TODAY] = true;
        evidence->values[RANK_PAYMENTS_TODAY] = card.tally.day_count;
    }
}

/* The node that took the payment in says how far back we look; the others' journals are read from
 * that moment on. */
static void read_journals(const struct journals *journals, const struct payment_row *row,
                          struct reading *reading)
{
    uint64_t first = row->history_len > 0 ? row->history[0] : 0;
    struct journal_record found[STORE_NODES_MAX];
    size_t count = journals_about(journals, &row->identity, first, found);
    uint16_t home = count > 0 ? found[0].node : journals->heads[0].node;

    for (size_t i = 0; i < journals->count; i++) {
        if (journals->heads[i].node != home)
            continue;
        reading->left = SURROUNDINGS_BEFORE + SURROUNDINGS_AFTER;
        first = first > SURROUNDINGS_BEFORE ? first - SURROUNDINGS_BEFORE : 1;
        (void)journals_read(journals, i, first, take_record, reading);
    }
    struct instant since = reading->out->since;
    for (size_t i = 0; i < journals->count && reading->out->record_count > 0; i++) {
        if (journals->heads[i].node == home)
            continue;
        reading->left = SURROUNDINGS_BEFORE + SURROUNDINGS_AFTER;
        (void)journals_read(journals, i, journals_since(journals, i, since), take_record, reading);
    }
}

void surroundings_read(const struct journals *journals, const struct identity *identity,
                       struct surroundings *out)
{
    struct reading *reading = calloc(1, sizeof *reading);
    struct row_key key = payment_row_key(identity);
    struct payment_row row;

    memset(out, 0, sizeof *out);
    if (reading != NULL && load_row(journals->store, &key, &row, sizeof row) &&
        payment_row_is_readable(&row)) {
        struct around_subject subject = subject_of(journals->store, &row);

        out->is_found = true;
        reading->out = out;
        reading->until.us = row.created.us + AFTER_US;
        around_begin(&reading->around, &subject);
        read_journals(journals, &row, reading);
        around_finish(&reading->around, &out->evidence);
        add_counts(journals->store, &row, &out->evidence);
    }
    free(reading);
}

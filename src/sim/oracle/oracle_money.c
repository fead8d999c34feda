#include "sim/oracle/oracle.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

/* What the entries of one cardholder's account come to. */
struct entries_sum {
    int64_t sum;
    int64_t funded; /* of it, what was paid in */
};

struct accounts_walk {
    struct universe *universe;
    const struct facts *facts;
    struct station *station;
    struct key_index index; /* of sums, by the account's key */
    struct entries_sum *sums;
    size_t count;
    size_t room;
};

static struct entries_sum *sum_of(struct accounts_walk *walk, uint64_t account)
{
    struct row_key key = row_key_number(TABLE_ACCOUNT, account);
    size_t at = key_index_find(&walk->index, &key);
    if (at != KEY_INDEX_NONE)
        return &walk->sums[at];
    if (walk->count == walk->room) {
        walk->room = walk->room == 0 ? 32 : 2 * walk->room;
        walk->sums = realloc(walk->sums, walk->room * sizeof *walk->sums);
        assert(walk->sums);
    }
    key_index_add(&walk->index, &key, walk->count);
    walk->sums[walk->count] = (struct entries_sum){0};
    return &walk->sums[walk->count++];
}

static void add_record(struct accounts_walk *walk, const struct journal_record *record)
{
    int64_t record_sum = 0;
    for (uint8_t i = 0; i < record->postings.count; i++) {
        const struct posting *posting = &record->postings.rows[i];
        record_sum += posting->minor;
        if (posting->kind != ACCOUNT_CARDHOLDER)
            continue;
        struct entries_sum *sum = sum_of(walk, posting->account);
        sum->sum += posting->minor;
        sum->funded += record->what == WHAT_FUNDED ? posting->minor : 0;
    }
    if (record_sum == 0)
        return;
    struct text *finding = universe_find(walk->universe, "money: debits do not equal credits: ");
    text_add(finding, walk->station->name);
    text_add(finding, " journal ");
    text_add_u64(finding, record->sequence);
}

/* What an issuer's payments did to one account. */
struct account_sum {
    int64_t taken_minor;
    int64_t held_minor;
};

static struct account_sum sum_account(const struct facts *facts, const struct station *station,
                                      uint64_t account)
{
    struct account_sum sum = {0};
    for (size_t i = 0; i < facts->count; i++) {
        const struct payment_row *row = &facts->payments[i].rows[AT_ISSUER];
        bool is_here = facts->payments[i].at[AT_ISSUER] && row->account == account &&
                       facts->payments[i].issuer == station->index;
        if (!is_here)
            continue;
        if (row->money == MONEY_MOVED)
            sum.taken_minor += kind_row((enum txn_kind)row->kind)->sign * row->posted_minor;
        if (row->kind == KIND_PREAUTH && row->money == MONEY_HELD && row->follow == FOLLOW_NONE)
            sum.held_minor += row->posted_minor;
    }
    return sum;
}

static void find_account(struct universe *universe, const struct station *station,
                         const struct account_row *row, const char *what)
{
    struct text *finding = universe_find(universe, "money: ");
    text_add(finding, what);
    text_add(finding, ": ");
    text_add(finding, station->name);
    text_add(finding, " account ");
    text_add_u64(finding, row->number);
    text_add(finding, " balance ");
    text_add_i64(finding, row->balance_minor);
    text_add(finding, " held ");
    text_add_i64(finding, row->held_minor);
}

static void check_account(struct accounts_walk *walk, const struct account_row *row)
{
    struct entries_sum entries = *sum_of(walk, row->number);
    struct account_sum sum = sum_account(walk->facts, walk->station, row->number);
    if (row->balance_minor != -entries.sum)
        find_account(walk->universe, walk->station, row, "a balance is not its entries");
    if (entries.sum - entries.funded != sum.taken_minor)
        find_account(walk->universe, walk->station, row, "entries are not the payments");
    if (row->held_minor != sum.held_minor)
        find_account(walk->universe, walk->station, row, "what is held is not the holds");
}

/* ---- nothing is granted that is not there ---- */

/* What a record leaves of the rows that say whether an approval could be given. */
struct grant {
    bool has_account;
    struct account_row account;
    bool has_payment;
    struct payment_row payment;
    bool has_original;
    struct payment_row original;
};

static void take_change(const struct journal_record *record, const struct journal_change *change,
                        struct grant *grant)
{
    struct payment_row row;
    if (change->key.table == TABLE_ACCOUNT && change->value.len == sizeof grant->account) {
        memcpy(&grant->account, change->value.at, sizeof grant->account);
        grant->has_account = true;
    }
    if (change->key.table != TABLE_PAYMENT || change->value.len != sizeof row)
        return;
    memcpy(&row, change->value.at, sizeof row);
    if (identity_equal(&row.identity, &record->identity)) {
        grant->payment = row;
        grant->has_payment = true;
    } else {
        grant->original = row;
        grant->has_original = true;
    }
}

/* Advices were promised before they came, and so is a completion within its hold; what else is
 * granted must be there, holds and all. */
static bool must_be_there(const struct grant *grant)
{
    if (!grant->has_account || !grant->has_payment)
        return false;
    switch ((int)grant->payment.kind) {
    case KIND_SALE:
    case KIND_PREAUTH:
    case KIND_INCREMENT:
        return true;
    case KIND_COMPLETION:
        return grant->has_original && grant->payment.posted_minor > grant->original.posted_minor;
    default:
        return false;
    }
}

static void check_grant(const struct accounts_walk *walk, const struct journal_record *record)
{
    struct grant grant = {0};
    if (record->what != WHAT_APPROVED)
        return;
    for (uint8_t i = 0; i < record->change_count; i++)
        take_change(record, &record->changes[i], &grant);
    const struct account_row *account = &grant.account;
    if (must_be_there(&grant) &&
        account->balance_minor - account->held_minor < -account->credit_limit_minor)
        find_account(walk->universe, walk->station, account, "granted without being there");
}

static void see_record(void *self, const struct journal_record *record, struct bytes bytes)
{
    struct accounts_walk *walk = self;
    (void)bytes;
    add_record(walk, record);
    check_grant(walk, record);
}

static bool see_account(void *context, const struct row_key *key, struct bytes value)
{
    struct accounts_walk *walk = context;
    struct account_row row;
    (void)key;
    if (value.len == sizeof row) {
        memcpy(&row, value.at, sizeof row);
        check_account(walk, &row);
    }
    return true;
}

static void check_station(struct universe *universe, const struct facts *facts,
                          struct station *station)
{
    struct accounts_walk walk = {.universe = universe, .facts = facts, .station = station};
    struct row_key from = row_key_of(TABLE_ACCOUNT, NULL, 0);
    struct fact_visitor visitor = {&walk, see_record};
    facts_visit_journal(universe, station, 0, &visitor);
    enum store_result result = station->disk.scan(station->disk.self, &from, see_account, &walk);
    assert(result == STORE_OK);
    free(walk.sums);
    key_index_close(&walk.index);
}

/* What merchants are owed is what the issuers took. */
static void check_settlement(struct universe *universe, const struct facts *facts)
{
    int64_t merchants = 0;
    int64_t cards = 0;
    for (size_t i = 0; i < facts->count; i++) {
        merchants += facts->payments[i].net_minor[AT_ACQUIRER];
        cards += facts->payments[i].net_minor[AT_ISSUER];
    }
    if (merchants == cards)
        return;
    struct text *finding = universe_find(universe, "money: merchants are owed ");
    text_add_i64(finding, merchants);
    text_add(finding, " and issuers took ");
    text_add_i64(finding, cards);
}

void oracle_money(struct universe *universe, const struct facts *facts)
{
    for (uint32_t i = 0; i < universe->station_count; i++)
        check_station(universe, facts, &universe->stations[i]);
    check_settlement(universe, facts);
}

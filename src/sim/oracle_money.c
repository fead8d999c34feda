#include "sim/oracle.h"

#include "base/assert.h"

#include <string.h>

/* One station's entries of one account, or of all. */
struct adding {
    struct universe *universe;
    struct station *station;
    bool all;
    enum account_kind kind;
    uint64_t account;
    int64_t sum;
    int64_t funded; /* of it, what was paid in */
};

static void add_record(void *self, const struct journal_record *record, struct bytes bytes)
{
    struct adding *adding = self;
    int64_t record_sum = 0;
    (void)bytes;
    for (uint8_t i = 0; i < record->postings.count; i++) {
        const struct posting *posting = &record->postings.rows[i];
        record_sum += posting->minor;
        if (!adding->all && (posting->kind != adding->kind || posting->account != adding->account))
            continue;
        adding->sum += posting->minor;
        adding->funded += record->what == WHAT_FUNDED ? posting->minor : 0;
    }
    if (record_sum == 0)
        return;
    struct text *finding = universe_find(adding->universe, "money: debits do not equal credits: ");
    text_add(finding, adding->station->name);
    text_add(finding, " journal ");
    text_add_u64(finding, record->sequence);
}

struct accounts_walk {
    struct universe *universe;
    const struct facts *facts;
    struct station *station;
};

/* What an issuer's payments did to one account. */
struct account_sum {
    int64_t taken_minor;
    int64_t held_minor;
    int64_t excused_minor; /* what an issuer takes whatever the account has */
};

/* Advices were promised before they came; what a void gave back may be spent when the void is
 * undone, and so may what a hold had kept. */
static int64_t excused(const struct payment_row *row)
{
    const struct kind_row *kind = kind_row((enum txn_kind)row->kind);
    bool was_undone = kind->shape == SHAPE_FOLLOW_UP && row->money == MONEY_RETURNED;
    bool is_advice = kind->is_advice && row->money == MONEY_MOVED;
    bool is_completion = row->kind == KIND_COMPLETION;
    return was_undone || is_advice || is_completion ? row->amount.minor : 0;
}

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
        sum.excused_minor += excused(row);
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

static void check_account(const struct accounts_walk *walk, const struct account_row *row)
{
    struct adding adding = {.universe = walk->universe,
                            .station = walk->station,
                            .kind = ACCOUNT_CARDHOLDER,
                            .account = row->number};
    struct fact_visitor visitor = {&adding, add_record};
    facts_visit_journal(walk->universe, walk->station, 0, &visitor);
    struct account_sum sum = sum_account(walk->facts, walk->station, row->number);
    if (row->balance_minor != -adding.sum)
        find_account(walk->universe, walk->station, row, "a balance is not its entries");
    if (adding.sum - adding.funded != sum.taken_minor)
        find_account(walk->universe, walk->station, row, "entries are not the payments");
    if (row->held_minor != sum.held_minor)
        find_account(walk->universe, walk->station, row, "what is held is not the holds");
    if (row->balance_minor < -row->credit_limit_minor - sum.excused_minor)
        find_account(walk->universe, walk->station, row, "an account is overdrawn");
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
    struct adding adding = {.universe = universe, .station = station, .all = true};
    struct fact_visitor visitor = {&adding, add_record};
    struct accounts_walk walk = {universe, facts, station};
    struct row_key from = row_key_of(TABLE_ACCOUNT, NULL, 0);
    facts_visit_journal(universe, station, 0, &visitor);
    enum store_result result = station->disk.scan(station->disk.self, &from, see_account, &walk);
    assert(result == STORE_OK);
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
    for (uint32_t i = 0; i < UNIVERSE_STATIONS; i++)
        check_station(universe, facts, &universe->stations[i]);
    check_settlement(universe, facts);
}

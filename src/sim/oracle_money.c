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
};

static void add_record(void *self, const struct journal_record *record, struct bytes bytes)
{
    struct adding *adding = self;
    int64_t record_sum = 0;
    (void)bytes;
    for (uint8_t i = 0; i < record->postings.count; i++) {
        const struct posting *posting = &record->postings.rows[i];
        record_sum += posting->minor;
        if (adding->all || (posting->kind == adding->kind && posting->account == adding->account))
            adding->sum += posting->minor;
    }
    if (record_sum == 0)
        return;
    struct text *finding = universe_find(adding->universe, "money: debits do not equal credits: ");
    text_add(finding, adding->station->name);
    text_add(finding, " journal ");
    text_add_u64(finding, record->sequence);
}

static void check_account(struct universe *universe, struct station *station,
                          const struct account_row *row)
{
    struct adding adding = {.universe = universe,
                            .station = station,
                            .kind = ACCOUNT_CARDHOLDER,
                            .account = row->number};
    struct fact_visitor visitor = {&adding, add_record};
    facts_visit_journal(universe, station, 0, &visitor);
    bool is_overdrawn = row->balance_minor < -row->credit_limit_minor;
    if (row->balance_minor == -adding.sum && !is_overdrawn)
        return;
    struct text *finding =
        universe_find(universe, is_overdrawn ? "money: an account is overdrawn: "
                                             : "money: a balance is not its entries: ");
    text_add(finding, station->name);
    text_add(finding, " account ");
    text_add_u64(finding, row->number);
    text_add(finding, " balance ");
    text_add_i64(finding, row->balance_minor);
    text_add(finding, " entries ");
    text_add_i64(finding, -adding.sum);
}

struct accounts_walk {
    struct universe *universe;
    struct station *station;
};

static bool see_account(void *context, const struct row_key *key, struct bytes value)
{
    struct accounts_walk *walk = context;
    struct account_row row;
    (void)key;
    if (value.len == sizeof row) {
        memcpy(&row, value.at, sizeof row);
        check_account(walk->universe, walk->station, &row);
    }
    return true;
}

static void check_station(struct universe *universe, struct station *station)
{
    struct adding adding = {.universe = universe, .station = station, .all = true};
    struct fact_visitor visitor = {&adding, add_record};
    struct accounts_walk walk = {universe, station};
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
        check_station(universe, &universe->stations[i]);
    check_settlement(universe, facts);
}

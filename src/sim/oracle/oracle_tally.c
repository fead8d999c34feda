/* What parties count beside the money, counted again from the payments: the switch's tallies of
 * limits and risk, and the funds of merchants. */
#include "sim/oracle/oracle.h"

#include "base/assert.h"
#include "risk/activity.h"

#include <string.h>

struct tally_walk {
    struct universe *universe;
    const struct facts *facts;
    bool has_gone_back; /* the switch's clock, over a midnight */
    uint32_t date;      /* of its newest record */
};

/* What stands in one tally. */
struct counted {
    uint32_t day_count;
    uint32_t month_count;
    uint32_t day_refunds;
    uint32_t month_refunds;
    int64_t day_minor;
    int64_t month_minor;
};

static int64_t standing_minor(const struct payment_row *row)
{
    bool is_part = row->posted_minor > 0 && row->posted_minor < row->amount.minor;
    return is_part ? row->posted_minor : row->amount.minor;
}

static bool stands_in(const struct payment_row *row, enum tally_subject subject,
                      const struct row_key *key)
{
    if ((row->counted & 1U << subject) == 0 || (row->counted & COUNTED_OFF) != 0)
        return false;
    struct activity_owner owner = activity_owner_of(row);
    struct row_key own = activity_key(subject, &owner);
    return row_key_equal(&own, key);
}

static void add(const struct payment_row *row, uint32_t date, struct counted *sum)
{
    bool is_today = row->business_date == date;
    bool is_refund = row->kind == KIND_REFUND;
    if (row->business_date / 100 != date / 100)
        return;
    sum->month_refunds += is_refund;
    sum->month_count += !is_refund;
    sum->month_minor += is_refund ? 0 : standing_minor(row);
    sum->day_refunds += is_today && is_refund;
    sum->day_count += is_today && !is_refund;
    sum->day_minor += is_today && !is_refund ? standing_minor(row) : 0;
}

static struct counted count_again(const struct tally_walk *walk, const struct tally_row *tally,
                                  const struct row_key *key)
{
    struct counted sum = {0};
    for (size_t i = 0; i < walk->facts->count; i++) {
        const struct payment_fact *fact = &walk->facts->payments[i];
        if (fact->at[AT_ACQUIRER] &&
            stands_in(&fact->rows[AT_ACQUIRER], (enum tally_subject)tally->subject, key))
            add(&fact->rows[AT_ACQUIRER], tally->date, &sum);
    }
    return sum;
}

static bool see_tally(void *context, const struct row_key *key, struct bytes value)
{
    struct tally_walk *walk = context;
    struct tally_row tally;
    if (value.len < sizeof tally)
        return true;
    memcpy(&tally, value.at, sizeof tally); /* a card's activity begins with one */
    struct counted sum = count_again(walk, &tally, key);
    if (tally.day_count == sum.day_count && tally.month_count == sum.month_count &&
        tally.day_refunds == sum.day_refunds && tally.month_refunds == sum.month_refunds &&
        tally.day_minor == sum.day_minor && tally.month_minor == sum.month_minor)
        return true;
    struct text *finding = universe_find(walk->universe, "tally: not what stands: subject ");
    text_add_u64(finding, tally.subject);
    text_add(finding, " today ");
    text_add_u64(finding, tally.day_count);
    text_add(finding, " not ");
    text_add_u64(finding, sum.day_count);
    text_add(finding, ", amount ");
    text_add_i64(finding, tally.day_minor);
    text_add(finding, " not ");
    text_add_i64(finding, sum.day_minor);
    text_add(finding, ", this month ");
    text_add_u64(finding, tally.month_count);
    text_add(finding, " not ");
    text_add_u64(finding, sum.month_count);
    return false;
}

static bool see_funds(void *context, const struct row_key *key, struct bytes value)
{
    struct tally_walk *walk = context;
    struct funds_row funds;
    int64_t sum = 0;
    if (value.len != sizeof funds)
        return true;
    memcpy(&funds, value.at, sizeof funds);
    for (size_t i = 0; i < walk->facts->count; i++) {
        const struct payment_fact *fact = &walk->facts->payments[i];
        const struct payment_row *row = &fact->rows[AT_ACQUIRER];
        if (fact->at[AT_ACQUIRER] && row->nets_funds &&
            memcmp(row->merchant, key->at, sizeof row->merchant) == 0)
            sum += fact->net_minor[AT_ACQUIRER];
    }
    if (funds.net_minor == sum)
        return true;
    struct text *finding = universe_find(walk->universe, "tally: a merchant's funds are ");
    text_add_i64(finding, funds.net_minor);
    text_add(finding, " and not ");
    text_add_i64(finding, sum);
    return false;
}

/* A day to which the clock goes back counts on in the newest one: what is given back of it later
 * is not told apart from the rows any more. */
static void see_date(void *self, const struct journal_record *record, struct bytes bytes)
{
    struct tally_walk *walk = self;
    (void)bytes;
    walk->has_gone_back = walk->has_gone_back || record->business_date < walk->date;
    walk->date = record->business_date;
}

static void walk_table(struct tally_walk *walk, enum row_table table, store_row_visit *visit)
{
    struct station *acquirer = &walk->universe->stations[UNIVERSE_SWITCH];
    struct row_key from = row_key_of(table, NULL, 0);
    enum store_result result = acquirer->disk.scan(acquirer->disk.self, &from, visit, walk);
    assert(result == STORE_OK);
}

void oracle_tally(struct universe *universe, const struct facts *facts)
{
    struct tally_walk walk = {.universe = universe, .facts = facts};
    struct fact_visitor dates = {&walk, see_date};
    facts_visit_books(universe, &universe->stations[UNIVERSE_SWITCH], &dates);
    if (!walk.has_gone_back) {
        walk_table(&walk, TABLE_TALLY, see_tally);
        walk_table(&walk, TABLE_CARD_ACTIVITY, see_tally);
    }
    walk_table(&walk, TABLE_FUNDS, see_funds);
}

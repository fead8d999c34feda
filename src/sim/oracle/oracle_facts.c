#include "sim/oracle/oracle_facts.h"

#include "sim/universe.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

struct journal_walk {
    struct universe *universe;
    struct station *station;
    const struct fact_visitor *visitor;
};

static bool walk_record(void *context, uint64_t sequence, struct bytes bytes)
{
    struct journal_walk *walk = context;
    struct journal_record record;
    if (journal_decode(bytes, &record) == OK) {
        walk->visitor->visit(walk->visitor->self, &record, bytes);
        return true;
    }
    struct text *finding = universe_find(walk->universe, "journal: a record cannot be read: ");
    text_add(finding, walk->station->name);
    text_add_char(finding, ' ');
    text_add_u64(finding, sequence);
    return false;
}

void facts_visit_journal(struct universe *universe, struct station *station, uint64_t after,
                         const struct fact_visitor *visitor)
{
    struct journal_walk walk = {universe, station, visitor};
    enum store_result result =
        station->disk.read(station->disk.self, after + 1, walk_record, &walk);
    assert(result == STORE_OK);
}

void facts_visit_books(struct universe *universe, struct station *station,
                       const struct fact_visitor *visitor)
{
    struct journal_walk walk = {universe, station, visitor};
    struct store_survey survey = {.context = &walk, .record = walk_record};
    enum store_result result = store_survey(&station->disk, &survey);
    assert(result == STORE_OK);
}

static struct payment_fact *find(const struct facts *facts, const struct identity *identity)
{
    struct identity payment = identity_as(identity, IDENTITY_PAYMENT);
    struct row_key key = payment_row_key(&payment);
    size_t at = key_index_find(&facts->index, &key);
    return at == KEY_INDEX_NONE ? NULL : &facts->payments[at];
}

bool facts_stands(const struct payment_fact *fact, enum sim_party party)
{
    const struct payment_row *row = &fact->rows[party];
    return fact->at[party] && row->stage == STAGE_ANSWERED &&
           (row->money == MONEY_MOVED || row->money == MONEY_HELD) &&
           outcome_is_approved((enum outcome)row->outcome);
}

const struct payment_fact *facts_find(const struct facts *facts, const struct identity *identity)
{
    return find(facts, identity);
}

static void note_place(struct facts *facts, size_t place)
{
    struct row_key key = payment_row_key(&facts->payments[place].identity);
    key_index_add(&facts->index, &key, place);
}

static struct payment_fact *find_or_make(struct facts *facts, const struct identity *identity)
{
    struct payment_fact *fact = find(facts, identity);
    if (fact)
        return fact;
    if (facts->count == facts->room) {
        facts->room = facts->room == 0 ? 64 : 2 * facts->room;
        facts->payments = realloc(facts->payments, facts->room * sizeof *facts->payments);
        assert(facts->payments);
    }
    fact = &facts->payments[facts->count++];
    *fact = (struct payment_fact){.identity = identity_as(identity, IDENTITY_PAYMENT)};
    note_place(facts, facts->count - 1);
    return fact;
}

struct gathering {
    struct facts *facts;
    enum sim_party role;
    uint32_t station;
};

/* A new terminal that has not signed in yet refuses under numbers that its predecessor may have
 * used: what never left it is no other payment. */
static bool is_only_a_refusal(const struct gathering *gathering, const struct payment_fact *fact,
                              const struct payment_row *row)
{
    return gathering->role == AT_TERMINAL && fact->at[AT_TERMINAL] &&
           row->stage == STAGE_ANSWERED && row->money == MONEY_NOT_MOVED &&
           row->decided_by == PARTY_TERMINAL;
}

static bool gather_row(void *context, const struct row_key *key, struct bytes value)
{
    struct gathering *gathering = context;
    struct payment_row row;
    struct identity identity;
    if (key->len != IDENTITY_KEY_LEN || value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    identity_from_key(key->at, &identity);
    struct payment_fact *fact = find_or_make(gathering->facts, &identity);
    if (is_only_a_refusal(gathering, fact, &row))
        return true;
    fact->at[gathering->role] = true;
    fact->rows[gathering->role] = row;
    if (gathering->role == AT_ISSUER)
        fact->issuer = gathering->station;
    return true;
}

/* The account whose entries tell what a payment did at a party, and its sign. */
static int64_t moved_minor(enum sim_party role, const struct posting *posting)
{
    if (role == AT_ISSUER && posting->kind == ACCOUNT_CARDHOLDER)
        return posting->minor;
    if (role == AT_ACQUIRER && posting->kind == ACCOUNT_MERCHANT_PAYABLE)
        return -posting->minor;
    return 0;
}

static void gather_record(void *self, const struct journal_record *record, struct bytes bytes)
{
    struct gathering *gathering = self;
    enum sim_party role = gathering->role;
    (void)bytes;
    if (record->identity.trace == 0)
        return;
    struct payment_fact *fact = find_or_make(gathering->facts, &record->identity);
    if (role == AT_TERMINAL)
        fact->asked += record->what == WHAT_SALE_SENT || record->what == WHAT_INQUIRY_SENT;
    int sign = fact->at[role] ? kind_row((enum txn_kind)fact->rows[role].kind)->sign : 0;
    for (uint8_t i = 0; i < record->postings.count; i++) {
        int64_t minor = moved_minor(role, &record->postings.rows[i]);
        fact->posted[role] += minor * sign > 0;
        fact->returned[role] += minor != 0 && minor * sign <= 0;
        fact->net_minor[role] += minor;
    }
}

void facts_add_station(struct facts *facts, struct universe *universe, struct station *station)
{
    struct row_key from = row_key_of(TABLE_PAYMENT, NULL, 0);
    struct gathering gathering = {facts, station->role, station->index};
    struct fact_visitor visitor = {&gathering, gather_record};
    enum store_result result =
        station->disk.scan(station->disk.self, &from, gather_row, &gathering);
    assert(result == STORE_OK);
    facts_visit_journal(universe, station, 0, &visitor);
}

void facts_open(struct facts *facts, struct universe *universe)
{
    const struct facts *gone = &universe->replaced;
    *facts = (struct facts){.count = gone->count, .room = gone->count};
    if (gone->count > 0) {
        facts->payments = malloc(gone->count * sizeof *facts->payments);
        assert(facts->payments);
        memcpy(facts->payments, gone->payments, gone->count * sizeof *facts->payments);
    }
    for (size_t i = 0; i < facts->count; i++)
        note_place(facts, i);
    for (uint32_t i = 0; i < universe->station_count; i++)
        facts_add_station(facts, universe, &universe->stations[i]);
}

void facts_close(struct facts *facts)
{
    free(facts->payments);
    key_index_close(&facts->index);
    *facts = (struct facts){0};
}

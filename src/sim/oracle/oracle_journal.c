#include "sim/oracle/oracle.h"
#include "sim/reach.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

/* Walking along the chain. */
struct chain {
    struct universe *universe;
    struct station *station;
    const struct hsm *hsm;
    uint64_t sequence;
    uint8_t hash[JOURNAL_HASH_LEN];
};

static void find(struct chain *chain, const char *what, uint64_t sequence)
{
    struct text *finding = universe_find(chain->universe, "journal: ");
    text_add(finding, what);
    text_add(finding, ": ");
    text_add(finding, chain->station->name);
    text_add_char(finding, ' ');
    text_add_u64(finding, sequence);
}

static void see_link(struct chain *chain, const struct journal_record *record, struct bytes bytes)
{
    if (record->sequence != chain->sequence + 1)
        find(chain, "a record is missing", chain->sequence + 1);
    if (memcmp(record->previous, chain->hash, sizeof chain->hash) != 0)
        find(chain, "the chain is broken before", record->sequence);
    struct hsm_command command = {.kind = HSM_DIGEST, .of.digest.parts = {bytes}};
    struct hsm_answer answer = hsm_ask(chain->hsm, &command);
    assert(answer.result == HSM_OK);
    memcpy(chain->hash, answer.of.digest, sizeof chain->hash);
    chain->sequence = record->sequence;
}

static void check_end(struct chain *chain)
{
    const struct store *disk = &chain->station->disk;
    struct store_head head;
    disk->head(disk->self, &head);
    if (head.sequence != chain->sequence || memcmp(head.hash, chain->hash, sizeof chain->hash) != 0)
        find(chain, "the chain does not end where the store says", head.sequence);
}

/* ---- rows are what the journal says ---- */

struct mirror_row {
    struct row_key key;
    bool found;
    uint16_t len;
    _Alignas(8) uint8_t value[ROW_VALUE_LEN_MAX];
};

/* The rows of one station, rebuilt from its journal. */
struct mirror {
    struct universe *universe;
    struct station *station;
    struct mirror_row *rows;
    size_t count;
    size_t room;
    struct key_index index;
    size_t seen;
};

static struct mirror_row *mirror_find(const struct mirror *mirror, const struct row_key *key)
{
    size_t at = key_index_find(&mirror->index, key);
    return at == KEY_INDEX_NONE ? NULL : &mirror->rows[at];
}

static struct mirror_row *mirror_row(struct mirror *mirror, const struct row_key *key)
{
    struct mirror_row *row = mirror_find(mirror, key);
    if (row)
        return row;
    if (mirror->count == mirror->room) {
        mirror->room = mirror->room == 0 ? 64 : 2 * mirror->room;
        mirror->rows = realloc(mirror->rows, mirror->room * sizeof *mirror->rows);
        assert(mirror->rows);
    }
    key_index_add(&mirror->index, key, mirror->count);
    row = &mirror->rows[mirror->count++];
    *row = (struct mirror_row){.key = *key};
    return row;
}

static uint8_t stage_of(const uint8_t *value, size_t len)
{
    struct payment_row row;
    if (len != sizeof row)
        return STAGE_NONE;
    memcpy(&row, value, sizeof row);
    return row.stage < STAGE_COUNT ? row.stage : STAGE_NONE;
}

/* By the table of stages, and by what this party can have to do with it. */
static void check_move(const struct mirror *mirror, enum payment_stage from, enum payment_stage to)
{
    bool is_removal = to == STAGE_NONE;
    if (is_removal ||
        (payment_stage_may_follow(from, to) && !reach_why_no_move(mirror->station->role, from, to)))
        return;
    struct text *finding = universe_find(mirror->universe, "journal: a payment moved from ");
    text_add(finding, payment_stage_name(from));
    text_add(finding, " to ");
    text_add(finding, payment_stage_name(to));
    text_add(finding, " at ");
    text_add(finding, mirror->station->name);
}

static void mirror_change(struct mirror *mirror, const struct journal_change *change)
{
    struct mirror_row *row = mirror_row(mirror, &change->key);
    if (change->key.table == TABLE_PAYMENT) {
        uint8_t from = row->found ? stage_of(row->value, row->len) : STAGE_NONE;
        uint8_t to = stage_of(change->value.at, change->value.len);
        mirror->universe->tally.moves[mirror->station->role][from][to]++;
        check_move(mirror, (enum payment_stage)from, (enum payment_stage)to);
    }
    row->found = !change->is_removal;
    row->len = (uint16_t)change->value.len;
    if (row->found)
        memcpy(row->value, change->value.at, change->value.len);
}

static void mirror_record(struct mirror *mirror, const struct journal_record *record)
{
    for (uint8_t i = 0; i < record->change_count; i++)
        mirror_change(mirror, &record->changes[i]);
}

static bool see_row(void *context, const struct row_key *key, struct bytes value)
{
    struct mirror *mirror = context;
    const struct mirror_row *row = mirror_find(mirror, key);
    mirror->seen++;
    if (row && row->found && row->len == value.len && memcmp(row->value, value.at, value.len) == 0)
        return true;
    struct text *finding = universe_find(mirror->universe, "journal: a row is not what it says: ");
    text_add(finding, mirror->station->name);
    text_add_char(finding, ' ');
    text_add(finding, row_table_name((enum row_table)key->table));
    return false;
}

static void check_rows(struct universe *universe, struct station *station, struct mirror *mirror)
{
    size_t expected = 0;
    struct store_survey survey = {.context = mirror, .row = see_row};
    enum store_result result = store_survey(&station->disk, &survey);
    assert(result == STORE_OK);
    for (size_t i = 0; i < mirror->count; i++)
        expected += mirror->rows[i].found;
    if (expected != mirror->seen)
        text_add(universe_find(universe, "journal: rows are missing: "), station->name);
}

/* Both, along one reading of the journal. */
struct reading {
    struct chain chain;
    struct mirror mirror;
};

static void see_record(void *self, const struct journal_record *record, struct bytes bytes)
{
    struct reading *reading = self;
    see_link(&reading->chain, record, bytes);
    mirror_record(&reading->mirror, record);
}

/* ---- of nodes that share a store ---- */

static void see_link_only(void *self, const struct journal_record *record, struct bytes bytes)
{
    see_link(self, record, bytes);
}

static void mirror_only(void *self, const struct journal_record *record, struct bytes bytes)
{
    (void)bytes;
    mirror_record(self, record);
}

/* Each has its chain. */
static void check_chain(struct universe *universe, struct station *station)
{
    struct chain chain = {
        .universe = universe, .station = station, .hsm = &universe->vault->acquirer_contract};
    struct fact_visitor visitor = {&chain, see_link_only};
    facts_visit_journal(universe, station, 0, &visitor);
    check_end(&chain);
}

/* The rows are what both have made of them. */
static void check_shared(struct universe *universe, struct station *station)
{
    struct mirror mirror = {.universe = universe, .station = station};
    struct fact_visitor visitor = {&mirror, mirror_only};
    facts_visit_books(universe, station, &visitor);
    check_rows(universe, station, &mirror);
    free(mirror.rows);
    key_index_close(&mirror.index);
}

static void check_station(struct universe *universe, struct station *station)
{
    struct reading reading = {
        .chain = {.universe = universe,
                  .station = station,
                  .hsm = &universe->vault->acquirer_contract},
        .mirror = {.universe = universe, .station = station},
    };
    struct fact_visitor visitor = {&reading, see_record};
    facts_visit_journal(universe, station, 0, &visitor);
    check_end(&reading.chain);
    check_rows(universe, station, &reading.mirror);
    free(reading.mirror.rows);
    key_index_close(&reading.mirror.index);
}

void oracle_journal(struct universe *universe)
{
    for (uint32_t i = 0; i < universe->station_count; i++) {
        struct station *station = &universe->stations[i];
        if (station->drive.shared)
            check_chain(universe, station);
        else
            check_station(universe, station);
    }
    if (universe->has_nodes)
        check_shared(universe, &universe->stations[UNIVERSE_SWITCH]);
}

#include "sim/doubts.h"

#include "sim/universe.h"

static size_t find(const struct doubts *doubts, const struct identity *identity)
{
    size_t at = 0;
    while (at < doubts->count && !identity_equal(&doubts->open[at].identity, identity))
        at++;
    return at;
}

/* Everybody is there, and no wire is held up by what went wrong before. */
static bool is_calm(const struct universe *universe)
{
    int64_t soon_ns = moment_add_ms(universe->now, universe->knobs.latency_ms_max).ns;
    for (uint32_t i = 0; i < universe->station_count; i++)
        if (!universe->stations[i].is_up ||
            universe->stations[i].flooded_until.ns > universe->now.ns)
            return false;
    for (uint32_t i = 0; i < universe->line_count; i++) {
        const struct wire_line *wire =
            universe->has_backups ? line_wire(&universe->lines[i]) : &universe->wires[i];
        if (!wire || !wire->is_up || wire->is_cut[0] || wire->is_cut[1] ||
            wire->last_due[0].ns > soon_ns || wire->last_due[1].ns > soon_ns)
            return false;
    }
    return true;
}

static uint64_t faults_so_far(const struct universe *universe)
{
    uint64_t sum = 0;
    for (int i = 0; i < FAULT_COUNT; i++)
        sum += universe->tally.faults[i];
    return sum;
}

static void begin(struct universe *universe, const struct identity *identity)
{
    struct doubts *doubts = &universe->doubts;
    if (doubts->count == DOUBTS_MAX)
        return;
    doubts->open[doubts->count].identity = *identity;
    doubts->open[doubts->count].since = universe->now;
    doubts->open[doubts->count].is_calm = is_calm(universe);
    doubts->open[doubts->count++].faults = faults_so_far(universe);
}

static void end(struct universe *universe, size_t at)
{
    struct doubts *doubts = &universe->doubts;
    bool was_calm = doubts->open[at].is_calm &&
                    doubts->open[at].faults == faults_so_far(universe) &&
                    (!universe->is_healing || doubts->open[at].since.ns >= universe->healed.ns);
    int64_t lasted_ns = universe->now.ns - doubts->open[at].since.ns;
    tally_time(was_calm ? universe->tally.doubts : universe->tally.storms, lasted_ns);
    if ((uint64_t)lasted_ns > universe->tally.longest.ns)
        universe->tally.longest =
            (struct longest_doubt){(uint64_t)lasted_ns, universe->seed, doubts->open[at].identity};
    doubts->open[at] = doubts->open[--doubts->count];
}

void doubts_see(struct universe *universe, const struct journal_record *record)
{
    size_t at = find(&universe->doubts, &record->identity);
    bool is_open = at < universe->doubts.count;
    bool is_settled = money_state_is_final((enum money_state)record->money);
    bool gives_up = record->what == WHAT_NO_ANSWER || record->what == WHAT_REVERSAL_OWED ||
                    record->what == WHAT_RECOVERED;
    if (record->identity.trace == 0)
        return;
    if (!is_open && gives_up && !is_settled)
        begin(universe, &record->identity);
    else if (is_open && is_settled)
        end(universe, at);
}

#include "sim/universe.h"

#include "sim/oracle/oracle.h"
#include "sim/people/attestor.h"
#include "sim/people/operator.h"
#include "sim/switch_nodes.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_MS INT64_C(1000000)
#define PHASE_ONE_MAX_MS (INT64_C(40) * 60 * 1000)
#define NIGHTS_MAX_MS (INT64_C(120) * 3600 * 1000)
#define QUIET_STEP_MS 500
#define ASLEEP_PER_MILLE 20
#define SQLITE_PER_MILLE 50
#define SQLITE_SEED 20261122 /* of SQLite's own generator: the same salts in both runs */
#define DAY_S (24 * 3600)
#define ATTESTED_SEEDS 3 /* in one of so many doubts are soon a person's, and persons end them */
#define SWITCH UNIVERSE_SWITCH
#define LEASE_MS 10000   /* as delivered */
#define AWAY_PER_MILLE 3 /* where a bug of nodes is planted */

/* ---- small helps ---- */

struct station *universe_issuer(struct universe *universe, uint32_t issuer)
{
    return &universe->stations[SWITCH + 1 + issuer];
}

struct station *universe_shop(struct universe *universe, uint32_t terminal)
{
    return &universe->stations[terminal * UNIVERSE_SHOPS / UNIVERSE_TERMINALS];
}

/* While all shops are closed there is nothing that faults could hurt but the same sign-in, over and
 * over: they are rarer then, and a night takes no longer than a day to simulate. */
static bool is_night(const struct universe *universe)
{
    return universe->now.ns < universe->dawn.ns;
}

bool universe_may_strike(struct universe *universe, enum sim_fault fault)
{
    uint32_t per_mille = universe->knobs.per_mille[fault];
    bool strikes = per_mille > 0 && !universe->is_setting_up &&
                   prng_chance(&universe->chance, per_mille) &&
                   (!is_night(universe) || prng_chance(&universe->chance, ASLEEP_PER_MILLE));
    if (universe->script && !universe->is_setting_up)
        strikes = universe->script->strikes(universe->script->self, fault);
    if (universe->options->faults_off >> fault & 1)
        strikes = false;
    universe->tally.faults[fault] += strikes;
    return strikes;
}

uint64_t universe_draw(struct universe *universe, uint64_t below)
{
    if (universe->script)
        return universe->script->draws(universe->script->self, below);
    return prng_below(&universe->chance, below);
}

struct moment universe_soon(struct universe *universe, uint64_t least_ms, uint64_t most_ms)
{
    if (universe->script)
        return moment_add_ms(universe->now, (int64_t)most_ms);
    uint64_t span_us = most_ms > least_ms ? (most_ms - least_ms) * 1000 : 1;
    uint64_t us = least_ms * 1000 + prng_below(&universe->chance, span_us);
    return (struct moment){universe->now.ns + (int64_t)us * 1000};
}

struct text *universe_find(struct universe *universe, const char *what)
{
    static char nowhere_room[SIM_FINDING_LEN];
    static struct text nowhere;
    struct text *finding = &universe->finding;
    if (finding->len > 0) {
        nowhere = text_over(nowhere_room, sizeof nowhere_room);
        finding = &nowhere;
    } else {
        chronicle_say(&universe->chronicle, universe->now, "oracle", what);
    }
    text_add(finding, what);
    return finding;
}

/* ---- making the world ---- */

struct lab_spec universe_spec(void)
{
    return (struct lab_spec){.issuers = VAULT_ISSUERS,
                             .merchants = 2, /* each with a till in either shop */
                             .terminals = UNIVERSE_TERMINALS,
                             .cards = UNIVERSE_CARDS,
                             .has_operators = true,
                             .trouble_per_mille = 400};
}

static enum err stations_open(struct universe *universe)
{
    struct vault *vault = universe->vault;
    const uint32_t each = UNIVERSE_TERMINALS / UNIVERSE_SHOPS;
    for (uint32_t i = 0; i < universe->station_count; i++) {
        static const char *const names[UNIVERSE_STATIONS] = {"shop 1",   "shop 2",   "acquirer",
                                                             "issuer 1", "issuer 2", "acquirer 2"};
        struct station_plan plan = {.index = i, .name = names[i]};
        if (i < SWITCH) {
            plan.role = AT_TERMINAL;
            plan.hsm = &vault->terminal_contract;
            plan.target = (struct lab_target){
                .party = PARTY_TERMINAL, .terminal_first = i * each, .terminal_count = each};
        } else if (i == SWITCH || i == UNIVERSE_SECOND) {
            plan.role = AT_ACQUIRER;
            plan.hsm = &vault->acquirer_contract;
            plan.target = (struct lab_target){.party = PARTY_ACQUIRER};
        } else {
            plan.role = AT_ISSUER;
            plan.hsm = &vault->issuer_contracts[i - SWITCH - 1];
            plan.target = (struct lab_target){.party = PARTY_ISSUER, .issuer = i - SWITCH - 1};
        }
        TRY(station_open(&universe->stations[i], universe, &plan));
    }
    return OK;
}

static void wires_open(struct universe *universe)
{
    universe->line_count = UNIVERSE_TERMINALS + VAULT_ISSUERS;
    universe->wire_count = universe->line_count;
    for (uint32_t i = 0; i < universe->line_count; i++) {
        bool is_line = i < UNIVERSE_TERMINALS;
        uint32_t of = is_line ? i : i - UNIVERSE_TERMINALS;
        struct wire_plan plan = {
            .index = i,
            .kind = is_line ? WIRE_LINE : WIRE_ZONE,
            .client = is_line ? universe_shop(universe, i)->index : SWITCH,
            .server = is_line ? SWITCH : SWITCH + 1 + of,
            .of = of,
        };
        wire_line_open(&universe->wires[i], universe, &plan);
    }
}

/* In some seeds the trace numbers soon start again at 1. */
static void start_traces(struct universe *universe)
{
    bool is_late = prng_chance(&universe->chance, 200);
    for (uint32_t i = 0; is_late && i < UNIVERSE_TERMINALS; i++)
        universe->world.terminals[i].trace_next =
            999999 - (uint32_t)prng_below(&universe->chance, 20);
}

/* The right clock at the start: any time of day, and sometimes just before a new year. */
static struct instant wall_draw(struct prng *chance)
{
    struct civil morning = {.year = 2026, .month = 11, .day = 22};
    struct civil midnight = {.year = 2026, .month = 11, .day = 22, .hour = 23, .minute = 58};
    struct civil new_year = {.year = 2026, .month = 12, .day = 31, .hour = 23, .minute = 58};
    if (prng_chance(chance, 100))
        return instant_from_civil(&new_year, 8 * 3600);
    if (prng_chance(chance, 150))
        return instant_from_civil(&midnight, 8 * 3600);
    struct instant start = instant_from_civil(&morning, 8 * 3600);
    return instant_add_ms(start, (int64_t)prng_below(chance, 24 * 3600 * 1000));
}

/* ---- time goes by ---- */

static void close_lines(struct universe *universe)
{
    universe->is_zone_resting = true;
    for (uint32_t i = 0; i < UNIVERSE_WIRES; i++)
        if (universe->wires[i].kind == WIRE_ZONE)
            wire_line_break(&universe->wires[i]);
}

static enum err happen(struct universe *universe, const struct agenda_item *item)
{
    struct station *station = &universe->stations[item->subject % UNIVERSE_STATIONS];
    struct wire_line *wire = &universe->wires[item->subject % UNIVERSE_WIRES];
    bool is_this_run = station->run == item->generation;
    switch (item->kind) {
    case AGENDA_ADVANCE:
        return station->is_up && is_this_run ? station_advance(station) : OK;
    case AGENDA_RESTART:
        return !station->is_up && is_this_run ? station_start(station) : OK;
    case AGENDA_TIMER:
        station_timer(station, &item->key, item->generation);
        break;
    case AGENDA_ARRIVE:
        wire_line_arrive(wire, item);
        break;
    case AGENDA_CONNECT:
        if (universe->has_backups)
            line_connects(wire, item->generation);
        else
            wire_line_connect(wire);
        break;
    case AGENDA_TEND:
        if (is_this_run)
            switch_node_tends(station);
        break;
    case AGENDA_LINE:
        line_wakes(&universe->lines[item->subject], item->generation);
        break;
    case AGENDA_BREAK:
        if (item->generation == wire->generation)
            wire_line_break(wire);
        break;
    case AGENDA_MEND:
        wire->is_cut[item->direction] = false;
        break;
    case AGENDA_POWER:
        if (station->is_up && is_this_run)
            station_crash(station, "by a power cut");
        break;
    case AGENDA_REST:
        close_lines(universe);
        break;
    case AGENDA_SHOP:
        if (universe->tills[item->subject].turn == item->generation)
            shopper_shop(&universe->tills[item->subject]);
        break;
    case AGENDA_KIND_COUNT:
        assert(false);
    }
    return OK;
}

enum err universe_run_until(struct universe *universe, struct moment end)
{
    struct agenda_item item;
    while (universe->finding.len == 0 && agenda_take(&universe->agenda, end, &item)) {
        universe->now = item.due;
        enum err err = happen(universe, &item);
        free(item.bytes);
        TRY(err);
    }
    if (universe->now.ns < end.ns)
        universe->now = end;
    return OK;
}

enum err universe_start(struct universe *universe)
{
    for (uint32_t i = 0; i < universe->station_count; i++)
        TRY(station_start(&universe->stations[i]));
    for (uint32_t i = 0; i < universe->line_count && !universe->has_backups; i++)
        wire_line_connect(&universe->wires[i]);
    for (uint32_t i = 0; i < UNIVERSE_TERMINALS; i++)
        shopper_open(&universe->tills[i], universe, i);
    return OK;
}

static enum err start_all(struct universe *universe)
{
    TRY(universe_start(universe));
    for (uint32_t i = 0; i < UNIVERSE_TERMINALS; i++)
        shopper_note(&universe->tills[i], universe_soon(universe, 100, 2000));
    return OK;
}

static enum err phase_one(struct universe *universe)
{
    bool has_nights = universe->knobs.per_mille[FAULT_NIGHT] > 0;
    struct moment end = {(has_nights ? NIGHTS_MAX_MS : PHASE_ONE_MAX_MS) * NS_PER_MS};
    while (universe->counter.payments_left > 0 && universe->now.ns < end.ns &&
           universe->finding.len == 0)
        TRY(universe_run_until(universe, is_night(universe)
                                             ? universe->dawn
                                             : moment_add_ms(universe->now, QUIET_STEP_MS)));
    return OK;
}

static enum err heal(struct universe *universe)
{
    chronicle_say(&universe->chronicle, universe->now, "world", "---- all is healed ----");
    universe->is_healing = true;
    universe->healed = universe->now;
    universe->knobs = knobs_healed(&universe->knobs);
    for (uint32_t i = 0; i < universe->station_count; i++) {
        universe->stations[i].skew_us = 0;
        universe->stations[i].flooded_until = (struct moment){0};
        switch_node_heals(&universe->stations[i]);
        if (!universe->stations[i].is_up)
            TRY(station_start(&universe->stations[i]));
    }
    for (uint32_t i = 0; i < universe->wire_count; i++) {
        universe->wires[i].is_cut[0] = false;
        universe->wires[i].is_cut[1] = false;
        if (!universe->has_backups)
            wire_line_connect(&universe->wires[i]);
    }
    lines_heal(universe);
    operator_open_all(universe);
    for (uint32_t i = 0; i < UNIVERSE_TERMINALS; i++) /* no till sleeps any more */
        shopper_note(&universe->tills[i], universe_soon(universe, 100, 1000));
    return OK;
}

static enum err phase_two(struct universe *universe)
{
    TRY(heal(universe));
    struct moment end = moment_add_ms(universe->now, SIM_HEAL_MAX_MS);
    while (universe->finding.len == 0 && !oracle_is_quiet(universe)) {
        if (universe->now.ns >= end.ns) {
            oracle_unsettled(universe);
            return OK;
        }
        TRY(universe_run_until(universe, moment_add_ms(universe->now, QUIET_STEP_MS)));
    }
    return OK;
}

static void sum_up(struct universe *universe)
{
    const int32_t offset_s = universe->world.utc_offset_s;
    int64_t start_s = universe->wall_start.us / 1000000 + offset_s;
    int64_t end_s = start_s + universe->now.ns / (1000 * NS_PER_MS);
    universe->tally.faults[FAULT_DAY_CHANGE] += (uint64_t)(end_s / DAY_S - start_s / DAY_S);
    universe->tally.virtual_ns = (uint64_t)universe->now.ns;
    for (uint32_t i = 0; i < universe->station_count; i++) {
        struct station *station = &universe->stations[i];
        if (!station->is_up || station->is_shut_out)
            continue;
        oracle_recorded(universe, station);
        universe->tally.records += station->records;
        station_count(station);
    }
}

void universe_open(struct universe *universe, struct vault *vault,
                   const struct sim_options *options, uint64_t seed)
{
    *universe = (struct universe){.options = options, .vault = vault, .seed = seed};
    universe->finding = text_over(universe->finding_room, sizeof universe->finding_room);
    prng_seed(&universe->chance, seed);
    agenda_open(&universe->agenda);
    chronicle_open(&universe->chronicle, options->print, options->context);
    secrets_open(&universe->secrets);
}

static int64_t shared_now_ms(void *context)
{
    const struct universe *universe = context;
    return universe->now.ns / NS_PER_MS;
}

enum err universe_build(struct universe *universe)
{
    struct store_shared_options shared = {.lease_ms = LEASE_MS,
                                          .now_ms = shared_now_ms,
                                          .context = universe,
                                          .loses_updates =
                                              universe->options->canary == CANARY_LOSE_UPDATES};
    universe->station_count = UNIVERSE_SECOND + universe->has_nodes;
    if (universe->has_nodes)
        TRY(store_shared_new(&shared, &universe->switch_rows));
    if (universe->drives == DRIVE_SQLITE)
        platter_vfs_seed_sqlite(SQLITE_SEED);
    vault_renew(universe->vault, universe->seed);
    secrets_add_world(&universe->secrets, &universe->world, &universe->vault->seed);
    TRY(stations_open(universe));
    wires_open(universe);
    return OK;
}

void universe_tell_stored(struct universe *universe, const struct station *station,
                          bool is_replaced)
{
    struct sim_stored stored = {.seed = universe->seed,
                                .station = station->name,
                                .replaced = is_replaced ? station->run : 0,
                                .party = station->target.party,
                                .store = &station->disk};
    if (!universe->options->stored)
        return;
    stored.at = (struct instant){universe->wall_start.us + universe->now.ns / 1000};
    universe->options->stored(universe->options->context, &stored);
}

/* In some of the seeds the stores are real. */
static enum drive_kind drives_draw(const struct sim_options *options, uint64_t seed)
{
    struct prng chance;
    prng_seed(&chance, seed);
    if (options->store != SIM_STORE_DRAWN)
        return options->store == SIM_STORE_SQLITE ? DRIVE_SQLITE : DRIVE_MEMORY;
    return options->canary == CANARY_NONE && prng_chance(&chance, SQLITE_PER_MILLE) ? DRIVE_SQLITE
                                                                                    : DRIVE_MEMORY;
}

/* The planted bugs of nodes that share a store need such nodes. */
static bool is_bug_of_nodes(enum sim_canary canary)
{
    return canary == CANARY_LOSE_UPDATES || canary == CANARY_LEAVE_SWEPT;
}

/* What a seed has or has not from the beginning. */
static bool is_drawn(const struct sim_options *options, uint64_t seed, enum sim_fault fault)
{
    return knobs_rate_alone(seed, fault) > 0 && (options->faults_off >> fault & 1) == 0;
}

/* Whether lines have backups, and the switch two nodes. */
static void ways_draw(struct universe *universe, uint64_t seed)
{
    const struct sim_options *options = universe->options;
    bool may_have_nodes = universe->drives == DRIVE_MEMORY && options->canary == CANARY_NONE;
    bool needs_nodes = is_bug_of_nodes(options->canary);
    universe->has_backups = needs_nodes || is_drawn(options, seed, FAULT_LINE);
    universe->has_nodes = needs_nodes || (universe->has_backups && may_have_nodes &&
                                          is_drawn(options, seed, FAULT_NODE));
}

/* Once the knobs are drawn. */
static void ways_open(struct universe *universe)
{
    if (universe->has_backups)
        lines_open(universe);
    if (universe->has_nodes) /* who sleeps for days has nobody to watch */
        universe->knobs.per_mille[FAULT_NIGHT] = 0;
    if (is_bug_of_nodes(universe->options->canary))
        universe->knobs.per_mille[FAULT_NODE] = AWAY_PER_MILLE;
}

enum err universe_run(struct universe *universe, struct vault *vault,
                      const struct sim_options *options, uint64_t seed)
{
    struct lab_spec spec = universe_spec();
    universe_open(universe, vault, options, seed);
    universe->drives = drives_draw(options, seed);
    ways_draw(universe, seed);
    TRY(lab_world_generate(&spec, &universe->world));
    start_traces(universe);
    universe->wall_start = wall_draw(&universe->chance);
    if (seed % ATTESTED_SEEDS == 0)
        universe->world.timings.hand_over_s = ATTESTOR_HAND_OVER_S;
    universe->town = town_draw(&universe->chance);
    universe->world.is_training = universe->town.is_training;
    TRY(universe_build(universe));
    universe->knobs = knobs_draw(&universe->chance, seed);
    if (universe->drives == DRIVE_SQLITE)
        knobs_spare_processes(&universe->knobs);
    universe->counter.payments_left = options->payments;
    ways_open(universe);
    TRY(start_all(universe));
    TRY(phase_one(universe));
    TRY(phase_two(universe));
    sum_up(universe);
    for (uint32_t i = 0; i < UNIVERSE_SECOND; i++) /* its rows and journal come with the first's */
        universe_tell_stored(universe, &universe->stations[i], false);
    if (universe->finding.len == 0)
        oracle_judge(universe);
    return OK;
}

void universe_close(struct universe *universe)
{
    for (uint32_t i = 0; i < universe->station_count; i++)
        station_close(&universe->stations[i]);
    if (universe->switch_rows)
        store_shared_free(universe->switch_rows);
    counter_close(&universe->counter);
    facts_close(&universe->replaced);
    secrets_close(&universe->secrets);
    agenda_close(&universe->agenda);
    lab_world_free(&universe->world);
}

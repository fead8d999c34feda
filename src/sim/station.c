#include "sim/station.h"

#include "sim/lines.h"
#include "sim/oracle/oracle.h"
#include "sim/people/dispute.h"
#include "sim/reach.h"
#include "sim/reorder.h"
#include "sim/switch_nodes.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define RUN_NS 1000000000000000 /* each run's monotonic clock starts elsewhere */
#define AIMED_PER_MILLE 250
#define SLOW_MS_MAX 9000
#define JUMP_US (3600 * INT64_C(1000000))
#define READ_ERROR_PER_MILLE 50
#define OPENING_CALLS 80 /* that an opening makes of its disk, about */
#define COMMIT_CALLS 16  /* changes that a commit makes of it, about */
#define COPY_CALLS 150   /* when it copies its log back, too */
#define COPY_SYNCS 4
#define AIMED_COMMIT_PER_MILLE 10
#define POWER_PER_MILLE 500

/* ---- clocks ---- */

static struct moment station_now(const struct station *station)
{
    return (struct moment){station->universe->now.ns + (int64_t)station->run * RUN_NS};
}

static struct instant station_wall(const struct station *station)
{
    const struct universe *universe = station->universe;
    return (struct instant){universe->wall_start.us + universe->now.ns / 1000 + station->skew_us};
}

struct node_event station_model(struct station *station)
{
    struct node_event event = {.wall = station_wall(station), .now = station_now(station)};
    prng_fill(&station->universe->chance, event.entropy, sizeof event.entropy);
    return event;
}

/* ---- what the engine does to the world ---- */

static const struct txn_profile *net_profile(void *self, uint64_t link,
                                             const struct txn_message *message)
{
    struct station *station = self;
    const struct wire_line *wire =
        wire_line_find(station->universe, station->index, link, message->identity.terminal);
    if (!wire && link == NODE_LINE && station->universe->has_backups)
        wire = station->universe->wires; /* the profile of all lines: it finds none when it sends */
    return wire ? &wire->profile : NULL;
}

static void note_request(struct universe *universe, const struct txn_message *message)
{
    dispute_sent(universe, message);
    reorder_sent(universe, message);
}

static void net_send(void *self, uint64_t link, const struct txn_message *message,
                     struct bytes body)
{
    struct station *station = self;
    struct universe *universe = station->universe;
    struct wire_line *wire =
        wire_line_find(universe, station->index, link, message->identity.terminal);
    struct text *line = chronicle_line(&universe->chronicle, universe->now, station->name);
    text_add(line, "send ");
    chronicle_add_message(line, message);
    chronicle_end(&universe->chronicle);
    secrets_add_message(&universe->secrets, message);
    oracle_sent(universe, station, message);
    if (station->role == AT_TERMINAL)
        note_request(universe, message);
    if (universe->has_backups)
        line_asks(universe, station->index, wire, message);
    if (wire)
        wire_line_send(wire, station->index, body);
}

static struct station_deadline *deadline_find(struct station *station, const struct row_key *key)
{
    for (size_t i = 0; i < station->deadline_count; i++)
        if (row_key_equal(&station->deadlines[i].key, key))
            return &station->deadlines[i];
    return NULL;
}

static struct station_deadline *deadline_new(struct station *station, const struct row_key *key)
{
    if (station->deadline_count == station->deadline_room) {
        station->deadline_room = station->deadline_room == 0 ? 32 : 2 * station->deadline_room;
        station->deadlines =
            realloc(station->deadlines, station->deadline_room * sizeof *station->deadlines);
        assert(station->deadlines);
    }
    struct station_deadline *deadline = &station->deadlines[station->deadline_count++];
    deadline->key = *key;
    return deadline;
}

static void deadline_drop(struct station *station, struct station_deadline *deadline)
{
    *deadline = station->deadlines[--station->deadline_count];
}

static void net_arm(void *self, const struct row_key *key, struct moment due)
{
    struct station *station = self;
    struct station_deadline *deadline = deadline_find(station, key);
    if (due.ns == ENGINE_NEVER_NS) {
        if (deadline)
            deadline_drop(station, deadline);
        return;
    }
    if (!deadline)
        deadline = deadline_new(station, key);
    deadline->generation = ++station->deadlines_set;
    int64_t at =
        canary_due_ns(&station->canary, due.ns - (int64_t)station->run * RUN_NS, station->skew_us);
    int64_t now = station->universe->now.ns;
    agenda_note(&station->universe->agenda,
                &(struct agenda_item){.due = {at < now ? now : at},
                                      .kind = AGENDA_TIMER,
                                      .subject = station->index,
                                      .generation = deadline->generation,
                                      .key = *key});
}

static bool net_is_armed(void *self, const struct row_key *key)
{
    return deadline_find(self, key) != NULL;
}

static void net_show(void *self, const struct node_display *display)
{
    struct station *station = self;
    shopper_show(station->universe, display);
}

static void net_alarm(void *self, uint64_t sequence, enum journal_what what, enum outcome outcome)
{
    struct station *station = self;
    struct chronicle *chronicle = &station->universe->chronicle;
    struct text *line = chronicle_line(chronicle, station->universe->now, station->name);
    text_add(line, "ALARM: journal ");
    text_add_u64(line, sequence);
    text_add_char(line, ' ');
    text_add(line, journal_what_name(what));
    text_add_char(line, ' ');
    text_add(line, outcome_row(outcome)->name);
    chronicle_end(chronicle);
}

/* ---- where it is ---- */

static bool stored_payment(struct station *station, const struct row_key *key,
                           struct payment_row *out)
{
    struct store_row row = {.key = *key};
    struct store_row *rows[] = {&row};
    row.key.table = TABLE_PAYMENT;
    if (key->len != IDENTITY_KEY_LEN ||
        station->disk.load(station->disk.self, rows, 1) != STORE_OK || !row.found ||
        row.len != sizeof *out)
        return false;
    memcpy(out, row.value, sizeof *out);
    return true;
}

static uint32_t ops_of_batch(struct station *station)
{
    const struct node_event *event;
    uint32_t ops = 0;
    for (size_t i = 0; (event = engine_batch_event(station->at.engine, i)) != NULL; i++) {
        struct payment_row payment;
        bool is_known = stored_payment(station, &event->key, &payment);
        enum sim_op op = reach_op(event, is_known ? &payment : NULL);
        ops |= op == OP_COUNT ? 0 : 1U << op;
    }
    return ops;
}

/* Whether only the process dies, or the power goes, too: then what was not synced is up to chance.
 */
static void draw_power(struct station *station)
{
    station->loses_power = station->drive.kind == DRIVE_SQLITE &&
                           prng_chance(&station->universe->chance, POWER_PER_MILLE);
}

static void drive_ends(struct station *station)
{
    drive_crash(&station->drive, station->loses_power ? &station->universe->chance : NULL);
}

static enum crash_place place_of(const struct station *station)
{
    static const enum crash_place places[ENGINE_STAGE_COUNT] = {
        [ENGINE_IDLE] = CRASH_PLACE_COUNT, [ENGINE_RECEIVE] = AFTER_RECEIVE,
        [ENGINE_LOAD] = AFTER_LOAD,        [ENGINE_CHECK] = AFTER_CHECK,
        [ENGINE_DECIDE] = AFTER_DECIDE,    [ENGINE_RECORD] = AFTER_RECORD,
        [ENGINE_SEND] = AFTER_SEND,        [ENGINE_STOPPED] = IN_COMMIT_LOST,
    };
    return station->stage == ENGINE_STOPPED && station->is_kept ? IN_COMMIT_KEPT
                                                                : places[station->stage];
}

static void count_crash(struct station *station)
{
    enum crash_place place = place_of(station);
    for (int op = 0; place < CRASH_PLACE_COUNT && op < OP_COUNT; op++)
        station->universe->tally.crashes[station->role][op][place] += station->ops >> op & 1;
}

/* Whether this is the place that the seed aims its crashes at, and one strikes. */
static bool is_aimed_at(struct station *station, enum crash_place place)
{
    struct universe *universe = station->universe;
    const struct crash_aim *aim = &universe->knobs.aim;
    bool is_hit = aim->is_on && aim->place == place && aim->party == station->role &&
                  (station->ops >> aim->op & 1) != 0 &&
                  (universe->options->faults_off >> FAULT_CRASH & 1) == 0 &&
                  prng_chance(&universe->chance, AIMED_PER_MILLE);
    universe->tally.faults[FAULT_CRASH] += is_hit;
    return is_hit;
}

/* ---- opening, crashing, starting ---- */

static void count_death(struct station *station)
{
    const struct platter *platter = &station->drive.platter;
    if (platter->is_dead)
        station->universe->tally.disk_deaths[station->role][platter->died_at]++;
}

/* ERR_BUSY when an accident keeps it closed: it may go better after a while. Without one it is a
 * finding. */
static enum err open_disk(struct station *station)
{
    char room[SIM_FINDING_LEN];
    struct text why = text_over(room, sizeof room);
    uint64_t accidents = station->drive.platter.accidents;
    enum err err = drive_attach(&station->drive, &station->disk, &why);
    drive_heal(&station->drive);
    if (err == OK)
        return OK;
    count_death(station);
    draw_power(station);
    drive_ends(station);
    if (station->drive.platter.accidents > accidents)
        return ERR_BUSY;
    struct text *finding = universe_find(station->universe, "disk: it cannot be opened: ");
    text_add(finding, station->name);
    text_add_char(finding, ' ');
    text_add(finding, text_z(&why));
    return ERR_BUSY;
}

static enum err engine_over_disk(struct station *station)
{
    struct lab_party_setup setup = {
        .world = &station->universe->world,
        .target = station->target,
        .party = &station->canary.party_contract,
        .store = &station->canary.store_contract,
        .hsm = &station->canary.hsm_contract,
        .net = {.self = station,
                .profile = net_profile,
                .send = net_send,
                .arm = net_arm,
                .show = net_show,
                .alarm = net_alarm,
                .is_armed = net_is_armed},
        .spare = station->universe->vault->spares[station->index],
    };
    TRY(open_disk(station));
    TRY(lab_party_open(&setup, &station->at));
    station->universe->vault->spares[station->index] = NULL;
    return OK;
}

static void engine_leaves(struct station *station)
{
    struct engine *engine = lab_party_leave(&station->at);
    if (engine)
        station->universe->vault->spares[station->index] = engine;
}

/* A new disk, and on it what an operator puts there. Neither faults nor planted bugs strike. */
static enum err put_rows_on_new_disk(struct station *station)
{
    struct universe *universe = station->universe;
    enum sim_canary kind = station->canary.kind;
    struct node_event model = station_model(station);
    uint16_t node = (uint16_t)(station->index + 1);
    station->records = 0;
    if (station->role == AT_ACQUIRER && universe->has_nodes)
        TRY(drive_join(&station->drive, universe->switch_rows, node));
    else
        TRY(drive_new(&station->drive, universe->drives, node));
    if (station->index == UNIVERSE_SECOND) /* the rows are there */
        return OK;
    TRY(engine_over_disk(station));
    universe->is_setting_up = true;
    station->canary.kind = CANARY_NONE;
    enum err err = lab_party_provision(&station->at, &universe->vault->seed, &model);
    if (err == OK)
        err = town_set_up(&universe->town, station);
    station->canary.kind = kind;
    universe->is_setting_up = false;
    engine_leaves(station);
    drive_leave(&station->drive);
    return err;
}

enum err station_open(struct station *station, struct universe *universe,
                      const struct station_plan *plan)
{
    *station = (struct station){
        .universe = universe, .index = plan->index, .role = plan->role, .target = plan->target};
    struct text name = text_over(station->name, sizeof station->name);
    text_add(&name, plan->name);
    flaky_hsm_open(&station->flaky, universe, plan->hsm);
    canary_open(&station->canary, universe->options->canary, plan->target.party, &station->disk,
                &station->flaky.contract);
    return put_rows_on_new_disk(station);
}

void station_close(struct station *station)
{
    engine_leaves(station);
    canary_close(&station->canary);
    drive_free(&station->drive);
    free(station->deadlines);
    station->deadlines = NULL;
}

/* A machine that starts may find its clock wrong. */
static void set_clock(struct station *station)
{
    struct universe *universe = station->universe;
    uint64_t span_us = 2000 * (uint64_t)universe->knobs.skew_ms_max;
    if (universe_strikes(universe, FAULT_SKEW))
        station->skew_us = (int64_t)prng_below(&universe->chance, span_us) - (int64_t)(span_us / 2);
}

/* A broken terminal that owes nothing is replaced by a new one, which knows nothing. */
static enum err replace_terminal(struct station *station)
{
    struct universe *universe = station->universe;
    bool may = station->role == AT_TERMINAL && station->run > 0;
    if (!may || !universe_strikes(universe, FAULT_REPLACE))
        return OK;
    if (open_disk(station) != OK)
        return OK;
    if (!oracle_owes_nothing(station)) {
        drive_leave(&station->drive);
        return OK;
    }
    chronicle_say(&universe->chronicle, universe->now, station->name, "is replaced by a new one");
    facts_add_station(&universe->replaced, universe, station);
    universe_tell_stored(universe, station, true);
    reorder_forget(universe, station->index);
    drive_free(&station->drive);
    return put_rows_on_new_disk(station);
}

/* Where an opening may go wrong: at any of its first calls. */
static void plant_opening_faults(struct station *station)
{
    struct universe *universe = station->universe;
    struct platter_plan plan = {.mask = PLATTER_ANY};
    if (station->drive.kind != DRIVE_SQLITE || !universe_strikes(universe, FAULT_DISK_OPEN))
        return;
    plan.nth = 1 + prng_below(&universe->chance, OPENING_CALLS);
    if (station->aim <= PLACE_READ) {
        plan = platter_death_at(station->aim, 0);
        drive_plan(&station->drive, &plan);
        return;
    }
    plan.accident = (enum platter_accident)prng_below(&universe->chance, PLATTER_TEARS + 1);
    plan.torn_per_mille = (uint32_t)prng_below(&universe->chance, 1000);
    drive_plan(&station->drive, &plan);
}

static void note_restart(struct station *station)
{
    struct universe *universe = station->universe;
    struct moment due =
        station->stays_away
            ? universe_soon(universe, SWITCH_NODE_AWAY_MS_MIN, SWITCH_NODE_AWAY_MS_MAX)
            : universe_soon(universe, 1, universe->knobs.down_ms_max);
    station->stays_away = false;
    agenda_note(&universe->agenda, &(struct agenda_item){.due = due,
                                                         .kind = AGENDA_RESTART,
                                                         .subject = station->index,
                                                         .generation = station->run});
}

enum err station_start(struct station *station)
{
    struct universe *universe = station->universe;
    set_clock(station);
    TRY(replace_terminal(station));
    station->run++;
    if (station->drive.kind == DRIVE_SQLITE)
        station->aim = (enum platter_place)prng_below(&universe->chance, PLACE_ROLLBACK);
    station->deadline_count = 0;
    plant_opening_faults(station);
    enum err err = engine_over_disk(station);
    if (err == ERR_BUSY) {
        chronicle_say(&universe->chronicle, universe->now, station->name, "cannot open its store");
        note_restart(station);
        return OK;
    }
    TRY(err);
    oracle_kept(universe, station);
    station->is_up = true;
    station->delay_us = 0;
    station->flooded_until = (struct moment){0};
    station->is_moving = false;
    station->stage = ENGINE_IDLE;
    if (station->drive.shared)
        switch_node_starts(station);
    struct node_event model = station_model(station);
    TRY(lab_party_start(&station->at, &model));
    if (universe->has_backups)
        lines_keep(universe, station->index);
    universe->tally.restarts += station->run > 1;
    chronicle_say(&universe->chronicle, universe->now, station->name, "starts");
    station_wake(station);
    return OK;
}

void station_crash(struct station *station, const char *why)
{
    struct universe *universe = station->universe;
    struct text *line = chronicle_line(&universe->chronicle, universe->now, station->name);
    text_add(line, "CRASHES ");
    text_add(line, why);
    chronicle_end(&universe->chronicle);
    count_crash(station);
    station_count(station);
    engine_leaves(station);
    canary_crash(&station->canary);
    if (station->stage != ENGINE_STOPPED)
        draw_power(station);
    drive_ends(station);
    station->is_up = false;
    wire_line_break_all(universe, station->index);
    shopper_lose(universe, station->index);
    note_restart(station);
}

/* The answer to a message that was not even understood may be past building, and without its HSM a
 * station seals nothing. Otherwise everything that a party sends can be built. */
static bool may_build_all(const struct station *station)
{
    const uint64_t *faults = station->universe->tally.faults;
    return faults[FAULT_CORRUPT] + faults[FAULT_TRUNCATE] + faults[FAULT_FORGE] == 0 &&
           !station->flaky.has_struck;
}

void station_count(struct station *station)
{
    const struct engine_counters *counters = engine_counters(station->at.engine);
    station->universe->tally.batches += counters->batches;
    station->given_up += counters->poisoned + counters->full;
    if (counters->seals_failed > 0 && may_build_all(station))
        text_add(universe_find(station->universe, "watch: a message could not be built at "),
                 station->name);
    if (counters->row_damage > 0)
        text_add(universe_find(station->universe, "watch: a row of a wrong size at "),
                 station->name);
}

/* ---- events ---- */

struct node_event *station_event(struct station *station)
{
    if (!station->is_up)
        return NULL;
    struct node_event model = station_model(station);
    struct node_event *event = engine_event_new(station->at.engine);
    if (event)
        *event = model;
    return event;
}

void station_delay(struct station *station)
{
    station->delay_us += 1000 * (int64_t)universe_draw(station->universe, SLOW_MS_MAX);
}

void station_jump(struct station *station)
{
    struct universe *universe = station->universe;
    bool is_right = station->skew_us > -JUMP_US / 2 && station->skew_us < JUMP_US / 2;
    int64_t jump = prng_chance(&universe->chance, 500) ? JUMP_US : -JUMP_US;
    station->skew_us = is_right ? jump : 0;
    station->jumped = universe->now;
    chronicle_say(&universe->chronicle, universe->now, station->name,
                  !is_right  ? "its clock is set right"
                  : jump > 0 ? "its clock jumps an hour ahead"
                             : "its clock jumps an hour back");
}

static void note_advance(struct station *station)
{
    struct universe *universe = station->universe;
    universe->acting = station->index;
    int64_t after_us = 1 + (int64_t)prng_below(&universe->chance, universe->knobs.stage_us_max);
    after_us += station->delay_us;
    station->delay_us = 0;
    if (universe_strikes(universe, FAULT_SLOW))
        after_us += 1000 * (int64_t)universe_draw(universe, SLOW_MS_MAX);
    station->is_moving = true;
    agenda_note(&universe->agenda,
                &(struct agenda_item){.due = {universe->now.ns + after_us * 1000},
                                      .kind = AGENDA_ADVANCE,
                                      .subject = station->index,
                                      .generation = station->run});
}

void station_wake(struct station *station)
{
    if (station->is_up && !station->is_moving)
        note_advance(station);
}

void station_timer(struct station *station, const struct row_key *key, uint64_t generation)
{
    struct station_deadline *deadline = station->is_up ? deadline_find(station, key) : NULL;
    if (!deadline || deadline->generation != generation)
        return;
    struct node_event *event = station_event(station);
    if (!event) { /* as the host's lane: when there is no room it tries again */
        net_arm(station, key, moment_add_ms(station_now(station), 1));
        return;
    }
    deadline_drop(station, deadline);
    event->kind = EVENT_TIMER;
    event->key = *key;
    station_wake(station);
}

/* ---- stages ---- */

static enum store_result commit_result(struct station *station)
{
    struct universe *universe = station->universe;
    station->is_kept = is_aimed_at(station, IN_COMMIT_KEPT);
    if (station->is_kept || is_aimed_at(station, IN_COMMIT_LOST))
        return STORE_IN_DOUBT;
    if (universe_strikes(universe, FAULT_STORE_RETRY))
        return STORE_RETRY;
    if (universe_strikes(universe, FAULT_STORE_FULL))
        return STORE_FULL;
    if (!universe_strikes(universe, FAULT_STORE_IN_DOUBT))
        return STORE_OK;
    station->is_kept = universe_draw(universe, 2) == 1;
    return STORE_IN_DOUBT;
}

static void plant_memory_faults(struct station *station)
{
    struct universe *universe = station->universe;
    enum store_result result = station->stage == ENGINE_DECIDE ? commit_result(station) : STORE_OK;
    if (result != STORE_OK)
        drive_fail(&station->drive, &(struct store_memory_fault){.call = STORE_CALL_COMMIT,
                                                                 .nth = 1,
                                                                 .result = result,
                                                                 .applies = station->is_kept});
    if (station->stage != ENGINE_RECORD && universe_strikes(universe, FAULT_STORE_LOAD))
        drive_fail(&station->drive, &(struct store_memory_fault){
                                        .call = STORE_CALL_LOAD, .nth = 1, .result = STORE_RETRY});
}

/* A script says whether a commit that it strikes holds. */
static struct platter_plan script_plan(struct station *station)
{
    station->is_kept = universe_draw(station->universe, 2) == 1;
    return station->is_kept
               ? (struct platter_plan){1, 1u << PLATTER_SYNC, PLATTER_DIES_AFTER, false, 0, 0}
               : (struct platter_plan){1, 1u << PLATTER_WRITE, PLATTER_DIES, false, 0, 0};
}

/* Each run of a process dies at one place of the store, if its seed has disks that fail: at the
 * copying back of a log as soon as there is one, elsewhere now and then. */
static bool is_aimed_commit(struct station *station)
{
    struct universe *universe = station->universe;
    bool is_rare = station->aim >= PLACE_PAGES_WRITE || station->aim == PLACE_LOG_HEAD;
    return universe->knobs.per_mille[FAULT_DISK] > 0 && !universe->script &&
           (universe->options->faults_off >> FAULT_DISK & 1) == 0 && station->aim > PLACE_READ &&
           prng_chance(&universe->chance, is_rare ? 1000 : AIMED_COMMIT_PER_MILLE);
}

/* Where a commit goes wrong, when it does. */
static struct platter_plan commit_plan(struct station *station)
{
    struct universe *universe = station->universe;
    struct prng *chance = &universe->chance;
    if (is_aimed_at(station, IN_COMMIT_KEPT))
        return (struct platter_plan){1, 1u << PLATTER_SYNC, PLATTER_DIES_AFTER, false, 0, 0};
    if (is_aimed_at(station, IN_COMMIT_LOST))
        return (struct platter_plan){1, 1u << PLATTER_WRITE, PLATTER_DIES, false, 0, 0};
    if (universe_strikes(universe, FAULT_STORE_FULL))
        return (struct platter_plan){
            1 + prng_below(chance, COMMIT_CALLS), 1u << PLATTER_WRITE, PLATTER_IS_FULL, true, 0, 0};
    if (universe_strikes(universe, FAULT_STORE_IN_DOUBT))
        return universe->script
                   ? script_plan(station)
                   : (struct platter_plan){1, 1u << PLATTER_SYNC, PLATTER_FAILS, false, 0, 0};
    struct platter_plan plan = {.mask = PLATTER_CHANGES};
    if (is_aimed_commit(station)) {
        universe->tally.faults[FAULT_DISK]++;
        return platter_death_at(station->aim, (uint32_t)prng_below(chance, 1000));
    }
    if (!universe_strikes(universe, FAULT_DISK))
        return plan;
    if (prng_chance(chance, 300)) {
        plan.mask = 1u << PLATTER_SYNC;
        plan.nth = 1 + prng_below(chance, COPY_SYNCS);
    } else {
        plan.nth = 1 + prng_below(chance, prng_chance(chance, 500) ? COPY_CALLS : COMMIT_CALLS);
    }
    plan.accident = (enum platter_accident)prng_below(chance, PLATTER_TEARS + 1);
    plan.torn_per_mille = (uint32_t)prng_below(chance, 1000);
    return plan;
}

static void plant_disk_faults(struct station *station)
{
    struct universe *universe = station->universe;
    struct platter_plan plan = {.mask = 1u << PLATTER_READ, .accident = PLATTER_FAILS};
    if (station->stage == ENGINE_DECIDE)
        plan = commit_plan(station);
    else if (universe_strikes(universe, FAULT_STORE_LOAD))
        plan.nth = prng_chance(&universe->chance, READ_ERROR_PER_MILLE); /* it ends the process */
    drive_plan(&station->drive, &plan);
}

/* What goes wrong with the store in the stage that is next. Oracles read the same store in that
 * stage's sends, so a load fails only while loading. */
static void plant_store_faults(struct station *station)
{
    if (station->drive.kind == DRIVE_MEMORY)
        plant_memory_faults(station);
    else if (station->stage != ENGINE_RECORD)
        plant_disk_faults(station);
}

/* The stage that is reached as far as the party can tell: a process that died in the store, or
 * whose store must end, has stopped. */
static enum engine_stage reached(struct station *station, enum engine_stage stage)
{
    if (station->drive.kind == DRIVE_MEMORY)
        return stage;
    if (stage != ENGINE_STOPPED && !drive_is_lost(&station->drive))
        return stage;
    count_death(station);
    draw_power(station);
    station->is_kept = drive_has_kept(&station->drive, station->loses_power);
    return ENGINE_STOPPED;
}

static void advance_ends(struct station *station, enum engine_stage stage)
{
    struct universe *universe = station->universe;
    if (stage == ENGINE_IDLE) {
        station->is_moving = false;
        return;
    }
    if (stage == ENGINE_STOPPED && station->is_shut_out) {
        station->stage = ENGINE_IDLE;
        station_crash(station, "because it is shut out");
        return;
    }
    if (universe->has_nodes && station->role == AT_ACQUIRER &&
        universe_strikes(universe, FAULT_NODE) && switch_node_goes_away(station))
        return;
    if (stage == ENGINE_STOPPED || is_aimed_at(station, place_of(station)) ||
        universe_strikes(universe, FAULT_CRASH)) {
        station_crash(station, reach_place_name(place_of(station)));
        return;
    }
    note_advance(station);
}

enum err station_advance(struct station *station)
{
    station->universe->acting = station->index;
    plant_store_faults(station);
    enum engine_stage stage = reached(station, engine_advance(station->at.engine));
    drive_heal(&station->drive);
    station->stage = stage;
    if (stage == ENGINE_RECEIVE)
        station->ops = ops_of_batch(station);
    if (stage == ENGINE_RECORD && universe_strikes(station->universe, FAULT_STORE_SLOW))
        station_delay(station);
    if (stage == ENGINE_RECORD && !station->is_shut_out)
        oracle_recorded(station->universe, station);
    advance_ends(station, stage);
    return OK;
}

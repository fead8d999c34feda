#include "sim/switch_nodes.h"

#include "sim/universe.h"

#define TEND_LATER_MS 50 /* when a batch is on its way */

static void note_tend(struct station *station, int64_t wait_ms)
{
    struct universe *universe = station->universe;
    agenda_note(&universe->agenda,
                &(struct agenda_item){.due = moment_add_ms(universe->now, wait_ms),
                                      .kind = AGENDA_TEND,
                                      .subject = station->index,
                                      .generation = station->run});
}

void switch_node_starts(struct station *station)
{
    station->is_shut_out = false;
    station->hangs_until = (struct moment){0};
    note_tend(station, STORE_TEND_MS);
}

static struct station *other_of(const struct station *station)
{
    uint32_t other = station->index == UNIVERSE_SWITCH ? UNIVERSE_SECOND : UNIVERSE_SWITCH;
    return &station->universe->stations[other];
}

const struct store *switch_node_books(const struct station *station)
{
    return station->drive.shared ? store_shared_rows(station->drive.shared) : &station->disk;
}

/* ---- watching ---- */

static bool take_over(struct station *station)
{
    struct universe *universe = station->universe;
    struct node_event model = station_model(station);
    size_t count = 0;
    model.kind = EVENT_RECOVER;
    other_of(station)->is_shut_out = true;
    if (station->canary.kind == CANARY_LEAVE_SWEPT)
        return true;
    if (engine_take_over(station->at.engine, &model, &count) != OK)
        return false;
    universe->tally.sweeps++;
    universe->tally.swept += count;
    struct text *line = chronicle_line(&universe->chronicle, universe->now, station->name);
    text_add(line, "goes on with what the other node left: ");
    text_add_u64(line, count);
    chronicle_end(&universe->chronicle);
    station_wake(station);
    return true;
}

static bool is_idle(const struct station *station)
{
    return station->universe->now.ns >= station->hangs_until.ns &&
           (station->stage == ENGINE_IDLE || station->stage == ENGINE_SEND);
}

void switch_node_tends(struct station *station)
{
    struct store_tidings tidings = {0};
    if (!station->is_up)
        return;
    if (!is_idle(station)) {
        note_tend(station, TEND_LATER_MS);
        return;
    }
    enum store_result result = station->disk.tend(station->disk.self, &tidings);
    if (result == STORE_OK && (!tidings.has_swept || take_over(station))) {
        note_tend(station, STORE_TEND_MS);
        return;
    }
    station->stage = ENGINE_IDLE;
    station_crash(station, "because it is shut out");
}

/* ---- what goes wrong ---- */

bool switch_node_goes_away(struct station *station)
{
    struct universe *universe = station->universe;
    struct moment due = universe_soon(universe, SWITCH_NODE_AWAY_MS_MIN, SWITCH_NODE_AWAY_MS_MAX);
    station->stays_away = prng_chance(&universe->chance, 500);
    if (station->stays_away) {
        station_crash(station, "and stays away");
        return true;
    }
    chronicle_say(&universe->chronicle, universe->now, station->name, "hangs");
    station->hangs_until = due;
    station->delay_us += (due.ns - universe->now.ns) / 1000;
    return false;
}

void switch_node_heals(struct station *station)
{
    if (!station->is_up || station->universe->now.ns >= station->hangs_until.ns)
        return;
    station->stage = ENGINE_IDLE;
    station_crash(station, "because somebody sees that it hangs");
}

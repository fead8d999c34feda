#include "sim/lines.h"

#include "sim/universe.h"

#include "base/assert.h"

#include <string.h>

#define CONNECT_WAIT_MS 3000 /* these as in the host */
#define RETRY_FIRST_MS 100
#define RETRY_MAX_MS 5000
#define HOLD_MS 10000
#define TELL_AGAIN_MS 50
#define SILENT_MS_MAX 60000
#define REFUSED_MS_MAX 40000
#define SILENT_PER_MILLE 500
#define TOLD_BY_ANOTHER_RUN UINT64_MAX

static const struct moment never = {CHANGEOVER_NEVER_NS};

static struct line *line_of(const struct wire_line *wire)
{
    return &wire->universe->lines[wire->line];
}

static bool is_terminals(const struct line *line)
{
    return line->wires[0]->kind == WIRE_LINE;
}

static struct station *client_of(const struct line *line)
{
    return &line->universe->stations[line->wires[0]->ends[0]];
}

/* Of two nodes of the switch each is half of the terminals' first choice. */
static uint32_t server_of(const struct universe *universe, const struct wire_line *wire)
{
    bool is_other =
        universe->has_nodes && wire->kind == WIRE_LINE && (wire->of + wire->way) % 2 == 1;
    return is_other ? UNIVERSE_SECOND : wire->ends[1];
}

/* The other node's links to the issuers. */
static void open_second(struct universe *universe)
{
    for (uint32_t i = 0; i < VAULT_ISSUERS; i++) {
        struct wire_plan plan = {.index = universe->line_count,
                                 .kind = WIRE_ZONE,
                                 .client = UNIVERSE_SECOND,
                                 .server = UNIVERSE_SWITCH + 1 + i,
                                 .of = i};
        wire_line_open(&universe->wires[universe->line_count++], universe, &plan);
    }
}

void lines_open(struct universe *universe)
{
    if (universe->has_nodes)
        open_second(universe);
    uint32_t next = universe->line_count;
    for (uint32_t i = 0; i < universe->line_count; i++) {
        struct line *line = &universe->lines[i];
        *line = (struct line){.universe = universe, .index = i};
        for (uint32_t at = 0; at < LINE_WIRES; at++) {
            struct wire_line *wire = &universe->wires[at == 0 ? i : next++];
            uint32_t index = (uint32_t)(wire - universe->wires);
            *wire = universe->wires[i];
            wire->index = index;
            wire->line = i;
            wire->way = at % LINE_WAYS;
            line->wires[at] = wire;
        }
        for (uint32_t at = 0; at < LINE_WIRES; at++)
            line->wires[at]->ends[1] = server_of(universe, line->wires[at]);
    }
    assert(next == universe->line_count * LINE_WIRES);
    universe->wire_count = next;
}

/* ---- what the owner is told ---- */

static void note_wake(struct line *line, struct moment wake)
{
    struct universe *universe = line->universe;
    if (wake.ns >= line->wake.ns)
        return;
    line->wake = wake.ns > universe->now.ns ? wake : universe->now;
    agenda_note(&universe->agenda, &(struct agenda_item){.due = line->wake,
                                                         .kind = AGENDA_LINE,
                                                         .subject = line->index,
                                                         .generation = ++line->wakes});
}

static bool tell_one(struct line *line, enum event_kind kind, uint64_t link)
{
    struct station *station = client_of(line);
    struct node_event *event = station_event(station);
    if (!event)
        return false;
    event->kind = kind;
    event->link = link;
    wire_line_name_peer(line->wires[0], 1, event);
    station_wake(station);
    return true;
}

/* A switch hears that its link is gone, then that there is another. */
static void tell(struct line *line)
{
    struct wire_line *wire = line_wire(line);
    uint64_t link = wire ? wire_line_handle(wire) : 0;
    if (is_terminals(line) || line->told == link)
        return;
    if (line->told != 0) {
        uint64_t gone = line->told == TOLD_BY_ANOTHER_RUN ? 0 : line->told;
        if (tell_one(line, EVENT_LINK_DOWN, gone))
            line->told = 0;
    }
    if (line->told == 0 && link != 0 && tell_one(line, EVENT_LINK_UP, link))
        line->told = link;
    if (line->told != link)
        note_wake(line, moment_add_ms(line->universe->now, TELL_AGAIN_MS));
}

/* Who asked over what is gone: the answer could only come over that. */
static void tell_orphans(struct line *line)
{
    struct station *station = client_of(line);
    for (size_t i = 0; i < line->orphans.count; i++) {
        struct node_event *event = station_event(station);
        if (!event)
            break;
        event->kind = EVENT_LINK_DOWN;
        memcpy(event->message.identity.terminal, line->orphans.terminals[i], TERMINAL_ID_LEN);
        station_wake(station);
    }
    line->orphans.count = 0;
}

/* ---- orders ---- */

static void lose(struct line *line, enum changeover_side side)
{
    struct universe *universe = line->universe;
    line->ends[side] = NULL;
    changeover_lost(&line->changeover, side, universe->now, prng_next(&universe->chance));
}

/* A connection is no more. */
static void end_wire(struct wire_line *wire)
{
    struct line *line = line_of(wire);
    wire->is_up = false;
    wire->generation++;
    for (size_t i = 0; i < wire->askers.count && !wire->is_parting; i++)
        askers_add(&line->orphans, wire->askers.terminals[i]);
    wire->askers.count = 0;
    wire->tests_out = 0;
    wire->is_parting = false;
    for (int side = 0; side < CHANGEOVER_SIDES && line->is_kept; side++)
        if (line->ends[side] == wire)
            lose(line, (enum changeover_side)side);
}

/* A wire by this way that nobody uses; else the one that parts makes room. */
static struct wire_line *wire_for(struct line *line, uint8_t way)
{
    for (uint32_t at = way; at < LINE_WIRES; at += LINE_WAYS) {
        struct wire_line *wire = line->wires[at];
        bool is_used = wire == line->ends[CHANGEOVER_LINK] || wire == line->ends[CHANGEOVER_TRIAL];
        if (!wire->is_up && !is_used)
            return wire;
    }
    struct wire_line *wire = line->wires[way];
    if (!wire->is_parting)
        wire = line->wires[way + LINE_WAYS];
    assert(wire->is_parting);
    end_wire(wire);
    return wire;
}

static void connect_by(struct line *line, enum changeover_side side, uint8_t way)
{
    struct universe *universe = line->universe;
    struct wire_line *wire = wire_for(line, way);
    wire->generation++;
    line->ends[side] = wire;
    agenda_note(&universe->agenda, &(struct agenda_item){.due = universe_soon(universe, 1, 10),
                                                         .kind = AGENDA_CONNECT,
                                                         .subject = wire->index,
                                                         .generation = wire->generation});
}

/* As the host does: an echo, which whoever answers it proves to be the switch. */
static void send_test(struct line *line, struct wire_line *wire)
{
    struct universe *universe = line->universe;
    const struct lab_world *world = &universe->world;
    const struct lab_terminal *terminal = &world->terminals[wire->of];
    uint8_t room[FRAME_BODY_LEN_MAX];
    struct txn_encoded encoded;
    struct txn_message test = {.kind = KIND_ECHO,
                               .function = FUNCTION_REQUEST,
                               .network_code = NETWORK_ECHO,
                               .sequence = -1,
                               .is_training = world->is_training,
                               .identity = {.class = IDENTITY_PAYMENT}};
    bool is_whole =
        identity_id_from_text(world->acquirer.id, 0, test.identity.acquirer, ACQUIRER_ID_LEN) ==
            OK &&
        identity_id_from_text(terminal->id, ' ', test.identity.terminal, TERMINAL_ID_LEN) == OK &&
        identity_id_from_text(world->merchants[terminal->merchant].id, ' ', test.merchant,
                              MERCHANT_ID_LEN) == OK &&
        txn_encode(&wire->profile, &test, room, sizeof room, &encoded) == OK;
    assert(is_whole);
    chronicle_say(&universe->chronicle, universe->now, client_of(line)->name, "tests a line");
    wire->tests_out++;
    wire_line_send(wire, wire->ends[0], bytes_over(room, encoded.len));
}

static void part_with(struct wire_line *wire)
{
    struct universe *universe = wire->universe;
    const struct lab_timings *timings = &universe->world.timings;
    int64_t wait_ms =
        wire->kind == WIRE_LINE ? timings->terminal_wait_ms : timings->acquirer_wait_ms;
    if (!wire->is_up) {
        end_wire(wire);
        return;
    }
    wire->is_parting = true;
    agenda_note(&universe->agenda,
                &(struct agenda_item){.due = moment_add_ms(universe->now, wait_ms),
                                      .kind = AGENDA_BREAK,
                                      .subject = wire->index,
                                      .generation = wire->generation});
}

/* The line goes by a connection from now on. */
static void settle(struct line *line)
{
    struct universe *universe = line->universe;
    const struct wire_line *wire = line->ends[CHANGEOVER_LINK];
    if (line->way == wire->way)
        return;
    line->way = wire->way;
    universe->tally.changeovers++;
    struct text *text = chronicle_line(&universe->chronicle, universe->now, client_of(line)->name);
    text_add(text, wire->way == 0 ? "goes home to the primary way of line "
                                  : "goes over to the backup of line ");
    text_add_u64(text, line->index + 1);
    chronicle_end(&universe->chronicle);
}

static void promote(struct line *line)
{
    struct wire_line *old = line->ends[CHANGEOVER_LINK];
    line->ends[CHANGEOVER_LINK] = line->ends[CHANGEOVER_TRIAL];
    line->ends[CHANGEOVER_TRIAL] = NULL;
    if (old) {
        line->universe->tally.changed_waiting += old->askers.count > 0;
        part_with(old);
    }
    settle(line);
}

static void carry_out(struct line *line, const struct changeover_order *order)
{
    switch (order->act) {
    case CHANGEOVER_CONNECT:
        connect_by(line, order->side, order->way);
        break;
    case CHANGEOVER_CLOSE:
        end_wire(line->ends[order->side]);
        break;
    case CHANGEOVER_TEST:
        send_test(line, line->ends[order->side]);
        break;
    case CHANGEOVER_PROMOTE:
        promote(line);
        break;
    }
}

static void obey(struct line *line)
{
    struct changeover_order order;
    while (line->is_kept && changeover_next(&line->changeover, line->universe->now, &order))
        carry_out(line, &order);
    if (!line->is_kept)
        return;
    tell(line);
    tell_orphans(line);
    note_wake(line, changeover_wake(&line->changeover));
}

void line_wakes(struct line *line, uint64_t wake)
{
    if (wake != line->wakes)
        return;
    line->wake = never;
    obey(line);
}

void line_connects(struct wire_line *wire, uint64_t generation)
{
    struct universe *universe = wire->universe;
    struct line *line = line_of(wire);
    enum changeover_side side =
        wire == line->ends[CHANGEOVER_TRIAL] ? CHANGEOVER_TRIAL : CHANGEOVER_LINK;
    if (wire->generation != generation || !line->is_kept || line->ends[side] != wire)
        return;
    if (!universe->stations[wire->ends[1]].is_up ||
        universe->now.ns < line->refused_end[wire->way].ns) {
        end_wire(wire);
    } else if (!line_is_silent(wire) && !wire->is_cut[0] && !wire->is_cut[1]) {
        wire->is_up = true;
        changeover_connected(&line->changeover, side, universe->now);
        if (side == CHANGEOVER_LINK)
            settle(line);
    }
    obey(line);
}

/* ---- who keeps them ---- */

static struct changeover_rules rules_of(const struct line *line)
{
    const struct lab_timings *timings = &line->universe->world.timings;
    struct changeover_rules rules = {.way_count = LINE_WAYS,
                                     .has_test = is_terminals(line),
                                     .silence_ms = timings->acquirer_wait_ms,
                                     .connect_wait_ms = CONNECT_WAIT_MS,
                                     .retry_first_ms = RETRY_FIRST_MS,
                                     .retry_max_ms = RETRY_MAX_MS,
                                     .hold_ms = HOLD_MS};
    if (rules.has_test)
        rules.silence_ms = timings->terminal_wait_ms / 5 * 2;
    return rules;
}

void lines_keep(struct universe *universe, uint32_t station)
{
    for (uint32_t i = 0; i < universe->line_count; i++) {
        struct line *line = &universe->lines[i];
        struct changeover_rules rules = rules_of(line);
        if (client_of(line)->index != station)
            continue;
        assert(!line->is_kept);
        line->is_kept = true;
        line->wake = never;
        line->told = TOLD_BY_ANOTHER_RUN;
        line->orphans.count = 0;
        changeover_init(&line->changeover, &rules, universe->now);
        obey(line);
    }
}

void lines_leave(struct universe *universe, uint32_t station)
{
    for (uint32_t i = 0; i < universe->line_count; i++) {
        struct line *line = &universe->lines[i];
        if (client_of(line)->index == station) {
            line->is_kept = false;
            line->wakes++;
            memset(line->ends, 0, sizeof line->ends);
        }
        for (uint32_t at = 0; at < LINE_WIRES; at++) {
            struct wire_line *wire = line->wires[at];
            if (wire->is_up && (!line->is_kept || wire->ends[1] == station))
                end_wire(wire);
        }
        obey(line);
    }
}

void lines_heal(struct universe *universe)
{
    for (uint32_t i = 0; i < universe->line_count; i++) {
        memset(universe->lines[i].silent_end, 0, sizeof universe->lines[i].silent_end);
        memset(universe->lines[i].refused_end, 0, sizeof universe->lines[i].refused_end);
    }
}

void lines_change_to_backups(struct universe *universe)
{
    for (uint32_t i = 0; i < universe->line_count; i++)
        wire_line_break(&universe->wires[i]);
    universe->has_backups = true;
    lines_open(universe);
    for (uint32_t i = 0; i < universe->station_count; i++)
        if (universe->stations[i].is_up)
            lines_keep(universe, i);
}

/* ---- what goes wrong ---- */

void line_breaks(struct wire_line *wire)
{
    struct universe *universe = wire->universe;
    if (!wire->is_up)
        return;
    chronicle_say(&universe->chronicle, universe->now, "network",
                  wire->is_parting ? "an old connection is closed" : "a connection breaks");
    end_wire(wire);
    obey(line_of(wire));
}

static void say_failed(struct line *line, uint8_t way, const char *how)
{
    struct universe *universe = line->universe;
    struct text *text = chronicle_line(&universe->chronicle, universe->now, "network");
    text_add(text, way == 0 ? "the primary way of line " : "the backup of line ");
    text_add_u64(text, line->index + 1);
    text_add(text, how);
    chronicle_end(&universe->chronicle);
}

void line_fails(struct wire_line *wire)
{
    struct universe *universe = wire->universe;
    struct line *line = line_of(wire);
    uint8_t way = wire->way;
    if (prng_chance(&universe->chance, SILENT_PER_MILLE)) {
        say_failed(line, way, " is dead, and nobody is told");
        line->silent_end[way] = universe_soon(universe, 2000, SILENT_MS_MAX);
        return;
    }
    say_failed(line, way, " is cut");
    line->refused_end[way] = universe_soon(universe, 1000, REFUSED_MS_MAX);
    for (uint32_t at = way; at < LINE_WIRES; at += LINE_WAYS) /* not in the middle of a sending */
        agenda_note(&universe->agenda,
                    &(struct agenda_item){.due = universe_soon(universe, 0, 200),
                                          .kind = AGENDA_BREAK,
                                          .subject = line->wires[at]->index,
                                          .generation = line->wires[at]->generation});
}

void line_goes_dead(struct line *line, uint8_t way)
{
    say_failed(line, way, " is dead, and nobody is told");
    line->silent_end[way] = never;
}

void line_is_unplugged(struct line *line, uint8_t way)
{
    say_failed(line, way, " is cut");
    line->refused_end[way] = never;
    for (uint32_t at = way; at < LINE_WIRES; at += LINE_WAYS)
        line_breaks(line->wires[at]);
}

void line_is_mended(struct line *line, uint8_t way)
{
    say_failed(line, way, " is mended");
    line->silent_end[way] = (struct moment){0};
    line->refused_end[way] = (struct moment){0};
}

bool line_is_silent(const struct wire_line *wire)
{
    return wire->universe->now.ns < line_of(wire)->silent_end[wire->way].ns;
}

/* ---- what goes by ---- */

struct wire_line *line_wire(const struct line *line)
{
    return line->is_kept && changeover_is_up(&line->changeover) ? line->ends[CHANGEOVER_LINK]
                                                                : NULL;
}

enum line_way line_way(const struct line *line)
{
    return line->is_kept ? changeover_way(&line->changeover, line->universe->now) : WAY_NONE;
}

/* No line: the terminal is told when the engine is done with sending. */
static void orphan(struct universe *universe, uint32_t station, const struct txn_message *message)
{
    const char *terminal = message->identity.terminal;
    for (uint32_t i = 0; i < UNIVERSE_TERMINALS; i++) {
        struct line *line = &universe->lines[i];
        const char *id = universe->world.terminals[i].id;
        if (client_of(line)->index != station || memcmp(id, terminal, strlen(id)) != 0)
            continue;
        askers_add(&line->orphans, terminal);
        note_wake(line, universe->now);
    }
}

void line_asks(struct universe *universe, uint32_t station, struct wire_line *wire,
               const struct txn_message *message)
{
    bool is_request =
        message->function == FUNCTION_REQUEST || message->function == FUNCTION_REVERSAL;
    if (!is_request)
        return;
    if (!wire) {
        orphan(universe, station, message);
        return;
    }
    struct line *line = line_of(wire);
    if (wire != line->ends[CHANGEOVER_LINK] || wire->ends[0] != station)
        return;
    if (is_terminals(line))
        askers_add(&wire->askers, message->identity.terminal);
    if (changeover_asked(&line->changeover, universe->now))
        note_wake(line, changeover_wake(&line->changeover));
}

static bool is_test_answer(struct wire_line *wire, const struct txn_message *message)
{
    if (wire->tests_out == 0 || message->kind != KIND_ECHO ||
        message->function != FUNCTION_RESPONSE)
        return false;
    wire->tests_out--;
    return true;
}

bool line_hears(struct wire_line *wire, struct bytes body)
{
    struct universe *universe = wire->universe;
    struct line *line = line_of(wire);
    struct txn_message message = {0};
    struct txn_decoded decoded;
    for (int side = 0; side < CHANGEOVER_SIDES; side++)
        if (line->ends[side] == wire)
            changeover_heard(&line->changeover, (enum changeover_side)side);
    if (line->ends[CHANGEOVER_TRIAL])
        note_wake(line, universe->now);
    if (txn_decode(&wire->profile, body, universe->wall_start, &message, &decoded) != OK)
        return false;
    if (message.function != FUNCTION_REQUEST)
        askers_remove(&wire->askers, message.identity.terminal);
    bool is_test = is_test_answer(wire, &message);
    universe->tally.answers_parting += wire->is_parting && !is_test;
    return is_test;
}

#include "sim/wire_line.h"

#include "sim/lines.h"
#include "sim/oracle/oracle.h"
#include "sim/universe.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define HANDLE_BITS 8
#define BODY_ROOM FRAME_BODY_LEN_MAX
#define CUT_MS_MAX 20000
#define DELAY_MS_MAX 20000
#define FLOOD_MS_MAX 4000
#define CUP_TPDU_FIRST 0x60

void wire_line_open(struct wire_line *wire, struct universe *universe, const struct wire_plan *plan)
{
    const struct lab_world *world = &universe->world;
    *wire = (struct wire_line){.universe = universe,
                               .index = plan->index,
                               .kind = plan->kind,
                               .ends = {plan->client, plan->server},
                               .of = plan->of};
    wire->profile = (struct txn_profile){
        .mapping = plan->kind == WIRE_LINE ? MAPPING_CUP_POS : MAPPING_ISO87,
        .dialect = plan->kind == WIRE_LINE ? &universe->vault->line : &universe->vault->zone,
        .tpdu = {CUP_TPDU_FIRST, 0x00, 0x03, 0x00, 0x00},
        .header_version = 31,
        .currency = world->currency,
        .utc_offset_s = world->utc_offset_s,
    };
    memcpy(wire->profile.acquirer, world->acquirer.id, strlen(world->acquirer.id));
}

uint64_t wire_line_handle(const struct wire_line *wire)
{
    return (wire->generation + 1) << HANDLE_BITS | wire->index;
}

static struct wire_line *line_of_terminal(struct universe *universe,
                                          const char terminal[static TERMINAL_ID_LEN])
{
    for (uint32_t i = 0; i < universe->world.terminal_count; i++) {
        const char *id = universe->world.terminals[i].id;
        if (memcmp(id, terminal, strlen(id)) == 0)
            return universe->has_backups ? line_wire(&universe->lines[i]) : &universe->wires[i];
    }
    return NULL;
}

struct wire_line *wire_line_find(struct universe *universe, uint32_t station, uint64_t link,
                                 const char terminal[static TERMINAL_ID_LEN])
{
    uint64_t index = link & ((1U << HANDLE_BITS) - 1);
    struct wire_line *wire = index < universe->wire_count ? &universe->wires[index] : NULL;
    if (link == NODE_LINE)
        wire = line_of_terminal(universe, terminal);
    else if (wire && wire_line_handle(wire) != link)
        wire = NULL;
    if (!wire || !wire->is_up || (wire->ends[0] != station && wire->ends[1] != station))
        return NULL;
    return wire;
}

/* ---- bytes ---- */

/* Flips one bit or drops the end, if that happens now. */
static size_t spoil(struct wire_line *wire, uint8_t *bytes, size_t len)
{
    struct universe *universe = wire->universe;
    if (universe_strikes(universe, FAULT_CORRUPT)) {
        chronicle_say(&universe->chronicle, universe->now, "network", "flips a bit");
        bytes[prng_below(&universe->chance, len)] ^=
            (uint8_t)(1U << prng_below(&universe->chance, 8));
    }
    if (universe_strikes(universe, FAULT_TRUNCATE)) {
        chronicle_say(&universe->chronicle, universe->now, "network", "drops the end");
        len = prng_below(&universe->chance, len);
    }
    return len;
}

/* When what goes in now comes out: in order, unless overtaking is what goes wrong. */
static struct moment arrival(struct wire_line *wire, uint32_t direction)
{
    struct universe *universe = wire->universe;
    struct moment due = universe_soon(universe, 1, universe->knobs.latency_ms_max);
    if (universe_strikes(universe, FAULT_DELAY))
        due = universe_soon(universe, 1000, DELAY_MS_MAX);
    if (universe_strikes(universe, FAULT_REORDER))
        return due;
    if (due.ns < wire->last_due[direction].ns)
        due = wire->last_due[direction];
    wire->last_due[direction] = due;
    return due;
}

static void carry_until(struct wire_line *wire, uint32_t direction, struct bytes body,
                        struct moment due)
{
    struct agenda_item item = {.due = due,
                               .kind = AGENDA_ARRIVE,
                               .subject = wire->index,
                               .direction = direction,
                               .generation = wire->generation,
                               .bytes = malloc(body.len)};
    assert(item.bytes);
    memcpy(item.bytes, body.at, body.len);
    item.len = spoil(wire, item.bytes, body.len);
    agenda_note(&wire->universe->agenda, &item);
}

static void carry(struct wire_line *wire, uint32_t direction, struct bytes body)
{
    carry_until(wire, direction, body, arrival(wire, direction));
}

void wire_line_carry(struct wire_line *wire, uint32_t direction, struct bytes body, int64_t late_ms)
{
    struct moment due = moment_add_ms(wire->universe->now, late_ms);
    carry_until(wire, direction, body, late_ms > 0 ? due : arrival(wire, direction));
}

/* What somebody on the wire would like it to say: a refusal becomes an approval, an amount grows.
 * He has no key: the MAC is the old one, or none. Network messages have none and are left alone. */
static bool forge_message(struct universe *universe, struct txn_message *message)
{
    bool is_answer =
        message->function == FUNCTION_RESPONSE || message->function == FUNCTION_REVERSAL_RESPONSE;
    if (!kind_row(message->kind)->moves_money)
        return false;
    if (is_answer)
        memcpy(message->code, "00", sizeof message->code);
    else
        message->amount.minor = message->amount.minor * 10 % MONEY_MINOR_MAX;
    message->has_mac = message->has_mac && prng_chance(&universe->chance, 700);
    if (is_answer)
        memcpy(message->auth_id, "123456", sizeof message->auth_id);
    return true;
}

/* A forged copy of body into out; its length, or 0 when there is nothing to forge. */
static size_t forge(struct wire_line *wire, struct bytes body, uint8_t out[static BODY_ROOM])
{
    struct txn_message message = {0};
    struct txn_decoded decoded;
    struct txn_encoded encoded;
    struct instant wall = wire->universe->wall_start;
    if (txn_decode(&wire->profile, body, wall, &message, &decoded) != OK ||
        !forge_message(wire->universe, &message) ||
        txn_encode(&wire->profile, &message, out, BODY_ROOM, &encoded) != OK)
        return 0;
    if (encoded.has_mac)
        txn_seal(&wire->profile, out, &encoded, message.mac);
    return encoded.len;
}

/* The forged message goes in place of the true one. */
static void carry_forged(struct wire_line *wire, uint32_t direction, struct bytes body)
{
    struct universe *universe = wire->universe;
    static uint8_t forged[BODY_ROOM];
    size_t len = forge(wire, body, forged);
    if (len == 0) {
        carry(wire, direction, body);
        return;
    }
    chronicle_say(&universe->chronicle, universe->now, "network", "forges it");
    carry(wire, direction, bytes_over(forged, len));
}

static void keep_for_replay(struct wire_line *wire, uint32_t direction, struct bytes body)
{
    struct replayer *replayer = &wire->universe->replayer;
    size_t slot = replayer->count++ % REPLAY_KEPT;
    assert(body.len <= sizeof replayer->kept[slot].bytes);
    replayer->kept[slot].wire = wire->index;
    replayer->kept[slot].direction = direction;
    replayer->kept[slot].len = body.len;
    memcpy(replayer->kept[slot].bytes, body.at, body.len);
}

/* Plays one of the kept messages again, mostly where it came by, else on a wire of its kind. */
static void replay(struct universe *universe)
{
    struct replayer *replayer = &universe->replayer;
    size_t kept = replayer->count < REPLAY_KEPT ? replayer->count : REPLAY_KEPT;
    size_t slot = prng_below(&universe->chance, kept);
    uint32_t index = replayer->kept[slot].wire;
    if (prng_chance(&universe->chance, 200))
        index = (uint32_t)prng_below(&universe->chance, universe->wire_count);
    struct wire_line *wire = &universe->wires[index];
    if (!wire->is_up || wire->kind != universe->wires[replayer->kept[slot].wire].kind)
        return;
    chronicle_say(&universe->chronicle, universe->now, "network", "replays something");
    carry(wire, replayer->kept[slot].direction,
          bytes_over(replayer->kept[slot].bytes, replayer->kept[slot].len));
}

static void cut(struct wire_line *wire, uint32_t direction)
{
    struct universe *universe = wire->universe;
    chronicle_say(&universe->chronicle, universe->now, "network", "one direction is cut");
    wire->is_cut[direction] = true;
    agenda_note(&universe->agenda,
                &(struct agenda_item){.due = universe_soon(universe, 500, CUT_MS_MAX),
                                      .kind = AGENDA_MEND,
                                      .subject = wire->index,
                                      .direction = direction});
}

/* A station's wires go dead in both directions, and neither end is told. */
static void cut_off(struct universe *universe, uint32_t station)
{
    chronicle_say(&universe->chronicle, universe->now, universe->stations[station].name,
                  "is cut off, and does not know");
    for (uint32_t i = 0; i < universe->wire_count; i++) {
        struct wire_line *wire = &universe->wires[i];
        for (uint32_t direction = 0; direction < 2; direction++)
            if (wire->ends[0] == station || wire->ends[1] == station)
                cut(wire, direction);
    }
}

void wire_line_send(struct wire_line *wire, uint32_t station, struct bytes body)
{
    struct universe *universe = wire->universe;
    uint32_t direction = wire->ends[0] == station ? 0 : 1;
    const struct script *script = universe->script;
    universe->tally.messages++;
    if (script && script->carries(script->self, wire, direction, body))
        return;
    if (universe_strikes(universe, FAULT_CUT))
        cut(wire, direction);
    if (universe_strikes(universe, FAULT_PARTITION))
        cut_off(universe, wire->ends[universe_draw(universe, 2)]);
    if (universe->has_backups && universe_strikes(universe, FAULT_LINE))
        line_fails(wire);
    if (wire->is_cut[direction] || (universe->has_backups && line_is_silent(wire)) ||
        universe_strikes(universe, FAULT_LOSS)) {
        chronicle_say(&universe->chronicle, universe->now, "network", "loses it");
        return;
    }
    if (universe_strikes(universe, FAULT_FORGE))
        carry_forged(wire, direction, body);
    else
        carry(wire, direction, body);
    keep_for_replay(wire, direction, body);
    if (universe_strikes(universe, FAULT_REPLAY))
        replay(universe);
    if (universe_strikes(universe, FAULT_DUPLICATE)) {
        chronicle_say(&universe->chronicle, universe->now, "network", "doubles it");
        carry(wire, direction, body);
    }
    if (universe_strikes(universe, FAULT_BREAK))
        agenda_note(&universe->agenda, &(struct agenda_item){.due = universe_soon(universe, 0, 200),
                                                             .kind = AGENDA_BREAK,
                                                             .subject = wire->index,
                                                             .generation = wire->generation});
}

void wire_line_name_peer(const struct wire_line *wire, uint32_t direction, struct node_event *event)
{
    const struct lab_world *world = &wire->universe->world;
    if (wire->kind != WIRE_ZONE)
        return;
    const char *id = direction == 0 ? world->acquirer.id : world->issuers[wire->of].id;
    memcpy(event->peer, id, strlen(id));
}

/* ---- arriving ---- */

/* As the host's link does when its lane has no room: refused at once, without the lane and so
 * without a MAC. */
static void shed(struct wire_line *wire, struct bytes body)
{
    struct universe *universe = wire->universe;
    struct txn_message request = {0};
    struct txn_message answer;
    struct txn_decoded decoded;
    struct txn_encoded encoded;
    static uint8_t room[BODY_ROOM];
    if (txn_decode(&wire->profile, body, universe->wall_start, &request, &decoded) != OK)
        return;
    txn_message_answer(&request, &answer);
    memcpy(answer.code, outcome_row(OUTCOME_SWITCH_OVERLOADED)->code, RESPONSE_CODE_LEN);
    if (txn_encode(&wire->profile, &answer, room, sizeof room, &encoded) == OK)
        wire_line_send(wire, wire->ends[1], bytes_over(room, encoded.len));
}

/* Whether a host has no room for what comes in; then it is dealt with. Only requests are shed: what
 * takes back waits. */
static bool is_shed(struct wire_line *wire, const struct agenda_item *item)
{
    struct universe *universe = wire->universe;
    struct station *host = &universe->stations[wire->ends[1]];
    struct txn_message message = {0};
    struct txn_decoded decoded;
    struct bytes body = bytes_over(item->bytes, item->len);
    if (item->direction != 0 || !host->is_up || !wire->is_up ||
        item->generation != wire->generation)
        return false;
    if (universe_strikes(universe, FAULT_OVERLOAD))
        host->flooded_until = universe_soon(universe, 100, FLOOD_MS_MAX);
    if (universe->now.ns >= host->flooded_until.ns ||
        txn_decode(&wire->profile, body, universe->wall_start, &message, &decoded) != OK ||
        message.function != FUNCTION_REQUEST)
        return false;
    chronicle_say(&universe->chronicle, universe->now, host->name, "has no room, and sheds it");
    shed(wire, body);
    return true;
}

void wire_line_arrive(struct wire_line *wire, const struct agenda_item *item)
{
    struct universe *universe = wire->universe;
    struct station *station = &universe->stations[wire->ends[item->direction == 0]];
    struct bytes body = bytes_over(item->bytes, item->len);
    bool is_alive = wire->is_up && item->generation == wire->generation;
    if (is_shed(wire, item))
        return;
    if (universe->has_backups && is_alive && item->direction == 1 && line_hears(wire, body))
        return;
    struct node_event *event = is_alive ? station_event(station) : NULL;
    if (!event)
        return;
    struct txn_decoded decoded;
    enum err err = txn_decode(&wire->profile, body, event->wall, &event->message, &decoded);
    event->fault = decoded.fault;
    event->kind = err == OK ? EVENT_MESSAGE : EVENT_GARBLED;
    event->link =
        wire->kind == WIRE_LINE && item->direction == 1 ? NODE_LINE : wire_line_handle(wire);
    wire_line_name_peer(wire, item->direction, event);
    if (universe->script)
        universe->script->arrives(universe->script->self, station->index, &event->message);
    if (err == OK)
        oracle_arrived(universe, station, &event->message);
    engine_event_mab(station->at.engine, event, decoded.mab);
    engine_event_block(station->at.engine, event);
    struct text *line = chronicle_line(&universe->chronicle, universe->now, station->name);
    text_add(line, err == OK ? "recv " : "recv GARBLED ");
    chronicle_add_message(line, &event->message);
    chronicle_end(&universe->chronicle);
    station_wake(station);
}

/* ---- connections ---- */

static void tell_switch(struct wire_line *wire, enum event_kind kind)
{
    struct station *station = &wire->universe->stations[wire->ends[0]];
    struct node_event *event = wire->kind == WIRE_ZONE ? station_event(station) : NULL;
    if (!event)
        return;
    event->kind = kind;
    event->link = wire_line_handle(wire);
    wire_line_name_peer(wire, 1, event);
    station_wake(station);
}

static void note_connect(struct wire_line *wire)
{
    const struct universe *universe = wire->universe;
    struct moment due = universe_soon(wire->universe, 200, 2000);
    if (wire->kind == WIRE_ZONE && universe->is_zone_resting && !universe->is_healing &&
        due.ns < universe->dawn.ns)
        due.ns += universe->dawn.ns - universe->now.ns;
    agenda_note(&wire->universe->agenda,
                &(struct agenda_item){.due = due, .kind = AGENDA_CONNECT, .subject = wire->index});
}

void wire_line_connect(struct wire_line *wire)
{
    struct universe *universe = wire->universe;
    if (wire->is_up)
        return;
    if (wire->is_unplugged || !universe->stations[wire->ends[0]].is_up ||
        !universe->stations[wire->ends[1]].is_up) {
        note_connect(wire);
        return;
    }
    wire->is_up = true;
    tell_switch(wire, EVENT_LINK_UP);
}

void wire_line_break(struct wire_line *wire)
{
    struct universe *universe = wire->universe;
    if (universe->has_backups) {
        line_breaks(wire);
        return;
    }
    if (!wire->is_up)
        return;
    chronicle_say(&universe->chronicle, universe->now, "network", "a connection breaks");
    tell_switch(wire, EVENT_LINK_DOWN);
    wire->is_up = false;
    wire->generation++;
    note_connect(wire);
}

void wire_line_break_all(struct universe *universe, uint32_t station)
{
    if (universe->has_backups) {
        lines_leave(universe, station);
        return;
    }
    for (uint32_t i = 0; i < universe->wire_count; i++)
        if (universe->wires[i].ends[0] == station || universe->wires[i].ends[1] == station)
            wire_line_break(&universe->wires[i]);
}

#include "sim/scenario/scenario_stage.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define DOWN_MS 1000 /* that a killed party stays away when a line does not say */

/* ---- which message is it ---- */

static enum said_message said_as(const struct txn_message *message)
{
    static const enum said_message payments[FUNCTION_COUNT] = {
        [FUNCTION_REQUEST] = SAID_REQUEST,
        [FUNCTION_RESPONSE] = SAID_ANSWER,
        [FUNCTION_REVERSAL] = SAID_REVERSAL,
        [FUNCTION_REVERSAL_RESPONSE] = SAID_REVERSAL_ANSWER,
    };
    bool is_answer = message->function == FUNCTION_RESPONSE;
    if (message->kind == KIND_SIGN_IN)
        return is_answer ? SAID_SIGN_IN_ANSWER : SAID_SIGN_IN;
    if (message->kind == KIND_QUERY)
        return is_answer ? SAID_QUERY_ANSWER : SAID_QUERY;
    return kind_row(message->kind)->shape == SHAPE_NETWORK ? SAID_COUNT
                                                           : payments[message->function];
}

static bool is_of_till(const struct scenario *scenario, const struct txn_message *message,
                       uint32_t till)
{
    const char *id = scenario->universe->world.terminals[till].id;
    return memcmp(message->identity.terminal, id, strlen(id)) == 0;
}

static void keep(struct scenario *scenario, const struct wire_line *wire, uint32_t direction,
                 const struct txn_message *message, struct bytes body)
{
    if (scenario->kept_count == scenario->kept_room) {
        scenario->kept_room = scenario->kept_room == 0 ? 64 : 2 * scenario->kept_room;
        scenario->kept = realloc(scenario->kept, scenario->kept_room * sizeof *scenario->kept);
        assert(scenario->kept);
    }
    struct kept_message *kept = &scenario->kept[scenario->kept_count++];
    kept->wire = wire->index;
    kept->direction = direction;
    kept->said = said_as(message);
    kept->payment = identity_as(&message->identity, IDENTITY_PAYMENT);
    kept->len = body.len;
    memcpy(kept->bytes, body.at, body.len);
}

void scenario_forget_messages(struct scenario *scenario)
{
    free(scenario->kept);
    scenario->kept = NULL;
}

static const struct kept_message *find_kept(const struct scenario *scenario,
                                            const struct identity *payment, enum said_line line,
                                            enum said_message said)
{
    struct identity wanted = identity_as(payment, IDENTITY_PAYMENT);
    for (size_t i = scenario->kept_count; i > 0; i--) {
        const struct kept_message *kept = &scenario->kept[i - 1];
        bool is_bank = scenario->universe->wires[kept->wire].kind == WIRE_ZONE;
        if (kept->said == said && is_bank == (line == SAID_BANK_LINE) &&
            identity_equal(&kept->payment, &wanted))
            return kept;
    }
    return NULL;
}

/* ---- the lines ---- */

static void say_of_line(struct scenario *scenario, const char *what)
{
    struct universe *universe = scenario->universe;
    chronicle_say(&universe->chronicle, universe->now, "network", what);
}

static void carry_flipped(struct wire_line *wire, uint32_t direction, struct bytes body,
                          const struct line_order *order)
{
    uint8_t spoiled[FRAME_BODY_LEN_MAX];
    size_t bits = body.len * 8;
    size_t bit = (order->is_from_end ? bits - order->bit % bits : order->bit) % bits;
    memcpy(spoiled, body.at, body.len);
    spoiled[bit / 8] ^= (uint8_t)(0x80U >> bit % 8);
    wire_line_carry(wire, direction, bytes_over(spoiled, body.len), 0);
}

static void carry_other(struct scenario *scenario, const struct line_order *order,
                        struct wire_line *wire, uint32_t direction)
{
    const struct kept_message *kept =
        find_kept(scenario, &order->instead, order->line, order->message);
    if (kept)
        wire_line_carry(wire, direction, bytes_over(kept->bytes, kept->len), 0);
}

static void obey(struct scenario *scenario, const struct line_order *order, struct wire_line *wire,
                 uint32_t direction, struct bytes body)
{
    switch (order->what) {
    case ORDER_LOSE:
        say_of_line(scenario, "loses it");
        break;
    case ORDER_DOUBLE:
        say_of_line(scenario, "doubles it");
        wire_line_carry(wire, direction, body, 0);
        wire_line_carry(wire, direction, body, 0);
        break;
    case ORDER_CUT_SHORT:
        say_of_line(scenario, "drops the end");
        wire_line_carry(wire, direction, bytes_over(body.at, body.len / 2), 0);
        break;
    case ORDER_FLIP:
        say_of_line(scenario, "flips a bit");
        carry_flipped(wire, direction, body, order);
        break;
    case ORDER_HOLD:
        say_of_line(scenario, "holds it up");
        wire_line_carry(wire, direction, body, order->late_ms);
        break;
    case ORDER_SWAP:
        say_of_line(scenario, "brings another instead");
        carry_other(scenario, order, wire, direction);
        break;
    }
}

static struct line_order *find_order(struct scenario *scenario, const struct wire_line *wire,
                                     const struct txn_message *message)
{
    for (size_t i = 0; i < scenario->order_count; i++) {
        struct line_order *order = &scenario->orders[i];
        bool is_line = (order->line == SAID_BANK_LINE) == (wire->kind == WIRE_ZONE);
        if (order->times > 0 && is_line && order->message == said_as(message) &&
            is_of_till(scenario, message, order->till))
            return order;
    }
    return NULL;
}

static bool carries(void *self, struct wire_line *wire, uint32_t direction, struct bytes body)
{
    struct scenario *scenario = self;
    struct txn_message message = {0};
    struct txn_decoded decoded;
    struct instant wall = scenario->universe->wall_start;
    if (wire->is_cut[direction] || txn_decode(&wire->profile, body, wall, &message, &decoded) != OK)
        return false;
    keep(scenario, wire, direction, &message, body);
    struct line_order *order = find_order(scenario, wire, &message);
    if (!order)
        return false;
    order->times--;
    obey(scenario, order, wire, direction, body);
    return true;
}

static struct line_order *order_line(struct scenario *scenario, const struct said *said)
{
    assert(scenario->order_count < SCENARIO_ORDERS_MAX);
    struct line_order *order = &scenario->orders[scenario->order_count++];
    *order = (struct line_order){.times = said_has(said, SLOT_TIMES) ? said->times : 1,
                                 .line = said->line,
                                 .message = said->message,
                                 .till = said->till};
    return order;
}

bool scenario_spoil(struct scenario *scenario, const struct said *said)
{
    struct line_order *order = order_line(scenario, said);
    order->what = said->fault == SAID_LOSES     ? ORDER_LOSE
                  : said->fault == SAID_DOUBLES ? ORDER_DOUBLE
                                                : ORDER_CUT_SHORT;
    return true;
}

bool scenario_flip(struct scenario *scenario, const struct said *said)
{
    struct line_order *order = order_line(scenario, said);
    order->what = ORDER_FLIP;
    order->bit = said->number;
    return true;
}

bool scenario_flip_from_end(struct scenario *scenario, const struct said *said)
{
    struct line_order *order = order_line(scenario, said);
    order->what = ORDER_FLIP;
    order->bit = said->number;
    order->is_from_end = true;
    return true;
}

bool scenario_hold_up(struct scenario *scenario, const struct said *said)
{
    struct line_order *order = order_line(scenario, said);
    order->what = ORDER_HOLD;
    order->late_ms = said->time_ms;
    return true;
}

static bool has_kept(struct scenario *scenario, const struct named_payment *named,
                     const struct said *said, struct identity *payment)
{
    if (scenario_identity(scenario, named, payment) &&
        find_kept(scenario, payment, said->line, said->message))
        return true;
    text_add(scenario->complaint, "no such message has gone by");
    return false;
}

bool scenario_swap(struct scenario *scenario, const struct said *said)
{
    struct identity payment;
    if (!has_kept(scenario, &said->payment, said, &payment))
        return false;
    struct line_order *order = order_line(scenario, said);
    order->what = ORDER_SWAP;
    order->instead = payment;
    return true;
}

bool scenario_bring_again(struct scenario *scenario, const struct said *said)
{
    struct identity payment;
    if (!has_kept(scenario, &said->payment, said, &payment))
        return false;
    const struct kept_message *kept = find_kept(scenario, &payment, said->line, said->message);
    struct wire_line *wire = &scenario->universe->wires[kept->wire];
    uint32_t times = said_has(said, SLOT_TIMES) ? said->times : 1;
    say_of_line(scenario, "brings an old message again");
    for (uint32_t i = 0; i < times; i++)
        wire_line_carry(wire, kept->direction, bytes_over(kept->bytes, kept->len), 0);
    return true;
}

static bool plug(struct scenario *scenario, struct wire_line *wire, enum said_plug how)
{
    if (scenario->universe->has_backups) {
        text_add(scenario->complaint, "it has two ways: say which");
        return false;
    }
    switch (how) {
    case SAID_UNPLUGGED:
        wire->is_unplugged = true;
        wire_line_break(wire);
        break;
    case SAID_PLUGGED_IN:
        wire->is_unplugged = false;
        break;
    case SAID_CUT:
    case SAID_MENDED:
        say_of_line(scenario, how == SAID_CUT ? "a line goes dead" : "a line is mended");
        wire->is_cut[0] = how == SAID_CUT;
        wire->is_cut[1] = how == SAID_CUT;
        break;
    case SAID_BROKEN:
        wire_line_break(wire);
        break;
    }
    return true;
}

bool scenario_back_up(struct scenario *scenario, const struct said *said)
{
    (void)said;
    if (!scenario->universe->has_backups)
        lines_change_to_backups(scenario->universe);
    return true;
}

bool scenario_plug_way(struct scenario *scenario, const struct said *said)
{
    struct line *line = &scenario->universe->lines[said->till];
    uint8_t way = said->way == WAY_BACKUP;
    if (!scenario->universe->has_backups) {
        text_add(scenario->complaint, "no line has a backup");
        return false;
    }
    if (said->plug == SAID_CUT)
        line_goes_dead(line, way);
    else if (said->plug == SAID_UNPLUGGED || said->plug == SAID_BROKEN)
        line_is_unplugged(line, way);
    if (said->plug != SAID_CUT && said->plug != SAID_UNPLUGGED)
        line_is_mended(line, way);
    return true;
}

bool scenario_plug_line(struct scenario *scenario, const struct said *said)
{
    return plug(scenario, &scenario->universe->wires[said->till], said->plug);
}

bool scenario_plug_bank(struct scenario *scenario, const struct said *said)
{
    uint32_t wire = UNIVERSE_TERMINALS + said->issuer;
    return plug(scenario, &scenario->universe->wires[wire], said->plug);
}

/* ---- the parties ---- */

static struct station_order *order_of(struct scenario *scenario, const struct said *said)
{
    return &scenario->at[scenario_station(scenario, said)->index];
}

bool scenario_die(struct scenario *scenario, const struct said *said)
{
    struct station *station = scenario_station(scenario, said);
    struct station_order *order = order_of(scenario, said);
    int64_t away_ms = said_has(said, SLOT_TIME) ? said->time_ms : DOWN_MS;
    if (!said_has(said, SLOT_POINT)) {
        if (!station->is_up) {
            text_add(scenario->complaint, "it is down already");
            return false;
        }
        scenario->universe->knobs.down_ms_max = (uint32_t)away_ms;
        station_crash(station, "as told");
        return true;
    }
    order->dies = true;
    order->point = said->point;
    order->message = said_has(said, SLOT_MESSAGE) ? said->message : SAID_COMMAND;
    order->till = said->till;
    order->is_armed = order->message == SAID_COMMAND;
    order->away_ms = away_ms;
    return true;
}

static struct moment until(const struct scenario *scenario, const struct said *said)
{
    return moment_add_ms(scenario->universe->now, said->time_ms);
}

bool scenario_freeze(struct scenario *scenario, const struct said *said)
{
    order_of(scenario, said)->frozen_until = until(scenario, said);
    return true;
}

bool scenario_hsm_away(struct scenario *scenario, const struct said *said)
{
    order_of(scenario, said)->hsm_away_until = until(scenario, said);
    return true;
}

bool scenario_disk_full(struct scenario *scenario, const struct said *said)
{
    order_of(scenario, said)->disk_full_until = until(scenario, said);
    return true;
}

bool scenario_disk_refuses(struct scenario *scenario, const struct said *said)
{
    order_of(scenario, said)->disk_refuses_until = until(scenario, said);
    return true;
}

bool scenario_clock(struct scenario *scenario, const struct said *said)
{
    scenario_station(scenario, said)->skew_us = said->time_ms * 1000;
    return true;
}

bool scenario_card(struct scenario *scenario, const struct said *said)
{
    uint32_t shop = universe_shop(scenario->universe, said->till)->index;
    struct station_order *order = &scenario->at[shop];
    order->card_strikes = true;
    order->card_is_armed = false;
    order->card_till = said->till;
    order->card_fault = said->card_fault;
    return true;
}

static void arrives(void *self, uint32_t station, const struct txn_message *message)
{
    struct scenario *scenario = self;
    struct station_order *order = &scenario->at[station];
    if (order->dies && order->message == said_as(message) &&
        is_of_till(scenario, message, order->till))
        order->is_armed = true;
    if (order->card_strikes && said_as(message) == SAID_ANSWER &&
        is_of_till(scenario, message, order->card_till))
        order->card_is_armed = true;
}

/* ---- what strikes ---- */

/* The stage after which a party that dies at a point is gone. */
static enum engine_stage stage_of(enum said_point point)
{
    static const enum engine_stage stages[] = {
        [SAID_BEFORE_LOADING] = ENGINE_RECEIVE,      [SAID_BEFORE_DECIDING] = ENGINE_CHECK,
        [SAID_BEFORE_RECORDING] = ENGINE_DECIDE,     [SAID_WHILE_RECORDING_KEPT] = ENGINE_DECIDE,
        [SAID_WHILE_RECORDING_LOST] = ENGINE_DECIDE, [SAID_BEFORE_SENDING] = ENGINE_RECORD,
        [SAID_AFTER_SENDING] = ENGINE_SEND,
    };
    return stages[point];
}

static bool is_in_commit(enum said_point point)
{
    return point == SAID_WHILE_RECORDING_KEPT || point == SAID_WHILE_RECORDING_LOST;
}

static bool dies_now(struct scenario *scenario, struct station_order *order, enum sim_fault fault)
{
    enum engine_stage stage = scenario->universe->stations[scenario->universe->acting].stage;
    enum sim_fault how = is_in_commit(order->point) ? FAULT_STORE_IN_DOUBT : FAULT_CRASH;
    if (!order->dies || !order->is_armed || fault != how || stage != stage_of(order->point))
        return false;
    order->dies = false;
    scenario->universe->knobs.down_ms_max = (uint32_t)order->away_ms;
    scenario->draw = order->point == SAID_WHILE_RECORDING_KEPT;
    return true;
}

static bool freezes(struct scenario *scenario, const struct station_order *order)
{
    int64_t left_ns = order->frozen_until.ns - scenario->universe->now.ns;
    scenario->draw = left_ns > 0 ? (uint64_t)left_ns / 1000000 : 0;
    return left_ns > 0;
}

static bool card_strikes(struct scenario *scenario, struct station_order *order)
{
    if (!order->card_strikes || !order->card_is_armed)
        return false;
    order->card_strikes = false;
    scenario->draw = order->card_fault == SAID_SAYS_NO;
    return true;
}

static bool strikes(void *self, enum sim_fault fault)
{
    struct scenario *scenario = self;
    struct station_order *order = &scenario->at[scenario->universe->acting];
    int64_t now = scenario->universe->now.ns;
    switch ((int)fault) {
    case FAULT_CRASH:
    case FAULT_STORE_IN_DOUBT:
        return dies_now(scenario, order, fault);
    case FAULT_SLOW:
        return freezes(scenario, order);
    case FAULT_HSM_DOWN:
        return order->hsm_away_until.ns > now;
    case FAULT_STORE_FULL:
        return order->disk_full_until.ns > now;
    case FAULT_STORE_LOAD:
        return order->disk_refuses_until.ns > now;
    case FAULT_CARD:
        return card_strikes(scenario, order);
    default:
        return false;
    }
}

static uint64_t draws(void *self, uint64_t below)
{
    const struct scenario *scenario = self;
    (void)below;
    return scenario->draw;
}

struct script scenario_script(struct scenario *scenario)
{
    return (struct script){.self = scenario,
                           .strikes = strikes,
                           .draws = draws,
                           .carries = carries,
                           .arrives = arrives};
}

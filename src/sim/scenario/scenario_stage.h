/*
 * A scenario while it plays, for the files that play its sentences: what was asked for, what is
 * ordered to go wrong, and what went by on the wires.
 */
#ifndef SIM_SCENARIO_STAGE_H
#define SIM_SCENARIO_STAGE_H

#include "sim/scenario/scenario_words.h"
#include "sim/universe.h"

#define SCENARIO_ORDERS_MAX 64
#define SCENARIO_ASKED_MAX 200
#define SCENARIO_ALARMS_MAX 64

/* A payment that a till was told to make. Its identity is of the terminal's next trace number or a
 * later one, and before that of the till's next payment here. */
struct asked_payment {
    uint32_t till;
    size_t ticket;
    uint32_t batch;
    uint32_t trace;
};

/* Something that a line has ordered to go wrong with messages of a kind. */
struct line_order {
    uint32_t times; /* that it is still to happen */
    enum said_line line;
    enum said_message message;
    uint32_t till;
    enum { ORDER_LOSE, ORDER_DOUBLE, ORDER_CUT_SHORT, ORDER_FLIP, ORDER_HOLD, ORDER_SWAP } what;
    uint32_t bit;            /* ORDER_FLIP */
    bool is_from_end;        /* counted from the last one, which is 1 */
    int64_t late_ms;         /* ORDER_HOLD */
    struct identity instead; /* ORDER_SWAP: the answer of this payment goes */
};

/* What is ordered to go wrong in a station. */
struct station_order {
    bool dies;
    bool is_armed; /* by the message it is about, or at once */
    enum said_point point;
    enum said_message message; /* SAID_COMMAND: at once */
    uint32_t till;
    int64_t away_ms;
    struct moment hsm_away_until;
    struct moment disk_full_until;
    struct moment disk_refuses_until;
    struct moment frozen_until;
    bool card_strikes; /* AT_TERMINAL: at the next cryptogram after an answer */
    enum said_card card_fault;
    uint32_t card_till;
    bool card_is_armed;
};

/* A message that went into a wire. */
struct kept_message {
    uint32_t wire;
    uint32_t direction;
    enum said_message said;
    struct identity payment;
    size_t len;
    uint8_t bytes[FRAME_BODY_LEN_MAX];
};

struct scenario {
    struct universe *universe;
    struct script script;
    struct text *complaint;
    bool is_told; /* its first sentence was reached: what came before is not worth telling */
    size_t asked_count;
    struct asked_payment asked[SCENARIO_ASKED_MAX];
    size_t last_ticket[UNIVERSE_TERMINALS];
    size_t order_count;
    struct line_order orders[SCENARIO_ORDERS_MAX];
    struct station_order at[UNIVERSE_STATIONS];
    uint64_t draw; /* what the fault that just struck leaves open */
    size_t kept_count;
    size_t kept_room;
    struct kept_message *kept;
    size_t alarm_count;
    char alarms[SCENARIO_ALARMS_MAX][CHRONICLE_LINE_LEN];
};

/* What plays a sentence: false when it came out otherwise, which then stands in the complaint. */
typedef bool scenario_act(struct scenario *scenario, const struct said *said);

/* ---- at the tills: scenario_till.c ---- */

scenario_act scenario_sign_in, scenario_sign_off, scenario_echo, scenario_settle, scenario_sell,
    scenario_hold, scenario_balance, scenario_follow, scenario_query, scenario_give_up,
    scenario_give_code, scenario_sell_offline;

/* Tells the till a plain command. */
void scenario_tell(struct scenario *scenario, uint32_t till, enum command_kind kind);

/* The ticket of a named payment, or NULL and a complaint. */
const struct ticket *scenario_ticket(struct scenario *scenario, const struct named_payment *named);

/* Its identity, as its terminal has it. False when the terminal has no such payment; no complaint.
 */
bool scenario_identity(struct scenario *scenario, const struct named_payment *named,
                       struct identity *out);

/* ---- what goes wrong: scenario_fault.c ---- */

scenario_act scenario_spoil, scenario_hold_up, scenario_flip, scenario_flip_from_end, scenario_swap,
    scenario_bring_again, scenario_back_up, scenario_plug_line, scenario_plug_way,
    scenario_plug_bank, scenario_die, scenario_freeze, scenario_hsm_away, scenario_disk_full,
    scenario_disk_refuses, scenario_clock, scenario_card;

/* The script of a world that plays this scenario. */
struct script scenario_script(struct scenario *scenario);
void scenario_forget_messages(struct scenario *scenario);

/* ---- what persons say: scenario_person.c ---- */

scenario_act scenario_testify, scenario_testify_in_vain;

/* ---- what must have come of it: scenario_expect.c ---- */

scenario_act scenario_pass, scenario_shows, scenario_says_nothing, scenario_has, scenario_knows_not,
    scenario_agree, scenario_paid, scenario_held, scenario_phone, scenario_quiet, scenario_alarmed,
    scenario_goes_by;

/* Lets time go by until all is at rest, five minutes at most: nothing pending, owed or in doubt.
 * False, with a complaint, when it never is. */
bool scenario_rest(struct scenario *scenario);

/* ---- small helps: scenario.c ---- */

struct station *scenario_station(struct scenario *scenario, const struct said *said);

/* Lets time go by; false, with a complaint, when an oracle objects meanwhile. */
bool scenario_wait(struct scenario *scenario, int64_t ms);

#endif

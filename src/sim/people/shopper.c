#include "sim/people/shopper.h"

#include "sim/people/aftersale.h"
#include "sim/people/attestor.h"
#include "sim/people/dispute.h"
#include "sim/people/errand.h"
#include "sim/people/operator.h"
#include "sim/reach.h"
#include "sim/reorder.h"
#include "sim/universe.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define AIMED_PER_MILLE 250
#define PATIENCE_MS 30000
#define QUICK_MS 3000         /* whoever waits longer looks at his phone */
#define POWER_CUT_MS_MAX 2000 /* most payments are over by then */
#define NIGHT_MS_MIN (8 * 3600 * 1000)
#define NIGHT_MS_MAX (26 * 3600 * 1000) /* longer than a hold of a day */
#define WAKING_BANKS 8                  /* in one night of so many they keep their lines open */
#define CLOSING_MS (10 * 60 * 1000)
#define FAVOURITES 5 /* more than there are tills, so that one is always free */
#define WRONG_PIN "4321"
#define RESERVED_CARDS VAULT_ISSUERS /* good cards, kept for the sale after healing */
#define SALE_MINOR 1000 /* of that sale: under every limit, over the tap limit of none */

void shopper_open(struct shopper *till, struct universe *universe, uint32_t terminal)
{
    *till = (struct shopper){.universe = universe, .terminal = terminal};
}

void counter_close(struct counter *counter)
{
    free(counter->tickets);
    counter->tickets = NULL;
    free(counter->charges);
    counter->charges = NULL;
}

static bool shopper_waits(const struct shopper *till)
{
    return till->ticket != 0;
}

static struct ticket *ticket_of(const struct shopper *till)
{
    return &till->universe->counter.tickets[till->ticket - 1];
}

size_t shopper_ticket(struct shopper *till, enum command_kind kind)
{
    struct counter *counter = &till->universe->counter;
    if (counter->count == counter->room) {
        counter->room = counter->room == 0 ? 128 : 2 * counter->room;
        counter->tickets = realloc(counter->tickets, counter->room * sizeof *counter->tickets);
        assert(counter->tickets);
    }
    counter->tickets[counter->count++] =
        (struct ticket){.till = till->terminal,
                        .station = universe_shop(till->universe, till->terminal)->index,
                        .kind = kind,
                        .asked = till->universe->now};
    return counter->count;
}

/* ---- what people do ---- */

static bool card_is_elsewhere(const struct universe *universe, uint32_t card)
{
    if (universe->knobs.has_twins)
        return false;
    for (uint32_t i = 0; i < UNIVERSE_TERMINALS; i++) {
        const struct shopper *till = &universe->tills[i];
        if (shopper_waits(till) && ticket_of(till)->card == card)
            return true;
    }
    return false;
}

/* How many cards come by day. */
static uint32_t cards_by_day(const struct universe *universe)
{
    uint32_t all = universe->world.card_count - RESERVED_CARDS;
    uint32_t some = universe->options->cards;
    return some == 0 || some > all ? all : some;
}

uint32_t shopper_any_card(struct universe *universe)
{
    uint32_t others = cards_by_day(universe);
    return RESERVED_CARDS + (uint32_t)prng_below(&universe->chance, others);
}

/* Some cards come again and again, so that their limits and counters matter. */
static uint32_t pick_favourite(struct universe *universe)
{
    uint32_t others = cards_by_day(universe);
    uint32_t nth = (uint32_t)prng_below(&universe->chance, FAVOURITES);
    return RESERVED_CARDS + (universe->knobs.favourite + nth * 7) % others;
}

static void pick_card(struct shopper *till, struct ticket *ticket)
{
    struct universe *universe = till->universe;
    if (universe->is_healing) {
        ticket->card = till->terminal % RESERVED_CARDS;
        return;
    }
    do
        ticket->card = prng_chance(&universe->chance, 700) ? pick_favourite(universe)
                                                           : shopper_any_card(universe);
    while (universe->options->cards == 0 && card_is_elsewhere(universe, ticket->card));
}

static void pick_entry(struct universe *universe, struct ticket *ticket)
{
    uint8_t media = universe->world.cards[ticket->card].media;
    uint64_t chance = prng_below(&universe->chance, 100);
    if (universe->is_healing)
        ticket->entry = media & LAB_CHIP ? ENTRY_CHIP : ENTRY_STRIPE;
    else if (chance < 10)
        ticket->entry = ENTRY_KEYED;
    else if (chance < 18 || !(media & LAB_CHIP))
        ticket->entry = ENTRY_STRIPE;
    else
        ticket->entry = chance < 40 ? ENTRY_CONTACTLESS : ENTRY_CHIP;
}

static void pick_amount(struct universe *universe, struct ticket *ticket)
{
    uint64_t chance = prng_below(&universe->chance, 100);
    int64_t minor = 1 + (int64_t)prng_below(&universe->chance, 20000);
    if (chance < 3)
        minor = chance == 0 ? 0 : -minor;
    else if (chance < 8)
        minor = (int64_t)prng_below(&universe->chance, 200000000);
    if (universe->is_healing)
        minor = SALE_MINOR;
    ticket->amount = (struct money){minor, universe->world.currency};
    if (ticket->transaction == KIND_BALANCE)
        ticket->amount.minor = 0;
}

static void pick_pin(struct universe *universe, struct ticket *ticket)
{
    bool is_small_tap = ticket->entry == ENTRY_CONTACTLESS && ticket->amount.minor <= 30000;
    ticket->pin_given =
        universe->is_healing || (!is_small_tap && !prng_chance(&universe->chance, 30));
    ticket->pin_right = universe->is_healing ||
                        !prng_chance(&universe->chance, universe->knobs.wrong_pin_per_mille);
    ticket->number_right = !prng_chance(&universe->chance, 100);
}

static void fill_card(const struct shopper *till, const struct ticket *ticket,
                      struct presented_card *out)
{
    struct universe *universe = till->universe;
    const struct lab_card *card = &universe->world.cards[ticket->card];
    out->entry = ticket->entry;
    out->card = ticket->card;
    out->is_fallback = ticket->entry == ENTRY_STRIPE && prng_chance(&universe->chance, 300);
    if (ticket->entry == ENTRY_KEYED) {
        memcpy(out->keyed, card->pan, sizeof card->pan);
        out->expiry = card->expiry;
        if (!ticket->number_right)
            out->keyed[10] = (char)('0' + (out->keyed[10] - '0' + 1) % 10);
    }
    if (ticket->pin_given) {
        enum err err =
            secret_from(bytes_of_z(ticket->pin_right ? card->pin : WRONG_PIN), &out->pin);
        assert(err == OK);
    }
}

static const char *command_text(const struct ticket *ticket)
{
    static const char *const texts[COMMAND_COUNT] = {
        [COMMAND_SIGN_IN] = "sign in",
        [COMMAND_SIGN_OFF] = "sign off",
        [COMMAND_ECHO] = "echo",
        [COMMAND_CANCEL] = "cancel",
        [COMMAND_SETTLE] = "settle",
        [COMMAND_LOG_IN] = "a cashier logs in",
        [COMMAND_LOG_OFF] = "the cashier logs off",
        [COMMAND_QUERY] = "asks what became of an earlier payment",
        [COMMAND_PRINTED] = "prints a slip again",
        [COMMAND_FETCH] = "fetches a download",
        [COMMAND_GIVE_CODE] = "the customer asks his bank for a code",
    };
    if (ticket->kind == COMMAND_PAY)
        return kind_row(ticket->transaction)->name;
    return texts[ticket->kind] ? texts[ticket->kind] : "?";
}

static const char *entry_text(enum entry_mode entry)
{
    switch (entry) {
    case ENTRY_KEYED:
        return "keyed";
    case ENTRY_STRIPE:
        return "stripe";
    case ENTRY_CHIP:
        return "chip";
    case ENTRY_CONTACTLESS:
        return "tap";
    case ENTRY_QR:
        return "QR code";
    case ENTRY_NONE:
        break;
    }
    return "no card";
}

static void say_asked(const struct shopper *till, const struct ticket *ticket)
{
    struct universe *universe = till->universe;
    struct text *line = chronicle_line(&universe->chronicle, universe->now,
                                       universe->world.terminals[till->terminal].id);
    text_add(line, command_text(ticket));
    if (ticket->kind == COMMAND_PAY) {
        text_add_char(line, ' ');
        money_add_text(line, ticket->amount);
        text_add_char(line, ' ');
        text_add(line, universe->world.cards[ticket->card].label);
        text_add_char(line, ' ');
        text_add(line, entry_text(ticket->entry));
        text_add(line, !ticket->pin_given ? "" : ticket->pin_right ? ", PIN" : ", wrong PIN");
    }
    if (ticket->follows != 0) {
        text_add(line, ", of ");
        identity_add_text(line, &universe->counter.tickets[ticket->follows - 1].payment.identity);
    }
    chronicle_end(&universe->chronicle);
}

/* ---- commands ---- */

static bool command_send(struct shopper *till, size_t ticket, const struct node_command *command)
{
    struct universe *universe = till->universe;
    struct station *station =
        ticket == 0 ? universe_shop(universe, till->terminal)
                    : &universe->stations[universe->counter.tickets[ticket - 1].station];
    struct node_event *event = station_event(station);
    if (!event)
        return false;
    event->kind = EVENT_COMMAND;
    event->ticket = ticket;
    event->line_is_up = universe->wires[till->terminal].is_up;
    if (universe->has_backups) {
        event->way = line_way(&universe->lines[till->terminal]);
        event->line_is_up = event->way != WAY_NONE;
    }
    engine_event_command(station->at.engine, event, command);
    station_wake(station);
    return true;
}

void shopper_command(const struct shopper *till, enum command_kind kind, struct node_command *out)
{
    const char *id = till->universe->world.terminals[till->terminal].id;
    *out = (struct node_command){.kind = kind};
    memset(out->terminal, ' ', sizeof out->terminal);
    memcpy(out->terminal, id, strlen(id));
}

void shopper_give(struct shopper *till, size_t ticket, const struct node_command *command)
{
    till->ticket = ticket;
    say_asked(till, ticket_of(till));
    if (command_send(till, ticket, command))
        return;
    till->ticket = 0;
    till->universe->counter.tickets[ticket - 1].is_lost = true;
}

static void ask_plain(struct shopper *till, enum command_kind kind)
{
    struct node_command command;
    size_t ticket = shopper_ticket(till, kind);
    shopper_command(till, kind, &command);
    if (kind == COMMAND_SETTLE && till->has_differed)
        aftersale_confirm(till, &command);
    shopper_give(till, ticket, &command);
    secret_wipe(&command.supervisor.password);
}

size_t shopper_ask(struct shopper *till, const struct ticket *asked,
                   const struct node_command *command)
{
    size_t number = shopper_ticket(till, asked->kind);
    struct ticket *ticket = &till->universe->counter.tickets[number - 1];
    *ticket = *asked;
    ticket->till = till->terminal;
    ticket->station = universe_shop(till->universe, till->terminal)->index;
    ticket->asked = till->universe->now;
    say_asked(till, ticket);
    ticket->is_lost = !command_send(till, number, command);
    till->ticket = ticket->is_lost ? 0 : number;
    return number;
}

/* Gives the command of a payment's ticket, and sometimes gives it twice. */
static void press(struct shopper *till, size_t number, const struct node_command *command)
{
    struct universe *universe = till->universe;
    struct ticket *ticket = &universe->counter.tickets[number - 1];
    say_asked(till, ticket);
    till->sent = (struct identity){0};
    till->pressed = number;
    universe->tally.payments++;
    if (command_send(till, number, command))
        till->ticket = number;
    else
        ticket->is_lost = true;
    if (universe_strikes(universe, FAULT_POWER_CUT))
        agenda_note(&universe->agenda,
                    &(struct agenda_item){.due = universe_soon(universe, 0, POWER_CUT_MS_MAX),
                                          .kind = AGENDA_POWER,
                                          .subject = ticket->station,
                                          .generation = universe->stations[ticket->station].run});
    if (prng_chance(&universe->chance, universe->knobs.impatient_per_mille)) { /* pressed twice */
        size_t again = shopper_ticket(till, COMMAND_PAY);
        struct ticket *second = &universe->counter.tickets[again - 1];
        *second = universe->counter.tickets[number - 1];
        second->is_lost = !command_send(till, again, command);
    }
}

/* again: the ticket of an order to be sent once more; 0: it is a new payment. */
static void ask_payment(struct shopper *till, enum txn_kind kind, size_t again)
{
    struct universe *universe = till->universe;
    struct node_command command;
    size_t number = shopper_ticket(till, COMMAND_PAY);
    struct ticket *ticket = &universe->counter.tickets[number - 1];
    ticket->transaction = kind;
    if (again != 0) {
        reorder_fill(till, ticket, &universe->counter.tickets[again - 1]);
    } else {
        pick_card(till, ticket);
        pick_entry(universe, ticket);
        pick_amount(universe, ticket);
    }
    pick_pin(universe, ticket);
    shopper_command(till, COMMAND_PAY, &command);
    command.transaction = kind;
    command.amount = ticket->amount;
    fill_card(till, ticket, &command.card);
    if (kind == KIND_SALE)
        reorder_name(till, number, &command);
    press(till, number, &command);
    secret_wipe(&command.card.pin);
}

static void ask_by_code(struct shopper *till)
{
    struct node_command command;
    size_t number = shopper_ticket(till, COMMAND_PAY);
    struct ticket *ticket = &till->universe->counter.tickets[number - 1];
    shopper_command(till, COMMAND_PAY, &command);
    errand_take_code(till, ticket, &command);
    command.transaction = ticket->transaction;
    press(till, number, &command);
}

/* Does something about the earlier payment of that ticket. */
static void ask_follow_up(struct shopper *till, size_t original)
{
    struct node_command command;
    size_t number = shopper_ticket(till, COMMAND_PAY);
    struct ticket *ticket = &till->universe->counter.tickets[number - 1];
    ticket->follows = original;
    shopper_command(till, COMMAND_PAY, &command);
    aftersale_decide(till, ticket, &command);
    press(till, number, &command);
    secret_wipe(&command.supervisor.password);
}

static void ask_cancel(struct shopper *till)
{
    struct node_command command;
    shopper_command(till, COMMAND_CANCEL, &command);
    chronicle_say(&till->universe->chronicle, till->universe->now,
                  till->universe->world.terminals[till->terminal].id, "cancel");
    if (!command_send(till, 0, &command))
        till->ticket = 0;
}

/* ---- the day ---- */

/* In most nights the banks close their lines too, once what is owed has had time to get through: on
 * an open one nothing happens but echoes. */
static void fall_asleep(struct universe *universe)
{
    chronicle_say(&universe->chronicle, universe->now, "world", "the shops close for the night");
    universe->dawn = universe_soon(universe, NIGHT_MS_MIN, NIGHT_MS_MAX);
    if (universe_draw(universe, WAKING_BANKS) != 0)
        agenda_note(&universe->agenda,
                    &(struct agenda_item){.due = moment_add_ms(universe->now, CLOSING_MS),
                                          .kind = AGENDA_REST});
}

static void shop_next(struct shopper *till)
{
    struct universe *universe = till->universe;
    struct moment due = universe_soon(universe, 50, universe->knobs.think_ms_max);
    bool had_night = universe->dawn.ns != 0; /* one is enough: terminals do not sleep meanwhile */
    if (!had_night && !universe->script && universe_strikes(universe, FAULT_NIGHT))
        fall_asleep(universe);
    if (due.ns < universe->dawn.ns && !universe->is_healing)
        due.ns += universe->dawn.ns - universe->now.ns;
    shopper_note(till, due);
}

void shopper_note(struct shopper *till, struct moment due)
{
    agenda_note(&till->universe->agenda, &(struct agenda_item){.due = due,
                                                               .kind = AGENDA_SHOP,
                                                               .subject = till->terminal,
                                                               .generation = ++till->turn});
}

/* A second hand signs the till in while its payment is on its way: new keys at both ends. */
static void change_keys(struct shopper *till)
{
    struct node_command command;
    size_t number = shopper_ticket(till, COMMAND_SIGN_IN);
    struct ticket *ticket = &till->universe->counter.tickets[number - 1];
    shopper_command(till, COMMAND_SIGN_IN, &command);
    say_asked(till, ticket);
    ticket->is_lost = !command_send(till, number, &command);
}

static void wait_longer(struct shopper *till)
{
    struct universe *universe = till->universe;
    if (universe_strikes(universe, FAULT_KEY_CHANGE))
        change_keys(till);
    int64_t waited_ns = universe->now.ns - ticket_of(till)->asked.ns;
    if (waited_ns > QUICK_MS * INT64_C(1000000))
        dispute_consider(till, till->ticket);
    if (prng_chance(&universe->chance, universe->knobs.impatient_per_mille / 4))
        ask_cancel(till);
    else if (waited_ns > PATIENCE_MS * INT64_C(1000000))
        till->ticket = 0; /* walks away; the terminal must do right without him */
}

/* What the seed aims its crashes at is asked for more often. False: it is nothing to be asked for
 * by itself. */
static bool serve_aim(struct shopper *till)
{
    switch ((int)till->universe->knobs.aim.op) {
    case OP_SIGN_IN:
        ask_plain(till, COMMAND_SIGN_IN);
        return true;
    case OP_SETTLE:
        ask_plain(till, COMMAND_SETTLE);
        return true;
    case OP_QUERY:
        errand_ask_about(till, COMMAND_QUERY);
        return true;
    case OP_OFFLINE_SALE:
        if (till->code == 0)
            errand_ask_code(till);
        return till->code == 0;
    default:
        return false;
    }
}

static bool is_aimed(const struct shopper *till)
{
    struct universe *universe = till->universe;
    return universe->knobs.aim.is_on && prng_chance(&universe->chance, AIMED_PER_MILLE);
}

/* For what follows a hold, more holds. */
static enum txn_kind pick_first(struct shopper *till, uint64_t chance)
{
    enum txn_kind aimed = reach_op_kind(till->universe->knobs.aim.op);
    if (is_aimed(till)) {
        if (aimed == KIND_BALANCE || aimed == KIND_SALE)
            return aimed;
        if (aimed == KIND_PREAUTH || kind_may_follow(aimed, KIND_PREAUTH) ||
            aimed == KIND_COMPLETION_VOID)
            return KIND_PREAUTH;
    }
    if (chance < 17)
        return KIND_BALANCE;
    return chance < 30 || chance >= 90 ? KIND_PREAUTH : KIND_SALE;
}

/* A payment, or something about an earlier one. */
static void buy(struct shopper *till, uint64_t chance)
{
    struct prng *prng = &till->universe->chance;
    size_t disputed = dispute_take(till);
    size_t original = chance >= 30 ? aftersale_pick(till) : 0;
    size_t again = reorder_take(till);
    if (disputed != 0)
        ask_follow_up(till, disputed);
    else if (again != 0)
        ask_payment(till, KIND_SALE, again);
    else if (till->code != 0 && prng_chance(prng, 600))
        ask_by_code(till);
    else if (original != 0)
        ask_follow_up(till, original);
    else
        ask_payment(till, pick_first(till, chance), 0);
}

static bool must_log_in(const struct shopper *till)
{
    return till->universe->town.has_cashiers && !till->is_logged_in;
}

static void serve(struct shopper *till)
{
    struct universe *universe = till->universe;
    uint64_t chance = prng_below(&universe->chance, 100);
    if (!till->is_signed_in && chance < 90) {
        ask_plain(till, COMMAND_SIGN_IN);
    } else if (must_log_in(till) && chance < 90) {
        errand_log_in(till);
    } else if (till->must_settle && chance < 90) {
        ask_plain(till, COMMAND_SETTLE);
    } else if (is_aimed(till) && serve_aim(till)) {
        return;
    } else if (chance < 5) {
        errand_run(till, prng_below(&universe->chance, 100));
    } else if (chance < 7) {
        ask_plain(till, COMMAND_SIGN_IN);
    } else if (chance < 10) {
        ask_plain(till, COMMAND_SETTLE);
    } else if (till->code == 0 && prng_chance(&universe->chance, 80)) {
        errand_ask_code(till);
    } else if (universe->counter.payments_left > 0) {
        universe->counter.payments_left--;
        buy(till, chance);
    }
}

static void close_day(struct shopper *till)
{
    if (!till->is_signed_in)
        ask_plain(till, COMMAND_SIGN_IN);
    else if (must_log_in(till))
        errand_log_in(till);
    else if (!till->has_settled)
        ask_plain(till, COMMAND_SETTLE);
    else if (!till->has_sold)
        ask_payment(till, KIND_SALE, 0);
}

void shopper_shop(struct shopper *till)
{
    shop_next(till);
    if (universe_strikes(till->universe, FAULT_OPERATOR))
        operator_meddle(till->universe);
    attestor_look(till->universe);
    if (universe_strikes(till->universe, FAULT_CLOCK_JUMP))
        station_jump(&till->universe
                          ->stations[universe_draw(till->universe, till->universe->station_count)]);
    if (!universe_shop(till->universe, till->terminal)->is_up)
        return;
    uint32_t tills = till->universe->options->tills;
    if (shopper_waits(till))
        wait_longer(till);
    else if (till->universe->is_healing)
        close_day(till);
    else if (tills == 0 || till->terminal < tills)
        serve(till);
}

/* ---- what people see ---- */

static void learn_settled(struct shopper *till, enum outcome outcome)
{
    till->has_differed = outcome == OUTCOME_SETTLEMENT_TOTALS_DIFFER;
    if (!outcome_is_approved(outcome))
        return;
    till->must_settle = false;
    till->has_settled = till->universe->is_healing;
}

static void learn(struct shopper *till, const struct ticket *ticket)
{
    enum outcome outcome = ticket->outcome;
    if (ticket->kind == COMMAND_SIGN_IN && outcome_is_approved(outcome))
        till->is_signed_in = true;
    if (ticket->kind == COMMAND_SIGN_OFF || outcome == OUTCOME_TERMINAL_NOT_SIGNED_IN ||
        outcome == OUTCOME_TERMINAL_CLOCK_WRONG || outcome == OUTCOME_TERMINAL_KEY_MISSING ||
        outcome == OUTCOME_MESSAGE_MAC_WRONG || outcome == OUTCOME_TERMINAL_REVERSAL_PENDING ||
        outcome == OUTCOME_TERMINAL_BATCH_UNKNOWN)
        till->is_signed_in = false;
    if (ticket->kind == COMMAND_LOG_IN && outcome_is_approved(outcome))
        till->is_logged_in = true;
    if (ticket->kind == COMMAND_LOG_OFF || outcome == OUTCOME_TERMINAL_OPERATOR_UNKNOWN)
        till->is_logged_in = false;
    if (ticket->kind == COMMAND_GIVE_CODE && outcome_is_approved(outcome))
        till->code = (size_t)(ticket - till->universe->counter.tickets) + 1;
    if (outcome == OUTCOME_TERMINAL_MUST_SETTLE) {
        till->must_settle = true;
        till->has_settled = false; /* an old sign-in's answer can lead back into a closed batch */
    }
    if (ticket->kind == COMMAND_SETTLE)
        learn_settled(till, outcome);
    if (till->universe->is_healing && ticket->transaction == KIND_SALE &&
        outcome_is_approved(outcome))
        till->has_sold = true;
}

static void say_shown(struct universe *universe, const struct ticket *ticket)
{
    struct text *line = chronicle_line(&universe->chronicle, universe->now,
                                       universe->world.terminals[ticket->till].id);
    text_add(line, "shows ");
    text_add(line, outcome_row(ticket->outcome)->name);
    if (ticket->has_payment) {
        text_add(line, " (");
        identity_add_text(line, &ticket->payment.identity);
        text_add(line, ", money ");
        text_add(line, money_state_name((enum money_state)ticket->payment.money));
        text_add_char(line, ')');
    }
    chronicle_end(&universe->chronicle);
}

void shopper_show(struct universe *universe, const struct node_display *display)
{
    struct counter *counter = &universe->counter;
    if (display->ticket == 0)
        return;
    if (display->ticket > counter->count || !outcome_is_known(display->outcome)) {
        universe_find(universe, "a display for a ticket that nobody holds");
        return;
    }
    struct ticket *ticket = &counter->tickets[display->ticket - 1];
    if (ticket->is_shown)
        universe_find(universe, "one command is answered by two displays");
    if (ticket->is_lost)
        universe_find(universe, "a display for a command of before a crash");
    ticket->is_shown = true;
    ticket->outcome = display->outcome;
    ticket->has_payment = display->has_payment;
    ticket->payment = display->payment;
    ticket->told_state = display->told_state;
    ticket->is_repeat = display->is_repeat;
    universe->tally.outcomes[display->outcome]++;
    universe->tally.approved +=
        ticket->kind == COMMAND_PAY && outcome_is_approved(display->outcome);
    say_shown(universe, ticket);
    struct shopper *till = &universe->tills[ticket->till];
    if (till->ticket == display->ticket)
        till->ticket = 0;
    learn(till, ticket);
    reorder_learn(till, ticket);
    dispute_consider(till, display->ticket);
}

void shopper_lose(struct universe *universe, uint32_t station)
{
    struct counter *counter = &universe->counter;
    for (size_t i = 0; i < counter->count; i++) {
        struct ticket *ticket = &counter->tickets[i];
        if (ticket->station == station && !ticket->is_shown)
            ticket->is_lost = true;
    }
    for (uint32_t i = 0; i < UNIVERSE_TERMINALS; i++) {
        struct shopper *till = &universe->tills[i];
        if (!shopper_waits(till) || ticket_of(till)->station != station)
            continue;
        dispute_consider(till, till->ticket);
        till->ticket = 0;
    }
}

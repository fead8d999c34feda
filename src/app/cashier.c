#include "app/cashier.h"

#include "app/payment_json.h"
#include "app/server.h"
#include "base/assert.h"
#include "host/clock.h"

#include <stdlib.h>
#include <string.h>

struct cashier {
    struct server *server;
    struct party_server *terminal;
    size_t signing_in; /* terminals that were asked to at the start */
};

/* One thing that a cashier asked for, from the keys to the receipt. */
struct errand {
    struct cashier *cashier;
    struct control_call *call; /* NULL: nobody waits */
    struct node_command command;
    bool is_signing_in; /* first, because the terminal is not signed in */
    bool has_signed_in;
    struct moment started;
};

static const struct {
    const char *name;
    enum command_kind kind;
    enum txn_kind transaction;
} verbs[] = {
    {"sale", COMMAND_PAY, KIND_SALE},       {"balance", COMMAND_PAY, KIND_BALANCE},
    {"signin", COMMAND_SIGN_IN, KIND_NONE}, {"signoff", COMMAND_SIGN_OFF, KIND_NONE},
    {"echo", COMMAND_ECHO, KIND_NONE},
};

static const struct {
    const char *name;
    enum entry_mode entry;
    uint8_t media; /* what the card must have */
} entries[] = {
    {"chip", ENTRY_CHIP, LAB_CHIP},
    {"stripe", ENTRY_STRIPE, LAB_STRIPE},
    {"tap", ENTRY_CONTACTLESS, LAB_CONTACTLESS},
    {"keyed", ENTRY_KEYED, 0},
};

/* ---- sending commands ---- */

static void errand_show(void *context, const struct node_display *display);

static void errand_end(struct errand *errand)
{
    bytes_wipe(&errand->command, sizeof errand->command);
    free(errand);
}

static void errand_refuse(struct errand *errand, const char *words)
{
    if (errand->call != NULL)
        control_refuse(errand->call, words);
    errand_end(errand);
}

static void errand_send(struct errand *errand, const struct node_command *command)
{
    struct server *server = errand->cashier->server;
    struct lane *lane = errand->cashier->terminal->lane;
    struct lane_item *item = lane_item_new(lane);
    uint64_t ticket = item == NULL ? 0 : tickets_new(&server->tickets, errand_show, errand);

    if (ticket == 0) {
        errand_refuse(errand, "the terminals are too busy; try again");
        return;
    }
    item->event.kind = EVENT_COMMAND;
    item->event.ticket = ticket;
    item->event.line_is_up = links_line_is_up(server->links, command->terminal);
    item->command = *command;
    item->has_command = true;
    lane_push(lane);
}

static void sign_in_first(struct errand *errand)
{
    struct node_command sign_in = {.kind = COMMAND_SIGN_IN};

    errand->is_signing_in = true;
    errand->has_signed_in = true;
    memcpy(sign_in.terminal, errand->command.terminal, sizeof sign_in.terminal);
    errand_send(errand, &sign_in);
}

static void errand_answer(struct errand *errand, const struct node_display *display)
{
    int64_t took_us = (clock_now().ns - errand->started.ns) / 1000;

    if (errand->call != NULL)
        control_answer(errand->call,
                       payment_json(&errand->cashier->server->config, display, took_us));
    errand_end(errand);
}

/* The answer to a sign-in on the way is never taken for that to the payment. */
static void errand_show(void *context, const struct node_display *display)
{
    struct errand *errand = context;
    bool is_payment = errand->command.kind == COMMAND_PAY;
    bool was_sign_in = errand->is_signing_in;

    errand->is_signing_in = false;
    if (was_sign_in && outcome_is_approved(display->outcome))
        errand_send(errand, &errand->command);
    else if (is_payment && display->outcome == OUTCOME_TERMINAL_NOT_SIGNED_IN &&
             !errand->has_signed_in)
        sign_in_first(errand);
    else
        errand_answer(errand, display);
}

/* ---- reading requests ---- */

static const char *text_of(const json_t *request, const char *key)
{
    return json_string_value(json_object_get(request, key));
}

static const char *take_number(struct errand *errand, const json_t *request,
                               const struct lab_card *card)
{
    const char *number = text_of(request, "number");
    const char *expiry = text_of(request, "expiry");
    struct presented_card *to = &errand->command.card;
    struct text keyed = text_over(to->keyed, sizeof to->keyed);
    uint64_t yymm = card == NULL ? 0 : card->expiry;

    if (number == NULL && card == NULL)
        return "keyed entry needs a card or a number and its expiry (YYMM)";
    text_add(&keyed, number != NULL ? number : card->pan);
    if (expiry != NULL && (strlen(expiry) != 4 || bytes_to_number(expiry, 4, &yymm) != OK))
        return "expiry: expected four digits, year then month";
    to->expiry = (uint16_t)yymm;
    return NULL;
}

static size_t entry_index(const char *name, const struct lab_card *card)
{
    size_t at = 0;

    if (name == NULL)
        name = card == NULL ? "keyed" : (card->media & LAB_CHIP) != 0 ? "chip" : "stripe";
    while (at < ARRAY_COUNT(entries) && strcmp(entries[at].name, name) != 0)
        at++;
    return at;
}

static const char *take_card(struct errand *errand, const json_t *request)
{
    const struct lab_world *world = &errand->cashier->server->config.world;
    const char *label = text_of(request, "card");
    const struct lab_card *card = NULL;
    uint32_t index = label == NULL ? world->card_count : lab_world_card(world, label);

    if (label != NULL && index == world->card_count)
        return "there is no card of this label; acquit card list shows them";
    if (label != NULL)
        card = &world->cards[index];
    size_t entry = entry_index(text_of(request, "entry"), card);
    if (entry == ARRAY_COUNT(entries))
        return "entry: expected chip, stripe, tap or keyed";
    errand->command.card.entry = entries[entry].entry;
    errand->command.card.is_fallback = json_is_true(json_object_get(request, "fallback"));
    if (entries[entry].entry == ENTRY_KEYED)
        return take_number(errand, request, card);
    if (card == NULL)
        return "this entry needs a card";
    errand->command.card.card = index;
    return NULL;
}

static const char *take_pin(struct errand *errand, const json_t *request)
{
    const char *pin = text_of(request, "pin");

    if (pin == NULL || *pin == 0)
        return NULL;
    size_t len = strlen(pin);
    if (len < PIN_DIGITS_MIN || len > PIN_DIGITS_MAX || !bytes_are_digits(pin, len) ||
        secret_from(bytes_of_z(pin), &errand->command.card.pin) != OK)
        return "pin: expected 4 to 12 digits";
    return NULL;
}

static const char *take_amount(struct errand *errand, const json_t *request)
{
    const char *amount = text_of(request, "amount");
    uint16_t currency = errand->cashier->server->config.world.currency;

    if (errand->command.transaction != KIND_SALE)
        return NULL;
    if (amount == NULL)
        return "a sale needs an amount such as 10.00";
    enum err err = money_from_text(amount, currency, &errand->command.amount);
    if (err == ERR_OVERFLOW)
        return "amount: more than 12 digits";
    return err == OK ? NULL : "amount: expected digits and at most two decimals, such as 10.00";
}

static const char *take_request(struct errand *errand, const json_t *request)
{
    const char *terminal = text_of(request, "terminal");
    const struct config *config = &errand->cashier->server->config;
    const char *fault = NULL;

    if (terminal == NULL)
        terminal = config->world.terminal_count > 0 ? config->world.terminals[0].id : "";
    if (lab_world_terminal(&config->world, terminal) >= config->listed_terminals)
        return "there is no terminal of this id here; acquit terminal list shows them";
    if (identity_id_from_text(terminal, ' ', errand->command.terminal, TERMINAL_ID_LEN) != OK)
        return "terminal: expected up to 8 characters";
    if (errand->command.kind != COMMAND_PAY)
        return NULL;
    fault = take_amount(errand, request);
    if (fault == NULL)
        fault = take_card(errand, request);
    return fault != NULL ? fault : take_pin(errand, request);
}

static struct errand *errand_new(struct cashier *cashier, struct control_call *call,
                                 enum command_kind kind)
{
    struct errand *errand = calloc(1, sizeof *errand);

    if (errand == NULL)
        return NULL;
    errand->cashier = cashier;
    errand->call = call;
    errand->command.kind = kind;
    errand->started = clock_now();
    return errand;
}

void cashier_verb(struct server *server, struct control_call *call, const json_t *request)
{
    const char *verb = text_of(request, "verb");
    size_t at = 0;

    while (at < ARRAY_COUNT(verbs) && strcmp(verbs[at].name, verb) != 0)
        at++;
    assert(at < ARRAY_COUNT(verbs));
    if (server->cashier == NULL) {
        control_refuse(call, "no terminals run in this process");
        return;
    }
    struct errand *errand = errand_new(server->cashier, call, verbs[at].kind);
    if (errand == NULL) {
        control_refuse(call, "no memory");
        return;
    }
    const char *fault = take_request(errand, request);
    if (fault != NULL)
        errand_refuse(errand, fault);
    else
        errand_send(errand, &errand->command);
}

/* ---- starting ---- */

enum err cashier_open(struct server *server, struct party_server *terminal, struct cashier **out)
{
    struct cashier *cashier = calloc(1, sizeof *cashier);

    if (cashier == NULL)
        return ERR_FULL;
    cashier->server = server;
    cashier->terminal = terminal;
    *out = cashier;
    return OK;
}

void cashier_close(struct cashier *cashier)
{
    free(cashier);
}

static void signed_in(void *context, const struct node_display *display)
{
    struct cashier *cashier = context;

    (void)display;
    cashier->signing_in--;
}

void cashier_sign_in_all(struct cashier *cashier)
{
    const struct config *config = &cashier->server->config;

    for (uint32_t i = 0; i < config->listed_terminals; i++) {
        struct lane_item *item = lane_item_new(cashier->terminal->lane);
        uint64_t ticket =
            item == NULL ? 0 : tickets_new(&cashier->server->tickets, signed_in, cashier);

        if (ticket == 0 || identity_id_from_text(config->world.terminals[i].id, ' ',
                                                 item->command.terminal, TERMINAL_ID_LEN) != OK)
            return;
        item->event.kind = EVENT_COMMAND;
        item->event.ticket = ticket;
        item->event.line_is_up = true;
        item->command.kind = COMMAND_SIGN_IN;
        item->has_command = true;
        lane_push(cashier->terminal->lane);
        cashier->signing_in++;
    }
}

bool cashier_is_signing_in(const struct cashier *cashier)
{
    return cashier->signing_in > 0;
}

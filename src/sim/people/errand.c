#include "sim/people/errand.h"

#include "sim/people/operator.h"
#include "sim/universe.h"

#include "base/assert.h"

#include <string.h>

#define CASHIER_PASSWORD "0000" /* of cashiers 1 to 5, as from the factory */
#define CASHIERS 5
#define LOOKED_AT 6
#define PEEKS_PER_MILLE 600

/* ---- cashiers ---- */

void errand_log_in(struct shopper *till)
{
    struct universe *universe = till->universe;
    struct node_command command;
    bool is_right = universe->is_healing || !prng_chance(&universe->chance, 50);
    size_t ticket = shopper_ticket(till, COMMAND_LOG_IN);
    shopper_command(till, COMMAND_LOG_IN, &command);
    command.cashier.is_given = true;
    command.cashier.number = (uint8_t)(1 + prng_below(&universe->chance, CASHIERS));
    enum err err =
        secret_from(bytes_of_z(is_right ? CASHIER_PASSWORD : "1111"), &command.cashier.password);
    assert(err == OK);
    shopper_give(till, ticket, &command);
    secret_wipe(&command.cashier.password);
}

static void ask_plain(struct shopper *till, enum command_kind kind, enum txn_kind transaction)
{
    struct node_command command;
    size_t ticket = shopper_ticket(till, kind);
    till->universe->counter.tickets[ticket - 1].transaction = transaction;
    shopper_command(till, kind, &command);
    command.transaction = transaction;
    shopper_give(till, ticket, &command);
}

void errand_ask_about(struct shopper *till, enum command_kind kind)
{
    struct universe *universe = till->universe;
    struct node_command command;
    const struct identity *about = NULL;
    uint64_t nth = prng_below(&universe->chance, LOOKED_AT);
    for (size_t i = universe->counter.count; i > 0 && nth > 0; i--) {
        const struct ticket *ticket = &universe->counter.tickets[i - 1];
        if (ticket->till != till->terminal || ticket->kind != COMMAND_PAY || !ticket->has_payment)
            continue;
        about = &ticket->payment.identity;
        nth--;
    }
    if (!about)
        return;
    shopper_command(till, kind, &command);
    command.original.batch = about->batch;
    command.original.trace = about->trace;
    command.asks_host = kind == COMMAND_QUERY && prng_chance(&universe->chance, PEEKS_PER_MILLE);
    size_t number = shopper_ticket(till, kind);
    universe->counter.tickets[number - 1].asks_host = command.asks_host;
    shopper_give(till, number, &command);
}

void errand_run(struct shopper *till, uint64_t chance)
{
    static const enum txn_kind downloads[] = {KIND_PARAMETERS, KIND_CA_KEYS, KIND_AIDS,
                                              KIND_STATUS};
    struct prng *prng = &till->universe->chance;
    if (chance < 40)
        errand_ask_about(till, COMMAND_QUERY);
    else if (chance < 50)
        errand_ask_about(till, COMMAND_PRINTED);
    else if (chance < 60)
        ask_plain(till, COMMAND_FETCH, downloads[prng_below(prng, ARRAY_COUNT(downloads))]);
    else if (chance < 70)
        ask_plain(till, COMMAND_LOG_OFF, KIND_NONE);
    else if (chance < 80)
        errand_log_in(till);
    else if (chance < 90)
        ask_plain(till, COMMAND_SIGN_OFF, KIND_NONE);
    else
        ask_plain(till, COMMAND_ECHO, KIND_NONE);
}

/* ---- codes ---- */

void errand_ask_code(struct shopper *till)
{
    struct universe *universe = till->universe;
    uint32_t number = shopper_any_card(universe);
    const struct lab_card *card = &universe->world.cards[number];
    if (card->issuer >= VAULT_ISSUERS || !universe_issuer(universe, card->issuer)->is_up)
        return;
    struct station *issuer = universe_issuer(universe, card->issuer);
    bool is_aimed = universe->knobs.aim.is_on && universe->knobs.aim.op == OP_OFFLINE_SALE;
    size_t at = shopper_ticket(till, COMMAND_GIVE_CODE);
    struct ticket *ticket = &universe->counter.tickets[at - 1];
    struct node_command command = {.kind = COMMAND_GIVE_CODE};
    ticket->station = issuer->index;
    ticket->card = number;
    ticket->transaction =
        prng_chance(&universe->chance, is_aimed ? 200 : 600) ? KIND_SALE : KIND_OFFLINE_SALE;
    ticket->amount =
        money_of(1 + (int64_t)prng_below(&universe->chance, 20000), universe->world.currency);
    command.transaction = ticket->transaction;
    command.amount = ticket->amount;
    command.key = operator_card_key(issuer, card->label);
    shopper_give(till, at, &command);
}

/* The code as the till hears or scans it. */
static void read_code(struct universe *universe, struct ticket *ticket, const struct ticket *given,
                      struct node_command *command)
{
    bool is_voice = given->transaction == KIND_OFFLINE_SALE;
    memcpy(command->qr_code, given->payment.qr_code, sizeof command->qr_code);
    memcpy(command->auth_id, given->payment.auth_id, sizeof command->auth_id);
    if (ticket->number_right)
        return;
    char *digit = is_voice ? &command->auth_id[3] : &command->qr_code[12];
    *digit = (char)('0' + (*digit - '0' + 1 + (int)prng_below(&universe->chance, 9)) % 10);
}

void errand_take_code(struct shopper *till, struct ticket *ticket, struct node_command *command)
{
    struct universe *universe = till->universe;
    const struct ticket *given = &universe->counter.tickets[till->code - 1];
    bool is_voice = given->transaction == KIND_OFFLINE_SALE;
    ticket->transaction = given->transaction;
    ticket->card = given->card;
    ticket->amount = given->amount;
    ticket->number_right = !prng_chance(&universe->chance, 60);
    ticket->pin_right = true;
    if (prng_chance(&universe->chance, 60)) /* more than was said to the bank */
        ticket->amount.minor++;
    ticket->entry = ENTRY_QR;
    if (is_voice)
        ticket->entry =
            universe->world.cards[ticket->card].media & LAB_CHIP ? ENTRY_CHIP : ENTRY_STRIPE;
    command->amount = ticket->amount;
    command->card.entry = ticket->entry;
    command->card.card = ticket->card;
    read_code(universe, ticket, given, command);
    if (!prng_chance(&universe->chance, 100)) /* else he tries the same code once more */
        till->code = 0;
}

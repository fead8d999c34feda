#include "sim/people/dispute.h"

#include "sim/universe.h"

#include "base/assert.h"

#include <string.h>

#define GOES_PER_MILLE 700
#define SAME_PER_MILLE 850
#define WALK_MS_MAX 1000 /* the till is quick to take back, too */

void dispute_sent(struct universe *universe, const struct txn_message *message)
{
    if (message->function != FUNCTION_REQUEST || message->kind != KIND_SALE)
        return;
    for (uint32_t i = 0; i < UNIVERSE_TERMINALS; i++)
        if (memcmp(universe->world.terminals[i].id, message->identity.terminal, TERMINAL_ID_LEN) ==
            0)
            universe->tills[i].sent = identity_as(&message->identity, IDENTITY_PAYMENT);
}

/* What his phone shows. */
static bool bank_says_paid(struct universe *universe, const struct ticket *ticket)
{
    uint32_t number = universe->world.cards[ticket->card].issuer;
    struct store_row row = {.key = payment_row_key(&ticket->payment.identity)};
    struct store_row *rows[] = {&row};
    struct payment_row payment;
    if (number >= VAULT_ISSUERS || !universe_issuer(universe, number)->is_up)
        return false;
    struct station *issuer = universe_issuer(universe, number);
    if (issuer->disk.load(issuer->disk.self, rows, 1) != STORE_OK || !row.found ||
        row.len != sizeof payment)
        return false;
    memcpy(&payment, row.value, sizeof payment);
    return payment.stage == STAGE_ANSWERED && payment.money == MONEY_MOVED;
}

/* Whether the till leaves the customer of a sale without goods; then the ticket says which sale. */
static bool leaves_nothing(const struct shopper *till, struct ticket *ticket)
{
    if (ticket->kind != COMMAND_PAY || ticket->transaction != KIND_SALE)
        return false;
    if (ticket->is_shown)
        return ticket->has_payment && ticket->payment.stage == STAGE_REVERSING;
    if (till->sent.trace == 0)
        return false;
    ticket->payment.identity = till->sent;
    ticket->payment.amount = ticket->amount;
    return true;
}

/* Mostly one of the same merchant's: another merchant knows nothing of the sale. */
static struct shopper *next_till(const struct shopper *till)
{
    struct universe *universe = till->universe;
    const struct lab_terminal *terminals = universe->world.terminals;
    bool is_same = prng_chance(&universe->chance, SAME_PER_MILLE);
    uint32_t other = (uint32_t)prng_below(&universe->chance, UNIVERSE_TERMINALS);
    for (uint32_t i = 0; is_same && i < UNIVERSE_TERMINALS; i++)
        if (i != till->terminal && terminals[i].merchant == terminals[till->terminal].merchant)
            other = i;
    return &universe->tills[other];
}

void dispute_consider(struct shopper *till, size_t number)
{
    struct universe *universe = till->universe;
    struct ticket *ticket = &universe->counter.tickets[number - 1];
    if (universe->script || universe->is_healing || !leaves_nothing(till, ticket) ||
        !bank_says_paid(universe, ticket) || !prng_chance(&universe->chance, GOES_PER_MILLE))
        return;
    struct shopper *other = next_till(till);
    if (other->ticket != 0)
        return;
    other->dispute = number;
    shopper_note(other, universe_soon(universe, 0, WALK_MS_MAX));
}

size_t dispute_take(struct shopper *till)
{
    size_t number = till->dispute;
    till->dispute = 0;
    return number;
}

#include "sim/reorder.h"

#include "sim/universe.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define NAMED_PER_MILLE 350
#define AGAIN_PER_MILLE 500
#define ELSEWHERE_PER_MILLE 40
#define OTHER_CARD_PER_MILLE 200
#define PAID_AGAIN_PER_MILLE 250 /* of orders that are paid: the register missed the answer */
#define DROPPED_PER_MILLE 300    /* of orders that are refused */

/* The order that the register of another till of the same merchant is at. */
static size_t of_neighbour(const struct shopper *till)
{
    const struct universe *universe = till->universe;
    const struct lab_terminal *terminals = universe->world.terminals;
    for (uint32_t i = 0; i < UNIVERSE_TERMINALS; i++)
        if (i != till->terminal && universe->tills[i].order != 0 &&
            terminals[i].merchant == terminals[till->terminal].merchant)
            return universe->tills[i].order;
    return 0;
}

size_t reorder_take(struct shopper *till)
{
    struct universe *universe = till->universe;
    if (!universe->is_healing && prng_chance(&universe->chance, ELSEWHERE_PER_MILLE))
        return of_neighbour(till);
    if (till->order == 0 || universe->is_healing ||
        !prng_chance(&universe->chance, AGAIN_PER_MILLE))
        return 0;
    return till->order;
}

void reorder_fill(struct shopper *till, struct ticket *ticket, const struct ticket *earlier)
{
    struct universe *universe = till->universe;
    ticket->order = earlier->order;
    ticket->amount = earlier->amount;
    ticket->card = earlier->card;
    ticket->entry = earlier->entry;
    if (!prng_chance(&universe->chance, OTHER_CARD_PER_MILLE))
        return;
    ticket->card = shopper_any_card(universe);
    ticket->entry =
        universe->world.cards[ticket->card].media & LAB_CHIP ? ENTRY_CHIP : ENTRY_STRIPE;
}

void reorder_name(struct shopper *till, size_t number, struct node_command *command)
{
    struct universe *universe = till->universe;
    struct ticket *ticket = &universe->counter.tickets[number - 1];
    char room[ORDER_LEN];
    struct text name = text_over(room, sizeof room);
    if (ticket->order == 0 && !universe->is_healing &&
        prng_chance(&universe->chance, NAMED_PER_MILLE))
        ticket->order = number;
    if (ticket->order == 0)
        return;
    text_add(&name, "B-");
    text_add_u64(&name, ticket->order);
    memcpy(command->order, room, name.len);
    till->order = number;
}

void reorder_learn(struct shopper *till, const struct ticket *ticket)
{
    struct prng *chance = &till->universe->chance;
    const struct ticket *tickets = till->universe->counter.tickets;
    if (till->order == 0 || ticket->order != tickets[till->order - 1].order)
        return;
    bool is_paid = outcome_is_approved(ticket->outcome);
    if (is_paid
            ? !prng_chance(chance, PAID_AGAIN_PER_MILLE)
            : ticket->payment.money == MONEY_NOT_MOVED && prng_chance(chance, DROPPED_PER_MILLE))
        till->order = 0;
}

static void note_charge(struct counter *counter, size_t order, const struct identity *identity)
{
    if (counter->charge_count == counter->charge_room) {
        counter->charge_room = counter->charge_room == 0 ? 32 : 2 * counter->charge_room;
        counter->charges =
            realloc(counter->charges, counter->charge_room * sizeof *counter->charges);
        assert(counter->charges);
    }
    counter->charges[counter->charge_count].order = order;
    counter->charges[counter->charge_count++].identity = identity_as(identity, IDENTITY_PAYMENT);
}

void reorder_sent(struct universe *universe, const struct txn_message *message)
{
    struct counter *counter = &universe->counter;
    uint32_t i = 0;
    while (i < UNIVERSE_TERMINALS && memcmp(universe->world.terminals[i].id,
                                            message->identity.terminal, TERMINAL_ID_LEN) != 0)
        i++;
    if (i == UNIVERSE_TERMINALS || universe->tills[i].pressed == 0 ||
        message->function != FUNCTION_REQUEST)
        return;
    const struct ticket *ticket = &counter->tickets[universe->tills[i].pressed - 1];
    if (ticket->order != 0 && ticket->transaction == message->kind &&
        money_equal(ticket->amount, message->amount))
        note_charge(counter, ticket->order, &message->identity);
}

void reorder_forget(struct universe *universe, uint32_t station)
{
    for (uint32_t i = 0; i < UNIVERSE_TERMINALS; i++)
        if (universe_shop(universe, i)->index == station)
            universe->tills[i].order = 0;
}

#include "sim/people/aftersale.h"

#include "sim/reach.h"
#include "sim/universe.h"

#include "base/assert.h"

#include <string.h>

#define SUPERVISOR_PASSWORD "123456" /* as from the factory */
#define WRONG_PASSWORD "654321"
#define LOOKED_AT 8 /* the newest tickets at most: people come back soon or not at all */

/* ---- which payment ---- */

static bool may_be_followed(const struct ticket *ticket)
{
    if (ticket->kind != COMMAND_PAY || !ticket->is_shown || !ticket->has_payment ||
        !outcome_is_approved(ticket->outcome))
        return false;
    return ticket->transaction == KIND_SALE || ticket->transaction == KIND_PREAUTH ||
           ticket->transaction == KIND_COMPLETION || ticket->transaction == KIND_COMPLETION_ADVICE;
}

/* Whether what the seed aims its crashes at can be done about it, in the end. */
static bool leads_to_aim(const struct universe *universe, const struct ticket *ticket)
{
    enum txn_kind aimed = reach_op_kind(universe->knobs.aim.op);
    return kind_row(aimed)->shape != SHAPE_FOLLOW_UP ||
           kind_may_follow(aimed, ticket->transaction) ||
           (aimed == KIND_COMPLETION_VOID && ticket->transaction == KIND_PREAUTH);
}

size_t aftersale_pick(struct shopper *till)
{
    struct universe *universe = till->universe;
    const struct counter *counter = &universe->counter;
    bool is_elsewhere = prng_chance(&universe->chance, 80);
    bool is_aimed = universe->knobs.aim.is_on && prng_chance(&universe->chance, 600);
    uint32_t looked_at = 0;
    for (size_t i = counter->count; i > 0 && looked_at < LOOKED_AT; i--) {
        const struct ticket *ticket = &counter->tickets[i - 1];
        if (!may_be_followed(ticket) || (ticket->till == till->terminal) == is_elsewhere ||
            (is_aimed && !leads_to_aim(universe, ticket)))
            continue;
        looked_at++;
        if (prng_chance(&universe->chance, 400))
            return i;
    }
    return 0;
}

/* ---- what is done about it ---- */

/* The one that the seed aims its crashes at, if it is among them, else any. */
static enum txn_kind pick_of(struct universe *universe, const enum txn_kind *kinds, size_t count)
{
    const struct crash_aim *aim = &universe->knobs.aim;
    enum txn_kind pick = kinds[prng_below(&universe->chance, count)];
    bool is_sought = aim->is_on && prng_chance(&universe->chance, 600);
    for (size_t i = 0; is_sought && i < count; i++)
        if (reach_op_kind(aim->op) == kinds[i])
            pick = kinds[i];
    return pick;
}

static enum txn_kind pick_kind(struct universe *universe, enum txn_kind original)
{
    static const enum txn_kind of_sale[] = {KIND_VOID, KIND_VOID, KIND_REFUND, KIND_REFUND,
                                            KIND_TIP_ADJUST};
    static const enum txn_kind of_hold[] = {KIND_INCREMENT, KIND_COMPLETION, KIND_COMPLETION_ADVICE,
                                            KIND_PREAUTH_VOID};
    static const enum txn_kind of_completion[] = {KIND_COMPLETION_VOID, KIND_REFUND};
    if (original == KIND_SALE)
        return pick_of(universe, of_sale, ARRAY_COUNT(of_sale));
    if (original == KIND_PREAUTH)
        return pick_of(universe, of_hold, ARRAY_COUNT(of_hold));
    return pick_of(universe, of_completion, ARRAY_COUNT(of_completion));
}

/* Between least and most per cent of it. */
static int64_t share(struct universe *universe, int64_t minor, uint32_t least, uint32_t most)
{
    return minor * (int64_t)(least + prng_below(&universe->chance, most - least + 1)) / 100;
}

/* The amount to key in; 0: none, the terminal knows. */
static int64_t pick_minor(struct universe *universe, enum txn_kind kind, int64_t minor)
{
    switch ((int)kind) {
    case KIND_REFUND:
        return prng_chance(&universe->chance, 500) ? 0 : share(universe, minor, 1, 105) + 1;
    case KIND_TIP_ADJUST:
        return share(universe, minor, 100, 112) + 1;
    case KIND_INCREMENT:
        return share(universe, minor, 1, 50) + 1;
    case KIND_COMPLETION:
    case KIND_COMPLETION_ADVICE:
        return prng_chance(&universe->chance, 400) ? 0 : share(universe, minor, 1, 118) + 1;
    default:
        return 0;
    }
}

static void fill_supervisor(struct universe *universe, struct node_command *command)
{
    bool is_right = universe->is_healing || !prng_chance(&universe->chance, 30);
    const char *password = is_right ? SUPERVISOR_PASSWORD : WRONG_PASSWORD;
    command->supervisor.is_given = true;
    enum err err = secret_from(bytes_of_z(password), &command->supervisor.password);
    assert(err == OK);
}

static void name_original(const struct shopper *till, const struct ticket *original,
                          struct node_command *command)
{
    const struct identity *identity = &original->payment.identity;
    command->original.batch = identity->batch;
    command->original.trace = identity->trace;
    if (original->till == till->terminal)
        return;
    memcpy(command->original.terminal, identity->terminal, sizeof command->original.terminal);
}

void aftersale_decide(struct shopper *till, struct ticket *ticket, struct node_command *command)
{
    struct universe *universe = till->universe;
    const struct ticket *original = &universe->counter.tickets[ticket->follows - 1];
    bool is_own = original->till == till->terminal;
    int64_t minor = original->payment.amount.minor;
    ticket->transaction = is_own ? pick_kind(universe, original->transaction) : KIND_REFUND;
    ticket->card = original->card;
    ticket->pin_right = true;
    ticket->number_right = true;
    name_original(till, original, command);
    minor = pick_minor(universe, ticket->transaction, minor);
    if (minor == 0 && !is_own)
        minor = original->payment.amount.minor;
    if (minor > 0)
        command->amount = ticket->amount = (struct money){minor, universe->world.currency};
    if (!is_own || (ticket->transaction == KIND_REFUND && prng_chance(&universe->chance, 200)))
        ticket->entry =
            universe->world.cards[ticket->card].media & LAB_CHIP ? ENTRY_CHIP : ENTRY_STRIPE;
    command->transaction = ticket->transaction;
    command->card.entry = ticket->entry;
    command->card.card = ticket->card;
    fill_supervisor(universe, command);
}

void aftersale_confirm(struct shopper *till, struct node_command *command)
{
    command->is_forced = true;
    fill_supervisor(till->universe, command);
}

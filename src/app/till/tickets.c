#include "app/till/tickets.h"

#include "base/assert.h"

static struct ticket *ticket_at(struct tickets *tickets, uint64_t number)
{
    return &tickets->at[number & (TICKETS_MAX - 1)];
}

uint64_t tickets_new(struct tickets *tickets, ticket_show *show, void *context)
{
    for (size_t tried = 0; tried < TICKETS_MAX; tried++) {
        uint64_t number = ++tickets->last;
        struct ticket *ticket = ticket_at(tickets, number);

        if (ticket->number != 0)
            continue;
        *ticket = (struct ticket){.number = number, .show = show, .context = context};
        tickets->waiting++;
        return number;
    }
    return 0;
}

void tickets_show(struct tickets *tickets, const struct node_display *display)
{
    struct ticket *ticket = ticket_at(tickets, display->ticket);
    struct ticket waiting = *ticket;

    if (display->ticket == 0 || waiting.number != display->ticket)
        return;
    *ticket = (struct ticket){0};
    tickets->waiting--;
    waiting.show(waiting.context, display);
}

void tickets_drop(struct tickets *tickets, uint64_t number)
{
    struct ticket *ticket = ticket_at(tickets, number);

    assert(number != 0);
    if (ticket->number != number)
        return;
    *ticket = (struct ticket){0};
    tickets->waiting--;
}

uint64_t tickets_waiting(const struct tickets *tickets)
{
    return tickets->waiting;
}

#include "terminal/printed.h"

#include "terminal/deal.h"
#include "terminal/followed.h"
#include "terminal/till.h"

#define COPIES_MAX 255

static bool prints(const struct node_command *command)
{
    return (command->faulty_devices & (DEVICE_PAPER_OUT | DEVICE_PRINTER)) == 0;
}

uint8_t printed_at_first(const struct node_command *command)
{
    return prints(command) ? 1 : 0;
}

static bool open_payment(const struct node_work *work, struct till *till, struct deal *deal)
{
    const struct node_command *command = work->event->command;

    if (!till_open(work, command->terminal, till))
        return false;
    struct identity identity = followed_identity(till, &command->original);
    deal_open(work, &identity, deal);
    return true;
}

void printed_needs(struct node_work *work)
{
    struct till till;

    till_need(work, work->event->command->terminal);
    if (!till_open(work, work->event->command->terminal, &till))
        return;
    struct identity identity = followed_identity(&till, &work->event->command->original);
    deal_need(work, &identity);
}

void printed(struct node_work *work)
{
    struct till till;
    struct deal deal;

    if (!open_payment(work, &till, &deal)) {
        node_show(work, OUTCOME_TERMINAL_KEY_MISSING, NULL);
        return;
    }
    if (!deal.is_known) {
        node_show(work, OUTCOME_ORIGINAL_NOT_FOUND, NULL);
        return;
    }
    if (!prints(work->event->command)) {
        node_show(work, OUTCOME_TERMINAL_OUT_OF_PAPER, &deal.payment);
        return;
    }
    if (deal.payment.copies < COPIES_MAX)
        deal.payment.copies++;
    node_put_payment(work, &deal.payment, WHAT_PRINTED);
    node_show(work, OUTCOME_APPROVED, &deal.payment);
}

/*
 * Two persons end a doubt at the terminal: COMMAND_TESTIFY. What they say happened at the switch
 * has the effect of the switch's own answer:
 *
 *     owed        word                     as if the switch had answered
 *     reversal    taken-back, never-seen   0410 with 00, 25: REVERSED, returned
 *     reversal    approved                 0830 with 00 after 22: ANSWERED, moved: it stands
 *     advice      approved, refused        0230 with 00, 05: ANSWERED
 *     query       approved, refused        0830 with 00, 05: ANSWERED
 *     query       never-seen               0830 with 25: ANSWERED, not_moved
 *
 * What the switch says later (0210, 0230, 0410) counts with a good MAC, and is compared with the
 * word: reply.c and owed.c ask attested_heard before they note a late answer.
 */
#ifndef TERMINAL_ATTESTED_H
#define TERMINAL_ATTESTED_H

#include "terminal/deal.h"
#include "terminal/till.h"

void attested_needs(struct node_work *work);
void attested_checks(struct node_work *work);
void attested_step(struct node_work *work);

/* The switch's message at hand is about a payment: what is asked for, and asked. */
void attested_need_heard(struct node_work *work, const struct deal *deal);
void attested_ask_heard(struct node_work *work, const struct till *till, const struct deal *deal);
/* Whether persons have settled the payment; then what the switch says has been dealt with. */
bool attested_heard(struct node_work *work, const struct deal *deal);

#endif

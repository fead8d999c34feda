/*
 * What people do about an earlier payment: void it, have some of it refunded, add a tip; make a
 * hold larger, complete it or let it go. They try what is allowed and what is not: a payment that
 * was voided already, more than is left, another till's, one of a closed batch.
 */
#ifndef SIM_AFTERSALE_H
#define SIM_AFTERSALE_H

#include "sim/people/shopper.h"

/* An earlier approved payment to do something about, mostly this till's: its ticket, or 0. */
size_t aftersale_pick(struct shopper *till);

/* Fills in what is done about the ticket's original, and its command. The command's password is to
 * be wiped. */
void aftersale_decide(struct shopper *till, struct ticket *ticket, struct node_command *command);

/* The supervisor confirms a settlement whose totals differ. */
void aftersale_confirm(struct shopper *till, struct node_command *command);

#endif

/*
 * Cash registers that name their orders. An order whose answer was lost, that was refused, or whose
 * cashier walked away is sent again, perhaps with another card, at another till of the same
 * merchant, or although it was paid. The same order must never be charged twice (terminal/order.h,
 * acquirer/shop_order.h).
 */
#ifndef SIM_REORDER_H
#define SIM_REORDER_H

#include "sim/people/shopper.h"

#include "txn/message.h"

/* The ticket of an order that this till's register sends again now; 0: none. */
size_t reorder_take(struct shopper *till);

/* Fills in a ticket of the same order. */
void reorder_fill(struct shopper *till, struct ticket *ticket, const struct ticket *earlier);

/* Some payments are orders: names the ticket's, and the command. */
void reorder_name(struct shopper *till, size_t number, struct node_command *command);

/* A till shows what became of a ticket. */
void reorder_learn(struct shopper *till, const struct ticket *ticket);

/* A terminal asks for a payment: which order it is for is kept for the oracle. */
void reorder_sent(struct universe *universe, const struct txn_message *message);

/* A shop's terminals are replaced, and with them what they know of orders. */
void reorder_forget(struct universe *universe, uint32_t station);

#endif

/*
 * Customers whose bank says that they have paid, and whose till gives them nothing: it waits, takes
 * the sale back, or is dark. Some do not wait for it, but have the sale refunded at another till,
 * while the first owes its reversal.
 */
#ifndef SIM_DISPUTE_H
#define SIM_DISPUTE_H

#include "sim/people/shopper.h"

#include "txn/message.h"

/* A station sends something: of a till's request it is noted under which number. */
void dispute_sent(struct universe *universe, const struct txn_message *message);

/* The customer of a ticket of this till looks at his phone. */
void dispute_consider(struct shopper *till, size_t number);

/* Takes the ticket that somebody brings to this till; 0: nobody does. */
size_t dispute_take(struct shopper *till);

#endif

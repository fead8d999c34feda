/*
 * What every message about a payment has: written from the payment's row alone, so that a request,
 * its repeat and its reversal agree.
 */
#ifndef TERMINAL_OUTGOING_H
#define TERMINAL_OUTGOING_H

#include "terminal/followed.h"

/* A message under the payment's identity, with everything of it but the card, under a MAC. */
struct node_send *outgoing_new(struct node_work *work, const struct till *till,
                               const struct payment_row *payment, enum txn_function function);

/* The stored card number is opened by the seal, on the message's way out; a payment by QR code and
 * what follows it have none. */
void outgoing_open_card(const struct till *till, const struct payment_row *payment,
                        struct node_send *send);

/* What a host knows the original by besides its identity: fields 37, 38 and the date in 61. */
void outgoing_name_original(const struct followed *original, struct txn_message *message);

#endif

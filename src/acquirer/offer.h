/*
 * Updates for terminals: which version a terminal's group shall have, said at its sign-in, and the
 * pieces of a published package as the terminal asks for them (books/update_rows.h,
 * txn/update_block.h). What a terminal says that it has in use is kept for `acquit update status`.
 */
#ifndef ACQUIRER_OFFER_H
#define ACQUIRER_OFFER_H

#include "acquirer/desk.h"

/* The header's processing requirement that sends a terminal for its update (UnionPay POS, 1.3). */
#define OFFER_DEMAND 6

/* At a sign-in: the rows, and the demand to answer with, 0 when nothing newer is offered. */
void offer_need_signed_in(const struct desk *desk);
uint8_t offer_demand(const struct desk *desk);

/* EVENT_MESSAGE, KIND_UPDATE from a terminal. */
void offer_request_needs(struct node_work *work);
void offer_request_step(struct node_work *work);

#endif

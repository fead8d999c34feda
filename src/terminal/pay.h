/*
 * Sale and balance inquiry, from the till's command to the request that leaves. Every refusal on
 * the way has its own cause and is recorded under the trace number it took; when two things are
 * wrong, the one that stands first in the outcome table is given.
 */
#ifndef TERMINAL_PAY_H
#define TERMINAL_PAY_H

#include "node/node.h"

/* Whether a till may ask for it. */
bool pay_is_known(enum txn_kind kind);

/* COMMAND_PAY. */
void pay_needs(struct node_work *work);
void pay_checks(struct node_work *work);
void pay(struct node_work *work);

/* COMMAND_CANCEL: the cashier gives up waiting. What was sent was sent: the payment goes on, only
 * the till is free. */
void pay_cancel_needs(struct node_work *work);
void pay_cancel(struct node_work *work);

/* COMMAND_QUERY: a payment as it stands here. What is in doubt is pursued anyway. */
void pay_query_needs(struct node_work *work);
void pay_query(struct node_work *work);

#endif

/*
 * What waits to be delivered. An advice (a completion advice, an offline sale, a tip) is accepted
 * here and sent later, one at a time, oldest first, again and again until the switch's answer says
 * what became of it: never reversed, never dropped. A refund whose answer is lost is not sent
 * again: the terminal asks what became of it (UnionPay POS, 6.2 and 6.4).
 *
 * drawer.waiting lists them: advices from when they are stored, refunds from when they are sent.
 */
#ifndef TERMINAL_OUTBOX_H
#define TERMINAL_OUTBOX_H

#include "terminal/deal.h"
#include "terminal/followed.h"

/* Advices stored without having been delivered, and whether one more payment of that kind may be
 * made (terminal.offline_max). */
uint32_t outbox_advices(const struct till *till);
uint32_t outbox_advices_max(const struct till *till);
bool outbox_has_room(const struct till *till, enum txn_kind kind);

/* Asks for the rows of the advice that would leave next. */
void outbox_need(struct node_work *work, const struct till *till);

/* An advice is accepted: stored, and its delivery begins when the line is up. The caller puts
 * payment, till and drawer. */
void outbox_store(struct node_work *work, struct till *till, struct deal *deal);

/* A refund leaves, or is decided. The caller puts the drawer. */
void outbox_add(struct till *till, const struct payment_row *payment);
void outbox_remove(struct node_work *work, struct till *till, const struct payment_row *payment);

/* The next advice leaves beside another event, before an online payment; its rows are put, no
 * record is made. Does nothing while it is under way. */
void outbox_send_beside(struct node_work *work, const struct till *till);

/* The next advice's timer comes at once. */
void outbox_wake(struct node_work *work, const struct till *till);

/* A refund's answer did not come or cannot be trusted: from now on it is asked about. The caller
 * puts the payment. */
void outbox_ask(struct node_work *work, const struct till *till, struct deal *deal);

/* EVENT_TIMER and EVENT_RECOVER of PENDING_ADVICE and PENDING_QUERY. */
void outbox_due_needs(struct node_work *work, const struct till *till, const struct deal *deal);
void outbox_due(struct node_work *work, struct till *till, struct deal *deal);

/* Asks, beside another step, what became of a payment of any kind: under its own identity. */
void outbox_send_query(struct node_work *work, const struct till *till,
                       const struct payment_row *payment);

#endif

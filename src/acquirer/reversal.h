/*
 * Taking payments back. A reversal is durable before anybody hears of it: from that record on the
 * money is `returning`, the switch owns it, and a lane (a row of TABLE_PENDING and a deadline)
 * tries until the issuer confirms under its MAC. Nothing drops a reversal: not age, not a restart,
 * not a refusal; two persons may end one that does not end by itself (attest.h). The entries of an
 * approved payment are undone in that same record, once.
 *
 * Who begins one: the terminal's 0400; the switch, when the issuer does not answer in time or
 * leaves the money in doubt (forward.c, recover.c). All meet in reversal_begin.
 */
#ifndef ACQUIRER_REVERSAL_H
#define ACQUIRER_REVERSAL_H

#include "acquirer/admit.h"

/* Why, as DE 39 of a reversal says it (UnionPay POS, reversal). */
#define REVERSAL_NO_ANSWER "98"
#define REVERSAL_OTHER "06"

/* Moves the payment to REVERSING, undoes its entries, puts it into the lane and sends the first
 * reversal if the issuer is there. The caller records the row. */
void reversal_begin(const struct desk *desk, struct payment_row *row, const char reason[static 2]);

/* The lane is due for a payment: tries again, or waits on while the issuer is away. */
void reversal_retry(const struct desk *desk);

/* The issuer has taken it back, or never had it: ends the reversal. `how` is told beside a refusal.
 * The caller records the row. */
void reversal_done(const struct desk *desk, struct payment_row *row, const char *how);

/* 0400 from a terminal. */
void reversal_request_needs(struct node_work *work);
void reversal_request_checks(struct node_work *work);
void reversal_request_step(struct node_work *work);

/* 0430 from an issuer. Needs and checks are those of forward_answer. */
void reversal_answer_step(struct node_work *work);

#endif

/*
 * A terminal closes its batch: 0500 with its totals (UnionPay POS, 3.5). They must be ours.
 *
 *     90  a payment of the batch is forwarded and not answered: its total is not known yet
 *     95  the totals differ; ours go along, and the batch stays open
 *     00  they agree, or the supervisor forces it (60.3 = 202): both totals are kept, the batch
 *         is closed for ever, and the next one begins
 *
 * The message has no MAC in this dialect; it moves no money. The same batch closed again gets the
 * same answer.
 */
#ifndef ACQUIRER_CLOSING_H
#define ACQUIRER_CLOSING_H

#include "node/node.h"

void closing_needs(struct node_work *work);
void closing_step(struct node_work *work);

#endif

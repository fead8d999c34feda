/*
 * The electronic signatures that terminals bring (UnionPay POS, 3.7): under the terminal's MAC, of
 * a payment that was approved here, by its identity, reference number and amount. The image is kept
 * as it came, in rows beside the payment (books/handout_rows.h); the first one stays. The same
 * again is answered as the first time, another one is refused.
 */
#ifndef ACQUIRER_SIGNATURE_KEEP_H
#define ACQUIRER_SIGNATURE_KEEP_H

#include "acquirer/desk.h"

/* EVENT_MESSAGE, KIND_SIGNATURE from a terminal. */
void signature_keep_needs(struct node_work *work);
void signature_keep_checks(struct node_work *work);
void signature_keep_step(struct node_work *work);

#endif

/*
 * The electronic signature of a cardholder: kept beside its payment, sent up under a MAC, and sent
 * again with growing rests until the acquirer's answer, under a MAC too, says that it has it or
 * will not (UnionPay POS, 3.7). It waits under the payment's own identity, for a payment that is
 * answered waits for nothing else; a payment has one signature. Once delivered the image is gone
 * from the terminal.
 */
#ifndef TERMINAL_SIGNATURE_UPLOAD_H
#define TERMINAL_SIGNATURE_UPLOAD_H

#include "terminal/deal.h"
#include "terminal/till.h"

/* COMMAND_FETCH of KIND_SIGNATURE: original names the payment, value is the image (JBIG). */
void signature_command_needs(struct node_work *work);
void signature_command(struct node_work *work);

/* EVENT_MESSAGE: the acquirer's answer. */
void signature_answer_needs(struct node_work *work);
void signature_answer_checks(struct node_work *work);
void signature_answer(struct node_work *work);

/* EVENT_TIMER and EVENT_RECOVER. */
void signature_due_needs(struct node_work *work, const struct till *till, const struct deal *deal);
void signature_due(struct node_work *work, struct till *till, struct deal *deal);

#endif

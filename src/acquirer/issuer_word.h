/*
 * An issuer's word on a payment that is in doubt at the switch. When somebody peeks at such a
 * payment, the switch asks its issuer (0820, DE 70 = 902) and goes on waiting as before: the answer
 * changes neither the payment nor the money, it is only told to who peeks again. So asking is
 * harmless, however often it happens, and whatever is lost, late or doubled on the way.
 *
 * One question for each terminal is kept, and at most one is sent every WORD_REST_MS; a word counts
 * for WORD_KEPT_MS, while the payment is in doubt here. An issuer that is away, or does not know
 * the message, says nothing.
 */
#ifndef ACQUIRER_ISSUER_WORD_H
#define ACQUIRER_ISSUER_WORD_H

#include "acquirer/desk.h"
#include "books/payment_state.h"

#define WORD_REST_MS 2000
#define WORD_KEPT_MS 10000

/* Asks for the rows, once the desk has its original. */
void issuer_word_need(const struct desk *desk);

/* The original is in doubt: what its issuer said of it a moment ago. False when it said nothing:
 * then it is asked, unless it was a moment ago. */
bool issuer_word_hear(const struct desk *desk, enum payment_state *out);

/* 0830 from an issuer. */
void issuer_word_answer_needs(struct node_work *work);
void issuer_word_answer_checks(struct node_work *work);
void issuer_word_answer_step(struct node_work *work);

#endif

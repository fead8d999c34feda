/*
 * A payment on its way: the terminal's request on to the issuer, the issuer's answer back.
 *
 * The payment is recorded as sent before it is forwarded, and as answered before the terminal is.
 * What comes twice is answered from the record. An issuer's answer counts only with a good MAC,
 * over the link of the issuer that was asked, with the identity, amount and card of the request;
 * anything else is set aside, and the deadline deals with the payment.
 */
#ifndef ACQUIRER_FORWARD_H
#define ACQUIRER_FORWARD_H

#include "acquirer/admit.h"

/* 0200 from a terminal. */
void forward_request_needs(struct node_work *work);
void forward_request_checks(struct node_work *work);
void forward_request_step(struct node_work *work);

/* 0210 from an issuer. */
void forward_answer_needs(struct node_work *work);
void forward_answer_checks(struct node_work *work);
void forward_answer_step(struct node_work *work);

/* The rows and questions of any answer of an issuer, also to reversals. */
void forward_need_answered(const struct desk *desk);
void forward_ask_answered(const struct desk *desk);

/* The payment that a terminal's request or reversal describes; stage none, nothing decided. */
struct payment_row forward_payment(const struct desk *desk);

/* Ends a payment with the switch's own refusal, without recording it yet. */
void forward_refuse(struct payment_row *row, const struct verdict *verdict);

/* An advice that its issuer has taken, or will not take, as it is known by other means than its
 * answer (attest.h). The caller records the row. */
void forward_advice_taken(const struct desk *desk, struct payment_row *row);
void forward_advice_refused(const struct desk *desk, struct payment_row *row);

/* A recorded payment as a message to its issuer, sealed: the request once more, or its reversal.
 * The card number is opened only as it leaves. */
struct txn_message *forward_from_row(const struct desk *desk, const struct payment_row *row,
                                     enum txn_function function);

/* The message leaves under the MAC of the zone with the issuer on the desk. */
void forward_seal_for_issuer(const struct desk *desk, struct node_send *send);

#endif

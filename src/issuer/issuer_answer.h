/*
 * The issuer's answers. One that speaks for the record carries a MAC, made anew each time it is
 * sent; one to a message that is not authenticated carries none, so that nobody can collect
 * genuine refusals for identities of payments still to come.
 */
#ifndef ISSUER_ISSUER_ANSWER_H
#define ISSUER_ISSUER_ANSWER_H

#include "issuer/issue.h"

/* Answers with the outcome's code. has_mac says whether the sender is authenticated. Returns the
 * message for the caller to add to. */
struct node_send *issuer_answer(const struct issue *issue, enum outcome outcome, bool has_mac);

/* Answers a request with what the row says of it, for the first time or again: the code, the
 * authorisation code, the balance, and the chip's answer when the payment was approved by its
 * cryptogram. */
void issuer_answer_recorded(const struct issue *issue, const struct payment_row *payment);

#endif

/*
 * Network messages: sign-in with the download of the work keys, sign-off, echo (UnionPay POS, 3.3
 * and 5.2). They have no payment row; a PENDING row remembers who waits. They carry no MAC: what
 * they bring is the keys, whose check values must fit.
 */
#ifndef TERMINAL_SIGN_H
#define TERMINAL_SIGN_H

#include "terminal/deal.h"
#include "terminal/till.h"

/* Asks for the row under which the next sign-in or sign-off would wait. */
void sign_need(struct node_work *work, const struct till *till);

/* Sends a network message, takes its trace number, and records it. False, and nothing done, when
 * its row is not here or an echo is under way already. The caller puts the till. */
bool sign_request(struct node_work *work, struct till *till, enum txn_kind kind, uint64_t ticket);

/* No sign-in that is under way counts any more; its answer will be noted as late. Only the answer
 * to the newest ever counts: an older one brings keys and a batch that the host has left behind.
 * The caller puts the drawer. */
void sign_forget(struct till *till);

/* COMMAND_SIGN_IN, COMMAND_SIGN_OFF, COMMAND_ECHO. */
void sign_command_needs(struct node_work *work);
void sign_command_checks(struct node_work *work);
void sign_command(struct node_work *work);

/* EVENT_MESSAGE: the answer to one of them. */
void sign_answer_needs(struct node_work *work);
void sign_answer_checks(struct node_work *work);
void sign_answer(struct node_work *work);

/* EVENT_TIMER and EVENT_RECOVER of a PENDING_EXCHANGE: no answer came. */
void sign_silence(struct node_work *work, const struct till *till, struct deal *deal);

#endif

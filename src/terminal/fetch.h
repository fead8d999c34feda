/*
 * Updates over the line: a package of parameters or a program is fetched in pieces, checked
 * (Ed25519 signature of its manifest, chained digest of its pieces), and taken into use between
 * payments. The terminal's fetch row remembers how far it is, so a cut line or a restart costs one
 * piece; a version never goes back; one that fails its self test is not tried again.
 *
 * Parameters are lines "name: number" of what fetch.c lists; a program begins with the line
 * "acquit-terminal NNNNNN", its version.
 */
#ifndef TERMINAL_FETCH_H
#define TERMINAL_FETCH_H

#include "terminal/deal.h"
#include "terminal/till.h"

/* The header's processing requirement that asks for it (UnionPay POS, 1.3). */
#define FETCH_DEMAND 6

/* COMMAND_FETCH of KIND_UPDATE: goes on with what is coming, or asks what there is. */
void fetch_command_needs(struct node_work *work);
void fetch_command(struct node_work *work);

/* At a sign-in's answer that demands it. One that is under way asks again at once: what it asked
 * after a restart may have left before the line was up. */
void fetch_need(struct node_work *work, const struct till *till);
void fetch_begin(struct node_work *work, const struct till *till);

/* EVENT_MESSAGE: a manifest, a piece, or nothing. */
void fetch_answer_needs(struct node_work *work);
void fetch_answer_checks(struct node_work *work);
void fetch_answer(struct node_work *work);

/* EVENT_TIMER and EVENT_RECOVER of the exchange: silence, or time to take a package into use. */
void fetch_due_needs(struct node_work *work, const struct till *till);
void fetch_due(struct node_work *work, struct till *till, struct deal *deal);

#endif

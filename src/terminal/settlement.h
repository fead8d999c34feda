/*
 * Closing a batch (UnionPay POS, 3.5): what is owed and what waits in the outbox goes first, then
 * the totals are sent; when the host's agree, the batch is closed and the next one begins. When
 * they differ it stays open, and both totals are told; only a forced settlement closes it then.
 *
 * A settlement that was asked for waits as a PENDING row of kind exchange, with no attempt made
 * while something goes first. Its trace number is drawer.settling until it ends.
 */
#ifndef TERMINAL_SETTLEMENT_H
#define TERMINAL_SETTLEMENT_H

#include "terminal/deal.h"
#include "terminal/till.h"

/* COMMAND_SETTLE. */
void settlement_command_needs(struct node_work *work);
void settlement_command_checks(struct node_work *work);
void settlement_command(struct node_work *work);

/* EVENT_MESSAGE: 0510. */
void settlement_answer_needs(struct node_work *work);
void settlement_answer(struct node_work *work);

/* EVENT_TIMER and EVENT_RECOVER: something that goes first is done, or nothing came in time. */
void settlement_due_needs(struct node_work *work, const struct till *till);
void settlement_due(struct node_work *work, struct till *till, struct deal *deal);

/* Something that goes before a settlement has ended: if one waits for it, its timer comes. */
void settlement_nudge(struct node_work *work, const struct till *till);

/* A sign-in's answer names the host's batch: one whose settlement was not answered turns out to be
 * closed, when the host has gone on, or still open. The batch's row must have been needed. */
void settlement_learn(struct node_work *work, const struct till *till, uint32_t host_batch);

#endif

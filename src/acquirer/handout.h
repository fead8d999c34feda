/*
 * What terminals fetch and bring besides payments (UnionPay POS, 1.3, 3.6; books/handout_rows.h):
 * their parameters, drawn from the rows of terminal and merchant as they stand; keys of
 * certification authorities and AIDs out of rows that operators put; a terminal's status, of which
 * the newest is kept with its time.
 *
 * What a terminal was given is remembered, and the end of the download that it confirmed. When it
 * would be given something else now, the answer to its next sign-in says so; one demand at a time,
 * the next with the answer to the end of the one before:
 *
 *     1  parameters    they were fetched once, and differ now
 *     4  CA keys       published after those that it has
 *     5  AIDs          the same
 *     2  status        it is older than the parameters
 *     6  an update     offer.h
 */
#ifndef ACQUIRER_HANDOUT_H
#define ACQUIRER_HANDOUT_H

#include "acquirer/desk.h"

bool handout_is_for(enum txn_kind kind);

/* At a sign-in: the rows, and the demand to answer with, 0 when there is nothing new. */
void handout_need_signed_in(const struct desk *desk);
uint8_t handout_demand(const struct desk *desk);

/* EVENT_MESSAGE: a download's list, entry or end, or a status. */
void handout_needs(struct node_work *work);
void handout_step(struct node_work *work);

#endif

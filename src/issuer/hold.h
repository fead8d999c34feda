/*
 * The end of a hold. A pre-authorisation that stands has a pending row with its date, which sets a
 * timer and is found again at start. The wall clock decides: a timer that comes before the date
 * (the clock was set back, or a month does not fit into a timer) is set again.
 */
#ifndef ISSUER_HOLD_H
#define ISSUER_HOLD_H

#include "node/node.h"

/* Keeps the pending row of a pre-authorisation that stands, and its timer; removes that of one
 * that does not. The pending row must have been needed. */
void hold_watch(struct node_work *work, const struct payment_row *hold);

/* EVENT_TIMER and EVENT_RECOVER of TABLE_PENDING. */
void hold_needs(struct node_work *work);
void hold_step(struct node_work *work);

#endif

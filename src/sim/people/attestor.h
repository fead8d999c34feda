/*
 * Two persons who end doubts: at the switch they say what the bank's own books say, at a shop what
 * the switch's do. They only say what stays true: that a payment was taken back or refused, or that
 * an advice was taken; what may still change they leave to the lane.
 */
#ifndef SIM_ATTESTOR_H
#define SIM_ATTESTOR_H

#include "books/payment_state.h"
#include "books/row.h"
#include "txn/message.h"

struct station;
struct universe;

#define ATTESTOR_HAND_OVER_S 20 /* in the worlds where they work; else nothing is handed over */

struct attestor_word {
    enum payment_state word;
    char rrn[RRN_LEN]; /* the next party's, of what is approved; zeros: not said */
};

/* Gives a station the words of both, and before that sets both as persons there. False when nobody
 * answers at its console. */
bool attestor_say(struct station *station, const struct identity *identity,
                  const struct attestor_word *word);

/* Looks for a debt that was handed over, anywhere, and ends it if its truth is known. */
void attestor_look(struct universe *universe);

#endif

/*
 * Reversals that the terminal owes: sent at once, again after growing rests, for ever, until a
 * reply whose MAC verifies says that they are done (UnionPay POS, 6.3). While the terminal is not
 * signed in it signs in first, by itself: with keys out of step no reversal can arrive.
 */
#ifndef TERMINAL_OWED_H
#define TERMINAL_OWED_H

#include "terminal/deal.h"
#include "terminal/till.h"

/* Reasons in field 39 of a reversal (UnionPay POS, 6.3). */
#define REASON_NO_ANSWER "98"
#define REASON_MAC_WRONG "A0"
#define REASON_OTHER "06"

#define OWED_TOO_LATE "22" /* to a reversal: the payment stands, ask about it */

/* Asks for the rows of what the terminal owes. */
void owed_need(struct node_work *work, const struct till *till);

/* Moves a payment that was sent to "reversing" and sends its reversal, or waits for the sign-in.
 * The caller puts payment and till. */
void owed_take_back(struct node_work *work, struct till *till, struct deal *deal,
                    const char *reason);

/* The payment is decided: its reversal is not owed any more. The caller puts payment and till. */
void owed_strike_out(struct node_work *work, struct till *till, struct deal *deal);

/* The switch has taken it back, or never had it: what it did to its original is undone, nothing is
 * owed any more. Puts and records all of it. */
struct owed_end {
    const char *how; /* told beside a refusal */
    enum journal_what what;
};
void owed_done(struct node_work *work, struct till *till, struct deal *deal,
               const struct owed_end *end);

/* Tries the reversal that the terminal owes right now, beside another event; rows and timer are
 * put, no record is made. Does nothing while the payment still waits for its answer. */
void owed_try_beside(struct node_work *work, struct till *till);

/* EVENT_TIMER and EVENT_RECOVER of a PENDING_REVERSAL. */
void owed_due_needs(struct node_work *work, const struct till *till);
void owed_due(struct node_work *work, struct till *till, struct deal *deal);

/* EVENT_MESSAGE: the answer to a reversal, 0410. */
void owed_answer_needs(struct node_work *work);
void owed_answer_checks(struct node_work *work);
void owed_answer(struct node_work *work);

#endif

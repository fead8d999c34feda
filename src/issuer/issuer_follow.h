/*
 * What a follow-up leaves on the rows before it, and how that is taken off again: the state of its
 * original, the size and end of a hold, and the pending row that wakes the issuer at that end.
 *
 * The rows are written beside the follow-up's own, in its record; follow and returned, tip and held
 * amounts are all that changes in them.
 */
#ifndef ISSUER_ISSUER_FOLLOW_H
#define ISSUER_ISSUER_FOLLOW_H

#include "issuer/issue.h"

/* Says on the rows before it that payment is approved, or, when it is a pre-authorisation, begins
 * its hold: payment->lapses. The caller puts payment itself. */
void issuer_follow_link(const struct issue *issue, struct payment_row *payment);

/* Takes it off again: payment, as it is recorded, is being reversed. */
void issuer_follow_unlink(const struct issue *issue, const struct payment_row *payment);

#endif

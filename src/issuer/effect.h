/*
 * What an approved payment does to the holder's account and the card's day, and what its reversal
 * does: one row of figures for each kind, so that the undoing is read beside the doing.
 *
 *     kind               takes             holds               counts for the day
 *     sale, offline sale what is granted   -                   what is granted, one payment
 *     void               - standing        -                   - the sale, on the sale's day
 *     refund             - amount          -                   -
 *     preauth            -                 amount              amount, one payment
 *     increment          -                 amount              amount
 *     preauth void       -                 - the hold          - the hold's first amount, its day
 *     completion (both)  amount            - the hold          -
 *     completion void    - the completion  the hold, if it has -
 *                                          not lapsed
 *     tip adjustment     the tip           -                   -
 *
 * A hold that comes back comes back whole, even when the holder has spent what the completion left:
 * the promise to the shop goes before. It does not come back once its date has passed.
 */
#ifndef ISSUER_EFFECT_H
#define ISSUER_EFFECT_H

#include "books/payment_row.h"
#include "issuer/account.h"
#include "issuer/issue.h"

/* What an approved payment is worth to its own row (posted_minor): the amount, but a void's is what
 * stands of its original, a tip's the difference, and the void of a hold's what it releases. The
 * original of a follow-up must be there. */
int64_t effect_worth(const struct issue *issue);

/* Of approving the message at hand for worth. */
struct effect effect_of_request(const struct issue *issue, int64_t worth);

/* Of taking the payment recorded under the message's identity back. */
struct effect effect_of_reversal(const struct issue *issue);

#endif

/*
 * What a payment that follows another does to it. An original's own money never changes: `follow`,
 * what was returned, its tip and what it holds do, in the record of the follow-up's own row.
 *
 *     kind                    forwarded            approved        refused         taken back
 *     void, preauth void,     VOIDING              VOIDED          none            VOIDING, and
 * none completion void                                                           once confirmed
 *     completion, its advice  COMPLETING           COMPLETED       none            likewise
 *     refund                  returned + amount    -               - amount        never
 *     tip adjustment          tip + difference     -               - difference    never
 *     increment               -                    posted + own    -               posted - own
 *
 * A completion that is voided gives its pre-authorisation back, so that it can be completed anew or
 * voided itself; when that void is taken back, the completion has it again, unless another payment
 * took it meanwhile.
 *
 * So what is under way is guarded as if it were done, and two follow-ups cannot share what one of
 * them takes. An original that is damaged by now is left alone, with an alarm.
 */
#ifndef ACQUIRER_FOLLOW_H
#define ACQUIRER_FOLLOW_H

#include "acquirer/desk.h"

/* Each changes desk.original for the follow-up `row`, or nothing when it follows nothing. */
void follow_begin(const struct desk *desk, const struct payment_row *row);
void follow_grant(const struct desk *desk, const struct payment_row *row);
void follow_refuse(const struct desk *desk, const struct payment_row *row);
/* Its reversal begins, from SENT or from approved: call before the row changes. */
void follow_take_back(const struct desk *desk, const struct payment_row *row);
/* The issuer confirmed its reversal. */
void follow_undo(const struct desk *desk, const struct payment_row *row);

/* Whether later payments rest on this one, so that it must not be reversed any more. */
bool follow_has_any(const struct payment_row *original);

#endif

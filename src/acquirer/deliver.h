/*
 * Advices on their way to the issuer: what was decided before it was asked (refunds, completions by
 * advice, offline sales, tips). An advice is never taken back and never given up. From the record
 * that takes it in, the switch repeats it with growing pauses until the issuer answers under its
 * MAC; silence, an absent issuer and answers that leave doubt change nothing but the pause.
 *
 * The terminal waits as for any payment. When that time is over it is told 98, once, and from then
 * on nobody waits (the row's link is 0): it asks again, and gets 98 or what was answered by then.
 */
#ifndef ACQUIRER_DELIVER_H
#define ACQUIRER_DELIVER_H

#include "acquirer/desk.h"

/* The advice was just taken in, and sent if the issuer is there. The caller stores the row. */
void deliver_begin(const struct desk *desk, struct payment_row *row);

/* Its time has come, or the process starts: sends it once more. */
void deliver_due(const struct desk *desk);

#endif

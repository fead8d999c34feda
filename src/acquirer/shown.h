/*
 * What only one payment can have shown: the chip's cryptogram, the code of a payment by code, the
 * word that a bank gave, the payment that it follows. A message under a known identity that shows
 * another is another payment, however equal amount and card are: the answer of the record would be
 * an approval of what nobody approved.
 */
#ifndef ACQUIRER_SHOWN_H
#define ACQUIRER_SHOWN_H

#include "acquirer/desk.h"

/* Keeps in the row what the message on the desk shows. A stripe shows nothing of its own. */
void shown_take(const struct desk *desk, struct payment_row *row);

/* What the request on the desk shows otherwise than the payment on the desk did: bits of enum
 * aside_difference. An advice is repeated without what the chip said, and a tombstone has seen no
 * more than a reversal tells. */
unsigned shown_misfit(const struct desk *desk);

#endif

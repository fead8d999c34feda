/*
 * The payment that a follow-up names, and what stands against following it. The switch decides by
 * its own row of the original: found, of the same merchant and of a kind that may be followed so;
 * approved and free; the same card; the amount that stands, or within what may be asked. Each
 * refusal carries the values that were compared.
 */
#ifndef ACQUIRER_ORIGINAL_H
#define ACQUIRER_ORIGINAL_H

#include "acquirer/admit.h"

/* The largest completion of a pre-authorisation, and the largest tip, in per cent, of merchants
 * whose row says nothing else. */
#define COMPLETION_PERCENT 115
#define TIP_PERCENT 10

/* Rows beside the original that judging asks about. */
void original_need(const struct desk *desk);

/* The rules for a follow-up on the desk, in the order of the outcome table. */
struct verdict original_judge(const struct desk *desk);

/* Whether the request on the desk must name a payment. */
bool original_is_wanted(const struct desk *desk);

#endif

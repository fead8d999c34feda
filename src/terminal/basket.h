/*
 * What a till tries again and again for one customer: the same kind of payment over the same
 * amount. How often the card was not read, and whether its chip was one of those, is remembered
 * from one attempt to the next; a payment that is sent ends the basket.
 */
#ifndef TERMINAL_BASKET_H
#define TERMINAL_BASKET_H

#include "terminal/attempt.h"

/* The chip was tried for this basket, and failed. */
bool basket_chip_failed(const struct attempt *attempt);

/* A refusal: counts, when the card was not read, and adds the tries to the evidence. The attempt's
 * row is put by the caller. */
void basket_refused(struct attempt *attempt, enum outcome outcome);

/* The payment goes its way. */
void basket_done(struct attempt *attempt);

#endif

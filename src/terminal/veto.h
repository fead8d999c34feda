/*
 * The rules by which the terminal itself refuses a payment. When two things are wrong, the one
 * that stands first in the outcome table is given.
 */
#ifndef TERMINAL_VETO_H
#define TERMINAL_VETO_H

#include "terminal/attempt.h"

/* What is known before PIN and cryptogram are asked for: OUTCOME_NONE when nothing of it stands
 * against the payment. Evidence goes into the drawn-up row. */
enum outcome veto_early(struct attempt *attempt);

/* All rules. */
enum outcome veto(struct attempt *attempt);

#endif

/*
 * The people in the acquirer's office: now and then they freeze a merchant or shut a terminal
 * while its payments are under way, and later open it again. Each does what the console does: read
 * the row, change its state, put it back.
 */
#ifndef SIM_OPERATOR_H
#define SIM_OPERATOR_H

#include "sim/tally.h"

struct universe;

/* Changes the state of one merchant or terminal, any of them. */
void operator_meddle(struct universe *universe);

/* Opens all of them again. */
void operator_open_all(struct universe *universe);

#endif

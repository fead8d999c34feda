/*
 * The people in the offices of acquirer and issuers: now and then they freeze a merchant or a card,
 * shut a terminal, stop an account that is overdue while payments are under way, and later open it
 * again; they pay into accounts. Each does what the console does: read the row, change its state,
 * put it back.
 */
#ifndef SIM_OPERATOR_H
#define SIM_OPERATOR_H

#include "sim/tally.h"

#include "books/row.h"

struct universe;
struct station;

/* Changes the state of one merchant, terminal, card or account, any of them, or pays in. */
void operator_meddle(struct universe *universe);

/* Opens all merchants and terminals again. */
void operator_open_all(struct universe *universe);

/* The key of a card's row at its issuer, by its label. */
struct row_key operator_card_key(struct station *issuer, const char *label);

#endif

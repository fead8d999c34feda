/* Planted bugs of what a party reads: rows that it forgets, or sees as they are not. */
#ifndef SIM_CANARY_READ_H
#define SIM_CANARY_READ_H

#include "sim/canary/canary.h"

/* A row as an engine sees it whose party forgets something. */
void canary_misread(struct canary *canary, struct store_row *row);

/* Whether a row of TABLE_PENDING is overlooked at start. */
bool canary_overlooks(const struct canary *canary, const struct row_key *from, struct bytes value);

#endif

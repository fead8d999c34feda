/*
 * What nobody answered. A row of TABLE_PENDING comes due by its deadline, or is found at start:
 * then everything that was waited for is overdue, since the links it would have come over are gone.
 *
 * A sale without an answer is given up: it is in the reversal lane before anybody is told. An
 * advice is sent again. A balance inquiry just ends. What is in the lane goes on from there.
 */
#ifndef ACQUIRER_RECOVER_H
#define ACQUIRER_RECOVER_H

#include "acquirer/desk.h"

void recover_needs(struct node_work *work);
void recover_step(struct node_work *work);

#endif

/*
 * Two persons end a doubt at the switch: COMMAND_TESTIFY. What they say happened at the issuer has
 * the effect of the issuer's own answer:
 *
 *     owed        word                     as if the issuer had answered
 *     reversal    taken-back, never-seen   0430 with 00, 25: REVERSED, returned
 *     advice      approved                 0230 with 00: ANSWERED, moved, entries posted
 *     advice      refused                  0230 with 05: ANSWERED, not_moved (doubt.settled)
 *
 * In the same record the debt leaves the lane. What the issuer says later (0210, 0230, 0430) is
 * compared with the word: forward.c and reversal.c ask attest_heard before they do anything else.
 */
#ifndef ACQUIRER_ATTEST_H
#define ACQUIRER_ATTEST_H

#include "acquirer/desk.h"

void attest_needs(struct node_work *work);
void attest_checks(struct node_work *work);
void attest_step(struct node_work *work);

/* The issuer's message at hand is about the payment on the desk. needs: as soon as it is loaded. */
void attest_need_heard(const struct desk *desk);
/* Whether persons have settled the payment; then what the issuer says has been dealt with. */
bool attest_heard(const struct desk *desk);

#endif

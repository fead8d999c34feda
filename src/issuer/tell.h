/*
 * What became of a payment, when a switch asks (0820, DE 70 = 902): the state of the issuer's row
 * in the words of books/payment_state.h, under the zone's MAC. Nothing is recorded and nothing
 * changes: a payment that was never seen may still come.
 */
#ifndef ISSUER_TELL_H
#define ISSUER_TELL_H

#include "issuer/issue.h"

bool tell_is_for(const struct txn_message *message);
/* Needs and checks are issue_needs and issue_checks. */
void tell_step(const struct issue *issue);

#endif

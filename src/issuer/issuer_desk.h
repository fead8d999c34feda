/*
 * What an operator of the issuer may change: the rows of configuration, acquirers, cards and
 * accounts, and money paid into an account. Payments are not his to write, and a balance changes
 * only by postings. A row that the rules could not work with is refused at once
 * (issuer_setup_check).
 */
#ifndef ISSUER_ISSUER_DESK_H
#define ISSUER_ISSUER_DESK_H

#include "node/node.h"

void issuer_desk_needs(struct node_work *work);
void issuer_desk_step(struct node_work *work);

#endif

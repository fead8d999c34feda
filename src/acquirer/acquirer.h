/*
 * The acquirer's switch: it lets terminals sign in, checks who is calling, routes payments to
 * issuers and answers back, and takes back what is in doubt. A pure party (node/node.h): it keeps
 * nothing outside rows. acquirer.c opens with the states of a payment; README.md follows one sale.
 */
#ifndef ACQUIRER_ACQUIRER_H
#define ACQUIRER_ACQUIRER_H

#include "node/node.h"

extern const struct node_party acquirer_party;

#endif

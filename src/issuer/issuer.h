/*
 * The issuer's host as a pure party: it holds cards and accounts, decides every payment asked of
 * it over a zone link, and takes back what it is told to take back.
 *
 * Invariants:
 *   - a payment is posted at most once for each identity; a repeat is answered from the record;
 *   - a reversal undoes exactly what was posted, once; one that comes before its payment leaves a
 *     tombstone, and that payment is refused for ever;
 *   - wrong PINs are counted in the very record that answers them, and nothing but the right PIN
 *     or an operator gives them back;
 *   - an account's balance is minus the sum of its entries after every record;
 *   - what is not authenticated (no MAC, wrong MAC, garbled) changes no row, and its answer
 *     carries no MAC, so that it can never pass for the answer to a genuine request.
 */
#ifndef ISSUER_ISSUER_H
#define ISSUER_ISSUER_H

#include "node/node.h"

extern const struct node_party issuer_party;

#endif

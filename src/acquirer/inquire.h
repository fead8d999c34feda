/*
 * What became of a payment: a terminal asks after a refund whose answer it lost (0820 with 60.3 =
 * 901, of our own profile), because a refund is never sent twice and never reversed. The answer is
 * the record's:
 *
 *     answered          its response code, reference, authorisation code and amount
 *     under way         09: ask again
 *     taken back        22
 *     never seen        25, and from this record on it never will be taken: a tombstone
 *
 * Tombstones are counted with those of reversals (ledger.h); past that bound, and in a batch that
 * the terminal was never given, 25 holds without one, and the query is set aside.
 *
 * A peek (60.3 = 902) only wants to know, of a payment of any kind: its answer says the state in
 * 60.3 as well, in the words that every party uses, and what was never seen is left alone. Of what
 * is in doubt at the switch its issuer is asked, and a later peek tells that word (issuer_word.h).
 *
 * Question and answer are sealed, so what is said ends the terminal's doubt.
 */
#ifndef ACQUIRER_INQUIRE_H
#define ACQUIRER_INQUIRE_H

#include "node/node.h"

void inquire_needs(struct node_work *work);
void inquire_checks(struct node_work *work);
void inquire_step(struct node_work *work);

#endif

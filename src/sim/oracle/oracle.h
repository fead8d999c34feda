/*
 * The oracles: what must hold whatever went wrong, told from what is stored, sent and shown. They
 * read rows and journals with the layouts of books/, and share nothing of how parties decide.
 *
 *   watch    nothing is sent before what it says is durable, and no request is approved that is so
 *            old that its switch has given it up
 *   quiet    after healing nothing stays pending, owed or in doubt, and every till can sell
 *   money    entries sum to zero, balances equal their entries and payments, what is held is the
 *            holds that stand, merchants get what issuers posted
 *   agree    each payment ends alike at terminal, switch and issuer, posted at most once
 *   follow   what follows a payment is what the payment says, and no more than may; batches are the
 *            sums of their payments
 *   order    no sale while another is owed, advices in their order, no PIN tried too often, no
 *            limit passed
 *   charge   no order of a cash register is paid twice
 *   peek     who asks the switch what it has is told that, and what is over stays over
 *   shown    what the tills were shown was true, and only cards that may pay did pay
 *   words    what each party could tell of each payment, to all readers in both languages, is
 *            whole, has evidence, and leads nobody to pay again while the money is not settled
 *   tally    what the switch counts for limits, risk and merchants' funds is what stands
 *   journal  each journal is one whole chain without gaps, and its changes are the rows
 *   secret   no card number, track, PIN block or key is stored
 *
 * The first thing that is wrong becomes the universe's finding.
 */
#ifndef SIM_ORACLE_H
#define SIM_ORACLE_H

#include "sim/oracle/oracle_facts.h"
#include "sim/universe.h"

/* ---- while it runs ---- */

/* A station sends a message now. */
void oracle_sent(struct universe *universe, struct station *station,
                 const struct txn_message *message);

/* ... which may be the answer to a peek. */
void oracle_peek_sent(struct universe *universe, struct station *station,
                      const struct txn_message *message);

/* A station gets a message now. */
void oracle_arrived(struct universe *universe, struct station *station,
                    const struct txn_message *message);

/* A station's commit came back: writes its new journal records into the chronicle. */
void oracle_recorded(struct universe *universe, struct station *station);

/* At a start: everything that was told to be recorded is there. */
void oracle_kept(struct universe *universe, struct station *station);

/* Whether nothing on a station's disk waits or is owed. */
bool oracle_owes_nothing(struct station *station);

/* ---- at the end ---- */

/* Nothing moves, nothing is pending or owed, and every till has sold after healing. */
bool oracle_is_quiet(struct universe *universe);
/* Time is up and it is not quiet: says what is not. */
void oracle_unsettled(struct universe *universe);

/* All that follow. */
void oracle_judge(struct universe *universe);

void oracle_money(struct universe *universe, const struct facts *facts);
void oracle_agree(struct universe *universe, const struct facts *facts);
void oracle_follow(struct universe *universe, const struct facts *facts);
void oracle_order(struct universe *universe);
void oracle_charge(struct universe *universe, const struct facts *facts);
void oracle_peek(struct universe *universe, const struct facts *facts);
void oracle_shown(struct universe *universe, const struct facts *facts);
void oracle_words(struct universe *universe, const struct facts *facts);
void oracle_tally(struct universe *universe, const struct facts *facts);
void oracle_journal(struct universe *universe);
void oracle_secret(struct universe *universe);

#endif

/*
 * Where a simulation can come at all: the moves of a payment's stage, and the crash labels. What
 * cannot be is listed with the reason, so that what is missing in a report is missing by chance.
 *
 * A crash label is a party, the transaction that its batch is about, and the place: after one of
 * the six stages, or inside the commit, which then has been kept or lost.
 */
#ifndef SIM_REACH_H
#define SIM_REACH_H

#include "sim/tally.h"

/* Why a legal move is never made by a party; NULL when it can be. */
const char *reach_why_no_move(enum sim_party party, enum payment_stage from, enum payment_stage to);

/* Whether the party ever handles such a transaction. */
bool reach_has_label(enum sim_party party, enum sim_op op);

/* What an event is about; OP_COUNT: nothing that has labels. `payment` is the stored row that a
 * timer's or a recovery's key names, NULL when there is none. */
enum sim_op reach_op(const struct node_event *event, const struct payment_row *payment);

/* Moves made and legal; labels hit and there. */
uint32_t reach_moves(const struct tally *tally, uint32_t *all);
uint32_t reach_labels(const struct tally *tally, uint32_t *all);

/* Moves that could be made and were not. */
uint32_t reach_moves_missed(const struct tally *tally);

/* The transaction that an op is about; KIND_NONE: a reversal, of any. */
enum txn_kind reach_op_kind(enum sim_op op);
const char *reach_op_name(enum sim_op op);
const char *reach_place_name(enum crash_place place);

#endif

/*
 * Limits and risk at the switch: which rows the rules ask about, what they have against a payment,
 * and the tallies that they compare with. The judgement itself is risk/judge.h.
 *
 * A payment is counted in the record that sends it on and given back in the record that refuses it,
 * takes it back or voids it: once, because payment_row.counted says whether it stands. So two
 * payments at once cannot share the last place of a limit, and when nothing is under way the
 * tallies equal what was approved. Without rules nothing of this touches a row but the one that
 * says that there are none.
 */
#ifndef ACQUIRER_LIMIT_H
#define ACQUIRER_LIMIT_H

#include "acquirer/admit.h"

/* ---- a new payment ---- */

/* Needs: the rules in force, then the rows that they ask about. */
void limit_need(const struct desk *desk);

/* What is against the payment: of what the other rules found and what these find, the cause of the
 * least rank. */
struct verdict limit_judge(const struct desk *desk, const struct verdict *found);

/* It is sent on: counts it, and says so in the row, which the caller stores. */
void limit_count(const struct desk *desk, struct payment_row *row);

/* It is refused here: notes by which rules, and a number that looks guessed. */
void limit_declined(const struct desk *desk, struct payment_row *row);

/* ---- a payment that was counted ---- */

/* Needs: the tallies in which a stored payment stands. For whatever may give it back. */
void limit_need_counted(const struct desk *desk, const struct payment_row *row);

/* As limit_need_counted, unless the issuer's answer at hand changes none of them. */
void limit_need_answered(const struct desk *desk);

/* The issuer answered: its refusal gives the payment back and is remembered where it may be a
 * guess; wrong PINs are counted, a right one forgives them. */
void limit_answered(const struct desk *desk, struct payment_row *row);

/* The money goes back or never moved: once, however often it is called. */
void limit_give_back(const struct desk *desk, struct payment_row *row);

/* What was given back stands again: its void was taken back. Once, as limit_give_back. */
void limit_restore(const struct desk *desk, struct payment_row *row);

/* A part of the amount was approved, posted_minor: the rest is given back. Once, when the approval
 * is recorded. */
void limit_trim(const struct desk *desk, const struct payment_row *row);

/* ---- other rules (COMMAND_PUT_ROW of TABLE_RULES and TABLE_RULE_PART) ---- */

/* Needs: the rules in force, and with a new head its parts. */
void limit_need_rules(struct node_work *work, const struct node_command *command);

/* Whether a checked row may be put: a part only into the slot that is not in force, a head only
 * with whole parts of the next version. So nobody's half of a load, nor two at once, comes into
 * force. True for rows of other tables. */
bool limit_takes_rules(struct node_work *work, const struct node_command *command);

#endif

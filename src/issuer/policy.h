/*
 * The rules that an issuer may switch on: config_row.policy, and flags of cards and accounts. Each
 * is a rule of decide.c with its evidence.
 */
#ifndef ISSUER_POLICY_H
#define ISSUER_POLICY_H

#include "issuer/verdict.h"

/* training.mixed: practice at the real issuer, or the other way round. */
enum verdict policy_judge_training(const struct issue *issue, struct evidence *out, int argument);
/* issuer.cutoff: the day changes, nothing new is decided. */
enum verdict policy_judge_cutoff(const struct issue *issue, struct evidence *out, int argument);
/* account.overdue: stopped for overdue repayment, until a person has reviewed it. Paying in does
 * not end it. */
enum verdict policy_judge_overdue(const struct issue *issue, struct evidence *out, int argument);
/* card.dormant: stopped as such, or unused for longer than the policy's days. */
enum verdict policy_judge_dormant(const struct issue *issue, struct evidence *out, int argument);
/* region.refused: the card is for acquirers of another region. */
enum verdict policy_judge_region(const struct issue *issue, struct evidence *out, int argument);
/* hours.closed: outside the service hours of new payments. */
enum verdict policy_judge_hours(const struct issue *issue, struct evidence *out, int argument);
/* risk.issuer-suspicious: many refusals in a row, and then a large amount. */
enum verdict policy_judge_suspicious(const struct issue *issue, struct evidence *out, int argument);
/* issuer.referral: so large that the bank wants to be called. */
enum verdict policy_judge_referral(const struct issue *issue, struct evidence *out, int argument);

/* What a decision does to the card's refusals in a row and its last use. */
void policy_note(const struct issue *issue, enum outcome outcome, struct card_row *card);

#endif

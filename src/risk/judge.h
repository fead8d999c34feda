/*
 * The judgement of one payment by the rules in force: the same for the switch that decides and for
 * the dry run that asks what other rules would have done.
 *
 * Of all rules that refuse, the cause of the least rank is given (the order of the outcome table),
 * and of equal ones the first rule. Rules with a score do not refuse: their scores add up, and from
 * the threshold on the payment is suspicious, with the rules that fired as evidence.
 */
#ifndef RISK_JUDGE_H
#define RISK_JUDGE_H

#include "risk/rules.h"

/* What is known besides the rules; NULL where there is no row. Borrowed. */
struct risk_known {
    const struct tally_row *tally[TALLY_SUBJECT_COUNT]; /* the card's stands in `card` */
    const struct card_activity_row *card;
    const struct listed_card_row *listed;
};

struct risk_finding {
    enum outcome outcome;    /* OUTCOME_NONE: nothing against it */
    const struct rule *rule; /* that refused, or the first that scored */
    struct evidence evidence[EVIDENCE_MAX];
};

struct risk_finding judge_payment(const struct rule_set *set, const struct risk_payment *payment,
                                  const struct risk_known *known);

#endif

/*
 * Whether the issuer approves: rules in order of precedence, the first that refuses gives the
 * outcome. The order is that of txn/outcome_table.h. A new refusal is a row there and a row in
 * rule_table of decide.c.
 *
 * A rule that cannot be judged (the hsm is silent, a stored row is damaged) ends in issuer.fault
 * at once: what stands behind it must not be learnt without it.
 */
#ifndef ISSUER_DECIDE_H
#define ISSUER_DECIDE_H

#include "issuer/verdict.h"

struct decision {
    enum outcome outcome;
    struct evidence evidence[EVIDENCE_MAX];
    int64_t granted_minor; /* approved: what goes into posted_minor */
    bool is_by_card;       /* what comes of it counts for the card's record: policy_note */
    bool pin_is_counted;   /* the PIN was judged: the card's tries change with this answer */
};

/* Decides a request whose sender is authenticated and whose identity is new. config must be
 * loaded. */
void decide(const struct issue *issue, struct decision *out);

/* The rules, for tests and documents: their number and the outcome of each, in order. */
size_t decide_rule_count(void);
enum outcome decide_rule_outcome(size_t index);

#endif

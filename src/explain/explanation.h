/*
 * From what is known of a payment to what one reader is told of it. Facts come from a row, from a
 * bare response code, or from anybody: this layer needs no store and no message, and serves as a
 * library by itself.
 *
 * No explanation says where the money is without what that rests on (enum explain_proof). Facts
 * whose money has no proof, or one that cannot carry it, do not validate (explanation_fault) and
 * are told as MONEY_UNKNOWN.
 *
 * While the money is not settled no explanation, to anybody, leads to paying or charging again:
 * advice is ADVICE_WAIT, steps that would are left out, and the first step says to wait.
 */
#ifndef EXPLAIN_EXPLANATION_H
#define EXPLAIN_EXPLANATION_H

#include "base/instant.h"
#include "base/money.h"
#include "explain/overlay.h"
#include "explain/phrases.h"

#define EXPLAIN_STEPS_MAX 6
#define EXPLAIN_TEXT_MAX 4096 /* holds any explanation in any form; explain_test.c looks */

struct explain_facts {
    enum outcome outcome;
    enum money_state money;
    enum explain_proof proof;        /* how that is known; PROOF_NONE does not validate */
    enum explain_deal deal;          /* what was to become of the money */
    struct money amount;             /* currency 0: not known */
    char code[2];                    /* field 39 as answered; zero: the outcome's */
    enum party decided_by;           /* PARTY_NOBODY: the outcome's */
    const struct evidence *evidence; /* EVIDENCE_MAX of them, borrowed; NULL: none */
    enum explain_next next;
    struct instant next_at;        /* 0: not known */
    int32_t utc_offset_s;          /* for times */
    const struct overlay *overlay; /* an operator's own words; NULL: none */
};

/* Everything borrows from the facts and from static tables. */
struct explanation {
    const struct explain_facts *facts;
    const struct outcome_row *row;
    enum explain_reader reader;
    enum explain_lang lang;
    enum money_state money; /* as it may be claimed: MONEY_UNKNOWN when fault is not NULL */
    const char *fault;      /* explanation_fault(facts) */
    bool is_named;          /* name, number, code and decider may be shown */
    bool is_settled;        /* the money will not move any more by itself */
    enum explain_advice advice;
    const char *what;
    uint8_t step_count;
    struct bytes steps[EXPLAIN_STEPS_MAX];
    uint8_t evidence_count;
    const struct evidence *evidence[EVIDENCE_MAX]; /* those that the reader may see */
};

/* Facts of a bare cause, as the outcome table has them: for `why` without a payment. */
struct explain_facts explain_facts_of(enum outcome outcome);

/* Whether to try again, from the cause and where the money is. */
enum explain_advice explain_advice(enum outcome outcome, enum money_state money,
                                   enum explain_deal deal);

/* Why these facts are no whole record of a payment: their money has no proof, or one that cannot
 * carry it, or it is open and nothing will settle it. NULL: they are whole. */
const char *explanation_fault(const struct explain_facts *facts);

/* facts must outlive *out. */
void explain(const struct explain_facts *facts, enum explain_reader reader, enum explain_lang lang,
             struct explanation *out);

/* The explanation for people: two lines for the cashier, sentences for the others. */
void explanation_add_text(const struct explanation *explanation, struct text *t);

/* One JSON object; what the reader may not see is not there. */
void explanation_add_json(const struct explanation *explanation, struct text *t);

#endif

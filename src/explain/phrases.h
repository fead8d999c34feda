/*
 * The words that every explanation shares: where the money is, what happens next by itself,
 * whether to try again, and the names of the parties. '%' in a phrase is the place of its value.
 */
#ifndef EXPLAIN_PHRASES_H
#define EXPLAIN_PHRASES_H

#include "explain/catalogue.h"
#include "txn/money_state.h"

/* What happens to an open payment without anybody's doing. */
enum explain_next {
    NEXT_NONE,
    NEXT_ANSWER,   /* the answer is awaited until the deadline, then it is taken back */
    NEXT_REVERSAL, /* its reversal goes (again) at the deadline */
    NEXT_COUNT
};

/* Whether and how to try again. */
enum explain_advice {
    ADVICE_DONE, /* it went through */
    ADVICE_WAIT, /* the money is not settled: nothing more may be charged until it is */
    ADVICE_NEVER,
    ADVICE_NOW,
    ADVICE_AFTER_FIX,
    ADVICE_LATER,
    ADVICE_OTHER_CARD,
    ADVICE_COUNT
};

/* Where the money is, for a reader; '%' is the amount. */
const char *phrase_money(enum money_state money, enum explain_reader reader,
                         enum explain_lang lang);
/* What happens next; with_time: '%' is when. For NEXT_NONE: a person sees to it. */
const char *phrase_next(enum explain_next next, bool with_time, enum explain_lang lang);
const char *phrase_advice(enum explain_advice advice, enum explain_lang lang);
/* The first step while the money is not settled. */
const char *phrase_wait(enum explain_reader reader, enum explain_lang lang);
const char *phrase_party(enum party party, enum explain_lang lang);
const char *phrase_class(enum outcome_class class, enum explain_lang lang);

const char *explain_next_name(enum explain_next next);       /* "reversal" */
const char *explain_advice_name(enum explain_advice advice); /* "other_card" */

#endif

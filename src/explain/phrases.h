/*
 * The words that every explanation shares: where the money is, what happens next by itself,
 * whether to try again, and the names of the parties. '%' in a phrase is the place of its value.
 */
#ifndef EXPLAIN_PHRASES_H
#define EXPLAIN_PHRASES_H

#include "explain/catalogue.h"
#include "txn/money_state.h"

/* What a transaction is to do with the holder's money. */
enum explain_deal {
    DEAL_PAYMENT, /* takes it: a sale, a completion */
    DEAL_INQUIRY, /* leaves it alone */
    DEAL_REFUND,  /* gives it back: a void, a refund */
    DEAL_HOLD,    /* holds it: a pre-authorisation */
    DEAL_RELEASE, /* lets go of what is held */
    DEAL_COUNT
};

/* Whether the money is where an approved transaction of this kind leaves it. */
bool deal_is_done(enum explain_deal deal, enum money_state money);

/* What happens to an open payment without anybody's doing. */
enum explain_next {
    NEXT_NONE,
    NEXT_ANSWER,   /* the answer is awaited until the deadline, then it is taken back */
    NEXT_REVERSAL, /* its reversal goes (again) at the deadline */
    NEXT_DELIVERY, /* it was decided here and is sent (again) until it is answered */
    NEXT_COUNT
};

/* How we know where the money is. Without proof nothing is claimed: explanation_fault. */
enum explain_proof {
    PROOF_NONE,
    PROOF_CATALOGUE,     /* what the cause by itself says: of no payment in particular */
    PROOF_NOT_SENT,      /* it was refused before anything left: nobody could post it */
    PROOF_ANSWER,        /* an answer is on record */
    PROOF_NO_ANSWER,     /* it was asked for; no answer is on record */
    PROOF_REVERSAL_OWED, /* its reversal is on record, its confirmation is not */
    PROOF_REVERSAL_DONE, /* the confirmation of its reversal is on record */
    PROOF_STORED,        /* accepted here without the line, on record, to be delivered */
    PROOF_DAMAGED,       /* the record cannot be read */
    PROOF_COUNT
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

/* What the state of the money rests on. */
const char *phrase_proof(enum explain_proof proof, enum explain_lang lang);
/* Whether such a proof can carry such a state. */
bool proof_carries(enum explain_proof proof, enum money_state money);

/* Where the money is, for a reader; '%' is the amount. */
const char *phrase_money(enum explain_deal deal, enum money_state money, enum explain_reader reader,
                         enum explain_lang lang);
/* What happens next; with_time: '%' is when. For NEXT_NONE: a person sees to it. */
const char *phrase_next(enum explain_next next, bool with_time, enum explain_lang lang);
const char *phrase_advice(enum explain_advice advice, enum explain_lang lang);
/* The first step while the money is not settled. */
const char *phrase_wait(enum explain_deal deal, enum explain_reader reader, enum explain_lang lang);
/* What to do after a void, a refund or a hold that went well: no goods change hands. */
const char *phrase_slip(enum explain_reader reader, enum explain_lang lang);
const char *phrase_party(enum party party, enum explain_lang lang);
const char *phrase_class(enum outcome_class class, enum explain_lang lang);

const char *explain_proof_name(enum explain_proof proof);    /* "no_answer" */
const char *explain_next_name(enum explain_next next);       /* "reversal" */
const char *explain_advice_name(enum explain_advice advice); /* "other_card" */

#endif

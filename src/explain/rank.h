/*
 * A bare 05: a host refused and gave no cause; or another code behind which there are several. What
 * our own records say around the payment (explain/around.h) makes some causes likelier and others
 * less so; this weighs it up, says for each cause what speaks for and against it, how sure the
 * whole is, and the one step that would settle it. Without a fact that tells causes apart it ranks
 * nothing: that it was day and no fallback is no evidence.
 *
 * Rules stand in rank_table.h: a fact, a threshold, a cause, and by how much it becomes likelier,
 * in eighths. They are assumed to be independent, which they are not quite: shares order the
 * causes, they are no probabilities to bet on.
 */
#ifndef EXPLAIN_RANK_H
#define EXPLAIN_RANK_H

#include "explain/codes.h"

/* What may be known. Values are numbers of what the comment says. */
enum rank_fact {
    RANK_WRONG_PINS,       /* wrong PINs with this card in the last hour */
    RANK_ISSUER_REFUSED,   /* per cent of other cards of the issuer refused in ten minutes */
    RANK_OTHERS_REFUSED,   /* the same of cards of other issuers */
    RANK_SHOP_REFUSED,     /* per cent of other cards at the same shop refused in an hour */
    RANK_CARD_APPROVED,    /* this card approved elsewhere in the last day */
    RANK_SMALLER_APPROVED, /* 1: less was approved on this card within the hour, before or after */
    RANK_SAME_APPROVED,    /* 1: as much was approved on this card here in ten minutes after */
    RANK_REPEATS,          /* of this payment, refused before it in ten minutes */
    RANK_NEVER_APPROVED,   /* refusals of this card, when none of its payments was approved */
    RANK_AMOUNT,           /* the amount in per cent of what this card usually pays */
    RANK_PAYMENTS_TODAY,   /* of this card */
    RANK_FALLBACK,         /* 1: a chip card came by its stripe */
    RANK_KEYED,            /* 1: the number was keyed */
    RANK_MERCHANT_DAYS,    /* since the merchant was set up or changed */
    RANK_TABLE_DAYS,       /* age of the table of BINs */
    RANK_HOUR,             /* of the day at the shop */
    RANK_FACT_COUNT
};

struct rank_evidence {
    bool is_known[RANK_FACT_COUNT];
    uint32_t values[RANK_FACT_COUNT];
};

enum rank_sureness { RANK_GUESS, RANK_LIKELY, RANK_SURE };

#define RANK_HITS_MAX 6
#define RANK_REASONS_MAX 8

/* One rule that fired. */
struct rank_reason {
    bool is_against;
    const struct catalogue_text *words;
};

struct rank_hit {
    enum outcome outcome;
    unsigned share; /* thousandths of all */
    uint8_t reason_count;
    struct rank_reason reasons[RANK_REASONS_MAX];
};

struct rank_answer {
    size_t count; /* 0: nothing that tells causes apart is known, so nothing is ranked */
    struct rank_hit hits[RANK_HITS_MAX];
    enum rank_sureness sureness;
    const struct catalogue_text *step; /* what settles whether it is the first; NULL: the code's own
                                          (codes_telling_step) */
};

void rank_bare_refusal(const struct rank_evidence *evidence, struct rank_answer *out);

/* The causes of a code, the likeliest first: of DECLINED_UNSPECIFIED as a bare refusal, of others
 * those of the code by what is known. */
void rank_code(const struct codes_meaning *meaning, const struct rank_evidence *evidence,
               struct rank_answer *out);

const char *rank_fact_name(enum rank_fact fact); /* "wrong-pins" */
/* RANK_FACT_COUNT for a word that names none. */
enum rank_fact rank_fact_by_name(struct bytes name);

const struct catalogue_text *rank_sureness_words(enum rank_sureness sureness);

#endif

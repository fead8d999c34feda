/*
 * The causes behind a code that does not say: which are likely by what our own records say around
 * the payment. Only for operators: PINs and risk are nobody else's business.
 */
#ifndef APP_WHY_RANK_H
#define APP_WHY_RANK_H

#include "explain/codes.h"
#include "explain/rank.h"

#include <jansson.h>

struct why_rank_question {
    const char *data;
    const json_t *best;                /* the party whose explanation is told (story_best) */
    const json_t *identity;            /* of the payment */
    const struct rank_evidence *given; /* what the asker knows; outweighs the records */
};

struct why_rank {
    bool is_asked; /* its code leaves causes open, and the switch said what it knows */
    struct codes_meaning meaning;
    struct rank_answer ranked;
    json_t *around; /* the switch's answer; NULL unless is_asked */
};

/* Reads "wrong-pins=2,fallback=1". False, with a complaint on standard error, for what is none. */
bool why_rank_take_evidence(const char *list, struct rank_evidence *out);

void why_rank_gather(const struct why_rank_question *question, struct why_rank *out);
void why_rank_release(struct why_rank *rank);

/* How sure it is and what speaks for and against each cause; then the causes themselves are named
 * elsewhere. */
void why_rank_print_reasons(const struct rank_answer *ranked, enum explain_lang lang);

/* The whole: causes, reasons, what was looked at, the step that tells them apart. */
void why_rank_print(const struct why_rank *rank, enum explain_lang lang);
json_t *why_rank_json(const struct why_rank *rank, enum explain_lang lang);

/* "speaks_for" and "speaks_against" for each element of causes, which are in the ranked order. */
void why_rank_add_reasons(const struct rank_answer *ranked, enum explain_lang lang, json_t *causes);

#endif

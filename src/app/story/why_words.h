/*
 * The part of `acquit why` that needs no running system: what a response code, a message or
 * somebody's own words mean. It is of no payment, so for programs (JSON) every cause is named;
 * cashiers and cardholders read only of those whose names they may have.
 */
#ifndef APP_WHY_WORDS_H
#define APP_WHY_WORDS_H

#include "explain/overlay.h"
#include "explain/rank.h"

struct why_words {
    const char *query;
    bool is_code;                  /* as a code of the dialect; else as words */
    enum codes_dialect dialect;    /* for codes */
    struct rank_evidence evidence; /* what is known around a refusal without a cause */
    const struct overlay *overlay; /* the operator's own words; NULL: none */
    enum explain_reader reader;
    enum explain_lang lang;
    bool as_json;
};

/* EXIT_DONE, or EXIT_BAD when nothing is known of such words. A code is always told. */
int why_words_tell(const struct why_words *question);

#endif

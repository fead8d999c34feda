/*
 * From words to causes: what a shop or a customer types or says, in Chinese of either script or in
 * English, misspelled or not; a message off a terminal's screen; a response code, alone or in a
 * sentence. The likeliest cause comes first.
 *
 * Terms (term_zh_table.h, term_en_table.h) speak for causes and are added up. Chinese terms are
 * found as they stand, longer ones also when most of their pairs of characters are there; English
 * words also with an ending or a slip of the finger. Cashiers' messages and the meanings of codes
 * are compared as wholes. Other words for a term are heard as the term; what no term knows is
 * tried by ear (sounds.h), then by the texts of the catalogue. Nothing is kept and nothing is
 * allocated; a query costs some thirty microseconds, one of unknown words more. What is past
 * WORDS_QUERY_MAX characters is not read.
 */
#ifndef EXPLAIN_WORDS_H
#define EXPLAIN_WORDS_H

#include "base/bytes.h"
#include "explain/codes.h"

#define WORDS_HITS_MAX 8
#define WORDS_QUERY_MAX 160 /* characters */

struct words_hit {
    enum outcome outcome;
    unsigned share; /* of all that spoke for any cause, in thousandths */
};

struct words_answer {
    size_t count; /* 0: nothing is known of such words */
    struct words_hit hits[WORDS_HITS_MAX];
    char code[3]; /* the response code of CODES_CUP_POS that it names; "" */
};

/* query is UTF-8; what is not is skipped. */
void words_find(struct bytes query, struct words_answer *out);

#endif

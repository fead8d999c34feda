/*
 * What a code that somebody else answered means: response codes of the UnionPay lists, bits of the
 * chip's TVR and TSI, conditions of nexo, advice codes of Mastercard, decline categories of Visa,
 * and failures of a line. The map is total: a code that no table has still gets a class, itself as
 * the raw value, and safe advice. Tables stand in code_table.h, each row with its source.
 */
#ifndef EXPLAIN_CODES_H
#define EXPLAIN_CODES_H

#include "base/bytes.h"
#include "explain/catalogue.h"

enum codes_dialect {
    CODES_CUP_POS,           /* field 39, two characters: "05", "A0" */
    CODES_EMV_TVR,           /* byte.bit of tag 95, as EMV counts them: "1.8" is the first bit */
    CODES_EMV_TSI,           /* byte.bit of tag 9B */
    CODES_NEXO,              /* ErrorCondition: "Refusal" */
    CODES_MASTERCARD_ADVICE, /* merchant advice code: "03" */
    CODES_VISA_CATEGORY,     /* "1" to "4" */
    CODES_LINE,              /* what failed on a line, one word: "refused", "mac" */
    CODES_DIALECT_COUNT
};

enum codes_source {
    SOURCE_CUP_NEW, /* the newer of the public lists */
    SOURCE_CUP_OLD, /* the older one: these codes are seldom seen now */
    SOURCE_EMV,
    SOURCE_NEXO,
    SOURCE_MASTERCARD,
    SOURCE_VISA,
    SOURCE_OWN,
    SOURCE_COUNT
};

#define CODES_CAUSES_MAX 6

struct codes_row {
    enum codes_dialect dialect;
    const char *code;
    enum codes_source source;
    enum outcome_class class;
    enum money_state money; /* what the code by itself says about the money */
    struct catalogue_text means;
    enum outcome causes[CODES_CAUSES_MAX]; /* the likeliest first; OUTCOME_NONE ends them */
};

struct codes_meaning {
    const struct codes_row *row; /* NULL: in no table */
    enum outcome_class class;
    enum money_state money;
    struct catalogue_text means;
    const enum outcome *causes; /* CODES_CAUSES_MAX at most, OUTCOME_NONE ends them; of a bit that
                                   tells of nothing wrong there are none */
    size_t cause_count;
};

/* Any bytes have a meaning. Letters in either case. */
void codes_look_up(enum codes_dialect dialect, struct bytes code, struct codes_meaning *out);

/* The one step that tells the causes of a response code apart; NULL when none is written for it, or
 * when row is NULL. */
const struct catalogue_text *codes_telling_step(const struct codes_row *row);

/* All rows, in no order: NULL past the last. */
const struct codes_row *codes_at(size_t index);

const char *codes_dialect_name(enum codes_dialect dialect); /* "cup-pos" */
/* CODES_DIALECT_COUNT for a word that names none. */
enum codes_dialect codes_dialect_by_name(const char *name);

const char *codes_source_name(enum codes_source source);
const char *codes_source_date(enum codes_source source); /* when it was read: "2026-11-22" */

#endif

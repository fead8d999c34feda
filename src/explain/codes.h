/*
 * What a code that somebody else answered means: response codes of the UnionPay lists and of ISO
 * 8583:1987, bits of the chip's TVR and TSI, conditions of nexo, advice codes of Mastercard,
 * decline categories and codes of Visa, and failures of a line. The map is total: a code that no
 * table has still gets a class, itself as the raw value, and safe advice. Tables stand in
 * code_table.h, each row with its source.
 */
#ifndef EXPLAIN_CODES_H
#define EXPLAIN_CODES_H

#include "base/bytes.h"
#include "explain/catalogue.h"

enum codes_dialect {
    CODES_CUP_POS,    /* field 39, two characters: "05", "A0" */
    CODES_ISO87,      /* field 39 between hosts; where it says no other, as CODES_CUP_POS */
    CODES_TVR,        /* byte.bit of tag 95, as EMV counts them: "1.8" is the first bit */
    CODES_TSI,        /* byte.bit of tag 9B */
    CODES_NEXO,       /* ErrorCondition: "Refusal" */
    CODES_MASTERCARD, /* merchant advice code: "03"; and the response codes 79, 82, 83 */
    CODES_VISA,       /* category "1" to "4", or field 39, which has one; else as CODES_ISO87 */
    CODES_LINE,       /* what failed on a line, one word: "refused", "mac" */
    CODES_DIALECT_COUNT
};

enum codes_source {
    SOURCE_CUP_NEW, /* the newer of the public lists */
    SOURCE_CUP_OLD, /* the older one: these codes are seldom seen now */
    SOURCE_EMV,
    SOURCE_NEXO,
    SOURCE_MASTERCARD,
    SOURCE_VISA,
    SOURCE_VISA_CODES,
    SOURCE_ISO87,
    SOURCE_OWN,
    SOURCE_OPERATOR, /* a file of the operator's: explain/overlay.h */
    SOURCE_COUNT
};

#define CODES_CAUSES_MAX 8

struct codes_row {
    enum codes_dialect dialect;
    const char *code;
    enum codes_source source;
    enum outcome_class class;
    enum money_state money; /* what the code by itself says about the money */
    const char *date;       /* when it was read; NULL: as its source (codes_row_date) */
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

#define CODES_BITS_MAX 40

/* The bits that are set in a whole TVR or TSI, which is ten or four hex digits. Returns how many; 0
 * for one that is all zero; -1 for what is none. */
int codes_bits(enum codes_dialect dialect, struct bytes hex,
               const struct codes_row *out[static CODES_BITS_MAX]);

/* The one step that tells the causes of a response code apart; NULL when none is written for it, or
 * when row is NULL. */
const struct catalogue_text *codes_telling_step(const struct codes_row *row);

/* All rows, in no order: NULL past the last. */
const struct codes_row *codes_at(size_t index);

const char *codes_dialect_name(enum codes_dialect dialect); /* "cup-pos" */
/* CODES_DIALECT_COUNT for a word that names none. Names of before are understood: "emv-tvr". */
enum codes_dialect codes_dialect_by_name(const char *name);

/* Whether it is the row's code; letters in either case. */
bool codes_is(const struct codes_row *row, struct bytes code);
/* What a row says. */
void codes_meaning_of(const struct codes_row *row, struct codes_meaning *out);

const char *codes_row_date(const struct codes_row *row);
const char *codes_source_name(enum codes_source source);
const char *codes_source_date(enum codes_source source); /* when it was read: "2026-11-22" */

#endif

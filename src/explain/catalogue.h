/*
 * What is said of each cause (txn/outcome_table.h), to four readers, in Chinese and English, and
 * what each of them may be told. Texts are static and stand in text_table.h, one row for each
 * outcome; a new outcome without texts does not compile.
 */
#ifndef EXPLAIN_CATALOGUE_H
#define EXPLAIN_CATALOGUE_H

#include "txn/outcome.h"

enum explain_reader {
    READER_CASHIER,    /* at the terminal: what to do now, two short lines */
    READER_CARDHOLDER, /* on the receipt, on the web: what happened, whom to ask */
    READER_MERCHANT,   /* in the console: cause, evidence, how to mend it */
    READER_OPERATOR,   /* staff of acquirer and issuer: everything but secrets */
    READER_COUNT
};

enum explain_lang { LANG_ZH, LANG_EN, LANG_COUNT };

/* One text in two languages. */
struct catalogue_text {
    const char *in[LANG_COUNT];
};

/* What happened; and what to do, a step on each line, the cheapest first. A step that leads to
 * paying anew begins with CATALOGUE_ANEW and is kept back while the money is not settled. */
struct catalogue_entry {
    struct catalogue_text what;
    struct catalogue_text steps;
};

#define CATALOGUE_ANEW '>'

const struct catalogue_entry *catalogue_entry(enum outcome outcome, enum explain_reader reader);

/* Whether the reader is told the cause's name, number, code and who decided. */
bool catalogue_names(enum outcome outcome, enum explain_reader reader);

/* Whether the reader is shown a value of this name with this cause: the rule of the value
 * (evidence_readers) and the policy of who decided it, both. */
bool catalogue_shows(enum outcome outcome, enum explain_reader reader, enum evidence_name name);

/* "cashier", "zh": for options and JSON. *_COUNT when the word is unknown. */
const char *explain_reader_name(enum explain_reader reader);
enum explain_reader explain_reader_by_name(const char *name);
const char *explain_lang_name(enum explain_lang lang);
enum explain_lang explain_lang_by_name(const char *name);

#endif

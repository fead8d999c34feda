/*
 * Values of evidence in the reader's language. Parties write what they compared as short English
 * words and numbers; for a Chinese reader known words are put into Chinese (value_table.h, and
 * the names of transactions), numbers, dates and unknown words stay as they stand.
 */
#ifndef EXPLAIN_VALUES_H
#define EXPLAIN_VALUES_H

#include "explain/catalogue.h"

/* Appends the value in the language. Lists that are joined by ", " or, of kinds of transactions, by
 * a space are put over piece by piece. */
void value_add_text(struct text *t, const char *value, enum explain_lang lang);

/* Whether every word of the value has Chinese: for tests. Digits and capitals have no words. */
bool value_is_known(const char *value);

#endif

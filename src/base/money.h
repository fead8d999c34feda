/*
 * An amount and its currency, always together, in the currency's minor units.
 *
 * Sums are checked: an amount that does not fit the wire (n12) is a failure, not a wrap.
 */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include "base/err.h"
#include "base/text.h"

#define MONEY_MINOR_MAX 999999999999 /* DE 4 is n12 (ISO 8583:1987, DE 4) */
#define CURRENCY_CNY 156

struct money {
    int64_t minor;     /* fen, cents; negative is a debit where signs have meaning */
    uint16_t currency; /* ISO 4217 numeric code */
};

struct money money_of(int64_t minor, uint16_t currency);

/* a + b. ERR_BAD_VALUE when the currencies differ, ERR_OVERFLOW past ±MONEY_MINOR_MAX. */
MUST_USE enum err money_add(struct money a, struct money b, struct money *out);

bool money_equal(struct money a, struct money b);

/* Digits after the point for the currency (ISO 4217: 2 for CNY, 0 for JPY, 3 for KWD). */
unsigned money_exponent(uint16_t currency);

/* The currency's letters, "CNY"; "???" for one we do not know. */
const char *money_letters(uint16_t currency);

/* "128.50" */
void money_add_text(struct text *t, struct money money);

/* Reads "128.50", "128.5", "128". ERR_BAD_FORMAT for anything else (signs, spaces, letters, more
 * digits after the point than the currency has), ERR_OVERFLOW past MONEY_MINOR_MAX. */
MUST_USE enum err money_from_text(const char *text, uint16_t currency, struct money *out);

#endif

/*
 * The month until whose end a card is good (ISO/IEC 7813: YYMM), as digits on stripe, chip and
 * DE 14. Years 00..49 are 2000 and later, 50..99 are before (EMV 4.3 Book 4, 6.7.3).
 */
#ifndef CARD_EXPIRY_H
#define CARD_EXPIRY_H

#include "base/bytes.h"

#define EXPIRY_LEN 4

struct expiry {
    uint8_t year;  /* 0..99 */
    uint8_t month; /* 1..12 */
};

/* Reads YYMM. ERR_BAD_FORMAT at a non-digit, ERR_BAD_VALUE for a month outside 1..12. */
MUST_USE enum err expiry_from_digits(const char digits[static EXPIRY_LEN], struct expiry *out);

/* Writes YYMM, no terminator. */
void expiry_to_digits(struct expiry expiry, char out[static EXPIRY_LEN]);

/* Whether the card's last month lies before the date (as 20261122, local to the terminal). */
bool expiry_is_past(struct expiry expiry, uint32_t date);

bool expiry_equal(struct expiry a, struct expiry b);

#endif

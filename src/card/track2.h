/*
 * Track 2 of a stripe, or its equivalent on a chip (tag 57): PAN, separator, YYMM, service code,
 * discretionary data (ISO/IEC 7813, 5). At most 37 characters without sentinels.
 *
 * Sensitive authentication data: memory only, until the answer, then track2_wipe. It is never in a
 * row, a journal, a stored message or a log (PCI DSS 3.3.1).
 */
#ifndef CARD_TRACK2_H
#define CARD_TRACK2_H

#include "card/expiry.h"
#include "card/pan.h"
#include "card/service_code.h"

/* What a 12-digit PAN leaves: 37 - 12 - separator - YYMM - service code. */
#define TRACK2_DISCRETIONARY_MAX                                                                   \
    (TRACK2_LEN_MAX - PAN_DIGITS_MIN - 1 - EXPIRY_LEN - SERVICE_CODE_LEN)

/* Where our issuers keep the card verification value in the discretionary data: behind the PVKI and
 * the four digits of the PVV, as most do. CVV on the stripe, iCVV in the chip's equivalent. */
#define TRACK2_CVV_AT 5
#define TRACK2_CVV_LEN 3

struct track2 {
    struct pan pan;
    struct expiry expiry;
    struct service_code service_code;
    uint8_t discretionary_len;
    char discretionary[TRACK2_DISCRETIONARY_MAX]; /* digits, not terminated */
};

enum track2_check {
    TRACK2_GOOD,
    TRACK2_TOO_LONG,         /* position is the length found */
    TRACK2_NO_SEPARATOR,     /* neither '=' nor 'D' after at most 19 digits */
    TRACK2_BAD_PAN,          /* length or a non-digit */
    TRACK2_BAD_EXPIRY,       /* missing, non-digits or month not 1..12 */
    TRACK2_BAD_SERVICE_CODE, /* missing or non-digits */
    TRACK2_BAD_DISCRETIONARY /* a non-digit */
};

struct track2_fault {
    enum track2_check check;
    uint8_t position; /* character, from 0 */
};

/* Reads the text of a track without sentinels; the separator is '=' or 'D', one 'F' at the end
 * (fill of the chip's equivalent) is dropped. ERR_BAD_LENGTH, ERR_BAD_FORMAT or ERR_BAD_VALUE,
 * with the reason in *fault. The check digit of the PAN is not tested. */
MUST_USE enum err track2_from_text(struct bytes text, struct track2 *out,
                                   struct track2_fault *fault);

/* Writes the track with the given separator, no terminator; returns its length. */
size_t track2_to_text(const struct track2 *track2, char separator, char out[static TRACK2_LEN_MAX]);

/* Copies the CVV or iCVV. ERR_NOT_FOUND when the discretionary data ends before it. */
MUST_USE enum err track2_cvv(const struct track2 *track2, char out[static TRACK2_CVV_LEN]);

void track2_wipe(struct track2 *track2);

/* "no separator", "the expiry date is wrong" ... */
const char *track2_check_text(enum track2_check check);

#endif

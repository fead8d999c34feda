/*
 * A primary account number in the clear (ISO/IEC 7812-1): 12 to 19 digits.
 *
 * Sensitive: it lives in memory only as long as a message needs it, is wiped with pan_wipe, and
 * becomes text for people only through pan_mask. Stored PANs are sealed (hsm/command.h,
 * HSM_PAN_PROTECT).
 */
#ifndef CARD_PAN_H
#define CARD_PAN_H

#include "base/bounds.h"
#include "base/bytes.h"

struct pan {
    uint8_t len;                 /* digits in use */
    char digits[PAN_DIGITS_MAX]; /* ASCII, not terminated; zero bytes behind len */
};

/* Why digits are not a PAN. */
enum pan_check {
    PAN_GOOD,
    PAN_TOO_SHORT,    /* under PAN_DIGITS_MIN; position is the length found */
    PAN_TOO_LONG,     /* over PAN_DIGITS_MAX; position is the length found */
    PAN_NOT_A_DIGIT,  /* position is where, from 0 */
    PAN_LUHN_IS_WRONG /* position is that of the check digit */
};

struct pan_fault {
    enum pan_check check;
    uint8_t position; /* capped at 255 */
};

/* "622848******1234": first six and last four, the rest starred (PCI DSS 3.4.1). */
struct pan_masked {
    char at[PAN_DIGITS_MAX + 1];
};

/* Takes digits as a PAN, without the check digit test. ERR_BAD_LENGTH or ERR_BAD_FORMAT, with the
 * reason in *fault. */
MUST_USE enum err pan_from_digits(struct bytes digits, struct pan *out, struct pan_fault *fault);

/* Tests the check digit (ISO/IEC 7812-1, annex B). ERR_BAD_VALUE, with the reason in *fault. */
MUST_USE enum err pan_check_luhn(const struct pan *pan, struct pan_fault *fault);

/* The check digit that makes digits a PAN, '0'..'9'. All of digits must be digits (asserted). */
char pan_luhn_digit(struct bytes digits);

/* The number that the first `digits` (1..10) digits spell, for BIN tables. */
uint64_t pan_prefix(const struct pan *pan, size_t digits);

/* Whether free text holds what may be a card number: 13 to 19 digits with a right check digit, with
 * at most one space, hyphen, dot or underscore between two of them, and no further digit beside
 * them. What begins with 0, 20 or 21, such as a date, is no card's: these ranges are
 * nobody's (ISO/IEC 7812-1). Of random numbers so long one in ten is taken for a card's. */
bool pan_is_in_text(struct bytes text);

bool pan_equal(const struct pan *a, const struct pan *b);

struct pan_masked pan_mask(const struct pan *pan);

void pan_wipe(struct pan *pan);

/* "too short", "not a digit" ...: for messages that name the position beside it. */
const char *pan_check_text(enum pan_check check);

#endif

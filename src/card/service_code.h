/*
 * The three-digit service code of a card (ISO/IEC 7813, 4.3.4): where it may be used, how it is
 * authorised, and what services and PIN rule it has.
 */
#ifndef CARD_SERVICE_CODE_H
#define CARD_SERVICE_CODE_H

#include "base/bytes.h"

#define SERVICE_CODE_LEN 3

struct service_code {
    char digits[SERVICE_CODE_LEN];
};

/* ERR_BAD_FORMAT at a non-digit. */
MUST_USE enum err service_code_from_digits(const char digits[static SERVICE_CODE_LEN],
                                           struct service_code *out);

/* The card has a chip, which must be used where it can be (first digit 2 or 6). */
bool service_code_has_chip(struct service_code code);

/* For international interchange (first digit 1 or 2). */
bool service_code_is_international(struct service_code code);

/* Only the issuer may authorise (second digit 2 or 4). */
bool service_code_needs_issuer(struct service_code code);

/* A PIN is required always (third digit 0, 3 or 5). */
bool service_code_needs_pin(struct service_code code);

/* Goods and services only, no cash (third digit 2, 5 or 7). */
bool service_code_forbids_cash(struct service_code code);

#endif

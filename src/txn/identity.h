/*
 * A payment's identity: fixed by the terminal at the first keystroke and carried unchanged through
 * every message, row and record until the end. The same identity with other content is refused;
 * the same identity with the same content is answered from the record.
 *
 * The class separates a payment from its reversal, which reuses the payment's trace number. The
 * business date is an attribute, never part of the identity: batch numbers are not reused within
 * the retention time.
 */
#ifndef TXN_IDENTITY_H
#define TXN_IDENTITY_H

#include "base/bytes.h"
#include "base/text.h"

#define ACQUIRER_ID_LEN 11 /* DE 32, n..11: digits, padded on the right with zero bytes */
#define TERMINAL_ID_LEN 8  /* DE 41, ans 8, padded on the right with spaces */
#define MERCHANT_ID_LEN 15 /* DE 42, ans 15, padded on the right with spaces */
#define ISSUER_ID_LEN 11   /* as DE 32 */
#define IDENTITY_KEY_LEN 28

enum identity_class {
    IDENTITY_PAYMENT = 'P',
    IDENTITY_REVERSAL = 'R',
};

struct identity {
    char acquirer[ACQUIRER_ID_LEN];
    char terminal[TERMINAL_ID_LEN];
    uint8_t class;  /* enum identity_class */
    uint32_t batch; /* field 60.2, 0..999999 */
    uint32_t trace; /* DE 11, 1..999999 */
};

static inline bool identity_equal(const struct identity *a, const struct identity *b)
{
    return a->trace == b->trace && a->batch == b->batch && a->class == b->class &&
           memcmp(a->acquirer, b->acquirer, ACQUIRER_ID_LEN) == 0 &&
           memcmp(a->terminal, b->terminal, TERMINAL_ID_LEN) == 0;
}

/* The same identity with another class: the payment behind a reversal and back. */
static inline struct identity identity_as(const struct identity *identity,
                                          enum identity_class class)
{
    struct identity other = *identity;

    other.class = (uint8_t) class;
    return other;
}

/* The identity as ordered bytes, for row keys: acquirer, terminal, batch, trace, class. */
void identity_to_key(const struct identity *identity, uint8_t out[static IDENTITY_KEY_LEN]);
void identity_from_key(const uint8_t key[static IDENTITY_KEY_LEN], struct identity *out);

/* "T1/000001/000042", for people. */
void identity_add_text(struct text *t, const struct identity *identity);

/* Fills a fixed identifier from text: longer text is ERR_BAD_LENGTH, shorter is padded. */
MUST_USE enum err identity_id_from_text(const char *text, char pad, char *out, size_t out_len);

#endif

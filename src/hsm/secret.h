/*
 * Key or PIN material. Bounded, wiped on every path, compared in constant time; there is no way
 * to print one. Declare locals with SECRET_WIPED and they are wiped when their scope ends.
 */
#ifndef HSM_SECRET_H
#define HSM_SECRET_H

#include "base/bytes.h"

#define SECRET_LEN_MAX 32

struct secret {
    uint8_t len;                /* bytes in use */
    uint8_t at[SECRET_LEN_MAX]; /* zero behind len */
};

#define SECRET_WIPED __attribute__((cleanup(secret_wipe)))

/* ERR_BAD_LENGTH past SECRET_LEN_MAX. */
MUST_USE enum err secret_from(struct bytes bytes, struct secret *out);

bool secret_equal_ct(const struct secret *a, const struct secret *b);

/* Makes a the XOR of both, as key components are combined. ERR_BAD_LENGTH when they differ. */
MUST_USE enum err secret_xor(struct secret *a, const struct secret *b);

void secret_wipe(struct secret *secret);

#endif

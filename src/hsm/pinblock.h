/*
 * Clear PIN blocks of ISO 9564-1, format 0 (8 bytes) and format 4 (two 16-byte fields). Only
 * drivers call these with real PINs. Errors do not say what is wrong with a block: the difference
 * would be an oracle.
 */
#ifndef HSM_PINBLOCK_H
#define HSM_PINBLOCK_H

#include "base/bounds.h"
#include "card/pan.h"
#include "hsm/secret.h"

#define PINBLOCK_0_LEN 8
#define PINBLOCK_4_LEN 16
#define PINBLOCK_LEN_MAX 16

/* An encrypted PIN block, as it travels in DE 52. */
struct pin_block {
    uint8_t len; /* 8 or 16 */
    uint8_t at[PINBLOCK_LEN_MAX];
};

/* Whether the secret holds PIN_DIGITS_MIN..PIN_DIGITS_MAX ASCII digits. */
bool pin_is_good(const struct secret *pin);

/* Format 0: PIN field XOR account field (ISO 9564-1, 9.3.2). The PIN must be good (asserted). */
void pinblock_0_build(const struct secret *pin, const struct pan *pan,
                      uint8_t out[static PINBLOCK_0_LEN]);

/* ERR_CRYPTO when the block is no format 0 block for this PAN. The time taken depends on nothing
 * but the lengths. */
MUST_USE enum err pinblock_0_parse(const uint8_t block[static PINBLOCK_0_LEN],
                                   const struct pan *pan, struct secret *out);

/* Format 4: the PIN field with 8 fresh bytes, to be encrypted, XORed with the account field, and
 * encrypted again (ISO 9564-1, 9.3.5). */
void pinblock_4_build(const struct secret *pin, const uint8_t nonce[static 8],
                      uint8_t out[static PINBLOCK_4_LEN]);
void pinblock_4_account(const struct pan *pan, uint8_t out[static PINBLOCK_4_LEN]);
MUST_USE enum err pinblock_4_parse(const uint8_t field[static PINBLOCK_4_LEN], struct secret *out);

#endif

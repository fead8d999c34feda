/*
 * The blocks and digit rules of the values by which an issuer knows its cards: PVV (Visa) and
 * CVV, CVV2, iCVV. Ciphers are in the drivers.
 */
#ifndef HSM_VERIFY_H
#define HSM_VERIFY_H

#include "hsm/command.h"

/* The block that the PVK encrypts: eleven PAN digits before the check digit, PVKI, four PIN
 * digits. The PIN must be good and the PAN have 12 digits (asserted). */
void pvv_input(const struct pan *pan, unsigned pvki, const struct secret *pin,
               uint8_t out[static 8]);

/* What a PIN has beyond its first four digits: their count and the digits, filled with F; false
 * when there is nothing. The Visa PVV is blind to them: of a six-digit PIN it would take any of a
 * hundred. So for longer PINs our PVV is one step longer: this block is XORed onto the encrypted
 * input, and the result encrypted once more. For four digits it is the Visa PVV. */
bool pvv_rest(const struct secret *pin, uint8_t out[static 8]);

/* The 32 digits that the CVK works on: PAN, YYMM, service code, zeros. */
void cvv_input(const struct pan *pan, struct expiry expiry, struct service_code service_code,
               uint8_t out[static 16]);

/* The service code that stands in a CVV of this kind. */
struct service_code cvv_service_code(enum cvv_kind kind, struct service_code of_card);

/* Takes count digits out of 16 nibbles: first all 0..9 in order, then A..F less ten. */
void decimalise(const uint8_t block[static 8], char *out, size_t count);

#endif

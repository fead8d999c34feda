/* Chip cryptograms on both sides, and card verification values. */
#ifndef DRIVERS_HSM_SOFT_CHIP_H
#define DRIVERS_HSM_SOFT_CHIP_H

#include "drivers/hsm/hsm_soft_call.h"

enum hsm_result soft_cvv_make(const struct soft_call *call);
enum hsm_result soft_cvv_verify(const struct soft_call *call);
enum hsm_result soft_arqc_verify(const struct soft_call *call);
enum hsm_result soft_arpc_make(const struct soft_call *call);
enum hsm_result soft_arpc_verify(const struct soft_call *call);
enum hsm_result soft_ac_make(const struct soft_call *call);
enum hsm_result soft_icc_key_make(const struct soft_call *call);

/* A card's master key out of the issuer's, by the option that the issuer's key is bound to, with
 * odd parity (EMV 4.3 Book 2, A1.4). */
MUST_USE bool soft_icc_key(struct hsm_soft *soft, struct soft_key *imk, const struct pan *pan,
                           uint8_t psn, struct secret *out);

/* A session key from two 8-byte inputs, with odd parity. */
MUST_USE bool soft_session_key(struct hsm_soft *soft, const struct secret *icc,
                               const uint8_t input[static 16], struct secret *out);

/* Method 1: the ARQC XORed with the response code, encrypted (EMV 4.3 Book 2, 8.2.1). */
MUST_USE bool soft_arpc_1(struct hsm_soft *soft, const struct secret *key,
                          const uint8_t arqc[static CHIP_AC_LEN], const uint8_t arc[static 2],
                          uint8_t out[static 8]);

/* Method 2: four bytes of MAC over ARQC, card status update and proprietary data (8.2.2). */
MUST_USE bool soft_arpc_2(struct hsm_soft *soft, const struct secret *key,
                          const uint8_t arqc[static CHIP_AC_LEN], struct bytes update,
                          uint8_t out[static 4]);

#endif

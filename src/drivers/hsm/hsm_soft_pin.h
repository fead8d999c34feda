/* PINs: sealing, sealing again under another key, verifying by PVV. */
#ifndef DRIVERS_HSM_SOFT_PIN_H
#define DRIVERS_HSM_SOFT_PIN_H

#include "drivers/hsm/hsm_soft_call.h"

enum hsm_result soft_pin_encrypt(const struct soft_call *call);
enum hsm_result soft_pin_translate(const struct soft_call *call);
enum hsm_result soft_pin_verify(const struct soft_call *call);
enum hsm_result soft_pvv_make(const struct soft_call *call);

/* Seals and opens a PIN in the format that the key is bound to. HSM_WRONG is all that is said of a
 * block that does not open. */
MUST_USE enum hsm_result soft_pin_seal(struct hsm_soft *soft, struct soft_key *key,
                                       const struct pan *pan, const struct secret *pin,
                                       struct pin_block *out);
MUST_USE enum hsm_result soft_pin_open(struct hsm_soft *soft, struct soft_key *key,
                                       const struct pan *pan, const struct pin_block *block,
                                       struct secret *out);

#endif

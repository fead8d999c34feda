/* Stored card numbers: look-up hash and seal; the blocks of tracks; digests. */
#ifndef DRIVERS_HSM_SOFT_PAN_H
#define DRIVERS_HSM_SOFT_PAN_H

#include "drivers/hsm/hsm_soft_call.h"

enum hsm_result soft_pan_index(const struct soft_call *call);
enum hsm_result soft_pan_protect(const struct soft_call *call);
enum hsm_result soft_pan_open(const struct soft_call *call);
enum hsm_result soft_track_encrypt(const struct soft_call *call);
enum hsm_result soft_track_decrypt(const struct soft_call *call);

#endif

/* Keys themselves: making, combining, checking, and carrying them under master keys. */
#ifndef DRIVERS_HSM_SOFT_WRAP_H
#define DRIVERS_HSM_SOFT_WRAP_H

#include "drivers/hsm/hsm_soft_call.h"

enum hsm_result soft_key_make(const struct soft_call *call);
enum hsm_result soft_key_combine(const struct soft_call *call);
enum hsm_result soft_key_check(const struct soft_call *call);
enum hsm_result soft_key_wrap(const struct soft_call *call);
enum hsm_result soft_key_unwrap(const struct soft_call *call);
enum hsm_result soft_work_keys_make(const struct soft_call *call);
enum hsm_result soft_work_keys_take(const struct soft_call *call);

#endif

/* Passwords of operators: PBKDF2 with HMAC-SHA-256 (RFC 8018, 5.2). */
#ifndef DRIVERS_HSM_SOFT_PASSWORD_H
#define DRIVERS_HSM_SOFT_PASSWORD_H

#include "drivers/hsm/hsm_soft_call.h"

enum hsm_result soft_password_make(const struct soft_call *call);
enum hsm_result soft_password_check(const struct soft_call *call);

#endif

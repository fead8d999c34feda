/*
 * What a command's handler gets: the instance, the command's keys opened, the command and where to
 * answer. One handler for each kind, listed in hsm_soft.c; each returns the result and fills the
 * answer only for HSM_OK (a wrong check value also says what was expected and found).
 */
#ifndef DRIVERS_HSM_SOFT_CALL_H
#define DRIVERS_HSM_SOFT_CALL_H

#include "drivers/hsm/hsm_soft.h"
#include "drivers/hsm/hsm_soft_cache.h"

#define SOFT_NONCES_LEN 768

struct hsm_soft {
    struct soft_library library;
    struct soft_cache cache;
    enum key_realm realm;
    struct random_source random;
    uint8_t nonces[SOFT_NONCES_LEN]; /* random bytes, unused from nonces_used on */
    size_t nonces_used;
};

struct soft_call {
    struct hsm_soft *soft;
    struct soft_key *keys[HSM_KEYS_MAX];
    const struct hsm_command *command;
    struct hsm_answer *answer;
};

/* Whether a PAN in a command is one: 12 to 19 digits. */
bool soft_pan_is_good(const struct pan *pan);

/* Random bytes straight from the source, for what must stay secret. */
MUST_USE bool soft_random(const struct hsm_soft *soft, uint8_t *out, size_t len);

/* Random bytes for a nonce, that all may see: from the kernel, many are drawn at once and kept. */
MUST_USE bool soft_nonce(struct hsm_soft *soft, uint8_t *out, size_t len);

/* Makes the block of a new key: check value, nonce, seal. HSM_OK, HSM_FORMAT for material that is
 * weak or of the wrong length, HSM_DOWN. */
MUST_USE enum hsm_result soft_key_new(struct hsm_soft *soft, const struct key_wish *wish,
                                      const struct secret *material, struct keyblock *out);

#endif

/*
 * A card number as rows keep it: sealed (to be opened when a reversal must carry it), hashed under
 * a key (to find and compare), and masked (for people). Never in clear.
 */
#ifndef HSM_PAN_TOKEN_H
#define HSM_PAN_TOKEN_H

#include "card/pan.h"
#include "hsm/command.h"

struct pan_token {
    struct pan_hash hash;
    struct pan_sealed sealed;
    struct pan_masked masked;
};

/* Puts together what HSM_PAN_PROTECT answered for a PAN. */
struct pan_token pan_token_of(const struct hsm_answer *answer, const struct pan *pan);

#endif

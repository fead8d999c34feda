#include "hsm/pan_token.h"

#include "base/assert.h"

struct pan_token pan_token_of(const struct hsm_answer *answer, const struct pan *pan)
{
    assert(answer->result == HSM_OK);
    return (struct pan_token){
        .hash = answer->of.protected_pan.hash,
        .sealed = answer->of.protected_pan.sealed,
        .masked = pan_mask(pan),
    };
}

#include "base/prng.h"

static uint64_t split_mix(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

void prng_seed(struct prng *prng, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++)
        prng->state[i] = split_mix(&seed);
}

/* On a copy: bytes may lie anywhere, also in the state, as far as the compiler knows. */
void prng_fill(struct prng *prng, uint8_t *out, size_t len)
{
    struct prng copy = *prng;

    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(prng_next(&copy) >> 56);
    *prng = copy;
}

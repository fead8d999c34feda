/*
 * A seeded generator for simulation and jitter: xoshiro256** (Blackman, Vigna). The same seed
 * gives the same numbers on every machine. Never for keys, nonces or anything secret.
 */
#ifndef BASE_PRNG_H
#define BASE_PRNG_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 prng_wide;

struct prng {
    uint64_t state[4];
};

void prng_seed(struct prng *prng, uint64_t seed);

static inline uint64_t prng_rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

/* In line, as what is built on it: a simulation draws a hundred million of them in a minute. */
static inline uint64_t prng_next(struct prng *prng)
{
    uint64_t *s = prng->state;
    uint64_t result = prng_rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = prng_rotate(s[3], 45);
    return result;
}

/* Evenly in [0, bound); bound is at least 1. */
static inline uint64_t prng_below(struct prng *prng, uint64_t bound)
{
    assert(bound > 0);
    return (uint64_t)((prng_wide)prng_next(prng) * bound >> 64);
}

/* True in per_mille of 1000 cases. */
static inline bool prng_chance(struct prng *prng, uint32_t per_mille)
{
    return prng_below(prng, 1000) < per_mille;
}

void prng_fill(struct prng *prng, uint8_t *out, size_t len);

#endif

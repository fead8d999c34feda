/*
 * A seeded generator for simulation and jitter: xoshiro256** (Blackman, Vigna). The same seed
 * gives the same numbers on every machine. Never for keys, nonces or anything secret.
 */
#ifndef BASE_PRNG_H
#define BASE_PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
    uint64_t state[4];
};

void prng_seed(struct prng *prng, uint64_t seed);
uint64_t prng_next(struct prng *prng);
/* Evenly in [0, bound); bound is at least 1. */
uint64_t prng_below(struct prng *prng, uint64_t bound);
/* True in per_mille of 1000 cases. */
bool prng_chance(struct prng *prng, uint32_t per_mille);
void prng_fill(struct prng *prng, uint8_t *out, size_t len);

#endif

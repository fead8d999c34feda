#include "app/drill/histogram.h"

#include "base/assert.h"

#define STEPS 64 /* buckets for each power of two */

static size_t bucket_of(uint64_t value)
{
    if (value < STEPS)
        return (size_t)value;
    unsigned bits = 63U - (unsigned)__builtin_clzll(value);
    size_t bucket = (size_t)(bits - 5) * STEPS + (size_t)((value >> (bits - 6)) & (STEPS - 1));
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static uint64_t value_of(size_t bucket)
{
    if (bucket < STEPS)
        return bucket;
    unsigned bits = (unsigned)(bucket / STEPS) + 5;
    return (uint64_t)(STEPS + bucket % STEPS) << (bits - 6);
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->count++;
    histogram->buckets[bucket_of(value)]++;
}

uint64_t histogram_quantile(const struct histogram *histogram, uint32_t per_mille)
{
    uint64_t wanted = (histogram->count * per_mille + 999) / 1000;
    uint64_t seen = 0;

    assert(per_mille <= 1000);
    for (size_t i = 0; i < HISTOGRAM_BUCKETS && histogram->count > 0; i++) {
        seen += histogram->buckets[i];
        if (seen >= wanted)
            return value_of(i);
    }
    return 0;
}

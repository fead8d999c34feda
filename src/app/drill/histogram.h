/* Latencies in buckets whose width is at most 1/64 of their value; constant memory. */
#ifndef APP_HISTOGRAM_H
#define APP_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BUCKETS (64 * 40)

struct histogram {
    uint64_t count;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* The value that per_mille of all do not exceed; 0 when there are none. */
uint64_t histogram_quantile(const struct histogram *histogram, uint32_t per_mille);

#endif

/*
 * The only place that reads clocks and the kernel's random source. Everything above is given
 * instants, moments and entropy as values.
 */
#ifndef HOST_CLOCK_H
#define HOST_CLOCK_H

#include "base/instant.h"

/* Wall clock. */
struct instant clock_wall(void);

/* Monotonic clock. */
struct moment clock_now(void);

/* Bytes from the kernel's generator. Stops the process when the kernel has none: money must not
 * move on guessable numbers. Any thread. */
void clock_entropy(uint8_t *out, size_t len);

#endif

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

/* A lab's time can be moved on: both clocks of this process show offset_us (>= 0) more than the
 * machine's. Never back: a smaller offset than the present one is ERR_BAD_VALUE. Any thread. */
MUST_USE enum err clock_set_offset(int64_t offset_us);
int64_t clock_offset(void); /* microseconds */

/* Bytes from the kernel's generator. Stops the process when the kernel has none: money must not
 * move on guessable numbers. Any thread. */
void clock_entropy(uint8_t *out, size_t len);

#endif

#include "host/clock.h"

#include "base/assert.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* One system call fills this many bytes for later calls of the same thread. */
#define POOL_LEN 4096

static _Thread_local uint8_t pool[POOL_LEN];
static _Thread_local size_t pool_used = POOL_LEN;

static _Atomic int64_t offset; /* microseconds */

enum err clock_set_offset(int64_t offset_us)
{
    int64_t present = atomic_load(&offset);

    do {
        if (offset_us < present)
            return ERR_BAD_VALUE;
    } while (!atomic_compare_exchange_weak(&offset, &present, offset_us));
    return OK;
}

int64_t clock_offset(void)
{
    return atomic_load(&offset);
}

struct instant clock_wall(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (struct instant){.us = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 +
                                  atomic_load_explicit(&offset, memory_order_relaxed)};
}

struct moment clock_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (struct moment){.ns = (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec +
                                 atomic_load_explicit(&offset, memory_order_relaxed) * 1000};
}

static void refill(void)
{
    size_t filled = 0;

    while (filled < POOL_LEN) {
        ssize_t got = getrandom(pool + filled, POOL_LEN - filled, 0);
        assert(got > 0);
        filled += (size_t)got;
    }
    pool_used = 0;
}

void clock_entropy(uint8_t *out, size_t len)
{
    assert(len <= POOL_LEN);
    if (pool_used + len > POOL_LEN)
        refill();
    memcpy(out, pool + pool_used, len);
    bytes_wipe(pool + pool_used, len);
    pool_used += len;
}

#include "test/lib/bench.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define ROUND_NS 50e6
#define ROUNDS 7

static volatile uint64_t kept; /* takes results, so that the work is not dropped */

bool bench_is_quick(int argc, char **argv)
{
    return argc > 1 && strcmp(argv[1], "--quick") == 0;
}

static double now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static double time_calls(uint64_t (*run)(void *with), void *with, uint64_t calls)
{
    uint64_t sum = 0;
    double start = now_ns();
    for (uint64_t i = 0; i < calls; i++)
        sum += run(with);
    double spent = now_ns() - start;
    kept = sum;
    return spent;
}

double bench_ns(uint64_t (*run)(void *with), void *with, bool quick)
{
    uint64_t calls = 1;
    double spent = time_calls(run, with, calls);

    if (quick)
        return spent;
    while (spent < ROUND_NS / 4) {
        calls *= 2;
        spent = time_calls(run, with, calls);
    }
    calls *= 4;

    double best = time_calls(run, with, calls);
    for (int round = 1; round < ROUNDS; round++) {
        spent = time_calls(run, with, calls);
        best = spent < best ? spent : best;
    }
    return best / (double)calls;
}

void bench_print(const char *name, double value, const char *unit, double limit)
{
    printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", ", name, value, unit);
    if (limit > 0)
        printf("\"limit\": %.6g, \"ratio\": %.4g}\n", limit, value / limit);
    else
        printf("\"limit\": null, \"ratio\": null}\n");
    fflush(stdout);
}

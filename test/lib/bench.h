/*
 * What a *_bench.c is made of: it measures with bench_ns and prints each number with bench_print as
 * one JSON line, which tools/bench collects. With --quick it only shows that it still runs.
 */
#ifndef TEST_LIB_BENCH_H
#define TEST_LIB_BENCH_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the program was called with --quick. */
bool bench_is_quick(int argc, char **argv);

/* Nanoseconds that one call of run takes: the best of several rounds of about 50 ms each, so that
 * what else runs on the machine counts least. run returns something that depends on its work, so
 * that the compiler cannot drop it. */
double bench_ns(uint64_t (*run)(void *with), void *with, bool quick);

/* Prints {"name", "value", "unit", "limit", "ratio"}. limit is what the machine gives for the same
 * thing, measured in the same run; 0 for none, and then limit and ratio are null. */
void bench_print(const char *name, double value, const char *unit, double limit);

#endif

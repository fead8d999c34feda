/* How many payments the simulator gets through on one core, with all oracles on. */
#include "sim/sim.h"
#include "test/lib/bench.h"

#include <stdio.h>
#include <stdlib.h>

#define SEEDS 40

/* The best of a few rounds, so that what else runs on the machine counts least. */
static double measure(const struct sim_options *options, int rounds)
{
    static struct sim_report report;
    double best = 0;
    for (int i = 0; i < rounds; i++) {
        if (sim_run(options, &report) != OK || report.failed) {
            fprintf(stderr, "seed %u: %s\n", (unsigned)report.failed_seed, report.finding);
            exit(1);
        }
        const struct sim_speed *speed = &report.speeds[options->store];
        double each = (double)speed->payments * 1e9 / (double)speed->cpu_ns;
        best = each > best ? each : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    bool quick = bench_is_quick(argc, argv);
    int rounds = quick ? 1 : 5;
    struct sim_options options = {.seed_first = 1, .seed_count = quick ? 1 : SEEDS};
    options.store = SIM_STORE_MEMORY;
    bench_print("sim: payments over the memory store", measure(&options, rounds), "/s", 0);
    options.faults_off = (UINT64_C(1) << FAULT_COUNT) - 1;
    bench_print("sim: the same without faults", measure(&options, rounds), "/s", 0);
    options.faults_off = 0;
    options.store = SIM_STORE_SQLITE;
    bench_print("sim: payments over SQLite", measure(&options, rounds), "/s", 0);
    return 0;
}

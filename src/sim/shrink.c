#include "sim/shrink.h"

#include <string.h>

struct shrinking {
    struct sim_options best;
    struct sim_report best_report;
    char oracle[16]; /* the first word of its finding */
    uint32_t tries_left;
    uint64_t cpu_ns;
    struct sim_report report; /* of the try */
    enum err err;
};

static bool fails(struct shrinking *shrinking, const struct sim_options *options)
{
    size_t len = strlen(shrinking->oracle);
    uint64_t max_ns = SHRINK_CPU_MS * UINT64_C(1000000);
    if (shrinking->tries_left == 0 || shrinking->err != OK || shrinking->cpu_ns > max_ns)
        return false;
    shrinking->tries_left--;
    shrinking->err = sim_run(options, &shrinking->report);
    for (int store = 0; store < SIM_STORE_COUNT; store++)
        shrinking->cpu_ns += shrinking->report.speeds[store].cpu_ns;
    if (shrinking->err != OK || !shrinking->report.failed ||
        strncmp(shrinking->report.finding, shrinking->oracle, len) != 0)
        return false;
    shrinking->best = *options;
    shrinking->best_report = shrinking->report;
    return true;
}

static void leave_out_faults(struct shrinking *shrinking)
{
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        struct sim_options smaller = shrinking->best;
        smaller.faults_off |= UINT64_C(1) << fault;
        if (shrinking->best_report.tally.faults[fault] > 0 && fault != FAULT_DAY_CHANGE)
            (void)fails(shrinking, &smaller);
    }
}

static void leave_out_payments(struct shrinking *shrinking)
{
    uint32_t step = shrinking->best.payments / 2;
    while (step > 0 && shrinking->tries_left > 0) {
        struct sim_options smaller = shrinking->best;
        smaller.payments -= step;
        if (smaller.payments == 0 || !fails(shrinking, &smaller))
            step /= 2;
    }
}

static void leave_out_tills(struct shrinking *shrinking)
{
    for (uint32_t tills = 1; tills < SIM_TILLS; tills++) {
        struct sim_options smaller = shrinking->best;
        smaller.tills = tills;
        if (fails(shrinking, &smaller))
            return;
    }
}

static void leave_out_cards(struct shrinking *shrinking)
{
    static const uint32_t counts[] = {1, 2, 4, 8};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct sim_options smaller = shrinking->best;
        smaller.cards = counts[i];
        if (fails(shrinking, &smaller))
            return;
    }
}

static void name_oracle(const char *finding, char out[static 16])
{
    size_t len = strcspn(finding, ":");
    memset(out, 0, 16);
    memcpy(out, finding, len < 15 ? len : 15);
}

enum err sim_shrink(const struct sim_options *options, const char *finding, uint32_t tries_max,
                    struct sim_options *out, struct sim_report *report)
{
    static struct shrinking shrinking;
    struct sim_options alone = *options;
    alone.seed_count = 1;
    alone.payments = options->payments == 0 ? SIM_PAYMENTS_DEFAULT : options->payments;
    alone.print = NULL;
    alone.progress = NULL;
    alone.stored = NULL;
    alone.goes_on = NULL;
    shrinking = (struct shrinking){.best = alone, .tries_left = tries_max, .err = OK};
    name_oracle(finding, shrinking.oracle);
    if (fails(&shrinking, &alone)) {
        leave_out_faults(&shrinking);
        leave_out_payments(&shrinking);
        leave_out_tills(&shrinking);
        leave_out_cards(&shrinking);
        leave_out_faults(&shrinking);
    }
    *out = shrinking.best;
    *report = shrinking.best_report;
    return shrinking.err;
}

#include "sim/tally.h"

#include "base/assert.h"

#include <stddef.h>

static const char *const fault_names[] = {
    [FAULT_LOSS] = "loss",
    [FAULT_DUPLICATE] = "duplicate",
    [FAULT_DELAY] = "delay",
    [FAULT_REORDER] = "reorder",
    [FAULT_REPLAY] = "replay",
    [FAULT_FORGE] = "forge",
    [FAULT_CORRUPT] = "corrupt",
    [FAULT_TRUNCATE] = "truncate",
    [FAULT_CUT] = "half-open",
    [FAULT_BREAK] = "break",
    [FAULT_CRASH] = "crash",
    [FAULT_SLOW] = "slow",
    [FAULT_SKEW] = "skew",
    [FAULT_STORE_RETRY] = "store-retry",
    [FAULT_STORE_FULL] = "disk-full",
    [FAULT_STORE_IN_DOUBT] = "store-in-doubt",
    [FAULT_STORE_LOAD] = "store-load",
    [FAULT_HSM_DOWN] = "hsm-down",
    [FAULT_CARD] = "card",
    [FAULT_OPERATOR] = "operator",
    [FAULT_REPLACE] = "replace",
    [FAULT_PARTITION] = "partition",
    [FAULT_POWER_CUT] = "power-cut",
    [FAULT_CLOCK_JUMP] = "clock-jump",
    [FAULT_DAY_CHANGE] = "day-change",
    [FAULT_NIGHT] = "night",
    [FAULT_KEY_CHANGE] = "key-change",
    [FAULT_OVERLOAD] = "overload",
    [FAULT_HSM_SLOW] = "hsm-slow",
    [FAULT_STORE_SLOW] = "store-slow",
    [FAULT_DISK] = "disk",
    [FAULT_DISK_OPEN] = "disk-open",
    [FAULT_LINE] = "line",
    [FAULT_NODE] = "node",
};
_Static_assert(ARRAY_COUNT(fault_names) == FAULT_COUNT, "a name each");

static const char *const party_names[] = {"terminal", "acquirer", "issuer"};
_Static_assert(ARRAY_COUNT(party_names) == SIM_PARTIES, "a name each");

const char *sim_fault_name(enum sim_fault fault)
{
    assert(fault < FAULT_COUNT);
    return fault_names[fault];
}

const char *sim_party_name(enum sim_party party)
{
    assert(party < SIM_PARTIES);
    return party_names[party];
}

static void add_all(uint64_t *sum, const uint64_t *one, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum[i] += one[i];
}

void tally_add(struct tally *sum, const struct tally *one)
{
    const size_t len = offsetof(struct tally, longest);
    _Static_assert(offsetof(struct tally, longest) % sizeof(uint64_t) == 0, "counters only");
    add_all((uint64_t *)sum, (const uint64_t *)one, len / sizeof(uint64_t));
    if (one->longest.ns > sum->longest.ns)
        sum->longest = one->longest;
}

void tally_time(uint64_t steps[static DOUBT_STEPS], int64_t ns)
{
    double end_ns = 1e6;
    int step = 0;
    for (; step < DOUBT_STEPS - 1 && (double)ns > end_ns; step++)
        end_ns *= 1.1;
    steps[step]++;
}

uint64_t tally_sum(const uint64_t steps[static DOUBT_STEPS])
{
    uint64_t sum = 0;
    for (int i = 0; i < DOUBT_STEPS; i++)
        sum += steps[i];
    return sum;
}

double tally_seconds(const uint64_t steps[static DOUBT_STEPS], uint32_t per_mille)
{
    uint64_t all = tally_sum(steps);
    uint64_t seen = steps[0];
    double seconds = 1e-3;
    for (int i = 1; i < DOUBT_STEPS && seen * 1000 < all * per_mille; i++) {
        seen += steps[i];
        seconds *= 1.1;
    }
    return all > 0 ? seconds : 0;
}

uint32_t tally_disk_places(const struct tally *tally, uint32_t *all)
{
    uint32_t hit = 0;
    *all = SIM_PARTIES * PLACE_ROLLBACK;
    for (int i = 0; i < SIM_PARTIES * PLACE_ROLLBACK; i++)
        hit += tally->disk_deaths[i / PLACE_ROLLBACK][i % PLACE_ROLLBACK] > 0;
    return hit;
}

uint32_t tally_outcomes(const struct tally *tally)
{
    uint32_t seen = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        seen += tally->outcomes[i] > 0;
    return seen;
}

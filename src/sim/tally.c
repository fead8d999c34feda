#include "sim/tally.h"

#include "base/assert.h"

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
};
_Static_assert(ARRAY_COUNT(fault_names) == FAULT_COUNT, "a name each");

static const char *const party_names[] = {"terminal", "acquirer", "issuer"};
_Static_assert(ARRAY_COUNT(party_names) == SIM_PARTIES, "a name each");

static const char *const stage_names[] = {
    [ENGINE_IDLE] = "idle",   [ENGINE_RECEIVE] = "receive", [ENGINE_LOAD] = "load",
    [ENGINE_CHECK] = "check", [ENGINE_DECIDE] = "decide",   [ENGINE_RECORD] = "record",
    [ENGINE_SEND] = "send",   [ENGINE_STOPPED] = "stopped",
};
_Static_assert(ARRAY_COUNT(stage_names) == ENGINE_STAGE_COUNT, "a name each");

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

const char *sim_stage_name(enum engine_stage stage)
{
    assert(stage < ENGINE_STAGE_COUNT);
    return stage_names[stage];
}

static void add_all(uint64_t *sum, const uint64_t *one, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum[i] += one[i];
}

void tally_add(struct tally *sum, const struct tally *one)
{
    _Static_assert(sizeof(struct tally) % sizeof(uint64_t) == 0, "counters only");
    add_all((uint64_t *)sum, (const uint64_t *)one, sizeof *sum / sizeof(uint64_t));
}

uint32_t tally_crash_points(const struct tally *tally, uint32_t *all)
{
    uint32_t hit = 0;
    *all = 0;
    for (int party = 0; party < SIM_PARTIES; party++) {
        for (int stage = ENGINE_RECEIVE; stage <= ENGINE_STOPPED; stage++) {
            hit += tally->crashes[party][stage] > 0;
            (*all)++;
        }
    }
    return hit;
}

uint32_t tally_moves(const struct tally *tally, uint32_t *all)
{
    uint32_t taken = 0;
    *all = 0;
    for (int party = 0; party < SIM_PARTIES; party++) {
        for (int move = 0; move < STAGE_COUNT * STAGE_COUNT; move++) {
            int from = move / STAGE_COUNT;
            int to = move % STAGE_COUNT;
            if (from == to ||
                !payment_stage_may_follow((enum payment_stage)from, (enum payment_stage)to))
                continue;
            taken += tally->moves[party][from][to] > 0;
            (*all)++;
        }
    }
    return taken;
}

uint32_t tally_outcomes(const struct tally *tally)
{
    uint32_t seen = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        seen += tally->outcomes[i] > 0;
    return seen;
}

#include "sim/knobs.h"

#include "sim/reach.h"

#define ALONE_SEED UINT64_C(0x6c696e)
#define AIM_STEP 101 /* a prime: it has no factor with the number of labels */

/* How often a fault is on at all, and how bad at most. */
struct knob_row {
    uint16_t on_per_mille;
    uint16_t most_per_mille;
};

/* clang-format off */
static const struct knob_row knob_table[] = {
    [FAULT_LOSS]           = {400, 300},
    [FAULT_DUPLICATE]      = {400, 300},
    [FAULT_DELAY]          = {400, 200},
    [FAULT_REORDER]        = {300, 300},
    [FAULT_REPLAY]         = {300, 200},
    [FAULT_FORGE]          = {250, 150},
    [FAULT_CORRUPT]        = {300, 60},
    [FAULT_TRUNCATE]       = {200, 30},
    [FAULT_CUT]            = {250, 60},
    [FAULT_BREAK]          = {300, 60},
    [FAULT_CRASH]          = {500, 12},
    [FAULT_SLOW]           = {200, 20},
    [FAULT_SKEW]           = {300, 1000},
    [FAULT_STORE_RETRY]    = {250, 300},
    [FAULT_STORE_FULL]     = {150, 100},
    [FAULT_STORE_IN_DOUBT] = {250, 40},
    [FAULT_STORE_LOAD]     = {200, 60},
    [FAULT_HSM_DOWN]       = {250, 100},
    [FAULT_CARD]           = {300, 200},
    [FAULT_OPERATOR]       = {200, 150},
    [FAULT_REPLACE]        = {300, 900},
    [FAULT_PARTITION]      = {200, 10},
    [FAULT_POWER_CUT]      = {250, 120},
    [FAULT_CLOCK_JUMP]     = {150, 15},
    [FAULT_DAY_CHANGE]     = {0, 1},
    [FAULT_NIGHT]          = {80, 8},
    [FAULT_KEY_CHANGE]     = {250, 150},
    [FAULT_OVERLOAD]       = {200, 15},
    [FAULT_HSM_SLOW]       = {150, 15},
    [FAULT_STORE_SLOW]     = {150, 15},
    [FAULT_DISK]           = {500, 40},
    [FAULT_DISK_OPEN]      = {400, 400},
    [FAULT_LINE]           = {250, 15},
    [FAULT_NODE]           = {500, 3},
};
/* clang-format on */
_Static_assert(ARRAY_COUNT(knob_table) == FAULT_COUNT, "a row each");

/* Rates are drawn over scales: where half of everything fails nothing goes far enough to fail late.
 */
#define HALVINGS 6

/* The n-th label, of `count` in all. */
static struct crash_aim label_of(uint32_t nth, uint32_t *count)
{
    struct crash_aim found = {0};
    *count = 0;
    for (uint32_t at = 0; at < SIM_PARTIES * OP_COUNT * CRASH_PLACE_COUNT; at++) {
        struct crash_aim label = {.party = (enum sim_party)(at % SIM_PARTIES),
                                  .op = (enum sim_op)(at / SIM_PARTIES % OP_COUNT),
                                  .place = (enum crash_place)(at / SIM_PARTIES / OP_COUNT)};
        if (!reach_has_label(label.party, label.op))
            continue;
        if (nth == (*count)++)
            found = label;
    }
    return found;
}

/* Every other seed aims at a label, the next such seed at another far from it in the list: so twice
 * as many seeds as there are labels aim at all of them. */
static struct crash_aim aim_of(uint64_t seed)
{
    uint32_t count;
    (void)label_of(0, &count);
    struct crash_aim aim = label_of((uint32_t)(seed / 2 % count * AIM_STEP % count), &count);
    aim.is_on = seed % 2 == 0;
    return aim;
}

static uint32_t rate_draw(struct prng *prng, enum sim_fault fault)
{
    bool is_on = prng_chance(prng, knob_table[fault].on_per_mille);
    uint64_t rate = prng_below(prng, knob_table[fault].most_per_mille);
    rate >>= prng_below(prng, HALVINGS);
    return is_on ? 1 + (uint32_t)rate : 0;
}

uint32_t knobs_rate_alone(uint64_t seed, enum sim_fault fault)
{
    struct prng prng;
    prng_seed(&prng, seed ^ ALONE_SEED << fault);
    return rate_draw(&prng, fault);
}

struct knobs knobs_draw(struct prng *prng, uint64_t seed)
{
    struct knobs knobs = {
        .latency_ms_max = 5 + (uint32_t)prng_below(prng, 200),
        .think_ms_max = 500 + (uint32_t)prng_below(prng, 8000),
        .skew_ms_max = prng_chance(prng, 200) ? 60000 : 3000,
        .down_ms_max = 200 + (uint32_t)prng_below(prng, 30000),
        .favourite = (uint32_t)prng_below(prng, 1000),
        .has_twins = prng_chance(prng, 300),
        .wrong_pin_per_mille =
            prng_chance(prng, 150) ? 850 : (uint32_t)prng_below(prng, 300), /* a thief's day */
        .stage_us_max = prng_chance(prng, 300) ? 100000 : 400,
        .impatient_per_mille = (uint32_t)prng_below(prng, 100),
    };
    for (int i = 0; i < FAULT_LINE; i++)
        knobs.per_mille[i] = rate_draw(prng, (enum sim_fault)i);
    for (int i = FAULT_LINE; i < FAULT_COUNT; i++)
        knobs.per_mille[i] = knobs_rate_alone(seed, (enum sim_fault)i);
    knobs.aim = aim_of(seed);
    return knobs;
}

/* Rates that end a process, and how much rarer it does over a store that takes a millisecond to
 * open. */
#define RARER 8

void knobs_spare_processes(struct knobs *knobs)
{
    static const enum sim_fault faults[] = {FAULT_CRASH, FAULT_STORE_IN_DOUBT};
    for (size_t i = 0; i < ARRAY_COUNT(faults); i++) {
        uint32_t *rate = &knobs->per_mille[faults[i]];
        *rate = (*rate + RARER - 1) / RARER;
    }
}

struct knobs knobs_healed(const struct knobs *knobs)
{
    return (struct knobs){
        .latency_ms_max = knobs->latency_ms_max,
        .think_ms_max = 1000,
        .stage_us_max = 400,
        .down_ms_max = 1,
    };
}

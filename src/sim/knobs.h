/*
 * How bad a seed's world is: every rate is drawn from the seed, and each kind of fault is wholly
 * off in most seeds, so that no fault hides another.
 */
#ifndef SIM_KNOBS_H
#define SIM_KNOBS_H

#include "base/prng.h"
#include "sim/tally.h"

/* A crash label that a seed aims at, so that rare ones are hit, too. */
struct crash_aim {
    bool is_on;
    enum sim_party party;
    enum sim_op op;
    enum crash_place place;
};

struct knobs {
    uint32_t per_mille[FAULT_COUNT]; /* of messages, stages, commits or moments, see universe.h */
    uint32_t latency_ms_max;
    uint32_t think_ms_max; /* between two customers at a till */
    uint32_t skew_ms_max;  /* of a party's wall clock, to either side */
    uint32_t stage_us_max; /* that a stage takes: the more, the more events come together */
    uint32_t down_ms_max;  /* a crashed party stays away */
    uint32_t favourite;    /* the first of the cards that come often */
    bool has_twins;        /* a card may be shown at two tills at once */
    uint32_t wrong_pin_per_mille;
    struct crash_aim aim;
    uint32_t impatient_per_mille; /* cashiers who press twice or give up */
};

/* The rate of a fault that is drawn by itself (FAULT_LINE and those after it), so that the seeds
 * which are without stay as they were. Known before the world is built. */
uint32_t knobs_rate_alone(uint64_t seed, enum sim_fault fault);

/* The label aimed at goes by the seed's number. */
struct knobs knobs_draw(struct prng *prng, uint64_t seed);

/* Makes rarer what ends a process: for stores that are slow to open. */
void knobs_spare_processes(struct knobs *knobs);

/* Nothing goes wrong. */
struct knobs knobs_healed(const struct knobs *knobs);

#endif

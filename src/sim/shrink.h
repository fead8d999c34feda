/*
 * A failing seed made smaller, so that people can read it: each kind of fault is left out that it
 * does not need, then payments, tills and cards. What is kept fails with a finding of the same
 * oracle. Left out faults are not drawn differently, only not carried out; but each thing left out
 * shifts what happens behind it, so another finding of the same oracle may be what is found.
 */
#ifndef SIM_SHRINK_H
#define SIM_SHRINK_H

#include "sim/sim.h"

#define SHRINK_CPU_MS 30000

/* options are of the failed seed; at most so many tries are made, and none after
 * SHRINK_CPU_MS of processor time. *out is the smallest that was
 * found, its finding in *report; options itself when it fails no more by itself. ERR as sim_run. */
MUST_USE enum err sim_shrink(const struct sim_options *options, const char *finding,
                             uint32_t tries_max, struct sim_options *out,
                             struct sim_report *report);

#endif

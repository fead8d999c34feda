/* Seeds played by several processes at once: each seed's history is its own, so it does not matter
 * who plays it. */
#ifndef APP_SIM_JOBS_H
#define APP_SIM_JOBS_H

#include "sim/sim.h"

#define SIM_JOBS_MAX 64

/* As sim_run, with so many processes; 1: this one. The lowest seed that fails is the report's;
 * those above it are not played when it is known in time. A process that ends by a signal has
 * failed with the seed that it was at. Only progress is told, of all of them together. ERR_IO when
 * there is no memory to share or no process to be had. */
MUST_USE enum err sim_jobs_run(const struct sim_options *options, uint32_t jobs,
                               struct sim_report *report);

#endif

/* A seed that failed, for people: what is wrong, the smallest world that was found in which it goes
 * wrong, and what happened there to the payment that it is about. */
#ifndef APP_SIM_FAILURE_H
#define APP_SIM_FAILURE_H

#include "sim/sim.h"

/* shrinks: makes it smaller first, which plays it up to some dozen times. */
void sim_failure_print(const struct sim_options *options, const struct sim_report *report,
                       bool shrinks);

/* "loss,delay", or "all", as bits (1 << enum sim_fault); false when a name is none. */
MUST_USE bool sim_faults_from(const char *names, uint64_t *out);

#endif

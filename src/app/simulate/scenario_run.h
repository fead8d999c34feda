/* `acquit sim --scenario FILE`: plays a story in the simulated world and says how it came out. */
#ifndef APP_SCENARIO_RUN_H
#define APP_SCENARIO_RUN_H

#include "sim/sim.h"

/* Of the options, scenario_story says what counts. EXIT_DONE when it came out as written; EXIT_BAD,
 * with the end of the trace, when it did not; EXIT_USAGE for a file that cannot be read or has a
 * line that is no sentence. */
int scenario_run(const char *path, const struct sim_options *options);

/* All forms of sentence, for --help. */
void scenario_print_forms(void);

#endif

/* What simulated parties have stored, written as acquit export writes that of real ones. */
#ifndef APP_SIM_EXPORT_H
#define APP_SIM_EXPORT_H

#include "sim/sim.h"

struct sim_export {
    const char *folder; /* each seed gets a folder of its number in it */
    char error[512];    /* the first thing that failed; empty: nothing */
};

/* Takes what a station has stored, with the records' bytes: its keys are test keys. */
void sim_export_take(struct sim_export *export, const struct sim_stored *stored);

#endif

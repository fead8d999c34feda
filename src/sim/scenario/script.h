/*
 * What decides in a world that is not left to chance: a scenario (scenario.h). A seed's world has
 * none. With a script nothing goes wrong but what it says, and everything that may take some time
 * takes as long as it may.
 */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include "sim/tally.h"
#include "txn/message.h"

struct wire_line;

struct script {
    void *self;
    /* Whether a fault strikes at universe->acting, the station whose engine moves. */
    bool (*strikes)(void *self, enum sim_fault fault);
    /* What a strike leaves open: a number under below. */
    uint64_t (*draws)(void *self, uint64_t below);
    /* A message goes into a wire. Returns true when it has done with it what is to be done. */
    bool (*carries)(void *self, struct wire_line *wire, uint32_t direction, struct bytes body);
    /* A station gets a message: its next batch may be about it. */
    void (*arrives)(void *self, uint32_t station, const struct txn_message *message);
};

#endif

/*
 * Planted bugs of what a party decides: the real step runs, then one thing in what it says is
 * spoiled. A step has no context of its own, so there is one function for each party and bug.
 */
#ifndef SIM_CANARY_STEP_H
#define SIM_CANARY_STEP_H

#include "node/node.h"
#include "sim/sim.h"

/* Puts the bug into the party's functions, if it is one of these. */
void canary_spoil(enum sim_canary kind, enum party of, struct node_party *party);

#endif

/*
 * Planted bugs, to show that the oracles find them: each lies between a party's engine and its
 * store, its HSM or its own step, as a bug there would. With CANARY_NONE it hands everything on.
 */
#ifndef SIM_CANARY_H
#define SIM_CANARY_H

#include "books/store.h"
#include "node/node.h"
#include "sim/sim.h"

struct canary {
    enum sim_canary kind;
    enum party of;
    struct store *disk;
    const struct hsm *hsm;
    const struct node_party *party;
    struct store store_contract; /* what the engine gets */
    struct hsm hsm_contract;
    struct node_party party_contract;
    uint64_t commits;
    struct canary_late *late; /* CANARY_SEND_EARLY: the commit that is not written yet */
};

/* Stands between the engine and the rest of a station of the given party. disk and hsm are
 * borrowed. */
void canary_open(struct canary *canary, enum sim_canary kind, enum party of, struct store *disk,
                 const struct hsm *hsm);
void canary_close(struct canary *canary);

/* The process died: what it held in memory only is gone. */
void canary_crash(struct canary *canary);

#endif

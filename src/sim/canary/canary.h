/*
 * Planted bugs, to show that the oracles find them: each lies between a party's engine and its
 * store, its HSM or its own step, as a bug there would. With CANARY_NONE it hands everything on.
 */
#ifndef SIM_CANARY_H
#define SIM_CANARY_H

#include "books/store.h"
#include "node/node.h"
#include "sim/canary/canary_late.h"
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
    uint64_t reads;
    uint32_t fresh;           /* rows that are still misread after a start */
    struct canary_late *late; /* commits that are not written yet; NULL: of no such bug */
};

/* Stands between the engine and the rest of a station of the given party. disk and hsm are
 * borrowed. */
void canary_open(struct canary *canary, enum sim_canary kind, enum party of, struct store *disk,
                 const struct hsm *hsm);
void canary_close(struct canary *canary);

/* The process died: what it held in memory only is gone. */
void canary_crash(struct canary *canary);

/* When a deadline comes of a station whose wall clock is wrong by that much. */
int64_t canary_due_ns(const struct canary *canary, int64_t due_ns, int64_t skew_us);

#endif

/*
 * Turns a described world into the rows of one party, as operator's commands: what they do goes
 * through the party's own engine, so all of it is in the journal.
 *
 * Parties are provisioned one by one and share nothing but the world and the seed, so it works in
 * one process as well as in three.
 */
#ifndef LAB_PROVISION_H
#define LAB_PROVISION_H

#include "lab/lab_keys.h"
#include "lab/world.h"
#include "node/node.h"

struct lab_target {
    enum party party;        /* PARTY_TERMINAL, PARTY_ACQUIRER, PARTY_ISSUER */
    uint32_t issuer;         /* PARTY_ISSUER: which */
    uint32_t terminal_first; /* PARTY_TERMINAL: the terminals of this engine */
    uint32_t terminal_count;
};

/* Who takes the commands. */
struct lab_sink {
    void *self;
    /* Takes one command, borrowed for the call. What it returns but OK stops the provisioning. */
    enum err (*put)(void *self, const struct node_command *command);
};

/* Gives the commands that build a party's rows, CONFIG first. hsm is the party's own. ERR_KEY when
 * it refuses a key, else what put returns. */
MUST_USE enum err lab_provision(const struct lab_world *world, const struct lab_seed *seed,
                                const struct hsm *hsm, const struct lab_target *target,
                                const struct lab_sink *sink);

/* The label of a target's master key (lab_master): "acquirer", "terminal", an issuer's id. */
const char *lab_target_name(const struct lab_world *world, const struct lab_target *target);

#endif

/*
 * One party of a laboratory world in one struct, without threads or sockets: its engine over a
 * store and an HSM that the caller owns. To crash is to close it and to open another over the same
 * store. For the simulator and for tests.
 */
#ifndef LAB_LAB_PARTY_H
#define LAB_LAB_PARTY_H

#include "engine/engine.h"
#include "lab/provision.h"

#define LAB_WAITING_MAX 1024

struct lab_party {
    const struct lab_world *world;
    struct lab_target target;
    struct store *store;
    const struct hsm *hsm;
    struct engine *engine;
};

struct lab_party_setup {
    const struct lab_world *world;
    struct lab_target target;
    const struct node_party *party;
    struct store *store;   /* attached; not closed here */
    const struct hsm *hsm; /* of the target */
    struct engine_net net;
    struct engine *spare; /* an engine whose memory may be used again, or NULL: it is taken over */
};

/* Opens the engine; start it with lab_party_start, or provision it first. */
MUST_USE enum err lab_party_open(const struct lab_party_setup *setup, struct lab_party *out);
void lab_party_close(struct lab_party *party);

/* Ends the party as it stands, as a crash does, and hands over its engine: the next one's spare, or
 * to be closed. NULL when it has none. */
MUST_USE struct engine *lab_party_leave(struct lab_party *party);

/* Gives the party its rows, at the times and with the entropy of *model. What it sends goes to the
 * net of the setup. ERR_IO when the store refuses. */
MUST_USE enum err lab_party_provision(struct lab_party *party, const struct lab_seed *seed,
                                      const struct node_event *model);

/* Queues the start and the recovery of what is pending. */
MUST_USE enum err lab_party_start(struct lab_party *party, const struct node_event *model);

/* Queues a command; false when the engine has no room. */
MUST_USE bool lab_party_command(struct lab_party *party, const struct node_event *model,
                                const struct node_command *command);

#endif

/*
 * A switch of two nodes on one store: they know each other by what the store says only
 * (docs/decisions/0016-nodes-watch-each-other.md). Half of the terminals go by either first, and by
 * the other when that is away. One dies for long, or hangs for as long without knowing it; the
 * other finishes what it left; it comes back, or finds itself shut out and starts anew.
 */
#ifndef SIM_SWITCH_NODES_H
#define SIM_SWITCH_NODES_H

#include "sim/station.h"

#define SWITCH_NODE_AWAY_MS_MIN 20000 /* longer than a lease and a half */
#define SWITCH_NODE_AWAY_MS_MAX 90000

/* A node has started: it looks for the other from now on. */
void switch_node_starts(struct station *station);
/* It says that it lives, and goes on with what a dead one left. */
void switch_node_tends(struct station *station);
/* It dies, and true; or it hangs. */
bool switch_node_goes_away(struct station *station);
/* One that hangs is started anew. */
void switch_node_heals(struct station *station);

/* Where the station's rows can be read, also when it was shut out of them. */
const struct store *switch_node_books(const struct station *station);

#endif

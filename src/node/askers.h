/*
 * Whose answers are lost with a line. An answer comes over the connection that its request went
 * over, or not at all, so a terminal need not wait for its deadline when that is gone.
 */
#ifndef NODE_ASKERS_H
#define NODE_ASKERS_H

#include "base/bounds.h"
#include "txn/identity.h"

#define ASKERS_MAX 64 /* past so many, the others wait for their deadlines */

/* Terminals whose requests went over one connection. */
struct askers {
    size_t count;
    char terminals[ASKERS_MAX][TERMINAL_ID_LEN];
};

/* One asks; once is enough. */
void askers_add(struct askers *askers, const char terminal[static TERMINAL_ID_LEN]);
/* Something was answered; who did not ask is left alone. */
void askers_remove(struct askers *askers, const char terminal[static TERMINAL_ID_LEN]);

#endif

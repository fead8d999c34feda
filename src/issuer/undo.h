/*
 * Reversals: what was posted is taken back exactly once, what was not is left alone, and what was
 * never seen is kept as a tombstone. The switch repeats a reversal until it is told 00.
 */
#ifndef ISSUER_UNDO_H
#define ISSUER_UNDO_H

#include "issuer/issue.h"

void undo_step(struct issue *issue);

#endif

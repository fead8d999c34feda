/*
 * An HSM that is away now and then, and cards that are pulled out, fail, or say no: between a
 * station's engine and its real HSM.
 */
#ifndef SIM_FLAKY_HSM_H
#define SIM_FLAKY_HSM_H

#include "hsm/command.h"

struct universe;

struct flaky_hsm {
    struct universe *universe;
    const struct hsm *real;
    struct hsm contract;
    bool has_struck; /* a key question went unanswered: messages may have been lost for it */
};

/* real is borrowed. */
void flaky_hsm_open(struct flaky_hsm *flaky, struct universe *universe, const struct hsm *real);

#endif

/*
 * An HSM in front of another that makes a password's hash by one digest over salt, cost and
 * password instead of thousands: deriving it is meant to be slow, and a simulated attacker guesses
 * no passwords. Everything else is passed on.
 */
#ifndef SIM_QUICK_PASSWORD_H
#define SIM_QUICK_PASSWORD_H

#include "hsm/command.h"

struct quick_password {
    const struct hsm *real;
    struct hsm contract; /* what stands in front */
};

/* Neither may move while the contract is in use. */
void quick_password_open(struct quick_password *quick, const struct hsm *real);

#endif

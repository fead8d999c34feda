/*
 * The HSM of one party of a laboratory world: the soft HSM under the party's lab master key and,
 * for a terminal, the world's cards in its reader. A card is called by its index in the world.
 */
#ifndef LAB_LAB_HSM_H
#define LAB_LAB_HSM_H

#include "drivers/hsm/card_soft.h"
#include "drivers/hsm/hsm_route.h"
#include "drivers/hsm/hsm_soft.h"
#include "lab/provision.h"

struct lab_hsm {
    struct hsm_soft *soft;
    struct card_soft *cards; /* NULL for a party without card reader */
    struct hsm_route route;
};

/* Opens the HSM of a target. Without random.fill the kernel's generator is used. out must not
 * move while the HSM is in use. */
MUST_USE enum err lab_hsm_open(const struct lab_world *world, const struct lab_seed *seed,
                               const struct lab_target *target, struct random_source random,
                               struct lab_hsm *out);

/* As lab_hsm_open, under a master key that does not come from a seed. The realm is KEY_TEST. */
MUST_USE enum err lab_hsm_open_under(const struct hsm_soft_config *config, struct lab_hsm *out);

/* Puts the world's first count cards into the reader, each made with its issuer's keys. The reader
 * must be empty. */
MUST_USE enum err lab_hsm_deal(struct lab_hsm *hsm, const struct lab_world *world,
                               const struct lab_seed *seed, uint32_t count);

/* Makes the cards in the reader as good as new: their counters start at zero. */
void lab_hsm_renew(struct lab_hsm *hsm);

void lab_hsm_close(struct lab_hsm *hsm);

/* The contract: card commands go to the cards, all others to the soft HSM. */
struct hsm lab_hsm_contract(struct lab_hsm *hsm);

#endif

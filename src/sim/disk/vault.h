/*
 * What is costly to open and the same for every seed: the soft HSMs of all parties, the cards, the
 * dialects, and the memory of engines that crashed or whose run is over. Their random source is
 * seeded anew for each run, and the cards are as new.
 */
#ifndef SIM_VAULT_H
#define SIM_VAULT_H

#include "base/prng.h"
#include "lab/lab_hsm.h"
#include "sim/quick_password.h"
#include "txn/profile.h"

#define VAULT_ISSUERS 2
#define VAULT_ENGINES 8 /* at least one for each station */

struct vault {
    struct prng random;
    struct lab_seed seed;
    struct lab_hsm terminal; /* one for all shops: a card is one card wherever it is shown */
    struct lab_hsm acquirer;
    struct lab_hsm issuers[VAULT_ISSUERS];
    struct hsm terminal_device; /* with the cards */
    struct hsm acquirer_device;
    struct quick_password terminal_quick; /* in front of it */
    struct quick_password acquirer_quick;
    struct hsm terminal_contract; /* what stands in front */
    struct hsm acquirer_contract;
    struct hsm issuer_contracts[VAULT_ISSUERS];
    struct dialect line;
    struct dialect zone;
    struct engine *spares[VAULT_ENGINES]; /* of each station; NULL: none, or in use */
};

/* The vault must not move while it is open. */
MUST_USE enum err vault_open(const struct lab_world *world, struct vault *vault);
void vault_close(struct vault *vault);

/* Before a run: seeds the random source and makes the cards new. */
void vault_renew(struct vault *vault, uint64_t seed);

#endif

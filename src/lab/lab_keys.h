/*
 * The laboratory's keys, all from one seed: each key is a function of the seed and its label, so
 * that two parties hold the same shared key although each builds its own key block in its own HSM,
 * and processes that share nothing but a seed file fit together.
 *
 * Anybody who knows the seed knows all keys: they are test keys (KEY_TEST), which an HSM of the
 * live realm refuses.
 */
#ifndef LAB_LAB_KEYS_H
#define LAB_LAB_KEYS_H

#include "hsm/command.h"

#define LAB_SEED_LEN 32
#define LAB_KEY_LABEL_LEN 40

struct lab_seed {
    uint8_t at[LAB_SEED_LEN];
};

/* A seed from a number, for simulation and tests: the same number, the same keys. */
struct lab_seed lab_seed_of(uint64_t number);

/* The bytes behind a label: what a key of that label is made of. For the check that no key byte
 * is ever stored. */
void lab_material(const struct lab_seed *seed, const char *label, struct secret *out);

/* The master key of a party's HSM: label "acquirer", "terminal" or an issuer's id. */
void lab_master(const struct lab_seed *seed, const char *party, struct secret *out);

/* Puts the key of a label into the hsm, from two components as two custodians would, and gets its
 * block. ERR_KEY when the hsm refuses it. */
MUST_USE enum err lab_key_make(const struct lab_seed *seed, const struct hsm *hsm,
                               const char *label, const struct key_wish *wish,
                               struct keyblock *out);

/* The publisher's key: whoever holds it signs updates for all terminals of the laboratory. */
void lab_update_key(const struct lab_seed *seed, struct secret *out);

/* "TMK/T1": the label of a key of some usage and owner. */
void lab_key_label(enum key_usage usage, const char *owner, char out[static LAB_KEY_LABEL_LEN]);

#endif

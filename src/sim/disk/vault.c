#include "sim/disk/vault.h"

#include "engine/engine.h"
#include "wire/builtin.h"

static bool fill(void *self, uint8_t *out, size_t len)
{
    prng_fill(self, out, len);
    return true;
}

static enum err open_all(const struct lab_world *world, struct vault *vault)
{
    struct random_source random = {.self = &vault->random, .fill = fill};
    struct lab_target terminal = {.party = PARTY_TERMINAL};
    struct lab_target acquirer = {.party = PARTY_ACQUIRER};
    prng_seed(&vault->random, 1);
    TRY(lab_hsm_open(world, &vault->seed, &terminal, random, &vault->terminal));
    TRY(lab_hsm_open(world, &vault->seed, &acquirer, random, &vault->acquirer));
    TRY(lab_hsm_deal(&vault->terminal, world, &vault->seed, world->card_count));
    vault->terminal_device = lab_hsm_contract(&vault->terminal);
    vault->acquirer_device = lab_hsm_contract(&vault->acquirer);
    for (uint32_t i = 0; i < VAULT_ISSUERS; i++) {
        struct lab_target issuer = {.party = PARTY_ISSUER, .issuer = i};
        TRY(lab_hsm_open(world, &vault->seed, &issuer, random, &vault->issuers[i]));
        vault->issuer_contracts[i] = lab_hsm_contract(&vault->issuers[i]);
    }
    TRY(builtin_compile("cup-pos", NULL, &vault->line));
    return builtin_compile("iso87-ascii", NULL, &vault->zone);
}

enum err vault_open(const struct lab_world *world, struct vault *vault)
{
    *vault = (struct vault){.seed = lab_seed_of(20261122)};
    quick_password_open(&vault->terminal_quick, &vault->terminal_device);
    quick_password_open(&vault->acquirer_quick, &vault->acquirer_device);
    vault->terminal_contract = vault->terminal_quick.contract;
    vault->acquirer_contract = vault->acquirer_quick.contract;
    enum err err = open_all(world, vault);
    if (err != OK)
        vault_close(vault);
    return err;
}

void vault_close(struct vault *vault)
{
    lab_hsm_close(&vault->terminal);
    lab_hsm_close(&vault->acquirer);
    for (uint32_t i = 0; i < VAULT_ISSUERS; i++)
        lab_hsm_close(&vault->issuers[i]);
    for (uint32_t i = 0; i < VAULT_ENGINES; i++)
        if (vault->spares[i])
            engine_close(vault->spares[i]);
}

void vault_renew(struct vault *vault, uint64_t seed)
{
    prng_seed(&vault->random, seed);
    lab_hsm_renew(&vault->terminal);
}

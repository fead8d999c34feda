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
    vault->acquirer_contract = lab_hsm_contract(&vault->acquirer);
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
    password_memo_open(&vault->memo, &vault->terminal_device);
    vault->terminal_contract = vault->memo.contract;
    enum err err = open_all(world, vault);
    if (err != OK)
        vault_close(vault);
    return err;
}

void vault_close(struct vault *vault)
{
    password_memo_close(&vault->memo);
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

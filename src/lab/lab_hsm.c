#include "lab/lab_hsm.h"

#include "base/assert.h"

#include <string.h>

enum err lab_hsm_open_under(const struct hsm_soft_config *config, struct lab_hsm *out)
{
    struct lab_hsm hsm = {0};

    assert(config->realm == KEY_TEST);
    TRY(hsm_soft_open(config, &hsm.soft));
    hsm.route.keys = hsm_soft_contract(hsm.soft);
    *out = hsm;
    return OK;
}

enum err lab_hsm_open(const struct lab_world *world, const struct lab_seed *seed,
                      const struct lab_target *target, struct random_source random,
                      struct lab_hsm *out)
{
    struct hsm_soft_config config = {.master_generation = 1, .realm = KEY_TEST, .random = random};

    lab_master(seed, lab_target_name(world, target), &config.master);
    enum err err = lab_hsm_open_under(&config, out);
    secret_wipe(&config.master);
    return err;
}

struct made_key {
    const char *maker;
    struct hsm_key key;
};

/* An issuer's key as the card's maker uses it. */
static enum err maker_key(const struct lab_hsm *hsm, const struct lab_seed *seed,
                          const char *issuer, struct key_wish wish, struct hsm_key *out)
{
    char label[LAB_KEY_LABEL_LEN];
    lab_key_label(wish.usage, issuer, label);
    wish.version = 1;
    TRY(key_owner_from(issuer, &wish.owner));
    out->owner = wish.owner;
    return lab_key_make(seed, &hsm->route.keys, label, &wish, &out->block);
}

/* Whose keys make the card. Who forges a card lacks the issuer's: of a stripe he makes up the check
 * value, of a chip he can copy what it tells, but not the key that it keeps. */
static const char *maker_of(const struct lab_world *world, const struct lab_card *card,
                            enum key_usage usage)
{
    bool has_chip = (card->media & LAB_CHIP) != 0;

    if (card->is_forged && (usage == KEY_IMK_AC) == has_chip)
        return "FORGER";
    return world->issuers[card->issuer == LAB_NO_ISSUER ? 0 : card->issuer].id;
}

/* Makes the key of a usage unless it is the one that the last card was made with. */
static enum err need_key(const struct lab_hsm *hsm, const struct lab_seed *seed, const char *maker,
                         const struct key_wish *wish, struct made_key *out)
{
    if (out->maker == maker)
        return OK;
    out->maker = maker;
    return maker_key(hsm, seed, maker, *wish, &out->key);
}

static enum err card_wish_of(const struct lab_card *card, struct card_wish *wish)
{
    char expiry[EXPIRY_LEN];
    bytes_from_number(card->expiry, expiry, sizeof expiry);
    wish->pan = lab_card_pan(card);
    wish->psn = card->psn;
    wish->stripe = (card->media & LAB_STRIPE) != 0;
    wish->chip = (card->media & LAB_CHIP) != 0;
    wish->contactless = (card->media & LAB_CONTACTLESS) != 0;
    wish->cvn = CHIP_CVN_PBOC_01;
    TRY(expiry_from_digits(expiry, &wish->expiry));
    return service_code_from_digits(card->service_code, &wish->service_code);
}

static enum err deal_card(struct lab_hsm *hsm, const struct lab_card *card,
                          const struct hsm_key keys[static 2], uint32_t index)
{
    struct card_wish wish = {.imk = keys[0], .cvk = keys[1]};
    uint32_t at;
    TRY(card_wish_of(card, &wish));
    TRY(card_soft_add(hsm->cards, &wish, &at));
    assert(at == index);
    return OK;
}

enum err lab_hsm_deal(struct lab_hsm *hsm, const struct lab_world *world,
                      const struct lab_seed *seed, uint32_t count)
{
    static const struct key_wish imk_wish = {
        .usage = KEY_IMK_AC, .algorithm = KEY_TDES_2, .mode = KEY_ICC_OPTION_A};
    static const struct key_wish cvk_wish = {.usage = KEY_CVK, .algorithm = KEY_TDES_2};
    struct made_key imk = {0};
    struct made_key cvk = {0};

    assert(count <= world->card_count && !hsm->cards);
    TRY(card_soft_open(&hsm->route.keys, count, &hsm->cards));
    hsm->route.cards = card_soft_contract(hsm->cards);
    for (uint32_t i = 0; i < count; i++) {
        const struct lab_card *card = &world->cards[i];
        TRY(need_key(hsm, seed, maker_of(world, card, KEY_IMK_AC), &imk_wish, &imk));
        TRY(need_key(hsm, seed, maker_of(world, card, KEY_CVK), &cvk_wish, &cvk));
        TRY(deal_card(hsm, card, (const struct hsm_key[]){imk.key, cvk.key}, i));
    }
    return OK;
}

void lab_hsm_renew(struct lab_hsm *hsm)
{
    card_soft_renew(hsm->cards);
}

void lab_hsm_close(struct lab_hsm *hsm)
{
    card_soft_close(hsm->cards);
    hsm_soft_close(hsm->soft);
    *hsm = (struct lab_hsm){0};
}

struct hsm lab_hsm_contract(struct lab_hsm *hsm)
{
    return hsm->cards ? hsm_route_contract(&hsm->route) : hsm->route.keys;
}

#include "lab/provision.h"

#include "base/assert.h"
#include "drivers/hsm/update_sign.h"
#include "lab/lab_handout.h"
#include "lab/lab_keys.h"

#include <string.h>

#define REGION_CHINA 156 /* ISO 3166: where the lab's shops are */

/* What all steps of one provisioning need. */
struct provisioning {
    const struct lab_world *world;
    const struct lab_seed *seed;
    const struct hsm *hsm;
    const struct lab_target *target;
    const struct lab_sink *sink;
    struct config_row config; /* of the party: its keys make card rows */
    struct node_command command;
};

const char *lab_target_name(const struct lab_world *world, const struct lab_target *target)
{
    if (target->party == PARTY_TERMINAL)
        return "terminal";
    if (target->party == PARTY_ACQUIRER)
        return "acquirer";
    assert(target->party == PARTY_ISSUER && target->issuer < world->issuer_count);
    return world->issuers[target->issuer].id;
}

static void id_fill(const char *z, char pad, char *out, size_t out_len)
{
    enum err err = identity_id_from_text(z, pad, out, out_len);
    assert(err == OK);
}

static enum err put_row(struct provisioning *p, struct row_key key, const void *value, size_t len)
{
    assert(len <= sizeof p->command.value);
    p->command.kind = COMMAND_PUT_ROW;
    p->command.key = key;
    p->command.value_len = (uint16_t)len;
    memcpy(p->command.value, value, len);
    return p->sink->put(p->sink->self, &p->command);
}

/* Makes the key of a usage and owner. Labels of keys that a party shares with nobody hold the
 * party's name, so that two parties never share one by accident. */
static enum err make_key(const struct provisioning *p, struct key_wish wish, const char *owner,
                         struct keyblock *out)
{
    char label[LAB_KEY_LABEL_LEN];
    bool is_own = wish.usage == KEY_PAN_STORE || wish.usage == KEY_PAN_INDEX;
    lab_key_label(wish.usage, is_own ? lab_target_name(p->world, p->target) : owner, label);
    wish.version = 1;
    TRY(key_owner_from(owner, &wish.owner));
    return lab_key_make(p->seed, p->hsm, label, &wish, out);
}

static const struct key_wish wish_master[] = {
    {.usage = KEY_TMK, .algorithm = KEY_TDES_2},
    {.usage = KEY_ZMK, .algorithm = KEY_TDES_2},
};
static const struct key_wish wish_pan_store = {.usage = KEY_PAN_STORE, .algorithm = KEY_AES_256};
static const struct key_wish wish_pan_index = {.usage = KEY_PAN_INDEX, .algorithm = KEY_HMAC_256};
static const struct key_wish wish_cvk = {.usage = KEY_CVK, .algorithm = KEY_TDES_2};
static const struct key_wish wish_pvk = {
    .usage = KEY_PVK, .algorithm = KEY_TDES_2, .mode = KEY_PVKI_1};
static const struct key_wish wish_chip = {
    .usage = KEY_IMK_AC, .algorithm = KEY_TDES_2, .mode = KEY_ICC_OPTION_A};

/* The party's id in its own config row: the terminal's is its acquirer's. */
static const char *config_id(const struct provisioning *p)
{
    return p->target->party == PARTY_ISSUER ? p->world->issuers[p->target->issuer].id
                                            : p->world->acquirer.id;
}

static enum err config_keys(struct provisioning *p)
{
    const char *id = config_id(p);
    TRY(make_key(p, wish_pan_store, id, &p->config.pan_store));
    TRY(make_key(p, wish_pan_index, id, &p->config.pan_index));
    if (p->target->party != PARTY_ISSUER)
        return OK;
    TRY(make_key(p, wish_cvk, id, &p->config.card_verify));
    TRY(make_key(p, wish_pvk, id, &p->config.pin_verify));
    return make_key(p, wish_chip, id, &p->config.chip);
}

static enum err take_update_key(struct provisioning *p)
{
    struct secret private SECRET_WIPED;

    lab_update_key(p->seed, &private);
    return update_sign_public(&private, p->config.update_key);
}

static enum err put_config(struct provisioning *p)
{
    const struct lab_timings *timings = &p->world->timings;
    p->config = (struct config_row){
        .layout = PARTY_ROW_LAYOUT,
        .party = (uint8_t)p->target->party,
        .is_lab = 1,
        .is_training = p->world->is_training,
        .utc_offset_s = p->world->utc_offset_s,
        .currency = p->world->currency,
        .tables_version = 1,
        .answer_wait_ms = p->target->party == PARTY_TERMINAL ? timings->terminal_wait_ms
                                                             : timings->acquirer_wait_ms,
        .request_age_max_ms = timings->request_age_max_ms,
        .retry_first_ms = timings->retry_first_ms,
        .retry_max_ms = timings->retry_max_ms,
        .hand_over_s = timings->hand_over_s,
    };
    if (p->target->party == PARTY_ISSUER)
        memcpy(p->config.policy.code_prefix, p->world->issuers[p->target->issuer].bin,
               sizeof p->config.policy.code_prefix);
    id_fill(config_id(p), '\0', p->config.id, sizeof p->config.id);
    TRY(config_keys(p));
    if (p->target->party == PARTY_TERMINAL)
        TRY(take_update_key(p));
    return put_row(p, row_key_of(TABLE_CONFIG, NULL, 0), &p->config, sizeof p->config);
}

static enum err put_terminal(struct provisioning *p, const struct lab_terminal *terminal)
{
    struct terminal_row row = {
        .layout = PARTY_ROW_LAYOUT,
        .state = RECORD_ACTIVE,
        .is_training = p->world->is_training,
        .trace_next = terminal->trace_next == 0 ? 1 : terminal->trace_next,
        .tap_limit_minor = terminal->tap_limit_minor,
        .batch_max = terminal->batch_max,
        .kinds = (1U << KIND_COUNT) - 1,
    };
    id_fill(terminal->id, ' ', row.terminal, sizeof row.terminal);
    id_fill(p->world->merchants[terminal->merchant].id, ' ', row.merchant, sizeof row.merchant);
    TRY(make_key(p, wish_master[0], terminal->id, &row.master));
    struct row_key key = row_key_of(TABLE_TERMINAL, row.terminal, sizeof row.terminal);
    return put_row(p, key, &row, sizeof row);
}

/* Who is there when a terminal comes from the factory (UnionPay POS, 6.8). */
static const struct {
    uint8_t first;
    uint8_t last;
    const char *password;
} factory_operators[] = {
    {0, 0, "123456"},
    {1, 5, "0000"},
    {99, 99, "12345678"},
};

/* One salt for all: these passwords are known to everybody anyway. */
static enum err make_operator(const struct provisioning *p, const char *password,
                              struct operator_row *out)
{
    struct hsm_command command = {.kind = HSM_PASSWORD_MAKE};

    command.of.password.cost = PASSWORD_COST_MIN;
    memcpy(command.of.password.salt, "factory setting ", sizeof command.of.password.salt);
    TRY(secret_from(bytes_of_z(password), &command.of.password.password));
    struct hsm_answer answer = hsm_ask(p->hsm, &command);
    if (answer.result != HSM_OK)
        return ERR_KEY;
    *out = (struct operator_row){.layout = PARTY_ROW_LAYOUT, .cost = PASSWORD_COST_MIN};
    memcpy(out->salt, command.of.password.salt, sizeof out->salt);
    memcpy(out->hash, answer.of.password, sizeof out->hash);
    return OK;
}

static enum err put_operator(struct provisioning *p, const struct lab_terminal *terminal,
                             const struct operator_row *row)
{
    uint8_t key[OPERATOR_KEY_LEN];

    id_fill(terminal->id, ' ', (char *)key, TERMINAL_ID_LEN);
    key[TERMINAL_ID_LEN] = row->number;
    return put_row(p, row_key_of(TABLE_OPERATOR, key, sizeof key), row, sizeof *row);
}

static enum err put_operators(struct provisioning *p, uint32_t first, uint32_t count)
{
    bool has_any = false;

    for (uint32_t at = 0; at < count; at++)
        has_any = has_any || p->world->terminals[first + at].has_operators;
    for (size_t i = 0; has_any && i < ARRAY_COUNT(factory_operators); i++) {
        struct operator_row row;
        TRY(make_operator(p, factory_operators[i].password, &row));
        for (uint32_t at = 0; at < count; at++) {
            const struct lab_terminal *terminal = &p->world->terminals[first + at];
            row.number = factory_operators[i].first;
            for (; terminal->has_operators && row.number <= factory_operators[i].last; row.number++)
                TRY(put_operator(p, terminal, &row));
        }
    }
    return OK;
}

static enum err put_terminals(struct provisioning *p, uint32_t first, uint32_t count)
{
    assert(first + count <= p->world->terminal_count);
    for (uint32_t i = first; i < first + count; i++)
        TRY(put_terminal(p, &p->world->terminals[i]));
    return OK;
}

static enum err put_merchants(struct provisioning *p)
{
    for (uint32_t i = 0; i < p->world->merchant_count; i++) {
        const struct lab_merchant *merchant = &p->world->merchants[i];
        struct merchant_row row = {
            .layout = PARTY_ROW_LAYOUT,
            .state = (uint8_t)merchant->state,
            .category = merchant->category,
            .amount_max_minor = merchant->amount_max_minor,
        };
        id_fill(merchant->id, ' ', row.merchant, sizeof row.merchant);
        memcpy(row.name, merchant->name, sizeof row.name);
        struct row_key key = row_key_of(TABLE_MERCHANT, row.merchant, sizeof row.merchant);
        TRY(put_row(p, key, &row, sizeof row));
    }
    return OK;
}

static enum err put_issuer(struct provisioning *p, const struct lab_issuer *issuer)
{
    struct issuer_row row = {.layout = PARTY_ROW_LAYOUT};
    id_fill(issuer->id, '\0', row.issuer, sizeof row.issuer);
    memcpy(row.name, issuer->name, sizeof row.name);
    TRY(make_key(p, wish_master[1], issuer->id, &row.zone_master));
    TRY(put_row(p, row_key_of(TABLE_ISSUER, row.issuer, sizeof row.issuer), &row, sizeof row));
    struct route_row route = {.layout = PARTY_ROW_LAYOUT, .bin_len = LAB_BIN_LEN};
    memcpy(route.bin, issuer->bin, LAB_BIN_LEN);
    memcpy(route.issuer, row.issuer, sizeof route.issuer);
    return put_row(p, row_key_of(TABLE_ROUTE, route.bin, LAB_BIN_LEN), &route, sizeof route);
}

static enum err put_acquirer_side(struct provisioning *p)
{
    TRY(put_merchants(p));
    for (uint32_t i = 0; i < p->world->issuer_count; i++)
        TRY(put_issuer(p, &p->world->issuers[i]));
    TRY(lab_handout(p->sink));
    return put_terminals(p, 0, p->world->terminal_count);
}

static enum err put_zone(struct provisioning *p)
{
    struct acquirer_row row = {.layout = PARTY_ROW_LAYOUT, .region = REGION_CHINA};
    id_fill(p->world->acquirer.id, '\0', row.acquirer, sizeof row.acquirer);
    TRY(make_key(p, wish_master[1], config_id(p), &row.zone_master));
    struct row_key key = row_key_of(TABLE_ACQUIRER, row.acquirer, sizeof row.acquirer);
    return put_row(p, key, &row, sizeof row);
}

static enum err put_account(struct provisioning *p, uint32_t index)
{
    const struct lab_card *card = &p->world->cards[index];
    struct account_row row = {
        .layout = PARTY_ROW_LAYOUT,
        .currency = p->world->currency,
        .number = card->account,
        .credit_limit_minor = card->credit_limit_minor,
    };
    memcpy(row.name, card->label, sizeof card->label);
    p->command.amount = money_of(card->balance_minor, p->world->currency);
    enum err err = put_row(p, row_key_number(TABLE_ACCOUNT, row.number), &row, sizeof row);
    p->command.amount = (struct money){0};
    return err;
}

/* The card's PAN and PIN as the issuer keeps them. */
static enum err card_secrets(const struct provisioning *p, const struct lab_card *card,
                             struct card_row *row)
{
    struct pan pan = lab_card_pan(card);
    struct key_owner owner;
    TRY(key_owner_from(config_id(p), &owner));
    struct hsm_command protect = {.kind = HSM_PAN_PROTECT};
    protect.of.pan_protect.store = hsm_key_of(&p->config.pan_store, &owner);
    protect.of.pan_protect.index = hsm_key_of(&p->config.pan_index, &owner);
    protect.of.pan_protect.pan = pan;
    struct hsm_answer protected = hsm_ask(p->hsm, &protect);
    hsm_command_wipe(&protect);
    struct hsm_command pvv = {.kind = HSM_PVV_MAKE};
    pvv.of.pvv_make.pvk = hsm_key_of(&p->config.pin_verify, &owner);
    pvv.of.pvv_make.pan = pan;
    TRY(secret_from(bytes_of_z(card->pin), &pvv.of.pvv_make.pin));
    struct hsm_answer made = hsm_ask(p->hsm, &pvv);
    hsm_command_wipe(&pvv);
    if (protected.result != HSM_OK || made.result != HSM_OK)
        return ERR_KEY;
    row->pan = pan_token_of(&protected, &pan);
    memcpy(row->pvv, made.of.pvv.digits, sizeof row->pvv);
    return OK;
}

static enum err put_card(struct provisioning *p, uint32_t index)
{
    const struct lab_card *card = &p->world->cards[index];
    struct card_row row = {
        .layout = PARTY_ROW_LAYOUT,
        .state = card->state,
        .pin_tries_max = card->pin_tries_max,
        .has_chip = (card->media & LAB_CHIP) != 0,
        .needs_pin = card->needs_pin,
        .expiry = card->expiry,
        .sequence = card->psn,
        .pvki = 1,
        .account = card->account,
        .limit_minor = card->limit_minor,
        .daily_limit_minor = card->daily_limit_minor,
        .daily_count_max = card->daily_count_max,
        .tap_limit_minor = card->tap_limit_minor,
        .kinds = (1U << KIND_COUNT) - 1,
    };
    memcpy(row.service_code, card->service_code, sizeof row.service_code);
    memcpy(row.name, card->label, sizeof card->label);
    TRY(card_secrets(p, card, &row));
    struct row_key key = row_key_of(TABLE_CARD, row.pan.hash.at, sizeof row.pan.hash.at);
    return put_row(p, key, &row, sizeof row);
}

static enum err put_issuer_side(struct provisioning *p)
{
    TRY(put_zone(p));
    for (uint32_t i = 0; i < p->world->card_count; i++) {
        if (p->world->cards[i].issuer != p->target->issuer)
            continue;
        TRY(put_account(p, i));
        TRY(put_card(p, i));
    }
    return OK;
}

enum err lab_provision(const struct lab_world *world, const struct lab_seed *seed,
                       const struct hsm *hsm, const struct lab_target *target,
                       const struct lab_sink *sink)
{
    struct provisioning p = {
        .world = world, .seed = seed, .hsm = hsm, .target = target, .sink = sink};
    TRY(put_config(&p));
    if (target->party == PARTY_TERMINAL) {
        TRY(put_operators(&p, target->terminal_first, target->terminal_count));
        return put_terminals(&p, target->terminal_first, target->terminal_count);
    }
    return target->party == PARTY_ACQUIRER ? put_acquirer_side(&p) : put_issuer_side(&p);
}

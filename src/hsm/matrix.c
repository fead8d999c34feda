#include "hsm/matrix.h"

#include "base/assert.h"
#include "base/attribute.h"

#define BIT(usage) (1U << (usage))
#define MASTER (BIT(KEY_TMK) | BIT(KEY_ZMK))
#define PIN_IN (BIT(KEY_PIK) | BIT(KEY_ZPK))
#define MACS (BIT(KEY_MAK) | BIT(KEY_ZAK))
#define ANY (BIT(KEY_USAGE_COUNT) - 2)

/* clang-format off */
static const struct matrix_row matrix_table[HSM_KIND_COUNT] = {
    [HSM_DIGEST]         = {HSM_DIGEST,         0, {0,                  0}},
    [HSM_SIGNATURE_VERIFY] = {HSM_SIGNATURE_VERIFY, 0, {0,              0}},
    [HSM_MAC_MAKE]       = {HSM_MAC_MAKE,       1, {MACS,               0}},
    [HSM_MAC_VERIFY]     = {HSM_MAC_VERIFY,     1, {MACS,               0}},
    [HSM_PIN_ENCRYPT]    = {HSM_PIN_ENCRYPT,    1, {BIT(KEY_PIK),       0}},
    [HSM_PIN_TRANSLATE]  = {HSM_PIN_TRANSLATE,  2, {PIN_IN,             BIT(KEY_ZPK)}},
    [HSM_PIN_VERIFY]     = {HSM_PIN_VERIFY,     2, {PIN_IN,             BIT(KEY_PVK)}},
    [HSM_PVV_MAKE]       = {HSM_PVV_MAKE,       1, {BIT(KEY_PVK),       0}},
    [HSM_CVV_MAKE]       = {HSM_CVV_MAKE,       1, {BIT(KEY_CVK),       0}},
    [HSM_CVV_VERIFY]     = {HSM_CVV_VERIFY,     1, {BIT(KEY_CVK),       0}},
    [HSM_ARQC_VERIFY]    = {HSM_ARQC_VERIFY,    1, {BIT(KEY_IMK_AC),    0}},
    [HSM_ARPC_MAKE]      = {HSM_ARPC_MAKE,      1, {BIT(KEY_IMK_AC),    0}},
    [HSM_ICC_KEY_MAKE]   = {HSM_ICC_KEY_MAKE,   1, {BIT(KEY_IMK_AC),    0}},
    [HSM_AC_MAKE]        = {HSM_AC_MAKE,        1, {BIT(KEY_ICC_AC),    0}},
    [HSM_ARPC_VERIFY]    = {HSM_ARPC_VERIFY,    1, {BIT(KEY_ICC_AC),    0}},
    [HSM_WORK_KEYS_MAKE] = {HSM_WORK_KEYS_MAKE, 1, {MASTER,             0}},
    [HSM_WORK_KEYS_TAKE] = {HSM_WORK_KEYS_TAKE, 1, {MASTER,             0}},
    [HSM_KEY_MAKE]       = {HSM_KEY_MAKE,       0, {0,                  0}},
    [HSM_KEY_COMBINE]    = {HSM_KEY_COMBINE,    0, {0,                  0}},
    [HSM_KEY_CHECK]      = {HSM_KEY_CHECK,      1, {ANY,                0}},
    [HSM_KEY_WRAP]       = {HSM_KEY_WRAP,       2, {ANY,                MASTER}},
    [HSM_KEY_UNWRAP]     = {HSM_KEY_UNWRAP,     1, {MASTER,             0}},
    [HSM_TRACK_ENCRYPT]  = {HSM_TRACK_ENCRYPT,  1, {BIT(KEY_TDK),       0}},
    [HSM_TRACK_DECRYPT]  = {HSM_TRACK_DECRYPT,  1, {BIT(KEY_TDK),       0}},
    [HSM_PAN_INDEX]      = {HSM_PAN_INDEX,      1, {BIT(KEY_PAN_INDEX), 0}},
    [HSM_PAN_PROTECT]    = {HSM_PAN_PROTECT,    2, {BIT(KEY_PAN_STORE), BIT(KEY_PAN_INDEX)}},
    [HSM_PAN_OPEN]       = {HSM_PAN_OPEN,       1, {BIT(KEY_PAN_STORE), 0}},
    [HSM_PASSWORD_MAKE]  = {HSM_PASSWORD_MAKE,  0, {0,                  0}},
    [HSM_PASSWORD_CHECK] = {HSM_PASSWORD_CHECK, 0, {0,                  0}},
    [HSM_CARD_STRIPE]    = {HSM_CARD_STRIPE,    0, {0,                  0}},
    [HSM_CARD_CHIP]      = {HSM_CARD_CHIP,      0, {0,                  0}},
    [HSM_CARD_FIRST_AC]  = {HSM_CARD_FIRST_AC,  0, {0,                  0}},
    [HSM_CARD_SECOND_AC] = {HSM_CARD_SECOND_AC, 0, {0,                  0}},
};

/* Which master key wraps which keys, at sign-in or by HSM_KEY_WRAP. */
static const struct {
    enum key_usage master;
    uint32_t usages;
} wrap_table[] = {
    {KEY_TMK, BIT(KEY_TMK) | BIT(KEY_PIK) | BIT(KEY_MAK) | BIT(KEY_TDK)},
    {KEY_ZMK, BIT(KEY_ZPK) | BIT(KEY_ZAK) | BIT(KEY_PVK) | BIT(KEY_CVK) | BIT(KEY_IMK_AC) |
              BIT(KEY_ICC_AC)},
};
/* clang-format on */

const struct matrix_row *matrix_row_of(enum hsm_kind kind)
{
    assert(kind < HSM_KIND_COUNT);
    return &matrix_table[kind];
}

bool matrix_format_allowed(enum key_mode from, enum key_mode to)
{
    if (from == KEY_PIN_ISO_0)
        return to == KEY_PIN_ISO_0 || to == KEY_PIN_ISO_4;
    return from == KEY_PIN_ISO_4 && to == KEY_PIN_ISO_4;
}

bool matrix_wraps(enum key_usage master, enum key_usage usage)
{
    assert(usage < KEY_USAGE_COUNT);
    for (size_t i = 0; i < ARRAY_COUNT(wrap_table); i++) {
        if (wrap_table[i].master == master)
            return (wrap_table[i].usages & BIT(usage)) != 0;
    }
    return false;
}

static bool wish_fits(const struct key_header *master, enum key_usage usage,
                      enum key_algorithm algorithm, enum key_mode mode)
{
    return key_usage_allows(usage, algorithm, mode) && matrix_wraps(master->usage, usage) &&
           key_algorithm_strength(master->algorithm) >= key_algorithm_strength(algorithm);
}

/* Whether all keys of a download can exist and the master key is strong enough for them. */
static bool layout_fits(const struct hsm_command *command, const struct key_header *master)
{
    enum download_layout layout = command->of.work_keys_make.layout;

    if (layout >= DOWNLOAD_LAYOUT_COUNT)
        return false;
    for (size_t i = 0; i < download_key_count(layout); i++) {
        struct download_key key = download_key_at(layout, master->usage, i);
        enum key_mode mode = i == 0   ? command->of.work_keys_make.pin_mode
                             : i == 1 ? command->of.work_keys_make.mac_mode
                                      : KEY_MODE_NONE;

        if (!wish_fits(master, key.usage, key.algorithm, mode))
            return false;
    }
    return (master->algorithm == KEY_SM4) ==
           (download_key_at(layout, master->usage, 0).algorithm == KEY_SM4);
}

static bool translate_fits(const struct hsm_command *command UNUSED, const struct key_header *keys,
                           uint8_t *key_index)
{
    *key_index = 1;
    return matrix_format_allowed(keys[0].mode, keys[1].mode);
}

static bool work_keys_fit(const struct hsm_command *command, const struct key_header *keys,
                          uint8_t *key_index UNUSED)
{
    return layout_fits(command, &keys[0]);
}

static bool wrap_fits(const struct hsm_command *command UNUSED, const struct key_header *keys,
                      uint8_t *key_index)
{
    *key_index = 0;
    return keys[0].travel == KEY_TRAVELS &&
           wish_fits(&keys[1], keys[0].usage, keys[0].algorithm, keys[0].mode);
}

static bool unwrap_fits(const struct hsm_command *command, const struct key_header *keys,
                        uint8_t *key_index UNUSED)
{
    const struct key_wish *wish = &command->of.key_unwrap.wish;

    return wish_fits(&keys[0], wish->usage, wish->algorithm, wish->mode);
}

static bool make_fits(const struct hsm_command *command, const struct key_header *keys UNUSED,
                      uint8_t *key_index UNUSED)
{
    const struct key_wish *wish = &command->of.key_make;

    return key_usage_allows(wish->usage, wish->algorithm, wish->mode);
}

static bool combine_fits(const struct hsm_command *command, const struct key_header *keys UNUSED,
                         uint8_t *key_index UNUSED)
{
    const struct key_wish *wish = &command->of.key_combine.wish;

    return key_usage_allows(wish->usage, wish->algorithm, wish->mode);
}

/* What must hold beyond each key alone; nothing for a kind without a row. */
static bool (*const fit_table[HSM_KIND_COUNT])(const struct hsm_command *command,
                                               const struct key_header *keys,
                                               uint8_t *key_index) = {
    [HSM_PIN_TRANSLATE] = translate_fits, [HSM_WORK_KEYS_MAKE] = work_keys_fit,
    [HSM_KEY_WRAP] = wrap_fits,           [HSM_KEY_UNWRAP] = unwrap_fits,
    [HSM_KEY_MAKE] = make_fits,           [HSM_KEY_COMBINE] = combine_fits,
};

enum hsm_result hsm_admit(const struct hsm_command *command, enum key_realm realm,
                          uint8_t *key_index)
{
    const struct hsm_key *keys[HSM_KEYS_MAX];
    struct key_header headers[HSM_KEYS_MAX];

    if (command->kind >= HSM_KIND_COUNT)
        return HSM_NOT_ALLOWED;
    size_t count = hsm_command_keys(command, keys);
    assert(count == matrix_table[command->kind].key_count);
    for (size_t i = 0; i < count; i++) {
        *key_index = (uint8_t)i;
        if (keyblock_header(&keys[i]->block, &headers[i]) != OK)
            return HSM_KEY;
        if (!key_owner_equal(&headers[i].owner, &keys[i]->owner))
            return HSM_KEY;
        if (headers[i].realm != realm)
            return HSM_NOT_ALLOWED;
        if ((matrix_table[command->kind].usages[i] & BIT(headers[i].usage)) == 0)
            return HSM_NOT_ALLOWED;
    }
    *key_index = 0;
    if (fit_table[command->kind] == NULL || fit_table[command->kind](command, headers, key_index))
        return HSM_OK;
    return HSM_NOT_ALLOWED;
}

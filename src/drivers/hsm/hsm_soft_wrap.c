#include "drivers/hsm/hsm_soft_wrap.h"

#include "base/assert.h"

#include <string.h>

#define COMPONENTS_MIN 2
#define MAKE_TRIES 8 /* a weak random key is less likely than a broken generator */

static bool is_des(enum key_algorithm algorithm)
{
    return algorithm == KEY_DES || algorithm == KEY_TDES_2 || algorithm == KEY_TDES_3;
}

/* As soft_key_new, of good material whose check value is known already. */
static enum hsm_result key_seal(struct hsm_soft *soft, const struct key_wish *wish,
                                const struct secret *material, const struct key_check *check,
                                struct keyblock *out)
{
    uint8_t nonce[KEYBLOCK_NONCE_LEN];
    struct key_header header = {
        .usage = wish->usage,
        .algorithm = wish->algorithm,
        .mode = wish->mode,
        .travel = wish->travel,
        .realm = soft->realm,
        .master = soft->cache.generation,
        .version = wish->version,
        .owner = wish->owner,
        .check = *check,
    };

    if (!key_material_is_good(wish->algorithm, material->at, material->len))
        return HSM_FORMAT;
    return soft_random(soft, nonce, sizeof nonce) &&
                   soft_cache_seal(&soft->cache, &header, material, nonce, out)
               ? HSM_OK
               : HSM_DOWN;
}

enum hsm_result soft_key_new(struct hsm_soft *soft, const struct key_wish *wish,
                             const struct secret *material, struct keyblock *out)
{
    struct key_check check;

    if (!key_material_is_good(wish->algorithm, material->at, material->len))
        return HSM_FORMAT;
    if (!soft_check_value(&soft->library, wish->algorithm, material, check.at))
        return HSM_DOWN;
    return key_seal(soft, wish, material, &check, out);
}

/* Fresh random material that is no weak key. */
static bool material_make(struct hsm_soft *soft, enum key_algorithm algorithm, struct secret *out)
{
    *out = (struct secret){.len = (uint8_t)key_algorithm_len(algorithm)};
    for (unsigned i = 0; i < MAKE_TRIES; i++) {
        if (!soft_random(soft, out->at, out->len))
            return false;
        if (is_des(algorithm))
            key_set_odd_parity(out->at, out->len);
        if (key_material_is_good(algorithm, out->at, out->len))
            return true;
    }
    return false;
}

enum hsm_result soft_key_make(const struct soft_call *call)
{
    const struct key_wish *wish = &call->command->of.key_make;
    struct secret material SECRET_WIPED = {.len = 0};

    if (!material_make(call->soft, wish->algorithm, &material))
        return HSM_DOWN;
    return soft_key_new(call->soft, wish, &material, &call->answer->of.key);
}

/* Compares what stands beside a key with what it has; on a difference the answer names both. */
static enum hsm_result check_fits(const struct soft_call *call, const struct key_check *found,
                                  const uint8_t *check, size_t check_len)
{
    assert(check_len <= CHECK_VALUE_LEN);
    if (bytes_equal_ct(found->at, check, check_len))
        return HSM_OK;
    call->answer->expected = (struct key_check){{0}};
    call->answer->found = (struct key_check){{0}};
    memcpy(call->answer->expected.at, check, check_len);
    memcpy(call->answer->found.at, found->at, check_len);
    return HSM_WRONG;
}

enum hsm_result soft_key_combine(const struct soft_call *call)
{
    const struct key_wish *wish = &call->command->of.key_combine.wish;
    size_t count = call->command->of.key_combine.count;
    struct secret material SECRET_WIPED = call->command->of.key_combine.components[0];
    struct key_check found;

    if (count < COMPONENTS_MIN || count > HSM_COMPONENTS_MAX ||
        call->command->of.key_combine.check_len > CHECK_VALUE_LEN)
        return HSM_FORMAT;
    for (size_t i = 1; i < count; i++) {
        if (secret_xor(&material, &call->command->of.key_combine.components[i]) != OK)
            return HSM_FORMAT;
    }
    if (!key_material_is_good(wish->algorithm, material.at, material.len))
        return HSM_FORMAT;
    if (!soft_check_value(&call->soft->library, wish->algorithm, &material, found.at))
        return HSM_DOWN;
    enum hsm_result result = check_fits(call, &found, call->command->of.key_combine.check.at,
                                        call->command->of.key_combine.check_len);
    if (result != HSM_OK)
        return result;
    return key_seal(call->soft, wish, &material, &found, &call->answer->of.key);
}

enum hsm_result soft_key_check(const struct soft_call *call)
{
    struct soft_key *key = call->keys[0];

    return soft_check_value(&call->soft->library, key->header.algorithm, &key->material,
                            call->answer->of.check.at)
               ? HSM_OK
               : HSM_DOWN;
}

/* A cryptogram of material must be whole blocks: an 8-byte key cannot go under a 16-byte block. */
static bool fills_blocks(const struct soft_key *master, size_t len)
{
    return len > 0 && len % key_algorithm_block_len(master->header.algorithm) == 0;
}

enum hsm_result soft_key_wrap(const struct soft_call *call)
{
    struct soft_key *key = call->keys[0];
    EVP_CIPHER_CTX *context = soft_key_encrypt(&call->soft->library, call->keys[1]);

    if (!fills_blocks(call->keys[1], key->material.len))
        return HSM_FORMAT;
    if (context == NULL ||
        !soft_blocks(context, key->material.at, key->material.len, call->answer->of.wrapped.at))
        return HSM_DOWN;
    call->answer->of.wrapped.len = key->material.len;
    call->answer->of.wrapped.check = key->header.check;
    return HSM_OK;
}

enum hsm_result soft_key_unwrap(const struct soft_call *call)
{
    const struct key_wish *wish = &call->command->of.key_unwrap.wish;
    size_t len = call->command->of.key_unwrap.len;
    EVP_CIPHER_CTX *context = soft_key_decrypt(&call->soft->library, call->keys[0]);
    struct secret material SECRET_WIPED = {.len = (uint8_t)len};
    struct key_check found;

    if (len != key_algorithm_len(wish->algorithm) || !fills_blocks(call->keys[0], len))
        return HSM_FORMAT;
    if (context == NULL ||
        !soft_blocks(context, call->command->of.key_unwrap.wrapped, len, material.at) ||
        !soft_check_value(&call->soft->library, wish->algorithm, &material, found.at))
        return HSM_DOWN;
    enum hsm_result result =
        check_fits(call, &found, call->command->of.key_unwrap.check.at, CHECK_VALUE_LEN);
    if (result != HSM_OK)
        return result;
    return key_seal(call->soft, wish, &material, &found, &call->answer->of.key);
}

/* Which mode the index-th key of a download has. */
static enum key_mode mode_of(size_t index, enum key_mode pin_mode, enum key_mode mac_mode)
{
    if (index == 0)
        return pin_mode;
    return index == 1 ? mac_mode : KEY_MODE_NONE;
}

/* One new key: its block into the answer, its cryptogram and check value into the download. */
static enum hsm_result work_key_make(const struct soft_call *call, struct download_key slot,
                                     size_t index)
{
    struct secret material SECRET_WIPED = {.len = 0};
    EVP_CIPHER_CTX *context = soft_key_encrypt(&call->soft->library, call->keys[0]);
    uint8_t *at = call->answer->of.work_keys.download + slot.offset;
    struct key_check check;
    const struct key_wish wish = {
        .usage = slot.usage,
        .algorithm = slot.algorithm,
        .mode = mode_of(index, call->command->of.work_keys_make.pin_mode,
                        call->command->of.work_keys_make.mac_mode),
        .version = call->command->of.work_keys_make.version,
        .owner = call->keys[0]->header.owner,
    };

    if (context == NULL || !material_make(call->soft, slot.algorithm, &material))
        return HSM_DOWN;
    memset(at, 0, slot.slot_len);
    if (!soft_blocks(context, material.at, material.len, at) ||
        !soft_check_value(&call->soft->library, slot.algorithm, &material, check.at))
        return HSM_DOWN;
    memcpy(at + slot.slot_len, check.at, slot.check_len);
    return key_seal(call->soft, &wish, &material, &check, &call->answer->of.work_keys.keys[index]);
}

enum hsm_result soft_work_keys_make(const struct soft_call *call)
{
    enum download_layout layout = call->command->of.work_keys_make.layout;
    size_t count = download_key_count(layout);

    for (size_t i = 0; i < count; i++) {
        struct download_key slot = download_key_at(layout, call->keys[0]->header.usage, i);
        enum hsm_result result = work_key_make(call, slot, i);

        if (result != HSM_OK)
            return result;
    }
    call->answer->of.work_keys.count = (uint8_t)count;
    call->answer->of.work_keys.len = (uint8_t)download_len(layout);
    return HSM_OK;
}

/* One key out of a download; a wrong check value is answered with both values. */
static enum hsm_result work_key_take(const struct soft_call *call, struct download_key slot,
                                     size_t index)
{
    EVP_CIPHER_CTX *context = soft_key_decrypt(&call->soft->library, call->keys[0]);
    const uint8_t *at = call->command->of.work_keys_take.download + slot.offset;
    struct secret material SECRET_WIPED = {.len = (uint8_t)key_algorithm_len(slot.algorithm)};
    const struct key_wish wish = {
        .usage = slot.usage,
        .algorithm = slot.algorithm,
        .mode = mode_of(index, call->command->of.work_keys_take.pin_mode,
                        call->command->of.work_keys_take.mac_mode),
        .version = call->command->of.work_keys_take.version,
        .owner = call->keys[0]->header.owner,
    };
    struct key_check found;

    call->answer->key_index = (uint8_t)index;
    if (!key_usage_allows(wish.usage, wish.algorithm, wish.mode))
        return HSM_NOT_ALLOWED;
    if (context == NULL || !soft_blocks(context, at, material.len, material.at) ||
        !soft_check_value(&call->soft->library, slot.algorithm, &material, found.at))
        return HSM_DOWN;
    enum hsm_result result = check_fits(call, &found, at + slot.slot_len, slot.check_len);
    if (result != HSM_OK)
        return result;
    return key_seal(call->soft, &wish, &material, &found, &call->answer->of.work_keys.keys[index]);
}

enum hsm_result soft_work_keys_take(const struct soft_call *call)
{
    size_t len = call->command->of.work_keys_take.len;
    enum key_algorithm master = call->keys[0]->header.algorithm;
    enum download_layout layout;

    if (len > DOWNLOAD_LEN_MAX)
        return HSM_FORMAT;
    if (download_recognise(bytes_over(call->command->of.work_keys_take.download, len), master,
                           &layout) != OK)
        return HSM_FORMAT;
    for (size_t i = 0; i < download_key_count(layout); i++) {
        struct download_key slot = download_key_at(layout, call->keys[0]->header.usage, i);
        enum hsm_result result = work_key_take(call, slot, i);

        if (result != HSM_OK)
            return result;
    }
    call->answer->of.work_keys.count = (uint8_t)download_key_count(layout);
    call->answer->of.work_keys.len = 0;
    return HSM_OK;
}

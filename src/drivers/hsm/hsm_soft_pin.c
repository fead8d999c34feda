#include "drivers/hsm/hsm_soft_pin.h"

#include "base/assert.h"
#include "hsm/verify.h"

#include <string.h>

static bool seal_0(struct hsm_soft *soft, struct soft_key *key, const struct pan *pan,
                   const struct secret *pin, uint8_t *out)
{
    EVP_CIPHER_CTX *context = soft_key_encrypt(&soft->library, key);
    uint8_t clear[PINBLOCK_0_LEN];

    pinblock_0_build(pin, pan, clear);
    bool good = context != NULL && soft_blocks(context, clear, sizeof clear, out);
    bytes_wipe(clear, sizeof clear);
    return good;
}

static void xor_block(uint8_t *at, const uint8_t *with)
{
    for (size_t i = 0; i < PINBLOCK_4_LEN; i++)
        at[i] = (uint8_t)(at[i] ^ with[i]);
}

static bool seal_4(struct hsm_soft *soft, struct soft_key *key, const struct pan *pan,
                   const struct secret *pin, uint8_t *out)
{
    EVP_CIPHER_CTX *context = soft_key_encrypt(&soft->library, key);
    uint8_t nonce[8];
    uint8_t clear[PINBLOCK_4_LEN];
    uint8_t account[PINBLOCK_4_LEN];

    if (context == NULL || !soft_random(soft, nonce, sizeof nonce))
        return false;
    pinblock_4_build(pin, nonce, clear);
    pinblock_4_account(pan, account);
    bool good = soft_blocks(context, clear, sizeof clear, clear);
    xor_block(clear, account);
    good = good && soft_blocks(context, clear, sizeof clear, out);
    bytes_wipe(clear, sizeof clear);
    bytes_wipe(account, sizeof account);
    return good;
}

enum hsm_result soft_pin_seal(struct hsm_soft *soft, struct soft_key *key, const struct pan *pan,
                              const struct secret *pin, struct pin_block *out)
{
    struct pin_block block = {0};
    bool good;

    if (key->header.mode == KEY_PIN_ISO_4) {
        block.len = PINBLOCK_4_LEN;
        good = seal_4(soft, key, pan, pin, block.at);
    } else {
        assert(key->header.mode == KEY_PIN_ISO_0);
        block.len = PINBLOCK_0_LEN;
        good = seal_0(soft, key, pan, pin, block.at);
    }
    if (!good)
        return HSM_DOWN;
    *out = block;
    return HSM_OK;
}

/* The clear block of either format. */
static bool open_block(struct hsm_soft *soft, struct soft_key *key, const struct pan *pan,
                       const struct pin_block *block, uint8_t *clear)
{
    EVP_CIPHER_CTX *context = soft_key_decrypt(&soft->library, key);
    uint8_t account[PINBLOCK_4_LEN];

    if (context == NULL || !soft_blocks(context, block->at, block->len, clear))
        return false;
    if (key->header.mode == KEY_PIN_ISO_0)
        return true;
    pinblock_4_account(pan, account);
    xor_block(clear, account);
    bytes_wipe(account, sizeof account);
    return soft_blocks(context, clear, block->len, clear);
}

enum hsm_result soft_pin_open(struct hsm_soft *soft, struct soft_key *key, const struct pan *pan,
                              const struct pin_block *block, struct secret *out)
{
    bool is_4 = key->header.mode == KEY_PIN_ISO_4;
    uint8_t clear[PINBLOCK_LEN_MAX] = {0};
    enum hsm_result result = HSM_DOWN;

    if (block->len != (is_4 ? PINBLOCK_4_LEN : PINBLOCK_0_LEN))
        return HSM_WRONG;
    if (open_block(soft, key, pan, block, clear)) {
        enum err err = is_4 ? pinblock_4_parse(clear, out) : pinblock_0_parse(clear, pan, out);
        result = err == OK ? HSM_OK : HSM_WRONG;
    }
    bytes_wipe(clear, sizeof clear);
    return result;
}

enum hsm_result soft_pin_encrypt(const struct soft_call *call)
{
    const struct pan *pan = &call->command->of.pin_encrypt.pan;
    const struct secret *pin = &call->command->of.pin_encrypt.pin;

    if (!soft_pan_is_good(pan) || !pin_is_good(pin))
        return HSM_FORMAT;
    return soft_pin_seal(call->soft, call->keys[0], pan, pin, &call->answer->of.block);
}

enum hsm_result soft_pin_translate(const struct soft_call *call)
{
    const struct pan *pan = &call->command->of.pin_translate.pan;
    struct secret pin SECRET_WIPED = {.len = 0};

    if (!soft_pan_is_good(pan))
        return HSM_FORMAT;
    enum hsm_result result =
        soft_pin_open(call->soft, call->keys[0], pan, &call->command->of.pin_translate.block, &pin);
    if (result != HSM_OK)
        return result;
    return soft_pin_seal(call->soft, call->keys[1], pan, &pin, &call->answer->of.block);
}

/* Both steps are always taken, so that time does not tell how long the PIN is. */
static enum hsm_result pvv_of(struct hsm_soft *soft, struct soft_key *pvk, const struct pan *pan,
                              const struct secret *pin, struct pvv *out)
{
    EVP_CIPHER_CTX *context = soft_key_encrypt(&soft->library, pvk);
    uint8_t first[8];
    uint8_t longer[8];

    assert(pvk->header.mode >= KEY_PVKI_1 && pvk->header.mode <= KEY_PVKI_6);
    pvv_input(pan, (unsigned)(pvk->header.mode - KEY_PVKI_1) + 1, pin, first);
    bool more = pvv_rest(pin, longer);
    bool good = context != NULL && soft_blocks(context, first, sizeof first, first);
    for (size_t i = 0; i < sizeof longer; i++)
        longer[i] = (uint8_t)(longer[i] ^ first[i]);
    good = good && soft_blocks(context, longer, sizeof longer, longer);
    if (good)
        decimalise(more ? longer : first, out->digits, PVV_LEN);
    bytes_wipe(first, sizeof first);
    bytes_wipe(longer, sizeof longer);
    return good ? HSM_OK : HSM_DOWN;
}

enum hsm_result soft_pvv_make(const struct soft_call *call)
{
    const struct pan *pan = &call->command->of.pvv_make.pan;
    const struct secret *pin = &call->command->of.pvv_make.pin;

    if (!soft_pan_is_good(pan) || !pin_is_good(pin))
        return HSM_FORMAT;
    return pvv_of(call->soft, call->keys[0], pan, pin, &call->answer->of.pvv);
}

/* A block that does not open takes the same way as one that does, with a PIN that is never right,
 * so that time does not tell the two apart. */
enum hsm_result soft_pin_verify(const struct soft_call *call)
{
    const struct pan *pan = &call->command->of.pin_verify.pan;
    struct secret pin SECRET_WIPED = {.len = PIN_DIGITS_MIN, .at = "0000"};
    struct pvv pvv;

    if (!soft_pan_is_good(pan))
        return HSM_FORMAT;
    enum hsm_result opened =
        soft_pin_open(call->soft, call->keys[0], pan, &call->command->of.pin_verify.block, &pin);
    if (opened == HSM_DOWN)
        return HSM_DOWN;
    enum hsm_result result = pvv_of(call->soft, call->keys[1], pan, &pin, &pvv);
    if (result != HSM_OK)
        return result;
    bool equal = bytes_equal_ct((const uint8_t *)pvv.digits,
                                (const uint8_t *)call->command->of.pin_verify.pvv.digits, PVV_LEN);
    return equal && opened == HSM_OK ? HSM_OK : HSM_WRONG;
}

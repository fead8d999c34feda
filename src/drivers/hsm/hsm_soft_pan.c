#include "drivers/hsm/hsm_soft_pan.h"

#include "base/assert.h"

#include <string.h>

#define SEAL_VERSION 1
#define CLEAR_LEN 11 /* length, then up to 19 digits as BCD */

/* The sealed form: version, nonce, sealed, tag. The version and the look-up hash are its
 * authenticated data: a sealed PAN is good only beside its own hash. */
enum {
    AT_NONCE = 1,
    NONCE_LEN = 12,
    AT_SEALED = AT_NONCE + NONCE_LEN,
    AT_TAG = AT_SEALED + CLEAR_LEN,
    TAG_LEN = 16,
};
_Static_assert(AT_TAG + TAG_LEN == PAN_SEALED_LEN, "the parts fill the sealed form");
_Static_assert((PAN_DIGITS_MAX + 1) / 2 + 1 == CLEAR_LEN, "the longest PAN fits");

bool soft_pan_is_good(const struct pan *pan)
{
    return pan->len >= PAN_DIGITS_MIN && pan->len <= PAN_DIGITS_MAX &&
           bytes_are_digits(pan->digits, pan->len);
}

static void pan_pack(const struct pan *pan, uint8_t out[static CLEAR_LEN])
{
    memset(out, 0, CLEAR_LEN);
    out[0] = pan->len;
    for (size_t i = 0; i < pan->len; i++)
        out[1 + i / 2] = (uint8_t)(out[1 + i / 2] | (pan->digits[i] - '0') << (i % 2 == 0 ? 4 : 0));
}

static bool pan_unpack(const uint8_t clear[static CLEAR_LEN], struct pan *out)
{
    struct pan pan = {.len = clear[0]};

    if (pan.len > PAN_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < pan.len; i++)
        pan.digits[i] = (char)('0' + (i % 2 == 0 ? clear[1 + i / 2] >> 4 : clear[1 + i / 2] & 15));
    bool good = soft_pan_is_good(&pan);
    if (good)
        *out = pan;
    pan_wipe(&pan);
    return good;
}

static enum hsm_result hash_of(const struct soft_call *call, struct soft_key *index,
                               const struct pan *pan, struct pan_hash *out)
{
    EVP_MAC_CTX *context = soft_key_mac(&call->soft->library, index);
    uint8_t whole[32];

    if (!soft_pan_is_good(pan))
        return HSM_FORMAT;
    if (context == NULL ||
        !soft_mac_run(context, bytes_over(pan->digits, pan->len), whole, sizeof whole))
        return HSM_DOWN;
    memcpy(out->at, whole, PAN_HASH_LEN);
    return HSM_OK;
}

enum hsm_result soft_pan_index(const struct soft_call *call)
{
    return hash_of(call, call->keys[0], &call->command->of.pan_index.pan, &call->answer->of.hash);
}

static bool seal(EVP_CIPHER_CTX *context, const uint8_t clear[static CLEAR_LEN],
                 const struct pan_hash *hash, struct pan_sealed *out)
{
    int len = 0;

    return EVP_EncryptInit_ex2(context, NULL, NULL, out->at + AT_NONCE, NULL) == 1 &&
           EVP_EncryptUpdate(context, NULL, &len, out->at, AT_NONCE) == 1 &&
           EVP_EncryptUpdate(context, NULL, &len, hash->at, PAN_HASH_LEN) == 1 &&
           EVP_EncryptUpdate(context, out->at + AT_SEALED, &len, clear, CLEAR_LEN) == 1 &&
           EVP_EncryptFinal_ex(context, out->at + AT_TAG, &len) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, out->at + AT_TAG) == 1;
}

enum hsm_result soft_pan_protect(const struct soft_call *call)
{
    const struct pan *pan = &call->command->of.pan_protect.pan;
    struct pan_sealed *sealed = &call->answer->of.protected_pan.sealed;
    EVP_CIPHER_CTX *context = soft_key_encrypt(&call->soft->library, call->keys[0]);
    uint8_t clear[CLEAR_LEN];
    enum hsm_result result =
        hash_of(call, call->keys[1], pan, &call->answer->of.protected_pan.hash);

    if (result != HSM_OK)
        return result;
    sealed->at[0] = SEAL_VERSION;
    if (context == NULL || !soft_nonce(call->soft, sealed->at + AT_NONCE, NONCE_LEN))
        return HSM_DOWN;
    pan_pack(pan, clear);
    bool good = seal(context, clear, &call->answer->of.protected_pan.hash, sealed);
    bytes_wipe(clear, sizeof clear);
    return good ? HSM_OK : HSM_DOWN;
}

static bool unseal(EVP_CIPHER_CTX *context, const struct pan_sealed *sealed,
                   const struct pan_hash *hash, uint8_t clear[static CLEAR_LEN])
{
    uint8_t tag[TAG_LEN];
    int len = 0;

    memcpy(tag, sealed->at + AT_TAG, TAG_LEN);
    return EVP_DecryptInit_ex2(context, NULL, NULL, sealed->at + AT_NONCE, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) == 1 &&
           EVP_DecryptUpdate(context, NULL, &len, sealed->at, AT_NONCE) == 1 &&
           EVP_DecryptUpdate(context, NULL, &len, hash->at, PAN_HASH_LEN) == 1 &&
           EVP_DecryptUpdate(context, clear, &len, sealed->at + AT_SEALED, CLEAR_LEN) == 1 &&
           EVP_DecryptFinal_ex(context, clear + CLEAR_LEN, &len) == 1;
}

enum hsm_result soft_pan_open(const struct soft_call *call)
{
    const struct pan_sealed *sealed = &call->command->of.pan_open.sealed;
    EVP_CIPHER_CTX *context = soft_key_decrypt(&call->soft->library, call->keys[0]);
    uint8_t clear[CLEAR_LEN + 16]; /* OpenSSL asks for a block of room */

    if (sealed->at[0] != SEAL_VERSION)
        return HSM_FORMAT;
    if (context == NULL)
        return HSM_DOWN;
    bool good = unseal(context, sealed, &call->command->of.pan_open.hash, clear) &&
                pan_unpack(clear, &call->answer->of.pan);
    bytes_wipe(clear, sizeof clear);
    return good ? HSM_OK : HSM_WRONG;
}

static enum hsm_result track_block(const struct soft_call *call, EVP_CIPHER_CTX *context)
{
    size_t len = call->command->of.track.len;

    if (len != key_algorithm_block_len(call->keys[0]->header.algorithm))
        return HSM_FORMAT;
    if (context == NULL ||
        !soft_blocks(context, call->command->of.track.at, len, call->answer->of.track.at))
        return HSM_DOWN;
    call->answer->of.track.len = (uint8_t)len;
    return HSM_OK;
}

enum hsm_result soft_track_encrypt(const struct soft_call *call)
{
    return track_block(call, soft_key_encrypt(&call->soft->library, call->keys[0]));
}

enum hsm_result soft_track_decrypt(const struct soft_call *call)
{
    return track_block(call, soft_key_decrypt(&call->soft->library, call->keys[0]));
}

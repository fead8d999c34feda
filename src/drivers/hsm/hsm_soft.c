#include "drivers/hsm/hsm_soft.h"

#include "base/assert.h"
#include "drivers/hsm/hsm_soft_chip.h"
#include "drivers/hsm/hsm_soft_mac.h"
#include "drivers/hsm/hsm_soft_pan.h"
#include "drivers/hsm/hsm_soft_password.h"
#include "drivers/hsm/hsm_soft_pin.h"
#include "drivers/hsm/hsm_soft_wrap.h"
#include "hsm/matrix.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/random.h>

#define MASTER_LEN 32
#define CACHE_LEN_MIN 8 /* a command's keys never push each other out */

static bool kernel_fill(void *self UNUSED, uint8_t *out, size_t len)
{
    size_t at = 0;

    while (at < len) {
        ssize_t got = getrandom(out + at, len - at, 0);

        if (got < 0 && errno != EINTR)
            return false;
        at += got > 0 ? (size_t)got : 0;
    }
    return true;
}

struct random_source random_source_kernel(void)
{
    return (struct random_source){.fill = kernel_fill};
}

bool soft_random(const struct hsm_soft *soft, uint8_t *out, size_t len)
{
    return soft->random.fill(soft->random.self, out, len);
}

bool soft_nonce(struct hsm_soft *soft, uint8_t *out, size_t len)
{
    assert(len <= SOFT_NONCES_LEN);
    if (soft->random.fill != kernel_fill)
        return soft_random(soft, out, len); /* a seed must give the same again, draw for draw */
    if (soft->nonces_used + len > SOFT_NONCES_LEN) {
        if (!soft_random(soft, soft->nonces, SOFT_NONCES_LEN))
            return false;
        soft->nonces_used = 0;
    }
    memcpy(out, soft->nonces + soft->nonces_used, len);
    soft->nonces_used += len;
    return true;
}

enum err hsm_soft_open(const struct hsm_soft_config *config, struct hsm_soft **out)
{
    size_t cache_len = config->cache_len == 0 ? HSM_SOFT_CACHE_DEFAULT : config->cache_len;
    struct hsm_soft *soft;
    enum err err;

    if (config->master.len != MASTER_LEN)
        return ERR_BAD_LENGTH;
    soft = OPENSSL_zalloc(sizeof *soft);
    if (soft == NULL)
        return ERR_FULL;
    soft->realm = config->realm;
    soft->nonces_used = SOFT_NONCES_LEN;
    soft->random = config->random.fill == NULL ? random_source_kernel() : config->random;
    err = soft_library_open(&soft->library);
    if (err == OK) {
        err = soft_cache_open(&soft->cache, &soft->library, &config->master,
                              cache_len < CACHE_LEN_MIN ? CACHE_LEN_MIN : cache_len);
        soft->cache.generation = config->master_generation;
        if (err != OK)
            soft_library_close(&soft->library);
    }
    if (err != OK) {
        OPENSSL_free(soft);
        return err;
    }
    *out = soft;
    return OK;
}

void hsm_soft_close(struct hsm_soft *soft)
{
    if (soft == NULL)
        return;
    soft_cache_close(&soft->cache);
    soft_library_close(&soft->library);
    OPENSSL_clear_free(soft, sizeof *soft);
}

static enum hsm_result digest(const struct soft_call *call)
{
    struct soft_library *library = &call->soft->library;

    return soft_digest(library, library->sha256, call->command->of.digest.parts,
                       call->answer->of.digest)
               ? HSM_OK
               : HSM_DOWN;
}

/* Ed25519 has no digest of its own to set up: the whole of the data is signed. */
static enum hsm_result signature_verify(const struct soft_call *call)
{
    const struct hsm_command *command = call->command;
    struct bytes data = command->of.signature.data;
    enum hsm_result result = HSM_DOWN;

    if (data.len == 0)
        return HSM_FORMAT;
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key_ex(call->soft->library.context, "ED25519", NULL,
                                       command->of.signature.public_key, SIGNATURE_PUBLIC_LEN);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (key == NULL)
        result = HSM_FORMAT;
    else if (context != NULL &&
             EVP_DigestVerifyInit_ex(context, NULL, NULL, call->soft->library.context, NULL, key,
                                     NULL) == 1)
        result = EVP_DigestVerify(context, command->of.signature.signature, SIGNATURE_LEN, data.at,
                                  data.len) == 1
                     ? HSM_OK
                     : HSM_WRONG;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return result;
}

static enum hsm_result mac_make(const struct soft_call *call)
{
    if (call->command->of.mac.data.len == 0)
        return HSM_FORMAT;
    return soft_mac(&call->soft->library, call->keys[0], call->command->of.mac.data,
                    call->answer->of.mac)
               ? HSM_OK
               : HSM_DOWN;
}

static enum hsm_result mac_verify(const struct soft_call *call)
{
    uint8_t mac[MAC_LEN];

    if (call->command->of.mac.data.len == 0)
        return HSM_FORMAT;
    if (!soft_mac(&call->soft->library, call->keys[0], call->command->of.mac.data, mac))
        return HSM_DOWN;
    return bytes_equal_ct(mac, call->command->of.mac.mac, MAC_LEN) ? HSM_OK : HSM_WRONG;
}

/* clang-format off */
static enum hsm_result (*const handler_table[HSM_KIND_COUNT])(const struct soft_call *call) = {
    [HSM_DIGEST]         = digest,
    [HSM_SIGNATURE_VERIFY] = signature_verify,
    [HSM_MAC_MAKE]       = mac_make,
    [HSM_MAC_VERIFY]     = mac_verify,
    [HSM_PIN_ENCRYPT]    = soft_pin_encrypt,
    [HSM_PIN_TRANSLATE]  = soft_pin_translate,
    [HSM_PIN_VERIFY]     = soft_pin_verify,
    [HSM_PVV_MAKE]       = soft_pvv_make,
    [HSM_CVV_MAKE]       = soft_cvv_make,
    [HSM_CVV_VERIFY]     = soft_cvv_verify,
    [HSM_ARQC_VERIFY]    = soft_arqc_verify,
    [HSM_ARPC_MAKE]      = soft_arpc_make,
    [HSM_ICC_KEY_MAKE]   = soft_icc_key_make,
    [HSM_AC_MAKE]        = soft_ac_make,
    [HSM_ARPC_VERIFY]    = soft_arpc_verify,
    [HSM_WORK_KEYS_MAKE] = soft_work_keys_make,
    [HSM_WORK_KEYS_TAKE] = soft_work_keys_take,
    [HSM_KEY_MAKE]       = soft_key_make,
    [HSM_KEY_COMBINE]    = soft_key_combine,
    [HSM_KEY_CHECK]      = soft_key_check,
    [HSM_KEY_WRAP]       = soft_key_wrap,
    [HSM_KEY_UNWRAP]     = soft_key_unwrap,
    [HSM_TRACK_ENCRYPT]  = soft_track_encrypt,
    [HSM_TRACK_DECRYPT]  = soft_track_decrypt,
    [HSM_PAN_INDEX]      = soft_pan_index,
    [HSM_PAN_PROTECT]    = soft_pan_protect,
    [HSM_PAN_OPEN]       = soft_pan_open,
    [HSM_PASSWORD_MAKE]  = soft_password_make,
    [HSM_PASSWORD_CHECK] = soft_password_check,
};
/* clang-format on */

/* Admits, opens the keys, runs the handler. */
static enum hsm_result answer_one(struct hsm_soft *soft, const struct hsm_command *command,
                                  struct hsm_answer *answer)
{
    struct soft_call call = {.soft = soft, .command = command, .answer = answer};
    const struct hsm_key *keys[HSM_KEYS_MAX];
    enum hsm_result result = hsm_admit(command, soft->realm, &answer->key_index);

    if (result != HSM_OK)
        return result;
    if (handler_table[command->kind] == NULL)
        return HSM_DOWN;
    size_t count = hsm_command_keys(command, keys);
    for (size_t i = 0; i < count; i++) {
        answer->key_index = (uint8_t)i;
        if (soft_cache_get(&soft->cache, &keys[i]->block, &call.keys[i]) != OK)
            return HSM_KEY;
    }
    answer->key_index = 0;
    return handler_table[command->kind](&call);
}

static void execute(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        answers[i] = (struct hsm_answer){.result = HSM_DOWN};
        answers[i].result = answer_one(self, &commands[i], &answers[i]);
        if (answers[i].result == HSM_DOWN)
            ERR_clear_error();
    }
}

struct hsm hsm_soft_contract(struct hsm_soft *soft)
{
    return (struct hsm){.self = soft, .execute = execute};
}

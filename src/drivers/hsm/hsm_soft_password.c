#include "drivers/hsm/hsm_soft_password.h"

#include "base/assert.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>

static bool derive(EVP_KDF *kdf, const struct hsm_command *command, uint8_t *out)
{
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    const struct secret *password = &command->of.password.password;
    unsigned cost = command->of.password.cost;
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, (void *)password->at,
                                          password->len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)command->of.password.salt,
                                          PASSWORD_SALT_LEN),
        OSSL_PARAM_construct_uint(OSSL_KDF_PARAM_ITER, &cost),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    bool done = context != NULL && EVP_KDF_derive(context, out, PASSWORD_HASH_LEN, params) == 1;

    EVP_KDF_CTX_free(context);
    return done;
}

static enum hsm_result hash_of(const struct soft_call *call, uint8_t out[static PASSWORD_HASH_LEN])
{
    const struct hsm_command *command = call->command;
    uint32_t cost = command->of.password.cost;

    if (command->of.password.password.len == 0 || cost < PASSWORD_COST_MIN ||
        cost > PASSWORD_COST_MAX)
        return HSM_FORMAT;
    EVP_KDF *kdf = EVP_KDF_fetch(call->soft->library.context, "PBKDF2", NULL);
    bool done = kdf != NULL && derive(kdf, command, out);
    EVP_KDF_free(kdf);
    return done ? HSM_OK : HSM_DOWN;
}

enum hsm_result soft_password_make(const struct soft_call *call)
{
    return hash_of(call, call->answer->of.password);
}

enum hsm_result soft_password_check(const struct soft_call *call)
{
    uint8_t hash[PASSWORD_HASH_LEN] = {0};
    enum hsm_result result = hash_of(call, hash);

    if (result == HSM_OK &&
        !bytes_equal_ct(hash, call->command->of.password.hash, PASSWORD_HASH_LEN))
        result = HSM_WRONG;
    bytes_wipe(hash, sizeof hash);
    return result;
}

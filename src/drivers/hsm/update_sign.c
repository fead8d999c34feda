#include "drivers/hsm/update_sign.h"

#include <openssl/evp.h>

#define PRIVATE_LEN 32

static EVP_PKEY *key_of(const struct secret *private)
{
    return private->len != PRIVATE_LEN
               ? NULL
               : EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, private->at, PRIVATE_LEN);
}

enum err update_sign_public(const struct secret *private, uint8_t out[static SIGNATURE_PUBLIC_LEN])
{
    size_t len = SIGNATURE_PUBLIC_LEN;
    EVP_PKEY *key = key_of(private);
    bool is_good = key != NULL && EVP_PKEY_get_raw_public_key(key, out, &len) == 1;

    EVP_PKEY_free(key);
    return is_good ? OK : ERR_KEY;
}

enum err update_sign(const struct secret *private, struct bytes data,
                     uint8_t out[static SIGNATURE_LEN])
{
    size_t len = SIGNATURE_LEN;
    EVP_PKEY *key = key_of(private);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good = key != NULL && context != NULL &&
                   EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1 &&
                   EVP_DigestSign(context, out, &len, data.at, data.len) == 1;

    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return is_good ? OK : ERR_KEY;
}

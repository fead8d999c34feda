#include "drivers/hsm/hsm_soft_library.h"

#include "base/assert.h"

#include <openssl/core_names.h>
#include <limits.h>
#include <string.h>

#define DIGEST_ROOM 32 /* the longest MAC, HMAC-SHA-256 */

/* clang-format off */
static const char *const ecb_names[KEY_ALGORITHM_COUNT] = {
    [KEY_DES] = "DES-ECB", [KEY_TDES_2] = "DES-EDE-ECB", [KEY_TDES_3] = "DES-EDE3-ECB",
    [KEY_SM4] = "SM4-ECB", [KEY_AES_128] = "AES-128-ECB", [KEY_AES_256] = "AES-256-ECB",
};
static const char *const cbc_names[KEY_ALGORITHM_COUNT] = {
    [KEY_DES] = "DES-CBC", [KEY_TDES_2] = "DES-EDE-CBC",
};
/* clang-format on */

static bool fetch_ciphers(struct soft_library *library)
{
    for (size_t i = 0; i < KEY_ALGORITHM_COUNT; i++) {
        if (ecb_names[i] != NULL)
            library->ecb[i] = EVP_CIPHER_fetch(library->context, ecb_names[i], NULL);
        if (cbc_names[i] != NULL)
            library->cbc[i] = EVP_CIPHER_fetch(library->context, cbc_names[i], NULL);
        if ((library->ecb[i] == NULL) != (ecb_names[i] == NULL) ||
            (library->cbc[i] == NULL) != (cbc_names[i] == NULL))
            return false;
    }
    library->gcm = EVP_CIPHER_fetch(library->context, "AES-256-GCM", NULL);
    library->cmac = EVP_MAC_fetch(library->context, "CMAC", NULL);
    library->hmac = EVP_MAC_fetch(library->context, "HMAC", NULL);
    library->sha256 = EVP_MD_fetch(library->context, "SHA256", NULL);
    library->sha1 = EVP_MD_fetch(library->context, "SHA1", NULL);
    return library->gcm != NULL && library->cmac != NULL && library->hmac != NULL &&
           library->sha256 != NULL && library->sha1 != NULL;
}

static EVP_CIPHER_CTX *passing_new(const EVP_CIPHER *cipher)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    if (context != NULL && EVP_EncryptInit_ex2(context, cipher, NULL, NULL, NULL) != 1) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    return context;
}

static bool make_passing(struct soft_library *library)
{
    for (size_t i = 0; i < KEY_ALGORITHM_COUNT; i++) {
        if (library->ecb[i] == NULL)
            continue;
        library->passing[i] = passing_new(library->ecb[i]);
        if (library->passing[i] == NULL)
            return false;
    }
    library->passing_chain = passing_new(library->cbc[KEY_DES]);
    return library->passing_chain != NULL;
}

enum err soft_library_open(struct soft_library *library)
{
    *library = (struct soft_library){.context = OSSL_LIB_CTX_new()};
    if (library->context == NULL)
        return ERR_FULL;
    library->usual = OSSL_PROVIDER_load(library->context, "default");
    library->legacy = OSSL_PROVIDER_load(library->context, "legacy");
    if (library->usual == NULL || library->legacy == NULL || !fetch_ciphers(library)) {
        soft_library_close(library);
        return ERR_UNSUPPORTED;
    }
    library->digest = EVP_MD_CTX_new();
    if (library->digest == NULL || !make_passing(library)) {
        soft_library_close(library);
        return ERR_FULL;
    }
    return OK;
}

void soft_library_close(struct soft_library *library)
{
    EVP_CIPHER_CTX_free(library->passing_chain);
    for (size_t i = 0; i < KEY_ALGORITHM_COUNT; i++)
        EVP_CIPHER_CTX_free(library->passing[i]);
    EVP_MD_CTX_free(library->digest);
    EVP_MD_free(library->sha1);
    EVP_MD_free(library->sha256);
    EVP_MAC_free(library->hmac);
    EVP_MAC_free(library->cmac);
    EVP_CIPHER_free(library->gcm);
    for (size_t i = 0; i < KEY_ALGORITHM_COUNT; i++) {
        EVP_CIPHER_free(library->cbc[i]);
        EVP_CIPHER_free(library->ecb[i]);
    }
    if (library->legacy != NULL)
        (void)OSSL_PROVIDER_unload(library->legacy);
    if (library->usual != NULL)
        (void)OSSL_PROVIDER_unload(library->usual);
    OSSL_LIB_CTX_free(library->context);
    *library = (struct soft_library){.context = NULL};
}

/* Of padding only a context that decrypts need be told: what is encrypted are whole blocks, which
 * leave at once, and OpenSSL would look the parameter up by name at each start. */
EVP_CIPHER_CTX *soft_context(const EVP_CIPHER *cipher, const uint8_t *key, bool encrypt)
{
    static const uint8_t zeros[16];
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    if (context == NULL)
        return NULL;
    if (EVP_CipherInit_ex2(context, cipher, key, zeros, encrypt, NULL) != 1 ||
        (!encrypt && EVP_CIPHER_CTX_set_padding(context, 0) != 1)) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    return context;
}

bool soft_blocks(EVP_CIPHER_CTX *context, const uint8_t *in, size_t len, uint8_t *out)
{
    int out_len = 0;

    assert(len <= INT_MAX);
    return EVP_CipherUpdate(context, out, &out_len, in, (int)len) == 1 && (size_t)out_len == len;
}

EVP_CIPHER_CTX *soft_passing(struct soft_library *library, enum key_algorithm algorithm,
                             const uint8_t *key)
{
    EVP_CIPHER_CTX *context = library->passing[algorithm];

    assert(context != NULL);
    return EVP_EncryptInit_ex2(context, NULL, key, NULL, NULL) == 1 ? context : NULL;
}

EVP_CIPHER_CTX *soft_passing_chain(struct soft_library *library, const uint8_t *key)
{
    static const uint8_t zeros[16];
    EVP_CIPHER_CTX *context = library->passing_chain;

    return EVP_EncryptInit_ex2(context, NULL, key, zeros, NULL) == 1 ? context : NULL;
}

bool soft_tdes_once(struct soft_library *library, const struct secret *key, struct bytes blocks,
                    uint8_t *out)
{
    EVP_CIPHER_CTX *context = soft_passing(library, KEY_TDES_2, key->at);

    assert(key->len == key_algorithm_len(KEY_TDES_2));
    return context != NULL && soft_blocks(context, blocks.at, blocks.len, out);
}

bool soft_digest(struct soft_library *library, const EVP_MD *md, const struct bytes parts[static 2],
                 uint8_t *out)
{
    return EVP_DigestInit_ex2(library->digest, md, NULL) == 1 &&
           EVP_DigestUpdate(library->digest, parts[0].at, parts[0].len) == 1 &&
           EVP_DigestUpdate(library->digest, parts[1].at, parts[1].len) == 1 &&
           EVP_DigestFinal_ex(library->digest, out, NULL) == 1;
}

EVP_MAC_CTX *soft_mac_context(const struct soft_library *library, enum key_algorithm algorithm,
                              const struct secret *key)
{
    bool is_hmac = algorithm == KEY_HMAC_256;
    char cipher[] = "AES-128-CBC";
    char digest[] = "SHA256";

    assert(is_hmac || algorithm == KEY_AES_128 || algorithm == KEY_AES_256);
    if (algorithm == KEY_AES_256)
        memcpy(cipher, "AES-256-CBC", sizeof cipher);
    const OSSL_PARAM params[] = {
        is_hmac ? OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0)
                : OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(is_hmac ? library->hmac : library->cmac);
    if (context == NULL)
        return NULL;
    if (EVP_MAC_init(context, key->at, key->len, params) != 1) {
        EVP_MAC_CTX_free(context);
        return NULL;
    }
    return context;
}

bool soft_mac_run(EVP_MAC_CTX *context, struct bytes data, uint8_t *out, size_t out_cap)
{
    size_t out_len = 0;

    return EVP_MAC_init(context, NULL, 0, NULL) == 1 &&
           EVP_MAC_update(context, data.at, data.len) == 1 &&
           EVP_MAC_final(context, out, &out_len, out_cap) == 1;
}

/* The check value of a key that is no block cipher of ECB kind. */
static bool check_by_mac(struct soft_library *library, enum key_algorithm algorithm,
                         const struct secret *key, uint8_t *out)
{
    static const uint8_t zeros[16];
    EVP_MAC_CTX *context = soft_mac_context(library, algorithm, key);
    struct bytes data = bytes_over(zeros, algorithm == KEY_HMAC_256 ? 0 : sizeof zeros);
    bool good = context != NULL && soft_mac_run(context, data, out, DIGEST_ROOM);

    EVP_MAC_CTX_free(context);
    return good;
}

/* Zeros, encrypted. */
static bool check_by_cipher(struct soft_library *library, enum key_algorithm algorithm,
                            const struct secret *key, uint8_t *out)
{
    static const uint8_t zeros[16];
    EVP_CIPHER_CTX *context = soft_passing(library, algorithm, key->at);

    return context != NULL && soft_blocks(context, zeros, key_algorithm_block_len(algorithm), out);
}

bool soft_check_value(struct soft_library *library, enum key_algorithm algorithm,
                      const struct secret *key, uint8_t out[static 4])
{
    uint8_t block[DIGEST_ROOM];
    bool by_mac = algorithm == KEY_AES_128 || algorithm == KEY_AES_256 || algorithm == KEY_HMAC_256;
    bool good = by_mac ? check_by_mac(library, algorithm, key, block)
                       : check_by_cipher(library, algorithm, key, block);

    assert(key->len == key_algorithm_len(algorithm));
    if (good)
        memcpy(out, block, 4);
    bytes_wipe(block, sizeof block);
    return good;
}

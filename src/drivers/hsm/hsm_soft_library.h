/*
 * What is fetched from OpenSSL once: ciphers, digests and MACs in a library context of our own,
 * with the default and the legacy provider; and the few operations made of them without a kept key.
 */
#ifndef DRIVERS_HSM_SOFT_LIBRARY_H
#define DRIVERS_HSM_SOFT_LIBRARY_H

#include "hsm/key_usage.h"
#include "hsm/secret.h"

#include <openssl/evp.h>
#include <openssl/provider.h>

struct soft_library {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *usual;
    OSSL_PROVIDER *legacy;
    EVP_CIPHER *ecb[KEY_ALGORITHM_COUNT]; /* NULL where the algorithm is no cipher */
    EVP_CIPHER *cbc[KEY_ALGORITHM_COUNT]; /* DES and TDES only */
    EVP_CIPHER *gcm;                      /* AES-256 */
    EVP_MAC *cmac;
    EVP_MAC *hmac;
    EVP_MD *sha256;
    EVP_MD *sha1;
    EVP_MD_CTX *digest; /* one for all digests */
    /* For keys that live for one command: to set a key is cheap, to set a cipher is not. */
    EVP_CIPHER_CTX *passing[KEY_ALGORITHM_COUNT]; /* ECB */
    EVP_CIPHER_CTX *passing_chain;                /* DES-CBC */
};

/* ERR_UNSUPPORTED or ERR_FULL; whatever was opened is closed again. */
MUST_USE enum err soft_library_open(struct soft_library *library);
void soft_library_close(struct soft_library *library);

/* A context with the key set, without padding; NULL without memory. */
EVP_CIPHER_CTX *soft_context(const EVP_CIPHER *cipher, const uint8_t *key, bool encrypt);

/* One or more whole blocks through a kept context. False when OpenSSL fails. */
MUST_USE bool soft_blocks(EVP_CIPHER_CTX *context, const uint8_t *in, size_t len, uint8_t *out);

/* The context of an algorithm for keys that live for one command, set to encrypt whole blocks with
 * the key (ECB); NULL when OpenSSL fails. Good until the next call for that algorithm. */
EVP_CIPHER_CTX *soft_passing(struct soft_library *library, enum key_algorithm algorithm,
                             const uint8_t *key);
/* The same of DES-CBC, from a zero chain. */
EVP_CIPHER_CTX *soft_passing_chain(struct soft_library *library, const uint8_t *key);

/* Whole blocks (ECB) encrypted under a double-length TDES key that lives for this call only. */
MUST_USE bool soft_tdes_once(struct soft_library *library, const struct secret *key,
                             struct bytes blocks, uint8_t *out);

/* The digest of two parts; out has room for it. */
MUST_USE bool soft_digest(struct soft_library *library, const EVP_MD *md,
                          const struct bytes parts[static 2], uint8_t *out);

/* The check value of a key: TDES, DES and SM4 encrypt zeros, AES takes the CMAC of zeros (ANSI
 * X9.24-1, TR-31), HMAC keys their HMAC of nothing. */
MUST_USE bool soft_check_value(struct soft_library *library, enum key_algorithm algorithm,
                               const struct secret *key, uint8_t out[static 4]);

/* A MAC context with the key set; NULL without memory. */
EVP_MAC_CTX *soft_mac_context(const struct soft_library *library, enum key_algorithm algorithm,
                              const struct secret *key);

/* The MAC of one part through a kept context; out has room for out_cap >= its length. */
MUST_USE bool soft_mac_run(EVP_MAC_CTX *context, struct bytes data, uint8_t *out, size_t out_cap);

#endif

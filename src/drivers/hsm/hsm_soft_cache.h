/*
 * Opened keys with their ready contexts, found by their whole key block, bounded, oldest unused
 * evicted first (clock). Also the only place that opens and seals key blocks.
 */
#ifndef DRIVERS_HSM_SOFT_CACHE_H
#define DRIVERS_HSM_SOFT_CACHE_H

#include "drivers/hsm/hsm_soft_library.h"
#include "hsm/keyblock.h"

/* An opened key. Contexts are made when first needed; material stays for those made later. */
struct soft_key {
    struct keyblock block;
    struct key_header header;
    struct secret material;
    EVP_CIPHER_CTX *encrypt; /* ECB under the whole key; GCM for a PAN-STORE key */
    EVP_CIPHER_CTX *decrypt;
    EVP_CIPHER_CTX *chain; /* CBC: under the left half for X9.19, CVK; else the whole key */
    EVP_MAC_CTX *mac;      /* CMAC or HMAC */
    uint32_t next;         /* in its bucket: index + 1, 0 at the end */
    bool used;             /* since the clock hand last passed */
    bool taken;
};

struct soft_cache {
    struct soft_key *keys; /* in memory that is locked where allowed, and never dumped */
    uint32_t *buckets;     /* index + 1 */
    size_t len;
    size_t bucket_count; /* a power of two */
    size_t hand;
    EVP_CIPHER_CTX *seal; /* AES-256-GCM under the master key */
    EVP_CIPHER_CTX *open;
    uint8_t generation;
};

MUST_USE enum err soft_cache_open(struct soft_cache *cache, const struct soft_library *library,
                                  const struct secret *master, size_t len);
void soft_cache_close(struct soft_cache *cache);

/* The opened key of a block whose header has been admitted. ERR_KEY when the block does not open
 * under this master key. Valid until HSM_KEYS_MAX other keys have been asked for. */
MUST_USE enum err soft_cache_get(struct soft_cache *cache, const struct keyblock *block,
                                 struct soft_key **out);

/* Seals material under the master key. False when OpenSSL fails. */
MUST_USE bool soft_cache_seal(struct soft_cache *cache, const struct key_header *header,
                              const struct secret *material,
                              const uint8_t nonce[static KEYBLOCK_NONCE_LEN], struct keyblock *out);

/* The contexts of a key, made when first asked for; NULL when OpenSSL fails. */
EVP_CIPHER_CTX *soft_key_encrypt(const struct soft_library *library, struct soft_key *key);
EVP_CIPHER_CTX *soft_key_decrypt(const struct soft_library *library, struct soft_key *key);
EVP_CIPHER_CTX *soft_key_chain(const struct soft_library *library, struct soft_key *key);
EVP_MAC_CTX *soft_key_mac(const struct soft_library *library, struct soft_key *key);

#endif

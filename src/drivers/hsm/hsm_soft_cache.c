#include "drivers/hsm/hsm_soft_cache.h"

#include "base/assert.h"

#include <string.h>
#include <sys/mman.h>

static size_t arena_len(size_t len)
{
    return len * sizeof(struct soft_key);
}

/* Pages for keys: zeroed, locked as far as the process may, left out of core dumps. */
static struct soft_key *arena_open(size_t len)
{
    void *at =
        mmap(NULL, arena_len(len), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED)
        return NULL;
    (void)mlock(at, arena_len(len));
    (void)madvise(at, arena_len(len), MADV_DONTDUMP);
    return at;
}

static size_t bucket_count_for(size_t len)
{
    size_t count = 1;

    while (count < 2 * len)
        count *= 2;
    return count;
}

static EVP_CIPHER_CTX *master_context(const struct soft_library *library,
                                      const struct secret *master, bool encrypt)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    if (context != NULL &&
        EVP_CipherInit_ex2(context, library->gcm, master->at, NULL, encrypt, NULL) != 1) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    return context;
}

enum err soft_cache_open(struct soft_cache *cache, const struct soft_library *library,
                         const struct secret *master, size_t len)
{
    assert(len >= 8); /* more than the keys of one command */
    assert(master->len == 32);
    *cache = (struct soft_cache){.len = len, .bucket_count = bucket_count_for(len)};
    cache->keys = arena_open(len);
    cache->buckets = OPENSSL_zalloc(cache->bucket_count * sizeof *cache->buckets);
    cache->seal = master_context(library, master, true);
    cache->open = master_context(library, master, false);
    if (cache->keys != NULL && cache->buckets != NULL && cache->seal != NULL && cache->open != NULL)
        return OK;
    soft_cache_close(cache);
    return ERR_FULL;
}

/* Frees contexts (which wipe themselves) and wipes the rest. */
static void key_drop(struct soft_key *key)
{
    EVP_CIPHER_CTX_free(key->encrypt);
    EVP_CIPHER_CTX_free(key->decrypt);
    EVP_CIPHER_CTX_free(key->chain);
    EVP_MAC_CTX_free(key->mac);
    bytes_wipe(key, sizeof *key);
}

void soft_cache_close(struct soft_cache *cache)
{
    for (size_t i = 0; cache->keys != NULL && i < cache->len; i++)
        key_drop(&cache->keys[i]);
    if (cache->keys != NULL)
        (void)munmap(cache->keys, arena_len(cache->len));
    OPENSSL_free(cache->buckets);
    EVP_CIPHER_CTX_free(cache->seal);
    EVP_CIPHER_CTX_free(cache->open);
    *cache = (struct soft_cache){.len = 0};
}

/* The tag is as good as random, so a piece of it is a hash. */
static uint32_t *bucket_of(const struct soft_cache *cache, const struct keyblock *block)
{
    size_t hash = bytes_get_u32(block->at + KEYBLOCK_LEN - KEYBLOCK_TAG_LEN);

    return &cache->buckets[hash & (cache->bucket_count - 1)];
}

static struct soft_key *find(const struct soft_cache *cache, const struct keyblock *block)
{
    for (uint32_t at = *bucket_of(cache, block); at != 0; at = cache->keys[at - 1].next) {
        struct soft_key *key = &cache->keys[at - 1];

        if (memcmp(key->block.at, block->at, KEYBLOCK_LEN) == 0)
            return key;
    }
    return NULL;
}

static void unlink_key(struct soft_cache *cache, struct soft_key *key)
{
    uint32_t index = (uint32_t)(key - cache->keys) + 1;
    uint32_t *link = bucket_of(cache, &key->block);

    while (*link != index) {
        assert(*link != 0);
        link = &cache->keys[*link - 1].next;
    }
    *link = key->next;
}

/* A place for a new key: the first that was not used since the hand passed it. */
static struct soft_key *place(struct soft_cache *cache)
{
    for (;;) {
        struct soft_key *key = &cache->keys[cache->hand];

        cache->hand = (cache->hand + 1) % cache->len;
        if (key->taken && key->used) {
            key->used = false;
            continue;
        }
        if (key->taken) {
            unlink_key(cache, key);
            key_drop(key);
        }
        return key;
    }
}

/* Opens the sealed part of a block with its header as authenticated data. */
static bool open_block(struct soft_cache *cache, const struct keyblock *block, uint8_t *out)
{
    const uint8_t *nonce = block->at + KEYBLOCK_HEADER_LEN;
    const uint8_t *sealed = nonce + KEYBLOCK_NONCE_LEN;
    uint8_t tag[KEYBLOCK_TAG_LEN];
    int len = 0;

    memcpy(tag, sealed + KEYBLOCK_SEALED_LEN, sizeof tag);
    return EVP_DecryptInit_ex2(cache->open, NULL, NULL, nonce, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(cache->open, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
           EVP_DecryptUpdate(cache->open, NULL, &len, block->at, KEYBLOCK_HEADER_LEN) == 1 &&
           EVP_DecryptUpdate(cache->open, out, &len, sealed, KEYBLOCK_SEALED_LEN) == 1 &&
           EVP_DecryptFinal_ex(cache->open, out + len, &len) == 1;
}

enum err soft_cache_get(struct soft_cache *cache, const struct keyblock *block,
                        struct soft_key **out)
{
    struct soft_key *key = find(cache, block);
    struct key_header header;
    struct secret material SECRET_WIPED = {.len = 0};

    if (key != NULL) {
        key->used = true;
        *out = key;
        return OK;
    }
    TRY(keyblock_header(block, &header));
    material.len = (uint8_t)key_algorithm_len(header.algorithm);
    if (header.master != cache->generation || !open_block(cache, block, material.at))
        return ERR_KEY;
    key = place(cache);
    *key = (struct soft_key){.block = *block, .header = header, .material = material};
    key->used = true;
    key->taken = true;
    key->next = *bucket_of(cache, block);
    *bucket_of(cache, block) = (uint32_t)(key - cache->keys) + 1;
    *out = key;
    return OK;
}

bool soft_cache_seal(struct soft_cache *cache, const struct key_header *header,
                     const struct secret *material, const uint8_t nonce[static KEYBLOCK_NONCE_LEN],
                     struct keyblock *out)
{
    struct keyblock block = {{0}};
    uint8_t *sealed = block.at + KEYBLOCK_HEADER_LEN + KEYBLOCK_NONCE_LEN;
    int len = 0;

    assert(material->len == key_algorithm_len(header->algorithm));
    keyblock_put_header(header, &block);
    memcpy(block.at + KEYBLOCK_HEADER_LEN, nonce, KEYBLOCK_NONCE_LEN);
    if (EVP_EncryptInit_ex2(cache->seal, NULL, NULL, nonce, NULL) != 1 ||
        EVP_EncryptUpdate(cache->seal, NULL, &len, block.at, KEYBLOCK_HEADER_LEN) != 1 ||
        EVP_EncryptUpdate(cache->seal, sealed, &len, material->at, KEYBLOCK_SEALED_LEN) != 1 ||
        EVP_EncryptFinal_ex(cache->seal, sealed + len, &len) != 1 ||
        EVP_CIPHER_CTX_ctrl(cache->seal, EVP_CTRL_AEAD_GET_TAG, KEYBLOCK_TAG_LEN,
                            sealed + KEYBLOCK_SEALED_LEN) != 1)
        return false;
    *out = block;
    return true;
}

EVP_CIPHER_CTX *soft_key_encrypt(const struct soft_library *library, struct soft_key *key)
{
    const EVP_CIPHER *cipher =
        key->header.usage == KEY_PAN_STORE ? library->gcm : library->ecb[key->header.algorithm];

    assert(cipher != NULL);
    if (key->encrypt == NULL)
        key->encrypt = soft_context(cipher, key->material.at, true);
    return key->encrypt;
}

EVP_CIPHER_CTX *soft_key_decrypt(const struct soft_library *library, struct soft_key *key)
{
    const EVP_CIPHER *cipher =
        key->header.usage == KEY_PAN_STORE ? library->gcm : library->ecb[key->header.algorithm];

    assert(cipher != NULL);
    if (key->decrypt == NULL)
        key->decrypt = soft_context(cipher, key->material.at, false);
    return key->decrypt;
}

static bool chains_left_half(const struct soft_key *key)
{
    return key->header.usage == KEY_CVK || key->header.mode == KEY_MAC_X9_19 ||
           key->header.mode == KEY_MAC_X9_19_PAD_2;
}

EVP_CIPHER_CTX *soft_key_chain(const struct soft_library *library, struct soft_key *key)
{
    enum key_algorithm algorithm = chains_left_half(key) ? KEY_DES : key->header.algorithm;

    assert(library->cbc[algorithm] != NULL);
    if (key->chain == NULL)
        key->chain = soft_context(library->cbc[algorithm], key->material.at, true);
    return key->chain;
}

EVP_MAC_CTX *soft_key_mac(const struct soft_library *library, struct soft_key *key)
{
    if (key->mac == NULL)
        key->mac = soft_mac_context(library, key->header.algorithm, &key->material);
    return key->mac;
}

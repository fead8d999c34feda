#include "drivers/hsm/hsm_soft_mac.h"

#include "base/assert.h"

#include <string.h>

#define CHUNK_LEN 512 /* of a message at a time through CBC, whose output nobody needs */

static void xor_into(uint8_t *at, const uint8_t *with, size_t len)
{
    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)(at[i] ^ with[i]);
}

/* UnionPay POS: the folded message as hex, its first half encrypted, XORed with the second,
 * encrypted again; the MAC is the beginning of the result as hex characters. */
static bool mac_by_fold(struct soft_library *library, struct soft_key *key, struct bytes data,
                        uint8_t *out)
{
    size_t block_len = key_algorithm_block_len(key->header.algorithm);
    EVP_CIPHER_CTX *context = soft_key_encrypt(library, key);
    uint8_t text[32];
    uint8_t block[16];

    mac_fold(data, block_len, text);
    if (context == NULL || !soft_blocks(context, text, block_len, block))
        return false;
    xor_into(block, text + block_len, block_len);
    if (!soft_blocks(context, block, block_len, block))
        return false;
    bytes_to_hex(block, MAC_LEN / 2, (char *)out);
    return true;
}

/* Starts a kept CBC context anew, from a zero chain. */
static bool chain_restart(EVP_CIPHER_CTX *context)
{
    static const uint8_t zeros[16];

    return context != NULL && EVP_EncryptInit_ex2(context, NULL, NULL, zeros, NULL) == 1;
}

/* Runs whole blocks through CBC and leaves the last output block in `last`. */
static bool chain_blocks(EVP_CIPHER_CTX *context, struct bytes blocks, uint8_t last[static 8])
{
    uint8_t scratch[CHUNK_LEN];

    assert(blocks.len % 8 == 0);
    for (size_t at = 0; at < blocks.len; at += CHUNK_LEN) {
        size_t len = blocks.len - at < CHUNK_LEN ? blocks.len - at : CHUNK_LEN;

        if (!soft_blocks(context, blocks.at + at, len, scratch))
            return false;
        memcpy(last, scratch + len - 8, 8);
    }
    return true;
}

/* How many bytes stand before the last block once the data is padded; that block goes into last. */
static size_t split_padded(struct bytes data, bool pad_80, uint8_t last[static 8])
{
    size_t left = data.len % 8;

    if (left == 0 && data.len > 0 && !pad_80)
        left = 8;
    memset(last, 0, 8);
    if (left > 0)
        memcpy(last, data.at + data.len - left, left);
    if (pad_80)
        last[left] = 0x80;
    return data.len - left;
}

/* X9.9 and X9.19: all blocks but the last through `chain`; the last, XORed with what came out,
 * through `final`, which for X9.19 is the triple that ends it. */
static bool mac_by_chain(EVP_CIPHER_CTX *chain, EVP_CIPHER_CTX *final, struct bytes data,
                         bool pad_80, uint8_t *out)
{
    uint8_t last[8];
    uint8_t before[8] = {0};
    size_t whole = split_padded(data, pad_80, last);

    if (!chain_restart(chain) || final == NULL)
        return false;
    if (!chain_blocks(chain, bytes_over(data.at, whole), before))
        return false;
    xor_into(last, before, sizeof last);
    return soft_blocks(final, last, sizeof last, out);
}

bool soft_mac(struct soft_library *library, struct soft_key *key, struct bytes data,
              uint8_t out[static MAC_LEN])
{
    struct mac_rule rule = mac_rule_of(key->header.mode);
    uint8_t whole[16];
    EVP_MAC_CTX *cmac;

    switch (rule.shape) {
    case MAC_SHAPE_FOLD:
        return mac_by_fold(library, key, data, out);
    case MAC_SHAPE_CBC:
    case MAC_SHAPE_RETAIL:
        return mac_by_chain(soft_key_chain(library, key), soft_key_encrypt(library, key), data,
                            rule.pad_80, out);
    case MAC_SHAPE_CMAC:
        cmac = soft_key_mac(library, key);
        if (cmac == NULL || !soft_mac_run(cmac, data, whole, sizeof whole))
            return false;
        memcpy(out, whole, MAC_LEN);
        return true;
    case MAC_SHAPE_NONE:
        break;
    }
    return false;
}

bool soft_retail_once(struct soft_library *library, const struct secret *key, struct bytes blocks,
                      uint8_t out[static MAC_LEN])
{
    EVP_CIPHER_CTX *chain = soft_passing_chain(library, key->at);
    struct bytes body = bytes_over(blocks.at, blocks.len - 8);
    uint8_t last[8];
    uint8_t before[8] = {0};

    assert(blocks.len >= 8);
    assert(blocks.len % 8 == 0);
    if (chain == NULL || !chain_blocks(chain, body, before))
        return false;
    memcpy(last, blocks.at + body.len, sizeof last);
    xor_into(last, before, sizeof last);
    return soft_tdes_once(library, key, bytes_over(last, sizeof last), out);
}

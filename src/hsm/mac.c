#include "hsm/mac.h"

#include "base/assert.h"

#include <string.h>

/* clang-format off */
static const struct mac_rule mac_rule_table[KEY_MODE_COUNT] = {
    [KEY_MAC_CUP_ECB]     = {MAC_SHAPE_FOLD,   .pad_80 = false},
    [KEY_MAC_CUP_SM4]     = {MAC_SHAPE_FOLD,   .pad_80 = false},
    [KEY_MAC_X9_9]        = {MAC_SHAPE_CBC,    .pad_80 = false},
    [KEY_MAC_X9_9_PAD_2]  = {MAC_SHAPE_CBC,    .pad_80 = true},
    [KEY_MAC_X9_19]       = {MAC_SHAPE_RETAIL, .pad_80 = false},
    [KEY_MAC_X9_19_PAD_2] = {MAC_SHAPE_RETAIL, .pad_80 = true},
    [KEY_MAC_CMAC]        = {MAC_SHAPE_CMAC,   .pad_80 = false},
};
/* clang-format on */

struct mac_rule mac_rule_of(enum key_mode mode)
{
    assert(mode < KEY_MODE_COUNT);
    return mac_rule_table[mode];
}

void mac_fold(struct bytes data, size_t block_len, uint8_t *out)
{
    uint64_t folded[2] = {0};
    uint8_t tail[16] = {0};
    size_t whole = data.len / sizeof tail * sizeof tail;

    assert(block_len == 8 || block_len == 16);
    for (size_t i = 0; i < whole; i += sizeof tail) {
        uint64_t words[2];

        memcpy(words, data.at + i, sizeof words);
        folded[0] ^= words[0];
        folded[1] ^= words[1];
    }
    if (data.len > whole)
        memcpy(tail, data.at + whole, data.len - whole);
    for (size_t i = 0; i < sizeof tail; i++)
        tail[i] = (uint8_t)(tail[i] ^ ((const uint8_t *)folded)[i]);
    for (size_t i = 0; block_len == 8 && i < 8; i++)
        tail[i] = (uint8_t)(tail[i] ^ tail[i + 8]);
    bytes_to_hex(tail, block_len, (char *)out);
}

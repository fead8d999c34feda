#include "hsm/mac.h"

#include "base/assert.h"

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
    uint8_t folded[16] = {0};

    assert(block_len == 8 || block_len == 16);
    for (size_t i = 0; i < data.len; i++)
        folded[i % block_len] = (uint8_t)(folded[i % block_len] ^ data.at[i]);
    bytes_to_hex(folded, block_len, (char *)out);
}

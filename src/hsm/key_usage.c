#include "hsm/key_usage.h"

#include "base/assert.h"
#include "base/bytes.h"

#include <string.h>

#define BIT(n) (1U << (n))
#define TDES (BIT(KEY_TDES_2) | BIT(KEY_TDES_3))
#define WRAPPING (TDES | BIT(KEY_SM4) | BIT(KEY_AES_128) | BIT(KEY_AES_256))
#define PIN_ISO (BIT(KEY_PIN_ISO_0) | BIT(KEY_PIN_ISO_4))
#define PIN_CIPHERS (BIT(KEY_DES) | BIT(KEY_TDES_2) | BIT(KEY_SM4) | BIT(KEY_AES_128))
#define MAC_ANY                                                                                    \
    (BIT(KEY_MAC_CUP_ECB) | BIT(KEY_MAC_CUP_SM4) | BIT(KEY_MAC_X9_9) | BIT(KEY_MAC_X9_9_PAD_2) |   \
     BIT(KEY_MAC_X9_19) | BIT(KEY_MAC_X9_19_PAD_2) | BIT(KEY_MAC_CMAC))
#define MAC_CIPHERS (PIN_CIPHERS | BIT(KEY_AES_256))
#define PVKI_ANY                                                                                   \
    (BIT(KEY_PVKI_1) | BIT(KEY_PVKI_2) | BIT(KEY_PVKI_3) | BIT(KEY_PVKI_4) | BIT(KEY_PVKI_5) |     \
     BIT(KEY_PVKI_6))

/* clang-format off */
static const struct {
    const char *letters;
    const char *text;
    uint32_t algorithms;
    uint32_t modes;
} key_usage_table[KEY_USAGE_COUNT] = {
#define ROW_TEXT(name, letters_, text_) [name].letters = letters_, [name].text = text_,
    KEY_USAGE_TABLE(ROW_TEXT)
#undef ROW_TEXT
    [KEY_TMK].algorithms       = WRAPPING,              [KEY_TMK].modes       = BIT(KEY_MODE_NONE),
    [KEY_PIK].algorithms       = PIN_CIPHERS,           [KEY_PIK].modes       = PIN_ISO,
    [KEY_MAK].algorithms       = MAC_CIPHERS,           [KEY_MAK].modes       = MAC_ANY,
    [KEY_TDK].algorithms       = BIT(KEY_TDES_2) | BIT(KEY_SM4),
                                                        [KEY_TDK].modes       = BIT(KEY_MODE_NONE),
    [KEY_ZMK].algorithms       = WRAPPING,              [KEY_ZMK].modes       = BIT(KEY_MODE_NONE),
    [KEY_ZPK].algorithms       = PIN_CIPHERS & ~BIT(KEY_DES),
                                                        [KEY_ZPK].modes       = PIN_ISO,
    [KEY_ZAK].algorithms       = MAC_CIPHERS,           [KEY_ZAK].modes       = MAC_ANY,
    [KEY_PVK].algorithms       = BIT(KEY_TDES_2),       [KEY_PVK].modes       = PVKI_ANY,
    [KEY_CVK].algorithms       = BIT(KEY_TDES_2),       [KEY_CVK].modes       = BIT(KEY_MODE_NONE),
    [KEY_IMK_AC].algorithms    = BIT(KEY_TDES_2),       [KEY_IMK_AC].modes    =
                                                BIT(KEY_ICC_OPTION_A) | BIT(KEY_ICC_OPTION_B),
    [KEY_ICC_AC].algorithms    = BIT(KEY_TDES_2),       [KEY_ICC_AC].modes    = BIT(KEY_MODE_NONE),
    [KEY_PAN_STORE].algorithms = BIT(KEY_AES_256),      [KEY_PAN_STORE].modes = BIT(KEY_MODE_NONE),
    [KEY_PAN_INDEX].algorithms = BIT(KEY_HMAC_256),     [KEY_PAN_INDEX].modes = BIT(KEY_MODE_NONE),
};

static const struct {
    const char *text;
    uint8_t len;
    uint8_t block_len;
    uint8_t strength; /* after NIST SP 800-57 part 1, table 2: order only */
} algorithm_table[KEY_ALGORITHM_COUNT] = {
    [KEY_ALGORITHM_NONE] = {"none",        0,  0,  0},
    [KEY_DES]            = {"DES",         8,  8,  1},
    [KEY_TDES_2]         = {"TDES-2",      16, 8,  2},
    [KEY_TDES_3]         = {"TDES-3",      24, 8,  3},
    [KEY_SM4]            = {"SM4",         16, 16, 4},
    [KEY_AES_128]        = {"AES-128",     16, 16, 4},
    [KEY_AES_256]        = {"AES-256",     32, 16, 5},
    [KEY_HMAC_256]       = {"HMAC-SHA256", 32, 0,  5},
};

/* Which algorithms carry a mode. */
static const struct {
    const char *text;
    uint32_t algorithms;
} key_mode_table[KEY_MODE_COUNT] = {
    [KEY_MODE_NONE]       = {"-",           ~0U},
    [KEY_PIN_ISO_0]       = {"ISO 0",       BIT(KEY_DES) | BIT(KEY_TDES_2)},
    [KEY_PIN_ISO_4]       = {"ISO 4",       BIT(KEY_AES_128) | BIT(KEY_SM4)},
    [KEY_MAC_CUP_ECB]     = {"CUP ECB",     BIT(KEY_DES) | BIT(KEY_TDES_2)},
    [KEY_MAC_CUP_SM4]     = {"CUP SM4",     BIT(KEY_SM4)},
    [KEY_MAC_X9_9]        = {"X9.9",        BIT(KEY_DES) | BIT(KEY_TDES_2)},
    [KEY_MAC_X9_9_PAD_2]  = {"X9.9 pad 2",  BIT(KEY_DES) | BIT(KEY_TDES_2)},
    [KEY_MAC_X9_19]       = {"X9.19",       BIT(KEY_TDES_2)},
    [KEY_MAC_X9_19_PAD_2] = {"X9.19 pad 2", BIT(KEY_TDES_2)},
    [KEY_MAC_CMAC]        = {"CMAC",        BIT(KEY_AES_128) | BIT(KEY_AES_256)},
    [KEY_PVKI_1]          = {"PVKI 1",      BIT(KEY_TDES_2)},
    [KEY_PVKI_2]          = {"PVKI 2",      BIT(KEY_TDES_2)},
    [KEY_PVKI_3]          = {"PVKI 3",      BIT(KEY_TDES_2)},
    [KEY_PVKI_4]          = {"PVKI 4",      BIT(KEY_TDES_2)},
    [KEY_PVKI_5]          = {"PVKI 5",      BIT(KEY_TDES_2)},
    [KEY_PVKI_6]          = {"PVKI 6",      BIT(KEY_TDES_2)},
    [KEY_ICC_OPTION_A]    = {"option A",    BIT(KEY_TDES_2)},
    [KEY_ICC_OPTION_B]    = {"option B",    BIT(KEY_TDES_2)},
};

/* Weak, then semi-weak DES keys (NIST SP 800-67, 3.4.2). */
static const uint8_t weak_table[][8] = {
    {0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01},
    {0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE},
    {0xE0, 0xE0, 0xE0, 0xE0, 0xF1, 0xF1, 0xF1, 0xF1},
    {0x1F, 0x1F, 0x1F, 0x1F, 0x0E, 0x0E, 0x0E, 0x0E},
    {0x01, 0x1F, 0x01, 0x1F, 0x01, 0x0E, 0x01, 0x0E},
    {0x1F, 0x01, 0x1F, 0x01, 0x0E, 0x01, 0x0E, 0x01},
    {0x01, 0xE0, 0x01, 0xE0, 0x01, 0xF1, 0x01, 0xF1},
    {0xE0, 0x01, 0xE0, 0x01, 0xF1, 0x01, 0xF1, 0x01},
    {0x01, 0xFE, 0x01, 0xFE, 0x01, 0xFE, 0x01, 0xFE},
    {0xFE, 0x01, 0xFE, 0x01, 0xFE, 0x01, 0xFE, 0x01},
    {0x1F, 0xE0, 0x1F, 0xE0, 0x0E, 0xF1, 0x0E, 0xF1},
    {0xE0, 0x1F, 0xE0, 0x1F, 0xF1, 0x0E, 0xF1, 0x0E},
    {0x1F, 0xFE, 0x1F, 0xFE, 0x0E, 0xFE, 0x0E, 0xFE},
    {0xFE, 0x1F, 0xFE, 0x1F, 0xFE, 0x0E, 0xFE, 0x0E},
    {0xE0, 0xFE, 0xE0, 0xFE, 0xF1, 0xFE, 0xF1, 0xFE},
    {0xFE, 0xE0, 0xFE, 0xE0, 0xFE, 0xF1, 0xFE, 0xF1},
};
/* clang-format on */

size_t key_algorithm_len(enum key_algorithm algorithm)
{
    assert(algorithm < KEY_ALGORITHM_COUNT);
    return algorithm_table[algorithm].len;
}

size_t key_algorithm_block_len(enum key_algorithm algorithm)
{
    assert(algorithm < KEY_ALGORITHM_COUNT);
    return algorithm_table[algorithm].block_len;
}

unsigned key_algorithm_strength(enum key_algorithm algorithm)
{
    assert(algorithm < KEY_ALGORITHM_COUNT);
    return algorithm_table[algorithm].strength;
}

bool key_usage_allows(enum key_usage usage, enum key_algorithm algorithm, enum key_mode mode)
{
    if (usage >= KEY_USAGE_COUNT || algorithm >= KEY_ALGORITHM_COUNT || mode >= KEY_MODE_COUNT)
        return false;
    return (key_usage_table[usage].algorithms & BIT(algorithm)) != 0 &&
           (key_usage_table[usage].modes & BIT(mode)) != 0 &&
           (key_mode_table[mode].algorithms & BIT(algorithm)) != 0;
}

static bool des_parts_equal(const uint8_t *a, const uint8_t *b)
{
    uint8_t different = 0;

    for (size_t i = 0; i < 8; i++)
        different = (uint8_t)(different | ((a[i] ^ b[i]) & 0xFE));
    return different == 0;
}

static bool des_part_is_weak(const uint8_t *part)
{
    bool weak = false;

    for (size_t i = 0; i < ARRAY_COUNT(weak_table); i++)
        weak |= des_parts_equal(part, weak_table[i]);
    return weak;
}

static bool is_des(enum key_algorithm algorithm)
{
    return algorithm == KEY_DES || algorithm == KEY_TDES_2 || algorithm == KEY_TDES_3;
}

bool key_material_is_good(enum key_algorithm algorithm, const uint8_t *material, size_t len)
{
    bool good = true;

    if (len == 0 || len != key_algorithm_len(algorithm))
        return false;
    for (size_t at = 0; is_des(algorithm) && at < len; at += 8) {
        good &= !des_part_is_weak(material + at);
        for (size_t other = 0; other < at; other += 8)
            good &= !des_parts_equal(material + at, material + other);
    }
    return good;
}

void key_set_odd_parity(uint8_t *material, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t bits = material[i] >> 1;

        bits = (uint8_t)(bits ^ (bits >> 4));
        bits = (uint8_t)(bits ^ (bits >> 2));
        bits = (uint8_t)(bits ^ (bits >> 1));
        material[i] = (uint8_t)((material[i] & 0xFE) | (~bits & 1));
    }
}

const char *key_usage_letters(enum key_usage usage)
{
    assert(usage < KEY_USAGE_COUNT);
    return key_usage_table[usage].letters;
}

const char *key_usage_text(enum key_usage usage)
{
    assert(usage < KEY_USAGE_COUNT);
    return key_usage_table[usage].text;
}

const char *key_algorithm_text(enum key_algorithm algorithm)
{
    assert(algorithm < KEY_ALGORITHM_COUNT);
    return algorithm_table[algorithm].text;
}

const char *key_mode_text(enum key_mode mode)
{
    assert(mode < KEY_MODE_COUNT);
    return key_mode_table[mode].text;
}

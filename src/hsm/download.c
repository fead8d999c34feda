#include "hsm/download.h"

#include "base/assert.h"

/* One row for each layout: what its two or three keys are. */
/* clang-format off */
static const struct {
    const char *text;
    enum key_algorithm algorithm;     /* of PIK and TDK */
    enum key_algorithm mac_algorithm;
    uint8_t key_count;
    uint8_t slot_len;
    uint8_t check_len;
} layout_table[DOWNLOAD_LAYOUT_COUNT] = {
    [DOWNLOAD_24]       = {"001 (24, single-length keys)",     KEY_DES,    KEY_DES,    2, 8,  4},
    [DOWNLOAD_40_SHORT] = {"003 (40, single-length MAK)",      KEY_TDES_2, KEY_DES,    2, 16, 4},
    [DOWNLOAD_40]       = {"003 (40)",                         KEY_TDES_2, KEY_TDES_2, 2, 16, 4},
    [DOWNLOAD_60_SHORT] = {"004 (60, single-length MAK)",      KEY_TDES_2, KEY_DES,    3, 16, 4},
    [DOWNLOAD_60]       = {"004 (60)",                         KEY_TDES_2, KEY_TDES_2, 3, 16, 4},
    [DOWNLOAD_SM4_40]   = {"005 (40, SM4)",                    KEY_SM4,    KEY_SM4,    2, 16, 4},
    [DOWNLOAD_SM4_60]   = {"006 (60, SM4)",                    KEY_SM4,    KEY_SM4,    3, 16, 4},
    [DOWNLOAD_SM4_57]   = {"011 (57, SM4, short check value)", KEY_SM4,    KEY_SM4,    3, 16, 3},
};
/* clang-format on */

const char *download_layout_text(enum download_layout layout)
{
    assert(layout < DOWNLOAD_LAYOUT_COUNT);
    return layout_table[layout].text;
}

size_t download_len(enum download_layout layout)
{
    assert(layout < DOWNLOAD_LAYOUT_COUNT);
    return (size_t)layout_table[layout].key_count *
           (size_t)(layout_table[layout].slot_len + layout_table[layout].check_len);
}

size_t download_key_count(enum download_layout layout)
{
    assert(layout < DOWNLOAD_LAYOUT_COUNT);
    return layout_table[layout].key_count;
}

struct download_key download_key_at(enum download_layout layout, enum key_usage master,
                                    size_t index)
{
    static const enum key_usage terminal[] = {KEY_PIK, KEY_MAK, KEY_TDK};
    static const enum key_usage zone[] = {KEY_ZPK, KEY_ZAK, KEY_NONE};

    assert(layout < DOWNLOAD_LAYOUT_COUNT);
    assert(index < layout_table[layout].key_count);
    assert(master == KEY_TMK || master == KEY_ZMK);
    return (struct download_key){
        .usage = master == KEY_TMK ? terminal[index] : zone[index],
        .algorithm =
            index == 1 ? layout_table[layout].mac_algorithm : layout_table[layout].algorithm,
        .offset = (uint8_t)(index * (size_t)(layout_table[layout].slot_len +
                                             layout_table[layout].check_len)),
        .slot_len = layout_table[layout].slot_len,
        .check_len = layout_table[layout].check_len,
    };
}

/* Whether the second half of the MAK's slot is zero fill, as a single-length MAK has it. */
static bool mac_key_is_short(struct bytes download, enum download_layout layout)
{
    static const uint8_t zeros[DOWNLOAD_SLOT_MAX / 2];
    struct download_key mac = download_key_at(layout, KEY_TMK, 1);
    bool fill = bytes_equal(
        bytes_over(download.at + mac.offset + mac.slot_len / 2, (size_t)mac.slot_len / 2),
        bytes_over(zeros, (size_t)mac.slot_len / 2));

    return mac.slot_len == DOWNLOAD_SLOT_MAX && fill;
}

enum err download_recognise(struct bytes download, enum key_algorithm master,
                            enum download_layout *out)
{
    for (int i = 0; i < DOWNLOAD_LAYOUT_COUNT; i++) {
        enum download_layout layout = (enum download_layout)i;
        bool single = layout_table[i].mac_algorithm == KEY_DES && layout != DOWNLOAD_24;

        if (download_len(layout) != download.len)
            continue;
        if ((master == KEY_SM4) != (layout_table[i].algorithm == KEY_SM4))
            continue;
        if (single != mac_key_is_short(download, layout))
            continue;
        *out = layout;
        return OK;
    }
    return ERR_BAD_LENGTH;
}

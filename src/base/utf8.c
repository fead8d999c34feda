#include "base/utf8.h"

#include "base/assert.h"

/* How many bytes a character takes that starts so; 0: none starts so. */
static size_t len_of(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static bool is_character(uint32_t code, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    return code >= least[len] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

uint32_t utf8_first(struct bytes at, size_t *out_len)
{
    assert(at.len > 0);
    size_t len = len_of(at.at[0]);

    *out_len = 1;
    if (len == 0 || len > at.len)
        return UTF8_WRONG;
    if (len == 1)
        return at.at[0];
    uint32_t code = at.at[0] & (0x7FU >> len);
    for (size_t i = 1; i < len; i++) {
        if ((at.at[i] & 0xC0) != 0x80)
            return UTF8_WRONG;
        code = code << 6 | (at.at[i] & 0x3FU);
    }
    if (!is_character(code, len))
        return UTF8_WRONG;
    *out_len = len;
    return code;
}

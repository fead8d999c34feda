#include "view/column.h"

#include "base/assert.h"

struct range {
    uint32_t first;
    uint32_t last;
};

static const struct range wide[] = {
    {0x1100, 0x115F}, {0x2E80, 0x303E}, {0x3041, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x20000, 0x3FFFD},
};
static const struct range narrowest[] = {
    {0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF},
};

static bool is_within(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    }
    return false;
}

/* The code point at the front; a broken one is its first byte alone. */
static uint32_t take(struct bytes text, size_t *len)
{
    uint8_t first = text.at[0];
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    uint32_t code = first & (0x3FU >> more);

    *len = 1;
    if (first < 0x80)
        return first;
    if (more == 0 || more >= text.len)
        return 0xFFFD;
    for (size_t i = 1; i <= more; i++) {
        if ((text.at[i] & 0xC0) != 0x80)
            return 0xFFFD;
        code = code << 6 | (text.at[i] & 0x3FU);
    }
    if (code < least[more] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return 0xFFFD;
    *len = more + 1;
    return code;
}

size_t column_next(struct bytes text, unsigned *columns)
{
    size_t len;

    assert(text.len > 0);
    uint32_t code = take(text, &len);
    *columns = is_within(wide, ARRAY_COUNT(wide), code)             ? 2
               : is_within(narrowest, ARRAY_COUNT(narrowest), code) ? 0
                                                                    : 1;
    return len;
}

size_t column_count(struct bytes text)
{
    size_t count = 0;

    for (size_t at = 0; at < text.len;) {
        unsigned columns;
        at += column_next(bytes_over(text.at + at, text.len - at), &columns);
        count += columns;
    }
    return count;
}

size_t column_break(struct bytes text, unsigned columns, size_t *skip)
{
    size_t at = 0;
    size_t best = 0;
    unsigned used = 0;

    *skip = 0;
    while (at < text.len) {
        unsigned width;
        size_t len = column_next(bytes_over(text.at + at, text.len - at), &width);

        if (at > 0 && (text.at[at] == ' ' || width == 2))
            best = at;
        if (used + width > columns && at > 0)
            break;
        used += width;
        at += len;
        if (width == 2)
            best = at;
    }
    if (at < text.len && best > 0)
        at = best;
    while (at > 1 && text.at[at - 1] == ' ')
        at--;
    while (at + *skip < text.len && text.at[at + *skip] == ' ')
        (*skip)++;
    return at;
}

#include "wire/gbk.h"

#include "base/assert.h"

#include "wire/gbk_table.h"

#define LEAD_MIN 0x81
#define TRAIL_MIN 0x40

/* The code point at the front and its length in bytes; 0 when there is no GBK character. */
static unsigned take(struct bytes gbk, size_t *len)
{
    unsigned lead = gbk.at[0];
    unsigned trail = gbk.len > 1 ? gbk.at[1] : 0;

    *len = 1;
    if (lead < 0x80)
        return lead;
    if (lead < LEAD_MIN || lead == 0xFF || trail < TRAIL_MIN || trail == 0xFF)
        return 0;
    *len = 2;
    return gbk_unicode[lead - LEAD_MIN][trail - TRAIL_MIN];
}

static void add_utf8(struct text *t, unsigned code)
{
    if (code < 0x80) {
        text_add_char(t, (char)code);
        return;
    }
    if (code < 0x800) {
        text_add_char(t, (char)(0xC0 | code >> 6));
    } else {
        text_add_char(t, (char)(0xE0 | code >> 12));
        text_add_char(t, (char)(0x80 | (code >> 6 & 0x3F)));
    }
    text_add_char(t, (char)(0x80 | (code & 0x3F)));
}

bool gbk_is_text(struct bytes gbk)
{
    while (gbk.len > 0) {
        size_t len;
        unsigned code = take(gbk, &len);
        if (code < 0x20 || code == 0x7F)
            return false;
        gbk = bytes_over(gbk.at + len, gbk.len - len);
    }
    return true;
}

void gbk_add_utf8(struct text *t, struct bytes gbk)
{
    while (gbk.len > 0) {
        size_t len;
        unsigned code = take(gbk, &len);
        if (code == 0 && gbk.at[0] != 0) {
            code = 0xFFFD;
            len = 1;
        }
        add_utf8(t, code);
        gbk = bytes_over(gbk.at + len, gbk.len - len);
    }
}

/* The GBK bytes of a code point, 0 when there are none. */
static unsigned find_pair(unsigned code)
{
    size_t low = 0;
    size_t high = sizeof gbk_pairs / sizeof gbk_pairs[0];

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (gbk_pairs[middle][0] == code)
            return gbk_pairs[middle][1];
        if (gbk_pairs[middle][0] < code)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* The code point at the front of UTF-8. Only what fits 16 bits can be in GBK. */
static enum err take_utf8(struct bytes utf8, unsigned *code, size_t *len)
{
    unsigned first = utf8.at[0];

    *len = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first >= 0x80 && (first < 0xC2 || first > 0xF4))
        return ERR_BAD_FORMAT;
    if (utf8.len < *len)
        return ERR_BAD_FORMAT;
    *code = *len == 1 ? first : first & (0x7Fu >> *len);
    for (size_t i = 1; i < *len; i++) {
        if ((utf8.at[i] & 0xC0) != 0x80)
            return ERR_BAD_FORMAT;
        *code = *code << 6 | (utf8.at[i] & 0x3Fu);
    }
    if (*len == 3 && (*code < 0x800 || (*code >= 0xD800 && *code <= 0xDFFF)))
        return ERR_BAD_FORMAT;
    return *len == 4 ? ERR_UNSUPPORTED : OK;
}

enum err gbk_from_utf8(struct bytes utf8, uint8_t *out, size_t out_cap, size_t *out_len)
{
    size_t written = 0;

    while (utf8.len > 0) {
        unsigned code;
        size_t len;
        TRY(take_utf8(utf8, &code, &len));
        unsigned pair = code < 0x80 ? code : find_pair(code);
        size_t width = code < 0x80 ? 1 : 2;
        if (pair == 0 && code != 0)
            return ERR_UNSUPPORTED;
        if (out_cap - written < width)
            return ERR_FULL;
        if (width == 2)
            out[written++] = (uint8_t)(pair >> 8);
        out[written++] = (uint8_t)pair;
        utf8 = bytes_over(utf8.at + len, utf8.len - len);
    }
    assert(written <= out_cap);
    *out_len = written;
    return OK;
}

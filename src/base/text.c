#include "base/text.h"

#include "base/assert.h"

#include <string.h>

struct text text_over(char *room, size_t room_len)
{
    assert(room_len > 0);
    room[0] = 0;
    return (struct text){.at = room, .room_len = room_len};
}

void text_add_bytes(struct text *t, struct bytes bytes)
{
    size_t left = t->room_len - 1 - t->len;
    size_t len = bytes.len;

    assert(t->len < t->room_len);
    if (len > left) {
        len = left;
        t->cut = true;
    }
    bytes_copy(t->at + t->len, bytes.at, len);
    t->len += len;
    t->at[t->len] = 0;
}

void text_add_char(struct text *t, char c)
{
    if (t->len + 1 >= t->room_len) {
        t->cut = true;
        return;
    }
    t->at[t->len++] = c;
    t->at[t->len] = 0;
}

void text_add_u64_wide(struct text *t, uint64_t value, size_t width)
{
    char digits[40];
    size_t at = sizeof digits;

    assert(width < sizeof digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (sizeof digits - at < width)
        digits[--at] = '0';
    text_add_bytes(t, bytes_over(digits + at, sizeof digits - at));
}

void text_add_u64(struct text *t, uint64_t value)
{
    text_add_u64_wide(t, value, 1);
}

void text_add_i64(struct text *t, int64_t value)
{
    if (value < 0)
        text_add_char(t, '-');
    text_add_u64(t, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void text_add_hex(struct text *t, const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char pair[2];

        bytes_to_hex(at + i, 1, pair);
        text_add_bytes(t, bytes_over(pair, sizeof pair));
    }
}

void text_pad_to(struct text *t, size_t column)
{
    if (t->len >= column)
        return;
    size_t left = t->room_len - 1 - t->len;
    size_t len = column - t->len;
    t->cut = t->cut || len > left;
    if (len > left)
        len = left;
    memset(t->at + t->len, ' ', len);
    t->len += len;
    t->at[t->len] = 0;
}

static void add_json_char(struct text *t, uint8_t c)
{
    static const char short_from[] = "\"\\\n\r\t";
    static const char short_to[] = "\"\\nrt";
    const char *found = c == 0 ? NULL : strchr(short_from, (char)c);

    if (found != NULL) {
        text_add_char(t, '\\');
        text_add_char(t, short_to[found - short_from]);
    } else if (c < 0x20) {
        text_add(t, "\\u00");
        text_add_hex(t, &c, 1);
    } else {
        text_add_char(t, (char)c);
    }
}

void text_add_json(struct text *t, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        add_json_char(t, bytes.at[i]);
}

const char *text_z(const struct text *t)
{
    assert(t->at[t->len] == 0);
    return t->at;
}

#include "view/slip.h"

#include "base/assert.h"
#include "view/column.h"

void slip_begin(struct slip *slip)
{
    slip->count = 0;
    slip->values = text_over(slip->room, sizeof slip->room);
}

/* Values come from peers, too: what would command a printer or a screen becomes a mark, and so does
 * what is no UTF-8. */
static void make_harmless(char *at, size_t len)
{
    size_t step;

    for (size_t i = 0; i < len; i += step) {
        uint8_t c = (uint8_t)at[i];
        unsigned columns;
        step = column_next(bytes_over(at + i, len - i), &columns);
        if ((c < ' ' && c != '\n') || c == 0x7F || (c >= 0x80 && step == 1))
            at[i] = '?';
    }
}

void slip_end(struct slip *slip)
{
    if (slip->count == 0)
        return;
    struct slip_line *last = &slip->lines[slip->count - 1];
    last->len = (uint16_t)(slip->values.len - last->at);
    make_harmless(slip->room + last->at, last->len);
}

struct text *slip_put(struct slip *slip, enum slip_form form, const char *zh, const char *en)
{
    assert(slip->count < SLIP_LINES_MAX);
    slip_end(slip);
    slip->lines[slip->count++] =
        (struct slip_line){.form = form, .zh = zh, .en = en, .at = (uint16_t)slip->values.len};
    return &slip->values;
}

void slip_add(struct slip *slip, enum slip_form form, const char *zh, const char *en)
{
    (void)slip_put(slip, form, zh, en);
}

void slip_add_fixed(struct slip *slip, const char *zh, const char *en, struct bytes value)
{
    size_t len = 0;

    while (len < value.len && value.at[len] != 0)
        len++;
    while (len > 0 && value.at[len - 1] == ' ')
        len--;
    if (len > 0)
        text_add_bytes(slip_put(slip, SLIP_PAIR, zh, en), bytes_over(value.at, len));
}

void slip_add_money(struct slip *slip, enum slip_form form, const char *zh, const char *en,
                    struct money money)
{
    struct text *t = slip_put(slip, form, zh, en);

    text_add(t, money_letters(money.currency));
    text_add_char(t, ' ');
    money_add_text(t, money);
}

void slip_add_number(struct slip *slip, const char *zh, const char *en, uint64_t number,
                     size_t width)
{
    text_add_u64_wide(slip_put(slip, SLIP_PAIR, zh, en), number, width);
}

void slip_add_hex(struct slip *slip, const char *en, struct bytes value)
{
    text_add_hex(slip_put(slip, SLIP_DETAIL, "", en), value.at, value.len);
}

struct bytes slip_value(const struct slip *slip, const struct slip_line *line)
{
    return bytes_over(slip->room + line->at, line->len);
}

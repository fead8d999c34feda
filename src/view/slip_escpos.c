#include "view/slip_escpos.h"

#include "base/assert.h"
#include "view/column.h"
#include "view/slip_text.h"
#include "wire/gbk.h"

#define INITIALISE "\x1B\x40\x1C\x26"
#define CUT "\x1B\x64\x03\x1D\x56\x42\x00"
#define SIZE_DOUBLE 0x11 /* width and height */
#define SIZE_TALL 0x01
#define LINE_ROOM 8192

struct style {
    bool is_bold;
    bool is_inverse;
    uint8_t size; /* GS !: width in the high half, height in the low one */
};

/* clang-format off */
static const struct style style_table[] = {
    [SLIP_TITLE]         = { true,  false, SIZE_DOUBLE },
    [SLIP_NOTICE]        = { true,  false, 0 },
    [SLIP_ALARM]         = { true,  true,  0 },
    [SLIP_CENTRE]        = { false, false, 0 },
    [SLIP_RULE]          = { false, false, 0 },
    [SLIP_PAIR]          = { false, false, 0 },
    [SLIP_AMOUNT]        = { true,  false, SIZE_TALL },
    [SLIP_DETAIL]        = { false, false, 0 },
    [SLIP_TEXT]          = { false, false, 0 },
    [SLIP_SMALL]         = { false, false, 0 },
    [SLIP_ROOM_TO_WRITE] = { false, false, 0 },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(style_table) == SLIP_FORM_COUNT, "a style for each form");

static void add_command(struct text *out, char lead, char command, uint8_t n)
{
    text_add_char(out, lead);
    text_add_char(out, command);
    text_add_char(out, (char)n);
}

/* Only what differs from the printer's rest position is said, and unsaid after the line. */
static void add_style(struct text *out, const struct style *style, bool is_on)
{
    if (style->is_bold)
        add_command(out, '\x1B', 'E', is_on);
    if (style->is_inverse)
        add_command(out, '\x1D', 'B', is_on);
    if (style->size != 0)
        add_command(out, '\x1D', '!', is_on ? style->size : 0);
}

static void add_gbk(struct text *out, struct bytes utf8)
{
    for (size_t at = 0; at < utf8.len;) {
        uint8_t gbk[2];
        size_t gbk_len;
        unsigned columns;
        size_t len = column_next(bytes_over(utf8.at + at, utf8.len - at), &columns);

        if (gbk_from_utf8(bytes_over(utf8.at + at, len), gbk, sizeof gbk, &gbk_len) == OK)
            text_add_bytes(out, bytes_over(gbk, gbk_len));
        else
            text_add(out, columns == 2 ? "??" : columns == 1 ? "?" : "");
        at += len;
    }
}

void slip_add_escpos(const struct slip *slip, unsigned width, struct text *out)
{
    char room[LINE_ROOM];

    assert(width >= SLIP_WIDTH_MIN);
    text_add(out, INITIALISE);
    for (size_t i = 0; i < slip->count; i++) {
        const struct slip_line *line = &slip->lines[i];
        const struct style *style = &style_table[line->form];
        struct text t = text_over(room, sizeof room);

        slip_line_add(slip, line, style->size == SIZE_DOUBLE ? width / 2 : width, &t);
        add_style(out, style, true);
        add_gbk(out, bytes_over(t.at, t.len));
        add_style(out, style, false);
    }
    text_add_bytes(out, bytes_over(CUT, sizeof CUT - 1));
}

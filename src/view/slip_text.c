#include "view/slip_text.h"

#include "base/assert.h"
#include "view/column.h"

#define LABEL_MAX 160 /* a label of both languages */

static void add_spaces(struct text *t, size_t count)
{
    while (count-- > 0)
        text_add_char(t, ' ');
}

static void add_repeated(struct text *t, char c, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        text_add_char(t, c);
    text_add_char(t, '\n');
}

enum side { SIDE_LEFT, SIDE_CENTRE, SIDE_RIGHT };

static void add_wrapped(struct text *t, struct bytes text, unsigned width, enum side side)
{
    size_t skip;

    while (text.len > 0) {
        size_t len = column_break(text, width, &skip);
        size_t left = width - column_count(bytes_over(text.at, len));

        if (left <= width)
            add_spaces(t, side == SIDE_LEFT ? 0 : side == SIDE_CENTRE ? left / 2 : left);
        text_add_bytes(t, bytes_over(text.at, len));
        text_add_char(t, '\n');
        text = bytes_over(text.at + len + skip, text.len - len - skip);
    }
}

/* Text with line ends of its own. */
static void add_lines(struct text *t, struct bytes text, unsigned width, enum side side)
{
    while (text.len > 0) {
        const uint8_t *end = memchr(text.at, '\n', text.len);
        size_t len = end == NULL ? text.len : (size_t)(end - text.at);

        add_wrapped(t, bytes_over(text.at, len), width, side);
        len += end == NULL ? 0 : 1;
        text = bytes_over(text.at + len, text.len - len);
    }
}

static struct text label_of(const struct slip_line *line, char room[static LABEL_MAX])
{
    struct text label = text_over(room, LABEL_MAX);

    text_add(&label, line->zh);
    if (line->zh[0] != 0 && line->en[0] != 0)
        text_add_char(&label, ' ');
    text_add(&label, line->en);
    return label;
}

/* On one line when it fits, else on two: the label, and the value at the right. */
static void add_pair(const struct slip_line *line, struct bytes value, unsigned width,
                     struct text *t)
{
    char room[LABEL_MAX];
    struct text label = label_of(line, room);
    struct bytes left = bytes_over(label.at, label.len);
    size_t used = column_count(left) + column_count(value);

    if (used + 1 > width) {
        add_wrapped(t, left, width, SIDE_LEFT);
        add_wrapped(t, value, width, SIDE_RIGHT);
        return;
    }
    text_add_bytes(t, left);
    add_spaces(t, width - used);
    text_add_bytes(t, value);
    text_add_char(t, '\n');
}

/* Each language on a line of its own when they do not fit beside each other. */
static void add_label(const struct slip_line *line, unsigned width, enum side side, struct text *t)
{
    char room[LABEL_MAX];
    struct text label = label_of(line, room);
    struct bytes whole = bytes_over(label.at, label.len);

    if (!label.cut && column_count(whole) <= width) {
        add_wrapped(t, whole, width, side);
        return;
    }
    add_wrapped(t, bytes_of_z(line->zh), width, side);
    add_wrapped(t, bytes_of_z(line->en), width, side);
}

static void add_notice(const struct slip_line *line, unsigned width, struct text *t)
{
    add_repeated(t, '*', width);
    add_label(line, width, SIDE_CENTRE, t);
    add_repeated(t, '*', width);
}

static void add_room_to_write(const struct slip_line *line, unsigned width, struct text *t)
{
    add_label(line, width, SIDE_LEFT, t);
    text_add(t, "\n\n");
    add_repeated(t, '_', width);
}

void slip_line_add(const struct slip *slip, const struct slip_line *line, unsigned width,
                   struct text *t)
{
    struct bytes value = slip_value(slip, line);

    switch (line->form) {
    case SLIP_RULE:
        add_repeated(t, '-', width);
        return;
    case SLIP_PAIR:
    case SLIP_AMOUNT:
    case SLIP_DETAIL:
        add_pair(line, value, width, t);
        return;
    case SLIP_NOTICE:
    case SLIP_ALARM:
        add_notice(line, width, t);
        return;
    case SLIP_ROOM_TO_WRITE:
        add_room_to_write(line, width, t);
        return;
    case SLIP_TITLE:
    case SLIP_CENTRE:
        add_label(line, width, SIDE_CENTRE, t);
        add_lines(t, value, width, SIDE_CENTRE);
        return;
    case SLIP_TEXT:
    case SLIP_SMALL:
        add_label(line, width, SIDE_LEFT, t);
        add_lines(t, value, width, SIDE_LEFT);
        return;
    case SLIP_FORM_COUNT:
        break;
    }
}

void slip_add_text(const struct slip *slip, unsigned width, struct text *t)
{
    assert(width >= SLIP_WIDTH_MIN);
    for (size_t i = 0; i < slip->count; i++)
        slip_line_add(slip, &slip->lines[i], width, t);
}

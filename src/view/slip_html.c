#include "view/slip_html.h"

#include "view/slip_html_style.h"

void html_add_escaped(struct text *t, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.at[i];

        if (c == '&')
            text_add(t, "&amp;");
        else if (c == '<')
            text_add(t, "&lt;");
        else if (c == '>')
            text_add(t, "&gt;");
        else if (c == '"')
            text_add(t, "&quot;");
        else if (c == '\'')
            text_add(t, "&#39;");
        else
            text_add_char(t, c);
    }
}

/* clang-format off */
static const struct {
    const char *element;
    const char *class;
} form_table[] = {
    [SLIP_TITLE]         = { "h1",  "title" },
    [SLIP_NOTICE]        = { "p",   "notice" },
    [SLIP_ALARM]         = { "p",   "alarm" },
    [SLIP_CENTRE]        = { "p",   "centre" },
    [SLIP_RULE]          = { "hr",  "rule" },
    [SLIP_PAIR]          = { "div", "pair" },
    [SLIP_AMOUNT]        = { "div", "pair amount" },
    [SLIP_DETAIL]        = { "div", "pair detail" },
    [SLIP_TEXT]          = { "p",   "text" },
    [SLIP_SMALL]         = { "p",   "text small" },
    [SLIP_ROOM_TO_WRITE] = { "div", "write" },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(form_table) == SLIP_FORM_COUNT, "an element for each form");

static void add_span(struct text *t, const char *attributes, struct bytes inside)
{
    if (inside.len == 0)
        return;
    text_add(t, "<span ");
    text_add(t, attributes);
    text_add(t, ">");
    html_add_escaped(t, inside);
    text_add(t, "</span>");
}

static void add_line(const struct slip *slip, const struct slip_line *line, struct text *t)
{
    const char *element = form_table[line->form].element;

    text_add(t, "<");
    text_add(t, element);
    text_add(t, " class=\"");
    text_add(t, form_table[line->form].class);
    text_add(t, "\">");
    if (line->form != SLIP_RULE) {
        add_span(t, "class=\"zh\" lang=\"zh\"", bytes_of_z(line->zh));
        add_span(t, "class=\"en\" lang=\"en\"", bytes_of_z(line->en));
        add_span(t, "class=\"value\"", slip_value(slip, line));
        text_add(t, "</");
        text_add(t, element);
        text_add(t, ">");
    }
    text_add_char(t, '\n');
}

void slip_add_html(const struct slip *slip, const char *title, struct text *t)
{
    text_add(t, "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<title>");
    html_add_escaped(t, bytes_of_z(title));
    text_add(t, "</title>\n<style>\n");
    text_add(t, slip_html_style);
    text_add(t, "</style>\n</head>\n<body>\n<main class=\"slip\">\n");
    for (size_t i = 0; i < slip->count; i++)
        add_line(slip, &slip->lines[i], t);
    text_add(t, "</main>\n</body>\n</html>\n");
}

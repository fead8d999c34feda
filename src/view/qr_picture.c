#include "view/qr_picture.h"

#include "base/assert.h"

/* Outside of the code all is light. */
static bool is_dark(const struct qr_picture *picture, int x, int y)
{
    int side = (int)picture->side;

    return x >= 0 && y >= 0 && x < side && y < side && picture->is_dark[y * side + x] != 0;
}

void qr_picture_add_text(const struct qr_picture *picture, struct text *t)
{
    static const char *const blocks[] = {"█", "▀", "▄", " "}; /* upper dark: 2, lower dark: 1 */
    int side = (int)picture->side;

    assert(picture->side <= QR_SIDE_MAX);
    for (int y = -QR_QUIET; y < side + QR_QUIET; y += 2) {
        for (int x = -QR_QUIET; x < side + QR_QUIET; x++) {
            bool is_lower_dark = y + 1 >= side + QR_QUIET || is_dark(picture, x, y + 1);
            text_add(t, blocks[(is_dark(picture, x, y) ? 2 : 0) + (is_lower_dark ? 1 : 0)]);
        }
        text_add_char(t, '\n');
    }
}

/* Dark modules of a row that touch are one rectangle. */
static void add_row(const struct qr_picture *picture, int y, struct text *t)
{
    int side = (int)picture->side;

    for (int x = 0; x < side;) {
        int from = x;
        while (is_dark(picture, x, y))
            x++;
        if (x == from) {
            x++;
            continue;
        }
        text_add_char(t, 'M');
        text_add_i64(t, from + QR_QUIET);
        text_add_char(t, ' ');
        text_add_i64(t, y + QR_QUIET);
        text_add_char(t, 'h');
        text_add_i64(t, x - from);
        text_add(t, "v1h-");
        text_add_i64(t, x - from);
        text_add_char(t, 'z');
    }
}

void qr_picture_add_svg(const struct qr_picture *picture, struct text *t)
{
    unsigned whole = picture->side + 2 * QR_QUIET;

    assert(picture->side <= QR_SIDE_MAX);
    text_add(t, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ");
    text_add_u64(t, whole);
    text_add_char(t, ' ');
    text_add_u64(t, whole);
    text_add(t, "\" width=\"320\" height=\"320\" shape-rendering=\"crispEdges\">\n"
                "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<path fill=\"#000\" d=\"");
    for (int y = 0; y < (int)picture->side; y++)
        add_row(picture, y, t);
    text_add(t, "\"/>\n</svg>\n");
}

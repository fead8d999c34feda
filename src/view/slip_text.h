/*
 * A slip as plain UTF-8 text of a fixed width, for screens and for printers that take text. And the
 * layout of lines that other printers of fixed pitch share.
 */
#ifndef VIEW_SLIP_TEXT_H
#define VIEW_SLIP_TEXT_H

#include "view/slip.h"

#define SLIP_WIDTH_MIN 24
#define SLIP_WIDTH 40    /* where nothing else is asked for */
#define SLIP_WIDTH_58 32 /* columns of paper 58 mm wide, as terminals have it */
#define SLIP_WIDTH_80 48 /* of 80 mm */

/* width is at least SLIP_WIDTH_MIN. */
void slip_add_text(const struct slip *slip, unsigned width, struct text *t);

/* The text that a line of a form says in `width` columns, with its line ends. */
void slip_line_add(const struct slip *slip, const struct slip_line *line, unsigned width,
                   struct text *t);

#endif

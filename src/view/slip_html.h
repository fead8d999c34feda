/*
 * A slip as one HTML page that needs nothing else: style, both languages, and rules for printing on
 * paper 80 mm wide. Everything that is not ours is escaped; there is no script in it.
 */
#ifndef VIEW_SLIP_HTML_H
#define VIEW_SLIP_HTML_H

#include "view/slip.h"

/* title: of the page, text. */
void slip_add_html(const struct slip *slip, const char *title, struct text *t);

/* Text as the inside of an element or of a quoted attribute. */
void html_add_escaped(struct text *t, struct bytes text);

#endif

/*
 * A slip: what stands on one piece of paper, line by line, whatever the paper is. receipt.h and
 * settlement.h fill one; slip_text.h, slip_escpos.h and slip_html.h print it.
 *
 * A line has a form, a label in Chinese and English (static text) and a value (kept in the slip, as
 * UTF-8). Values are free text: the printers escape and wrap them. A slip owns no memory but its
 * own; one that is full is a bug, since every line comes from our own code (a list from outside is
 * bounded by who fills it).
 */
#ifndef VIEW_SLIP_H
#define VIEW_SLIP_H

#include "base/instant.h"
#include "base/money.h"

#define SLIP_LINES_MAX 96
#define SLIP_ROOM 6144
#define SLIP_PRINTED_MAX 24576 /* holds any slip in any form; slip_test.c looks */

enum slip_form {
    SLIP_TITLE,  /* large and centred */
    SLIP_NOTICE, /* centred, marked so that nobody overlooks it */
    SLIP_ALARM,  /* a notice of trouble: this is no receipt */
    SLIP_CENTRE,
    SLIP_RULE,
    SLIP_PAIR,   /* label left, value right */
    SLIP_AMOUNT, /* the same, larger */
    SLIP_DETAIL, /* a pair in small print */
    SLIP_TEXT,   /* wrapped: the label's two languages as lines of their own, then the value */
    SLIP_SMALL,  /* the same in small print */
    SLIP_ROOM_TO_WRITE, /* label, and space for a hand */
    SLIP_FORM_COUNT
};

struct slip_line {
    enum slip_form form;
    const char *zh; /* never NULL */
    const char *en;
    uint16_t at; /* the value, in values */
    uint16_t len;
};

struct slip {
    size_t count;
    struct slip_line lines[SLIP_LINES_MAX];
    struct text values;
    char room[SLIP_ROOM];
};

/* Starts an empty slip; it may not be moved or copied afterwards. */
void slip_begin(struct slip *slip);

/* Adds a line without a value. */
void slip_add(struct slip *slip, enum slip_form form, const char *zh, const char *en);

/* Adds a line; what is added to the returned text before the next line is its value. */
struct text *slip_put(struct slip *slip, enum slip_form form, const char *zh, const char *en);

/* Ends the value that slip_put began. Printers and tests look at lines only after it; adding a
 * line does the same. */
void slip_end(struct slip *slip);

/* Fixed text without its padding of spaces or zeros; no line when nothing is left. */
void slip_add_fixed(struct slip *slip, const char *zh, const char *en, struct bytes value);
/* "CNY 128.50". */
void slip_add_money(struct slip *slip, enum slip_form form, const char *zh, const char *en,
                    struct money money);
/* At least width digits. */
void slip_add_number(struct slip *slip, const char *zh, const char *en, uint64_t number,
                     size_t width);
/* As a detail, in hex, with an English label alone as chips' data have it. */
void slip_add_hex(struct slip *slip, const char *en, struct bytes value);

struct bytes slip_value(const struct slip *slip, const struct slip_line *line);

#endif

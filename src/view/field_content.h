/*
 * What stands inside a field, whatever its form: positional parts, BER-TLV elements, text TLV. One
 * iterator for all of them, with names, what may be shown, and where the bytes are.
 */
#ifndef VIEW_FIELD_CONTENT_H
#define VIEW_FIELD_CONTENT_H

#include "wire/iso8583.h"
#include "wire/subfield.h"
#include "wire/tlv.h"

/* How a value is put on a screen. */
enum shown_form {
    SHOWN_TEXT,  /* GBK shown as UTF-8; as hex when it is no text */
    SHOWN_BYTES, /* upper-case hex */
};

/* A value and the rules for showing it. */
struct shown_value {
    struct bytes bytes; /* normal form */
    enum shown_form form;
    enum dialect_show show;
    char separator; /* of a track; 0 for other values */
};

/* Appends the value for people: masked unless reveal. A value that may not be shown becomes one '*'
 * for each unit, a PAN keeps its first six and last four digits. */
void shown_value_add(struct text *t, const struct shown_value *value, bool reveal);

/* The normal form of a field as a shown value; room holds it (2 * FRAME_BODY_LEN_MAX is enough
 * for any). */
struct shown_value shown_field(const struct iso_view *view, unsigned field, char *room, size_t cap);

struct content {
    char name[16];   /* "60.2", "9F26", "A4" */
    unsigned repeat; /* from 0: parts that repeat */
    uint32_t tag;    /* of BER-TLV, else 0 */
    const char *zh;  /* "" when the dictionary has no name */
    const char *en;
    struct shown_value value;
    struct bytes whole; /* the bytes that the item takes in the field's normal form */
    unsigned depth;     /* of nested elements */
    bool opened;        /* its inside follows */
    bool cut;           /* a part that is shorter than it should be */
};

struct content_iterator {
    enum dialect_content kind;
    bool must_be; /* a failure is one of the message, not of our guess */
    struct subfield_iterator parts;
    struct tlv_iterator elements;
    struct bytes all;
    struct bytes lead; /* before the elements of a download, until content_next has given it */
};

/* Over a field whose normal form is `normal` (shown_field's bytes). A field that only may hold
 * TLV, and does not, has no content. */
struct content_iterator content_over(const struct iso_view *view, unsigned field,
                                     struct bytes normal);

/* OK, ERR_NOT_FOUND at the end, else the TLV failure, described in it->elements.fault. */
MUST_USE enum err content_next(struct content_iterator *it, struct content *out);

#endif

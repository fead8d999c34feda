/*
 * Positional sub-fields: 60.2 is the third to eighth digit of field 60. Which parts a field has is
 * said by the dialect's layouts; these functions work on the field's value in normal form.
 *
 * Parts may be missing from the right (UnionPay POS, 3.1: field 60 is 8 to 17 digits long), so a
 * part that begins past the value's end is absent, and one that is cut off is given as it is.
 */
#ifndef WIRE_SUBFIELD_H
#define WIRE_SUBFIELD_H

#include "wire/dialect.h"
#include "wire/iso8583.h"

struct subfield {
    const struct dialect_part *part;
    struct bytes value;
    unsigned repeat; /* 0 for the first turn of a layout that repeats */
    bool cut;        /* shorter than its row says */
};

struct subfield_iterator {
    const struct dialect_part *parts;
    const struct dialect_layout *layout; /* NULL: the field has no parts */
    struct bytes left;
    bool digits; /* the field holds digits */
    bool bytes;  /* the field holds bytes, not text */
    unsigned index;
    unsigned repeat;
};

/* Over a field's value in normal form, in a message of that type. */
struct subfield_iterator subfield_over(const struct dialect *dialect, unsigned field, uint16_t mti,
                                       struct bytes value);

/* False when no part is left. */
bool subfield_next(struct subfield_iterator *it, struct subfield *out);

/* One part by its name ("60.2"), the first of that name from here on. ERR_NOT_FOUND when the value
 * ends before it or the field has no such part. */
MUST_USE enum err subfield_find(struct subfield_iterator it, const char *name, struct bytes *out);

/* As subfield_find, from a message: copied to out with a terminating zero. */
MUST_USE enum err subfield_get_z(const struct iso_view *view, unsigned field, const char *name,
                                 char *out, size_t out_cap);

/* Writes value over its part in `field_value`, the very bytes that `it` is over: digits with
 * leading zeros, text with trailing spaces. ERR_NOT_FOUND, ERR_BAD_LENGTH when it is longer. */
MUST_USE enum err subfield_set(struct subfield_iterator it, const char *name, struct bytes value,
                               char *field_value);

#endif

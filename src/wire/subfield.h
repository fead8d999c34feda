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
    const struct dialect_layout *layout;
    struct bytes left;
    unsigned index;
    unsigned repeat;
};

/* Over a value in normal form. layout NULL has no parts. */
struct subfield_iterator subfield_over(const struct dialect *dialect,
                                       const struct dialect_layout *layout, struct bytes value);

/* False when no part is left. */
bool subfield_next(struct subfield_iterator *it, struct subfield *out);

/* One part by its name ("60.2") of a field's value in normal form, in a message of that type.
 * ERR_NOT_FOUND when the value ends before it or the dialect has no such part. */
MUST_USE enum err subfield_find(const struct dialect *dialect, unsigned field, uint16_t mti,
                                struct bytes value, const char *name, struct bytes *out);

/* As subfield_find, from a message: copied to out with a terminating zero. */
MUST_USE enum err subfield_get_z(const struct iso_view *view, unsigned field, const char *name,
                                 char *out, size_t out_cap);

/* Writes value over its part in `field_value`, the field in normal form, which must reach that far:
 * digits with leading zeros, text with trailing spaces. ERR_NOT_FOUND, ERR_BAD_LENGTH. */
MUST_USE enum err subfield_set(const struct dialect *dialect, unsigned field, uint16_t mti,
                               const char *name, struct bytes value, char *field_value,
                               size_t field_len);

#endif

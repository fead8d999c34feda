#include "wire/dialect.h"

#include "base/assert.h"

#include <string.h>

_Static_assert(sizeof(struct dialect_field) == 16, "an index is a shift, four rows a cache line");

/* Bytes on the wire for a count of units. */
static size_t wire_len(enum dialect_wire wire, size_t units)
{
    switch (wire) {
    case WIRE_BCD_LEFT:
    case WIRE_BCD_RIGHT:
        return (units + 1) / 2;
    case WIRE_X_BCD:
        return 1 + units / 2;
    case WIRE_HEX:
        return 2 * units;
    case WIRE_BYTES:
        break;
    }
    return units;
}

static enum dialect_prefix row_prefix(const struct dialect_row *row)
{
    static const enum dialect_prefix prefixes[3][2] = {
        [ENCODING_BCD] = {PREFIX_BCD1, PREFIX_BCD2},
        [ENCODING_ASCII] = {PREFIX_ASCII2, PREFIX_ASCII3},
        [ENCODING_BINARY] = {PREFIX_BINARY1, PREFIX_BINARY2},
    };

    if (row->length_digits == 0)
        return PREFIX_NONE;
    return prefixes[row->length_encoding][row->length_digits == 3];
}

static size_t prefix_len(enum dialect_prefix prefix)
{
    static const uint8_t lens[] = {
        [PREFIX_NONE] = 0,   [PREFIX_BCD1] = 1,    [PREFIX_BCD2] = 2,    [PREFIX_ASCII2] = 2,
        [PREFIX_ASCII3] = 3, [PREFIX_BINARY1] = 1, [PREFIX_BINARY2] = 2,
    };

    return lens[prefix];
}

static enum dialect_wire row_wire(const struct dialect_row *row)
{
    bool bcd = row->value_encoding == ENCODING_BCD;

    if (row->class == CLASS_B)
        return row->value_encoding == ENCODING_ASCII ? WIRE_HEX : WIRE_BYTES;
    if (!bcd || row->class == CLASS_TEXT)
        return WIRE_BYTES;
    if (row->class == CLASS_X)
        return WIRE_X_BCD;
    return row->align == ALIGN_RIGHT ? WIRE_BCD_RIGHT : WIRE_BCD_LEFT;
}

static enum dialect_check row_check(const struct dialect_row *row)
{
    bool bcd = row->value_encoding == ENCODING_BCD;

    switch (row->class) {
    case CLASS_N:
        return bcd ? CHECK_BCD : CHECK_DIGITS;
    case CLASS_X:
        return bcd ? CHECK_X_BCD : CHECK_X_DIGITS;
    case CLASS_Z:
        return bcd ? CHECK_NONE : CHECK_TRACK;
    case CLASS_TEXT:
        if (row->chars == CHARS_ANY)
            return CHECK_NONE;
        return row->chars == CHARS_GBK ? CHECK_GBK : CHECK_ASCII;
    case CLASS_B:
        return row->value_encoding == ENCODING_ASCII ? CHECK_HEX : CHECK_NONE;
    case CLASS_NONE:
    case CLASS_COUNT:
        break;
    }
    return CHECK_NONE;
}

static enum dialect_quick row_quick(const struct dialect_row *row)
{
    enum dialect_check check = row_check(row);

    if (row->length_digits != 0)
        return QUICK_NONE;
    if (check == CHECK_BCD && row->len_max % 2 == 0)
        return QUICK_BCD;
    if (check == CHECK_ASCII)
        return QUICK_ASCII;
    return row->class == CLASS_B && row_wire(row) == WIRE_BYTES ? QUICK_BYTES : QUICK_NONE;
}

static const char *row_contradiction(const struct dialect_source *source,
                                     const struct dialect_row *row)
{
    static const uint16_t maxima[] = {[0] = 999, [2] = 99, [3] = 9999};

    if (row->number < 2 || row->number >= ISO_FIELD_COUNT || row->number == 65)
        return "a field is numbered 2 to 64 or 66 to 128";
    if (row->number > 64 && !source->secondary)
        return "fields past 64 need a secondary bitmap";
    if (row->class == CLASS_NONE || row->class >= CLASS_COUNT)
        return "the field has no format";
    if (row->length_digits != 0 && row->length_digits != 2 && row->length_digits != 3)
        return "a length has two or three digits";
    if (row->len_max == 0)
        return "the length is missing";
    if (row->len_max > maxima[row->length_digits])
        return "the length does not fit its digits";
    if (row->length_digits == 2 && row->length_encoding == ENCODING_BINARY && row->len_max > 255)
        return "the length does not fit one byte";
    if (row->class == CLASS_X && (row->length_digits != 0 || row->len_max % 2 == 0))
        return "a signed amount is fixed, one sign and an even count of digits";
    if (row->mac && (row->class != CLASS_B || row->length_digits != 0))
        return "an authentication code is binary and of fixed length";
    return NULL;
}

static void compile_row(const struct dialect_row *row, struct dialect *out)
{
    enum dialect_prefix prefix = row_prefix(row);
    enum dialect_wire wire = row_wire(row);

    out->rows[row->number] = row;
    out->fields[row->number] = (struct dialect_field){
        .prefix = (uint8_t)prefix,
        .prefix_len = (uint8_t)prefix_len(prefix),
        .wire = (uint8_t)wire,
        .check = (uint8_t)row_check(row),
        .len_max = row->len_max,
        .fixed_len = (uint16_t)wire_len(wire, row->len_max),
        .class = (uint8_t)row->class,
        .pad = row->pad,
        .mac = row->mac,
        .quick = (uint8_t)row_quick(row),
    };
}

static enum err compile_rows(const struct dialect_source *source, const struct dialect_row *rows,
                             size_t count, struct dialect *out, struct dialect_fault *fault)
{
    for (size_t i = 0; i < count; i++) {
        const char *what = row_contradiction(source, &rows[i]);
        if (what != NULL) {
            *fault = (struct dialect_fault){rows[i].number, what};
            return ERR_CONFIG;
        }
        compile_row(&rows[i], out);
    }
    return OK;
}

static enum err check_layouts(const struct dialect *dialect, struct dialect_fault *fault)
{
    const struct dialect_source *source = dialect->source;

    for (size_t i = 0; i < source->layout_count; i++) {
        const struct dialect_layout *layout = &source->layouts[i];
        const struct dialect_row *row = dialect_row(dialect, layout->number);
        size_t sum = 0;
        for (size_t p = 0; p < layout->part_count; p++)
            sum += source->parts[layout->part_first + p].len;
        if (row != NULL && sum <= row->len_max && (layout->len == 0 || sum <= layout->len))
            continue;
        *fault = (struct dialect_fault){layout->number, "the sub-fields are longer than the field"};
        return ERR_CONFIG;
    }
    return OK;
}

static enum err find_profile(const struct dialect_source *source, const char *name,
                             const struct dialect_profile **out)
{
    *out = NULL;
    if (name == NULL)
        return OK;
    for (size_t i = 0; i < source->profile_count; i++) {
        if (strcmp(source->profiles[i].name, name) == 0) {
            *out = &source->profiles[i];
            return OK;
        }
    }
    return ERR_NOT_FOUND;
}

enum err dialect_compile(const struct dialect_source *source, const char *profile,
                         struct dialect *out, struct dialect_fault *fault)
{
    const struct dialect_profile *found;

    assert(source != NULL);
    *fault = (struct dialect_fault){0, NULL};
    enum err err = find_profile(source, profile, &found);
    if (err != OK) {
        fault->what = "the dialect has no such profile";
        return err;
    }
    memset(out, 0, sizeof *out);
    out->source = source;
    out->profile = found;
    TRY(compile_rows(source, source->rows, source->row_count, out, fault));
    if (found != NULL)
        TRY(compile_rows(source, found->rows, found->row_count, out, fault));
    return check_layouts(out, fault);
}

const struct dialect_row *dialect_row(const struct dialect *dialect, unsigned field)
{
    assert(field < ISO_FIELD_COUNT);
    return dialect->rows[field];
}

const struct dialect_layout *dialect_layout(const struct dialect *dialect, unsigned field,
                                            uint16_t mti, size_t len)
{
    const struct dialect_layout *best = NULL;
    int best_rank = -1;

    for (size_t i = 0; i < dialect->source->layout_count; i++) {
        const struct dialect_layout *layout = &dialect->source->layouts[i];
        int rank = (layout->len != 0 ? 2 : 0) + (layout->mti != 0 ? 1 : 0);
        if (layout->number != field || (layout->mti != 0 && layout->mti != mti) ||
            (layout->len != 0 && layout->len != len))
            continue;
        if (rank > best_rank) {
            best = layout;
            best_rank = rank;
        }
    }
    return best;
}

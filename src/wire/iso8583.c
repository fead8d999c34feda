#include "wire/iso8583.h"

#include "base/assert.h"
#include "wire/scan.h"

#include <string.h>

#define BITMAP_LEN 8

/* A walk over the bytes; field and offset are where a fault would be. */
struct cursor {
    const struct dialect *dialect;
    const uint8_t *at;
    size_t len;
    size_t offset;
    struct iso_fault *fault;
};

static const struct {
    enum err err;
    const char *words;
} faults[ISO_FAULT_COUNT] = {
#define ISO_FAULT_ROW(name, err, words) [name] = {err, words},
    ISO_FAULT_TABLE(ISO_FAULT_ROW)
#undef ISO_FAULT_ROW
};

static void add_found(struct text *t, const struct iso_fault *fault)
{
    switch (fault->kind) {
    case ISO_FAULT_TRUNCATED:
    case ISO_FAULT_VALUE_SHORT:
        text_add(t, ": expected ");
        break;
    case ISO_FAULT_LENGTH_OVER:
    case ISO_FAULT_VALUE_LONG:
    case ISO_FAULT_ROOM:
        text_add(t, ": expected at most ");
        break;
    case ISO_FAULT_TRAILING:
        text_add(t, ": expected ");
        break;
    case ISO_FAULT_MTI:
    case ISO_FAULT_BITMAP:
    case ISO_FAULT_LENGTH_FORM:
    case ISO_FAULT_DIGIT:
    case ISO_FAULT_PAD:
    case ISO_FAULT_SIGN:
    case ISO_FAULT_TEXT:
    case ISO_FAULT_HEX:
        text_add(t, ": found byte ");
        text_add_hex(t, &(uint8_t){(uint8_t)fault->found}, 1);
        return;
    case ISO_FAULT_NONE:
    case ISO_FAULT_SECONDARY:
    case ISO_FAULT_NO_FIELD:
    case ISO_FAULT_COUNT:
        return;
    }
    text_add_u64(t, fault->expected);
    text_add(t, ", found ");
    text_add_u64(t, fault->found);
}

void iso_fault_add_text(struct text *t, const struct iso_fault *fault)
{
    if (fault->kind == ISO_FAULT_TRAILING) {
        text_add(t, "message");
    } else if (fault->field == 0) {
        text_add(t, "message type");
    } else if (fault->field == 1) {
        text_add(t, "bitmap");
    } else {
        text_add(t, "field ");
        text_add_u64(t, fault->field);
    }
    text_add(t, " at byte ");
    text_add_u64(t, fault->offset);
    text_add(t, ": ");
    text_add(t, faults[fault->kind].words);
    add_found(t, fault);
    if (fault->clause != NULL && fault->clause[0] != 0) {
        text_add(t, " (");
        text_add(t, fault->clause);
        text_add(t, ")");
    }
}

/* Out of line: the way of a good message stays short. */
static __attribute__((noinline, cold)) enum err fail(const struct cursor *c,
                                                     enum iso_fault_kind kind, unsigned field,
                                                     size_t offset, size_t expected_or_byte)
{
    bool past_end = offset >= c->len;
    *c->fault = (struct iso_fault){
        .kind = kind,
        .err = faults[kind].err,
        .field = (uint8_t)field,
        .offset = (uint32_t)offset,
        .expected = (uint32_t)expected_or_byte,
        .found = past_end ? 0 : c->at[offset],
        .clause = c->dialect->source->clause,
    };
    return faults[kind].err;
}

static __attribute__((noinline, cold)) enum err fail_counted(const struct cursor *c,
                                                             enum iso_fault_kind kind,
                                                             unsigned field, size_t expected,
                                                             size_t found)
{
    enum err err = fail(c, kind, field, c->offset, expected);
    c->fault->found = (uint32_t)found;
    return err;
}

/* --- characters --- */

static inline int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (uint8_t)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static inline bool is_sign(uint8_t c)
{
    return c == 'C' || c == 'D' || (c >= '0' && c <= '9');
}

static bool byte_is_bcd(uint8_t c)
{
    return c >> 4 <= 9 && (c & 15) <= 9;
}

static bool byte_is_track(uint8_t c)
{
    return hex_value(c) >= 0 || c == '=';
}

/* --- faults of a value: found slowly, once it is known that there is one --- */

static bool byte_is_good(enum dialect_check check, uint8_t c)
{
    switch (check) {
    case CHECK_BCD:
    case CHECK_X_BCD:
        return byte_is_bcd(c);
    case CHECK_DIGITS:
    case CHECK_X_DIGITS:
        return c >= '0' && c <= '9';
    case CHECK_TRACK:
        return byte_is_track(c);
    case CHECK_ASCII:
        return c >= 0x20 && c < 0x7F;
    case CHECK_GBK:
        return c >= 0x20 && c != 0x7F;
    case CHECK_HEX:
        return hex_value(c) >= 0;
    case CHECK_NONE:
        break;
    }
    return true;
}

static enum iso_fault_kind check_fault(enum dialect_check check)
{
    switch (check) {
    case CHECK_BCD:
    case CHECK_X_BCD:
    case CHECK_DIGITS:
    case CHECK_X_DIGITS:
    case CHECK_TRACK:
        return ISO_FAULT_DIGIT;
    case CHECK_HEX:
        return ISO_FAULT_HEX;
    case CHECK_ASCII:
    case CHECK_GBK:
    case CHECK_NONE:
        break;
    }
    return ISO_FAULT_TEXT;
}

static __attribute__((noinline, cold)) enum err
fail_value(const struct cursor *c, const struct dialect_field *f, unsigned field, size_t bytes)
{
    enum dialect_check check = (enum dialect_check)f->check;
    size_t i = 0;

    if (check == CHECK_X_BCD || check == CHECK_X_DIGITS) {
        if (!is_sign(c->at[c->offset]))
            return fail(c, ISO_FAULT_SIGN, field, c->offset, 0);
        i = 1;
    }
    while (i < bytes && byte_is_good(check, c->at[c->offset + i]))
        i++;
    assert(i < bytes);
    return fail(c, check_fault(check), field, c->offset + i, 0);
}

/* --- parsing --- */

static inline bool prefix_is_digits(const uint8_t *at, uint8_t prefix)
{
    switch ((enum dialect_prefix)prefix) {
    case PREFIX_BCD1:
        return byte_is_bcd(at[0]);
    case PREFIX_BCD2:
        return byte_is_bcd(at[0]) && byte_is_bcd(at[1]);
    case PREFIX_ASCII2:
        return scan_is_digits(at, 2);
    case PREFIX_ASCII3:
        return scan_is_digits(at, 3);
    case PREFIX_BINARY1:
    case PREFIX_BINARY2:
    case PREFIX_NONE:
        break;
    }
    return true;
}

static inline size_t bcd_byte(uint8_t c)
{
    return (size_t)(c >> 4) * 10 + (c & 15);
}

static inline size_t prefix_value(const uint8_t *at, uint8_t prefix)
{
    switch ((enum dialect_prefix)prefix) {
    case PREFIX_BCD1:
        return bcd_byte(at[0]);
    case PREFIX_BCD2:
        return bcd_byte(at[0]) * 100 + bcd_byte(at[1]);
    case PREFIX_ASCII2:
        return (size_t)(at[0] - '0') * 10 + (size_t)(at[1] - '0');
    case PREFIX_ASCII3:
        return (size_t)(at[0] - '0') * 100 + (size_t)(at[1] - '0') * 10 + (size_t)(at[2] - '0');
    case PREFIX_BINARY1:
        return at[0];
    case PREFIX_BINARY2:
        return bytes_get_u16(at);
    case PREFIX_NONE:
        break;
    }
    return 0;
}

/* Bytes on the wire for a count of units. */
static inline size_t units_to_bytes(uint8_t wire, size_t units)
{
    if (wire <= WIRE_BCD_RIGHT)
        return (units + 1) / 2;
    if (wire == WIRE_HEX)
        return 2 * units;
    return wire == WIRE_X_BCD ? 1 + units / 2 : units;
}

/* Reads the length in front of a value and steps over it. */
static inline enum err take_length(struct cursor *c, const struct dialect_field *f, unsigned field,
                                   size_t *units)
{
    const uint8_t *at = c->at + c->offset;

    if (c->len - c->offset < f->prefix_len)
        return fail_counted(c, ISO_FAULT_TRUNCATED, field, f->prefix_len, c->len - c->offset);
    if (!prefix_is_digits(at, f->prefix))
        return fail(c, ISO_FAULT_LENGTH_FORM, field, c->offset, 0);
    *units = prefix_value(at, f->prefix);
    if (*units > f->len_max)
        return fail_counted(c, ISO_FAULT_LENGTH_OVER, field, f->len_max, *units);
    c->offset += f->prefix_len;
    return OK;
}

/* BCD of an odd count of digits: the digits and the filler apart. */
static inline bool odd_bcd_is_good(const uint8_t *at, const struct dialect_field *f, size_t bytes)
{
    bool right = f->wire == WIRE_BCD_RIGHT;
    uint8_t edge = right ? at[0] : at[bytes - 1];
    unsigned digit = right ? edge & 15u : edge >> 4;
    unsigned filler = right ? edge >> 4 : edge & 15u;

    return digit <= 9 && (filler == 0 || filler == 15) &&
           scan_is_bcd(right ? at + 1 : at, bytes - 1);
}

static __attribute__((noinline, cold)) enum err
fail_odd_bcd(const struct cursor *c, const struct dialect_field *f, unsigned field, size_t bytes)
{
    const uint8_t *at = c->at + c->offset;
    bool right = f->wire == WIRE_BCD_RIGHT;
    size_t edge = right ? 0 : bytes - 1;
    unsigned digit = right ? at[0] & 15u : at[edge] >> 4;

    for (size_t i = 0; i < bytes; i++) {
        if (i == edge ? digit > 9 : !byte_is_bcd(at[i]))
            return fail(c, ISO_FAULT_DIGIT, field, c->offset + i, 0);
    }
    return fail(c, ISO_FAULT_PAD, field, c->offset + edge, 0);
}

static bool range_is_track(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!byte_is_track(at[i]))
            return false;
    }
    return true;
}

static bool range_is_hex(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (hex_value(at[i]) < 0)
            return false;
    }
    return true;
}

static inline bool value_is_good(const struct dialect_field *f, const uint8_t *at, size_t bytes)
{
    switch ((enum dialect_check)f->check) {
    case CHECK_BCD:
        return scan_is_bcd(at, bytes);
    case CHECK_DIGITS:
        return scan_is_digits(at, bytes);
    case CHECK_X_BCD:
        return is_sign(at[0]) && scan_is_bcd(at + 1, bytes - 1);
    case CHECK_X_DIGITS:
        return is_sign(at[0]) && scan_is_digits(at + 1, bytes - 1);
    case CHECK_TRACK:
        return range_is_track(at, bytes);
    case CHECK_ASCII:
        return scan_is_ascii(at, bytes);
    case CHECK_GBK:
        return scan_has_no_control(at, bytes);
    case CHECK_HEX:
        return range_is_hex(at, bytes);
    case CHECK_NONE:
        break;
    }
    return true;
}

static inline enum err take_field(struct cursor *c, unsigned field, struct iso_span *span)
{
    const struct dialect_field *f = &c->dialect->fields[field];
    size_t units = f->len_max;
    size_t bytes = f->fixed_len;

    if (f->class == CLASS_NONE)
        return fail(c, ISO_FAULT_NO_FIELD, field, c->offset, 0);
    if (f->prefix != PREFIX_NONE) {
        TRY(take_length(c, f, field, &units));
        bytes = units_to_bytes(f->wire, units);
    }
    if (c->len - c->offset < bytes)
        return fail_counted(c, ISO_FAULT_TRUNCATED, field, bytes, c->len - c->offset);
    *span = (struct iso_span){(uint16_t)c->offset, (uint16_t)units};
    if (f->check == CHECK_BCD && units % 2 != 0) {
        if (!odd_bcd_is_good(c->at + c->offset, f, bytes))
            return fail_odd_bcd(c, f, field, bytes);
    } else if (!value_is_good(f, c->at + c->offset, bytes)) {
        return fail_value(c, f, field, bytes);
    }
    c->offset += bytes;
    return OK;
}

static enum err take_mti(struct cursor *c, uint16_t *mti)
{
    bool bcd = c->dialect->source->mti_encoding == ENCODING_BCD;
    size_t bytes = bcd ? 2 : 4;
    unsigned value = 0;

    if (c->len < bytes)
        return fail_counted(c, ISO_FAULT_TRUNCATED, 0, bytes, c->len);
    for (size_t i = 0; i < bytes; i++) {
        if (!byte_is_good(bcd ? CHECK_BCD : CHECK_DIGITS, c->at[i]))
            return fail(c, ISO_FAULT_MTI, 0, i, 0);
        value = bcd ? value << 8 | c->at[i] : value << 4 | (c->at[i] & 15u);
    }
    *mti = (uint16_t)value;
    c->offset = bytes;
    return OK;
}

static enum err take_bitmap(struct cursor *c, uint64_t *bitmap)
{
    bool hex = c->dialect->source->bitmap_encoding == ENCODING_ASCII;
    size_t bytes = hex ? 2 * BITMAP_LEN : BITMAP_LEN;
    uint64_t value = 0;

    if (c->len - c->offset < bytes)
        return fail_counted(c, ISO_FAULT_TRUNCATED, 1, bytes, c->len - c->offset);
    if (!hex) {
        *bitmap = bytes_get_u64(c->at + c->offset);
        c->offset += bytes;
        return OK;
    }
    for (size_t i = 0; i < bytes; i++) {
        int digit = hex_value(c->at[c->offset + i]);
        if (digit < 0)
            return fail(c, ISO_FAULT_BITMAP, 1, c->offset + i, 0);
        value = value << 4 | (uint64_t)digit;
    }
    *bitmap = value;
    c->offset += bytes;
    return OK;
}

static enum err take_bitmaps(struct cursor *c, uint64_t present[2])
{
    TRY(take_bitmap(c, &present[0]));
    if (present[0] >> 63 == 0)
        return OK;
    if (!c->dialect->source->secondary)
        return fail(c, ISO_FAULT_SECONDARY, 1, c->offset - BITMAP_LEN, 0);
    return take_bitmap(c, &present[1]);
}

/* Fields of one bitmap. What did not parse is taken out of `present`. */
static inline enum err take_fields(struct cursor *c, uint64_t bits, unsigned base,
                                   struct iso_view *out)
{
    while (bits != 0) {
        unsigned bit = (unsigned)__builtin_clzll(bits);
        enum err err = take_field(c, base + bit, &out->spans[base + bit]);
        if (err != OK) {
            out->present[base > 1] &= ~bits;
            return err;
        }
        bits &= ~(UINT64_C(1) << (63 - bit));
    }
    return OK;
}

enum err iso_parse(const struct dialect *dialect, struct bytes message, struct iso_view *out,
                   struct iso_fault *fault)
{
    struct cursor c = {dialect, message.at, message.len, 0, fault};
    uint64_t bits[2] = {0, 0};

    assert(dialect != NULL);
    out->dialect = dialect;
    out->message = message;
    out->mti = 0;
    out->body_offset = 0;
    out->present[0] = 0;
    out->present[1] = 0;
    if (message.len > FRAME_BODY_LEN_MAX)
        return fail_counted(&c, ISO_FAULT_TRAILING, 0, FRAME_BODY_LEN_MAX, message.len);
    TRY(take_mti(&c, &out->mti));
    TRY(take_bitmaps(&c, bits));
    out->body_offset = (uint16_t)c.offset;
    out->present[0] = bits[0] & ~(UINT64_C(1) << 63);
    TRY(take_fields(&c, out->present[0], 1, out));
    out->present[1] = bits[1];
    TRY(take_fields(&c, out->present[1], 65, out));
    if (c.offset != c.len)
        return fail_counted(&c, ISO_FAULT_TRAILING, 0, 0, c.len - c.offset);
    fault->kind = ISO_FAULT_NONE;
    fault->err = OK;
    return OK;
}

/* --- the view --- */

static uint64_t field_bit(unsigned field)
{
    return UINT64_C(1) << (63 - (field - 1) % 64);
}

bool iso_has(const struct iso_view *view, unsigned field)
{
    assert(field >= 2 && field < ISO_FIELD_COUNT);
    return (view->present[(field - 1) / 64] & field_bit(field)) != 0;
}

unsigned iso_next(const struct iso_view *view, unsigned after)
{
    for (unsigned word = after / 64; word < 2; word++) {
        uint64_t bits = view->present[word];
        if (word == after / 64)
            bits &= UINT64_MAX >> (after % 64);
        if (bits != 0)
            return word * 64 + (unsigned)__builtin_clzll(bits) + 1;
    }
    return 0;
}

size_t iso_len(const struct iso_view *view, unsigned field)
{
    return iso_has(view, field) ? view->spans[field].len : 0;
}

struct bytes iso_raw(const struct iso_view *view, unsigned field)
{
    const struct dialect_field *f = &view->dialect->fields[field];

    if (!iso_has(view, field))
        return bytes_over(NULL, 0);
    return bytes_over(view->message.at + view->spans[field].offset,
                      units_to_bytes(f->wire, view->spans[field].len));
}

struct bytes iso_raw_whole(const struct iso_view *view, unsigned field)
{
    struct bytes raw = iso_raw(view, field);
    size_t prefix = view->dialect->fields[field].prefix_len;

    if (!iso_has(view, field))
        return raw;
    return bytes_over(raw.at - prefix, raw.len + prefix);
}

/* Nibbles from the high one of at[0], after skip of them, as characters. */
static void unpack(const uint8_t *at, size_t skip, size_t units, bool track, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char tracks[] = "0123456789ABC=EF";
    const char *table = track ? tracks : digits;

    for (size_t i = 0; i < units; i++) {
        size_t n = skip + i;
        out[i] = table[n % 2 == 0 ? at[n / 2] >> 4 : at[n / 2] & 15];
    }
}

static void unhex(const uint8_t *at, size_t units, char *out)
{
    for (size_t i = 0; i < units; i++)
        out[i] = (char)(hex_value(at[2 * i]) << 4 | hex_value(at[2 * i + 1]));
}

static void copy_track(const uint8_t *at, size_t units, char *out)
{
    for (size_t i = 0; i < units; i++)
        out[i] = (char)(at[i] == 'D' || at[i] == 'd' ? '=' : at[i]);
}

static void normalize(const struct dialect_field *f, const uint8_t *at, size_t units, char *out)
{
    bool track = f->class == CLASS_Z;

    switch ((enum dialect_wire)f->wire) {
    case WIRE_BCD_LEFT:
    case WIRE_BCD_RIGHT:
        unpack(at, f->wire == WIRE_BCD_RIGHT ? units % 2 : 0, units, track, out);
        break;
    case WIRE_X_BCD:
        out[0] = (char)at[0];
        unpack(at + 1, 0, units - 1, false, out + 1);
        break;
    case WIRE_HEX:
        unhex(at, units, out);
        break;
    case WIRE_BYTES:
        if (track)
            copy_track(at, units, out);
        else if (units > 0)
            memcpy(out, at, units);
        break;
    }
}

enum err iso_get(const struct iso_view *view, unsigned field, char *out, size_t out_cap,
                 size_t *out_len)
{
    size_t units = iso_len(view, field);

    if (!iso_has(view, field))
        return ERR_NOT_FOUND;
    if (units > out_cap)
        return ERR_FULL;
    normalize(&view->dialect->fields[field], iso_raw(view, field).at, units, out);
    *out_len = units;
    return OK;
}

enum err iso_get_z(const struct iso_view *view, unsigned field, char *out, size_t out_cap)
{
    size_t len;

    assert(out_cap > 0);
    TRY(iso_get(view, field, out, out_cap - 1, &len));
    out[len] = 0;
    return OK;
}

enum err iso_get_number(const struct iso_view *view, unsigned field, uint64_t *out)
{
    char digits[32];
    size_t len;
    enum err err = iso_get(view, field, digits, sizeof digits, &len);

    if (err != OK)
        return err == ERR_FULL ? ERR_OVERFLOW : err;
    return bytes_to_number(digits, len, out);
}

enum err iso_get_money(const struct iso_view *view, unsigned field, uint16_t currency,
                       struct money *out)
{
    uint64_t minor;

    TRY(iso_get_number(view, field, &minor));
    if (minor > MONEY_MINOR_MAX)
        return ERR_OVERFLOW;
    *out = money_of((int64_t)minor, currency);
    return OK;
}

bool iso_is(const struct iso_view *view, unsigned field, const char *value_z)
{
    char value[64];
    size_t len;

    if (iso_get(view, field, value, sizeof value, &len) != OK)
        return false;
    return bytes_equal(bytes_over(value, len), bytes_of_z(value_z));
}

unsigned iso_mac_field(const struct iso_view *view)
{
    const struct dialect_field *fields = view->dialect->fields;

    if (fields[128].mac && iso_has(view, 128))
        return 128;
    return fields[64].mac && iso_has(view, 64) ? 64 : 0;
}

struct bytes iso_mac_range(const struct iso_view *view)
{
    unsigned field = iso_mac_field(view);

    if (field == 0)
        return view->message;
    return bytes_over(view->message.at, (size_t)(iso_raw_whole(view, field).at - view->message.at));
}

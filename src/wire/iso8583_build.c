#include "wire/iso8583.h"

#include "base/assert.h"

#include <string.h>

/* Where the next byte goes. Room has been checked before anything is written. */
struct pen {
    uint8_t *at;
    size_t len;
    size_t cap;
    struct iso_fault *fault;
    const struct dialect *dialect;
};

static uint64_t field_bit(unsigned field)
{
    return UINT64_C(1) << (63 - (field - 1) % 64);
}

void iso_message_init(struct iso_message *message, const struct dialect *dialect, uint16_t mti)
{
    assert(dialect != NULL);
    message->dialect = dialect;
    message->mti = mti;
    message->present[0] = 0;
    message->present[1] = 0;
    message->number_len = 0;
}

static void put(struct iso_message *message, unsigned field, struct iso_value value)
{
    assert(field >= 2 && field < ISO_FIELD_COUNT);
    message->present[(field - 1) / 64] |= field_bit(field);
    message->values[field] = value;
}

void iso_set(struct iso_message *message, unsigned field, struct bytes value)
{
    assert(value.len <= UINT16_MAX);
    put(message, field, (struct iso_value){value.at, (uint16_t)value.len, ISO_FORM_NORMAL});
}

void iso_set_z(struct iso_message *message, unsigned field, const char *value_z)
{
    iso_set(message, field, bytes_of_z(value_z));
}

void iso_set_number(struct iso_message *message, unsigned field, uint64_t value, size_t width)
{
    char *room = message->number_room + message->number_len;

    assert(width <= (size_t)(ISO_NUMBER_ROOM - message->number_len));
    bytes_from_number(value, room, width);
    message->number_len = (uint16_t)(message->number_len + width);
    iso_set(message, field, bytes_over(room, width));
}

void iso_set_blank(struct iso_message *message, unsigned field)
{
    put(message, field,
        (struct iso_value){NULL, message->dialect->fields[field].len_max, ISO_FORM_BLANK});
}

void iso_unset(struct iso_message *message, unsigned field)
{
    assert(field >= 2 && field < ISO_FIELD_COUNT);
    message->present[(field - 1) / 64] &= ~field_bit(field);
}

void iso_copy(struct iso_message *message, const struct iso_view *view, unsigned field)
{
    assert(message->dialect == view->dialect);
    if (!iso_has(view, field))
        return;
    put(message, field,
        (struct iso_value){iso_raw(view, field).at, (uint16_t)iso_len(view, field), ISO_FORM_WIRE});
}

void iso_copy_rest(struct iso_message *message, const struct iso_view *view)
{
    for (unsigned field = iso_next(view, 0); field != 0; field = iso_next(view, field)) {
        if ((message->present[(field - 1) / 64] & field_bit(field)) == 0)
            iso_copy(message, view, field);
    }
}

static __attribute__((noinline, cold)) enum err
fail(const struct pen *pen, enum iso_fault_kind kind, unsigned field, size_t expected, size_t found)
{
    static const enum err errs[ISO_FAULT_COUNT] = {
#define ISO_FAULT_ERR(name, err, words) [name] = err,
        ISO_FAULT_TABLE(ISO_FAULT_ERR)
#undef ISO_FAULT_ERR
    };

    *pen->fault = (struct iso_fault){
        .kind = kind,
        .err = errs[kind],
        .field = (uint8_t)field,
        .offset = (uint32_t)pen->len,
        .expected = (uint32_t)expected,
        .found = (uint32_t)found,
        .clause = pen->dialect->source->clause,
    };
    return errs[kind];
}

static void write_prefix(uint8_t *at, enum dialect_prefix prefix, size_t units)
{
    switch (prefix) {
    case PREFIX_BCD2:
        at[0] = (uint8_t)((units / 1000) << 4 | units / 100 % 10);
        at++;
        units %= 100;
        /* fall through */
    case PREFIX_BCD1:
        at[0] = (uint8_t)((units / 10) << 4 | units % 10);
        break;
    case PREFIX_ASCII2:
        bytes_from_number(units, (char *)at, 2);
        break;
    case PREFIX_ASCII3:
        bytes_from_number(units, (char *)at, 3);
        break;
    case PREFIX_BINARY1:
        at[0] = (uint8_t)units;
        break;
    case PREFIX_BINARY2:
        bytes_put_u16(at, (uint16_t)units);
        break;
    case PREFIX_NONE:
        break;
    }
}

static inline size_t wire_bytes(uint8_t wire, size_t units)
{
    if (wire <= WIRE_BCD_RIGHT)
        return (units + 1) / 2;
    if (wire == WIRE_HEX)
        return 2 * units;
    return wire == WIRE_X_BCD ? 1 + units / 2 : units;
}

/* The nibble that a character of normal form stands for; over 15 when it is none. */
static inline unsigned nibble_of(uint8_t c, bool track)
{
    unsigned digit = (unsigned)c - '0';

    if (digit <= 9 || !track)
        return digit <= 9 ? digit : 16;
    if (c == '=')
        return 13;
    c = (uint8_t)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* Packs characters two to a byte. False at a character that is no digit. */
static inline bool pack_pairs(const uint8_t *text, size_t pairs, bool track, uint8_t *out)
{
    unsigned bad = 0;

    for (size_t i = 0; i < pairs; i++) {
        unsigned high = nibble_of(text[2 * i], track);
        unsigned low = nibble_of(text[2 * i + 1], track);
        bad |= high | low;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return bad <= 15;
}

static bool pack_bcd(const struct dialect_field *f, const uint8_t *text, size_t units, uint8_t *out)
{
    bool track = f->class == CLASS_Z;
    unsigned odd;

    if (units % 2 == 0)
        return pack_pairs(text, units / 2, track, out);
    if (f->wire == WIRE_BCD_RIGHT) {
        odd = nibble_of(text[0], track);
        out[0] = (uint8_t)((unsigned)f->pad << 4 | odd);
        return odd <= 15 && pack_pairs(text + 1, units / 2, track, out + 1);
    }
    odd = nibble_of(text[units - 1], track);
    out[units / 2] = (uint8_t)(odd << 4 | f->pad);
    return odd <= 15 && pack_pairs(text, units / 2, track, out);
}

static inline bool is_sign(uint8_t c)
{
    return c == 'C' || c == 'D' || (c >= '0' && c <= '9');
}

static bool text_is_good(enum dialect_check check, const uint8_t *text, size_t len)
{
    bool ascii = check == CHECK_ASCII;

    if (check != CHECK_ASCII && check != CHECK_GBK)
        return true;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] == 0x7F || (ascii && text[i] > 0x7F))
            return false;
    }
    return true;
}

static bool write_characters(const struct dialect_field *f, const uint8_t *text, size_t units,
                             uint8_t *out)
{
    if (f->class == CLASS_N && !bytes_are_digits((const char *)text, units))
        return false;
    if (f->class == CLASS_X &&
        (!is_sign(text[0]) || !bytes_are_digits((const char *)text + 1, units - 1)))
        return false;
    if (f->class == CLASS_Z) {
        for (size_t i = 0; i < units; i++) {
            if (nibble_of(text[i], true) > 15)
                return false;
        }
    }
    if (!text_is_good((enum dialect_check)f->check, text, units))
        return false;
    memcpy(out, text, units);
    return true;
}

/* Writes `units` of normal form; false when a character is not allowed. */
static inline bool write_value(const struct dialect_field *f, const uint8_t *text, size_t units,
                               uint8_t *out)
{
    switch ((enum dialect_wire)f->wire) {
    case WIRE_BCD_LEFT:
    case WIRE_BCD_RIGHT:
        return pack_bcd(f, text, units, out);
    case WIRE_X_BCD:
        out[0] = text[0];
        return is_sign(text[0]) && pack_pairs(text + 1, units / 2, false, out + 1);
    case WIRE_HEX:
        bytes_to_hex(text, units, (char *)out);
        return true;
    case WIRE_BYTES:
        break;
    }
    return write_characters(f, text, units, out);
}

/* Which of the field's characters is wrong is left to the caller, who has the value; a fault of a
 * build says the kind and never the value. */
static enum err fail_content(const struct pen *pen, const struct dialect_field *f, unsigned field,
                             const uint8_t *value)
{
    enum iso_fault_kind kind = f->class == CLASS_TEXT ? ISO_FAULT_TEXT : ISO_FAULT_DIGIT;

    if (f->class == CLASS_X && !is_sign(value[0]))
        kind = ISO_FAULT_SIGN;
    return fail(pen, kind, field, 0, 0);
}

/* A fixed field that got fewer units: digits gain zeros in front, text gains spaces behind. */
static enum err write_short(const struct pen *pen, const struct dialect_field *f, unsigned field,
                            struct bytes value, uint8_t *out)
{
    uint8_t room[1000];
    bool digits = f->class == CLASS_N;
    size_t missing = f->len_max - value.len;

    assert(f->len_max <= sizeof room);
    if (f->class != CLASS_N && f->class != CLASS_TEXT)
        return fail(pen, ISO_FAULT_VALUE_SHORT, field, f->len_max, value.len);
    memset(room, digits ? '0' : ' ', f->len_max);
    if (value.len > 0)
        memcpy(room + (digits ? missing : 0), value.at, value.len);
    if (!write_value(f, room, f->len_max, out))
        return fail(pen, digits ? ISO_FAULT_DIGIT : ISO_FAULT_TEXT, field, 0, 0);
    return OK;
}

static inline enum err write_field(struct pen *pen, unsigned field, const struct iso_value *value)
{
    const struct dialect_field *f = &pen->dialect->fields[field];
    bool fixed = f->prefix == PREFIX_NONE;
    size_t units = fixed ? f->len_max : value->len;
    size_t bytes = wire_bytes(f->wire, units);
    uint8_t *out = pen->at + pen->len + f->prefix_len;

    if (f->class == CLASS_NONE)
        return fail(pen, ISO_FAULT_NO_FIELD, field, 0, 0);
    if (value->len > f->len_max)
        return fail(pen, ISO_FAULT_VALUE_LONG, field, f->len_max, value->len);
    if (pen->cap - pen->len < f->prefix_len + bytes)
        return fail(pen, ISO_FAULT_ROOM, field, pen->cap, pen->len + f->prefix_len + bytes);
    if (!fixed)
        write_prefix(pen->at + pen->len, (enum dialect_prefix)f->prefix, units);
    if (value->form == ISO_FORM_BLANK)
        memset(out, f->wire == WIRE_HEX ? '0' : 0, bytes);
    else if (value->form == ISO_FORM_WIRE)
        memcpy(out, value->at, bytes);
    else if (value->len < units)
        TRY(write_short(pen, f, field, bytes_over(value->at, value->len), out));
    else if (units > 0 && !write_value(f, value->at, units, out))
        return fail_content(pen, f, field, value->at);
    pen->len += f->prefix_len + bytes;
    return OK;
}

static void write_bitmap(struct pen *pen, uint64_t bits)
{
    uint8_t raw[8];

    bytes_put_u64(raw, bits);
    if (pen->dialect->source->bitmap_encoding == ENCODING_ASCII) {
        bytes_to_hex(raw, sizeof raw, (char *)pen->at + pen->len);
        pen->len += 16;
    } else {
        memcpy(pen->at + pen->len, raw, sizeof raw);
        pen->len += 8;
    }
}

/* Message type and bitmaps. */
static enum err write_head(struct pen *pen, const struct iso_message *message)
{
    bool ascii = pen->dialect->source->mti_encoding == ENCODING_ASCII;
    bool secondary = message->present[1] != 0;
    uint64_t first = message->present[0] | (secondary ? UINT64_C(1) << 63 : 0);

    if (secondary && !pen->dialect->source->secondary)
        return fail(pen, ISO_FAULT_SECONDARY, 1, 0, 0);
    if (pen->cap < 4 + 32)
        return fail(pen, ISO_FAULT_ROOM, 1, pen->cap, 4 + 32);
    if (ascii) {
        uint8_t raw[2];
        bytes_put_u16(raw, message->mti);
        bytes_to_hex(raw, 2, (char *)pen->at);
    } else {
        bytes_put_u16(pen->at, message->mti);
    }
    pen->len = ascii ? 4 : 2;
    write_bitmap(pen, first);
    if (secondary)
        write_bitmap(pen, message->present[1]);
    return OK;
}

static void note_mac(const struct pen *pen, unsigned field, size_t before, struct iso_built *built)
{
    const struct dialect_field *f = &pen->dialect->fields[field];

    built->mac_field = field;
    built->mac_covered = before;
    built->mac_offset = before + f->prefix_len;
    built->mac_len = pen->len - built->mac_offset;
}

static inline enum err write_fields(struct pen *pen, const struct iso_message *message,
                                    uint64_t bits, unsigned base, struct iso_built *built)
{
    while (bits != 0) {
        unsigned field = base + (unsigned)__builtin_clzll(bits);
        size_t before = pen->len;
        TRY(write_field(pen, field, &message->values[field]));
        if (pen->dialect->fields[field].mac)
            note_mac(pen, field, before, built);
        bits &= ~(UINT64_C(1) << (63 - (field - base)));
    }
    return OK;
}

enum err iso_build(const struct iso_message *message, uint8_t *out, size_t out_cap,
                   struct iso_built *built, struct iso_fault *fault)
{
    struct pen pen = {out, 0, out_cap, fault, message->dialect};

    *built = (struct iso_built){0};
    TRY(write_head(&pen, message));
    TRY(write_fields(&pen, message, message->present[0], 1, built));
    TRY(write_fields(&pen, message, message->present[1], 65, built));
    built->len = pen.len;
    fault->kind = ISO_FAULT_NONE;
    fault->err = OK;
    return OK;
}

void iso_seal(const struct dialect *dialect, uint8_t *message, const struct iso_built *built,
              struct bytes mac)
{
    bool hex = dialect->fields[built->mac_field].wire == WIRE_HEX;

    assert(built->mac_field != 0);
    assert(mac.len * (hex ? 2 : 1) == built->mac_len);
    if (hex)
        bytes_to_hex(mac.at, mac.len, (char *)message + built->mac_offset);
    else
        memcpy(message + built->mac_offset, mac.at, mac.len);
}

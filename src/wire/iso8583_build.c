#include "wire/iso8583.h"

#include "base/assert.h"
#include "wire/scan.h"

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

/* The nibble that a character of a track stands for, 16 for none. */
static unsigned track_nibble(uint8_t c)
{
    unsigned digit = (unsigned)c - '0';

    if (digit <= 9)
        return digit;
    if (c == '=')
        return 13;
    c = (uint8_t)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

static unsigned digit_nibble(uint8_t c)
{
    unsigned digit = (unsigned)c - '0';
    return digit <= 9 ? digit : 16;
}

static inline uint64_t load_two(const uint8_t *at)
{
    return (uint64_t)at[0] << 8 | at[1];
}

static inline uint64_t load_four(const uint8_t *at)
{
    return (uint64_t)at[0] << 24 | (uint64_t)at[1] << 16 | (uint64_t)at[2] << 8 | at[3];
}

static inline uint64_t load_eight(const uint8_t *at)
{
    return load_four(at) << 32 | load_four(at + 4);
}

/* One to three pairs of characters as one number, the last in the lowest byte, '0' above them. */
static inline uint64_t load_pairs(const uint8_t *text, size_t pairs)
{
    if (pairs == 1)
        return (SCAN_EACH('0') << 16) | load_two(text);
    if (pairs == 2)
        return (SCAN_EACH('0') << 32) | load_four(text);
    return (SCAN_EACH('0') << 48) | load_four(text) << 16 | load_two(text + 4);
}

/* Eight digits to four bytes: neighbours are pushed together in three steps. */
static inline uint32_t pack_word(uint64_t x)
{
    x &= SCAN_EACH(0x0F);
    x = (x | x >> 4) & UINT64_C(0x00FF00FF00FF00FF);
    x = (x | x >> 8) & UINT64_C(0x0000FFFF0000FFFF);
    return (uint32_t)(x | x >> 16);
}

static inline void store_word(uint8_t *out, uint32_t word)
{
    out[0] = (uint8_t)(word >> 24);
    out[1] = (uint8_t)(word >> 16);
    out[2] = (uint8_t)(word >> 8);
    out[3] = (uint8_t)word;
}

/* One to four pairs of digits, as far as eight bytes may not be read. */
static inline bool pack_few(const uint8_t *text, size_t pairs, uint8_t *out)
{
    uint64_t x = load_pairs(text, pairs);
    uint32_t word = pack_word(x);

    if (pairs == 3)
        out[0] = (uint8_t)(word >> 16);
    if (pairs >= 2)
        out[pairs - 2] = (uint8_t)(word >> 8);
    out[pairs - 1] = (uint8_t)word;
    return scan_not_digits(x) == 0;
}

static inline bool pack_four(const uint8_t *text, uint8_t *out)
{
    uint64_t x = load_eight(text);

    store_word(out, pack_word(x));
    return scan_not_digits(x) == 0;
}

/* Packs pairs of digits. False at a character that is none. The last four pairs overlap those
 * before them, so that no remainder is left. */
static inline bool pack_digits(const uint8_t *text, size_t pairs, uint8_t *out)
{
    bool good = true;

    if (pairs < 4)
        return pairs == 0 || pack_few(text, pairs, out);
    for (size_t i = 0; i + 4 < pairs; i += 4)
        good &= pack_four(text + 2 * i, out + i);
    return good & pack_four(text + 2 * (pairs - 4), out + pairs - 4);
}

/* Most of a track is digits; only the words that hold its separator go character by character. */
static bool pack_track(const uint8_t *text, size_t pairs, uint8_t *out)
{
    unsigned bad = 0;

    for (size_t i = 0; i < pairs; i++) {
        unsigned high;
        unsigned low;
        if (i % 4 == 0 && pairs - i >= 4 && scan_not_digits(scan_load8(text + 2 * i)) == 0) {
            (void)pack_four(text + 2 * i, out + i);
            i += 3;
            continue;
        }
        high = track_nibble(text[2 * i]);
        low = track_nibble(text[2 * i + 1]);
        bad |= high | low;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return bad <= 15;
}

static inline bool pack_pairs(const uint8_t *text, size_t pairs, bool track, uint8_t *out)
{
    return track ? pack_track(text, pairs, out) : pack_digits(text, pairs, out);
}

static inline bool pack_bcd(const struct dialect_field *f, const uint8_t *text, size_t units,
                            uint8_t *out)
{
    bool track = f->class == CLASS_Z;
    unsigned odd;

    if (units % 2 == 0)
        return pack_pairs(text, units / 2, track, out);
    if (f->wire == WIRE_BCD_RIGHT) {
        odd = digit_nibble(text[0]);
        out[0] = (uint8_t)((unsigned)f->pad << 4 | odd);
        return odd <= 15 && pack_pairs(text + 1, units / 2, track, out + 1);
    }
    odd = track ? track_nibble(text[units - 1]) : digit_nibble(text[units - 1]);
    out[units / 2] = (uint8_t)(odd << 4 | f->pad);
    return odd <= 15 && pack_pairs(text, units / 2, track, out);
}

static inline bool is_sign(uint8_t c)
{
    return c == 'C' || c == 'D' || (c >= '0' && c <= '9');
}

static inline bool text_is_good(enum dialect_check check, const uint8_t *text, size_t len)
{
    if (check == CHECK_ASCII)
        return scan_is_ascii(text, len);
    return check != CHECK_GBK || scan_has_no_control(text, len);
}

static inline bool write_characters(const struct dialect_field *f, const uint8_t *text,
                                    size_t units, uint8_t *out)
{
    if (f->class == CLASS_N && !scan_is_digits(text, units))
        return false;
    if (f->class == CLASS_X && (!is_sign(text[0]) || !scan_is_digits(text + 1, units - 1)))
        return false;
    if (f->class == CLASS_Z) {
        for (size_t i = 0; i < units; i++) {
            if (track_nibble(text[i]) > 15)
                return false;
        }
    }
    if (!text_is_good((enum dialect_check)f->check, text, units))
        return false;
    scan_copy(out, text, units);
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
static __attribute__((noinline, cold)) enum err write_short(const struct pen *pen,
                                                            const struct dialect_field *f,
                                                            unsigned field, struct bytes value,
                                                            uint8_t *out)
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

/* A fixed field that was given all its units: no length, no filler, nothing to complete. */
static inline bool write_quick(enum dialect_quick quick, const uint8_t *value, size_t bytes,
                               uint8_t *out)
{
    if (quick == QUICK_BCD)
        return pack_digits(value, bytes, out);
    scan_copy(out, value, bytes);
    return quick != QUICK_ASCII || scan_is_ascii(value, bytes);
}

static __attribute__((noinline)) enum err write_field(struct pen *pen, unsigned field,
                                                      const struct iso_value *value)
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
        scan_copy(out, value->at, bytes);
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

    if (pen->dialect->source->bitmap_encoding == ENCODING_ASCII) {
        bytes_put_u64(raw, bits);
        bytes_to_hex(raw, sizeof raw, (char *)pen->at + pen->len);
        pen->len += 16;
    } else {
        bytes_put_u64(pen->at + pen->len, bits);
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

static void note_mac(const struct dialect_field *f, unsigned field, size_t before,
                     struct iso_built *built)
{
    built->mac_field = field;
    built->mac_covered = before;
    built->mac_offset = before + f->prefix_len;
    built->mac_len = f->fixed_len;
}

static inline bool is_quick(const struct dialect_field *f, const struct iso_value *value)
{
    return f->quick != QUICK_NONE && value->len == f->len_max && value->form == ISO_FORM_NORMAL;
}

/* The position is kept in a local: through the pen each field would wait for the one before. */
static inline enum err write_fields(struct pen *pen, const struct iso_message *message,
                                    uint64_t bits, unsigned base, struct iso_built *built)
{
    const struct dialect_field *fields = message->dialect->fields;
    size_t len = pen->len;

    while (bits != 0) {
        unsigned field = base + (unsigned)__builtin_clzll(bits);
        const struct dialect_field *f = &fields[field];
        const struct iso_value *value = &message->values[field];
        size_t before = len;
        bits &= ~(UINT64_C(1) << (63 - (field - base)));
        if (is_quick(f, value) && f->fixed_len <= pen->cap - len &&
            write_quick((enum dialect_quick)f->quick, value->at, f->fixed_len, pen->at + len)) {
            len += f->fixed_len;
        } else {
            pen->len = len; /* also a quick field that is wrong: this way finds out why */
            TRY(write_field(pen, field, value));
            len = pen->len;
        }
        if (f->mac)
            note_mac(f, field, before, built);
    }
    pen->len = len;
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

/*
 * The codec: bytes of a message to an index over them, and values to bytes.
 *
 * A message here begins at the message type; wire/frame.h takes off what precedes it.
 *
 * Parsing copies nothing. struct iso_view says where each field stands in the caller's bytes and is
 * valid as long as these bytes and the dialect live. Every length, digit and character has been
 * checked, so the getters cannot meet malformed data: only absence, or a value that is too large.
 *
 * The normal form of a value, which all parties see whatever the dialect:
 *   n          its digits as ASCII text, without filler
 *   z          digits as ASCII text, '=' as separator; other letters when the track is encrypted
 *   x+n        the sign character, then the digits
 *   a, an, ans its bytes as they came (GBK untouched, trailing spaces kept)
 *   b          its bytes (also where the wire has hex characters)
 *
 * Building takes values in normal form, borrowed until iso_build returns, and writes into the
 * caller's buffer, never past its end. Nothing here allocates.
 */
#ifndef WIRE_ISO8583_H
#define WIRE_ISO8583_H

#include "base/assert.h"
#include "base/money.h"
#include "base/text.h"
#include "wire/dialect.h"

/* name, failure, words. Each is about one field and one offset. */
#define ISO_FAULT_TABLE(ROW)                                                                       \
    ROW(ISO_FAULT_NONE, OK, "no fault")                                                            \
    ROW(ISO_FAULT_MTI, ERR_BAD_FORMAT, "the message type is not four digits")                      \
    ROW(ISO_FAULT_BITMAP, ERR_BAD_FORMAT, "the bitmap is not hex digits")                          \
    ROW(ISO_FAULT_SECONDARY, ERR_UNSUPPORTED, "the dialect has no secondary bitmap")               \
    ROW(ISO_FAULT_NO_FIELD, ERR_UNSUPPORTED, "the dialect has no such field")                      \
    ROW(ISO_FAULT_TRUNCATED, ERR_TRUNCATED, "the message ends inside the field")                   \
    ROW(ISO_FAULT_LENGTH_FORM, ERR_BAD_FORMAT, "the length is not written in digits")              \
    ROW(ISO_FAULT_LENGTH_OVER, ERR_BAD_LENGTH, "the length is over the field's limit")             \
    ROW(ISO_FAULT_DIGIT, ERR_BAD_FORMAT, "not a decimal digit")                                    \
    ROW(ISO_FAULT_PAD, ERR_BAD_FORMAT, "the filler nibble is neither 0 nor F")                     \
    ROW(ISO_FAULT_SIGN, ERR_BAD_FORMAT, "not a sign character")                                    \
    ROW(ISO_FAULT_TEXT, ERR_BAD_FORMAT, "not a printable character")                               \
    ROW(ISO_FAULT_HEX, ERR_BAD_FORMAT, "not a hex digit")                                          \
    ROW(ISO_FAULT_TRAILING, ERR_BAD_LENGTH, "bytes are left after the last field")                 \
    ROW(ISO_FAULT_VALUE_LONG, ERR_BAD_LENGTH, "the value is too long for the field")               \
    ROW(ISO_FAULT_VALUE_SHORT, ERR_BAD_LENGTH, "the value is too short for the field")             \
    ROW(ISO_FAULT_ROOM, ERR_FULL, "the message does not fit the buffer")

#define ISO_FAULT_NAME(name, err, words) name,
enum iso_fault_kind { ISO_FAULT_TABLE(ISO_FAULT_NAME) ISO_FAULT_COUNT };
#undef ISO_FAULT_NAME

/* What is wrong with a message, and where. Holds at most one byte of it, never a value. */
struct iso_fault {
    enum iso_fault_kind kind;
    enum err err;
    uint8_t field;      /* 0: the message type; 1: the bitmap */
    uint32_t offset;    /* of the offending byte, from the message type */
    uint32_t expected;  /* bytes needed, longest length allowed: by kind */
    uint32_t found;     /* bytes there, length given, the byte itself: by kind */
    const char *clause; /* the dialect's document */
};

/* "field 35 at byte 57: the length is over the field's limit: at most 37, found 41 (CLAUSE)" */
void iso_fault_add_text(struct text *t, const struct iso_fault *fault);

/* Where a field's value stands. */
struct iso_span {
    uint16_t offset; /* of the value's first byte, after its length */
    uint16_t len;    /* digits, characters or bytes, by the field's class */
};

struct iso_view {
    const struct dialect *dialect;
    struct bytes message; /* from the message type to the last field */
    uint16_t mti;         /* 0x0200 */
    uint64_t present[2];  /* fields 1..64 and 65..128, the lowest in the highest bit */
    uint16_t body_offset; /* of the first field, after the bitmap */
    struct iso_span spans[ISO_FIELD_COUNT]; /* meaningful only where present */
};

/* Indexes a whole message. On failure the fault says which field, which byte and why, and out holds
 * the fields before it (for showing, not for deciding). */
MUST_USE enum err iso_parse(const struct dialect *dialect, struct bytes message,
                            struct iso_view *out, struct iso_fault *fault);

/* The next field after `after` (0 to begin) in ascending order; 0 when there is none. */
unsigned iso_next(const struct iso_view *view, unsigned after);

bool iso_has(const struct iso_view *view, unsigned field);

/* Units of the value, as its class counts them; 0 when absent. */
size_t iso_len(const struct iso_view *view, unsigned field);

/* The value as it stands on the wire, filler included, its length excluded; empty when absent. */
struct bytes iso_raw(const struct iso_view *view, unsigned field);

/* As iso_raw, with the length prefix. */
struct bytes iso_raw_whole(const struct iso_view *view, unsigned field);

/* Copies the value in normal form. ERR_NOT_FOUND when absent, ERR_FULL when out is too small. */
MUST_USE enum err iso_get(const struct iso_view *view, unsigned field, char *out, size_t out_cap,
                          size_t *out_len);

/* As iso_get, with a terminating zero that out_cap must have room for. */
MUST_USE enum err iso_get_z(const struct iso_view *view, unsigned field, char *out, size_t out_cap);

/* The number that a field of digits spells. ERR_NOT_FOUND, ERR_BAD_FORMAT when it is not digits,
 * ERR_OVERFLOW past 18 digits. */
MUST_USE enum err iso_get_number(const struct iso_view *view, unsigned field, uint64_t *out);

/* As iso_get_number, as an amount in minor units of the currency. */
MUST_USE enum err iso_get_money(const struct iso_view *view, unsigned field, uint16_t currency,
                                struct money *out);

/* Whether the field is there with exactly this value in normal form. */
bool iso_is(const struct iso_view *view, unsigned field, const char *value_z);

/* The field that holds the authentication code of this message; 0 when it has none. */
unsigned iso_mac_field(const struct iso_view *view);

/* What the authentication code covers: from the message type to the field before it (UnionPay POS,
 * MAB). The whole message when it carries none. */
struct bytes iso_mac_range(const struct iso_view *view);

/* Digits that a number set by iso_set_number may use up, in one message. */
#define ISO_NUMBER_ROOM 192

enum iso_form {
    ISO_FORM_NORMAL, /* normal form */
    ISO_FORM_WIRE,   /* the bytes of iso_raw, from a view of the same dialect */
    ISO_FORM_BLANK   /* zeros of the field's length, to be filled by iso_seal */
};

struct iso_value {
    const void *at;
    uint16_t len;  /* of the normal form, or units for ISO_FORM_WIRE */
    uint16_t form; /* enum iso_form; no byte: storing one could alias all else */
};

/* A message in the making. Do not copy it: values set by number point into it. */
struct iso_message {
    const struct dialect *dialect;
    uint16_t mti;
    uint64_t present[2];
    uint16_t number_len;
    char number_room[ISO_NUMBER_ROOM];
    struct iso_value values[ISO_FIELD_COUNT];
};

/* Starts an empty message of type mti (0x0200). */
void iso_message_init(struct iso_message *message, const struct dialect *dialect, uint16_t mti);

/* Sets or replaces a field; the value is borrowed. Whether it fits is found by iso_build. In line:
 * a message sets twenty values. */
static inline void iso_set(struct iso_message *message, unsigned field, struct bytes value)
{
    assert(field >= 2 && field < ISO_FIELD_COUNT && value.len <= UINT16_MAX);
    message->present[(field - 1) / 64] |= UINT64_C(1) << (63 - (field - 1) % 64);
    message->values[field] = (struct iso_value){value.at, (uint16_t)value.len, ISO_FORM_NORMAL};
}
void iso_set_z(struct iso_message *message, unsigned field, const char *value_z);

/* Sets digits with leading zeros: `width` of them, kept inside the message. */
void iso_set_number(struct iso_message *message, unsigned field, uint64_t value, size_t width);

/* Leaves room for the authentication code. */
void iso_set_blank(struct iso_message *message, unsigned field);

void iso_unset(struct iso_message *message, unsigned field);

/* Takes a field over as it stands, bytes and filler, from a message of the same dialect (asserted).
 * Fields that we do not understand survive a re-pack this way. The view's bytes are borrowed. */
void iso_copy(struct iso_message *message, const struct iso_view *view, unsigned field);

/* iso_copy of every field that the message does not have yet. */
void iso_copy_rest(struct iso_message *message, const struct iso_view *view);

/* What iso_build wrote. */
struct iso_built {
    size_t len;
    unsigned mac_field; /* 0: none */
    size_t mac_offset;  /* of the code's first byte; what it covers is [0, mac_covered) */
    size_t mac_covered; /* bytes that the code covers */
    size_t mac_len;     /* bytes of the code on the wire */
};

/* Writes the message. On failure the fault names the field; out's content is then undefined. */
MUST_USE enum err iso_build(const struct iso_message *message, uint8_t *out, size_t out_cap,
                            struct iso_built *built, struct iso_fault *fault);

/* Writes the authentication code (its bytes; as hex characters where the dialect wants them) into
 * the room that the build left for it. `mac` has as many bytes as the field holds (asserted). */
void iso_seal(const struct dialect *dialect, uint8_t *message, const struct iso_built *built,
              struct bytes mac);

#endif

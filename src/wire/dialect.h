/*
 * A dialect: how each field of an ISO 8583 message stands on the wire, what it is called, and
 * what of it may be shown. Dialects are data (dialects/NAME.yaml, turned into const tables when
 * the program is built, or read from a user's file by drivers/dialect_yaml.h); this is the form
 * in which the codec uses them.
 *
 * struct dialect_source is the plain description, one row for each field. dialect_compile turns
 * it into struct dialect, the table with one short entry for each field that parse and build walk.
 * A compiled dialect borrows its source: the source must live as long.
 *
 * Lengths of digits are counted in digits, of everything else in bytes.
 */
#ifndef WIRE_DIALECT_H
#define WIRE_DIALECT_H

#include "base/bounds.h"
#include "base/bytes.h"

/* What a field holds (ISO 8583:1987, 4.2). */
enum dialect_class {
    CLASS_NONE, /* the field is not in the dialect */
    CLASS_N,    /* decimal digits */
    CLASS_Z,    /* track data: digits and the separator; any hex digit once encrypted */
    CLASS_X,    /* one sign character ('C', 'D' or a digit), then digits */
    CLASS_TEXT, /* a, an, ans: characters */
    CLASS_B,    /* bytes */
    CLASS_COUNT
};

/* How digits, lengths, bytes, the message type and the bitmap are written. */
enum dialect_encoding {
    ENCODING_BCD,   /* two digits a byte */
    ENCODING_ASCII, /* one character a digit; two hex characters a byte */
    ENCODING_BINARY /* a big-endian number; bytes as they are */
};

/* Which side of the last byte (BCD) or of a fixed field (characters) stays unused. */
enum dialect_align { ALIGN_LEFT, ALIGN_RIGHT };

/* Which characters a text field accepts. */
enum dialect_chars {
    CHARS_ASCII, /* 0x20 to 0x7E */
    CHARS_GBK,   /* these, and bytes from 0x80 up; whether they are GBK is for the view */
    CHARS_ANY    /* unchecked: hosts put bytes into it */
};

/* What of a value may appear in logs, traces and dumps. Nothing unless the row says so. */
enum dialect_show {
    SHOW_NOTHING, /* only its length */
    SHOW_PAN,     /* first six and last four digits (PCI DSS v4.0, 3.4.1) */
    SHOW_ALL
};

/* What stands inside a field. */
enum dialect_content {
    CONTENT_PLAIN,
    CONTENT_PARTS,         /* positional sub-fields: see struct dialect_layout */
    CONTENT_BER_TLV,       /* ISO/IEC 8825-1 as in EMV 4.3 Book 3, Annex B */
    CONTENT_MAYBE_BER_TLV, /* the same where it is so, else bytes of some other kind */
    CONTENT_TEXT_TLV       /* two characters of tag, three digits of length, value (UnionPay 59) */
};

/* What stands before the message type. */
enum dialect_framing {
    FRAMING_NONE = 0,
    FRAMING_LENGTH = 1, /* two bytes, big-endian, counting what follows */
    FRAMING_TPDU = 2,   /* five bytes */
    FRAMING_HEADER = 4  /* six bytes, UnionPay POS */
};

struct dialect_row {
    uint8_t number; /* 2..128 */
    enum dialect_class class;
    uint8_t length_digits; /* 0: fixed; 2: LL; 3: LLL */
    uint16_t len_max;      /* of digits, characters or bytes; the exact length when fixed */
    enum dialect_encoding length_encoding;
    enum dialect_encoding value_encoding;
    enum dialect_align align;
    uint8_t pad; /* nibble written to fill an odd count of BCD digits: 0 or 15 */
    enum dialect_chars chars;
    enum dialect_show show;
    enum dialect_content content;
    bool mac;           /* the authentication code: what precedes it is what it covers */
    const char *format; /* as documents write it: "n..19", "an12", "b8" */
    const char *zh;
    const char *en;
};

struct dialect_part {
    const char *name; /* "60.2", "A4" */
    uint16_t len;     /* 0: all that is left; of an element at most */
    enum dialect_show show;
    bool text; /* in a field of bytes: these are characters */
    const char *zh;
    const char *en;
};

/* The sub-fields of a field, for messages of one type and length or for any. */
struct dialect_layout {
    uint8_t number;
    uint16_t mti; /* as 0x0810; 0: any */
    uint16_t len; /* of the whole value; 0: any */
    bool repeats; /* the parts come again and again until the value ends (DE 54) */
    bool tags;    /* of text TLV: the parts name elements by tag, which stand in any order */
    uint16_t part_first;
    uint16_t part_count;
};

/* Rows that one acquirer has otherwise. They replace the dialect's rows whole. */
struct dialect_profile {
    const char *name;
    const char *zh;
    const char *en;
    const struct dialect_row *rows;
    size_t row_count;
};

struct dialect_source {
    const char *name;
    const char *zh;
    const char *en;
    const char *clause; /* the document that the rows come from, for faults */
    enum dialect_encoding mti_encoding;
    enum dialect_encoding bitmap_encoding; /* BINARY, or ASCII: hex characters */
    bool secondary;                        /* fields 65..128 exist */
    char separator;                        /* of tracks, as people write it: '=' or 'D' */
    unsigned framing;                      /* enum dialect_framing, or-ed */
    const struct dialect_row *rows;
    size_t row_count;
    const struct dialect_layout *layouts;
    size_t layout_count;
    const struct dialect_part *parts;
    size_t part_count;
    const struct dialect_profile *profiles;
    size_t profile_count;
};

/* One entry of the compiled table: all that the codec needs in 16 bytes. */
struct dialect_field {
    uint8_t prefix;     /* private to iso8583.c: how the length is written */
    uint8_t prefix_len; /* bytes of the length */
    uint8_t wire;       /* private: how units become bytes */
    uint8_t check;      /* private: which bytes are allowed */
    uint16_t len_max;   /* units: digits, characters, bytes */
    uint16_t fixed_len; /* bytes on the wire when there is no prefix */
    uint8_t class;      /* enum dialect_class */
    uint8_t pad;        /* the nibble that fills */
    bool mac;
    uint8_t quick; /* private to iso8583_build.c */
    uint8_t reserved[4];
};

enum dialect_prefix {
    PREFIX_NONE,
    PREFIX_BCD1,
    PREFIX_BCD2,
    PREFIX_ASCII2,
    PREFIX_ASCII3,
    PREFIX_BINARY1,
    PREFIX_BINARY2
};

enum dialect_wire {
    WIRE_BCD_LEFT,  /* digits begin in the high nibble; the last low one may be filler */
    WIRE_BCD_RIGHT, /* digits end in the low nibble; the first high one may be filler */
    WIRE_X_BCD,     /* one character, then BCD */
    WIRE_BYTES,     /* one byte for each unit */
    WIRE_HEX        /* two characters for each byte */
};

/* Fixed fields that hold a whole count of bytes of one kind: most of a message. */
enum dialect_quick { QUICK_NONE, QUICK_BCD, QUICK_ASCII, QUICK_BYTES };

enum dialect_check {
    CHECK_NONE,
    CHECK_BCD,
    CHECK_DIGITS,
    CHECK_X_BCD,
    CHECK_X_DIGITS,
    CHECK_TRACK,
    CHECK_ASCII,
    CHECK_GBK,
    CHECK_HEX
};

struct dialect {
    const struct dialect_source *source;
    const struct dialect_profile *profile; /* NULL: the dialect as such */
    struct dialect_field fields[ISO_FIELD_COUNT];
    const struct dialect_row *rows[ISO_FIELD_COUNT]; /* NULL where the dialect has no field */
};

/* Why a description cannot become a table. */
struct dialect_fault {
    uint8_t number;   /* the field, or 0 */
    const char *what; /* static words */
};

/* Makes the table for the dialect, changed by the named profile (NULL: by none). ERR_NOT_FOUND when
 * there is no such profile, ERR_CONFIG when a row contradicts itself: the fault says where. */
MUST_USE enum err dialect_compile(const struct dialect_source *source, const char *profile,
                                  struct dialect *out, struct dialect_fault *fault);

/* The row of a field; NULL when the dialect has none. */
const struct dialect_row *dialect_row(const struct dialect *dialect, unsigned field);

/* The layout for a field of a message of that type (0x0810) whose value has len units; the most
 * particular one wins: by type and length, by length, by type, any. NULL when it has none. */
const struct dialect_layout *dialect_layout(const struct dialect *dialect, unsigned field,
                                            uint16_t mti, size_t len);

#endif

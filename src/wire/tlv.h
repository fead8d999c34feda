/*
 * Tag, length, value.
 *
 * BER-TLV as cards and field 55 use it (EMV 4.3 Book 3, Annex B): tags of one to three bytes,
 * lengths of one to three, definite form only. tlv_next walks the elements of one level; tlv_walk
 * goes into constructed ones too, to a bounded depth and without recursion.
 *
 * The text form of UnionPay's field 59: two characters of tag, three digits of length, value.
 *
 * Iterators borrow; nothing is copied. Zero bytes between elements are skipped (EMV 4.3 Book 3,
 * Annex B1).
 */
#ifndef WIRE_TLV_H
#define WIRE_TLV_H

#include "base/bytes.h"

#define TLV_DEPTH_MAX 4

struct tlv {
    uint32_t tag; /* 0x9F26; text tags as their characters: "A4" is 0x4134 */
    struct bytes value;
    struct bytes whole; /* tag, length and value */
    uint8_t depth;      /* 0 for the outermost level */
    bool constructed;   /* the value is elements itself */
};

struct tlv_iterator {
    struct bytes all;
    size_t offset;       /* of the next element */
    size_t fault_offset; /* where the last failure is */
    const char *fault;   /* and what, in static words; NULL when there was none */
    uint8_t depth;
    size_t ends[TLV_DEPTH_MAX]; /* tlv_walk: where the open elements end */
};

struct tlv_iterator tlv_over(struct bytes elements);

/* The next element of this level. ERR_NOT_FOUND at the end; ERR_TRUNCATED, ERR_BAD_FORMAT with the
 * fault and its offset; after these there is no going on. */
MUST_USE enum err tlv_next(struct tlv_iterator *it, struct tlv *out);

/* As tlv_next, but what is inside a constructed element follows it, one level deeper. An element
 * whose inside is not TLV (UnionPay's private FFxx tags hold text) is given without its inside, and
 * so is one deeper than TLV_DEPTH_MAX; such an element has `constructed` false. */
MUST_USE enum err tlv_walk(struct tlv_iterator *it, struct tlv *out);

/* The first element of that tag on the outermost level. ERR_NOT_FOUND, or the walk's failure. */
MUST_USE enum err tlv_find(struct bytes elements, uint32_t tag, struct bytes *out);

/* As tlv_next for the text form. */
MUST_USE enum err tlv_text_next(struct tlv_iterator *it, struct tlv *out);

/* Elements in the caller's buffer. */
struct tlv_writer {
    uint8_t *at;
    size_t cap;
    size_t len;
};

struct tlv_writer tlv_into(uint8_t *room, size_t cap);

/* Appends an element with the shortest length. ERR_FULL leaves what was there; ERR_BAD_LENGTH
 * for a value over 65535 bytes. */
MUST_USE enum err tlv_put(struct tlv_writer *w, uint32_t tag, struct bytes value);

/* As tlv_put for the text form; the tag is two characters. ERR_BAD_LENGTH past 999 bytes. */
MUST_USE enum err tlv_text_put(struct tlv_writer *w, const char *tag_z, struct bytes value);

#endif

/*
 * Field 62 of a parameter download and of a status upload (UnionPay POS, 3.6): two digits of tag
 * and a value of the length that belongs to the tag.
 *
 *     11 application 2 · 12 timeout s 2 · 13 retries 1 · 14 15 16 host's phones 14 · 17 phone of
 *     management 14 · 18 tips allowed 1 · 19 tip % 2 · 20 manual entry 1 · 21 automatic sign-off 1
 *     22 merchant's name 40, GBK · 23 resends 1 · 24 offline upload 1 · 25 key index 1
 *     26 transactions 4 bytes, a bit for each kind · 27 offline payments at most 2
 *
 * A status is 127 bytes: the devices (01 to 05, each with a digit), tag 11, the parameters 12 to
 * 21, 26 and 27 as they are in use, and 51: 4 digits of hours, 5 of dials, 3 of successes.
 */
#ifndef TXN_PARAMETER_BLOCK_H
#define TXN_PARAMETER_BLOCK_H

#include "base/bytes.h"

#define PARAMETER_NAME_LEN 40
#define PARAMETER_BLOCK_MAX 256 /* all of them are shorter */
#define STATUS_BLOCK_LEN 127
#define STATUS_DEVICES "011021031041051" /* all five are well */
#define STATUS_DEVICES_LEN 15

enum parameter_tag {
    PARAMETER_APPLICATION = 11,
    PARAMETER_TIMEOUT = 12,
    PARAMETER_TIPS = 18,
    PARAMETER_TIP_PERCENT = 19,
    PARAMETER_MANUAL = 20,
    PARAMETER_NAME = 22,
    PARAMETER_KINDS = 26,
    PARAMETER_OFFLINE_MAX = 27,
};

struct parameter {
    unsigned tag;
    struct bytes value; /* borrowed */
};

/* The parameter at *offset, which is moved behind it. ERR_NOT_FOUND at the end; ERR_BAD_FORMAT for
 * an unknown tag or one that is cut, or letters where digits belong, with *offset where it is. */
MUST_USE enum err parameter_next(struct bytes block, size_t *offset, struct parameter *out);

/* Whether all of a block can be read. */
MUST_USE enum err parameter_check(struct bytes block);

/* The value of a tag as a number, or `otherwise` when the block does not have it. */
uint32_t parameter_number(struct bytes block, unsigned tag, uint32_t otherwise);

/* A block being written; len stays within cap, which must be enough. */
struct parameter_writer {
    uint8_t *at;
    size_t cap;
    size_t len;
};

/* A number in the digits (tag 26: bytes) of its tag; too large a one becomes the largest. */
void parameter_put_number(struct parameter_writer *w, unsigned tag, uint32_t value);
/* A name in GBK, as much of it as fits, padded with spaces. */
void parameter_put_name(struct parameter_writer *w, const char *name_z);

/* The status of a terminal whose parameters in use are `block` (empty: none were downloaded). */
void parameter_status(struct bytes block, uint8_t out[static STATUS_BLOCK_LEN]);

#endif

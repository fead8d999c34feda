/*
 * Whether all bytes of a range are of a kind, eight at a time and without branches on the bytes:
 * the codec's inner loops. Ranges may have any length and alignment; an empty one is always good.
 */
#ifndef WIRE_SCAN_H
#define WIRE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SCAN_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Nonzero when a nibble is over 9: its bit 8 together with bit 4 or bit 2. */
static inline uint64_t scan_not_bcd(uint64_t x)
{
    return x & (x << 1 | x << 2) & SCAN_EACH(0x88);
}

/* Nonzero when a byte is not '0'..'9'. */
static inline uint64_t scan_not_digits(uint64_t x)
{
    return ((x & SCAN_EACH(0xF0)) ^ SCAN_EACH(0x30)) | scan_not_bcd(x & SCAN_EACH(0x0F));
}

/* Nonzero when a byte is under 0x20 or is 0x7F. Bytes over 0x7F pass. */
static inline uint64_t scan_control(uint64_t x)
{
    uint64_t low = x & SCAN_EACH(0x7F);
    uint64_t at_least_space = low + SCAN_EACH(0x60); /* the top bit says so */
    uint64_t is_delete = low + SCAN_EACH(0x01);      /* as does this one */

    return ((~at_least_space | is_delete) & ~x) & SCAN_EACH(0x80);
}

/* Nonzero when a byte is not 0x20..0x7E. */
static inline uint64_t scan_not_ascii(uint64_t x)
{
    return scan_control(x) | (x & SCAN_EACH(0x80));
}

static inline uint64_t scan_load8(const uint8_t *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

static inline uint64_t scan_load4(const uint8_t *at)
{
    uint32_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

/* A word that holds each byte of a range of one to seven at least once, and no others. */
static inline uint64_t scan_load_short(const uint8_t *at, size_t len)
{
    uint64_t word;

    if (len >= 4)
        return scan_load4(at) | scan_load4(at + len - 4) << 32;
    word = at[0] | (uint64_t)at[len / 2] << 8 | (uint64_t)at[len - 1] << 16 | (uint64_t)at[0] << 24;
    return word | word << 32;
}

/* From eight bytes on, the last word overlaps the one before it. */
#define SCAN_DEFINE(name, word_is_bad)                                                             \
    static inline bool name(const uint8_t *at, size_t len)                                         \
    {                                                                                              \
        uint64_t bad = 0;                                                                          \
        if (len < 8)                                                                               \
            return len == 0 || word_is_bad(scan_load_short(at, len)) == 0;                         \
        for (size_t i = 0; i + 8 < len; i += 8)                                                    \
            bad |= word_is_bad(scan_load8(at + i));                                                \
        return (bad | word_is_bad(scan_load8(at + len - 8))) == 0;                                 \
    }

/* Only nibbles 0 to 9. */
SCAN_DEFINE(scan_is_bcd, scan_not_bcd)
/* Only '0' to '9'. */
SCAN_DEFINE(scan_is_digits, scan_not_digits)
/* Only 0x20 to 0x7E. */
SCAN_DEFINE(scan_is_ascii, scan_not_ascii)
/* Nothing under 0x20 and no 0x7F. */
SCAN_DEFINE(scan_has_no_control, scan_control)

/* memcpy for the short ranges that fields are, where the call costs more than the copy. */
static inline void scan_copy(uint8_t *out, const uint8_t *at, size_t len)
{
    if (len > 16) {
        memcpy(out, at, len);
    } else if (len >= 8) {
        uint64_t first = scan_load8(at);
        uint64_t last = scan_load8(at + len - 8);
        memcpy(out, &first, 8);
        memcpy(out + len - 8, &last, 8);
    } else {
        for (size_t i = 0; i < len; i++)
            out[i] = at[i];
    }
}

#endif

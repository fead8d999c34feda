/*
 * A borrowed range of bytes, and the few things done to ranges everywhere: hex, digits, big-endian
 * numbers, comparing and wiping. Nothing here owns memory. What takes a few instructions is in
 * line: every field of every message goes through it.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/assert.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *at; /* borrowed; may be NULL only when len is 0 */
    size_t len;
};

static inline struct bytes bytes_over(const void *at, size_t len)
{
    assert(at != NULL || len == 0);
    return (struct bytes){.at = at, .len = len};
}

/* The bytes of a string without its end. */
static inline struct bytes bytes_of_z(const char *text)
{
    return bytes_over(text, strlen(text));
}

/* memcpy for the short ranges that keys, fields and words are, where the call costs more than the
 * copy: up to 32 bytes are two copies that overlap. */
static inline void bytes_copy(void *out, const void *at, size_t len)
{
    uint8_t *to = out;
    const uint8_t *from = at;

    if (len > 32) {
        memcpy(to, from, len);
    } else if (len >= 16) {
        memcpy(to, from, 16);
        memcpy(to + len - 16, from + len - 16, 16);
    } else if (len >= 8) {
        memcpy(to, from, 8);
        memcpy(to + len - 8, from + len - 8, 8);
    } else {
        for (size_t i = 0; i < len; i++)
            to[i] = from[i];
    }
}

bool bytes_equal(struct bytes a, struct bytes b);

/* Compares in time that depends on len only. For MACs, PINs, keys. */
bool bytes_equal_ct(const uint8_t *a, const uint8_t *b, size_t len);

/* Zeroes memory in a way that the compiler may not remove. */
static inline void bytes_wipe(void *at, size_t len)
{
    if (len == 0)
        return;
    memset(at, 0, len);
    __asm__ __volatile__("" : : "r"(at) : "memory");
}

/* Reads hex digits of either case, an even number of them. ERR_BAD_LENGTH when odd, ERR_FULL
 * when they make more than out_cap bytes, ERR_BAD_FORMAT at anything but a digit. */
MUST_USE enum err bytes_from_hex(const char *hex, size_t hex_len, uint8_t *out, size_t out_cap,
                                 size_t *out_len);

/* Writes 2 * len upper-case hex digits, no terminator. */
void bytes_to_hex(const uint8_t *at, size_t len, char *out);

/* Big-endian numbers. */
static inline uint16_t bytes_get_u16(const uint8_t at[static 2])
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t bytes_get_u32(const uint8_t at[static 4])
{
    return (uint32_t)bytes_get_u16(at) << 16 | bytes_get_u16(at + 2);
}

static inline uint64_t bytes_get_u64(const uint8_t at[static 8])
{
    return (uint64_t)bytes_get_u32(at) << 32 | bytes_get_u32(at + 4);
}

static inline void bytes_put_u16(uint8_t at[static 2], uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void bytes_put_u32(uint8_t at[static 4], uint32_t value)
{
    bytes_put_u16(at, (uint16_t)(value >> 16));
    bytes_put_u16(at + 2, (uint16_t)value);
}

static inline void bytes_put_u64(uint8_t at[static 8], uint64_t value)
{
    bytes_put_u32(at, (uint32_t)(value >> 32));
    bytes_put_u32(at + 4, (uint32_t)value);
}

/* The number that len decimal digits spell. ERR_BAD_FORMAT at a non-digit, ERR_OVERFLOW past
 * 18 digits' worth. An empty range is 0. */
MUST_USE enum err bytes_to_number(const char *digits, size_t len, uint64_t *out);

/* Writes value as exactly len decimal digits with leading zeros, no terminator. The value must
 * fit (asserted). */
void bytes_from_number(uint64_t value, char *out, size_t len);

bool bytes_are_digits(const char *at, size_t len);

#endif

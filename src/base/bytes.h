/*
 * A borrowed range of bytes, and the few things done to ranges everywhere: hex, digits, big-endian
 * numbers, comparing and wiping. Nothing here owns memory.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/attribute.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *at; /* borrowed; may be NULL only when len is 0 */
    size_t len;
};

struct bytes bytes_over(const void *at, size_t len);

/* The bytes of a string without its end. */
struct bytes bytes_of_z(const char *text);

bool bytes_equal(struct bytes a, struct bytes b);

/* Compares in time that depends on len only. For MACs, PINs, keys. */
bool bytes_equal_ct(const uint8_t *a, const uint8_t *b, size_t len);

/* Zeroes memory in a way that the compiler may not remove. */
void bytes_wipe(void *at, size_t len);

/* Reads hex digits of either case, an even number of them. ERR_BAD_LENGTH when odd, ERR_FULL
 * when they make more than out_cap bytes, ERR_BAD_FORMAT at anything but a digit. */
MUST_USE enum err bytes_from_hex(const char *hex, size_t hex_len, uint8_t *out, size_t out_cap,
                                 size_t *out_len);

/* Writes 2 * len upper-case hex digits, no terminator. */
void bytes_to_hex(const uint8_t *at, size_t len, char *out);

/* Big-endian numbers. */
uint16_t bytes_get_u16(const uint8_t at[static 2]);
uint32_t bytes_get_u32(const uint8_t at[static 4]);
uint64_t bytes_get_u64(const uint8_t at[static 8]);
void bytes_put_u16(uint8_t at[static 2], uint16_t value);
void bytes_put_u32(uint8_t at[static 4], uint32_t value);
void bytes_put_u64(uint8_t at[static 8], uint64_t value);

/* The number that len decimal digits spell. ERR_BAD_FORMAT at a non-digit, ERR_OVERFLOW past
 * 18 digits' worth. An empty range is 0. */
MUST_USE enum err bytes_to_number(const char *digits, size_t len, uint64_t *out);

/* Writes value as exactly len decimal digits with leading zeros, no terminator. The value must
 * fit (asserted). */
void bytes_from_number(uint64_t value, char *out, size_t len);

bool bytes_are_digits(const char *at, size_t len);

#endif

#include "base/bytes.h"

#include "base/assert.h"

#include <string.h>

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool bytes_equal_ct(const uint8_t *a, const uint8_t *b, size_t len)
{
    volatile uint8_t different = 0;

    for (size_t i = 0; i < len; i++)
        different = (uint8_t)(different | (a[i] ^ b[i]));
    return different == 0;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return -1;
}

enum err bytes_from_hex(const char *hex, size_t hex_len, uint8_t *out, size_t out_cap,
                        size_t *out_len)
{
    if (hex_len % 2 != 0)
        return ERR_BAD_LENGTH;
    if (hex_len / 2 > out_cap)
        return ERR_FULL;
    for (size_t i = 0; i < hex_len; i++) {
        if (hex_value(hex[i]) < 0)
            return ERR_BAD_FORMAT;
    }
    for (size_t i = 0; i < hex_len; i += 2)
        out[i / 2] = (uint8_t)(hex_value(hex[i]) << 4 | hex_value(hex[i + 1]));
    *out_len = hex_len / 2;
    return OK;
}

void bytes_to_hex(const uint8_t *at, size_t len, char *out)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[at[i] >> 4];
        out[2 * i + 1] = digits[at[i] & 15];
    }
}

enum err bytes_to_number(const char *digits, size_t len, uint64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return ERR_BAD_FORMAT;
        if (value > 99999999999999999U)
            return ERR_OVERFLOW;
        value = value * 10 + (uint64_t)(digits[i] - '0');
    }
    *out = value;
    return OK;
}

void bytes_from_number(uint64_t value, char *out, size_t len)
{
    for (; len >= 2; len -= 2) {
        unsigned pair = (unsigned)(value % 100);
        value /= 100;
        out[len - 1] = (char)('0' + pair % 10);
        out[len - 2] = (char)('0' + pair / 10);
    }
    if (len == 1) {
        out[0] = (char)('0' + value % 10);
        value /= 10;
    }
    assert(value == 0);
}

bool bytes_are_digits(const char *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (at[i] < '0' || at[i] > '9')
            return false;
    }
    return true;
}

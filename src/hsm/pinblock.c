#include "hsm/pinblock.h"

#include "base/assert.h"

#include <string.h>

#define FORMAT_0 0x00
#define FORMAT_4 0x40
#define FILL_0 0xF
#define FILL_4 0xA
#define ACCOUNT_0_DIGITS 12
#define NIBBLES 16 /* of the PIN field, in both formats */

_Static_assert(PIN_DIGITS_MAX <= NIBBLES - 4, "a PIN fits between control, length and fill");

bool pin_is_good(const struct secret *pin)
{
    return pin->len >= PIN_DIGITS_MIN && pin->len <= PIN_DIGITS_MAX &&
           bytes_are_digits((const char *)pin->at, pin->len);
}

/* Control, length, digits and fill as one number: the first 8 bytes of both formats. */
static uint64_t pin_field(const struct secret *pin, unsigned control, unsigned fill)
{
    uint64_t field = control | pin->len;

    assert(pin_is_good(pin));
    for (size_t i = 0; i < NIBBLES - 2; i++)
        field = field << 4 | (i < pin->len ? pin->at[i] - (unsigned)'0' : fill);
    return field;
}

/* Reads the number back. Looks at every nibble whatever it finds, and says only yes or no. */
static enum err take_pin_field(uint64_t field, unsigned control, unsigned fill, struct secret *out)
{
    struct secret pin SECRET_WIPED = {.len = field >> 56 & 15U};
    unsigned bad = (field >> 56 & 0xF0U) != control;

    bad |= pin.len < PIN_DIGITS_MIN;
    bad |= pin.len > PIN_DIGITS_MAX;
    for (size_t i = 0; i < NIBBLES - 2; i++) {
        unsigned nibble = field >> (52 - 4 * i) & 15U;
        unsigned inside = i < pin.len;

        bad |= inside & (nibble > 9);
        bad |= (inside ^ 1U) & (nibble != fill);
        pin.at[i] = (uint8_t)(inside * ('0' + nibble));
    }
    if (bad != 0)
        return ERR_CRYPTO;
    *out = pin;
    return OK;
}

/* 0000 and the rightmost 12 digits before the check digit (ISO 9564-1, 9.3.2.3). */
static uint64_t account_0(const struct pan *pan)
{
    uint64_t account = 0;

    assert(pan->len >= PAN_DIGITS_MIN);
    assert(pan->len <= PAN_DIGITS_MAX);
    for (size_t i = pan->len > ACCOUNT_0_DIGITS ? pan->len - 1U - ACCOUNT_0_DIGITS : 0;
         i + 1 < pan->len; i++)
        account = account << 4 | (uint64_t)(pan->digits[i] - '0');
    return account;
}

void pinblock_0_build(const struct secret *pin, const struct pan *pan,
                      uint8_t out[static PINBLOCK_0_LEN])
{
    bytes_put_u64(out, pin_field(pin, FORMAT_0, FILL_0) ^ account_0(pan));
}

enum err pinblock_0_parse(const uint8_t block[static PINBLOCK_0_LEN], const struct pan *pan,
                          struct secret *out)
{
    return take_pin_field(bytes_get_u64(block) ^ account_0(pan), FORMAT_0, FILL_0, out);
}

void pinblock_4_build(const struct secret *pin, const uint8_t nonce[static 8],
                      uint8_t out[static PINBLOCK_4_LEN])
{
    bytes_put_u64(out, pin_field(pin, FORMAT_4, FILL_4));
    memcpy(out + 8, nonce, 8);
}

void pinblock_4_account(const struct pan *pan, uint8_t out[static PINBLOCK_4_LEN])
{
    char digits[2 * PINBLOCK_4_LEN];
    size_t fill = pan->len < PAN_DIGITS_MIN ? (size_t)PAN_DIGITS_MIN - pan->len : 0;
    size_t out_len = 0;

    assert(pan->len >= 1);
    assert(pan->len <= PAN_DIGITS_MAX);
    memset(digits, '0', sizeof digits);
    digits[0] = (char)('0' + (fill > 0 ? 0 : pan->len - PAN_DIGITS_MIN));
    memcpy(digits + 1 + fill, pan->digits, pan->len);
    enum err err = bytes_from_hex(digits, sizeof digits, out, PINBLOCK_4_LEN, &out_len);
    assert(err == OK);
    bytes_wipe(digits, sizeof digits);
}

enum err pinblock_4_parse(const uint8_t field[static PINBLOCK_4_LEN], struct secret *out)
{
    return take_pin_field(bytes_get_u64(field), FORMAT_4, FILL_4, out);
}

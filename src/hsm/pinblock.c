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

static void put_nibble(uint8_t *out, size_t index, unsigned nibble)
{
    unsigned shift = index % 2 == 0 ? 4 : 0;

    assert(nibble <= 15);
    out[index / 2] = (uint8_t)((out[index / 2] & ~(15U << shift)) | nibble << shift);
}

static unsigned nibble_at(const uint8_t *at, size_t index)
{
    return index % 2 == 0 ? at[index / 2] >> 4 : at[index / 2] & 15U;
}

/* Control, length, digits and fill: the first 8 bytes of both formats. */
static void put_pin_field(const struct secret *pin, unsigned control, unsigned fill, uint8_t *out)
{
    assert(pin_is_good(pin));
    out[0] = (uint8_t)(control | pin->len);
    for (size_t i = 0; i < NIBBLES - 2; i++)
        put_nibble(out, i + 2, i < pin->len ? pin->at[i] - (unsigned)'0' : fill);
}

/* Reads the 8 bytes back. Looks at every nibble whatever it finds, and says only yes or no. */
static enum err take_pin_field(const uint8_t *field, unsigned control, unsigned fill,
                               struct secret *out)
{
    struct secret pin SECRET_WIPED = {.len = field[0] & 15U};
    unsigned bad = (field[0] & 0xF0U) != control;

    bad |= pin.len < PIN_DIGITS_MIN;
    bad |= pin.len > PIN_DIGITS_MAX;
    for (size_t i = 0; i < NIBBLES - 2; i++) {
        unsigned nibble = nibble_at(field, i + 2);
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
static void xor_account_0(const struct pan *pan, uint8_t *block)
{
    assert(pan->len >= PAN_DIGITS_MIN);
    for (size_t i = 0; i < ACCOUNT_0_DIGITS; i++) {
        size_t behind = ACCOUNT_0_DIGITS - i;
        unsigned digit =
            pan->len > behind ? (unsigned)(pan->digits[pan->len - 1 - behind] - '0') : 0;

        put_nibble(block, i + 4, nibble_at(block, i + 4) ^ digit);
    }
}

void pinblock_0_build(const struct secret *pin, const struct pan *pan,
                      uint8_t out[static PINBLOCK_0_LEN])
{
    put_pin_field(pin, FORMAT_0, FILL_0, out);
    xor_account_0(pan, out);
}

enum err pinblock_0_parse(const uint8_t block[static PINBLOCK_0_LEN], const struct pan *pan,
                          struct secret *out)
{
    uint8_t field[PINBLOCK_0_LEN];

    memcpy(field, block, sizeof field);
    xor_account_0(pan, field);
    enum err err = take_pin_field(field, FORMAT_0, FILL_0, out);
    bytes_wipe(field, sizeof field);
    return err;
}

void pinblock_4_build(const struct secret *pin, const uint8_t nonce[static 8],
                      uint8_t out[static PINBLOCK_4_LEN])
{
    put_pin_field(pin, FORMAT_4, FILL_4, out);
    memcpy(out + 8, nonce, 8);
}

void pinblock_4_account(const struct pan *pan, uint8_t out[static PINBLOCK_4_LEN])
{
    size_t fill = pan->len < PAN_DIGITS_MIN ? (size_t)PAN_DIGITS_MIN - pan->len : 0;

    assert(pan->len >= 1);
    memset(out, 0, PINBLOCK_4_LEN);
    put_nibble(out, 0, pan->len > PAN_DIGITS_MIN ? pan->len - (unsigned)PAN_DIGITS_MIN : 0);
    for (size_t i = 0; i < pan->len; i++)
        put_nibble(out, 1 + fill + i, (unsigned)(pan->digits[i] - '0'));
}

enum err pinblock_4_parse(const uint8_t field[static PINBLOCK_4_LEN], struct secret *out)
{
    return take_pin_field(field, FORMAT_4, FILL_4, out);
}

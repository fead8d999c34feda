#include "hsm/verify.h"

#include "base/assert.h"

#include <string.h>

#define PVV_PAN_DIGITS 11
#define PVV_PIN_DIGITS 4
#define CVV_DIGITS 32

static void pack(const char *digits, size_t count, uint8_t *out)
{
    for (size_t i = 0; i < count; i += 2)
        out[i / 2] = (uint8_t)((digits[i] - '0') << 4 | (digits[i + 1] - '0'));
}

void pvv_input(const struct pan *pan, unsigned pvki, const struct secret *pin,
               uint8_t out[static 8])
{
    char digits[16];

    assert(pan->len > PVV_PAN_DIGITS);
    assert(pin_is_good(pin));
    assert(pvki <= 6);
    memcpy(digits, pan->digits + pan->len - 1 - PVV_PAN_DIGITS, PVV_PAN_DIGITS);
    digits[PVV_PAN_DIGITS] = (char)('0' + pvki);
    memcpy(digits + PVV_PAN_DIGITS + 1, pin->at, PVV_PIN_DIGITS);
    pack(digits, sizeof digits, out);
    bytes_wipe(digits, sizeof digits);
}

bool pvv_rest(const struct secret *pin, uint8_t out[static 8])
{
    uint64_t block = (uint64_t)(pin->len - PVV_PIN_DIGITS);

    assert(pin_is_good(pin));
    for (size_t i = PVV_PIN_DIGITS; i < PVV_PIN_DIGITS + 15; i++)
        block = block << 4 | (i < pin->len ? pin->at[i] - (uint64_t)'0' : 0xF);
    bytes_put_u64(out, block);
    return pin->len > PVV_PIN_DIGITS;
}

void cvv_input(const struct pan *pan, struct expiry expiry, struct service_code service_code,
               uint8_t out[static 16])
{
    char digits[CVV_DIGITS];
    size_t len = pan->len;

    assert(len <= PAN_DIGITS_MAX);
    memset(digits, '0', sizeof digits);
    memcpy(digits, pan->digits, len);
    expiry_to_digits(expiry, digits + len);
    memcpy(digits + len + EXPIRY_LEN, service_code.digits, SERVICE_CODE_LEN);
    pack(digits, sizeof digits, out);
    bytes_wipe(digits, sizeof digits);
}

struct service_code cvv_service_code(enum cvv_kind kind, struct service_code of_card)
{
    if (kind == CVV_STRIPE)
        return of_card;
    return kind == CVV_CHIP ? (struct service_code){"999"} : (struct service_code){"000"};
}

void decimalise(const uint8_t block[static 8], char *out, size_t count)
{
    size_t found = 0;

    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < 16 && found < count; i++) {
            unsigned nibble = i % 2 == 0 ? block[i / 2] >> 4 : block[i / 2] & 15U;

            if ((nibble > 9) == (pass == 1))
                out[found++] = (char)('0' + (nibble > 9 ? nibble - 10 : nibble));
        }
    }
    assert(found == count);
}

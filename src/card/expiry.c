#include "card/expiry.h"

#include "base/assert.h"

enum err expiry_from_digits(const char digits[static EXPIRY_LEN], struct expiry *out)
{
    uint64_t number = 0;

    TRY(bytes_to_number(digits, EXPIRY_LEN, &number));
    if (number % 100 < 1 || number % 100 > 12)
        return ERR_BAD_VALUE;
    *out = (struct expiry){.year = (uint8_t)(number / 100), .month = (uint8_t)(number % 100)};
    return OK;
}

void expiry_to_digits(struct expiry expiry, char out[static EXPIRY_LEN])
{
    assert(expiry.year <= 99);
    bytes_from_number((uint64_t)expiry.year * 100 + expiry.month, out, EXPIRY_LEN);
}

bool expiry_is_past(struct expiry expiry, uint32_t date)
{
    uint32_t year = expiry.year + (expiry.year < 50 ? 2000U : 1900U);

    return year * 100 + expiry.month < date / 100;
}

bool expiry_equal(struct expiry a, struct expiry b)
{
    return a.year == b.year && a.month == b.month;
}

#include "base/money.h"

#include "base/assert.h"

#include <string.h>

/* clang-format off */
static const struct {
    uint16_t code;
    uint8_t exponent;
    char letters[4];
} currency_table[] = {
    {  36, 2, "AUD" },
    { 124, 2, "CAD" },
    { 156, 2, "CNY" },
    { 344, 2, "HKD" },
    { 392, 0, "JPY" },
    { 410, 0, "KRW" },
    { 414, 3, "KWD" },
    { 446, 2, "MOP" },
    { 643, 2, "RUB" },
    { 702, 2, "SGD" },
    { 756, 2, "CHF" },
    { 764, 2, "THB" },
    { 826, 2, "GBP" },
    { 840, 2, "USD" },
    { 901, 2, "TWD" },
    { 978, 2, "EUR" },
};
/* clang-format on */

struct money money_of(int64_t minor, uint16_t currency)
{
    return (struct money){.minor = minor, .currency = currency};
}

enum err money_add(struct money a, struct money b, struct money *out)
{
    int64_t sum;

    if (a.currency != b.currency)
        return ERR_BAD_VALUE;
    if (__builtin_add_overflow(a.minor, b.minor, &sum))
        return ERR_OVERFLOW;
    if (sum > MONEY_MINOR_MAX || sum < -MONEY_MINOR_MAX)
        return ERR_OVERFLOW;
    *out = money_of(sum, a.currency);
    return OK;
}

bool money_equal(struct money a, struct money b)
{
    return a.minor == b.minor && a.currency == b.currency;
}

unsigned money_exponent(uint16_t currency)
{
    for (size_t i = 0; i < ARRAY_COUNT(currency_table); i++) {
        if (currency_table[i].code == currency)
            return currency_table[i].exponent;
    }
    return 2;
}

const char *money_letters(uint16_t currency)
{
    for (size_t i = 0; i < ARRAY_COUNT(currency_table); i++) {
        if (currency_table[i].code == currency)
            return currency_table[i].letters;
    }
    return "???";
}

static uint64_t power_of_ten(unsigned exponent)
{
    uint64_t power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

void money_add_text(struct text *t, struct money money)
{
    unsigned exponent = money_exponent(money.currency);
    uint64_t unit = power_of_ten(exponent);
    uint64_t minor = money.minor < 0 ? 0 - (uint64_t)money.minor : (uint64_t)money.minor;

    if (money.minor < 0)
        text_add_char(t, '-');
    text_add_u64(t, minor / unit);
    if (exponent > 0) {
        text_add_char(t, '.');
        text_add_u64_wide(t, minor % unit, exponent);
    }
}

enum err money_from_text(const char *text, uint16_t currency, struct money *out)
{
    unsigned exponent = money_exponent(currency);
    const char *point = strchr(text, '.');
    size_t whole_len = point != NULL ? (size_t)(point - text) : strlen(text);
    size_t part_len = point != NULL ? strlen(point + 1) : 0;
    uint64_t whole = 0;
    uint64_t part = 0;

    if (whole_len == 0 || part_len > exponent || (point != NULL && part_len == 0))
        return ERR_BAD_FORMAT;
    TRY(bytes_to_number(text, whole_len, &whole));
    if (point != NULL)
        TRY(bytes_to_number(point + 1, part_len, &part));
    if (whole > MONEY_MINOR_MAX)
        return ERR_OVERFLOW;
    uint64_t minor =
        whole * power_of_ten(exponent) + part * power_of_ten(exponent - (unsigned)part_len);
    if (minor > MONEY_MINOR_MAX)
        return ERR_OVERFLOW;
    *out = money_of((int64_t)minor, currency);
    assert(out->minor >= 0);
    return OK;
}

#include "card/pan.h"

#include "base/assert.h"

#include <string.h>

#define SHOWN_FIRST 6
#define SHOWN_LAST 4
#define TEXT_DIGITS_MIN 13 /* shorter numbers are the issuers' own, and many orders have them */

_Static_assert(PAN_DIGITS_MIN > SHOWN_FIRST + SHOWN_LAST, "a masked PAN hides at least two digits");

static enum err pan_fail(struct pan_fault *fault, enum pan_check check, size_t position,
                         enum err err)
{
    *fault =
        (struct pan_fault){.check = check, .position = position > 255 ? 255 : (uint8_t)position};
    return err;
}

enum err pan_from_digits(struct bytes digits, struct pan *out, struct pan_fault *fault)
{
    if (digits.len < PAN_DIGITS_MIN)
        return pan_fail(fault, PAN_TOO_SHORT, digits.len, ERR_BAD_LENGTH);
    if (digits.len > PAN_DIGITS_MAX)
        return pan_fail(fault, PAN_TOO_LONG, digits.len, ERR_BAD_LENGTH);
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return pan_fail(fault, PAN_NOT_A_DIGIT, i, ERR_BAD_FORMAT);
    }
    *out = (struct pan){.len = (uint8_t)digits.len};
    memcpy(out->digits, digits.at, digits.len);
    *fault = (struct pan_fault){.check = PAN_GOOD};
    return OK;
}

/* The sum of ISO/IEC 7812-1, annex B, over digits that stand `after` places before the end. */
static unsigned luhn_sum(struct bytes digits, size_t after)
{
    unsigned sum = 0;

    for (size_t i = 0; i < digits.len; i++) {
        unsigned digit = (unsigned)(digits.at[i] - '0');

        assert(digit <= 9);
        if ((digits.len - 1 - i + after) % 2 == 1)
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum;
}

enum err pan_check_luhn(const struct pan *pan, struct pan_fault *fault)
{
    if (luhn_sum(bytes_over(pan->digits, pan->len), 0) % 10 != 0)
        return pan_fail(fault, PAN_LUHN_IS_WRONG, (size_t)(pan->len - 1), ERR_BAD_VALUE);
    *fault = (struct pan_fault){.check = PAN_GOOD};
    return OK;
}

char pan_luhn_digit(struct bytes digits)
{
    return (char)('0' + (10 - luhn_sum(digits, 1) % 10) % 10);
}

uint64_t pan_prefix(const struct pan *pan, size_t digits)
{
    uint64_t value = 0;

    assert(digits >= 1 && digits <= 10);
    assert(digits <= pan->len);
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (uint64_t)(pan->digits[i] - '0');
    return value;
}

/* ---- in other text ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_separator(uint8_t c)
{
    return c == ' ' || c == '-' || c == '.' || c == '_';
}

static bool is_nobodys(const char *digits)
{
    return digits[0] == '0' || (digits[0] == '2' && (digits[1] == '0' || digits[1] == '1'));
}

/* Whether a card number begins with the first digit of the text. */
static bool begins_pan(struct bytes text)
{
    char digits[PAN_DIGITS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (is_separator(text.at[i]) && i + 1 < text.len && is_digit(text.at[i + 1]))
            continue;
        if (!is_digit(text.at[i]) || count == sizeof digits)
            return false;
        digits[count++] = (char)text.at[i];
        bool is_last = i + 1 == text.len || !is_digit(text.at[i + 1]);
        if (is_last && count >= TEXT_DIGITS_MIN && !is_nobodys(digits) &&
            luhn_sum(bytes_over(digits, count), 0) % 10 == 0)
            return true;
    }
    return false;
}

bool pan_is_in_text(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_first = is_digit(text.at[i]) && (i == 0 || !is_digit(text.at[i - 1]));
        if (is_first && begins_pan(bytes_over(text.at + i, text.len - i)))
            return true;
    }
    return false;
}

bool pan_equal(const struct pan *a, const struct pan *b)
{
    return a->len == b->len &&
           bytes_equal_ct((const uint8_t *)a->digits, (const uint8_t *)b->digits, a->len);
}

struct pan_masked pan_mask(const struct pan *pan)
{
    struct pan_masked masked = {{0}};

    assert(pan->len <= PAN_DIGITS_MAX);
    memset(masked.at, '*', pan->len);
    if (pan->len < PAN_DIGITS_MIN)
        return masked;
    memcpy(masked.at, pan->digits, SHOWN_FIRST);
    memcpy(masked.at + pan->len - SHOWN_LAST, pan->digits + pan->len - SHOWN_LAST, SHOWN_LAST);
    return masked;
}

void pan_wipe(struct pan *pan)
{
    bytes_wipe(pan, sizeof *pan);
}

const char *pan_check_text(enum pan_check check)
{
    static const char *const texts[] = {
        [PAN_GOOD] = "good",
        [PAN_TOO_SHORT] = "too short",
        [PAN_TOO_LONG] = "too long",
        [PAN_NOT_A_DIGIT] = "not a digit",
        [PAN_LUHN_IS_WRONG] = "the check digit is wrong",
    };

    assert((size_t)check < ARRAY_COUNT(texts));
    return texts[check];
}

/* What people type: hex, numbers and amounts read back as they were written. */
#include "test/lib/fuzz.h"

#include "base/bytes.h"
#include "base/money.h"
#include "base/text.h"

#include <string.h>

#define TYPED_LEN_MAX 64

static void check_hex(const char *typed, size_t len)
{
    uint8_t value[TYPED_LEN_MAX / 2];
    uint8_t again[TYPED_LEN_MAX / 2];
    char hex[TYPED_LEN_MAX];
    size_t value_len = 0;
    size_t again_len = 0;

    if (bytes_from_hex(typed, len, value, sizeof value, &value_len) != OK)
        return;
    FUZZ_CHECK(value_len * 2 == len);
    bytes_to_hex(value, value_len, hex);
    FUZZ_CHECK(bytes_from_hex(hex, len, again, sizeof again, &again_len) == OK);
    FUZZ_CHECK(again_len == value_len && memcmp(value, again, value_len) == 0);
}

static void check_number(const char *typed, size_t len)
{
    uint64_t value = 0;
    char digits[TYPED_LEN_MAX];

    if (bytes_to_number(typed, len, &value) != OK)
        return;
    bytes_from_number(value, digits, len);
    FUZZ_CHECK(memcmp(typed, digits, len) == 0);
}

static void check_money(const char *typed)
{
    struct money value;
    struct money again;
    char room[TYPED_LEN_MAX];
    struct text text = text_over(room, sizeof room);

    if (money_from_text(typed, CURRENCY_CNY, &value) != OK)
        return;
    FUZZ_CHECK(value.minor >= 0 && value.minor <= MONEY_MINOR_MAX);
    money_add_text(&text, value);
    FUZZ_CHECK(!text.cut);
    FUZZ_CHECK(money_from_text(text_z(&text), CURRENCY_CNY, &again) == OK);
    FUZZ_CHECK(money_equal(value, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char typed[TYPED_LEN_MAX + 1] = {0};

    if (len > TYPED_LEN_MAX)
        return 0;
    if (len)
        memcpy(typed, data, len);
    check_hex(typed, len);
    check_number(typed, len);
    check_money(typed);
    return 0;
}

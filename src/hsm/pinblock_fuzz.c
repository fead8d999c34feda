/* A clear PIN block that opens is built again as the same bytes. The first byte of the input says
 * how long the PAN is; then come the PAN's digits and the block. */
#include "test/lib/fuzz.h"

#include "hsm/pinblock.h"

#include <string.h>

#define BLOCK_AT (1 + PAN_DIGITS_MAX)

static void check_0(const uint8_t *block, const struct pan *pan)
{
    struct secret pin;
    uint8_t again[PINBLOCK_0_LEN];

    if (pinblock_0_parse(block, pan, &pin) != OK)
        return;
    FUZZ_CHECK(pin_is_good(&pin));
    pinblock_0_build(&pin, pan, again);
    FUZZ_CHECK(memcmp(block, again, sizeof again) == 0);
}

static void check_4(const uint8_t *field)
{
    struct secret pin;
    uint8_t again[PINBLOCK_4_LEN];

    if (pinblock_4_parse(field, &pin) != OK)
        return;
    FUZZ_CHECK(pin_is_good(&pin));
    pinblock_4_build(&pin, field + 8, again);
    FUZZ_CHECK(memcmp(field, again, sizeof again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pan pan = {.len = 0};
    uint8_t account[PINBLOCK_4_LEN];

    if (len != BLOCK_AT + PINBLOCK_4_LEN)
        return 0;
    pan.len = (uint8_t)(PAN_DIGITS_MIN + data[0] % (PAN_DIGITS_MAX - PAN_DIGITS_MIN + 1));
    for (size_t i = 0; i < pan.len; i++)
        pan.digits[i] = (char)('0' + data[1 + i] % 10);
    check_0(data + BLOCK_AT, &pan);
    check_4(data + BLOCK_AT);
    pinblock_4_account(&pan, account);
    return 0;
}

/* A code is digits of one wallet, or EMVCo's and then encodes to the same again, or it is refused
 * at a place in it. */
#include "test/lib/fuzz.h"

#include "card/customer_code.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The character of base64 at a place, from the bytes. */
static char character(const uint8_t *data, size_t len, size_t place)
{
    unsigned value = 0;

    for (size_t bit = 6 * place; bit < 6 * place + 6; bit++)
        value = value << 1 | (bit / 8 < len ? data[bit / 8] >> (7 - bit % 8) & 1U : 0U);
    return alphabet[value];
}

static void check_again(struct bytes code, const uint8_t *data, size_t len)
{
    for (size_t i = 0; 6 * i < 8 * len; i++)
        FUZZ_CHECK(i < code.len && (char)code.at[i] == character(data, len, i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes code = bytes_over(data, len);
    struct customer_code_fault fault;
    uint8_t out[CUSTOMER_CODE_DATA_MAX];
    size_t out_len = 0;

    if (customer_code_wallet(code, &fault) == WALLET_NONE) {
        FUZZ_CHECK(fault.what != NULL);
        FUZZ_CHECK(fault.position <= len);
    } else {
        FUZZ_CHECK(bytes_are_digits((const char *)data, len));
    }
    if (customer_code_open(code, out, sizeof out, &out_len, &fault) == OK) {
        FUZZ_CHECK(customer_code_is_emv(code));
        check_again(code, out, out_len);
    }
    return 0;
}

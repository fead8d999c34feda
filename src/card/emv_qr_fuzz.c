/* A payload that is taken is walked to its end, and what its data objects hold makes it again; a
 * refused one names a place in it. What a wish makes is taken. */
#include "test/lib/fuzz.h"

#include "card/emv_qr.h"

#include <string.h>

static void check_walk(struct bytes payload)
{
    struct emv_qr_iterator it = emv_qr_over(payload);
    struct emv_qr_fault fault;
    struct emv_qr_item item;
    size_t at = 0;

    while (emv_qr_next(&it, &item, &fault) == OK) {
        FUZZ_CHECK(item.offset == at);
        at += 4 + item.value.len;
    }
    FUZZ_CHECK(at == payload.len);
}

static void check_wish(const uint8_t *data, size_t len)
{
    char merchant[16] = {0};
    char name[64] = {0};
    char room[4 * EMV_QR_ROOM];
    struct text out = text_over(room, sizeof room);
    struct emv_qr_fault fault;

    memcpy(merchant, data, len < 15 ? len : 15);
    memcpy(name, data, len < 63 ? len : 63);
    struct emv_qr_wish wish = {.acquirer = "10000001",
                               .merchant = merchant,
                               .name = "SHOP",
                               .city = "SHANGHAI",
                               .local_name = name,
                               .local_letters = "ZH",
                               .reference = name,
                               .country = "CN",
                               .category = 5411,
                               .amount = {.minor = (int64_t)len, .currency = CURRENCY_CNY}};
    if (emv_qr_build(&wish, &out) == OK)
        FUZZ_CHECK(emv_qr_check(bytes_over(out.at, out.len), &fault) == OK);
    else
        FUZZ_CHECK(out.len == 0 || out.cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes payload = bytes_over(data, len);
    struct emv_qr_fault fault;

    check_wish(data, len);
    if (emv_qr_check(payload, &fault) != OK) {
        FUZZ_CHECK(fault.what != NULL);
        FUZZ_CHECK(fault.offset <= len);
        return 0;
    }
    FUZZ_CHECK(fault.what == NULL);
    check_walk(payload);
    return 0;
}

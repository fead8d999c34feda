#include "card/customer_code.h"

#include "base/assert.h"

#define EMV_BEGINS "hQVDUFYwM" /* 85 05 "CPV0" in base64, as far as whole characters go */
#define EMV_FORMAT                                                                                 \
    "\x85\x05"                                                                                     \
    "CPV01"

/* clang-format off */
static const struct {
    uint8_t first; /* of the first two digits */
    uint8_t last;
    uint8_t len_min;
    uint8_t len_max;
    const char *zh;
    const char *en;
} wallet_table[] = {
    [WALLET_NONE]     = { 1,  0,  0,  0,  "未知",     "unknown" },
    [WALLET_UNIONPAY] = { 62, 62, 19, 20, "银联",     "UnionPay" },
    [WALLET_WECHAT]   = { 10, 15, 18, 18, "微信支付", "WeChat Pay" },
    [WALLET_ALIPAY]   = { 25, 30, 16, 24, "支付宝",   "Alipay" },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(wallet_table) == WALLET_COUNT, "a row for each wallet");

const char *customer_wallet_zh(enum customer_wallet wallet)
{
    assert(wallet < WALLET_COUNT);
    return wallet_table[wallet].zh;
}

const char *customer_wallet_en(enum customer_wallet wallet)
{
    assert(wallet < WALLET_COUNT);
    return wallet_table[wallet].en;
}

static enum customer_wallet no_wallet(struct customer_code_fault *fault, const char *what,
                                      size_t position)
{
    *fault = (struct customer_code_fault){.what = what, .position = position};
    return WALLET_NONE;
}

enum customer_wallet customer_code_wallet(struct bytes code, struct customer_code_fault *fault)
{
    for (size_t i = 0; i < code.len; i++) {
        if (code.at[i] < '0' || code.at[i] > '9')
            return no_wallet(fault, "a payment code is all digits", i);
    }
    if (code.len < 2)
        return no_wallet(fault, "a payment code has at least 16 digits", code.len);
    unsigned prefix = (code.at[0] - '0') * 10U + (code.at[1] - '0');
    for (unsigned i = WALLET_UNIONPAY; i < WALLET_COUNT; i++) {
        if (prefix < wallet_table[i].first || prefix > wallet_table[i].last)
            continue;
        if (code.len < wallet_table[i].len_min)
            return no_wallet(fault, "too few digits for this wallet", code.len);
        if (code.len > wallet_table[i].len_max)
            return no_wallet(fault, "too many digits for this wallet", wallet_table[i].len_max);
        *fault = (struct customer_code_fault){0};
        return (enum customer_wallet)i;
    }
    return no_wallet(fault, "no wallet has codes that begin so", 0);
}

bool customer_code_is_emv(struct bytes code)
{
    return code.len >= sizeof EMV_BEGINS - 1 &&
           memcmp(code.at, EMV_BEGINS, sizeof EMV_BEGINS - 1) == 0;
}

/* 0..63, or 64 for what is no base64. */
static unsigned sextet(uint8_t c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c == 0 ? NULL : memchr(alphabet, c, sizeof alphabet - 1);

    return at == NULL ? 64 : (unsigned)(at - alphabet);
}

static enum err bad_code(struct customer_code_fault *fault, const char *what, size_t position)
{
    *fault = (struct customer_code_fault){.what = what, .position = position};
    return ERR_BAD_FORMAT;
}

struct room {
    uint8_t *at;
    size_t cap;
    size_t len;
};

/* RFC 4648, 4; the padding may be left out. Bits that make no byte must be zero. */
static enum err open_base64(struct bytes code, struct room *out, struct customer_code_fault *fault)
{
    uint32_t bits = 0;
    unsigned held = 0;

    for (size_t i = 0; i < code.len; i++) {
        unsigned six = sextet(code.at[i]);
        if (six == 64)
            return bad_code(fault, "this is no character of base64", i);
        bits = bits << 6 | six;
        held += 6;
        if (held < 8)
            continue;
        if (out->len == out->cap)
            return ERR_FULL;
        held -= 8;
        out->at[out->len++] = (uint8_t)(bits >> held);
        bits &= (1U << held) - 1;
    }
    return held >= 6 || bits != 0 ? bad_code(fault, "the base64 ends in the middle", code.len) : OK;
}

enum err customer_code_open(struct bytes code, uint8_t *out, size_t cap, size_t *out_len,
                            struct customer_code_fault *fault)
{
    struct room room = {.at = out, .cap = cap};

    *fault = (struct customer_code_fault){0};
    for (int i = 0; i < 2 && code.len > 0 && code.at[code.len - 1] == '='; i++)
        code.len--;
    TRY(open_base64(code, &room, fault));
    if (room.len < sizeof EMV_FORMAT - 1 || memcmp(out, EMV_FORMAT, sizeof EMV_FORMAT - 1) != 0)
        return bad_code(fault, "it does not begin with the format CPV01", 0);
    *out_len = room.len;
    return OK;
}

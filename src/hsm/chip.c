#include "hsm/chip.h"

#include "base/assert.h"

#include <string.h>

#define IAD_CVN_AT 2
#define IAD_CVR_AT 3
#define OPTION_A_DIGITS 16

/* clang-format off */
static const struct chip_rule chip_rule_table[] = {
    {CHIP_CVN_PBOC_01, CHIP_SESSION_PBOC, CHIP_ARPC_1, .pad_80 = true},
    {CHIP_CVN_10,      CHIP_SESSION_NONE, CHIP_ARPC_1, .pad_80 = false},
    {CHIP_CVN_PBOC_17, CHIP_SESSION_PBOC, CHIP_ARPC_1, .pad_80 = true, .short_data = true},
    {CHIP_CVN_18,      CHIP_SESSION_EMV,  CHIP_ARPC_2, .pad_80 = true, .whole_iad = true},
};
/* clang-format on */

const struct chip_rule *chip_rule_of(uint8_t cvn)
{
    for (size_t i = 0; i < ARRAY_COUNT(chip_rule_table); i++) {
        if ((uint8_t)chip_rule_table[i].cvn == cvn)
            return &chip_rule_table[i];
    }
    return NULL;
}

enum err chip_iad_cvr(struct bytes iad, struct bytes *out)
{
    if (iad.len <= IAD_CVR_AT || iad.len > CHIP_IAD_LEN_MAX)
        return ERR_BAD_FORMAT;
    size_t len = (size_t)iad.at[IAD_CVR_AT] + 1;
    if (len < 2 || len > iad.len - IAD_CVR_AT)
        return ERR_BAD_FORMAT;
    *out = bytes_over(iad.at + IAD_CVR_AT, len);
    return OK;
}

enum err chip_iad_rule(struct bytes iad, const struct chip_rule **out)
{
    struct bytes cvr;

    TRY(chip_iad_cvr(iad, &cvr));
    const struct chip_rule *rule = chip_rule_of(iad.at[IAD_CVN_AT]);
    if (rule == NULL)
        return ERR_UNSUPPORTED;
    *out = rule;
    return OK;
}

static size_t put(uint8_t *out, size_t len, const uint8_t *at, size_t count)
{
    assert(len + count < CHIP_AC_DATA_MAX);
    memcpy(out + len, at, count);
    return len + count;
}

static size_t put_long(const struct chip_values *values, uint8_t *out)
{
    size_t len = 0;

    len = put(out, len, values->amount, sizeof values->amount);
    len = put(out, len, values->other, sizeof values->other);
    len = put(out, len, values->country, sizeof values->country);
    len = put(out, len, values->tvr, sizeof values->tvr);
    len = put(out, len, values->currency, sizeof values->currency);
    len = put(out, len, values->date, sizeof values->date);
    len = put(out, len, &values->type, 1);
    len = put(out, len, values->unpredictable, sizeof values->unpredictable);
    len = put(out, len, values->aip, sizeof values->aip);
    return put(out, len, values->atc, sizeof values->atc);
}

static size_t put_short(const struct chip_values *values, uint8_t *out)
{
    size_t len = put(out, 0, values->amount, sizeof values->amount);

    len = put(out, len, values->unpredictable, sizeof values->unpredictable);
    return put(out, len, values->atc, sizeof values->atc);
}

enum err chip_ac_data(const struct chip_rule *rule, const struct chip_values *values,
                      uint8_t out[static CHIP_AC_DATA_MAX], size_t *out_len)
{
    struct bytes iad = bytes_over(values->iad, values->iad_len);
    struct bytes cvr;
    size_t len;

    TRY(chip_iad_cvr(iad, &cvr));
    memset(out, 0, CHIP_AC_DATA_MAX);
    if (rule->short_data)
        len = put(out, put_short(values, out), cvr.at + 1, 1);
    else
        len = put(out, put_long(values, out), rule->whole_iad ? iad.at : cvr.at,
                  rule->whole_iad ? iad.len : cvr.len);
    if (rule->pad_80)
        out[len++] = 0x80;
    *out_len = (len + 7) / 8 * 8;
    assert(*out_len <= CHIP_AC_DATA_MAX);
    return OK;
}

void chip_icc_input_a(struct bytes digits, uint8_t psn, uint8_t out[static 8])
{
    char all[32];
    size_t len = digits.len;
    size_t unused_len;

    assert(len <= sizeof all - 2);
    assert(psn <= 99);
    memset(all, '0', sizeof all);
    memcpy(all + sizeof all - 2 - len, digits.at, len);
    bytes_from_number(psn, all + sizeof all - 2, 2);
    enum err err =
        bytes_from_hex(all + sizeof all - OPTION_A_DIGITS, OPTION_A_DIGITS, out, 8, &unused_len);
    assert(err == OK);
    bytes_wipe(all, sizeof all);
}

void chip_icc_input_b(const uint8_t sha1[static 20], uint8_t out[static 8])
{
    uint8_t digits[OPTION_A_DIGITS];
    size_t count = 0;

    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < 40 && count < OPTION_A_DIGITS; i++) {
            unsigned nibble = i % 2 == 0 ? sha1[i / 2] >> 4 : sha1[i / 2] & 15U;

            if ((nibble > 9) == (pass == 1))
                digits[count++] = (uint8_t)(nibble > 9 ? nibble - 10 : nibble);
        }
    }
    assert(count == OPTION_A_DIGITS);
    for (size_t i = 0; i < 8; i++)
        out[i] = (uint8_t)(digits[2 * i] << 4 | digits[2 * i + 1]);
}

void chip_session_input(enum chip_session session, const uint8_t atc[static 2],
                        uint8_t out[static 16])
{
    assert(session != CHIP_SESSION_NONE);
    memset(out, 0, 16);
    if (session == CHIP_SESSION_EMV) {
        memcpy(out, atc, 2);
        memcpy(out + 8, atc, 2);
        out[2] = 0xF0;
        out[10] = 0x0F;
        return;
    }
    memcpy(out + 6, atc, 2);
    out[14] = (uint8_t)~atc[0];
    out[15] = (uint8_t)~atc[1];
}

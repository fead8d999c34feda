#include "issuer/field55.h"

#include "base/assert.h"
#include "wire/tlv.h"

#define IAD_CVN_AT 2

#define IN_VALUES(member) offsetof(struct field55, values.member)

/* What must be there: tag, where its value goes, its length, words for its faults. The issuer
 * application data (9F10) is the only one of variable length. */
/* clang-format off */
static const struct {
    uint32_t tag;
    size_t offset;
    uint8_t len;
    const char *missing;
    const char *bad;
} element_table[] = {
    { 0x9F26, offsetof(struct field55, ac),   8, "no 9F26", "bad 9F26" },
    { 0x9F27, offsetof(struct field55, cid),  1, "no 9F27", "bad 9F27" },
    { 0x9F37, IN_VALUES(unpredictable),       4, "no 9F37", "bad 9F37" },
    { 0x9F36, IN_VALUES(atc),                 2, "no 9F36", "bad 9F36" },
    { 0x95,   IN_VALUES(tvr),                 5, "no 95",   "bad 95"   },
    { 0x9A,   IN_VALUES(date),                3, "no 9A",   "bad 9A"   },
    { 0x9C,   IN_VALUES(type),                1, "no 9C",   "bad 9C"   },
    { 0x9F02, IN_VALUES(amount),              6, "no 9F02", "bad 9F02" },
    { 0x5F2A, IN_VALUES(currency),            2, "no 5F2A", "bad 5F2A" },
    { 0x82,   IN_VALUES(aip),                 2, "no 82",   "bad 82"   },
    { 0x9F1A, IN_VALUES(country),             2, "no 9F1A", "bad 9F1A" },
    { 0x9F03, IN_VALUES(other),               6, "no 9F03", "bad 9F03" },
    { 0x9F10, IN_VALUES(iad),                 0, "no 9F10", "bad 9F10" },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(element_table) <= 32, "the elements seen are bits");

static bool length_fits(size_t index, size_t len)
{
    if (element_table[index].len == 0)
        return len >= 1 && len <= CHIP_IAD_LEN_MAX;
    return len == element_table[index].len;
}

static enum err take(const struct tlv *element, struct field55 *out, uint32_t *seen,
                     const char **fault)
{
    size_t i = 0;

    while (i < ARRAY_COUNT(element_table) && element_table[i].tag != element->tag)
        i++;
    if (i == ARRAY_COUNT(element_table))
        return OK;
    if ((*seen & 1U << i) != 0 || !length_fits(i, element->value.len)) {
        *fault = element_table[i].bad;
        return ERR_BAD_FORMAT;
    }
    *seen |= 1U << i;
    memcpy((uint8_t *)out + element_table[i].offset, element->value.at, element->value.len);
    if (element_table[i].len == 0)
        out->values.iad_len = (uint8_t)element->value.len;
    return OK;
}

/* Packed decimal digits as a number; -1 when a nibble is no digit. */
static int64_t number_of_bcd(const uint8_t *at, size_t len)
{
    int64_t number = 0;

    for (size_t i = 0; i < len; i++) {
        if ((at[i] >> 4) > 9 || (at[i] & 15) > 9)
            return -1;
        number = number * 100 + (at[i] >> 4) * 10 + (at[i] & 15);
    }
    return number;
}

static enum err finish(struct field55 *out, const char **fault)
{
    const struct chip_rule *rule = NULL;
    int64_t currency = number_of_bcd(out->values.currency, sizeof out->values.currency);

    if (chip_iad_rule(bytes_over(out->values.iad, out->values.iad_len), &rule) != OK) {
        *fault = "CVN";
        return ERR_UNSUPPORTED;
    }
    out->cvn = (uint8_t)rule->cvn;
    assert(out->cvn == out->values.iad[IAD_CVN_AT]);
    out->atc = bytes_get_u16(out->values.atc);
    out->amount_minor = number_of_bcd(out->values.amount, sizeof out->values.amount);
    out->currency = currency < 0 ? 0 : (uint16_t)currency;
    return OK;
}

enum err field55_read(struct bytes icc, struct field55 *out, const char **fault)
{
    struct tlv_iterator it = tlv_over(icc);
    struct field55 read = {0};
    struct tlv element;
    uint32_t seen = 0;
    enum err err;

    while ((err = tlv_next(&it, &element)) == OK)
        TRY(take(&element, &read, &seen, fault));
    if (err != ERR_NOT_FOUND) {
        *fault = "not TLV";
        return err;
    }
    for (size_t i = 0; i < ARRAY_COUNT(element_table); i++) {
        if ((seen & 1U << i) == 0) {
            *fault = element_table[i].missing;
            return ERR_NOT_FOUND;
        }
    }
    TRY(finish(&read, fault));
    *out = read;
    return OK;
}

#include "card/emv.h"

#include "card/emv_bit_table.h"
#include "card/emv_tag_table.h"

#define TAG_IAD 0x9F10

static const struct emv_tag tags[] = {
#define EMV_TAG_ROW(tag, format, show, zh, en) {tag, format, show, zh, en},
    EMV_TAG_TABLE(EMV_TAG_ROW)
#undef EMV_TAG_ROW
};

static const struct emv_bit bits[] = {
#define EMV_BIT_ROW(tag, byte, mask, bits, zh, en) {tag, byte, mask, bits, zh, en},
    EMV_BIT_TABLE(EMV_BIT_ROW)
#undef EMV_BIT_ROW
};

const struct emv_tag *emv_find(uint32_t tag)
{
    size_t low = 0;
    size_t high = ARRAY_COUNT(tags);

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (tags[middle].tag == tag)
            return &tags[middle];
        if (tags[middle].tag < tag)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* UnionPay's layout: 07, key index, cryptogram version, 03 and the card verification results, the
 * algorithm, then what the issuer adds (JR/T 0025.5). */
static bool is_unionpay_iad(struct bytes value)
{
    return value.len >= 8 && value.at[0] == 0x07 && value.at[3] == 0x03;
}

const struct emv_bit *emv_next_meaning(uint32_t tag, struct bytes value, size_t *position)
{
    if (tag == TAG_IAD && !is_unionpay_iad(value))
        return NULL;
    while (*position < ARRAY_COUNT(bits)) {
        const struct emv_bit *bit = &bits[(*position)++];
        if (bit->tag == tag && bit->byte < value.len &&
            (value.at[bit->byte] & bit->mask) == bit->bits)
            return bit;
    }
    return NULL;
}

const struct emv_tag *emv_tags(size_t *count)
{
    *count = ARRAY_COUNT(tags);
    return tags;
}

const struct emv_bit *emv_bits(size_t *count)
{
    *count = ARRAY_COUNT(bits);
    return bits;
}

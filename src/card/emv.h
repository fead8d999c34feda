/*
 * The dictionary of EMV data objects: what a tag is called, how its value is written, whether it
 * may be shown, and what its bits mean (EMV 4.3 Book 3, Annexes A and C; Book 4, Annex A; UnionPay
 * and PBOC tags from JR/T 0025). Names and meanings in Chinese and English.
 *
 * Constant tables; nothing to own or fail.
 */
#ifndef CARD_EMV_H
#define CARD_EMV_H

#include "base/bytes.h"

enum emv_format {
    EMV_BYTES,   /* b: shown as hex */
    EMV_DIGITS,  /* n, cn: BCD; hex shows the digits */
    EMV_TEXT,    /* a, an, ans: ASCII or GBK */
    EMV_TEMPLATE /* constructed: elements inside */
};

/* Nothing is shown of card data unless the row says so. */
enum emv_show { EMV_SHOW_NOTHING, EMV_SHOW_PAN, EMV_SHOW_ALL };

struct emv_tag {
    uint32_t tag;
    enum emv_format format;
    enum emv_show show;
    const char *zh;
    const char *en;
};

/* A meaning holds when (value[byte] & mask) == bits. Where mask is one bit, it is a flag; where
 * several, one choice of a code. */
struct emv_bit {
    uint32_t tag;
    uint8_t byte; /* from 0 */
    uint8_t mask;
    uint8_t bits;
    const char *zh;
    const char *en;
};

/* The row of a tag; NULL for one that the dictionary does not know. */
const struct emv_tag *emv_find(uint32_t tag);

/* Walks the meanings that hold for a value: start with *position 0; NULL when there are no more.
 * Issuer application data (9F10) of UnionPay cards is understood when its layout is theirs. */
const struct emv_bit *emv_next_meaning(uint32_t tag, struct bytes value, size_t *position);

/* For tests: the whole tables. */
const struct emv_tag *emv_tags(size_t *count);
const struct emv_bit *emv_bits(size_t *count);

#endif

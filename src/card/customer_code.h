/*
 * The code that a customer's phone shows and the merchant scans, in its two kinds: digits, whose
 * first two say whose wallet it is, and EMVCo's, which is card data in BER-TLV behind base64 (EMV
 * QR Code Specification, Consumer-Presented Mode 1.1: 85 "CPV01", then templates 61 and 62).
 *
 * Both are sensitive while they are fresh: who has one can be paid by its owner. They are shown
 * masked, and a code of digits lives for one payment.
 */
#ifndef CARD_CUSTOMER_CODE_H
#define CARD_CUSTOMER_CODE_H

#include "base/bytes.h"

#define CUSTOMER_CODE_DATA_MAX 512 /* bytes behind the base64 of an EMVCo code */

enum customer_wallet {
    WALLET_NONE,
    WALLET_UNIONPAY, /* 62, 19 or 20 digits */
    WALLET_WECHAT,   /* 10 to 15, 18 digits */
    WALLET_ALIPAY,   /* 25 to 30, 16 to 24 digits */
    WALLET_COUNT
};

struct customer_code_fault {
    const char *what; /* static text */
    size_t position;  /* character, from 0 */
};

/* Whose wallet a code of digits is. WALLET_NONE, with the reason in *fault. */
enum customer_wallet customer_code_wallet(struct bytes code, struct customer_code_fault *fault);

const char *customer_wallet_zh(enum customer_wallet wallet);
const char *customer_wallet_en(enum customer_wallet wallet);

/* Whether it begins as an EMVCo code does. */
bool customer_code_is_emv(struct bytes code);

/* Takes the data of an EMVCo code out of its base64 and looks at its beginning; the elements are
 * read with wire/tlv. ERR_BAD_FORMAT, ERR_FULL past cap, with the reason in *fault. Sensitive: it
 * may hold a PAN. */
MUST_USE enum err customer_code_open(struct bytes code, uint8_t *out, size_t cap, size_t *out_len,
                                     struct customer_code_fault *fault);

#endif

/*
 * An electronic signature (电子签名; UnionPay POS, 3.7): what goes up with its image in field 55,
 * and the feature code that ties the image to its payment and is printed on the receipt. The image
 * itself is made by drivers/signature_image.h.
 */
#ifndef BOOKS_SIGNATURE_H
#define BOOKS_SIGNATURE_H

#include "books/payment_row.h"

#define SIGNATURE_CODE_LEN 8 /* hex digits */

/* What the block needs beside the row. Text is UTF-8; NULL where it is not known. */
struct signature_facts {
    const struct payment_row *payment;  /* signed for: approved */
    const struct payment_row *original; /* of a follow-up */
    const char *merchant_name;
    const uint8_t *tvr; /* 5 bytes, of a chip's payment */
    const uint8_t *tsi; /* 2 bytes */
    struct instant at;  /* of the payment, as on the receipt */
    int32_t utc_offset_s;
};

/* Writes field 55 of the upload: merchant's name, type, operator, institutions, expiry, time,
 * authorisation, tip, scheme, currency, then what the chip said, the original's numbers and the
 * count of copies. Elements that are not known are left out, and so are the last ones of these
 * when the field is full: the first, up to the currency, always fit. */
void signature_block(const struct signature_facts *facts, uint8_t out[static ICC_LEN_MAX],
                     uint8_t *out_len);

/* The feature code, zero-terminated: settlement date (MMDD; 0: unknown) and reference number are 16
 * digits; their halves, XORed as BCD. ERR_BAD_FORMAT when the reference is not twelve digits. */
MUST_USE enum err signature_code(uint16_t settlement_date, const char rrn[static RRN_LEN],
                                 char out[static SIGNATURE_CODE_LEN + 1]);

#endif

/*
 * The code that a merchant shows and a customer's phone scans (EMV QR Code Specification for
 * Payment Systems, Merchant-Presented Mode 1.1): data objects of two digits of identifier, two of
 * length and a value, the first an "01" under 00, the last a checksum under 63. Templates (26 to
 * 51, 62, 64, 80 to 99) hold data objects themselves.
 *
 * Lengths count characters, not bytes: only values in the merchant's language (inside 64) have
 * characters outside ASCII. Offsets here are in bytes. Everything borrows from the payload.
 */
#ifndef CARD_EMV_QR_H
#define CARD_EMV_QR_H

#include "base/money.h"

#define EMV_QR_LEN_MAX 512 /* characters of a payload (3.3) */
#define EMV_QR_ROOM (EMV_QR_LEN_MAX + 1)
#define EMV_QR_UNIONPAY "A000000333010101" /* UnionPay's application, as unique identifier */

enum emv_qr_id {
    EMV_QR_FORMAT = 0,
    EMV_QR_METHOD = 1,
    EMV_QR_UNIONPAY_FIRST = 15, /* accounts of UnionPay's own layout */
    EMV_QR_UNIONPAY_LAST = 16,
    EMV_QR_ACCOUNT_FIRST = 26, /* templates that name their scheme */
    EMV_QR_ACCOUNT_LAST = 51,
    EMV_QR_CATEGORY = 52,
    EMV_QR_CURRENCY = 53,
    EMV_QR_AMOUNT = 54,
    EMV_QR_TIP = 55,
    EMV_QR_FEE_FIXED = 56,
    EMV_QR_FEE_PERCENT = 57,
    EMV_QR_COUNTRY = 58,
    EMV_QR_NAME = 59,
    EMV_QR_CITY = 60,
    EMV_QR_POSTCODE = 61,
    EMV_QR_ADDITIONAL = 62,
    EMV_QR_CRC = 63,
    EMV_QR_LANGUAGE = 64,
    EMV_QR_NO_PARENT = 100
};

enum emv_qr_form {
    EMV_QR_DIGITS,
    EMV_QR_DECIMAL,  /* digits and at most one point, more than nothing */
    EMV_QR_PRINTED,  /* printable ASCII */
    EMV_QR_ANY_TEXT, /* UTF-8 */
    EMV_QR_HEX,
    EMV_QR_TEMPLATE
};

/* What stands under the identifiers first..last of a template (parent) or of the payload. */
struct emv_qr_row {
    uint8_t parent; /* EMV_QR_NO_PARENT: the payload itself; 26 stands for 26 to 51 and 80 to 99 */
    uint8_t first;
    uint8_t last;
    enum emv_qr_form form;
    uint8_t len_min; /* characters */
    uint8_t len_max;
    bool is_required;
    const char *zh;
    const char *en;
};

/* The row of an identifier; NULL when nobody has said what it is. */
const struct emv_qr_row *emv_qr_find(uint8_t parent, uint8_t id);
const struct emv_qr_row *emv_qr_rows(size_t *count); /* for tests */

/* What is wrong with a payload: *what is static text; parent and id say in which data object, id is
 * EMV_QR_NO_PARENT when none could be read. */
struct emv_qr_fault {
    const char *what; /* NULL: nothing */
    size_t offset;    /* in bytes */
    uint8_t parent;
    uint8_t id;
};

struct emv_qr_item {
    uint8_t id;
    size_t offset; /* of the identifier, in bytes of the whole payload */
    struct bytes value;
};

struct emv_qr_iterator {
    struct bytes payload; /* the whole: offsets count from its start */
    size_t at;
    size_t end;
    uint8_t parent;
};

struct emv_qr_iterator emv_qr_over(struct bytes payload);
/* Over the inside of a template that emv_qr_next gave. */
struct emv_qr_iterator emv_qr_inside(const struct emv_qr_iterator *outer,
                                     const struct emv_qr_item *item);

/* The next data object. ERR_NOT_FOUND at the end; ERR_TRUNCATED or ERR_BAD_FORMAT with the fault,
 * after which there is no going on. */
MUST_USE enum err emv_qr_next(struct emv_qr_iterator *it, struct emv_qr_item *out,
                              struct emv_qr_fault *fault);

/* Whether all of a payload is as the specification has it: order, checksum, lengths, forms, what is
 * required, nothing twice. ERR_BAD_FORMAT with the first fault. */
MUST_USE enum err emv_qr_check(struct bytes payload, struct emv_qr_fault *fault);

/* CRC-16/CCITT-FALSE (polynomial 1021, from FFFF), over all up to and with "6304". */
uint16_t emv_qr_crc(struct bytes bytes);

/* What a merchant's code says. Text that is NULL is left out. */
struct emv_qr_wish {
    const char *acquirer;      /* digits, up to 11 */
    const char *merchant;      /* its number, up to 15 */
    const char *terminal;      /* label of the till, up to 8 */
    const char *reference;     /* of this payment, up to 25 */
    const char *name;          /* ASCII, longer ones are cut to 25 */
    const char *city;          /* ASCII, cut to 15 */
    const char *local_name;    /* in the merchant's language, UTF-8, cut to 25 characters */
    const char *country;       /* two letters */
    const char *local_letters; /* of the language, "ZH" */
    uint16_t category;         /* MCC */
    struct money amount; /* minor 0: the customer keys it, and the code may hang on the wall */
};

/* Writes the payload. ERR_BAD_VALUE for a wish that makes no payload that emv_qr_check takes:
 * something required is missing, too long, or of characters that may not stand there. */
MUST_USE enum err emv_qr_build(const struct emv_qr_wish *wish, struct text *out);

#endif

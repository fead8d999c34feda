/*
 * What a payment brings onto paper (签购单), in Chinese and English, from the terminal's row: the
 * elements that UnionPay terminals print. The card number is masked, the cardholder's copy hides
 * the expiry too, and nothing sensitive can be in it.
 *
 * Only a payment that stands gets a receipt. One in doubt, one that was taken back and one that was
 * refused get slips of their own, which say so, and say that they are no receipt.
 */
#ifndef VIEW_RECEIPT_H
#define VIEW_RECEIPT_H

#include "books/payment_row.h"
#include "view/slip.h"

enum receipt_copy { COPY_MERCHANT, COPY_CARDHOLDER, COPY_COUNT };

/* Which paper a payment gets. */
enum receipt_sort {
    RECEIPT_GOOD,     /* approved; also an answered inquiry */
    RECEIPT_STORED,   /* accepted without the line, its delivery is sure to follow */
    RECEIPT_IN_DOUBT, /* nobody knows yet, or the money is on its way back */
    RECEIPT_REVERSED, /* taken back */
    RECEIPT_REFUSED
};

/* What the terminal told the chip and the chip's checks: 95, 9B, 9F33 (EMV 4.3 Book 3, annex C). */
struct receipt_chip {
    uint8_t tvr[5];
    uint8_t tsi[2];
    uint8_t capabilities[3];
};

/* What the receipt needs beside the row. Text is UTF-8; NULL where it is not known. */
struct receipt_facts {
    const struct payment_row *payment;  /* a readable one: payment_row_is_readable */
    const struct payment_row *original; /* of a follow-up, a readable one */
    const struct receipt_chip *chip;
    const char *merchant_name;
    const char *merchant_name_en;
    const char *acquirer_name;
    const char *issuer_name;
    const char *signature_code; /* of an electronic signature: signature.h */
    int32_t utc_offset_s;
    enum receipt_copy copy;
    bool is_duplicate; /* a copy was printed before */
    bool is_lab;       /* test keys: printed so that nobody takes it for money */
    bool takes_tips;   /* room for tip and total on the receipt of a sale */
};

/* Fills an empty place with the slip; what it shows borrows nothing but static text. */
void receipt_slip(const struct receipt_facts *facts, struct slip *out);

enum receipt_sort receipt_sort(const struct payment_row *payment);
const char *receipt_sort_name(enum receipt_sort sort); /* "receipt", "in-doubt" */

/* The suffix that says how the card was read: "/I" inserted, "/S" swiped, "/C" tapped, "/M"
 * keyed, "/Q" a code. */
const char *receipt_entry_suffix(enum entry_mode entry);

/* COPY_COUNT when the word is none of "merchant", "cardholder". */
enum receipt_copy receipt_copy_by_name(const char *name);

#endif

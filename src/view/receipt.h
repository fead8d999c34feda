/*
 * The receipt of a payment (签购单) in Chinese and English, from the terminal's row: the elements
 * that UnionPay terminals print. The card number is masked; nothing sensitive can be in it.
 */
#ifndef VIEW_RECEIPT_H
#define VIEW_RECEIPT_H

#include "base/text.h"
#include "books/payment_row.h"

#define RECEIPT_WIDTH 40
#define RECEIPT_LEN_MAX 4096

struct receipt_facts {
    const struct payment_row *payment;
    const char *merchant_name; /* UTF-8 */
    const char *merchant_name_en;
    int32_t utc_offset_s;
    bool is_training; /* the lab: printed so that nobody takes it for money */
    bool is_duplicate;
    const char *cashier_zh; /* for a refusal: what the cashier is told */
    const char *cashier_en;
};

void receipt_add(struct text *t, const struct receipt_facts *facts);

/* The suffix that says how the card was read: "/I" inserted, "/S" swiped, "/C" tapped, "/M"
 * keyed. */
const char *receipt_entry_suffix(enum entry_mode entry);

#endif

/*
 * Field 55 and the values that a chip's cryptogram is made over (UnionPay POS, 2.3; EMV 4.3
 * Book 3, annex A). They follow from the payment row alone, so that the second cryptogram and a
 * reversal find the same ones as the request.
 */
#ifndef TERMINAL_ICC_FIELD_H
#define TERMINAL_ICC_FIELD_H

#include "books/payment_row.h"
#include "hsm/command.h"

/* Amount, date, type, TVR, unpredictable number; AIP, ATC and IAD are the card's to add. */
void icc_field_values(const struct payment_row *payment, struct chip_values *out);

/* Field 55 of an online request: 9F26 9F27 9F10 9F37 9F36 95 9A 9C 9F02 5F2A 82 9F1A 9F03 9F33
 * 9F34 84. `read` is the answer of HSM_CARD_CHIP, `ac` that of HSM_CARD_FIRST_AC. */
void icc_field_request(const struct payment_row *payment, const struct hsm_answer *read,
                       const struct hsm_answer *ac, struct txn_message *out);

/* Field 55 of a reversal: 95 9F1E 9F10 9F36. */
void icc_field_reversal(const struct payment_row *payment, struct txn_message *out);

/* What a receipt prints of the chip's checks beside the values above: transaction status
 * information (9B) and the terminal's capabilities (9F33). */
struct icc_status {
    uint8_t tsi[2];
    uint8_t capabilities[3];
};
struct icc_status icc_field_status(const struct payment_row *payment);

/* Tag 91 of an answer; len 0 when there is none of a right length. */
struct chip_issuer_auth icc_field_issuer_auth(const struct txn_message *answer);

#endif

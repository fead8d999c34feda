/*
 * Codes that the issuer gives out for one payment: payment codes, which the holder's phone shows as
 * a QR code and which stand for the card, and authorisations by voice, which an offline sale
 * brings. A code serves once: a reversal frees nothing. A code by voice is a promise: its sale is
 * taken whatever the balance; nothing is held for it meanwhile.
 */
#ifndef ISSUER_GIVEN_CODE_H
#define ISSUER_GIVEN_CODE_H

#include "issuer/verdict.h"

#define PAYMENT_CODE_LEN 19
#define PAYMENT_CODE_LIFE_MS INT64_C(180000)  /* phones draw a new one before it ends */
#define VOICE_CODE_LIFE_MS INT64_C(604800000) /* a week, for tills that are cut off */

/* The key of the code that a request brings; table 0: it brings none. */
struct row_key given_code_key(const struct issue *issue);

/* qr.unknown, qr.used, qr.expired: of a payment by code, and of nothing else. */
enum verdict given_code_judge_known(const struct issue *issue, struct evidence *out, int argument);
enum verdict given_code_judge_unused(const struct issue *issue, struct evidence *out, int argument);
enum verdict given_code_judge_fresh(const struct issue *issue, struct evidence *out, int argument);
/* voice.code-wrong: all of that of an offline sale's, and its amount. */
enum verdict given_code_judge_voice(const struct issue *issue, struct evidence *out, int argument);

/* The code has served for this payment. */
void given_code_use(const struct issue *issue, const struct payment_row *payment);

/* The voucher of a payment by code, which its answer carries: date and number of its record. */
void given_code_voucher(const struct payment_row *payment, char out[static QR_CODE_LEN]);

/* COMMAND_GIVE_CODE. Shown instead of a code: card.unknown; transaction.not-for-card for a card
 * that is not active; terminal.amount-invalid; account.funds-short (by voice);
 * transaction.unsupported where the issuer gives no such codes; issuer.fault when the code that
 * was drawn stands for another payment: ask again. */
void given_code_needs(struct node_work *work);
void given_code_step(struct node_work *work);

#endif

/*
 * The customer's phone before a merchant's code: reads the payload, gets a one-time payment code
 * from the card's bank for its amount, and hands it to the till that the payload names, which sells
 * with it as with any code scanned from a phone. So the payment is a terminal's own, with all that
 * holds for those.
 */
#ifndef APP_QR_PAY_H
#define APP_QR_PAY_H

struct qr_payer {
    const char *data;
    const char *card;     /* label: "C1" */
    const char *amount;   /* for a code without one; NULL: as the code says */
    const char *terminal; /* for a code that names no till; NULL: as the code says */
};

/* An exit code; what goes wrong is said on standard error, what was paid on standard output. */
int qr_pay(const struct qr_payer *payer, const char *payload);

#endif

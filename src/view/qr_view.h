/*
 * What a payment code says, field by field, and what is wrong with it and where: merchant's codes
 * (card/emv_qr.h) and customers' (card/customer_code.h). A customer's code and the card in it are
 * shown masked.
 */
#ifndef VIEW_QR_VIEW_H
#define VIEW_QR_VIEW_H

#include "base/text.h"

#define QR_VIEW_ROOM 131072 /* holds any payload of up to QR_PAYLOAD_MAX bytes, in any form */
#define QR_PAYLOAD_MAX 2048

enum qr_payload {
    QR_MERCHANT,      /* EMVCo, merchant-presented */
    QR_CUSTOMER_EMV,  /* EMVCo, consumer-presented */
    QR_CUSTOMER_CODE, /* a wallet's digits */
    QR_UNKNOWN
};

/* Which of them it begins like. */
enum qr_payload qr_payload_of(struct bytes payload);

/* A table for people. False when something is wrong with the payload; the table says what. */
bool qr_view_add_text(struct text *t, struct bytes payload);

/* One JSON object: {"sort", "good", "items": [{"id", "in", "offset", "zh", "en", "value",
 * "means"}], "fault": {"what", "offset", "id", "in"}}; "fault" only when something is wrong. */
bool qr_view_add_json(struct text *t, struct bytes payload);

#endif

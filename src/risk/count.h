/*
 * What a payment does to the tallies that it concerns, when it is sent on, answered, taken back:
 * one place for the switch and for the dry run, which count alike or mean nothing.
 */
#ifndef RISK_COUNT_H
#define RISK_COUNT_H

#include "risk/rules.h"

enum count_change {
    COUNT_SENT,    /* it stands from now on, and the card was at the shop */
    COUNT_AGAIN,   /* it stands again: what took it back was taken back itself */
    COUNT_BACK,    /* it stands no more, and the card was not there */
    COUNT_PART,    /* only a part of its amount was approved, posted_minor */
    COUNT_REFUSED, /* it was refused in a way that may be a guess */
    COUNT_PIN      /* the answer says something of the card's PIN */
};

/* Whether a kind stands in tallies at all: what charges, and refunds beside it. */
bool count_stands(enum txn_kind kind);

/* Whether a recorded answer is one that somebody gets who tries numbers, dates, PINs or codes. */
bool count_is_guess(const struct payment_row *row);

/* Whether a recorded answer says that the PIN was wrong. */
bool count_is_wrong_pin(const struct payment_row *row);

/* Whether the change may make a tally that is not there yet. */
bool count_makes(enum count_change change);

void count_tally(enum count_change change, const struct payment_row *row, struct tally_row *tally);

/* As count_tally for the card's own row; `shop` is the payment's merchant, of COUNT_SENT only. */
void count_card(enum count_change change, const struct payment_row *row,
                const struct merchant_row *shop, struct card_activity_row *card);

/* An empty row of a card. */
struct card_activity_row count_new_card(uint32_t date);

#endif

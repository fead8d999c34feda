/*
 * What was counted of a card, a shop, a terminal: one row each, for today, this month and the last
 * refusals at once, so that a payment touches few rows. A counter of a day or month that is over
 * reads as zero; it starts anew with the next payment counted.
 *
 * All are pure changes of a row that the caller stores. Counters stay at their largest value
 * instead of passing it.
 */
#ifndef RISK_ACTIVITY_H
#define RISK_ACTIVITY_H

#include "base/instant.h"
#include "books/payment_row.h"
#include "books/risk_rows.h"
#include "risk/check.h"

/* Who the tallies of a payment belong to. */
struct activity_owner {
    struct pan_hash card; /* zeros: no card */
    char merchant[MERCHANT_ID_LEN];
    char terminal[TERMINAL_ID_LEN];
    uint16_t category;
    char bin[6];
};

/* As they were when the payment was counted. */
struct activity_owner activity_owner_of(const struct payment_row *payment);

struct row_key activity_key(enum tally_subject subject, const struct activity_owner *owner);

/* An empty one, dated. */
struct tally_row activity_new(enum tally_subject subject, uint32_t date);

/* Counts a payment on its business date, and gives it back: once only, and only in the day and
 * month in which it stands. */
void activity_add(struct tally_row *tally, uint32_t date, int64_t minor);
void activity_take(struct tally_row *tally, uint32_t date, int64_t minor);

/* Counts a payment again that was given back, in the day and month in which it stood; a tally that
 * has gone on since is not its any more. */
void activity_restore(struct tally_row *tally, uint32_t date, int64_t minor);

/* The same for a refund: it is counted beside payments, not against them. */
void activity_add_refund(struct tally_row *tally, uint32_t date);
void activity_take_refund(struct tally_row *tally, uint32_t date);

/* Less of an amount that stands counted: a part of it was approved. */
void activity_trim(struct tally_row *tally, uint32_t date, int64_t minor);

uint32_t activity_count(const struct tally_row *tally, uint32_t date, enum rule_period each);
uint32_t activity_refunds(const struct tally_row *tally, uint32_t date, enum rule_period each);
int64_t activity_minor(const struct tally_row *tally, uint32_t date, enum rule_period each);

/* Remembers a refusal, and how many there were in the minutes before `at`; at most TALLY_REFUSALS.
 */
void activity_refuse(struct tally_row *tally, struct instant at);
uint32_t activity_refused(const struct tally_row *tally, struct instant at, uint32_t minutes);

/* When the day or month is over, local midnight. */
struct instant activity_resets(uint32_t date, enum rule_period each, int32_t utc_offset_s);

/* Notes that the card was at the shop, in place of its earlier visit there or of the oldest; and
 * takes that visit back. */
void activity_visit(struct card_activity_row *card, const struct merchant_row *merchant,
                    struct instant at);
void activity_unvisit(struct card_activity_row *card, const char merchant[static MERCHANT_ID_LEN],
                      struct instant at);

/* Wrong PINs of a day; a right one forgives those before it. */
void activity_pin_wrong(struct card_activity_row *card, uint32_t date);
void activity_pin_right(struct card_activity_row *card);
uint32_t activity_pins(const struct card_activity_row *card, uint32_t date);

#endif

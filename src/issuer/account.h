/*
 * The holder's account and the card's day: what payments, holds and their undoing do to them. All
 * functions work on copies of rows; the caller puts them.
 *
 * Stored figures are not trusted: sums that do not fit are failures, not assertions.
 */
#ifndef ISSUER_ACCOUNT_H
#define ISSUER_ACCOUNT_H

#include "books/party_rows.h"
#include "books/payment_row.h"
#include "books/posting.h"

/* Beyond this a stored figure is damage, and no sum of a few of them overflows. */
#define ACCOUNT_MINOR_MAX 1000000000000000

/* The figures are within ±ACCOUNT_MINOR_MAX. */
bool account_is_sane(const struct account_row *account);

/* What may be spent: balance and credit limit less what is held. The row must be sane. */
int64_t account_available(const struct account_row *account);

/* What a card has spent on a business date. Counters of an earlier date count as zero; those of a
 * later one (the clock was set back) go on counting. */
struct card_day {
    int64_t used_minor;
    uint32_t count;
    uint32_t date;
};
struct card_day card_day_of(const struct card_row *card, uint32_t date);

/* The figures of the card's limits are within ±ACCOUNT_MINOR_MAX. */
bool account_card_is_sane(const struct card_row *card);

/* What one event does to an account and to its card's day: see effect.h. */
struct effect {
    int64_t taken_minor; /* from the holder, owed to the acquirer; negative: given back */
    int64_t held_minor;  /* more held; negative: released */
    int64_t used_minor;  /* more used of the day; negative: given back */
    int32_t count;       /* more payments of the day */
    uint32_t date;       /* of the two counters */
    bool is_today; /* date begins a new day of the counters when they are older; otherwise they
                      change only while they are of that date */
};

/* Whether the account's figures are sane and stay so. */
bool account_can(const struct account_row *account, const struct effect *effect);

/* Does it. card may be NULL (the row is gone). ERR_OVERFLOW, with nothing changed, when the account
 * cannot: account_can. What is available may fall below zero: rules guard what is asked for, and
 * what is taken back is taken back. */
MUST_USE enum err account_apply(struct account_row *account, struct card_row *card,
                                const struct effect *effect, const struct identity *payment,
                                struct postings *postings);

/* Pays amount (> 0) into the account. ERR_BAD_VALUE for another currency, ERR_OVERFLOW when the
 * balance cannot hold it. */
MUST_USE enum err account_fund(struct account_row *account, struct money amount,
                               struct postings *postings);

#endif

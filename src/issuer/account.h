/*
 * What an approved payment does to the card's counters and the holder's account, and its exact
 * undoing. All functions work on copies of rows; the caller puts them.
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

/* Takes the payment's amount (> 0) from the account, owed to the acquirer from now on, and counts
 * it for the card on the payment's date. What is available must cover it (asserted: a rule has
 * refused otherwise). */
void account_post(struct account_row *account, struct card_row *card,
                  const struct payment_row *payment, struct postings *postings);

/* Puts a posted payment back. ERR_OVERFLOW, with nothing changed, when the balance cannot hold
 * it. card may be NULL (the row is gone); its counters go back only while they are of the
 * payment's date. */
MUST_USE enum err account_give_back(struct account_row *account, struct card_row *card,
                                    const struct payment_row *payment, struct postings *postings);

/* Pays amount (> 0) into the account. ERR_BAD_VALUE for another currency, ERR_OVERFLOW when the
 * balance cannot hold it. */
MUST_USE enum err account_fund(struct account_row *account, struct money amount,
                               struct postings *postings);

#endif

/*
 * Double entry: the only way an account changes. Each journal record carries its postings, and
 * for each currency their sum is zero.
 *
 * Debits are positive, credits negative. A cardholder's account is a liability of the issuer, so
 * a sale debits it; its row keeps what the holder can see: balance = -(sum of its entries).
 */
#ifndef BOOKS_POSTING_H
#define BOOKS_POSTING_H

#include "base/bounds.h"
#include "base/money.h"

/* The chart of accounts. */
enum account_kind {
    ACCOUNT_NONE,
    ACCOUNT_CARDHOLDER,          /* issuer: one for each account, with a row and a balance */
    ACCOUNT_ACQUIRER_SETTLEMENT, /* issuer: owed to an acquirer; entries only, summed at cut-off */
    ACCOUNT_FUNDING,             /* issuer: where opening balances and deposits come from */
    ACCOUNT_ISSUER_RECEIVABLE,   /* acquirer: owed by an issuer; entries only */
    ACCOUNT_MERCHANT_PAYABLE,    /* acquirer: owed to a merchant; entries only */
    ACCOUNT_KIND_COUNT
};

struct posting {
    uint8_t kind; /* enum account_kind */
    uint8_t pad;
    uint16_t currency;
    uint32_t pad2;
    uint64_t account; /* number within the kind; for parties, account_of_text of their id */
    int64_t minor;    /* + debit, - credit; never 0 */
};

struct postings {
    uint8_t count;
    struct posting rows[POSTINGS_MAX];
};

/* One account: its kind and its number within the kind. */
struct account_ref {
    enum account_kind kind;
    uint64_t number;
};

/* Adds the two legs of moving amount (> 0): it debits one account and credits the other. */
void postings_add_pair(struct postings *postings, struct account_ref debit,
                       struct account_ref credit, struct money amount);

/* For each currency the sum is zero and no leg is empty. */
bool postings_balance(const struct postings *postings);

/* A stable 64-bit account number for a party's textual id (its first 8 bytes folded with the
 * rest by FNV-1a): settlement accounts need no registry. */
uint64_t account_of_text(const char *id, size_t len);

const char *account_kind_name(enum account_kind kind);
bool account_kind_has_row(enum account_kind kind);

#endif

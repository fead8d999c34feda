/*
 * Do terminal, switch and issuer agree on a payment? Each party's row boils down to one entry; a
 * verdict is a pure function of the three. This is the end of every load test and drill, and the
 * first step of a three-way reconciliation.
 */
#ifndef OFFICE_AGREE_H
#define OFFICE_AGREE_H

#include "books/payment_row.h"

struct agree_entry {
    uint8_t key[IDENTITY_KEY_LEN]; /* the payment's identity: entries are sorted by it */
    uint8_t kind;                  /* enum txn_kind */
    uint8_t stage;                 /* enum payment_stage */
    uint8_t money;                 /* enum money_state */
    uint8_t is_approved;
    int64_t minor;      /* what it moves or holds once approved */
    int64_t created_us; /* wall clock of the party that kept the row */
};

enum agreement {
    AGREE_TAKEN,        /* approved everywhere, the same amount: taken, given back or held once */
    AGREE_NOT_TAKEN,    /* nobody holds money of it */
    AGREE_OPEN,         /* some party still works on it: ask again later */
    AGREE_LOST,         /* the terminal has it approved, another party does not hold the money */
    AGREE_UNASKED,      /* money is taken that the terminal has not approved */
    AGREE_AMOUNT,       /* taken with different amounts */
    AGREE_UNKNOWN_HERE, /* another party has taken money for a payment the terminal never made */
    AGREEMENT_COUNT
};

void agree_entry_of(const struct payment_row *row, struct agree_entry *out);

/* Order by identity, for sorting and merging. */
int agree_entry_order(const struct agree_entry *a, const struct agree_entry *b);

/* NULL: that party has no row. At least one is there. */
enum agreement agree_on(const struct agree_entry *terminal, const struct agree_entry *acquirer,
                        const struct agree_entry *issuer);

bool agreement_is_good(enum agreement agreement);
const char *agreement_text(enum agreement agreement);

#endif

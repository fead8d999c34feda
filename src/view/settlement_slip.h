/*
 * The slip of a batch (结算单): what each kind came to, the totals that the terminal sends, whether
 * the host's agree, and which of the payments made without the line were refused when they were
 * delivered.
 */
#ifndef VIEW_SETTLEMENT_SLIP_H
#define VIEW_SETTLEMENT_SLIP_H

#include "books/party_rows.h"
#include "books/payment_row.h"
#include "view/slip.h"

#define SETTLEMENT_FAILED_MAX 12 /* named one by one; the rest is counted */

struct settlement_failed {
    uint32_t trace;
    uint8_t kind; /* enum txn_kind */
    uint16_t outcome;
    struct money amount;
};

/* What the payments of a batch come to, by kind. Starts as zeros. */
struct settlement_sums {
    uint32_t count[KIND_COUNT];
    int64_t minor[KIND_COUNT]; /* what each kind moved or holds, without its sign */
    uint32_t waiting;          /* accepted without the line, not delivered yet */
    uint32_t in_doubt;
    uint32_t failed_count;
    struct settlement_failed failed[SETTLEMENT_FAILED_MAX];
};

/* Adds a payment of the terminal's; one that is not readable, or of another batch, changes
 * nothing. */
void settlement_sums_add(struct settlement_sums *sums, const struct batch_row *batch,
                         const struct payment_row *payment);

struct settlement_facts {
    const struct batch_row *batch;
    const struct settlement_sums *sums;
    const char *merchant_name; /* UTF-8; NULL: not known */
    const char *merchant;      /* its number, MERCHANT_ID_LEN, padded */
    uint16_t currency;
    int32_t utc_offset_s;
    bool is_duplicate;
    bool is_lab;
    bool is_training;
};

/* Fills an empty place with the slip. */
void settlement_slip(const struct settlement_facts *facts, struct slip *out);

#endif

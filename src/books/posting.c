#include "books/posting.h"

#include "base/assert.h"

/* clang-format off */
static const struct {
    const char *name;
    bool has_row;
} chart_table[] = {
    [ACCOUNT_NONE]                = { "none",                false },
    [ACCOUNT_CARDHOLDER]          = { "cardholder",          true  },
    [ACCOUNT_ACQUIRER_SETTLEMENT] = { "acquirer_settlement", false },
    [ACCOUNT_FUNDING]             = { "funding",             false },
    [ACCOUNT_ISSUER_RECEIVABLE]   = { "issuer_receivable",   false },
    [ACCOUNT_MERCHANT_PAYABLE]    = { "merchant_payable",    false },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(chart_table) == ACCOUNT_KIND_COUNT, "a row for each kind of account");

static void add_leg(struct postings *postings, struct account_ref account, struct money amount)
{
    assert(postings->count < POSTINGS_MAX);
    postings->rows[postings->count++] = (struct posting){.kind = (uint8_t)account.kind,
                                                         .currency = amount.currency,
                                                         .account = account.number,
                                                         .minor = amount.minor};
}

void postings_add_pair(struct postings *postings, struct account_ref debit,
                       struct account_ref credit, struct money amount)
{
    assert(amount.minor > 0);
    add_leg(postings, debit, amount);
    add_leg(postings, credit, money_of(-amount.minor, amount.currency));
    assert(postings_balance(postings));
}

bool postings_balance(const struct postings *postings)
{
    for (size_t i = 0; i < postings->count; i++) {
        int64_t sum = 0;

        if (postings->rows[i].minor == 0)
            return false;
        for (size_t j = 0; j < postings->count; j++) {
            if (postings->rows[j].currency == postings->rows[i].currency)
                sum += postings->rows[j].minor;
        }
        if (sum != 0)
            return false;
    }
    return true;
}

uint64_t account_of_text(const char *id, size_t len)
{
    uint64_t hash = 0xCBF29CE484222325U;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)id[i]) * 0x100000001B3U;
    return hash;
}

const char *account_kind_name(enum account_kind kind)
{
    assert(kind < ACCOUNT_KIND_COUNT);
    return chart_table[kind].name;
}

bool account_kind_has_row(enum account_kind kind)
{
    assert(kind < ACCOUNT_KIND_COUNT);
    return chart_table[kind].has_row;
}

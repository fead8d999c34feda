/* What is told of each kind of row: one line for each member. Beside row_view.c only. */
#ifndef VIEW_ROW_VIEW_TABLE_H
#define VIEW_ROW_VIEW_TABLE_H

#include "books/party_rows.h"
#include "books/payment_row.h"
#include "books/risk_rows.h"

#include <stddef.h>

enum row_sort {
    ROW_NUMBER,   /* unsigned, little-endian, as long as it is */
    ROW_SIGNED,   /* the same, signed */
    ROW_TEXT,     /* padded with spaces or zeros */
    ROW_IDENTITY, /* of a payment; trace 0: none */
    ROW_WORD,     /* a number with a name: word() */
};

struct row_field {
    const char *name;
    enum row_sort sort;
    size_t offset;
    size_t len;
    const char *(*word)(unsigned number); /* NULL past the last */
};

static const char *row_word_kind(unsigned number)
{
    return number < KIND_COUNT ? kind_row((enum txn_kind)number)->name : NULL;
}

static const char *row_word_stage(unsigned number)
{
    return number < STAGE_COUNT ? payment_stage_name((enum payment_stage)number) : NULL;
}

static const char *row_word_money(unsigned number)
{
    return number < MONEY_STATE_COUNT ? money_state_name((enum money_state)number) : NULL;
}

static const char *row_word_party(unsigned number)
{
    return number < PARTY_COUNT ? party_name((enum party)number) : NULL;
}

static const char *row_word_outcome(unsigned number)
{
    return outcome_is_known(number) ? outcome_row((enum outcome)number)->name : NULL;
}

static const char *row_word_follow(unsigned number)
{
    return number < FOLLOW_COUNT ? follow_state_name((enum follow_state)number) : NULL;
}

static const char *row_word_record(unsigned number)
{
    return number < RECORD_STATE_COUNT ? record_state_name((enum record_state)number) : NULL;
}

static const char *row_word_pending(unsigned number)
{
    static const char *const names[] = {
        [PENDING_NONE] = "none",         [PENDING_ANSWER] = "answer",
        [PENDING_REVERSAL] = "reversal", [PENDING_EXCHANGE] = "exchange",
        [PENDING_ADVICE] = "advice",     [PENDING_QUERY] = "query",
        [PENDING_HOLD] = "hold",
    };
    return number < ARRAY_COUNT(names) ? names[number] : NULL;
}

static const char *row_word_batch(unsigned number)
{
    static const char *const names[] = {
        [BATCH_OPEN] = "open", [BATCH_CLOSING] = "closing", [BATCH_CLOSED] = "closed"};
    return number < ARRAY_COUNT(names) ? names[number] : NULL;
}

static const char *row_word_tally(unsigned number)
{
    static const char *const names[] = {
        [TALLY_CARD] = "card",         [TALLY_CARD_AT_SHOP] = "card_at_shop",
        [TALLY_TERMINAL] = "terminal", [TALLY_MERCHANT] = "merchant",
        [TALLY_CATEGORY] = "category", [TALLY_BIN] = "bin",
    };
    return number < ARRAY_COUNT(names) ? names[number] : NULL;
}

#define AT(s, field) offsetof(struct s, field), sizeof(((struct s *)0)->field)
#define NUMBER(s, name, field)                                                                     \
    {                                                                                              \
        name, ROW_NUMBER, AT(s, field), NULL                                                       \
    }
#define SIGNED(s, name, field)                                                                     \
    {                                                                                              \
        name, ROW_SIGNED, AT(s, field), NULL                                                       \
    }
#define TEXT(s, name, field)                                                                       \
    {                                                                                              \
        name, ROW_TEXT, AT(s, field), NULL                                                         \
    }
#define NAMES(s, name, field)                                                                      \
    {                                                                                              \
        name, ROW_IDENTITY, AT(s, field), NULL                                                     \
    }
#define WORD(s, name, field, words)                                                                \
    {                                                                                              \
        name, ROW_WORD, AT(s, field), row_word_##words                                             \
    }

/* clang-format off */
static const struct row_field row_config_fields[] = {
    WORD(config_row, "party", party, party),
    TEXT(config_row, "id", id),
    NUMBER(config_row, "is_training", is_training),
    NUMBER(config_row, "currency", currency),
    SIGNED(config_row, "utc_offset_s", utc_offset_s),
    NUMBER(config_row, "answer_wait_ms", answer_wait_ms),
    NUMBER(config_row, "completion_percent", completion_percent),
    NUMBER(config_row, "tip_percent", tip_percent),
    NUMBER(config_row, "hold_days", hold_days),
    NUMBER(config_row, "keep_days", keep_days),
};

static const struct row_field row_terminal_fields[] = {
    WORD(terminal_row, "state", state, record),
    TEXT(terminal_row, "merchant", merchant),
    NUMBER(terminal_row, "is_signed_in", is_signed_in),
    NUMBER(terminal_row, "is_clock_wrong", is_clock_wrong),
    NUMBER(terminal_row, "is_training", is_training),
    NUMBER(terminal_row, "batch", batch),
    NUMBER(terminal_row, "trace_next", trace_next),
    NAMES(terminal_row, "last", last),
    NAMES(terminal_row, "owed", owed),
};

static const struct row_field row_merchant_fields[] = {
    WORD(merchant_row, "state", state, record),
    NUMBER(merchant_row, "checks_funds", checks_funds),
    NUMBER(merchant_row, "category", category),
    NUMBER(merchant_row, "completion_percent", completion_percent),
    NUMBER(merchant_row, "tip_percent", tip_percent),
};

static const struct row_field row_route_fields[] = {
    TEXT(route_row, "issuer", issuer),
    NUMBER(route_row, "is_barred", is_barred),
};

static const struct row_field row_issuer_fields[] = {
    TEXT(issuer_row, "name", name),
};

static const struct row_field row_card_fields[] = {
    WORD(card_row, "state", state, record),
    TEXT(card_row, "card", pan.masked),
    TEXT(card_row, "name", name),
    NUMBER(card_row, "account", account),
    NUMBER(card_row, "pin_tries", pin_tries),
    NUMBER(card_row, "pin_tries_max", pin_tries_max),
    SIGNED(card_row, "limit", limit_minor),
    SIGNED(card_row, "daily_limit", daily_limit_minor),
    NUMBER(card_row, "daily_date", daily_date),
    SIGNED(card_row, "daily_used", daily_used_minor),
    NUMBER(card_row, "daily_count", daily_count),
    NUMBER(card_row, "daily_count_max", daily_count_max),
    NUMBER(card_row, "refusals", refusals),
};

static const struct row_field row_account_fields[] = {
    NUMBER(account_row, "currency", currency),
    SIGNED(account_row, "balance", balance_minor),
    SIGNED(account_row, "held", held_minor),
    SIGNED(account_row, "credit_limit", credit_limit_minor),
    TEXT(account_row, "name", name),
};

static const struct row_field row_payment_fields[] = {
    WORD(payment_row, "kind", kind, kind),
    WORD(payment_row, "stage", stage, stage),
    WORD(payment_row, "money", money, money),
    WORD(payment_row, "outcome", outcome, outcome),
    WORD(payment_row, "decided_by", decided_by, party),
    WORD(payment_row, "follow", follow, follow),
    SIGNED(payment_row, "amount", amount.minor),
    NUMBER(payment_row, "currency", amount.currency),
    SIGNED(payment_row, "posted", posted_minor),
    SIGNED(payment_row, "returned", returned_minor),
    SIGNED(payment_row, "tip", tip_minor),
    NAMES(payment_row, "original", original),
    TEXT(payment_row, "card", pan.masked),
    TEXT(payment_row, "merchant", merchant),
    TEXT(payment_row, "issuer", issuer),
    NUMBER(payment_row, "account", account),
    TEXT(payment_row, "code", code),
    TEXT(payment_row, "auth_id", auth_id),
    TEXT(payment_row, "rrn", rrn),
    NUMBER(payment_row, "business_date", business_date),
    NUMBER(payment_row, "settlement_date", settlement_date),
    NUMBER(payment_row, "created", created.us),
    NUMBER(payment_row, "changed", changed.us),
    NUMBER(payment_row, "deadline", deadline.us),
    NUMBER(payment_row, "lapses", lapses.us),
    NUMBER(payment_row, "reversal_attempts", reversal_attempts),
    TEXT(payment_row, "reversal_reason", reversal_reason),
    NUMBER(payment_row, "follow_batch", follow_batch),
    NUMBER(payment_row, "follow_trace", follow_trace),
    NUMBER(payment_row, "entry", entry),
    NUMBER(payment_row, "pin_entered", pin_entered),
    NUMBER(payment_row, "rules_version", rules_version),
    NUMBER(payment_row, "category", category),
    NUMBER(payment_row, "counted", counted),
    NUMBER(payment_row, "nets_funds", nets_funds),
    NUMBER(payment_row, "is_training", is_training),
    NUMBER(payment_row, "copies", copies),
};

static const struct row_field row_pending_fields[] = {
    WORD(pending_row, "kind", kind, pending),
    NUMBER(pending_row, "attempts", attempts),
    NUMBER(pending_row, "since", since.us),
    NUMBER(pending_row, "due", due.us),
};

static const struct row_field row_tally_fields[] = {
    WORD(tally_row, "subject", subject, tally),
    NUMBER(tally_row, "date", date),
    NUMBER(tally_row, "day_count", day_count),
    SIGNED(tally_row, "day_minor", day_minor),
    NUMBER(tally_row, "day_refunds", day_refunds),
    NUMBER(tally_row, "month_count", month_count),
    SIGNED(tally_row, "month_minor", month_minor),
    NUMBER(tally_row, "month_refunds", month_refunds),
};

static const struct row_field row_activity_fields[] = {
    WORD(card_activity_row, "subject", tally.subject, tally),
    NUMBER(card_activity_row, "date", tally.date),
    NUMBER(card_activity_row, "day_count", tally.day_count),
    SIGNED(card_activity_row, "day_minor", tally.day_minor),
    NUMBER(card_activity_row, "day_refunds", tally.day_refunds),
    NUMBER(card_activity_row, "month_count", tally.month_count),
    SIGNED(card_activity_row, "month_minor", tally.month_minor),
    NUMBER(card_activity_row, "month_refunds", tally.month_refunds),
    NUMBER(card_activity_row, "pin_date", pin_date),
    NUMBER(card_activity_row, "pin_wrong", pin_wrong),
};

static const struct row_field row_batch_fields[] = {
    WORD(batch_row, "state", state, batch),
    NUMBER(batch_row, "is_differing", is_differing),
    NUMBER(batch_row, "open_count", open_count),
    SIGNED(batch_row, "debit", domestic.debit_minor),
    NUMBER(batch_row, "debit_count", domestic.debit_count),
    SIGNED(batch_row, "credit", domestic.credit_minor),
    NUMBER(batch_row, "credit_count", domestic.credit_count),
    SIGNED(batch_row, "claimed_debit", claimed.debit_minor),
    NUMBER(batch_row, "claimed_debit_count", claimed.debit_count),
    SIGNED(batch_row, "claimed_credit", claimed.credit_minor),
    NUMBER(batch_row, "claimed_credit_count", claimed.credit_count),
    NUMBER(batch_row, "opened", opened.us),
    NUMBER(batch_row, "closed", closed.us),
};

static const struct row_field row_funds_fields[] = {
    NUMBER(funds_row, "currency", currency),
    SIGNED(funds_row, "net", net_minor),
    NUMBER(funds_row, "since", since.us),
};

static const struct row_field row_drawer_fields[] = {
    NUMBER(drawer_row, "is_cashier_in", is_cashier_in),
    NUMBER(drawer_row, "cashier", cashier),
    NUMBER(drawer_row, "settling", settling),
    NUMBER(drawer_row, "waiting", waiting_count),
};

#define TELLS(fields, s) {fields, ARRAY_COUNT(fields), sizeof(struct s)}

/* Tables that are not named here are told by their keys alone. */
static const struct {
    const struct row_field *fields;
    size_t count;
    size_t len; /* of the row */
} row_views[TABLE_COUNT] = {
    [TABLE_CONFIG]        = TELLS(row_config_fields, config_row),
    [TABLE_TERMINAL]      = TELLS(row_terminal_fields, terminal_row),
    [TABLE_MERCHANT]      = TELLS(row_merchant_fields, merchant_row),
    [TABLE_ROUTE]         = TELLS(row_route_fields, route_row),
    [TABLE_ISSUER]        = TELLS(row_issuer_fields, issuer_row),
    [TABLE_CARD]          = TELLS(row_card_fields, card_row),
    [TABLE_ACCOUNT]       = TELLS(row_account_fields, account_row),
    [TABLE_PAYMENT]       = TELLS(row_payment_fields, payment_row),
    [TABLE_PENDING]       = TELLS(row_pending_fields, pending_row),
    [TABLE_TALLY]         = TELLS(row_tally_fields, tally_row),
    [TABLE_CARD_ACTIVITY] = TELLS(row_activity_fields, card_activity_row),
    [TABLE_BATCH]         = TELLS(row_batch_fields, batch_row),
    [TABLE_FUNDS]         = TELLS(row_funds_fields, funds_row),
    [TABLE_DRAWER]        = TELLS(row_drawer_fields, drawer_row),
};
/* clang-format on */

#undef AT
#undef NUMBER
#undef SIGNED
#undef TEXT
#undef NAMES
#undef WORD
#undef TELLS

#endif

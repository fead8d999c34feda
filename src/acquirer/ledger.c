#include "acquirer/ledger.h"

#include "base/assert.h"

#include <string.h>

/* The largest sum that counts may have: all amounts of a full batch. */
#define SUM_MAX (MONEY_MINOR_MAX * UINT16_MAX)

/* ---- rows ---- */

/* The shop of the payment on the desk: the request's, or the recorded payment's. */
static bool has_funds_row(const struct desk *desk)
{
    if (desk->payment != NULL)
        return desk->payment->nets_funds;
    return desk->merchant != NULL && desk->merchant->checks_funds;
}

static struct row_key funds_key(const struct desk *desk)
{
    return desk_funds_key(desk->payment != NULL ? desk->payment->merchant
                                                : desk->message->merchant);
}

void ledger_need(const struct desk *desk)
{
    node_need(desk->work, desk_batch_key(&desk->identity));
    if (has_funds_row(desk))
        node_need(desk->work, funds_key(desk));
}

static bool is_sum(int64_t minor)
{
    return minor >= 0 && minor <= SUM_MAX;
}

bool ledger_batch_is_sound(const struct batch_row *row)
{
    return row->layout == PARTY_ROW_LAYOUT && row->state < BATCH_STATE_COUNT &&
           is_sum(row->domestic.debit_minor) && is_sum(row->domestic.credit_minor);
}

struct batch_row ledger_new_batch(const struct desk *desk)
{
    struct batch_row row;

    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    row.batch = desk->identity.batch;
    memcpy(row.terminal, desk->identity.terminal, sizeof row.terminal);
    row.opened = desk->event->wall;
    return row;
}

/* The batch to change, or false when what is stored is not one. */
static bool take_batch(const struct desk *desk, struct batch_row *out)
{
    struct row_key key = desk_batch_key(&desk->identity);
    const struct node_row *stored = node_row(desk->work, &key);

    assert(stored != NULL);
    if (!stored->found)
        *out = ledger_new_batch(desk);
    else if (desk->batch != NULL && ledger_batch_is_sound(desk->batch))
        *out = *desk->batch;
    else
        desk_alarm(desk);
    return !stored->found || (desk->batch != NULL && ledger_batch_is_sound(desk->batch));
}

static void put_batch(const struct desk *desk, const struct batch_row *row)
{
    struct row_key key = desk_batch_key(&desk->identity);

    node_put(desk->work, &key, row, sizeof *row);
}

bool ledger_may_bury(const struct desk *desk)
{
    return desk->batch == NULL || desk->batch->buried < LEDGER_BURIED_MAX;
}

bool ledger_takes_tombstone(const struct desk *desk)
{
    assert(desk->terminal != NULL);
    return desk->identity.batch <= desk->terminal->batch && ledger_may_bury(desk);
}

void ledger_bury(const struct desk *desk)
{
    struct batch_row batch;

    if (!take_batch(desk, &batch))
        return;
    assert(ledger_may_bury(desk));
    batch.buried++;
    if (batch.buried == LEDGER_BURIED_MAX)
        desk_alarm(desk);
    put_batch(desk, &batch);
}

int64_t ledger_funds_minor(const struct desk *desk)
{
    struct row_key key = funds_key(desk);
    const struct funds_row *row = node_value(desk->work, &key, sizeof *row);

    return row != NULL ? row->net_minor : 0;
}

static void add_funds(const struct desk *desk, const struct payment_row *row, int64_t minor)
{
    struct row_key key = desk_funds_key(row->merchant);
    const struct funds_row *old;
    struct funds_row funds;

    if (!row->nets_funds || minor == 0)
        return;
    if (node_row(desk->work, &key) == NULL) { /* the payment came in the same batch of events */
        desk_alarm(desk);
        return;
    }
    old = node_value(desk->work, &key, sizeof *old);
    memset(&funds, 0, sizeof funds);
    funds.layout = PARTY_ROW_LAYOUT;
    funds.currency = row->amount.currency;
    funds.since = desk->event->wall;
    if (old != NULL)
        funds = *old;
    if (funds.net_minor > SUM_MAX || funds.net_minor < -SUM_MAX) {
        desk_alarm(desk);
        return;
    }
    funds.net_minor += minor;
    node_put(desk->work, &key, &funds, sizeof funds);
}

/* ---- a payment under way ---- */

static bool is_counted(const struct payment_row *row)
{
    return kind_row((enum txn_kind)row->kind)->moves_money;
}

void ledger_open(const struct desk *desk, struct payment_row *row)
{
    struct batch_row batch;

    if (!is_counted(row))
        return;
    if (take_batch(desk, &batch)) {
        batch.open_count++;
        put_batch(desk, &batch);
    }
    row->nets_funds = desk->merchant != NULL && desk->merchant->checks_funds;
    if (row->kind == KIND_REFUND)
        add_funds(desk, row, -row->amount.minor);
}

static void close_one(const struct desk *desk, struct batch_row *batch)
{
    if (batch->open_count == 0)
        desk_alarm(desk);
    else
        batch->open_count--;
}

void ledger_drop(const struct desk *desk, const struct payment_row *row)
{
    struct batch_row batch;

    if (!is_counted(row))
        return;
    if (take_batch(desk, &batch)) {
        close_one(desk, &batch);
        put_batch(desk, &batch);
    }
    if (row->kind == KIND_REFUND)
        add_funds(desk, row, row->amount.minor);
}

/* ---- an approved one ---- */

static struct account_ref issuer_account(const struct payment_row *row)
{
    return (struct account_ref){ACCOUNT_ISSUER_RECEIVABLE,
                                account_of_text(row->issuer, ISSUER_ID_LEN)};
}

static struct account_ref merchant_account(const struct payment_row *row)
{
    return (struct account_ref){ACCOUNT_MERCHANT_PAYABLE,
                                account_of_text(row->merchant, MERCHANT_ID_LEN)};
}

/* direction 1: as the kind says; -1: its undoing. */
static void post(const struct desk *desk, const struct payment_row *row, int direction)
{
    int sign = kind_row((enum txn_kind)row->kind)->sign * direction;
    struct money amount = money_of(row->posted_minor, row->amount.currency);

    desk->work->settlement_date = row->business_date;
    if (sign == 0 || amount.minor == 0)
        return;
    if (sign > 0)
        postings_add_pair(&desk->work->postings, issuer_account(row), merchant_account(row),
                          amount);
    else
        postings_add_pair(&desk->work->postings, merchant_account(row), issuer_account(row),
                          amount);
}

static void add_half(int64_t *minor, uint16_t *count, const struct payment_row *row)
{
    *minor += row->posted_minor;
    if (row->kind != KIND_TIP_ADJUST)
        (*count)++;
}

/* A count that would fall below zero was not this one's: it stays for a person to see. */
static bool take_half(int64_t *minor, uint16_t *count, const struct payment_row *row)
{
    uint16_t one = row->kind != KIND_TIP_ADJUST;

    if (*minor < row->posted_minor || *count < one)
        return false;
    *minor -= row->posted_minor;
    *count = (uint16_t)(*count - one);
    return true;
}

void ledger_post(const struct desk *desk, const struct payment_row *row)
{
    int8_t sign = kind_row((enum txn_kind)row->kind)->sign;
    struct batch_row batch;

    assert(row->money == MONEY_MOVED || row->money == MONEY_HELD);
    post(desk, row, 1);
    if (row->kind != KIND_REFUND)
        add_funds(desk, row, sign * row->posted_minor);
    if (!take_batch(desk, &batch))
        return;
    close_one(desk, &batch);
    if (sign > 0)
        add_half(&batch.domestic.debit_minor, &batch.domestic.debit_count, row);
    if (sign < 0)
        add_half(&batch.domestic.credit_minor, &batch.domestic.credit_count, row);
    put_batch(desk, &batch);
}

void ledger_unpost(const struct desk *desk, const struct payment_row *row)
{
    int8_t sign = kind_row((enum txn_kind)row->kind)->sign;
    struct batch_row batch;
    bool is_done = true;

    assert(row->money == MONEY_MOVED || row->money == MONEY_HELD);
    post(desk, row, -1);
    add_funds(desk, row, -sign * row->posted_minor);
    if (sign == 0 || !take_batch(desk, &batch))
        return;
    if (sign > 0)
        is_done = take_half(&batch.domestic.debit_minor, &batch.domestic.debit_count, row);
    else
        is_done = take_half(&batch.domestic.credit_minor, &batch.domestic.credit_count, row);
    if (!is_done || batch.state == BATCH_CLOSED)
        desk_alarm(desk);
    if (is_done)
        put_batch(desk, &batch);
}

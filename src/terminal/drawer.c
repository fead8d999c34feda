#include "terminal/drawer.h"

#include "base/assert.h"

#include <string.h>

struct row_key drawer_batch_key(const struct till *till, uint32_t batch)
{
    uint8_t key[TERMINAL_ID_LEN + 4];

    memcpy(key, till->terminal.terminal, TERMINAL_ID_LEN);
    bytes_put_u32(key + TERMINAL_ID_LEN, batch);
    return row_key_of(TABLE_BATCH, key, sizeof key);
}

void drawer_need(struct node_work *work, const struct till *till, uint32_t batch)
{
    node_need(work, drawer_batch_key(till, batch));
}

struct batch_row drawer_batch(const struct node_work *work, const struct till *till, uint32_t batch)
{
    struct row_key key = drawer_batch_key(till, batch);
    const struct batch_row *stored = node_value(work, &key, sizeof *stored);
    struct batch_row row;

    memset(&row, 0, sizeof row);
    if (stored != NULL && stored->layout == PARTY_ROW_LAYOUT && stored->batch == batch &&
        stored->state < BATCH_STATE_COUNT)
        return *stored;
    row.layout = PARTY_ROW_LAYOUT;
    row.state = BATCH_OPEN;
    row.batch = batch;
    memcpy(row.terminal, till->terminal.terminal, sizeof row.terminal);
    return row;
}

void drawer_put_batch(struct node_work *work, const struct till *till,
                      const struct batch_row *batch)
{
    struct row_key key = drawer_batch_key(till, batch->batch);

    node_put(work, &key, batch, sizeof *batch);
}

void drawer_count(struct node_work *work, const struct till *till,
                  const struct payment_row *payment)
{
    int8_t sign = kind_row((enum txn_kind)payment->kind)->sign;
    struct batch_row batch = drawer_batch(work, till, payment->identity.batch);
    struct totals *totals = &batch.domestic;

    if (sign == 0)
        return;
    int64_t *minor = sign > 0 ? &totals->debit_minor : &totals->credit_minor;
    uint16_t *count = sign > 0 ? &totals->debit_count : &totals->credit_count;
    if (__builtin_add_overflow(*minor, payment->posted_minor, minor))
        *minor = INT64_MAX;
    if (payment->kind != KIND_TIP_ADJUST && *count < UINT16_MAX)
        ++*count;
    if (batch.opened.us == 0)
        batch.opened = work->event->wall;
    drawer_put_batch(work, till, &batch);
}

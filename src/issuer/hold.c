#include "issuer/hold.h"

#include "base/assert.h"
#include "issuer/account.h"

#define TIMER_MAX_MS INT64_C(86400000) /* looked at again at least once a day */
#define RETRY_MS INT64_C(3600000)      /* of rows that are damaged now */

static struct row_key pending_key_of(const struct payment_row *hold)
{
    struct row_key key = payment_row_key(&hold->identity);

    return row_key_of(TABLE_PENDING, key.at, key.len);
}

static void set_timer(struct node_work *work, const struct row_key *key, struct instant due)
{
    int64_t wait_ms = (due.us - work->event->wall.us + 999) / 1000;

    if (wait_ms > TIMER_MAX_MS)
        wait_ms = TIMER_MAX_MS;
    node_set_deadline(work, key, moment_add_ms(work->event->now, wait_ms < 0 ? 0 : wait_ms));
}

void hold_watch(struct node_work *work, const struct payment_row *hold)
{
    struct row_key key = pending_key_of(hold);
    struct pending_row pending = {
        .layout = PARTY_ROW_LAYOUT,
        .kind = PENDING_HOLD,
        .identity = hold->identity,
        .node = work->event->node,
        .since = hold->created,
        .due = hold->lapses,
    };

    if (!payment_row_is_holding(hold)) {
        node_remove(work, &key);
        return;
    }
    node_put(work, &key, &pending, sizeof pending);
    set_timer(work, &key, hold->lapses);
}

/* ---- when it is due ---- */

static const struct pending_row *pending_of(const struct node_work *work)
{
    const struct pending_row *pending = node_value(work, &work->event->key, sizeof *pending);

    return pending != NULL && pending->kind == PENDING_HOLD ? pending : NULL;
}

static const struct payment_row *payment_of(const struct node_work *work, struct row_key *key)
{
    const struct payment_row *row;

    *key = row_key_of(TABLE_PAYMENT, work->event->key.at, work->event->key.len);
    row = node_value(work, key, sizeof *row);
    return row != NULL && payment_row_is_readable(row) ? row : NULL;
}

void hold_needs(struct node_work *work)
{
    struct row_key payment_key;
    const struct payment_row *payment;

    node_need(work, row_key_of(TABLE_CONFIG, NULL, 0));
    node_need(work, work->event->key);
    if (pending_of(work) == NULL)
        return;
    payment = payment_of(work, &payment_key);
    node_need(work, payment_key);
    if (payment != NULL)
        node_need(work, row_key_number(TABLE_ACCOUNT, payment->account));
}

static void lapse(struct node_work *work, const struct row_key *key, struct payment_row *payment,
                  struct account_row *account)
{
    struct effect effect = {.held_minor = -payment->posted_minor};
    struct row_key account_key = row_key_number(TABLE_ACCOUNT, payment->account);

    if (account_apply(account, NULL, &effect, &payment->identity, &work->postings) != OK) {
        work->effects.is_alarm = true;
        node_set_deadline(work, key, moment_add_ms(work->event->now, RETRY_MS));
        return;
    }
    node_put(work, &account_key, account, sizeof *account);
    payment->follow = FOLLOW_LAPSED;
    payment->follow_batch = payment->follow_trace = 0;
    node_remove(work, key);
    node_put_payment(work, payment, WHAT_HOLD_LAPSED);
    work->money = payment_row_money(payment);
    if (node_config(work) != NULL)
        work->settlement_date = instant_date(work->event->wall, node_config(work)->utc_offset_s);
}

void hold_step(struct node_work *work)
{
    const struct row_key *key = &work->event->key;
    const struct account_row *stored;
    struct row_key payment_key;
    struct payment_row payment;
    struct account_row account;

    if (pending_of(work) == NULL)
        return;
    const struct payment_row *found = payment_of(work, &payment_key);
    struct row_key account_key = row_key_number(TABLE_ACCOUNT, found == NULL ? 0 : found->account);
    stored = found == NULL ? NULL : node_value(work, &account_key, sizeof *stored);
    if (stored == NULL || !payment_row_is_holding(found)) {
        work->effects.is_alarm = true; /* damage: a person looks, and so do we, later */
        node_set_deadline(work, key, moment_add_ms(work->event->now, RETRY_MS));
        return;
    }
    if (work->event->wall.us < found->lapses.us) {
        set_timer(work, key, found->lapses);
        return;
    }
    payment = *found;
    account = *stored;
    lapse(work, key, &payment, &account);
}

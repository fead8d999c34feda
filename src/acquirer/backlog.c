#include "acquirer/backlog.h"

#include "base/assert.h"
#include "node/doubt.h"

#include <string.h>

#define HANDED "handed to a person"

void backlog_tell(struct payment_row *row, const char *progress)
{
    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        if (row->evidence[i].name != EVIDENCE_REVERSAL)
            continue;
        struct text t = text_over(row->evidence[i].text, sizeof row->evidence[i].text);
        text_add(&t, progress);
    }
}

/* The row as it goes on: with what is known of the one before, if it waits for the same. */
static void inherit(const struct desk *desk, struct pending_row *pending)
{
    const struct pending_row *before = desk->pending;

    if (before == NULL || before->kind != pending->kind)
        return;
    memcpy(pending->last_code, before->last_code, sizeof pending->last_code);
    pending->is_handed = before->is_handed;
}

static enum outcome hand_over(const struct desk *desk, struct pending_row *pending,
                              struct payment_row *row)
{
    enum outcome cause = doubt_to_hand_over(pending, desk->config, desk->event->wall);

    if (cause != OUTCOME_NONE)
        pending->is_handed = true;
    if (pending->is_handed)
        backlog_tell(row, HANDED);
    return cause;
}

enum outcome backlog_put(const struct desk *desk, struct payment_row *row,
                         const struct backlog_entry *entry)
{
    struct row_key key = desk_pending_key(&row->identity);
    struct pending_row pending;

    assert(row->stage == STAGE_SENT || row->stage == STAGE_REVERSING);
    memset(&pending, 0, sizeof pending);
    pending.layout = PARTY_ROW_LAYOUT;
    pending.kind = (uint8_t)entry->kind;
    pending.attempts = entry->attempts;
    pending.identity = row->identity;
    pending.node = desk->event->node;
    pending.since = entry->since;
    pending.due = desk_wall_after(desk, entry->pause_ms);
    inherit(desk, &pending);
    enum outcome cause = hand_over(desk, &pending, row);
    row->deadline = pending.due;
    node_put(desk->work, &key, &pending, sizeof pending);
    desk_wake(desk, &key, entry->pause_ms);
    return cause;
}

void backlog_record(const struct desk *desk, struct payment_row *row, enum journal_what what,
                    enum outcome cause)
{
    if (cause == OUTCOME_NONE) {
        node_put_payment(desk->work, row, what);
        return;
    }
    node_put_payment(desk->work, row, WHAT_HANDED_OVER);
    desk->work->outcome = cause;
    desk_alarm(desk);
}

void backlog_end(const struct desk *desk, struct payment_row *row)
{
    struct row_key key = desk_pending_key(&row->identity);

    row->deadline.us = 0;
    node_remove(desk->work, &key);
}

/* Waiting changes nothing but who has armed the deadline, and who has been told. */
static void note_waiting(const struct desk *desk, const struct row_key *key)
{
    struct pending_row pending = *desk->pending;
    struct payment_row row = *desk->payment;
    enum outcome cause = hand_over(desk, &pending, &row);

    if (cause == OUTCOME_NONE && pending.node == desk->event->node)
        return;
    pending.node = desk->event->node;
    node_put(desk->work, key, &pending, sizeof pending);
    backlog_record(desk, &row, WHAT_RECOVERED, cause);
}

void backlog_wait(const struct desk *desk)
{
    struct row_key key = desk_pending_key(&desk->identity);
    int64_t half_age_ms = desk_age_ms(desk, desk->pending->since) / 2;
    int64_t pause_ms = desk->config->retry_first_ms;

    if (half_age_ms > pause_ms)
        pause_ms = half_age_ms;
    if (pause_ms > desk->config->retry_max_ms)
        pause_ms = desk->config->retry_max_ms;
    desk_wake(desk, &key, desk_spread_ms(desk, (uint32_t)pause_ms));
    note_waiting(desk, &key);
}

bool backlog_is_to_wait(const struct desk *desk)
{
    bool is_old = desk_age_ms(desk, desk->pending->since) > (int64_t)desk->config->retry_max_ms;

    return !backlog_can_send(desk) || (desk->event->kind == EVENT_RECOVER && is_old);
}

bool backlog_is_ours(const struct desk *desk)
{
    return desk->event->kind == EVENT_RECOVER || desk->pending->node == 0 ||
           desk->pending->node == desk->event->node;
}

bool backlog_note_code(const struct desk *desk)
{
    struct row_key key = desk_pending_key(&desk->identity);

    if (desk->pending == NULL ||
        memcmp(desk->pending->last_code, desk->message->code, RESPONSE_CODE_LEN) == 0)
        return false;
    struct pending_row pending = *desk->pending;
    memcpy(pending.last_code, desk->message->code, sizeof pending.last_code);
    node_put(desk->work, &key, &pending, sizeof pending);
    return true;
}

bool backlog_can_send(const struct desk *desk)
{
    return desk->issuer != NULL && desk->link != NULL && desk->link->is_up &&
           desk_has_key(&desk->issuer->zone_mac);
}

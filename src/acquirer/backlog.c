#include "acquirer/backlog.h"

#include "base/assert.h"

#include <string.h>

void backlog_put(const struct desk *desk, struct payment_row *row,
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
    row->deadline = pending.due;
    node_put(desk->work, &key, &pending, sizeof pending);
    desk_wake(desk, &key, entry->pause_ms);
}

void backlog_end(const struct desk *desk, struct payment_row *row)
{
    struct row_key key = desk_pending_key(&row->identity);

    row->deadline.us = 0;
    node_remove(desk->work, &key);
}

static bool take_over(const struct desk *desk, const struct row_key *key)
{
    struct pending_row pending = *desk->pending;

    if (pending.node == desk->event->node)
        return false;
    pending.node = desk->event->node;
    node_put(desk->work, key, &pending, sizeof pending);
    return true;
}

bool backlog_wait(const struct desk *desk)
{
    struct row_key key = desk_pending_key(&desk->identity);
    int64_t half_age_ms = desk_age_ms(desk, desk->pending->since) / 2;
    int64_t pause_ms = desk->config->retry_first_ms;

    if (half_age_ms > pause_ms)
        pause_ms = half_age_ms;
    if (pause_ms > desk->config->retry_max_ms)
        pause_ms = desk->config->retry_max_ms;
    desk_wake(desk, &key, (uint32_t)pause_ms);
    return take_over(desk, &key);
}

bool backlog_is_ours(const struct desk *desk)
{
    return desk->event->kind == EVENT_RECOVER || desk->pending->node == 0 ||
           desk->pending->node == desk->event->node;
}

bool backlog_can_send(const struct desk *desk)
{
    return desk->issuer != NULL && desk->link != NULL && desk->link->is_up &&
           desk_has_key(&desk->issuer->zone_mac);
}

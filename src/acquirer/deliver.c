#include "acquirer/deliver.h"

#include "acquirer/backlog.h"
#include "acquirer/forward.h"
#include "acquirer/respond.h"
#include "base/assert.h"

/* Who waits is told once that it takes longer. A link of an earlier run is nobody's. */
static bool stop_waiting(const struct desk *desk, struct payment_row *row)
{
    if (row->link == 0)
        return false;
    if (desk->event->kind != EVENT_RECOVER)
        respond_under_way(desk, row);
    row->link = 0;
    return true;
}

void deliver_begin(const struct desk *desk, struct payment_row *row)
{
    bool is_sent = backlog_can_send(desk);
    const struct backlog_entry entry = {
        .kind = PENDING_ADVICE,
        .attempts = is_sent ? 1 : 0,
        .since = desk->event->wall,
        .pause_ms = is_sent ? desk->config->answer_wait_ms : desk_backoff_ms(desk, 0),
    };

    assert(row->stage == STAGE_SENT);
    if (!is_sent)
        (void)stop_waiting(desk, row);
    (void)backlog_put(desk, row, &entry); /* it has only begun */
}

/* Sends it again if the issuer is there, and waits on. */
static enum outcome try_again(const struct desk *desk, struct payment_row *row)
{
    uint32_t attempts = desk->pending->attempts;

    if (backlog_can_send(desk)) {
        struct txn_message *out = forward_from_row(desk, row, FUNCTION_REQUEST);
        out->is_repeat = attempts > 0;
        attempts += attempts < UINT32_MAX;
    }
    const struct backlog_entry entry = {.kind = PENDING_ADVICE,
                                        .attempts = attempts,
                                        .since = desk->pending->since,
                                        .pause_ms = desk_backoff_ms(desk, attempts)};
    return backlog_put(desk, row, &entry);
}

void deliver_due(const struct desk *desk)
{
    struct payment_row row = *desk->payment;
    bool is_restart = desk->event->kind == EVENT_RECOVER;
    bool is_told = stop_waiting(desk, &row);

    assert(row.stage == STAGE_SENT);
    if (!is_told && backlog_is_to_wait(desk)) {
        backlog_wait(desk);
        return;
    }
    enum outcome cause = try_again(desk, &row);
    backlog_record(desk, &row, is_restart ? WHAT_RECOVERED : WHAT_ADVICE_SENT, cause);
}

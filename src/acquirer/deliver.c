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
    backlog_put(desk, row, &entry);
}

static void send_again(const struct desk *desk, struct payment_row *row)
{
    uint32_t attempts = desk->pending->attempts;
    struct txn_message *out = forward_from_row(desk, row, FUNCTION_REQUEST);

    out->is_repeat = attempts > 0;
    attempts += attempts < UINT32_MAX;
    const struct backlog_entry entry = {.kind = PENDING_ADVICE,
                                        .attempts = attempts,
                                        .since = desk->pending->since,
                                        .pause_ms = desk_backoff_ms(desk, attempts)};
    backlog_put(desk, row, &entry);
}

void deliver_due(const struct desk *desk)
{
    struct payment_row row = *desk->payment;
    bool is_restart = desk->event->kind == EVENT_RECOVER;
    bool is_told = stop_waiting(desk, &row);
    bool sends = backlog_can_send(desk);
    bool is_taken = false;

    assert(row.stage == STAGE_SENT);
    if (sends)
        send_again(desk, &row);
    else
        is_taken = backlog_wait(desk);
    if (is_told || sends || is_taken)
        node_put_payment(desk->work, &row, is_restart ? WHAT_RECOVERED : WHAT_ADVICE_SENT);
}

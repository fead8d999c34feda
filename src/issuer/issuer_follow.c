#include "issuer/issuer_follow.h"

#include "base/assert.h"
#include "issuer/hold.h"
#include "issuer/issuer_original.h"

#define DAY_MS INT64_C(86400000)

/* Puts a row that this record changes beside the one that it is about. */
static void put_beside(const struct issue *issue, const struct row_key *key,
                       struct payment_row *row)
{
    row->changed = issue->event->wall;
    payment_row_note(row, issue->event->sequence);
    node_put(issue->work, key, row, sizeof *row);
}

static void set_follow(struct payment_row *row, enum follow_state state,
                       const struct payment_row *by)
{
    row->follow = (uint8_t)state;
    row->follow_batch = by == NULL ? 0 : by->identity.batch;
    row->follow_trace = by == NULL ? 0 : by->identity.trace;
}

static void put_hold(const struct issue *issue, struct payment_row *hold)
{
    put_beside(issue, &issue->hold_key, hold);
    hold_watch(issue->work, hold);
}

static void begin_hold(const struct issue *issue, struct payment_row *payment)
{
    uint16_t days = issue->config->hold_days;

    payment->lapses = instant_add_ms(issue->event->wall, (days == 0 ? HOLD_DAYS : days) * DAY_MS);
    hold_watch(issue->work, payment);
}

/* What ended the hold is undone: it stands again, or has lapsed meanwhile. */
static void resume_hold(const struct issue *issue, const struct payment_row *ended_by)
{
    struct payment_row hold = *issue->hold;

    if (!issue_hold_was_ended_by(issue, ended_by))
        return;
    if (issue_hold_comes_back(issue, ended_by))
        set_follow(&hold, FOLLOW_NONE, NULL);
    else
        set_follow(&hold, FOLLOW_LAPSED, NULL);
    put_hold(issue, &hold);
}

static void end_hold(const struct issue *issue, enum follow_state state,
                     const struct payment_row *by)
{
    struct payment_row hold = *issue->hold;

    set_follow(&hold, state, by);
    put_hold(issue, &hold);
}

static void grow_hold(const struct issue *issue, int64_t minor)
{
    struct payment_row hold = *issue->hold;

    hold.posted_minor += minor;
    put_hold(issue, &hold);
}

/* A completion that was voided stands again. Its hold is its own again, unless another completion
 * has taken it meanwhile. */
static void restore_completion(const struct issue *issue)
{
    bool is_free = issue->hold->follow == FOLLOW_NONE || issue->hold->follow == FOLLOW_LAPSED;

    if (is_free)
        end_hold(issue, FOLLOW_COMPLETED, issue->original);
}

void issuer_follow_link(const struct issue *issue, struct payment_row *payment)
{
    struct payment_row original =
        issue->original == NULL ? (struct payment_row){0} : *issue->original;

    switch ((int)payment->kind) {
    case KIND_PREAUTH:
        begin_hold(issue, payment);
        return;
    case KIND_INCREMENT:
        grow_hold(issue, payment->posted_minor);
        return;
    case KIND_PREAUTH_VOID:
        end_hold(issue, FOLLOW_VOIDED, payment);
        return;
    case KIND_COMPLETION:
    case KIND_COMPLETION_ADVICE:
        end_hold(issue, FOLLOW_COMPLETED, payment);
        return;
    case KIND_COMPLETION_VOID:
        resume_hold(issue, issue->original);
        set_follow(&original, FOLLOW_VOIDED, payment);
        break;
    case KIND_VOID:
        set_follow(&original, FOLLOW_VOIDED, payment);
        break;
    case KIND_REFUND:
        original.returned_minor += payment->posted_minor;
        break;
    case KIND_TIP_ADJUST:
        original.tip_minor += payment->posted_minor;
        break;
    default:
        return;
    }
    put_beside(issue, &issue->original_key, &original);
}

void issuer_follow_unlink(const struct issue *issue, const struct payment_row *payment)
{
    struct payment_row original;

    switch ((int)payment->kind) {
    case KIND_INCREMENT:
        grow_hold(issue, -payment->posted_minor);
        return;
    case KIND_PREAUTH_VOID:
    case KIND_COMPLETION:
        resume_hold(issue, payment);
        return;
    case KIND_COMPLETION_VOID:
        restore_completion(issue);
        break;
    case KIND_VOID:
        break;
    default: /* nothing else is reversible and has an original */
        return;
    }
    original = *issue->original;
    set_follow(&original, FOLLOW_NONE, NULL);
    put_beside(issue, &issue->original_key, &original);
}

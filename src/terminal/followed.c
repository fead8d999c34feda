#include "terminal/followed.h"

#include "base/assert.h"

#include <string.h>

struct identity followed_identity(const struct till *till, const struct original *original)
{
    struct identity identity = till_next(till);

    if (original->terminal[0] != 0)
        memcpy(identity.terminal, original->terminal, sizeof identity.terminal);
    if (original->batch != 0)
        identity.batch = original->batch;
    identity.trace = original->trace;
    return identity;
}

void followed_need(struct node_work *work, const struct identity *identity)
{
    if (identity->trace != 0)
        node_need(work, payment_row_key(identity));
}

static bool is_amount(int64_t minor)
{
    return minor >= 0 && minor <= MONEY_MINOR_MAX;
}

static bool is_payment(const struct payment_row *row, const struct identity *identity)
{
    return row != NULL && payment_row_is_readable(row) &&
           identity_equal(&row->identity, identity) && is_amount(row->posted_minor) &&
           is_amount(row->tip_minor) && is_amount(row->returned_minor);
}

void followed_open(const struct node_work *work, const struct identity *identity,
                   struct followed *out)
{
    struct identity own = identity_as(identity, IDENTITY_PAYMENT);

    memset(out, 0, sizeof *out);
    out->key = payment_row_key(&own);
    if (own.trace == 0)
        return;
    out->is_loaded = node_row(work, &out->key) != NULL;
    const struct payment_row *row = node_value(work, &out->key, sizeof *row);
    out->is_known = is_payment(row, &own);
    if (out->is_known)
        out->payment = *row;
}

bool followed_is_approved(const struct followed *followed)
{
    const struct payment_row *row = &followed->payment;

    return followed->is_known && row->stage == STAGE_ANSWERED &&
           outcome_is_approved((enum outcome)row->outcome);
}

/* ---- what a follow-up does ---- */

/* Only to what it may follow: a row that names anything else is damaged. */
static bool is_about(const struct followed *followed, const struct payment_row *follow_up)
{
    return followed->is_known &&
           kind_may_follow((enum txn_kind)follow_up->kind, (enum txn_kind)followed->payment.kind);
}

static void set_follow(struct followed *followed, enum follow_state state,
                       const struct payment_row *follow_up)
{
    followed->payment.follow = (uint8_t)state;
    followed->payment.follow_batch = state == FOLLOW_NONE ? 0 : follow_up->identity.batch;
    followed->payment.follow_trace = state == FOLLOW_NONE ? 0 : follow_up->identity.trace;
}

void followed_reserve(struct followed *followed, const struct payment_row *follow_up)
{
    struct payment_row *row = &followed->payment;

    if (!is_about(followed, follow_up))
        return;
    switch ((int)follow_up->kind) {
    case KIND_VOID:
    case KIND_PREAUTH_VOID:
    case KIND_COMPLETION_VOID:
        set_follow(followed, FOLLOW_VOIDING, follow_up);
        break;
    case KIND_COMPLETION:
    case KIND_COMPLETION_ADVICE:
        set_follow(followed, FOLLOW_COMPLETING, follow_up);
        break;
    case KIND_REFUND:
        row->returned_minor += follow_up->amount.minor;
        break;
    case KIND_TIP_ADJUST:
        row->tip_minor = follow_up->amount.minor - row->posted_minor;
        payment_row_begin_tip(row, follow_up);
        break;
    default: /* an increment is added when it is approved */
        break;
    }
}

static bool is_its_own(const struct followed *followed, const struct payment_row *follow_up)
{
    return followed->payment.follow != FOLLOW_NONE &&
           followed->payment.follow_batch == follow_up->identity.batch &&
           followed->payment.follow_trace == follow_up->identity.trace;
}

void followed_grant(struct followed *followed, const struct payment_row *follow_up)
{
    struct payment_row *row = &followed->payment;

    if (!is_about(followed, follow_up))
        return;
    if (follow_up->kind == KIND_INCREMENT)
        row->posted_minor += follow_up->posted_minor;
    else if (follow_up->kind == KIND_TIP_ADJUST)
        payment_row_end_tip(row, follow_up);
    else if (!is_its_own(followed, follow_up))
        return;
    else if (row->follow == FOLLOW_VOIDING)
        row->follow = FOLLOW_VOIDED;
    else if (row->follow == FOLLOW_COMPLETING)
        row->follow = FOLLOW_COMPLETED;
}

void followed_release(struct followed *followed, const struct payment_row *follow_up)
{
    struct payment_row *row = &followed->payment;

    if (!is_about(followed, follow_up))
        return;
    if (follow_up->kind == KIND_REFUND)
        row->returned_minor -= follow_up->amount.minor;
    else if (follow_up->kind == KIND_TIP_ADJUST) {
        row->tip_minor = 0;
        payment_row_end_tip(row, follow_up);
    } else if (is_its_own(followed, follow_up))
        set_follow(followed, FOLLOW_NONE, follow_up);
    if (row->returned_minor < 0)
        row->returned_minor = 0;
}

void followed_need_hold(struct node_work *work, const struct followed *followed)
{
    if (followed->is_known)
        followed_need(work, &followed->payment.original);
}

void followed_free_hold(struct node_work *work, const struct followed *followed)
{
    struct followed hold;

    if (!followed->is_known)
        return;
    followed_open(work, &followed->payment.original, &hold);
    if (!is_about(&hold, &followed->payment) || !is_its_own(&hold, &followed->payment))
        return;
    set_follow(&hold, FOLLOW_NONE, &followed->payment);
    followed_put(work, &hold);
}

void followed_put(struct node_work *work, struct followed *followed)
{
    if (!followed->is_known)
        return;
    followed->payment.changed = work->event->wall;
    payment_row_note(&followed->payment, work->event->sequence);
    node_put(work, &followed->key, &followed->payment, sizeof followed->payment);
}

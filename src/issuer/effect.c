#include "issuer/effect.h"

#include "base/assert.h"

int64_t effect_worth(const struct issue *issue)
{
    int64_t asked = issue->message->amount.minor;

    switch ((int)issue->message->kind) {
    case KIND_VOID:
        return payment_row_standing(issue->original);
    case KIND_COMPLETION_VOID:
    case KIND_PREAUTH_VOID:
        return issue->original->posted_minor;
    case KIND_TIP_ADJUST:
        return asked - payment_row_standing(issue->original);
    default:
        return asked;
    }
}

/* What comes back to be held when what ended the hold is undone; nothing once its date has passed,
 * or when something else ended it. */
static int64_t coming_back(const struct issue *issue, const struct payment_row *ended_by)
{
    return issue_hold_comes_back(issue, ended_by) ? issue->hold->posted_minor : 0;
}

static int64_t held_now(const struct issue *issue)
{
    return payment_row_is_holding(issue->hold) ? issue->hold->posted_minor : 0;
}

/* The day of an original gets back what it counted. */
static void uncount(const struct payment_row *row, int64_t minor, struct effect *out)
{
    out->used_minor = -minor;
    out->count = -1;
    out->date = row->business_date;
    out->is_today = false;
}

struct effect effect_of_request(const struct issue *issue, int64_t worth)
{
    struct effect effect = {.date = issue_date(issue), .is_today = true};

    switch ((int)issue->message->kind) {
    case KIND_SALE:
    case KIND_OFFLINE_SALE:
        effect.taken_minor = effect.used_minor = worth;
        effect.count = 1;
        break;
    case KIND_PREAUTH:
        effect.held_minor = effect.used_minor = worth;
        effect.count = 1;
        break;
    case KIND_INCREMENT:
        effect.held_minor = effect.used_minor = worth;
        break;
    case KIND_TIP_ADJUST:
        effect.taken_minor = worth;
        break;
    case KIND_COMPLETION:
    case KIND_COMPLETION_ADVICE:
        effect.taken_minor = worth;
        effect.held_minor = -held_now(issue);
        break;
    case KIND_REFUND:
        effect.taken_minor = -worth;
        break;
    case KIND_VOID:
        effect.taken_minor = -worth;
        uncount(issue->original, issue->original->posted_minor, &effect);
        break;
    case KIND_COMPLETION_VOID:
        effect.taken_minor = -worth;
        effect.held_minor = coming_back(issue, issue->original);
        break;
    case KIND_PREAUTH_VOID:
        effect.held_minor = -held_now(issue);
        uncount(issue->hold, issue->hold->amount.minor, &effect);
        break;
    default: /* an inquiry does nothing */
        break;
    }
    return effect;
}

/* What a void gave back to its original's day goes onto it again, if it is still the day. */
static void count_again(const struct payment_row *row, int64_t minor, struct effect *out)
{
    out->used_minor = minor;
    out->count = 1;
    out->date = row->business_date;
}

struct effect effect_of_reversal(const struct issue *issue)
{
    const struct payment_row *payment = issue->payment;
    struct effect effect = {.date = payment->business_date};

    switch ((int)payment->kind) {
    case KIND_SALE:
        effect.taken_minor = -payment->posted_minor;
        uncount(payment, payment->posted_minor, &effect);
        break;
    case KIND_VOID:
        effect.taken_minor = payment->posted_minor;
        count_again(issue->original, issue->original->posted_minor, &effect);
        break;
    case KIND_PREAUTH:
        effect.held_minor = -held_now(issue);
        uncount(payment, payment->posted_minor, &effect);
        break;
    case KIND_INCREMENT:
        effect.held_minor = payment_row_is_holding(issue->hold) ? -payment->posted_minor : 0;
        effect.used_minor = -payment->posted_minor;
        break;
    case KIND_PREAUTH_VOID:
        effect.held_minor = coming_back(issue, payment);
        count_again(issue->hold, issue->hold->amount.minor, &effect);
        break;
    case KIND_COMPLETION:
        effect.taken_minor = -payment->posted_minor;
        effect.held_minor = coming_back(issue, payment);
        break;
    case KIND_COMPLETION_VOID:
        effect.taken_minor = payment->posted_minor;
        effect.held_minor = -held_now(issue);
        break;
    default: /* nothing else is reversible */
        assert(!kind_row((enum txn_kind)payment->kind)->is_reversible);
        break;
    }
    return effect;
}

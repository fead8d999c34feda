#include "acquirer/follow.h"

#include "acquirer/limit.h"

static bool is_void(const struct payment_row *row)
{
    return row->kind == KIND_VOID || row->kind == KIND_PREAUTH_VOID ||
           row->kind == KIND_COMPLETION_VOID;
}

static bool is_completion(const struct payment_row *row)
{
    return row->kind == KIND_COMPLETION || row->kind == KIND_COMPLETION_ADVICE;
}

/* The original to change; false when there is none to change. */
static bool take(const struct desk *desk, const struct payment_row *row, struct payment_row *out)
{
    if (row->original.trace == 0)
        return false;
    if (desk->original == NULL) {
        desk_alarm(desk);
        return false;
    }
    *out = *desk->original;
    return true;
}

static void put(const struct desk *desk, struct payment_row *original)
{
    struct row_key key = payment_row_key(&original->identity);

    original->changed = desk->event->wall;
    payment_row_note(original, desk->event->sequence);
    node_put(desk->work, &key, original, sizeof *original);
}

static void name(struct payment_row *original, enum follow_state state,
                 const struct payment_row *row)
{
    original->follow = (uint8_t)state;
    original->follow_batch = row->identity.batch;
    original->follow_trace = row->identity.trace;
}

/* Only the follow-up that the original names may set it free. */
static bool names(const struct payment_row *original, const struct payment_row *row)
{
    return original->follow_batch == row->identity.batch &&
           original->follow_trace == row->identity.trace;
}

static void set_free(struct payment_row *original)
{
    original->follow = FOLLOW_NONE;
    original->follow_batch = 0;
    original->follow_trace = 0;
}

/* Takes away what was added; a stored sum that is less than that is damage. */
static void take_from(const struct desk *desk, int64_t *sum, int64_t minor)
{
    if (*sum < minor)
        desk_alarm(desk);
    else
        *sum -= minor;
}

static void change_hold(const struct desk *desk, enum follow_state state)
{
    struct payment_row hold = *desk->hold;

    if (state == FOLLOW_NONE)
        set_free(&hold);
    else
        name(&hold, state, desk->original);
    put(desk, &hold);
}

/* The completion on the desk as original is voided, or is so no more. */
static void release_hold(const struct desk *desk)
{
    if (desk->hold != NULL && desk->hold->follow == FOLLOW_COMPLETED &&
        names(desk->hold, desk->original))
        change_hold(desk, FOLLOW_NONE);
}

static void resume_hold(const struct desk *desk)
{
    if (desk->hold != NULL && desk->hold->follow == FOLLOW_NONE)
        change_hold(desk, FOLLOW_COMPLETED);
}

void follow_begin(const struct desk *desk, const struct payment_row *row)
{
    struct payment_row original;

    if (row->kind == KIND_INCREMENT || !take(desk, row, &original))
        return;
    if (is_void(row))
        name(&original, FOLLOW_VOIDING, row);
    else if (is_completion(row))
        name(&original, FOLLOW_COMPLETING, row);
    else if (row->kind == KIND_REFUND)
        original.returned_minor += row->amount.minor;
    else {
        original.tip_minor = row->posted_minor;
        payment_row_begin_tip(&original, row);
    }
    put(desk, &original);
}

void follow_grant(const struct desk *desk, const struct payment_row *row)
{
    struct payment_row original;

    if (row->kind == KIND_REFUND || !take(desk, row, &original))
        return;
    if (row->kind == KIND_TIP_ADJUST) {
        payment_row_end_tip(&original, row);
    } else if (is_void(row)) {
        original.follow = FOLLOW_VOIDED;
        limit_give_back(desk, &original);
        release_hold(desk);
    } else if (is_completion(row)) {
        original.follow = FOLLOW_COMPLETED;
    } else {
        original.posted_minor += row->posted_minor;
    }
    put(desk, &original);
}

void follow_refuse(const struct desk *desk, const struct payment_row *row)
{
    struct payment_row original;

    if (row->kind == KIND_INCREMENT || !take(desk, row, &original))
        return;
    if (row->kind == KIND_REFUND)
        take_from(desk, &original.returned_minor, row->amount.minor);
    else if (row->kind == KIND_TIP_ADJUST) {
        original.tip_minor = 0;
        payment_row_end_tip(&original, row);
    } else if (names(&original, row))
        set_free(&original);
    put(desk, &original);
}

void follow_take_back(const struct desk *desk, const struct payment_row *row)
{
    struct payment_row original;

    bool was_granted = row->money == MONEY_MOVED || row->money == MONEY_HELD;

    if (!was_granted || !take(desk, row, &original))
        return;
    if (is_void(row)) {
        name(&original, FOLLOW_VOIDING, row);
        limit_restore(desk, &original);
        resume_hold(desk);
    } else if (is_completion(row)) {
        name(&original, FOLLOW_COMPLETING, row);
    } else if (row->money == MONEY_HELD) {
        take_from(desk, &original.posted_minor, row->posted_minor);
    }
    put(desk, &original);
}

void follow_undo(const struct desk *desk, const struct payment_row *row)
{
    struct payment_row original;

    if (!(is_void(row) || is_completion(row)) || !take(desk, row, &original) ||
        !names(&original, row))
        return;
    set_free(&original);
    put(desk, &original);
}

bool follow_has_any(const struct payment_row *original)
{
    bool has_increments = original->posted_minor > original->amount.minor;

    return original->follow != FOLLOW_NONE || original->returned_minor > 0 ||
           original->tip_minor > 0 || has_increments;
}

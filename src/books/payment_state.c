#include "books/payment_state.h"

#include "base/assert.h"

const char *payment_state_name(enum payment_state state)
{
    static const char *const names[] = {
        [PAYMENT_NEVER_SEEN] = "never-seen", [PAYMENT_IN_PROGRESS] = "in-progress",
        [PAYMENT_ACCEPTED] = "accepted",     [PAYMENT_APPROVED] = "approved",
        [PAYMENT_REFUSED] = "refused",       [PAYMENT_BEING_TAKEN_BACK] = "being-taken-back",
        [PAYMENT_TAKEN_BACK] = "taken-back", [PAYMENT_DAMAGED] = "damaged",
        [PAYMENT_ARCHIVED] = "archived",     [PAYMENT_LOST] = "lost",
    };

    _Static_assert(ARRAY_COUNT(names) == PAYMENT_STATE_COUNT, "a name for each state");
    assert(state < PAYMENT_STATE_COUNT);
    return names[state];
}

static enum payment_state answered_state(const struct payment_row *row)
{
    if (outcome_is_approved((enum outcome)row->outcome))
        return PAYMENT_APPROVED;
    if (row->money == MONEY_RETURNING)
        return PAYMENT_BEING_TAKEN_BACK;
    return row->money == MONEY_UNKNOWN ? PAYMENT_IN_PROGRESS : PAYMENT_REFUSED;
}

/* An advice is decided when it is sent; a refund, which goes as one, is the host's to decide. */
static bool is_decided_here(const struct payment_row *row)
{
    return kind_row((enum txn_kind)row->kind)->is_advice && row->kind != KIND_REFUND &&
           outcome_is_approved((enum outcome)row->outcome);
}

enum payment_state payment_state_of(const struct payment_row *row)
{
    if (row == NULL)
        return PAYMENT_NEVER_SEEN;
    if (!payment_row_is_readable(row))
        return PAYMENT_DAMAGED;
    switch ((enum payment_stage)row->stage) {
    case STAGE_SENT:
        return is_decided_here(row) ? PAYMENT_ACCEPTED : PAYMENT_IN_PROGRESS;
    case STAGE_STORED:
        return PAYMENT_ACCEPTED;
    case STAGE_ANSWERED:
        return answered_state(row);
    case STAGE_REVERSING:
        return PAYMENT_BEING_TAKEN_BACK;
    case STAGE_REVERSED:
    case STAGE_TOMBSTONE:
        return PAYMENT_TAKEN_BACK;
    case STAGE_NONE: /* a refusal that left nothing but its record */
        return row->outcome != OUTCOME_NONE ? PAYMENT_REFUSED : PAYMENT_DAMAGED;
    case STAGE_COUNT:
        break;
    }
    return PAYMENT_DAMAGED;
}

bool payment_state_is_final(enum payment_state state)
{
    return state == PAYMENT_APPROVED || state == PAYMENT_REFUSED || state == PAYMENT_TAKEN_BACK ||
           state == PAYMENT_NEVER_SEEN;
}

/* Nobody has, holds or expects money for it. */
static bool is_back(const struct payment_row *row)
{
    enum money_state money = payment_row_money(row);

    return money == MONEY_NOT_MOVED || money == MONEY_RETURNED;
}

bool payment_state_is_safe(const struct payment_row *row)
{
    switch (payment_state_of(row)) {
    case PAYMENT_NEVER_SEEN:
    case PAYMENT_TAKEN_BACK:
        return true;
    case PAYMENT_REFUSED:
    case PAYMENT_APPROVED:
        return is_back(row);
    case PAYMENT_IN_PROGRESS: /* an inquiry has no money to move */
        return !kind_row((enum txn_kind)row->kind)->moves_money;
    case PAYMENT_ACCEPTED:
    case PAYMENT_BEING_TAKEN_BACK:
    case PAYMENT_DAMAGED:
    case PAYMENT_ARCHIVED:
    case PAYMENT_LOST:
    case PAYMENT_STATE_COUNT:
        break;
    }
    return false;
}

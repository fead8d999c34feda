#include "txn/money_state.h"

#include "base/assert.h"

#define BIT(state) (1U << (state))

/* clang-format off */
static const struct {
    const char *name;
    bool is_final;
    unsigned next; /* bits of the states that may follow */
} money_state_table[] = {
    [MONEY_NOT_MOVED] = { "not_moved", true,  BIT(MONEY_UNKNOWN) | BIT(MONEY_HELD) | BIT(MONEY_MOVED) | BIT(MONEY_RETURNING) | BIT(MONEY_RETURNED) },
    [MONEY_HELD]      = { "held",      false, BIT(MONEY_MOVED) | BIT(MONEY_RETURNING) | BIT(MONEY_RETURNED) },
    [MONEY_MOVED]     = { "moved",     true,  BIT(MONEY_RETURNING) | BIT(MONEY_RETURNED) },
    [MONEY_RETURNING] = { "returning", false, BIT(MONEY_RETURNED) | BIT(MONEY_MOVED) | BIT(MONEY_HELD) }, /* a reversal may be refused as too late */
    [MONEY_RETURNED]  = { "returned",  true,  0 },
    [MONEY_UNKNOWN]   = { "unknown",   false, BIT(MONEY_NOT_MOVED) | BIT(MONEY_HELD) | BIT(MONEY_MOVED) | BIT(MONEY_RETURNING) | BIT(MONEY_RETURNED) },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(money_state_table) == MONEY_STATE_COUNT, "a row for each state");

const char *money_state_name(enum money_state state)
{
    assert(state < MONEY_STATE_COUNT);
    return money_state_table[state].name;
}

bool money_state_is_final(enum money_state state)
{
    assert(state < MONEY_STATE_COUNT);
    return money_state_table[state].is_final;
}

bool money_state_may_follow(enum money_state from, enum money_state to)
{
    assert(from < MONEY_STATE_COUNT);
    assert(to < MONEY_STATE_COUNT);
    return from == to || (money_state_table[from].next & BIT(to)) != 0;
}

#include "node/doubt.h"

bool doubt_is_owed(const struct pending_row *pending)
{
    return pending->kind == PENDING_REVERSAL || pending->kind == PENDING_ADVICE ||
           pending->kind == PENDING_QUERY;
}

bool doubt_is_handed(const struct pending_row *pending)
{
    return doubt_is_owed(pending) && pending->is_handed != 0;
}

struct doubt_limits doubt_limits_of(uint32_t hand_over_s)
{
    return (struct doubt_limits){
        .refusals = DOUBT_REFUSALS_MAX,
        .silence_ms = hand_over_s != 0 ? (int64_t)hand_over_s * 1000 : DOUBT_SILENCE_MAX_MS,
    };
}

enum outcome doubt_cause(const struct pending_row *pending, struct doubt_limits limits,
                         struct instant now)
{
    if (!doubt_is_owed(pending))
        return OUTCOME_NONE;
    if (pending->last_code[0] != 0 && pending->attempts >= limits.refusals)
        return OUTCOME_DOUBT_REFUSED;
    return now.us - pending->since.us >= limits.silence_ms * 1000 ? OUTCOME_DOUBT_UNANSWERED
                                                                  : OUTCOME_NONE;
}

enum outcome doubt_to_hand_over(const struct pending_row *pending, const struct config_row *config,
                                struct instant now)
{
    struct doubt_limits limits = doubt_limits_of(config == NULL ? 0 : config->hand_over_s);

    return pending->is_handed ? OUTCOME_NONE : doubt_cause(pending, limits, now);
}

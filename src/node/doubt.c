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

enum outcome doubt_cause(const struct pending_row *pending, struct instant now)
{
    if (!doubt_is_owed(pending))
        return OUTCOME_NONE;
    if (pending->last_code[0] != 0 && pending->attempts >= DOUBT_REFUSALS_MAX)
        return OUTCOME_DOUBT_REFUSED;
    return now.us - pending->since.us >= DOUBT_SILENCE_MAX_MS * 1000 ? OUTCOME_DOUBT_UNANSWERED
                                                                     : OUTCOME_NONE;
}

enum outcome doubt_to_hand_over(const struct pending_row *pending, struct instant now)
{
    return pending->is_handed ? OUTCOME_NONE : doubt_cause(pending, now);
}

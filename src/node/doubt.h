/*
 * When what is owed is also handed to a person. A reversal, advice or query is tried for ever, but
 * after some time nobody should count on it: it is recorded with its cause, alarmed once, and
 * stands in the list of `acquit doubt` as one that somebody must look into. The trying goes on.
 */
#ifndef NODE_DOUBT_H
#define NODE_DOUBT_H

#include "books/party_rows.h"
#include "txn/outcome.h"

#define DOUBT_REFUSALS_MAX 10 /* tries, the newest of them refused: some 5 minutes */
#define DOUBT_SILENCE_MAX_MS                                                                       \
    INT64_C(14400000) /* 4 h; a line that is mended within is no matter                            \
                       */

/* Whether the row is a debt of this party: a reversal, an advice, a query. */
bool doubt_is_owed(const struct pending_row *pending);

/* Whether a person has it. */
bool doubt_is_handed(const struct pending_row *pending);

/* From when on: as the party's config row says, or the limits above where it says nothing. */
struct doubt_limits {
    uint32_t refusals;
    int64_t silence_ms;
};

struct doubt_limits doubt_limits_of(uint32_t hand_over_s);

/* Why a person must look: OUTCOME_DOUBT_REFUSED, OUTCOME_DOUBT_UNANSWERED, or OUTCOME_NONE while it
 * may well end by itself. */
enum outcome doubt_cause(const struct pending_row *pending, struct doubt_limits limits,
                         struct instant now);

/* The same once: OUTCOME_NONE also when it has been handed over before. config: of the party, or
 * NULL. */
enum outcome doubt_to_hand_over(const struct pending_row *pending, const struct config_row *config,
                                struct instant now);

#endif

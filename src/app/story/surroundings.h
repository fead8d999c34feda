/*
 * What the switch's own store says around one payment: the facts that rank the causes of a refusal
 * without one (explain/rank.h). Read between two batches of the lane, so it is bounded: so many
 * journal records before the payment and after it, of all nodes that share the store, the
 * merchant's row, the card's activity.
 */
#ifndef APP_SURROUNDINGS_H
#define APP_SURROUNDINGS_H

#include "app/story/journals.h"
#include "base/instant.h"
#include "books/store.h"
#include "explain/rank.h"
#include "txn/identity.h"

/* Journal records of each node; a payment has about three at the switch. Reading them takes a lane
 * some tens of milliseconds. */
#define SURROUNDINGS_BEFORE 6000
#define SURROUNDINGS_AFTER 2000

struct surroundings {
    bool is_found;         /* the payment is known here */
    unsigned record_count; /* looked at */
    struct instant since;  /* of the oldest that was looked at */
    struct rank_evidence evidence;
};

void surroundings_read(const struct journals *journals, const struct identity *identity,
                       struct surroundings *out);

#endif

/*
 * A dry run: the payments of one day at the switch, in the order of its journal, judged once more
 * by other rules. The judgement and the counting are those of the switch itself (risk/judge.h,
 * risk/count.h), over shops, terminals and black list as the journal says they were at the time.
 *
 * The other rules begin with the month of that day, with empty tallies, as if they had been in
 * force since; before the day payments are only counted. From the day on a payment that they refuse
 * is not counted, and one that only the old rules refused counts as approved.
 *
 * What rows do not keep cannot be asked: of a card only its first six digits are known, so a longer
 * range is compared in six.
 */
#ifndef APP_RULES_REPLAY_H
#define APP_RULES_REPLAY_H

#include "app/desk/row_shelf.h"
#include "risk/judge.h"

#define REPLAY_LISTED_MAX 1000 /* changes that are told one by one; all are counted */

enum replay_change {
    REPLAY_NOW_REFUSED, /* it went on, and would be refused */
    REPLAY_NOW_PASSES,  /* the rules refused it, and would not */
    REPLAY_OTHER_CAUSE, /* refused by both, for another cause */
    REPLAY_CHANGE_COUNT
};

struct replay_finding {
    enum replay_change change;
    struct payment_row payment; /* as it was first recorded */
    struct risk_finding finding;
};

struct replay {
    /* What the caller sets, and nothing else: the rest zero. */
    uint32_t day;
    struct rule_set set; /* the other rules; borrowed */

    int32_t utc_offset_s;
    struct row_shelf known; /* merchants, terminals, listed cards, and tallies of this run */
    struct row_shelf seen;  /* payments: how each stands */
    uint64_t payments;      /* of the day, judged */
    uint64_t counts[REPLAY_CHANGE_COUNT];
    struct replay_finding *findings; /* owned; at most REPLAY_LISTED_MAX */
    size_t finding_count;
    bool is_short; /* of memory: what follows is not true */
};

/* Takes the next journal record, in order from the first. */
void replay_record(struct replay *replay, struct bytes record);

void replay_free(struct replay *replay);

const char *replay_change_name(enum replay_change change); /* "now-refused" */

#endif

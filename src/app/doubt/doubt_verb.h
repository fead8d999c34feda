/*
 * What is in doubt or owed, of every party of this process: the work list behind `acquit doubt` and
 * the figures of `acquit status`. It is read from the stores in jobs between two batches of each
 * lane, and changes nothing.
 */
#ifndef APP_DOUBT_VERB_H
#define APP_DOUBT_VERB_H

#include "host/control.h"

struct server;

#define DOUBT_ITEMS_MAX 200 /* of a party: the oldest; "more" says how many are left out */
#define DOUBT_ASIDE_MAX 100 /* messages that were set aside: the newest */
#define DOUBT_TESTIMONIES_MAX 50
#define DOUBT_LANES_MAX 64 /* a party's destinations times what can wait for each */

/* {"verb": "doubt", "for", "lang"}: {"wall_us", "parties": [{"name", "party", "lanes": [{
 * "destination", "kind", "owed_count", "owed_oldest_age_seconds", "owed_tries_max",
 * "owed_with_person"}], "items": [...], "more", "aside": [...], "aside_more"}]}. A lane is what a
 * party has for one destination: reversals, advices, queries, and answers that it waits for. Set
 * aside is what fits nothing, with the fields in which it differs. */
void doubt_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

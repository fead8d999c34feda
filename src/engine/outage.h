/*
 * What goes on and on is said at once, and then ever less often: batches that the store cannot
 * take. A full disk gives up a batch for each deadline and each message, several a second, and an
 * alarm for each would hide everything else.
 */
#ifndef ENGINE_OUTAGE_H
#define ENGINE_OUTAGE_H

#include "base/instant.h"

#define OUTAGE_PAUSE_MS 10000 /* after the first is said; doubled each time ... */
#define OUTAGE_PAUSE_MAX_MS 600000
#define OUTAGE_OVER_MS (2 * OUTAGE_PAUSE_MAX_MS) /* silence after which the next is a new outage   \
                                                  */

struct outage {
    struct moment said;
    uint32_t pause_ms; /* 0: nothing was said yet */
    uint32_t unsaid;
};

/* One more has happened. How many have since it was last said, when it is to be said now; else 0.
 */
uint32_t outage_note(struct outage *outage, struct moment now);

#endif

/*
 * Where the journals of two hosts stand towards each other. At sign-on and with each echo a host
 * says how far its journal is, and remembers how far the other's was. So it notices when the other
 * goes back in time: an old backup was restored, an older copy of its store was put in place, or
 * the primary came back after its standby was promoted. Then neither may go on as if nothing were
 * missing, until a person has looked and said so.
 *
 * An epoch's upper bits count restores and promotions: what was made by one is never taken for what
 * ran on without it. A restored journal is also behind when its point in time lies before the last
 * word that was heard of it; a promoted standby has what was answered.
 */
#ifndef NODE_STANDING_H
#define NODE_STANDING_H

#include "node/node.h"

/* ---- epochs ---- */

/* The lower bits count openings: one a minute for two years. */
#define EPOCH_RESTORED 0x100000U /* this generation began with a restore, not with a promotion */
#define EPOCH_GENERATION_BITS 21 /* 2,047 restores and promotions */

/* How many restores and promotions came before. */
uint32_t epoch_generation(uint32_t epoch);

/* The epoch with which the generation after epoch's begins; the last one is followed by itself. */
uint32_t epoch_next_generation(uint32_t epoch, bool is_restored);

/* The epoch of the next opening. When all numbers of a generation are used up, openings share the
 * last one: they never run over into a generation that no person has begun. */
uint32_t epoch_next_opening(uint32_t epoch);

/* ---- in a party ---- */

/* Asks for the row of the host with an id, and for our own. */
void standing_need(struct node_work *work, const char peer[static ACQUIRER_ID_LEN]);

/* Fills what we say of ourselves: the journal as it stood before this event. is_apart: we find the
 * other one behind. */
void standing_tell(const struct node_work *work, bool is_apart, struct store_mark *out);

enum standing {
    STANDING_GOOD,
    STANDING_HE_IS_BEHIND,
    STANDING_WE_ARE_BEHIND /* says he */
};

/* What follows from what the other host says of itself; a host that says nothing is good. A message
 * that was sent no later than the newest that counted changes nothing. */
enum standing standing_judge(const struct node_work *work, const char peer[static ACQUIRER_ID_LEN]);

/* Remembers what it said. Returns whether a row changed, so that the event needs a record. */
bool standing_note(struct node_work *work, const char peer[static ACQUIRER_ID_LEN],
                   enum standing standing);

/* ---- what our own books lack ---- */

/* A restore, or the promotion of a standby that need not have had all, says from when to when. */

/* Asks for the row of our own. */
void standing_need_own(struct node_work *work);

/* From when on something is missing in our books; 0: nothing is. */
struct instant standing_lacks_from(const struct node_work *work);

/* Whether what came at that moment may be among it. */
bool standing_lacks(const struct node_work *work, struct instant when);

/* The same where nobody knows when it came: a week long anything may be. own: the row of our own.
 */
bool standing_row_lacks(const struct peer_row *own, struct instant now);

/* The same of a day, MMDD as the zone has it; 0, no day is known: a week long anything may be. The
 * other side told the day by its own clock, so the days before and after count too; a year after
 * the loss no day does. */
bool standing_lacks_day(const struct node_work *work, uint16_t date, int32_t utc_offset_s);

#endif

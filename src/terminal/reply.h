/*
 * What came of a request: the host's answer, a garbled one, or silence. Only an answer whose MAC
 * verifies decides anything about the money; all else is shown and taken back, or, of an advice,
 * delivered or asked about again.
 */
#ifndef TERMINAL_REPLY_H
#define TERMINAL_REPLY_H

#include "books/testimony.h"
#include "terminal/deal.h"
#include "terminal/till.h"

/* EVENT_MESSAGE: the answer to a payment of any kind, or to a query about one. */
void reply_needs(struct node_work *work);
void reply_checks(struct node_work *work);
void reply(struct node_work *work);

/* EVENT_GARBLED: a frame that fails its format; it counts when it is known which payment it was
 * about. Needs are those of reply. */
void reply_garbled(struct node_work *work);

/* EVENT_TIMER and EVENT_RECOVER of a PENDING_ANSWER: no answer came in time, or nobody can say
 * whether one came before the restart. */
void reply_silence(struct node_work *work, const struct till *till, const struct deal *deal);

/* EVENT_LINK_DOWN: the answer is lost with the connection that it would have come over, so nothing
 * is waited for: what waits for an answer meets its silence now. */
void reply_cut_needs(struct node_work *work);
void reply_cut(struct node_work *work);

/* ---- the word of persons (attested.h) ---- */

/* The rows of whatever decides a payment, besides its own and the terminal's. */
void reply_need_decided(struct node_work *work, const struct till *till, const struct deal *deal);

/* Ends it as approved (with the reference number that was said), refused, or never seen by the
 * switch, as its answer would; records that persons did. The deal is as it was put. */
void reply_settled(struct node_work *work, const struct till *till, struct deal *deal,
                   const struct testimony_row *said);

#endif

/*
 * What a payment waits for: its row of TABLE_PENDING and the deadline, the same for a request that
 * is forwarded, a reversal and an advice. A payment has at most one such row, and only while its
 * stage is SENT or REVERSING.
 */
#ifndef ACQUIRER_BACKLOG_H
#define ACQUIRER_BACKLOG_H

#include "acquirer/desk.h"

struct backlog_entry {
    enum pending_kind kind;
    uint32_t attempts; /* how often it was sent */
    struct instant since;
    uint32_t pause_ms; /* until the next step */
};

/* Writes the row, arms the deadline and notes it in the payment, which the caller stores. What was
 * answered before, and that a person has it, stays with a row of the same kind. A debt that has
 * waited or been refused for too long is handed over here: its cause is returned, once, for
 * backlog_record; else OUTCOME_NONE. */
enum outcome backlog_put(const struct desk *desk, struct payment_row *row,
                         const struct backlog_entry *entry);

/* Nothing is waited for any more. The caller stores the payment. */
void backlog_end(const struct desk *desk, struct payment_row *row);

/* Stores the payment, whose pending row was put, and records what happened to it; `cause` as
 * backlog_put gave it. */
void backlog_record(const struct desk *desk, struct payment_row *row, enum journal_what what,
                    enum outcome cause);

/* Waits on while the issuer is away: nothing changes, so the pause grows with the age of what waits
 * instead of its tries, and there is no record but that this node has taken the row over from
 * another, and the one that hands it to a person. */
void backlog_wait(const struct desk *desk);

/* Whether what is due waits instead of being sent: the issuer is away; or it is old and was only
 * just taken up by a start, which takes up everything in one moment, before its links are up. */
bool backlog_is_to_wait(const struct desk *desk);

/* Whether the deadline of what is pending on the desk is this node's to keep. Another node that has
 * written the row since has armed a deadline of its own; what is found at start, or swept up after
 * a dead node, is ours whatever the row says. */
bool backlog_is_ours(const struct desk *desk);

/* The issuer answered, and it is not done: notes the code. False when the code was the same before.
 */
bool backlog_note_code(const struct desk *desk);

/* The fact that a refusal tells about its reversal follows the reversal, if it tells one. */
void backlog_tell(struct payment_row *row, const char *progress);

/* Whether the issuer on the desk can be sent anything. */
bool backlog_can_send(const struct desk *desk);

#endif

/*
 * Downloads and the status: parameters, keys of certification authorities, and the list of AIDs are
 * fetched as an exchange that the terminal remembers: the list, each entry, then the end, after
 * which all of it is in use at once. A cut line or a restart repeats the newest request; what was
 * in use stays so until the end. A status is one message up (UnionPay POS, 3.3, 3.6).
 *
 * What came stands in rows (books/handout_rows.h); parameters go into the terminal's own row, too.
 * With a list of AIDs in use, a chip whose application is not on it is refused
 * (card.type-unsupported).
 */
#ifndef TERMINAL_INTAKE_H
#define TERMINAL_INTAKE_H

#include "terminal/deal.h"
#include "terminal/till.h"

bool intake_is_for(enum txn_kind kind);

/* COMMAND_FETCH: goes on with what is coming, or begins. */
void intake_command_needs(struct node_work *work);
void intake_command(struct node_work *work);

/* What the header of an answer demands (1.3): a download, the status, or an update; others are
 * none of ours. Sends at most one message. What is under way already asks again at once: after a
 * restart it may have asked before the line was up. */
void intake_need(struct node_work *work, const struct till *till, uint8_t demand);
void intake_begin(struct node_work *work, const struct till *till, uint8_t demand);

/* EVENT_MESSAGE. */
void intake_answer_needs(struct node_work *work);
void intake_answer(struct node_work *work);

/* EVENT_TIMER and EVENT_RECOVER of the exchange: silence. */
void intake_due_needs(struct node_work *work, const struct till *till, enum txn_kind kind);
void intake_due(struct node_work *work, const struct till *till, enum txn_kind kind);

/* The list of AIDs in use, for who reads a chip. */
void intake_need_aids(struct node_work *work, const struct till *till);
bool intake_takes_aid(const struct node_work *work, const struct till *till, struct bytes aid);

/* The merchant's name as downloaded, UTF-8; empty when there is none. */
#define INTAKE_NAME_LEN (3 * 20 + 1)
void intake_need_name(struct node_work *work, const struct till *till);
void intake_name(const struct node_work *work, const struct till *till,
                 char out[static INTAKE_NAME_LEN]);

#endif

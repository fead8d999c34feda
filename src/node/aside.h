/*
 * Setting a message aside, for every party: into a row that a person can list, with the field in
 * which it differs. It is never guessed onto a payment. See books/aside_rows.h for what is kept of
 * repeats and of floods.
 */
#ifndef NODE_ASIDE_H
#define NODE_ASIDE_H

#include "books/aside_rows.h"
#include "node/node.h"

/* For needs, as soon as it is seen that the event's message fits nothing. source: who sent it, an
 * issuer's or acquirer's id, or a terminal's. */
void aside_need(struct node_work *work, const char *source, size_t source_len);

/* For step: keeps the event's message in its row, and says that it is recorded and alarmed by the
 * caller. differs: bits of enum aside_difference. payment: what it names, or NULL. False when it
 * was noted a short while ago: nothing is to be recorded. */
MUST_USE bool aside_keep(struct node_work *work, const char *source, size_t source_len,
                         unsigned differs, const struct payment_row *payment);

#endif

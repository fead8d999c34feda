/*
 * The story of one payment, from every party of this process: found by what people know of it, read
 * from rows and journal between two batches of each lane.
 */
#ifndef APP_STORY_H
#define APP_STORY_H

#include "books/payment_row.h"
#include "books/store.h"
#include "host/control.h"
#include "view/payment_status.h"

struct server;

/* {"verb": "find", "which": "last" | "rrn" | "payment" | "order", "rrn", "terminal", "trace",
 * "date", "order"}: answers with the payment's identity, or "never_seen" for an order that the
 * terminal has never had. */
void story_find_verb(struct server *server, struct control_call *call, const json_t *request);

/* {"verb": "story", "identity": {...}}: answers with what each party here knows. */
void story_verb(struct server *server, struct control_call *call, const json_t *request);

/* Inside a lane's job: a payment as the store has it. False when it is not there, and for a damaged
 * one, too: what cannot be told must not stop the party that is asked. */
bool story_load_payment(struct store *store, const struct identity *identity,
                        struct payment_row *out);

/* Inside a lane's job: what became of a payment at this party. Without an answer from the store it
 * is told as damaged, not as never seen, which would let it be charged again. */
void story_load_status(struct store *store, const struct identity *identity,
                       struct payment_status *out);

#endif

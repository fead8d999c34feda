/*
 * What became of a payment, asked by its identity: one answer in the same words from every party,
 * for the command line, for cash registers and for programs.
 */
#ifndef APP_QUERY_VERB_H
#define APP_QUERY_VERB_H

#include "host/control.h"

struct server;

/* {"verb": "query", "payment": "T1/000001/000042" | "identity": {...}, "at": "terminal" | "switch"
 * | "issuer"}: what each party of this process knows; without "at" all of them. The verb "find"
 * makes an identity of a reference or an order. Answers what query_sum_up makes of them. */
void query_verb(struct server *server, struct control_call *call, const json_t *request);

/* The answers of parties as one: that of the party nearest to the shop that has seen the payment
 * (view/payment_status.h, as JSON), and "parties" with all of them. Takes parties. */
json_t *query_sum_up(json_t *parties);

#endif

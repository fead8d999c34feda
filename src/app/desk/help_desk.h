/*
 * The operator's desk: verbs that list, show and change merchants, terminals, cards, accounts and
 * issuers of the parties in this process.
 *
 * Reading happens in jobs between two batches of a party's lane. A change reads the row in such a
 * job and queues the changed row as the first event of the next batch, so nothing that the party
 * changes meanwhile is lost, and it goes through the party's own step into its journal.
 *
 * Card numbers appear masked, with the first bytes of their look-up hash.
 */
#ifndef APP_HELP_DESK_H
#define APP_HELP_DESK_H

#include "host/control.h"

struct server;

/* {"verb": "list", "what": "card", "first": 0, "limit": 200, "all": false}: {"rows": [...],
 * "more": true}. Without "all", terminals and cards that were generated for load are left out. */
void desk_list_verb(struct server *server, struct control_call *call, const json_t *request);

/* {"verb": "show", "what": "card", "id": "C1"}: {"rows": [...]}, one for each party that has it. */
void desk_show_verb(struct server *server, struct control_call *call, const json_t *request);

/* {"verb": "set", "what": "card", "id": "C1", "state": "frozen", ...}: {"outcome", "approved",
 * "parties": [...]}. */
void desk_set_verb(struct server *server, struct control_call *call, const json_t *request);

/* {"verb": "fund", "what": "account", "id": "1", "amount": "10.00"}: pays in; answers as set. */
void desk_fund_verb(struct server *server, struct control_call *call, const json_t *request);

/* {"verb": "code", "what": "card", "id": "C1", "amount": "10.00"}: a payment code for the holder's
 * phone, good for one sale up to the amount; answers as set, with "code" and "expires". */
void desk_code_verb(struct server *server, struct control_call *call, const json_t *request);

/* The same with "voice": an authorisation code for one offline sale. */
void desk_voice_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

/* The control verb behind the ranking of `acquit why`: what our records say around a payment. */
#ifndef APP_AROUND_VERB_H
#define APP_AROUND_VERB_H

#include "host/control.h"

struct server;

/* {"verb": "around", "identity": {...}}: answers with "facts", by the names of rank_fact_name, and
 * how many records were looked at, since when. Only the switch can tell. */
void around_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

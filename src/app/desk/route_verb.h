/*
 * The control verb "route" at the switch: which issuer's cards are whose. {"do": "list"}; {"do":
 * "put", "rows": [{"bin", "issuer", "inside"?, "barred"?}]} puts ranges in force without a restart:
 * all or none, and none when one clashes with a range that is there.
 */
#ifndef APP_ROUTE_VERB_H
#define APP_ROUTE_VERB_H

#include "app/world/server.h"

void route_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

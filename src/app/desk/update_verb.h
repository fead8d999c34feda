/*
 * The control verb "update", of the acquirer: {"do": "publish", "kind": "software", "version": 3,
 * "file": PATH, "group": "all"} signs a package and offers it to a group of terminals; {"do":
 * "status"} says what is offered and what each terminal has in use.
 */
#ifndef APP_UPDATE_VERB_H
#define APP_UPDATE_VERB_H

#include "host/control.h"

struct server;

void update_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

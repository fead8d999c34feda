/*
 * The control verb "rules" at the switch: {"do": "load", "text"}, {"do": "show"}, {"do": "explain",
 * "which"}, {"do": "dry-run", "day", "text"}, {"do": "list-card", "card", "list"}, {"do":
 * "unlist-card", "card"}. A dry run reads the journal in pieces, so that payments go on meanwhile.
 */
#ifndef APP_RULES_VERB_H
#define APP_RULES_VERB_H

#include "app/world/server.h"

void rules_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

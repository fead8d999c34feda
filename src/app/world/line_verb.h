/*
 * Pulling the terminals' ways to the switch and mending them, in a lab: {"verb": "line", "pull" or
 * "mend": "primary" | "backup"}. Real sockets: nothing listens on a way that was pulled.
 */
#ifndef APP_LINE_VERB_H
#define APP_LINE_VERB_H

#include "host/control.h"

struct server;

void line_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

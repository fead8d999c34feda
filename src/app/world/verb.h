/*
 * The verbs of the control socket, one row each in verb.c: what operators and command-line programs
 * can ask of a running process.
 */
#ifndef APP_VERB_H
#define APP_VERB_H

#include "host/control.h"

struct server;

/* control_handler of a server. */
void verb_handle(void *context, struct control_call *call, const json_t *request);

#endif

/* The control verb "clock": {"ahead_us": N} moves a lab's clocks on; without it, says the time. */
#ifndef APP_CLOCK_VERB_H
#define APP_CLOCK_VERB_H

#include "host/control.h"

struct server;

void clock_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

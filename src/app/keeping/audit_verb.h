/* The audit of the parties in this process, each in a job of its lane. */
#ifndef APP_AUDIT_VERB_H
#define APP_AUDIT_VERB_H

#include "host/control.h"

struct server;

/* {"verb": "audit", "quick": false}: {"parties": [...]}, see app/audit_report.h. While its books
 * are read a party stands still; quick only tells where each journal ends. */
void audit_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

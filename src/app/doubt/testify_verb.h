/*
 * Two persons end a doubt, over the control socket of the party that owes:
 *
 *     {"verb": "testify", "at": "switch", "act": "propose" | "confirm" | "withdraw",
 *      "payment": "T1/000001/000042", "as": "taken-back", "evidence": "...", "by": "anna",
 *      "password": "..."}
 *     {"verb": "person", "at": "switch", "person": "bo", "new_password": "...", "voucher": "anna",
 *      "password": "..."}        without new_password the person is taken away
 *
 * Answered with {"ok", "result", "refused", "text": {"zh", "en"}}, and "testimony" as it stands by
 * now. "at" is switch (the default) or terminal; a party that is not here is an error.
 */
#ifndef APP_TESTIFY_VERB_H
#define APP_TESTIFY_VERB_H

#include "host/control.h"

struct server;

void testify_verb(struct server *server, struct control_call *call, const json_t *request);
void person_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

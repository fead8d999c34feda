/*
 * The keys of the parties in this process: verb keys lists them, makes new ones, and puts
 * components together. The work is done by the party's own HSM in a job of its lane; a key that
 * replaces another goes through the party's step into its journal, as every change of set-up.
 *
 * Laboratory only: the components come over the control socket in clear.
 */
#ifndef APP_KEY_DESK_H
#define APP_KEY_DESK_H

#include "host/control.h"

struct server;

/* {"verb": "keys", "action": "list", "party", "first", "all"}: {"keys": [...], "more"}.
 * {"verb": "keys", "action": "make" | "import", "party", "usage", "owner", "algorithm", "mode",
 * "version", "put", "components": [hex ...], "check": hex}: {"check", "block", "place",
 * "outcome"}. */
void key_desk_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

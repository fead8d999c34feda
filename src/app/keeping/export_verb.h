/* The export of the parties in this process, each in a job of its lane. */
#ifndef APP_EXPORT_VERB_H
#define APP_EXPORT_VERB_H

#include "host/control.h"

struct server;

/* {"verb": "export", "to": FOLDER, "bytes": false, "done": ["acquirer"]}: writes what
 * party_export.h says into a folder of this machine, of each store but those that are done;
 * {"parties": [{"name", "records", "rows"}]}, with "error" where one failed. While its store is
 * read a party stands still. */
void export_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

/*
 * The story of one payment, from every party of this process: found by what people know of it, read
 * from rows and journal between two batches of each lane.
 */
#ifndef APP_STORY_H
#define APP_STORY_H

#include "host/control.h"

struct server;

/* {"verb": "find", "which": "last" | "rrn" | "payment", "rrn", "terminal", "trace", "date"}:
 * answers with the payment's identity. */
void story_find_verb(struct server *server, struct control_call *call, const json_t *request);

/* {"verb": "story", "identity": {...}}: answers with what each party here knows. */
void story_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

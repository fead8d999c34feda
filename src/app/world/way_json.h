/* Which way each link goes that a process keeps (primary, backup, down), and since when. */
#ifndef APP_WAY_JSON_H
#define APP_WAY_JSON_H

#include <jansson.h>

struct server;

/* {"line": "primary", issuer's id: ...}, as far as this process keeps them. */
json_t *way_json(struct server *server);
/* The same names: since when, "2026-11-22 19:50:12". */
json_t *way_json_since(struct server *server);

/* Prints what a process says of its ways: both objects of its answer. */
void way_json_print(const json_t *answer);

#endif

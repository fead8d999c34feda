/*
 * What the parties of this process know that acquit doctor judges by: verb checkup. It changes
 * nothing but for a small file that is written into the data folder and taken away again, to see
 * that writing works. Reading happens in jobs between two batches of each party's lane.
 */
#ifndef APP_CHECKUP_H
#define APP_CHECKUP_H

#include "host/control.h"

struct server;

#define CHECKUP_ROWS_MAX 400 /* of each table; a doctor looks no further */

/* {"verb": "checkup"}: {"version", "wall_us", "parties": [{"name", "party", "id", "port",
 * "store": {"free", "writable", "why", "tail"}, "terminals": [...], "merchants": [...],
 * "routes": [...], "issuers": [...], "owed": {...}, "devices": [...]}]}. */
void checkup_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

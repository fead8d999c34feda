/*
 * How a party's standby stands, for `acquit status` and `acquit doctor`: "standby": {"address",
 * "policy", "stand": "level", "catching up", "away" or "fenced", "for_ms", "behind", "why"}.
 */
#ifndef APP_STANDBY_STATE_H
#define APP_STANDBY_STATE_H

#include "app/world/party_server.h"

#include <jansson.h>

/* Adds it to what is told of a party, when it has a standby. On any thread. */
void standby_state_add(const struct party_server *party, json_t *out);

#endif

/*
 * The tills of this process: what a cashier keys, as commands to the terminals, and what comes of
 * it as JSON. A terminal that is not signed in is signed in first, and the payment goes on. A
 * question over the line about what is in doubt at the switch is asked again for two seconds, until
 * the issuer's word comes with the answer.
 */
#ifndef APP_CASHIER_H
#define APP_CASHIER_H

#include "app/world/party_server.h"
#include "host/control.h"
#include "node/node.h"

struct server;
struct cashier;

MUST_USE enum err cashier_open(struct server *server, struct party_server *terminal,
                               struct cashier **out);
void cashier_close(struct cashier *cashier);

/* Asks all listed terminals to sign in; cashier_is_signing_in until each has heard. */
void cashier_sign_in_all(struct cashier *cashier);
bool cashier_is_signing_in(const struct cashier *cashier);

/* What a till request asks for (till_request.h): answered with the display, as JSON. */
void cashier_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

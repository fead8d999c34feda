/*
 * A process is ready when the switch is signed on to its issuers and the terminals are signed in:
 * whoever starts a world finds it ready to sell.
 */
#ifndef APP_READINESS_H
#define APP_READINESS_H

struct server;

/* Runs the loop until the process is ready, a few seconds at most: an issuer or a switch elsewhere
 * may be away, and that is no reason not to start. */
void readiness_wait(struct server *server);

#endif

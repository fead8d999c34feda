/*
 * One connection between a primary and its standby. TLS 1.3, where each side proves by a
 * certificate who it is and both check the other's name; in clear only on the machine itself.
 * Nothing waits longer than it is told to, but for the look-up of a name: give that a thread.
 */
#ifndef DRIVERS_SHIP_LINK_H
#define DRIVERS_SHIP_LINK_H

#include "base/bytes.h"
#include "drivers/tls_files.h"

struct ship_link;

/* How one side proves itself and whom it takes. */
struct ship_security;

/* Certificate, key, authority and the peer's name are all needed. With *error: ERR_CONFIG. */
MUST_USE enum err ship_security_open(const struct tls_files *files, bool is_server,
                                     struct ship_security **out, struct text *error);
/* Each holder closes it once; ship_security_hold makes one more. */
struct ship_security *ship_security_hold(struct ship_security *security);
void ship_security_close(struct ship_security *security);

/* Whether "HOST:PORT" is a number of this machine itself, which none else can reach. */
bool ship_is_local(const char *address);

/* Listens at "HOST:PORT"; a descriptor, and the port. ERR_IO, ERR_CONFIG. */
MUST_USE enum err ship_listen(const char *address, int *out, uint16_t *port);

/* Connects to "HOST:PORT" and shakes hands; security NULL: in clear. Tries each of the host's
 * addresses. ERR_TIMEOUT, ERR_IO, ERR_CONFIG (no such host), ERR_CRYPTO (TLS); *why says more. */
MUST_USE enum err ship_connect(const char *address, const struct ship_security *security,
                               int wait_ms, struct ship_link **out, struct text *why);

/* As the side that was called; takes fd over, also when it fails. */
MUST_USE enum err ship_accept(int fd, const struct ship_security *security, int wait_ms,
                              struct ship_link **out, struct text *why);

/* Also of NULL. */
void ship_close(struct ship_link *link);

/* All of len bytes, or ERR_CLOSED, ERR_TIMEOUT, ERR_CRYPTO; wait_ms for all of it, -1 for ever. */
MUST_USE enum err ship_write(struct ship_link *link, const void *at, size_t len, int wait_ms);
MUST_USE enum err ship_read(struct ship_link *link, void *out, size_t len, int wait_ms);

/* False when something has arrived: of a side that has nothing to say, its end. */
bool ship_is_silent(const struct ship_link *link);

/* What TLS said when a call failed with ERR_CRYPTO; "": nothing. Of the link. */
const char *ship_fault(const struct ship_link *link);

#endif

/*
 * The PEM files of one side of TLS links, made into what OpenSSL needs: TLS 1.3, no sessions
 * resumed. Links of hosts and terminals (host/tls.h) and of standbys (drivers/ship_link.h) share
 * it.
 */
#ifndef DRIVERS_TLS_FILES_H
#define DRIVERS_TLS_FILES_H

#include "base/text.h"

#include <openssl/types.h>

#define TLS_PEER_NAME_LEN_MAX 253 /* RFC 1035: of a host name */

/* What one side of TLS links is set up with; paths of PEM files, NULL where there is none. */
struct tls_files {
    const char *certificate;
    const char *key;
    const char *authority; /* peers must be signed by it; clients need one */
    bool demand_client;    /* server: refuse clients without a certificate of the authority */
    const char *peer_name; /* the name in the peer's certificate; NULL: not checked */
};

/* A server needs a certificate and its key, a client the authority of its server. Encrypted keys
 * are refused: nobody is there to type a passphrase. Whose name is checked is up to the caller. On
 * failure *error names the file and the reason: ERR_CONFIG, ERR_FULL. */
MUST_USE enum err tls_files_open(const struct tls_files *files, bool is_server, SSL_CTX **out,
                                 struct text *error);

#endif

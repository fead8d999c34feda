/*
 * TLS 1.3 on a link: OpenSSL over memory buffers, so that the link thread never blocks. A context
 * holds one side's certificate, key and the authority that peers must be signed by; client
 * certificates are demanded where the configuration says so. Buffers are released while idle.
 */
#ifndef HOST_TLS_H
#define HOST_TLS_H

#include "base/bytes.h"
#include "drivers/tls_files.h"

struct tls_context;
struct tls;
struct link;

/* As tls_files_open. */
MUST_USE enum err tls_context_open(const struct tls_files *files, bool is_server,
                                   struct tls_context **out, struct text *error);
void tls_context_close(struct tls_context *context);

/* The TLS state of one link; NULL when there is no memory. The context must outlive it. */
struct tls *tls_new(struct tls_context *context);
void tls_free(struct tls *tls);

enum tls_result {
    TLS_GOES_ON,
    TLS_CLOSED, /* the peer has said goodbye: close the link */
    TLS_FAILED, /* *why says why; an alert is put: flush and close the link */
};

/* Client: sends the first flight. */
enum tls_result tls_start(struct tls *tls, struct link *link, struct text *why);

/* Bytes from the network: decrypted ones go to link_received, answers of the handshake to
 * link_put_raw; link_ready is called when the handshake is done. The link may be closed meanwhile,
 * and tls with it: nothing is to be done then. */
enum tls_result tls_received(struct tls *tls, struct link *link, struct bytes bytes,
                             struct text *why);

/* Clear bytes to send on a link that is ready: encrypted to link_put_raw. False: the link must be
 * closed, or is. */
MUST_USE bool tls_put(struct tls *tls, struct link *link, struct bytes bytes);

#endif

#include "host/tls.h"

#include "base/assert.h"
#include "host/link_state.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

struct tls_context {
    SSL_CTX *ssl;
    bool is_server;
    char peer_name[64];
};

struct tls {
    SSL *ssl;
    BIO *from_peer;
    BIO *to_peer;
    struct link_buffer waiting; /* clear bytes put before the handshake was done */
};

/* ---- contexts ---- */

static enum err failed(struct text *error, const char *what, const char *file)
{
    char reason[128];

    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    text_add(error, what);
    if (file != NULL) {
        text_add(error, " ");
        text_add(error, file);
    }
    text_add(error, ": ");
    text_add(error, reason);
    return ERR_CONFIG;
}

static enum err load_files(SSL_CTX *ssl, const struct tls_files *files, struct text *error)
{
    if (files->certificate != NULL &&
        SSL_CTX_use_certificate_chain_file(ssl, files->certificate) != 1)
        return failed(error, "cannot use the certificate", files->certificate);
    if (files->key != NULL && SSL_CTX_use_PrivateKey_file(ssl, files->key, SSL_FILETYPE_PEM) != 1)
        return failed(error, "cannot use the key", files->key);
    if (files->key != NULL && SSL_CTX_check_private_key(ssl) != 1)
        return failed(error, "the key does not belong to the certificate", files->certificate);
    if (files->authority != NULL && SSL_CTX_load_verify_locations(ssl, files->authority, NULL) != 1)
        return failed(error, "cannot use the authority", files->authority);
    return OK;
}

static int verify_mode(const struct tls_files *files, bool is_server)
{
    if (!is_server)
        return SSL_VERIFY_PEER;
    return files->demand_client ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                                : SSL_VERIFY_NONE;
}

enum err tls_context_open(const struct tls_files *files, bool is_server, struct tls_context **out,
                          struct text *error)
{
    SSL_CTX *ssl = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
    struct tls_context *context = calloc(1, sizeof *context);
    enum err err;

    if (ssl == NULL || context == NULL) {
        SSL_CTX_free(ssl);
        free(context);
        return ERR_FULL;
    }
    SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(ssl, verify_mode(files, is_server), NULL);
    err = load_files(ssl, files, error);
    if (err != OK) {
        SSL_CTX_free(ssl);
        free(context);
        return err;
    }
    context->ssl = ssl;
    context->is_server = is_server;
    struct text name = text_over(context->peer_name, sizeof context->peer_name);
    if (files->peer_name != NULL)
        text_add(&name, files->peer_name);
    *out = context;
    return OK;
}

void tls_context_close(struct tls_context *context)
{
    if (context == NULL)
        return;
    SSL_CTX_free(context->ssl);
    free(context);
}

/* ---- one link ---- */

struct tls *tls_new(struct tls_context *context)
{
    struct tls *tls = calloc(1, sizeof *tls);

    if (tls == NULL)
        return NULL;
    tls->ssl = SSL_new(context->ssl);
    tls->from_peer = BIO_new(BIO_s_mem());
    tls->to_peer = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->from_peer == NULL || tls->to_peer == NULL) {
        BIO_free(tls->from_peer);
        BIO_free(tls->to_peer);
        SSL_free(tls->ssl);
        free(tls);
        return NULL;
    }
    SSL_set_bio(tls->ssl, tls->from_peer, tls->to_peer);
    if (context->is_server)
        SSL_set_accept_state(tls->ssl);
    else
        SSL_set_connect_state(tls->ssl);
    if (context->peer_name[0] != 0)
        SSL_set1_host(tls->ssl, context->peer_name);
    return tls;
}

void tls_free(struct tls *tls)
{
    if (tls->waiting.at != NULL)
        bytes_wipe(tls->waiting.at, tls->waiting.len);
    free(tls->waiting.at);
    SSL_free(tls->ssl);
    free(tls);
}

/* What OpenSSL wants to tell the peer. */
static bool send_out(struct tls *tls, struct link *link)
{
    uint8_t room[4096];
    int got;

    while ((got = BIO_read(tls->to_peer, room, sizeof room)) > 0) {
        if (!link_put_raw(link, bytes_over(room, (size_t)got)))
            return false;
    }
    return true;
}

static bool is_fatal(struct tls *tls, int result)
{
    int reason = SSL_get_error(tls->ssl, result);

    ERR_clear_error();
    return reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE;
}

static bool write_clear(struct tls *tls, struct bytes bytes)
{
    if (bytes.len == 0)
        return true;
    int result = SSL_write(tls->ssl, bytes.at, (int)bytes.len);

    return result == (int)bytes.len;
}

static bool write_waiting(struct tls *tls)
{
    bool ok = write_clear(tls, bytes_over(tls->waiting.at, tls->waiting.len));

    if (tls->waiting.at != NULL)
        bytes_wipe(tls->waiting.at, tls->waiting.len);
    free(tls->waiting.at);
    tls->waiting = (struct link_buffer){0};
    return ok;
}

/* Goes on with the handshake. False: it failed. */
static bool shake_hands(struct tls *tls, struct link *link)
{
    int result = SSL_do_handshake(tls->ssl);

    if (result != 1 && is_fatal(tls, result)) {
        (void)send_out(tls, link); /* the alert */
        return false;
    }
    if (result == 1 && !write_waiting(tls))
        return false;
    return send_out(tls, link);
}

bool tls_start(struct tls *tls, struct link *link)
{
    return shake_hands(tls, link);
}

static bool read_clear(struct tls *tls, struct link *link)
{
    uint8_t room[4096];
    int got;

    while ((got = SSL_read(tls->ssl, room, sizeof room)) > 0) {
        bool goes_on = link_received(link, bytes_over(room, (size_t)got));

        bytes_wipe(room, (size_t)got);
        if (!goes_on)
            return true; /* closed already */
    }
    if (is_fatal(tls, got))
        return false;
    return send_out(tls, link);
}

bool tls_received(struct tls *tls, struct link *link, struct bytes bytes)
{
    int taken = BIO_write(tls->from_peer, bytes.at, (int)bytes.len);

    if (taken != (int)bytes.len)
        return false;
    if (!SSL_is_init_finished(tls->ssl)) {
        if (!shake_hands(tls, link))
            return false;
        if (!SSL_is_init_finished(tls->ssl))
            return true;
    }
    return read_clear(tls, link);
}

bool tls_put(struct tls *tls, struct link *link, struct bytes bytes)
{
    if (!SSL_is_init_finished(tls->ssl))
        return buffer_add(&tls->waiting, bytes);
    if (!write_clear(tls, bytes))
        return false;
    return send_out(tls, link);
}

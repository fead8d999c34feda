#include "host/tls.h"

#include "base/assert.h"
#include "host/link_state.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

struct tls_context {
    SSL_CTX *ssl;
    BIO_METHOD *wire;
    bool is_server;
    char peer_name[TLS_PEER_NAME_LEN_MAX + 1];
};

struct tls {
    SSL *ssl;
    struct bytes arrived;   /* of the read in progress, not yet taken by OpenSSL */
    struct link_buffer out; /* from OpenSSL, not yet put to the link */
    bool is_done;           /* the handshake */
};

/* ---- the wire, as OpenSSL sees it: nothing is kept, so an idle link has no buffers ---- */

static int wire_read(BIO *bio, char *out, int room)
{
    struct tls *tls = BIO_get_data(bio);
    size_t len = tls->arrived.len < (size_t)room ? tls->arrived.len : (size_t)room;

    BIO_clear_retry_flags(bio);
    if (len == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(out, tls->arrived.at, len);
    tls->arrived = bytes_over(tls->arrived.at + len, tls->arrived.len - len);
    return (int)len;
}

static int wire_write(BIO *bio, const char *at, int len)
{
    struct tls *tls = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    return buffer_add(&tls->out, bytes_over(at, (size_t)len)) ? len : -1;
}

static long wire_control(BIO *bio, int command, long number, void *with)
{
    (void)bio;
    (void)number;
    (void)with;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *wire_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "link");

    if (method == NULL)
        return NULL;
    BIO_meth_set_read(method, wire_read);
    BIO_meth_set_write(method, wire_write);
    BIO_meth_set_ctrl(method, wire_control);
    return method;
}

/* ---- contexts ---- */

enum err tls_context_open(const struct tls_files *files, bool is_server, struct tls_context **out,
                          struct text *error)
{
    struct tls_context *context = calloc(1, sizeof *context);

    if (context == NULL)
        return ERR_FULL;
    context->is_server = is_server;
    context->wire = wire_method();
    enum err err =
        context->wire == NULL ? ERR_FULL : tls_files_open(files, is_server, &context->ssl, error);
    if (err != OK) {
        tls_context_close(context);
        return err;
    }
    if (files->peer_name != NULL)
        memcpy(context->peer_name, files->peer_name, strlen(files->peer_name) + 1);
    *out = context;
    return OK;
}

void tls_context_close(struct tls_context *context)
{
    if (context == NULL)
        return;
    SSL_CTX_free(context->ssl);
    BIO_meth_free(context->wire);
    free(context);
}

/* ---- one link ---- */

static bool set_peer_name(struct tls *tls, const char *name)
{
    return name[0] == 0 ||
           (SSL_set1_host(tls->ssl, name) == 1 && SSL_set_tlsext_host_name(tls->ssl, name) == 1);
}

struct tls *tls_new(struct tls_context *context)
{
    struct tls *tls = calloc(1, sizeof *tls);

    if (tls == NULL)
        return NULL;
    BIO *wire = BIO_new(context->wire);
    tls->ssl = SSL_new(context->ssl);
    if (tls->ssl == NULL || wire == NULL || !set_peer_name(tls, context->peer_name)) {
        BIO_free(wire);
        tls_free(tls);
        return NULL;
    }
    BIO_set_data(wire, tls);
    BIO_set_init(wire, 1);
    SSL_set_bio(tls->ssl, wire, wire);
    if (context->is_server)
        SSL_set_accept_state(tls->ssl);
    else
        SSL_set_connect_state(tls->ssl);
    return tls;
}

void tls_free(struct tls *tls)
{
    SSL_free(tls->ssl);
    free(tls->out.at);
    free(tls);
}

/* What OpenSSL wants to tell the peer. False: the link is closed, and tls is gone. */
static bool send_out(struct tls *tls, struct link *link)
{
    struct link_buffer out = tls->out;

    if (out.len == 0)
        return true;
    tls->out = (struct link_buffer){0};
    bool is_put = link_put_raw(link, bytes_over(out.at, out.len));
    free(out.at);
    return is_put;
}

/* What a result below 1 means. */
static enum tls_result judge(struct tls *tls, int result, struct text *why)
{
    int reason = SSL_get_error(tls->ssl, result);
    long check = SSL_get_verify_result(tls->ssl);
    unsigned long fault = ERR_peek_last_error();

    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE)
        return TLS_GOES_ON;
    if (reason == SSL_ERROR_ZERO_RETURN)
        return TLS_CLOSED;
    text_add(why, "TLS: ");
    text_add(why, fault != 0 ? ERR_reason_error_string(fault) : "the connection broke");
    if (check != X509_V_OK) {
        text_add(why, ": ");
        text_add(why, X509_verify_cert_error_string(check));
    }
    return TLS_FAILED;
}

/* Goes on with the handshake. */
static enum tls_result shake_hands(struct tls *tls, struct link *link, struct text *why)
{
    ERR_clear_error();
    int got = SSL_do_handshake(tls->ssl);
    enum tls_result result = got == 1 ? TLS_GOES_ON : judge(tls, got, why);

    tls->is_done = got == 1;
    if (!send_out(tls, link))
        return TLS_CLOSED;
    if (got == 1)
        link_ready(link);
    return result;
}

enum tls_result tls_start(struct tls *tls, struct link *link, struct text *why)
{
    return shake_hands(tls, link, why);
}

static enum tls_result read_clear(struct tls *tls, struct link *link, struct text *why)
{
    uint8_t room[4096];
    int got;

    for (;;) {
        ERR_clear_error();
        got = SSL_read(tls->ssl, room, sizeof room);
        if (got <= 0)
            break;
        bool goes_on = link_received(link, bytes_over(room, (size_t)got));
        bytes_wipe(room, (size_t)got);
        if (!goes_on)
            return TLS_CLOSED; /* and tls is gone */
    }
    enum tls_result result = judge(tls, got, why);
    return send_out(tls, link) ? result : TLS_CLOSED;
}

enum tls_result tls_received(struct tls *tls, struct link *link, struct bytes bytes,
                             struct text *why)
{
    tls->arrived = bytes;
    if (!tls->is_done) {
        enum tls_result result = shake_hands(tls, link, why);
        if (result != TLS_GOES_ON || uv_is_closing((uv_handle_t *)&link->tcp) || !tls->is_done)
            return result;
    }
    return read_clear(tls, link, why);
}

bool tls_put(struct tls *tls, struct link *link, struct bytes bytes)
{
    assert(tls->is_done);
    ERR_clear_error();
    if (SSL_write(tls->ssl, bytes.at, (int)bytes.len) != (int)bytes.len)
        return false;
    return send_out(tls, link);
}

#include "app/doctor/hop_probe.h"

#include "host/clock.h"
#include "wire/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_WAIT_MS 5000
#define SHAKE_WAIT_MS 8000
#define LOST_MAX 6 /* of PROBE_ECHOES: enough is known by then ... */
#define MUTE_MAX 3 /* ... or by then, when not one has come back */

/* A connection to the other side, plain or not. */
struct pipe {
    int fd;
    SSL_CTX *context;
    SSL *ssl;
};

static void fail(struct hop_probe *probe, enum hop_failure failure, const char *why)
{
    struct text t = text_over(probe->why, sizeof probe->why);

    text_add(&t, why);
    probe->fact.failure = failure;
}

/* ---- name, route, connection ---- */

static bool resolve(struct hop_probe *probe, struct sockaddr_in *out)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char host[CONFIG_ADDRESS_LEN];
    struct text t = text_over(host, sizeof host);
    const char *colon = strrchr(probe->address, ':');
    int result = EAI_NONAME;

    if (colon != NULL) {
        text_add_bytes(&t, bytes_over(probe->address, (size_t)(colon - probe->address)));
        result = getaddrinfo(host, colon + 1, &hints, &found);
    }
    if (result == 0 && found != NULL)
        memcpy(out, found->ai_addr, sizeof *out);
    else
        fail(probe, HOP_NO_NAME, gai_strerror(result));
    if (found != NULL)
        freeaddrinfo(found);
    return probe->fact.failure == HOP_GOOD;
}

/* Connecting a datagram socket sends nothing: the system only looks for a way. */
static bool find_route(struct hop_probe *probe, const struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof *to) != 0)
        fail(probe, HOP_NO_ROUTE, strerror(errno));
    if (fd >= 0)
        close(fd);
    return probe->fact.failure == HOP_GOOD;
}

static int wait_connected(int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLOUT};
    int reason = 0;
    socklen_t len = sizeof reason;

    if (poll(&poller, 1, CONNECT_WAIT_MS) != 1)
        return ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &len) == 0 ? reason : errno;
}

/* Blocking from then on, each call for so long. */
static void set_wait(int fd, int wait_ms)
{
    struct timeval wait = {.tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
}

static int connect_to(const struct sockaddr_in *to, int *reason)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    *reason = fd < 0 ? errno : 0;
    if (fd >= 0 && connect(fd, (const struct sockaddr *)to, sizeof *to) != 0)
        *reason = errno == EINPROGRESS ? wait_connected(fd) : errno;
    if (*reason == 0) {
        (void)fcntl(fd, F_SETFL, 0);
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* ---- TLS ---- */

/* As short as evidence is. */
static const char *certificate_fault(long result)
{
    switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "certificate expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "not valid yet";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "unknown authority";
    default:
        return X509_verify_cert_error_string(result);
    }
}

static const char *shake_fault(const SSL *ssl)
{
    long result = ssl == NULL ? X509_V_OK : SSL_get_verify_result(ssl);
    unsigned long code = ERR_peek_error();

    if (result != X509_V_OK)
        return certificate_fault(result);
    const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
    return reason == NULL ? "no answer" : reason;
}

static bool set_up_tls(const struct config_tls *tls, struct pipe *pipe)
{
    pipe->context = SSL_CTX_new(TLS_client_method());
    if (pipe->context == NULL ||
        SSL_CTX_set_min_proto_version(pipe->context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_load_verify_locations(pipe->context, tls->authority, NULL) != 1)
        return false;
    SSL_CTX_set_verify(pipe->context, SSL_VERIFY_PEER, NULL);
    if (tls->certificate[0] != 0 &&
        (SSL_CTX_use_certificate_chain_file(pipe->context, tls->certificate) != 1 ||
         SSL_CTX_use_PrivateKey_file(pipe->context, tls->key, SSL_FILETYPE_PEM) != 1))
        return false;
    pipe->ssl = SSL_new(pipe->context);
    return pipe->ssl != NULL && SSL_set_fd(pipe->ssl, pipe->fd) == 1;
}

static struct instant end_of(SSL *ssl)
{
    X509 *certificate = SSL_get1_peer_certificate(ssl);
    struct tm until = {0};
    struct instant instant = {0};

    if (certificate != NULL && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &until) == 1)
        instant.us = (int64_t)timegm(&until) * 1000000;
    X509_free(certificate);
    return instant;
}

static bool shake_hands(struct hop_probe *probe, struct pipe *pipe)
{
    if (!probe->tls->is_on)
        return true;
    ERR_clear_error();
    probe->fact.has_tls = true;
    set_wait(pipe->fd, SHAKE_WAIT_MS);
    if (!set_up_tls(probe->tls, pipe) || SSL_connect(pipe->ssl) != 1) {
        fail(probe, HOP_NO_TLS, shake_fault(pipe->ssl));
        return false;
    }
    probe->fact.certificate_until = end_of(pipe->ssl);
    return true;
}

static void close_pipe(struct pipe *pipe)
{
    SSL_free(pipe->ssl);
    SSL_CTX_free(pipe->context);
    if (pipe->fd >= 0)
        close(pipe->fd);
    *pipe = (struct pipe){.fd = -1};
}

static bool open_pipe(struct hop_probe *probe, const struct sockaddr_in *to, struct pipe *pipe)
{
    int reason;
    struct moment begin = clock_now();

    *pipe = (struct pipe){.fd = connect_to(to, &reason)};
    probe->fact.connect_us = (uint32_t)((clock_now().ns - begin.ns) / 1000);
    if (pipe->fd < 0) {
        fail(probe, HOP_NO_CONNECTION, strerror(reason));
        return false;
    }
    if (shake_hands(probe, pipe)) {
        set_wait(pipe->fd, probe->echo_wait_ms);
        return true;
    }
    close_pipe(pipe);
    return false;
}

/* ---- test messages ---- */

static bool put_all(struct pipe *pipe, const uint8_t *at, size_t len)
{
    if (pipe->ssl != NULL)
        return SSL_write(pipe->ssl, at, (int)len) == (int)len;
    return send(pipe->fd, at, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool get_all(struct pipe *pipe, uint8_t *out, size_t len)
{
    while (len > 0) {
        ssize_t got =
            pipe->ssl != NULL ? SSL_read(pipe->ssl, out, (int)len) : recv(pipe->fd, out, len, 0);
        if (got <= 0)
            return false;
        out += got;
        len -= (size_t)got;
    }
    return true;
}

/* Whether the answer came in time. */
static bool echo_once(struct hop_probe *probe, struct pipe *pipe, uint32_t trace, uint32_t *took_us)
{
    uint8_t frame[FRAME_LENGTH_LEN + FRAME_BODY_LEN_MAX];
    struct txn_encoded encoded;
    struct moment begin = clock_now();

    probe->echo.identity.trace = trace;
    probe->echo.sent = clock_wall();
    if (txn_encode(probe->profile, &probe->echo, frame + FRAME_LENGTH_LEN, FRAME_BODY_LEN_MAX,
                   &encoded) != OK)
        return false;
    frame_put_length(frame, encoded.len);
    if (!put_all(pipe, frame, FRAME_LENGTH_LEN + encoded.len) ||
        !get_all(pipe, frame, FRAME_LENGTH_LEN))
        return false;
    size_t len = bytes_get_u16(frame);
    if (len > FRAME_BODY_LEN_MAX || !get_all(pipe, frame, len))
        return false;
    *took_us = (uint32_t)((clock_now().ns - begin.ns) / 1000);
    return true;
}

static int by_size(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

/* After a loss the connection is made anew: a late answer would be taken for the next one's. */
static void echo_all(struct hop_probe *probe, const struct sockaddr_in *to, struct pipe *pipe)
{
    uint32_t took_us[PROBE_ECHOES];
    size_t count = 0;
    struct hop_fact *fact = &probe->fact;

    for (uint32_t i = 1; i <= PROBE_ECHOES && fact->lost < LOST_MAX; i++) {
        fact->echoes++;
        if (echo_once(probe, pipe, i, &took_us[count])) {
            count++;
            continue;
        }
        fact->lost++;
        close_pipe(pipe);
        uint32_t connect_us = fact->connect_us;
        if ((count == 0 && fact->lost == MUTE_MAX) || !open_pipe(probe, to, pipe))
            break;
        fact->connect_us = connect_us;
    }
    if (count == 0)
        return;
    qsort(took_us, count, sizeof took_us[0], by_size);
    fact->p50_us = took_us[count / 2];
    fact->p95_us = took_us[(count - 1) * 95 / 100];
}

void hop_probe_run(struct hop_probe *probe)
{
    struct sockaddr_in to;
    struct pipe pipe;

    probe->why[0] = 0;
    probe->fact = (struct hop_fact){.to = probe->to,
                                    .address = probe->address,
                                    .is_host = probe->is_host,
                                    .why = probe->why,
                                    .now = clock_wall()};
    if (!resolve(probe, &to) || !find_route(probe, &to) || !open_pipe(probe, &to, &pipe))
        return;
    echo_all(probe, &to, &pipe);
    close_pipe(&pipe);
}

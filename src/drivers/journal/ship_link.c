#include "drivers/journal/ship_link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FAULT_LEN_MAX 160
#define PART_MS 1000

struct ship_security {
    atomic_int holders;
    SSL_CTX *context;
    bool is_server;
    char peer[TLS_PEER_NAME_LEN_MAX + 1];
};

struct ship_link {
    int fd;
    SSL *ssl; /* NULL: in clear */
    char fault[FAULT_LEN_MAX];
};

/* ---- time ---- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* When a wait ends; INT64_MAX: never. */
static int64_t end_of(int wait_ms)
{
    return wait_ms < 0 ? INT64_MAX : now_ms() + wait_ms;
}

static int left_ms(int64_t end)
{
    int64_t left = end == INT64_MAX ? -1 : end - now_ms();

    return end == INT64_MAX ? -1 : left < 0 ? 0 : (int)left;
}

static enum err wait_for(int fd, short events, int64_t end)
{
    struct pollfd waiting = {.fd = fd, .events = events};
    int got;

    do
        got = poll(&waiting, 1, left_ms(end));
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return ERR_TIMEOUT;
    return got > 0 ? OK : ERR_IO;
}

/* ---- who may talk with whom ---- */

enum err ship_security_open(const struct tls_files *files, bool is_server,
                            struct ship_security **out, struct text *error)
{
    if (files->certificate == NULL || files->key == NULL || files->authority == NULL ||
        files->peer_name == NULL) {
        text_add(error, "TLS between primary and standby needs certificate, key, authority and the "
                        "name of the other side");
        return ERR_CONFIG;
    }
    struct ship_security *security = calloc(1, sizeof *security);
    struct tls_files both = *files;
    if (security == NULL)
        return ERR_FULL;
    both.demand_client = true;
    enum err err = tls_files_open(&both, is_server, &security->context, error);
    if (err != OK) {
        free(security);
        return err;
    }
    SSL_CTX_set_mode(security->context, SSL_MODE_ENABLE_PARTIAL_WRITE);
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to sockets without asking for none */
    atomic_init(&security->holders, 1);
    security->is_server = is_server;
    memcpy(security->peer, files->peer_name, strlen(files->peer_name) + 1);
    *out = security;
    return OK;
}

struct ship_security *ship_security_hold(struct ship_security *security)
{
    if (security != NULL)
        atomic_fetch_add(&security->holders, 1);
    return security;
}

void ship_security_close(struct ship_security *security)
{
    if (security == NULL || atomic_fetch_sub(&security->holders, 1) > 1)
        return;
    SSL_CTX_free(security->context);
    free(security);
}

/* What a call of OpenSSL waits for, or why it failed. */
static enum err judge(struct ship_link *link, int result, int64_t end)
{
    int reason = SSL_get_error(link->ssl, result);
    long check = SSL_get_verify_result(link->ssl);
    unsigned long fault = ERR_peek_last_error();

    if (reason == SSL_ERROR_WANT_READ)
        return wait_for(link->fd, POLLIN, end);
    if (reason == SSL_ERROR_WANT_WRITE)
        return wait_for(link->fd, POLLOUT, end);
    if (reason != SSL_ERROR_SSL)
        return ERR_CLOSED;
    struct text t = text_over(link->fault, sizeof link->fault);
    const char *words = ERR_reason_error_string(fault);
    text_add(&t, "TLS: ");
    if (ERR_GET_REASON(fault) > SSL_AD_REASON_OFFSET)
        text_add(&t, "the other side says: ");
    text_add(&t, words == NULL ? "the connection broke" : words);
    if (check != X509_V_OK) {
        text_add(&t, ": ");
        text_add(&t, X509_verify_cert_error_string(check));
    }
    return ERR_CRYPTO;
}

static enum err shake_hands(struct ship_link *link, const struct ship_security *security,
                            int64_t end)
{
    link->ssl = SSL_new(security->context);
    if (link->ssl == NULL || SSL_set_fd(link->ssl, link->fd) != 1 ||
        SSL_set1_host(link->ssl, security->peer) != 1)
        return ERR_FULL;
    for (;;) {
        ERR_clear_error();
        int got = security->is_server ? SSL_accept(link->ssl) : SSL_connect(link->ssl);
        if (got == 1)
            return OK;
        TRY(judge(link, got, end));
    }
}

/* What we said last is lost when we close with something unread: the peer would not learn why. */
static void part(struct ship_link *link)
{
    int64_t end = end_of(PART_MS);
    uint8_t ignored[256];

    shutdown(link->fd, SHUT_WR);
    while (wait_for(link->fd, POLLIN, end) == OK && recv(link->fd, ignored, sizeof ignored, 0) > 0)
        ;
    ship_close(link);
}

/* Whose machine or line died says nothing more; while its link here stays open, its store does,
 * too, and it could not come back. */
static void set_options(int fd)
{
    static const struct {
        int level;
        int name;
        int value;
    } options[] = {{IPPROTO_TCP, TCP_NODELAY, 1},
                   {SOL_SOCKET, SO_KEEPALIVE, 1},
                   {IPPROTO_TCP, TCP_KEEPIDLE, 5},
                   {IPPROTO_TCP, TCP_KEEPINTVL, 2},
                   {IPPROTO_TCP, TCP_KEEPCNT, 5}};

    for (size_t i = 0; i < ARRAY_COUNT(options); i++)
        setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                   sizeof options[i].value);
}

/* A link over a connected descriptor, which it takes over. */
static enum err link_over(int fd, const struct ship_security *security, int64_t end,
                          struct ship_link **out, struct text *why)
{
    struct ship_link *link = calloc(1, sizeof *link);

    if (link == NULL) {
        close(fd);
        return ERR_FULL;
    }
    link->fd = fd;
    set_options(fd);
    enum err err = security == NULL ? OK : shake_hands(link, security, end);
    if (err != OK) {
        text_add(why, link->fault[0] != 0 ? link->fault : err_text(err));
        part(link);
        return err;
    }
    *out = link;
    return OK;
}

void ship_close(struct ship_link *link)
{
    if (link == NULL)
        return;
    SSL_free(link->ssl);
    close(link->fd);
    free(link);
}

bool ship_is_silent(const struct ship_link *link)
{
    return wait_for(link->fd, POLLIN, 0) == ERR_TIMEOUT;
}

const char *ship_fault(const struct ship_link *link)
{
    return link->fault;
}

/* ---- addresses ---- */

static enum err resolve(const char *address, int flags, struct addrinfo **out)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    const char *colon = strrchr(address, ':');
    char host[TLS_PEER_NAME_LEN_MAX + 1];
    struct text t = text_over(host, sizeof host);

    if (colon == NULL)
        return ERR_CONFIG;
    bool is_bracketed = address[0] == '[' && colon > address && colon[-1] == ']';
    text_add_bytes(&t, is_bracketed ? bytes_over(address + 1, (size_t)(colon - address) - 2)
                                    : bytes_over(address, (size_t)(colon - address)));
    return !t.cut && getaddrinfo(text_z(&t), colon + 1, &hints, out) == 0 ? OK : ERR_CONFIG;
}

static bool is_loopback(const struct sockaddr *at)
{
    if (at->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)at)->sin6_addr);
    return at->sa_family == AF_INET &&
           ntohl(((const struct sockaddr_in *)(const void *)at)->sin_addr.s_addr) >> 24 == 127;
}

bool ship_is_local(const char *address)
{
    struct addrinfo *at = NULL;

    if (resolve(address, AI_NUMERICHOST | AI_NUMERICSERV, &at) != OK)
        return false;
    bool is_local = is_loopback(at->ai_addr);
    freeaddrinfo(at);
    return is_local;
}

static enum err connect_to(const struct addrinfo *to, int64_t end, int *out)
{
    int fault = 0;
    socklen_t len = sizeof fault;
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return ERR_IO;
    enum err err = connect(fd, to->ai_addr, to->ai_addrlen) == 0 || errno == EINPROGRESS
                       ? wait_for(fd, POLLOUT, end)
                       : ERR_IO;
    if (err == OK && (getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &len) != 0 || fault != 0))
        err = ERR_IO;
    if (err == OK)
        *out = fd;
    else
        close(fd);
    return err;
}

enum err ship_connect(const char *address, const struct ship_security *security, int wait_ms,
                      struct ship_link **out, struct text *why)
{
    struct addrinfo *found = NULL;
    int fd = -1;

    if (resolve(address, AI_NUMERICSERV, &found) != OK) {
        text_add(why, "no address is known for it");
        return ERR_CONFIG;
    }
    int64_t end = end_of(wait_ms);
    enum err err = ERR_IO;
    for (const struct addrinfo *to = found; to != NULL && err != OK; to = to->ai_next)
        err = connect_to(to, end, &fd);
    freeaddrinfo(found);
    if (err == OK)
        return link_over(fd, security, end, out, why);
    text_add(why, err == ERR_TIMEOUT ? "it does not take the connection" : "it cannot be reached");
    return err;
}

enum err ship_accept(int fd, const struct ship_security *security, int wait_ms,
                     struct ship_link **out, struct text *why)
{
    return link_over(fd, security, end_of(wait_ms), out, why);
}

static uint16_t port_of(const struct sockaddr_storage *at)
{
    const void *any = at;

    return ntohs(at->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)any)->sin6_port
                                           : ((const struct sockaddr_in *)any)->sin_port);
}

enum err ship_listen(const char *address, int *out, uint16_t *port)
{
    struct addrinfo *at = NULL;
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;
    int one = 1;

    TRY(resolve(address, AI_PASSIVE | AI_NUMERICSERV, &at));
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    bool is_bound = fd >= 0 && bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, 16) == 0 &&
                    getsockname(fd, (struct sockaddr *)&bound, &len) == 0;
    freeaddrinfo(at);
    if (!is_bound) {
        if (fd >= 0)
            close(fd);
        return ERR_IO;
    }
    *port = port_of(&bound);
    *out = fd;
    return OK;
}

/* ---- bytes ---- */

/* Some bytes went, *count of them, maybe none: then something is waited for. */
static enum err put_some(struct ship_link *link, struct bytes bytes, int64_t end, size_t *count)
{
    if (link->ssl != NULL) {
        ERR_clear_error();
        int got = SSL_write_ex(link->ssl, bytes.at, bytes.len, count);
        return got == 1 ? OK : judge(link, got, end);
    }
    ssize_t put = send(link->fd, bytes.at, bytes.len, MSG_NOSIGNAL);
    *count = put > 0 ? (size_t)put : 0;
    if (put > 0)
        return OK;
    return put < 0 && (errno == EAGAIN || errno == EINTR) ? wait_for(link->fd, POLLOUT, end)
                                                          : ERR_CLOSED;
}

static enum err get_some(struct ship_link *link, void *out, size_t len, int64_t end, size_t *count)
{
    if (link->ssl != NULL) {
        ERR_clear_error();
        int got = SSL_read_ex(link->ssl, out, len, count);
        return got == 1 ? OK : judge(link, got, end);
    }
    ssize_t got = recv(link->fd, out, len, 0);
    *count = got > 0 ? (size_t)got : 0;
    if (got > 0)
        return OK;
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? wait_for(link->fd, POLLIN, end)
                                                          : ERR_CLOSED;
}

enum err ship_write(struct ship_link *link, const void *at, size_t len, int wait_ms)
{
    int64_t end = end_of(wait_ms);
    const uint8_t *next = at;

    while (len > 0) {
        size_t count = 0;
        TRY(put_some(link, bytes_over(next, len), end, &count));
        next += count;
        len -= count;
    }
    return OK;
}

enum err ship_read(struct ship_link *link, void *out, size_t len, int wait_ms)
{
    int64_t end = end_of(wait_ms);
    uint8_t *next = out;

    while (len > 0) {
        size_t count = 0;
        TRY(get_some(link, next, len, end, &count));
        next += count;
        len -= count;
    }
    return OK;
}

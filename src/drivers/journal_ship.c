#include "drivers/journal_ship.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAGIC "ACQSHIP1"
#define MAGIC_LEN 8
#define HOST_LEN_MAX 128

/* ---- hello and reply ---- */

void ship_hello_put(const struct ship_hello *hello, uint8_t out[static SHIP_HELLO_LEN])
{
    uint8_t *at = out + MAGIC_LEN;

    memcpy(out, MAGIC, MAGIC_LEN);
    memcpy(at, hello->party, SHIP_PARTY_LEN);
    at += SHIP_PARTY_LEN;
    bytes_put_u16(at, hello->head.node);
    bytes_put_u32(at + 2, hello->head.epoch);
    bytes_put_u64(at + 6, hello->head.sequence);
    memcpy(at + 14, hello->head.hash, sizeof hello->head.hash);
}

enum err ship_hello_get(const uint8_t at[static SHIP_HELLO_LEN], struct ship_hello *out)
{
    const uint8_t *next = at + MAGIC_LEN;

    if (memcmp(at, MAGIC, MAGIC_LEN) != 0 || next[SHIP_PARTY_LEN - 1] != 0)
        return ERR_BAD_FORMAT;
    memcpy(out->party, next, SHIP_PARTY_LEN);
    next += SHIP_PARTY_LEN;
    out->head.node = bytes_get_u16(next);
    out->head.epoch = bytes_get_u32(next + 2);
    out->head.sequence = bytes_get_u64(next + 6);
    memcpy(out->head.hash, next + 14, sizeof out->head.hash);
    return OK;
}

void ship_reply_put(const struct ship_reply *reply, uint8_t out[static SHIP_REPLY_LEN])
{
    bytes_put_u32(out, (uint32_t)reply->answer);
    bytes_put_u64(out + 4, reply->sequence);
    memcpy(out + 12, reply->hash, sizeof reply->hash);
}

enum err ship_reply_get(const uint8_t at[static SHIP_REPLY_LEN], struct ship_reply *out)
{
    uint32_t answer = bytes_get_u32(at);

    if (answer > SHIP_REFUSED)
        return ERR_BAD_FORMAT;
    out->answer = (enum ship_answer)answer;
    out->sequence = bytes_get_u64(at + 4);
    memcpy(out->hash, at + 12, sizeof out->hash);
    return OK;
}

/* ---- sockets ---- */

static enum err resolve(const char *address, int flags, struct addrinfo **out)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    const char *colon = strrchr(address, ':');
    char host[HOST_LEN_MAX];
    struct text t = text_over(host, sizeof host);

    if (colon == NULL)
        return ERR_CONFIG;
    text_add_bytes(&t, bytes_over(address, (size_t)(colon - address)));
    return !t.cut && getaddrinfo(host, colon + 1, &hints, out) == 0 ? OK : ERR_CONFIG;
}

static enum err wait_for(int fd, short events, int wait_ms)
{
    struct pollfd waiting = {.fd = fd, .events = events};
    int got;

    do
        got = poll(&waiting, 1, wait_ms);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return ERR_TIMEOUT;
    return got > 0 ? OK : ERR_IO;
}

static enum err finish_connect(int fd, const struct addrinfo *to, int wait_ms)
{
    int fault = 0;
    socklen_t len = sizeof fault;

    if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
        return OK;
    if (errno != EINPROGRESS)
        return ERR_IO;
    TRY(wait_for(fd, POLLOUT, wait_ms));
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &len);
    return fault == 0 ? OK : ERR_IO;
}

enum err ship_connect(const char *address, int wait_ms, int *out)
{
    struct addrinfo *to = NULL;
    int one = 1;

    TRY(resolve(address, AI_NUMERICSERV, &to));
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    enum err err = fd < 0 ? ERR_IO : finish_connect(fd, to, wait_ms);
    freeaddrinfo(to);
    if (err != OK && fd >= 0)
        close(fd);
    if (err != OK)
        return err;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    *out = fd;
    return OK;
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
    *port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                              : ((struct sockaddr_in *)&bound)->sin_port);
    *out = fd;
    return OK;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is left of the wait; -1 stays -1. */
static int left_ms(int64_t end, int wait_ms)
{
    int64_t left = end - now_ms();

    return wait_ms < 0 ? -1 : left < 0 ? 0 : (int)left;
}

enum err ship_write(int fd, const void *at, size_t len, int wait_ms)
{
    int64_t end = now_ms() + wait_ms;
    const uint8_t *next = at;

    while (len > 0) {
        ssize_t put = send(fd, next, len, MSG_NOSIGNAL);
        if (put > 0) {
            next += put;
            len -= (size_t)put;
        } else if (put < 0 && (errno == EAGAIN || errno == EINTR)) {
            TRY(wait_for(fd, POLLOUT, left_ms(end, wait_ms)));
        } else {
            return ERR_CLOSED;
        }
    }
    return OK;
}

enum err ship_read(int fd, void *out, size_t len, int wait_ms)
{
    int64_t end = now_ms() + wait_ms;
    uint8_t *next = out;

    while (len > 0) {
        TRY(wait_for(fd, POLLIN, left_ms(end, wait_ms)));
        ssize_t got = recv(fd, next, len, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return ERR_CLOSED;
        if (got > 0) {
            next += got;
            len -= (size_t)got;
        }
    }
    return OK;
}

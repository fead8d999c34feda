#include "app/drill/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECE_LEN 8192
#define TURN_MS 10
#define BACKLOG 128

/* One way of a connection: one piece at a time. */
struct way {
    uint8_t piece[PIECE_LEN];
    size_t len;
    size_t sent;
    int64_t due_ms; /* when the piece may go on */
};

struct pair {
    bool is_open;
    size_t line;
    int fds[2];         /* client, server */
    struct way ways[2]; /* from the client, from the server */
};

struct line {
    int listener;
    uint16_t server_port;
    enum relay_mode mode;
    uint32_t delay_ms;
};

struct relay {
    pthread_mutex_t lock; /* of lines; pairs are the thread's own */
    pthread_t thread;
    bool is_stopping;
    struct line lines[RELAY_LINES_MAX];
    size_t line_count;
    struct pair *pairs[RELAY_PAIRS_MAX]; /* kept for the next connection when they are closed */
    size_t pair_count;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct sockaddr_in local(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* ---- connections ---- */

static void close_pair(struct pair *pair)
{
    close(pair->fds[0]);
    close(pair->fds[1]);
    pair->is_open = false;
}

/* A closed pair, or a new one; NULL when there are too many. */
static struct pair *free_pair(struct relay *relay)
{
    for (size_t i = 0; i < relay->pair_count; i++)
        if (!relay->pairs[i]->is_open)
            return relay->pairs[i];
    if (relay->pair_count == RELAY_PAIRS_MAX)
        return NULL;
    struct pair *pair = calloc(1, sizeof *pair);
    if (pair != NULL)
        relay->pairs[relay->pair_count++] = pair;
    return pair;
}

/* A stopped server takes no connection in: nobody waits for that here. */
static int connect_to(uint16_t port)
{
    struct sockaddr_in address = local(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;

    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 || errno == EINPROGRESS)
        return fd;
    close(fd);
    return -1;
}

static void take_in(struct relay *relay, size_t line)
{
    struct line *from = &relay->lines[line];
    int client = accept4(from->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (client < 0)
        return;
    struct pair *pair = from->mode == RELAY_CUT ? NULL : free_pair(relay);
    int server = pair == NULL ? -1 : connect_to(from->server_port);
    if (server < 0) {
        close(client);
        return;
    }
    int one = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    pair->is_open = true;
    pair->line = line;
    pair->fds[0] = client;
    pair->fds[1] = server;
    for (int i = 0; i < 2; i++)
        pair->ways[i].len = pair->ways[i].sent = 0;
}

/* ---- passing on ---- */

/* False when the connection has ended. */
static bool receive(const struct line *line, struct pair *pair, int from)
{
    struct way *way = &pair->ways[from];
    ssize_t got = recv(pair->fds[from], way->piece, sizeof way->piece, 0);

    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    way->len = (size_t)got;
    way->sent = 0;
    way->due_ms = now_ms() + (line->mode == RELAY_SLOW ? line->delay_ms : 0);
    return true;
}

static bool pass_on(struct pair *pair, int from)
{
    struct way *way = &pair->ways[from];
    ssize_t sent =
        send(pair->fds[1 - from], way->piece + way->sent, way->len - way->sent, MSG_NOSIGNAL);

    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    way->sent += (size_t)sent;
    if (way->sent == way->len)
        way->len = way->sent = 0;
    return true;
}

/* What a pair waits for: bytes where it has no piece, room where a piece is due. */
static void watch(const struct line *line, const struct pair *pair, struct pollfd fds[static 2])
{
    fds[0] = (struct pollfd){.fd = pair->fds[0]};
    fds[1] = (struct pollfd){.fd = pair->fds[1]};
    for (int from = 0; from < 2 && line->mode != RELAY_STALL; from++) {
        const struct way *way = &pair->ways[from];
        if (way->len == 0)
            fds[from].events |= POLLIN;
        else if (way->due_ms <= now_ms())
            fds[1 - from].events |= POLLOUT;
    }
}

static void serve_pair(const struct line *line, struct pair *pair,
                       const struct pollfd fds[static 2])
{
    bool is_good = line->mode != RELAY_CUT;

    for (int from = 0; from < 2 && is_good; from++) {
        bool has_ended = (fds[from].revents & (POLLERR | POLLNVAL)) != 0;
        bool has_bytes = (fds[from].revents & (POLLIN | POLLHUP)) != 0;
        is_good = !has_ended;
        if (is_good && has_bytes && (fds[from].events & POLLIN) != 0)
            is_good = receive(line, pair, from);
        if (is_good && (fds[1 - from].revents & POLLOUT) != 0 && pair->ways[from].len > 0)
            is_good = pass_on(pair, from);
    }
    if (!is_good)
        close_pair(pair);
}

/* ---- the thread ---- */

struct turn {
    struct pollfd fds[RELAY_LINES_MAX + 2 * RELAY_PAIRS_MAX];
    size_t place[RELAY_PAIRS_MAX]; /* of a pair's two; 0: it is not open */
    size_t count;
};

static void prepare(const struct relay *relay, struct turn *turn)
{
    turn->count = relay->line_count;
    for (size_t i = 0; i < relay->line_count; i++)
        turn->fds[i] = (struct pollfd){.fd = relay->lines[i].listener, .events = POLLIN};
    for (size_t i = 0; i < relay->pair_count; i++) {
        const struct pair *pair = relay->pairs[i];
        turn->place[i] = pair->is_open ? turn->count : 0;
        if (!pair->is_open)
            continue;
        watch(&relay->lines[pair->line], pair, turn->fds + turn->count);
        turn->count += 2;
    }
}

static void *run(void *context)
{
    struct relay *relay = context;
    struct turn *turn = calloc(1, sizeof *turn);

    pthread_mutex_lock(&relay->lock);
    while (turn != NULL && !relay->is_stopping) {
        size_t lines = relay->line_count;
        size_t pairs = relay->pair_count;
        prepare(relay, turn);
        pthread_mutex_unlock(&relay->lock);
        poll(turn->fds, turn->count, TURN_MS);
        pthread_mutex_lock(&relay->lock);
        for (size_t i = 0; i < pairs; i++) {
            struct pair *pair = relay->pairs[i];
            if (turn->place[i] != 0)
                serve_pair(&relay->lines[pair->line], pair, turn->fds + turn->place[i]);
        }
        for (size_t i = 0; i < lines; i++)
            if (turn->fds[i].revents != 0)
                take_in(relay, i);
    }
    pthread_mutex_unlock(&relay->lock);
    free(turn);
    return NULL;
}

struct relay *relay_start(void)
{
    struct relay *relay = calloc(1, sizeof *relay);

    if (relay == NULL)
        return NULL;
    pthread_mutex_init(&relay->lock, NULL);
    if (pthread_create(&relay->thread, NULL, run, relay) == 0)
        return relay;
    pthread_mutex_destroy(&relay->lock);
    free(relay);
    return NULL;
}

static int listen_anywhere(uint16_t *port)
{
    struct sockaddr_in address = local(0);
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, BACKLOG) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        *port = ntohs(address.sin_port);
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

uint16_t relay_open(struct relay *relay, uint16_t server_port, size_t *line)
{
    uint16_t port = 0;
    int fd = relay->line_count < RELAY_LINES_MAX ? listen_anywhere(&port) : -1;

    if (fd < 0)
        return 0;
    pthread_mutex_lock(&relay->lock);
    *line = relay->line_count++;
    relay->lines[*line] = (struct line){.listener = fd, .server_port = server_port};
    pthread_mutex_unlock(&relay->lock);
    return port;
}

void relay_set(struct relay *relay, size_t line, enum relay_mode mode, uint32_t delay_ms)
{
    pthread_mutex_lock(&relay->lock);
    relay->lines[line].mode = mode;
    relay->lines[line].delay_ms = delay_ms;
    pthread_mutex_unlock(&relay->lock);
}

void relay_stop(struct relay *relay)
{
    pthread_mutex_lock(&relay->lock);
    relay->is_stopping = true;
    pthread_mutex_unlock(&relay->lock);
    pthread_join(relay->thread, NULL);
    for (size_t i = 0; i < relay->pair_count; i++) {
        if (relay->pairs[i]->is_open)
            close_pair(relay->pairs[i]);
        free(relay->pairs[i]);
    }
    for (size_t i = 0; i < relay->line_count; i++)
        close(relay->lines[i].listener);
    pthread_mutex_destroy(&relay->lock);
    free(relay);
}

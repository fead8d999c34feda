#include "test/lib/cutter.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PAIRS_MAX 32
#define KEPT_MAX (256 * 1024)

/* A client's connection and ours to the server; -1: closed. */
struct pair {
    int client;
    int server;
    bool awaits_cut; /* CUT_ANSWER: its next answer is the one to lose */
};

struct cutter {
    pthread_t thread;
    pthread_mutex_t lock;
    char server_path[108];
    int listener;
    bool is_stopping;
    enum cut armed;
    unsigned passing; /* requests that go through before it cuts */
    unsigned cuts;
    struct pair pairs[PAIRS_MAX];
    int kept_fd; /* the server's side of a late request; -1: none */
    size_t kept_len;
    uint8_t kept[KEPT_MAX];
};

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return address;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_pair(struct pair *pair)
{
    close_fd(&pair->client);
    close_fd(&pair->server);
    pair->awaits_cut = false;
}

static void send_all(int fd, const uint8_t *at, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        at += sent;
        len -= (size_t)sent;
    }
}

static void accept_one(struct cutter *cutter)
{
    struct sockaddr_un address = address_of(cutter->server_path);
    int client = accept4(cutter->listener, NULL, NULL, SOCK_CLOEXEC);
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    for (size_t i = 0; i < PAIRS_MAX && cutter->armed != CUT_ALL; i++) {
        struct pair *pair = &cutter->pairs[i];
        if (pair->client >= 0)
            continue;
        if (connect(server, (struct sockaddr *)&address, sizeof address) != 0)
            break;
        *pair = (struct pair){client, server, false};
        return;
    }
    close_fd(&client);
    close_fd(&server);
}

static void keep(struct cutter *cutter, struct pair *pair, const uint8_t *at, size_t len)
{
    cutter->kept_fd = pair->server;
    memcpy(cutter->kept, at, len);
    cutter->kept_len = len;
    pair->server = -1;
    close_pair(pair);
}

static void take_request(struct cutter *cutter, struct pair *pair, const uint8_t *at, size_t len)
{
    enum cut cut = cutter->passing > 0 ? CUT_NOTHING : cutter->armed;

    if (cutter->passing > 0)
        cutter->passing--;
    else if (cut != CUT_ALL)
        cutter->armed = CUT_NOTHING;
    cutter->cuts += cut != CUT_NOTHING;
    if (cut == CUT_LATE)
        keep(cutter, pair, at, len);
    else if (cut == CUT_REQUEST || cut == CUT_ALL)
        close_pair(pair);
    else
        send_all(pair->server, at, len);
    pair->awaits_cut = cut == CUT_ANSWER;
}

static void forward(struct cutter *cutter, struct pair *pair, bool from_client)
{
    static uint8_t room[KEPT_MAX];
    ssize_t got = recv(from_client ? pair->client : pair->server, room, sizeof room, 0);

    if (got <= 0 || (!from_client && pair->awaits_cut))
        close_pair(pair);
    else if (from_client)
        take_request(cutter, pair, room, (size_t)got);
    else
        send_all(pair->client, room, (size_t)got);
}

static void serve_once(struct cutter *cutter)
{
    struct pollfd fds[1 + 2 * PAIRS_MAX];

    fds[0] = (struct pollfd){.fd = cutter->listener, .events = POLLIN};
    for (size_t i = 0; i < PAIRS_MAX; i++) {
        fds[1 + 2 * i] = (struct pollfd){.fd = cutter->pairs[i].client, .events = POLLIN};
        fds[2 + 2 * i] = (struct pollfd){.fd = cutter->pairs[i].server, .events = POLLIN};
    }
    pthread_mutex_unlock(&cutter->lock);
    poll(fds, sizeof fds / sizeof fds[0], 5);
    pthread_mutex_lock(&cutter->lock);
    if (fds[0].revents != 0)
        accept_one(cutter);
    for (size_t i = 0; i < PAIRS_MAX; i++) {
        struct pair *pair = &cutter->pairs[i];
        if (fds[1 + 2 * i].revents != 0 && pair->client == fds[1 + 2 * i].fd)
            forward(cutter, pair, true);
        if (fds[2 + 2 * i].revents != 0 && pair->server == fds[2 + 2 * i].fd && pair->server >= 0)
            forward(cutter, pair, false);
    }
}

static void *serve(void *context)
{
    struct cutter *cutter = context;

    pthread_mutex_lock(&cutter->lock);
    while (!cutter->is_stopping)
        serve_once(cutter);
    pthread_mutex_unlock(&cutter->lock);
    return NULL;
}

struct cutter *cutter_start(const char *path, const char *server)
{
    struct sockaddr_un address = address_of(path);
    struct cutter *cutter = calloc(1, sizeof *cutter);

    if (cutter == NULL)
        return NULL;
    snprintf(cutter->server_path, sizeof cutter->server_path, "%s", server);
    pthread_mutex_init(&cutter->lock, NULL);
    cutter->kept_fd = -1;
    for (size_t i = 0; i < PAIRS_MAX; i++)
        cutter->pairs[i] = (struct pair){-1, -1, false};
    cutter->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(cutter->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(cutter->listener, 16) != 0 ||
        pthread_create(&cutter->thread, NULL, serve, cutter) != 0) {
        close(cutter->listener);
        free(cutter);
        return NULL;
    }
    return cutter;
}

void cutter_arm(struct cutter *cutter, enum cut cut)
{
    cutter_arm_after(cutter, 0, cut);
}

void cutter_arm_after(struct cutter *cutter, unsigned requests, enum cut cut)
{
    pthread_mutex_lock(&cutter->lock);
    cutter->armed = cut;
    cutter->passing = requests;
    for (size_t i = 0; i < PAIRS_MAX && cut == CUT_ALL; i++)
        close_pair(&cutter->pairs[i]);
    pthread_mutex_unlock(&cutter->lock);
}

bool cutter_deliver(struct cutter *cutter)
{
    uint8_t answer[4096];

    pthread_mutex_lock(&cutter->lock);
    int fd = cutter->kept_fd;
    cutter->kept_fd = -1;
    pthread_mutex_unlock(&cutter->lock);
    if (fd < 0)
        return false;
    send_all(fd, cutter->kept, cutter->kept_len);
    ssize_t got = recv(fd, answer, sizeof answer, 0);
    close(fd);
    return got > 0;
}

unsigned cutter_cuts(struct cutter *cutter)
{
    pthread_mutex_lock(&cutter->lock);
    unsigned cuts = cutter->cuts;
    pthread_mutex_unlock(&cutter->lock);
    return cuts;
}

void cutter_stop(struct cutter *cutter)
{
    pthread_mutex_lock(&cutter->lock);
    cutter->is_stopping = true;
    pthread_mutex_unlock(&cutter->lock);
    pthread_join(cutter->thread, NULL);
    for (size_t i = 0; i < PAIRS_MAX; i++)
        close_pair(&cutter->pairs[i]);
    close_fd(&cutter->kept_fd);
    close(cutter->listener);
    pthread_mutex_destroy(&cutter->lock);
    free(cutter);
}

#include "app/demo/demo_wire.h"

#include "base/bounds.h"
#include "host/clock.h"
#include "wire/frame.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAIRS_MAX 16
#define ORDERS_MAX 16
#define LATE_MAX 256
#define TURN_MS 2
#define TYPE_LEN 4
#define CUP_HEAD_LEN (FRAME_TPDU_LEN + FRAME_HEADER_LEN)
#define CUP_AMOUNT_BIT 303 /* of a sale by chip: the last digit of the yuan */

/* One direction of a connection: what has arrived of a frame. */
struct stream {
    int from;
    int to;
    size_t len;
    uint8_t at[FRAME_LENGTH_LEN + FRAME_BODY_LEN_MAX];
};

struct pair {
    bool is_open;
    uint64_t number; /* counts connections: what is late for one that is gone is lost */
    struct stream streams[2];
};

/* A frame that is held up, or kept until it is told to go. */
struct late_frame {
    uint64_t pair;
    int direction;
    bool is_kept;
    int64_t due_ns;
    size_t len;
    uint8_t *at;
};

struct demo_wire {
    bool is_bank;
    uint16_t to_port;
    uint16_t port;
    int listener;
    pthread_t thread;
    pthread_mutex_t mutex; /* over all that follows */
    bool is_ending;
    struct demo_wire_order orders[ORDERS_MAX];
    char kept_type[TYPE_LEN + 1];
    uint64_t pairs_opened;
    struct pair pairs[PAIRS_MAX];
    size_t late_count;
    struct late_frame late[LATE_MAX];
};

/* ---- messages ---- */

static bool has_type(const struct demo_wire *wire, struct bytes body, const char *type)
{
    char found[TYPE_LEN + 1] = "";
    size_t at = wire->is_bank ? 0 : CUP_HEAD_LEN;

    if (body.len < at + TYPE_LEN)
        return false;
    if (wire->is_bank)
        memcpy(found, body.at, TYPE_LEN);
    else
        bytes_to_hex(body.at + at, TYPE_LEN / 2, found);
    return memcmp(found, type, TYPE_LEN) == 0;
}

static bool has_terminal(struct bytes body, const char *terminal)
{
    char id[TERMINAL_ID_LEN];

    return terminal == NULL || (identity_id_from_text(terminal, ' ', id, sizeof id) == OK &&
                                memmem(body.at, body.len, id, sizeof id) != NULL);
}

static void pass(struct pair *pair, int direction, struct bytes frame)
{
    size_t sent = 0;

    while (pair->is_open && sent < frame.len) {
        ssize_t count =
            send(pair->streams[direction].to, frame.at + sent, frame.len - sent, MSG_NOSIGNAL);
        if (count <= 0)
            return; /* the other end is gone: what was on its way is lost */
        sent += (size_t)count;
    }
}

static void put_off(struct demo_wire *wire, const struct pair *pair, int direction,
                    struct bytes frame, int64_t late_ms)
{
    uint8_t *copy = wire->late_count < LATE_MAX ? malloc(frame.len) : NULL;

    if (copy == NULL)
        return; /* lost, as on any line that is full */
    memcpy(copy, frame.at, frame.len);
    wire->late[wire->late_count++] =
        (struct late_frame){.pair = pair->number,
                            .direction = direction,
                            .is_kept = late_ms < 0,
                            .due_ns = moment_add_ms(clock_now(), late_ms).ns,
                            .len = frame.len,
                            .at = copy};
}

static struct demo_wire_order *find_order(struct demo_wire *wire, struct bytes body)
{
    for (int i = 0; i < ORDERS_MAX; i++) {
        struct demo_wire_order *order = &wire->orders[i];

        if (order->times > 0 && has_type(wire, body, order->type) &&
            has_terminal(body, order->terminal))
            return order;
    }
    return NULL;
}

static void carry(struct demo_wire *wire, struct pair *pair, int direction, struct bytes frame)
{
    struct bytes body = bytes_over(frame.at + FRAME_LENGTH_LEN, frame.len - FRAME_LENGTH_LEN);
    struct demo_wire_order *order = find_order(wire, body);

    if (order == NULL && wire->kept_type[0] != 0 && has_type(wire, body, wire->kept_type)) {
        put_off(wire, pair, direction, frame, -1);
        return;
    }
    if (order == NULL) {
        pass(pair, direction, frame);
        return;
    }
    order->times--;
    if (order->fault == WIRE_LOSES)
        return;
    if (order->fault == WIRE_HOLDS_UP) {
        put_off(wire, pair, direction, frame, order->late_ms);
        return;
    }
    if (order->fault == WIRE_FLIPS_AMOUNT && body.len * 8 > CUP_AMOUNT_BIT)
        ((uint8_t *)frame.at)[FRAME_LENGTH_LEN + CUP_AMOUNT_BIT / 8] ^=
            (uint8_t)(0x80U >> CUP_AMOUNT_BIT % 8);
    pass(pair, direction, frame);
    if (order->fault == WIRE_DOUBLES)
        pass(pair, direction, frame);
}

/* ---- connections ---- */

static void pair_close(struct pair *pair)
{
    if (!pair->is_open)
        return;
    close(pair->streams[0].from);
    close(pair->streams[1].from);
    pair->is_open = false;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (struct sockaddr *)&in, sizeof in) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void take_connection(struct demo_wire *wire)
{
    int near = accept4(wire->listener, NULL, NULL, SOCK_CLOEXEC);
    int far = near >= 0 ? connect_to(wire->to_port) : -1;

    for (int i = 0; far >= 0 && i < PAIRS_MAX; i++) {
        struct pair *pair = &wire->pairs[i];

        if (pair->is_open)
            continue;
        pair->is_open = true;
        pair->number = ++wire->pairs_opened;
        pair->streams[0].from = pair->streams[1].to = near;
        pair->streams[0].to = pair->streams[1].from = far;
        pair->streams[0].len = pair->streams[1].len = 0;
        return;
    }
    if (near >= 0)
        close(near);
    if (far >= 0)
        close(far);
}

static void read_stream(struct demo_wire *wire, struct pair *pair, int direction)
{
    struct stream *stream = &pair->streams[direction];
    ssize_t count =
        recv(stream->from, stream->at + stream->len, sizeof stream->at - stream->len, 0);
    size_t take = 0;
    struct bytes body;

    if (count <= 0) {
        pair_close(pair);
        return;
    }
    stream->len += (size_t)count;
    while (pair->is_open && frame_next(bytes_over(stream->at, stream->len), &take, &body) == OK) {
        carry(wire, pair, direction, bytes_over(stream->at, take));
        stream->len -= take;
        memmove(stream->at, stream->at + take, stream->len);
    }
}

static void send_late(struct demo_wire *wire)
{
    int64_t now_ns = clock_now().ns;
    size_t left = 0;

    for (size_t i = 0; i < wire->late_count; i++) {
        struct late_frame *late = &wire->late[i];

        if (late->is_kept || late->due_ns > now_ns) {
            wire->late[left++] = *late;
            continue;
        }
        for (int p = 0; p < PAIRS_MAX; p++)
            if (wire->pairs[p].is_open && wire->pairs[p].number == late->pair)
                pass(&wire->pairs[p], late->direction, bytes_over(late->at, late->len));
        free(late->at);
    }
    wire->late_count = left;
}

/* ---- the thread ---- */

static size_t fill_poll(struct demo_wire *wire, struct pollfd *fds, struct stream **streams)
{
    size_t count = 1;

    fds[0] = (struct pollfd){.fd = wire->listener, .events = POLLIN};
    for (int p = 0; p < PAIRS_MAX; p++) {
        for (int d = 0; wire->pairs[p].is_open && d < 2; d++) {
            streams[count] = &wire->pairs[p].streams[d];
            fds[count++] = (struct pollfd){.fd = wire->pairs[p].streams[d].from, .events = POLLIN};
        }
    }
    return count;
}

static void serve(struct demo_wire *wire, const struct pollfd *fds, struct stream *const *streams,
                  size_t count)
{
    if (fds[0].revents != 0)
        take_connection(wire);
    for (size_t i = 1; i < count; i++) {
        for (int p = 0; fds[i].revents != 0 && p < PAIRS_MAX; p++) {
            struct pair *pair = &wire->pairs[p];

            if (pair->is_open && streams[i] == &pair->streams[0])
                read_stream(wire, pair, 0);
            else if (pair->is_open && streams[i] == &pair->streams[1])
                read_stream(wire, pair, 1);
        }
    }
    send_late(wire);
}

static void *run(void *context)
{
    struct demo_wire *wire = context;
    struct pollfd fds[1 + 2 * PAIRS_MAX];
    struct stream *streams[1 + 2 * PAIRS_MAX];
    bool is_ending = false;

    while (!is_ending) {
        pthread_mutex_lock(&wire->mutex);
        size_t count = fill_poll(wire, fds, streams);
        pthread_mutex_unlock(&wire->mutex);
        if (poll(fds, count, TURN_MS) < 0)
            continue;
        pthread_mutex_lock(&wire->mutex);
        serve(wire, fds, streams, count);
        is_ending = wire->is_ending;
        pthread_mutex_unlock(&wire->mutex);
    }
    return NULL;
}

/* A listener on a free port of this machine. */
static int listen_anywhere(uint16_t *port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof in;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && (bind(fd, (struct sockaddr *)&in, sizeof in) != 0 || listen(fd, 64) != 0 ||
                    getsockname(fd, (struct sockaddr *)&in, &len) != 0)) {
        close(fd);
        return -1;
    }
    *port = ntohs(in.sin_port);
    return fd;
}

struct demo_wire *demo_wire_open(uint16_t to_port, bool is_bank)
{
    struct demo_wire *wire = calloc(1, sizeof *wire);

    if (wire == NULL)
        return NULL;
    wire->is_bank = is_bank;
    wire->to_port = to_port;
    wire->listener = listen_anywhere(&wire->port);
    pthread_mutex_init(&wire->mutex, NULL);
    if (wire->listener >= 0 && pthread_create(&wire->thread, NULL, run, wire) == 0)
        return wire;
    if (wire->listener >= 0)
        close(wire->listener);
    free(wire);
    return NULL;
}

uint16_t demo_wire_port(const struct demo_wire *wire)
{
    return wire->port;
}

void demo_wire_close(struct demo_wire *wire)
{
    if (wire == NULL)
        return;
    pthread_mutex_lock(&wire->mutex);
    wire->is_ending = true;
    pthread_mutex_unlock(&wire->mutex);
    pthread_join(wire->thread, NULL);
    for (int p = 0; p < PAIRS_MAX; p++)
        pair_close(&wire->pairs[p]);
    for (size_t i = 0; i < wire->late_count; i++)
        free(wire->late[i].at);
    close(wire->listener);
    pthread_mutex_destroy(&wire->mutex);
    free(wire);
}

void demo_wire_order(struct demo_wire *wire, const struct demo_wire_order *order)
{
    pthread_mutex_lock(&wire->mutex);
    for (int i = 0; i < ORDERS_MAX; i++) {
        if (wire->orders[i].times > 0)
            continue;
        wire->orders[i] = *order;
        break;
    }
    pthread_mutex_unlock(&wire->mutex);
}

void demo_wire_keep(struct demo_wire *wire, const char *type)
{
    pthread_mutex_lock(&wire->mutex);
    memset(wire->kept_type, 0, sizeof wire->kept_type);
    if (type != NULL)
        memcpy(wire->kept_type, type, TYPE_LEN);
    for (size_t i = 0; type == NULL && i < wire->late_count; i++)
        wire->late[i].is_kept = false;
    pthread_mutex_unlock(&wire->mutex);
}

uint32_t demo_wire_kept(struct demo_wire *wire)
{
    uint32_t kept = 0;

    pthread_mutex_lock(&wire->mutex);
    for (size_t i = 0; i < wire->late_count; i++)
        kept += wire->late[i].is_kept;
    pthread_mutex_unlock(&wire->mutex);
    return kept;
}

uint32_t demo_wire_waiting(struct demo_wire *wire)
{
    pthread_mutex_lock(&wire->mutex);
    uint32_t waiting = (uint32_t)wire->late_count;
    pthread_mutex_unlock(&wire->mutex);
    return waiting;
}

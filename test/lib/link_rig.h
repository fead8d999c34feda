/*
 * A small host for tests of links: one lane with a party that answers every request with 00, a
 * memory store, an HSM that is never asked, and a loop that the test turns by hand, so that the
 * test's own sockets and the links run on one thread. Included once, after cmocka.h.
 */
#ifndef TEST_LIB_LINK_RIG_H
#define TEST_LIB_LINK_RIG_H

#include "base/attribute.h"
#include "drivers/store_memory.h"
#include "host/clock.h"
#include "host/link.h"
#include "txn/profile.h"
#include "wire/builtin.h"
#include "wire/frame.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RIG_WAIT_MS 120000
#define RIG_PEER "62000001\0\0\0"

struct rig {
    uv_loop_t loop;
    uv_async_t wake;
    struct links *links;
    struct lane *lane;
    struct store_memory *memory;
    struct store store;
    uint16_t port;
    char address[32];
    char noted[256]; /* the last note */
    unsigned notes;
    bool is_stopped;
};

static struct rig rig;
static struct dialect rig_dialects[2];
static struct txn_profile rig_iso;
static struct txn_profile rig_cup;

/* ---- the party: pure but for what the test wants to know ---- */

static atomic_uint rig_ups;
static atomic_uint rig_downs;
static atomic_uint rig_voids; /* DOWN of an earlier run's link */
static atomic_uint rig_garbled;
static pthread_mutex_t rig_gate = PTHREAD_MUTEX_INITIALIZER; /* held: no step goes on */

static void rig_nothing(struct node_work *work)
{
    (void)work;
}

/* What makes the store be asked at all. */
static void rig_needs(struct node_work *work)
{
    if (work->event->kind == EVENT_COMMAND && work->event->command->kind == COMMAND_PUT_ROW)
        node_need(work, work->event->command->key);
}

static void rig_answer(struct node_work *work)
{
    const struct node_event *event = work->event;
    struct node_send *send = node_send_new(work, event->link);

    txn_message_answer(&event->message, &send->message);
    if (event->message.block.len > 0)
        send->message.block = node_block(work, event->message.block);
    memcpy(send->message.code, "00", 2);
}

/* A till's echo goes out on the terminal's line. */
static void rig_send_echo(struct node_work *work)
{
    struct node_send *send = node_send_new(work, NODE_LINE);

    send->message.kind = KIND_ECHO;
    send->message.function = FUNCTION_REQUEST;
    send->message.network_code = 301;
    send->message.sent = work->event->wall;
    memcpy(send->message.identity.acquirer, "48020000", 8);
    memcpy(send->message.identity.terminal, work->event->command->terminal, TERMINAL_ID_LEN);
    send->message.identity.trace = 1;
}

static void rig_step(struct node_work *work)
{
    enum event_kind kind = work->event->kind;

    pthread_mutex_lock(&rig_gate);
    pthread_mutex_unlock(&rig_gate);
    rig_ups += kind == EVENT_LINK_UP;
    rig_downs += kind == EVENT_LINK_DOWN && work->event->link != 0;
    rig_voids += kind == EVENT_LINK_DOWN && work->event->link == 0;
    rig_garbled += kind == EVENT_GARBLED;
    if (kind == EVENT_COMMAND && work->event->command->kind == COMMAND_ECHO)
        rig_send_echo(work);
    if (kind == EVENT_MESSAGE && (work->event->message.function == FUNCTION_REQUEST ||
                                  work->event->message.function == FUNCTION_REVERSAL))
        rig_answer(work);
}

static const struct node_party rig_party = {PARTY_ACQUIRER, rig_needs, rig_nothing, rig_step};

static void rig_execute(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                        size_t count)
{
    (void)self;
    (void)commands;
    memset(answers, 0, count * sizeof *answers);
}

static const struct hsm rig_hsm = {NULL, rig_execute};

/* ---- starting and stopping ---- */

static void rig_woken(uv_async_t *wake)
{
    (void)wake;
    if (rig.lane != NULL)
        links_drain(rig.links, rig.lane);
}

static void rig_wake(void *context)
{
    uv_async_send(context);
}

static void rig_show(void *context, const struct node_display *display)
{
    (void)context;
    (void)display;
}

static void rig_stopped(void *context, struct lane *lane)
{
    (void)context;
    (void)lane;
    rig.is_stopped = true;
}

static void rig_note(void *context, const char *words)
{
    (void)context;
    snprintf(rig.noted, sizeof rig.noted, "%s", words);
    rig.notes++;
}

static struct link_kind rig_kind(const struct txn_profile *profile, struct tls_context *tls)
{
    return (struct link_kind){
        .lane = rig.lane, .profile = profile, .profile_number = profile == &rig_cup, .tls = tls};
}

static UNUSED void rig_listen(const struct txn_profile *profile, struct tls_context *tls)
{
    char room[200];
    struct text error = text_over(room, sizeof room);
    struct link_kind kind = rig_kind(profile, tls);

    assert_int_equal(links_listen(rig.links, &kind, "127.0.0.1:0", &rig.port, &error), OK);
    snprintf(rig.address, sizeof rig.address, "127.0.0.1:%u", rig.port);
}

static void rig_compile(void)
{
    assert_int_equal(builtin_compile("iso87-ascii", NULL, &rig_dialects[0]), OK);
    assert_int_equal(builtin_compile("cup-pos", NULL, &rig_dialects[1]), OK);
    rig_iso = (struct txn_profile){
        .mapping = MAPPING_ISO87, .dialect = &rig_dialects[0], .currency = CURRENCY_CNY};
    rig_cup = (struct txn_profile){.mapping = MAPPING_CUP_POS,
                                   .dialect = &rig_dialects[1],
                                   .acquirer = "48020000",
                                   .tpdu = {0x60, 0x00, 0x03, 0x00, 0x00},
                                   .header_version = 31,
                                   .currency = CURRENCY_CNY};
}

/* setup: open_max, waits; the rest is filled in. */
static void rig_start(struct links_setup setup)
{
    static const struct txn_profile *const profiles[] = {&rig_iso, &rig_cup};
    struct store_memory_options options = {.node = 1};
    struct lane_setup lane = {.name = "rig",
                              .party = &rig_party,
                              .store = &rig.store,
                              .hsm = &rig_hsm,
                              .profiles = profiles,
                              .profile_count = ARRAY_COUNT(profiles),
                              .wake = rig_wake,
                              .wake_context = &rig.wake};

    memset(&rig, 0, sizeof rig);
    rig_ups = rig_downs = rig_voids = rig_garbled = 0;
    rig_compile();
    assert_int_equal(store_memory_new(&options, &rig.memory), OK);
    assert_int_equal(store_memory_attach(rig.memory, &rig.store), OK);
    assert_int_equal(uv_loop_init(&rig.loop), 0);
    assert_int_equal(uv_async_init(&rig.loop, &rig.wake, rig_woken), 0);
    setup.loop = &rig.loop;
    setup.show = rig_show;
    setup.stopped = rig_stopped;
    setup.note = rig_note;
    rig.links = links_new(&setup);
    assert_non_null(rig.links);
    assert_int_equal(lane_start(&lane, &rig.lane), OK);
}

static void rig_stop(void)
{
    links_finish(rig.links, rig.lane);
    lane_stop(rig.lane);
    rig.lane = NULL;
    links_free(rig.links);
    uv_close((uv_handle_t *)&rig.wake, NULL);
    uv_run(&rig.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&rig.loop), 0);
    store_memory_free(rig.memory);
}

/* ---- turning the loop ---- */

static void rig_turn(void)
{
    uv_run(&rig.loop, UV_RUN_NOWAIT);
    usleep(100);
}

static void rig_turn_ms(int ms)
{
    struct moment end = moment_add_ms(clock_now(), ms);

    while (clock_now().ns < end.ns)
        rig_turn();
}

/* Turns until a condition holds; fails when it takes too long. */
#define rig_until(condition)                                                                       \
    do {                                                                                           \
        struct moment end_ = moment_add_ms(clock_now(), RIG_WAIT_MS);                              \
        while (!(condition)) {                                                                     \
            rig_turn();                                                                            \
            if (clock_now().ns > end_.ns)                                                          \
                fail_msg("never: %s", #condition);                                                 \
        }                                                                                          \
    } while (0)

/* A command as a till gives it; what puts a row needs row 1 of the accounts. */
static UNUSED void rig_command(enum command_kind kind, const char *terminal)
{
    struct lane_item *item = lane_item_new(rig.lane);

    assert_non_null(item);
    item->event.kind = EVENT_COMMAND;
    item->has_command = true;
    memset(&item->command, 0, sizeof item->command);
    item->command.kind = kind;
    item->command.key = row_key_number(TABLE_ACCOUNT, 1);
    memcpy(item->command.terminal, terminal, TERMINAL_ID_LEN);
    lane_push(rig.lane);
}

/* ---- messages and clients ---- */

static size_t rig_frame(const struct txn_profile *profile, const struct txn_message *message,
                        uint8_t *out)
{
    struct txn_encoded encoded;

    assert_int_equal(
        txn_encode(profile, message, out + FRAME_LENGTH_LEN, FRAME_BODY_LEN_MAX, &encoded), OK);
    frame_put_length(out, encoded.len);
    return FRAME_LENGTH_LEN + encoded.len;
}

static size_t rig_echo(uint32_t trace, uint8_t *out)
{
    struct txn_message message = {.kind = KIND_ECHO,
                                  .function = FUNCTION_REQUEST,
                                  .network_code = 301,
                                  .sequence = -1,
                                  .sent = clock_wall(),
                                  .identity = {.acquirer = "48020000",
                                               .terminal = "T1      ",
                                               .class = IDENTITY_PAYMENT,
                                               .trace = trace}};

    return rig_frame(&rig_iso, &message, out);
}

static UNUSED size_t rig_reversal(uint32_t trace, uint8_t *out)
{
    struct txn_message message = {.kind = KIND_SALE,
                                  .function = FUNCTION_REVERSAL,
                                  .sequence = -1,
                                  .sent = clock_wall(),
                                  .original_sent = clock_wall(),
                                  .entry = ENTRY_STRIPE,
                                  .amount = {100, CURRENCY_CNY},
                                  .has_mac = true,
                                  .code = {'9', '8'},
                                  .merchant = "M1             ",
                                  .identity = {.acquirer = "48020000",
                                               .terminal = "T1      ",
                                               .class = IDENTITY_REVERSAL,
                                               .batch = 1,
                                               .trace = trace}};

    message.pan.len = 16;
    memcpy(message.pan.digits, "6200000100000003", 16);
    return rig_frame(&rig_iso, &message, out);
}

/* A client whose system keeps about receive_len bytes for it; 0: as many as usual. Set later, the
 * system would throw away what it has let the other side send. */
static int rig_connect_narrow(int receive_len)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(rig.port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (receive_len > 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_len, sizeof receive_len);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof in), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static UNUSED int rig_connect(void)
{
    return rig_connect_narrow(0);
}

static UNUSED void rig_send(int fd, const uint8_t *at, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t sent = send(fd, at + done, len - done, MSG_NOSIGNAL);
        assert_true(sent > 0 || errno == EAGAIN);
        done += sent > 0 ? (size_t)sent : 0;
        if (done < len)
            rig_turn();
    }
}

/* What has come to a client. */
struct rig_inbox {
    int fd;
    bool is_closed;
    size_t len;
    uint8_t at[1 << 20];
    uint8_t block[BLOCK_LEN_MAX];
};

static bool rig_receive(struct rig_inbox *inbox)
{
    ssize_t got = recv(inbox->fd, inbox->at + inbox->len, sizeof inbox->at - inbox->len, 0);

    if (got == 0 || (got < 0 && errno != EAGAIN))
        inbox->is_closed = true;
    inbox->len += got > 0 ? (size_t)got : 0;
    return inbox->is_closed;
}

/* Takes the next answer; false: there is none yet. */
static UNUSED bool rig_next(struct rig_inbox *inbox, const struct txn_profile *profile,
                            struct txn_message *out)
{
    struct bytes body;
    struct txn_decoded decoded;
    size_t take = 0;

    rig_receive(inbox);
    if (frame_next(bytes_over(inbox->at, inbox->len), &take, &body) != OK)
        return false;
    assert_int_equal(txn_decode(profile, body, clock_wall(), out, &decoded), OK);
    if (out->block.len > 0) { /* it lies in what moves now */
        memcpy(inbox->block, out->block.at, out->block.len);
        out->block.at = inbox->block;
    }
    inbox->len -= take;
    memmove(inbox->at, inbox->at + take, inbox->len);
    return true;
}

/* One request and its answer: the link and everything behind it work. */
static UNUSED void rig_check(int fd, uint32_t trace)
{
    static struct rig_inbox inbox;
    uint8_t frame[FRAME_LENGTH_LEN + FRAME_BODY_LEN_MAX];
    struct txn_message answer;

    inbox = (struct rig_inbox){.fd = fd};
    rig_send(fd, frame, rig_echo(trace, frame));
    rig_until(rig_next(&inbox, &rig_iso, &answer));
    assert_int_equal(answer.function, FUNCTION_RESPONSE);
    assert_int_equal(answer.identity.trace, trace);
    assert_memory_equal(answer.code, "00", 2);
}

/* ---- far ends ---- */

struct rig_end {
    int listener;
    char address[32];
};

/* The other end of links that we make: port 0 is any free one. */
static UNUSED struct rig_end rig_end_listen(uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t len = sizeof in;
    int one = 1;
    struct rig_end far = {.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)};

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(far.listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    assert_int_equal(bind(far.listener, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(far.listener, 16), 0);
    getsockname(far.listener, (struct sockaddr *)&in, &len);
    snprintf(far.address, sizeof far.address, "127.0.0.1:%u", ntohs(in.sin_port));
    return far;
}

static UNUSED int rig_end_accept(const struct rig_end *far)
{
    return accept4(far->listener, NULL, NULL, SOCK_NONBLOCK);
}

static UNUSED bool rig_is_closed(int fd)
{
    uint8_t byte;
    ssize_t got = recv(fd, &byte, 1, 0);

    return got == 0 || (got < 0 && errno != EAGAIN);
}

#endif

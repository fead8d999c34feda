/* Listeners, and the life of the set of links. */
#include "base/assert.h"
#include "host/clock.h"
#include "host/link_state.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define SWEEP_MS 200
#define BACKLOG 1024

struct listener {
    uv_tcp_t tcp;
    struct links *links;
    struct link_kind kind;
    char address[LINK_ADDRESS_LEN];
    uint16_t port;
    struct listener *next;
};

/* A way that was pulled, so that it can be mended. */
struct pulled {
    struct link_kind kind;
    char address[LINK_ADDRESS_LEN];
    uint16_t port;
    struct pulled *next;
};

enum err listener_address(const char *text, struct sockaddr_in *out)
{
    const char *colon = strrchr(text, ':');
    char host[LINK_ADDRESS_LEN];
    uint64_t port = 0;

    if (colon == NULL || (size_t)(colon - text) >= sizeof host || colon[1] == 0 ||
        bytes_to_number(colon + 1, strlen(colon + 1), &port) != OK || port > 65535)
        return ERR_CONFIG;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    memset(out, 0, sizeof *out);
    out->sin_family = AF_INET;
    out->sin_port = htons((uint16_t)port);
    return inet_pton(AF_INET, host, &out->sin_addr) == 1 ? OK : ERR_CONFIG;
}

/* ---- accepting ---- */

static void refuse_closed(uv_handle_t *handle)
{
    free(handle);
}

/* Accepts in order to close: the only way to tell the peer. */
static void refuse(struct listener *listener)
{
    uv_tcp_t *tcp = malloc(sizeof *tcp);

    listener->links->counters.refused++;
    if (tcp == NULL || uv_tcp_init(listener->links->setup.loop, tcp) != 0) {
        free(tcp);
        return;
    }
    (void)uv_accept((uv_stream_t *)&listener->tcp, (uv_stream_t *)tcp);
    uv_close((uv_handle_t *)tcp, refuse_closed);
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct listener *listener = stream->data;

    if (status != 0)
        return;
    struct link *link = link_new(listener->links, &listener->kind);
    if (link == NULL) {
        refuse(listener);
        return;
    }
    if (uv_accept(stream, (uv_stream_t *)&link->tcp) != 0) {
        link_close(link);
        return;
    }
    listener->links->counters.accepted++;
    link->listened_port = listener->port;
    if (link->kind.tls != NULL && (link->tls = tls_new(link->kind.tls)) == NULL)
        link_close(link);
    else
        link_start(link);
}

static void listener_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;

    listener->links->closing--;
    free(listener);
}

static enum err listen_failed(struct listener *listener, const char *address, int status,
                              struct text *error)
{
    text_add(error, "cannot listen on ");
    text_add(error, address);
    text_add(error, ": ");
    text_add(error, status == UV_EADDRINUSE ? "the port is in use by another process"
                                            : uv_strerror(status));
    listener->tcp.data = listener;
    listener->links->closing++;
    uv_close((uv_handle_t *)&listener->tcp, listener_closed);
    return status == UV_EADDRINUSE ? ERR_BUSY : ERR_IO;
}

enum err links_listen(struct links *links, const struct link_kind *kind, const char *address,
                      uint16_t *port, struct text *error)
{
    struct sockaddr_in in;
    int len = sizeof in;

    if (listener_address(address, &in) != OK) {
        text_add(error, address);
        text_add(error, ": expected an address such as 127.0.0.1:8583");
        return ERR_CONFIG;
    }
    struct listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL)
        return ERR_FULL;
    listener->links = links;
    listener->kind = *kind;
    uv_tcp_init(links->setup.loop, &listener->tcp);
    int status = uv_tcp_bind(&listener->tcp, (const struct sockaddr *)&in, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, on_connection);
    if (status == 0)
        status = uv_tcp_getsockname(&listener->tcp, (struct sockaddr *)&in, &len);
    if (status != 0)
        return listen_failed(listener, address, status, error);
    listener->tcp.data = listener;
    listener->next = links->listeners;
    links->listeners = listener;
    listener->port = ntohs(in.sin_port);
    uv_ip4_name(&in, listener->address, sizeof listener->address);
    *port = listener->port;
    return OK;
}

/* ---- pulling and mending a way ---- */

static void close_accepted(struct links *links, uint16_t port)
{
    for (size_t i = 0; i < links->slot_count; i++) {
        struct link *link = links->slots[i];

        if (link != NULL && link->listened_port == port)
            link_close(link);
    }
}

enum err links_pull(struct links *links, uint16_t port)
{
    struct listener **at = &links->listeners;

    while (*at != NULL && (*at)->port != port)
        at = &(*at)->next;
    struct pulled *pulled = *at == NULL ? NULL : calloc(1, sizeof *pulled);
    if (pulled == NULL)
        return *at == NULL ? ERR_NOT_FOUND : ERR_FULL;
    struct listener *listener = *at;
    pulled->kind = listener->kind;
    memcpy(pulled->address, listener->address, sizeof pulled->address);
    pulled->port = port;
    pulled->next = links->pulled;
    links->pulled = pulled;
    *at = listener->next;
    links->closing++;
    uv_close((uv_handle_t *)&listener->tcp, listener_closed);
    close_accepted(links, port);
    return OK;
}

enum err links_mend(struct links *links, uint16_t port, struct text *error)
{
    struct pulled **at = &links->pulled;
    char address[2 * LINK_ADDRESS_LEN];
    struct text t = text_over(address, sizeof address);

    while (*at != NULL && (*at)->port != port)
        at = &(*at)->next;
    if (*at == NULL)
        return ERR_NOT_FOUND;
    struct pulled *pulled = *at;
    text_add(&t, pulled->address);
    text_add_char(&t, ':');
    text_add_u64(&t, port);
    TRY(links_listen(links, &pulled->kind, text_z(&t), &port, error));
    *at = pulled->next;
    free(pulled);
    return OK;
}

void listeners_free(struct links *links)
{
    while (links->listeners != NULL) {
        struct listener *listener = links->listeners;

        links->listeners = listener->next;
        links->closing++;
        uv_close((uv_handle_t *)&listener->tcp, listener_closed);
    }
}

/* ---- the set of links ---- */

static void sweep_link(struct link *link, struct moment now)
{
    if (link->is_paused)
        link_resume(link);
    else if (link->parting_end.ns != 0 && now.ns > link->parting_end.ns)
        link_close(link);
    else if (link->partial_since.ns != 0 &&
             now.ns - link->partial_since.ns >
                 (int64_t)link->links->setup.frame_wait_ms * 1000000) {
        link_note(link, link->is_ready ? "a frame that had begun was not whole in time"
                                       : "the TLS handshake was not done in time");
        link->links->counters.closed_bad++;
        link_close(link);
    }
}

static void sweep(uv_timer_t *timer)
{
    struct links *links = timer->data;
    struct moment now = clock_now();

    for (size_t i = 0; i < links->slot_count; i++) {
        struct link *link = links->slots[i];

        if (link != NULL && !uv_is_closing((uv_handle_t *)&link->tcp))
            sweep_link(link, now);
    }
    keepers_tell(links);
    links_flush(links);
}

static bool allocate(struct links *links, size_t count)
{
    links->slots = calloc(count, sizeof *links->slots);
    links->free_slots = calloc(count, sizeof *links->free_slots);
    if (links->slots == NULL || links->free_slots == NULL)
        return false;
    links->slot_count = count;
    links->free_count = count;
    for (size_t i = 0; i < count; i++)
        links->free_slots[i] = (uint32_t)(count - 1 - i);
    return true;
}

static uint32_t wait_or(uint32_t wanted, uint32_t otherwise)
{
    return wanted != 0 ? wanted : otherwise;
}

static void set_defaults(struct links_setup *setup)
{
    setup->frame_wait_ms = wait_or(setup->frame_wait_ms, LINK_FRAME_WAIT_MS);
    setup->connect_wait_ms = wait_or(setup->connect_wait_ms, LINK_CONNECT_WAIT_MS);
    setup->retry_first_ms = wait_or(setup->retry_first_ms, LINK_RETRY_FIRST_MS);
    setup->retry_max_ms = wait_or(setup->retry_max_ms, LINK_RETRY_MAX_MS);
    setup->hold_ms = wait_or(setup->hold_ms, LINK_HOLD_MS);
    if (setup->out_len_max == 0)
        setup->out_len_max = LINK_OUT_LEN_MAX;
    assert(setup->retry_first_ms >= 2); /* a closed link must be gone before the next try */
}

struct links *links_new(const struct links_setup *setup)
{
    struct links *links = calloc(1, sizeof *links);

    assert(setup->open_max > 0);
    assert(setup->open_max < LINK_SLOTS_MAX);
    if (links == NULL)
        return NULL;
    links->setup = *setup;
    set_defaults(&links->setup);
    signal(SIGPIPE, SIG_IGN);
    clock_entropy((uint8_t *)&links->run, sizeof links->run);
    links->run |= 1;
    if (!allocate(links, setup->open_max)) {
        free(links->slots);
        free(links->free_slots);
        free(links);
        return NULL;
    }
    uv_timer_init(setup->loop, &links->sweep);
    links->sweep.data = links;
    uint32_t sweep_ms = links->setup.frame_wait_ms / 4 + 1;
    sweep_ms = sweep_ms < SWEEP_MS ? sweep_ms : SWEEP_MS;
    uv_timer_start(&links->sweep, sweep, sweep_ms, sweep_ms);
    return links;
}

static void sweep_closed(uv_handle_t *handle)
{
    struct links *links = handle->data;

    links->closing--;
}

void links_quiesce(struct links *links)
{
    links->is_quiet = true;
    listeners_free(links);
}

/* Closing with bytes unread would make the kernel reset the connection, and the last answers could
 * be lost on their way. */
static void part(struct link *link)
{
    uint8_t *room = link->links->read_room;
    int fd = -1;

    if (!uv_is_closing((uv_handle_t *)&link->tcp) &&
        uv_fileno((uv_handle_t *)&link->tcp, &fd) == 0 && shutdown(fd, SHUT_WR) == 0) {
        while (recv(fd, room, sizeof link->links->read_room, MSG_DONTWAIT) > 0)
            ;
    }
    link_close(link);
}

void links_free(struct links *links)
{
    links_quiesce(links);
    keepers_free(links);
    links->closing++;
    uv_close((uv_handle_t *)&links->sweep, sweep_closed);
    for (size_t i = 0; i < links->slot_count; i++) {
        if (links->slots[i] != NULL)
            part(links->slots[i]);
    }
    while (links->closing > 0 || links->counters.open > 0)
        uv_run(links->setup.loop, UV_RUN_ONCE);
    free(links->slots);
    free(links->free_slots);
    free(links->lines);
    while (links->pulled != NULL) {
        struct pulled *pulled = links->pulled;
        links->pulled = pulled->next;
        free(pulled);
    }
    free(links);
}

const struct link_counters *links_counters(const struct links *links)
{
    return &links->counters;
}

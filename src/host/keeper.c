/*
 * Keepers: links that we make and keep up, with growing, jittered pauses between tries.
 *
 *     WAITING -- pause over: keeper_try --> CONNECTING -- connected --> UP
 *        ^                                     | refused, too slow       | closed
 *        +-------------------------------------+-------------------------+
 */
#include "base/assert.h"
#include "base/prng.h"
#include "host/clock.h"
#include "host/link_state.h"

#include <stdlib.h>
#include <string.h>

struct keeper {
    struct links *links;
    struct link_kind kind;
    struct sockaddr_in address;
    char peer[ACQUIRER_ID_LEN];     /* zeros: a terminal's line */
    char terminal[TERMINAL_ID_LEN]; /* zeros: the line of all */
    struct link *link;              /* connecting or up; NULL while waiting */
    bool is_up;
    uint32_t pause_ms;
    uv_timer_t timer; /* the pause, or the wait for the connect */
    uv_connect_t connect;
    struct keeper *next;
};

static void keeper_try(uv_timer_t *timer);

/* Tells the party that a peer came or went. A lane too full to hear it is told at the next
 * change; messages to a link that is gone count as lost, which every protocol here survives. */
static void tell(struct keeper *keeper, enum event_kind kind, uint64_t handle)
{
    struct lane_item *item;

    if (keeper->peer[0] == 0 || keeper->links->is_quiet)
        return;
    item = lane_item_new(keeper->kind.lane);
    if (item == NULL)
        return;
    item->event.kind = kind;
    item->event.link = handle;
    memcpy(item->event.peer, keeper->peer, sizeof item->event.peer);
    lane_push(keeper->kind.lane);
}

static void pause_then_try(struct keeper *keeper)
{
    struct prng prng;
    uint64_t seed;

    if (keeper->links->is_quiet)
        return;
    clock_entropy((uint8_t *)&seed, sizeof seed);
    prng_seed(&prng, seed);
    uint64_t pause = keeper->pause_ms / 2 + prng_below(&prng, keeper->pause_ms / 2 + 1);
    keeper->pause_ms =
        keeper->pause_ms * 2 > LINK_RETRY_MAX_MS ? LINK_RETRY_MAX_MS : keeper->pause_ms * 2;
    uv_timer_start(&keeper->timer, keeper_try, pause, 0);
}

static uint64_t link_handle(const struct link *link)
{
    return link_handle_of(link->kind.profile_number, link->links->run, link->generation,
                          link->slot);
}

void keeper_link_closed(struct keeper *keeper, struct link *link)
{
    assert(keeper->link == link);
    keeper->link = NULL;
    if (keeper->is_up)
        tell(keeper, EVENT_LINK_DOWN, link_handle(link));
    keeper->is_up = false;
    pause_then_try(keeper);
}

static void connect_late(uv_timer_t *timer)
{
    struct keeper *keeper = timer->data;

    if (keeper->link != NULL && !keeper->is_up)
        link_close(keeper->link);
}

static void on_connect(uv_connect_t *connect, int status)
{
    struct keeper *keeper = connect->data;
    struct link *link = keeper->link;

    if (link == NULL || uv_is_closing((uv_handle_t *)&link->tcp))
        return;
    if (status != 0) {
        link_close(link);
        return;
    }
    uv_timer_stop(&keeper->timer);
    if (link->kind.tls != NULL) {
        link->tls = tls_new(link->kind.tls);
        if (link->tls == NULL || !tls_start(link->tls, link)) {
            link_close(link);
            return;
        }
    }
    keeper->is_up = true;
    keeper->pause_ms = LINK_RETRY_FIRST_MS;
    memcpy(link->peer, keeper->peer, sizeof link->peer);
    link_start(link);
    links_flush(keeper->links);
    tell(keeper, EVENT_LINK_UP, link_handle(link));
}

static void keeper_try(uv_timer_t *timer)
{
    struct keeper *keeper = timer->data;
    struct link *link = link_new(keeper->links, &keeper->kind);

    assert(keeper->link == NULL);
    if (link == NULL) {
        pause_then_try(keeper);
        return;
    }
    link->keeper = keeper;
    keeper->link = link;
    keeper->connect.data = keeper;
    uv_timer_start(&keeper->timer, connect_late, LINK_CONNECT_WAIT_MS, 0);
    if (uv_tcp_connect(&keeper->connect, &link->tcp, (const struct sockaddr *)&keeper->address,
                       on_connect) != 0)
        link_close(link);
}

static struct keeper *keeper_new(struct links *links, const struct link_kind *kind,
                                 const char *address, struct text *error)
{
    struct keeper *keeper = calloc(1, sizeof *keeper);

    if (keeper == NULL)
        return NULL;
    if (listener_address(address, &keeper->address) != OK || keeper->address.sin_port == 0) {
        text_add(error, address);
        text_add(error, ": expected an address and port such as 127.0.0.1:8583");
        free(keeper);
        return NULL;
    }
    keeper->links = links;
    keeper->kind = *kind;
    keeper->pause_ms = LINK_RETRY_FIRST_MS;
    uv_timer_init(links->setup.loop, &keeper->timer);
    keeper->timer.data = keeper;
    keeper->next = links->keepers;
    links->keepers = keeper;
    return keeper;
}

enum err links_keep_peer(struct links *links, const struct link_kind *kind, const char *address,
                         const char peer[static ACQUIRER_ID_LEN], struct text *error)
{
    struct keeper *keeper = keeper_new(links, kind, address, error);

    if (keeper == NULL)
        return ERR_CONFIG;
    memcpy(keeper->peer, peer, sizeof keeper->peer);
    tell(keeper, EVENT_LINK_DOWN, 0); /* what an earlier run believed is void */
    keeper_try(&keeper->timer);
    return OK;
}

/* ---- lines of terminals, by id ---- */

static struct keeper **line_slot(struct keeper **lines, size_t cap,
                                 const char terminal[static TERMINAL_ID_LEN])
{
    size_t at = (size_t)account_of_text(terminal, TERMINAL_ID_LEN) & (cap - 1);

    while (lines[at] != NULL && memcmp(lines[at]->terminal, terminal, TERMINAL_ID_LEN) != 0)
        at = (at + 1) & (cap - 1);
    return &lines[at];
}

static bool line_grow(struct links *links)
{
    size_t cap = links->line_cap == 0 ? 64 : 2 * links->line_cap;
    struct keeper **lines = calloc(cap, sizeof *lines);

    if (lines == NULL)
        return false;
    for (size_t i = 0; i < links->line_cap; i++) {
        if (links->lines[i] != NULL)
            *line_slot(lines, cap, links->lines[i]->terminal) = links->lines[i];
    }
    free(links->lines);
    links->lines = lines;
    links->line_cap = cap;
    return true;
}

enum err links_keep_line(struct links *links, const struct link_kind *kind, const char *address,
                         const char *terminal, struct text *error)
{
    char id[TERMINAL_ID_LEN];

    if (terminal != NULL)
        TRY(identity_id_from_text(terminal, ' ', id, sizeof id));
    if (2 * (links->line_count + 1) > links->line_cap && !line_grow(links))
        return ERR_FULL;
    struct keeper *keeper = keeper_new(links, kind, address, error);
    if (keeper == NULL)
        return ERR_CONFIG;
    if (terminal == NULL) {
        links->default_line = keeper;
    } else {
        memcpy(keeper->terminal, id, sizeof id);
        *line_slot(links->lines, links->line_cap, id) = keeper;
        links->line_count++;
    }
    keeper_try(&keeper->timer);
    return OK;
}

static const struct keeper *line_keeper(const struct links *links,
                                        const char terminal[static TERMINAL_ID_LEN])
{
    const struct keeper *own =
        links->line_cap == 0 ? NULL : *line_slot(links->lines, links->line_cap, terminal);

    return own != NULL ? own : links->default_line;
}

struct link *keeper_line_of(struct links *links, const char terminal[static TERMINAL_ID_LEN])
{
    const struct keeper *keeper = line_keeper(links, terminal);

    return keeper == NULL || !keeper->is_up ? NULL : keeper->link;
}

bool links_line_is_up(const struct links *links, const char terminal[static TERMINAL_ID_LEN])
{
    const struct keeper *keeper = line_keeper(links, terminal);

    return keeper != NULL && keeper->is_up;
}

static void keeper_closed(uv_handle_t *handle)
{
    struct keeper *keeper = handle->data;

    keeper->links->closing--;
    free(keeper);
}

void keepers_free(struct links *links)
{
    while (links->keepers != NULL) {
        struct keeper *keeper = links->keepers;

        links->keepers = keeper->next;
        if (keeper->link != NULL) {
            keeper->link->keeper = NULL;
            link_close(keeper->link);
        }
        keeper->link = NULL;
        keeper->is_up = false;
        links->closing++;
        uv_close((uv_handle_t *)&keeper->timer, keeper_closed);
    }
    links->default_line = NULL;
    links->line_cap = 0;
}

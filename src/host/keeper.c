/*
 * Keepers: links that we make and keep up, with growing, jittered pauses between tries.
 *
 *     WAITING -- pause over: keeper_try --> CONNECTING -- shaken hands: keeper_link_ready --> UP
 *        ^                                     | refused, too slow                            |
 *        +-------------------------------------+----------------------------------- closed --+
 *
 * The party hears of UP and of its end once each. When the lane is too full to hear it, `told` says
 * what the party still believes, and the sweep tells it later.
 */
#include "base/assert.h"
#include "base/prng.h"
#include "host/clock.h"
#include "host/link_state.h"

#include <stdlib.h>
#include <string.h>

/* What an earlier run believed is void: the party first hears of a DOWN without a link. */
#define TOLD_BY_ANOTHER_RUN UINT64_MAX

struct keeper {
    struct links *links;
    struct link_kind kind;
    struct sockaddr_in address;
    char peer[ACQUIRER_ID_LEN];     /* zeros: a terminal's line */
    char terminal[TERMINAL_ID_LEN]; /* zeros: the line of all */
    struct link *link;              /* connecting or up; NULL while waiting */
    bool is_up;
    uint64_t told; /* handle of the link that the party believes to be up; 0: none */
    struct moment up_since;
    uint32_t pause_ms;
    uv_timer_t timer; /* the pause, or the wait for the connect and the handshake */
    struct keeper *next;
};

static void keeper_try(uv_timer_t *timer);

static uint64_t link_handle(const struct link *link)
{
    return link_handle_of(link->kind.profile_number, link->links->run, link->generation,
                          link->slot);
}

/* False: the lane is full. */
static bool tell_one(struct keeper *keeper, enum event_kind kind, uint64_t handle)
{
    struct lane_item *item = lane_item_new(keeper->kind.lane);

    if (item == NULL)
        return false;
    item->event.kind = kind;
    item->event.link = handle;
    memcpy(item->event.peer, keeper->peer, sizeof item->event.peer);
    lane_push(keeper->kind.lane);
    return true;
}

/* Tells the party what it does not know yet: that the link it believes in is gone, and that there
 * is another. */
static void tell(struct keeper *keeper)
{
    uint64_t now = keeper->is_up ? link_handle(keeper->link) : 0;

    if (keeper->peer[0] == 0 || keeper->links->is_quiet || keeper->told == now)
        return;
    if (keeper->told != 0) {
        uint64_t gone = keeper->told == TOLD_BY_ANOTHER_RUN ? 0 : keeper->told;
        if (!tell_one(keeper, EVENT_LINK_DOWN, gone))
            return;
        keeper->told = 0;
    }
    if (now != 0 && tell_one(keeper, EVENT_LINK_UP, now))
        keeper->told = now;
}

void keepers_tell(struct links *links)
{
    for (struct keeper *keeper = links->keepers; keeper != NULL; keeper = keeper->next)
        tell(keeper);
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
    uint32_t most = keeper->links->setup.retry_max_ms;
    keeper->pause_ms = keeper->pause_ms * 2 > most ? most : keeper->pause_ms * 2;
    uv_timer_start(&keeper->timer, keeper_try, pause, 0);
}

void keeper_link_closed(struct keeper *keeper, struct link *link)
{
    const struct links_setup *setup = &keeper->links->setup;

    assert(keeper->link == link);
    if (keeper->is_up &&
        clock_now().ns - keeper->up_since.ns > (int64_t)setup->retry_max_ms * 1000000)
        keeper->pause_ms = setup->retry_first_ms;
    keeper->link = NULL;
    keeper->is_up = false;
    tell(keeper);
    pause_then_try(keeper);
}

void keeper_link_ready(struct keeper *keeper)
{
    assert(!keeper->is_up);
    uv_timer_stop(&keeper->timer);
    keeper->is_up = true;
    keeper->up_since = clock_now();
    tell(keeper);
}

static void connect_late(uv_timer_t *timer)
{
    struct keeper *keeper = timer->data;

    if (keeper->link != NULL && !keeper->is_up)
        link_close(keeper->link);
}

static void on_connect(uv_connect_t *connect, int status)
{
    struct link *link = connect->data;
    char room[160];
    struct text why = text_over(room, sizeof room);

    if (uv_is_closing((uv_handle_t *)&link->tcp))
        return;
    if (status != 0) {
        link_close(link);
        return;
    }
    memcpy(link->peer, link->keeper->peer, sizeof link->peer);
    if (link->kind.tls != NULL && (link->tls = tls_new(link->kind.tls)) == NULL) {
        link_close(link);
        return;
    }
    link_start(link);
    if (link->tls != NULL && tls_start(link->tls, link, &why) != TLS_GOES_ON)
        link_close(link);
    links_flush(link->links);
}

static void keeper_try(uv_timer_t *timer)
{
    struct keeper *keeper = timer->data;

    assert(keeper->link == NULL);
    if (keeper->links->is_quiet)
        return;
    struct link *link = link_new(keeper->links, &keeper->kind);
    if (link == NULL) {
        pause_then_try(keeper);
        return;
    }
    link->keeper = keeper;
    keeper->link = link;
    link->connect.data = link;
    uv_timer_start(&keeper->timer, connect_late, keeper->links->setup.connect_wait_ms, 0);
    if (uv_tcp_connect(&link->connect, &link->tcp, (const struct sockaddr *)&keeper->address,
                       on_connect) != 0)
        link_close(link);
}

static enum err keeper_new(struct links *links, const struct link_kind *kind, const char *address,
                           struct keeper **out, struct text *error)
{
    struct keeper *keeper = calloc(1, sizeof *keeper);

    if (keeper == NULL)
        return ERR_FULL;
    if (listener_address(address, &keeper->address) != OK || keeper->address.sin_port == 0) {
        text_add(error, address);
        text_add(error, ": expected an address and port such as 127.0.0.1:8583");
        free(keeper);
        return ERR_CONFIG;
    }
    keeper->links = links;
    keeper->kind = *kind;
    keeper->pause_ms = links->setup.retry_first_ms;
    uv_timer_init(links->setup.loop, &keeper->timer);
    keeper->timer.data = keeper;
    keeper->next = links->keepers;
    links->keepers = keeper;
    *out = keeper;
    return OK;
}

enum err links_keep_peer(struct links *links, const struct link_kind *kind, const char *address,
                         const char peer[static ACQUIRER_ID_LEN], struct text *error)
{
    struct keeper *keeper;

    TRY(keeper_new(links, kind, address, &keeper, error));
    memcpy(keeper->peer, peer, sizeof keeper->peer);
    keeper->told = TOLD_BY_ANOTHER_RUN;
    tell(keeper);
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

static bool has_line(const struct links *links, const char *terminal)
{
    if (terminal == NULL)
        return links->default_line != NULL;
    return links->line_cap > 0 && *line_slot(links->lines, links->line_cap, terminal) != NULL;
}

enum err links_keep_line(struct links *links, const struct link_kind *kind, const char *address,
                         const char *terminal, struct text *error)
{
    char id[TERMINAL_ID_LEN];
    struct keeper *keeper;

    if (terminal != NULL)
        TRY(identity_id_from_text(terminal, ' ', id, sizeof id));
    if (has_line(links, terminal == NULL ? NULL : id)) {
        text_add(error, terminal == NULL ? "the line of all terminals" : terminal);
        text_add(error, ": there is a line already");
        return ERR_EXISTS;
    }
    if (2 * (links->line_count + 1) > links->line_cap && !line_grow(links))
        return ERR_FULL;
    TRY(keeper_new(links, kind, address, &keeper, error));
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

/*
 * Keepers: links that we make and keep up, with growing, jittered pauses between tries.
 *
 *     WAITING -- pause over: keeper_try --> CONNECTING -- shaken hands: keeper_link_ready --> UP
 *        ^                                     | refused, too slow                            |
 *        +-------------------------------------+----------------------------------- closed --+
 *
 * With a backup each try goes the other way than the one before, and the first without a pause;
 * what takes the place of a link that is still up stands in changeover.c.
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
void keeper_tell(struct keeper *keeper)
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
        keeper_tell(keeper);
}

static void pause_then_try(struct keeper *keeper)
{
    struct prng prng;
    uint64_t seed;

    if (keeper->links->is_quiet)
        return;
    if (keeper->misses > 0 && keeper->misses < keeper->way_count) { /* the other way, at once */
        uv_timer_start(&keeper->timer, keeper_try, 1, 0);
        return;
    }
    clock_entropy((uint8_t *)&seed, sizeof seed);
    prng_seed(&prng, seed);
    uint64_t pause = keeper->pause_ms / 2 + prng_below(&prng, keeper->pause_ms / 2 + 1);
    uint32_t most = keeper->links->setup.retry_max_ms;
    keeper->pause_ms = keeper->pause_ms * 2 > most ? most : keeper->pause_ms * 2;
    uv_timer_start(&keeper->timer, keeper_try, pause, 0);
}

static void next_way(struct keeper *keeper)
{
    if (keeper->misses < UINT32_MAX)
        keeper->misses++;
    if (keeper->way_count > 1)
        keeper->way = keeper->way == 0 ? 1 : 0;
}

/* A link that held is forgiven its end: the first try after it comes soon. */
static void forgive(struct keeper *keeper)
{
    const struct links_setup *setup = &keeper->links->setup;

    if (!keeper->is_up ||
        clock_now().ns - keeper->up_since.ns <= (int64_t)setup->retry_max_ms * 1000000)
        return;
    keeper->pause_ms = setup->retry_first_ms;
    keeper->misses = 0;
}

void keeper_link_closed(struct keeper *keeper, struct link *link)
{
    if (link == keeper->trial) {
        keeper_trial_ended(keeper);
        return;
    }
    assert(keeper->link == link);
    forgive(keeper);
    keeper->link = NULL;
    if (keeper->is_up)
        keeper->turned = clock_now();
    keeper->is_up = false;
    if (keeper->trial != NULL && keeper->trial->is_ready) {
        keeper_promote(keeper);
        return;
    }
    keeper_tell(keeper);
    next_way(keeper);
    pause_then_try(keeper);
}

void keeper_link_ready(struct keeper *keeper, struct link *link)
{
    if (link == keeper->trial) {
        keeper_trial_ready(keeper);
        return;
    }
    assert(!keeper->is_up);
    uv_timer_stop(&keeper->timer);
    keeper->is_up = true;
    keeper->up_since = clock_now();
    keeper->turned = keeper->up_since;
    keeper_tell(keeper);
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

bool keeper_connect(struct keeper *keeper, struct link **slot, uint8_t way)
{
    struct link *link = link_new(keeper->links, &keeper->kind);

    assert(*slot == NULL);
    if (link == NULL)
        return false;
    link->keeper = keeper;
    *slot = link;
    link->connect.data = link;
    if (uv_tcp_connect(&link->connect, &link->tcp, (const struct sockaddr *)&keeper->ways[way],
                       on_connect) != 0)
        link_close(link);
    return true;
}

static void keeper_try(uv_timer_t *timer)
{
    struct keeper *keeper = timer->data;

    assert(keeper->link == NULL);
    if (keeper->links->is_quiet)
        return;
    uv_timer_start(&keeper->timer, connect_late, keeper->links->setup.connect_wait_ms, 0);
    if (!keeper_connect(keeper, &keeper->link, keeper->way))
        pause_then_try(keeper);
}

static enum err take_way(struct keeper *keeper, const char *address, struct text *error)
{
    struct sockaddr_in *way = &keeper->ways[keeper->way_count];

    if (listener_address(address, way) != OK || way->sin_port == 0) {
        text_add(error, address);
        text_add(error, ": expected an address and port such as 127.0.0.1:8583");
        return ERR_CONFIG;
    }
    keeper->way_count++;
    return OK;
}

static enum err take_ways(struct keeper *keeper, const struct link_ways *ways, struct text *error)
{
    struct txn_encoded encoded;

    TRY(take_way(keeper, ways->primary, error));
    if (ways->backup != NULL)
        TRY(take_way(keeper, ways->backup, error));
    keeper->silence_ms = ways->silence_ms;
    keeper->answer_wait_ms = ways->answer_wait_ms != 0 ? ways->answer_wait_ms : LINK_PART_MS;
    if (ways->test == NULL)
        return OK;
    TRY(txn_encode(keeper->kind.profile, ways->test, keeper->test, sizeof keeper->test, &encoded));
    keeper->test_len = (uint16_t)encoded.len;
    return OK;
}

static enum err keeper_new(struct links *links, const struct link_kind *kind,
                           const struct link_ways *ways, struct keeper **out, struct text *error)
{
    struct keeper *keeper = calloc(1, sizeof *keeper);

    if (keeper == NULL)
        return ERR_FULL;
    keeper->links = links;
    keeper->kind = *kind;
    keeper->pause_ms = links->setup.retry_first_ms;
    keeper->turned = clock_now();
    enum err err = take_ways(keeper, ways, error);
    if (err != OK) {
        free(keeper);
        return err;
    }
    uv_timer_init(links->setup.loop, &keeper->timer);
    keeper->timer.data = keeper;
    keeper->next = links->keepers;
    links->keepers = keeper;
    *out = keeper;
    return OK;
}

enum err links_keep_peer(struct links *links, const struct link_kind *kind,
                         const struct link_ways *ways, const char peer[static ACQUIRER_ID_LEN],
                         struct text *error)
{
    struct keeper *keeper;

    TRY(keeper_new(links, kind, ways, &keeper, error));
    memcpy(keeper->peer, peer, sizeof keeper->peer);
    keeper->told = TOLD_BY_ANOTHER_RUN;
    keeper_tell(keeper);
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

enum err links_keep_line(struct links *links, const struct link_kind *kind,
                         const struct link_ways *ways, const char *terminal, struct text *error)
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
    TRY(keeper_new(links, kind, ways, &keeper, error));
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
    return links_line_way(links, terminal) != WAY_NONE;
}

/* ---- which way ---- */

static enum line_way way_of(const struct keeper *keeper)
{
    if (keeper == NULL || !keeper->is_up || keeper_is_suspect(keeper, clock_now()))
        return WAY_NONE;
    return keeper->way == 0 ? WAY_PRIMARY : WAY_BACKUP;
}

enum line_way links_line_way(const struct links *links, const char terminal[static TERMINAL_ID_LEN])
{
    return way_of(line_keeper(links, terminal));
}

static const struct keeper *peer_keeper(const struct links *links, const char *peer)
{
    const struct keeper *keeper = links->keepers;

    while (keeper != NULL && memcmp(keeper->peer, peer, sizeof keeper->peer) != 0)
        keeper = keeper->next;
    return keeper;
}

enum line_way links_peer_way(const struct links *links, const char peer[static ACQUIRER_ID_LEN])
{
    return way_of(peer_keeper(links, peer));
}

/* One that is suspect has been down since what it owes an answer to. */
static struct instant since_of(const struct keeper *keeper)
{
    struct moment now = clock_now();
    struct instant wall = clock_wall();

    if (keeper == NULL)
        return (struct instant){0};
    struct moment since = keeper->turned;
    if (keeper_is_suspect(keeper, now))
        since = keeper->test_len > 0 ? keeper->link->tested_since : keeper->link->asked_since;
    return (struct instant){wall.us - (now.ns - since.ns) / 1000};
}

struct instant links_line_since(const struct links *links,
                                const char terminal[static TERMINAL_ID_LEN])
{
    return since_of(line_keeper(links, terminal));
}

struct instant links_peer_since(const struct links *links, const char peer[static ACQUIRER_ID_LEN])
{
    return since_of(peer_keeper(links, peer));
}

/* ---- the end ---- */

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
        if (keeper->trial != NULL) {
            keeper->trial->keeper = NULL;
            link_close(keeper->trial);
        }
        keeper->trial = NULL;
        links->closing++;
        uv_close((uv_handle_t *)&keeper->timer, keeper_closed);
    }
    links->default_line = NULL;
    links->line_cap = 0;
}

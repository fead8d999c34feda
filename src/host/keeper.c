/*
 * Keepers: links that we make and keep up, by one way or two. What to do, and when, says the
 * machine in node/changeover.h; here its orders are carried out over libuv.
 *
 * The party hears of UP and of its end once each. When the lane is too full to hear it, `told` says
 * what the party still believes, and the sweep tells it later.
 */
#include "base/assert.h"
#include "host/clock.h"
#include "host/link_state.h"

#include <stdlib.h>
#include <string.h>

/* What an earlier run believed is void: the party first hears of a DOWN without a link. */
#define TOLD_BY_ANOTHER_RUN UINT64_MAX

static void on_connect(uv_connect_t *connect, int status);

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
    uint64_t now =
        changeover_is_up(&keeper->changeover) ? link_handle(keeper->ends[CHANGEOVER_LINK]) : 0;

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

/* ---- what is decided ---- */

static enum changeover_side side_of(const struct keeper *keeper, const struct link *link)
{
    return link == keeper->ends[CHANGEOVER_TRIAL] ? CHANGEOVER_TRIAL : CHANGEOVER_LINK;
}

static void lost(struct keeper *keeper, enum changeover_side side)
{
    uint64_t chance;

    clock_entropy((uint8_t *)&chance, sizeof chance);
    keeper->ends[side] = NULL;
    changeover_lost(&keeper->changeover, side, clock_now(), chance);
}

static void connect_by(struct keeper *keeper, enum changeover_side side, uint8_t way)
{
    struct link *link = link_new(keeper->links, &keeper->kind);

    assert(keeper->ends[side] == NULL);
    if (link == NULL) {
        lost(keeper, side);
        return;
    }
    link->keeper = keeper;
    keeper->ends[side] = link;
    link->connect.data = link;
    if (uv_tcp_connect(&link->connect, &link->tcp, (const struct sockaddr *)&keeper->ways[way],
                       on_connect) != 0)
        link_close(link);
}

static void send_test(struct keeper *keeper, struct link *link)
{
    link->tests_out++;
    link_put(link, bytes_over(keeper->test, keeper->test_len));
}

static void part_with(struct keeper *keeper, struct link *link)
{
    link->keeper = NULL;
    link->parting_end = moment_add_ms(clock_now(), keeper->answer_wait_ms);
    if (!link->is_ready)
        link_close(link);
}

static void promote(struct keeper *keeper)
{
    struct link *link = keeper->ends[CHANGEOVER_LINK];

    assert(keeper->ends[CHANGEOVER_TRIAL] != NULL);
    keeper->ends[CHANGEOVER_LINK] = keeper->ends[CHANGEOVER_TRIAL];
    keeper->ends[CHANGEOVER_TRIAL] = NULL;
    if (link != NULL)
        part_with(keeper, link);
}

static void carry_out(struct keeper *keeper, const struct changeover_order *order)
{
    switch (order->act) {
    case CHANGEOVER_CONNECT:
        connect_by(keeper, order->side, order->way);
        break;
    case CHANGEOVER_CLOSE:
        link_close(keeper->ends[order->side]);
        break;
    case CHANGEOVER_TEST:
        send_test(keeper, keeper->ends[order->side]);
        break;
    case CHANGEOVER_PROMOTE:
        promote(keeper);
        break;
    }
}

static void on_wake(uv_timer_t *timer);

/* A timer that comes too early finds nothing to do, and is set again. One that should have come has
 * been overtaken by a clock that was set ahead. */
static void wake_later(struct keeper *keeper)
{
    struct moment wake = changeover_wake(&keeper->changeover);
    struct moment now = clock_now();

    if (wake.ns == CHANGEOVER_NEVER_NS || (uv_is_active((uv_handle_t *)&keeper->timer) &&
                                           keeper->wake.ns > now.ns && keeper->wake.ns <= wake.ns))
        return;
    int64_t wait_ns = wake.ns > now.ns ? wake.ns - now.ns : 0;
    keeper->wake = wake;
    uv_timer_start(&keeper->timer, on_wake, (uint64_t)(wait_ns + 999999) / 1000000, 0);
}

/* Closing a link, or not getting one, is told while an order is carried out. */
static void obey(struct keeper *keeper)
{
    const struct changeover_end *link = &keeper->changeover.ends[CHANGEOVER_LINK];
    struct changeover_order order;

    if (keeper->links->is_quiet || keeper->is_obeying)
        return;
    keeper->is_obeying = true;
    for (uint8_t way = link->way; changeover_next(&keeper->changeover, clock_now(), &order);
         way = link->way) {
        keeper->links->counters.changed += order.act == CHANGEOVER_PROMOTE && order.way != way;
        carry_out(keeper, &order);
    }
    keeper->is_obeying = false;
    keeper_tell(keeper);
    wake_later(keeper);
}

static void on_wake(uv_timer_t *timer)
{
    struct keeper *keeper = timer->data;

    obey(keeper);
    links_flush(keeper->links);
}

void keeper_link_closed(struct keeper *keeper, struct link *link)
{
    lost(keeper, side_of(keeper, link));
    obey(keeper);
}

void keeper_link_ready(struct keeper *keeper, struct link *link)
{
    changeover_connected(&keeper->changeover, side_of(keeper, link), clock_now());
    obey(keeper);
}

void keeper_link_asked(struct keeper *keeper)
{
    if (changeover_asked(&keeper->changeover, clock_now()))
        wake_later(keeper);
}

/* With a trial beside it, that may decide something; not here, where the link is being read. */
void keeper_link_heard(struct keeper *keeper, const struct link *link)
{
    changeover_heard(&keeper->changeover, side_of(keeper, link));
    if (keeper->ends[CHANGEOVER_TRIAL] == NULL)
        return;
    keeper->wake = clock_now();
    uv_timer_start(&keeper->timer, on_wake, 0, 0);
}

/* ---- connecting ---- */

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
    enum err err = take_ways(keeper, ways, error);
    if (err != OK) {
        free(keeper);
        return err;
    }
    struct changeover_rules rules = {.way_count = keeper->way_count,
                                     .has_test = keeper->test_len > 0,
                                     .silence_ms = ways->silence_ms,
                                     .connect_wait_ms = links->setup.connect_wait_ms,
                                     .retry_first_ms = links->setup.retry_first_ms,
                                     .retry_max_ms = links->setup.retry_max_ms,
                                     .hold_ms = links->setup.hold_ms};
    changeover_init(&keeper->changeover, &rules, clock_now());
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
    obey(keeper);
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
    obey(keeper);
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

    return keeper == NULL || !changeover_is_up(&keeper->changeover) ? NULL
                                                                    : keeper->ends[CHANGEOVER_LINK];
}

bool links_line_is_up(const struct links *links, const char terminal[static TERMINAL_ID_LEN])
{
    return links_line_way(links, terminal) != WAY_NONE;
}

/* ---- which way ---- */

static enum line_way way_of(const struct keeper *keeper)
{
    return keeper == NULL ? WAY_NONE : changeover_way(&keeper->changeover, clock_now());
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

static struct instant since_of(const struct keeper *keeper)
{
    struct moment now = clock_now();
    struct instant wall = clock_wall();

    if (keeper == NULL)
        return (struct instant){0};
    struct moment since = changeover_since(&keeper->changeover, now);
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
        for (int side = 0; side < CHANGEOVER_SIDES; side++) {
            struct link *link = keeper->ends[side];
            keeper->ends[side] = NULL;
            if (link != NULL) {
                link->keeper = NULL;
                link_close(link);
            }
        }
        links->closing++;
        uv_close((uv_handle_t *)&keeper->timer, keeper_closed);
    }
    links->default_line = NULL;
    links->line_cap = 0;
}

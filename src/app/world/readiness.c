#include "app/world/readiness.h"

#include "app/till/cashier.h"
#include "app/world/server.h"
#include "host/clock.h"
#include "node/standing.h"

#include <string.h>

#define READY_WAIT_MS 30000
#define READY_TURN_MS 5

enum readiness_step { WAIT_FOR_ZONES, WAIT_FOR_LINE, WAIT_FOR_SIGN_IN, IS_READY };

struct readiness {
    struct server *server;
    struct party_server *acquirer;
    enum readiness_step step;
    bool is_asking; /* a job is on its way */
    uint16_t node;  /* whose links count */
    size_t zones_up;
    uv_timer_t timer;
};

static size_t zones_wanted(const struct config *config)
{
    size_t wanted = 0;

    for (uint32_t i = 0; i < config->world.issuer_count; i++)
        wanted += config->world.issuers[i].is_absent ? 0 : 1;
    return wanted;
}

static bool visit_link(void *context, const struct row_key *key, struct bytes value)
{
    struct readiness *readiness = context;
    struct issuer_link_row link;

    if (key->table != TABLE_ISSUER_LINK)
        return false;
    if (value.len != sizeof link)
        return true;
    memcpy(&link, value.at, sizeof link);
    bool is_settled = link.is_up || link.standing != STANDING_GOOD; /* a person has to look */
    readiness->zones_up += is_settled && link.node == readiness->node ? 1 : 0;
    return true;
}

static void count_zones(struct lane *lane, void *context)
{
    struct readiness *readiness = context;
    struct store *store = lane_store(lane);
    struct row_key from = row_key_of(TABLE_ISSUER_LINK, NULL, 0);
    struct store_head head;

    store->head(store->self, &head);
    readiness->node = head.node;
    readiness->zones_up = 0;
    (void)store->scan(store->self, &from, visit_link, readiness);
}

static void zones_counted(void *context)
{
    struct readiness *readiness = context;

    readiness->is_asking = false;
    if (readiness->step == WAIT_FOR_ZONES &&
        readiness->zones_up >= zones_wanted(&readiness->server->config))
        readiness->step = WAIT_FOR_LINE;
}

static void ask_zones(struct readiness *readiness)
{
    struct lane_job job = {.run = count_zones, .done = zones_counted, .context = readiness};

    if (!readiness->is_asking)
        readiness->is_asking = lane_run(readiness->acquirer->lane, &job);
}

static void turn(uv_timer_t *timer)
{
    static const char any[TERMINAL_ID_LEN] = "        ";
    struct readiness *readiness = timer->data;
    struct server *server = readiness->server;

    if (readiness->step == WAIT_FOR_ZONES && readiness->acquirer == NULL)
        readiness->step = WAIT_FOR_LINE;
    if (readiness->step == WAIT_FOR_ZONES)
        ask_zones(readiness);
    if (readiness->step == WAIT_FOR_LINE && server->cashier == NULL)
        readiness->step = IS_READY;
    if (readiness->step == WAIT_FOR_LINE && links_line_is_up(server->links, any)) {
        cashier_sign_in_all(server->cashier);
        readiness->step = WAIT_FOR_SIGN_IN;
    }
    if (readiness->step == WAIT_FOR_SIGN_IN && !cashier_is_signing_in(server->cashier))
        readiness->step = IS_READY;
}

void readiness_wait(struct server *server)
{
    struct readiness readiness = {.server = server,
                                  .acquirer = server_party(server, PARTY_ACQUIRER)};
    struct moment end = moment_add_ms(clock_now(), READY_WAIT_MS);

    uv_timer_init(&server->loop, &readiness.timer);
    readiness.timer.data = &readiness;
    uv_timer_start(&readiness.timer, turn, 1, READY_TURN_MS);
    while (readiness.step != IS_READY && clock_now().ns < end.ns && !server->is_stopping)
        uv_run(&server->loop, UV_RUN_ONCE);
    readiness.step = IS_READY;
    while (readiness.is_asking) /* the job holds this frame */
        uv_run(&server->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&readiness.timer, NULL);
    uv_run(&server->loop, UV_RUN_NOWAIT);
}

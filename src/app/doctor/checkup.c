#include "app/doctor/checkup.h"

#include "app/keeping/standby_state.h"
#include "app/story/payment_json.h"
#include "app/world/self_test.h"
#include "app/world/server.h"
#include "host/clock.h"
#include "node/standing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PROBE_LEN 65536
#define TAIL_RECORDS 64

struct checkup {
    struct control_call *call;
    size_t waiting;
    json_t *parties;
};

/* One party's part, filled on its lane's thread. */
struct examination {
    struct checkup *checkup;
    const struct party_server *party;
    json_t *found;
};

/* ---- the store ---- */

struct tail {
    const struct hsm *hsm;
    struct journal_record record;
    struct store_head head;
    uint64_t next; /* sequence number; 0: the first is still to come */
    uint8_t hash[JOURNAL_HASH_LEN];
    const char *fault;
};

static bool visit_tail(void *context, uint64_t sequence, struct bytes bytes)
{
    struct tail *tail = context;
    struct hsm_command command = {.kind = HSM_DIGEST, .of.digest.parts = {bytes}};
    struct hsm_answer answer = hsm_ask(tail->hsm, &command);

    if (answer.result != HSM_OK)
        tail->fault = "the HSM does not hash";
    else if (journal_decode(bytes, &tail->record) != OK)
        tail->fault = "a record is damaged";
    else if (tail->next != 0 && sequence != tail->next)
        tail->fault = "a record is missing";
    else if (tail->next != 0 && memcmp(tail->record.previous, tail->hash, sizeof tail->hash) != 0)
        tail->fault = "the chain is broken";
    tail->next = sequence + 1;
    memcpy(tail->hash, answer.of.digest, sizeof tail->hash);
    return *tail->fault == 0;
}

/* "" when the last records are a whole chain that ends where the store says. */
static const char *look_at_tail(struct lane *lane, const struct hsm *hsm)
{
    struct store *store = lane_store(lane);
    struct tail *tail = calloc(1, sizeof *tail);
    const char *fault = "no memory";

    if (tail == NULL)
        return fault;
    tail->hsm = hsm;
    tail->fault = "";
    store->head(store->self, &tail->head);
    uint64_t last = tail->head.sequence;
    if (store->read(store->self, last > TAIL_RECORDS ? last - TAIL_RECORDS + 1 : 1, visit_tail,
                    tail) != STORE_OK)
        tail->fault = "it cannot be read";
    if (*tail->fault == 0 && last > 0 &&
        (tail->next != last + 1 || memcmp(tail->hash, tail->head.hash, sizeof tail->hash) != 0))
        tail->fault = "its end is missing";
    fault = tail->fault;
    free(tail);
    return fault;
}

static int write_probe(int fd)
{
    static const uint8_t zeros[PROBE_LEN];
    ssize_t written = write(fd, zeros, sizeof zeros);

    if (written >= 0 && written < (ssize_t)sizeof zeros)
        return ENOSPC;
    return written < 0 || fdatasync(fd) != 0 ? errno : 0;
}

/* Whether the party can write beside its store: 0, or the reason. */
static int try_to_write(const struct party_server *party)
{
    char path[CONFIG_PATH_LEN + 64];
    struct text t = text_over(path, sizeof path);

    text_add(&t, party->config->data);
    text_add_char(&t, '/');
    text_add(&t, party->name);
    text_add(&t, ".probe");
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    int reason = write_probe(fd);
    close(fd);
    unlink(path);
    return reason;
}

static json_t *store_json(struct lane *lane, const struct party_server *party)
{
    struct statvfs space = {0};
    int reason = try_to_write(party);
    const char *tail = look_at_tail(lane, &party->hsm);

    (void)statvfs(party->config->data, &space);
    return json_pack("{s:I, s:b, s:s, s:s}", "free",
                     (json_int_t)space.f_bavail * (json_int_t)space.f_frsize, "writable",
                     reason == 0, "why", reason == 0 ? "" : strerror(reason), "tail", tail);
}

/* ---- rows ---- */

struct row_list {
    uint8_t table;
    size_t row_len;
    json_t *(*to_json)(const void *row);
    const struct config *config;
    json_t *rows;
    _Alignas(8) uint8_t row[ROW_VALUE_LEN_MAX];
};

/* Not one that was generated for load tests: of those there may be thousands. */
static bool is_listed(const struct config *config, const struct row_key *key)
{
    char id[TERMINAL_ID_LEN];
    bool is_found = key->table != TABLE_TERMINAL || config->listed_terminals == 0 ||
                    config->listed_terminals == config->world.terminal_count;

    for (uint32_t i = 0; i < config->listed_terminals && !is_found; i++)
        is_found = identity_id_from_text(config->world.terminals[i].id, ' ', id, sizeof id) == OK &&
                   memcmp(id, key->at, sizeof id) == 0;
    return is_found;
}

static bool visit_row(void *context, const struct row_key *key, struct bytes value)
{
    struct row_list *list = context;

    if (key->table != list->table || json_array_size(list->rows) == CHECKUP_ROWS_MAX)
        return false;
    if (value.len != list->row_len || !is_listed(list->config, key))
        return true; /* of damaged rows the audit speaks */
    memcpy(list->row, value.at, value.len);
    json_array_append_new(list->rows, list->to_json(list->row));
    return true;
}

struct row_kind {
    enum row_table table;
    size_t row_len;
    json_t *(*to_json)(const void *row);
};

static json_t *rows_json(struct lane *lane, const struct config *config,
                         const struct row_kind *kind)
{
    struct store *store = lane_store(lane);
    struct row_key from = row_key_of(kind->table, NULL, 0);
    struct row_list list = {.table = (uint8_t)kind->table,
                            .row_len = kind->row_len,
                            .to_json = kind->to_json,
                            .config = config,
                            .rows = json_array()};

    if (store->scan(store->self, &from, visit_row, &list) != STORE_OK)
        json_array_clear(list.rows);
    return list.rows;
}

static const char *state_text(uint8_t state)
{
    return state < RECORD_STATE_COUNT ? record_state_name((enum record_state)state) : "unknown";
}

static json_t *terminal_json(const void *at)
{
    const struct terminal_row *row = at;

    return json_pack("{s:o, s:o, s:s, s:b, s:I, s:I}", "id",
                     json_fixed(row->terminal, sizeof row->terminal), "merchant",
                     json_fixed(row->merchant, sizeof row->merchant), "state",
                     state_text(row->state), "training", row->is_training, "software",
                     (json_int_t)row->software, "software_min", (json_int_t)row->software_min);
}

static json_t *text_json(const char *at, size_t len)
{
    return json_stringn(at, strnlen(at, len));
}

static json_t *merchant_json(const void *at)
{
    const struct merchant_row *row = at;

    return json_pack(
        "{s:o, s:o, s:i, s:s, s:o, s:I}", "id", json_fixed(row->merchant, sizeof row->merchant),
        "name", text_json(row->name, sizeof row->name), "category", (int)row->category, "state",
        state_text(row->state), "reason", text_json(row->reason, sizeof row->reason),
        "licence_until", (json_int_t)row->licence_until);
}

static json_t *route_json(const void *at)
{
    const struct route_row *row = at;

    return json_pack("{s:o, s:o}", "bin", json_stringn(row->bin, row->bin_len), "issuer",
                     text_json(row->issuer, sizeof row->issuer));
}

static json_t *issuer_json(const void *at)
{
    const struct issuer_row *row = at;

    return json_pack("{s:o}", "id", text_json(row->issuer, sizeof row->issuer));
}

struct link_list {
    const json_t *issuers;
    uint16_t node;
};

static bool visit_link(void *context, const struct row_key *key, struct bytes value)
{
    const struct link_list *list = context;
    struct issuer_link_row row;
    size_t i;
    json_t *issuer;

    if (key->table != TABLE_ISSUER_LINK)
        return false;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    json_t *id = text_json(row.issuer, sizeof row.issuer);
    json_array_foreach(list->issuers, i, issuer)
    {
        if (row.node != list->node || !json_equal(json_object_get(issuer, "id"), id))
            continue;
        json_object_set_new(issuer, "up", json_boolean(row.is_up));
        json_object_set_new(issuer, "apart", json_boolean(row.standing != STANDING_GOOD));
    }
    json_decref(id);
    return true;
}

/* Which issuers this node's own links lead to. */
static void add_links(struct lane *lane, const json_t *issuers)
{
    struct store *store = lane_store(lane);
    struct row_key from = row_key_of(TABLE_ISSUER_LINK, NULL, 0);
    struct link_list list = {.issuers = issuers};
    struct store_head head;

    store->head(store->self, &head);
    list.node = head.node;
    (void)store->scan(store->self, &from, visit_link, &list);
}

/* ---- what is owed ---- */

struct owed_list {
    struct pending_row oldest;
    uint32_t count;
    uint32_t tries; /* the most of any */
};

static bool visit_owed(void *context, const struct row_key *key, struct bytes value)
{
    struct owed_list *list = context;
    struct pending_row row;

    if (key->table != TABLE_PENDING)
        return false;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    if (row.kind != PENDING_REVERSAL && row.kind != PENDING_ADVICE && row.kind != PENDING_QUERY)
        return true;
    if (list->count++ == 0 || row.since.us < list->oldest.since.us)
        list->oldest = row;
    if (row.attempts > list->tries)
        list->tries = row.attempts;
    return true;
}

static json_t *owed_json(struct lane *lane)
{
    struct store *store = lane_store(lane);
    struct row_key from = row_key_of(TABLE_PENDING, NULL, 0);
    struct owed_list list = {0};

    if (store->scan(store->self, &from, visit_owed, &list) != STORE_OK)
        list.count = 0;
    return json_pack("{s:I, s:I, s:I, s:I}", "count", (json_int_t)list.count, "tries",
                     (json_int_t)list.tries, "trace", (json_int_t)list.oldest.identity.trace,
                     "since_us", (json_int_t)list.oldest.since.us);
}

/* ---- devices ---- */

static json_t *device_json(const char *terminal, const struct config *config)
{
    char room[400] = "";
    struct text error = text_over(room, sizeof room);
    struct self_test test = {.line_state = "ok"};

    if (self_test_read(config->data, terminal, &test, &error) != OK)
        return json_pack("{s:s, s:s}", "terminal", terminal, "error", room);
    return json_pack("{s:s, s:b, s:b, s:b, s:b, s:s, s:I}", "terminal", terminal, "reader",
                     !test.is_reader_bad, "pin_pad", !test.is_pin_pad_bad, "printer",
                     !test.is_printer_bad, "paper", !test.is_out_of_paper, "line", test.line_state,
                     "line_until", (json_int_t)test.line_until);
}

static json_t *devices_json(const struct config *config)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < config->listed_terminals && i < CHECKUP_ROWS_MAX; i++)
        json_array_append_new(list, device_json(config->world.terminals[i].id, config));
    return list;
}

/* ---- one party, then all ---- */

/* clang-format off */
static const struct {
    const char *name;
    bool at_terminal;
    struct row_kind kind;
} tables[] = {
    {"terminals", true,  {TABLE_TERMINAL, sizeof(struct terminal_row), terminal_json}},
    {"merchants", false, {TABLE_MERCHANT, sizeof(struct merchant_row), merchant_json}},
    {"routes",    false, {TABLE_ROUTE,    sizeof(struct route_row),    route_json}},
    {"issuers",   false, {TABLE_ISSUER,   sizeof(struct issuer_row),   issuer_json}},
};
/* clang-format on */

static void examine(struct lane *lane, void *context)
{
    struct examination *e = context;
    const struct party_server *party = e->party;
    enum party kind = party->target.party;

    e->found = json_pack("{s:s, s:s, s:i, s:o, s:o}", "name", party->name, "party",
                         party_name(kind), "port", (int)party->port, "store",
                         store_json(lane, party), "owed", owed_json(lane));
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        if (kind == PARTY_ACQUIRER || (kind == PARTY_TERMINAL && tables[i].at_terminal))
            json_object_set_new(e->found, tables[i].name,
                                rows_json(lane, party->config, &tables[i].kind));
    }
    standby_state_add(party, e->found);
    if (kind == PARTY_ACQUIRER)
        add_links(lane, json_object_get(e->found, "issuers"));
    if (kind == PARTY_TERMINAL)
        json_object_set_new(e->found, "devices", devices_json(party->config));
}

static void leave(struct checkup *checkup)
{
    if (--checkup->waiting > 0)
        return;
    if (json_array_size(checkup->parties) > 0)
        control_answer(checkup->call,
                       json_pack("{s:b, s:I, s:O}", "ok", 1, "wall_us", (json_int_t)clock_wall().us,
                                 "parties", checkup->parties));
    else
        control_refuse(checkup->call, "too busy; try again");
    json_decref(checkup->parties);
    free(checkup);
}

static void examined(void *context)
{
    struct examination *e = context;
    struct checkup *checkup = e->checkup;

    json_array_append_new(checkup->parties, e->found);
    free(e);
    leave(checkup);
}

static void start(struct checkup *checkup, const struct party_server *party)
{
    struct examination *e = calloc(1, sizeof *e);
    struct lane_job job = {.run = examine, .done = examined, .context = e};

    if (e == NULL)
        return;
    e->checkup = checkup;
    e->party = party;
    if (lane_run(party->lane, &job))
        checkup->waiting++;
    else
        free(e);
}

void checkup_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct checkup *checkup = calloc(1, sizeof *checkup);

    (void)request;
    if (checkup == NULL) {
        control_refuse(call, "no memory");
        return;
    }
    checkup->call = call;
    checkup->parties = json_array();
    checkup->waiting = 1; /* this function's own */
    for (size_t i = 0; i < server->party_count; i++)
        start(checkup, &server->parties[i]);
    leave(checkup);
}

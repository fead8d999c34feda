#include "app/desk/route_verb.h"

#include "app/story/payment_json.h"
#include "drivers/files/routes_yaml.h"
#include "host/clock.h"

#include <stdlib.h>
#include <string.h>

/* One request: what is there, and what shall be put. */
struct route_errand {
    struct server *server;
    struct party_server *party;
    struct control_call *call;
    struct routes_file put; /* empty: a list */
    json_t *rows;           /* list */
    uint64_t ticket;        /* of the last row put */
    bool is_submitted;
    bool is_failed;
    char room[256];
    struct text fault;
};

/* ---- inside the job ---- */

static json_t *row_json(const struct route_row *row, int32_t utc_offset_s)
{
    return json_pack("{s:o, s:o, s:b, s:o}", "bin", json_fixed(row->bin, row->bin_len), "issuer",
                     json_fixed(row->issuer, strnlen(row->issuer, sizeof row->issuer)), "barred",
                     row->is_barred, "since", json_instant(row->since, utc_offset_s));
}

static void check_clash(struct route_errand *errand, const struct route_row *there)
{
    for (size_t i = 0; i < errand->put.count && !errand->is_failed; i++) {
        const struct route_entry *entry = &errand->put.entries[i];
        if (!routes_clash(entry, there))
            continue;
        errand->is_failed = true;
        routes_add_clash(&errand->fault, entry, there);
    }
}

static bool visit_route(void *context, const struct row_key *key, struct bytes value)
{
    struct route_errand *errand = context;
    struct route_row row;

    if (key->table != TABLE_ROUTE)
        return false;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    if (errand->put.count > 0)
        check_clash(errand, &row);
    else
        json_array_append_new(errand->rows,
                              row_json(&row, errand->server->config.world.utc_offset_s));
    return true;
}

static bool issuer_is_there(struct store *store, const struct route_row *row)
{
    struct store_row *issuer = calloc(1, sizeof *issuer);

    if (issuer == NULL)
        return false;
    issuer->key = row_key_of(TABLE_ISSUER, row->issuer, sizeof row->issuer);
    bool is_there = store->load(store->self, &issuer, 1) == STORE_OK && issuer->found;
    free(issuer);
    return is_there;
}

static void check_issuers(struct route_errand *errand, struct store *store)
{
    for (size_t i = 0; i < errand->put.count && !errand->is_failed; i++) {
        const struct route_row *row = &errand->put.entries[i].row;
        if (issuer_is_there(store, row))
            continue;
        errand->is_failed = true;
        text_add_bytes(&errand->fault, bytes_over(row->bin, row->bin_len));
        text_add(&errand->fault, ": the switch knows no issuer ");
        text_add_bytes(&errand->fault,
                       bytes_over(row->issuer, strnlen(row->issuer, sizeof row->issuer)));
    }
}

static bool submit(struct lane *lane, struct route_errand *errand)
{
    struct node_command command = {.kind = COMMAND_PUT_ROW, .value_len = sizeof(struct route_row)};

    for (size_t i = 0; i < errand->put.count; i++) {
        struct route_row *row = &errand->put.entries[i].row;
        bool is_last = i + 1 == errand->put.count;
        row->since = clock_wall();
        command.key = row_key_of(TABLE_ROUTE, row->bin, row->bin_len);
        memcpy(command.value, row, sizeof *row);
        if (!lane_submit(lane, is_last ? errand->ticket : 0, &command))
            return false;
    }
    return true;
}

static void route_run(struct lane *lane, void *context)
{
    struct route_errand *errand = context;
    struct store *store = lane_store(lane);
    struct row_key from = row_key_of(TABLE_ROUTE, NULL, 0);

    if (store->scan(store->self, &from, visit_route, errand) != STORE_OK) {
        errand->is_failed = true;
        text_add(&errand->fault, "the store cannot be read");
    }
    check_issuers(errand, store);
    if (errand->put.count == 0 || errand->is_failed)
        return;
    errand->is_submitted = submit(lane, errand);
    if (errand->is_submitted)
        return;
    errand->is_failed = true;
    text_add(&errand->fault, "too busy; try again");
}

/* ---- on the link thread ---- */

static void errand_free(struct route_errand *errand)
{
    json_decref(errand->rows);
    free(errand);
}

static void errand_end(struct route_errand *errand)
{
    if (errand->is_failed)
        control_refuse(errand->call, text_z(&errand->fault));
    else if (errand->put.count > 0)
        control_answer(errand->call,
                       json_pack("{s:b, s:i}", "ok", 1, "count", (int)errand->put.count));
    else
        control_answer(errand->call, json_pack("{s:b, s:O}", "ok", 1, "rows", errand->rows));
    errand_free(errand);
}

static void put_show(void *context, const struct node_display *display)
{
    struct route_errand *errand = context;

    if (!outcome_is_approved(display->outcome)) {
        errand->is_failed = true;
        text_add(&errand->fault, "the switch did not take it");
    }
    errand_end(errand);
}

static void route_done(void *context)
{
    struct route_errand *errand = context;

    if (errand->is_submitted)
        return; /* its display comes */
    if (errand->ticket != 0)
        tickets_drop(&errand->server->tickets, errand->ticket);
    errand_end(errand);
}

static const char *text_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));

    return text == NULL ? "" : text;
}

static bool read_row(struct route_errand *errand, const json_t *json)
{
    const char *inside = text_of(json, "inside");
    struct route_entry entry;

    if (errand->put.count == ROUTES_MAX ||
        routes_entry(text_of(json, "bin"), text_of(json, "issuer"), &entry) != OK ||
        (inside[0] != 0 && strlen(inside) != 6)) {
        text_add(&errand->fault, text_of(json, "bin"));
        text_add(&errand->fault, ": expected six or eight digits, and an issuer's id of digits");
        return false;
    }
    memcpy(entry.inside, inside, strlen(inside));
    entry.row.is_barred = json_is_true(json_object_get(json, "barred"));
    errand->put.entries[errand->put.count++] = entry;
    return true;
}

static bool read_request(struct route_errand *errand, const json_t *request)
{
    bool is_put = strcmp(text_of(request, "do"), "put") == 0;
    json_t *rows = json_object_get(request, "rows");
    json_t *row;
    size_t i;

    errand->party = server_party(errand->server, PARTY_ACQUIRER);
    if (errand->party == NULL)
        text_add(&errand->fault, "the switch does not run in this process");
    else if (is_put && json_array_size(rows) == 0)
        text_add(&errand->fault, "rows: expected at least one range");
    else if (!is_put && strcmp(text_of(request, "do"), "list") != 0)
        text_add(&errand->fault, "do: expected list or put");
    if (errand->fault.len > 0)
        return false;
    if (!is_put)
        return true;
    json_array_foreach(rows, i, row)
    {
        if (!read_row(errand, row))
            return false;
    }
    return true;
}

static bool start(struct route_errand *errand)
{
    struct lane_job job = {.run = route_run, .done = route_done, .context = errand};

    if (errand->put.count > 0)
        errand->ticket = tickets_new(&errand->server->tickets, put_show, errand);
    if ((errand->put.count == 0 || errand->ticket != 0) && lane_run(errand->party->lane, &job))
        return true;
    if (errand->ticket != 0)
        tickets_drop(&errand->server->tickets, errand->ticket);
    text_add(&errand->fault, "too busy; try again");
    return false;
}

void route_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct route_errand *errand = calloc(1, sizeof *errand);

    if (errand == NULL) {
        control_refuse(call, "no memory");
        return;
    }
    errand->server = server;
    errand->call = call;
    errand->rows = json_array();
    errand->fault = text_over(errand->room, sizeof errand->room);
    if (read_request(errand, request) && start(errand))
        return;
    control_refuse(call, text_z(&errand->fault));
    errand_free(errand);
}

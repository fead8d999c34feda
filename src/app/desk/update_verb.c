#include "app/desk/update_verb.h"

#include "app/story/payment_json.h"
#include "app/world/server.h"
#include "books/update_rows.h"
#include "drivers/hsm/update_sign.h"
#include "host/clock.h"
#include "lab/lab_keys.h"
#include "txn/update_block.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECES_AT_ONCE 100 /* commands of one job */
#define SIZE_MAX_BYTES ((size_t)UPDATE_PIECES_MAX * UPDATE_PIECE_LEN_MAX)
#define ROWS_MAX 4096 /* of a status */

static const char acquirers_own[TERMINAL_ID_LEN];

/* One request. The rows of a package are put piece by piece, what names them last: a process that
 * dies in between has published nothing. */
struct update_errand {
    struct server *server;
    struct party_server *party;
    struct control_call *call;
    struct update_manifest manifest;
    char group[UPDATE_GROUP_LEN];
    uint8_t *content;
    uint32_t next; /* the piece to put, from 1 */
    uint64_t ticket;
    bool is_busy;
    uint32_t in_force; /* the version that the group is offered now */
    json_t *offers;    /* status */
    json_t *terminals;
};

static const char *text_of(const json_t *request, const char *key)
{
    const char *text = json_string_value(json_object_get(request, key));

    return text == NULL ? "" : text;
}

static void errand_end(struct update_errand *errand)
{
    json_decref(errand->offers);
    json_decref(errand->terminals);
    free(errand->content);
    free(errand);
}

static void errand_refuse(struct update_errand *errand, const char *words)
{
    control_refuse(errand->call, words);
    errand_end(errand);
}

/* ---- the package ---- */

static const char *read_content(struct update_errand *errand, const char *path)
{
    FILE *file = fopen(path, "rbe");
    const char *fault = NULL;

    errand->content = malloc(SIZE_MAX_BYTES + 1);
    if (file == NULL || errand->content == NULL) {
        fault = file == NULL ? strerror(errno) : "no memory";
    } else {
        size_t len = fread(errand->content, 1, SIZE_MAX_BYTES + 1, file);
        errand->manifest.size = (uint32_t)len;
        if (len == 0)
            fault = "the file is empty";
        else if (len > SIZE_MAX_BYTES)
            fault = "the file is larger than 5119488 bytes";
    }
    if (file != NULL)
        fclose(file);
    return fault;
}

static struct bytes piece_at(const struct update_errand *errand, uint32_t place)
{
    size_t from = (size_t)(place - 1) * UPDATE_PIECE_LEN_MAX;
    size_t left = errand->manifest.size - from;

    return bytes_over(errand->content + from,
                      left < UPDATE_PIECE_LEN_MAX ? left : UPDATE_PIECE_LEN_MAX);
}

static void chain_pieces(struct update_errand *errand)
{
    struct hsm_command command = {.kind = HSM_DIGEST};
    uint8_t *digest = errand->manifest.digest;

    errand->manifest.pieces =
        (uint16_t)((errand->manifest.size + UPDATE_PIECE_LEN_MAX - 1) / UPDATE_PIECE_LEN_MAX);
    memset(digest, 0, DIGEST_LEN);
    for (uint32_t place = 1; place <= errand->manifest.pieces; place++) {
        command.of.digest.parts[0] = bytes_over(digest, DIGEST_LEN);
        command.of.digest.parts[1] = piece_at(errand, place);
        struct hsm_answer answer = hsm_ask(&errand->party->hsm, &command);
        memcpy(digest, answer.of.digest, DIGEST_LEN);
    }
}

static const char *sign(struct update_errand *errand)
{
    struct update_manifest *manifest = &errand->manifest;
    struct update_block block = {.is_manifest = true,
                                 .kind = (char)manifest->kind,
                                 .pieces = manifest->pieces,
                                 .version = manifest->version,
                                 .size = manifest->size};
    char text[UPDATE_MANIFEST_LEN];
    struct secret private SECRET_WIPED = {0};

    memcpy(block.digest, manifest->digest, sizeof block.digest);
    update_manifest_write(&block, text);
    lab_update_key(&errand->server->seed, &private);
    return update_sign(&private, bytes_over(text, UPDATE_SIGNED_LEN), manifest->signature) == OK
               ? NULL
               : "the package cannot be signed";
}

/* ---- publishing ---- */

static bool put(struct lane *lane, uint64_t ticket, struct row_key key, struct bytes value)
{
    struct node_command command = {.kind = COMMAND_PUT_ROW, .key = key};

    command.value_len = (uint16_t)value.len;
    memcpy(command.value, value.at, value.len);
    return lane_submit(lane, ticket, &command);
}

static bool put_piece(struct lane *lane, const struct update_errand *errand, uint32_t place)
{
    struct piece_row row = {.layout = PARTY_ROW_LAYOUT};
    struct bytes piece = piece_at(errand, place);

    row.len = (uint16_t)piece.len;
    memcpy(row.at, piece.at, piece.len);
    return put(lane, 0,
               piece_row_key(acquirers_own, (enum update_kind)errand->manifest.kind,
                             errand->manifest.version, (uint16_t)place),
               bytes_over(&row, sizeof row));
}

static bool put_offer(struct lane *lane, const struct update_errand *errand)
{
    enum update_kind kind = (enum update_kind)errand->manifest.kind;
    struct update_row update = {
        .layout = PARTY_ROW_LAYOUT, .manifest = errand->manifest, .published = clock_wall()};
    struct offer_row offer = {.layout = PARTY_ROW_LAYOUT,
                              .kind = errand->manifest.kind,
                              .version = errand->manifest.version,
                              .since = clock_wall()};

    memcpy(offer.group, errand->group, sizeof offer.group);
    return put(lane, 0, update_row_key(kind, errand->manifest.version),
               bytes_over(&update, sizeof update)) &&
           put(lane, errand->ticket, offer_row_key(kind, errand->group),
               bytes_over(&offer, sizeof offer));
}

static void load_in_force(struct update_errand *errand, struct store *store)
{
    struct store_row *row = calloc(1, sizeof *row);
    struct offer_row offer;

    if (row == NULL)
        return;
    row->key = offer_row_key((enum update_kind)errand->manifest.kind, errand->group);
    if (store->load(store->self, &row, 1) == STORE_OK && row->found && row->len == sizeof offer) {
        memcpy(&offer, row->value, sizeof offer);
        errand->in_force = offer.version;
    }
    free(row);
}

static void publish_run(struct lane *lane, void *context)
{
    struct update_errand *errand = context;

    if (errand->next == 1)
        load_in_force(errand, lane_store(lane));
    if (errand->in_force > errand->manifest.version)
        return;
    for (int i = 0; i < PIECES_AT_ONCE && !errand->is_busy; i++) {
        if (errand->next > errand->manifest.pieces) {
            errand->is_busy = !put_offer(lane, errand);
            errand->next++;
            return;
        }
        errand->is_busy = !put_piece(lane, errand, errand->next);
        errand->next++;
    }
}

static void published(void *context, const struct node_display *display)
{
    struct update_errand *errand = context;

    if (outcome_is_approved(display->outcome))
        control_answer(errand->call,
                       json_pack("{s:b, s:i, s:i, s:i}", "ok", 1, "version",
                                 (int)errand->manifest.version, "pieces",
                                 (int)errand->manifest.pieces, "size", (int)errand->manifest.size));
    else
        control_refuse(errand->call, "the switch did not take it");
    errand_end(errand);
}

static void publish_done(void *context);

static void publish_go_on(struct update_errand *errand)
{
    struct lane_job job = {.run = publish_run, .done = publish_done, .context = errand};

    if (lane_run(errand->party->lane, &job))
        return;
    tickets_drop(&errand->server->tickets, errand->ticket);
    errand_refuse(errand, "too busy; try again");
}

static void publish_done(void *context)
{
    struct update_errand *errand = context;
    bool is_older = errand->in_force > errand->manifest.version;

    if (is_older || errand->is_busy) {
        tickets_drop(&errand->server->tickets, errand->ticket);
        errand_refuse(errand, is_older ? "version: the group is offered a higher one already"
                                       : "too busy; try again");
    } else if (errand->next <= errand->manifest.pieces + 1U) {
        publish_go_on(errand);
    } /* else the ticket is shown */
}

static const char *take_publish(struct update_errand *errand, const json_t *request)
{
    const char *kind = text_of(request, "kind");
    const char *group = text_of(request, "group");
    json_int_t version = json_integer_value(json_object_get(request, "version"));

    if (strcmp(kind, "software") != 0 && strcmp(kind, "parameters") != 0)
        return "kind: expected software or parameters";
    if (version < 1 || version > UPDATE_VERSION_MAX)
        return "version: expected 1 to 999999";
    if (identity_id_from_text(*group == 0 ? "all" : group, ' ', errand->group, UPDATE_GROUP_LEN) !=
        OK)
        return "group: expected at most 8 characters";
    errand->manifest.kind = kind[0] == 's' ? UPDATE_SOFTWARE : UPDATE_PARAMETERS;
    errand->manifest.version = (uint32_t)version;
    const char *fault = read_content(errand, text_of(request, "file"));
    if (fault != NULL)
        return fault;
    if (errand->manifest.kind == UPDATE_PARAMETERS && errand->manifest.size > UPDATE_PIECE_LEN_MAX)
        return "parameters: expected at most 512 bytes";
    chain_pieces(errand);
    return sign(errand);
}

static void publish(struct update_errand *errand, const json_t *request)
{
    const char *fault = take_publish(errand, request);

    if (fault == NULL)
        errand->ticket = tickets_new(&errand->server->tickets, published, errand);
    if (fault != NULL || errand->ticket == 0) {
        errand_refuse(errand, fault != NULL ? fault : "too busy; try again");
        return;
    }
    errand->next = 1;
    publish_go_on(errand);
}

/* ---- status ---- */

static json_t *offer_json(const struct update_errand *errand, const struct offer_row *offer)
{
    return json_pack(
        "{s:s, s:i, s:o, s:o}", "kind", offer->kind == UPDATE_SOFTWARE ? "software" : "parameters",
        "version", (int)offer->version, "group", json_fixed(offer->group, UPDATE_GROUP_LEN),
        "since", json_instant(offer->since, errand->server->config.world.utc_offset_s));
}

static bool visit_offer(void *context, const struct row_key *key, struct bytes value)
{
    struct update_errand *errand = context;
    struct offer_row offer;

    if (key->table != TABLE_OFFER)
        return false;
    if (value.len == sizeof offer) {
        memcpy(&offer, value.at, sizeof offer);
        json_array_append_new(errand->offers, offer_json(errand, &offer));
    }
    return true;
}

static bool visit_fetch(void *context, const struct row_key *key, struct bytes value)
{
    struct update_errand *errand = context;
    struct fetch_row row;

    if (key->table != TABLE_FETCH || json_array_size(errand->terminals) >= ROWS_MAX)
        return false;
    if (value.len != sizeof row || key->len != TERMINAL_ID_LEN + 1)
        return true;
    memcpy(&row, value.at, sizeof row);
    json_array_append_new(
        errand->terminals,
        json_pack("{s:o, s:s, s:i, s:i, s:i, s:o}", "terminal",
                  json_fixed((const char *)key->at, TERMINAL_ID_LEN), "kind",
                  key->at[TERMINAL_ID_LEN] == UPDATE_SOFTWARE ? "software" : "parameters", "in_use",
                  (int)row.active, "coming", row.next > 0 ? (int)row.manifest.version : 0, "piece",
                  (int)row.next, "changed",
                  json_instant(row.changed, errand->server->config.world.utc_offset_s)));
    return true;
}

static void status_run(struct lane *lane, void *context)
{
    struct update_errand *errand = context;
    struct store *store = lane_store(lane);
    struct row_key offers = row_key_of(TABLE_OFFER, NULL, 0);
    struct row_key fetches = row_key_of(TABLE_FETCH, NULL, 0);

    errand->is_busy = store->scan(store->self, &offers, visit_offer, errand) != STORE_OK ||
                      store->scan(store->self, &fetches, visit_fetch, errand) != STORE_OK;
}

static void status_done(void *context)
{
    struct update_errand *errand = context;

    if (errand->is_busy)
        control_refuse(errand->call, "the store does not answer");
    else
        control_answer(errand->call, json_pack("{s:b, s:O, s:O}", "ok", 1, "offers", errand->offers,
                                               "terminals", errand->terminals));
    errand_end(errand);
}

static void status(struct update_errand *errand)
{
    struct lane_job job = {.run = status_run, .done = status_done, .context = errand};

    errand->offers = json_array();
    errand->terminals = json_array();
    if (!lane_run(errand->party->lane, &job))
        errand_refuse(errand, "too busy; try again");
}

void update_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct update_errand *errand = calloc(1, sizeof *errand);
    const char *what = text_of(request, "do");

    if (errand == NULL) {
        control_refuse(call, "no memory");
        return;
    }
    errand->server = server;
    errand->call = call;
    errand->party = server_party(server, PARTY_ACQUIRER);
    if (errand->party == NULL)
        errand_refuse(errand, "the acquirer does not run in this process");
    else if (strcmp(what, "publish") == 0)
        publish(errand, request);
    else if (strcmp(what, "status") == 0)
        status(errand);
    else
        errand_refuse(errand, "update: expected publish or status");
}

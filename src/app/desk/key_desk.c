#include "app/desk/key_desk.h"

#include "app/desk/key_places.h"
#include "app/world/server.h"
#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_LIMIT 400

enum key_action { KEYS_LIST, KEYS_MAKE, KEYS_IMPORT };

struct key_line {
    struct key_found found;
    bool opens;
};

/* One request about one party. */
struct key_errand {
    struct server *server;
    struct control_call *call;
    struct party_server *party;
    enum key_action action;
    /* list */
    size_t skip;
    bool all;
    struct key_line *lines;
    size_t line_count;
    bool more;
    /* make, import */
    struct hsm_command command; /* sensitive: components */
    bool put;
    struct hsm_answer answer;
    const char *place; /* of the key that was replaced */
    struct row_key row;
    uint16_t value_len;
    _Alignas(8) uint8_t value[ROW_VALUE_LEN_MAX];
    uint64_t ticket;
    bool is_submitted;
    enum store_result result;
};

static const struct key_wish *wish_of(const struct key_errand *errand)
{
    return errand->action == KEYS_MAKE ? &errand->command.of.key_make
                                       : &errand->command.of.key_combine.wish;
}

/* ---- in a job ---- */

static bool is_generated(const struct key_errand *errand, const struct key_found *found)
{
    const struct config *config = &errand->server->config;

    if (found->row.table != TABLE_TERMINAL && found->row.table != TABLE_TERMINAL_KEYS)
        return false;
    for (uint32_t i = 0; i < config->listed_terminals; i++) {
        char id[TERMINAL_ID_LEN];

        if (identity_id_from_text(config->world.terminals[i].id, ' ', id, sizeof id) == OK &&
            memcmp(id, found->row.at, sizeof id) == 0)
            return false;
    }
    return true;
}

static bool opens(const struct key_errand *errand, const struct key_found *found)
{
    struct hsm_command command = {.kind = HSM_KEY_CHECK};

    if (!found->is_readable)
        return false;
    command.of.key_check.key = hsm_key_of(&found->block, &found->header.owner);
    struct hsm_answer answer = hsm_ask(&errand->party->hsm, &command);
    return answer.result == HSM_OK &&
           memcmp(answer.of.check.at, found->header.check.at, CHECK_VALUE_LEN) == 0;
}

static bool visit_list(void *context, const struct key_found *found, struct bytes row)
{
    struct key_errand *errand = context;

    (void)row;
    if (!errand->all && is_generated(errand, found))
        return true;
    if (errand->skip > 0) {
        errand->skip--;
        return true;
    }
    if (errand->line_count == KEYS_LIMIT) {
        errand->more = true;
        return false;
    }
    struct key_line *line = &errand->lines[errand->line_count++];
    line->found = *found;
    line->opens = opens(errand, found);
    return true;
}

/* The place that holds a key of the same usage and owner. */
static bool visit_place(void *context, const struct key_found *found, struct bytes row)
{
    struct key_errand *errand = context;
    const struct key_wish *wish = wish_of(errand);

    if (!found->may_replace || !found->is_readable || found->header.usage != wish->usage ||
        !key_owner_equal(&found->header.owner, &wish->owner))
        return true;
    errand->place = found->place;
    errand->row = found->row;
    errand->value_len = (uint16_t)row.len;
    memcpy(errand->value, row.at, row.len);
    memcpy(errand->value + found->offset, &errand->answer.of.key, sizeof errand->answer.of.key);
    return false;
}

static void put_key(struct key_errand *errand, struct lane *lane)
{
    struct node_command command = {.kind = COMMAND_PUT_ROW};

    errand->result = key_places_each(lane_store(lane), visit_place, errand);
    if (errand->result != STORE_OK || errand->place == NULL)
        return;
    command.key = errand->row;
    command.value_len = errand->value_len;
    memcpy(command.value, errand->value, errand->value_len);
    errand->is_submitted = lane_submit(lane, errand->ticket, &command);
}

static void errand_run(struct lane *lane, void *context)
{
    struct key_errand *errand = context;

    if (errand->action == KEYS_LIST) {
        errand->result = key_places_each(lane_store(lane), visit_list, errand);
        return;
    }
    errand->answer = hsm_ask(&errand->party->hsm, &errand->command);
    if (errand->answer.result == HSM_OK && errand->put)
        put_key(errand, lane);
}

/* ---- answers, on the link thread ---- */

static void errand_free(struct key_errand *errand)
{
    hsm_command_wipe(&errand->command);
    free(errand->lines);
    free(errand);
}

static json_t *hex_json(const uint8_t *at, size_t len)
{
    char room[2 * KEYBLOCK_LEN + 1];
    struct text t = text_over(room, sizeof room);

    text_add_hex(&t, at, len);
    return json_string(text_z(&t));
}

static json_t *owner_json(const struct key_owner *owner)
{
    size_t len = sizeof owner->at;

    while (len > 0 && owner->at[len - 1] == ' ')
        len--;
    return json_stringn(owner->at, len);
}

static void set_header(json_t *json, const struct key_header *header)
{
    json_object_set_new(json, "usage", json_string(key_usage_letters(header->usage)));
    json_object_set_new(json, "owner", owner_json(&header->owner));
    json_object_set_new(json, "algorithm", json_string(key_algorithm_text(header->algorithm)));
    json_object_set_new(json, "mode", json_string(key_mode_text(header->mode)));
    json_object_set_new(json, "version", json_integer(header->version));
    json_object_set_new(json, "check", hex_json(header->check.at, 3)); /* as on key letters */
    json_object_set_new(json, "realm", json_string(header->realm == KEY_TEST ? "test" : "live"));
}

static void answer_list(struct key_errand *errand)
{
    json_t *keys = json_array();

    for (size_t i = 0; i < errand->line_count; i++) {
        const struct key_line *line = &errand->lines[i];
        json_t *json = json_pack("{s:s, s:s, s:b}", "party", errand->party->name, "place",
                                 line->found.place, "opens", line->opens);

        if (line->found.is_readable)
            set_header(json, &line->found.header);
        json_array_append_new(keys, json);
    }
    control_answer(errand->call,
                   json_pack("{s:b, s:o, s:b}", "ok", 1, "keys", keys, "more", errand->more));
}

/* A wrong check value is told with both: they say nothing about the key. */
static void refuse_key(struct key_errand *errand)
{
    char room[160];
    struct text t = text_over(room, sizeof room);

    if (errand->answer.result == HSM_WRONG) {
        text_add(&t, "the check value is ");
        text_add_hex(&t, errand->answer.found.at, 3);
        text_add(&t, ", expected ");
        text_add_hex(&t, errand->answer.expected.at, 3);
        text_add(&t, ": a component is wrong");
    } else if (errand->answer.result == HSM_FORMAT) {
        text_add(&t, "these make no good key: components of other lengths, or a weak key");
    } else {
        text_add(&t, "the HSM refuses: ");
        text_add(&t, hsm_result_text(errand->answer.result));
    }
    control_refuse(errand->call, text_z(&t));
}

static void answer_key(struct key_errand *errand, enum outcome outcome)
{
    struct key_header header;
    json_t *json =
        json_pack("{s:b, s:s, s:b, s:s, s:o}", "ok", 1, "outcome", outcome_row(outcome)->name,
                  "approved", outcome_is_approved(outcome), "party", errand->party->name, "block",
                  hex_json(errand->answer.of.key.at, sizeof errand->answer.of.key.at));

    if (keyblock_header(&errand->answer.of.key, &header) == OK)
        set_header(json, &header);
    if (errand->place != NULL)
        json_object_set_new(json, "place", json_string(errand->place));
    control_answer(errand->call, json);
}

static void key_show(void *context, const struct node_display *display)
{
    struct key_errand *errand = context;

    answer_key(errand, display->outcome);
    errand_free(errand);
}

static void errand_done(void *context)
{
    struct key_errand *errand = context;

    if (errand->is_submitted)
        return; /* its display ends it */
    if (errand->ticket != 0)
        tickets_drop(&errand->server->tickets, errand->ticket);
    if (errand->result != STORE_OK)
        control_refuse(errand->call, "the store cannot be read");
    else if (errand->action == KEYS_LIST)
        answer_list(errand);
    else if (errand->answer.result != HSM_OK)
        refuse_key(errand);
    else if (errand->put && errand->place == NULL)
        control_refuse(errand->call, "no row of this party holds a key of this usage and owner");
    else if (errand->put)
        control_refuse(errand->call, "too busy; try again");
    else
        answer_key(errand, OUTCOME_APPROVED);
    errand_free(errand);
}

/* ---- reading requests ---- */

static const char *text_of(const json_t *request, const char *key)
{
    const char *text = json_string_value(json_object_get(request, key));

    return text == NULL ? "" : text;
}

static bool take_usage(const char *text, enum key_usage *out)
{
    for (int i = KEY_NONE + 1; i < KEY_USAGE_COUNT; i++) {
        if (strcmp(key_usage_letters((enum key_usage)i), text) == 0) {
            *out = (enum key_usage)i;
            return true;
        }
    }
    return false;
}

static bool take_algorithm(const char *text, enum key_algorithm *out)
{
    for (int i = KEY_ALGORITHM_NONE + 1; i < KEY_ALGORITHM_COUNT; i++) {
        if (strcmp(key_algorithm_text((enum key_algorithm)i), text) == 0) {
            *out = (enum key_algorithm)i;
            return true;
        }
    }
    return false;
}

/* The mode by name, or the only one that the usage allows. */
static bool take_mode(const char *text, struct key_wish *wish)
{
    size_t fitting = 0;

    for (int i = 0; i < KEY_MODE_COUNT; i++) {
        enum key_mode mode = (enum key_mode)i;
        bool is_named = strcmp(key_mode_text(mode), text) == 0;

        if (!key_usage_allows(wish->usage, wish->algorithm, mode) || (*text != 0 && !is_named))
            continue;
        wish->mode = mode;
        fitting++;
    }
    return fitting == 1;
}

static const char *take_wish(const json_t *request, struct key_wish *wish)
{
    const json_t *version = json_object_get(request, "version");
    const char *algorithm = text_of(request, "algorithm");

    *wish = (struct key_wish){.travel = KEY_STAYS, .algorithm = KEY_TDES_2, .version = 1};
    if (!take_usage(text_of(request, "usage"), &wish->usage))
        return "usage: expected TMK, PIK, MAK, TDK, ZMK, ZPK, ZAK, PVK, CVK, IMK-AC, PAN-STORE or "
               "PAN-INDEX";
    if (key_owner_from(text_of(request, "owner"), &wish->owner) != OK)
        return "owner: expected the name of a terminal or party, up to 16 characters";
    if (*algorithm != 0 && !take_algorithm(algorithm, &wish->algorithm))
        return "algorithm: expected DES, TDES-2, TDES-3, SM4, AES-128, AES-256 or HMAC-SHA256";
    if (!take_mode(text_of(request, "mode"), wish))
        return "this usage does not go with that algorithm and mode; a PIN, MAC or PVV key needs "
               "its mode, such as ISO 0, X9.19, PVKI 1";
    if (version != NULL &&
        (json_integer_value(version) < 1 || json_integer_value(version) > UINT32_MAX))
        return "version: expected a number from 1";
    if (version != NULL)
        wish->version = (uint32_t)json_integer_value(version);
    return NULL;
}

static const char *take_components(const json_t *request, struct hsm_command *command)
{
    const json_t *list = json_object_get(request, "components");
    const char *check = text_of(request, "check");
    size_t len = 0;

    command->of.key_combine.count = (uint8_t)json_array_size(list);
    if (json_array_size(list) < 2 || json_array_size(list) > HSM_COMPONENTS_MAX)
        return "expected two or three components";
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct secret *component = &command->of.key_combine.components[i];
        const char *hex = json_string_value(json_array_get(list, i));

        if (hex == NULL ||
            bytes_from_hex(hex, strlen(hex), component->at, sizeof component->at, &len) != OK)
            return "a component is no hex text";
        component->len = (uint8_t)len;
        if (len != key_algorithm_len(command->of.key_combine.wish.algorithm))
            return "a component has not the length of the key";
    }
    if (bytes_from_hex(check, strlen(check), command->of.key_combine.check.at, CHECK_VALUE_LEN,
                       &len) != OK ||
        (len != 0 && len < 3))
        return "check: expected six or eight hex digits";
    command->of.key_combine.check_len = (uint8_t)len;
    return NULL;
}

static struct party_server *find_party(struct server *server, const char *name)
{
    for (size_t i = 0; i < server->party_count; i++) {
        if (strcmp(server->parties[i].name, name) == 0)
            return &server->parties[i];
    }
    return NULL;
}

static const char *take_request(struct key_errand *errand, const json_t *request)
{
    const char *action = text_of(request, "action");
    const char *fault = NULL;

    errand->party = find_party(errand->server, text_of(request, "party"));
    if (errand->party == NULL)
        return "no such party runs in this process; acquit status shows them";
    errand->put = json_is_true(json_object_get(request, "put"));
    if (strcmp(action, "list") == 0) {
        errand->action = KEYS_LIST;
        errand->skip = (size_t)json_integer_value(json_object_get(request, "first"));
        errand->all = json_is_true(json_object_get(request, "all"));
        errand->lines = calloc(KEYS_LIMIT, sizeof *errand->lines);
        return errand->lines == NULL ? "no memory" : NULL;
    }
    errand->action = strcmp(action, "make") == 0 ? KEYS_MAKE : KEYS_IMPORT;
    if (errand->action == KEYS_MAKE) {
        errand->command.kind = HSM_KEY_MAKE;
        return take_wish(request, &errand->command.of.key_make);
    }
    if (strcmp(action, "import") != 0)
        return "action: expected list, make or import";
    errand->command.kind = HSM_KEY_COMBINE;
    fault = take_wish(request, &errand->command.of.key_combine.wish);
    return fault != NULL ? fault : take_components(request, &errand->command);
}

static const char *errand_start(struct key_errand *errand)
{
    struct lane_job job = {.run = errand_run, .done = errand_done, .context = errand};

    if (errand->put) {
        errand->ticket = tickets_new(&errand->server->tickets, key_show, errand);
        if (errand->ticket == 0)
            return "too busy; try again";
    }
    if (lane_run(errand->party->lane, &job))
        return NULL;
    if (errand->ticket != 0)
        tickets_drop(&errand->server->tickets, errand->ticket);
    return "too busy; try again";
}

void key_desk_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct key_errand *errand = calloc(1, sizeof *errand);
    const char *fault = "no memory";

    if (errand != NULL) {
        errand->server = server;
        errand->call = call;
        fault = take_request(errand, request);
    }
    if (fault == NULL)
        fault = errand_start(errand);
    if (fault == NULL)
        return;
    control_refuse(call, fault);
    if (errand != NULL)
        errand_free(errand);
}

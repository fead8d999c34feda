#include "app/world/verb.h"

#include "app/desk/help_desk.h"
#include "app/desk/key_desk.h"
#include "app/desk/route_verb.h"
#include "app/desk/rules_verb.h"
#include "app/desk/update_verb.h"
#include "app/doctor/checkup.h"
#include "app/doubt/doubt_verb.h"
#include "app/doubt/testify_verb.h"
#include "app/drill/summary.h"
#include "app/keeping/archive_verb.h"
#include "app/keeping/audit_verb.h"
#include "app/keeping/export_verb.h"
#include "app/keeping/standby_state.h"
#include "app/story/around_verb.h"
#include "app/story/query_verb.h"
#include "app/story/story.h"
#include "app/till/cashier.h"
#include "app/till/paper.h"
#include "app/till/till_request.h"
#include "app/world/clock_verb.h"
#include "app/world/line_verb.h"
#include "app/world/server.h"
#include "app/world/way_json.h"
#include "host/clock.h"

#include <string.h>
#include <stdlib.h>
#include <unistd.h>

typedef void verb_run(struct server *server, struct control_call *call, const json_t *request);

static json_t *terminals_json(const struct config *config)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < config->listed_terminals; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:s}", "id", config->world.terminals[i].id, "merchant",
                            config->world.merchants[config->world.terminals[i].merchant].id));
    return list;
}

static json_t *address_json(uint16_t port)
{
    char address[32];
    struct text t = text_over(address, sizeof address);

    if (port != 0) {
        text_add(&t, "127.0.0.1:");
        text_add_u64(&t, port);
    }
    return json_string(text_z(&t));
}

/* Who shares the party's store, as this node saw it last. */
static json_t *nodes_json(const struct party_server *party)
{
    struct store_node nodes[STORE_NODES_MAX];
    struct moment as_of;
    size_t count = lane_nodes(party->lane, nodes, &as_of);
    int64_t age_ms = (clock_now().ns - as_of.ns) / 1000000;
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:i, s:I, s:I, s:I, s:i}", "node",
                                              (int)nodes[i].head.node, "epoch",
                                              (json_int_t)nodes[i].head.epoch, "records",
                                              (json_int_t)nodes[i].head.sequence, "silent_ms",
                                              (json_int_t)(nodes[i].silent_ms + age_ms), "swept_by",
                                              (int)nodes[i].swept_by));
    return list;
}

static json_t *party_json(const struct party_server *party)
{
    json_t *json = json_pack("{s:s, s:s, s:o, s:i, s:o, s:i, s:o}", "name", party->name, "party",
                             party_name(party->target.party), "address", address_json(party->port),
                             "port", (int)party->port, "backup", address_json(party->backup_port),
                             "node", (int)party->node, "nodes", nodes_json(party));

    standby_state_add(party, json);
    return json;
}

static void status_verb(struct server *server, struct control_call *call, const json_t *request)
{
    const struct link_counters *counters = links_counters(server->links);
    json_t *parties = json_array();

    (void)request;
    for (size_t i = 0; i < server->party_count; i++)
        json_array_append_new(parties, party_json(&server->parties[i]));
    json_t *links = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "open", (json_int_t)counters->open, "frames_in",
        (json_int_t)counters->frames_in, "frames_out", (json_int_t)counters->frames_out, "garbled",
        (json_int_t)counters->garbled, "shed", (json_int_t)counters->shed, "lost",
        (json_int_t)counters->lost, "changed", (json_int_t)counters->changed);
    control_answer(call, json_pack("{s:b, s:b, s:i, s:s, s:o, s:o, s:o, s:o, s:o}", "ok", 1,
                                   "ready", server->is_ready, "pid", (int)getpid(), "config",
                                   server->config.path, "parties", parties, "terminals",
                                   terminals_json(&server->config), "links", links, "ways",
                                   way_json(server), "ways_since", way_json_since(server)));
}

static void down_verb(struct server *server, struct control_call *call, const json_t *request)
{
    (void)request;
    control_answer(call, json_pack("{s:b}", "ok", 1));
    server_stop(server, EXIT_SUCCESS);
}

static const struct {
    const char *name;
    verb_run *run;
} verbs[] = {
    {"find", story_find_verb}, {"story", story_verb},     {"status", status_verb},
    {"down", down_verb},       {"summary", summary_verb}, {"list", desk_list_verb},
    {"show", desk_show_verb},  {"set", desk_set_verb},    {"fund", desk_fund_verb},
    {"audit", audit_verb},     {"keys", key_desk_verb},   {"receipt", paper_receipt_verb},
    {"clock", clock_verb},     {"around", around_verb},   {"checkup", checkup_verb},
    {"rules", rules_verb},     {"code", desk_code_verb},  {"voice", desk_voice_verb},
    {"slip", paper_slip_verb}, {"route", route_verb},     {"update", update_verb},
    {"export", export_verb},   {"doubt", doubt_verb},     {"query", query_verb},
    {"line", line_verb},       {"testify", testify_verb}, {"person", person_verb},
    {"archive", archive_verb},
};

void verb_handle(void *context, struct control_call *call, const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "verb"));

    for (size_t i = 0; name != NULL && i < ARRAY_COUNT(verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            verbs[i].run(context, call, request);
            return;
        }
    }
    if (name != NULL && till_request_is_verb(name))
        cashier_verb(context, call, request);
    else
        control_refuse(call, "there is no such verb");
}

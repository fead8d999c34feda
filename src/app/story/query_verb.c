#include "app/story/query_verb.h"

#include "app/doubt/testimony_json.h"
#include "app/story/payment_json.h"
#include "app/story/story.h"
#include "app/world/server.h"

#include <stdlib.h>
#include <string.h>

/* ---- one answer out of many ---- */

static size_t distance_of(const json_t *party)
{
    static const char *const order[] = {"terminal", "acquirer", "issuer"};
    const char *name = json_string_value(json_object_get(party, "party"));
    size_t at = 0;

    while (at < ARRAY_COUNT(order) && (name == NULL || strcmp(name, order[at]) != 0))
        at++;
    return at;
}

static bool has_seen(const json_t *party)
{
    const char *state = json_string_value(json_object_get(party, "state"));

    return state != NULL && strcmp(state, payment_state_name(PAYMENT_NEVER_SEEN)) != 0;
}

static const json_t *best_of(const json_t *parties)
{
    const json_t *best = NULL;
    const json_t *party;
    size_t i;

    json_array_foreach(parties, i, party)
    {
        if (best == NULL || (has_seen(party) && !has_seen(best)) ||
            (has_seen(party) == has_seen(best) && distance_of(party) < distance_of(best)))
            best = party;
    }
    return best;
}

json_t *query_sum_up(json_t *parties)
{
    json_t *sum = json_copy((json_t *)best_of(parties));

    if (sum == NULL)
        sum = json_object();
    json_object_set_new(sum, "ok", json_true());
    json_object_set_new(sum, "parties", parties);
    return sum;
}

/* ---- asking the parties of this process ---- */

struct inquiry {
    struct control_call *call;
    struct identity identity;
    int32_t utc_offset_s;
    size_t waiting; /* parties that have not told yet */
    json_t *parties;
};

struct teller {
    struct inquiry *inquiry;
    const struct party_server *party;
    struct payment_status status;
    bool has_testimony;
    struct testimony_row testimony;
};

static void tell_run(struct lane *lane, void *context)
{
    struct teller *teller = context;

    story_load_status(lane_store(lane), &teller->inquiry->identity, &teller->status);
    teller->has_testimony =
        testimony_load(lane_store(lane), &teller->inquiry->identity, &teller->testimony);
}

static void tell_done(void *context)
{
    struct teller *teller = context;
    struct inquiry *inquiry = teller->inquiry;

    if (teller->party->target.party != PARTY_TERMINAL)
        payment_status_at_host(&teller->status);
    json_t *json = payment_status_json(&teller->status, inquiry->utc_offset_s);

    json_object_set_new(json, "party", json_string(party_name(teller->party->target.party)));
    json_object_set_new(json, "name", json_string(teller->party->name));
    json_object_set_new(json, "store", json_string(teller->party->store_name));
    testimony_set(json, teller->has_testimony ? &teller->testimony : NULL, inquiry->utc_offset_s);
    json_array_append_new(inquiry->parties, json);
    free(teller);
    if (--inquiry->waiting > 0)
        return;
    control_answer(inquiry->call, query_sum_up(inquiry->parties));
    free(inquiry);
}

static void ask_party(struct inquiry *inquiry, const struct party_server *party)
{
    struct teller *teller = calloc(1, sizeof *teller);
    struct lane_job job = {.run = tell_run, .done = tell_done, .context = teller};

    if (teller == NULL)
        return;
    teller->inquiry = inquiry;
    teller->party = party;
    inquiry->waiting++;
    if (lane_run(party->lane, &job))
        return;
    inquiry->waiting--;
    free(teller);
}

/* ---- requests ---- */

static enum party party_at(const char *at)
{
    if (strcmp(at, "terminal") == 0)
        return PARTY_TERMINAL;
    if (strcmp(at, "switch") == 0 || strcmp(at, "acquirer") == 0)
        return PARTY_ACQUIRER;
    return strcmp(at, "issuer") == 0 ? PARTY_ISSUER : PARTY_NOBODY;
}

static const char *read_request(const struct server *server, const json_t *request,
                                struct identity *identity, enum party *at)
{
    const char *payment = json_string_value(json_object_get(request, "payment"));
    const char *party = json_string_value(json_object_get(request, "at"));
    const json_t *json = json_object_get(request, "identity");

    *at = party == NULL ? PARTY_NOBODY : party_at(party);
    if (party != NULL && *at == PARTY_NOBODY)
        return "at: expected terminal, switch or issuer";
    if (payment != NULL)
        return identity_from_text(payment, server->config.world.acquirer.id, identity) == OK
                   ? NULL
                   : "payment: expected terminal/batch/trace, such as T1/000001/000042";
    return identity_from_json(json, identity) == OK
               ? NULL
               : "expected payment, or identity with acquirer, terminal, batch and trace";
}

void query_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct inquiry *inquiry = calloc(1, sizeof *inquiry);
    enum party at = PARTY_NOBODY;
    const char *fault =
        inquiry == NULL ? "no memory" : read_request(server, request, &inquiry->identity, &at);

    if (fault == NULL) {
        inquiry->call = call;
        inquiry->utc_offset_s = server->config.world.utc_offset_s;
        inquiry->parties = json_array();
        for (size_t i = 0; i < server->party_count; i++) {
            if (at == PARTY_NOBODY || server->parties[i].target.party == at)
                ask_party(inquiry, &server->parties[i]);
        }
        if (inquiry->waiting > 0)
            return;
        json_decref(inquiry->parties);
        fault = "no such party runs in this process, or it is too busy";
    }
    free(inquiry);
    control_refuse(call, fault);
}

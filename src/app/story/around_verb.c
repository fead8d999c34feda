#include "app/story/around_verb.h"

#include "app/story/payment_json.h"
#include "app/story/surroundings.h"
#include "app/world/server.h"

#include <stdlib.h>

struct asking {
    struct control_call *call;
    struct identity identity;
    int32_t utc_offset_s;
    struct surroundings found;
};

static void ask_run(struct lane *lane, void *context)
{
    struct asking *asking = context;
    struct journals journals;

    journals_open(lane, &journals);
    surroundings_read(&journals, &asking->identity, &asking->found);
}

static json_t *facts_json(const struct rank_evidence *evidence)
{
    json_t *facts = json_object();

    for (unsigned fact = 0; fact < RANK_FACT_COUNT; fact++) {
        if (evidence->is_known[fact])
            json_object_set_new(facts, rank_fact_name((enum rank_fact)fact),
                                json_integer(evidence->values[fact]));
    }
    return facts;
}

static void ask_done(void *context)
{
    struct asking *asking = context;
    const struct surroundings *found = &asking->found;

    if (found->is_found)
        control_answer(asking->call,
                       json_pack("{s:b, s:o, s:i, s:i, s:i, s:o}", "ok", 1, "facts",
                                 facts_json(&found->evidence), "records", (int)found->record_count,
                                 "before", SURROUNDINGS_BEFORE, "after", SURROUNDINGS_AFTER,
                                 "since", json_instant(found->since, asking->utc_offset_s)));
    else
        control_refuse(asking->call, "no payment fits that");
    free(asking);
}

void around_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct asking *asking = calloc(1, sizeof *asking);
    struct lane_job job = {.run = ask_run, .done = ask_done, .context = asking};
    struct party_server *party = server_party(server, PARTY_ACQUIRER);
    const char *fault = NULL;

    if (asking == NULL ||
        identity_from_json(json_object_get(request, "identity"), &asking->identity) != OK)
        fault = "identity: expected acquirer, terminal, batch and trace";
    else if (party == NULL)
        fault = "the switch is not here";
    if (fault == NULL) {
        asking->call = call;
        asking->utc_offset_s = server->config.world.utc_offset_s;
        if (lane_run(party->lane, &job))
            return;
        fault = "too busy; try again";
    }
    control_refuse(call, fault);
    free(asking);
}

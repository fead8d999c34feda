#include "lab/lab_party.h"

enum err lab_party_open(const struct lab_party_setup *setup, struct lab_party *out)
{
    struct engine_setup engine_setup = {
        .party = setup->party,
        .store = setup->store,
        .hsm = setup->hsm,
        .net = setup->net,
        .waiting_max = LAB_WAITING_MAX,
    };
    struct lab_party party = {
        .world = setup->world, .target = setup->target, .store = setup->store, .hsm = setup->hsm};
    if (setup->spare) {
        engine_reopen(setup->spare, &engine_setup);
        party.engine = setup->spare;
    } else {
        TRY(engine_open(&engine_setup, &party.engine));
    }
    *out = party;
    return OK;
}

struct engine *lab_party_leave(struct lab_party *party)
{
    struct engine *engine = party->engine;
    party->engine = NULL;
    return engine;
}

void lab_party_close(struct lab_party *party)
{
    if (party->engine)
        engine_close(party->engine);
    party->engine = NULL;
}

bool lab_party_command(struct lab_party *party, const struct node_event *model,
                       const struct node_command *command)
{
    struct node_event *event = engine_event_new(party->engine);
    if (!event)
        return false;
    *event = *model;
    event->kind = EVENT_COMMAND;
    engine_event_command(party->engine, event, command);
    return true;
}

struct feeding {
    struct lab_party *party;
    const struct node_event *model;
};

static enum err feed(void *self, const struct node_command *command)
{
    struct feeding *feeding = self;
    if (!lab_party_command(feeding->party, feeding->model, command))
        return ERR_FULL;
    if (engine_waiting(feeding->party->engine) < BATCH_EVENTS_MAX)
        return OK;
    return engine_run(feeding->party->engine) == ENGINE_IDLE ? OK : ERR_IO;
}

enum err lab_party_provision(struct lab_party *party, const struct lab_seed *seed,
                             const struct node_event *model)
{
    struct feeding feeding = {.party = party, .model = model};
    struct lab_sink sink = {.self = &feeding, .put = feed};
    TRY(lab_provision(party->world, seed, party->hsm, &party->target, &sink));
    return engine_run(party->engine) == ENGINE_IDLE ? OK : ERR_IO;
}

enum err lab_party_start(struct lab_party *party, const struct node_event *model)
{
    return engine_recover(party->engine, model);
}

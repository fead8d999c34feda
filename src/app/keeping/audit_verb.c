#include "app/keeping/audit_verb.h"

#include "app/keeping/audit_report.h"
#include "app/world/server.h"

#include <stdlib.h>
#include <string.h>

struct auditing {
    struct control_call *call;
    bool quick;
    size_t waiting;
    json_t *parties;
};

struct auditor {
    struct auditing *auditing;
    const struct party_server *party;
    struct audit_report report;
};

static void audit_run(struct lane *lane, void *context)
{
    struct auditor *auditor = context;

    audit_report_make(lane_store(lane), &auditor->party->hsm, auditor->auditing->quick,
                      &auditor->report);
}

static void leave(struct auditing *auditing)
{
    if (--auditing->waiting > 0)
        return;
    if (json_array_size(auditing->parties) > 0)
        control_answer(auditing->call,
                       json_pack("{s:b, s:O}", "ok", 1, "parties", auditing->parties));
    else
        control_refuse(auditing->call, "too busy; try again");
    json_decref(auditing->parties);
    free(auditing);
}

static void audit_done(void *context)
{
    struct auditor *auditor = context;
    struct auditing *auditing = auditor->auditing;

    json_array_append_new(auditing->parties, audit_report_json(&auditor->report));
    free(auditor);
    leave(auditing);
}

static void start(struct auditing *auditing, const struct party_server *party)
{
    struct auditor *auditor = calloc(1, sizeof *auditor);
    struct lane_job job = {.run = audit_run, .done = audit_done, .context = auditor};

    if (auditor == NULL)
        return;
    auditor->auditing = auditing;
    auditor->party = party;
    auditor->report.party = party->target.party;
    memcpy(auditor->report.name, party->name, sizeof auditor->report.name);
    if (lane_run(party->lane, &job))
        auditing->waiting++;
    else
        free(auditor);
}

void audit_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct auditing *auditing = calloc(1, sizeof *auditing);

    if (auditing == NULL) {
        control_refuse(call, "no memory");
        return;
    }
    auditing->call = call;
    auditing->quick = json_is_true(json_object_get(request, "quick"));
    auditing->parties = json_array();
    auditing->waiting = 1; /* this function's own */
    for (size_t i = 0; i < server->party_count; i++)
        start(auditing, &server->parties[i]);
    leave(auditing);
}

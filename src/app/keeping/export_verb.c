#include "app/keeping/export_verb.h"

#include "app/keeping/party_export.h"
#include "app/world/server.h"
#include "host/clock.h"

#include <stdlib.h>
#include <string.h>

struct exporting {
    struct control_call *call;
    char folder[CONFIG_PATH_LEN];
    char archive[CONFIG_PATH_LEN]; /* "": none */
    bool has_bytes;
    bool is_busy; /* a lane had no room */
    size_t waiting;
    json_t *parties;
};

struct export_job {
    struct exporting *exporting;
    struct party_export_order order;
    struct party_export_counts counts;
    char error[256];
    enum err err;
};

static void export_run(struct lane *lane, void *context)
{
    struct export_job *job = context;
    struct text error = text_over(job->error, sizeof job->error);

    job->order.at = clock_wall();
    job->err = party_export_write(lane_store(lane), &job->order, &job->counts, &error);
}

static void leave(struct exporting *exporting)
{
    if (--exporting->waiting > 0)
        return;
    if (json_array_size(exporting->parties) > 0 || !exporting->is_busy)
        control_answer(exporting->call,
                       json_pack("{s:b, s:O}", "ok", 1, "parties", exporting->parties));
    else
        control_refuse(exporting->call, "too busy; try again");
    json_decref(exporting->parties);
    free(exporting);
}

static void export_done(void *context)
{
    struct export_job *job = context;
    struct exporting *exporting = job->exporting;
    json_t *party =
        json_pack("{s:s, s:I, s:I}", "name", job->order.name, "records",
                  (json_int_t)job->counts.records, "rows", (json_int_t)job->counts.rows);

    if (job->err != OK)
        json_object_set_new(party, "error",
                            json_string(job->error[0] != 0 ? job->error : err_text(job->err)));
    json_array_append_new(exporting->parties, party);
    free(job);
    leave(exporting);
}

static void start(struct exporting *exporting, const struct party_server *party)
{
    struct export_job *job = calloc(1, sizeof *job);
    struct lane_job lane_job = {.run = export_run, .done = export_done, .context = job};

    if (job == NULL)
        return;
    struct text name = text_over(job->order.name, sizeof job->order.name);
    text_add(&name, party->store_name);
    job->exporting = exporting;
    job->order.folder = exporting->folder;
    job->order.archive = exporting->archive[0] != 0 ? exporting->archive : NULL;
    job->order.party = party->target.party;
    job->order.has_bytes = exporting->has_bytes;
    if (lane_run(party->lane, &lane_job)) {
        exporting->waiting++;
        return;
    }
    exporting->is_busy = true;
    free(job);
}

/* Of nodes that share a store one exports it: here, or in a process that was asked before. */
static bool is_exported(const struct server *server, size_t index, const json_t *done)
{
    const char *store = server->parties[index].store_name;
    const json_t *name;
    size_t i;

    for (i = 0; i < index; i++)
        if (strcmp(server->parties[i].store_name, store) == 0)
            return true;
    json_array_foreach(done, i, name)
    {
        if (json_is_string(name) && strcmp(json_string_value(name), store) == 0)
            return true;
    }
    return false;
}

void export_verb(struct server *server, struct control_call *call, const json_t *request)
{
    const char *folder = json_string_value(json_object_get(request, "to"));
    const char *archive = json_string_value(json_object_get(request, "archive"));
    struct exporting *exporting = calloc(1, sizeof *exporting);

    if (exporting == NULL || folder == NULL || folder[0] != '/' ||
        strlen(folder) >= sizeof exporting->folder ||
        (archive != NULL && (archive[0] != '/' || strlen(archive) >= sizeof exporting->archive))) {
        control_refuse(call, "to, archive: the full path of a folder is expected");
        free(exporting);
        return;
    }
    struct text to = text_over(exporting->folder, sizeof exporting->folder);
    text_add(&to, folder);
    struct text from = text_over(exporting->archive, sizeof exporting->archive);
    text_add(&from, archive == NULL ? "" : archive);
    exporting->call = call;
    exporting->has_bytes = json_is_true(json_object_get(request, "bytes"));
    exporting->parties = json_array();
    exporting->waiting = 1; /* this function's own */
    for (size_t i = 0; i < server->party_count; i++)
        if (!is_exported(server, i, json_object_get(request, "done")))
            start(exporting, &server->parties[i]);
    leave(exporting);
}

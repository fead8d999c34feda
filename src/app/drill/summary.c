#include "app/drill/summary.h"

#include "app/world/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

static bool list_add(struct summary_list *list, const struct payment_row *row)
{
    if (list->count == list->cap) {
        size_t cap = list->cap == 0 ? 1024 : 2 * list->cap;
        struct agree_entry *at = realloc(list->at, cap * sizeof *at);
        if (at == NULL)
            return false;
        list->at = at;
        list->cap = cap;
    }
    agree_entry_of(row, &list->at[list->count++]);
    return true;
}

static bool visit_payment(void *context, const struct row_key *key, struct bytes value)
{
    struct payment_row row;

    (void)key;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    return list_add(context, &row);
}

static bool visit_pending(void *context, const struct row_key *key, struct bytes value)
{
    struct summary_list *list = context;
    struct pending_row row;

    (void)key;
    memset(&row, 0, sizeof row);
    if (value.len == sizeof row)
        memcpy(&row, value.at, sizeof row);
    list->pending += row.kind != PENDING_HOLD; /* a hold may wait for weeks */
    return true;
}

bool summary_collect(struct lane *lane, struct summary_list *out)
{
    struct store *store = lane_store(lane);
    struct row_key payments = row_key_of(TABLE_PAYMENT, NULL, 0);
    struct row_key pending = row_key_of(TABLE_PENDING, NULL, 0);

    *out = (struct summary_list){0};
    return store->scan(store->self, &payments, visit_payment, out) == STORE_OK &&
           store->scan(store->self, &pending, visit_pending, out) == STORE_OK;
}

static int by_key(const void *a, const void *b)
{
    return agree_entry_order(a, b);
}

void summary_sort(struct summary_list *list)
{
    if (list->count > 0)
        qsort(list->at, list->count, sizeof *list->at, by_key);
}

void summary_free(struct summary_list *list)
{
    free(list->at);
    *list = (struct summary_list){0};
}

enum err summary_read(const char *path, struct summary_list *out)
{
    FILE *in = fopen(path, "rb");
    struct agree_entry entry;

    *out = (struct summary_list){0};
    if (in == NULL)
        return ERR_IO;
    while (fread(&entry, sizeof entry, 1, in) == 1) {
        if (out->count == out->cap) {
            size_t cap = out->cap == 0 ? 1024 : 2 * out->cap;
            struct agree_entry *at = realloc(out->at, cap * sizeof *at);
            if (at == NULL)
                break;
            out->at = at;
            out->cap = cap;
        }
        out->at[out->count++] = entry;
    }
    bool is_whole = feof(in) != 0;
    fclose(in);
    return is_whole ? OK : ERR_FULL;
}

/* ---- the verb ---- */

struct summing_up {
    struct control_call *call;
    size_t waiting;
    json_t *files;
};

struct summary_job {
    struct summing_up *summing_up;
    char path[CONFIG_PATH_LEN + 64];
    const char *name;
    size_t count;
    size_t pending;
    bool is_good;
};

static bool write_list(const char *path, const struct summary_list *list)
{
    FILE *out = fopen(path, "wb");

    if (out == NULL)
        return false;
    bool is_written =
        list->count == 0 || fwrite(list->at, sizeof *list->at, list->count, out) == list->count;
    return fclose(out) == 0 && is_written;
}

static void summary_run(struct lane *lane, void *context)
{
    struct summary_job *job = context;
    struct summary_list list;

    job->is_good = summary_collect(lane, &list) && write_list(job->path, &list);
    job->count = list.count;
    job->pending = list.pending;
    summary_free(&list);
}

static void summary_done(void *context)
{
    struct summary_job *job = context;
    struct summing_up *summing_up = job->summing_up;

    if (job->is_good)
        json_array_append_new(summing_up->files,
                              json_pack("{s:s, s:s, s:I, s:I}", "name", job->name, "path",
                                        job->path, "count", (json_int_t)job->count, "pending",
                                        (json_int_t)job->pending));
    free(job);
    if (--summing_up->waiting > 0)
        return;
    control_answer(summing_up->call, json_pack("{s:b, s:o}", "ok", 1, "files", summing_up->files));
    free(summing_up);
}

static void summary_party(struct server *server, struct party_server *party,
                          struct summing_up *summing_up)
{
    struct summary_job *job = calloc(1, sizeof *job);
    struct lane_job lane_job = {.run = summary_run, .done = summary_done, .context = job};

    if (job == NULL)
        return;
    job->summing_up = summing_up;
    job->name = party->name;
    struct text path = text_over(job->path, sizeof job->path);
    text_add(&path, server->config.data);
    text_add_char(&path, '/');
    text_add(&path, party->name);
    text_add(&path, ".summary");
    summing_up->waiting++;
    if (lane_run(party->lane, &lane_job))
        return;
    summing_up->waiting--;
    free(job);
}

void summary_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct summing_up *summing_up = calloc(1, sizeof *summing_up);

    (void)request;
    if (summing_up == NULL) {
        control_refuse(call, "no memory");
        return;
    }
    summing_up->call = call;
    summing_up->files = json_array();
    for (size_t i = 0; i < server->party_count; i++)
        summary_party(server, &server->parties[i], summing_up);
    if (summing_up->waiting > 0)
        return;
    json_decref(summing_up->files);
    free(summing_up);
    control_refuse(call, "too busy; try again");
}

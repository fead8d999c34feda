#include "app/keeping/archive_client.h"

#include "app/world/folder.h"
#include "base/assert.h"
#include "books/handout_rows.h"
#include "host/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define BUSY_TRIES 100
#define BUSY_PAUSE_MS 50

static enum err fail(const struct archive_host *host, enum err err, const char *what)
{
    text_add(host->why, host->name);
    text_add(host->why, ": ");
    text_add(host->why, what);
    return err;
}

/* ---- asking ---- */

static void pause_ms(long ms)
{
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&wait, NULL);
}

static bool is_busy(const json_t *answer)
{
    return strncmp(client_text(answer, "error"), "too busy", 8) == 0;
}

enum err archive_ask(struct archive_host *host, json_t *request, json_t **answer)
{
    enum err err = OK;

    json_object_set_new(request, "verb", json_string("archive"));
    json_object_set_new(request, "party", json_string(host->name));
    *answer = NULL;
    for (int i = 0; i < BUSY_TRIES && err == OK; i++) {
        json_decref(*answer);
        *answer = NULL;
        err = control_ask(host->socket, request, CLIENT_WAIT_MS, answer, host->why);
        if (err != OK || !is_busy(*answer))
            break;
        pause_ms(BUSY_PAUSE_MS);
    }
    json_decref(request);
    if (err != OK || json_is_true(json_object_get(*answer, "ok")))
        return err;
    err = fail(host, ERR_NOT_ALLOWED, client_text(*answer, "error"));
    json_decref(*answer);
    *answer = NULL;
    return err;
}

enum err archive_look(struct archive_host *host)
{
    return archive_ask(host, json_pack("{s:s}", "do", "look"), &host->look);
}

void archive_host_release(struct archive_host *host)
{
    json_decref(host->look);
    json_decref(host->days);
    json_decref(host->rests);
    host->look = host->days = host->rests = NULL;
}

/* ---- what may go ---- */

static void add_counts(json_t *days, const char *date, const json_t *counts)
{
    json_t *day = json_object_get(days, date);
    const char *name;
    json_t *count;

    if (day == NULL) {
        day = json_object();
        json_object_set_new(days, date, day);
    }
    json_object_foreach((json_t *)(uintptr_t)counts, name, count)
    {
        json_int_t so_far = json_integer_value(json_object_get(day, name));
        json_object_set_new(day, name, json_integer(so_far + json_integer_value(count)));
    }
}

static void take_survey(struct archive_host *host, const json_t *answer)
{
    const char *date;
    json_t *counts;
    json_t *rest;
    size_t i;

    json_object_foreach(json_object_get(answer, "days"), date, counts)
        add_counts(host->days, date, counts);
    json_array_foreach(json_object_get(answer, "rests"), i, rest)
        json_object_set_new(host->rests, json_string_value(rest), json_true());
}

/* Asks for page after page. */
static enum err ask_pages(struct archive_host *host, json_t *request,
                          enum err (*take)(struct archive_host *host, const json_t *answer,
                                           void *context),
                          void *context)
{
    json_t *next = json_null();
    enum err err = OK;

    do {
        json_t *answer;
        json_t *page = json_deep_copy(request);

        json_object_set_new(page, "from", next);
        next = json_null();
        err = archive_ask(host, page, &answer);
        if (err != OK)
            break;
        err = take(host, answer, context);
        next = json_incref(json_object_get(answer, "next"));
        json_decref(answer);
    } while (err == OK && json_is_string(next));
    json_decref(next);
    json_decref(request);
    return err;
}

static enum err take_survey_page(struct archive_host *host, const json_t *answer, void *context)
{
    (void)context;
    take_survey(host, answer);
    return OK;
}

enum err archive_survey(struct archive_host *host)
{
    host->days = json_object();
    host->rests = json_object();
    return ask_pages(host, json_pack("{s:s}", "do", "survey"), take_survey_page, NULL);
}

bool archive_day_is_due(const json_t *day)
{
    return json_object_size(day) == 1 && json_object_get(day, "due") != NULL;
}

/* ---- removing ---- */

struct leaving {
    struct archive_host *host;
    const json_t *day;
    json_t *payments;
    enum err err;
};

static json_t *day_request(const char *what, const json_t *day)
{
    json_t *request = json_pack("{s:s}", "do", what);

    json_object_set(request, "date", json_object_get(day, "date"));
    json_object_set(request, "part", json_object_get(day, "part"));
    return request;
}

/* Has the first of the list removed, and takes them off it. */
static enum err purge_some(struct leaving *leaving)
{
    json_t *request = day_request("purge", leaving->day);
    json_t *answer;

    json_object_set(request, "payments", leaving->payments);
    TRY(archive_ask(leaving->host, request, &answer));
    json_int_t count = json_integer_value(json_object_get(answer, "dealt_with"));
    json_decref(answer);
    if (count == 0)
        pause_ms(BUSY_PAUSE_MS);
    for (json_int_t i = 0; i < count; i++)
        json_array_remove(leaving->payments, 0);
    return OK;
}

static bool take_payment(void *context, const struct archive_head *head, enum archive_item kind,
                         struct bytes bytes)
{
    struct leaving *leaving = context;
    uint8_t key[IDENTITY_KEY_LEN];
    uint8_t digest[JOURNAL_HASH_LEN];
    struct payment_row row;

    (void)head;
    if (kind != ARCHIVE_PAYMENT)
        return true;
    memcpy(&row, bytes.at, sizeof row);
    identity_to_key(&row.identity, key);
    leaving->err = journal_hash(bytes, digest);
    json_array_append_new(leaving->payments,
                          json_pack("{s:o, s:o}", "key", archive_hex(key, sizeof key), "digest",
                                    archive_hex(digest, sizeof digest)));
    while (leaving->err == OK && json_array_size(leaving->payments) == ARCHIVE_PAYMENTS_MAX)
        leaving->err = purge_some(leaving);
    return leaving->err == OK;
}

/* Is the file what its proof says? */
static enum err check_file(struct archive_host *host, const json_t *day, char *path)
{
    uint32_t date = (uint32_t)json_integer_value(json_object_get(day, "date"));
    uint16_t part = (uint16_t)json_integer_value(json_object_get(day, "part"));
    uint8_t digest[JOURNAL_HASH_LEN];
    struct archive_file_facts facts;

    TRY(archive_path(host->folder, date, part, path, host->why));
    TRY(archive_file_read(path, NULL, NULL, &facts, host->why));
    if (archive_from_hex(json_object_get(day, "digest"), digest, sizeof digest) &&
        memcmp(digest, facts.sum.sha256, sizeof digest) == 0 && facts.head.date == date &&
        facts.count == json_integer_value(json_object_get(day, "count")))
        return OK;
    text_add(host->why, path);
    text_add(host->why, ": it is not the file that the host has the proof of");
    return ERR_CORRUPT;
}

static enum err end_day(struct archive_host *host, const json_t *day)
{
    json_t *request = day_request("proof", day);
    json_t *answer;

    json_object_set(request, "digest", json_object_get(day, "digest"));
    json_object_set(request, "count", json_object_get(day, "count"));
    json_object_set_new(request, "done", json_true());
    TRY(archive_ask(host, request, &answer));
    json_decref(answer);
    return OK;
}

/* The proof is recorded: removes what the file holds. */
static enum err leave(struct archive_host *host, const json_t *day)
{
    struct leaving leaving = {.host = host, .day = day, .payments = json_array()};
    struct archive_file_facts facts;
    char path[ARCHIVE_PATH_ROOM];
    enum err err = check_file(host, day, path);

    if (err == OK)
        err = archive_file_read(path, take_payment, &leaving, &facts, host->why);
    if (err == OK)
        err = leaving.err;
    while (err == OK && json_array_size(leaving.payments) > 0)
        err = purge_some(&leaving);
    json_decref(leaving.payments);
    return err == OK ? end_day(host, day) : err;
}

enum err archive_resume(struct archive_host *host)
{
    json_t *day;
    size_t i;

    json_array_foreach(json_object_get(host->look, "leaving"), i, day) TRY(leave(host, day));
    return OK;
}

/* ---- writing ---- */

enum err archive_path(const char *folder, uint32_t date, uint16_t part,
                      char out[static ARCHIVE_PATH_ROOM], struct text *why)
{
    struct text t = text_over(out, ARCHIVE_PATH_ROOM);

    text_add(&t, folder);
    text_add(&t, "/");
    text_add_u64(&t, date);
    text_add(&t, "-");
    text_add_u64(&t, part);
    text_add(&t, ".day");
    if (!t.cut)
        return OK;
    text_add(why, folder);
    text_add(why, ": its path is too long");
    return ERR_BAD_LENGTH;
}

/* A day that is being written. */
struct written {
    uint32_t date;
    uint16_t part;
    struct archive_file *file;
    bool is_kept; /* after all */
};

struct writing {
    struct written days[ARCHIVE_DATES_MAX];
    size_t count;
};

static enum err ask_part(struct archive_host *host, struct written *day)
{
    json_t *answer;

    TRY(archive_ask(host, json_pack("{s:s, s:I}", "do", "part", "date", (json_int_t)day->date),
                    &answer));
    day->part = (uint16_t)json_integer_value(json_object_get(answer, "part"));
    json_decref(answer);
    return OK;
}

static enum err begin_day(struct archive_host *host, struct written *day)
{
    struct archive_head head = {
        .date = day->date,
        .made = {json_integer_value(json_object_get(host->look, "now_us"))},
        .utc_offset_s = (int32_t)json_integer_value(json_object_get(host->look, "utc_offset_s")),
    };
    char path[ARCHIVE_PATH_ROOM];

    TRY(ask_part(host, day));
    head.part = day->part;
    memcpy(head.host, host->name, sizeof head.host);
    if (!archive_from_hex(json_object_get(host->look, "pan_key"), head.pan_key,
                          sizeof head.pan_key))
        return fail(host, ERR_BAD_FORMAT, "it does not name its PAN key");
    TRY(archive_path(host->folder, day->date, day->part, path, host->why));
    return archive_file_make(path, &head, &day->file, host->why);
}

static struct written *find_day(struct writing *writing, json_int_t date)
{
    for (size_t i = 0; i < writing->count; i++) {
        if (writing->days[i].date == date)
            return &writing->days[i];
    }
    return NULL;
}

static enum err add_hex(struct archive_file *file, enum archive_item kind, const json_t *json)
{
    static uint8_t room[JOURNAL_RECORD_LEN_MAX];
    const char *hex = json_string_value(json);
    size_t len = 0;

    if (hex == NULL)
        return ERR_BAD_FORMAT;
    TRY(bytes_from_hex(hex, strlen(hex), room, sizeof room, &len));
    return archive_file_add(file, kind, bytes_over(room, len));
}

static enum err add_list(struct archive_file *file, enum archive_item kind, const json_t *list)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item) TRY(add_hex(file, kind, item));
    return OK;
}

/* Others rest on it: the day stays. */
static bool is_rested_on(const struct archive_host *host, const struct payment_row *row)
{
    uint8_t key[IDENTITY_KEY_LEN];
    char hex[2 * IDENTITY_KEY_LEN + 1] = {0};

    identity_to_key(&row->identity, key);
    bytes_to_hex(key, sizeof key, hex);
    return json_object_get(host->rests, hex) != NULL;
}

static enum err add_item(struct archive_host *host, struct written *day, const json_t *item)
{
    struct payment_row row;

    if (!archive_from_hex(json_object_get(item, "row"), &row, sizeof row))
        return fail(host, ERR_BAD_FORMAT, "a payment cannot be read");
    if (is_rested_on(host, &row)) {
        day->is_kept = true;
        return OK;
    }
    enum err err = add_hex(day->file, ARCHIVE_PAYMENT, json_object_get(item, "row"));
    if (err == OK)
        err = add_list(day->file, ARCHIVE_SIGNATURE, json_object_get(item, "signatures"));
    if (err == OK)
        err = add_list(day->file, ARCHIVE_RECORD, json_object_get(item, "records"));
    return err == OK ? OK : fail(host, err, err_text(err));
}

static enum err take_rows(struct archive_host *host, const json_t *answer, void *context)
{
    struct writing *writing = context;
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(answer, "kept"), i, item)
    {
        struct written *day = find_day(writing, json_integer_value(item));
        if (day != NULL)
            day->is_kept = true;
    }
    json_array_foreach(json_object_get(answer, "items"), i, item)
    {
        struct written *day = find_day(writing, json_integer_value(json_object_get(item, "date")));
        if (day != NULL && !day->is_kept)
            TRY(add_item(host, day, item));
    }
    return OK;
}

/* The file is whole and has its name; it is read back before anything is recorded of it. */
static enum err prove_day(struct archive_host *host, const struct written *day,
                          const struct journal_file_sum *sum, uint32_t count)
{
    json_t *proof =
        json_pack("{s:s, s:I, s:i, s:I, s:I, s:o}", "do", "proof", "date", (json_int_t)day->date,
                  "part", (int)day->part, "count", (json_int_t)count, "bytes",
                  (json_int_t)sum->bytes, "digest", archive_hex(sum->sha256, sizeof sum->sha256));
    char path[ARCHIVE_PATH_ROOM];
    json_t *answer = NULL;
    enum err err = folder_sync(host->folder) ? check_file(host, proof, path)
                                             : fail(host, ERR_IO, "its folder cannot be synced");

    if (err == OK)
        err = archive_ask(host, json_deep_copy(proof), &answer);
    json_decref(answer);
    if (err == OK)
        err = leave(host, proof);
    json_decref(proof);
    return err;
}

static enum err end_written(struct archive_host *host, struct written *day)
{
    struct journal_file_sum sum;
    uint32_t count = archive_file_count(day->file);

    if (day->is_kept || count == 0) {
        archive_file_abandon(day->file);
        day->file = NULL;
        return OK;
    }
    enum err err = archive_file_end(day->file, &sum);
    day->file = NULL;
    if (err != OK)
        return fail(host, err, err_text(err));
    TRY(prove_day(host, day, &sum, count));
    host->files++;
    host->archived += count;
    return OK;
}

static enum err write_days(struct archive_host *host, struct writing *writing)
{
    json_t *dates = json_array();
    enum err err = OK;

    for (size_t i = 0; i < writing->count; i++)
        json_array_append_new(dates, json_integer((json_int_t)writing->days[i].date));
    for (size_t i = 0; i < writing->count && err == OK; i++)
        err = begin_day(host, &writing->days[i]);
    if (err == OK)
        err = ask_pages(host, json_pack("{s:s, s:O}", "do", "rows", "dates", dates), take_rows,
                        writing);
    for (size_t i = 0; i < writing->count && err == OK; i++)
        err = end_written(host, &writing->days[i]);
    for (size_t i = 0; i < writing->count; i++)
        archive_file_abandon(writing->days[i].file);
    json_decref(dates);
    writing->count = 0;
    return err;
}

static enum err make_folder(const struct archive_host *host)
{
    if (mkdir(host->folder, 0700) == 0 || errno == EEXIST)
        return OK;
    text_add(host->why, host->folder);
    text_add(host->why, ": ");
    text_add(host->why, strerror(errno));
    return ERR_IO;
}

static int compare_dates(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;

    return left < right ? -1 : left > right;
}

/* The days that are due, oldest first; *out is to be freed. */
static size_t due_dates(const struct archive_host *host, uint32_t **out)
{
    const char *name;
    const json_t *day;
    size_t count = 0;

    *out = calloc(json_object_size(host->days) + 1, sizeof **out);
    json_object_foreach(host->days, name, day)
    {
        if (*out != NULL && archive_day_is_due(day))
            (*out)[count++] = (uint32_t)strtoul(name, NULL, 10);
    }
    if (count > 0)
        qsort(*out, count, sizeof **out, compare_dates);
    return count;
}

enum err archive_write(struct archive_host *host)
{
    struct writing *writing = calloc(1, sizeof *writing);
    uint32_t *dates = NULL;
    size_t count = due_dates(host, &dates);
    enum err err = writing == NULL || dates == NULL ? ERR_FULL : make_folder(host);

    for (size_t i = 0; i < count && err == OK; i++) {
        writing->days[writing->count] = (struct written){.date = dates[i]};
        writing->count++;
        if (writing->count == ARCHIVE_DATES_MAX || i + 1 == count)
            err = write_days(host, writing);
    }
    free(dates);
    free(writing);
    return err;
}

/* ---- checking ---- */

static enum err check_days(struct archive_host *host, const json_t *answer, void *context)
{
    uint32_t *files = context;
    char path[ARCHIVE_PATH_ROOM];
    const json_t *day;
    size_t i;

    json_array_foreach(json_object_get(answer, "days"), i, day)
    {
        TRY(check_file(host, day, path));
        (*files)++;
    }
    return OK;
}

enum err archive_check(struct archive_host *host, uint32_t *out)
{
    *out = 0;
    return ask_pages(host, json_pack("{s:s}", "do", "proofs"), check_days, out);
}

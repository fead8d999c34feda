#include "app/keeping/archive_story.h"

#include "app/story/payment_json.h"
#include "app/world/folder.h"
#include "drivers/journal/archive_file.h"
#include "view/reason.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One look through the files; take is called for each item. */
struct search {
    const struct archive_question *question;
    /* which payment is meant */
    bool by_rrn;
    char rrn[RRN_LEN];
    char terminal[TERMINAL_ID_LEN];
    uint32_t trace;
    uint32_t date;            /* 0: any */
    struct identity identity; /* gathering: of this one */
    bool is_gathering;
    bool is_found;
    struct instant newest;
    /* of the file that is being read */
    bool is_in_it; /* the newest payment item was the wanted one */
    json_t *story;
    json_t *parties;
};

/* ---- items ---- */

static bool fits(const struct search *search, const struct payment_row *row)
{
    if (search->is_gathering)
        return identity_equal(&row->identity, &search->identity);
    if (search->by_rrn)
        return memcmp(row->rrn, search->rrn, RRN_LEN) == 0;
    return row->identity.trace == search->trace &&
           memcmp(row->identity.terminal, search->terminal, TERMINAL_ID_LEN) == 0 &&
           (search->date == 0 || row->business_date == search->date);
}

static struct reason_for whom_of(const struct search *search, int32_t utc_offset_s)
{
    struct reason_for whom = {.reader = explain_reader_by_name(search->question->reader),
                              .lang = explain_lang_by_name(search->question->lang),
                              .utc_offset_s = utc_offset_s};

    if (whom.reader == READER_COUNT)
        whom.reader = READER_OPERATOR;
    if (whom.lang == LANG_COUNT)
        whom.lang = LANG_EN;
    return whom;
}

static void explain_into(const struct payment_row *row, const struct reason_for *whom, json_t *json)
{
    char room[EXPLAIN_TEXT_MAX];
    struct text t = text_over(room, sizeof room);

    reason_add_text(row, whom, &t);
    json_object_set_new(json, "explanation", json_string(text_z(&t)));
    t = text_over(room, sizeof room);
    reason_add_json(row, whom, &t);
    json_object_set_new(json, "reason", json_loads(text_z(&t), 0, NULL));
}

/* A later part of the same host replaces what an earlier one said. */
static void replace_party(json_t *parties, json_t *story)
{
    json_t *party;
    size_t i;

    json_array_foreach(parties, i, party)
    {
        if (strcmp(client_text(party, "name"), client_text(story, "name")) == 0) {
            json_array_set_new(parties, i, story);
            return;
        }
    }
    json_array_append_new(parties, story);
}

static void begin_story(struct search *search, const struct archive_head *head,
                        const struct payment_row *row)
{
    bool is_acquirer = strncmp(head->host, "acquirer", 8) == 0;
    struct reason_for whom = whom_of(search, head->utc_offset_s);
    struct payment_status status;

    payment_status_of(&row->identity, row, NULL, &status);
    search->story = json_pack(
        "{s:s, s:s, s:o, s:[], s:o, s:I}", "party", is_acquirer ? "acquirer" : "issuer", "name",
        head->host, "payment", payment_row_json(row, head->utc_offset_s), "records", "status",
        payment_status_json(&status, head->utc_offset_s), "archived", (json_int_t)head->date);
    explain_into(row, &whom, search->story);
    replace_party(search->parties, search->story);
}

static void add_record(struct search *search, const struct archive_head *head, struct bytes bytes)
{
    struct journal_record *record = calloc(1, sizeof *record);

    if (record != NULL && journal_decode(bytes, record) == OK) {
        json_t *json = journal_record_json(record, head->utc_offset_s);
        json_object_set_new(json, "name", json_string(head->host));
        json_array_append_new(json_object_get(search->story, "records"), json);
    }
    free(record);
}

static void note_found(struct search *search, const struct payment_row *row)
{
    if (search->is_found && row->created.us <= search->newest.us)
        return;
    search->is_found = true;
    search->newest = row->created;
    search->identity = row->identity;
}

static bool take_item(void *context, const struct archive_head *head, enum archive_item kind,
                      struct bytes bytes)
{
    struct search *search = context;
    struct payment_row row;

    if (kind == ARCHIVE_RECORD && search->is_gathering && search->is_in_it)
        add_record(search, head, bytes);
    if (kind != ARCHIVE_PAYMENT)
        return true;
    memcpy(&row, bytes.at, sizeof row);
    search->is_in_it = payment_row_is_readable(&row) && fits(search, &row);
    if (search->is_in_it && search->is_gathering)
        begin_story(search, head, &row);
    else if (search->is_in_it)
        note_found(search, &row);
    return true;
}

/* ---- files ---- */

static bool is_day_file(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return len > 4 && strcmp(entry->d_name + len - 4, ".day") == 0;
}

static int day_filter(const struct dirent *entry)
{
    return is_day_file(entry);
}

static int host_filter(const struct dirent *entry)
{
    return strncmp(entry->d_name, "acquirer", 8) == 0 || strncmp(entry->d_name, "issuer-", 7) == 0;
}

static void read_file(struct search *search, const char *folder, const char *name)
{
    char path[FOLDER_PATH_ROOM];
    char room[768] = "";
    struct text why = text_over(room, sizeof room);
    struct archive_file_facts facts;

    search->is_in_it = false;
    if (folder_path(folder, name, path, &why) != OK ||
        archive_file_read(path, take_item, search, &facts, &why) != OK)
        fprintf(stderr, "acquit: %s\n", text_z(&why));
}

/* In the order of names: a day's later parts after its earlier ones. */
static void read_host(struct search *search, const char *folder)
{
    struct dirent **names = NULL;
    int count = scandir(folder, &names, day_filter, versionsort);

    for (int i = 0; i < count; i++) {
        read_file(search, folder, names[i]->d_name);
        free(names[i]);
    }
    free(names);
}

static void read_all(struct search *search)
{
    struct dirent **names = NULL;
    int count = scandir(search->question->dir, &names, host_filter, alphasort);
    char folder[FOLDER_PATH_ROOM];
    char room[256] = "";
    struct text why = text_over(room, sizeof room);

    if (count < 0)
        fprintf(stderr, "acquit: %s: there is no archive\n", search->question->dir);
    for (int i = 0; i < count; i++) {
        if (folder_path(search->question->dir, names[i]->d_name, folder, &why) == OK)
            read_host(search, folder);
        free(names[i]);
    }
    free(names);
}

/* ---- asking ---- */

static bool open_search(const struct archive_question *question, struct search *out)
{
    const char *rrn = client_text(question->find, "rrn");
    const char *terminal = client_text(question->find, "terminal");

    memset(out, 0, sizeof *out);
    out->question = question;
    out->trace = (uint32_t)json_integer_value(json_object_get(question->find, "trace"));
    out->date = (uint32_t)json_integer_value(json_object_get(question->find, "date"));
    if (strlen(rrn) == RRN_LEN) {
        out->by_rrn = true;
        memcpy(out->rrn, rrn, RRN_LEN);
        return true;
    }
    return out->trace > 0 && *terminal != 0 &&
           identity_id_from_text(terminal, ' ', out->terminal, TERMINAL_ID_LEN) == OK;
}

json_t *archive_story_find(const struct archive_question *question)
{
    struct search search;

    if (!open_search(question, &search))
        return NULL;
    read_all(&search);
    return search.is_found ? identity_json(&search.identity) : NULL;
}

json_t *archive_story_gather(const struct archive_question *question, const json_t *identity)
{
    struct search search = {.question = question, .is_gathering = true};

    search.parties = json_array();
    if (identity_from_json(identity, &search.identity) == OK)
        read_all(&search);
    return search.parties;
}

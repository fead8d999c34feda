#include "app/keeping/archive_cut.h"

#include "app/keeping/archived_journal.h"
#include "app/world/folder.h"
#include "base/assert.h"
#include "drivers/journal/journal_chain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PART_RECORDS 200000 /* in one file, about */
#define KEYS_MIN 4096
#define KEYS_ASKED 400 /* in one request */
#define SUMS_MIN 4     /* little, so that growing is nothing rare */

/* ---- what is in a part ---- */

struct contents {
    struct row_key *keys; /* of rows that its records changed */
    size_t key_count;
    size_t key_room;
    struct posting *sums; /* of entries on accounts without a row, and of all others */
    size_t sum_count;
    size_t sum_room;
    uint64_t records;
    enum err err;
};

static int compare_keys(const void *a, const void *b)
{
    return row_key_compare(a, b);
}

/* Each key once. */
static void tidy_keys(struct contents *contents)
{
    size_t kept = 0;

    if (contents->key_count == 0)
        return;
    qsort(contents->keys, contents->key_count, sizeof *contents->keys, compare_keys);
    for (size_t i = 1; i < contents->key_count; i++) {
        if (!row_key_equal(&contents->keys[i], &contents->keys[kept]))
            contents->keys[++kept] = contents->keys[i];
    }
    contents->key_count = kept + 1;
}

static enum err make_room(struct contents *contents)
{
    if (contents->key_count < contents->key_room)
        return OK;
    tidy_keys(contents);
    if (2 * contents->key_count < contents->key_room)
        return OK;
    size_t room = contents->key_room == 0 ? KEYS_MIN : 2 * contents->key_room;
    struct row_key *keys = realloc(contents->keys, room * sizeof *keys);
    if (keys == NULL)
        return ERR_FULL;
    contents->keys = keys;
    contents->key_room = room;
    return OK;
}

static int compare_accounts(const void *a, const void *b)
{
    const struct posting *left = a;
    const struct posting *right = b;

    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    if (left->currency != right->currency)
        return left->currency < right->currency ? -1 : 1;
    return (left->account > right->account) - (left->account < right->account);
}

/* Each account once. */
static void tidy_sums(struct contents *contents)
{
    size_t kept = 0;

    if (contents->sum_count == 0)
        return;
    qsort(contents->sums, contents->sum_count, sizeof *contents->sums, compare_accounts);
    for (size_t i = 1; i < contents->sum_count; i++) {
        if (compare_accounts(&contents->sums[i], &contents->sums[kept]) == 0)
            contents->sums[kept].minor += contents->sums[i].minor;
        else
            contents->sums[++kept] = contents->sums[i];
    }
    contents->sum_count = kept + 1;
}

static enum err make_sum_room(struct contents *contents)
{
    if (contents->sum_count < contents->sum_room)
        return OK;
    tidy_sums(contents);
    if (2 * contents->sum_count < contents->sum_room)
        return OK;
    size_t room = contents->sum_room == 0 ? SUMS_MIN : 2 * contents->sum_room;
    struct posting *sums = realloc(contents->sums, room * sizeof *sums);
    if (sums == NULL)
        return ERR_FULL;
    contents->sums = sums;
    contents->sum_room = room;
    return OK;
}

/* Accounts with a row are brought forward by it: only what all of them come to is summed. */
static enum err add_entry(struct contents *contents, const struct posting *posting)
{
    TRY(make_sum_room(contents));
    struct posting *entry = &contents->sums[contents->sum_count++];
    *entry = *posting;
    if (account_kind_has_row((enum account_kind)entry->kind))
        entry->account = 0;
    return OK;
}

static void contents_free(struct contents *contents)
{
    if (contents == NULL)
        return;
    free(contents->keys);
    free(contents->sums);
    free(contents);
}

static bool take_record(void *context, struct bytes bytes, const struct journal_record *record)
{
    struct contents *contents = context;

    (void)bytes;
    contents->records++;
    for (size_t i = 0; i < record->change_count && contents->err == OK; i++) {
        contents->err = make_room(contents);
        if (contents->err == OK)
            contents->keys[contents->key_count++] = record->changes[i].key;
    }
    for (size_t i = 0; i < record->postings.count && contents->err == OK; i++)
        contents->err = add_entry(contents, &record->postings.rows[i]);
    return contents->err == OK;
}

/* ---- a node's journal ---- */

struct cutting {
    struct archive_host *host;
    uint16_t node;
    struct journal_chain anchor; /* what it begins after */
    struct journal_chain end;    /* of the part that is written */
    struct journal_file_sum sum;
    bool is_at_end; /* nothing more may go */
    uint64_t removed;
};

static enum err fail(const struct cutting *cutting, enum err err)
{
    struct text *why = cutting->host->why;

    if (why->len == 0) {
        text_add(why, cutting->host->name);
        text_add(why, ": its journal: ");
        text_add(why, err_text(err));
    }
    return err;
}

static json_t *request_of(const struct cutting *cutting, const char *what)
{
    return json_pack("{s:s, s:i}", "do", what, "node", cutting->node);
}

/* ---- writing a part ---- */

static enum err add_page(struct cutting *cutting, struct journal_file_writer *writer,
                         const json_t *answer)
{
    static uint8_t bytes[JOURNAL_RECORD_LEN_MAX];
    static struct journal_record record;
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(answer, "records"), i, item)
    {
        const char *hex = json_string_value(item);
        size_t len = 0;

        if (hex == NULL)
            return ERR_BAD_FORMAT;
        TRY(bytes_from_hex(hex, strlen(hex), bytes, sizeof bytes, &len));
        TRY(journal_file_add(writer, bytes_over(bytes, len), &record));
    }
    cutting->is_at_end = *client_text(answer, "why") != 0 || i == 0;
    return OK;
}

static enum err write_records(struct cutting *cutting, struct journal_file_writer *writer)
{
    enum err err = OK;

    cutting->is_at_end = false;
    do {
        json_t *request = request_of(cutting, "records");
        json_t *answer;

        json_object_set_new(request, "first",
                            json_integer((json_int_t)journal_file_chain(writer)->sequence + 1));
        err = archive_ask(cutting->host, request, &answer);
        if (err == OK) {
            err = add_page(cutting, writer, answer);
            json_decref(answer);
        }
    } while (err == OK && !cutting->is_at_end &&
             journal_file_chain(writer)->sequence - cutting->anchor.sequence < PART_RECORDS);
    return err;
}

/* Under another name until it is whole; one that was left without a proof is written over. */
static enum err write_part(struct cutting *cutting, const char *path)
{
    char unfinished[ARCHIVED_PATH_ROOM + 8];
    struct journal_file_writer *writer = NULL;

    snprintf(unfinished, sizeof unfinished, "%s.part", path);
    TRY(journal_file_make(unfinished, &cutting->anchor, &writer, cutting->host->why));
    enum err err = write_records(cutting, writer);
    cutting->end = *journal_file_chain(writer);
    if (err != OK || cutting->end.sequence == cutting->anchor.sequence) {
        journal_file_abandon(writer);
        unlink(unfinished);
        return err == OK ? OK : fail(cutting, err);
    }
    err = journal_file_end(writer, &cutting->sum);
    if (err == OK && (rename(unfinished, path) != 0 || !folder_sync(cutting->host->folder)))
        err = ERR_IO;
    return err == OK ? OK : fail(cutting, err);
}

/* ---- bringing forward ---- */

static json_t *key_hex(const struct row_key *key)
{
    uint8_t bytes[2 + ROW_KEY_LEN_MAX] = {key->table, key->len};

    memcpy(bytes + 2, key->at, key->len);
    return archive_hex(bytes, 2u + key->len);
}

static enum err carry_keys(struct cutting *cutting, const struct contents *contents)
{
    size_t done = 0;

    while (done < contents->key_count) {
        json_t *request = request_of(cutting, "carry");
        json_t *keys = json_array();
        json_t *answer;

        for (size_t i = done; i < contents->key_count && i < done + KEYS_ASKED; i++)
            json_array_append_new(keys, key_hex(&contents->keys[i]));
        json_object_set_new(request, "keys", keys);
        TRY(archive_ask(cutting->host, request, &answer));
        json_int_t dealt_with = json_integer_value(json_object_get(answer, "dealt_with"));
        json_decref(answer);
        if (dealt_with == 0)
            usleep(20000);
        done += (size_t)dealt_with;
    }
    return OK;
}

static json_t *sum_json(const struct posting *sum)
{
    return json_pack("{s:i, s:i, s:o, s:I}", "kind", sum->kind, "currency", sum->currency,
                     "account", archive_hex(&sum->account, sizeof sum->account), "minor",
                     (json_int_t)sum->minor);
}

static enum err carry_sums(struct cutting *cutting, const struct contents *contents)
{
    for (size_t done = 0; done < contents->sum_count; done += ARCHIVE_COMMANDS_MAX) {
        json_t *request = request_of(cutting, "forward");
        json_t *sums = json_array();
        json_t *answer;

        for (size_t i = done; i < contents->sum_count && i < done + ARCHIVE_COMMANDS_MAX; i++)
            json_array_append_new(sums, sum_json(&contents->sums[i]));
        json_object_set_new(request, "after", json_integer((json_int_t)cutting->anchor.sequence));
        json_object_set_new(request, "to", json_integer((json_int_t)cutting->end.sequence));
        json_object_set_new(request, "sums", sums);
        TRY(archive_ask(cutting->host, request, &answer));
        json_decref(answer);
    }
    return OK;
}

static enum err prove_part(struct cutting *cutting)
{
    json_t *request = request_of(cutting, "journal_part");
    json_t *answer;

    json_object_update_new(request,
                           json_pack("{s:I, s:I, s:o, s:I, s:o}", "first",
                                     (json_int_t)cutting->anchor.sequence + 1, "sequence",
                                     (json_int_t)cutting->end.sequence, "hash",
                                     archive_hex(cutting->end.hash, sizeof cutting->end.hash),
                                     "bytes", (json_int_t)cutting->sum.bytes, "digest",
                                     archive_hex(cutting->sum.sha256, sizeof cutting->sum.sha256)));
    TRY(archive_ask(cutting->host, request, &answer));
    json_decref(answer);
    return OK;
}

/* Reads the part back, as it is in its file. */
static enum err read_back(struct cutting *cutting, const char *path, struct contents *contents)
{
    struct journal_file_source source = {.path = path, .sum = cutting->sum};
    struct journal_chain chain = cutting->anchor;

    TRY(journal_file_read(&source, &chain, take_record, contents, cutting->host->why));
    if (contents->err != OK)
        return fail(cutting, contents->err);
    return chain.sequence == cutting->end.sequence ? OK : fail(cutting, ERR_CORRUPT);
}

static enum err bring_forward(struct cutting *cutting, const char *path)
{
    struct contents *contents = calloc(1, sizeof *contents);

    if (contents == NULL)
        return fail(cutting, ERR_FULL);
    enum err err = read_back(cutting, path, contents);
    tidy_keys(contents);
    tidy_sums(contents);
    if (err == OK)
        err = carry_keys(cutting, contents);
    if (err == OK)
        err = carry_sums(cutting, contents);
    contents_free(contents);
    return err == OK ? prove_part(cutting) : err;
}

/* ---- cutting ---- */

/* The part is proved: the journal begins after it. */
static enum err cut(struct cutting *cutting)
{
    bool left = true;

    while (left) {
        json_t *answer;

        TRY(archive_ask(cutting->host, request_of(cutting, "cut"), &answer));
        left = json_is_true(json_object_get(answer, "left"));
        json_decref(answer);
    }
    cutting->removed += cutting->end.sequence - cutting->anchor.sequence;
    cutting->anchor = cutting->end;
    return OK;
}

/* A part that was proved by an earlier run; the file is looked at once more, because what it holds
 * leaves the host now. */
static enum err resume(struct cutting *cutting, const json_t *part)
{
    char path[ARCHIVED_PATH_ROOM];
    struct journal_file_source source = {
        .path = path, .sum.bytes = (uint64_t)json_integer_value(json_object_get(part, "bytes"))};
    uint64_t first = (uint64_t)json_integer_value(json_object_get(part, "first"));
    struct journal_chain chain = {0};
    struct contents *contents = calloc(1, sizeof *contents);

    if (contents == NULL)
        return fail(cutting, ERR_FULL);
    enum err err = archived_journal_path(cutting->host->folder, cutting->node, first, path,
                                         cutting->host->why);
    if (err == OK && !archive_from_hex(json_object_get(part, "digest"), source.sum.sha256,
                                       sizeof source.sum.sha256))
        err = fail(cutting, ERR_BAD_FORMAT);
    if (err == OK)
        err = journal_file_start(path, &chain, cutting->host->why);
    if (err == OK)
        err = journal_file_read(&source, &chain, take_record, contents, cutting->host->why);
    contents_free(contents);
    cutting->end = chain;
    return err == OK ? cut(cutting) : err;
}

static enum err cut_parts(struct cutting *cutting)
{
    char path[ARCHIVED_PATH_ROOM];

    do {
        TRY(archived_journal_path(cutting->host->folder, cutting->node,
                                  cutting->anchor.sequence + 1, path, cutting->host->why));
        TRY(write_part(cutting, path));
        if (cutting->end.sequence == cutting->anchor.sequence)
            return OK;
        TRY(bring_forward(cutting, path));
        TRY(cut(cutting));
    } while (!cutting->is_at_end);
    return OK;
}

static bool read_anchor(const json_t *journal, struct journal_chain *out)
{
    out->sequence = (uint64_t)json_integer_value(json_object_get(journal, "anchor"));
    return archive_from_hex(json_object_get(journal, "hash"), out->hash, sizeof out->hash);
}

static enum err cut_journal(struct archive_host *host, const json_t *journal, uint64_t *out)
{
    struct cutting cutting = {
        .host = host, .node = (uint16_t)json_integer_value(json_object_get(journal, "node"))};
    const json_t *part = json_object_get(journal, "part");

    if (!read_anchor(journal, &cutting.anchor))
        return fail(&cutting, ERR_BAD_FORMAT);
    if (json_integer_value(json_object_get(part, "sequence")) > (json_int_t)cutting.anchor.sequence)
        TRY(resume(&cutting, part));
    enum err err = cut_parts(&cutting);
    *out += cutting.removed;
    return err;
}

static enum err ask_journals(struct archive_host *host, json_t **answer)
{
    return archive_ask(host, json_pack("{s:s}", "do", "journals"), answer);
}

enum err archive_cut(struct archive_host *host, uint64_t *out)
{
    enum err err = OK;
    json_t *answer;
    const json_t *journal;
    size_t i;

    *out = 0;
    TRY(ask_journals(host, &answer));
    json_array_foreach(json_object_get(answer, "journals"), i, journal)
    {
        if (err == OK)
            err = cut_journal(host, journal, out);
    }
    json_decref(answer);
    return err;
}

/* ---- checking ---- */

static int64_t sum_of(const struct contents *contents, const json_t *said)
{
    uint64_t account = 0;

    if (!archive_from_hex(json_object_get(said, "account"), &account, sizeof account))
        return 0;
    for (size_t i = 0; i < contents->sum_count; i++) {
        const struct posting *sum = &contents->sums[i];
        if (sum->kind == json_integer_value(json_object_get(said, "kind")) &&
            sum->currency == json_integer_value(json_object_get(said, "currency")) &&
            sum->account == account)
            return sum->minor;
    }
    return 0;
}

/* Both ways: what the host says, and that it says all of it. */
static enum err compare_sums(struct archive_host *host, const struct contents *contents,
                             const json_t *journal)
{
    const json_t *said;
    int64_t said_all = 0;
    int64_t is_all = 0;
    bool is_good = true;
    size_t i;

    json_array_foreach(json_object_get(journal, "forward"), i, said)
    {
        json_int_t minor = json_integer_value(json_object_get(said, "minor"));

        is_good = is_good && minor == sum_of(contents, said);
        said_all += llabs(minor);
    }
    for (i = 0; i < contents->sum_count; i++)
        is_all += llabs(contents->sums[i].minor);
    if (is_good && said_all == is_all)
        return OK;
    text_add(host->why, host->name);
    text_add(host->why, ": what it brought forward is not what the archived entries come to");
    return ERR_CORRUPT;
}

static enum err check_journal(struct archive_host *host, const json_t *journal,
                              struct contents *contents, struct archive_cut_checked *out)
{
    struct archived_journal archived = {
        .folder = host->folder,
        .node = (uint16_t)json_integer_value(json_object_get(journal, "node")),
        .visit = take_record,
        .context = contents};
    struct journal_chain anchor;

    if (!read_anchor(journal, &anchor))
        return ERR_BAD_FORMAT;
    archived.to.sequence = anchor.sequence;
    memcpy(archived.to.hash, anchor.hash, sizeof anchor.hash);
    TRY(archived_journal_read(&archived, host->why));
    TRY(contents->err);
    tidy_sums(contents);
    TRY(compare_sums(host, contents, journal));
    out->files += archived.files;
    out->records += contents->records;
    return OK;
}

enum err archive_cut_check(struct archive_host *host, struct archive_cut_checked *out)
{
    enum err err = OK;
    json_t *answer;
    const json_t *journal;
    size_t i;

    *out = (struct archive_cut_checked){0};
    TRY(ask_journals(host, &answer));
    json_array_foreach(json_object_get(answer, "journals"), i, journal)
    {
        struct contents *contents = calloc(1, sizeof *contents);
        if (contents == NULL)
            err = ERR_FULL;
        if (err == OK)
            err = check_journal(host, journal, contents, out);
        contents_free(contents);
    }
    json_decref(answer);
    return err;
}

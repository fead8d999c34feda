#include "app/keeping/party_export.h"

#include "app/keeping/archived_journal.h"
#include "view/row_view.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_LEN 512
/* A record's members, its hashes, and its bytes in base64. */
#define LINE_LEN (ROW_VIEW_RECORD_MAX + 256 + 4 * (JOURNAL_RECORD_LEN_MAX / 3 + 1))

struct exporter {
    const struct party_export_order *order;
    struct party_export_counts counts;
    struct text *error;
    FILE *out; /* records, then who it is */
    FILE *rows;
    size_t head_count; /* nodes' journals */
    struct store_head heads[STORE_NODES_MAX];
    char line[LINE_LEN];
    uint8_t base64[4 * (JOURNAL_RECORD_LEN_MAX / 3 + 1) + 1];
    uint8_t hash[SHA256_DIGEST_LENGTH]; /* of the last record */
    struct journal_record record;
    bool has_begun; /* the first record that is left has come */
    enum err err;
};

/* ---- files ---- */

static enum err fail(struct exporter *exporter, enum err err, const char *what)
{
    if (exporter->err != OK)
        return exporter->err;
    exporter->err = err;
    text_add(exporter->error, exporter->order->name);
    text_add(exporter->error, ": ");
    text_add(exporter->error, what);
    return err;
}

static enum err open_file(struct exporter *exporter, const char *suffix, FILE **out)
{
    char path[PATH_LEN];
    struct text t = text_over(path, sizeof path);

    text_add(&t, exporter->order->folder);
    text_add_char(&t, '/');
    text_add(&t, exporter->order->name);
    text_add(&t, suffix);
    int fd = t.cut ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (*out != NULL)
        return OK;
    int number = errno;
    if (fd >= 0)
        close(fd);
    text_add(exporter->error, path);
    text_add(exporter->error, ": ");
    return fail(exporter, number == EEXIST ? ERR_EXISTS : ERR_IO, strerror(number));
}

static enum err close_file(struct exporter *exporter, FILE **out)
{
    if (*out == NULL)
        return OK;
    bool is_good = ferror(*out) == 0;

    is_good = fclose(*out) == 0 && is_good;
    *out = NULL;
    return is_good ? OK : fail(exporter, ERR_IO, "the disk did not take it all");
}

static bool put_line(struct exporter *exporter, FILE *out, struct text *line)
{
    text_add(line, "}\n");
    if (!line->cut && fwrite(line->at, line->len, 1, out) == 1)
        return true;
    fail(exporter, ERR_IO, line->cut ? "a line is too long" : "the disk did not take it");
    return false;
}

static struct text line_begin(struct exporter *exporter)
{
    struct text line = text_over(exporter->line, sizeof exporter->line);

    text_add_char(&line, '{');
    return line;
}

static void add_hex_member(struct text *t, const char *name, const uint8_t *at, size_t len)
{
    text_add(t, ",\"");
    text_add(t, name);
    text_add(t, "\":\"");
    text_add_hex(t, at, len);
    text_add_char(t, '"');
}

/* ---- records and rows ---- */

static bool put_record(void *context, uint64_t sequence, struct bytes bytes)
{
    struct exporter *exporter = context;
    struct text line = line_begin(exporter);

    if (journal_decode(bytes, &exporter->record) != OK || exporter->record.sequence != sequence ||
        bytes.len > JOURNAL_RECORD_LEN_MAX) {
        fail(exporter, ERR_CORRUPT, "a journal record cannot be read");
        return false;
    }
    SHA256(bytes.at, bytes.len, exporter->hash);
    exporter->counts.records++;
    row_view_add_record(&line, &exporter->record);
    add_hex_member(&line, "previous", exporter->record.previous, JOURNAL_HASH_LEN);
    add_hex_member(&line, "hash", exporter->hash, sizeof exporter->hash);
    if (exporter->order->has_bytes) {
        int len = EVP_EncodeBlock(exporter->base64, bytes.at, (int)bytes.len);
        text_add(&line, ",\"bytes\":\"");
        text_add_bytes(&line, bytes_over(exporter->base64, (size_t)len));
        text_add_char(&line, '"');
    }
    return put_line(exporter, exporter->out, &line);
}

static bool put_row(void *context, const struct row_key *key, struct bytes value)
{
    struct exporter *exporter = context;
    struct text line = line_begin(exporter);

    exporter->counts.rows++;
    row_view_add_row(&line, key, value);
    return put_line(exporter, exporter->rows, &line);
}

static void note_head(void *context, const struct store_head *head)
{
    struct exporter *exporter = context;

    if (exporter->head_count < STORE_NODES_MAX)
        exporter->heads[exporter->head_count++] = *head;
}

static bool put_archived(void *context, struct bytes bytes, const struct journal_record *record)
{
    return put_record(context, record->sequence, bytes);
}

/* Which of two nodes' archived records came first is not kept with them. */
static enum err put_archive(struct exporter *exporter, const struct store_head *head)
{
    char folder[ARCHIVED_PATH_ROOM];
    struct text t = text_over(folder, sizeof folder);
    struct archived_journal journal = {.folder = folder,
                                       .node = head->node,
                                       .to = head->anchor,
                                       .visit = put_archived,
                                       .context = exporter};

    if (exporter->head_count > 1)
        return fail(exporter, ERR_UNSUPPORTED,
                    "several nodes share it: their archived journals cannot be put in one order");
    text_add(&t, exporter->order->archive);
    text_add_char(&t, '/');
    text_add(&t, exporter->order->name);
    if (t.cut)
        return fail(exporter, ERR_BAD_LENGTH, "the archive's path is too long");
    enum err err = archived_journal_read(&journal, exporter->error);
    if (exporter->err == OK)
        exporter->err = err;
    return exporter->err;
}

/* Before the first record that is left. */
static bool begin_records(struct exporter *exporter)
{
    exporter->has_begun = true;
    for (size_t i = 0; i < exporter->head_count && exporter->order->archive != NULL; i++) {
        const struct store_head *head = &exporter->heads[i];
        if (head->anchor.sequence > 0 && put_archive(exporter, head) != OK)
            return false;
    }
    return true;
}

static bool put_live(void *context, uint64_t sequence, struct bytes bytes)
{
    struct exporter *exporter = context;

    if (!exporter->has_begun && !begin_records(exporter))
        return false;
    return put_record(context, sequence, bytes);
}

/* All nodes' journals and their rows, as of one moment. */
static enum err put_books(struct exporter *exporter, const struct store *store)
{
    struct store_survey survey = {
        .context = exporter, .head = note_head, .record = put_live, .row = put_row};

    TRY(open_file(exporter, ".journal.jsonl", &exporter->out));
    enum err err = open_file(exporter, ".rows.jsonl", &exporter->rows);
    if (err == OK && store_survey(store, &survey) != STORE_OK && exporter->err == OK)
        fail(exporter, ERR_IO, "the store's journal and rows cannot be read");
    enum err closed = close_file(exporter, &exporter->out);
    if (close_file(exporter, &exporter->rows) != OK || closed != OK)
        return exporter->err;
    return exporter->err != OK ? exporter->err : err;
}

/* ---- who it is: written last, so that it says that the rest is whole ---- */

/* Only where something was cut off and is not here. */
static void add_anchor(const struct exporter *exporter, const struct store_head *head,
                       struct text *line)
{
    if (head->anchor.sequence == 0 || exporter->order->archive != NULL)
        return;
    text_add(line, ",\"anchor\":");
    text_add_u64(line, head->anchor.sequence);
    add_hex_member(line, "anchor_hash", head->anchor.hash, sizeof head->anchor.hash);
}

/* Only where there are several. */
static void add_nodes(const struct exporter *exporter, struct text *line)
{
    for (size_t i = 0; exporter->head_count > 1 && i < exporter->head_count; i++) {
        const struct store_head *head = &exporter->heads[i];

        text_add(line, i == 0 ? ",\"nodes\":[{\"node\":" : ",{\"node\":");
        text_add_u64(line, head->node);
        text_add(line, ",\"head\":");
        text_add_u64(line, head->sequence);
        add_hex_member(line, "hash", head->hash, sizeof head->hash);
        add_anchor(exporter, head, line);
        text_add_char(line, '}');
    }
    if (exporter->head_count > 1)
        text_add_char(line, ']');
}

static enum err put_party(struct exporter *exporter)
{
    struct text line = line_begin(exporter);
    const struct store_head *head = &exporter->heads[0];

    TRY(open_file(exporter, ".party.json", &exporter->out));
    text_add(&line, "\"format\":");
    text_add_u64(&line, PARTY_EXPORT_FORMAT);
    text_add(&line, ",\"name\":\"");
    text_add_json(&line, bytes_of_z(exporter->order->name));
    text_add(&line, "\",\"party\":\"");
    text_add(&line, party_name(exporter->order->party));
    text_add(&line, "\",\"node\":");
    text_add_u64(&line, head->node);
    text_add(&line, ",\"at\":");
    text_add_u64(&line, (uint64_t)exporter->order->at.us);
    text_add(&line, ",\"records\":");
    text_add_u64(&line, exporter->counts.records);
    text_add(&line, ",\"rows\":");
    text_add_u64(&line, exporter->counts.rows);
    text_add(&line, ",\"head\":");
    text_add_u64(&line, head->sequence);
    add_hex_member(&line, "hash", head->hash, sizeof head->hash);
    add_anchor(exporter, head, &line);
    add_nodes(exporter, &line);
    bool is_put = put_line(exporter, exporter->out, &line);
    enum err err = close_file(exporter, &exporter->out);
    return is_put ? err : ERR_IO;
}

enum err party_export_write(const struct store *store, const struct party_export_order *order,
                            struct party_export_counts *out, struct text *error)
{
    struct exporter *exporter = calloc(1, sizeof *exporter);
    enum err err;

    if (exporter == NULL)
        return ERR_FULL;
    exporter->order = order;
    exporter->error = error;
    err = put_books(exporter, store);
    if (err == OK)
        err = put_party(exporter);
    if (err == OK)
        *out = exporter->counts;
    free(exporter);
    return err;
}

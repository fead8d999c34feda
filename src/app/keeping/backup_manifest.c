#include "app/keeping/backup_manifest.h"

#include "app/world/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FORMAT 1
#define HEX_LEN (2 * JOURNAL_HASH_LEN)
#define SUM "sum" /* over everything else */

static enum err fail(struct text *why, const char *path, enum err err, const char *what)
{
    text_add(why, path);
    text_add(why, ": ");
    text_add(why, what);
    return err;
}

void backup_manifest_free(struct backup_manifest *manifest)
{
    for (size_t i = 0; i < manifest->party_count; i++)
        free(manifest->parties[i].parts);
    free(manifest->files);
    *manifest = (struct backup_manifest){0};
}

struct backup_party *backup_manifest_party(struct backup_manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->party_count; i++) {
        if (strcmp(manifest->parties[i].name, name) == 0)
            return &manifest->parties[i];
    }
    return NULL;
}

bool backup_party_add_part(struct backup_party *party, const struct backup_part *part)
{
    struct backup_part *parts =
        realloc(party->parts, (party->part_count + 1) * sizeof *party->parts);

    if (parts == NULL)
        return false;
    party->parts = parts;
    party->parts[party->part_count++] = *part;
    return true;
}

bool backup_manifest_add_file(struct backup_manifest *manifest, const struct backup_file *file)
{
    struct backup_file *files =
        realloc(manifest->files, (manifest->file_count + 1) * sizeof *manifest->files);

    if (files == NULL)
        return false;
    manifest->files = files;
    manifest->files[manifest->file_count++] = *file;
    return true;
}

/* ---- to JSON ---- */

static json_t *hash_json(const uint8_t hash[static JOURNAL_HASH_LEN])
{
    char hex[HEX_LEN];

    bytes_to_hex(hash, JOURNAL_HASH_LEN, hex);
    return json_stringn(hex, sizeof hex);
}

static json_t *time_json(int64_t us)
{
    char room[32];
    struct text t = text_over(room, sizeof room);

    instant_add_text(&t, (struct instant){us}, 0);
    text_add(&t, " UTC");
    return json_string(text_z(&t));
}

static json_t *part_json(const struct backup_part *part)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:o}", "file", part->file, "first",
                     (json_int_t)part->first, "last", (json_int_t)part->last, "bytes",
                     (json_int_t)part->sum.bytes, "sha256", hash_json(part->sum.sha256));
}

static json_t *party_json(const struct backup_party *party)
{
    json_t *parts = json_array();

    for (size_t i = 0; i < party->part_count; i++)
        json_array_append_new(parts, part_json(&party->parts[i]));
    return json_pack("{s:s, s:i, s:I, s:I, s:o, s:o, s:I, s:o}", "name", party->name, "node",
                     (int)party->node, "epoch", (json_int_t)party->epoch, "sequence",
                     (json_int_t)party->chain.sequence, "hash", hash_json(party->chain.hash),
                     "time", time_json(party->wall_us), "time_us", (json_int_t)party->wall_us,
                     "parts", parts);
}

static json_t *manifest_json(const struct backup_manifest *manifest)
{
    json_t *parties = json_array();
    json_t *files = json_array();
    json_t *left_out = json_array();

    for (size_t i = 0; i < manifest->party_count; i++)
        json_array_append_new(parties, party_json(&manifest->parties[i]));
    for (size_t i = 0; i < manifest->file_count; i++) {
        const struct backup_file *file = &manifest->files[i];
        json_array_append_new(files, json_pack("{s:s, s:s, s:I, s:o}", "name", file->name, "kept",
                                               file->kept, "bytes", (json_int_t)file->sum.bytes,
                                               "sha256", hash_json(file->sum.sha256)));
    }
    for (size_t i = 0; i < manifest->left_out_count; i++)
        json_array_append_new(left_out, json_string(manifest->left_out[i]));
    return json_pack("{s:i, s:o, s:I, s:o, s:o, s:o}", "format", FORMAT, "point",
                     time_json(manifest->point_us), "point_us", (json_int_t)manifest->point_us,
                     "parties", parties, "files", files, "left_out", left_out);
}

static enum err sum_of(const json_t *json, uint8_t out[static JOURNAL_HASH_LEN])
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

    if (text == NULL)
        return ERR_FULL;
    enum err err = journal_hash(bytes_of_z(text), out);
    free(text);
    return err;
}

/* ---- from JSON ---- */

static bool take_number(const json_t *json, const char *key, uint64_t max, uint64_t *out)
{
    const json_t *value = json_object_get(json, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > max)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static bool take_hash(const json_t *json, const char *key, uint8_t out[static JOURNAL_HASH_LEN])
{
    const char *hex = json_string_value(json_object_get(json, key));
    size_t len = 0;

    return hex != NULL && strlen(hex) == HEX_LEN &&
           bytes_from_hex(hex, HEX_LEN, out, JOURNAL_HASH_LEN, &len) == OK;
}

/* Names of files inside the backup's folder: no way leads out of it. */
static bool take_name(const json_t *json, const char *key, char *out, size_t room)
{
    const char *name = json_string_value(json_object_get(json, key));
    struct text t = text_over(out, room);

    if (name == NULL || name[0] == 0 || name[0] == '.' || strchr(name, '/') != NULL)
        return false;
    text_add(&t, name);
    return !t.cut;
}

static bool take_sum(const json_t *json, struct journal_file_sum *out)
{
    return take_number(json, "bytes", INT64_MAX, &out->bytes) &&
           take_hash(json, "sha256", out->sha256);
}

static bool take_part(const json_t *json, struct backup_party *party)
{
    struct backup_part part = {0};
    uint64_t before = party->part_count == 0 ? 0 : party->parts[party->part_count - 1].last;

    return take_name(json, "file", part.file, sizeof part.file) &&
           take_number(json, "first", INT64_MAX, &part.first) &&
           take_number(json, "last", INT64_MAX, &part.last) && take_sum(json, &part.sum) &&
           (part.first == before + 1 || (party->part_count == 0 && part.first > 0)) &&
           part.last >= part.first && backup_party_add_part(party, &part);
}

static bool take_party(const json_t *json, struct backup_party *party)
{
    uint64_t node = 0;
    uint64_t epoch = 0;
    uint64_t wall_us = 0;
    size_t i;
    const json_t *part;

    if (!take_name(json, "name", party->name, sizeof party->name) ||
        !take_number(json, "node", UINT16_MAX, &node) ||
        !take_number(json, "epoch", UINT32_MAX, &epoch) ||
        !take_number(json, "sequence", INT64_MAX, &party->chain.sequence) ||
        !take_hash(json, "hash", party->chain.hash) ||
        !take_number(json, "time_us", INT64_MAX, &wall_us))
        return false;
    party->node = (uint16_t)node;
    party->epoch = (uint32_t)epoch;
    party->wall_us = (int64_t)wall_us;
    json_array_foreach(json_object_get(json, "parts"), i, part)
    {
        if (!take_part(part, party))
            return false;
    }
    return party->part_count > 0 &&
           party->parts[party->part_count - 1].last == party->chain.sequence;
}

static bool take_parties(const json_t *json, struct backup_manifest *out)
{
    const json_t *parties = json_object_get(json, "parties");
    size_t i;
    const json_t *party;

    if (!json_is_array(parties) || json_array_size(parties) > BACKUP_PARTIES_MAX)
        return false;
    json_array_foreach(parties, i, party)
    {
        if (!take_party(party, &out->parties[out->party_count++]))
            return false;
    }
    return true;
}

static bool take_files(const json_t *json, struct backup_manifest *out)
{
    size_t i;
    const json_t *item;

    json_array_foreach(json_object_get(json, "files"), i, item)
    {
        struct backup_file file = {0};
        if (!take_name(item, "name", file.name, sizeof file.name) ||
            !take_name(item, "kept", file.kept, sizeof file.kept) || !take_sum(item, &file.sum) ||
            !backup_manifest_add_file(out, &file))
            return false;
    }
    json_array_foreach(json_object_get(json, "left_out"), i, item)
    {
        const char *path = json_string_value(item);
        if (path == NULL || i >= BACKUP_LEFT_OUT_MAX)
            return false;
        struct text t = text_over(out->left_out[out->left_out_count++], CONFIG_PATH_LEN);
        text_add(&t, path);
    }
    return true;
}

static enum err check_sum(json_t *json, struct text *why, const char *path)
{
    uint8_t said[JOURNAL_HASH_LEN];
    uint8_t found[JOURNAL_HASH_LEN];
    uint64_t format = 0;

    if (take_number(json, "format", INT64_MAX, &format) && format != FORMAT)
        return fail(why, path, ERR_VERSION, err_text(ERR_VERSION));
    if (!take_hash(json, SUM, said))
        return fail(why, path, ERR_CORRUPT, "has no sum");
    json_object_del(json, SUM);
    TRY(sum_of(json, found));
    if (memcmp(said, found, sizeof said) != 0)
        return fail(why, path, ERR_CORRUPT, "is not what was written: its sum is wrong");
    return OK;
}

static enum err take_manifest(json_t *json, struct backup_manifest *out, const char *path,
                              struct text *why)
{
    uint64_t point_us = 0;

    TRY(check_sum(json, why, path));
    if (!take_number(json, "point_us", INT64_MAX, &point_us) || !take_parties(json, out) ||
        !take_files(json, out))
        return fail(why, path, ERR_CORRUPT, "does not say what a backup must");
    out->point_us = (int64_t)point_us;
    return OK;
}

enum err backup_manifest_read(const char *backup, struct backup_manifest *out, struct text *why)
{
    char path[FOLDER_PATH_ROOM];
    json_error_t fault;

    *out = (struct backup_manifest){0};
    TRY(folder_path(backup, "manifest.json", path, why));
    if (access(path, F_OK) != 0)
        return fail(why, path, ERR_NOT_FOUND, "there is no finished backup");
    json_t *json = json_load_file(path, 0, &fault);
    if (json == NULL)
        return fail(why, path, ERR_CORRUPT, fault.text);
    enum err err = take_manifest(json, out, path, why);
    json_decref(json);
    if (err != OK)
        backup_manifest_free(out);
    return err;
}

/* ---- replacing ---- */

static bool write_whole(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t len = strlen(text);

    if (fd < 0)
        return false;
    bool is_written = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
    return close(fd) == 0 && is_written;
}

enum err backup_manifest_write(const char *backup, const struct backup_manifest *manifest,
                               struct text *why)
{
    char path[FOLDER_PATH_ROOM];
    char next[FOLDER_PATH_ROOM];
    uint8_t sum[JOURNAL_HASH_LEN];
    char *text = NULL;

    TRY(folder_path(backup, "manifest.json", path, why));
    TRY(folder_path(backup, "manifest.json.new", next, why));
    json_t *json = manifest_json(manifest);
    if (json != NULL && sum_of(json, sum) == OK) {
        json_object_set_new(json, SUM, hash_json(sum));
        text = json_dumps(json, JSON_INDENT(2));
    }
    json_decref(json);
    if (text == NULL)
        return fail(why, path, ERR_FULL, "no memory");
    bool is_written = folder_sync(backup) && write_whole(next, text) && rename(next, path) == 0 &&
                      folder_sync(backup);
    free(text);
    return is_written ? OK : fail(why, path, ERR_IO, strerror(errno));
}

#include "drivers/journal/archive_file.h"

#include "base/assert.h"
#include "books/handout_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "ACQTDAY1"
#define MAGIC_LEN 8
#define HEAD_LEN (MAGIC_LEN + ARCHIVE_HOST_LEN + 4 + 2 + 8 + 4 + JOURNAL_HASH_LEN)
#define ITEM_HEAD_LEN 5
#define ITEM_LEN_MAX JOURNAL_RECORD_LEN_MAX
#define PATH_ROOM 520

_Static_assert(sizeof(struct payment_row) <= ITEM_LEN_MAX, "a payment is an item");

static enum err fail(struct text *why, const char *path, enum err err, const char *what)
{
    text_add(why, path);
    text_add(why, ": ");
    text_add(why, what);
    return err;
}

static enum err fail_errno(struct text *why, const char *path)
{
    enum err err = errno == ENOSPC ? ERR_DISK_FULL : errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;

    return fail(why, path, err, strerror(errno));
}

static void put_head(const struct archive_head *head, uint8_t out[static HEAD_LEN])
{
    uint8_t *at = out;

    memcpy(at, MAGIC, MAGIC_LEN);
    at += MAGIC_LEN;
    memcpy(at, head->host, ARCHIVE_HOST_LEN);
    at += ARCHIVE_HOST_LEN;
    bytes_put_u32(at, head->date);
    bytes_put_u16(at + 4, head->part);
    bytes_put_u64(at + 6, (uint64_t)head->made.us);
    bytes_put_u32(at + 14, (uint32_t)head->utc_offset_s);
    memcpy(at + 18, head->pan_key, JOURNAL_HASH_LEN);
    assert(at + 18 + JOURNAL_HASH_LEN == out + HEAD_LEN);
}

static bool get_head(const uint8_t in[static HEAD_LEN], struct archive_head *out)
{
    const uint8_t *at = in + MAGIC_LEN;

    memset(out, 0, sizeof *out);
    memcpy(out->host, at, ARCHIVE_HOST_LEN);
    at += ARCHIVE_HOST_LEN;
    out->date = bytes_get_u32(at);
    out->part = bytes_get_u16(at + 4);
    out->made.us = (int64_t)bytes_get_u64(at + 6);
    out->utc_offset_s = (int32_t)bytes_get_u32(at + 14);
    memcpy(out->pan_key, at + 18, JOURNAL_HASH_LEN);
    return memcmp(in, MAGIC, MAGIC_LEN) == 0 && out->host[ARCHIVE_HOST_LEN - 1] == 0;
}

/* ---- writing ---- */

struct archive_file {
    FILE *file;
    EVP_MD_CTX *digest;
    struct journal_file_sum sum;
    uint32_t count;
    char path[PATH_ROOM];
    char part_path[PATH_ROOM];
};

static enum err put(struct archive_file *file, const void *at, size_t len)
{
    if (EVP_DigestUpdate(file->digest, at, len) != 1)
        return ERR_CRYPTO;
    errno = 0;
    if (fwrite(at, 1, len, file->file) != len)
        return errno == ENOSPC ? ERR_DISK_FULL : ERR_IO;
    file->sum.bytes += len;
    return OK;
}

static enum err open_part(struct archive_file *file, const char *path, struct text *why)
{
    struct text name = text_over(file->path, sizeof file->path);
    struct text part = text_over(file->part_path, sizeof file->part_path);

    text_add(&name, path);
    text_add(&part, path);
    text_add(&part, ".part");
    if (part.cut)
        return fail(why, path, ERR_BAD_LENGTH, "its path is too long");
    int fd = open(file->part_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    file->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file->file == NULL)
        return fail_errno(why, file->part_path);
    file->digest = EVP_MD_CTX_new();
    if (file->digest == NULL || EVP_DigestInit_ex(file->digest, EVP_sha256(), NULL) != 1)
        return fail(why, path, ERR_CRYPTO, err_text(ERR_CRYPTO));
    return OK;
}

static void release(struct archive_file *file)
{
    if (file->file != NULL)
        fclose(file->file);
    EVP_MD_CTX_free(file->digest);
    free(file);
}

void archive_file_abandon(struct archive_file *file)
{
    if (file == NULL)
        return;
    unlink(file->part_path);
    release(file);
}

enum err archive_file_make(const char *path, const struct archive_head *head,
                           struct archive_file **out, struct text *why)
{
    struct archive_file *file = calloc(1, sizeof *file);
    uint8_t bytes[HEAD_LEN];

    if (file == NULL)
        return ERR_FULL;
    enum err err = open_part(file, path, why);
    put_head(head, bytes);
    if (err == OK)
        err = put(file, bytes, sizeof bytes);
    if (err != OK) {
        archive_file_abandon(file);
        return err;
    }
    *out = file;
    return OK;
}

static enum err put_item(struct archive_file *file, enum archive_item kind, struct bytes bytes)
{
    uint8_t head[ITEM_HEAD_LEN] = {(uint8_t)kind};

    bytes_put_u32(head + 1, (uint32_t)bytes.len);
    TRY(put(file, head, sizeof head));
    return put(file, bytes.at, bytes.len);
}

enum err archive_file_add(struct archive_file *file, enum archive_item kind, struct bytes bytes)
{
    assert(kind != ARCHIVE_END);
    if (bytes.len > ITEM_LEN_MAX)
        return ERR_BAD_LENGTH;
    TRY(put_item(file, kind, bytes));
    file->count += kind == ARCHIVE_PAYMENT;
    return OK;
}

uint32_t archive_file_count(const struct archive_file *file)
{
    return file->count;
}

static enum err finish(struct archive_file *file, struct journal_file_sum *out)
{
    uint8_t count[4];
    unsigned len = 0;

    bytes_put_u32(count, file->count);
    TRY(put_item(file, ARCHIVE_END, bytes_over(count, sizeof count)));
    if (EVP_DigestFinal_ex(file->digest, file->sum.sha256, &len) != 1)
        return ERR_CRYPTO;
    errno = 0;
    if (fflush(file->file) != 0 || fsync(fileno(file->file)) != 0 ||
        rename(file->part_path, file->path) != 0)
        return errno == ENOSPC ? ERR_DISK_FULL : ERR_IO;
    *out = file->sum;
    return OK;
}

enum err archive_file_end(struct archive_file *file, struct journal_file_sum *out)
{
    enum err err = finish(file, out);

    if (err != OK)
        unlink(file->part_path);
    release(file);
    return err;
}

/* ---- reading ---- */

struct reading {
    const char *path;
    FILE *file;
    EVP_MD_CTX *digest;
    struct archive_file_facts *facts;
    struct text *why;
    uint8_t item[ITEM_LEN_MAX];
};

static enum err get(struct reading *reading, void *out, size_t len)
{
    errno = 0;
    if (fread(out, 1, len, reading->file) != len)
        return ferror(reading->file)
                   ? fail_errno(reading->why, reading->path)
                   : fail(reading->why, reading->path, ERR_TRUNCATED, "it ends in the middle");
    if (EVP_DigestUpdate(reading->digest, out, len) != 1)
        return fail(reading->why, reading->path, ERR_CRYPTO, err_text(ERR_CRYPTO));
    reading->facts->sum.bytes += len;
    return OK;
}

static bool is_item(uint8_t kind, size_t len)
{
    switch ((enum archive_item)kind) {
    case ARCHIVE_PAYMENT:
        return len == sizeof(struct payment_row);
    case ARCHIVE_SIGNATURE:
        return len == 1 + sizeof(struct signature_row);
    case ARCHIVE_RECORD:
        return len <= ITEM_LEN_MAX;
    case ARCHIVE_END:
        return len == 4;
    }
    return false;
}

static enum err read_end(struct reading *reading)
{
    unsigned len = 0;

    if (bytes_get_u32(reading->item) != reading->facts->count || fgetc(reading->file) != EOF)
        return fail(reading->why, reading->path, ERR_CORRUPT, "its end does not fit what is in it");
    if (EVP_DigestFinal_ex(reading->digest, reading->facts->sum.sha256, &len) != 1)
        return fail(reading->why, reading->path, ERR_CRYPTO, err_text(ERR_CRYPTO));
    return OK;
}

static enum err read_items(struct reading *reading, archive_file_visit *visit, void *context)
{
    uint8_t head[ITEM_HEAD_LEN];

    for (;;) {
        TRY(get(reading, head, sizeof head));
        size_t len = bytes_get_u32(head + 1);
        if (!is_item(head[0], len))
            return fail(reading->why, reading->path, ERR_CORRUPT, "there is what is no item");
        TRY(get(reading, reading->item, len));
        if (head[0] == ARCHIVE_END)
            return read_end(reading);
        reading->facts->count += head[0] == ARCHIVE_PAYMENT;
        if (visit != NULL && !visit(context, &reading->facts->head, (enum archive_item)head[0],
                                    bytes_over(reading->item, len)))
            return OK;
    }
}

static enum err read_all(struct reading *reading, archive_file_visit *visit, void *context)
{
    uint8_t head[HEAD_LEN];

    reading->file = fopen(reading->path, "rb");
    if (reading->file == NULL)
        return fail_errno(reading->why, reading->path);
    reading->digest = EVP_MD_CTX_new();
    if (reading->digest == NULL || EVP_DigestInit_ex(reading->digest, EVP_sha256(), NULL) != 1)
        return fail(reading->why, reading->path, ERR_CRYPTO, err_text(ERR_CRYPTO));
    TRY(get(reading, head, sizeof head));
    if (!get_head(head, &reading->facts->head))
        return fail(reading->why, reading->path, ERR_CORRUPT, "it is no archive of a day");
    return read_items(reading, visit, context);
}

enum err archive_file_read(const char *path, archive_file_visit *visit, void *context,
                           struct archive_file_facts *out, struct text *why)
{
    struct reading *reading = calloc(1, sizeof *reading);

    if (reading == NULL)
        return ERR_FULL;
    memset(out, 0, sizeof *out);
    reading->path = path;
    reading->facts = out;
    reading->why = why;
    enum err err = read_all(reading, visit, context);
    if (reading->file != NULL)
        fclose(reading->file);
    EVP_MD_CTX_free(reading->digest);
    free(reading);
    return err;
}

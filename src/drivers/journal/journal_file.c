#include "drivers/journal/journal_file.h"

#include "base/assert.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "ACQTJRN1"
#define MAGIC_LEN 8
#define MARK_LEN (8 + JOURNAL_HASH_LEN) /* number and hash of a record */
#define HEAD_LEN (MAGIC_LEN + MARK_LEN)
#define CHECK_LEN 4 /* of each record's own hash */
#define COPY_LEN (1 << 16)

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

static void put_mark(const struct journal_chain *chain, uint8_t out[static MARK_LEN])
{
    bytes_put_u64(out, chain->sequence);
    memcpy(out + 8, chain->hash, JOURNAL_HASH_LEN);
}

static bool is_mark_of(const struct journal_chain *chain, const uint8_t at[static MARK_LEN])
{
    return bytes_get_u64(at) == chain->sequence &&
           memcmp(at + 8, chain->hash, JOURNAL_HASH_LEN) == 0;
}

/* ---- writing ---- */

struct journal_file_writer {
    FILE *file;
    EVP_MD_CTX *digest;
    uint64_t bytes;
    struct journal_chain chain;
};

static enum err put(struct journal_file_writer *writer, const void *at, size_t len)
{
    if (EVP_DigestUpdate(writer->digest, at, len) != 1)
        return ERR_CRYPTO;
    errno = 0;
    if (fwrite(at, 1, len, writer->file) != len)
        return errno == ENOSPC ? ERR_DISK_FULL : ERR_IO;
    writer->bytes += len;
    return OK;
}

static enum err open_writer(const char *path, struct journal_file_writer *writer, struct text *why)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return fail_errno(why, path);
    writer->file = fdopen(fd, "w");
    if (writer->file == NULL) {
        close(fd);
        return fail_errno(why, path);
    }
    writer->digest = EVP_MD_CTX_new();
    if (writer->digest == NULL || EVP_DigestInit_ex(writer->digest, EVP_sha256(), NULL) != 1)
        return fail(why, path, ERR_CRYPTO, err_text(ERR_CRYPTO));
    return OK;
}

enum err journal_file_make(const char *path, const struct journal_chain *chain,
                           struct journal_file_writer **out, struct text *why)
{
    struct journal_file_writer *writer = calloc(1, sizeof *writer);
    uint8_t head[HEAD_LEN] = MAGIC;

    if (writer == NULL)
        return ERR_FULL;
    writer->chain = *chain;
    enum err err = open_writer(path, writer, why);
    put_mark(chain, head + MAGIC_LEN);
    if (err == OK) {
        err = put(writer, head, sizeof head);
        if (err != OK)
            fail(why, path, err, err_text(err));
    }
    if (err != OK) {
        journal_file_abandon(writer);
        return err;
    }
    *out = writer;
    return OK;
}

enum err journal_file_add(struct journal_file_writer *writer, struct bytes bytes,
                          struct journal_record *out)
{
    uint8_t head[4 + CHECK_LEN];

    TRY(journal_chain_follow(&writer->chain, bytes, out));
    bytes_put_u32(head, (uint32_t)bytes.len);
    memcpy(head + 4, writer->chain.hash, CHECK_LEN);
    TRY(put(writer, head, sizeof head));
    return put(writer, bytes.at, bytes.len);
}

const struct journal_chain *journal_file_chain(const struct journal_file_writer *writer)
{
    return &writer->chain;
}

static enum err end(struct journal_file_writer *writer, struct journal_file_sum *out)
{
    uint8_t tail[4 + MARK_LEN] = {0};
    unsigned len = 0;

    put_mark(&writer->chain, tail + 4);
    TRY(put(writer, tail, sizeof tail));
    if (EVP_DigestFinal_ex(writer->digest, out->sha256, &len) != 1)
        return ERR_CRYPTO;
    assert(len == sizeof out->sha256);
    out->bytes = writer->bytes;
    errno = 0;
    if (fflush(writer->file) != 0 || fsync(fileno(writer->file)) != 0)
        return errno == ENOSPC ? ERR_DISK_FULL : ERR_IO;
    return OK;
}

enum err journal_file_end(struct journal_file_writer *writer, struct journal_file_sum *out)
{
    enum err err = end(writer, out);

    journal_file_abandon(writer);
    return err;
}

void journal_file_abandon(struct journal_file_writer *writer)
{
    if (writer->file != NULL)
        fclose(writer->file);
    EVP_MD_CTX_free(writer->digest);
    free(writer);
}

/* ---- reading ---- */

static enum err sum_of(FILE *file, struct journal_file_sum *out)
{
    uint8_t *room = malloc(COPY_LEN);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool is_good =
        room != NULL && digest != NULL && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1;
    size_t got;

    out->bytes = 0;
    while (is_good && (got = fread(room, 1, COPY_LEN, file)) > 0) {
        is_good = EVP_DigestUpdate(digest, room, got) == 1;
        out->bytes += got;
    }
    is_good = is_good && EVP_DigestFinal_ex(digest, out->sha256, NULL) == 1;
    EVP_MD_CTX_free(digest);
    free(room);
    if (!is_good)
        return ERR_CRYPTO;
    return ferror(file) ? ERR_IO : OK;
}

struct reader {
    FILE *file;
    const struct journal_file_source *source;
    struct journal_chain *chain;
    struct journal_record record;
    uint8_t check[CHECK_LEN];
    uint8_t bytes[JOURNAL_RECORD_LEN_MAX];
};

static enum err fail_at(const struct reader *reader, enum err err, const char *what,
                        struct text *why)
{
    text_add(why, reader->source->path);
    text_add(why, ": record ");
    text_add_u64(why, reader->chain->sequence + 1);
    text_add(why, ": ");
    text_add(why, what);
    return err;
}

static bool take(struct reader *reader, void *out, size_t len)
{
    return fread(out, 1, len, reader->file) == len;
}

static enum err take_head(struct reader *reader, struct text *why)
{
    uint8_t head[HEAD_LEN];
    const char *path = reader->source->path;

    if (!take(reader, head, sizeof head))
        return fail(why, path, ERR_TRUNCATED, "ends before its first record");
    if (memcmp(head, MAGIC, MAGIC_LEN) != 0)
        return fail(why, path, ERR_CORRUPT, "is no part of a journal");
    if (!is_mark_of(reader->chain, head + MAGIC_LEN))
        return fail(why, path, ERR_CORRUPT, "does not continue the part before it");
    return OK;
}

/* *out_len 0: the end, and as it should be. */
static enum err take_record(struct reader *reader, size_t *out_len, struct text *why)
{
    uint8_t len[4];
    uint8_t mark[MARK_LEN];

    if (!take(reader, len, sizeof len))
        return fail_at(reader, ERR_TRUNCATED, "the file ends before it", why);
    *out_len = bytes_get_u32(len);
    if (*out_len > sizeof reader->bytes)
        return fail_at(reader, ERR_CORRUPT, "its length is out of bounds", why);
    if (*out_len > 0)
        return take(reader, reader->check, CHECK_LEN) && take(reader, reader->bytes, *out_len)
                   ? OK
                   : fail_at(reader, ERR_TRUNCATED, "the file ends within it", why);
    if (!take(reader, mark, sizeof mark) || !is_mark_of(reader->chain, mark))
        return fail(why, reader->source->path, ERR_CORRUPT, "does not end with its last record");
    return OK;
}

static enum err visit_all(struct reader *reader, journal_file_visit *visit, void *context,
                          struct text *why)
{
    size_t len = 0;

    TRY(take_head(reader, why));
    do {
        TRY(take_record(reader, &len, why));
        if (len == 0)
            return OK;
        struct journal_chain before = *reader->chain;
        struct bytes bytes = bytes_over(reader->bytes, len);
        enum err err = journal_chain_follow(reader->chain, bytes, &reader->record);
        bool is_whole = err == OK && memcmp(reader->chain->hash, reader->check, CHECK_LEN) == 0;
        if (!is_whole)
            *reader->chain = before;
        if (!is_whole)
            return fail_at(reader, err == OK ? ERR_CORRUPT : err,
                           err == OK ? "its checksum is wrong" : err_text(err), why);
        if (!visit(context, bytes, &reader->record)) {
            *reader->chain = before;
            return OK;
        }
    } while (true);
}

/* The records are read even when the sum is wrong: the one that is damaged shall be named. */
static bool visit_nothing(void *context, struct bytes bytes, const struct journal_record *record)
{
    (void)context;
    (void)bytes;
    (void)record;
    return true;
}

static enum err name_damage(struct reader *reader, struct text *why)
{
    struct journal_chain chain = *reader->chain;

    rewind(reader->file);
    reader->chain = &chain;
    TRY(visit_all(reader, visit_nothing, NULL, why));
    return fail(why, reader->source->path, ERR_CORRUPT, "its checksum is wrong");
}

static enum err read_open(struct reader *reader, journal_file_visit *visit, void *context,
                          struct text *why)
{
    const struct journal_file_source *source = reader->source;
    struct journal_file_sum found;
    enum err err = OK;

    if (source->sum.bytes == 0)
        return visit_all(reader, visit, context, why);
    err = sum_of(reader->file, &found);

    if (err != OK)
        return fail(why, source->path, err, err_text(err));
    if (found.bytes != source->sum.bytes ||
        memcmp(found.sha256, source->sum.sha256, sizeof found.sha256) != 0)
        return name_damage(reader, why);
    rewind(reader->file);
    return visit_all(reader, visit, context, why);
}

enum err journal_file_read(const struct journal_file_source *source, struct journal_chain *chain,
                           journal_file_visit *visit, void *context, struct text *why)
{
    struct reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL)
        return ERR_FULL;
    reader->source = source;
    reader->chain = chain;
    reader->file = fopen(source->path, "re");
    enum err err = reader->file == NULL ? fail_errno(why, source->path)
                                        : read_open(reader, visit, context, why);
    if (reader->file != NULL)
        fclose(reader->file);
    free(reader);
    return err;
}

enum err journal_file_start(const char *path, struct journal_chain *out, struct text *why)
{
    uint8_t head[HEAD_LEN];
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return fail_errno(why, path);
    size_t got = fread(head, 1, sizeof head, file);
    fclose(file);
    if (got != sizeof head || memcmp(head, MAGIC, MAGIC_LEN) != 0)
        return fail(why, path, ERR_CORRUPT, "is no part of a journal");
    out->sequence = bytes_get_u64(head + MAGIC_LEN);
    memcpy(out->hash, head + MAGIC_LEN + 8, sizeof out->hash);
    return OK;
}

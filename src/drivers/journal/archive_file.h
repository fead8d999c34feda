/*
 * A file of one host's business day: payments as their rows were, signatures, and what the journal
 * says of each payment. Written once, from beginning to end, durable when it is ended; it gets its
 * name only then. A file without its end is incomplete.
 *
 * It holds what the store holds and no more: card numbers sealed, hashed and masked. They are
 * sealed under the host's own PAN key (its configuration's pan_store, a key block under the host's
 * master key), of which the head has a fingerprint: as long as the file must be read, that key
 * block and the master key must be kept.
 *
 * All numbers are big-endian. Layout: 8 bytes magic, 24 bytes host, u32 date, u16 part, u64 instant
 * in microseconds, i32 offset of the host's clock in seconds, 32 bytes fingerprint; then items: u8
 * kind, u32 length, that many bytes; at last an item 'E' of 4 bytes: how many payments there are.
 */
#ifndef DRIVERS_ARCHIVE_FILE_H
#define DRIVERS_ARCHIVE_FILE_H

#include "books/payment_row.h"
#include "drivers/journal/journal_file.h"

#define ARCHIVE_HOST_LEN 24

enum archive_item {
    ARCHIVE_PAYMENT = 'P',   /* struct payment_row; what follows is of it, up to the next */
    ARCHIVE_SIGNATURE = 'S', /* its part, then struct signature_row */
    ARCHIVE_RECORD = 'J',    /* a journal record without its changes: the payment's story */
    ARCHIVE_END = 'E',
};

struct archive_head {
    char host[ARCHIVE_HOST_LEN]; /* "issuer-20000001", zero-terminated */
    uint32_t date;
    uint16_t part;
    struct instant made;
    int32_t utc_offset_s;
    uint8_t pan_key[JOURNAL_HASH_LEN]; /* SHA-256 of the key block that seals card numbers */
};

/* ---- writing ---- */

struct archive_file;

/* Makes PATH.part, or writes over one that was never finished, mode 0600. *why names the file. */
MUST_USE enum err archive_file_make(const char *path, const struct archive_head *head,
                                    struct archive_file **out, struct text *why);

MUST_USE enum err archive_file_add(struct archive_file *file, enum archive_item kind,
                                   struct bytes bytes);

/* How many payments were added. */
uint32_t archive_file_count(const struct archive_file *file);

/* Writes the end, syncs, and gives the file its name; the writer is gone in any case. The name is
 * durable when its folder was synced. */
MUST_USE enum err archive_file_end(struct archive_file *file, struct journal_file_sum *out);

/* Gives up: nothing of it stays. */
void archive_file_abandon(struct archive_file *file);

/* ---- reading ---- */

/* Returns false to stop. bytes are borrowed for the call. */
typedef bool archive_file_visit(void *context, const struct archive_head *head,
                                enum archive_item kind, struct bytes bytes);

struct archive_file_facts {
    struct archive_head head;
    struct journal_file_sum sum;
    uint32_t count; /* of payments */
};

/* Reads a whole file, each item as it comes; out is what it is found to be, complete only when the
 * visitor did not stop it. ERR_NOT_FOUND, ERR_TRUNCATED, ERR_CORRUPT, ERR_IO: *why names the file
 * and what is wrong with it. visit may be NULL. */
MUST_USE enum err archive_file_read(const char *path, archive_file_visit *visit, void *context,
                                    struct archive_file_facts *out, struct text *why);

#endif

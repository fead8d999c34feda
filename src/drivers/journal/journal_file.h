/*
 * A part of a journal in a file of its own, for backups: a header {what it is, the record before
 * its first}, the records as they are, and an end {number and hash of the last}. Written once, from
 * beginning to end, durable when it is ended; a file without its end is incomplete.
 *
 * All numbers are big-endian. Layout: 8 bytes magic, u64 number and 32 bytes hash of the record
 * before; for each record u32 length and its bytes; u32 0, u64 number and 32 bytes hash of the
 * last.
 */
#ifndef DRIVERS_JOURNAL_FILE_H
#define DRIVERS_JOURNAL_FILE_H

#include "base/text.h"
#include "drivers/journal/journal_chain.h"

struct journal_file_sum {
    uint64_t bytes;
    uint8_t sha256[JOURNAL_HASH_LEN]; /* of the whole file */
};

/* ---- writing ---- */

struct journal_file_writer;

/* Makes the file, or writes over one that was never finished, mode 0600. chain is where the
 * journal stands before its first record. *why names the file. */
MUST_USE enum err journal_file_make(const char *path, const struct journal_chain *chain,
                                    struct journal_file_writer **out, struct text *why);

/* Adds the next record, checked against the chain: ERR_CORRUPT, ERR_VERSION, ERR_IO,
 * ERR_DISK_FULL. *out is it decoded; values point into bytes. */
MUST_USE enum err journal_file_add(struct journal_file_writer *writer, struct bytes bytes,
                                   struct journal_record *out);

/* Where the chain stands. */
const struct journal_chain *journal_file_chain(const struct journal_file_writer *writer);

/* Writes the end and syncs; the writer is gone in any case. */
MUST_USE enum err journal_file_end(struct journal_file_writer *writer,
                                   struct journal_file_sum *out);
/* Gives up: the file stays without its end. */
void journal_file_abandon(struct journal_file_writer *writer);

/* ---- reading ---- */

/* Returns false to stop. record is decoded; bytes and its values are borrowed for the call. */
typedef bool journal_file_visit(void *context, struct bytes bytes,
                                const struct journal_record *record);

/* Where the journal stands before the file's first record, as the file itself says. */
MUST_USE enum err journal_file_start(const char *path, struct journal_chain *out, struct text *why);

struct journal_file_source {
    const char *path;
    struct journal_file_sum sum; /* what it is said to be; of no bytes: nothing is said, and the
                                    chain alone proves it */
};

/* Reads a file that continues *chain, record by record, each checked; *chain ends at the last one
 * that was visited. Its sum is compared first. ERR_NOT_FOUND, ERR_TRUNCATED, ERR_CORRUPT,
 * ERR_VERSION, ERR_IO: *why names the file, the record and what is wrong with it. */
MUST_USE enum err journal_file_read(const struct journal_file_source *source,
                                    struct journal_chain *chain, journal_file_visit *visit,
                                    void *context, struct text *why);

#endif

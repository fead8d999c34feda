/*
 * The parts of a host's journal that left it: DIR/HOST/journal-NODE-FIRST.journal, each beginning
 * with the record after the last of the one before. Nothing else has to be believed: the chain of
 * hashes leads from the first record to what the host's own journal begins after.
 */
#ifndef APP_ARCHIVED_JOURNAL_H
#define APP_ARCHIVED_JOURNAL_H

#include "books/store.h"
#include "drivers/journal/journal_file.h"

#define ARCHIVED_PATH_ROOM 512

/* The path of the part that begins with a record. */
MUST_USE enum err archived_journal_path(const char *folder, uint16_t node, uint64_t first,
                                        char out[static ARCHIVED_PATH_ROOM], struct text *why);

struct archived_journal {
    const char *folder; /* DIR/HOST */
    uint16_t node;
    struct store_anchor to;    /* what the host's journal begins after */
    journal_file_visit *visit; /* for each record up to there; false ends it */
    void *context;
    uint32_t files; /* of those read */
};

/* Reads all parts up to the anchor. ERR_NOT_FOUND when one is missing; ERR_CORRUPT when a part is
 * damaged, is another's, or the anchor's record is not what the host says it was. */
MUST_USE enum err archived_journal_read(struct archived_journal *journal, struct text *why);

#endif

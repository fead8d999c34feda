/*
 * All that one party has stored, as lines of JSON in a folder, for a checker that shares nothing
 * with the program: tools/prove. The format is docs/export.md.
 *
 *     NAME.party.json     one object: who it is, how much there is, where its journal ends
 *     NAME.journal.jsonl  a line for each journal record, in order
 *     NAME.rows.jsonl     a line for each row of each table
 */
#ifndef APP_PARTY_EXPORT_H
#define APP_PARTY_EXPORT_H

#include "base/instant.h"
#include "books/store.h"
#include "txn/outcome.h"

#define PARTY_EXPORT_FORMAT 1
#define PARTY_EXPORT_NAME_LEN 32

struct party_export_order {
    const char *folder;  /* is there; nothing of this name is in it */
    const char *archive; /* where parts of journals were archived: they come first. NULL: they are
                            left out, and the party's object says after which record it begins */
    char name[PARTY_EXPORT_NAME_LEN]; /* of the store: the same for all nodes that share it */
    enum party party;
    struct instant at; /* when, by the clock of who exports */
    /* With each record its bytes, to prove the chain of hashes: they hold sealed card numbers and
     * key blocks, so such an export is to be kept like the store itself. */
    bool has_bytes;
};

struct party_export_counts {
    uint64_t records;
    uint64_t rows;
};

/* Reads the whole store, the journals of all nodes that share it, as of one moment, and writes the
 * three files, readable by their owner alone. ERR_EXISTS when one is there, ERR_IO when store or
 * disk fails, ERR_CORRUPT when a record cannot be read; *error names the file or record. */
MUST_USE enum err party_export_write(const struct store *store,
                                     const struct party_export_order *order,
                                     struct party_export_counts *out, struct text *error);

#endif

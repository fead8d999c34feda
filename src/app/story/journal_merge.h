/*
 * The records of all journals in the order of time, as the nodes that share a store have written
 * them: what one node began and another ended is met in that order. Of one journal the order is its
 * numbers' whatever its clock did; between journals it is as good as the nodes' clocks agree.
 *
 * Read in pieces, each in a lane's job, so that payments are not kept waiting. What is written
 * after journal_merge_begin is not read.
 */
#ifndef APP_JOURNAL_MERGE_H
#define APP_JOURNAL_MERGE_H

#include "app/story/journals.h"

#define MERGE_PIECE 1000 /* records of one journal read ahead */

struct merge_source {
    uint64_t next; /* to be read from the journal */
    uint64_t last;
    uint8_t *ahead; /* owned; records read: four bytes of length, and the record */
    size_t len;
    size_t room;
    size_t at; /* of the record that is visited next */
    size_t count;
    struct instant wall; /* its time */
    bool is_short;       /* of memory */
};

struct journal_merge {
    struct journals journals;
    struct merge_source sources[STORE_NODES_MAX];
    bool is_done; /* every record was visited */
};

typedef void journal_merge_visit(void *context, struct bytes record);

void journal_merge_begin(struct journal_merge *merge, const struct journals *journals);

/* Visits the next records. STORE_OK, or what the store said; STORE_RETRY as well when there is no
 * memory: then nothing more is to be had. */
enum store_result journal_merge_read(struct journal_merge *merge, journal_merge_visit *visit,
                                     void *context);

void journal_merge_end(struct journal_merge *merge);

#endif

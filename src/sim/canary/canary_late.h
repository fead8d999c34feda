/*
 * A store that says OK before it has written: the newest commits are kept in memory, read from
 * there, and lost in a crash. For the bugs of answering before the commit, or before the second
 * machine has it.
 */
#ifndef SIM_CANARY_LATE_H
#define SIM_CANARY_LATE_H

#include "books/store.h"

#define CANARY_LAG_MAX 3

struct canary_commit {
    struct store_change *changes;
    struct store_record *records;
    struct store_batch batch;
    uint8_t head_hash[32];
    uint8_t *room;
    size_t used;
};

/* A queue: first is the oldest that is not written. */
struct canary_late {
    struct store *disk;
    size_t lag; /* commits that may wait */
    size_t first;
    size_t count;
    struct canary_commit commits[CANARY_LAG_MAX];
};

/* NULL never: aborts without memory. */
struct canary_late *canary_late_new(struct store *disk, size_t lag);
void canary_late_free(struct canary_late *late);

/* Keeps the batch, and writes the oldest when too many wait; what the disk says of that one. */
enum store_result canary_late_commit(struct canary_late *late, const struct store_batch *batch);

/* Puts what waits over a row as the disk has it. */
void canary_late_overlay(const struct canary_late *late, struct store_row *row);

/* The process died: what waits is gone. */
void canary_late_crash(struct canary_late *late);

#endif

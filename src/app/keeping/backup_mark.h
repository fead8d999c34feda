/*
 * The record with which a store begins a new generation: it was made of a backup, or a standby
 * became the primary. From there on its epoch tells it from whatever ran on without it
 * (node/standing.h).
 */
#ifndef APP_BACKUP_MARK_H
#define APP_BACKUP_MARK_H

#include "base/instant.h"
#include "books/store.h"

struct backup_mark {
    bool is_restored;     /* of a backup; else a standby was promoted */
    struct instant point; /* what was restored to; wall: nothing is missing */
    struct instant wall;  /* now */
    uint32_t epoch;       /* the highest that is known of the journal */
};

/* Adds the record to a store's journal, with our own row of TABLE_PEER. */
MUST_USE enum err backup_mark_write(struct store *store, const struct backup_mark *mark);

#endif

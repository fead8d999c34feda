/*
 * A thread beside a SQLite store for what would hold up commits: it copies the WAL back into the
 * file over a connection of its own, and sorts the rows that are to be written.
 *
 * A checkpoint that runs beside a writer never sees the WAL's end, so the writer itself ends the
 * WAL between two commits once the helper has left it little to do (storage would grow otherwise).
 *
 * In step, there is no thread: what was asked for is done when somebody first asks whether it is
 * done, so that the same calls always have the same effects.
 */
#ifndef DRIVERS_SQLITE_HELPER_H
#define DRIVERS_SQLITE_HELPER_H

#include "drivers/sqlite/row_cache.h"

#include <pthread.h>
#include <sqlite3.h>

struct sqlite_helper {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake; /* there is work, or it shall end */
    pthread_cond_t done; /* something is finished */
    sqlite3 *db;
    bool is_running;
    bool is_in_step;
    bool shall_end;
    bool checkpoint_wanted; /* until it is done */
    bool sort_wanted;       /* until it is done */
    bool has_failed;        /* pages copied out of the WAL may not have reached the disk */
    struct row_cache_entry **sort_entries;
    size_t sort_count;
};

/* Starts the thread; db becomes its own and is closed by sqlite_helper_stop. */
MUST_USE enum err sqlite_helper_start(struct sqlite_helper *helper, sqlite3 *db, bool is_in_step);
void sqlite_helper_stop(struct sqlite_helper *helper);

/* Asks for a checkpoint; false while one is under way. */
bool sqlite_helper_checkpoint(struct sqlite_helper *helper);
bool sqlite_helper_checkpoint_is_done(struct sqlite_helper *helper);
void sqlite_helper_checkpoint_wait(struct sqlite_helper *helper);

/* Whether a sync has failed. The kernel says so once and then takes the lost pages for written, so
 * the WAL must not be ended any more: the next opening copies all of it anew. */
bool sqlite_helper_has_failed(struct sqlite_helper *helper);

/* Asks for entries to be put in the order of their ids in the file, new ones behind by their keys.
 * They must stay, and keep their ids, until it is done. */
void sqlite_helper_sort(struct sqlite_helper *helper, struct row_cache_entry **entries,
                        size_t count);
bool sqlite_helper_sort_is_done(struct sqlite_helper *helper);
void sqlite_helper_sort_wait(struct sqlite_helper *helper);

#endif

#include "drivers/sqlite/sqlite_helper.h"

#include "base/assert.h"

#include <stdlib.h>

/* Rows that the file has, as they lie in it; then new ones by their keys. */
static int compare(const void *a, const void *b)
{
    const struct row_cache_entry *left = *(const struct row_cache_entry *const *)a;
    const struct row_cache_entry *right = *(const struct row_cache_entry *const *)b;

    if (left->id != 0 && right->id != 0)
        return (left->id > right->id) - (left->id < right->id);
    if (left->id != right->id)
        return left->id == 0 ? 1 : -1;
    return row_key_compare(&left->key, &right->key);
}

/* SQLite leaves this to the last checkpoint, the writer's, when frames were added meanwhile;
 * commits would wait for all pages to reach the disk. */
static int sync_pages(sqlite3 *db)
{
    sqlite3_file *file = NULL;

    sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (file == NULL || file->pMethods == NULL)
        return SQLITE_OK;
    return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}

static void checkpoint(struct sqlite_helper *helper)
{
    pthread_mutex_unlock(&helper->mutex);
    int rc = sqlite3_wal_checkpoint_v2(helper->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    int synced = sync_pages(helper->db);
    pthread_mutex_lock(&helper->mutex);
    helper->has_failed = helper->has_failed || (rc & 0xFF) == SQLITE_IOERR || synced != SQLITE_OK;
    helper->checkpoint_wanted = false;
}

static void sort(struct sqlite_helper *helper)
{
    struct row_cache_entry **entries = helper->sort_entries;
    size_t count = helper->sort_count;

    pthread_mutex_unlock(&helper->mutex);
    qsort(entries, count, sizeof(struct row_cache_entry *), compare);
    pthread_mutex_lock(&helper->mutex);
    helper->sort_wanted = false;
}

/* False when there is nothing to do. */
static bool work_once(struct sqlite_helper *helper)
{
    if (helper->sort_wanted)
        sort(helper);
    else if (helper->checkpoint_wanted)
        checkpoint(helper);
    else
        return false;
    pthread_cond_broadcast(&helper->done);
    return true;
}

/* With the mutex: in step, whoever asks does the work. */
static void catch_up(struct sqlite_helper *helper)
{
    while (helper->is_in_step && work_once(helper))
        ;
}

static void *work(void *context)
{
    struct sqlite_helper *helper = context;

    pthread_mutex_lock(&helper->mutex);
    while (!helper->shall_end) {
        if (!work_once(helper))
            pthread_cond_wait(&helper->wake, &helper->mutex);
    }
    pthread_mutex_unlock(&helper->mutex);
    return NULL;
}

enum err sqlite_helper_start(struct sqlite_helper *helper, sqlite3 *db, bool is_in_step)
{
    *helper = (struct sqlite_helper){.db = db, .is_in_step = is_in_step};
    pthread_mutex_init(&helper->mutex, NULL);
    pthread_cond_init(&helper->wake, NULL);
    pthread_cond_init(&helper->done, NULL);
    if (is_in_step)
        return OK;
    if (pthread_create(&helper->thread, NULL, work, helper) != 0)
        return ERR_FULL;
    helper->is_running = true;
    return OK;
}

void sqlite_helper_stop(struct sqlite_helper *helper)
{
    if (helper->is_running) {
        pthread_mutex_lock(&helper->mutex);
        helper->shall_end = true;
        pthread_cond_signal(&helper->wake);
        pthread_mutex_unlock(&helper->mutex);
        pthread_join(helper->thread, NULL);
    }
    sqlite3_close(helper->db);
    *helper = (struct sqlite_helper){0};
}

bool sqlite_helper_checkpoint(struct sqlite_helper *helper)
{
    pthread_mutex_lock(&helper->mutex);
    bool was_wanted = helper->checkpoint_wanted;
    helper->checkpoint_wanted = true;
    pthread_cond_signal(&helper->wake);
    pthread_mutex_unlock(&helper->mutex);
    return !was_wanted;
}

bool sqlite_helper_checkpoint_is_done(struct sqlite_helper *helper)
{
    pthread_mutex_lock(&helper->mutex);
    catch_up(helper);
    bool is_done = !helper->checkpoint_wanted;
    pthread_mutex_unlock(&helper->mutex);
    return is_done;
}

bool sqlite_helper_has_failed(struct sqlite_helper *helper)
{
    pthread_mutex_lock(&helper->mutex);
    bool has_failed = helper->has_failed;
    pthread_mutex_unlock(&helper->mutex);
    return has_failed;
}

void sqlite_helper_checkpoint_wait(struct sqlite_helper *helper)
{
    pthread_mutex_lock(&helper->mutex);
    catch_up(helper);
    while (helper->checkpoint_wanted)
        pthread_cond_wait(&helper->done, &helper->mutex);
    pthread_mutex_unlock(&helper->mutex);
}

void sqlite_helper_sort(struct sqlite_helper *helper, struct row_cache_entry **entries,
                        size_t count)
{
    pthread_mutex_lock(&helper->mutex);
    assert(!helper->sort_wanted);
    helper->sort_entries = entries;
    helper->sort_count = count;
    helper->sort_wanted = true;
    pthread_cond_signal(&helper->wake);
    pthread_mutex_unlock(&helper->mutex);
}

bool sqlite_helper_sort_is_done(struct sqlite_helper *helper)
{
    pthread_mutex_lock(&helper->mutex);
    catch_up(helper);
    bool is_done = !helper->sort_wanted;
    pthread_mutex_unlock(&helper->mutex);
    return is_done;
}

void sqlite_helper_sort_wait(struct sqlite_helper *helper)
{
    pthread_mutex_lock(&helper->mutex);
    catch_up(helper);
    while (helper->sort_wanted)
        pthread_cond_wait(&helper->done, &helper->mutex);
    pthread_mutex_unlock(&helper->mutex);
}

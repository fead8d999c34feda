#include "sim/drive.h"

#include "base/assert.h"
#include "drivers/sqlite/store_sqlite.h"

#include <string.h>

/* So little of everything that in a short run rows are written behind the journal, and the log is
 * copied back and begun anew. */
#define CACHE_BYTES (1u << 20)
#define TAIL_MAX 40
#define WAL_PAGES 96

/* ---- what nobody has open ---- */

static void closed_head(void *self, struct store_head *out)
{
    (void)self;
    *out = (struct store_head){0};
}

static enum store_result closed_load(void *self, struct store_row *rows[], size_t count)
{
    (void)self;
    (void)rows;
    (void)count;
    return STORE_FATAL;
}

static enum store_result closed_commit(void *self, const struct store_batch *batch)
{
    (void)self;
    (void)batch;
    return STORE_FATAL;
}

static enum store_result closed_scan(void *self, const struct row_key *from, store_row_visit *visit,
                                     void *context)
{
    (void)self;
    (void)from;
    (void)visit;
    (void)context;
    return STORE_FATAL;
}

static enum store_result closed_read(void *self, uint64_t from_sequence, store_record_visit *visit,
                                     void *context)
{
    (void)self;
    (void)from_sequence;
    (void)visit;
    (void)context;
    return STORE_FATAL;
}

static void closed_close(void *self)
{
    (void)self;
}

static const struct store closed = {
    .head = closed_head,
    .load = closed_load,
    .commit = closed_commit,
    .scan = closed_scan,
    .read = closed_read,
    .close = closed_close,
};

/* ---- making and opening ---- */

enum err drive_new(struct drive *drive, enum drive_kind kind, uint16_t node)
{
    *drive = (struct drive){.kind = kind, .node = node};
    if (kind == DRIVE_MEMORY)
        return store_memory_new(&(struct store_memory_options){.node = node}, &drive->memory);
    platter_open(&drive->platter);
    return platter_vfs_open(&drive->vfs, &drive->platter);
}

enum err drive_join(struct drive *drive, struct store_shared *shared, uint16_t node)
{
    TRY(store_shared_add(shared, node));
    *drive = (struct drive){.kind = DRIVE_MEMORY,
                            .node = node,
                            .shared = shared,
                            .memory = store_shared_memory(shared, node)};
    return OK;
}

static void detach(struct drive *drive)
{
    if (drive->attached && drive->kind == DRIVE_SQLITE) {
        drive->attached->close(drive->attached->self);
        *drive->attached = closed;
    }
    drive->attached = NULL;
}

void drive_free(struct drive *drive)
{
    if (drive->node == 0)
        return;
    if (drive->kind == DRIVE_SQLITE) {
        platter_kill(&drive->platter);
        detach(drive);
        platter_vfs_close(&drive->vfs);
        platter_close(&drive->platter);
    } else if (!drive->shared) {
        store_memory_free(drive->memory);
    }
    *drive = (struct drive){0};
}

static enum err attach_memory(struct drive *drive, struct store *out)
{
    return drive->shared ? store_shared_attach(drive->shared, drive->node, out)
                         : store_memory_attach(drive->memory, out);
}

enum err drive_attach(struct drive *drive, struct store *out, struct text *why)
{
    struct store_sqlite_options options = {.cache_bytes = CACHE_BYTES,
                                           .tail_max = TAIL_MAX,
                                           .wal_pages = WAL_PAGES,
                                           .vfs = drive->vfs.name};
    assert(!drive->attached);
    enum err err = drive->kind == DRIVE_MEMORY
                       ? attach_memory(drive, out)
                       : store_sqlite_open(PLATTER_PATH, drive->node, &options, out, why);
    if (err == OK)
        drive->attached = out;
    return err;
}

void drive_leave(struct drive *drive)
{
    detach(drive);
}

void drive_restart(struct drive *drive, struct prng *chance)
{
    if (drive->kind == DRIVE_SQLITE)
        platter_restart(&drive->platter, chance != NULL, chance);
}

void drive_crash(struct drive *drive, struct prng *chance)
{
    if (drive->kind == DRIVE_SQLITE)
        platter_kill(&drive->platter);
    detach(drive);
    drive_restart(drive, chance);
}

bool drive_is_lost(const struct drive *drive)
{
    if (drive->kind != DRIVE_SQLITE || !drive->attached)
        return false;
    return drive->platter.is_dead || store_sqlite_counters(drive->attached).is_broken;
}

bool drive_has_kept(const struct drive *drive, bool is_power_cut)
{
    const struct platter *platter = &drive->platter;
    if (!platter->is_dead || platter->died_at == PLACE_LOG_UNSYNCED) /* all of it is written */
        return !is_power_cut;
    return platter->died_at >= PLACE_LOG_SYNCED && platter->died_at <= PLACE_TRUNCATE;
}

/* ---- accidents ---- */

/* Most plans are that nothing goes wrong, where nothing was planned before. */
static bool is_news(struct drive *drive, uint64_t nth)
{
    drive->is_planned = drive->is_planned || nth > 0;
    return drive->is_planned;
}

void drive_plan(struct drive *drive, const struct platter_plan *plan)
{
    if (is_news(drive, plan->nth) && drive->kind == DRIVE_SQLITE)
        platter_plan(&drive->platter, plan);
}

void drive_fail(struct drive *drive, const struct store_memory_fault *fault)
{
    if (is_news(drive, fault->nth) && drive->kind == DRIVE_MEMORY)
        store_memory_fail(drive->memory, fault);
}

void drive_heal(struct drive *drive)
{
    if (!drive->is_planned)
        return;
    drive_plan(drive, &(struct platter_plan){0});
    drive_fail(drive, &(struct store_memory_fault){.call = STORE_CALL_COMMIT});
    drive_fail(drive, &(struct store_memory_fault){.call = STORE_CALL_LOAD});
    drive->is_planned = false;
}

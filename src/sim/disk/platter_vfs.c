#include "sim/disk/platter_vfs.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR_LEN 4096
#define JULIAN_DAY_MS INT64_C(212661979200000) /* some day in 2026 */

/* One open file; SQLite gives the memory. */
struct handle {
    sqlite3_file base;
    struct platter_vfs *vfs;
    size_t file;
    int level; /* of its lock */
    bool uses_shared;
    bool keeps_log;
    uint16_t slots_read;
    uint16_t slots_written;
};

static struct handle *handle_of(sqlite3_file *file)
{
    return (struct handle *)file;
}

static struct platter_sharing *sharing_of(const struct handle *handle)
{
    return &handle->vfs->sharing[handle->file];
}

static int code_of(enum err err, int io_code)
{
    if (err == ERR_DISK_FULL)
        return SQLITE_FULL;
    return err == OK ? SQLITE_OK : io_code;
}

/* ---- reading and writing ---- */

static int read_at(sqlite3_file *file, void *out, int len, sqlite3_int64 offset)
{
    struct handle *handle = handle_of(file);
    struct platter_piece piece = {.offset = (size_t)offset, .at = out, .len = (size_t)len};
    if (platter_file_read(handle->vfs->platter, handle->file, &piece) != OK)
        return SQLITE_IOERR_READ;
    return piece.got == piece.len ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int write_at(sqlite3_file *file, const void *from, int len, sqlite3_int64 offset)
{
    struct handle *handle = handle_of(file);
    return code_of(platter_file_write(handle->vfs->platter, handle->file, (size_t)offset,
                                      bytes_over(from, (size_t)len)),
                   SQLITE_IOERR_WRITE);
}

static int truncate_to(sqlite3_file *file, sqlite3_int64 len)
{
    struct handle *handle = handle_of(file);
    return code_of(platter_file_truncate(handle->vfs->platter, handle->file, (size_t)len),
                   SQLITE_IOERR_TRUNCATE);
}

static int sync_all(sqlite3_file *file, int flags)
{
    struct handle *handle = handle_of(file);
    (void)flags;
    return code_of(platter_file_sync(handle->vfs->platter, handle->file), SQLITE_IOERR_FSYNC);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *out)
{
    const struct handle *handle = handle_of(file);
    *out = (sqlite3_int64)platter_file_len(handle->vfs->platter, handle->file);
    return SQLITE_OK;
}

/* ---- locks on the database (SQLite, "File Locking And Concurrency") ---- */

static int lock_shared(struct handle *handle, struct platter_sharing *sharing)
{
    if (sharing->exclusive_by != NULL)
        return SQLITE_BUSY;
    sharing->readers++;
    handle->level = SQLITE_LOCK_SHARED;
    return SQLITE_OK;
}

static int lock_exclusive(struct handle *handle, struct platter_sharing *sharing)
{
    if (sharing->exclusive_by != NULL && sharing->exclusive_by != handle)
        return SQLITE_BUSY;
    sharing->exclusive_by = handle;
    handle->level = SQLITE_LOCK_PENDING;
    if (sharing->readers > 1)
        return SQLITE_BUSY;
    handle->level = SQLITE_LOCK_EXCLUSIVE;
    return SQLITE_OK;
}

static int lock(sqlite3_file *file, int level)
{
    struct handle *handle = handle_of(file);
    struct platter_sharing *sharing = sharing_of(handle);
    if (handle->level >= level)
        return SQLITE_OK;
    if (level == SQLITE_LOCK_SHARED)
        return lock_shared(handle, sharing);
    if (sharing->reserved_by != NULL && sharing->reserved_by != handle)
        return SQLITE_BUSY;
    sharing->reserved_by = handle;
    if (level == SQLITE_LOCK_EXCLUSIVE)
        return lock_exclusive(handle, sharing);
    handle->level = level;
    return SQLITE_OK;
}

static int unlock(sqlite3_file *file, int level)
{
    struct handle *handle = handle_of(file);
    struct platter_sharing *sharing = sharing_of(handle);
    if (handle->level <= level)
        return SQLITE_OK;
    if (sharing->reserved_by == handle)
        sharing->reserved_by = NULL;
    if (sharing->exclusive_by == handle)
        sharing->exclusive_by = NULL;
    if (level == SQLITE_LOCK_NONE)
        sharing->readers--;
    handle->level = level;
    return SQLITE_OK;
}

static int is_reserved(sqlite3_file *file, int *out)
{
    *out = sharing_of(handle_of(file))->reserved_by != NULL;
    return SQLITE_OK;
}

/* ---- what the connections share about the log ---- */

static int shared_map(sqlite3_file *file, int piece, int len, int makes, void volatile **out)
{
    struct handle *handle = handle_of(file);
    struct platter_sharing *sharing = sharing_of(handle);
    assert(piece >= 0 && piece < PLATTER_SHARED_MAX);
    if (handle->vfs->platter->is_dead)
        return SQLITE_IOERR_SHMMAP;
    if (!handle->uses_shared)
        sharing->shared_users++;
    handle->uses_shared = true;
    if (sharing->shared[piece] == NULL && makes) {
        sharing->shared[piece] = calloc(1, (size_t)len);
        if (sharing->shared[piece] == NULL)
            return SQLITE_NOMEM;
    }
    *out = sharing->shared[piece];
    return SQLITE_OK;
}

static void slots_free(struct handle *handle, struct platter_sharing *sharing, unsigned slots)
{
    for (unsigned i = 0; i < SQLITE_SHM_NLOCK; i++) {
        if ((slots & handle->slots_read & 1u << i) != 0)
            sharing->slot_readers[i]--;
        if ((slots & handle->slots_written & 1u << i) != 0)
            sharing->slot_writer[i] = NULL;
    }
    handle->slots_read &= (uint16_t)~slots;
    handle->slots_written &= (uint16_t)~slots;
}

static bool slots_are_free(const struct handle *handle, const struct platter_sharing *sharing,
                           unsigned slots, bool for_all)
{
    for (unsigned i = 0; i < SQLITE_SHM_NLOCK; i++) {
        bool is_mine = (handle->slots_read & 1u << i) != 0;
        if ((slots & 1u << i) == 0)
            continue;
        if (sharing->slot_writer[i] != NULL && sharing->slot_writer[i] != handle)
            return false;
        if (for_all && sharing->slot_readers[i] > (is_mine ? 1u : 0u))
            return false;
    }
    return true;
}

static int shared_lock(sqlite3_file *file, int first, int count, int flags)
{
    struct handle *handle = handle_of(file);
    struct platter_sharing *sharing = sharing_of(handle);
    unsigned slots = ((1u << count) - 1) << first;
    bool for_all = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        slots_free(handle, sharing, slots);
        return SQLITE_OK;
    }
    if (!slots_are_free(handle, sharing, slots, for_all))
        return SQLITE_BUSY;
    for (unsigned i = 0; i < SQLITE_SHM_NLOCK; i++) {
        if ((slots & 1u << i) == 0)
            continue;
        if (for_all)
            sharing->slot_writer[i] = handle;
        else if ((handle->slots_read & 1u << i) == 0)
            sharing->slot_readers[i]++;
    }
    if (for_all)
        handle->slots_written |= (uint16_t)slots;
    else
        handle->slots_read |= (uint16_t)slots;
    return SQLITE_OK;
}

static void shared_barrier(sqlite3_file *file)
{
    (void)file;
}

static int shared_unmap(sqlite3_file *file, int removes)
{
    struct handle *handle = handle_of(file);
    struct platter_sharing *sharing = sharing_of(handle);
    (void)removes;
    if (!handle->uses_shared)
        return SQLITE_OK;
    slots_free(handle, sharing, (1u << SQLITE_SHM_NLOCK) - 1);
    handle->uses_shared = false;
    if (--sharing->shared_users > 0)
        return SQLITE_OK;
    for (size_t i = 0; i < PLATTER_SHARED_MAX; i++) {
        free(sharing->shared[i]);
        sharing->shared[i] = NULL;
    }
    return SQLITE_OK;
}

/* ---- the rest of an open file ---- */

static int control(sqlite3_file *file, int what, void *with)
{
    struct handle *handle = handle_of(file);
    int *value = with;
    if (what != SQLITE_FCNTL_PERSIST_WAL)
        return SQLITE_NOTFOUND;
    if (*value < 0)
        *value = handle->keeps_log;
    else
        handle->keeps_log = *value != 0;
    return SQLITE_OK;
}

static int sector_len(sqlite3_file *file)
{
    (void)file;
    return SECTOR_LEN;
}

/* As SQLite's own VFS says of ordinary disks: what lies beside a torn write is not harmed. */
static int device_is(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int close_file(sqlite3_file *file)
{
    struct handle *handle = handle_of(file);
    shared_unmap(file, 0);
    unlock(file, SQLITE_LOCK_NONE);
    handle->vfs->handles--;
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_at,
    .xWrite = write_at,
    .xTruncate = truncate_to,
    .xSync = sync_all,
    .xFileSize = file_size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = is_reserved,
    .xFileControl = control,
    .xSectorSize = sector_len,
    .xDeviceCharacteristics = device_is,
    .xShmMap = shared_map,
    .xShmLock = shared_lock,
    .xShmBarrier = shared_barrier,
    .xShmUnmap = shared_unmap,
};

/* ---- the VFS ---- */

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *out_flags)
{
    struct handle *handle = handle_of(file);
    struct platter_vfs *own = vfs->pAppData;
    size_t number = 0;
    *handle = (struct handle){.vfs = own};
    if (name == NULL) /* a temporary file: all our settings keep those in memory */
        return SQLITE_CANTOPEN;
    if (platter_file_open(own->platter, name, (flags & SQLITE_OPEN_CREATE) != 0, &number) != OK)
        return SQLITE_CANTOPEN;
    handle->file = number;
    handle->base.pMethods = &methods;
    own->handles++;
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int remove_file(sqlite3_vfs *vfs, const char *name, int syncs_folder)
{
    struct platter_vfs *own = vfs->pAppData;
    enum err err = platter_file_remove(own->platter, name, syncs_folder != 0);
    return err == ERR_NOT_FOUND ? SQLITE_IOERR_DELETE_NOENT : code_of(err, SQLITE_IOERR_DELETE);
}

/* Like SQLite's own: a file without a byte in it counts as none. */
static int has_file(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    struct platter_vfs *own = vfs->pAppData;
    (void)flags;
    if (own->platter->is_dead)
        return SQLITE_IOERR_ACCESS;
    *out = platter_file_exists(own->platter, name);
    return SQLITE_OK;
}

static int full_name(sqlite3_vfs *vfs, const char *name, int room, char *out)
{
    (void)vfs;
    int len = snprintf(out, (size_t)room, "%s", name);
    return len < room ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int randomness(sqlite3_vfs *vfs, int len, char *out)
{
    struct platter_vfs *own = vfs->pAppData;
    for (int i = 0; i < len; i++) {
        own->random = own->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        out[i] = (char)(own->random >> 56);
    }
    return len;
}

static int sleep_not(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    return us;
}

static int time_now(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
    (void)vfs;
    *out = JULIAN_DAY_MS;
    return SQLITE_OK;
}

static int day_now(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    *out = (double)JULIAN_DAY_MS / 86400000.0;
    return SQLITE_OK;
}

static int last_error(sqlite3_vfs *vfs, int room, char *out)
{
    (void)vfs;
    if (room > 0)
        out[0] = '\0';
    return 0;
}

enum err platter_vfs_open(struct platter_vfs *vfs, struct platter *platter)
{
    static unsigned number; /* SQLite finds a VFS by its name */
    *vfs = (struct platter_vfs){.platter = platter};
    snprintf(vfs->name, sizeof vfs->name, "platter-%u", number++);
    vfs->vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = sizeof(struct handle),
        .mxPathname = PLATTER_NAME_LEN,
        .zName = vfs->name,
        .pAppData = vfs,
        .xOpen = open_file,
        .xDelete = remove_file,
        .xAccess = has_file,
        .xFullPathname = full_name,
        .xRandomness = randomness,
        .xSleep = sleep_not,
        .xCurrentTime = day_now,
        .xGetLastError = last_error,
        .xCurrentTimeInt64 = time_now,
    };
    return sqlite3_vfs_register(&vfs->vfs, 0) == SQLITE_OK ? OK : ERR_FULL;
}

void platter_vfs_close(struct platter_vfs *vfs)
{
    assert(vfs->handles == 0);
    sqlite3_vfs_unregister(&vfs->vfs);
}

void platter_vfs_seed_sqlite(uint32_t seed)
{
    int rc = sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, (int)seed, NULL);
    assert(rc == SQLITE_OK);
}

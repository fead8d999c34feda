/*
 * SQLite's door to a platter: a VFS over its files, with locks and shared memory among the
 * connections of the one process that has it open. Nothing in it depends on clocks, addresses or
 * the kernel, so that the same calls always have the same effects.
 */
#ifndef SIM_PLATTER_VFS_H
#define SIM_PLATTER_VFS_H

#include "sim/disk/platter.h"

#include <sqlite3.h>

#define PLATTER_PATH "store.db" /* for sqlite3_open: each platter has this one database */
#define PLATTER_VFS_NAME_LEN 32
#define PLATTER_SHARED_MAX 16 /* pieces of 32 KiB of shared memory */

/* What the connections to one file share: memory, as the process does. */
struct platter_sharing {
    uint32_t readers; /* handles with a shared lock or more */
    const void *reserved_by;
    const void *exclusive_by;
    void *shared[PLATTER_SHARED_MAX];
    uint32_t shared_users;
    uint32_t slot_readers[SQLITE_SHM_NLOCK];
    const void *slot_writer[SQLITE_SHM_NLOCK];
};

struct platter_vfs {
    sqlite3_vfs vfs;
    char name[PLATTER_VFS_NAME_LEN];
    struct platter *platter;
    struct platter_sharing sharing[PLATTER_FILES];
    uint32_t handles; /* open */
    uint64_t random;
};

/* Registers the VFS; neither it nor the platter may move. ERR_FULL without memory. */
MUST_USE enum err platter_vfs_open(struct platter_vfs *vfs, struct platter *platter);
/* All connections must be closed. */
void platter_vfs_close(struct platter_vfs *vfs);

/* Sets the generator that SQLite draws its salts from, for all connections of this process; 0
 * gives it back to the system. */
void platter_vfs_seed_sqlite(uint32_t seed);

#endif

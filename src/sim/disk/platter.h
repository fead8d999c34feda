/*
 * A disk in memory that loses what real ones lose: the files of one station.
 *
 * A write is seen by readers at once and is safe only when its file has been synced since. When the
 * process dies, everything written stays; when the power goes, each write that was not synced is
 * kept, lost, or torn at any byte, drawn from a seed, in no order: a later one may be there and an
 * earlier one not. A file that was made or removed since the last sync of its folder (the first
 * sync of a new log or rollback journal is one) may be there or not.
 *
 * A sync that fails does what Linux does: some pages have reached the disk, the others count as
 * written from then on, so that no later sync brings them there, and a power cut loses them.
 *
 * Each call is counted. One of them can be planned to fail, or to be where the process dies: before
 * the call, after it, or, of a write, in the middle. From then on the disk answers nothing until
 * platter_restart. SQLite reaches it through platter_vfs.h.
 */
#ifndef SIM_PLATTER_H
#define SIM_PLATTER_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/prng.h"

#define PLATTER_FILES 4
#define PLATTER_NAME_LEN 32

enum platter_call {
    PLATTER_OPEN,
    PLATTER_READ,
    PLATTER_WRITE,
    PLATTER_TRUNCATE,
    PLATTER_SYNC,
    PLATTER_REMOVE,
    PLATTER_CALL_COUNT
};

#define PLATTER_ANY ((1u << PLATTER_CALL_COUNT) - 1)
/* Calls that change what lies on the disk. */
#define PLATTER_CHANGES                                                                            \
    (1u << PLATTER_WRITE | 1u << PLATTER_TRUNCATE | 1u << PLATTER_SYNC | 1u << PLATTER_REMOVE)

/* Where in a commit or in the copying back of its log a process can die: labels of crash points. A
 * frame of the log is two writes, its head and its page. */
enum platter_place {
    PLACE_OPEN,
    PLACE_READ,
    PLACE_LOG_HEAD,   /* the log begins anew */
    PLACE_LOG_FIRST,  /* the first write of a transaction */
    PLACE_LOG_SECOND, /* the second */
    PLACE_LOG_LATER,
    PLACE_LOG_TORN,     /* in the middle of a write */
    PLACE_LOG_UNSYNCED, /* all written, not synced */
    PLACE_LOG_SYNCED,   /* synced: it is durable, and nobody has been told */
    PLACE_PAGES_WRITE,
    PLACE_PAGES_TORN,
    PLACE_PAGES_UNSYNCED,
    PLACE_PAGES_SYNCED,
    PLACE_TRUNCATE,
    PLACE_ROLLBACK, /* from here on only while a file is made, by whoever has it open */
    PLACE_REMOVE,
    PLATTER_PLACE_COUNT
};

enum platter_accident {
    PLATTER_FAILS,      /* an I/O error */
    PLATTER_IS_FULL,    /* of a write; other calls fail as above */
    PLATTER_DIES,       /* the process dies before the call */
    PLATTER_DIES_AFTER, /* it dies when the call is done */
    PLATTER_TEARS,      /* of a write: it dies when a part is written; of other calls: before */
};

/* The nth of the calls in the mask, from now on, has an accident; with always, all after it, too.
 * With places (bits) only calls before which the process stands at one of them count. */
struct platter_plan {
    uint64_t nth; /* 0: none */
    unsigned mask;
    enum platter_accident accident;
    bool always;
    uint32_t torn_per_mille; /* how much of a torn write is done */
    unsigned places;         /* 0: any */
};

/* The process dies at that place, whenever it next comes there. */
struct platter_plan platter_death_at(enum platter_place place, uint32_t torn_per_mille);

struct platter_bytes {
    uint8_t *at;
    size_t len;
    size_t room;
};

/* A write, or with is_cut a truncation, that is not safe. */
struct platter_change {
    size_t offset;
    size_t len;
    size_t bytes_at; /* in unsafe_bytes */
    bool is_cut;
    bool is_given_up; /* a sync failed over it: no later one helps, and its bytes are gone */
};

struct platter_file {
    char name[PLATTER_NAME_LEN];
    bool exists;
    bool exists_safely;
    bool shall_sync_folder; /* with its first sync, as SQLite does for new logs */
    struct platter_bytes now;
    struct platter_bytes safe;
    struct platter_change *changes; /* since the last sync, oldest first */
    size_t change_count;
    size_t change_room;
    struct platter_bytes unsafe_bytes;
};

struct platter {
    struct platter_file files[PLATTER_FILES];
    struct platter_plan plan;
    uint64_t calls; /* that were made, of any kind */
    uint64_t syncs;
    bool is_dead;
    enum platter_place died_at;
    uint64_t accidents; /* that happened */
};

/* An empty disk. */
void platter_open(struct platter *platter);
void platter_close(struct platter *platter);

void platter_plan(struct platter *platter, const struct platter_plan *plan);

/* The process dies now. */
void platter_kill(struct platter *platter);

/* After a death, or a clean end: the machine starts again. A power cut lets chance decide over each
 * change that is not safe; without one all stays as it was written, still unsafe. */
void platter_restart(struct platter *platter, bool is_power_cut, struct prng *chance);

/* "wal-synced" */
const char *platter_place_name(enum platter_place place);

/* ---- what the VFS calls ---- */

/* The file's number; ERR_NOT_FOUND when it is not there and shall not be made. */
MUST_USE enum err platter_file_open(struct platter *platter, const char *name, bool makes,
                                    size_t *out);
bool platter_file_exists(const struct platter *platter, const char *name);
MUST_USE enum err platter_file_remove(struct platter *platter, const char *name, bool syncs_folder);
/* What is to be read, and how much of it was there: past the end there are zeros. */
struct platter_piece {
    size_t offset;
    uint8_t *at;
    size_t len;
    size_t got;
};
MUST_USE enum err platter_file_read(struct platter *platter, size_t file,
                                    struct platter_piece *piece);
MUST_USE enum err platter_file_write(struct platter *platter, size_t file, size_t offset,
                                     struct bytes bytes);
MUST_USE enum err platter_file_truncate(struct platter *platter, size_t file, size_t len);
MUST_USE enum err platter_file_sync(struct platter *platter, size_t file);
size_t platter_file_len(const struct platter *platter, size_t file);

#endif

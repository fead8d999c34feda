/*
 * A backup's journal read back: every part checked against the manifest, every record against the
 * chain, written into a new store, and the books of that store proved. `acquit backup` does so
 * before it calls itself done, `acquit restore` into the folder that is to be used.
 */
#ifndef APP_BACKUP_REPLAY_H
#define APP_BACKUP_REPLAY_H

#include "app/keeping/backup_manifest.h"
#include "app/keeping/audit_report.h"

/* How far: both hold. The first record past either ends it. */
struct backup_until {
    int64_t wall_us;   /* INT64_MAX: all */
    uint64_t sequence; /* UINT64_MAX: all */
};

struct backup_replayed {
    struct journal_chain chain; /* the last record that was written */
    int64_t wall_us;            /* when it was made */
    struct audit_report report; /* of the new store */
};

/* Where from and where to. */
struct backup_replay {
    const char *backup;               /* folder of the parts */
    const struct backup_party *party; /* whose */
    struct backup_until until;
    const char *path; /* of the new store, which must not be there */
    bool is_for_use;  /* the store begins a new generation, at point and wall */
    struct instant point;
    struct instant wall;
};

/* On failure *why names the file and record, or the fault of the books. */
MUST_USE enum err backup_replay(const struct backup_replay *how, struct backup_replayed *out,
                                struct text *why);

#endif

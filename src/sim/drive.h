/*
 * What a station stores its rows on: the memory store, or the real SQLite store over a platter that
 * loses what was not synced. It outlives the processes that have it open, one at a time.
 */
#ifndef SIM_DRIVE_H
#define SIM_DRIVE_H

#include "base/text.h"
#include "drivers/store_shared.h"
#include "sim/disk/platter_vfs.h"

enum drive_kind { DRIVE_MEMORY, DRIVE_SQLITE };

struct drive {
    enum drive_kind kind;
    uint16_t node;
    struct store_memory *memory;
    struct store_shared *shared; /* whose node it is; NULL: nobody shares it */
    struct platter platter;
    struct platter_vfs vfs;
    struct store *attached; /* NULL: no process has it open */
    bool is_planned;        /* something may be about to go wrong */
};

/* An empty drive; it must not move. */
MUST_USE enum err drive_new(struct drive *drive, enum drive_kind kind, uint16_t node);
/* A drive of one of the nodes of a store, which outlives it. */
MUST_USE enum err drive_join(struct drive *drive, struct store_shared *shared, uint16_t node);
/* An open drive, too; a zeroed one is left alone. */
void drive_free(struct drive *drive);

/* A process opens it. When that fails, the process is dead, and drive_restart comes first; why says
 * what was wrong. */
MUST_USE enum err drive_attach(struct drive *drive, struct store *out, struct text *why);
/* The process ends well. What it had open answers STORE_FATAL from then on. */
void drive_leave(struct drive *drive);
/* The process dies with what it has not written; with chance not NULL the power goes, too, and what
 * is not synced is kept, lost or torn. */
void drive_crash(struct drive *drive, struct prng *chance);
/* After a death in drive_attach: as drive_crash says. */
void drive_restart(struct drive *drive, struct prng *chance);

/* Whether the process died inside the store, or the store says that it must end. */
bool drive_is_lost(const struct drive *drive);
/* Of one that is lost: whether its last commit is there when it is opened again, as far as can be
 * told. */
bool drive_has_kept(const struct drive *drive, bool is_power_cut);

/* What goes wrong with the next call of the store, until drive_heal. */
void drive_plan(struct drive *drive, const struct platter_plan *plan);
void drive_fail(struct drive *drive, const struct store_memory_fault *fault);
void drive_heal(struct drive *drive);

#endif

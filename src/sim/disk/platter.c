#include "sim/disk/platter.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define LOG_SUFFIX "-wal"
#define ROLLBACK_SUFFIX "-journal"
#define ROOM_FIRST 16384

static const char *const place_names[] = {
    [PLACE_OPEN] = "open",
    [PLACE_READ] = "read",
    [PLACE_LOG_HEAD] = "log-head",
    [PLACE_LOG_FIRST] = "log-first",
    [PLACE_LOG_SECOND] = "log-second",
    [PLACE_LOG_LATER] = "log-later",
    [PLACE_LOG_TORN] = "log-torn",
    [PLACE_LOG_UNSYNCED] = "log-unsynced",
    [PLACE_LOG_SYNCED] = "log-synced",
    [PLACE_PAGES_WRITE] = "pages-write",
    [PLACE_PAGES_TORN] = "pages-torn",
    [PLACE_PAGES_UNSYNCED] = "pages-unsynced",
    [PLACE_PAGES_SYNCED] = "pages-synced",
    [PLACE_TRUNCATE] = "truncate",
    [PLACE_ROLLBACK] = "rollback",
    [PLACE_REMOVE] = "remove",
};
_Static_assert(ARRAY_COUNT(place_names) == PLATTER_PLACE_COUNT, "a name each");

const char *platter_place_name(enum platter_place place)
{
    assert(place < PLATTER_PLACE_COUNT);
    return place_names[place];
}

/* ---- bytes that grow ---- */

static void reserve(struct platter_bytes *bytes, size_t len)
{
    if (len <= bytes->room)
        return;
    size_t room = bytes->room == 0 ? ROOM_FIRST : bytes->room;
    while (room < len)
        room *= 2;
    bytes->at = realloc(bytes->at, room);
    assert(bytes->at);
    bytes->room = room;
}

/* A gap before the offset becomes zeros. */
static void put(struct platter_bytes *to, size_t offset, const uint8_t *from, size_t len)
{
    size_t end = offset + len;
    reserve(to, end);
    if (offset > to->len)
        memset(to->at + to->len, 0, offset - to->len);
    if (len > 0)
        memcpy(to->at + offset, from, len);
    to->len = end > to->len ? end : to->len;
}

static void cut(struct platter_bytes *bytes, size_t len)
{
    bytes->len = len < bytes->len ? len : bytes->len;
}

static void copy(struct platter_bytes *to, const struct platter_bytes *from)
{
    to->len = 0;
    put(to, 0, from->at, from->len);
}

/* ---- the disk ---- */

void platter_open(struct platter *platter)
{
    *platter = (struct platter){0};
}

void platter_close(struct platter *platter)
{
    for (size_t i = 0; i < PLATTER_FILES; i++) {
        struct platter_file *file = &platter->files[i];
        free(file->now.at);
        free(file->safe.at);
        free(file->unsafe_bytes.at);
        free(file->changes);
    }
    *platter = (struct platter){0};
}

void platter_plan(struct platter *platter, const struct platter_plan *plan)
{
    platter->plan = *plan;
}

static bool ends_with(const char *name, const char *suffix)
{
    size_t len = strlen(name);
    size_t suffix_len = strlen(suffix);
    return len >= suffix_len && strcmp(name + len - suffix_len, suffix) == 0;
}

static enum platter_place place_of_write(const struct platter_file *file, size_t offset)
{
    if (!ends_with(file->name, LOG_SUFFIX))
        return PLACE_PAGES_WRITE;
    if (offset == 0)
        return PLACE_LOG_HEAD;
    if (file->change_count == 0)
        return PLACE_LOG_FIRST;
    return file->change_count == 1 ? PLACE_LOG_SECOND : PLACE_LOG_LATER;
}

/* Where the process stands before a call. */
static enum platter_place place_of(const struct platter_file *file, enum platter_call call,
                                   size_t offset)
{
    bool is_log = ends_with(file->name, LOG_SUFFIX);
    switch (call) {
    case PLATTER_OPEN:
        return PLACE_OPEN;
    case PLATTER_READ:
        return PLACE_READ;
    case PLATTER_REMOVE:
        return PLACE_REMOVE;
    case PLATTER_WRITE:
        return ends_with(file->name, ROLLBACK_SUFFIX) ? PLACE_ROLLBACK
                                                      : place_of_write(file, offset);
    case PLATTER_TRUNCATE:
        return PLACE_TRUNCATE;
    case PLATTER_SYNC:
        if (ends_with(file->name, ROLLBACK_SUFFIX))
            return PLACE_ROLLBACK;
        return is_log ? PLACE_LOG_UNSYNCED : PLACE_PAGES_UNSYNCED;
    case PLATTER_CALL_COUNT:
        break;
    }
    assert(false);
}

/* When a call is torn, or when it is done. */
static enum platter_place place_torn(enum platter_place place)
{
    if (place >= PLACE_LOG_HEAD && place <= PLACE_LOG_LATER)
        return PLACE_LOG_TORN;
    return place == PLACE_PAGES_WRITE ? PLACE_PAGES_TORN : place;
}

static enum platter_place place_after(enum platter_place place)
{
    if (place == PLACE_LOG_UNSYNCED)
        return PLACE_LOG_SYNCED;
    return place == PLACE_PAGES_UNSYNCED ? PLACE_PAGES_SYNCED : place;
}

static void die(struct platter *platter, enum platter_place place)
{
    if (platter->is_dead)
        return;
    platter->is_dead = true;
    platter->died_at = place;
    platter->plan.nth = 0;
}

void platter_kill(struct platter *platter)
{
    die(platter, PLACE_LOG_SYNCED);
}

struct platter_plan platter_death_at(enum platter_place place, uint32_t torn_per_mille)
{
    struct platter_plan plan = {.nth = 1, .mask = PLATTER_ANY, .torn_per_mille = torn_per_mille};
    plan.accident = PLATTER_DIES;
    plan.places = 1u << place;
    if (place == PLACE_LOG_TORN || place == PLACE_PAGES_TORN) {
        plan.accident = PLATTER_TEARS;
        plan.places = place == PLACE_PAGES_TORN ? 1u << PLACE_PAGES_WRITE
                                                : 1u << PLACE_LOG_FIRST | 1u << PLACE_LOG_LATER;
    }
    if (place == PLACE_LOG_SYNCED || place == PLACE_PAGES_SYNCED) {
        plan.accident = PLATTER_DIES_AFTER;
        plan.places = 1u << (place == PLACE_LOG_SYNCED ? PLACE_LOG_UNSYNCED : PLACE_PAGES_UNSYNCED);
    }
    return plan;
}

/* Counts a call; true when the planned accident is due. */
static bool strikes(struct platter *platter, enum platter_call call, enum platter_place place)
{
    struct platter_plan *plan = &platter->plan;
    platter->calls++;
    if (plan->nth == 0 || (plan->mask & 1u << call) == 0 ||
        (plan->places != 0 && (plan->places & 1u << place) == 0))
        return false;
    if (plan->nth > 1) {
        plan->nth--;
        return false;
    }
    if (!plan->always)
        plan->nth = 0;
    platter->accidents++;
    return true;
}

/* What a call comes to: whether it is done, or how much of it, and what it says. */
struct verdict {
    bool is_done;
    bool is_torn;
    bool dies;
    enum platter_place place;
    enum err err;
};

static struct verdict judge(struct platter *platter, const struct platter_file *file,
                            enum platter_call call, size_t offset)
{
    struct verdict verdict = {.is_done = true, .err = OK};
    if (platter->is_dead)
        return (struct verdict){.err = ERR_IO};
    enum platter_place place = place_of(file, call, offset);
    if (!strikes(platter, call, place))
        return verdict;
    enum platter_accident accident = platter->plan.accident;
    verdict.err = accident == PLATTER_IS_FULL && call == PLATTER_WRITE ? ERR_DISK_FULL : ERR_IO;
    verdict.is_done = accident == PLATTER_DIES_AFTER;
    verdict.is_torn = accident == PLATTER_TEARS && call == PLATTER_WRITE;
    verdict.dies = accident >= PLATTER_DIES;
    verdict.place = verdict.is_done   ? place_after(place)
                    : verdict.is_torn ? place_torn(place)
                                      : place;
    return verdict;
}

static enum err conclude(struct platter *platter, const struct verdict *verdict)
{
    if (verdict->dies)
        die(platter, verdict->place);
    return verdict->err;
}

/* ---- files ---- */

static struct platter_file *file_find(const struct platter *platter, const char *name)
{
    for (size_t i = 0; i < PLATTER_FILES; i++)
        if (strcmp(platter->files[i].name, name) == 0)
            return (struct platter_file *)&platter->files[i];
    return NULL;
}

static struct platter_file *file_make(struct platter *platter, const char *name)
{
    struct platter_file *file = file_find(platter, name);
    if (!file) {
        file = file_find(platter, "");
        assert(file && strlen(name) < PLATTER_NAME_LEN);
        memcpy(file->name, name, strlen(name) + 1);
    }
    file->exists = true;
    file->safe.len = 0; /* of one with this name that was removed */
    file->shall_sync_folder = ends_with(name, LOG_SUFFIX) || ends_with(name, ROLLBACK_SUFFIX);
    return file;
}

bool platter_file_exists(const struct platter *platter, const char *name)
{
    const struct platter_file *file = file_find(platter, name);
    return file && file->exists;
}

enum err platter_file_open(struct platter *platter, const char *name, bool makes, size_t *out)
{
    struct platter_file *file = file_find(platter, name);
    static const struct platter_file none;
    struct verdict verdict = judge(platter, file ? file : &none, PLATTER_OPEN, 0);
    if (verdict.is_done) {
        if ((!file || !file->exists) && !makes)
            return ERR_NOT_FOUND;
        if (!file || !file->exists)
            file = file_make(platter, name);
        *out = (size_t)(file - platter->files);
    }
    return conclude(platter, &verdict);
}

static void sync_folder(struct platter *platter)
{
    for (size_t i = 0; i < PLATTER_FILES; i++) {
        struct platter_file *file = &platter->files[i];
        file->exists_safely = file->exists;
        if (!file->exists)
            file->safe.len = 0;
    }
}

static void empty(struct platter_file *file)
{
    file->now.len = 0;
    file->change_count = 0;
    file->unsafe_bytes.len = 0;
}

enum err platter_file_remove(struct platter *platter, const char *name, bool syncs_folder)
{
    struct platter_file *file = file_find(platter, name);
    if (!file || !file->exists)
        return ERR_NOT_FOUND;
    struct verdict verdict = judge(platter, file, PLATTER_REMOVE, 0);
    if (verdict.is_done) {
        file->exists = false;
        empty(file);
        if (syncs_folder)
            sync_folder(platter);
    }
    return conclude(platter, &verdict);
}

size_t platter_file_len(const struct platter *platter, size_t file)
{
    return platter->files[file].now.len;
}

enum err platter_file_read(struct platter *platter, size_t at, struct platter_piece *piece)
{
    const struct platter_file *file = &platter->files[at];
    struct verdict verdict = judge(platter, file, PLATTER_READ, piece->offset);
    size_t there = piece->offset < file->now.len ? file->now.len - piece->offset : 0;
    if (verdict.is_done) {
        piece->got = piece->len < there ? piece->len : there;
        if (piece->got > 0)
            memcpy(piece->at, file->now.at + piece->offset, piece->got);
        memset(piece->at + piece->got, 0, piece->len - piece->got);
    }
    return conclude(platter, &verdict);
}

static void note(struct platter_file *file, const struct platter_change *change,
                 const uint8_t *bytes)
{
    if (file->change_count == file->change_room) {
        file->change_room = file->change_room == 0 ? 64 : 2 * file->change_room;
        file->changes = realloc(file->changes, file->change_room * sizeof *file->changes);
        assert(file->changes);
    }
    struct platter_change *noted = &file->changes[file->change_count++];
    *noted = *change;
    noted->bytes_at = file->unsafe_bytes.len;
    if (bytes)
        put(&file->unsafe_bytes, file->unsafe_bytes.len, bytes, change->len);
}

enum err platter_file_write(struct platter *platter, size_t at, size_t offset, struct bytes bytes)
{
    struct platter_file *file = &platter->files[at];
    struct verdict verdict = judge(platter, file, PLATTER_WRITE, offset);
    size_t len = bytes.len;
    if (verdict.is_torn)
        len = len * platter->plan.torn_per_mille / 1000;
    if (verdict.is_done || verdict.is_torn) {
        note(file, &(struct platter_change){.offset = offset, .len = len}, bytes.at);
        put(&file->now, offset, bytes.at, len);
    }
    return conclude(platter, &verdict);
}

enum err platter_file_truncate(struct platter *platter, size_t at, size_t len)
{
    struct platter_file *file = &platter->files[at];
    struct verdict verdict = judge(platter, file, PLATTER_TRUNCATE, len);
    if (verdict.is_done) {
        note(file, &(struct platter_change){.offset = len, .is_cut = true}, NULL);
        cut(&file->now, len);
    }
    return conclude(platter, &verdict);
}

static void apply(struct platter_file *file, const struct platter_change *change, size_t len)
{
    if (change->is_cut)
        cut(&file->safe, change->offset);
    else
        put(&file->safe, change->offset, file->unsafe_bytes.at + change->bytes_at, len);
}

/* What no earlier sync failed over is safe now; of the rest only where it was is kept. */
static void make_safe(struct platter_file *file)
{
    size_t kept = 0;
    for (size_t i = 0; i < file->change_count; i++) {
        if (file->changes[i].is_given_up)
            file->changes[kept++] = file->changes[i];
        else
            apply(file, &file->changes[i], file->changes[i].len);
    }
    file->change_count = kept;
    file->unsafe_bytes.len = 0;
}

/* Some of it has reached the disk; the rest counts as written and never will. */
static void fail_to_sync(struct platter_file *file, uint32_t mood)
{
    for (size_t i = 0; i < file->change_count; i++) {
        struct platter_change *change = &file->changes[i];
        if (!change->is_given_up && (i + mood) % 3 == 0)
            apply(file, change, change->len);
        change->is_given_up = true;
    }
    file->unsafe_bytes.len = 0;
}

enum err platter_file_sync(struct platter *platter, size_t at)
{
    struct platter_file *file = &platter->files[at];
    struct verdict verdict = judge(platter, file, PLATTER_SYNC, 0);
    if (verdict.is_done) {
        platter->syncs++;
        make_safe(file);
        if (file->shall_sync_folder)
            sync_folder(platter);
        file->exists_safely = file->exists;
        file->shall_sync_folder = false;
    }
    if (!verdict.is_done && !verdict.dies && !platter->is_dead)
        fail_to_sync(file, platter->plan.torn_per_mille);
    return conclude(platter, &verdict);
}

/* ---- after the end ---- */

/* What readers see is what is safe again. Only what was changed can differ. */
static void show_safe(struct platter_file *file)
{
    for (size_t i = 0; i < file->change_count; i++) {
        const struct platter_change *change = &file->changes[i];
        size_t end = change->offset + change->len;
        if (change->is_cut || end > file->safe.len || end > file->now.len) {
            copy(&file->now, &file->safe);
            return;
        }
        memcpy(file->now.at + change->offset, file->safe.at + change->offset, change->len);
    }
    if (file->now.len != file->safe.len)
        copy(&file->now, &file->safe);
}

/* Each change that is not safe: kept, lost, or torn. In some cuts all go the same way. */
static void lose_some(struct platter_file *file, uint32_t kept_per_mille, struct prng *chance)
{
    for (size_t i = 0; i < file->change_count; i++) {
        struct platter_change *change = &file->changes[i];
        if (change->is_given_up)
            continue;
        if (prng_chance(chance, kept_per_mille))
            apply(file, change, change->len);
        else if (!change->is_cut && kept_per_mille > 0 && prng_chance(chance, 500))
            apply(file, change, (size_t)prng_below(chance, change->len + 1));
    }
}

static void cut_power(struct platter *platter, struct prng *chance)
{
    static const uint32_t moods[] = {0, 300, 700, 1000};
    uint32_t kept_per_mille = moods[prng_below(chance, ARRAY_COUNT(moods))];
    for (size_t i = 0; i < PLATTER_FILES; i++) {
        struct platter_file *file = &platter->files[i];
        bool is_open_question = file->exists != file->exists_safely;
        lose_some(file, kept_per_mille, chance);
        file->exists = is_open_question ? prng_chance(chance, 500) : file->exists;
        file->exists_safely = file->exists;
        if (!file->exists)
            file->safe.len = 0;
        show_safe(file);
        file->change_count = 0;
        file->unsafe_bytes.len = 0;
    }
}

void platter_restart(struct platter *platter, bool is_power_cut, struct prng *chance)
{
    if (is_power_cut)
        cut_power(platter, chance);
    platter->plan = (struct platter_plan){0};
    platter->is_dead = false;
}

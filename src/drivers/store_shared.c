#include "drivers/store_shared.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 256 /* a power of two, as every number of slots */

/* ---- what is known of rows, by key ---- */

struct mark {
    struct row_key key;
    uint32_t round; /* it is there in this round of its map only */
    uint16_t node;  /* who wrote it */
    uint64_t version;
};

struct marks {
    struct mark *slots;
    size_t cap;
    size_t count;
    uint32_t round;
};

static bool marks_init(struct marks *marks)
{
    *marks = (struct marks){.cap = SLOTS_MIN, .round = 1};
    marks->slots = calloc(marks->cap, sizeof *marks->slots);
    return marks->slots != NULL;
}

static void marks_forget(struct marks *marks)
{
    marks->count = 0;
    marks->round++;
}

/* Where the key is, or would be. */
static struct mark *marks_at(const struct marks *marks, const struct row_key *key)
{
    size_t at = row_key_hash(key) & (marks->cap - 1);

    while (marks->slots[at].round == marks->round && !row_key_equal(&marks->slots[at].key, key))
        at = (at + 1) & (marks->cap - 1);
    return &marks->slots[at];
}

static bool is_there(const struct marks *marks, const struct mark *mark)
{
    return mark->round == marks->round;
}

static uint64_t version_of(const struct marks *marks, const struct row_key *key)
{
    const struct mark *mark = marks_at(marks, key);

    return is_there(marks, mark) ? mark->version : 0;
}

static bool marks_reserve(struct marks *marks, size_t more)
{
    struct marks wider = {.cap = marks->cap, .round = 1, .count = marks->count};

    while (2 * (marks->count + more) > wider.cap)
        wider.cap *= 2;
    if (wider.cap == marks->cap)
        return true;
    wider.slots = calloc(wider.cap, sizeof *wider.slots);
    if (wider.slots == NULL)
        return false;
    for (size_t i = 0; i < marks->cap; i++) {
        if (is_there(marks, &marks->slots[i])) {
            struct mark *mark = marks_at(&wider, &marks->slots[i].key);
            *mark = marks->slots[i];
            mark->round = wider.round;
        }
    }
    free(marks->slots);
    *marks = wider;
    return true;
}

/* There is room: marks_reserve said so. */
static struct mark *marks_put(struct marks *marks, const struct row_key *key)
{
    struct mark *mark = marks_at(marks, key);

    assert(marks->count < marks->cap);
    if (!is_there(marks, mark)) {
        *mark = (struct mark){.key = *key, .round = marks->round};
        marks->count++;
    }
    return mark;
}

/* ---- what is shared ---- */

/* Where a record stands among those of all nodes. */
struct place {
    uint64_t sequence;
    uint64_t commit;
};

struct node_seat {
    uint16_t node;
    struct store_memory *memory;
    struct store journal; /* over memory, as last attached */
    bool was_open;
    int64_t lease_ms;
    int64_t seen_ms;  /* when it last wrote or renewed its lease */
    int64_t since_ms; /* from when on it did so without a gap */
    uint16_t swept_by;
    struct place *places; /* of its records, in their order */
    size_t place_count;
    size_t place_room;
};

/* What one attached store holds. */
struct shared_handle {
    struct store_shared *shared;
    struct node_seat *seat;
    struct store journal;
    struct marks known; /* versions as first loaded since the last commit */
    bool has_swept;
    struct shared_handle *next;
};

struct store_shared {
    struct store_shared_options options;
    struct store_memory *memory;
    struct store rows; /* over memory */
    struct marks marks;
    uint64_t commits;
    size_t seat_count;
    struct node_seat seats[STORE_NODES_MAX]; /* by number */
    struct shared_handle *handles;           /* all that were ever attached */
};

static int64_t now_ms(const struct store_shared *shared)
{
    return shared->options.now_ms(shared->options.context);
}

enum err store_shared_new(const struct store_shared_options *options, struct store_shared **out)
{
    struct store_shared *shared = calloc(1, sizeof *shared);
    enum err err = shared == NULL ? ERR_FULL : OK;

    if (err != OK)
        return err;
    shared->options = *options;
    err = store_memory_new(&(struct store_memory_options){0}, &shared->memory);
    if (err == OK)
        err = store_memory_attach(shared->memory, &shared->rows);
    if (err == OK && !marks_init(&shared->marks))
        err = ERR_FULL;
    if (err != OK) {
        store_shared_free(shared);
        return err;
    }
    *out = shared;
    return OK;
}

void store_shared_free(struct store_shared *shared)
{
    while (shared->handles != NULL) {
        struct shared_handle *handle = shared->handles;
        shared->handles = handle->next;
        free(handle->known.slots);
        free(handle);
    }
    for (size_t i = 0; i < shared->seat_count; i++) {
        free(shared->seats[i].places);
        store_memory_free(shared->seats[i].memory);
    }
    if (shared->memory != NULL)
        store_memory_free(shared->memory);
    free(shared->marks.slots);
    free(shared);
}

enum err store_shared_add(struct store_shared *shared, uint16_t node)
{
    struct node_seat *seat = &shared->seats[shared->seat_count];

    assert(node > 0);
    if (shared->seat_count == STORE_NODES_MAX)
        return ERR_FULL;
    assert(shared->seat_count == 0 || seat[-1].node < node);
    *seat = (struct node_seat){.node = node};
    TRY(store_memory_new(&(struct store_memory_options){.node = node}, &seat->memory));
    shared->seat_count++;
    return OK;
}

static struct node_seat *seat_of(struct store_shared *shared, uint16_t node)
{
    for (size_t i = 0; i < shared->seat_count; i++) {
        if (shared->seats[i].node == node)
            return &shared->seats[i];
    }
    return NULL;
}

struct store_memory *store_shared_memory(struct store_shared *shared, uint16_t node)
{
    struct node_seat *seat = seat_of(shared, node);

    return seat == NULL ? NULL : seat->memory;
}

const struct store *store_shared_rows(const struct store_shared *shared)
{
    return &shared->rows;
}

/* ---- rows ---- */

static void shared_head(void *self, struct store_head *out)
{
    const struct shared_handle *handle = self;

    handle->journal.head(handle->journal.self, out);
}

/* Whether the node may act at all: it is not shut out, and nothing was planted. */
static enum store_result ask_fence(struct shared_handle *handle)
{
    return handle->journal.load(handle->journal.self, NULL, 0);
}

/* What was loaded first counts: whoever looks again meanwhile must not hide a change. */
static void note_known(struct shared_handle *handle, const struct row_key *key)
{
    struct mark *mark = marks_at(&handle->known, key);

    if (!is_there(&handle->known, mark))
        marks_put(&handle->known, key)->version = version_of(&handle->shared->marks, key);
}

static enum store_result shared_load(void *self, struct store_row *rows[], size_t count)
{
    struct shared_handle *handle = self;
    struct store *under = &handle->shared->rows;
    enum store_result result = ask_fence(handle);

    if (result == STORE_OK && !marks_reserve(&handle->known, count))
        result = STORE_RETRY;
    if (result == STORE_OK)
        result = under->load(under->self, rows, count);
    for (size_t i = 0; i < count && result == STORE_OK; i++)
        note_known(handle, &rows[i]->key);
    return result;
}

/* Whether a row was changed since it was loaded. One that was not loaded is overwritten. */
static bool is_outdated(const struct shared_handle *handle, const struct store_batch *batch)
{
    bool is_careful = !handle->shared->options.loses_updates;

    for (size_t i = 0; i < batch->change_count && is_careful; i++) {
        const struct row_key *key = &batch->changes[i].key;
        const struct mark *known = marks_at(&handle->known, key);
        if (is_there(&handle->known, known) &&
            known->version != version_of(&handle->shared->marks, key))
            return true;
    }
    return false;
}

static bool places_reserve(struct node_seat *seat, size_t more)
{
    if (seat->place_count + more <= seat->place_room)
        return true;
    size_t room = 2 * seat->place_room + more + 64;
    struct place *places = realloc(seat->places, room * sizeof *places);
    if (places == NULL)
        return false;
    seat->places = places;
    seat->place_room = room;
    return true;
}

static void renew(struct node_seat *seat, int64_t now, int64_t lease_ms)
{
    if (seat->seen_ms <= now - lease_ms)
        seat->since_ms = now;
    seat->seen_ms = now;
    seat->lease_ms = lease_ms;
}

/* The records are written: so are the rows, and who wrote them. */
static enum store_result write_rows(struct shared_handle *handle, const struct store_batch *batch)
{
    struct store_shared *shared = handle->shared;
    struct node_seat *seat = handle->seat;
    struct store_batch rows = *batch;

    rows.record_count = 0;
    if (shared->rows.commit(shared->rows.self, &rows) != STORE_OK)
        return STORE_FATAL;
    shared->commits++;
    for (size_t i = 0; i < batch->change_count; i++) {
        struct mark *mark = marks_put(&shared->marks, &batch->changes[i].key);
        mark->version = shared->commits;
        mark->node = seat->node;
    }
    for (size_t i = 0; i < batch->record_count; i++)
        seat->places[seat->place_count++] =
            (struct place){batch->records[i].sequence, shared->commits};
    renew(seat, now_ms(shared), shared->options.lease_ms);
    return STORE_OK;
}

static enum store_result commit_both(struct shared_handle *handle, const struct store_batch *batch)
{
    struct store_batch journal = *batch;
    struct store_head before;
    struct store_head after;

    journal.change_count = 0;
    handle->journal.head(handle->journal.self, &before);
    enum store_result result = handle->journal.commit(handle->journal.self, &journal);
    handle->journal.head(handle->journal.self, &after);
    bool is_written =
        result == STORE_OK || (result == STORE_IN_DOUBT && after.sequence > before.sequence);
    enum store_result rows = is_written ? write_rows(handle, batch) : STORE_OK;
    return rows != STORE_OK ? rows : result;
}

static enum store_result shared_commit(void *self, const struct store_batch *batch)
{
    struct shared_handle *handle = self;
    enum store_result result = STORE_RETRY;

    if (!is_outdated(handle, batch)) {
        bool has_room = marks_reserve(&handle->shared->marks, batch->change_count) &&
                        places_reserve(handle->seat, batch->record_count);
        result = has_room ? commit_both(handle, batch) : STORE_FULL;
    }
    marks_forget(&handle->known);
    return result;
}

/* ---- reading ---- */

struct filter {
    const struct shared_handle *handle;
    store_row_visit *visit;
    void *context;
};

static bool visit_own(void *context, const struct row_key *key, struct bytes value)
{
    const struct filter *filter = context;
    const struct shared_handle *handle = filter->handle;
    bool is_own = marks_at(&handle->shared->marks, key)->node == handle->seat->node;

    return !is_own || filter->visit(filter->context, key, value);
}

static enum store_result shared_scan(void *self, const struct row_key *from, store_row_visit *visit,
                                     void *context)
{
    struct shared_handle *handle = self;
    struct store *under = &handle->shared->rows;
    struct filter filter = {handle, visit, context};
    enum store_result result =
        handle->journal.scan(handle->journal.self, from, visit, context); /* it has no rows */

    if (result != STORE_OK)
        return result;
    if (from->table == TABLE_PENDING)
        return under->scan(under->self, from, visit_own, &filter);
    return under->scan(under->self, from, visit, context);
}

static enum store_result shared_read(void *self, uint64_t from_sequence, store_record_visit *visit,
                                     void *context)
{
    struct shared_handle *handle = self;

    return handle->journal.read(handle->journal.self, from_sequence, visit, context);
}

static enum store_result shared_read_of(void *self, uint16_t node, uint64_t from_sequence,
                                        store_record_visit *visit, void *context)
{
    struct shared_handle *handle = self;
    struct node_seat *seat = seat_of(handle->shared, node);
    enum store_result result = ask_fence(handle);

    if (result != STORE_OK || seat == NULL || !seat->was_open)
        return result;
    return seat->journal.read(seat->journal.self, from_sequence, visit, context);
}

struct placed {
    struct node_seat *seat;
    struct place place;
};

static int compare_placed(const void *a, const void *b)
{
    const struct placed *left = a;
    const struct placed *right = b;

    if (left->place.commit != right->place.commit)
        return left->place.commit < right->place.commit ? -1 : 1;
    return left->place.sequence < right->place.sequence ? -1 : 1;
}

/* One record, and whether to go on after it. */
struct single {
    const struct store_survey *survey;
    bool goes_on;
};

static bool visit_single(void *context, uint64_t sequence, struct bytes record)
{
    struct single *single = context;

    single->goes_on = single->survey->record(single->survey->context, sequence, record);
    return false;
}

/* The records of a node that were not cut off. */
static size_t gather(struct node_seat *seat, struct placed *out)
{
    struct store_head head = {0};
    size_t count = 0;

    if (seat->was_open)
        seat->journal.head(seat->journal.self, &head);
    for (size_t i = 0; i < seat->place_count; i++) {
        if (seat->places[i].sequence > head.anchor.sequence)
            out[count++] = (struct placed){seat, seat->places[i]};
    }
    return count;
}

static enum store_result survey_records(struct store_shared *shared,
                                        const struct store_survey *survey)
{
    struct single single = {survey, true};
    enum store_result result = STORE_OK;
    size_t count = 0;

    for (size_t i = 0; i < shared->seat_count; i++)
        count += shared->seats[i].place_count;
    struct placed *all = calloc(count + 1, sizeof *all);
    if (all == NULL)
        return STORE_RETRY;
    count = 0;
    for (size_t i = 0; i < shared->seat_count; i++)
        count += gather(&shared->seats[i], all + count);
    qsort(all, count, sizeof *all, compare_placed);
    for (size_t i = 0; i < count && single.goes_on && result == STORE_OK; i++) {
        struct store *journal = &all[i].seat->journal;
        result = journal->read(journal->self, all[i].place.sequence, visit_single, &single);
    }
    free(all);
    return result == STORE_OK ? STORE_OK : STORE_RETRY;
}

static enum store_result survey_rows(struct store_shared *shared, const struct store_survey *survey)
{
    int first = survey->table == TABLE_NONE ? TABLE_NONE + 1 : (int)survey->table;
    int last = survey->table == TABLE_NONE ? TABLE_COUNT - 1 : (int)survey->table;
    enum store_result result = STORE_OK;

    for (int table = first; table <= last && result == STORE_OK; table++) {
        struct row_key from = row_key_of((enum row_table)table, NULL, 0);
        result = shared->rows.scan(shared->rows.self, &from, survey->row, survey->context);
    }
    return result;
}

static enum store_result shared_survey(void *self, const struct store_survey *survey)
{
    struct shared_handle *handle = self;
    struct store_shared *shared = handle->shared;
    enum store_result result = ask_fence(handle);

    for (size_t i = 0; i < shared->seat_count && result == STORE_OK; i++) {
        struct node_seat *seat = &shared->seats[i];
        struct store_head head;
        if (!seat->was_open || survey->head == NULL)
            continue;
        seat->journal.head(seat->journal.self, &head);
        survey->head(survey->context, &head);
    }
    if (result == STORE_OK && survey->record != NULL)
        result = survey_records(shared, survey);
    return result == STORE_OK && survey->row != NULL ? survey_rows(shared, survey) : result;
}

static enum store_result shared_cut(void *self, const struct store_cut *cut, bool *left)
{
    struct shared_handle *handle = self;
    struct node_seat *seat = seat_of(handle->shared, cut->node);
    enum store_result result = ask_fence(handle);

    *left = false;
    if (result != STORE_OK)
        return result;
    if (seat == NULL || !seat->was_open)
        return STORE_RETRY;
    return seat->journal.cut(seat->journal.self, cut, left);
}

/* ---- the other nodes ---- */

/* Silent for longer than its lease and half of that again, while the other was not. */
static bool is_dead(const struct node_seat *seat, const struct node_seat *other, int64_t now)
{
    int64_t patience_ms = seat->lease_ms + seat->lease_ms / 2;

    return seat != other && seat->was_open && seat->swept_by == 0 &&
           seat->seen_ms < now - patience_ms && other->since_ms < now - patience_ms;
}

static void sweep(struct shared_handle *handle, struct node_seat *dead)
{
    struct marks *marks = &handle->shared->marks;

    if (store_memory_attach(dead->memory, &dead->journal) != OK) /* shuts it out */
        return;                                                  /* at the next turn */
    dead->swept_by = handle->seat->node;
    for (size_t i = 0; i < marks->cap; i++) {
        struct mark *mark = &marks->slots[i];
        if (is_there(marks, mark) && mark->key.table == TABLE_PENDING && mark->node == dead->node)
            mark->node = handle->seat->node;
    }
    handle->has_swept = true;
}

static enum store_result shared_tend(void *self, struct store_tidings *out)
{
    struct shared_handle *handle = self;
    struct store_shared *shared = handle->shared;
    int64_t now = now_ms(shared);
    enum store_result result = ask_fence(handle);

    *out = (struct store_tidings){0};
    if (result == STORE_OK)
        renew(handle->seat, now, shared->options.lease_ms);
    for (size_t i = 0; i < shared->seat_count && result == STORE_OK; i++) {
        struct node_seat *seat = &shared->seats[i];
        if (!seat->was_open)
            continue;
        if (is_dead(seat, handle->seat, now))
            sweep(handle, seat);
        struct store_node *node = &out->nodes[out->node_count++];
        seat->journal.head(seat->journal.self, &node->head);
        node->silent_ms = now - seat->seen_ms;
        node->swept_by = seat->swept_by;
    }
    out->has_swept = handle->has_swept;
    handle->has_swept = false;
    return result;
}

static void shared_close(void *self)
{
    struct shared_handle *handle = self;

    handle->journal.close(handle->journal.self);
}

/* A lease of nothing has ended. Nothing is written any more. */
static void shared_leave(void *self)
{
    struct shared_handle *handle = self;

    if (ask_fence(handle) == STORE_OK)
        handle->seat->lease_ms = 0;
    shared_close(handle);
}

static struct shared_handle *handle_new(struct store_shared *shared)
{
    struct shared_handle *handle = calloc(1, sizeof *handle);

    if (handle == NULL || !marks_init(&handle->known)) {
        free(handle);
        return NULL;
    }
    handle->next = shared->handles;
    shared->handles = handle;
    return handle;
}

enum err store_shared_attach(struct store_shared *shared, uint16_t node, struct store *out)
{
    struct node_seat *seat = seat_of(shared, node);
    struct shared_handle *handle = seat == NULL ? NULL : handle_new(shared);

    if (handle == NULL)
        return seat == NULL ? ERR_NOT_FOUND : ERR_FULL;
    TRY(store_memory_attach(seat->memory, &seat->journal));
    seat->was_open = true;
    seat->swept_by = 0;
    seat->lease_ms = shared->options.lease_ms;
    seat->seen_ms = seat->since_ms = now_ms(shared);
    handle->shared = shared;
    handle->seat = seat;
    handle->journal = seat->journal;
    *out = (struct store){
        .self = handle,
        .head = shared_head,
        .load = shared_load,
        .commit = shared_commit,
        .scan = shared_scan,
        .read = shared_read,
        .read_of = shared_read_of,
        .tend = shared_tend,
        .leave = shared_leave,
        .survey = shared_survey,
        .cut = shared_cut,
        .close = shared_close,
    };
    return OK;
}

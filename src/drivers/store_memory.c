#include "drivers/store_memory.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 64 /* a power of two, as every number of buckets */

struct entry {
    struct entry *next;
    struct row_key key;
    uint16_t len;
    uint8_t value[];
};

struct blob {
    uint8_t *at;
    size_t len;
};

/* What one attached store holds: its right to the memory ends when another is attached. */
struct handle {
    struct store_memory *memory;
    uint32_t epoch;
    bool is_broken; /* in doubt or fatal: the process must stop */
};

struct store_memory {
    struct store_memory_options options;
    struct store_head head;
    struct entry **buckets;
    size_t bucket_count;
    size_t row_count;
    size_t table_counts[TABLE_COUNT]; /* of row_count, those of each table */
    struct blob *journal;
    size_t journal_count;
    size_t journal_room;
    struct store_memory_fault faults[STORE_CALL_COUNT];
    struct handle **handles; /* all that were ever attached */
    size_t handle_count;
    bool is_owned; /* by its store: freed when that is closed */
};

enum err store_memory_new(const struct store_memory_options *options, struct store_memory **out)
{
    struct store_memory *memory = calloc(1, sizeof *memory);

    if (memory == NULL)
        return ERR_FULL;
    memory->options = *options;
    memory->head.node = options->node;
    memory->bucket_count = BUCKETS_MIN;
    memory->buckets = calloc(BUCKETS_MIN, sizeof *memory->buckets);
    if (memory->buckets == NULL) {
        free(memory);
        return ERR_FULL;
    }
    *out = memory;
    return OK;
}

static void free_chain(struct entry *entry)
{
    while (entry != NULL) {
        struct entry *next = entry->next;
        free(entry);
        entry = next;
    }
}

void store_memory_free(struct store_memory *memory)
{
    for (size_t i = 0; i < memory->bucket_count; i++)
        free_chain(memory->buckets[i]);
    for (size_t i = 0; i < memory->journal_count; i++)
        free(memory->journal[i].at);
    for (size_t i = 0; i < memory->handle_count; i++)
        free(memory->handles[i]);
    free(memory->handles);
    free(memory->journal);
    free(memory->buckets);
    free(memory);
}

void store_memory_fail(struct store_memory *memory, const struct store_memory_fault *fault)
{
    assert(fault->call < STORE_CALL_COUNT);
    memory->faults[fault->call] = *fault;
}

size_t store_memory_row_count(const struct store_memory *memory)
{
    return memory->row_count;
}

/* The planted result of this call, or STORE_OK. */
static enum store_result fault_of(struct store_memory *memory, enum store_call call, bool *applies)
{
    struct store_memory_fault *fault = &memory->faults[call];

    *applies = false;
    if (fault->nth == 0)
        return STORE_OK;
    if (fault->nth > 1) {
        fault->nth--;
        return STORE_OK;
    }
    if (!fault->always)
        fault->nth = 0;
    *applies = fault->applies;
    return fault->result;
}

static enum store_result begin_call(struct handle *handle, enum store_call call, bool *applies)
{
    *applies = false;
    if (handle->is_broken || handle->epoch != handle->memory->head.epoch)
        return STORE_FATAL;
    enum store_result result = fault_of(handle->memory, call, applies);
    handle->is_broken = result == STORE_IN_DOUBT || result == STORE_FATAL;
    return result;
}

/* The link that points to the row under key, or to the end of its chain. */
static struct entry **place_of(const struct store_memory *memory, const struct row_key *key)
{
    struct entry **at = &memory->buckets[row_key_hash(key) & (memory->bucket_count - 1)];

    while (*at != NULL && !row_key_equal(&(*at)->key, key))
        at = &(*at)->next;
    return at;
}

static void memory_head(void *self, struct store_head *out)
{
    const struct handle *handle = self;

    *out = handle->memory->head;
    out->epoch = handle->epoch;
}

static enum store_result memory_load(void *self, struct store_row *rows[], size_t count)
{
    struct handle *handle = self;
    bool applies;
    enum store_result result = begin_call(handle, STORE_CALL_LOAD, &applies);

    for (size_t i = 0; i < count && result == STORE_OK; i++) {
        const struct entry *entry = *place_of(handle->memory, &rows[i]->key);
        rows[i]->found = entry != NULL;
        rows[i]->len = entry == NULL ? 0 : entry->len;
        if (entry != NULL)
            memcpy(rows[i]->value, entry->value, entry->len);
    }
    return result;
}

/* Doubles the buckets when they are full; not to be able to is no failure. */
static void spread(struct store_memory *memory)
{
    if (memory->row_count < memory->bucket_count)
        return;
    size_t count = 2 * memory->bucket_count;
    struct entry **buckets = calloc(count, sizeof *buckets);
    if (buckets == NULL)
        return;
    for (size_t i = 0; i < memory->bucket_count; i++) {
        struct entry *next;
        for (struct entry *entry = memory->buckets[i]; entry != NULL; entry = next) {
            struct entry **at = &buckets[row_key_hash(&entry->key) & (count - 1)];
            next = entry->next;
            entry->next = *at;
            *at = entry;
        }
    }
    free(memory->buckets);
    memory->buckets = buckets;
    memory->bucket_count = count;
}

static struct entry *entry_new(const struct store_change *change)
{
    struct entry *entry = malloc(sizeof *entry + change->value.len);

    if (entry == NULL)
        return NULL;
    entry->next = NULL;
    entry->key = change->key;
    entry->len = (uint16_t)change->value.len;
    if (change->value.len > 0)
        memcpy(entry->value, change->value.at, change->value.len);
    return entry;
}

/* Copies of all that a commit writes, made before anything is changed, so that it is all or
 * nothing also when memory runs out. */
struct copies {
    struct entry **entries; /* NULL for a removal */
    struct blob *blobs;
    size_t entry_count;
    size_t blob_count;
};

static void copies_free(struct copies *copies, bool with_contents)
{
    for (size_t i = 0; with_contents && i < copies->entry_count; i++)
        free(copies->entries[i]);
    for (size_t i = 0; with_contents && i < copies->blob_count; i++)
        free(copies->blobs[i].at);
    free(copies->entries);
    free(copies->blobs);
}

static bool copy_changes(struct copies *copies, const struct store_change *changes, size_t count)
{
    copies->entries = calloc(count + 1, sizeof *copies->entries);
    if (copies->entries == NULL)
        return false;
    for (; copies->entry_count < count; copies->entry_count++) {
        const struct store_change *change = &changes[copies->entry_count];
        assert(change->value.len <= ROW_VALUE_LEN_MAX);
        if (change->is_removal)
            continue;
        copies->entries[copies->entry_count] = entry_new(change);
        if (copies->entries[copies->entry_count] == NULL)
            return false;
    }
    return true;
}

static bool copy_records(struct copies *copies, const struct store_record *records, size_t count)
{
    copies->blobs = calloc(count + 1, sizeof *copies->blobs);
    if (copies->blobs == NULL)
        return false;
    for (; copies->blob_count < count; copies->blob_count++) {
        struct bytes bytes = records[copies->blob_count].bytes;
        uint8_t *at = malloc(bytes.len + 1);
        if (at == NULL)
            return false;
        memcpy(at, bytes.at, bytes.len);
        copies->blobs[copies->blob_count] = (struct blob){.at = at, .len = bytes.len};
    }
    return true;
}

static bool make_journal_room(struct store_memory *memory, size_t count)
{
    if (memory->journal_count + count <= memory->journal_room)
        return true;
    size_t room = 2 * memory->journal_room + count;
    struct blob *journal = realloc(memory->journal, room * sizeof *journal);
    if (journal == NULL)
        return false;
    memory->journal = journal;
    memory->journal_room = room;
    return true;
}

static void apply_change(struct store_memory *memory, const struct row_key *key,
                         struct entry *entry)
{
    struct entry **at = place_of(memory, key);
    struct entry *old = *at;

    if (old != NULL) {
        *at = old->next;
        free(old);
        memory->row_count--;
        memory->table_counts[key->table]--;
    }
    if (entry == NULL)
        return;
    entry->next = *at;
    *at = entry;
    memory->row_count++;
    memory->table_counts[key->table]++;
    spread(memory);
}

static void drop_records(struct store_memory *memory, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(memory->journal[i].at);
    memory->journal_count -= count;
    memmove(memory->journal, memory->journal + count,
            memory->journal_count * sizeof *memory->journal);
}

/* Drops the oldest records, in large steps. */
static void trim_journal(struct store_memory *memory)
{
    size_t keep = memory->options.journal_keep;

    if (keep == 0 || memory->journal_count < 2 * keep)
        return;
    drop_records(memory, memory->journal_count - keep);
}

static bool is_next(const struct store_memory *memory, const struct store_batch *batch)
{
    for (size_t i = 0; i < batch->record_count; i++) {
        if (batch->records[i].sequence != memory->head.sequence + 1 + i)
            return false;
    }
    return true;
}

static enum store_result write_all(struct store_memory *memory, const struct store_batch *batch)
{
    struct copies copies = {0};

    if (!copy_changes(&copies, batch->changes, batch->change_count) ||
        !copy_records(&copies, batch->records, batch->record_count) ||
        !make_journal_room(memory, batch->record_count)) {
        copies_free(&copies, true);
        return STORE_FULL;
    }
    for (size_t i = 0; i < batch->change_count; i++)
        apply_change(memory, &batch->changes[i].key, copies.entries[i]);
    for (size_t i = 0; i < batch->record_count; i++)
        memory->journal[memory->journal_count++] = copies.blobs[i];
    memory->head.sequence += batch->record_count;
    memcpy(memory->head.hash, batch->head_hash, sizeof memory->head.hash);
    trim_journal(memory);
    copies_free(&copies, false);
    return STORE_OK;
}

static enum store_result memory_commit(void *self, const struct store_batch *batch)
{
    struct handle *handle = self;
    bool applies;
    enum store_result planted = begin_call(handle, STORE_CALL_COMMIT, &applies);

    if (planted != STORE_OK && !applies)
        return planted;
    if (!is_next(handle->memory, batch)) {
        handle->is_broken = true;
        return STORE_FATAL;
    }
    enum store_result result = write_all(handle->memory, batch);
    return planted != STORE_OK ? planted : result;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *const *left = a;
    const struct entry *const *right = b;

    return row_key_compare(&(*left)->key, &(*right)->key);
}

static size_t collect_from(const struct store_memory *memory, const struct row_key *from,
                           struct entry **out)
{
    size_t count = 0;

    for (size_t i = 0; i < memory->bucket_count; i++) {
        for (struct entry *entry = memory->buckets[i]; entry != NULL; entry = entry->next) {
            if (entry->key.table == from->table && row_key_compare(&entry->key, from) >= 0)
                out[count++] = entry;
        }
    }
    return count;
}

static enum store_result memory_scan(void *self, const struct row_key *from, store_row_visit *visit,
                                     void *context)
{
    struct handle *handle = self;
    struct store_memory *memory = handle->memory;
    bool applies;
    enum store_result result = begin_call(handle, STORE_CALL_SCAN, &applies);

    assert(from->table < TABLE_COUNT);
    if (result != STORE_OK || memory->table_counts[from->table] == 0)
        return result;
    struct entry **entries = calloc(memory->table_counts[from->table], sizeof(struct entry *));
    if (entries == NULL)
        return STORE_RETRY;
    size_t count = collect_from(memory, from, entries);
    qsort(entries, count, sizeof(struct entry *), compare_entries);
    for (size_t i = 0; i < count; i++) {
        if (!visit(context, &entries[i]->key, bytes_over(entries[i]->value, entries[i]->len)))
            break;
    }
    free(entries);
    return STORE_OK;
}

static enum store_result memory_read(void *self, uint64_t from_sequence, store_record_visit *visit,
                                     void *context)
{
    struct handle *handle = self;
    struct store_memory *memory = handle->memory;
    bool applies;
    enum store_result result = begin_call(handle, STORE_CALL_READ, &applies);
    uint64_t first = memory->head.sequence - memory->journal_count + 1;

    if (result != STORE_OK)
        return result;
    size_t i = from_sequence > first ? (size_t)(from_sequence - first) : 0;
    for (; i < memory->journal_count; i++) {
        struct blob blob = memory->journal[i];
        if (!visit(context, first + i, bytes_over(blob.at, blob.len)))
            break;
    }
    return STORE_OK;
}

/* All in one call: nothing waits for a disk here. */
static enum store_result memory_cut(void *self, const struct store_cut *cut, bool *left)
{
    struct handle *handle = self;
    struct store_memory *memory = handle->memory;
    struct store_head *head = &memory->head;
    uint64_t first = head->sequence - memory->journal_count + 1;

    *left = false;
    if (handle->is_broken)
        return STORE_FATAL;
    if (head->sequence == 0 && cut->node == head->node) {
        head->sequence = cut->to.sequence;
        memcpy(head->hash, cut->to.hash, sizeof head->hash);
        head->anchor = cut->to;
        return STORE_OK;
    }
    if (cut->node != head->node || cut->to.sequence >= head->sequence ||
        cut->to.sequence < head->anchor.sequence)
        return STORE_RETRY;
    if (cut->to.sequence >= first)
        drop_records(memory, (size_t)(cut->to.sequence - first + 1));
    head->anchor = cut->to;
    return STORE_OK;
}

static void memory_close(void *self)
{
    struct handle *handle = self;

    handle->is_broken = true;
    if (handle->memory->is_owned)
        store_memory_free(handle->memory);
}

static struct handle *handle_new(struct store_memory *memory)
{
    size_t count = memory->handle_count + 1;
    struct handle **handles = realloc(memory->handles, count * sizeof *handles);

    if (handles == NULL)
        return NULL;
    memory->handles = handles;
    struct handle *handle = calloc(1, sizeof *handle);
    if (handle != NULL)
        memory->handles[memory->handle_count++] = handle;
    return handle;
}

enum err store_memory_attach(struct store_memory *memory, struct store *out)
{
    struct handle *handle = handle_new(memory);

    if (handle == NULL)
        return ERR_FULL;
    memory->head.epoch++;
    memset(memory->faults, 0, sizeof memory->faults);
    *handle = (struct handle){.memory = memory, .epoch = memory->head.epoch};
    *out = (struct store){
        .self = handle,
        .head = memory_head,
        .load = memory_load,
        .commit = memory_commit,
        .scan = memory_scan,
        .read = memory_read,
        .cut = memory_cut,
        .close = memory_close,
    };
    return OK;
}

enum err store_memory_open(const struct store_memory_options *options, struct store *out)
{
    struct store_memory *memory;

    TRY(store_memory_new(options, &memory));
    enum err err = store_memory_attach(memory, out);
    if (err == OK)
        memory->is_owned = true;
    else
        store_memory_free(memory);
    return err;
}

#include "sim/canary/canary_late.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_LEN (512 * 1024)

struct canary_late *canary_late_new(struct store *disk, size_t lag)
{
    struct canary_late *late = calloc(1, sizeof *late);
    assert(late && lag <= CANARY_LAG_MAX);
    late->disk = disk;
    late->lag = lag;
    for (size_t i = 0; i < lag; i++) {
        struct canary_commit *commit = &late->commits[i];
        commit->changes = calloc(BATCH_EVENTS_MAX, sizeof *commit->changes);
        commit->records = calloc(BATCH_EVENTS_MAX, sizeof *commit->records);
        commit->room = malloc(ROOM_LEN);
        assert(commit->changes && commit->records && commit->room);
    }
    return late;
}

void canary_late_free(struct canary_late *late)
{
    for (size_t i = 0; i < late->lag; i++) {
        free(late->commits[i].changes);
        free(late->commits[i].records);
        free(late->commits[i].room);
    }
    free(late);
}

static enum store_result write_oldest(struct canary_late *late)
{
    const struct canary_commit *commit = &late->commits[late->first];
    enum store_result result = late->disk->commit(late->disk->self, &commit->batch);
    if (result != STORE_OK)
        return result;
    late->first = (late->first + 1) % late->lag;
    late->count--;
    return STORE_OK;
}

static struct bytes keep(struct canary_commit *commit, struct bytes bytes)
{
    assert(commit->used + bytes.len <= ROOM_LEN);
    uint8_t *at = commit->room + commit->used;
    if (bytes.len > 0)
        memcpy(at, bytes.at, bytes.len);
    commit->used += bytes.len;
    return bytes_over(at, bytes.len);
}

static void copy(const struct store_batch *batch, struct canary_commit *out)
{
    assert(batch->change_count <= BATCH_EVENTS_MAX && batch->record_count <= BATCH_EVENTS_MAX);
    out->used = 0;
    for (size_t i = 0; i < batch->change_count; i++) {
        out->changes[i] = batch->changes[i];
        out->changes[i].value = keep(out, batch->changes[i].value);
    }
    for (size_t i = 0; i < batch->record_count; i++) {
        out->records[i] = batch->records[i];
        out->records[i].bytes = keep(out, batch->records[i].bytes);
    }
    memcpy(out->head_hash, batch->head_hash, sizeof out->head_hash);
    out->batch = *batch;
    out->batch.changes = out->changes;
    out->batch.records = out->records;
    out->batch.head_hash = out->head_hash;
}

enum store_result canary_late_commit(struct canary_late *late, const struct store_batch *batch)
{
    enum store_result result = late->count == late->lag ? write_oldest(late) : STORE_OK;
    if (result != STORE_OK)
        return result;
    copy(batch, &late->commits[(late->first + late->count) % late->lag]);
    late->count++;
    return STORE_OK;
}

static void overlay_commit(const struct canary_commit *commit, struct store_row *row)
{
    for (size_t i = 0; i < commit->batch.change_count; i++) {
        const struct store_change *change = &commit->changes[i];
        if (!row_key_equal(&change->key, &row->key))
            continue;
        row->found = !change->is_removal;
        row->len = (uint16_t)change->value.len;
        if (row->found)
            memcpy(row->value, change->value.at, change->value.len);
    }
}

void canary_late_overlay(const struct canary_late *late, struct store_row *row)
{
    for (size_t i = 0; i < late->count; i++)
        overlay_commit(&late->commits[(late->first + i) % late->lag], row);
}

void canary_late_crash(struct canary_late *late)
{
    late->count = 0;
}

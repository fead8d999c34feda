/* Record: what the steps of a batch changed, each row once with its last value, and their journal
 * records, durable in one commit. */
#include "engine/batch.h"

#include <string.h>

static size_t collect_changes(struct engine *engine)
{
    const struct row_map *map = &engine->batch.rows;
    size_t count = 0;

    for (size_t i = 0; i < map->count; i++) {
        const struct node_row *row = &map->rows[i];
        if (!row->is_changed)
            continue;
        engine->changes[count++] = (struct store_change){
            .key = row->key,
            .is_removal = !row->found,
            .value = bytes_over(row->value, row->found ? row->len : 0),
        };
    }
    return count;
}

enum store_result commit_batch(struct engine *engine)
{
    struct store *store = engine->setup.store;

    if (engine->record_count == 0)
        return STORE_OK;
    size_t count = collect_changes(engine);
    struct store_batch batch = {
        .changes = engine->changes,
        .change_count = count,
        .records = engine->records,
        .record_count = engine->record_count,
        .head_hash = engine->chain,
    };
    enum store_result result = store->commit(store->self, &batch);
    if (result != STORE_OK)
        return result;
    engine->head.sequence += engine->record_count;
    memcpy(engine->head.hash, engine->chain, sizeof engine->head.hash);
    engine->counters.commits++;
    engine->counters.records += engine->record_count;
    return STORE_OK;
}

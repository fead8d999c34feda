/* Load and check. In each round every event that still asks says which rows it needs and which
 * questions it has; all rows come by few loads, all answers by one execute. */
#include "engine/batch.h"

#include "base/assert.h"

#include <string.h>

/* The config row is needed by each: its offset gives the business date of the record. */
static void ask_needs(struct engine *engine, struct batch_event *event)
{
    struct node_work *work = &event->work;

    if (work->need_count == 0)
        node_need(work, row_key_of(TABLE_CONFIG, NULL, 0));
    uint8_t before = work->need_count;
    engine->setup.party->needs(work);
    event->has_asked = work->need_count > before;
    for (size_t i = work->row_count; i < work->need_count; i++)
        work->rows[i] = row_map_take(&engine->batch.rows, &work->needs[i]);
    work->row_count = work->need_count;
}

static void take_loaded(struct engine *engine, struct node_row *row, const struct store_row *from)
{
    if (!from->found)
        return;
    assert(from->len <= ROW_VALUE_LEN_MAX);
    row->found = true;
    row->len = from->len;
    memcpy(row->value, from->value, from->len);
    if (row->len != row_map_value_len(row->key.table))
        engine->counters.row_damage++;
}

static enum store_result load_rows(struct engine *engine, struct node_row *rows, size_t count)
{
    struct store *store = engine->setup.store;

    assert(count <= LOAD_ROWS_MAX);
    for (size_t i = 0; i < count; i++)
        engine->loading[i].key = rows[i].key;
    enum store_result result = store->load(store->self, engine->load_list, count);
    for (size_t i = 0; i < count && result == STORE_OK; i++)
        take_loaded(engine, &rows[i], &engine->loading[i]);
    return result;
}

enum store_result round_load(struct engine *engine)
{
    struct batch *batch = &engine->batch;
    size_t loaded = batch->rows.count;

    batch->rounds++;
    batch->is_asking = false;
    for (size_t i = 0; i < batch->taken; i++) {
        if (batch->events[i].is_asking)
            ask_needs(engine, &batch->events[i]);
    }
    while (loaded < batch->rows.count) {
        size_t count = batch->rows.count - loaded;
        if (count > LOAD_ROWS_MAX)
            count = LOAD_ROWS_MAX;
        enum store_result result = load_rows(engine, &batch->rows.rows[loaded], count);
        if (result != STORE_OK)
            return result;
        loaded += count;
    }
    return STORE_OK;
}

static void ask(struct questions *questions, struct node_fact *fact)
{
    assert(questions->count < BATCH_CHECKS_MAX);
    questions->commands[questions->count] = fact->command;
    questions->facts[questions->count] = fact;
    questions->count++;
}

static void answer_all(struct engine *engine)
{
    struct questions *questions = &engine->questions;
    const struct hsm *hsm = engine->setup.hsm;

    if (questions->count == 0)
        return;
    hsm->execute(hsm->self, questions->commands, questions->answers, questions->count);
    for (size_t i = 0; i < questions->count; i++) {
        questions->facts[i]->answer = questions->answers[i];
        questions->facts[i]->is_answered = true;
    }
    bytes_wipe(questions->commands, questions->count * sizeof *questions->commands);
    bytes_wipe(questions->answers, questions->count * sizeof *questions->answers);
}

/* An event that asked for neither rows nor answers in a round has all that it wants. */
void round_check(struct engine *engine)
{
    struct batch *batch = &engine->batch;

    engine->questions.count = 0;
    for (size_t i = 0; i < batch->taken; i++) {
        struct batch_event *event = &batch->events[i];
        struct node_work *work = &event->work;
        if (!event->is_asking)
            continue;
        uint8_t before = work->fact_count;
        engine->setup.party->checks(work);
        for (size_t j = before; j < work->fact_count; j++)
            ask(&engine->questions, &work->facts[j]);
        event->is_asking = event->has_asked || work->fact_count > before;
        batch->is_asking = batch->is_asking || event->is_asking;
    }
    answer_all(engine);
}

bool round_is_last(const struct engine *engine)
{
    return !engine->batch.is_asking || engine->batch.rounds == ROUNDS_MAX;
}

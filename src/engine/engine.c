#include "engine/engine.h"

#include "engine/batch.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

static enum err allocate(struct engine *engine)
{
    struct batch *batch = &engine->batch;
    struct questions *questions = &engine->questions;

    batch->events = calloc(BATCH_EVENTS_MAX, sizeof *batch->events);
    questions->commands = calloc(BATCH_CHECKS_MAX, sizeof *questions->commands);
    questions->answers = calloc(BATCH_CHECKS_MAX, sizeof *questions->answers);
    questions->facts = calloc(BATCH_CHECKS_MAX, sizeof *questions->facts);
    engine->loading = calloc(LOAD_ROWS_MAX, sizeof *engine->loading);
    engine->load_list = calloc(LOAD_ROWS_MAX, sizeof *engine->load_list);
    engine->records = calloc(BATCH_EVENTS_MAX, sizeof *engine->records);
    engine->record_room = malloc(RECORD_ROOM_LEN);
    engine->changes = calloc(ROW_MAP_ROWS_MAX, sizeof *engine->changes);
    engine->sealings = calloc(SEAL_SENDS_MAX, sizeof *engine->sealings);
    engine->bodies = malloc(SEAL_SENDS_MAX * FRAME_BODY_LEN_MAX);
    if (batch->events == NULL || questions->commands == NULL || questions->answers == NULL ||
        questions->facts == NULL || engine->loading == NULL || engine->load_list == NULL ||
        engine->records == NULL || engine->record_room == NULL || engine->changes == NULL ||
        engine->sealings == NULL || engine->bodies == NULL)
        return ERR_FULL;
    for (size_t i = 0; i < LOAD_ROWS_MAX; i++)
        engine->load_list[i] = &engine->loading[i];
    TRY(row_map_init(&batch->rows));
    size_t waiting_max = engine->setup.waiting_max;
    return waiting_init(&engine->waiting,
                        waiting_max < BATCH_EVENTS_MAX ? BATCH_EVENTS_MAX : waiting_max, true);
}

enum err engine_open(const struct engine_setup *setup, struct engine **out)
{
    struct engine *engine = calloc(1, sizeof *engine);

    if (engine == NULL)
        return ERR_FULL;
    engine->setup = *setup;
    engine->stage = ENGINE_IDLE;
    engine->batch.limit = BATCH_EVENTS_MAX;
    enum err err = allocate(engine);
    if (err != OK) {
        engine_close(engine);
        return err;
    }
    setup->store->head(setup->store->self, &engine->head);
    *out = engine;
    return OK;
}

/* A batch that was never ended leaves its works unwiped; which parts were used is not asked. */
static void wipe_batch(struct engine *engine)
{
    struct batch *batch = &engine->batch;

    if (engine->stage != ENGINE_IDLE && engine->stage != ENGINE_SEND)
        bytes_wipe(batch->events, batch->taken * sizeof *batch->events);
}

void engine_reopen(struct engine *engine, const struct engine_setup *setup)
{
    struct batch *batch = &engine->batch;

    assert(setup->waiting_max == engine->setup.waiting_max);
    wipe_batch(engine);
    waiting_clear(&engine->waiting);
    waiting_clear(&engine->recovery);
    free(engine->recovery_keys);
    engine->recovery_keys = NULL;
    engine->recovery_count = 0;
    engine->recovery_next = 0;
    engine->setup = *setup;
    engine->stage = ENGINE_IDLE;
    engine->counters = (struct engine_counters){0};
    engine->questions.count = 0;
    engine->full = engine->alone = engine->poisoned = (struct outage){0};
    *batch =
        (struct batch){.limit = BATCH_EVENTS_MAX, .events = batch->events, .rows = batch->rows};
    setup->store->head(setup->store->self, &engine->head);
}

void engine_close(struct engine *engine)
{
    struct batch *batch = &engine->batch;
    struct questions *questions = &engine->questions;

    if (batch->events != NULL)
        wipe_batch(engine);
    waiting_close(&engine->waiting);
    waiting_close(&engine->recovery);
    row_map_close(&batch->rows);
    free(engine->recovery_keys);
    free(batch->events);
    free(questions->commands);
    free(questions->answers);
    free(questions->facts);
    free(engine->loading);
    free(engine->load_list);
    free(engine->records);
    free(engine->record_room);
    free(engine->changes);
    free(engine->sealings);
    free(engine->bodies);
    free(engine);
}

struct pending_keys {
    struct row_key *keys;
    size_t count;
    size_t room;
    const struct engine *engine; /* whose rows may be known already; NULL: none are */
    enum err err;
};

static bool has_timer_waiting(const struct engine *engine, const struct row_key *key)
{
    for (size_t i = 0; i < engine->waiting.count; i++) {
        const struct node_event *event = &waiting_at(&engine->waiting, i)->event;
        if (event->kind == EVENT_TIMER && row_key_equal(&event->key, key))
            return true;
    }
    return false;
}

/* It names this node, and has its deadline here, which may just have passed. One that names this
 * node alone may be of an earlier run: another node swept it then, and died before it wrote it. */
static bool is_known(const struct engine *engine, const struct row_key *key, struct bytes value)
{
    struct pending_row row;

    if (engine == NULL || engine->setup.net.is_armed == NULL || value.len != sizeof row)
        return false;
    memcpy(&row, value.at, sizeof row);
    return row.node == engine->head.node &&
           (engine->setup.net.is_armed(engine->setup.net.self, key) ||
            has_timer_waiting(engine, key));
}

static bool note_pending(void *context, const struct row_key *key, struct bytes value)
{
    struct pending_keys *pending = context;

    if (is_known(pending->engine, key, value))
        return true;
    if (pending->count == pending->room) {
        size_t room = pending->room == 0 ? 64 : 2 * pending->room;
        struct row_key *keys = realloc(pending->keys, room * sizeof *keys);
        if (keys == NULL) {
            pending->err = ERR_FULL;
            return false;
        }
        pending->keys = keys;
        pending->room = room;
    }
    pending->keys[pending->count++] = *key;
    return true;
}

static enum err scan_pending(const struct store *store, struct pending_keys *pending)
{
    struct row_key from = row_key_of(TABLE_PENDING, NULL, 0);
    enum store_result result = store->scan(store->self, &from, note_pending, pending);

    if (result != STORE_OK && pending->err == OK)
        pending->err = ERR_IO;
    return pending->err;
}

static void set_recovery(struct engine *engine, const struct pending_keys *pending,
                         const struct node_event *model)
{
    free(engine->recovery_keys);
    engine->recovery_keys = pending->keys;
    engine->recovery_count = pending->count;
    engine->recovery_next = 0;
    engine->recovery_model = *model;
}

enum err engine_take_over(struct engine *engine, const struct node_event *model, size_t *count)
{
    struct pending_keys pending = {.engine = engine};

    assert(engine->stage == ENGINE_IDLE || engine->stage == ENGINE_SEND);
    for (size_t i = engine->recovery_next; i < engine->recovery_count && pending.err == OK; i++)
        (void)note_pending(&pending, &engine->recovery_keys[i], bytes_over(NULL, 0));
    size_t waiting = pending.count;
    if (pending.err != OK || scan_pending(engine->setup.store, &pending) != OK) {
        free(pending.keys);
        return pending.err;
    }
    *count = pending.count - waiting;
    engine->batch.is_stalled = false;
    set_recovery(engine, &pending, model);
    return OK;
}

enum err engine_recover(struct engine *engine, const struct node_event *model)
{
    struct store *store = engine->setup.store;
    struct pending_keys pending = {.err = OK};

    assert(engine->recovery_keys == NULL);
    assert(engine->recovery.count == 0);
    enum err err = scan_pending(store, &pending);
    if (err == OK && engine->recovery.slots == NULL)
        err = waiting_init(&engine->recovery, BATCH_EVENTS_MAX, false);
    if (err != OK) {
        free(pending.keys);
        return err;
    }
    set_recovery(engine, &pending, model);
    struct node_event *start = waiting_push(&engine->recovery);
    assert(start != NULL);
    *start = *model;
    start->kind = EVENT_START;
    return OK;
}

struct node_event *engine_event_new(struct engine *engine)
{
    engine->batch.is_stalled = false;
    return waiting_push(&engine->waiting);
}

void engine_event_mab(struct engine *engine, struct node_event *event, struct bytes mab)
{
    assert(event == &waiting_at(&engine->waiting, engine->waiting.count - 1)->event);
    assert(mab.len <= FRAME_BODY_LEN_MAX);
    if (mab.len == 0)
        return;
    uint8_t *kept = waiting_keep(&engine->waiting, mab.len);
    memcpy(kept, mab.at, mab.len);
    event->mab = bytes_over(kept, mab.len);
}

void engine_event_block(struct engine *engine, struct node_event *event)
{
    struct bytes block = event->message.block;

    assert(event == &waiting_at(&engine->waiting, engine->waiting.count - 1)->event);
    assert(block.len <= BLOCK_LEN_MAX);
    if (block.len == 0)
        return;
    uint8_t *kept = waiting_keep(&engine->waiting, block.len);
    memcpy(kept, block.at, block.len);
    event->message.block = bytes_over(kept, block.len);
}

void engine_event_command(struct engine *engine, struct node_event *event,
                          const struct node_command *command)
{
    assert(event == &waiting_at(&engine->waiting, engine->waiting.count - 1)->event);
    struct node_command *kept = waiting_keep(&engine->waiting, sizeof *kept);
    *kept = *command;
    event->command = kept;
}

size_t engine_waiting(const struct engine *engine)
{
    return engine->waiting.count + engine->recovery.count + engine->recovery_count -
           engine->recovery_next;
}

/* After record the batch goes on to send, whether it was made durable or given up. */
static enum engine_stage after(struct engine *engine, enum store_result result,
                               enum engine_stage reached)
{
    return result == STORE_OK ? reached : batch_failed(engine, result);
}

static enum engine_stage take(struct engine *engine)
{
    if (!batch_take(engine))
        return ENGINE_IDLE;
    engine->counters.batches++;
    return ENGINE_RECEIVE;
}

static enum engine_stage after_check(struct engine *engine)
{
    if (!round_is_last(engine))
        return after(engine, round_load(engine), ENGINE_LOAD);
    return after(engine, step_all(engine), ENGINE_DECIDE);
}

static enum engine_stage check(struct engine *engine)
{
    round_check(engine);
    return ENGINE_CHECK;
}

static enum engine_stage send(struct engine *engine)
{
    send_all(engine);
    batch_end(engine);
    return ENGINE_SEND;
}

enum engine_stage engine_advance(struct engine *engine)
{
    switch (engine->stage) {
    case ENGINE_IDLE:
    case ENGINE_SEND:
        engine->stage = take(engine);
        break;
    case ENGINE_RECEIVE:
        engine->stage = after(engine, round_load(engine), ENGINE_LOAD);
        break;
    case ENGINE_LOAD:
        engine->stage = check(engine);
        break;
    case ENGINE_CHECK:
        engine->stage = after_check(engine);
        break;
    case ENGINE_DECIDE:
        engine->stage = after(engine, commit_batch(engine), ENGINE_RECORD);
        break;
    case ENGINE_RECORD:
        engine->stage = send(engine);
        break;
    case ENGINE_STOPPED:
        break;
    case ENGINE_STAGE_COUNT:
        assert(false);
    }
    return engine->stage;
}

enum engine_stage engine_run(struct engine *engine)
{
    enum engine_stage stage = engine_advance(engine);

    while (stage != ENGINE_IDLE && stage != ENGINE_STOPPED)
        stage = engine_advance(engine);
    return stage;
}

const struct node_event *engine_batch_event(const struct engine *engine, size_t index)
{
    bool has_batch = engine->stage != ENGINE_IDLE && engine->stage != ENGINE_SEND;

    return has_batch && index < engine->batch.taken ? &waiting_at(engine->batch.from, index)->event
                                                    : NULL;
}

const struct engine_counters *engine_counters(const struct engine *engine)
{
    return &engine->counters;
}

uint64_t engine_sequence(const struct engine *engine)
{
    return engine->head.sequence;
}

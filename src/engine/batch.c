#include "engine/batch.h"

#include "base/assert.h"
#include "base/prng.h"

#include <string.h>

/* All are taken up in one moment, and each draws its own pauses from its entropy. */
static void draw_entropy(struct node_event *event, size_t number)
{
    struct prng prng;

    prng_seed(&prng, bytes_get_u64(event->entropy) + number);
    prng_fill(&prng, event->entropy, sizeof event->entropy);
}

void batch_fill_recovery(struct engine *engine)
{
    while (engine->recovery_next < engine->recovery_count) {
        struct node_event *event = waiting_push(&engine->recovery);
        if (event == NULL)
            return;
        *event = engine->recovery_model;
        event->kind = EVENT_RECOVER;
        draw_entropy(event, engine->recovery_next);
        event->key = engine->recovery_keys[engine->recovery_next++];
    }
}

/* Not by memset: a work is some 12 KB, of which an event uses a part. */
static void begin_work(struct batch_event *event, const struct node_event *from)
{
    struct node_work *work = &event->work;

    event->is_asking = true;
    event->is_deferred = false;
    event->is_held = false;
    event->sequence = 0;
    work->event = from;
    work->row_count = 0;
    work->need_count = 0;
    work->fact_count = 0;
    work->what = WHAT_NONE;
    memset(&work->about, 0, sizeof work->about);
    work->outcome = OUTCOME_NONE;
    work->money = MONEY_NOT_MOVED;
    work->settlement_date = 0;
    work->postings.count = 0;
    work->effects.send_count = 0;
    work->effects.deadline_count = 0;
    work->effects.has_display = false;
    work->effects.is_alarm = false;
}

static void begin(struct engine *engine, size_t count)
{
    struct batch *batch = &engine->batch;

    batch->taken = count;
    batch->count = count;
    batch->rounds = 0;
    batch->is_asking = true;
    batch->is_given_up = false;
    engine->record_count = 0;
    engine->record_room_used = 0;
    memcpy(engine->chain, engine->head.hash, sizeof engine->chain);
    row_map_clear(&batch->rows);
    for (size_t i = 0; i < count; i++) {
        struct node_event *event = &waiting_at(batch->from, i)->event;
        event->node = engine->head.node;
        event->epoch = engine->head.epoch;
        begin_work(&batch->events[i], event);
        if (waiting_at(batch->from, i)->is_held) {
            batch->events[i].is_deferred = true;
            batch->events[i].is_asking = false;
        }
    }
}

bool batch_take(struct engine *engine)
{
    struct batch *batch = &engine->batch;

    if (batch->is_stalled)
        return false;
    batch_fill_recovery(engine);
    batch->from = engine->recovery.count > 0 ? &engine->recovery : &engine->waiting;
    if (batch->from->count == 0)
        return false;
    batch->retries = 0;
    begin(engine, batch->from->count < batch->limit ? batch->from->count : batch->limit);
    return true;
}

/* What held or may have held a PAN, a PIN or a key in clear. */
static void wipe_work(struct node_work *work)
{
    for (size_t i = 0; i < work->fact_count; i++) {
        hsm_command_wipe(&work->facts[i].command);
        hsm_answer_wipe(&work->facts[i].answer);
    }
    for (size_t i = 0; i < work->effects.send_count; i++)
        bytes_wipe(&work->effects.sends[i], sizeof work->effects.sends[i]);
}

static void wipe_works(struct batch *batch)
{
    for (size_t i = 0; i < batch->taken; i++)
        wipe_work(&batch->events[i].work);
}

void batch_end(struct engine *engine)
{
    struct batch *batch = &engine->batch;
    size_t kept = 0;

    wipe_works(batch);
    for (size_t i = 0; i < batch->taken; i++) {
        bool stays = i >= batch->count || batch->events[i].is_deferred;
        waiting_at(batch->from, i)->stays = stays;
        waiting_at(batch->from, i)->is_held = stays && batch->events[i].is_held;
        kept += stays;
        if (!stays)
            engine->counters.events++;
    }
    waiting_drop(batch->from, batch->taken);
    batch->is_stalled =
        batch->is_given_up && kept > 0 && engine->waiting.count + engine->recovery.count == kept;
    batch->limit = batch->limit > BATCH_EVENTS_MAX / 2 ? BATCH_EVENTS_MAX : 2 * batch->limit;
}

bool batch_must_keep(const struct node_event *event)
{
    return event->kind == EVENT_START || event->kind == EVENT_RECOVER ||
           event->kind == EVENT_LINK_UP || event->kind == EVENT_LINK_DOWN;
}

static bool is_links(const struct node_event *event)
{
    return event->kind == EVENT_LINK_UP || event->kind == EVENT_LINK_DOWN;
}

/* A full store passes, and a standby comes back: what nobody repeats waits for it. An event that
 * keeps failing is dropped, but for the news of a link: without it the party would wait for a link
 * that it has, or trust one that is gone. It sits out the next batch, so that it holds up nobody.
 */
static enum engine_stage give_up(struct engine *engine, uint64_t *counter, enum outcome why)
{
    struct batch *batch = &engine->batch;

    for (size_t i = 0; i < batch->count; i++) {
        struct batch_event *event = &batch->events[i];
        if (!event->is_deferred)
            *counter += 1;
        if (why != OUTCOME_SWITCH_FAULT && batch_must_keep(event->work.event))
            event->is_deferred = true;
        if (why == OUTCOME_SWITCH_FAULT && !event->is_deferred && is_links(event->work.event))
            event->is_deferred = event->is_held = true;
    }
    batch->is_given_up = true;
    batch->why = why;
    return ENGINE_RECORD;
}

static size_t count_held(const struct batch *batch)
{
    size_t count = 0;

    for (size_t i = 0; i < batch->taken; i++)
        count += waiting_at(batch->from, i)->is_held;
    return count;
}

static enum engine_stage retry(struct engine *engine)
{
    struct batch *batch = &engine->batch;
    size_t held = count_held(batch);

    engine->counters.retries++;
    batch->retries++;
    if (batch->retries > BATCH_RETRIES_MAX) {
        if (batch->taken - held == 1)
            return give_up(engine, &engine->counters.poisoned, OUTCOME_SWITCH_FAULT);
        batch->limit = held + (batch->taken - held) / 2;
        batch->retries = 0;
    }
    size_t count = batch->taken < batch->limit ? batch->taken : batch->limit;
    wipe_works(batch);
    begin(engine, count);
    return ENGINE_RECEIVE;
}

enum engine_stage batch_failed(struct engine *engine, enum store_result result)
{
    assert(result != STORE_OK);
    if (result == STORE_RETRY)
        return retry(engine);
    if (result == STORE_FULL)
        return give_up(engine, &engine->counters.full, OUTCOME_SWITCH_OVERLOADED);
    if (result == STORE_ALONE)
        return give_up(engine, &engine->counters.full, OUTCOME_SWITCH_STANDBY_AWAY);
    return ENGINE_STOPPED;
}

/*
 * Decide: the steps of a batch in the order of its events, each seeing the rows as those before it
 * left them, and the journal record of each step, chained to the one before.
 *
 * An event whose facts rest on a row that an earlier step changed, or that would now ask for more
 * than it did, is deferred to the next batch. The first event of a batch never is.
 */
#include "engine/batch.h"

#include "base/assert.h"

#include <string.h>

#define NO_ROW 0xFF /* as in struct node_fact */

static bool rests_on_changed_row(const struct node_work *work)
{
    for (size_t i = 0; i < work->fact_count; i++) {
        const struct node_fact *fact = &work->facts[i];
        if (fact->row != NO_ROW && work->rows[fact->row]->version != fact->row_version)
            return true;
    }
    return false;
}

static bool sees_changed_row(const struct node_work *work)
{
    for (size_t i = 0; i < work->row_count; i++) {
        if (work->rows[i]->version != 0)
            return true;
    }
    return false;
}

/* Seeing the rows as they are now, would the event ask for rows or answers that it has not? */
static bool would_ask_more(const struct node_party *party, struct node_work *work)
{
    uint8_t facts = work->fact_count;

    work->need_count = 0;
    party->needs(work);
    for (size_t i = 0; i < work->need_count; i++) {
        if (node_row(work, &work->needs[i]) == NULL)
            return true;
    }
    party->checks(work);
    return work->fact_count > facts;
}

static bool must_wait(const struct engine *engine, struct node_work *work)
{
    if (!sees_changed_row(work))
        return false;
    return rests_on_changed_row(work) || would_ask_more(engine->setup.party, work);
}

static enum store_result hash_record(struct engine *engine, struct bytes record)
{
    const struct hsm *hsm = engine->setup.hsm;
    struct hsm_command command = {.kind = HSM_DIGEST, .of.digest.parts = {record}};
    struct hsm_answer answer;

    hsm->execute(hsm->self, &command, &answer, 1);
    if (answer.result != HSM_OK)
        return STORE_RETRY;
    memcpy(engine->chain, answer.of.digest, sizeof engine->chain);
    return STORE_OK;
}

static void fill_changes(struct journal_record *record, const struct node_work *work,
                         const uint32_t versions[static NEEDS_MAX])
{
    record->change_count = 0;
    for (size_t i = 0; i < work->row_count; i++) {
        const struct node_row *row = work->rows[i];
        if (row->version == versions[i])
            continue;
        struct journal_change *change = &record->changes[record->change_count++];
        change->key = row->key;
        change->is_removal = !row->found;
        change->value = bytes_over(row->value, row->found ? row->len : 0);
    }
}

static void fill_head(const struct engine *engine, const struct node_work *work,
                      struct journal_record *record)
{
    const struct config_row *config = node_config(work);

    record->node = engine->head.node;
    record->epoch = engine->head.epoch;
    record->sequence = work->event->sequence;
    memcpy(record->previous, engine->chain, sizeof record->previous);
    record->wall = work->event->wall;
    record->business_date =
        instant_date(work->event->wall, config == NULL ? 0 : config->utc_offset_s);
    record->settlement_date = work->settlement_date;
    record->tables_version = config == NULL ? 0 : config->tables_version;
    record->what = (uint8_t)work->what;
    record->money = (uint8_t)work->money;
    record->outcome = (uint16_t)work->outcome;
    record->identity = work->about;
    record->postings = work->postings;
}

static enum store_result write_record(struct engine *engine, struct batch_event *event,
                                      const uint32_t versions[static NEEDS_MAX])
{
    uint8_t *at = engine->record_room + engine->record_room_used;
    size_t len = 0;

    fill_head(engine, &event->work, &engine->record);
    fill_changes(&engine->record, &event->work, versions);
    enum err err = journal_encode(&engine->record, at, JOURNAL_RECORD_LEN_MAX, &len);
    assert(err == OK);
    struct bytes bytes = bytes_over(at, len);
    event->sequence = engine->record.sequence;
    engine->records[engine->record_count++] =
        (struct store_record){.sequence = event->sequence, .bytes = bytes};
    engine->record_room_used += len;
    return hash_record(engine, bytes);
}

static enum store_result step(struct engine *engine, struct batch_event *event,
                              struct node_event *from)
{
    struct node_work *work = &event->work;
    uint32_t versions[NEEDS_MAX];
    bool has_changed = false;

    for (size_t i = 0; i < work->row_count; i++)
        versions[i] = work->rows[i]->version;
    from->sequence = engine->head.sequence + engine->record_count + 1;
    engine->setup.party->step(work);
    if (work->what != WHAT_NONE)
        return write_record(engine, event, versions);
    for (size_t i = 0; i < work->row_count; i++)
        has_changed = has_changed || work->rows[i]->version != versions[i];
    assert(!has_changed);
    assert(work->postings.count == 0);
    return STORE_OK;
}

enum store_result step_all(struct engine *engine)
{
    struct batch *batch = &engine->batch;

    for (size_t i = 0; i < batch->taken; i++) {
        struct batch_event *event = &batch->events[i];
        if (RECORD_ROOM_LEN - engine->record_room_used < JOURNAL_RECORD_LEN_MAX) {
            batch->count = i;
            break;
        }
        if (event->is_deferred)
            continue; /* it sits this batch out */
        if (must_wait(engine, &event->work)) {
            event->is_deferred = true;
            engine->counters.deferred++;
            continue;
        }
        enum store_result result = step(engine, event, &waiting_at(batch->from, i)->event);
        if (result != STORE_OK)
            return result;
    }
    return STORE_OK;
}

#include "app/story/journal_merge.h"

#include "base/assert.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH_LEN 4

void journal_merge_begin(struct journal_merge *merge, const struct journals *journals)
{
    memset(merge, 0, sizeof *merge);
    merge->journals = *journals;
    for (size_t i = 0; i < journals->count; i++) {
        merge->sources[i].next = 1;
        merge->sources[i].last = journals->heads[i].sequence;
    }
}

static bool make_room(struct merge_source *source, size_t len)
{
    size_t room = source->room == 0 ? 65536 : source->room;

    while (room < source->len + len)
        room *= 2;
    if (room == source->room)
        return true;
    uint8_t *bytes = realloc(source->ahead, room);
    if (bytes == NULL)
        return false;
    source->ahead = bytes;
    source->room = room;
    return true;
}

static bool keep(void *context, uint64_t sequence, struct bytes record)
{
    struct merge_source *source = context;

    if (sequence > source->last || source->count == MERGE_PIECE)
        return false;
    if (!make_room(source, LENGTH_LEN + record.len)) {
        source->is_short = true;
        return false;
    }
    bytes_put_u32(source->ahead + source->len, (uint32_t)record.len);
    memcpy(source->ahead + source->len + LENGTH_LEN, record.at, record.len);
    source->len += LENGTH_LEN + record.len;
    source->count++;
    source->next = sequence + 1;
    return true;
}

static struct bytes first_of(const struct merge_source *source)
{
    const uint8_t *at = source->ahead + source->at;

    assert(source->count > 0);
    return bytes_over(at + LENGTH_LEN, bytes_get_u32(at));
}

/* The time of the record that is visited next; of one that cannot be read that of the one before.
 */
static void look(struct merge_source *source, struct journal_record *record)
{
    if (source->count > 0 && journal_decode(first_of(source), record) == OK)
        source->wall = record->wall;
}

/* Reads ahead. A journal that has no more is at its end, wherever that was said to be. */
static enum store_result fill(struct journal_merge *merge, size_t index)
{
    struct merge_source *source = &merge->sources[index];

    source->len = 0;
    source->at = 0;
    enum store_result result = journals_read(&merge->journals, index, source->next, keep, source);
    if (result == STORE_OK && source->is_short)
        result = STORE_RETRY;
    if (source->count == 0)
        source->next = source->last + 1;
    return result;
}

static bool has_more(const struct merge_source *source)
{
    return source->count == 0 && source->next <= source->last;
}

/* The index of the source whose next record is the oldest; the count of all when none has one. */
static size_t oldest_of(const struct journal_merge *merge)
{
    size_t oldest = merge->journals.count;

    for (size_t i = 0; i < merge->journals.count; i++) {
        if (merge->sources[i].count > 0 &&
            (oldest == merge->journals.count ||
             merge->sources[i].wall.us < merge->sources[oldest].wall.us))
            oldest = i;
    }
    return oldest;
}

static void pass(struct merge_source *source, struct journal_record *record)
{
    source->at += LENGTH_LEN + first_of(source).len;
    source->count--;
    look(source, record);
}

/* Until one has been emptied that has more to come: the others' next ones may be younger. */
static void visit_all(struct journal_merge *merge, struct journal_record *record,
                      journal_merge_visit *visit, void *context)
{
    size_t index = oldest_of(merge);

    while (index < merge->journals.count) {
        struct merge_source *source = &merge->sources[index];
        visit(context, first_of(source));
        pass(source, record);
        if (has_more(source))
            return;
        index = oldest_of(merge);
    }
    merge->is_done = true;
}

enum store_result journal_merge_read(struct journal_merge *merge, journal_merge_visit *visit,
                                     void *context)
{
    struct journal_record *record = calloc(1, sizeof *record);
    enum store_result result = record == NULL ? STORE_RETRY : STORE_OK;

    for (size_t i = 0; i < merge->journals.count && result == STORE_OK; i++) {
        if (!has_more(&merge->sources[i]))
            continue;
        result = fill(merge, i);
        look(&merge->sources[i], record);
    }
    if (result == STORE_OK)
        visit_all(merge, record, visit, context);
    free(record);
    return result;
}

void journal_merge_end(struct journal_merge *merge)
{
    for (size_t i = 0; i < STORE_NODES_MAX; i++)
        free(merge->sources[i].ahead);
    memset(merge->sources, 0, sizeof merge->sources);
}

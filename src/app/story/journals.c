#include "app/story/journals.h"

#include "base/assert.h"
#include "host/lane.h"

#include <string.h>

void journals_over(struct store *store, const struct store_node *nodes, size_t count,
                   struct journals *out)
{
    *out = (struct journals){.store = store, .count = 1};
    store->head(store->self, &out->heads[0]);
    for (size_t i = 0; i < count && store->read_of != NULL; i++)
        if (nodes[i].head.node != out->heads[0].node && out->count < STORE_NODES_MAX)
            out->heads[out->count++] = nodes[i].head;
}

void journals_open(struct lane *lane, struct journals *out)
{
    struct store_node nodes[STORE_NODES_MAX];
    struct moment ignored;
    size_t count = lane_nodes(lane, nodes, &ignored);

    journals_over(lane_store(lane), nodes, count, out);
}

enum store_result journals_read(const struct journals *journals, size_t index, uint64_t from,
                                store_record_visit *visit, void *context)
{
    struct store *store = journals->store;

    assert(index < journals->count);
    if (index == 0)
        return store->read(store->self, from, visit, context);
    return store->read_of(store->self, journals->heads[index].node, from, visit, context);
}

/* ---- one record ---- */

struct record_wanted {
    uint64_t sequence;
    bool is_found;
    struct journal_record *record;
};

static bool take_record(void *context, uint64_t sequence, struct bytes bytes)
{
    struct record_wanted *wanted = context;

    wanted->is_found = sequence == wanted->sequence && journal_decode(bytes, wanted->record) == OK;
    return false;
}

static bool record_at(const struct journals *journals, size_t index, uint64_t sequence,
                      struct journal_record *out)
{
    struct record_wanted wanted = {.sequence = sequence, .record = out};

    return journals_read(journals, index, sequence, take_record, &wanted) == STORE_OK &&
           wanted.is_found;
}

bool journals_record(const struct journals *journals, uint16_t node, uint64_t sequence,
                     struct journal_record *out)
{
    for (size_t i = 0; i < journals->count; i++)
        if (journals->heads[i].node == node)
            return record_at(journals, i, sequence, out);
    return false;
}

size_t journals_about(const struct journals *journals, const struct identity *payment,
                      uint64_t sequence, struct journal_record out[static STORE_NODES_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < journals->count; i++) {
        struct journal_record *record = &out[count];
        if (!record_at(journals, i, sequence, record) ||
            !identity_equal(&record->identity, payment))
            continue;
        size_t at = count++;
        for (; at > 0 && out[at - 1].wall.us > out[at].wall.us; at--) {
            struct journal_record later = out[at - 1];
            out[at - 1] = out[at];
            out[at] = later;
        }
    }
    return count;
}

/* ---- a moment ---- */

/* What was cut off at the beginning is older than all that is there. */
uint64_t journals_since(const struct journals *journals, size_t index, struct instant since)
{
    uint64_t first = 1;
    uint64_t end = journals->heads[index].sequence + 1;

    while (first < end) {
        uint64_t middle = first + (end - first) / 2;
        struct journal_record record;

        if (!record_at(journals, index, middle, &record) || record.wall.us < since.us)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

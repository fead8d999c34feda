/*
 * A binary heap of entries and an open-addressing index from key to heap position. Linear probing;
 * removal closes the gap by moving later entries of the run back.
 */
#include "host/deadlines.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define START_CAP 256
#define EMPTY UINT32_MAX

struct deadline {
    int64_t due_ns;
    uint64_t order;
    struct row_key key;
};

struct deadlines {
    struct deadline *heap;
    uint32_t *index; /* 2 * cap slots, each a heap position or EMPTY */
    size_t count;
    size_t cap; /* a power of two */
    uint64_t order_next;
};

static bool allocate(struct deadlines *d, size_t cap)
{
    d->heap = malloc(cap * sizeof *d->heap);
    d->index = malloc(2 * cap * sizeof *d->index);
    d->cap = cap;
    if (d->heap == NULL || d->index == NULL)
        return false;
    memset(d->index, 0xFF, 2 * cap * sizeof *d->index);
    return true;
}

struct deadlines *deadlines_new(void)
{
    struct deadlines *d = calloc(1, sizeof *d);

    if (d != NULL && !allocate(d, START_CAP)) {
        deadlines_free(d);
        return NULL;
    }
    return d;
}

void deadlines_free(struct deadlines *d)
{
    if (d == NULL)
        return;
    free(d->heap);
    free(d->index);
    free(d);
}

static size_t slot_mask(const struct deadlines *d)
{
    return 2 * d->cap - 1;
}

/* The index slot of a key, or the empty slot where it would stand. */
static size_t slot_of(const struct deadlines *d, const struct row_key *key)
{
    size_t slot = row_key_hash(key) & slot_mask(d);

    while (d->index[slot] != EMPTY && !row_key_equal(&d->heap[d->index[slot]].key, key))
        slot = (slot + 1) & slot_mask(d);
    return slot;
}

static bool is_before(const struct deadline *a, const struct deadline *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static void swap(struct deadlines *d, size_t a, size_t b)
{
    size_t slot_a = slot_of(d, &d->heap[a].key);
    size_t slot_b = slot_of(d, &d->heap[b].key);
    struct deadline kept = d->heap[a];

    d->heap[a] = d->heap[b];
    d->heap[b] = kept;
    d->index[slot_a] = (uint32_t)b;
    d->index[slot_b] = (uint32_t)a;
}

static void rise(struct deadlines *d, size_t at)
{
    while (at > 0 && is_before(&d->heap[at], &d->heap[(at - 1) / 2])) {
        swap(d, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void sink(struct deadlines *d, size_t at)
{
    for (;;) {
        size_t least = at;
        size_t child = 2 * at + 1;

        for (size_t i = child; i < child + 2 && i < d->count; i++) {
            if (is_before(&d->heap[i], &d->heap[least]))
                least = i;
        }
        if (least == at)
            return;
        swap(d, at, least);
        at = least;
    }
}

static enum err grow(struct deadlines *d)
{
    struct deadlines bigger = *d;

    if (!allocate(&bigger, 2 * d->cap)) {
        free(bigger.heap);
        free(bigger.index);
        return ERR_FULL;
    }
    memcpy(bigger.heap, d->heap, d->count * sizeof *d->heap);
    free(d->heap);
    free(d->index);
    *d = bigger;
    for (size_t i = 0; i < d->count; i++)
        d->index[slot_of(d, &d->heap[i].key)] = (uint32_t)i;
    return OK;
}

enum err deadlines_set(struct deadlines *d, const struct row_key *key, struct moment due)
{
    if (d->count == d->cap)
        TRY(grow(d));
    size_t slot = slot_of(d, key);
    size_t at = d->index[slot];
    if (at == EMPTY) {
        at = d->count++;
        d->index[slot] = (uint32_t)at;
        d->heap[at].key = *key;
    }
    d->heap[at].due_ns = due.ns;
    d->heap[at].order = d->order_next++;
    rise(d, at);
    sink(d, d->index[slot_of(d, key)]);
    return OK;
}

static void close_gap(struct deadlines *d, size_t gap)
{
    size_t slot = (gap + 1) & slot_mask(d);

    d->index[gap] = EMPTY;
    while (d->index[slot] != EMPTY) {
        uint32_t at = d->index[slot];

        d->index[slot] = EMPTY;
        d->index[slot_of(d, &d->heap[at].key)] = at;
        slot = (slot + 1) & slot_mask(d);
    }
}

static void remove_at(struct deadlines *d, size_t at)
{
    size_t last = d->count - 1;

    assert(at < d->count);
    if (at != last)
        swap(d, at, last);
    size_t gap = slot_of(d, &d->heap[last].key);
    assert(d->index[gap] == last);
    d->count--;
    close_gap(d, gap);
    if (at != last) {
        struct row_key moved = d->heap[at].key;
        rise(d, at);
        sink(d, d->index[slot_of(d, &moved)]);
    }
}

void deadlines_clear(struct deadlines *d, const struct row_key *key)
{
    uint32_t at = d->index[slot_of(d, key)];

    if (at != EMPTY)
        remove_at(d, at);
}

bool deadlines_has(const struct deadlines *d, const struct row_key *key)
{
    return d->index[slot_of(d, key)] != EMPTY;
}

bool deadlines_first(const struct deadlines *d, struct moment *due)
{
    if (d->count == 0)
        return false;
    due->ns = d->heap[0].due_ns;
    return true;
}

bool deadlines_take_due(struct deadlines *d, struct moment now, struct row_key *out)
{
    if (d->count == 0 || d->heap[0].due_ns > now.ns)
        return false;
    *out = d->heap[0].key;
    remove_at(d, 0);
    return true;
}

size_t deadlines_count(const struct deadlines *d)
{
    return d->count;
}

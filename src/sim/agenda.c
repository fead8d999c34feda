#include "sim/agenda.h"

#include "base/assert.h"

#include <stdlib.h>

#define ROOM_FIRST 256

/* Makes room; the new places are free, each for an item of its own. */
static void grow(struct agenda *agenda, size_t room)
{
    agenda->items = realloc(agenda->items, room * sizeof *agenda->items);
    agenda->heap = realloc(agenda->heap, room * sizeof *agenda->heap);
    assert(agenda->items);
    assert(agenda->heap);
    for (size_t i = agenda->room; i < room; i++)
        agenda->heap[i].at = i;
    agenda->room = room;
}

void agenda_open(struct agenda *agenda)
{
    *agenda = (struct agenda){0};
    grow(agenda, ROOM_FIRST);
}

void agenda_close(struct agenda *agenda)
{
    for (size_t i = 0; i < agenda->count; i++)
        free(agenda->items[agenda->heap[i].at].bytes);
    free(agenda->items);
    free(agenda->heap);
    *agenda = (struct agenda){0};
}

static bool before(const struct agenda_place *a, const struct agenda_place *b)
{
    if (a->due_ns != b->due_ns)
        return a->due_ns < b->due_ns;
    return a->order < b->order;
}

void agenda_note(struct agenda *agenda, const struct agenda_item *item)
{
    if (agenda->count == agenda->room)
        grow(agenda, 2 * agenda->room);
    size_t hole = agenda->count++;
    struct agenda_place place = {
        .due_ns = item->due.ns, .order = agenda->noted++, .at = agenda->heap[hole].at};
    agenda->items[place.at] = *item;
    agenda->items[place.at].order = place.order;
    while (hole > 0 && before(&place, &agenda->heap[(hole - 1) / 2])) {
        agenda->heap[hole] = agenda->heap[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    agenda->heap[hole] = place;
}

/* Sinks a place from the root to where it belongs. */
static void sink(struct agenda *agenda, struct agenda_place place)
{
    size_t hole = 0;
    for (;;) {
        size_t child = 2 * hole + 1;
        if (child >= agenda->count)
            break;
        if (child + 1 < agenda->count && before(&agenda->heap[child + 1], &agenda->heap[child]))
            child++;
        if (!before(&agenda->heap[child], &place))
            break;
        agenda->heap[hole] = agenda->heap[child];
        hole = child;
    }
    agenda->heap[hole] = place;
}

bool agenda_take(struct agenda *agenda, struct moment end, struct agenda_item *out)
{
    if (agenda->count == 0 || agenda->heap[0].due_ns > end.ns)
        return false;
    size_t freed = agenda->heap[0].at;
    *out = agenda->items[freed];
    agenda->count--;
    struct agenda_place last = agenda->heap[agenda->count];
    if (agenda->count > 0)
        sink(agenda, last);
    agenda->heap[agenda->count].at = freed;
    return true;
}

#include "sim/agenda.h"

#include "base/assert.h"

#include <stdlib.h>

#define ROOM_FIRST 256

void agenda_open(struct agenda *agenda)
{
    *agenda =
        (struct agenda){.items = malloc(ROOM_FIRST * sizeof *agenda->items), .room = ROOM_FIRST};
    assert(agenda->items);
}

void agenda_close(struct agenda *agenda)
{
    for (size_t i = 0; i < agenda->count; i++)
        free(agenda->items[i].bytes);
    free(agenda->items);
    *agenda = (struct agenda){0};
}

static bool before(const struct agenda_item *a, const struct agenda_item *b)
{
    if (a->due.ns != b->due.ns)
        return a->due.ns < b->due.ns;
    return a->order < b->order;
}

void agenda_note(struct agenda *agenda, struct agenda_item item)
{
    if (agenda->count == agenda->room) {
        agenda->room *= 2;
        agenda->items = realloc(agenda->items, agenda->room * sizeof *agenda->items);
        assert(agenda->items);
    }
    item.order = agenda->noted++;
    size_t at = agenda->count++;
    while (at > 0 && before(&item, &agenda->items[(at - 1) / 2])) {
        agenda->items[at] = agenda->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    agenda->items[at] = item;
}

/* Sinks item from the root to its place. */
static void sink(struct agenda *agenda, const struct agenda_item *item)
{
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= agenda->count)
            break;
        if (child + 1 < agenda->count && before(&agenda->items[child + 1], &agenda->items[child]))
            child++;
        if (!before(&agenda->items[child], item))
            break;
        agenda->items[at] = agenda->items[child];
        at = child;
    }
    agenda->items[at] = *item;
}

bool agenda_take(struct agenda *agenda, struct moment end, struct agenda_item *out)
{
    if (agenda->count == 0 || agenda->items[0].due.ns > end.ns)
        return false;
    *out = agenda->items[0];
    agenda->count--;
    if (agenda->count > 0) {
        struct agenda_item last = agenda->items[agenda->count];
        sink(agenda, &last);
    }
    return true;
}

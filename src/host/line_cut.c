/*
 * Whose answers are lost with a line. An answer comes over the connection that its request went
 * over, or not at all, so a terminal need not wait for its deadline when that is gone.
 */
#include "base/assert.h"
#include "host/link_state.h"

#include <stdlib.h>
#include <string.h>

static size_t place_of(const struct link_askers *askers,
                       const char terminal[static TERMINAL_ID_LEN])
{
    size_t at = 0;

    while (at < askers->count && memcmp(askers->terminals[at], terminal, TERMINAL_ID_LEN) != 0)
        at++;
    return at;
}

void line_cut_asked(struct link *link, const char terminal[static TERMINAL_ID_LEN])
{
    if (link->askers == NULL)
        link->askers = calloc(1, sizeof *link->askers);
    struct link_askers *askers = link->askers;
    if (askers == NULL || askers->count == LINK_ASKERS_MAX ||
        place_of(askers, terminal) < askers->count)
        return;
    memcpy(askers->terminals[askers->count++], terminal, TERMINAL_ID_LEN);
}

void line_cut_answered(struct link *link, const char terminal[static TERMINAL_ID_LEN])
{
    struct link_askers *askers = link->askers;

    if (askers == NULL)
        return;
    size_t at = place_of(askers, terminal);
    if (at < askers->count) {
        askers->count--;
        memmove(askers->terminals[at], askers->terminals[askers->count], TERMINAL_ID_LEN);
    }
    if (askers->count > 0)
        return;
    free(askers);
    link->askers = NULL;
}

/* When the lane is full the terminal's own deadline will tell it. */
void line_cut_tell(struct lane *lane, const char terminal[static TERMINAL_ID_LEN])
{
    struct lane_item *item = lane_item_new(lane);

    if (item == NULL)
        return;
    item->event.kind = EVENT_LINK_DOWN;
    memcpy(item->event.message.identity.terminal, terminal, TERMINAL_ID_LEN);
    lane_push(lane);
}

/* What was asked over a line that another has replaced is left to its deadline: by now the terminal
 * may wait for something that it asked over the other, and that would be given up in its place. */
void line_cut(struct link *link)
{
    if (link->parting_end.ns != 0)
        return;
    for (size_t i = 0; link->askers != NULL && i < link->askers->count; i++)
        line_cut_tell(link->kind.lane, link->askers->terminals[i]);
    free(link->askers);
    link->askers = NULL;
}

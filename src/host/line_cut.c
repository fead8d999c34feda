/* Tells terminals whose answers are lost with a line: node/askers.h. */
#include "host/link_state.h"

#include <stdlib.h>
#include <string.h>

void line_cut_asked(struct link *link, const char terminal[static TERMINAL_ID_LEN])
{
    if (link->askers == NULL)
        link->askers = calloc(1, sizeof *link->askers);
    if (link->askers != NULL)
        askers_add(link->askers, terminal);
}

void line_cut_answered(struct link *link, const char terminal[static TERMINAL_ID_LEN])
{
    if (link->askers == NULL)
        return;
    askers_remove(link->askers, terminal);
    if (link->askers->count > 0)
        return;
    free(link->askers);
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

#include "engine/waiting.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define KEEP_ALIGNMENT 16
#define KEEP_LEN_MAX                                                                               \
    (FRAME_BODY_LEN_MAX + BLOCK_LEN_MAX + sizeof(struct node_command) + 3 * KEEP_ALIGNMENT)
/* A till's command is the longest that many events keep at once. */
#define KEEP_LEN_USUAL (sizeof(struct node_command) + 2 * KEEP_ALIGNMENT)

enum err waiting_init(struct waiting *waiting, size_t slot_count, bool keeps_bytes)
{
    size_t room_len = keeps_bytes ? slot_count * KEEP_LEN_USUAL + 2 * KEEP_LEN_MAX : 0;

    *waiting = (struct waiting){.slot_count = slot_count};
    waiting->room_len = room_len - room_len % KEEP_ALIGNMENT;
    waiting->slots = calloc(slot_count, sizeof *waiting->slots);
    waiting->room = keeps_bytes ? calloc(1, waiting->room_len) : NULL;
    if (waiting->slots != NULL && (!keeps_bytes || waiting->room != NULL))
        return OK;
    waiting_close(waiting);
    return ERR_FULL;
}

void waiting_close(struct waiting *waiting)
{
    waiting_clear(waiting);
    free(waiting->slots);
    free(waiting->room);
    *waiting = (struct waiting){0};
}

struct waiting_slot *waiting_at(const struct waiting *waiting, size_t index)
{
    size_t at = waiting->first + index;

    assert(index < waiting->slot_count);
    return &waiting->slots[at < waiting->slot_count ? at : at - waiting->slot_count];
}

/* Where len contiguous bytes may begin: at the end of what is kept, or at the ring's start. */
static uint64_t begin_for(const struct waiting *waiting, size_t len)
{
    uint64_t at = waiting->kept_end % waiting->room_len;

    return at + len <= waiting->room_len ? waiting->kept_end
                                         : waiting->kept_end - at + waiting->room_len;
}

static bool has_room(const struct waiting *waiting, size_t len)
{
    uint64_t first = waiting->count == 0 ? waiting->kept_end : waiting_at(waiting, 0)->kept_begin;

    return begin_for(waiting, len) + len - first <= waiting->room_len;
}

struct node_event *waiting_push(struct waiting *waiting)
{
    if (waiting->count == waiting->slot_count)
        return NULL;
    if (waiting->room != NULL && !has_room(waiting, KEEP_LEN_MAX))
        return NULL;
    struct waiting_slot *slot = waiting_at(waiting, waiting->count++);
    slot->kept_begin = waiting->kept_end;
    return &slot->event;
}

void *waiting_keep(struct waiting *waiting, size_t len)
{
    size_t whole = (len + KEEP_ALIGNMENT - 1) / KEEP_ALIGNMENT * KEEP_ALIGNMENT;

    assert(waiting->room != NULL);
    assert(waiting->count > 0);
    assert(has_room(waiting, whole));
    uint64_t begin = begin_for(waiting, whole);
    waiting->kept_end = begin + whole;
    return waiting->room + begin % waiting->room_len;
}

static void wipe(struct waiting_slot *slot)
{
    struct node_event *event = &slot->event;

    /* The bytes lie in our own room: const only for those who borrow them. */
    if (event->mab.len > 0)
        bytes_wipe((void *)(uintptr_t)event->mab.at, event->mab.len);
    if (event->message.block.len > 0)
        bytes_wipe((void *)(uintptr_t)event->message.block.at, event->message.block.len);
    if (event->command != NULL)
        bytes_wipe((void *)(uintptr_t)event->command, sizeof *event->command);
    bytes_wipe(event, sizeof *event);
}

void waiting_drop(struct waiting *waiting, size_t count)
{
    size_t kept = count; /* slots from here on, below count, hold events that stay */

    assert(count <= waiting->count);
    for (size_t i = count; i > 0; i--) {
        struct waiting_slot *slot = waiting_at(waiting, i - 1);
        if (!slot->stays) {
            wipe(slot);
            continue;
        }
        slot->stays = false;
        kept--;
        if (kept == i - 1)
            continue;
        *waiting_at(waiting, kept) = *slot;
        bytes_wipe(&slot->event, sizeof slot->event);
    }
    waiting->first = (waiting->first + kept) % waiting->slot_count;
    waiting->count -= kept;
    if (waiting->count > 0)
        return;
    waiting->first = 0; /* what lies in the processor's cache is used again */
    waiting->kept_end = 0;
}

void waiting_clear(struct waiting *waiting)
{
    for (size_t i = 0; i < waiting->count; i++)
        waiting_at(waiting, i)->stays = false;
    if (waiting->count > 0)
        waiting_drop(waiting, waiting->count);
}

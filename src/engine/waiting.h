/*
 * Events waiting to be taken into a batch: a ring of slots, and a ring of bytes beside it for what
 * an event keeps of its message or command. All room is allocated by waiting_init; slots and bytes
 * are wiped when their event is done, so a free slot is all zeros.
 *
 * A batch is the first events of the ring. They stay in their slots until the batch is done, and
 * those that must wait for the next batch stay in front, in their order.
 */
#ifndef ENGINE_WAITING_H
#define ENGINE_WAITING_H

#include "node/node.h"

struct waiting_slot {
    struct node_event event;
    uint64_t kept_begin; /* of its bytes, counted from the start of time */
    bool stays;          /* used by waiting_drop's caller: goes to the next batch */
    bool is_held;        /* it failed alone, and sits out until another batch has been written */
};

struct waiting {
    struct waiting_slot *slots;
    size_t slot_count;
    size_t first;
    size_t count;
    uint8_t *room;
    size_t room_len;
    uint64_t kept_end; /* where the next bytes go; position is this modulo room_len */
};

/* Allocates. With keeps_bytes false, waiting_keep may not be called. */
MUST_USE enum err waiting_init(struct waiting *waiting, size_t slot_count, bool keeps_bytes);
void waiting_close(struct waiting *waiting);

/* Wipes all that waits. The ring stays and is empty. */
void waiting_clear(struct waiting *waiting);

/* A zeroed slot at the end, with room for the longest message, its block and a command; NULL when
 * full. */
struct node_event *waiting_push(struct waiting *waiting);

/* Room for len bytes, aligned for any struct, that the newest event keeps. */
void *waiting_keep(struct waiting *waiting, size_t len);

struct waiting_slot *waiting_at(const struct waiting *waiting, size_t index);

/* Ends the first count events: those marked stays remain, unmarked, as the first of the ring;
 * the others are wiped. */
void waiting_drop(struct waiting *waiting, size_t count);

#endif

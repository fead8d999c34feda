/*
 * A bounded queue of fixed-size slots between exactly one producing and one consuming thread.
 * Nothing waits inside: a full ring says so, and the producer sheds its load.
 */
#ifndef HOST_RING_H
#define HOST_RING_H

#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
    uint8_t *slots;
    size_t slot_len;
    size_t slot_count; /* a power of two */
    _Alignas(64) _Atomic size_t written;
    _Alignas(64) _Atomic size_t taken;
};

/* Allocates slot_count slots (rounded up to a power of two) of slot_len bytes. */
MUST_USE enum err ring_init(struct ring *ring, size_t slot_len, size_t slot_count);
void ring_release(struct ring *ring);

/* Producer: the next free slot, not zeroed, or NULL when full; then ring_push makes it visible. */
void *ring_slot(struct ring *ring);
void ring_push(struct ring *ring);

/* Consumer: the oldest slot, or NULL when empty; then ring_pop gives it back. */
void *ring_front(struct ring *ring);
void ring_pop(struct ring *ring);

/* Slots free at this moment; exact only for the producer. */
size_t ring_room(struct ring *ring);

#endif

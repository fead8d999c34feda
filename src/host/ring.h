/*
 * A bounded queue of fixed-size slots between exactly one producing and one consuming thread.
 * Nothing waits inside: a full ring says so, and the producer sheds its load.
 *
 * What goes around are the numbers of slots. A slot that comes back is the first to be used again,
 * so that as many lie in the processor's cache as are under way at once, and no more memory is
 * touched than the fullest moment needed.
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
    uint32_t *pushed;  /* slots on their way to the consumer, by position */
    uint32_t *popped;  /* slots on their way back, by position */
    uint32_t *free;    /* producer's: slots that are back, the last one first to be used */
    size_t free_count;
    size_t fresh; /* producer's: slots from here on were never used */
    size_t taken_back;
    _Alignas(64) _Atomic size_t written;
    _Alignas(64) _Atomic size_t taken;
};

/* Allocates slot_count slots (rounded up to a power of two) of slot_len bytes. */
MUST_USE enum err ring_init(struct ring *ring, size_t slot_len, size_t slot_count);
/* Wipes and frees the slots; a ring of zeros has none. */
void ring_release(struct ring *ring);

/* Producer: a free slot, not zeroed, the same until it is pushed, or NULL when full; then ring_push
 * makes it visible. */
void *ring_slot(struct ring *ring);
void ring_push(struct ring *ring);

/* Consumer: the oldest slot, or NULL when empty; then ring_pop gives it back. */
void *ring_front(struct ring *ring);
void ring_pop(struct ring *ring);

/* Slots free at this moment; exact only for the producer. */
size_t ring_room(struct ring *ring);

#endif

#include "host/ring.h"

#include "base/assert.h"
#include "base/bytes.h"

#include <stdlib.h>

enum err ring_init(struct ring *ring, size_t slot_len, size_t slot_count)
{
    size_t count = 1;

    while (count < slot_count)
        count *= 2;
    ring->slots = calloc(count, slot_len);
    if (ring->slots == NULL)
        return ERR_FULL;
    ring->slot_len = slot_len;
    ring->slot_count = count;
    atomic_init(&ring->written, 0);
    atomic_init(&ring->taken, 0);
    return OK;
}

void ring_release(struct ring *ring)
{
    if (ring->slots != NULL)
        bytes_wipe(ring->slots, ring->slot_len * ring->slot_count);
    free(ring->slots);
    ring->slots = NULL;
}

static void *slot_at(struct ring *ring, size_t index)
{
    return ring->slots + (index & (ring->slot_count - 1)) * ring->slot_len;
}

void *ring_slot(struct ring *ring)
{
    return ring_room(ring) == 0
               ? NULL
               : slot_at(ring, atomic_load_explicit(&ring->written, memory_order_relaxed));
}

void ring_push(struct ring *ring)
{
    size_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);

    assert(ring_room(ring) > 0);
    atomic_store_explicit(&ring->written, written + 1, memory_order_seq_cst);
}

void *ring_front(struct ring *ring)
{
    size_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);

    if (taken == atomic_load_explicit(&ring->written, memory_order_seq_cst))
        return NULL;
    return slot_at(ring, taken);
}

void ring_pop(struct ring *ring)
{
    size_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);

    assert(taken != atomic_load_explicit(&ring->written, memory_order_acquire));
    atomic_store_explicit(&ring->taken, taken + 1, memory_order_release);
}

size_t ring_room(struct ring *ring)
{
    size_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    size_t taken = atomic_load_explicit(&ring->taken, memory_order_acquire);

    assert(written - taken <= ring->slot_count);
    return ring->slot_count - (written - taken);
}

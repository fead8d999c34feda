#include "host/ring.h"

#include "base/assert.h"
#include "base/bytes.h"

#include <stdlib.h>

enum err ring_init(struct ring *ring, size_t slot_len, size_t slot_count)
{
    size_t count = 1;

    while (count < slot_count)
        count *= 2;
    *ring = (struct ring){.slot_len = slot_len, .slot_count = count};
    ring->slots = calloc(count, slot_len);
    ring->pushed = calloc(3 * count, sizeof *ring->pushed);
    if (ring->slots == NULL || ring->pushed == NULL) {
        ring_release(ring);
        return ERR_FULL;
    }
    ring->popped = ring->pushed + count;
    ring->free = ring->popped + count;
    atomic_init(&ring->written, 0);
    atomic_init(&ring->taken, 0);
    return OK;
}

void ring_release(struct ring *ring)
{
    if (ring->slots != NULL)
        bytes_wipe(ring->slots, ring->slot_len * ring->fresh);
    free(ring->slots);
    free(ring->pushed);
    ring->slots = NULL;
    ring->pushed = NULL;
}

static size_t at(const struct ring *ring, size_t position)
{
    return position & (ring->slot_count - 1);
}

/* Slots that the consumer gave back become free. */
static void take_back(struct ring *ring)
{
    size_t taken = atomic_load_explicit(&ring->taken, memory_order_acquire);

    for (; ring->taken_back != taken; ring->taken_back++)
        ring->free[ring->free_count++] = ring->popped[at(ring, ring->taken_back)];
    assert(ring->free_count <= ring->fresh);
}

void *ring_slot(struct ring *ring)
{
    take_back(ring);
    if (ring->free_count == 0 && ring->fresh == ring->slot_count)
        return NULL;
    if (ring->free_count == 0)
        ring->free[ring->free_count++] = (uint32_t)ring->fresh++;
    return ring->slots + ring->free[ring->free_count - 1] * ring->slot_len;
}

void ring_push(struct ring *ring)
{
    size_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);

    assert(ring->free_count > 0);
    ring->pushed[at(ring, written)] = ring->free[--ring->free_count];
    atomic_store_explicit(&ring->written, written + 1, memory_order_seq_cst);
}

void *ring_front(struct ring *ring)
{
    size_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);

    if (taken == atomic_load_explicit(&ring->written, memory_order_seq_cst))
        return NULL;
    return ring->slots + ring->pushed[at(ring, taken)] * ring->slot_len;
}

void ring_pop(struct ring *ring)
{
    size_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);

    assert(taken != atomic_load_explicit(&ring->written, memory_order_acquire));
    ring->popped[at(ring, taken)] = ring->pushed[at(ring, taken)];
    atomic_store_explicit(&ring->taken, taken + 1, memory_order_release);
}

size_t ring_room(struct ring *ring)
{
    size_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    size_t taken = atomic_load_explicit(&ring->taken, memory_order_acquire);

    assert(written - taken <= ring->slot_count);
    return ring->slot_count - (written - taken);
}

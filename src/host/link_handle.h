/*
 * What names a link in events, rows and messages: 64 bits that are never used again in this run
 * and mean nothing in another.
 *
 *     63..60 profile number, 59..40 run, 39..20 generation of the slot, 19..0 slot + 1
 *
 * 0 is NODE_LINE: a terminal's own line, which the host finds by the terminal's number.
 */
#ifndef HOST_LINK_HANDLE_H
#define HOST_LINK_HANDLE_H

#include <stddef.h>
#include <stdint.h>

#define LINK_SLOTS_MAX 0xFFFFF

static inline uint64_t link_handle_of(size_t profile, uint32_t run, uint32_t generation,
                                      size_t slot)
{
    return (uint64_t)profile << 60 | (uint64_t)(run & 0xFFFFF) << 40 |
           (uint64_t)(generation & 0xFFFFF) << 20 | (uint64_t)(slot + 1);
}

static inline size_t link_handle_profile(uint64_t handle)
{
    return (size_t)(handle >> 60);
}

/* The slot; SIZE_MAX for NODE_LINE. */
static inline size_t link_handle_slot(uint64_t handle)
{
    return (size_t)(handle & 0xFFFFF) - 1;
}

#endif

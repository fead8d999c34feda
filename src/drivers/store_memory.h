/*
 * A store in memory: for the simulator, unit tests and the virtual terminals of a load test.
 *
 * What was committed outlives the store that is attached to it, as a disk outlives a process: to
 * crash is to attach again. Faults can be planted: the n-th call of a kind gives a chosen result.
 * Same calls, same answers: nothing depends on time or addresses.
 */
#ifndef DRIVERS_STORE_MEMORY_H
#define DRIVERS_STORE_MEMORY_H

#include "books/store.h"

enum store_call {
    STORE_CALL_LOAD,
    STORE_CALL_COMMIT,
    STORE_CALL_SCAN,
    STORE_CALL_READ,
    STORE_CALL_COUNT
};

struct store_memory_options {
    uint16_t node;
    size_t journal_keep; /* at least so many newest records are kept; 0: all */
};

struct store_memory_fault {
    enum store_call call;
    uint64_t nth; /* 1: the next call of this kind; 0: no fault */
    bool always;  /* that call and all after it */
    enum store_result result;
    bool applies; /* a commit that is in doubt: it was written all the same */
};

struct store_memory;

MUST_USE enum err store_memory_new(const struct store_memory_options *options,
                                   struct store_memory **out);
void store_memory_free(struct store_memory *memory);

/* A new process opens what is there: the epoch rises, planted faults are forgotten. Stores that
 * were attached before answer STORE_FATAL from now on. memory outlives the store. */
MUST_USE enum err store_memory_attach(struct store_memory *memory, struct store *out);

/* A store with a memory of its own, which goes when the store is closed. */
MUST_USE enum err store_memory_open(const struct store_memory_options *options, struct store *out);

/* Plants a fault; one for each kind of call. */
void store_memory_fail(struct store_memory *memory, const struct store_memory_fault *fault);

size_t store_memory_row_count(const struct store_memory *memory);

#endif

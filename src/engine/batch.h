/*
 * The inside of an engine: the batch at work, and what the stages pass on. Each stage is one file:
 *
 *     batch.c  receive   which events; retry, split, give up; what is wiped at the end
 *     round.c  load, check
 *     step.c   decide    the steps, and the journal record of each
 *     commit.c record    the commit
 *     send.c   send      seals, and everything that leaves
 *
 * Invariant: all rows of a batch are loaded before the first step, at version 0; only steps change
 * them. So a fact holds while the version of the row that it rests on is the one it was asked at.
 */
#ifndef ENGINE_BATCH_H
#define ENGINE_BATCH_H

#include "engine/engine.h"
#include "engine/outage.h"
#include "engine/row_map.h"
#include "engine/waiting.h"

#define BATCH_RETRIES_MAX 5
#define BATCH_CHECKS_MAX (BATCH_EVENTS_MAX * CHECKS_MAX)
#define LOAD_ROWS_MAX 512  /* rows that one call loads: more would leave the processor's cache */
#define SEAL_SENDS_MAX 128 /* messages that are sealed together */
/* Room for the records of a batch: usual ones take a twentieth of the longest. */
#define RECORD_ROOM_LEN (32 * JOURNAL_RECORD_LEN_MAX)

struct batch_event {
    struct node_work work;
    bool is_asking;    /* load and check go on for it */
    bool has_asked;    /* it asked for rows in this round */
    bool is_deferred;  /* not decided in this batch */
    bool is_held;      /* given up in this batch, but kept: it sits out the next */
    uint64_t sequence; /* of its record; 0: none */
};

struct batch {
    struct waiting *from; /* the batch is its first events */
    size_t taken;         /* events whose work was begun */
    size_t count;         /* events up to which the steps came: taken, less when records are many */
    size_t limit;         /* events to take at most; falls when a commit keeps failing */
    uint32_t retries;
    uint32_t rounds;
    bool is_asking;             /* some event asked something new in this round */
    bool is_given_up;           /* the store could not take it: nothing of it is sent */
    bool is_stalled;            /* only what a full store must not lose waits: for a new event */
    enum outcome why;           /* of a batch that is given up: what the alarm says */
    struct batch_event *events; /* BATCH_EVENTS_MAX */
    struct row_map rows;
};

/* What waits to be asked of the HSM together, and where each answer goes. */
struct questions {
    size_t count;
    struct hsm_command *commands; /* BATCH_CHECKS_MAX */
    struct hsm_answer *answers;
    struct node_fact **facts;
};

struct sealing {
    struct node_send *send;
    const struct txn_profile *profile;
    struct txn_encoded encoded;
    size_t offset; /* of its body in the room for bodies */
    bool is_lost;
};

struct engine {
    struct engine_setup setup;
    enum engine_stage stage;
    struct engine_counters counters;
    struct waiting waiting;
    struct waiting recovery; /* taken before waiting */
    struct node_event recovery_model;
    struct row_key *recovery_keys;
    size_t recovery_count;
    size_t recovery_next;
    struct batch batch;
    struct questions questions;
    struct store_row *loading;       /* LOAD_ROWS_MAX */
    struct store_row **load_list;    /* to each of loading */
    struct store_head head;          /* of what is durable */
    uint8_t chain[JOURNAL_HASH_LEN]; /* hash of the newest record, durable or not */
    struct journal_record record;
    struct store_record *records; /* BATCH_EVENTS_MAX */
    size_t record_count;
    uint8_t *record_room; /* RECORD_ROOM_LEN */
    size_t record_room_used;
    struct store_change *changes; /* ROW_MAP_ROWS_MAX */
    struct sealing *sealings;     /* SEAL_SENDS_MAX */
    uint8_t *bodies;              /* SEAL_SENDS_MAX bodies */
    struct outage full;           /* batches given up for want of room ... */
    struct outage alone;          /* ... or of the standby; */
    struct outage poisoned;       /* events that no commit takes */
};

/* Takes waiting events into a batch; false when there are none, or none that may be tried yet. */
bool batch_take(struct engine *engine);

/* The batch's rows and answers are void: it starts again, smaller or given up, as the result and
 * the retries so far demand. Returns the stage that the engine is in then. */
enum engine_stage batch_failed(struct engine *engine, enum store_result result);

/* Whether an event tells of the world and not of a wish: it comes once, and nobody repeats it. */
bool batch_must_keep(const struct node_event *event);

/* Wipes what the batch used and lets go of its events, but for the deferred ones. */
void batch_end(struct engine *engine);

/* The stages. Those that use the store return its result. */
enum store_result round_load(struct engine *engine);
void round_check(struct engine *engine);
bool round_is_last(const struct engine *engine);
enum store_result step_all(struct engine *engine);
enum store_result commit_batch(struct engine *engine);
void send_all(struct engine *engine);

/* The next recovery events into their queue. */
void batch_fill_recovery(struct engine *engine);

#endif

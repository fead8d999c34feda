/*
 * The six stages that every event of every party goes through, over contracts for the store, the
 * HSM and the network:
 *
 *     receive -> load -> check -> decide -> record -> send
 *
 * Events that arrive together are taken together: one load, one commit for all. The host and the
 * simulator drive this same engine; a crash is to stop calling it between two stages and to open a
 * new one over what the store holds.
 *
 * One thread uses an engine. After engine_open it allocates nothing. A batch whose commit says
 * RETRY runs again from its events; an event that keeps failing is isolated by splitting the batch.
 * An event whose facts rest on a row that an earlier event of the batch changed goes to the next
 * batch. Nothing leaves before its record is durable.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "books/store.h"
#include "hsm/command.h"
#include "node/node.h"
#include "txn/profile.h"

enum engine_stage {
    ENGINE_IDLE,    /* no batch; events may be waiting */
    ENGINE_RECEIVE, /* a batch was taken from the waiting events */
    ENGINE_LOAD,    /* the rows of this round are loaded */
    ENGINE_CHECK,   /* the questions of this round are answered; more rounds may follow */
    ENGINE_DECIDE,  /* all steps have run */
    ENGINE_RECORD,  /* the commit has returned OK, or the batch was given up: nothing is sent */
    ENGINE_SEND,    /* everything has left; the batch is done */
    ENGINE_STOPPED, /* the store is in doubt or lost: open a new engine over it */
    ENGINE_STAGE_COUNT
};

#define ENGINE_NEVER_NS INT64_MAX

/* Where effects go. Calls come only in ENGINE_SEND, on the engine's thread, in order. */
struct engine_net {
    void *self;
    /* How messages on this link are written; NULL when the link is gone. For NODE_LINE, message
     * says which terminal. */
    const struct txn_profile *(*profile)(void *self, uint64_t link,
                                         const struct txn_message *message);
    /* Sends a sealed body (without its length bytes); borrowed for the call. */
    void (*send)(void *self, uint64_t link, const struct txn_message *message, struct bytes body);
    /* EVENT_TIMER with key is wanted at due; the same key again moves it, and ENGINE_NEVER_NS
     * takes it back. */
    void (*arm)(void *self, const struct row_key *key, struct moment due);
    void (*show)(void *self, const struct node_display *display);
    /* A record that a person should look at. WHAT_NONE: no record, a batch was given up, and
     * sequence is how many since this was last said; it is said ever less often (outage.h). */
    void (*alarm)(void *self, uint64_t sequence, enum journal_what what, enum outcome outcome);
    /* Whether EVENT_TIMER is wanted with this key: engine_take_over asks. NULL: the store is not
     * shared. */
    bool (*is_armed)(void *self, const struct row_key *key);
};

struct engine_counters {
    uint64_t events;
    uint64_t batches;
    uint64_t commits;
    uint64_t records;
    uint64_t retries;
    uint64_t deferred;     /* to the next batch: a fact rested on a changed row */
    uint64_t poisoned;     /* given up after isolation */
    uint64_t full;         /* refused for want of room in the store */
    uint64_t seals_failed; /* messages lost because they could not be built or sealed */
    uint64_t row_damage;   /* stored rows of a wrong size */
};

struct engine;

/* What an engine needs to exist. All pointers must outlive it. */
struct engine_setup {
    const struct node_party *party;
    struct store *store;
    const struct hsm *hsm;
    struct engine_net net;
    size_t waiting_max; /* events that may wait, at least BATCH_EVENTS_MAX */
};

/* Allocates the engine and reads the journal's head. */
MUST_USE enum err engine_open(const struct engine_setup *setup, struct engine **out);
void engine_close(struct engine *engine);

/* As engine_close and engine_open, but over the memory that it has, which takes a hundredth of the
 * time: for simulated crashes. setup's waiting_max is as before. */
void engine_reopen(struct engine *engine, const struct engine_setup *setup);

/* Queues EVENT_START and one EVENT_RECOVER for each row of TABLE_PENDING, with the times and
 * entropy of *model. To be called once, before any other event. */
MUST_USE enum err engine_recover(struct engine *engine, const struct node_event *model);

/* Queues EVENT_RECOVER for the rows of TABLE_PENDING that are this node's now, but for those that
 * name it and have a deadline here, or an EVENT_TIMER that waits: what it has taken over. Between
 * two batches. *count says how many. */
MUST_USE enum err engine_take_over(struct engine *engine, const struct node_event *model,
                                   size_t *count);

/* A zeroed event to fill, already queued; NULL when waiting_max are waiting or what they keep takes
 * all room (shed the load). `mab`, `message.block` and `command` are copied at once by
 * engine_event_mab, engine_event_block and engine_event_command; the engine sets `node`, and
 * `sequence` just before the step. */
struct node_event *engine_event_new(struct engine *engine);

/* Keeps a copy of the bytes that the MAC covers with the newest event. */
void engine_event_mab(struct engine *engine, struct node_event *event, struct bytes mab);
/* Keeps a copy of the block that the newest event's message borrows, and lets it borrow that. */
void engine_event_block(struct engine *engine, struct node_event *event);
/* Keeps a copy of the command with the newest event. */
void engine_event_command(struct engine *engine, struct node_event *event,
                          const struct node_command *command);

size_t engine_waiting(const struct engine *engine);

/* Does the next stage of the current batch, or takes a new batch. Returns the stage reached;
 * ENGINE_IDLE when there is nothing to do. */
enum engine_stage engine_advance(struct engine *engine);

/* Advances until there is nothing to do: ENGINE_IDLE or ENGINE_STOPPED. */
enum engine_stage engine_run(struct engine *engine);

/* The index-th event of the batch at work, NULL past the last: for those who look on between two
 * stages. */
const struct node_event *engine_batch_event(const struct engine *engine, size_t index);

const struct engine_counters *engine_counters(const struct engine *engine);
/* The number of the last durable journal record. */
uint64_t engine_sequence(const struct engine *engine);

#endif

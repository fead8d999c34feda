/*
 * One deciding thread of one party: takes events from a bounded queue, fires deadlines, drives the
 * engine, and hands what leaves to the link thread through another bounded queue.
 *
 * The link thread is the only producer of the inbound queue and the only consumer of the outbound
 * one. Nothing leaves before its record is durable, because the engine sends only then. When the
 * store is in doubt the lane stops the process: a restart answers from what recovery finds.
 */
#ifndef HOST_LANE_H
#define HOST_LANE_H

#include "engine/engine.h"

#define LANE_QUEUE_SLOTS 1024 /* four full batches; beyond it new requests are shed */

struct lane;

/* Work that must run between two batches on the lane's thread: reading the store for people. done
 * runs later on the link thread. */
struct lane_job {
    void (*run)(struct lane *lane, void *context);
    void (*done)(void *context);
    void *context;
};

enum lane_item_kind { LANE_EVENT, LANE_JOB, LANE_STOP };

struct lane_item {
    enum lane_item_kind kind;
    struct node_event event;
    uint16_t mab_len;
    bool has_command;
    struct lane_job job;
    uint8_t mab[FRAME_BODY_LEN_MAX];
    uint8_t block[BLOCK_LEN_MAX]; /* what event.message.block borrows */
    struct node_command command;
};

enum lane_out_kind { LANE_OUT_MESSAGE, LANE_OUT_DISPLAY, LANE_OUT_DONE, LANE_OUT_STOPPED };

struct lane_out {
    enum lane_out_kind kind;
    uint64_t link;
    char terminal[TERMINAL_ID_LEN]; /* for NODE_LINE: whose line */
    bool is_request;                /* an answer should come back over the same link */
    struct node_display display;
    struct lane_job job;
    uint16_t body_len;
    uint8_t body[FRAME_BODY_LEN_MAX];
};

struct lane_setup {
    const char *name; /* "acquirer", for messages and thread names */
    const struct node_party *party;
    struct store *store;
    const struct hsm *hsm;
    /* By the profile number in a link's handle (link_profile_of); NODE_LINE is number 0. */
    const struct txn_profile *const *profiles;
    size_t profile_count;
    /* Wakes the link thread; called on the lane's thread. */
    void (*wake)(void *context);
    void *wake_context;
};

/* Opens the engine, queues recovery and starts the thread. */
MUST_USE enum err lane_start(const struct lane_setup *setup, struct lane **out);

/* ---- link thread ---- */

/* A free item to fill, or NULL when the lane is full. kind, wall, now and entropy are set. */
struct lane_item *lane_item_new(struct lane *lane);
/* Wipes the message of an item, with what it borrows. */
void lane_item_wipe(struct lane_item *item);
void lane_push(struct lane *lane);

/* The oldest thing that leaves, or NULL. */
struct lane_out *lane_out_front(struct lane *lane);
void lane_out_pop(struct lane *lane);

/* Runs a job between batches. false when the lane is full. */
bool lane_run(struct lane *lane, const struct lane_job *job);

/* The nodes of a shared store as this lane saw them last, at most a second ago unless its store is
 * slow; 0: no other process shares it, or it was not looked at yet. *as_of says when. */
size_t lane_nodes(struct lane *lane, struct store_node out[static STORE_NODES_MAX],
                  struct moment *as_of);

/* Items that may still be taken in. */
size_t lane_room(struct lane *lane);

/* Asks the lane to end after everything that was pushed. False when it is full: ask again after
 * taking what it puts out. */
bool lane_finish(struct lane *lane);
/* It has ended: by lane_finish, or because its store failed. What it put out may still be taken. */
bool lane_is_finished(struct lane *lane);

/* Lets everything that was pushed finish, then ends the thread and closes engine and store. What
 * the lane still puts out is dropped: links_finish first takes it to the links. */
void lane_stop(struct lane *lane);

/* ---- inside jobs ---- */

/* Queues a command as the first event of the next batch: what the job has read of the store is
 * still true when the command's step runs. The ticket gets the display. A job may queue up to
 * BATCH_EVENTS_MAX commands; false when there is no room. */
MUST_USE bool lane_submit(struct lane *lane, uint64_t ticket, const struct node_command *command);

struct store *lane_store(struct lane *lane);
const char *lane_name(const struct lane *lane);

#endif

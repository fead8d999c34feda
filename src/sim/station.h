/*
 * A party in the simulated world: the real engine over a disk that survives, driven stage by
 * stage, with a clock of its own that may be wrong. It crashes between any two stages and comes
 * back from what its disk holds.
 */
#ifndef SIM_STATION_H
#define SIM_STATION_H

#include "lab/lab_party.h"
#include "sim/canary/canary.h"
#include "sim/drive.h"
#include "sim/flaky_hsm.h"
#include "sim/tally.h"

struct universe;

struct station_deadline {
    struct row_key key;
    uint64_t generation;
};

struct station {
    struct universe *universe;
    uint32_t index;
    enum sim_party role;
    char name[16];
    struct lab_target target;
    struct drive drive;
    bool loses_power;  /* when it crashes */
    struct store disk; /* what its process has open of it */
    struct flaky_hsm flaky;
    struct canary canary; /* between disk and engine, hsm and engine */
    struct lab_party at;
    bool is_up;
    enum engine_stage stage;   /* that its engine has reached */
    bool is_moving;            /* its next stage is on the agenda */
    uint32_t ops;              /* of its batch: bits (1 << enum sim_op) */
    bool is_kept;              /* by a commit that nobody knows of */
    uint64_t run;              /* counts starts */
    bool is_shut_out;          /* of a shared store: the other node has swept what it left */
    bool stays_away;           /* for long, when it crashes */
    struct moment hangs_until; /* or it does nothing for as long */
    int64_t skew_us;
    enum platter_place aim;      /* where this run dies in its store, on SQLite */
    struct moment jumped;        /* when its clock last did; 0: never */
    int64_t delay_us;            /* that its next stage is late: a slow disk or HSM */
    struct moment flooded_until; /* it sheds what it is asked for */
    uint64_t records;            /* of its journal, written into the chronicle */
    uint64_t given_up;           /* events dropped: the store was full, or the event kept failing */
    size_t deadline_count;
    size_t deadline_room;
    struct station_deadline *deadlines;
    uint64_t deadlines_set;
};

struct station_plan {
    uint32_t index;
    enum sim_party role;
    const char *name;
    struct lab_target target;
    const struct hsm *hsm;
};

/* Makes the disk and gives the party its rows. */
MUST_USE enum err station_open(struct station *station, struct universe *universe,
                               const struct station_plan *plan);
void station_close(struct station *station);

/* An empty event with this station's times. */
struct node_event station_model(struct station *station);

/* Starts the engine over what the disk holds. */
MUST_USE enum err station_start(struct station *station);

/* Ends the engine as it stands; the disk stays. */
void station_crash(struct station *station, const char *why);

/* Takes over the counters of the present engine, before it ends. */
void station_count(struct station *station);

/* A new event with this station's times, or NULL when its engine is down or full. Call
 * station_wake when it is filled. */
struct node_event *station_event(struct station *station);
void station_wake(struct station *station);

/* Its next stage comes late by something; its clock jumps by an hour, or back to the right time. */
void station_delay(struct station *station);
void station_jump(struct station *station);

/* Does the next stage, with whatever goes wrong at it. */
MUST_USE enum err station_advance(struct station *station);

/* A deadline of the agenda is due: an event, unless it was moved or belongs to an earlier run. */
void station_timer(struct station *station, const struct row_key *key, uint64_t generation);

#endif

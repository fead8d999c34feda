/*
 * When a kept line goes by its primary way, when by its backup, and when it changes.
 *
 * A line is one link to a party that can be reached by one way or two. This is the decision alone:
 * whoever owns the connections tells what has happened to them, and carries out the orders that
 * changeover_next gives, one by one, until it has none; then nothing is decided before
 * changeover_wake. The host's keepers (host/keeper.c) and the simulated world's (sim/lines.c) do
 * that.
 *
 *     the link:   pause --over: CONNECT--> connecting --changeover_connected--> up
 *                   ^                        | refused, too late: CLOSE          |
 *                   +------------------------+------------------ changeover_lost-+
 *
 *     the trial:  none --suspect, or on the backup: CONNECT--> connecting --> ready --PROMOTE-+
 *                   ^                                            |              |             |
 *                   +---- refused, too late, silent, not wanted any more: CLOSE +    it is the link
 *
 * What fails is tried by the other way at once, then with growing pauses. A link that does not
 * answer is suspect, and counts as down for what would be sent now: a second connection beside it,
 * the trial, takes its place once it has proved itself by an answer, so that a change for the worse
 * is never made. On the backup a trial of the primary goes on, and we go home when it has held.
 *
 * A link whose place was taken parts: nothing is sent over it any more, but answers to what was
 * asked over it may still come. It is the owner's, and its end is no news here.
 */
#ifndef NODE_CHANGEOVER_H
#define NODE_CHANGEOVER_H

#include "base/instant.h"
#include "node/node.h"

#define CHANGEOVER_NEVER_NS INT64_MAX

struct changeover_rules {
    uint8_t way_count; /* 1 or 2 */
    bool has_test;     /* something can be asked that whoever stands at the other end must answer */
    uint32_t silence_ms;      /* of it without an answer is suspect, half of it tested; 0: never */
    uint32_t connect_wait_ms; /* a connection must be there by then */
    uint32_t retry_first_ms;  /* the pauses between tries, doubled up to the most */
    uint32_t retry_max_ms;    /* also between trials; a link that held for longer is forgiven */
    uint32_t hold_ms;         /* the primary must hold so long before it is used again */
};

/* The connections of a line. */
enum changeover_side { CHANGEOVER_LINK, CHANGEOVER_TRIAL, CHANGEOVER_SIDES };

enum changeover_state { CHANGEOVER_NONE, CHANGEOVER_CONNECTING, CHANGEOVER_READY };

struct changeover_end {
    enum changeover_state state;
    uint8_t way;          /* 0: primary, 1: backup; of a link that is not there: to be tried next */
    bool is_heard;        /* something has come over it */
    struct moment since;  /* it connects, or is ready */
    struct moment asked;  /* when a request left that nothing has come back for */
    struct moment tested; /* the same of a test */
};

struct changeover {
    struct changeover_rules rules;
    struct changeover_end ends[CHANGEOVER_SIDES];
    struct moment pause_end;  /* the link is tried again */
    struct moment trial_next; /* no trial before */
    struct moment turned;     /* up since then, the way that it goes; or down */
    uint32_t pause_ms;
    uint32_t misses; /* ways that have failed in a row */
};

enum changeover_act {
    CHANGEOVER_CONNECT, /* the side by the way; told by changeover_connected or _lost */
    CHANGEOVER_CLOSE,   /* the side; told by changeover_lost */
    CHANGEOVER_TEST,    /* ask the test over the side */
    CHANGEOVER_PROMOTE, /* the trial's connection is the link's from now on; what that had parts */
};

struct changeover_order {
    enum changeover_act act;
    enum changeover_side side;
    uint8_t way;
};

/* A line that has no connection yet. */
void changeover_init(struct changeover *changeover, const struct changeover_rules *rules,
                     struct moment now);

/* A side's connection is there: it may be written to. */
void changeover_connected(struct changeover *changeover, enum changeover_side side,
                          struct moment now);
/* It is gone, or was not to be had. chance spreads those who try again. */
void changeover_lost(struct changeover *changeover, enum changeover_side side, struct moment now,
                     uint64_t chance);
/* A request has left over the link; true when that is what is waited for now. */
bool changeover_asked(struct changeover *changeover, struct moment now);
/* Something has come over a side. */
void changeover_heard(struct changeover *changeover, enum changeover_side side);

/* What to do now; false: nothing. It is taken as begun. */
bool changeover_next(struct changeover *changeover, struct moment now,
                     struct changeover_order *out);
/* When there may be something to do unless something happens before; CHANGEOVER_NEVER_NS: never.
 * Asked after changeover_next has said false. */
struct moment changeover_wake(const struct changeover *changeover);

/* Whether the link is there; whether it is there and has been silent for too long. */
bool changeover_is_up(const struct changeover *changeover);
bool changeover_is_suspect(const struct changeover *changeover, struct moment now);
/* How what is sent now would leave; WAY_NONE when it had no chance of an answer. */
enum line_way changeover_way(const struct changeover *changeover, struct moment now);
/* Since when that is so. */
struct moment changeover_since(const struct changeover *changeover, struct moment now);

#endif

/*
 * What is going to happen, in order of virtual time; what is due at the same time happens in the
 * order it was noted, so that a seed has one history only. What moves about when something is noted
 * or taken are places alone: the items lie still.
 *
 * An item owns its bytes until it is taken; then the taker frees them.
 */
#ifndef SIM_AGENDA_H
#define SIM_AGENDA_H

#include "base/bytes.h"
#include "base/instant.h"
#include "books/row.h"

enum agenda_kind {
    AGENDA_ADVANCE, /* a station's engine does its next stage */
    AGENDA_RESTART, /* a crashed station comes back */
    AGENDA_TIMER,   /* a deadline of a station */
    AGENDA_ARRIVE,  /* bytes reach the end of a wire */
    AGENDA_CONNECT, /* a wire tries to come up */
    AGENDA_BREAK,   /* a wire goes down */
    AGENDA_MEND,    /* one direction of a wire no longer loses all */
    AGENDA_LINE,    /* a line with a backup looks what to do */
    AGENDA_TEND,    /* a node of a shared store looks for the others */
    AGENDA_SHOP,    /* something happens at a till */
    AGENDA_POWER,   /* a station's plug is pulled */
    AGENDA_REST,    /* the banks close their lines until dawn */
    AGENDA_KIND_COUNT
};

struct agenda_item {
    struct moment due;
    uint64_t order;
    enum agenda_kind kind;
    uint32_t subject;   /* station, wire, line or till */
    uint32_t direction; /* of a wire */
    uint64_t
        generation; /* of the run, connection or deadline it belongs to: stale ones are dropped */
    struct row_key key; /* AGENDA_TIMER */
    uint8_t *bytes;     /* AGENDA_ARRIVE */
    size_t len;
};

/* Where an item lies, and what it is ordered by. */
struct agenda_place {
    int64_t due_ns;
    uint64_t order;
    size_t at;
};

struct agenda {
    struct agenda_item *items;
    struct agenda_place *heap; /* of count places, the earliest first; behind them the free ones */
    size_t count;
    size_t room;
    uint64_t noted;
};

void agenda_open(struct agenda *agenda);
void agenda_close(struct agenda *agenda);

/* Notes a copy of an item; its order is set here. */
void agenda_note(struct agenda *agenda, const struct agenda_item *item);

/* Takes the earliest item that is due at or before the end; false when there is none. */
MUST_USE bool agenda_take(struct agenda *agenda, struct moment end, struct agenda_item *out);

#endif

/*
 * Lines with a backup: what a terminal's host, or a switch towards an issuer, keeps up over two
 * ways, of which each fails by itself, mostly while a payment is in the air.
 *
 * What is decided is the host's own machine (node/changeover.h); its orders are carried out over
 * wires. A line has two wires by each way: the connection that it goes by, a trial beside it, and
 * those whose place was taken, over which answers may still come. As in the host, the end of a
 * connection tells the terminals that asked over it, and a switch hears of its links by turns.
 *
 * In most seeds there are none of these: each line is one wire that comes up again by itself.
 */
#ifndef SIM_LINES_H
#define SIM_LINES_H

#include "node/changeover.h"
#include "sim/wire_line.h"

#define LINE_WAYS 2
#define LINE_WIRES (2 * LINE_WAYS)

struct line {
    struct universe *universe;
    uint32_t index;
    bool is_kept; /* its client runs */
    struct changeover changeover;
    struct wire_line *wires[LINE_WIRES];      /* by way, then the other of each way */
    struct wire_line *ends[CHANGEOVER_SIDES]; /* NULL: there is none */
    struct moment wake;                       /* noted; CHANGEOVER_NEVER_NS: none is */
    uint64_t wakes;                           /* the noted one's number */
    struct askers orphans;                    /* to be told that their answers are lost */
    uint64_t told; /* a switch's: the link that it believes to be up; 0: none */
    uint8_t way;   /* that it last went by */
    struct moment silent_end[LINE_WAYS];  /* a way swallows everything until then */
    struct moment refused_end[LINE_WAYS]; /* no connection is to be had by it until then */
};

/* Gives every line its backup. */
void lines_open(struct universe *universe);

/* A station that keeps lines is there, is gone. */
void lines_keep(struct universe *universe, uint32_t station);
void lines_leave(struct universe *universe, uint32_t station);
/* All ways are good again. */
void lines_heal(struct universe *universe);
/* In a world whose lines have none: each gets a backup now, and connects anew. */
void lines_change_to_backups(struct universe *universe);

/* What the agenda has for a line, and for a connection that it tries to get. */
void line_wakes(struct line *line, uint64_t wake);
void line_connects(struct wire_line *wire, uint64_t generation);

/* A connection ends, and both ends are told. */
void line_breaks(struct wire_line *wire);
/* The way that a wire goes by fails: it is silent, or it is cut and refuses. */
void line_fails(struct wire_line *wire);
/* As told: a way swallows everything, or refuses and its connections end, until line_is_mended. */
void line_goes_dead(struct line *line, uint8_t way);
void line_is_unplugged(struct line *line, uint8_t way);
void line_is_mended(struct line *line, uint8_t way);
/* Whether its way swallows what is sent. */
bool line_is_silent(const struct wire_line *wire);

/* The wire that a line goes by now; NULL: it is down. */
struct wire_line *line_wire(const struct line *line);
/* As a till is told; WAY_NONE when nothing sent now had a chance. */
enum line_way line_way(const struct line *line);

/* A station sends something over a wire; NULL: the line that it would go by is down. */
void line_asks(struct universe *universe, uint32_t station, struct wire_line *wire,
               const struct txn_message *message);
/* Something has come over a wire to who keeps it. True: it was a test's answer, and goes no
 * further. */
bool line_hears(struct wire_line *wire, struct bytes body);

#endif

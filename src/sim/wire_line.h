/*
 * A connection in the simulated world, from a terminal to its switch or from the switch to an
 * issuer: bytes go in at one end and mostly come out at the other.
 *
 * A connection has a number (generation); what was on its way when it broke is lost. Direction 0
 * is from the client (terminal; switch towards an issuer) to the server.
 */
#ifndef SIM_WIRE_LINE_H
#define SIM_WIRE_LINE_H

#include "base/instant.h"
#include "node/askers.h"
#include "txn/profile.h"

struct node_event;
struct universe;
struct agenda_item;

enum wire_kind { WIRE_LINE, WIRE_ZONE };

struct wire_line {
    struct universe *universe;
    uint32_t index;
    enum wire_kind kind;
    uint32_t ends[2]; /* stations: client, server */
    uint32_t of;      /* terminal or issuer */
    bool is_up;
    uint64_t generation;
    bool is_cut[2];
    bool is_unplugged; /* it does not come up again */
    struct moment last_due[2];
    struct txn_profile profile;
    uint32_t line; /* where lines have backups (lines.h): whose it is, and by which way; ... */
    uint8_t way;
    bool is_parting; /* ... another has taken its place, and only answers come over it; ... */
    uint32_t tests_out;
    struct askers askers; /* ... who waits for an answer over it */
};

/* Somebody who keeps what went by and plays it again, much later, perhaps on another wire. */
#define REPLAY_KEPT 64

struct replayer {
    struct {
        uint32_t wire;
        uint32_t direction;
        size_t len;
        uint8_t bytes[FRAME_BODY_LEN_MAX];
    } kept[REPLAY_KEPT];
    size_t count;
};

struct wire_plan {
    uint32_t index;
    enum wire_kind kind;
    uint32_t client;
    uint32_t server;
    uint32_t of;
};

void wire_line_open(struct wire_line *wire, struct universe *universe,
                    const struct wire_plan *plan);

/* The handle of the present connection, as parties see it; never 0. */
uint64_t wire_line_handle(const struct wire_line *wire);

/* The wire that a station means by a link: by handle, or for a terminal's own line (0) by the
 * terminal's id. NULL when that connection is gone. */
struct wire_line *wire_line_find(struct universe *universe, uint32_t station, uint64_t link,
                                 const char terminal[static TERMINAL_ID_LEN]);

/* Names in an event who has sent what comes in a direction, where that is a host. */
void wire_line_name_peer(const struct wire_line *wire, uint32_t direction,
                         struct node_event *event);

/* Bytes go in at a station's end. */
void wire_line_send(struct wire_line *wire, uint32_t station, struct bytes body);

/* Bytes are on their way, whatever else goes wrong: as long as all are that now, or late_ms. */
void wire_line_carry(struct wire_line *wire, uint32_t direction, struct bytes body,
                     int64_t late_ms);

/* Bytes come out. */
void wire_line_arrive(struct wire_line *wire, const struct agenda_item *item);

/* Tries to come up; when an end is down, again later. */
void wire_line_connect(struct wire_line *wire);

/* Breaks now, and connects again soon. */
void wire_line_break(struct wire_line *wire);

/* Breaks all wires of a station that has crashed. */
void wire_line_break_all(struct universe *universe, uint32_t station);

#endif

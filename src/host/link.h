/*
 * The links of a process: TCP connections that carry length-framed messages between a lane and its
 * peers, on one libuv loop and one thread.
 *
 * A link belongs to one lane and speaks one profile. It is accepted from a listener (terminals at
 * the switch, switches at an issuer), or kept up by us: to a peer (the switch's link to an issuer,
 * told to the party by EVENT_LINK_UP and EVENT_LINK_DOWN), or as the line of one or all terminals.
 * A link that we keep up is connected again with growing, jittered pauses.
 *
 * It may have two ways to the same party, a primary and a backup. What fails, or is closed, is
 * tried over the other way at once. A request that stays unanswered makes a link suspect; a second
 * connection, by the other way where there is one, then takes its place as soon as it has proven
 * to work, and the first is kept a while for the answers that may still come over it. From the
 * backup we go back to the primary when that has held for some time.
 *
 * A TLS link is up, and may be written to, when its handshake is done.
 *
 * A connection owns no read buffer while no frame is partly there, and no write buffer while
 * nothing waits to be written: an idle one costs its libuv handle and little more. A peer that
 * breaks the framing, dawdles inside a frame, or does not read what it is sent is closed; others
 * are not harmed. When the lane is full, requests are answered at once with 96 and without a MAC,
 * reversals and answers stop the reading from their link until there is room.
 */
#ifndef HOST_LINK_H
#define HOST_LINK_H

#include "host/lane.h"
#include "host/link_handle.h"

#include <uv.h>

#define LINK_OUT_LEN_MAX (512 * 1024) /* waiting to be written to one peer; beyond it: closed */
#define LINK_FRAME_WAIT_MS 10000      /* a frame that has begun must be whole by then */
#define LINK_CONNECT_WAIT_MS 3000
#define LINK_RETRY_FIRST_MS 100
#define LINK_RETRY_MAX_MS 5000 /* a link that was up as long begins with the first pause again */
#define LINK_HOLD_MS 10000     /* the primary way must hold so long before it is used again */
#define LINK_PART_MS 15000     /* answers may still come over a link that was replaced */
#define LINK_FINISH_MS 10000   /* for a lane to finish what it has taken in */
#define LINK_ADDRESS_LEN 64
#define LANE_RESERVE 64 /* slots kept for answers and reversals */

struct links;

struct link_counters {
    uint64_t accepted;
    uint64_t refused;    /* too many connections */
    uint64_t closed_bad; /* by us: framing, dawdling, not reading */
    uint64_t frames_in;
    uint64_t frames_out;
    uint64_t garbled; /* frames that could not be understood */
    uint64_t shed;    /* requests refused because the lane was full */
    uint64_t lost;    /* messages for links that were gone */
    uint64_t changed; /* kept links that went over to their other way */
    uint64_t open;
};

/* How a link is to be spoken. The profile stands in the lane's list under profile_number. */
struct link_kind {
    struct lane *lane;
    const struct txn_profile *profile;
    uint8_t profile_number;
    struct tls_context *tls; /* NULL: plain */
};

/* Where the display of a command, and the end of a lane, are reported. Link thread. Of the waits,
 * 0 is the constant above. */
struct links_setup {
    uv_loop_t *loop;
    size_t open_max; /* connections, accepted and made */
    void (*show)(void *context, const struct node_display *display);
    void (*stopped)(void *context, struct lane *lane);
    /* Why a peer was refused, in words with its address; NULL: nobody wants to know. */
    void (*note)(void *context, const char *words);
    void *context;
    uint32_t frame_wait_ms; /* also for a TLS handshake */
    uint32_t connect_wait_ms;
    uint32_t retry_first_ms; /* at least 2 */
    uint32_t retry_max_ms;
    uint32_t hold_ms;
    size_t out_len_max;
};

/* Where a link that we keep goes, and how it is watched. */
struct link_ways {
    const char *primary; /* "127.0.0.1:8583" */
    const char *backup;  /* NULL: there is none */
    /* So long may requests stay without anything coming back before the link is suspect; 0: for
     * ever. */
    uint32_t silence_ms;
    /* So long an answer is awaited at all: a connection that another has replaced is kept no
     * longer, since what comes later changes nothing. 0: LINK_PART_MS. */
    uint32_t answer_wait_ms;
    /* What is sent after half of that, and over a new connection before it takes the place of
     * another: an echo request. Its answer goes no further. NULL: nothing; a connection is proven
     * by being there. */
    const struct txn_message *test;
};

/* NULL when there is no memory. The process ignores SIGPIPE from here on: a peer that goes away
 * while we write is its own fault only. */
struct links *links_new(const struct links_setup *setup);

/* Closes everything; runs the loop until all handles are closed. */
void links_free(struct links *links);

/* Listens on "127.0.0.1:8583" (port 0: any free one; *port says which). On failure *error names
 * the address and the reason: ERR_BUSY when the port is in use. */
MUST_USE enum err links_listen(struct links *links, const struct link_kind *kind,
                               const char *address, uint16_t *port, struct text *error);

/* Takes a way away, as a digger does to a cable: nothing listens on the port any more, and what was
 * accepted there is closed. ERR_NOT_FOUND when nothing listened. */
MUST_USE enum err links_pull(struct links *links, uint16_t port);
/* Listens there again. ERR_NOT_FOUND when it was not pulled; else as links_listen. */
MUST_USE enum err links_mend(struct links *links, uint16_t port, struct text *error);

/* Keeps a link to a peer up: a DOWN without a link comes first (what an earlier run believed is
 * void), then EVENT_LINK_UP and EVENT_LINK_DOWN once for each time that it is, in turn, as soon as
 * the lane has room for them. peer is the issuer's id (told in events), zero-padded. */
MUST_USE enum err links_keep_peer(struct links *links, const struct link_kind *kind,
                                  const struct link_ways *ways,
                                  const char peer[static ACQUIRER_ID_LEN], struct text *error);

/* Keeps the line of a terminal up; terminal NULL: of every terminal that has none of its own.
 * ERR_EXISTS for a second line. */
MUST_USE enum err links_keep_line(struct links *links, const struct link_kind *kind,
                                  const struct link_ways *ways, const char *terminal,
                                  struct text *error);

/* Whether messages of this terminal would leave now, and had a chance to be answered: a line that
 * is suspect, and has nothing to take its place, counts as down. */
bool links_line_is_up(const struct links *links, const char terminal[static TERMINAL_ID_LEN]);

/* How they would leave; WAY_NONE when they would not. */
enum line_way links_line_way(const struct links *links,
                             const char terminal[static TERMINAL_ID_LEN]);
enum line_way links_peer_way(const struct links *links, const char peer[static ACQUIRER_ID_LEN]);

/* Since when that is so, by the wall clock as it stands now; 0: there is no such line. */
struct instant links_line_since(const struct links *links,
                                const char terminal[static TERMINAL_ID_LEN]);
struct instant links_peer_since(const struct links *links, const char peer[static ACQUIRER_ID_LEN]);

/* All that lanes put out: call on the link thread when a lane has woken it. */
void links_drain(struct links *links, struct lane *lane);

const struct link_counters *links_counters(const struct links *links);

/* Stops accepting and connecting; what is open stays until links_free. For a graceful stop. */
void links_quiesce(struct links *links);

/* Reads no more from the links of a lane, waits until the lane has finished what it has taken in,
 * and writes what that puts out. lane_stop then only ends the thread. Not inside callbacks. */
void links_finish(struct links *links, struct lane *lane);

#endif

/*
 * Private to the files of links (link.c, keeper.c, listener.c, tls.c): what a link is made of.
 */
#ifndef HOST_LINK_STATE_H
#define HOST_LINK_STATE_H

#include "host/link.h"
#include "host/tls.h"
#include "node/askers.h"
#include "node/changeover.h"

struct keeper;

struct link_buffer {
    uint8_t *at; /* malloc'd; NULL while empty */
    size_t len;
    size_t cap;
};

struct link {
    uv_tcp_t tcp;
    struct links *links;
    struct link_kind kind;
    struct tls *tls;        /* NULL: plain */
    struct keeper *keeper;  /* who keeps it up; NULL: accepted */
    uint16_t listened_port; /* accepted there; 0: made by us */
    uint32_t slot;
    uint32_t generation;
    bool is_paused; /* not reading: the lane is full */
    bool is_dirty;  /* in the list of links to flush */
    bool is_ready;  /* may be written to: connected, and shaken hands with */
    char peer[ACQUIRER_ID_LEN];
    uint64_t next_dirty;
    struct link_buffer in;  /* the beginning of a frame */
    struct link_buffer out; /* not yet handed to libuv */
    size_t out_in_flight;
    struct moment partial_since; /* when `in`, or the handshake, began to wait; 0: none does */
    uv_connect_t connect;        /* of links that we make; as long-lived as tcp, as libuv asks */
    struct moment parting_end; /* another has taken its place, and it is closed then; 0: none has */
    struct askers *askers;     /* of a line: who waits for an answer; NULL: nobody */
    uint32_t tests_out;        /* tests whose answers have not come */
};

/* A link that we keep up: keeper.c. */
#define KEEPER_TEST_LEN_MAX 256

struct keeper {
    struct links *links;
    struct link_kind kind;
    struct sockaddr_in ways[2]; /* primary, backup */
    uint8_t way_count;
    char peer[ACQUIRER_ID_LEN];          /* zeros: a terminal's line */
    char terminal[TERMINAL_ID_LEN];      /* zeros: the line of all */
    struct changeover changeover;        /* which way it goes */
    bool is_obeying;                     /* its orders are being carried out */
    struct link *ends[CHANGEOVER_SIDES]; /* NULL: there is none */
    uint64_t told; /* handle of the link that the party believes to be up; 0: none */
    uint32_t answer_wait_ms;
    uint16_t test_len; /* 0: nothing to test with */
    uint8_t test[KEEPER_TEST_LEN_MAX];
    uv_timer_t timer;
    struct moment wake; /* when it goes off, if it is set */
    struct keeper *next;
};

struct listener;
struct pulled;

struct links {
    struct links_setup setup;
    struct link **slots;
    uint32_t *free_slots;
    size_t slot_count;
    size_t free_count;
    uint32_t run;
    uint32_t generation_next;
    uint64_t dirty; /* handle of the first link to flush; 0: none */
    bool is_quiet;
    size_t paused_count;
    struct link_counters counters;
    struct listener *listeners;
    struct pulled *pulled; /* ways that were pulled */
    struct keeper *keepers;
    struct keeper *default_line;
    struct keeper **lines; /* by hash of the terminal id, open addressing */
    size_t line_cap;
    size_t line_count;
    uv_timer_t sweep;
    size_t closing; /* handles that links_free waits for */
    uint8_t read_room[65536];
};

/* NULL when there are too many. The caller connects or accepts on ->tcp. */
struct link *link_new(struct links *links, const struct link_kind *kind);
void link_close(struct link *link);

/* Begins to read; plain links are ready then, TLS links when link_ready is called. */
void link_start(struct link *link);
/* The link may be written to. */
void link_ready(struct link *link);
/* Reads on when the lane has room again. */
void link_resume(struct link *link);

/* Clear bytes that arrived. False: the link is closed. */
bool link_received(struct link *link, struct bytes bytes);
/* Bytes to be written as they are; they leave with the next flush. False: the link is closed. */
bool link_put_raw(struct link *link, struct bytes bytes);
/* A message body: framed, encrypted where the link is, and put. */
void link_put(struct link *link, struct bytes body);
void link_flush(struct link *link);
void links_flush(struct links *links);
void links_flush_all(struct links *links);

bool buffer_add(struct link_buffer *buffer, struct bytes bytes);

/* Tells setup.note why a peer is refused. */
void link_note(struct link *link, const char *why);

/* line_cut.c: a terminal's request went out over a line; its answer has come; the line is gone, and
 * each terminal that still waits is told. */
void line_cut_asked(struct link *link, const char terminal[static TERMINAL_ID_LEN]);
void line_cut_answered(struct link *link, const char terminal[static TERMINAL_ID_LEN]);
void line_cut(struct link *link);
/* A request found no line. */
void line_cut_tell(struct lane *lane, const char terminal[static TERMINAL_ID_LEN]);

/* keeper.c: a link of a keeper is ready, is gone; a request has left over it; something came. */
void keeper_link_ready(struct keeper *keeper, struct link *link);
void keeper_link_closed(struct keeper *keeper, struct link *link);
void keeper_link_asked(struct keeper *keeper);
void keeper_link_heard(struct keeper *keeper, const struct link *link);
/* Tells the party what it does not know yet of the link. */
void keeper_tell(struct keeper *keeper);
/* Tells lanes what they had no room to hear. */
void keepers_tell(struct links *links);
struct link *keeper_line_of(struct links *links, const char terminal[static TERMINAL_ID_LEN]);
void keepers_free(struct links *links);

/* listener.c */
void listeners_free(struct links *links);
/* "127.0.0.1:8583" to an address; numeric only. */
MUST_USE enum err listener_address(const char *text, struct sockaddr_in *out);

#endif

/*
 * One party of this process: its store, its HSM, its lane. Opened over what its store holds, and
 * given what the configuration names and the store does not have yet.
 */
#ifndef APP_PARTY_SERVER_H
#define APP_PARTY_SERVER_H

#include "app/till/card_counters.h"
#include "app/world/config.h"
#include "app/world/party_store.h"
#include "host/lane.h"
#include "lab/lab_hsm.h"
#include "wire/dialect.h"

#include <uv.h>

/* Profile numbers in link handles: what is spoken on a party's links. */
enum party_profile { PROFILE_LINE, PROFILE_TERMINALS, PROFILE_HOSTS, PROFILE_COUNT };

struct party_server {
    const struct config *config;
    struct lab_target target;
    char name[PARTY_NAME_LEN]; /* "terminal", "acquirer", "issuer-20000001"; a further node of the
                                  switch: "acquirer-2" */
    char store_name[PARTY_NAME_LEN]; /* the same for all nodes: of store and master key */
    uint16_t node;
    struct lab_hsm lab_hsm;
    struct card_counters counters; /* of the cards in the reader */
    struct hsm hsm;
    struct store store;
    struct lane *lane;
    struct dialect dialects[2]; /* cup-pos, iso87-ascii */
    struct txn_profile profiles[PROFILE_COUNT];
    const struct txn_profile *profile_list[PROFILE_COUNT];
    uv_async_t wake; /* from the lane's thread */
    bool is_waking;  /* wake was initialised */
    uint16_t port;   /* where it listens; 0: nowhere */
    uint16_t backup_port;
};

struct party_server_setup {
    const struct config *config;
    const struct lab_seed *seed;
    struct lab_target target;
    uint16_t node;          /* 0: as the configuration says */
    uint32_t card_count;    /* PARTY_TERMINAL: the world's first so many cards are in the reader */
    const char *cards_data; /* folder of the file that keeps their counters */
    const char *cards_file; /* its name */
    uint32_t cards_first;   /* the first card that is kept there */
    uv_loop_t *loop;
    uv_async_cb on_wake; /* link thread; handle->data is wake_context */
    void *wake_context;
};

/* Opens store and HSM, provisions, and starts the lane. On failure *error says what and where;
 * what was opened is closed again. The struct must not move while it runs. */
MUST_USE enum err party_server_open(const struct party_server_setup *setup,
                                    struct party_server *out, struct text *error);

/* Ends the lane and closes everything but the wake handle, which the caller's loop closes. */
void party_server_close(struct party_server *server);

/* Fills the profiles that links of this world are spoken by. */
MUST_USE enum err party_profiles(const struct config *config, struct dialect dialects[static 2],
                                 struct txn_profile out[static PROFILE_COUNT]);

/* Reads DATA/lab.seed, or makes it (mode 0600) when there is none. */
MUST_USE enum err lab_seed_open(const char *data, struct lab_seed *out, struct text *error);

/* The name of a node of this party: those beside the first have names of their own, for their
 * sockets and for people. */
void party_server_node_name(const struct party_server *server, uint16_t node,
                            char out[static PARTY_NAME_LEN]);

#endif

/*
 * A running process: some or all parties of a configuration, their links on one loop, and the
 * control socket. `acquit up` runs all of them, `acquit run` one.
 */
#ifndef APP_SERVER_H
#define APP_SERVER_H

#include "app/till/tickets.h"
#include "app/world/party_server.h"
#include "host/control.h"
#include "host/link.h"

#define SERVER_PARTIES_MAX (CONFIG_ISSUERS_MAX + CONFIG_NODES_MAX + 2)

struct cashier;
struct overlay_file;

struct server {
    uv_loop_t loop;
    struct config config;
    struct lab_seed seed;
    struct overlay_file *overlay; /* the operator's own words; NULL: none */
    struct links *links;
    uint64_t note_second;
    uint32_t notes_said; /* in that second */
    struct control *control;
    struct tickets tickets;
    struct cashier *cashier;    /* of the terminals here; NULL when there are none */
    struct tls_context *tls[4]; /* by enum server_tls */
    struct party_server parties[SERVER_PARTIES_MAX];
    size_t party_count;
    uv_signal_t signals[2];
    bool is_ready; /* status says so: it has waited for its peers */
    bool is_stopping;
    int exit_code;
};

struct server_setup {
    const char *config_path;
    enum party only;    /* PARTY_NOBODY: all parties */
    const char *issuer; /* PARTY_ISSUER: whose id */
    uint16_t node;      /* PARTY_ACQUIRER: which node; 0: the first */
    int ready_fd;       /* a line is written here when it serves; -1: none */
};

/* Opens everything, serves until it is told to stop, closes everything. Returns the exit code.
 * What goes wrong is said on standard error. */
int server_run(const struct server_setup *setup);

/* The party of a kind in this process, of several nodes the first; or NULL. */
struct party_server *server_party(struct server *server, enum party party);

/* Ends the loop soon. */
void server_stop(struct server *server, int exit_code);

/* DATA/control.sock for all parties, DATA/NAME.sock for one. */
void server_socket_path(const char *data, const char *name, char *out, size_t out_len);

#endif

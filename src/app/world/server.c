#include "app/world/server.h"

#include "app/till/cashier.h"
#include "app/world/clock_file.h"
#include "app/story/overlay_file.h"
#include "app/world/readiness.h"
#include "app/world/verb.h"
#include "host/clock.h"
#include "base/assert.h"
#include "host/tls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_MAX_WANTED 20000
#define NOTES_A_SECOND 5

enum server_tls { TLS_TERMINAL_SERVER, TLS_TERMINAL_CLIENT, TLS_HOST_SERVER, TLS_HOST_CLIENT };

struct party_server *server_party(struct server *server, enum party party)
{
    for (size_t i = 0; i < server->party_count; i++) {
        if (server->parties[i].target.party == party)
            return &server->parties[i];
    }
    return NULL;
}

void server_socket_path(const char *data, const char *name, char *out, size_t out_len)
{
    struct text t = text_over(out, out_len);

    text_add(&t, data);
    text_add_char(&t, '/');
    text_add(&t, name);
    text_add(&t, ".sock");
}

void server_stop(struct server *server, int exit_code)
{
    if (server->is_stopping)
        return;
    server->is_stopping = true;
    server->exit_code = exit_code;
    uv_stop(&server->loop);
}

/* ---- callbacks of the loop ---- */

static void on_wake(uv_async_t *wake)
{
    struct server *server = wake->data;

    for (size_t i = 0; i < server->party_count; i++) {
        if (&server->parties[i].wake == wake && server->parties[i].lane != NULL)
            links_drain(server->links, server->parties[i].lane);
    }
}

static void on_show(void *context, const struct node_display *display)
{
    struct server *server = context;

    tickets_show(&server->tickets, display);
}

/* A store that is in doubt: whatever this process would still say could be wrong. */
static void on_stopped(void *context, struct lane *lane)
{
    (void)context;
    fprintf(stderr,
            "acquit: %s: the store failed inside a commit, so its outcome is unknown, or another "
            "process has taken this node's place; the process stops and answers from the store "
            "when it is started again\n",
            lane_name(lane));
    _exit(3);
}

/* Why a peer was closed; only so many a second, or a flood of them would fill the log. */
static void on_note(void *context, const char *words)
{
    struct server *server = context;
    uint64_t second = uv_now(&server->loop) / 1000;

    if (second != server->note_second)
        server->notes_said = 0;
    server->note_second = second;
    if (server->notes_said++ < NOTES_A_SECOND)
        fprintf(stderr, "acquit: closed %s\n", words);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    server_stop(handle->data, EXIT_SUCCESS);
}

/* ---- opening ---- */

static void harden(void)
{
    struct rlimit none = {0};
    struct rlimit files;

    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &none);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static size_t open_max(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur < 256)
        return 128;
    return files.rlim_cur - 128 > OPEN_MAX_WANTED ? OPEN_MAX_WANTED : files.rlim_cur - 128;
}

static bool wants(const struct server_setup *setup, enum party party, const char *issuer)
{
    if (setup->only != PARTY_NOBODY && setup->only != party)
        return false;
    return party != PARTY_ISSUER || setup->issuer == NULL || strcmp(setup->issuer, issuer) == 0;
}

static enum err open_node(struct server *server, struct lab_target target, uint16_t node,
                          struct text *error)
{
    struct party_server_setup setup = {
        .config = &server->config,
        .seed = &server->seed,
        .target = target,
        .node = node,
        .card_count = server->config.listed_cards,
        .cards_data = server->config.data,
        .cards_file = "cards.atc",
        .loop = &server->loop,
        .on_wake = on_wake,
        .wake_context = server,
    };

    assert(server->party_count < SERVER_PARTIES_MAX);
    TRY(party_server_open(&setup, &server->parties[server->party_count], error));
    server->party_count++;
    return OK;
}

static enum err open_party(struct server *server, struct lab_target target, struct text *error)
{
    return open_node(server, target, 0, error);
}

/* All nodes of the switch, or the one that is asked for. */
static enum err open_switch(struct server *server, const struct server_setup *setup,
                            struct text *error)
{
    const struct config *config = &server->config;
    struct lab_target target = {.party = PARTY_ACQUIRER};

    if (setup->node == 0 || setup->node == config->node)
        TRY(open_party(server, target, error));
    for (size_t i = 0; i < config->node_count; i++) {
        if (setup->only == PARTY_NOBODY || setup->node == config->nodes[i].node)
            TRY(open_node(server, target, config->nodes[i].node, error));
    }
    return OK;
}

static enum err open_parties(struct server *server, const struct server_setup *setup,
                             struct text *error)
{
    const struct lab_world *world = &server->config.world;

    for (uint32_t i = 0; i < world->issuer_count; i++) {
        struct lab_target target = {.party = PARTY_ISSUER, .issuer = i};
        if (!world->issuers[i].is_absent && wants(setup, PARTY_ISSUER, world->issuers[i].id))
            TRY(open_party(server, target, error));
    }
    if (wants(setup, PARTY_ACQUIRER, NULL))
        TRY(open_switch(server, setup, error));
    if (wants(setup, PARTY_TERMINAL, NULL))
        TRY(open_party(server,
                       (struct lab_target){.party = PARTY_TERMINAL,
                                           .terminal_count = server->config.listed_terminals},
                       error));
    if (server->party_count > 0)
        return OK;
    text_add(error, server->config.path);
    text_add(error, ": names no such party");
    return ERR_CONFIG;
}

/* The sides that the parties of this process need. */
static enum err open_tls(struct server *server, const struct config_tls *config,
                         enum server_tls first, struct text *error)
{
    struct tls_files files = {
        .certificate = config->certificate[0] != 0 ? config->certificate : NULL,
        .key = config->key[0] != 0 ? config->key : NULL,
        .authority = config->authority[0] != 0 ? config->authority : NULL,
        .demand_client = config->demand_client,
    };

    enum party listening = first == TLS_TERMINAL_SERVER ? PARTY_ACQUIRER : PARTY_ISSUER;
    enum party calling = first == TLS_TERMINAL_SERVER ? PARTY_TERMINAL : PARTY_ACQUIRER;

    if (!config->is_on)
        return OK;
    if (server_party(server, listening) != NULL)
        TRY(tls_context_open(&files, true, &server->tls[first], error));
    if (server_party(server, calling) != NULL)
        TRY(tls_context_open(&files, false, &server->tls[first + 1], error));
    return OK;
}

static struct link_kind kind_of(struct party_server *party, enum party_profile profile,
                                struct tls_context *tls)
{
    return (struct link_kind){.lane = party->lane,
                              .profile = &party->profiles[profile],
                              .profile_number = (uint8_t)profile,
                              .tls = tls};
}

/* At an address, and at a second one when the file names it. */
static enum err listen_at(struct server *server, struct party_server *party,
                          const struct link_kind *kind, const char *const addresses[static 2],
                          struct text *error)
{
    TRY(links_listen(server->links, kind, addresses[0], &party->port, error));
    return addresses[1][0] == 0
               ? OK
               : links_listen(server->links, kind, addresses[1], &party->backup_port, error);
}

/* Where a node of the switch beside the first listens; NULL: it is the first. */
static const char *node_listen(const struct config *config, uint16_t node)
{
    for (size_t i = 0; i < config->node_count; i++) {
        if (config->nodes[i].node == node)
            return config->nodes[i].listen;
    }
    return NULL;
}

static enum err listen_all(struct server *server, struct text *error)
{
    const struct config *config = &server->config;

    for (size_t i = 0; i < server->party_count; i++) {
        struct party_server *party = &server->parties[i];
        uint32_t issuer = party->target.issuer;
        const char *terminals[] = {config->acquirer_listen, config->acquirer_backup};
        const char *hosts[] = {config->issuer_listen[issuer], config->issuer_backup[issuer]};
        const char *own = node_listen(config, party->node);
        const char *node[] = {own, ""};
        struct link_kind kind;

        if (party->target.party == PARTY_ISSUER) {
            kind = kind_of(party, PROFILE_HOSTS, server->tls[TLS_HOST_SERVER]);
            TRY(listen_at(server, party, &kind, hosts, error));
        } else if (party->target.party == PARTY_ACQUIRER) {
            kind = kind_of(party, PROFILE_TERMINALS, server->tls[TLS_TERMINAL_SERVER]);
            TRY(listen_at(server, party, &kind, own == NULL ? terminals : node, error));
        }
    }
    return OK;
}

/* The address with the port that it got. */
static void add_address(struct text *t, const char *listen, uint16_t port)
{
    const char *colon = strrchr(listen, ':');

    if (port == 0 || colon == NULL) {
        text_add(t, listen);
        return;
    }
    text_add_bytes(t, bytes_over(listen, (size_t)(colon - listen) + 1));
    text_add_u64(t, port);
}

/* Where a party of the file is reached: with the ports it got, when it runs here. */
struct reach {
    char primary[CONFIG_ADDRESS_LEN];
    char backup[CONFIG_ADDRESS_LEN]; /* "": there is none */
};

static struct reach reach_of(const struct party_server *party, const char *listen,
                             const char *backup)
{
    struct reach reach;
    struct text t = text_over(reach.primary, sizeof reach.primary);

    add_address(&t, listen, party == NULL ? 0 : party->port);
    (void)text_z(&t);
    t = text_over(reach.backup, sizeof reach.backup);
    add_address(&t, backup, party == NULL ? 0 : party->backup_port);
    (void)text_z(&t);
    return reach;
}

static struct link_ways ways_of(const struct reach *reach, uint32_t silence_ms, uint32_t wait_ms)
{
    return (struct link_ways){.primary = reach->primary,
                              .backup = reach->backup[0] != 0 ? reach->backup : NULL,
                              .silence_ms = silence_ms,
                              .answer_wait_ms = wait_ms};
}

/* A node of the switch that runs here, or NULL. */
static const struct party_server *server_node(const struct server *server, uint16_t node)
{
    for (size_t i = 0; i < server->party_count; i++) {
        const struct party_server *party = &server->parties[i];
        if (party->target.party == PARTY_ACQUIRER && party->node == node)
            return party;
    }
    return NULL;
}

static const struct party_server *issuer_here(const struct server *server, uint32_t issuer)
{
    for (size_t i = 0; i < server->party_count; i++) {
        const struct party_server *party = &server->parties[i];
        if (party->target.party == PARTY_ISSUER && party->target.issuer == issuer)
            return party;
    }
    return NULL;
}

/* An issuer with one address that is slow is waited for; with two, the other is tried. */
static enum err keep_issuers(struct server *server, struct party_server *acquirer,
                             struct text *error)
{
    const struct config *config = &server->config;
    const struct lab_world *world = &config->world;
    struct link_kind kind = kind_of(acquirer, PROFILE_HOSTS, server->tls[TLS_HOST_CLIENT]);

    for (uint32_t i = 0; i < world->issuer_count; i++) {
        struct reach reach =
            reach_of(issuer_here(server, i), config->issuer_listen[i], config->issuer_backup[i]);
        uint32_t wait_ms = world->timings.acquirer_wait_ms;
        struct link_ways ways = ways_of(&reach, reach.backup[0] != 0 ? wait_ms : 0, wait_ms);
        char peer[ACQUIRER_ID_LEN];

        if (world->issuers[i].is_absent)
            continue;
        TRY(identity_id_from_text(world->issuers[i].id, 0, peer, sizeof peer));
        TRY(links_keep_peer(server->links, &kind, &ways, peer, error));
    }
    return OK;
}

/* An echo as the first terminal would ask for it: whoever answers it is the switch. */
static enum err line_test(const struct config *config, struct txn_message *out)
{
    const struct lab_world *world = &config->world;
    const struct lab_terminal *terminal = &world->terminals[0];

    memset(out, 0, sizeof *out);
    out->kind = KIND_ECHO;
    out->function = FUNCTION_REQUEST;
    out->network_code = NETWORK_ECHO;
    out->sequence = -1;
    out->identity.class = IDENTITY_PAYMENT;
    out->is_training = world->is_training;
    TRY(identity_id_from_text(world->acquirer.id, 0, out->identity.acquirer, ACQUIRER_ID_LEN));
    TRY(identity_id_from_text(terminal->id, ' ', out->identity.terminal, TERMINAL_ID_LEN));
    return identity_id_from_text(world->merchants[terminal->merchant].id, ' ', out->merchant,
                                 MERCHANT_ID_LEN);
}

/* Below the terminal's own wait: its reversal shall find a line that works. */
#define LINE_SILENCE(wait_ms) ((wait_ms) / 5 * 2)

/* Where terminals find the switch: at its first node, and at the second, or else at the second
 * address of the first. */
static struct reach reach_of_switch(const struct server *server)
{
    const struct config *config = &server->config;
    struct reach reach = reach_of(server_node(server, config->node), config->acquirer_listen,
                                  config->acquirer_backup);

    if (config->node_count > 0) {
        const struct config_node *node = &config->nodes[0];
        struct reach other = reach_of(server_node(server, node->node), node->listen, "");
        memcpy(reach.backup, other.primary, sizeof reach.backup);
    }
    return reach;
}

static enum err keep_line(struct server *server, struct party_server *terminal, struct text *error)
{
    const struct config *config = &server->config;
    struct link_kind kind = kind_of(terminal, PROFILE_LINE, server->tls[TLS_TERMINAL_CLIENT]);
    struct reach reach = config->line_primary[0] != 0
                             ? reach_of(NULL, config->line_primary, config->line_backup)
                             : reach_of_switch(server);
    uint32_t wait_ms = config->world.timings.terminal_wait_ms;
    struct link_ways ways = ways_of(&reach, LINE_SILENCE(wait_ms), wait_ms);
    struct txn_message test;

    if (config->listed_terminals > 0) {
        TRY(line_test(config, &test));
        ways.test = &test;
    }
    return links_keep_line(server->links, &kind, &ways, NULL, error);
}

static enum err connect_all(struct server *server, struct text *error)
{
    struct party_server *terminal = server_party(server, PARTY_TERMINAL);

    for (size_t i = 0; i < server->party_count; i++) {
        if (server->parties[i].target.party == PARTY_ACQUIRER)
            TRY(keep_issuers(server, &server->parties[i], error));
    }
    if (terminal == NULL)
        return OK;
    TRY(keep_line(server, terminal, error));
    return cashier_open(server, terminal, &server->cashier);
}

static enum err open_control(struct server *server, const struct server_setup *setup,
                             struct text *error)
{
    char path[CONFIG_PATH_LEN + 64];
    struct control_setup control = {
        .loop = &server->loop, .path = path, .handler = verb_handle, .context = server};
    const char *name = setup->only == PARTY_NOBODY ? "control" : server->parties[0].name;

    server_socket_path(server->config.data, name, path, sizeof path);
    return control_listen(&control, &server->control, error);
}

static enum err open_all(struct server *server, const struct server_setup *setup,
                         struct text *error)
{
    struct links_setup links = {.loop = &server->loop,
                                .open_max = open_max(),
                                .show = on_show,
                                .stopped = on_stopped,
                                .note = on_note,
                                .context = server};
    int64_t ahead_us;

    TRY(config_read(setup->config_path, &server->config, error));
    if (server->config.catalogue[0] != 0)
        TRY(overlay_file_open(server->config.catalogue, &server->overlay, error));
    if (mkdir(server->config.data, 0700) != 0 && errno != EEXIST) {
        text_add(error, server->config.data);
        text_add(error, ": cannot make this folder");
        return ERR_IO;
    }
    TRY(clock_file_read(server->config.data, &ahead_us, error));
    TRY(clock_set_offset(ahead_us));
    TRY(lab_seed_open(server->config.data, &server->seed, error));
    server->links = links_new(&links);
    if (server->links == NULL)
        return ERR_FULL;
    TRY(open_parties(server, setup, error));
    TRY(open_tls(server, &server->config.terminal_tls, TLS_TERMINAL_SERVER, error));
    TRY(open_tls(server, &server->config.issuer_tls, TLS_HOST_SERVER, error));
    TRY(listen_all(server, error));
    TRY(connect_all(server, error));
    return open_control(server, setup, error);
}

/* ---- closing ---- */

static void close_wake(struct server *server)
{
    for (size_t i = 0; i < SERVER_PARTIES_MAX; i++) {
        if (server->parties[i].is_waking)
            uv_close((uv_handle_t *)&server->parties[i].wake, NULL);
    }
}

/* Terminals first, issuers last: each finishes what it has taken in. */
static void close_all(struct server *server)
{
    if (server->links != NULL)
        links_quiesce(server->links);
    for (size_t i = server->party_count; i > 0; i--) {
        if (server->links != NULL && server->parties[i - 1].lane != NULL)
            links_finish(server->links, server->parties[i - 1].lane);
        party_server_close(&server->parties[i - 1]);
        server->parties[i - 1].lane = NULL;
    }
    if (server->cashier != NULL)
        cashier_close(server->cashier);
    if (server->control != NULL)
        control_close(server->control);
    if (server->links != NULL)
        links_free(server->links);
    close_wake(server);
    for (size_t i = 0; i < ARRAY_COUNT(server->signals); i++)
        uv_close((uv_handle_t *)&server->signals[i], NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    uv_loop_close(&server->loop);
    for (size_t i = 0; i < ARRAY_COUNT(server->tls); i++)
        tls_context_close(server->tls[i]);
    overlay_file_close(server->overlay);
    config_free(&server->config);
    bytes_wipe(&server->seed, sizeof server->seed);
}

static void open_signals(struct server *server)
{
    static const int numbers[] = {SIGTERM, SIGINT};

    for (size_t i = 0; i < ARRAY_COUNT(server->signals); i++) {
        uv_signal_init(&server->loop, &server->signals[i]);
        server->signals[i].data = server;
        uv_signal_start(&server->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&server->signals[i]);
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file at its limit is a full disk, not the end */
}

/* Whoever started a detached process may be reading its complaints to the end, so from here on they
 * go where its output goes. */
static void tell_ready(const struct server_setup *setup)
{
    if (setup->ready_fd < 0)
        return;
    dup2(STDOUT_FILENO, STDERR_FILENO);
    ssize_t written = write(setup->ready_fd, "ready\n", 6);
    (void)written;
    close(setup->ready_fd);
}

int server_run(const struct server_setup *setup)
{
    struct server *server = calloc(1, sizeof *server);
    char room[512];
    struct text error = text_over(room, sizeof room);

    if (server == NULL)
        return EXIT_FAILURE;
    harden();
    uv_loop_init(&server->loop);
    open_signals(server);
    enum err err = open_all(server, setup, &error);
    if (err != OK) {
        fprintf(stderr, "acquit: %s\n", error.len > 0 ? room : err_text(err));
        server->exit_code = EXIT_FAILURE;
    } else {
        readiness_wait(server);
        server->is_ready = true;
        tell_ready(setup);
        while (!server->is_stopping)
            uv_run(&server->loop, UV_RUN_DEFAULT);
    }
    int exit_code = server->exit_code;
    close_all(server);
    free(server);
    return exit_code;
}

#include "app/world/party_server.h"

#include "acquirer/acquirer.h"
#include "app/desk/rules_first.h"
#include "base/assert.h"
#include "drivers/hsm/master_key.h"
#include "host/clock.h"
#include "issuer/issuer.h"
#include "lab/lab_party.h"
#include "terminal/terminal.h"
#include "wire/builtin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static enum err say(struct text *error, enum err err, const char *name, const char *what)
{
    text_add(error, name);
    text_add(error, ": ");
    text_add(error, what);
    return err;
}

/* ---- secrets of the lab ---- */

/* Parties that are started at once on a new folder must get the same seed: it is written whole
 * under another name, and the first to give it the right one has made it. */
static enum err seed_make(const char *path, struct text *error)
{
    char whole[CONFIG_PATH_LEN + 40];
    struct text t = text_over(whole, sizeof whole);
    struct lab_seed seed;

    text_add(&t, path);
    text_add_char(&t, '.');
    text_add_i64(&t, getpid());
    int fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return say(error, ERR_IO, whole, strerror(errno));
    clock_entropy(seed.at, sizeof seed.at);
    bool is_made = write(fd, seed.at, sizeof seed.at) == sizeof seed.at && fsync(fd) == 0 &&
                   (link(whole, path) == 0 || errno == EEXIST);
    close(fd);
    unlink(whole);
    return is_made ? OK : say(error, ERR_IO, path, "cannot write");
}

enum err lab_seed_open(const char *data, struct lab_seed *out, struct text *error)
{
    char path[CONFIG_PATH_LEN + 16];
    struct text t = text_over(path, sizeof path);
    uint8_t more;

    text_add(&t, data);
    text_add(&t, "/lab.seed");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        TRY(seed_make(path, error));
        fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0)
        return say(error, ERR_IO, path, strerror(errno));
    bool is_whole = read(fd, out->at, sizeof out->at) == sizeof out->at && read(fd, &more, 1) == 0;
    close(fd);
    return is_whole ? OK : say(error, ERR_CORRUPT, path, "expected a file of 32 bytes");
}

/* ---- profiles ---- */

enum err party_profiles(const struct config *config, struct dialect dialects[static 2],
                        struct txn_profile out[static PROFILE_COUNT])
{
    static const uint8_t tpdu[TPDU_LEN] = {0x60, 0x00, 0x03, 0x00, 0x00};
    struct txn_profile base = {.header_version = 31,
                               .currency = config->world.currency,
                               .utc_offset_s = config->world.utc_offset_s};

    TRY(builtin_compile("cup-pos", NULL, &dialects[0]));
    TRY(builtin_compile("iso87-ascii", NULL, &dialects[1]));
    memcpy(base.tpdu, tpdu, sizeof tpdu);
    TRY(identity_id_from_text(config->world.acquirer.id, 0, base.acquirer, sizeof base.acquirer));
    out[PROFILE_LINE] = base;
    out[PROFILE_LINE].mapping = MAPPING_CUP_POS;
    out[PROFILE_LINE].dialect = &dialects[0];
    out[PROFILE_TERMINALS] = out[PROFILE_LINE];
    out[PROFILE_HOSTS] = base;
    out[PROFILE_HOSTS].mapping = MAPPING_ISO87;
    out[PROFILE_HOSTS].dialect = &dialects[1];
    return OK;
}

/* ---- provisioning ---- */

static const struct txn_profile *no_profile(void *self, uint64_t link,
                                            const struct txn_message *message)
{
    (void)self;
    (void)link;
    (void)message;
    return NULL;
}

static void no_send(void *self, uint64_t link, const struct txn_message *message, struct bytes body)
{
    (void)self;
    (void)link;
    (void)message;
    (void)body;
}

static void no_arm(void *self, const struct row_key *key, struct moment due)
{
    (void)self;
    (void)key;
    (void)due;
}

static void no_show(void *self, const struct node_display *display)
{
    (void)self;
    (void)display;
}

static void no_alarm(void *self, uint64_t sequence, enum journal_what what, enum outcome outcome)
{
    (void)self;
    (void)sequence;
    (void)what;
    (void)outcome;
}

struct provisioning {
    struct party_server *server;
    struct lab_party party;
};

static enum err row_find(struct store *store, const struct row_key *key, bool *out)
{
    static _Thread_local struct store_row row;
    struct store_row *rows[] = {&row};

    row.key = *key;
    row.found = false;
    if (store->load(store->self, rows, 1) != STORE_OK)
        return ERR_IO;
    *out = row.found;
    return OK;
}

static struct node_event model_event(void)
{
    struct node_event model = {.wall = clock_wall(), .now = clock_now()};

    clock_entropy(model.entropy, sizeof model.entropy);
    return model;
}

static enum err put_row(void *context, const struct node_command *command)
{
    struct provisioning *p = context;
    struct node_event model = model_event();

    while (!lab_party_command(&p->party, &model, command)) {
        if (engine_run(p->party.engine) == ENGINE_STOPPED)
            return ERR_IO;
    }
    return OK;
}

/* Gives the party what its store does not have: an edited file adds, it never overwrites. */
static enum err put_if_new(void *context, const struct node_command *command)
{
    struct provisioning *p = context;
    bool exists = false;

    TRY(row_find(&p->server->store, &command->key, &exists));
    return exists ? OK : put_row(context, command);
}

static const struct node_party *party_of(enum party party)
{
    if (party == PARTY_TERMINAL)
        return &terminal_party;
    if (party == PARTY_ACQUIRER)
        return &acquirer_party;
    assert(party == PARTY_ISSUER);
    return &issuer_party;
}

static enum err provision(struct party_server *server, const struct lab_seed *seed,
                          struct text *error)
{
    struct provisioning p = {.server = server};
    struct lab_party_setup setup = {
        .world = &server->config->world,
        .target = server->target,
        .party = party_of(server->target.party),
        .store = &server->store,
        .hsm = &server->hsm,
        .net = {.profile = no_profile,
                .send = no_send,
                .arm = no_arm,
                .show = no_show,
                .alarm = no_alarm},
    };

    struct lab_sink sink = {.self = &p, .put = put_if_new};
    TRY(lab_party_open(&setup, &p.party));
    enum err err =
        lab_provision(&server->config->world, seed, &server->hsm, &server->target, &sink);
    sink.put = put_row;
    if (err == OK && server->target.party == PARTY_ACQUIRER)
        err = rules_first_put(server->config, &server->store, &sink, error);
    if (engine_run(p.party.engine) == ENGINE_STOPPED)
        err = ERR_IO;
    const struct engine_counters *counters = engine_counters(p.party.engine);
    if (err == OK && counters->full > 0)
        err = ERR_DISK_FULL; /* what was given up is not in the store */
    if (err == OK && counters->poisoned > 0)
        err = ERR_IO;
    lab_party_close(&p.party);
    return err;
}

/* ---- opening ---- */

static enum err deal_cards(struct party_server *server, const struct party_server_setup *setup,
                           struct text *error)
{
    const struct lab_world *world = &server->config->world;
    struct card_counters *counters = &server->counters;
    size_t kept =
        setup->card_count > setup->cards_first ? setup->card_count - setup->cards_first : 0;
    char path[CONFIG_PATH_LEN + 32];
    struct text t = text_over(path, sizeof path);

    text_add(&t, setup->cards_data);
    text_add_char(&t, '/');
    text_add(&t, setup->cards_file);

    TRY(lab_hsm_deal(&server->lab_hsm, world, setup->seed, setup->card_count));
    TRY(card_counters_open(path, kept, counters, error));
    card_soft_keep(server->lab_hsm.cards, setup->cards_first, counters->at, counters->count);
    return OK;
}

/* Makes or opens the lock of a party's master key, DATA/NAME.key. */
static enum err open_master(const struct party_server *server, struct master_key *out,
                            struct text *error)
{
    char lock[CONFIG_PATH_LEN + 64];
    struct text t = text_over(lock, sizeof lock);
    struct master_key_files files = {.passphrase = server->config->passphrase, .lock = lock};
    struct master_key_fault fault = {0};

    text_add(&t, server->config->data);
    text_add_char(&t, '/');
    text_add(&t, server->store_name);
    text_add(&t, ".key");
    enum err err = access(lock, F_OK) == 0
                       ? master_key_open(&files, out, &fault)
                       : master_key_make(&files, random_source_kernel(), out, &fault);
    if (err == OK)
        return OK;
    text_add(error, server->name);
    text_add(error, ": the master key of its store cannot be had: ");
    return say(error, err, fault.path == NULL ? lock : fault.path,
               fault.text == NULL ? err_text(err) : fault.text);
}

static enum err open_under_passphrase(struct party_server *server, struct text *error)
{
    struct hsm_soft_config config = {.realm = KEY_TEST};
    struct master_key master = {0};

    TRY(open_master(server, &master, error));
    config.master = master.key;
    config.master_generation = master.generation;
    enum err err = lab_hsm_open_under(&config, &server->lab_hsm);
    secret_wipe(&config.master);
    secret_wipe(&master.key);
    return err;
}

static enum err open_hsm(struct party_server *server, const struct party_server_setup *setup,
                         struct text *error)
{
    const struct config *config = server->config;
    const struct lab_seed *seed = setup->seed;

    if (config->passphrase[0] != 0)
        TRY(open_under_passphrase(server, error));
    else
        TRY(lab_hsm_open(&config->world, seed, &server->target, (struct random_source){0},
                         &server->lab_hsm));
    if (server->target.party == PARTY_TERMINAL)
        TRY(deal_cards(server, setup, error));
    server->hsm = lab_hsm_contract(&server->lab_hsm); /* once the reader has its cards */
    return OK;
}

/* The store's keys must open under this master key, or nothing would work and nobody know why. */
static enum err check_master(struct party_server *server, struct text *error)
{
    static _Thread_local struct store_row row;
    struct store_row *rows[] = {&row};
    struct hsm_command command = {.kind = HSM_KEY_CHECK};
    struct config_row config;
    struct key_header header;

    row.key = row_key_of(TABLE_CONFIG, NULL, 0);
    if (server->store.load(server->store.self, rows, 1) != STORE_OK)
        return say(error, ERR_IO, server->name, "cannot read the store");
    if (!row.found)
        return OK;
    if (row.len != sizeof config)
        return say(error, ERR_VERSION, server->name,
                   "the store's set-up was written by another version of acquit");
    memcpy(&config, row.value, sizeof config);
    if (keyblock_header(&config.pan_store, &header) == OK)
        command.of.key_check.key = hsm_key_of(&config.pan_store, &header.owner);
    if (hsm_ask(&server->hsm, &command).result == HSM_OK)
        return OK;
    return say(error, ERR_KEY, server->name,
               "the master key does not open the keys in this store: wrong lab.seed or passphrase");
}

static void wake_links(void *context)
{
    struct party_server *server = context;

    uv_async_send(&server->wake);
}

static enum err start_lane(struct party_server *server, const struct party_server_setup *setup)
{
    struct lane_setup lane = {
        .name = server->name,
        .party = party_of(server->target.party),
        .store = &server->store,
        .hsm = &server->hsm,
        .profiles = server->profile_list,
        .profile_count = PROFILE_COUNT,
        .wake = wake_links,
        .wake_context = server,
    };

    if (uv_async_init(setup->loop, &server->wake, setup->on_wake) != 0)
        return ERR_IO;
    server->wake.data = setup->wake_context;
    server->is_waking = true;
    return lane_start(&lane, &server->lane);
}

static enum err open_all(struct party_server *server, const struct party_server_setup *setup,
                         struct text *error)
{
    TRY(party_profiles(setup->config, server->dialects, server->profiles));
    for (size_t i = 0; i < PROFILE_COUNT; i++)
        server->profile_list[i] = &server->profiles[i];
    enum err err = open_hsm(server, setup, error);
    if (err != OK)
        return error->len > 0 ? err : say(error, err, server->name, "cannot open the HSM");
    TRY(party_store_open(server->config, server->store_name, server->node, &server->store, error));
    TRY(check_master(server, error));
    err = provision(server, setup->seed, error);
    if (err != OK && error->len > 0)
        return err;
    if (err != OK)
        return say(error, err, server->name, "cannot write the set-up into the store");
    err = start_lane(server, setup);
    return err == OK ? OK : say(error, err, server->name, "cannot start");
}

static void close_all(struct party_server *server)
{
    if (server->store.self != NULL)
        server->store.close(server->store.self);
    server->store.self = NULL;
    lab_hsm_close(&server->lab_hsm);
    card_counters_close(&server->counters);
}

void party_server_node_name(const struct party_server *server, uint16_t node,
                            char out[static PARTY_NAME_LEN])
{
    struct text t = text_over(out, PARTY_NAME_LEN);

    text_add(&t, server->store_name);
    if (node != server->config->node) {
        text_add_char(&t, '-');
        text_add_u64(&t, node);
    }
    (void)text_z(&t);
}

static void name_party(struct party_server *server, uint16_t node)
{
    party_store_name(server->config, &server->target, server->store_name);
    server->node = node != 0 ? node : server->config->node;
    party_server_node_name(server, server->node, server->name);
}

enum err party_server_open(const struct party_server_setup *setup, struct party_server *out,
                           struct text *error)
{
    memset(out, 0, sizeof *out);
    out->config = setup->config;
    out->target = setup->target;
    name_party(out, setup->node);
    enum err err = open_all(out, setup, error);
    if (err != OK)
        close_all(out);
    return err;
}

void party_server_close(struct party_server *server)
{
    lane_stop(server->lane); /* closes the store */
    server->store.self = NULL;
    close_all(server);
}

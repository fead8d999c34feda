#include "app/world/party_store.h"

#include "drivers/journal/store_shipped.h"
#include "drivers/postgres/store_postgres.h"
#include "drivers/sqlite/store_sqlite.h"
#include "drivers/store_memory.h"

#include <stdio.h>
#include <unistd.h>

#define BUSY_TRIES 20
#define BUSY_PAUSE_US 50000
#define JOURNAL_KEEP 100000 /* records that a store in memory remembers */

void party_store_name(const struct config *config, const struct lab_target *target,
                      char out[static PARTY_NAME_LEN])
{
    struct text t = text_over(out, PARTY_NAME_LEN);

    if (target->party == PARTY_ISSUER)
        text_add(&t, "issuer-");
    text_add(&t, lab_target_name(&config->world, target));
}

static enum err open_memory(uint16_t node, struct store *out)
{
    struct store_memory_options options = {.node = node, .journal_keep = JOURNAL_KEEP};

    return store_memory_open(&options, out);
}

static enum err open_postgres(const struct config *config, const char *name, uint16_t node,
                              struct store *out, struct text *error)
{
    char schema[STORE_POSTGRES_SCHEMA_LEN_MAX + 1];
    struct text t = text_over(schema, sizeof schema);
    struct store_postgres_options options = {
        .conninfo = config->postgres, .schema = schema, .node = node, .lease_ms = config->lease_ms};

    text_add(&t, "acquit_");
    for (const char *at = name; *at != 0; at++)
        text_add_char(&t, *at == '-' ? '_' : *at);
    return store_postgres_open(&options, out, error);
}

static struct text sqlite_path(const struct config *config, const char *name, char *room,
                               size_t room_len)
{
    struct text t = text_over(room, room_len);

    text_add(&t, config->data);
    text_add_char(&t, '/');
    text_add(&t, name);
    text_add(&t, ".db");
    return t;
}

/* The driver names the file as soon as it begins; people want to hear only of what fails. */
static enum err open_sqlite(const struct config *config, const char *path, struct store *out,
                            struct text *error)
{
    char room[512];
    struct text why = text_over(room, sizeof room);
    enum err err = store_sqlite_open(path, config->node, NULL, out, &why);

    /* A process that was killed holds its files until the last of its threads has ended. */
    for (int tries = 0; err == ERR_BUSY && tries < BUSY_TRIES; tries++) {
        usleep(BUSY_PAUSE_US);
        why = text_over(room, sizeof room);
        err = store_sqlite_open(path, config->node, NULL, out, &why);
    }
    if (err != OK)
        text_add(error, text_z(&why));
    return err;
}

static void note_standby(void *context, const char *words)
{
    (void)context;
    fprintf(stderr, "acquit: ALARM: %s\n", words);
}

/* With a standby, no answer leaves before it has the records, too. */
static enum err open_kept(const struct config *config, const char *name, struct store *out,
                          struct text *error)
{
    struct store_shipping how = {.address = config->standby,
                                 .party = name,
                                 .is_required = config->standby_is_required,
                                 .note = note_standby};
    const struct tls_files files = {.certificate = config->standby_tls.certificate,
                                    .key = config->standby_tls.key,
                                    .authority = config->standby_tls.authority,
                                    .peer_name = config->standby_peer};
    char path[CONFIG_PATH_LEN + 64];
    struct store inner;

    (void)sqlite_path(config, name, path, sizeof path);
    if (config->standby[0] == 0)
        return open_sqlite(config, path, out, error);
    if (config->standby_tls.is_on)
        how.tls = &files;
    TRY(open_sqlite(config, path, &inner, error));
    return store_shipped_open(&inner, &how, out, error);
}

enum err party_store_open(const struct config *config, const char *name, uint16_t node,
                          struct store *out, struct text *error)
{
    switch (config->store) {
    case CONFIG_MEMORY:
        return open_memory(node, out);
    case CONFIG_POSTGRES:
        return open_postgres(config, name, node, out, error);
    case CONFIG_SQLITE:
        break;
    }
    return open_kept(config, name, out, error);
}

enum err party_store_open_idle(const struct config *config, const char *name, struct store *out,
                               struct text *error)
{
    char path[CONFIG_PATH_LEN + 64];

    if (config->store == CONFIG_POSTGRES)
        return open_postgres(config, name, 0, out, error);
    if (config->store == CONFIG_MEMORY) {
        text_add(error, name);
        text_add(error, ": its store was in memory and is gone");
        return ERR_UNSUPPORTED;
    }
    (void)sqlite_path(config, name, path, sizeof path);
    if (access(path, F_OK) == 0)
        return open_sqlite(config, path, out, error);
    text_add(error, path);
    text_add(error, ": there is no store yet");
    return ERR_NOT_FOUND;
}

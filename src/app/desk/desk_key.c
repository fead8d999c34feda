#include "app/desk/desk_key.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

static enum err fail(struct text *fault, const char *id, const char *words)
{
    text_add(fault, id);
    text_add(fault, ": ");
    text_add(fault, words);
    return ERR_NOT_FOUND;
}

/* "#A1B2C3D4", or "620000******0931#A1B2C3D4" as lists show it. */
static enum err read_hash(const char *id, const char *hex, struct desk_name *out,
                          struct text *fault)
{
    size_t len = 0;

    if (bytes_from_hex(hex, strlen(hex), out->hash, sizeof out->hash, &len) != OK || len < 4)
        return fail(fault, id,
                    "expected # and at least eight hex digits, as acquit card list "
                    "shows them");
    out->hash_len = (uint8_t)len;
    return OK;
}

static enum err read_card(const struct lab_world *world, const char *id, struct desk_name *out,
                          struct text *fault)
{
    const char *hash = strchr(id, '#');

    if (hash != NULL)
        return read_hash(id, hash + 1, out, fault);
    uint32_t index = lab_world_card(world, id);
    if (index == world->card_count || world->cards[index].issuer == LAB_NO_ISSUER)
        return fail(fault, id,
                    "no issuer here has a card of this label; acquit card list shows "
                    "them");
    desk_name_of_card(world, index, out);
    return OK;
}

static enum err read_account(const char *id, struct desk_name *out, struct text *fault)
{
    uint64_t number = 0;

    if (*id == 0 || bytes_to_number(id, strlen(id), &number) != OK || number == 0)
        return fail(fault, id, "an account is a number from 1; acquit account list shows them");
    out->key = row_key_number(TABLE_ACCOUNT, number);
    return OK;
}

static enum err read_issuer(const struct lab_world *world, const char *id, struct desk_name *out,
                            struct text *fault)
{
    for (uint32_t i = 0; i < world->issuer_count; i++) {
        if (strcmp(world->issuers[i].id, id) != 0 || world->issuers[i].is_absent)
            continue;
        out->key = row_key_of(TABLE_CONFIG, NULL, 0);
        out->is_of_issuer = true;
        out->issuer = (uint16_t)i;
        return OK;
    }
    return fail(fault, id, "there is no such issuer here; acquit issuer list shows them");
}

/* A host that another party here has heard of, or one of its nodes: 20000001, 20000001/2. */
static enum err read_peer(const char *id, struct desk_name *out, struct text *fault)
{
    char room[ACQUIRER_ID_LEN];
    char host[2 * ACQUIRER_ID_LEN];
    struct text t = text_over(host, sizeof host);
    size_t len = strcspn(id, "/");
    uint64_t node = 1;

    text_add_bytes(&t, bytes_over(id, len));
    if (len == 0 || t.cut || identity_id_from_text(text_z(&t), 0, room, sizeof room) != OK ||
        (id[len] == '/' && (bytes_to_number(id + len + 1, strlen(id + len + 1), &node) != OK ||
                            node == 0 || node > UINT16_MAX)))
        return fail(fault, id,
                    "a host's id is 1 to 11 digits, with /2 behind it for its second node; "
                    "acquit peer list shows them");
    out->key = peer_row_key(room, (uint16_t)node);
    return OK;
}

enum err desk_name_read(const struct desk_table *table, const struct lab_world *world,
                        const char *id, struct desk_name *out, struct text *fault)
{
    char room[MERCHANT_ID_LEN];
    size_t len = table->table == TABLE_MERCHANT ? MERCHANT_ID_LEN : TERMINAL_ID_LEN;

    memset(out, 0, sizeof *out);
    out->table = table;
    if (table->table == TABLE_CARD)
        return read_card(world, id, out, fault);
    if (table->table == TABLE_ACCOUNT)
        return read_account(id, out, fault);
    if (table->table == TABLE_CONFIG)
        return read_issuer(world, id, out, fault);
    if (table->table == TABLE_PEER)
        return read_peer(id, out, fault);
    if (*id == 0 || identity_id_from_text(id, ' ', room, len) != OK)
        return fail(fault, id,
                    len == MERCHANT_ID_LEN ? "a merchant id is 1 to 15 characters"
                                           : "a terminal id is 1 to 8 characters");
    out->key = row_key_of(table->table, room, len);
    return OK;
}

void desk_name_of_card(const struct lab_world *world, uint32_t index, struct desk_name *out)
{
    assert(index < world->card_count);
    memset(out, 0, sizeof *out);
    out->table = desk_table_find("card");
    out->is_card_number = true;
    out->is_of_issuer = true;
    out->pan = lab_card_pan(&world->cards[index]);
    out->issuer = world->cards[index].issuer;
}

void desk_name_of_terminal(const struct lab_world *world, uint32_t index, struct desk_name *out)
{
    char id[TERMINAL_ID_LEN];

    assert(index < world->terminal_count);
    memset(out, 0, sizeof *out);
    out->table = desk_table_find("terminal");
    enum err err = identity_id_from_text(world->terminals[index].id, ' ', id, sizeof id);
    assert(err == OK);
    out->key = row_key_of(TABLE_TERMINAL, id, sizeof id);
}

void desk_name_wipe(struct desk_name *name)
{
    pan_wipe(&name->pan);
}

bool desk_name_may_be_at(const struct desk_name *name, const struct lab_target *target)
{
    if ((name->table->kept_at & DESK_AT(target->party)) == 0)
        return false;
    return !name->is_of_issuer || name->issuer == target->issuer;
}

/* ---- in a job ---- */

static enum desk_found load(struct store *store, struct store_row *row, const struct row_key *key)
{
    struct store_row *rows[] = {row};

    row->key = *key;
    row->found = false;
    if (store->load(store->self, rows, 1) != STORE_OK)
        return DESK_STORE_FAILED;
    return row->found ? DESK_FOUND : DESK_NOT_FOUND;
}

/* The look-up hash of a number, under the keys in the party's own configuration row. */
static enum desk_found hash_pan(const struct pan *pan, const struct hsm *hsm, struct store *store,
                                struct store_row *room, struct row_key *out)
{
    struct row_key config_key = row_key_of(TABLE_CONFIG, NULL, 0);
    struct hsm_command command = {.kind = HSM_PAN_PROTECT};
    struct config_row config;
    struct key_header header;
    enum desk_found found = load(store, room, &config_key);

    if (found != DESK_FOUND || room->len != sizeof config)
        return found == DESK_FOUND ? DESK_STORE_FAILED : found;
    memcpy(&config, room->value, sizeof config);
    if (keyblock_header(&config.pan_store, &header) != OK)
        return DESK_STORE_FAILED;
    command.of.pan_protect.store = hsm_key_of(&config.pan_store, &header.owner);
    command.of.pan_protect.index = hsm_key_of(&config.pan_index, &header.owner);
    command.of.pan_protect.pan = *pan;
    struct hsm_answer answer = hsm_ask(hsm, &command);
    hsm_command_wipe(&command);
    if (answer.result != HSM_OK)
        return DESK_STORE_FAILED;
    *out = row_key_of(TABLE_CARD, answer.of.protected_pan.hash.at,
                      sizeof answer.of.protected_pan.hash.at);
    return DESK_FOUND;
}

enum desk_found desk_name_hash(const struct desk_name *name, const struct hsm *hsm,
                               struct store *store, struct pan_hash *out)
{
    struct store_row *room = calloc(1, sizeof *room);
    struct row_key key;

    assert(name->is_card_number);
    if (room == NULL)
        return DESK_STORE_FAILED;
    enum desk_found found = hash_pan(&name->pan, hsm, store, room, &key);
    if (found == DESK_FOUND)
        memcpy(out->at, key.at, sizeof out->at);
    free(room);
    return found;
}

struct prefix_search {
    const struct desk_name *name;
    size_t count;
    struct row_key key;
};

static bool visit_prefix(void *context, const struct row_key *key, struct bytes value)
{
    struct prefix_search *search = context;

    (void)value;
    if (key->table != TABLE_CARD ||
        memcmp(key->at, search->name->hash, search->name->hash_len) != 0)
        return false;
    search->key = *key;
    return ++search->count < 2;
}

static enum desk_found find_prefix(const struct desk_name *name, struct store *store,
                                   struct row_key *out)
{
    struct prefix_search search = {.name = name};
    struct row_key from = row_key_of(TABLE_CARD, name->hash, name->hash_len);

    if (store->scan(store->self, &from, visit_prefix, &search) != STORE_OK)
        return DESK_STORE_FAILED;
    *out = search.key;
    if (search.count == 0)
        return DESK_NOT_FOUND;
    return search.count == 1 ? DESK_FOUND : DESK_AMBIGUOUS;
}

enum desk_found desk_name_load(const struct desk_name *name, const struct hsm *hsm,
                               struct store *store, struct store_row *out)
{
    struct row_key key = name->key;
    enum desk_found found = DESK_FOUND;

    if (name->is_card_number)
        found = hash_pan(&name->pan, hsm, store, out, &key);
    else if (name->hash_len > 0)
        found = find_prefix(name, store, &key);
    if (found == DESK_FOUND)
        found = load(store, out, &key);
    if (found == DESK_FOUND && out->len != name->table->row_len)
        return DESK_STORE_FAILED;
    return found;
}

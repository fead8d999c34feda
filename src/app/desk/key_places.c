#include "app/desk/key_places.h"

#include <string.h>

#define PLACE(s, field) sizeof(struct s), offsetof(struct s, field)

/* clang-format off */
static const struct key_place {
    enum row_table table;
    const char *name;
    size_t row_len;
    size_t offset;
    bool may_replace;
} places[] = {
    {TABLE_CONFIG,        "config.pan_store",          PLACE(config_row, pan_store),           false},
    {TABLE_CONFIG,        "config.pan_index",          PLACE(config_row, pan_index),           false},
    {TABLE_CONFIG,        "config.card_verify",        PLACE(config_row, card_verify),         true},
    {TABLE_CONFIG,        "config.pin_verify",         PLACE(config_row, pin_verify),          true},
    {TABLE_CONFIG,        "config.chip",               PLACE(config_row, chip),                true},
    {TABLE_TERMINAL,      "terminal.master",           PLACE(terminal_row, master),            true},
    {TABLE_TERMINAL_KEYS, "terminal_keys.pin",         PLACE(terminal_keys_row, pin),          false},
    {TABLE_TERMINAL_KEYS, "terminal_keys.mac",         PLACE(terminal_keys_row, mac),          false},
    {TABLE_TERMINAL_KEYS, "terminal_keys.mac_before",  PLACE(terminal_keys_row, mac_before),   false},
    {TABLE_ISSUER,        "issuer.zone_master",        PLACE(issuer_row, zone_master),         true},
    {TABLE_ISSUER,        "issuer.zone_pin",           PLACE(issuer_row, zone_pin),            false},
    {TABLE_ISSUER,        "issuer.zone_mac",           PLACE(issuer_row, zone_mac),            false},
    {TABLE_ISSUER,        "issuer.zone_mac_before",    PLACE(issuer_row, zone_mac_before),     false},
    {TABLE_ACQUIRER,      "acquirer.zone_master",      PLACE(acquirer_row, zone_master),       true},
    {TABLE_ACQUIRER,      "acquirer.zone_pin",         PLACE(acquirer_row, zone_pin),          false},
    {TABLE_ACQUIRER,      "acquirer.zone_mac",         PLACE(acquirer_row, zone_mac),          false},
    {TABLE_ACQUIRER,      "acquirer.zone_mac_before",  PLACE(acquirer_row, zone_mac_before),   false},
};
/* clang-format on */

struct walk {
    enum row_table table;
    key_places_visit *visit;
    void *context;
    bool is_over;
};

static bool is_empty(const struct keyblock *block)
{
    static const struct keyblock nothing;

    return memcmp(block, &nothing, sizeof nothing) == 0;
}

static bool visit_place(struct walk *walk, const struct key_place *place, const struct row_key *row,
                        struct bytes value)
{
    struct key_found found = {.place = place->name,
                              .may_replace = place->may_replace,
                              .offset = (uint16_t)place->offset,
                              .row = *row};

    memcpy(&found.block, value.at + place->offset, sizeof found.block);
    if (is_empty(&found.block))
        return true;
    found.is_readable = keyblock_header(&found.block, &found.header) == OK;
    return walk->visit(walk->context, &found, value);
}

static bool visit_row(void *context, const struct row_key *key, struct bytes value)
{
    struct walk *walk = context;

    if (key->table != walk->table)
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
        if (places[i].table != walk->table || places[i].row_len != value.len)
            continue;
        if (!visit_place(walk, &places[i], key, value)) {
            walk->is_over = true;
            return false;
        }
    }
    return true;
}

enum store_result key_places_each(struct store *store, key_places_visit *visit, void *context)
{
    static const enum row_table tables[] = {TABLE_CONFIG, TABLE_TERMINAL, TABLE_TERMINAL_KEYS,
                                            TABLE_ISSUER, TABLE_ACQUIRER};

    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        struct walk walk = {.table = tables[i], .visit = visit, .context = context};
        struct row_key from = row_key_of(tables[i], NULL, 0);
        enum store_result result = store->scan(store->self, &from, visit_row, &walk);

        if (result != STORE_OK || walk.is_over)
            return result;
    }
    return STORE_OK;
}

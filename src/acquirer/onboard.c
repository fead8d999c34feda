#include "acquirer/onboard.h"

#include "books/handout_rows.h"
#include "books/update_rows.h"
#include "acquirer/route.h"
#include "risk/place.h"
#include "risk/rules.h"

#include <string.h>

/* All kinds that have a payment row: they stand together in the table. */
#define ALL_KINDS ((2U << KIND_TIP_ADJUST) - (1U << KIND_SALE))
#define WAIT_MS_MAX 600000 /* nobody waits ten minutes for an answer */

struct row_key onboard_merchant_key(const struct merchant_row *row)
{
    return desk_merchant_key(row->merchant);
}

struct row_key onboard_terminal_key(const struct terminal_row *row)
{
    return row_key_of(TABLE_TERMINAL, row->terminal, TERMINAL_ID_LEN);
}

struct row_key onboard_route_key(const struct route_row *row)
{
    return row_key_of(TABLE_ROUTE, row->bin, row->bin_len <= sizeof row->bin ? row->bin_len : 0);
}

struct row_key onboard_issuer_key(const struct issuer_row *row)
{
    return desk_issuer_key(row->issuer);
}

static enum err digits_into(const char *digits, char *out, size_t out_len)
{
    if (!bytes_are_digits(digits, strlen(digits)))
        return ERR_BAD_VALUE;
    return identity_id_from_text(digits, 0, out, out_len);
}

enum err onboard_merchant(const char *id, const char *name, uint16_t category,
                          struct merchant_row *out)
{
    struct merchant_row row;

    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    row.state = RECORD_ACTIVE;
    row.category = category;
    TRY(identity_id_from_text(id, ' ', row.merchant, sizeof row.merchant));
    TRY(identity_id_from_text(name, 0, row.name, sizeof row.name));
    *out = row;
    return OK;
}

enum err onboard_terminal(const char *id, const char *merchant, const struct keyblock *master,
                          struct terminal_row *out)
{
    struct terminal_row row;

    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    row.state = RECORD_ACTIVE;
    row.batch = 1;
    row.kinds = ALL_KINDS;
    row.master = *master;
    TRY(identity_id_from_text(id, ' ', row.terminal, sizeof row.terminal));
    TRY(identity_id_from_text(merchant, ' ', row.merchant, sizeof row.merchant));
    *out = row;
    return OK;
}

enum err onboard_route(const char *bin, const char *issuer, struct route_row *out)
{
    struct route_row row;
    size_t len = strlen(bin);

    if (len != BIN_LEN_LONG && len != BIN_LEN_SHORT)
        return ERR_BAD_LENGTH;
    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    row.bin_len = (uint8_t)len;
    TRY(digits_into(bin, row.bin, sizeof row.bin));
    TRY(digits_into(issuer, row.issuer, sizeof row.issuer));
    *out = row;
    return OK;
}

enum err onboard_issuer(const char *id, const char *name, const struct keyblock *master,
                        struct issuer_row *out)
{
    struct issuer_row row;

    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    row.zone_master = *master;
    TRY(digits_into(id, row.issuer, sizeof row.issuer));
    TRY(identity_id_from_text(name, 0, row.name, sizeof row.name));
    *out = row;
    return OK;
}

/* ---- checking ---- */

static const char *check_config(const void *value, struct row_key *key)
{
    const struct config_row *row = value;

    *key = desk_config_key();
    if (row->party != PARTY_ACQUIRER || desk_id_is_empty(row->id))
        return "this is no acquirer's configuration";
    if (money_letters(row->currency)[0] == '?')
        return "the currency is unknown";
    if (row->answer_wait_ms == 0 || row->answer_wait_ms > WAIT_MS_MAX)
        return "the wait for an answer must be 1 to 600000 ms";
    if (row->retry_first_ms == 0 || row->retry_max_ms < row->retry_first_ms)
        return "the pauses between reversals must grow from at least 1 ms";
    return NULL;
}

static const char *check_terminal(const void *value, struct row_key *key)
{
    const struct terminal_row *row = value;

    *key = onboard_terminal_key(row);
    if (row->state >= RECORD_STATE_COUNT)
        return "the state is unknown";
    return row->batch > 999999 ? "the batch number has six digits" : NULL;
}

static const char *check_merchant(const void *value, struct row_key *key)
{
    const struct merchant_row *row = value;

    *key = onboard_merchant_key(row);
    if (row->state >= RECORD_STATE_COUNT)
        return "the state is unknown";
    if (row->amount_max_minor < 0 || row->amount_max_minor > MONEY_MINOR_MAX)
        return "the limit is no amount";
    uint32_t month = row->licence_until / 100 % 100;
    uint32_t day = row->licence_until % 100;
    if (row->licence_until != 0 && (month < 1 || month > 12 || day < 1 || day > 31))
        return "the licence's last day is no date";
    struct place place = {row->latitude_e5, row->longitude_e5};
    return place_is_sound(place) ? NULL : "the place is not on earth";
}

static const char *check_route(const void *value, struct row_key *key)
{
    const struct route_row *row = value;

    *key = onboard_route_key(row);
    if ((row->bin_len != BIN_LEN_LONG && row->bin_len != BIN_LEN_SHORT) ||
        !bytes_are_digits(row->bin, row->bin_len))
        return "a card range is six or eight digits";
    return desk_id_is_empty(row->issuer) ? "no issuer is named" : NULL;
}

static const char *check_issuer(const void *value, struct row_key *key)
{
    const struct issuer_row *row = value;

    *key = onboard_issuer_key(row);
    if (desk_id_is_empty(row->issuer))
        return "no issuer is named";
    return desk_has_key(&row->zone_master) ? NULL : "the zone master key is missing";
}

/* What a host said of its books: an operator only clears that it is behind. */
static const char *check_peer(const void *value, struct row_key *key)
{
    const struct peer_row *row = value;

    *key = peer_row_key(row->peer, row->node);
    return desk_id_is_empty(row->peer) ? "no host is named" : NULL;
}

static const char *check_rules(const void *value, struct row_key *key)
{
    *key = rules_key();
    return rules_head_fault(value);
}

static const char *check_rule_part(const void *value, struct row_key *key)
{
    const struct rule_part_row *row = value;
    const char *fault = rules_part_fault(row);

    if (fault == NULL)
        *key = rules_part_key(row->slot, row->place);
    return fault;
}

static const char *check_listed(const void *value, struct row_key *key)
{
    const struct listed_card_row *row = value;

    *key = rules_listed_key(&row->card);
    if (row->is_listed > 1)
        return "a card is on the list or not";
    return row->list[0] == 0 ? "no list is named" : NULL;
}

static const char *check_update(const void *value, struct row_key *key)
{
    const struct update_row *row = value;
    enum update_kind kind = (enum update_kind)row->manifest.kind;

    *key = update_row_key(kind, row->manifest.version);
    if (kind != UPDATE_SOFTWARE && kind != UPDATE_PARAMETERS)
        return "an update is software or parameters";
    return row->manifest.pieces == 0 ? "the package is empty" : NULL;
}

/* Which of the published pieces it is stands in its key alone. */
static const char *check_piece(const void *value, struct row_key *key)
{
    const struct piece_row *row = value;

    (void)key;
    return row->len == 0 || row->len > UPDATE_PIECE_LEN_MAX ? "a piece has 1 to 512 bytes" : NULL;
}

static const char *check_offer(const void *value, struct row_key *key)
{
    const struct offer_row *row = value;

    *key = offer_row_key((enum update_kind)row->kind, row->group);
    return row->version == 0 || row->version > UPDATE_VERSION_MAX ? "no version is named" : NULL;
}

/* The acquirer's own only: what a terminal has is the terminal's word. */
static const char *check_handout(const void *value, struct row_key *key)
{
    static const char everybody[TERMINAL_ID_LEN];
    const struct handout_row *row = value;
    struct handout_name name = {.len = row->name_len};
    const char *fault = "the list cannot be read";
    enum txn_kind kind = (enum txn_kind)row->kind;
    size_t count;

    if ((kind != KIND_CA_KEYS && kind != KIND_AIDS) || row->len > sizeof row->at ||
        row->name_len > sizeof name.at)
        return "CA keys and AIDs are handed out";
    memcpy(name.at, row->name, row->name_len);
    *key = handout_row_key(everybody, kind, &name);
    if (row->name_len == 0)
        return handout_list_count(kind, handout_block(row), &count) == OK ? NULL : fault;
    return handout_entry_check(kind, handout_block(row), &fault) == OK ? NULL : fault;
}

/* clang-format off */
static const struct {
    enum row_table table;
    uint16_t layout;
    uint16_t len;
    const char *(*check)(const void *value, struct row_key *key);
} check_table[] = {
    { TABLE_CONFIG,   PARTY_ROW_LAYOUT, sizeof(struct config_row),   check_config },
    { TABLE_TERMINAL, PARTY_ROW_LAYOUT, sizeof(struct terminal_row), check_terminal },
    { TABLE_MERCHANT, PARTY_ROW_LAYOUT, sizeof(struct merchant_row), check_merchant },
    { TABLE_ROUTE,    PARTY_ROW_LAYOUT, sizeof(struct route_row),    check_route },
    { TABLE_ISSUER,   PARTY_ROW_LAYOUT, sizeof(struct issuer_row),   check_issuer },
    { TABLE_PEER,     PARTY_ROW_LAYOUT, sizeof(struct peer_row),     check_peer },
    { TABLE_UPDATE,   PARTY_ROW_LAYOUT, sizeof(struct update_row),   check_update },
    { TABLE_PIECE,    PARTY_ROW_LAYOUT, sizeof(struct piece_row),    check_piece },
    { TABLE_OFFER,    PARTY_ROW_LAYOUT, sizeof(struct offer_row),    check_offer },
    { TABLE_HANDOUT,  PARTY_ROW_LAYOUT, sizeof(struct handout_row),  check_handout },
    { TABLE_RULES,       RISK_ROW_LAYOUT, sizeof(struct rules_row),       check_rules },
    { TABLE_RULE_PART,   RISK_ROW_LAYOUT, sizeof(struct rule_part_row),   check_rule_part },
    { TABLE_LISTED_CARD, RISK_ROW_LAYOUT, sizeof(struct listed_card_row), check_listed },
};
/* clang-format on */

static enum err row_check(size_t index, const struct row_key *key, struct bytes value,
                          const char **fault)
{
    _Alignas(8) uint8_t room[ROW_VALUE_LEN_MAX];
    struct row_key own = *key;
    uint16_t layout;

    if (value.len != check_table[index].len) {
        *fault = "the row has another size";
        return ERR_BAD_LENGTH;
    }
    memcpy(room, value.at, value.len);
    memcpy(&layout, room, sizeof layout);
    if (layout != check_table[index].layout) {
        *fault = "the row has another layout";
        return ERR_VERSION;
    }
    *fault = check_table[index].check(room, &own);
    if (*fault == NULL && !row_key_equal(&own, key))
        *fault = "the row belongs under another key";
    return *fault == NULL ? OK : ERR_BAD_VALUE;
}

enum err onboard_check(const struct row_key *key, struct bytes value, const char **fault)
{
    *fault = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(check_table); i++) {
        if (check_table[i].table == key->table)
            return row_check(i, key, value, fault);
    }
    *fault = "operators do not write this table";
    return ERR_UNSUPPORTED;
}

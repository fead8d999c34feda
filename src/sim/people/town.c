#include "sim/people/town.h"

#include "risk/rules.h"
#include "sim/universe.h"

#include "base/assert.h"

#include <string.h>

#define NO_CHIPS (1U << ENTRY_KEYED | 1U << ENTRY_STRIPE | 1U << ENTRY_CONTACTLESS | 1U << ENTRY_QR)

#define CUTOFF_FROM (23 * 60 + 59) /* minutes of the day */
#define CUTOFF_UNTIL 1

struct town town_draw(struct prng *prng)
{
    return (struct town){
        .is_training = prng_chance(prng, 60),
        .takes_parts = prng_chance(prng, 400),
        .has_cashiers = prng_chance(prng, 200),
        .has_rules = prng_chance(prng, 350),
        .checks_funds = prng_chance(prng, 250),
        .has_cutoff = prng_chance(prng, 200),
        .hold_days = prng_chance(prng, 600) ? 1 : 0,
    };
}

/* ---- putting rows ---- */

static enum err put(struct station *station, struct row_key key, const void *value, size_t len)
{
    struct node_command command = {.kind = COMMAND_PUT_ROW, .key = key, .value_len = (uint16_t)len};
    struct node_event model = station_model(station);
    uint64_t before = engine_sequence(station->at.engine);
    assert(len <= sizeof command.value);
    memcpy(command.value, value, len);
    if (!lab_party_command(&station->at, &model, &command) ||
        engine_run(station->at.engine) != ENGINE_IDLE)
        return ERR_IO;
    return engine_sequence(station->at.engine) == before + 1 ? OK : ERR_IO;
}

/* The rows of a table as they are, to be changed and put again. */
struct town_rows {
    const struct town *town;
    struct station *station;
    size_t size;
    void (*change)(const struct town *town, void *value);
    size_t count;
    struct row_key keys[UNIVERSE_CARDS];
    _Alignas(8) uint8_t values[UNIVERSE_CARDS][ROW_VALUE_LEN_MAX];
};

static bool take_row(void *context, const struct row_key *key, struct bytes value)
{
    struct town_rows *rows = context;
    assert(rows->count < ARRAY_COUNT(rows->keys));
    assert(value.len == rows->size);
    rows->keys[rows->count] = *key;
    memcpy(rows->values[rows->count++], value.at, value.len);
    return true;
}

static enum err change_all(const struct town *town, struct station *station, enum row_table table,
                           size_t size, void (*change)(const struct town *town, void *value))
{
    static struct town_rows rows;
    struct row_key from = row_key_of(table, NULL, 0);
    rows = (struct town_rows){.town = town, .station = station, .size = size, .change = change};
    if (station->disk.scan(station->disk.self, &from, take_row, &rows) != STORE_OK)
        return ERR_IO;
    for (size_t i = 0; i < rows.count; i++) {
        change(town, rows.values[i]);
        TRY(put(station, rows.keys[i], rows.values[i], size));
    }
    return OK;
}

/* ---- what is changed ---- */

static void change_terminal(const struct town *town, void *value)
{
    struct terminal_row *row = value;
    row->partial_ok = town->takes_parts;
    row->needs_cashier = town->has_cashiers;
}

static void change_merchant(const struct town *town, void *value)
{
    struct merchant_row *row = value;
    row->checks_funds = town->checks_funds;
}

static void change_issuer(const struct town *town, void *value)
{
    struct config_row *row = value;
    row->hold_days = town->hold_days;
    if (!town->has_cutoff)
        return;
    row->policy.cutoff_from = CUTOFF_FROM;
    row->policy.cutoff_until = CUTOFF_UNTIL;
}

static void change_account(const struct town *town, void *value)
{
    struct account_row *row = value;
    row->allows_partial = town->takes_parts;
}

/* Chips are left alone, so that after healing every till can sell to one. */
static enum err put_rules(struct station *acquirer)
{
    static const struct rule rules[] = {
        {.name = "card-day",
         .check = RULE_SUM_MOST,
         .per = TALLY_CARD,
         .each = PERIOD_DAY,
         .amount_minor = 60000,
         .entries = NO_CHIPS},
        {.name = "card-shop",
         .check = RULE_COUNT_MOST,
         .per = TALLY_CARD_AT_SHOP,
         .each = PERIOD_DAY,
         .count = 4,
         .entries = NO_CHIPS},
        {.name = "shop-day",
         .check = RULE_SUM_MOST,
         .per = TALLY_MERCHANT,
         .each = PERIOD_DAY,
         .amount_minor = 150000,
         .entries = NO_CHIPS},
        {.name = "till-month",
         .check = RULE_COUNT_MOST,
         .per = TALLY_TERMINAL,
         .each = PERIOD_MONTH,
         .count = 12,
         .entries = NO_CHIPS},
        {.name = "pins", .check = RULE_PIN_WRONG, .count = 4, .entries = NO_CHIPS},
        {.name = "guesses",
         .check = RULE_REFUSALS,
         .per = TALLY_BIN,
         .count = 12,
         .span = 5,
         .entries = NO_CHIPS},
    };
    struct rules_row head = {.currency = acquirer->universe->world.currency, .threshold = 100};
    struct rule_part_row parts[RULE_PARTS_MAX];
    rules_pack(rules, ARRAY_COUNT(rules), NULL, &head, parts);
    for (uint8_t i = 0; i < head.part_count; i++)
        TRY(put(acquirer, rules_part_key(head.slot, i), &parts[i], sizeof parts[i]));
    return put(acquirer, rules_key(), &head, sizeof head);
}

enum err town_set_up(const struct town *town, struct station *station)
{
    switch (station->role) {
    case AT_TERMINAL:
        return change_all(town, station, TABLE_TERMINAL, sizeof(struct terminal_row),
                          change_terminal);
    case AT_ACQUIRER:
        TRY(change_all(town, station, TABLE_MERCHANT, sizeof(struct merchant_row),
                       change_merchant));
        return town->has_rules ? put_rules(station) : OK;
    case AT_ISSUER:
        TRY(change_all(town, station, TABLE_CONFIG, sizeof(struct config_row), change_issuer));
        return change_all(town, station, TABLE_ACCOUNT, sizeof(struct account_row), change_account);
    case SIM_PARTIES:
        break;
    }
    return OK;
}

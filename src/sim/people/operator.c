#include "sim/people/operator.h"

#include "sim/universe.h"

#include "base/assert.h"

#include <string.h>

#define OVERDUE_SINCE 20261101
#define FUND_MINOR 5000

static struct row_key row_of(const struct universe *universe, enum row_table table, uint32_t index)
{
    const struct lab_world *world = &universe->world;
    char id[MERCHANT_ID_LEN];
    size_t len = table == TABLE_MERCHANT ? MERCHANT_ID_LEN : TERMINAL_ID_LEN;
    const char *z =
        table == TABLE_MERCHANT ? world->merchants[index].id : world->terminals[index].id;
    enum err err = identity_id_from_text(z, ' ', id, len);
    assert(err == OK);
    return row_key_of(table, id, len);
}

/* ---- rows of cards ---- */

struct card_search {
    const char *label;
    struct row_key key;
};

static bool see_card(void *context, const struct row_key *key, struct bytes value)
{
    struct card_search *search = context;
    struct card_row row;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    if (strcmp(row.name, search->label) != 0)
        return true;
    search->key = *key;
    return false;
}

struct row_key operator_card_key(struct station *issuer, const char *label)
{
    struct card_search search = {.label = label};
    struct row_key from = row_key_of(TABLE_CARD, NULL, 0);
    enum store_result result = issuer->disk.scan(issuer->disk.self, &from, see_card, &search);
    assert(result == STORE_OK);
    return search.key;
}

/* ---- giving commands ---- */

static bool give(struct station *station, const struct node_command *command)
{
    struct node_event *event = station_event(station);
    if (!event)
        return false;
    event->kind = EVENT_COMMAND;
    engine_event_command(station->at.engine, event, command);
    station_wake(station);
    return true;
}

/* An account that is not active is overdue. */
static void set_state(enum row_table table, void *row, enum record_state state)
{
    if (table == TABLE_MERCHANT)
        ((struct merchant_row *)row)->state = (uint8_t)state;
    else if (table == TABLE_TERMINAL)
        ((struct terminal_row *)row)->state = (uint8_t)state;
    else if (table == TABLE_CARD)
        ((struct card_row *)row)->state = (uint8_t)state;
    else
        ((struct account_row *)row)->overdue_since = state == RECORD_ACTIVE ? 0 : OVERDUE_SINCE;
}

static void put_state(struct station *station, struct row_key key, const char *name,
                      enum record_state state)
{
    struct universe *universe = station->universe;
    struct store_row row = {.key = key};
    struct store_row *rows[] = {&row};
    if (!station->is_up || station->disk.load(station->disk.self, rows, 1) != STORE_OK ||
        !row.found)
        return;
    struct node_command command = {.kind = COMMAND_PUT_ROW, .key = key, .value_len = row.len};
    memcpy(command.value, row.value, row.len);
    set_state((enum row_table)key.table, command.value, state);
    if (!give(station, &command))
        return;
    struct text *line = chronicle_line(&universe->chronicle, universe->now, "operator");
    text_add(line, row_table_name((enum row_table)key.table));
    text_add_char(line, ' ');
    text_add(line, name);
    text_add(line, " is now ");
    text_add(line, record_state_name(state));
    chronicle_end(&universe->chronicle);
}

static void put_at_switch(struct universe *universe, enum row_table table, uint32_t index,
                          enum record_state state)
{
    const struct lab_world *world = &universe->world;
    put_state(&universe->stations[UNIVERSE_SHOPS], row_of(universe, table, index),
              table == TABLE_MERCHANT ? world->merchants[index].id : world->terminals[index].id,
              state);
}

/* ---- meddling ---- */

static void meddle_at_switch(struct universe *universe, enum record_state state)
{
    bool is_terminal = prng_chance(&universe->chance, 500);
    uint32_t count = is_terminal ? universe->world.terminal_count : universe->world.merchant_count;
    put_at_switch(universe, is_terminal ? TABLE_TERMINAL : TABLE_MERCHANT,
                  (uint32_t)prng_below(&universe->chance, count), state);
}

/* Only of cards that were active at first: what others may not do stays so. */
static void meddle_at_issuer(struct universe *universe, enum record_state state)
{
    const struct lab_card *card = &universe->world.cards[shopper_any_card(universe)];
    uint64_t which = prng_below(&universe->chance, 3);
    if (card->issuer >= VAULT_ISSUERS || card->state != RECORD_ACTIVE)
        return;
    struct station *issuer = universe_issuer(universe, card->issuer);
    struct node_command fund = {.kind = COMMAND_FUND,
                                .account = card->account,
                                .amount = money_of(FUND_MINOR, universe->world.currency)};
    if (!issuer->is_up)
        return;
    if (which == 0)
        put_state(issuer, operator_card_key(issuer, card->label), card->label, state);
    else if (which == 1)
        put_state(issuer, row_key_number(TABLE_ACCOUNT, card->account), card->label, state);
    else
        (void)give(issuer, &fund);
}

void operator_meddle(struct universe *universe)
{
    enum record_state state = prng_chance(&universe->chance, 500) ? RECORD_ACTIVE : RECORD_FROZEN;
    if (prng_chance(&universe->chance, 500))
        meddle_at_switch(universe, state);
    else
        meddle_at_issuer(universe, state);
}

void operator_open_all(struct universe *universe)
{
    for (uint32_t i = 0; i < universe->world.merchant_count; i++)
        put_at_switch(universe, TABLE_MERCHANT, i, RECORD_ACTIVE);
    for (uint32_t i = 0; i < universe->world.terminal_count; i++)
        put_at_switch(universe, TABLE_TERMINAL, i, RECORD_ACTIVE);
}

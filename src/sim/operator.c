#include "sim/operator.h"

#include "sim/universe.h"

#include "base/assert.h"

#include <string.h>

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

static void put_state(struct universe *universe, struct row_key key, enum record_state state)
{
    struct station *acquirer = &universe->stations[UNIVERSE_SHOPS];
    struct store_row row = {.key = key};
    struct store_row *rows[] = {&row};
    if (!acquirer->is_up || acquirer->disk.load(acquirer->disk.self, rows, 1) != STORE_OK ||
        !row.found)
        return;
    struct node_command command = {.kind = COMMAND_PUT_ROW, .key = key, .value_len = row.len};
    memcpy(command.value, row.value, row.len);
    if (key.table == TABLE_MERCHANT)
        ((struct merchant_row *)command.value)->state = (uint8_t)state;
    else
        ((struct terminal_row *)command.value)->state = (uint8_t)state;
    struct node_event *event = station_event(acquirer);
    if (!event)
        return;
    event->kind = EVENT_COMMAND;
    engine_event_command(acquirer->at.engine, event, &command);
    station_wake(acquirer);
    struct text *line = chronicle_line(&universe->chronicle, universe->now, "operator");
    text_add(line, row_table_name((enum row_table)key.table));
    text_add_char(line, ' ');
    text_add_bytes(line, bytes_over(key.at, key.len));
    text_add(line, " is now ");
    text_add(line, record_state_name(state));
    chronicle_end(&universe->chronicle);
}

void operator_meddle(struct universe *universe)
{
    bool is_terminal = prng_chance(&universe->chance, 500);
    enum row_table table = is_terminal ? TABLE_TERMINAL : TABLE_MERCHANT;
    uint32_t count = is_terminal ? universe->world.terminal_count : universe->world.merchant_count;
    uint32_t index = (uint32_t)prng_below(&universe->chance, count);
    enum record_state state = prng_chance(&universe->chance, 500) ? RECORD_ACTIVE : RECORD_FROZEN;
    put_state(universe, row_of(universe, table, index), state);
}

void operator_open_all(struct universe *universe)
{
    for (uint32_t i = 0; i < universe->world.merchant_count; i++)
        put_state(universe, row_of(universe, TABLE_MERCHANT, i), RECORD_ACTIVE);
    for (uint32_t i = 0; i < universe->world.terminal_count; i++)
        put_state(universe, row_of(universe, TABLE_TERMINAL, i), RECORD_ACTIVE);
}

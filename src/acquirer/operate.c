#include "acquirer/operate.h"

#include "acquirer/limit.h"
#include "acquirer/onboard.h"
#include "base/assert.h"
#include "node/archive.h"

#include <string.h>

static bool is_checked(const struct node_command *command)
{
    const char *fault;

    if (command == NULL || command->kind != COMMAND_PUT_ROW ||
        command->value_len > sizeof command->value)
        return false;
    return onboard_check(&command->key, bytes_over(command->value, command->value_len), &fault) ==
           OK;
}

void operate_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;

    if (command != NULL && archive_is_command(command))
        archive_needs(work);
    if (!is_checked(command))
        return;
    node_need(work, command->key);
    if (command->key.table == TABLE_RULES || command->key.table == TABLE_RULE_PART)
        limit_need_rules(work, command);
    else if (command->key.table == TABLE_ROUTE)
        node_need(work, desk_config_key());
}

static void keep_terminal(struct terminal_row *row, const struct terminal_row *old)
{
    row->is_signed_in = old->is_signed_in;
    row->signed_in = old->signed_in;
    row->last = old->last;
    row->software = old->software;
    if (old->batch != 0)
        row->batch = old->batch;
}

static void keep_issuer(struct issuer_row *row, const struct issuer_row *old)
{
    row->since = old->since;
    row->key_version = old->key_version;
    row->zone_pin = old->zone_pin;
    row->zone_mac = old->zone_mac;
    row->zone_mac_before = old->zone_mac_before;
}

/* Puts back what is the switch's own. */
static void keep_own(struct node_work *work, const struct row_key *key, void *value)
{
    const void *old;

    if (key->table == TABLE_TERMINAL) {
        old = node_value(work, key, sizeof(struct terminal_row));
        if (old != NULL)
            keep_terminal(value, old);
    } else if (key->table == TABLE_ISSUER) {
        old = node_value(work, key, sizeof(struct issuer_row));
        if (old != NULL)
            keep_issuer(value, old);
    }
}

/* A card range changed: whoever is told that a range is unknown is told by which table. */
static void count_table(struct node_work *work)
{
    struct row_key key = desk_config_key();
    const struct config_row *old = node_config(work);

    if (old == NULL)
        return;
    struct config_row config = *old;
    config.tables_version++;
    config.tables_since = work->event->wall;
    node_put(work, &key, &config, sizeof config);
}

void operate_step(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    _Alignas(8) uint8_t value[ROW_VALUE_LEN_MAX];

    if (command != NULL && archive_is_command(command)) {
        archive_step(work);
        return;
    }
    if (!is_checked(command) || !limit_takes_rules(work, command)) {
        node_show(work, OUTCOME_TRANSACTION_UNSUPPORTED, NULL);
        return;
    }
    memcpy(value, command->value, command->value_len);
    keep_own(work, &command->key, value);
    node_put(work, &command->key, value, command->value_len);
    if (command->key.table == TABLE_ROUTE)
        count_table(work);
    node_record(work, command->key.table == TABLE_RULES ? WHAT_RULES_CHANGED : WHAT_CONFIGURED,
                NULL);
    node_show(work, OUTCOME_APPROVED, NULL);
}

#include "acquirer/operate.h"

#include "acquirer/onboard.h"
#include "base/assert.h"

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
    if (is_checked(work->event->command))
        node_need(work, work->event->command->key);
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
    row->is_up = old->is_up;
    row->link = old->link;
    row->since = old->since;
    row->sign_on_trace = old->sign_on_trace;
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

void operate_step(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    _Alignas(8) uint8_t value[ROW_VALUE_LEN_MAX];

    if (!is_checked(command)) {
        node_show(work, OUTCOME_TRANSACTION_UNSUPPORTED, NULL);
        return;
    }
    memcpy(value, command->value, command->value_len);
    keep_own(work, &command->key, value);
    node_put(work, &command->key, value, command->value_len);
    node_record(work, WHAT_CONFIGURED, NULL);
    node_show(work, OUTCOME_APPROVED, NULL);
}

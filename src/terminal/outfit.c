#include "terminal/outfit.h"

#include "base/assert.h"

#include <string.h>

/* The tables that an operator sets up, and what a row of each is like. */
static const struct {
    enum row_table table;
    uint8_t key_min;
    uint8_t key_max;
    size_t size;
} tables[] = {
    {TABLE_CONFIG, 0, 0, sizeof(struct config_row)},
    {TABLE_TERMINAL, TERMINAL_ID_LEN, TERMINAL_ID_LEN, sizeof(struct terminal_row)},
    {TABLE_OPERATOR, OPERATOR_KEY_LEN, OPERATOR_KEY_LEN, sizeof(struct operator_row)},
    {TABLE_RANGE, 6, 8, sizeof(struct range_row)},
};

static size_t table_index(enum row_table table)
{
    size_t at = 0;

    while (at < ARRAY_COUNT(tables) && tables[at].table != table)
        at++;
    return at;
}

void outfit_put_needs(struct node_work *work)
{
    const struct row_key *key = &work->event->command->key;

    if (table_index((enum row_table)key->table) < ARRAY_COUNT(tables))
        node_need(work, *key);
}

/* Why a row is refused, in static words; NULL when it is good. */
static const char *fault_of(const struct node_command *command)
{
    size_t at = table_index((enum row_table)command->key.table);
    uint16_t layout = 0;

    if (at == ARRAY_COUNT(tables))
        return "table is not set-up";
    if (command->value_len != tables[at].size || command->key.len < tables[at].key_min ||
        command->key.len > tables[at].key_max)
        return "length";
    memcpy(&layout, command->value, sizeof layout);
    return layout == PARTY_ROW_LAYOUT ? NULL : "layout";
}

/* Keeps what the terminal has counted itself. */
static void put_terminal(struct node_work *work, const struct node_command *command)
{
    const struct terminal_row *old = node_value(work, &command->key, sizeof *old);
    struct terminal_row row;

    memcpy(&row, command->value, sizeof row);
    if (old != NULL) {
        row.is_signed_in = old->is_signed_in;
        row.is_clock_wrong = old->is_clock_wrong;
        row.signed_in = old->signed_in;
        row.batch = old->batch;
        row.trace_next = old->trace_next;
        row.last = old->last;
        row.owed = old->owed;
    }
    node_put(work, &command->key, &row, sizeof row);
}

void outfit_put(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    const char *fault = fault_of(command);

    if (fault != NULL) {
        struct payment_row story;
        memset(&story, 0, sizeof story);
        story.layout = PAYMENT_ROW_LAYOUT;
        story.outcome = OUTCOME_MESSAGE_MALFORMED;
        story.decided_by = PARTY_TERMINAL;
        story.stage = STAGE_ANSWERED;
        evidence_add(story.evidence, EVIDENCE_CHECK, fault);
        node_show(work, OUTCOME_MESSAGE_MALFORMED, &story);
        return;
    }
    if (command->key.table == TABLE_TERMINAL)
        put_terminal(work, command);
    else
        node_put(work, &command->key, command->value, command->value_len);
    node_record(work, WHAT_CONFIGURED, NULL);
    node_show(work, OUTCOME_APPROVED, NULL);
}

#include "terminal/outfit.h"

#include "base/assert.h"

#include <string.h>

void outfit_put_needs(struct node_work *work)
{
    const struct row_key *key = &work->event->command->key;

    if (key->table == TABLE_CONFIG || key->table == TABLE_TERMINAL)
        node_need(work, *key);
}

/* Why a row is refused, in static words; NULL when it is good. */
static const char *fault_of(const struct node_command *command)
{
    uint16_t layout = 0;
    bool is_config = command->key.table == TABLE_CONFIG;
    size_t size = is_config ? sizeof(struct config_row) : sizeof(struct terminal_row);

    if (!is_config && command->key.table != TABLE_TERMINAL)
        return "table is not set-up";
    if (command->value_len != size || command->key.len != (is_config ? 0 : TERMINAL_ID_LEN))
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

#include "terminal/outfit.h"

#include "base/assert.h"

#define ANSWER_WAIT_MS 45000
#define RETRY_FIRST_MS 2000
#define RETRY_MAX_MS 60000
#define SOFTWARE_VERSION 310000 /* header 31, our version 0000 */

enum err outfit_config(const char *acquirer, int32_t utc_offset_s, uint16_t currency,
                       const struct keyblock *pan_keys[static 2], struct config_row *out)
{
    struct config_row row;

    memset(&row, 0, sizeof row);
    TRY(identity_id_from_text(acquirer, 0, row.id, sizeof row.id));
    row.layout = PARTY_ROW_LAYOUT;
    row.party = PARTY_TERMINAL;
    row.utc_offset_s = utc_offset_s;
    row.currency = currency;
    row.answer_wait_ms = ANSWER_WAIT_MS;
    row.retry_first_ms = RETRY_FIRST_MS;
    row.retry_max_ms = RETRY_MAX_MS;
    row.pan_store = *pan_keys[0];
    row.pan_index = *pan_keys[1];
    *out = row;
    return OK;
}

enum err outfit_terminal(const char *terminal, const char *merchant, const struct keyblock *master,
                         uint32_t tap_limit_minor, struct terminal_row *out)
{
    struct terminal_row row;

    memset(&row, 0, sizeof row);
    TRY(identity_id_from_text(terminal, ' ', row.terminal, sizeof row.terminal));
    TRY(identity_id_from_text(merchant, ' ', row.merchant, sizeof row.merchant));
    row.layout = PARTY_ROW_LAYOUT;
    row.state = RECORD_ACTIVE;
    row.batch = 1;
    row.trace_next = 1;
    row.software = SOFTWARE_VERSION;
    row.tap_limit_minor = tap_limit_minor;
    row.master = *master;
    *out = row;
    return OK;
}

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

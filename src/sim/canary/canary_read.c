#include "sim/canary/canary_read.h"

#include <string.h>

#define AGE_NEVER_MS (24 * 3600 * 1000)

/* What a party forgets of the follow-ups. */
static void misread_follow_up(const struct canary *canary, struct store_row *row)
{
    struct payment_row *payment = (struct payment_row *)row->value;
    if (row->key.table != TABLE_PAYMENT || !row->found)
        return;
    if (canary->kind == CANARY_REFUND_TWICE && canary->of == PARTY_ISSUER &&
        payment->kind == KIND_REFUND)
        row->found = false;
    if (canary->kind == CANARY_FORGET_RETURNED)
        payment->returned_minor = 0;
}

/* What was planted first. */
static void misread_row(const struct canary *canary, struct store_row *row)
{
    struct payment_row *payment = (struct payment_row *)row->value;
    struct terminal_row *terminal = (struct terminal_row *)row->value;
    struct card_row *card = (struct card_row *)row->value;
    bool is_issuer = canary->of == PARTY_ISSUER;
    bool is_terminal = canary->of == PARTY_TERMINAL && row->key.table == TABLE_TERMINAL;
    if (canary->kind == CANARY_POST_TWICE && is_issuer && row->key.table == TABLE_PAYMENT)
        row->found = false;
    if (canary->kind == CANARY_RETURN_TWICE && is_issuer && row->key.table == TABLE_PAYMENT &&
        payment->stage == STAGE_REVERSED) {
        payment->stage = STAGE_ANSWERED;
        payment->money = MONEY_MOVED;
    }
    if (canary->kind == CANARY_FORGIVE_PINS && is_issuer && row->key.table == TABLE_CARD)
        card->pin_tries = 0;
    if (canary->kind == CANARY_SELL_WHILE_OWED && is_terminal)
        terminal->owed = (struct identity){0};
    if (canary->kind == CANARY_REUSE_TRACE && is_terminal && terminal->trace_next % 8 == 0)
        terminal->trace_next -= 3;
}

static void misread_payment(struct canary *canary, struct store_row *row)
{
    struct payment_row *payment = (struct payment_row *)row->value;
    bool is_acquirer = canary->of == PARTY_ACQUIRER;
    if (canary->kind == CANARY_BELIEVE_LATE && canary->of == PARTY_TERMINAL &&
        payment->stage == STAGE_REVERSING) {
        payment->stage = STAGE_SENT;
        payment->money = MONEY_UNKNOWN;
    }
    if (canary->kind == CANARY_FORGET_22 && is_acquirer && payment->stage == STAGE_ANSWERED &&
        payment->reversal_reason[0] != 0) {
        memset(payment->reversal_reason, 0, sizeof payment->reversal_reason);
        payment->returned_minor = 0;
    }
    if (canary->kind == CANARY_KEEP_TALLY && is_acquirer && payment->counted != 0)
        payment->counted |= COUNTED_OFF;
    if (canary->kind == CANARY_FORWARD_TWICE && is_acquirer && payment->stage == STAGE_ANSWERED &&
        ++canary->reads % 2 == 0)
        row->found = false;
}

static void swap_advices(struct drawer_row *drawer)
{
    uint8_t first[sizeof drawer->waiting[0]];
    if (drawer->waiting_count < 2)
        return;
    memcpy(first, &drawer->waiting[0], sizeof first);
    drawer->waiting[0] = drawer->waiting[1];
    memcpy(&drawer->waiting[1], first, sizeof first);
}

static void misread_other(struct canary *canary, struct store_row *row)
{
    struct pending_row *pending = (struct pending_row *)row->value;
    struct config_row *config = (struct config_row *)row->value;
    struct drawer_row *drawer = (struct drawer_row *)row->value;
    struct card_row *card = (struct card_row *)row->value;
    bool is_terminal = canary->of == PARTY_TERMINAL;
    bool is_issuer = canary->of == PARTY_ISSUER;
    if (canary->kind == CANARY_BELIEVE_LATE && is_terminal && row->key.table == TABLE_PENDING &&
        pending->kind == PENDING_REVERSAL)
        pending->kind = PENDING_ANSWER;
    if (canary->kind == CANARY_ACCEPT_OLD && is_issuer && row->key.table == TABLE_CONFIG)
        config->request_age_max_ms = AGE_NEVER_MS;
    if (canary->kind == CANARY_FORGET_ORDERS &&
        (row->key.table == TABLE_ORDER || row->key.table == TABLE_SHOP_ORDER))
        row->found = false;
    if (canary->kind == CANARY_SWAP_ADVICES && is_terminal && row->key.table == TABLE_DRAWER)
        swap_advices(drawer);
    if (canary->kind == CANARY_DROP_AT_RESTART && is_terminal && canary->fresh > 0 &&
        row->key.table == TABLE_DRAWER)
        drawer->waiting_count = 0;
    if (canary->kind == CANARY_FORGET_LIMITS && is_issuer && row->key.table == TABLE_CARD) {
        card->daily_used_minor = 0;
        card->daily_count = 0;
    }
}

void canary_misread(struct canary *canary, struct store_row *row)
{
    if (!row->found)
        return;
    misread_row(canary, row);
    misread_follow_up(canary, row);
    if (row->key.table == TABLE_PAYMENT)
        misread_payment(canary, row);
    else
        misread_other(canary, row);
    canary->fresh -= canary->fresh > 0;
}

bool canary_overlooks(const struct canary *canary, const struct row_key *from, struct bytes value)
{
    struct pending_row pending;
    if (from->table != TABLE_PENDING || value.len != sizeof pending)
        return false;
    memcpy(&pending, value.at, sizeof pending);
    if (canary->kind == CANARY_SKIP_RECOVERY)
        return canary->of == PARTY_ACQUIRER;
    return canary->kind == CANARY_DROP_AT_RESTART && canary->of == PARTY_TERMINAL &&
           pending.kind == PENDING_ADVICE;
}

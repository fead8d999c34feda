#include "acquirer/closing.h"

#include "acquirer/admit.h"
#include "acquirer/ledger.h"
#include "acquirer/respond.h"
#include "base/assert.h"
#include "node/standing.h"

#include <string.h>

/* Field 48 of the answer: how the totals compare. */
enum result { RESULT_AGREE = 1, RESULT_DIFFER = 2, RESULT_ERROR = 3 };

void closing_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);

    node_need(work, desk_config_key());
    node_need(work, desk_terminal_key(&desk.identity));
    node_need(work, desk_batch_key(&desk.identity));
    desk_need_marks(&desk);
    standing_need_own(work);
}

static bool totals_equal(const struct totals *a, const struct totals *b)
{
    return a->debit_minor == b->debit_minor && a->credit_minor == b->credit_minor &&
           a->debit_count == b->debit_count && a->credit_count == b->credit_count;
}

static bool differs(const struct desk *desk, const struct batch_row *batch)
{
    return !totals_equal(&desk->message->domestic, &batch->domestic) ||
           !totals_equal(&desk->message->foreign, &batch->foreign);
}

static void answer(const struct desk *desk, const struct batch_row *batch, enum outcome outcome,
                   enum result result)
{
    struct txn_message *out = respond_network(desk);

    respond_set_code(out, outcome);
    out->domestic = batch->domestic;
    out->foreign = batch->foreign;
    out->domestic.result = (uint8_t)result;
    out->foreign.result = (uint8_t)result;
}

static void start_next(const struct desk *desk)
{
    struct row_key key = desk_terminal_key(&desk->identity);
    struct terminal_row row = *desk->terminal;

    if (row.batch != desk->identity.batch || row.batch >= ADMIT_BATCH_MAX)
        return; /* the last number there is: nothing can follow under this record */
    row.batch++;
    node_put(desk->work, &key, &row, sizeof row);
}

static void close_batch(const struct desk *desk, struct batch_row *batch)
{
    struct row_key key = desk_batch_key(&desk->identity);

    assert(batch->open_count == 0);
    batch->is_differing = differs(desk, batch);
    batch->state = BATCH_CLOSED;
    batch->claimed = desk->message->domestic;
    batch->claimed.result = 0;
    batch->closed = desk->event->wall;
    node_put(desk->work, &key, batch, sizeof *batch);
    start_next(desk);
    desk_record(desk, WHAT_BATCH_CLOSED, OUTCOME_APPROVED);
    if (batch->is_differing)
        desk_alarm(desk);
}

static void refuse(const struct desk *desk, const struct batch_row *batch, enum outcome outcome)
{
    bool is_differing = outcome == OUTCOME_SETTLEMENT_TOTALS_DIFFER;

    desk_record(desk, is_differing ? WHAT_TOTALS_DIFFER : WHAT_DECLINED, outcome);
    answer(desk, batch, outcome, is_differing ? RESULT_DIFFER : RESULT_ERROR);
}

static void settle(const struct desk *desk)
{
    struct batch_row batch = desk->batch != NULL ? *desk->batch : ledger_new_batch(desk);
    bool is_forced = desk->message->network_code == NETWORK_SETTLE_FORCED;

    if (batch.state != BATCH_CLOSED) {
        if (batch.open_count > 0) {
            refuse(desk, &batch, OUTCOME_SETTLEMENT_IN_PROGRESS);
            return;
        }
        if (differs(desk, &batch) && !is_forced) {
            refuse(desk, &batch, OUTCOME_SETTLEMENT_TOTALS_DIFFER);
            return;
        }
        close_batch(desk, &batch);
    }
    answer(desk, &batch, OUTCOME_APPROVED, batch.is_differing ? RESULT_DIFFER : RESULT_AGREE);
}

/* It was closed long ago, with all its payments: nothing is begun under its number. */
static bool is_archived(const struct desk *desk)
{
    struct row_key key = desk_batch_key(&desk->identity);

    return !node_row(desk->work, &key)->found && desk->mark != NULL && desk->mark->count > 0 &&
           desk->identity.batch < desk->mark->batch;
}

void closing_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct verdict verdict = admit_closing(&desk);

    if (verdict.outcome == OUTCOME_NONE && is_archived(&desk))
        verdict.outcome = OUTCOME_PAYMENT_ARCHIVED;
    if (verdict.outcome == OUTCOME_NONE) {
        settle(&desk);
        return;
    }
    if (desk.terminal != NULL)
        desk_record(&desk, WHAT_DECLINED, verdict.outcome);
    respond_refusal(&desk, &verdict, RESPOND_PLAIN);
}

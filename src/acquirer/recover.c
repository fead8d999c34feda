#include "acquirer/recover.h"

#include "acquirer/backlog.h"
#include "acquirer/deliver.h"
#include "acquirer/forward.h"
#include "acquirer/ledger.h"
#include "acquirer/limit.h"
#include "acquirer/respond.h"
#include "acquirer/reversal.h"
#include "base/assert.h"

#include <string.h>

void recover_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);

    node_need(work, desk_config_key());
    desk_need_payment(&desk);
    node_need(work, desk_keys_key(&desk.identity));
    if (desk.payment == NULL)
        return;
    desk_need_issuer(work, desk.payment->issuer);
    ledger_need(&desk);
    desk_need_original(&desk);
    limit_need_counted(&desk, desk.payment);
}

static struct verdict no_answer(const struct desk *desk)
{
    struct verdict verdict = {.outcome = OUTCOME_ISSUER_NO_ANSWER};
    int64_t waited_ms = desk_age_ms(desk, desk->payment->created);

    evidence_add_number(verdict.evidence, EVIDENCE_WAITED_S, waited_ms > 0 ? waited_ms / 1000 : 0);
    return verdict;
}

/* After a restart the terminal's link is gone and its own deadline has long passed: it reverses. */
static void give_up(const struct desk *desk)
{
    struct payment_row row = *desk->payment;
    struct verdict verdict = no_answer(desk);
    bool is_restart = desk->event->kind == EVENT_RECOVER;

    if (kind_row((enum txn_kind)row.kind)->is_reversible) {
        evidence_add(verdict.evidence, EVIDENCE_REVERSAL, "queued");
        forward_refuse(&row, &verdict);
        reversal_begin(desk, &row, REVERSAL_NO_ANSWER);
    } else {
        forward_refuse(&row, &verdict);
        payment_row_move(&row, STAGE_ANSWERED);
        backlog_end(desk, &row);
    }
    node_put_payment(desk->work, &row, is_restart ? WHAT_RECOVERED : WHAT_NO_ANSWER);
    if (!is_restart)
        respond_payment(desk, &row);
}

void recover_step(struct node_work *work)
{
    struct desk desk = desk_of(work);

    if (desk.pending == NULL)
        return; /* settled while the deadline was on its way */
    if (!backlog_is_ours(&desk))
        return; /* another node has gone on with it, and waits by a deadline of its own */
    bool is_sent = desk.payment != NULL && desk.payment->stage == STAGE_SENT;
    if (is_sent && kind_row((enum txn_kind)desk.payment->kind)->is_advice) {
        deliver_due(&desk);
    } else if (is_sent) {
        give_up(&desk);
    } else if (desk.payment != NULL && desk.payment->stage == STAGE_REVERSING) {
        reversal_retry(&desk);
    } else {
        /* Owed on a payment that is damaged or says otherwise: a person must look. */
        desk_record(&desk, WHAT_QUARANTINED, OUTCOME_SWITCH_FAULT);
        desk_alarm(&desk);
    }
}

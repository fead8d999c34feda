#include "acquirer/reversal.h"

#include "acquirer/attest.h"
#include "acquirer/backlog.h"
#include "acquirer/follow.h"
#include "acquirer/forward.h"
#include "acquirer/ledger.h"
#include "acquirer/limit.h"
#include "acquirer/network.h"
#include "acquirer/quarantine.h"
#include "acquirer/respond.h"
#include "acquirer/route.h"
#include "base/assert.h"
#include "node/standing.h"

#include <string.h>

#define REQUEST_WAITS 2 /* so many answer waits after it was made no request is on its way */

/* ---- the lane ---- */

/* 0420, or 0421 when it was sent before: the original's identity, amount, dates and card. */
static void send_reversal(const struct desk *desk, const struct payment_row *row, bool is_repeat)
{
    struct txn_message *out = forward_from_row(desk, row, FUNCTION_REVERSAL);

    out->is_repeat = is_repeat;
    out->identity = identity_as(&row->identity, IDENTITY_REVERSAL);
    memcpy(out->code, row->reversal_reason, sizeof out->code);
    out->original_sent = row->created;
}

static enum outcome put_pending(const struct desk *desk, struct payment_row *row, uint32_t attempts,
                                struct instant since)
{
    const struct backlog_entry entry = {.kind = PENDING_REVERSAL,
                                        .attempts = attempts,
                                        .since = since,
                                        .pause_ms = desk_backoff_ms(desk, attempts)};

    row->reversal_attempts = (uint8_t)(attempts > UINT8_MAX ? UINT8_MAX : attempts);
    return backlog_put(desk, row, &entry);
}

/* What the payment added goes out of the books; one that was refused had added nothing. */
static void take_out(const struct desk *desk, struct payment_row *row)
{
    follow_take_back(desk, row);
    if (row->stage == STAGE_SENT)
        ledger_drop(desk, row);
    else if (row->money == MONEY_MOVED || row->money == MONEY_HELD)
        ledger_unpost(desk, row);
    limit_give_back(desk, row);
}

static void owe(const struct desk *desk, struct payment_row *row, const char reason[static 2])
{
    bool sends = backlog_can_send(desk);

    payment_row_move(row, STAGE_REVERSING);
    payment_row_set_money(row, MONEY_RETURNING);
    memcpy(row->reversal_reason, reason, sizeof row->reversal_reason);
    enum outcome cause = put_pending(desk, row, sends ? 1 : 0, desk->event->wall);
    assert(cause == OUTCOME_NONE); /* it has only begun */
    backlog_tell(row, sends ? "sent" : "queued");
    if (sends)
        send_reversal(desk, row, false);
}

void reversal_begin(const struct desk *desk, struct payment_row *row, const char reason[static 2])
{
    assert(row->stage == STAGE_SENT || row->stage == STAGE_ANSWERED);
    take_out(desk, row);
    owe(desk, row, reason);
}

void reversal_retry(const struct desk *desk)
{
    struct payment_row row = *desk->payment;
    uint32_t attempts = desk->pending->attempts;

    assert(row.stage == STAGE_REVERSING);
    if (backlog_is_to_wait(desk)) {
        backlog_wait(desk);
        return;
    }
    send_reversal(desk, &row, attempts > 0);
    backlog_tell(&row, "sent");
    enum outcome cause = put_pending(desk, &row, attempts < UINT32_MAX ? attempts + 1 : attempts,
                                     desk->pending->since);
    backlog_record(desk, &row, WHAT_REVERSAL_SENT, cause);
}

/* ---- the terminal's reversal ---- */

/* Our books were restored: a payment that they do not know may have been approved all the same. */
static bool may_be_lost(const struct desk *desk)
{
    return desk->payment == NULL && standing_lacks_from(desk->work).us != 0 &&
           kind_row(desk->message->kind)->moves_money;
}

static void need_lost(const struct desk *desk)
{
    standing_need_own(desk->work);
    if (may_be_lost(desk))
        route_need_late(desk);
}

void reversal_request_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);

    node_need(work, desk_config_key());
    node_need(work, desk_terminal_key(&desk.identity));
    node_need(work, desk_keys_key(&desk.identity));
    desk_need_payment(&desk);
    desk_need_marks(&desk);
    ledger_need(&desk);
    quarantine_need_request(&desk);
    if (desk.payment == NULL)
        need_lost(&desk);
    if (desk.payment == NULL)
        return;
    if (!desk_id_is_empty(desk.payment->issuer))
        desk_need_issuer(work, desk.payment->issuer);
    limit_need_counted(&desk, desk.payment);
    desk_need_original(&desk);
    if (desk.original != NULL)
        limit_need_counted(&desk, desk.original);
}

void reversal_request_checks(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct zone zone;

    if (desk_terminal_zone(&desk, &zone))
        desk_ask_mac(&desk, &zone);
    desk_ask_pan(&desk, HSM_PAN_PROTECT);
}

/* The payment never came, or comes after its reversal: this row will refuse it for ever. */
static struct payment_row bury(const struct desk *desk)
{
    struct payment_row row = forward_payment(desk);
    struct verdict verdict = {.outcome = OUTCOME_PAYMENT_REVERSED};

    evidence_add(verdict.evidence, EVIDENCE_REVERSAL, "came first");
    forward_refuse(&row, &verdict);
    payment_row_move(&row, STAGE_TOMBSTONE);
    payment_row_set_money(&row, MONEY_RETURNED);
    memcpy(row.reversal_reason, desk->message->code, sizeof row.reversal_reason);
    ledger_bury(desk);
    node_put_payment(desk->work, &row, WHAT_TOMBSTONE);
    return row;
}

static const char *reason_of(const struct desk *desk)
{
    return desk->message->code[0] != 0 ? desk->message->code : REVERSAL_NO_ANSWER;
}

/* The issuer gives back what it knows, and buries what it does not: so it is asked, until it has
 * answered, and the terminal's debt is ours. The payment itself is refused for ever. */
static struct payment_row pass_on(const struct desk *desk)
{
    struct payment_row row = forward_payment(desk);

    memcpy(row.issuer, desk->issuer->issuer, sizeof row.issuer);
    row.outcome = OUTCOME_PAYMENT_REVERSED;
    row.decided_by = PARTY_ACQUIRER;
    memcpy(row.code, outcome_row(OUTCOME_PAYMENT_REVERSED)->code, sizeof row.code);
    evidence_add(row.evidence, EVIDENCE_REVERSAL, "lost here; passed on");
    payment_row_move(&row, STAGE_SENT);
    payment_row_set_money(&row, MONEY_UNKNOWN);
    owe(desk, &row, reason_of(desk));
    node_put_payment(desk->work, &row, WHAT_REVERSAL_OWED);
    desk_alarm(desk);
    return row;
}

static void begin_for_terminal(const struct desk *desk, struct payment_row *row)
{
    reversal_begin(desk, row, reason_of(desk));
    node_put_payment(desk->work, row, WHAT_REVERSAL_OWED);
}

/* Whether the payment is one that a reversal changes: under way, or approved. What was refused or
 * is being taken back is answered 00 without a record. */
static bool is_to_be_undone(const struct payment_row *row)
{
    if (!kind_row((enum txn_kind)row->kind)->moves_money)
        return false;
    return row->stage == STAGE_SENT || row->money == MONEY_MOVED || row->money == MONEY_HELD;
}

/* The terminal was told that its reversal is too late. */
static bool was_told_to_stand(const struct payment_row *row)
{
    return row->stage == STAGE_ANSWERED && row->reversal_reason[0] != 0;
}

/* Others rest on it, or its batch is closed: from there on only a refund gives the money back. */
static bool stands(const struct desk *desk)
{
    bool is_closed = desk->batch != NULL && desk->batch->state == BATCH_CLOSED;

    return was_told_to_stand(desk->payment) || follow_has_any(desk->payment) ||
           (is_closed && desk->payment->stage == STAGE_ANSWERED);
}

/* Said once, it holds: the terminal ends the payment as approved by it. Else a reversal that the
 * line repeats would return the money when what rested on the payment is refused meanwhile. */
static void let_stand(const struct desk *desk)
{
    struct payment_row row = *desk->payment;
    struct row_key key = payment_row_key(&row.identity);

    if (was_told_to_stand(&row))
        return;
    memcpy(row.reversal_reason, reason_of(desk), sizeof row.reversal_reason);
    node_put(desk->work, &key, &row, sizeof row);
    if (desk->work->what == WHAT_NONE)
        desk_record(desk, WHAT_DECLINED, OUTCOME_REVERSAL_TOO_LATE);
}

/* What must not be reversed: what is not known any more; an advice, which is only ever delivered,
 * and a payment that later ones rest on. No terminal of ours owes such a reversal. */
static enum outcome refusal_of(const struct desk *desk)
{
    const struct payment_row *payment = desk->payment;
    unsigned kind = payment != NULL ? payment->kind : desk->message->kind;

    if (desk_payment_is_archived(desk))
        return OUTCOME_PAYMENT_ARCHIVED;
    if (kind_row((enum txn_kind)kind)->is_advice)
        return OUTCOME_TRANSACTION_UNSUPPORTED;
    if (payment == NULL)
        return OUTCOME_NONE;
    if (!admit_content_fits(desk))
        return OUTCOME_ORIGINAL_MISMATCH;
    return is_to_be_undone(payment) && stands(desk) ? OUTCOME_REVERSAL_TOO_LATE : OUTCOME_NONE;
}

static unsigned misfit_of(const struct desk *desk, enum outcome refusal)
{
    if (refusal == OUTCOME_PAYMENT_ARCHIVED)
        return ASIDE_UNKNOWN;
    return refusal == OUTCOME_ORIGINAL_MISMATCH ? admit_misfit(desk) : ASIDE_STATE;
}

void reversal_request_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct verdict verdict = admit_caller(&desk);
    struct payment_row row;

    if (verdict.outcome != OUTCOME_NONE) {
        desk_record(&desk, WHAT_DECLINED, verdict.outcome);
        respond_refusal(&desk, &verdict, RESPOND_PLAIN);
        return;
    }
    enum outcome refusal = refusal_of(&desk);
    if (refusal != OUTCOME_NONE) {
        quarantine_request(&desk, misfit_of(&desk, refusal), refusal);
        if (refusal == OUTCOME_REVERSAL_TOO_LATE)
            let_stand(&desk);
        respond_reversal(&desk, refusal, desk.payment, RESPOND_SEALED);
        return;
    }
    bool is_passed_on = may_be_lost(&desk) && desk.issuer != NULL;
    if (may_be_lost(&desk) && !is_passed_on &&
        standing_lacks_day(work, 0, desk.config->utc_offset_s)) {
        quarantine_request(&desk, ASIDE_UNKNOWN, OUTCOME_ORIGINAL_LOST);
        respond_reversal(&desk, OUTCOME_SWITCH_FAULT, NULL, RESPOND_SEALED);
        return;
    }
    if (desk.payment == NULL && !is_passed_on && !ledger_takes_tombstone(&desk)) {
        quarantine_request(&desk, ASIDE_UNKNOWN, OUTCOME_ORIGINAL_NOT_FOUND);
        respond_reversal(&desk, OUTCOME_APPROVED, NULL, RESPOND_SEALED);
        return;
    }
    if (is_passed_on) {
        row = pass_on(&desk);
    } else if (desk.payment == NULL) {
        row = bury(&desk);
    } else {
        row = *desk.payment;
        if (is_to_be_undone(&row))
            begin_for_terminal(&desk, &row);
    }
    respond_reversal(&desk, OUTCOME_APPROVED, &row, RESPOND_SEALED);
}

/* ---- the issuer's answer ---- */

static bool has_code(const struct desk *desk, const char *code)
{
    return memcmp(desk->message->code, code, RESPONSE_CODE_LEN) == 0;
}

/* "No such payment" is as good as done, since what is not there cannot be owed; but not while the
 * request may still be on its way, behind its reversal: not every bank remembers a reversal of what
 * it never saw, as ours does, and this one would then take the money after all. */
static bool is_too_early(const struct desk *desk)
{
    int64_t age_ms = desk_age_ms(desk, desk->payment->created);

    return has_code(desk, "25") && age_ms < REQUEST_WAITS * (int64_t)desk->config->answer_wait_ms;
}

static bool is_done(const struct desk *desk)
{
    return has_code(desk, "00") || has_code(desk, "25");
}

void reversal_done(const struct desk *desk, struct payment_row *row, const char *how)
{
    payment_row_move(row, STAGE_REVERSED);
    payment_row_set_money(row, MONEY_RETURNED);
    follow_undo(desk, row);
    backlog_tell(row, how);
    backlog_end(desk, row);
}

void reversal_answer_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    const struct payment_row *payment = quarantine_fitting(&desk);

    if (payment == NULL || attest_heard(&desk) || payment->stage != STAGE_REVERSING)
        return;
    if (is_too_early(&desk))
        return; /* the lane asks again, until it is no more */
    struct payment_row row = *payment;
    if (!is_done(&desk)) {
        (void)backlog_note_code(&desk);
        node_put_payment(work, &row, WHAT_REVERSAL_REFUSED);
        desk_alarm(&desk);
        if (has_code(&desk, outcome_row(OUTCOME_ZONE_MAC_WRONG)->code))
            (void)network_renew_zone(&desk);
        return;
    }
    reversal_done(&desk, &row, "done");
    node_put_payment(work, &row, WHAT_REVERSED);
}

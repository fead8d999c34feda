#include "acquirer/reversal.h"

#include "acquirer/forward.h"
#include "acquirer/limit.h"
#include "acquirer/network.h"
#include "acquirer/respond.h"
#include "base/assert.h"

#include <string.h>

/* ---- the lane ---- */

/* The fact that a refusal tells about the reversal follows it, if the refusal tells one. */
static void tell_progress(struct payment_row *row, const char *progress)
{
    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        if (row->evidence[i].name != EVIDENCE_REVERSAL)
            continue;
        struct text t = text_over(row->evidence[i].text, sizeof row->evidence[i].text);
        text_add(&t, progress);
    }
}

static bool can_send(const struct desk *desk)
{
    return desk->issuer != NULL && desk->issuer->is_up && desk_has_key(&desk->issuer->zone_mac);
}

/* 0420, or 0421 when it was sent before: the original's identity, amount, dates and card, which is
 * opened only as the message leaves. */
static void send_reversal(const struct desk *desk, const struct payment_row *row, bool is_repeat)
{
    struct node_send *send = node_send_new(desk->work, desk->issuer->link);
    struct key_owner zone = desk_owner(desk->issuer->issuer, ISSUER_ID_LEN);
    struct key_owner own = desk_owner(desk->config->id, ACQUIRER_ID_LEN);
    struct txn_message *out = &send->message;

    out->kind = (enum txn_kind)row->kind;
    out->function = FUNCTION_REVERSAL;
    out->is_repeat = is_repeat;
    out->identity = identity_as(&row->identity, IDENTITY_REVERSAL);
    memcpy(out->merchant, row->merchant, sizeof out->merchant);
    memcpy(out->issuer, row->issuer, sizeof out->issuer);
    memcpy(out->rrn, row->rrn, sizeof out->rrn);
    memcpy(out->auth_id, row->auth_id, sizeof out->auth_id);
    memcpy(out->code, row->reversal_reason, sizeof out->code);
    out->amount = row->amount;
    out->expiry = row->expiry;
    out->sequence = row->sequence;
    out->entry = (enum entry_mode)row->entry;
    out->pin_entered = row->pin_entered;
    out->local_time = row->local_time;
    out->local_date = row->local_date;
    out->settlement_date = row->settlement_date;
    out->sent = desk->event->wall;
    out->original_sent = row->created;
    out->has_mac = true;
    send->seal.make_mac = true;
    send->seal.mac = hsm_key_of(&desk->issuer->zone_mac, &zone);
    send->seal.open_pan = true;
    send->seal.pan_store = hsm_key_of(&desk->config->pan_store, &own);
    send->seal.pan_hash = row->pan.hash;
    send->seal.pan_sealed = row->pan.sealed;
}

static void put_pending(const struct desk *desk, struct payment_row *row, uint32_t attempts,
                        struct instant since)
{
    struct row_key key = desk_pending_key(&row->identity);
    uint32_t pause_ms = desk_backoff_ms(desk, attempts);
    struct pending_row pending;

    memset(&pending, 0, sizeof pending);
    pending.layout = PARTY_ROW_LAYOUT;
    pending.kind = PENDING_REVERSAL;
    pending.attempts = attempts;
    pending.identity = row->identity;
    pending.since = since;
    pending.due = desk_wall_after(desk, pause_ms);
    row->deadline = pending.due;
    row->reversal_attempts = (uint8_t)(attempts > UINT8_MAX ? UINT8_MAX : attempts);
    node_put(desk->work, &key, &pending, sizeof pending);
    desk_wake(desk, &key, pause_ms);
}

void reversal_begin(const struct desk *desk, struct payment_row *row, const char reason[static 2])
{
    bool sends = can_send(desk);

    assert(row->stage == STAGE_SENT || row->stage == STAGE_ANSWERED);
    if (row->money == MONEY_MOVED)
        forward_unpost(desk, row);
    limit_give_back(desk, row);
    payment_row_move(row, STAGE_REVERSING);
    payment_row_set_money(row, MONEY_RETURNING);
    memcpy(row->reversal_reason, reason, sizeof row->reversal_reason);
    put_pending(desk, row, sends ? 1 : 0, desk->event->wall);
    tell_progress(row, sends ? "sent" : "queued");
    if (sends)
        send_reversal(desk, row, false);
}

/* While the issuer is away nothing changes, so nothing is recorded: the pause grows with the age of
 * the reversal instead of its tries. */
static void wait_on(const struct desk *desk)
{
    struct row_key key = desk_pending_key(&desk->identity);
    int64_t half_age_ms = desk_age_ms(desk, desk->pending->since) / 2;
    int64_t pause_ms = desk->config->retry_first_ms;

    if (half_age_ms > pause_ms)
        pause_ms = half_age_ms;
    if (pause_ms > desk->config->retry_max_ms)
        pause_ms = desk->config->retry_max_ms;
    desk_wake(desk, &key, (uint32_t)pause_ms);
}

void reversal_retry(const struct desk *desk)
{
    struct payment_row row = *desk->payment;
    uint32_t attempts = desk->pending->attempts;

    assert(row.stage == STAGE_REVERSING);
    if (!can_send(desk)) {
        wait_on(desk);
        return;
    }
    send_reversal(desk, &row, attempts > 0);
    put_pending(desk, &row, attempts < UINT32_MAX ? attempts + 1 : attempts, desk->pending->since);
    tell_progress(&row, "sent");
    node_put_payment(desk->work, &row, WHAT_REVERSAL_SENT);
}

/* ---- the terminal's reversal ---- */

void reversal_request_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);

    node_need(work, desk_config_key());
    node_need(work, desk_terminal_key(&desk.identity));
    node_need(work, desk_keys_key(&desk.identity));
    desk_need_payment(&desk);
    if (desk.payment != NULL && !desk_id_is_empty(desk.payment->issuer))
        node_need(work, desk_issuer_key(desk.payment->issuer));
    if (desk.payment != NULL)
        limit_need_counted(&desk, desk.payment);
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
    node_put_payment(desk->work, &row, WHAT_TOMBSTONE);
    return row;
}

static void begin_for_terminal(const struct desk *desk, struct payment_row *row)
{
    const char *reason = desk->message->code[0] != 0 ? desk->message->code : REVERSAL_NO_ANSWER;

    reversal_begin(desk, row, reason);
    node_put_payment(desk->work, row, WHAT_REVERSAL_OWED);
}

/* Whether the payment is one that a reversal changes: under way, or approved. What was refused or
 * is being taken back is answered 00 without a record. */
static bool is_to_be_undone(const struct payment_row *row)
{
    if (!kind_row((enum txn_kind)row->kind)->moves_money)
        return false;
    return row->stage == STAGE_SENT || row->money == MONEY_MOVED;
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
    if (desk.payment != NULL && !admit_content_fits(&desk)) {
        desk_record(&desk, WHAT_DECLINED, OUTCOME_ORIGINAL_MISMATCH);
        desk_alarm(&desk);
        respond_reversal(&desk, OUTCOME_ORIGINAL_MISMATCH, desk.payment, RESPOND_SEALED);
        return;
    }
    if (desk.payment == NULL) {
        row = bury(&desk);
    } else {
        row = *desk.payment;
        if (is_to_be_undone(&row))
            begin_for_terminal(&desk, &row);
    }
    respond_reversal(&desk, OUTCOME_APPROVED, &row, RESPOND_SEALED);
}

/* ---- the issuer's answer ---- */

/* 25, "no such payment", is as good as done: what is not there cannot be owed. */
static bool is_done(const struct txn_message *message)
{
    return memcmp(message->code, "00", 2) == 0 || memcmp(message->code, "25", 2) == 0;
}

void reversal_answer_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    const struct payment_row *payment = forward_fitting(&desk);

    if (payment == NULL || payment->stage != STAGE_REVERSING)
        return;
    struct payment_row row = *payment;
    if (!is_done(desk.message)) {
        node_put_payment(work, &row, WHAT_REVERSAL_REFUSED);
        desk_alarm(&desk);
        if (memcmp(desk.message->code, outcome_row(OUTCOME_ZONE_MAC_WRONG)->code, 2) == 0)
            network_renew_zone(&desk);
        return;
    }
    struct row_key pending = desk_pending_key(&row.identity);
    payment_row_move(&row, STAGE_REVERSED);
    payment_row_set_money(&row, MONEY_RETURNED);
    tell_progress(&row, "done");
    row.deadline.us = 0;
    node_remove(work, &pending);
    node_put_payment(work, &row, WHAT_REVERSED);
}

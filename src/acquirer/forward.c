#include "acquirer/forward.h"

#include "acquirer/attest.h"
#include "acquirer/backlog.h"
#include "acquirer/deliver.h"
#include "acquirer/follow.h"
#include "acquirer/ledger.h"
#include "acquirer/limit.h"
#include "acquirer/network.h"
#include "acquirer/original.h"
#include "acquirer/quarantine.h"
#include "acquirer/respond.h"
#include "acquirer/reversal.h"
#include "acquirer/route.h"
#include "acquirer/shop_order.h"
#include "acquirer/shown.h"
#include "base/assert.h"
#include "hsm/pan_token.h"
#include "node/standing.h"
#include "wire/tlv.h"

#include <string.h>

#define TAG_ISSUER_AUTH 0x91

/* ---- the request ---- */

void forward_request_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);

    if (work->row_count == 0) {
        node_need(work, desk_config_key());
        node_need(work, desk_terminal_key(&desk.identity));
        node_need(work, desk_keys_key(&desk.identity));
        node_need(work, desk_merchant_key(desk.message->merchant));
        desk_need_payment(&desk);
        original_need(&desk);
        desk_need_marks(&desk);
    }
    if (desk.terminal != NULL && desk.identity.batch > desk.terminal->batch)
        standing_need_own(work);
    ledger_need(&desk);
    if (desk.original != NULL && desk.payment == NULL)
        desk_need_issuer(work, desk.original->issuer);
    if (!original_is_wanted(&desk))
        route_need(&desk);
    limit_need(&desk);
    shop_order_need(&desk);
    quarantine_need_request(&desk);
}

/* A PIN block goes to the HSM only behind a good MAC, so that nobody without the terminal's key can
 * have PIN blocks tried. */
static void ask_pin(const struct desk *desk)
{
    struct hsm_command command = {.kind = HSM_PIN_TRANSLATE};
    struct key_owner terminal = desk_owner(desk->identity.terminal, TERMINAL_ID_LEN);
    uint8_t len = desk->message->pin_block_len;

    if (len == 0 || len > PINBLOCK_LEN_MAX || desk->payment != NULL ||
        desk_proof(desk) != PROOF_GOOD || node_answer(desk->work, ASK_PIN) != NULL)
        return;
    if (desk->issuer == NULL || !desk_has_key(&desk->issuer->zone_pin) ||
        desk_pan(desk->message, &command.of.pin_translate.pan) != OK)
        return;
    struct key_owner issuer = desk_owner(desk->issuer->issuer, ISSUER_ID_LEN);
    command.of.pin_translate.from = hsm_key_of(&desk->keys->pin, &terminal);
    command.of.pin_translate.to = hsm_key_of(&desk->issuer->zone_pin, &issuer);
    command.of.pin_translate.block.len = len;
    memcpy(command.of.pin_translate.block.at, desk->message->pin_block, len);
    node_ask(desk->work, ASK_PIN, &command, &desk->issuer_key);
    hsm_command_wipe(&command);
}

void forward_request_checks(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct zone zone;

    if (desk_terminal_zone(&desk, &zone))
        desk_ask_mac(&desk, &zone);
    desk_ask_pan(&desk, HSM_PAN_PROTECT);
    ask_pin(&desk);
}

static void put_token(const struct desk *desk, struct payment_row *row)
{
    const struct hsm_answer *answer = node_answer(desk->work, ASK_PAN);
    struct pan pan;

    if (desk_pan(desk->message, &pan) == OK && answer != NULL && answer->result == HSM_OK)
        row->pan = pan_token_of(answer, &pan);
    else if (desk->original != NULL)
        row->pan = desk->original->pan;
    pan_wipe(&pan);
}

/* What only some kinds carry. An advice brings its code along: the issuer's answer has none. */
static void put_particulars(const struct desk *desk, struct payment_row *row)
{
    const struct txn_message *message = desk->message;

    row->partial_ok = message->partial_ok;
    row->is_training = message->is_training;
    row->operator_number = message->operator_number;
    memcpy(row->qr_code, message->qr_code, sizeof row->qr_code);
    if (!kind_row(message->kind)->is_advice)
        return;
    row->auth_mode = message->auth_mode;
    memcpy(row->auth_institution, message->auth_institution, sizeof row->auth_institution);
    memcpy(row->auth_id, message->auth_id, sizeof row->auth_id);
}

/* Another terminal's payment is followed only if it is of the same merchant, which is looked into
 * when the payment is judged: a refused one names it all the same. */
static void put_original(const struct desk *desk, struct payment_row *row)
{
    row->original = desk->original_identity;
    if (desk->original == NULL)
        return;
    if (row->expiry == 0)
        row->expiry = desk->original->expiry;
    if (row->sequence < 0)
        row->sequence = desk->original->sequence;
}

struct payment_row forward_payment(const struct desk *desk)
{
    const struct txn_message *message = desk->message;
    struct txn_message stamp = {.local_time = message->local_time,
                                .local_date = message->local_date};
    struct payment_row row;

    memset(&row, 0, sizeof row);
    row.kind = (uint8_t)message->kind;
    row.identity = desk->identity;
    row.sequence = message->sequence;
    row.expiry = message->expiry;
    row.entry = (uint8_t)message->entry;
    row.is_fallback = message->is_fallback;
    row.pin_entered = message->pin_block_len > 0;
    row.money = MONEY_NOT_MOVED;
    if (message->amount.minor >= 0 && message->amount.minor <= MONEY_MINOR_MAX)
        row.amount = message->amount;
    memcpy(row.merchant, message->merchant, sizeof row.merchant);
    if (stamp.local_time == 0 || stamp.local_date == 0)
        respond_set_time(desk, &stamp);
    row.local_time = stamp.local_time;
    row.local_date = stamp.local_date;
    row.business_date = instant_date(desk->event->wall, desk->config->utc_offset_s);
    row.settlement_date = (uint16_t)(row.business_date % 10000);
    row.link = desk->event->link;
    memcpy(row.tpdu, message->tpdu, sizeof row.tpdu);
    row.created = desk->event->wall;
    respond_put_rrn(desk, row.rrn);
    put_original(desk, &row);
    put_particulars(desk, &row);
    shown_take(desk, &row);
    put_token(desk, &row);
    return row;
}

void forward_refuse(struct payment_row *row, const struct verdict *verdict)
{
    const struct outcome_row *outcome = outcome_row(verdict->outcome);

    row->outcome = (uint16_t)verdict->outcome;
    row->decided_by = (uint8_t)outcome->decides;
    memcpy(row->code, outcome->code, sizeof row->code);
    memcpy(row->evidence, verdict->evidence, sizeof row->evidence);
}

/* A new payment that goes no further: the refusal is recorded like any answer, so that a repeat of
 * the request gets it again whatever has changed since. */
static void decline(const struct desk *desk, const struct verdict *verdict)
{
    struct payment_row row = forward_payment(desk);

    forward_refuse(&row, verdict);
    limit_declined(desk, &row);
    if (desk->issuer_key.table != TABLE_NONE)
        memcpy(row.issuer, desk->issuer_key.at, sizeof row.issuer);
    payment_row_move(&row, STAGE_ANSWERED);
    node_put_payment(desk->work, &row, WHAT_DECLINED);
    respond_payment(desk, &row);
}

/* The terminal's batch is the one that goes on: in an older one of ours, payments after the restore
 * would stand among those that the terminal has settled long ago. */
static void follow_terminal(const struct desk *desk)
{
    struct row_key key = desk_terminal_key(&desk->identity);
    struct terminal_row row = *desk->terminal;

    row.batch = desk->identity.batch;
    node_put(desk->work, &key, &row, sizeof row);
    desk_alarm(desk);
}

/* A caller who is not let in. If beyond doubt it is the terminal, and nothing is recorded under the
 * identity yet, the refusal is recorded and sealed; else it is only noted in the journal, and an
 * answer without MAC leaves the terminal's doubt as it is. */
static void turn_away(const struct desk *desk, const struct verdict *verdict)
{
    const struct payment_row *payment = desk->payment;
    bool is_sure = admit_is_authentic(desk) && verdict->outcome < OUTCOME_MESSAGE_MAC_WRONG &&
                   desk_pan_is_known(desk) && admit_identity_is_sound(desk) &&
                   !desk->payment_is_damaged;

    if (is_sure && payment == NULL && desk->message->kind != KIND_NONE) {
        decline(desk, verdict);
    } else if (is_sure && payment != NULL && payment->outcome == verdict->outcome) {
        respond_payment(desk, payment);
    } else {
        desk_record(desk, WHAT_DECLINED, verdict->outcome);
        respond_refusal(desk, verdict, RESPOND_PLAIN);
    }
}

/* The same request again: from the record, or on the way still, and then only who waits changes. */
static void repeat(const struct desk *desk)
{
    struct payment_row row = *desk->payment;

    if (row.stage != STAGE_SENT) {
        respond_payment(desk, &row);
        return;
    }
    if (kind_row((enum txn_kind)row.kind)->is_advice && row.link == 0) {
        respond_under_way(desk, &row);
        return;
    }
    if (row.link == desk->event->link &&
        memcmp(row.tpdu, desk->message->tpdu, sizeof row.tpdu) == 0)
        return;
    row.link = desk->event->link;
    memcpy(row.tpdu, desk->message->tpdu, sizeof row.tpdu);
    node_put_payment(desk->work, &row, WHAT_LINK_CHANGED);
}

static void await(const struct desk *desk, struct payment_row *row)
{
    const struct backlog_entry entry = {.kind = PENDING_ANSWER,
                                        .since = desk->event->wall,
                                        .pause_ms = desk->config->answer_wait_ms};

    backlog_put(desk, row, &entry);
}

/* The stored card number, opened as the message leaves; a payment by code has none. */
static void open_card(const struct desk *desk, const struct payment_row *row,
                      struct node_send *send)
{
    static const struct pan_hash none;
    struct key_owner own = desk_owner(desk->config->id, ACQUIRER_ID_LEN);

    if (memcmp(&row->pan.hash, &none, sizeof none) == 0)
        return;
    send->seal.open_pan = true;
    send->seal.pan_store = hsm_key_of(&desk->config->pan_store, &own);
    send->seal.pan_hash = row->pan.hash;
    send->seal.pan_sealed = row->pan.sealed;
}

void forward_seal_for_issuer(const struct desk *desk, struct node_send *send)
{
    struct key_owner zone = desk_owner(desk->issuer->issuer, ISSUER_ID_LEN);

    send->message.has_mac = true;
    send->seal.make_mac = true;
    send->seal.mac = hsm_key_of(&desk->issuer->zone_mac, &zone);
}

/* Which payment it follows, the terminal named in full. */
static void put_reference(const struct payment_row *row, struct txn_message *out)
{
    if (row->original.trace == 0)
        return;
    memcpy(out->original.terminal, row->original.terminal, TERMINAL_ID_LEN);
    out->original.batch = row->original.batch;
    out->original.trace = row->original.trace;
}

struct txn_message *forward_from_row(const struct desk *desk, const struct payment_row *row,
                                     enum txn_function function)
{
    struct node_send *send = node_send_new(desk->work, desk->link->link);
    struct txn_message *out = &send->message;

    out->kind = (enum txn_kind)row->kind;
    out->function = function;
    out->identity = row->identity;
    memcpy(out->merchant, row->merchant, sizeof out->merchant);
    memcpy(out->issuer, row->issuer, sizeof out->issuer);
    memcpy(out->rrn, row->rrn, sizeof out->rrn);
    memcpy(out->auth_id, row->auth_id, sizeof out->auth_id);
    memcpy(out->auth_institution, row->auth_institution, sizeof out->auth_institution);
    memcpy(out->qr_code, row->qr_code, sizeof out->qr_code);
    out->auth_mode = row->auth_mode;
    out->partial_ok = row->partial_ok;
    out->is_training = row->is_training;
    out->amount = row->amount;
    out->expiry = row->expiry;
    out->sequence = row->sequence;
    out->entry = (enum entry_mode)row->entry;
    out->pin_entered = row->pin_entered;
    out->local_time = row->local_time;
    out->local_date = row->local_date;
    out->settlement_date = row->settlement_date;
    out->sent = desk->event->wall;
    put_reference(row, out);
    open_card(desk, row, send);
    forward_seal_for_issuer(desk, send);
    return out;
}

/* The terminal's message as the issuer gets it: the PIN under the zone's key, our RRN and dates;
 * nothing of the terminal's own line. */
static void send_on(const struct desk *desk, const struct payment_row *row)
{
    struct node_send *send = node_send_new(desk->work, desk->link->link);
    struct txn_message *out = &send->message;

    *out = *desk->message;
    out->identity = row->identity;
    if (desk_pan(desk->message, &out->pan) != OK)
        open_card(desk, row, send);
    put_reference(row, out);
    out->expiry = row->expiry;
    out->sequence = row->sequence;
    memcpy(out->issuer, row->issuer, sizeof out->issuer);
    memcpy(out->rrn, row->rrn, sizeof out->rrn);
    out->local_time = row->local_time;
    out->local_date = row->local_date;
    out->settlement_date = row->settlement_date;
    out->sent = desk->event->wall;
    out->is_repeat = false;
    out->network_code = 0;
    out->keys_len = 0;
    out->software = 0;
    out->demand = 0;
    out->text[0] = 0;
    memset(out->order, 0, sizeof out->order);
    memset(out->tpdu, 0, sizeof out->tpdu);
    if (out->pin_block_len > 0) {
        const struct pin_block *block = &node_answer(desk->work, ASK_PIN)->of.block;
        memset(out->pin_block, 0, sizeof out->pin_block);
        memcpy(out->pin_block, block->at, block->len);
        out->pin_block_len = block->len;
    }
    forward_seal_for_issuer(desk, send);
}

/* A fault of ours, or books of ours that are behind, decide nothing of an advice: recorded, it
 * would refuse for ever what the terminal brings again and again until there is a decision. A
 * refund is not brought again, but asked about: it needs the record. */
static bool must_come_again(const struct desk *desk, const struct verdict *verdict)
{
    enum txn_kind kind = desk->message->kind;

    if (!kind_row(kind)->is_advice)
        return false;
    return verdict->outcome == OUTCOME_SWITCH_FAULT ||
           (verdict->outcome == OUTCOME_TERMINAL_AHEAD && kind != KIND_REFUND);
}

static void ask_to_come_again(const struct desk *desk, const struct verdict *verdict)
{
    desk_record(desk, WHAT_DECLINED, verdict->outcome);
    desk_alarm(desk);
    respond_refusal(desk, verdict, RESPOND_SEALED);
}

static void forward(const struct desk *desk)
{
    struct payment_row row = forward_payment(desk);
    const struct kind_row *kind = kind_row(desk->message->kind);

    assert(desk->issuer != NULL);
    memcpy(row.issuer, desk->issuer->issuer, sizeof row.issuer);
    payment_row_move(&row, STAGE_SENT);
    if (kind->moves_money)
        payment_row_set_money(&row, MONEY_UNKNOWN);
    if (row.kind == KIND_TIP_ADJUST) /* the sale's own amount is in the books already */
        row.posted_minor = row.amount.minor - desk->original->posted_minor;
    limit_count(desk, &row);
    ledger_open(desk, &row);
    follow_begin(desk, &row);
    shop_order_put(desk, &row);
    if (backlog_can_send(desk))
        send_on(desk, &row);
    if (kind->is_advice)
        deliver_begin(desk, &row);
    else
        await(desk, &row);
    node_put_payment(desk->work, &row,
                     kind->is_advice     ? WHAT_ADVICE_SENT
                     : kind->moves_money ? WHAT_SALE_SENT
                                         : WHAT_INQUIRY_SENT);
}

/* Whatever it was, it is not known here any more: no MAC, so that no doubt ends by this answer. */
static void refuse_archived(const struct desk *desk)
{
    struct verdict verdict = {.outcome = OUTCOME_PAYMENT_ARCHIVED};

    evidence_add_number(verdict.evidence, EVIDENCE_ARCHIVED, desk->mark->date);
    quarantine_request(desk, ASIDE_UNKNOWN, verdict.outcome);
    respond_refusal(desk, &verdict, RESPOND_PLAIN);
}

/* Buried by a query, whose answer tells the till that it never came. That answer may be lost, and
 * to a refund the code for what was taken back says that its original is voided. */
static bool is_buried_refund(const struct desk *desk, const struct verdict *verdict)
{
    return verdict->outcome == OUTCOME_PAYMENT_REVERSED && desk->message->kind == KIND_REFUND &&
           desk->payment->stage == STAGE_TOMBSTONE;
}

void forward_request_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct verdict verdict = admit_caller(&desk);

    if (verdict.outcome != OUTCOME_NONE) {
        turn_away(&desk, &verdict);
        return;
    }
    verdict = admit_identity(&desk);
    if (verdict.outcome == OUTCOME_MESSAGE_REPLAYED)
        quarantine_request(&desk, admit_misfit(&desk), verdict.outcome);
    if (is_buried_refund(&desk, &verdict))
        verdict.outcome = OUTCOME_ISSUER_NO_ANSWER; /* it keeps asking */
    if (verdict.outcome != OUTCOME_NONE) {
        respond_refusal(&desk, &verdict, RESPOND_SEALED);
        return;
    }
    if (desk.payment != NULL) {
        repeat(&desk);
        return;
    }
    if (desk_payment_is_archived(&desk)) {
        refuse_archived(&desk);
        return;
    }
    verdict = admit_payment(&desk);
    if (must_come_again(&desk, &verdict))
        ask_to_come_again(&desk, &verdict);
    else if (verdict.outcome != OUTCOME_NONE)
        decline(&desk, &verdict);
    else
        forward(&desk);
    if (verdict.outcome == OUTCOME_TERMINAL_AHEAD)
        follow_terminal(&desk);
}

/* ---- the answer ---- */

void forward_need_answered(const struct desk *desk)
{
    node_need(desk->work, desk_config_key());
    node_need(desk->work, desk_keys_key(&desk->identity));
    desk_need_issuer(desk->work, desk->event->peer);
    desk_need_payment(desk);
    desk_need_original(desk);
    ledger_need(desk);
    limit_need_answered(desk);
    if (desk->original != NULL)
        limit_need_counted(desk, desk->original);
    attest_need_heard(desk);
    quarantine_need_answered(desk);
}

void forward_answer_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);

    forward_need_answered(&desk);
}

void forward_ask_answered(const struct desk *desk)
{
    struct zone zone;

    if (desk_issuer_zone(desk, &zone))
        desk_ask_mac(desk, &zone);
    desk_ask_pan(desk, HSM_PAN_INDEX);
}

void forward_answer_checks(struct node_work *work)
{
    struct desk desk = desk_of(work);

    forward_ask_answered(&desk);
}

/* The chip's part of an answer: tag 91, as it goes on to the card. */
static void take_icc(const struct desk *desk, struct payment_row *row)
{
    struct tlv_writer out = tlv_into(row->icc_answer, sizeof row->icc_answer);
    struct bytes icc = bytes_over(desk->message->icc, desk->message->icc_len);
    struct bytes auth;

    if (icc.len == 0 || tlv_find(icc, TAG_ISSUER_AUTH, &auth) != OK)
        return;
    if (tlv_put(&out, TAG_ISSUER_AUTH, auth) == OK)
        row->icc_answer_len = (uint8_t)out.len;
}

static void take_answer(const struct desk *desk, struct payment_row *row)
{
    const struct txn_message *message = desk->message;

    row->decided_by = PARTY_ISSUER;
    memcpy(row->code, message->code, sizeof row->code);
    if (message->auth_id[0] != 0 && row->kind != KIND_OFFLINE_SALE) /* which brought its own */
        memcpy(row->auth_id, message->auth_id, sizeof row->auth_id);
    if (message->qr_code[0] != 0) /* the voucher of a payment by code */
        memcpy(row->qr_code, message->qr_code, sizeof row->qr_code);
    if (message->settlement_date != 0)
        row->settlement_date = message->settlement_date;
    row->balance = message->balance;
    take_icc(desk, row);
}

static bool code_is(const struct txn_message *message, const char *codes)
{
    for (; codes[0] != 0; codes += 3) {
        if (memcmp(message->code, codes, RESPONSE_CODE_LEN) == 0)
            return true;
    }
    return false;
}

/* Approvals that we did not ask for, with notes or in part: money may have moved in a way that we
 * do not carry on. */
static bool is_odd_approval(const struct txn_message *message)
{
    return code_is(message, "10 11 16 A2 A4 A5 A6 ");
}

/* Failures under way: somebody behind the issuer may have posted it or not. */
static bool leaves_doubt(const struct txn_message *message)
{
    return code_is(message, "06 09 68 92 96 98 ");
}

static void add_code(struct payment_row *row)
{
    char code[RESPONSE_CODE_LEN + 1] = {row->code[0], row->code[1], 0};

    evidence_add(row->evidence, EVIDENCE_CODE, code);
}

static void settle(const struct desk *desk, struct payment_row *row)
{
    payment_row_move(row, STAGE_ANSWERED);
    backlog_end(desk, row);
}

/* What an approval moves or holds: the part that was granted, or a tip's difference. */
static int64_t granted_minor(const struct desk *desk, const struct payment_row *row)
{
    if (row->kind == KIND_TIP_ADJUST)
        return row->posted_minor;
    return row->outcome == OUTCOME_APPROVED_PARTIAL ? desk->message->amount.minor
                                                    : row->amount.minor;
}

static void move_money(const struct desk *desk, struct payment_row *row)
{
    payment_row_set_money(row, payment_row_approved_money((enum txn_kind)row->kind));
    row->posted_minor = granted_minor(desk, row);
    ledger_post(desk, row);
    follow_grant(desk, row);
}

static void grant(const struct desk *desk, struct payment_row *row, enum outcome outcome)
{
    assert(outcome_is_approved(outcome));
    row->outcome = (uint16_t)outcome;
    memcpy(row->code, outcome_row(outcome)->code, sizeof row->code);
    settle(desk, row);
    if (kind_row((enum txn_kind)row->kind)->moves_money)
        move_money(desk, row);
}

static void accept(const struct desk *desk, struct payment_row *row, enum outcome outcome)
{
    grant(desk, row, outcome);
    if (outcome == OUTCOME_APPROVED_PARTIAL)
        limit_trim(desk, row);
    node_put_payment(desk->work, row, WHAT_APPROVED);
}

/* What the issuer's code means for this payment. */
static enum outcome cause_of(const struct payment_row *row)
{
    return outcome_by_answer(row->code, PARTY_ISSUER, (enum txn_kind)row->kind,
                             row->entry == ENTRY_QR);
}

/* Nothing moved, and nothing will. */
static void let_go(const struct desk *desk, struct payment_row *row)
{
    settle(desk, row);
    payment_row_set_money(row, MONEY_NOT_MOVED);
    ledger_drop(desk, row);
    follow_refuse(desk, row);
    row->posted_minor = 0;
    limit_give_back(desk, row);
}

static void pass_refusal(const struct desk *desk, struct payment_row *row)
{
    row->outcome = (uint16_t)cause_of(row);
    add_code(row);
    let_go(desk, row);
    node_put_payment(desk->work, row, WHAT_DECLINED);
}

/* Money in doubt is taken into the switch's own hands: the issuer gets a reversal until it confirms
 * one, and the terminal is told the refusal. */
static void take_back(const struct desk *desk, struct payment_row *row)
{
    add_code(row);
    if (is_odd_approval(desk->message)) {
        row->outcome = OUTCOME_ISSUER_ANSWER_CORRUPT;
        row->decided_by = PARTY_ACQUIRER;
        memcpy(row->code, outcome_row(OUTCOME_ISSUER_ANSWER_CORRUPT)->code, sizeof row->code);
    } else {
        row->outcome = (uint16_t)cause_of(row);
    }
    reversal_begin(desk, row, REVERSAL_OTHER);
    node_put_payment(desk->work, row, WHAT_REVERSAL_OWED);
}

static void decide(const struct desk *desk, struct payment_row *row)
{
    const struct txn_message *message = desk->message;
    bool moves_money = kind_row((enum txn_kind)row->kind)->moves_money;

    take_answer(desk, row);
    limit_answered(desk, row);
    if (code_is(message, "00 "))
        accept(desk, row, OUTCOME_APPROVED);
    else if (moves_money && row->partial_ok && code_is(message, "10 "))
        accept(desk, row, OUTCOME_APPROVED_PARTIAL);
    else if (moves_money && (is_odd_approval(message) || leaves_doubt(message)))
        take_back(desk, row);
    else
        pass_refusal(desk, row);
    respond_payment(desk, row);
}

/* The issuer does not take the advice now; it stays in the lane. The same answer to each try makes
 * one record. */
static void put_off(const struct desk *desk, const struct payment_row *row)
{
    bool is_news = backlog_note_code(desk);
    bool is_renewing = code_is(desk->message, "A0 ") && network_renew_zone(desk);

    if (is_news || is_renewing)
        desk_record(desk, WHAT_ADVICE_REFUSED,
                    outcome_by_answer(desk->message->code, PARTY_ISSUER, (enum txn_kind)row->kind,
                                      row->entry == ENTRY_QR));
}

/* An advice is never taken back: what leaves doubt leaves it with the lane that delivers it. 94
 * answers what an earlier try had delivered. */
static void decide_advice(const struct desk *desk, struct payment_row *row)
{
    const struct txn_message *message = desk->message;
    bool was_sent_before = desk->pending != NULL && desk->pending->attempts > 1;

    if (leaves_doubt(message) || code_is(message, "90 91 A0 ")) {
        put_off(desk, row);
        return;
    }
    take_answer(desk, row);
    limit_answered(desk, row);
    if (code_is(message, "00 11 16 A2 A4 A5 A6 ") || (was_sent_before && code_is(message, "94 ")))
        accept(desk, row, OUTCOME_APPROVED);
    else
        pass_refusal(desk, row);
    if (row->link != 0)
        respond_payment(desk, row);
}

void forward_advice_taken(const struct desk *desk, struct payment_row *row)
{
    assert(kind_row((enum txn_kind)row->kind)->is_advice);
    row->decided_by = PARTY_ISSUER;
    grant(desk, row, OUTCOME_APPROVED);
}

void forward_advice_refused(const struct desk *desk, struct payment_row *row)
{
    struct verdict verdict = {.outcome = OUTCOME_DOUBT_SETTLED};

    assert(kind_row((enum txn_kind)row->kind)->is_advice);
    evidence_add(verdict.evidence, EVIDENCE_STATE, "settled by hand");
    forward_refuse(row, &verdict);
    let_go(desk, row);
}

/* An answer to what is answered already: the same again says nothing; an approval of what the
 * terminal was told is refused must be undone; a refusal of what was approved needs a person. */
static void contradict(const struct desk *desk, struct payment_row *row)
{
    bool was_approved = outcome_is_approved((enum outcome)row->outcome);
    bool is_approved = code_is(desk->message, "00 ") || is_odd_approval(desk->message);
    const struct kind_row *kind = kind_row((enum txn_kind)row->kind);

    if (was_approved == is_approved || (kind->is_advice && code_is(desk->message, "94 ")))
        return;
    if (was_approved || !kind->is_reversible) {
        quarantine_answer(desk, ASIDE_STATE);
        return;
    }
    reversal_begin(desk, row, REVERSAL_OTHER);
    node_put_payment(desk->work, row, WHAT_LATE_ANSWER);
    desk_alarm(desk);
}

void forward_answer_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    const struct payment_row *payment = quarantine_fitting(&desk);

    if (payment == NULL || attest_heard(&desk))
        return;
    struct payment_row row = *payment;
    bool is_advice = kind_row((enum txn_kind)row.kind)->is_advice;
    if (row.stage == STAGE_SENT && is_advice)
        decide_advice(&desk, &row);
    else if (row.stage == STAGE_SENT)
        decide(&desk, &row);
    else if (row.stage == STAGE_ANSWERED)
        contradict(&desk, &row);
    else /* given up: its reversal is on its way or done, which is what undoes a late approval */
        node_put_payment(work, &row, WHAT_LATE_ANSWER);
}

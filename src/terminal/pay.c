#include "terminal/pay.h"

#include "base/assert.h"
#include "terminal/basket.h"
#include "terminal/cashiers.h"
#include "terminal/icc_field.h"
#include "terminal/order.h"
#include "terminal/veto.h"
#include "terminal/outbox.h"
#include "terminal/outgoing.h"
#include "terminal/owed.h"

#include <string.h>

bool pay_is_known(enum txn_kind kind)
{
    return kind != KIND_NONE && kind_row(kind)->shape != SHAPE_NETWORK;
}

/* ---- needs and checks ---- */

void pay_needs(struct node_work *work)
{
    attempt_needs(work);
}

static void ask_pan(const struct attempt *attempt)
{
    struct hsm_command command = {.kind = HSM_PAN_PROTECT};
    const struct config_row *config = attempt->till.config;

    command.of.pan_protect.store = till_store_key(&attempt->till, &config->pan_store);
    command.of.pan_protect.index = till_store_key(&attempt->till, &config->pan_index);
    command.of.pan_protect.pan = attempt->entry.pan;
    node_ask(attempt->work, CHECK_PAN, &command, &attempt->till.terminal_key);
    hsm_command_wipe(&command);
}

static void ask_pin(const struct attempt *attempt)
{
    struct hsm_command command = {.kind = HSM_PIN_ENCRYPT};

    command.of.pin_encrypt.key = till_key(&attempt->till, &attempt->till.keys->pin);
    command.of.pin_encrypt.pan = attempt->entry.pan;
    command.of.pin_encrypt.pin = attempt->command->card.pin;
    node_ask(attempt->work, CHECK_PIN, &command, &attempt->till.keys_key);
    hsm_command_wipe(&command);
}

static void ask_cryptogram(const struct attempt *attempt)
{
    struct hsm_command command = {.kind = HSM_CARD_FIRST_AC};

    command.of.card_first_ac.card = attempt->command->card.card;
    command.of.card_first_ac.asked = CARD_ARQC;
    icc_field_values(attempt->payment, &command.of.card_first_ac.values);
    node_ask(attempt->work, CHECK_FIRST_AC, &command, &attempt->till.terminal_key);
}

/* The PIN and the chip are troubled only when the payment would really be sent. */
void pay_checks(struct node_work *work)
{
    const struct payment_row *first;
    struct attempt attempt;

    if (!attempt_open(work, &attempt))
        return;
    if (order_look(&attempt, &first) != ORDER_NEW) {
        attempt_close(&attempt);
        return;
    }
    if (attempt_reads_card(&attempt))
        entry_ask(work, &attempt.till.terminal_key);
    if (attempt.entry.pan.len > 0)
        ask_pan(&attempt);
    attempt_draw_up(&attempt);
    if (cashiers_wants_supervisor(attempt.kind))
        cashiers_ask(work, &attempt.till, &attempt.command->supervisor);
    if (attempt.entry.pan.len > 0 && attempt.entry.refusal == OUTCOME_NONE &&
        veto_early(&attempt) == OUTCOME_NONE) {
        if (attempt_has_pin(&attempt))
            ask_pin(&attempt);
        if (attempt_has_cryptogram(&attempt))
            ask_cryptogram(&attempt);
    }
    attempt_close(&attempt);
}

/* ---- the step ---- */

static void note_supervisor(const struct attempt *attempt)
{
    if (cashiers_wants_supervisor(attempt->kind))
        cashiers_note(attempt->work, &attempt->till, &attempt->command->supervisor);
}

/* The trace number is spent on a refusal too, so that the refusal can be asked about. */
static void refuse(struct attempt *attempt, enum outcome outcome)
{
    struct node_work *work = attempt->work;
    struct payment_row *payment = attempt->payment;
    bool is_storable = attempt->deal.is_loaded && !attempt->deal.is_known;

    payment_row_move(payment, STAGE_ANSWERED);
    payment->outcome = (uint16_t)outcome;
    payment->decided_by = PARTY_TERMINAL;
    payment->link = 0;
    if (outcome == OUTCOME_TERMINAL_REVERSAL_PENDING && work->event->line_is_up)
        owed_try_beside(work, &attempt->till);
    if (is_storable) {
        attempt->till.terminal.last = payment->identity;
        till_use_trace(&attempt->till);
        till_put(work, &attempt->till);
        note_supervisor(attempt);
        basket_refused(attempt, outcome);
        order_put(attempt);
        node_put_payment(work, payment, WHAT_DECLINED);
    }
    node_show(work, outcome, payment);
}

/* What the chip said, for receipts, the second cryptogram and a reversal. */
static void keep_cryptogram(struct payment_row *payment, const struct hsm_answer *read,
                            const struct hsm_answer *ac)
{
    size_t iad_len = ac->of.card_ac.iad_len;
    size_t aid_len = read->of.card_chip.aid_len;

    memcpy(payment->aid, read->of.card_chip.aid,
           aid_len < sizeof payment->aid ? aid_len : sizeof payment->aid);
    memcpy(payment->aip, ac->of.card_ac.aip, sizeof payment->aip);
    memcpy(payment->arqc, ac->of.card_ac.ac, sizeof payment->arqc);
    payment->atc = bytes_get_u16(ac->of.card_ac.atc);
    if (iad_len > sizeof payment->icc_answer)
        return;
    memcpy(payment->icc_answer, ac->of.card_ac.iad, iad_len);
    payment->icc_answer_len = (uint8_t)iad_len;
}

/* The card as it was presented, for what is asked of its issuer. */
static void write_card(const struct attempt *attempt, struct txn_message *out)
{
    const struct entry *entry = &attempt->entry;
    const struct hsm_answer *pin = node_answer(attempt->work, CHECK_PIN);

    out->pan = entry->pan;
    memcpy(out->track2, entry->track2, entry->track2_len);
    out->track2_len = entry->track2_len;
    out->expiry = entry->expiry;
    out->is_fallback = entry->is_fallback;
    if (out->pin_entered) {
        assert(pin->of.block.len <= sizeof out->pin_block);
        memcpy(out->pin_block, pin->of.block.at, pin->of.block.len);
        out->pin_block_len = pin->of.block.len;
    }
    if (attempt_has_cryptogram(attempt))
        icc_field_request(attempt->payment, node_answer(attempt->work, CHECK_READ),
                          node_answer(attempt->work, CHECK_FIRST_AC), out);
}

/* A follow-up goes by the card number alone: what is done to an original needs no PIN, no track
 * and no cryptogram. */
static void write_request(const struct attempt *attempt)
{
    const struct node_command *command = attempt->command;
    struct node_send *send =
        outgoing_new(attempt->work, &attempt->till, attempt->payment, FUNCTION_REQUEST);

    if (kind_row(attempt->kind)->shape == SHAPE_ORIGINAL)
        memcpy(send->message.order, command->order, sizeof send->message.order);
    if (kind_row(attempt->kind)->shape != SHAPE_FOLLOW_UP) {
        write_card(attempt, &send->message);
        return;
    }
    outgoing_open_card(&attempt->till, attempt->payment, send);
    send->message.expiry = attempt->payment->expiry;
    send->message.original.date = command->original.date;
    memcpy(send->message.rrn, command->rrn, sizeof command->rrn);
    memcpy(send->message.auth_id, command->auth_id, sizeof command->auth_id);
    outgoing_name_original(&attempt->original, &send->message);
}

static enum journal_what what_is_sent(const struct kind_row *kind)
{
    if (!kind->moves_money)
        return WHAT_INQUIRY_SENT;
    return kind->is_reversible ? WHAT_SALE_SENT : WHAT_ADVICE_SENT;
}

/* Puts all but the payment, whose record tells of it. */
static void put_rest(struct attempt *attempt)
{
    attempt->till.terminal.last = attempt->payment->identity;
    till_use_trace(&attempt->till);
    till_put(attempt->work, &attempt->till);
    if (kind_row(attempt->kind)->is_advice)
        till_put_drawer(attempt->work, &attempt->till);
    note_supervisor(attempt);
    basket_done(attempt);
    order_put(attempt);
    followed_reserve(&attempt->original, attempt->payment);
    followed_put(attempt->work, &attempt->original);
}

/* All of it in one record: the payment, what it waits for, what it does to its original, and, for
 * what can be reversed, the reversal owed. Stored advices go first (UnionPay POS, 6.4). */
static void send_request(struct attempt *attempt)
{
    const struct kind_row *kind = kind_row(attempt->kind);
    struct node_work *work = attempt->work;
    struct payment_row *payment = attempt->payment;

    if (attempt_has_cryptogram(attempt))
        keep_cryptogram(payment, node_answer(work, CHECK_READ), node_answer(work, CHECK_FIRST_AC));
    payment->account = attempt->command->card.card;
    payment_row_move(payment, STAGE_SENT);
    payment_row_set_money(payment, kind->moves_money ? MONEY_UNKNOWN : MONEY_NOT_MOVED);
    outbox_send_beside(work, &attempt->till);
    write_request(attempt);
    attempt->deal.pending.exchange = work->event->way;
    deal_wait(work, &attempt->deal, PENDING_ANSWER, till_wait_ms(&attempt->till));
    if (kind->is_reversible)
        attempt->till.terminal.owed = payment->identity;
    if (attempt->kind == KIND_REFUND)
        outbox_add(&attempt->till, payment);
    put_rest(attempt);
    node_put_payment(work, payment, what_is_sent(kind));
}

/* Accepted here, delivered later: the till has its receipt at once. */
static void store(struct attempt *attempt)
{
    struct payment_row *payment = attempt->payment;

    payment->outcome = OUTCOME_APPROVED;
    payment->decided_by = PARTY_TERMINAL;
    payment->link = 0;
    outbox_store(attempt->work, &attempt->till, &attempt->deal);
    put_rest(attempt);
    node_put_payment(attempt->work, payment, WHAT_ADVICE_STORED);
    node_show(attempt->work, OUTCOME_APPROVED, payment);
}

/* A terminal that this program does not serve: there is no row to keep the refusal in. */
static void refuse_stranger(struct node_work *work)
{
    struct payment_row payment;

    memset(&payment, 0, sizeof payment);
    payment.layout = PAYMENT_ROW_LAYOUT;
    payment.kind = (uint8_t)work->event->command->transaction;
    payment.stage = STAGE_ANSWERED;
    payment.outcome = OUTCOME_TERMINAL_KEY_MISSING;
    payment.decided_by = PARTY_TERMINAL;
    payment.sequence = -1;
    payment.created = work->event->wall;
    evidence_add(payment.evidence, EVIDENCE_STATE, "terminal not set up");
    node_show(work, OUTCOME_TERMINAL_KEY_MISSING, &payment);
}

/* An order that is paid, or not settled: nothing is done, and its payment is shown again. */
static bool stands_already(const struct attempt *attempt)
{
    const struct payment_row *first;
    enum order_state state = order_look(attempt, &first);

    if (state == ORDER_NEW)
        return false;
    node_show_again(attempt->work,
                    state == ORDER_PAID ? (enum outcome)first->outcome
                                        : OUTCOME_TERMINAL_REVERSAL_PENDING,
                    first);
    return true;
}

void pay(struct node_work *work)
{
    struct attempt attempt;

    if (!attempt_open(work, &attempt)) {
        refuse_stranger(work);
        return;
    }
    if (stands_already(&attempt)) {
        attempt_close(&attempt);
        return;
    }
    attempt_draw_up(&attempt);
    const struct hsm_answer *pan = node_answer(work, CHECK_PAN);
    if (pan != NULL && pan->result == HSM_OK && attempt.entry.pan.len > 0)
        attempt.payment->pan = pan_token_of(pan, &attempt.entry.pan);
    enum outcome refusal = veto(&attempt);
    if (refusal != OUTCOME_NONE)
        refuse(&attempt, refusal);
    else if (!attempt.deal.is_loaded)
        refuse(&attempt, OUTCOME_TERMINAL_DEVICE_FAULT);
    else if (kind_row(attempt.kind)->is_advice && attempt.kind != KIND_REFUND)
        store(&attempt);
    else
        send_request(&attempt);
    attempt_close(&attempt);
}

/* ---- cancelling ---- */

void pay_cancel_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    till_need(work, command->terminal);
    if (till_open(work, command->terminal, &till) && till_waits_for(&till)->trace != 0)
        deal_need(work, till_waits_for(&till));
}

void pay_cancel(struct node_work *work)
{
    struct till till;
    struct deal deal = {.is_known = false};

    if (till_open(work, work->event->command->terminal, &till) && till_waits_for(&till)->trace != 0)
        deal_open(work, till_waits_for(&till), &deal);
    bool is_waiting = deal.is_known && deal.is_waited;
    node_show(work, OUTCOME_TERMINAL_CANCELLED, is_waiting ? &deal.payment : NULL);
}

/* ---- asking what became of one ---- */

void pay_query_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    till_need(work, command->terminal);
    if (!till_open(work, command->terminal, &till))
        return;
    struct identity identity = followed_identity(&till, &command->original);
    deal_need(work, &identity);
}

void pay_query(struct node_work *work)
{
    struct till till;
    struct deal deal = {.is_known = false};

    if (till_open(work, work->event->command->terminal, &till)) {
        struct identity identity = followed_identity(&till, &work->event->command->original);
        deal_open(work, &identity, &deal);
    }
    if (deal.is_known)
        node_show(work, (enum outcome)deal.payment.outcome, &deal.payment);
    else
        node_show(work, OUTCOME_ORIGINAL_NOT_FOUND, NULL);
}

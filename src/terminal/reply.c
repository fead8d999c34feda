#include "terminal/reply.h"

#include "base/assert.h"
#include "terminal/icc_field.h"
#include "terminal/owed.h"

#include <string.h>

#define DEMAND_SIGN_IN 3 /* header, processing requirement: sign on again (UnionPay POS, 1.3) */

void reply_needs(struct node_work *work)
{
    till_need(work, work->event->message.identity.terminal);
    deal_need(work, &work->event->message.identity);
}

static bool has_code(const struct txn_message *answer, const char *code)
{
    return memcmp(answer->code, code, RESPONSE_CODE_LEN) == 0;
}

/* Category A without the partial approval, which this terminal does not ask for. */
static bool is_approval(const struct txn_message *answer)
{
    static const char codes[][RESPONSE_CODE_LEN + 1] = {"00", "11", "16", "A2", "A4", "A5", "A6"};

    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        if (has_code(answer, codes[i]))
            return true;
    }
    return false;
}

static bool is_awaited(const struct deal *deal, const struct txn_message *answer)
{
    return deal->is_loaded && deal->is_known && deal->is_waited &&
           deal->payment.stage == STAGE_SENT && deal_fits(deal, answer);
}

/* A chip in the reader has the last word; a tapped card has left. */
static bool asks_chip(const struct deal *deal)
{
    return deal->payment.entry == ENTRY_CHIP && deal->payment.kind == KIND_SALE;
}

static void ask_chip(struct node_work *work, const struct deal *deal)
{
    const struct txn_message *answer = &work->event->message;
    struct hsm_command command = {.kind = HSM_CARD_SECOND_AC};

    command.of.card_second_ac.card = (uint32_t)deal->payment.account;
    command.of.card_second_ac.approved = true;
    memcpy(command.of.card_second_ac.arc, answer->code, sizeof command.of.card_second_ac.arc);
    command.of.card_second_ac.auth = icc_field_issuer_auth(answer);
    icc_field_values(&deal->payment, &command.of.card_second_ac.values);
    node_ask(work, CHECK_SECOND_AC, &command, &deal->payment_key);
}

void reply_checks(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;
    struct deal deal;

    if (!till_open(work, answer->identity.terminal, &till))
        return;
    deal_open(work, &answer->identity, &deal);
    if (!is_awaited(&deal, answer))
        return;
    till_ask_mac(work, &till, deal.payment.created);
    if (till_mac_is_good(work) && is_approval(answer) && asks_chip(&deal))
        ask_chip(work, &deal);
}

/* ---- the ends that an answer can bring ---- */

static void set_outcome(struct payment_row *payment, enum outcome outcome, enum party decided_by)
{
    payment->outcome = (uint16_t)outcome;
    payment->decided_by = (uint8_t)decided_by;
    memset(payment->evidence, 0, sizeof payment->evidence);
}

static void take_fields(struct payment_row *payment, const struct txn_message *answer)
{
    memcpy(payment->code, answer->code, sizeof payment->code);
    memcpy(payment->rrn, answer->rrn, sizeof payment->rrn);
    memcpy(payment->auth_id, answer->auth_id, sizeof payment->auth_id);
    memcpy(payment->issuer, answer->issuer, sizeof payment->issuer);
    payment->settlement_date = answer->settlement_date;
    payment->balance = answer->balance;
    if (answer->local_time != 0)
        payment->local_time = answer->local_time;
    if (answer->local_date != 0)
        payment->local_date = answer->local_date;
}

/* Puts everything and tells the till that waits, once. */
static void finish(struct node_work *work, struct till *till, struct deal *deal,
                   enum journal_what what)
{
    struct payment_row *payment = &deal->payment;
    uint64_t ticket = payment->link;

    payment->link = 0;
    till_put(work, till);
    node_put_payment(work, payment, what);
    if (ticket != 0 && work->event->kind != EVENT_RECOVER)
        node_show_to(work, ticket, (enum outcome)payment->outcome, payment);
}

/* Nothing is in doubt: the money is where the answer says, and nothing is owed. */
static void decide(struct node_work *work, struct till *till, struct deal *deal,
                   enum money_state money)
{
    bool is_approved = outcome_is_approved((enum outcome)deal->payment.outcome);

    payment_row_move(&deal->payment, STAGE_ANSWERED);
    payment_row_set_money(&deal->payment, money);
    owed_strike_out(work, till, deal);
    finish(work, till, deal, is_approved ? WHAT_APPROVED : WHAT_DECLINED);
}

/* Shown as it is, and taken back. An inquiry has nothing to take back: it is just refused. */
static void take_back(struct node_work *work, struct till *till, struct deal *deal,
                      const char *reason, enum journal_what what)
{
    struct payment_row *payment = &deal->payment;

    if (kind_row((enum txn_kind)payment->kind)->is_reversible) {
        owed_take_back(work, till, deal, reason);
    } else {
        payment_row_move(payment, STAGE_ANSWERED);
        owed_strike_out(work, till, deal);
        what = what == WHAT_REVERSAL_OWED ? WHAT_DECLINED : what;
    }
    finish(work, till, deal, what);
}

static void approved(struct node_work *work, struct till *till, struct deal *deal)
{
    const struct hsm_answer *chip = node_answer(work, CHECK_SECOND_AC);
    struct payment_row *payment = &deal->payment;
    bool is_sale = kind_row((enum txn_kind)payment->kind)->moves_money;

    set_outcome(payment, OUTCOME_APPROVED, PARTY_ISSUER);
    if (!asks_chip(deal) ||
        (chip != NULL && chip->result == HSM_OK && chip->of.card_ac.kind == CARD_TC)) {
        if (asks_chip(deal) && chip->of.card_ac.issuer_wrong)
            evidence_add(payment->evidence, EVIDENCE_CHECK, "issuer's answer, by chip");
        evidence_add_remark(payment->evidence, work->event->message.text);
        decide(work, till, deal, is_sale ? MONEY_MOVED : MONEY_NOT_MOVED);
        return;
    }
    set_outcome(payment, OUTCOME_CARD_DECLINED_OFFLINE, PARTY_TERMINAL);
    evidence_add(payment->evidence, EVIDENCE_CHECK, "second cryptogram");
    payment_row_set_money(payment, MONEY_RETURNING);
    take_back(work, till, deal, REASON_OTHER, WHAT_REVERSAL_OWED);
}

/* Codes that leave the matter to the switch, which undoes on its own what was done. */
static bool is_in_switch_hands(const struct txn_message *answer)
{
    static const char codes[][RESPONSE_CODE_LEN + 1] = {"98", "68", "96", "92", "09", "06"};

    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        if (has_code(answer, codes[i]))
            return true;
    }
    return false;
}

/* What a refusal whose MAC is good says of the money of a sale. */
static enum money_state money_after(const struct txn_message *answer, enum outcome outcome)
{
    enum money_state money = outcome_row(outcome)->money;

    return is_in_switch_hands(answer) && money == MONEY_NOT_MOVED ? MONEY_RETURNING : money;
}

/* The switch names the key that it holds, "MAK 1A2B3C4D", beside a wrong MAC: both check values
 * tell which side is out of step. Other remarks are for the receipt. */
static void add_hosts_check_value(struct payment_row *payment, const struct txn_message *answer)
{
    char check[2 * CHECK_VALUE_LEN + 1] = {0};
    uint8_t value[CHECK_VALUE_LEN];
    size_t len = 0;

    if (memcmp(answer->text, "MAK ", 4) != 0)
        return;
    memcpy(check, answer->text + 4, 2 * CHECK_VALUE_LEN);
    if (bytes_from_hex(check, 2 * CHECK_VALUE_LEN, value, sizeof value, &len) == OK)
        evidence_add(payment->evidence, EVIDENCE_EXPECTED, check);
}

static void add_code(struct payment_row *payment, const struct till *till,
                     const struct txn_message *answer)
{
    char text[2 * CHECK_VALUE_LEN + 1];
    struct text check = text_over(text, sizeof text);
    char code[RESPONSE_CODE_LEN + 1] = {payment->code[0], payment->code[1], 0};

    evidence_add(payment->evidence, EVIDENCE_CODE, code);
    if (payment->outcome != OUTCOME_MESSAGE_MAC_WRONG || till->keys == NULL)
        return;
    text_add_hex(&check, till->keys->mac_check, sizeof till->keys->mac_check);
    evidence_add(payment->evidence, EVIDENCE_CHECK_VALUE, text_z(&check));
    add_hosts_check_value(payment, answer);
}

static void refused(struct node_work *work, struct till *till, struct deal *deal)
{
    const struct txn_message *answer = &work->event->message;
    struct payment_row *payment = &deal->payment;
    enum outcome outcome = till_outcome_of_code(answer->code, payment->pin_entered != 0);
    enum money_state money = money_after(answer, outcome);
    bool is_sale = kind_row((enum txn_kind)payment->kind)->moves_money;
    bool is_sure = till_mac_is_good(work) && !has_code(answer, "10") && money != MONEY_UNKNOWN;

    set_outcome(payment, outcome, outcome_row(outcome)->decides);
    add_code(payment, till, answer);
    if (till_code_wants_sign_in(answer->code))
        till->terminal.is_signed_in = 0;
    if (is_sure) {
        decide(work, till, deal, is_sale ? money : MONEY_NOT_MOVED);
        return;
    }
    take_back(work, till, deal, till_mac_is_good(work) ? REASON_OTHER : REASON_MAC_WRONG,
              WHAT_REVERSAL_OWED);
}

void reply(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;
    struct deal deal;

    deal_open(work, &answer->identity, &deal);
    if (!till_open(work, answer->identity.terminal, &till) || !deal.is_known ||
        !deal_fits(&deal, answer)) {
        deal_set_aside(work);
        return;
    }
    if (!is_awaited(&deal, answer)) {
        deal_note_late(work, &deal);
        return;
    }
    if (is_approval(answer) && !till_mac_is_good(work)) {
        set_outcome(&deal.payment, OUTCOME_LINE_CORRUPT, PARTY_TERMINAL);
        evidence_add(deal.payment.evidence, EVIDENCE_CHECK,
                     answer->has_mac ? "MAC is wrong" : "MAC is missing");
        take_back(work, &till, &deal, REASON_MAC_WRONG, WHAT_REVERSAL_OWED);
        return;
    }
    take_fields(&deal.payment, answer);
    if (answer->demand == DEMAND_SIGN_IN)
        till.terminal.is_signed_in = 0;
    if (is_approval(answer))
        approved(work, &till, &deal);
    else
        refused(work, &till, &deal);
}

void reply_garbled(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;
    struct deal deal;

    deal_open(work, &answer->identity, &deal);
    if (!till_open(work, answer->identity.terminal, &till) || !deal.is_loaded || !deal.is_known ||
        !deal.is_waited || deal.payment.stage != STAGE_SENT)
        return;
    set_outcome(&deal.payment, OUTCOME_LINE_CORRUPT, PARTY_TERMINAL);
    evidence_add_number(deal.payment.evidence, EVIDENCE_FIELD, work->event->fault.field);
    if (work->event->fault.expected != NULL)
        evidence_add(deal.payment.evidence, EVIDENCE_EXPECTED, work->event->fault.expected);
    if (work->event->fault.found != NULL)
        evidence_add(deal.payment.evidence, EVIDENCE_FOUND, work->event->fault.found);
    take_back(work, &till, &deal, REASON_OTHER, WHAT_REVERSAL_OWED);
}

void reply_silence(struct node_work *work, struct till *till, struct deal *deal)
{
    bool is_recovery = work->event->kind == EVENT_RECOVER;

    if (!deal->is_loaded || !deal->is_known || deal->payment.stage != STAGE_SENT) {
        /* A damaged payment row: nothing can be sent for it, and nothing may be forgotten. */
        deal_set_aside(work);
        work->about = deal->pending.identity;
        return;
    }
    set_outcome(&deal->payment, OUTCOME_LINE_NO_ANSWER, PARTY_TERMINAL);
    if (is_recovery)
        evidence_add(deal->payment.evidence, EVIDENCE_STATE, "terminal restarted");
    else
        evidence_add_number(deal->payment.evidence, EVIDENCE_WAITED_S, till_wait_ms(till) / 1000);
    take_back(work, till, deal, REASON_NO_ANSWER, is_recovery ? WHAT_RECOVERED : WHAT_NO_ANSWER);
}

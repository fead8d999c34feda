#include "terminal/pay.h"

#include "base/assert.h"
#include "terminal/entry.h"
#include "terminal/icc_field.h"
#include "terminal/owed.h"

#include <string.h>

/* A payment that is wanted, and all that is known of it. */
struct attempt {
    struct node_work *work;
    const struct node_command *command;
    struct till till;
    struct entry entry;
    struct deal deal;            /* under the identity that it would get */
    struct payment_row *payment; /* &deal.payment */
};

bool pay_is_known(enum txn_kind kind)
{
    return kind == KIND_SALE || kind == KIND_BALANCE;
}

/* A tap at or under the limit needs no PIN, and takes none (UnionPay POS, 6.7). */
static bool wants_pin(const struct attempt *attempt)
{
    const struct presented_card *card = &attempt->command->card;

    if (card->entry == ENTRY_CONTACTLESS && attempt->command->transaction == KIND_SALE &&
        attempt->command->amount.minor <= attempt->till.terminal.tap_limit_minor)
        return false;
    return card->pin.len > 0;
}

static bool is_amount_good(const struct node_command *command)
{
    return command->amount.minor > 0 && command->amount.minor <= MONEY_MINOR_MAX;
}

/* 1000000 + hhmmss, as in a message. */
static uint32_t local_time(const struct civil *civil)
{
    return 1000000U + civil->hour * 10000U + civil->minute * 100U + civil->second;
}

/* The row as far as the command and the card tell it. */
static void draw_up(struct attempt *attempt)
{
    const struct node_event *event = attempt->work->event;
    struct payment_row *payment = attempt->payment;
    struct civil civil = instant_civil(event->wall, attempt->till.config->utc_offset_s);

    memset(payment, 0, sizeof *payment);
    payment->layout = PAYMENT_ROW_LAYOUT;
    payment->kind = (uint8_t)attempt->command->transaction;
    payment->identity = till_next(&attempt->till);
    payment->sequence = attempt->entry.sequence;
    payment->expiry = attempt->entry.expiry;
    payment->amount = money_of(0, attempt->till.config->currency);
    if (attempt->command->transaction == KIND_SALE && is_amount_good(attempt->command))
        payment->amount = attempt->command->amount;
    memcpy(payment->merchant, attempt->till.terminal.merchant, sizeof payment->merchant);
    payment->entry = (uint8_t)attempt->command->card.entry;
    payment->pin_entered = wants_pin(attempt);
    payment->business_date = till_date(&attempt->till, event);
    payment->local_time = local_time(&civil);
    payment->local_date = (uint16_t)(civil.month * 100 + civil.day);
    payment->created = event->wall;
    payment->changed = event->wall;
    payment->link = event->ticket;
    memcpy(payment->unpredictable, event->entropy, sizeof payment->unpredictable);
    if (attempt->entry.pan.len > 0)
        payment->pan.masked = pan_mask(&attempt->entry.pan);
}

/* False when the terminal's set-up is not here; else wipe the entry when done. */
static bool open_attempt(struct node_work *work, struct attempt *out)
{
    memset(out, 0, sizeof *out);
    out->work = work;
    out->command = work->event->command;
    out->payment = &out->deal.payment;
    if (!till_open(work, out->command->terminal, &out->till))
        return false;
    struct identity identity = till_next(&out->till);
    deal_open(work, &identity, &out->deal);
    entry_take(work, till_date(&out->till, work->event), &out->entry);
    return true;
}

/* ---- the rules, in the order of the outcome table ---- */

/* Evidence names the key that a question failed on. */
static bool is_key_fault(struct attempt *attempt, enum till_check slot, const char *key)
{
    const struct hsm_answer *answer = node_answer(attempt->work, (uint8_t)slot);

    if (answer == NULL || (answer->result != HSM_KEY && answer->result != HSM_NOT_ALLOWED))
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_COMPONENT, key);
    evidence_add(attempt->payment->evidence, EVIDENCE_FOUND, hsm_result_text(answer->result));
    return true;
}

static bool key_is_missing(struct attempt *attempt)
{
    return is_key_fault(attempt, CHECK_PAN, "card number keys") ||
           is_key_fault(attempt, CHECK_PIN, "PIK");
}

/* Also when the batch has used up its trace numbers: the next sign-in brings a new batch. */
static bool is_not_signed_in(struct attempt *attempt)
{
    if (attempt->deal.is_known) {
        evidence_add(attempt->payment->evidence, EVIDENCE_STATE, "batch is used up");
        return true;
    }
    if (till_is_signed_in(&attempt->till))
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_STATE,
                 attempt->till.terminal.signed_in.us == 0 ? "never signed in" : "signed out");
    return true;
}

static bool reversal_is_pending(struct attempt *attempt)
{
    uint32_t trace = attempt->till.terminal.owed.trace;

    if (trace != 0)
        evidence_add_number(attempt->payment->evidence, EVIDENCE_TRACE, trace);
    return trace != 0;
}

static bool amount_is_invalid(struct attempt *attempt)
{
    const struct money *amount = &attempt->command->amount;
    struct evidence *list = attempt->payment->evidence;

    if (attempt->command->transaction != KIND_SALE)
        return false;
    if (is_amount_good(attempt->command) && amount->currency == attempt->till.config->currency)
        return false;
    if (is_amount_good(attempt->command)) {
        evidence_add_number(list, EVIDENCE_FOUND, amount->currency);
        evidence_add_number(list, EVIDENCE_EXPECTED, attempt->till.config->currency);
        return true;
    }
    evidence_add_number(list, EVIDENCE_ASKED, amount->minor);
    evidence_add_number(list, EVIDENCE_LIMIT, MONEY_MINOR_MAX);
    return true;
}

static bool card_is_refused_as(struct attempt *attempt, enum outcome outcome)
{
    if (attempt->entry.refusal != outcome)
        return false;
    memcpy(attempt->payment->evidence, attempt->entry.evidence, sizeof attempt->entry.evidence);
    return true;
}

/* A question that the HSM could not answer, or that nobody could ask. */
static bool is_silent(struct attempt *attempt, enum till_check slot, const char *device)
{
    const struct hsm_answer *answer = node_answer(attempt->work, (uint8_t)slot);

    if (answer != NULL && answer->result == HSM_OK)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_COMPONENT, device);
    return true;
}

static bool device_is_at_fault(struct attempt *attempt)
{
    if (card_is_refused_as(attempt, OUTCOME_TERMINAL_DEVICE_FAULT))
        return true;
    if (attempt->entry.refusal != OUTCOME_NONE)
        return false;
    if (!attempt->entry.is_read) {
        evidence_add(attempt->payment->evidence, EVIDENCE_COMPONENT, "card reader");
        return true;
    }
    return is_silent(attempt, CHECK_PAN, "key module");
}

static bool card_is_unreadable(struct attempt *attempt)
{
    return card_is_refused_as(attempt, OUTCOME_CARD_UNREADABLE);
}

static bool number_is_invalid(struct attempt *attempt)
{
    return card_is_refused_as(attempt, OUTCOME_CARD_NUMBER_INVALID);
}

static bool chip_is_required(struct attempt *attempt)
{
    return card_is_refused_as(attempt, OUTCOME_CARD_CHIP_REQUIRED);
}

static bool card_is_expired(struct attempt *attempt)
{
    return card_is_refused_as(attempt, OUTCOME_CARD_EXPIRED_LOCAL);
}

static bool type_is_unsupported(struct attempt *attempt)
{
    return card_is_refused_as(attempt, OUTCOME_CARD_TYPE_UNSUPPORTED);
}

static bool line_is_down(struct attempt *attempt)
{
    if (attempt->work->event->line_is_up)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_STATE, "nothing was sent");
    return true;
}

static bool pin_has_wrong_form(struct attempt *attempt)
{
    const char *fault = wants_pin(attempt) ? entry_pin_fault(&attempt->command->card) : NULL;

    if (fault == NULL)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_CHECK, fault);
    evidence_add(attempt->payment->evidence, EVIDENCE_EXPECTED, "4 to 12 digits");
    return true;
}

/* What is asked for last, once nothing else stands against it: the PIN block and the chip's word.
 */
static bool pin_block_is_missing(struct attempt *attempt)
{
    const struct hsm_answer *answer = node_answer(attempt->work, CHECK_PIN);

    if (!wants_pin(attempt) || (answer != NULL && answer->result == HSM_OK))
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_COMPONENT, "PIN pad");
    return true;
}

static bool cryptogram_is_missing(struct attempt *attempt)
{
    const struct hsm_answer *answer = node_answer(attempt->work, CHECK_FIRST_AC);

    if (!entry_has_cryptogram(&attempt->command->card))
        return false;
    if (answer != NULL && answer->result == HSM_OK)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_CHECK, "first cryptogram");
    return true;
}

static bool chip_declines(struct attempt *attempt)
{
    const struct hsm_answer *answer = node_answer(attempt->work, CHECK_FIRST_AC);

    if (!entry_has_cryptogram(&attempt->command->card) || answer == NULL ||
        answer->result != HSM_OK || answer->of.card_ac.kind == CARD_ARQC)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_CHECK, "first cryptogram");
    return true;
}

struct rule {
    enum outcome outcome;
    bool is_early; /* needs no answer but the reading: known before PIN and cryptogram are asked */
    bool (*applies)(struct attempt *attempt);
};

/* clang-format off */
static const struct rule rules[] = {
    { OUTCOME_TERMINAL_KEY_MISSING,      false, key_is_missing },
    { OUTCOME_TERMINAL_NOT_SIGNED_IN,    true,  is_not_signed_in },
    { OUTCOME_TERMINAL_REVERSAL_PENDING, true,  reversal_is_pending },
    { OUTCOME_TERMINAL_AMOUNT_INVALID,   true,  amount_is_invalid },
    { OUTCOME_TERMINAL_DEVICE_FAULT,     false, device_is_at_fault },
    { OUTCOME_CARD_UNREADABLE,           true,  card_is_unreadable },
    { OUTCOME_CARD_NUMBER_INVALID,       true,  number_is_invalid },
    { OUTCOME_CARD_CHIP_REQUIRED,        true,  chip_is_required },
    { OUTCOME_CARD_EXPIRED_LOCAL,        true,  card_is_expired },
    { OUTCOME_CARD_TYPE_UNSUPPORTED,     true,  type_is_unsupported },
    { OUTCOME_CARD_DECLINED_OFFLINE,     false, chip_declines },
    { OUTCOME_LINE_UNREACHABLE,          true,  line_is_down },
    { OUTCOME_PIN_FORMAT_WRONG,          true,  pin_has_wrong_form },
    /* Asked for only when none of the above stands against the payment, so these come last. */
    { OUTCOME_TERMINAL_DEVICE_FAULT,     false, pin_block_is_missing },
    { OUTCOME_CARD_UNREADABLE,           false, cryptogram_is_missing },
};
/* clang-format on */

static enum outcome judge(struct attempt *attempt, bool early_only)
{
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        if ((!early_only || rules[i].is_early) && rules[i].applies(attempt))
            return rules[i].outcome;
    }
    return OUTCOME_NONE;
}

/* ---- needs and checks ---- */

void pay_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    till_need(work, command->terminal);
    if (!till_open(work, command->terminal, &till))
        return;
    struct identity identity = till_next(&till);
    deal_need(work, &identity);
    owed_need(work, &till);
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
    struct attempt attempt;

    if (!open_attempt(work, &attempt))
        return;
    entry_ask(work, &attempt.till.terminal_key);
    if (attempt.entry.pan.len > 0)
        ask_pan(&attempt);
    draw_up(&attempt);
    if (attempt.entry.pan.len > 0 && attempt.entry.refusal == OUTCOME_NONE &&
        judge(&attempt, true) == OUTCOME_NONE) {
        if (wants_pin(&attempt))
            ask_pin(&attempt);
        if (entry_has_cryptogram(&attempt.command->card))
            ask_cryptogram(&attempt);
    }
    entry_wipe(&attempt.entry);
}

/* ---- the step ---- */

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

static void write_card(const struct attempt *attempt, struct txn_message *out)
{
    const struct entry *entry = &attempt->entry;
    const struct hsm_answer *pin = node_answer(attempt->work, CHECK_PIN);

    out->pan = entry->pan;
    memcpy(out->track2, entry->track2, entry->track2_len);
    out->track2_len = entry->track2_len;
    out->expiry = entry->expiry;
    out->entry = attempt->command->card.entry;
    out->is_fallback = entry->is_fallback;
    out->sequence = entry->sequence;
    out->pin_entered = attempt->payment->pin_entered != 0;
    if (out->pin_entered) {
        assert(pin->of.block.len <= sizeof out->pin_block);
        memcpy(out->pin_block, pin->of.block.at, pin->of.block.len);
        out->pin_block_len = pin->of.block.len;
    }
    if (entry_has_cryptogram(&attempt->command->card))
        icc_field_request(attempt->payment, node_answer(attempt->work, CHECK_READ),
                          node_answer(attempt->work, CHECK_FIRST_AC), out);
}

static void write_request(const struct attempt *attempt)
{
    const struct till *till = &attempt->till;
    struct node_send *send = node_send_new(attempt->work, NODE_LINE);
    struct txn_message *message = &send->message;

    message->kind = attempt->command->transaction;
    message->function = FUNCTION_REQUEST;
    message->identity = attempt->payment->identity;
    memcpy(message->merchant, till->terminal.merchant, sizeof message->merchant);
    if (attempt->command->transaction == KIND_SALE)
        message->amount = attempt->payment->amount;
    message->software = till->terminal.software;
    message->capability = TILL_CAPABILITY;
    write_card(attempt, message);
    message->has_mac = true;
    send->seal.make_mac = true;
    send->seal.mac = till_key(till, &till->keys->mac);
}

/* All of it in one record: the payment, what it waits for, and, for a sale, the reversal owed. */
static void send_request(struct attempt *attempt)
{
    struct node_work *work = attempt->work;
    struct payment_row *payment = attempt->payment;
    struct till *till = &attempt->till;
    bool is_reversible = kind_row(attempt->command->transaction)->is_reversible;

    if (entry_has_cryptogram(&attempt->command->card))
        keep_cryptogram(payment, node_answer(work, CHECK_READ), node_answer(work, CHECK_FIRST_AC));
    payment->account = attempt->command->card.card;
    payment_row_move(payment, STAGE_SENT);
    payment_row_set_money(payment, is_reversible ? MONEY_UNKNOWN : MONEY_NOT_MOVED);
    write_request(attempt);
    deal_wait(work, &attempt->deal, PENDING_ANSWER, till_wait_ms(till));
    till->terminal.last = payment->identity;
    if (is_reversible)
        till->terminal.owed = payment->identity;
    till_use_trace(till);
    till_put(work, till);
    node_put_payment(work, payment, is_reversible ? WHAT_SALE_SENT : WHAT_INQUIRY_SENT);
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

void pay(struct node_work *work)
{
    struct attempt attempt;

    if (!open_attempt(work, &attempt)) {
        refuse_stranger(work);
        return;
    }
    draw_up(&attempt);
    const struct hsm_answer *pan = node_answer(work, CHECK_PAN);
    if (pan != NULL && pan->result == HSM_OK && attempt.entry.pan.len > 0)
        attempt.payment->pan = pan_token_of(pan, &attempt.entry.pan);
    enum outcome refusal = judge(&attempt, false);
    if (refusal != OUTCOME_NONE)
        refuse(&attempt, refusal);
    else if (!attempt.deal.is_loaded)
        refuse(&attempt, OUTCOME_TERMINAL_DEVICE_FAULT);
    else
        send_request(&attempt);
    entry_wipe(&attempt.entry);
}

/* ---- cancelling ---- */

/* What the till may be waiting for: the payment in doubt, or an inquiry. */
static const struct identity *waited_for(const struct till *till)
{
    return till->terminal.owed.trace != 0 ? &till->terminal.owed : &till->terminal.last;
}

void pay_cancel_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    till_need(work, command->terminal);
    if (till_open(work, command->terminal, &till) && waited_for(&till)->trace != 0)
        deal_need(work, waited_for(&till));
}

void pay_cancel(struct node_work *work)
{
    struct till till;
    struct deal deal = {.is_known = false};

    if (till_open(work, work->event->command->terminal, &till) && waited_for(&till)->trace != 0)
        deal_open(work, waited_for(&till), &deal);
    bool is_waiting = deal.is_known && deal.is_waited;
    node_show(work, OUTCOME_TERMINAL_CANCELLED, is_waiting ? &deal.payment : NULL);
}

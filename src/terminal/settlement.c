#include "terminal/settlement.h"

#include "base/assert.h"
#include "terminal/cashiers.h"
#include "terminal/drawer.h"
#include "terminal/outbox.h"
#include "terminal/owed.h"
#include "terminal/sign.h"

#include <string.h>

#define BATCH_MAX 999999
#define NUDGE_MS 1

enum result { RESULT_AGREE = 1, RESULT_DIFFER = 2 }; /* field 48 of an answer */

static bool has_code(const struct txn_message *answer, const char *code)
{
    return memcmp(answer->code, code, RESPONSE_CODE_LEN) == 0;
}

static bool is_clear(const struct till *till)
{
    return till->terminal.owed.trace == 0 && till->drawer.waiting_count == 0;
}

/* In the form of a payment, never stored. */
static struct payment_row story_of(const struct node_work *work, const struct till *till,
                                   enum outcome outcome)
{
    struct payment_row story;

    memset(&story, 0, sizeof story);
    story.layout = PAYMENT_ROW_LAYOUT;
    story.kind = KIND_SETTLE;
    story.stage = STAGE_ANSWERED;
    story.money = MONEY_NOT_MOVED;
    story.outcome = (uint16_t)outcome;
    story.decided_by = PARTY_TERMINAL;
    story.identity = till_next(till);
    story.identity.trace = till->drawer.settling;
    story.sequence = -1;
    story.created = work->event->wall;
    story.changed = work->event->wall;
    return story;
}

/* ---- sending ---- */

static void send_totals(struct node_work *work, const struct till *till)
{
    struct batch_row batch = drawer_batch(work, till, till->terminal.batch);
    struct node_send *send = node_send_new(work, NODE_LINE);
    struct txn_message *message = &send->message;

    message->kind = KIND_SETTLE;
    message->function = FUNCTION_REQUEST;
    message->identity = till_next(till);
    message->identity.trace = till->drawer.settling;
    memcpy(message->merchant, till->terminal.merchant, sizeof message->merchant);
    message->network_code = till->drawer.is_forced ? NETWORK_SETTLE_FORCED : NETWORK_SETTLE;
    message->domestic = batch.domestic;
    message->foreign = batch.foreign;
    message->amount.currency = till->config->currency;
    message->operator_number = till->drawer.is_cashier_in ? till->drawer.cashier : 0;
    message->software = till->terminal.software;
    message->is_training = till->terminal.is_training != 0;
    batch.state = BATCH_CLOSING;
    drawer_put_batch(work, till, &batch);
}

/* What goes first is tried at once; else the totals go. */
static void go_on(struct node_work *work, struct till *till, struct deal *deal)
{
    if (is_clear(till)) {
        send_totals(work, till);
        deal->pending.attempts = 1;
    }
    deal_wait(work, deal, PENDING_EXCHANGE, till_wait_ms(till));
}

void settlement_nudge(struct node_work *work, const struct till *till)
{
    struct identity identity = till_exchange(till, till->drawer.settling);
    struct row_key key = deal_pending_key(&identity);

    if (till->drawer.settling != 0 && is_clear(till))
        node_set_deadline(work, &key, moment_add_ms(work->event->now, NUDGE_MS));
}

/* ---- the command ---- */

void settlement_command_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    till_need(work, command->terminal);
    if (!till_open(work, command->terminal, &till))
        return;
    struct identity identity = till_exchange(&till, till.terminal.trace_next);
    deal_need(work, &identity);
    identity = till_exchange(&till, till.drawer.settling);
    if (identity.trace != 0)
        deal_need(work, &identity);
    owed_need(work, &till);
    drawer_need(work, &till, till.terminal.batch);
    if (command->is_forced)
        cashiers_need(work, &till, &command->supervisor);
}

/* That totals differ and the batch is closed all the same is the supervisor's word. */
void settlement_command_checks(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    if (command->is_forced && till_open(work, command->terminal, &till))
        cashiers_ask(work, &till, &command->supervisor);
}

static bool supervisor_is_unknown(struct node_work *work, const struct till *till)
{
    const struct node_command *command = work->event->command;
    struct payment_row story = story_of(work, till, OUTCOME_TERMINAL_OPERATOR_UNKNOWN);

    if (!command->is_forced || !cashiers_refuse(work, till, &command->supervisor, story.evidence))
        return false;
    cashiers_note(work, till, &command->supervisor);
    node_record(work, WHAT_DECLINED, &story);
    node_show(work, OUTCOME_TERMINAL_OPERATOR_UNKNOWN, &story);
    return true;
}

static bool is_under_way(const struct node_work *work, const struct till *till)
{
    struct identity identity = till_exchange(till, till->drawer.settling);
    struct deal deal;

    if (identity.trace == 0)
        return false;
    deal_open(work, &identity, &deal);
    return deal.is_waited;
}

static void show_refusal(struct node_work *work, const struct till *till, enum outcome outcome,
                         const char *fact)
{
    struct payment_row story = story_of(work, till, outcome);

    evidence_add(story.evidence, EVIDENCE_STATE, fact);
    node_show(work, outcome, &story);
}

static void begin(struct node_work *work, struct till *till, struct deal *deal)
{
    till->drawer.settling = till->terminal.trace_next;
    till->drawer.is_forced = work->event->command->is_forced;
    till_use_trace(till);
    deal->pending.exchange = KIND_SETTLE;
    deal->pending.ticket = work->event->ticket;
    deal->pending.attempts = 0;
    if (!is_clear(till)) {
        owed_try_beside(work, till);
        outbox_wake(work, till);
    }
    go_on(work, till, deal);
    cashiers_note(work, till, &work->event->command->supervisor);
    till_put(work, till);
    till_put_drawer(work, till);
    node_record(work, WHAT_NETWORK_SENT, NULL);
    work->about = deal->pending.identity;
}

void settlement_command(struct node_work *work)
{
    struct till till;
    struct deal deal;

    memset(&till, 0, sizeof till);
    if (!till_open(work, work->event->command->terminal, &till)) {
        node_show(work, OUTCOME_TERMINAL_KEY_MISSING, NULL);
        return;
    }
    struct identity identity = till_exchange(&till, till.terminal.trace_next);
    deal_open(work, &identity, &deal);
    if (supervisor_is_unknown(work, &till))
        return;
    if (!work->event->line_is_up)
        show_refusal(work, &till, OUTCOME_LINE_UNREACHABLE, "nothing was sent");
    else if (is_under_way(work, &till) || !deal.is_loaded || deal.is_waited)
        show_refusal(work, &till, OUTCOME_SETTLEMENT_IN_PROGRESS, "one is under way");
    else
        begin(work, &till, &deal);
}

/* ---- its end ---- */

/* Shows and forgets the settlement; the caller puts till and batch. */
static void end(struct node_work *work, struct till *till, struct deal *deal,
                const struct payment_row *story)
{
    enum outcome outcome = (enum outcome)story->outcome;

    if (work->event->kind != EVENT_RECOVER)
        node_show_to(work, deal->pending.ticket, outcome, story);
    till->drawer.settling = 0;
    till->drawer.is_forced = 0;
    till_put_drawer(work, till);
    deal_settle(work, deal);
}

void settlement_due_needs(struct node_work *work, const struct till *till)
{
    drawer_need(work, till, till->terminal.batch);
}

/* What goes first did not end in time, or the host was silent: nobody knows whether it has closed
 * the batch, so the terminal's stays as it is until it is settled again. */
static void give_up(struct node_work *work, struct till *till, struct deal *deal)
{
    bool was_sent = deal->pending.attempts > 0;
    struct payment_row story = story_of(work, till, OUTCOME_LINE_NO_ANSWER);

    if (was_sent) {
        evidence_add_number(story.evidence, EVIDENCE_WAITED_S, till_wait_ms(till) / 1000);
    } else {
        story.outcome = OUTCOME_TERMINAL_REVERSAL_PENDING;
        if (till->terminal.owed.trace != 0)
            evidence_add_number(story.evidence, EVIDENCE_TRACE, till->terminal.owed.trace);
        evidence_add_number(story.evidence, EVIDENCE_USED, till->drawer.waiting_count);
    }
    node_record(work, was_sent ? WHAT_NO_ANSWER : WHAT_DECLINED, &story);
    end(work, till, deal, &story);
}

void settlement_due(struct node_work *work, struct till *till, struct deal *deal)
{
    bool is_our = till->drawer.settling == deal->pending.identity.trace;

    if (work->event->kind == EVENT_TIMER && is_our && deal->pending.attempts == 0 &&
        is_clear(till)) {
        go_on(work, till, deal);
        node_record(work, WHAT_NETWORK_SENT, NULL);
        work->about = deal->pending.identity;
        return;
    }
    give_up(work, till, deal);
}

/* ---- the answer ---- */

void settlement_answer_needs(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;

    till_need(work, answer->identity.terminal);
    if (!till_open(work, answer->identity.terminal, &till))
        return;
    struct identity identity = till_exchange(&till, answer->identity.trace);
    deal_need(work, &identity);
    drawer_need(work, &till, till.terminal.batch);
}

/* Only the digits count at many hosts (UnionPay POS, 3.5). */
static enum outcome outcome_of(const struct txn_message *answer)
{
    bool differs =
        answer->domestic.result == RESULT_DIFFER || answer->foreign.result == RESULT_DIFFER;

    if (has_code(answer, "00"))
        return OUTCOME_APPROVED; /* a forced one closes although they differ */
    if (answer->domestic.result == RESULT_AGREE && !differs)
        return OUTCOME_APPROVED;
    if (has_code(answer, "95") || differs)
        return OUTCOME_SETTLEMENT_TOTALS_DIFFER;
    if (has_code(answer, "77") && till_books_are_lost(answer))
        return OUTCOME_TERMINAL_AHEAD;
    return till_outcome_of_code(answer->code, false);
}

static void add_half(struct payment_row *story, enum evidence_name name, const char *side,
                     int64_t minor, unsigned count)
{
    char room[40];
    struct text text = text_over(room, sizeof room);

    text_add(&text, side);
    text_add_char(&text, ' ');
    text_add_u64(&text, count);
    text_add(&text, ": ");
    text_add_i64(&text, minor);
    evidence_add(story->evidence, name, text_z(&text));
}

/* Both totals, of the half that differs: expected is the host's, found is ours. */
static void add_totals(struct payment_row *story, const struct totals *host,
                       const struct totals *own)
{
    if (host->debit_minor != own->debit_minor || host->debit_count != own->debit_count) {
        add_half(story, EVIDENCE_EXPECTED, "debit", host->debit_minor, host->debit_count);
        add_half(story, EVIDENCE_FOUND, "debit", own->debit_minor, own->debit_count);
    }
    if (host->credit_minor != own->credit_minor || host->credit_count != own->credit_count) {
        add_half(story, EVIDENCE_EXPECTED, "credit", host->credit_minor, host->credit_count);
        add_half(story, EVIDENCE_FOUND, "credit", own->credit_minor, own->credit_count);
    }
}

static void close_batch(struct node_work *work, struct till *till, struct batch_row *batch)
{
    const struct txn_message *answer = &work->event->message;

    batch->state = BATCH_CLOSED;
    batch->is_differing =
        answer->domestic.result == RESULT_DIFFER || answer->foreign.result == RESULT_DIFFER;
    batch->claimed = answer->domestic;
    batch->closed = work->event->wall;
    till->terminal.batch = batch->batch >= BATCH_MAX ? 1 : batch->batch + 1;
    sign_forget(till); /* its answer would name the batch that is closed */
}

static enum journal_what what_of(enum outcome outcome)
{
    if (outcome == OUTCOME_APPROVED)
        return WHAT_BATCH_CLOSED;
    return outcome == OUTCOME_SETTLEMENT_TOTALS_DIFFER ? WHAT_TOTALS_DIFFER : WHAT_DECLINED;
}

static void decide(struct node_work *work, struct till *till, struct deal *deal)
{
    const struct txn_message *answer = &work->event->message;
    enum outcome outcome = outcome_of(answer);
    struct batch_row batch = drawer_batch(work, till, till->terminal.batch);
    struct payment_row story = story_of(work, till, outcome);
    char code[RESPONSE_CODE_LEN + 1] = {answer->code[0], answer->code[1], 0};

    memcpy(story.code, answer->code, sizeof story.code);
    if (outcome == OUTCOME_APPROVED) {
        close_batch(work, till, &batch);
    } else {
        story.decided_by = PARTY_ACQUIRER;
        batch.state = BATCH_OPEN;
        batch.claimed = answer->domestic;
    }
    if (outcome == OUTCOME_SETTLEMENT_TOTALS_DIFFER)
        add_totals(&story, &answer->domestic, &batch.domestic);
    else if (outcome != OUTCOME_APPROVED)
        evidence_add(story.evidence, EVIDENCE_CODE, code);
    if (till_code_wants_sign_in(answer->code))
        till->terminal.is_signed_in = 0;
    node_record(work, what_of(outcome), &story);
    drawer_put_batch(work, till, &batch);
    till_put(work, till);
    end(work, till, deal, &story);
}

void settlement_answer(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;
    struct deal deal;

    if (!till_open(work, answer->identity.terminal, &till)) {
        deal_set_aside(work);
        return;
    }
    struct identity identity = till_exchange(&till, answer->identity.trace);
    deal_open(work, &identity, &deal);
    if (deal.is_loaded && deal.is_waited && deal.pending.kind == PENDING_EXCHANGE &&
        deal.pending.exchange == KIND_SETTLE && deal.pending.attempts > 0 &&
        answer->identity.batch == till.terminal.batch)
        decide(work, &till, &deal);
    else
        deal_note_late(work, &deal);
}

void settlement_learn(struct node_work *work, const struct till *till, uint32_t host_batch)
{
    struct batch_row batch = drawer_batch(work, till, till->terminal.batch);

    if (batch.state != BATCH_CLOSING || till->drawer.settling != 0)
        return;
    batch.state = host_batch == batch.batch ? BATCH_OPEN : BATCH_CLOSED;
    if (batch.state == BATCH_CLOSED)
        batch.closed = work->event->wall;
    drawer_put_batch(work, till, &batch);
}

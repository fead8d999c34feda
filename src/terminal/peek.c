#include "terminal/peek.h"

#include "base/assert.h"
#include "books/payment_state.h"
#include "terminal/deal.h"
#include "terminal/followed.h"
#include "terminal/outgoing.h"

#include <string.h>

/* An exchange in the form of a payment, never stored. */
static struct payment_row story_of(const struct node_work *work, const struct till *till,
                                   const struct identity *about)
{
    struct payment_row story;

    memset(&story, 0, sizeof story);
    story.layout = PAYMENT_ROW_LAYOUT;
    story.kind = KIND_QUERY;
    story.stage = STAGE_ANSWERED;
    story.decided_by = PARTY_TERMINAL;
    story.sequence = -1;
    story.identity = *about;
    story.is_training = till->terminal.is_training;
    memcpy(story.merchant, till->terminal.merchant, sizeof story.merchant);
    story.created = work->event->wall;
    story.changed = work->event->wall;
    return story;
}

/* ---- asking ---- */

void peek_command_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    till_need(work, command->terminal);
    if (!till_open(work, command->terminal, &till))
        return;
    struct identity exchange = till_exchange(&till, till.terminal.trace_next);
    deal_need(work, &exchange);
}

static enum outcome refusal_of(const struct node_work *work, const struct till *till,
                               const struct deal *deal)
{
    if (!till_is_signed_in(till))
        return OUTCOME_TERMINAL_NOT_SIGNED_IN;
    if (!work->event->line_is_up)
        return OUTCOME_LINE_UNREACHABLE;
    return deal->is_loaded && !deal->is_waited ? OUTCOME_NONE : OUTCOME_TERMINAL_DEVICE_FAULT;
}

static void send_peek(struct node_work *work, const struct till *till,
                      const struct payment_row *story)
{
    const struct identity asked = followed_identity(till, &work->event->command->original);
    struct node_send *send = outgoing_new(work, till, story, FUNCTION_REQUEST);

    send->message.network_code = NETWORK_PEEK;
    send->message.original = (struct original){.batch = asked.batch, .trace = asked.trace};
}

void peek_command(struct node_work *work)
{
    struct till till;
    struct deal deal;

    if (!till_open(work, work->event->command->terminal, &till)) {
        node_show(work, OUTCOME_TERMINAL_KEY_MISSING, NULL);
        return;
    }
    struct identity exchange = till_exchange(&till, till.terminal.trace_next);
    struct identity own = till_next(&till);
    struct payment_row story = story_of(work, &till, &own);
    deal_open(work, &exchange, &deal);
    enum outcome refusal = refusal_of(work, &till, &deal);
    if (refusal != OUTCOME_NONE) {
        story.outcome = (uint16_t)refusal;
        node_show(work, refusal, &story);
        return;
    }
    send_peek(work, &till, &story);
    deal.pending.exchange = KIND_QUERY;
    deal.pending.ticket = work->event->ticket;
    deal_wait(work, &deal, PENDING_EXCHANGE, till_wait_ms(&till));
    till_use_trace(&till);
    till_put(work, &till);
    node_record(work, WHAT_NETWORK_SENT, &story);
}

/* ---- the answer ---- */

static bool is_state_from(const struct txn_message *message, unsigned first)
{
    return message->network_code >= first && message->network_code < first + PAYMENT_STATE_COUNT;
}

bool peek_is_answer(const struct txn_message *message)
{
    return message->kind == KIND_QUERY && message->function == FUNCTION_RESPONSE &&
           (is_state_from(message, NETWORK_STATE) || is_state_from(message, NETWORK_HEARD));
}

/* Opens what is waited for under the answer's number. */
static bool open_peek(const struct node_work *work, struct till *till, struct deal *deal)
{
    const struct identity *identity = &work->event->message.identity;

    if (!till_open(work, identity->terminal, till))
        return false;
    struct identity exchange = till_exchange(till, identity->trace);
    deal_open(work, &exchange, deal);
    return deal->is_loaded && deal->is_waited && deal->pending.kind == PENDING_EXCHANGE &&
           deal->pending.exchange == KIND_QUERY;
}

void peek_answer_needs(struct node_work *work)
{
    const struct identity *identity = &work->event->message.identity;
    struct till till;

    till_need(work, identity->terminal);
    if (!till_open(work, identity->terminal, &till))
        return;
    struct identity exchange = till_exchange(&till, identity->trace);
    struct identity about = followed_identity(&till, &work->event->message.original);
    deal_need(work, &exchange);
    node_need(work, payment_row_key(&about));
}

void peek_answer_checks(struct node_work *work)
{
    struct till till;
    struct deal deal;

    if (open_peek(work, &till, &deal))
        till_ask_mac(work, &till, deal.pending.since);
}

/* Refused by the switch, which took it upon itself to undo what there was to undo: nothing is owed
 * here, nobody waits, and only the word that it is done was never said. Until then an order of the
 * cash register may not be paid anew. */
static bool is_returned(const struct payment_row *payment, enum payment_state told)
{
    return payment->stage == STAGE_ANSWERED && payment->money == MONEY_RETURNING &&
           (told == PAYMENT_TAKEN_BACK || told == PAYMENT_REFUSED);
}

static void note(struct node_work *work, const struct payment_row *story, enum payment_state told)
{
    struct row_key key = payment_row_key(&story->identity);
    const struct payment_row *kept = node_value(work, &key, sizeof *kept);

    if (kept == NULL || !payment_row_is_readable(kept) || !is_returned(kept, told)) {
        node_record(work, WHAT_APPROVED, story);
        return;
    }
    struct payment_row payment = *kept;
    payment_row_move(&payment, STAGE_REVERSED);
    payment_row_set_money(&payment, MONEY_RETURNED);
    payment.changed = work->event->wall;
    node_put_payment(work, &payment, WHAT_REVERSED);
}

void peek_answer(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;
    struct deal deal;

    if (!open_peek(work, &till, &deal) || !till_mac_is_good(work))
        return; /* late, or nothing to believe: who asked is told that no answer came */
    struct identity about = followed_identity(&till, &answer->original);
    struct payment_row story = story_of(work, &till, &about);
    story.outcome = OUTCOME_APPROVED;
    story.decided_by = PARTY_ACQUIRER;
    story.amount = answer->amount;
    memcpy(story.code, answer->code, sizeof story.code);
    memcpy(story.rrn, answer->rrn, sizeof story.rrn);
    memcpy(story.auth_id, answer->auth_id, sizeof story.auth_id);
    bool is_own = is_state_from(answer, NETWORK_STATE);
    enum payment_state told =
        is_own ? (enum payment_state)(answer->network_code - NETWORK_STATE) : PAYMENT_IN_PROGRESS;
    deal_settle(work, &deal);
    note(work, &story, told);
    node_show_to(work, deal.pending.ticket, OUTCOME_APPROVED, &story);
    work->effects.display.told_state = (uint8_t)told;
    if (!is_own)
        work->effects.display.heard_state = (uint8_t)(1 + answer->network_code - NETWORK_HEARD);
}

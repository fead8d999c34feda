/* clang-format off */
/*
 * The machine. One terminal, as its rows tell it:
 *
 *                    sign-in approved, keys good               sale
 *     SIGNED OUT ------------------------------> READY -----------------> WAITING
 *        |  ^                                     | ^  ^                     |
 *        |  |  sign-off; the host wants a new     | |  |  answer, MAC good   |
 *        |  +---- sign-in (A0, 99, 77, A7) -------+ |  +---------------------+
 *        |                                          |                        | silence, no or wrong
 *        | (owing, it signs in by itself)           | 0410, MAC good,        | MAC, garbled, AAC,
 *        |                                          | 00 25 12               | restart
 *        +------------------------------------------+------------------- OWING (again and again,
 *                                                                               with growing rests)
 *     in SIGNED OUT   no work keys, or the host wants new ones: nothing is sold
 *     in READY        work keys; terminal.owed is empty; with is_clock_wrong nothing is sold
 *     in WAITING      payment SENT, money unknown, PENDING_ANSWER, terminal.owed names it
 *     in OWING        payment REVERSING, money unknown or returning, PENDING_REVERSAL,
 *                     terminal.owed names it; signed in or out
 *
 *     event                       from        function          to
 *     COMMAND_SIGN_IN, _OFF, ECHO any         sign_command      same, an exchange is under way
 *       its answer                any         sign_answer       READY or SIGNED OUT, or OWING still
 *       its silence               any         sign_silence      same
 *     COMMAND_PAY, reversible     READY       pay               WAITING
 *       inquiry, refund, advice   READY       pay               READY: these owe no reversal
 *       any                       others      pay               same, refused; the reversal is tried
 *     COMMAND_SETTLE              any         settlement_command same; nothing is sold meanwhile
 *       0510                      any         settlement_answer the next batch, or the same again
 *       its silence               any         settlement_due    same; the batch is being closed
 *     COMMAND_CANCEL              any         pay_cancel        same
 *     COMMAND_PUT_ROW             any         outfit_put        same, other set-up
 *     0110, 0210                  WAITING     reply             READY or OWING
 *                                 others      reply             same; a record says late or foreign
 *     garbled answer              WAITING     reply_garbled     OWING
 *     timer, recovery             WAITING     reply_silence     OWING
 *     the line is cut             WAITING     reply_cut         OWING
 *     timer, recovery             OWING       owed_due          OWING
 *     0410                        OWING       owed_answer       READY, or OWING still
 *     COMMAND_TESTIFY, confirmed  OWING       attested_step     READY
 *     0830 of a peek              any         peek_answer       same; what the switch has undone ends
 *
 * Inquiries, refunds and advices wait beside these states, each with its own payment row:
 *
 *     inquiry    SENT, money not moved, PENDING_ANSWER -> ANSWERED
 *     refund     SENT, money unknown, PENDING_ANSWER -> ANSWERED, or PENDING_QUERY (outbox_ask)
 *                until the switch says what became of it (reply)
 *     advice     STORED, money not moved, PENDING_ADVICE -> SENT, money unknown (outbox_due)
 *                -> ANSWERED (reply)
 */
/* clang-format on */
#include "terminal/terminal.h"

#include "base/assert.h"
#include "node/persons.h"
#include "terminal/attested.h"
#include "terminal/fetch.h"
#include "terminal/intake.h"
#include "terminal/outfit.h"
#include "terminal/cashiers.h"
#include "terminal/outbox.h"
#include "terminal/owed.h"
#include "terminal/pay.h"
#include "terminal/peek.h"
#include "terminal/printed.h"
#include "terminal/reply.h"
#include "terminal/settlement.h"
#include "terminal/sign.h"
#include "terminal/signature_upload.h"

/* What one kind of event needs, asks and does; what is NULL is nothing. */
struct handler {
    void (*needs)(struct node_work *work);
    void (*checks)(struct node_work *work);
    void (*step)(struct node_work *work);
};

/* ---- what a row of PENDING waits for, when its time has come ---- */

static bool open_pending(const struct node_work *work, struct till *till, struct deal *deal)
{
    const struct row_key *key = &work->event->key;
    struct identity identity;

    if (key->table != TABLE_PENDING || key->len != IDENTITY_KEY_LEN)
        return false;
    identity_from_key(key->at, &identity);
    deal_open(work, &identity, deal);
    return till_open(work, identity.terminal, till) && deal->is_loaded && deal->is_waited;
}

static bool is_in_outbox(const struct deal *deal)
{
    return deal->pending.kind == PENDING_ADVICE || deal->pending.kind == PENDING_QUERY;
}

static bool is_exchange(const struct deal *deal, enum txn_kind kind)
{
    return deal->pending.kind == PENDING_EXCHANGE && deal->pending.exchange == kind;
}

static bool is_settlement(const struct deal *deal)
{
    return is_exchange(deal, KIND_SETTLE);
}

static bool is_intake(const struct deal *deal)
{
    return deal->pending.kind == PENDING_EXCHANGE &&
           intake_is_for((enum txn_kind)deal->pending.exchange);
}

static void due_needs(struct node_work *work)
{
    const struct row_key *key = &work->event->key;
    struct identity identity;
    struct till till;
    struct deal deal;

    if (key->table != TABLE_PENDING || key->len != IDENTITY_KEY_LEN)
        return;
    identity_from_key(key->at, &identity);
    till_need(work, identity.terminal);
    deal_need(work, &identity);
    if (!open_pending(work, &till, &deal))
        return;
    if (deal.pending.kind == PENDING_REVERSAL)
        owed_due_needs(work, &till);
    else if (is_in_outbox(&deal))
        outbox_due_needs(work, &till, &deal);
    else if (is_settlement(&deal))
        settlement_due_needs(work, &till);
    else if (is_exchange(&deal, KIND_UPDATE))
        fetch_due_needs(work, &till);
    else if (is_intake(&deal))
        intake_due_needs(work, &till, (enum txn_kind)deal.pending.exchange);
    else if (is_exchange(&deal, KIND_SIGNATURE))
        signature_due_needs(work, &till, &deal);
}

/* A timer of something that is settled finds no row, and does nothing. */
static void due(struct node_work *work)
{
    struct till till;
    struct deal deal;

    if (!open_pending(work, &till, &deal))
        return;
    if (is_settlement(&deal))
        settlement_due(work, &till, &deal);
    else if (is_exchange(&deal, KIND_UPDATE))
        fetch_due(work, &till, &deal);
    else if (is_intake(&deal))
        intake_due(work, &till, (enum txn_kind)deal.pending.exchange);
    else if (is_exchange(&deal, KIND_SIGNATURE))
        signature_due(work, &till, &deal);
    else if (deal.pending.kind == PENDING_EXCHANGE)
        sign_silence(work, &till, &deal);
    else if (deal.pending.kind == PENDING_REVERSAL)
        owed_due(work, &till, &deal);
    else if (is_in_outbox(&deal))
        outbox_due(work, &till, &deal);
    else
        reply_silence(work, &till, &deal);
}

/* ---- messages ---- */

static void foreign_step(struct node_work *work)
{
    deal_set_aside(work);
}

static const struct handler answer_handler = {reply_needs, reply_checks, reply};
static const struct handler sign_answer_handler = {sign_answer_needs, sign_answer_checks,
                                                   sign_answer};
static const struct handler owed_answer_handler = {owed_answer_needs, owed_answer_checks,
                                                   owed_answer};
static const struct handler settlement_handler = {settlement_answer_needs, NULL, settlement_answer};
static const struct handler fetch_answer_handler = {fetch_answer_needs, fetch_answer_checks,
                                                    fetch_answer};
static const struct handler intake_answer_handler = {intake_answer_needs, NULL, intake_answer};
static const struct handler signature_answer_handler = {signature_answer_needs,
                                                        signature_answer_checks, signature_answer};
static const struct handler peek_answer_handler = {peek_answer_needs, peek_answer_checks,
                                                   peek_answer};
static const struct handler foreign_handler = {NULL, NULL, foreign_step};

static const struct handler *message_handler(const struct txn_message *message)
{
    if (message->function == FUNCTION_REVERSAL_RESPONSE)
        return &owed_answer_handler;
    if (message->function != FUNCTION_RESPONSE)
        return &foreign_handler;
    if (message->kind == KIND_SIGN_IN || message->kind == KIND_SIGN_OFF ||
        message->kind == KIND_ECHO)
        return &sign_answer_handler;
    if (message->kind == KIND_SETTLE)
        return &settlement_handler;
    if (message->kind == KIND_UPDATE)
        return &fetch_answer_handler;
    if (intake_is_for(message->kind))
        return &intake_answer_handler;
    if (message->kind == KIND_SIGNATURE)
        return &signature_answer_handler;
    if (peek_is_answer(message))
        return &peek_answer_handler;
    if (pay_is_known(message->kind) || message->kind == KIND_QUERY)
        return &answer_handler;
    return &foreign_handler;
}

/* ---- commands ---- */

/* A command that belongs to another party. */
static void strange_step(struct node_work *work)
{
    node_show(work, OUTCOME_TRANSACTION_UNSUPPORTED, NULL);
}

static const struct handler command_handlers[COMMAND_COUNT] = {
    [COMMAND_NONE] = {NULL, NULL, strange_step},
    [COMMAND_SIGN_IN] = {sign_command_needs, sign_command_checks, sign_command},
    [COMMAND_SIGN_OFF] = {sign_command_needs, sign_command_checks, sign_command},
    [COMMAND_ECHO] = {sign_command_needs, sign_command_checks, sign_command},
    [COMMAND_CANCEL] = {pay_cancel_needs, NULL, pay_cancel},
    [COMMAND_PUT_ROW] = {outfit_put_needs, NULL, outfit_put},
    [COMMAND_FUND] = {NULL, NULL, strange_step},
    [COMMAND_PAY] = {pay_needs, pay_checks, pay},
    [COMMAND_SETTLE] = {settlement_command_needs, settlement_command_checks, settlement_command},
    [COMMAND_QUERY] = {pay_query_needs, NULL, pay_query},
    [COMMAND_LOG_IN] = {cashiers_log_needs, cashiers_log_checks, cashiers_log_in},
    [COMMAND_LOG_OFF] = {cashiers_log_needs, NULL, cashiers_log_off},
    [COMMAND_PRINTED] = {printed_needs, NULL, printed},
    [COMMAND_FETCH] = {fetch_command_needs, NULL, fetch_command},
    [COMMAND_GIVE_CODE] = {NULL, NULL, strange_step},
    [COMMAND_PERSON] = {persons_put_needs, persons_put_checks, persons_put_step},
    [COMMAND_TESTIFY] = {attested_needs, attested_checks, attested_step},
};

static const struct handler operator_handler = {cashiers_put_needs, cashiers_put_checks,
                                                cashiers_put};
static const struct handler signature_handler = {signature_command_needs, NULL, signature_command};
static const struct handler peek_handler = {peek_command_needs, NULL, peek_command};
static const struct handler intake_handler = {intake_command_needs, NULL, intake_command};

static const struct handler *command_handler(const struct node_command *command)
{
    assert(command != NULL);
    assert(command->kind < COMMAND_COUNT);
    if (command->kind == COMMAND_PAY && !pay_is_known(command->transaction))
        return &command_handlers[COMMAND_NONE];
    if (command->kind == COMMAND_QUERY && command->asks_host)
        return &peek_handler;
    if (command->kind == COMMAND_FETCH && intake_is_for(command->transaction))
        return &intake_handler;
    if (command->kind == COMMAND_PUT_ROW && command->cashier.is_given)
        return &operator_handler;
    if (command->kind == COMMAND_FETCH && command->transaction == KIND_SIGNATURE)
        return &signature_handler;
    return &command_handlers[command->kind];
}

/* ---- the party ---- */

static const struct handler none_handler = {NULL, NULL, NULL};
static const struct handler due_handler = {due_needs, NULL, due};
static const struct handler garbled_handler = {reply_needs, NULL, reply_garbled};
static const struct handler cut_handler = {reply_cut_needs, NULL, reply_cut};

static const struct handler *handler_of(const struct node_event *event)
{
    switch (event->kind) {
    case EVENT_RECOVER:
    case EVENT_TIMER:
        return &due_handler;
    case EVENT_MESSAGE:
        return message_handler(&event->message);
    case EVENT_GARBLED:
        return &garbled_handler;
    case EVENT_COMMAND:
        return command_handler(event->command);
    case EVENT_LINK_DOWN:
        return &cut_handler;
    case EVENT_START:
    case EVENT_LINK_UP:
    case EVENT_KIND_COUNT:
        break;
    }
    return &none_handler;
}

static void terminal_needs(struct node_work *work)
{
    const struct handler *handler = handler_of(work->event);

    if (handler->needs != NULL)
        handler->needs(work);
}

static void terminal_checks(struct node_work *work)
{
    const struct handler *handler = handler_of(work->event);

    if (handler->checks != NULL)
        handler->checks(work);
}

static void terminal_step(struct node_work *work)
{
    const struct handler *handler = handler_of(work->event);

    if (handler->step != NULL)
        handler->step(work);
}

const struct node_party terminal_party = {
    .party = PARTY_TERMINAL,
    .needs = terminal_needs,
    .checks = terminal_checks,
    .step = terminal_step,
};

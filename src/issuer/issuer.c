/*
 * The life of a payment at the issuer:
 *
 *                 0200: request_step                 0420: undo_step
 *     (none) ------------------------> ANSWERED ---------------------> REVERSED
 *        |                              |    ^                          |    ^
 *        |                   0200 again +----+             0420, 0200   +----+
 *        |  0420: undo_step
 *        +------------------> TOMBSTONE (0200: payment.reversed, 0420: 00)
 *
 * ANSWERED  the answer is recorded; what is approved is posted, money MOVED, or held, money HELD;
 *           refusals and inquiries moved nothing. A reversal of these leaves them as they are.
 *           What follows an approved payment changes its follow state only (issuer_follow.c); a
 * hold ends by a completion, a void, its date (hold.c) or its reversal. REVERSED  what was posted
 * is posted back, money RETURNED; the payment never posts again. TOMBSTONE reversed before it was
 * seen: its request is refused whenever it comes.
 */
#include "issuer/issuer.h"

#include "base/assert.h"
#include "issuer/hold.h"
#include "issuer/issuer_answer.h"
#include "issuer/issuer_desk.h"
#include "issuer/request.h"
#include "issuer/tell.h"
#include "issuer/undo.h"
#include "issuer/zone.h"

/* Answers, links and the start are nothing to the issuer: it asks nobody and waits for nobody, and
 * all that it knows is in rows. */
static bool concerns_us(const struct node_event *event)
{
    return event->kind == EVENT_MESSAGE && (event->message.function == FUNCTION_REQUEST ||
                                            event->message.function == FUNCTION_REVERSAL);
}

/* A hold comes to its end, or is found at the start. */
static bool is_of_hold(const struct node_event *event)
{
    return (event->kind == EVENT_TIMER || event->kind == EVENT_RECOVER) &&
           event->key.table == TABLE_PENDING;
}

static void issuer_needs(struct node_work *work)
{
    struct issue issue ISSUE_WIPED;

    if (is_of_hold(work->event))
        hold_needs(work);
    if (work->event->kind == EVENT_COMMAND)
        issuer_desk_needs(work);
    if (!concerns_us(work->event))
        return;
    issue_open(work, &issue);
    if (zone_is_network(issue.message))
        zone_needs(&issue);
    else
        issue_needs(&issue);
}

static void issuer_checks(struct node_work *work)
{
    struct issue issue ISSUE_WIPED;

    if (!concerns_us(work->event))
        return;
    issue_open(work, &issue);
    if (zone_is_network(issue.message))
        zone_checks(&issue);
    else
        issue_checks(&issue);
}

/* What cannot be read is answered as far as it was understood, and left at that. */
static void refuse_garbled(struct node_work *work)
{
    struct issue issue ISSUE_WIPED;
    const struct txn_message *message = &work->event->message;

    if (message->function != FUNCTION_REQUEST && message->function != FUNCTION_REVERSAL)
        return;
    if (message->kind == KIND_NONE)
        return;
    issue_open(work, &issue);
    issuer_answer(&issue, OUTCOME_MESSAGE_MALFORMED, false);
}

static void answer_message(struct node_work *work)
{
    struct issue issue ISSUE_WIPED;

    issue_open(work, &issue);
    if (zone_is_network(issue.message))
        zone_step(&issue);
    else if (tell_is_for(issue.message))
        tell_step(&issue);
    else if (issue.message->function == FUNCTION_REVERSAL)
        undo_step(&issue);
    else
        request_step(&issue);
}

static void issuer_step(struct node_work *work)
{
    assert(work->what == WHAT_NONE);
    assert(work->effects.send_count == 0);
    if (work->event->kind == EVENT_COMMAND)
        issuer_desk_step(work);
    else if (work->event->kind == EVENT_GARBLED)
        refuse_garbled(work);
    else if (is_of_hold(work->event))
        hold_step(work);
    else if (concerns_us(work->event))
        answer_message(work);
}

const struct node_party issuer_party = {
    .party = PARTY_ISSUER,
    .needs = issuer_needs,
    .checks = issuer_checks,
    .step = issuer_step,
};

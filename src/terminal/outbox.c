#include "terminal/outbox.h"

#include "base/assert.h"
#include "terminal/outgoing.h"
#include "terminal/sign.h"

#include <string.h>

#define OFFLINE_MAX_DEFAULT 10 /* UnionPay POS, parameter 27 */
#define WAKE_MS 1

/* ---- the list ---- */

uint32_t outbox_advices(const struct till *till)
{
    uint32_t count = 0;

    for (size_t i = 0; i < till->drawer.waiting_count; i++)
        count += till->drawer.waiting[i].kind != KIND_REFUND;
    return count;
}

uint32_t outbox_advices_max(const struct till *till)
{
    uint32_t max = till->terminal.offline_max;

    if (max == 0)
        return OFFLINE_MAX_DEFAULT;
    return max < DRAWER_WAITING_MAX ? max : DRAWER_WAITING_MAX;
}

bool outbox_has_room(const struct till *till, enum txn_kind kind)
{
    if (till->drawer.waiting_count >= DRAWER_WAITING_MAX)
        return false;
    return kind == KIND_REFUND || outbox_advices(till) < outbox_advices_max(till);
}

void outbox_add(struct till *till, const struct payment_row *payment)
{
    struct drawer_row *drawer = &till->drawer;

    assert(drawer->waiting_count < DRAWER_WAITING_MAX);
    drawer->waiting[drawer->waiting_count].batch = payment->identity.batch;
    drawer->waiting[drawer->waiting_count].trace = payment->identity.trace;
    drawer->waiting[drawer->waiting_count].kind = payment->kind;
    drawer->waiting_count++;
}

/* The advice that leaves next; trace 0: none. */
static struct identity head_of(const struct till *till)
{
    struct identity identity = till_next(till);

    identity.trace = 0;
    for (size_t i = 0; i < till->drawer.waiting_count; i++) {
        if (till->drawer.waiting[i].kind == KIND_REFUND)
            continue;
        identity.batch = till->drawer.waiting[i].batch;
        identity.trace = till->drawer.waiting[i].trace;
        break;
    }
    return identity;
}

void outbox_wake(struct node_work *work, const struct till *till)
{
    struct identity head = head_of(till);
    struct row_key key = deal_pending_key(&head);

    if (head.trace != 0)
        node_set_deadline(work, &key, moment_add_ms(work->event->now, WAKE_MS));
}

void outbox_remove(struct node_work *work, struct till *till, const struct payment_row *payment)
{
    struct drawer_row *drawer = &till->drawer;
    size_t kept = 0;

    for (size_t i = 0; i < drawer->waiting_count; i++) {
        if (drawer->waiting[i].batch != payment->identity.batch ||
            drawer->waiting[i].trace != payment->identity.trace)
            drawer->waiting[kept++] = drawer->waiting[i];
    }
    drawer->waiting_count = (uint8_t)kept;
    memset(&drawer->waiting[kept], 0, (DRAWER_WAITING_MAX - kept) * sizeof drawer->waiting[0]);
    if (payment->kind != KIND_REFUND)
        outbox_wake(work, till);
}

/* ---- sending ---- */

static bool is_unanswered(const struct deal *deal)
{
    return deal->is_loaded && deal->is_known && deal->is_waited &&
           kind_row((enum txn_kind)deal->payment.kind)->is_advice &&
           (deal->payment.stage == STAGE_STORED || deal->payment.stage == STAGE_SENT);
}

static void send_advice(struct node_work *work, const struct till *till, struct deal *deal)
{
    struct payment_row *payment = &deal->payment;
    struct followed original;

    followed_open(work, &payment->original, &original);
    payment_row_move(payment, STAGE_SENT);
    payment_row_set_money(payment, MONEY_UNKNOWN);
    struct node_send *send = outgoing_new(work, till, payment, FUNCTION_REQUEST);
    outgoing_open_card(till, payment, send);
    outgoing_name_original(&original, &send->message);
    send->message.expiry = payment->expiry;
}

/* Private to our profile. */
void outbox_send_query(struct node_work *work, const struct till *till,
                       const struct payment_row *payment)
{
    struct node_send *send = outgoing_new(work, till, payment, FUNCTION_REQUEST);
    struct txn_message *message = &send->message;

    message->kind = KIND_QUERY;
    message->amount = (struct money){0};
    message->entry = ENTRY_NONE;
    message->network_code = NETWORK_QUERY;
    message->original = (struct original){.batch = payment->identity.batch,
                                          .trace = payment->identity.trace,
                                          .date = (uint16_t)(payment->business_date % 10000)};
}

/* Sends when there are keys to send it under; else the timer will sign in first. */
static void try_now(struct node_work *work, const struct till *till, struct deal *deal,
                    enum pending_kind kind)
{
    if (deal->pending.attempts < UINT32_MAX)
        deal->pending.attempts++;
    if (till_is_signed_in(till)) {
        if (kind == PENDING_QUERY)
            outbox_send_query(work, till, &deal->payment);
        else
            send_advice(work, till, deal);
    }
    deal_wait(work, deal, kind, till_rest_ms(till, deal->pending.attempts));
}

void outbox_store(struct node_work *work, struct till *till, struct deal *deal)
{
    bool is_next = outbox_advices(till) == 0 && work->event->line_is_up;

    payment_row_move(&deal->payment, STAGE_STORED);
    outbox_add(till, &deal->payment);
    deal_wait(work, deal, PENDING_ADVICE, is_next ? WAKE_MS : till_rest_ms(till, 1));
}

void outbox_ask(struct node_work *work, const struct till *till, struct deal *deal)
{
    assert(deal->payment.kind == KIND_REFUND);
    assert(deal->payment.stage == STAGE_SENT);
    deal->pending.attempts = 0;
    try_now(work, till, deal, PENDING_QUERY);
}

void outbox_need(struct node_work *work, const struct till *till)
{
    struct identity head = head_of(till);
    struct deal deal;

    if (head.trace == 0)
        return;
    deal_need(work, &head);
    deal_open(work, &head, &deal);
    if (deal.is_known)
        followed_need(work, &deal.payment.original);
}

void outbox_send_beside(struct node_work *work, const struct till *till)
{
    struct identity head = head_of(till);
    struct deal deal;

    if (head.trace == 0)
        return;
    deal_open(work, &head, &deal);
    if (!is_unanswered(&deal) || deal.payment.stage != STAGE_STORED || !till_is_signed_in(till))
        return;
    try_now(work, till, &deal, PENDING_ADVICE);
    deal_put(work, &deal);
}

/* ---- timers ---- */

void outbox_due_needs(struct node_work *work, const struct till *till, const struct deal *deal)
{
    if (deal->is_known)
        followed_need(work, &deal->payment.original);
    if (!till_is_signed_in(till))
        sign_need(work, till);
}

/* An advice waits for those before it: its turn comes when they are answered. */
static bool is_its_turn(const struct till *till, const struct deal *deal)
{
    struct identity head = head_of(till);

    return deal->pending.kind == PENDING_QUERY || head.trace == 0 ||
           identity_equal(&head, &deal->payment.identity);
}

void outbox_due(struct node_work *work, struct till *till, struct deal *deal)
{
    bool was_signed_in = till_is_signed_in(till);
    bool is_recovery = work->event->kind == EVENT_RECOVER;

    if (!is_unanswered(deal)) {
        /* A damaged payment row: nothing can be sent for it, and nothing may be forgotten. */
        deal_set_aside(work);
        work->about = deal->pending.identity;
        outbox_remove(work, till, &(struct payment_row){.identity = deal->pending.identity});
        till_put_drawer(work, till);
        return;
    }
    if (!is_its_turn(till, deal))
        return;
    try_now(work, till, deal, (enum pending_kind)deal->pending.kind);
    if (!was_signed_in && sign_request(work, till, KIND_SIGN_IN, 0)) {
        deal_put(work, deal);
        till_put(work, till);
    } else {
        node_put_payment(work, &deal->payment, is_recovery ? WHAT_RECOVERED : WHAT_ADVICE_SENT);
    }
    deal_hand_over(work, deal);
}

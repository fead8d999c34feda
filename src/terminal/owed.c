#include "terminal/owed.h"

#include "base/assert.h"
#include "terminal/attested.h"
#include "terminal/followed.h"
#include "terminal/icc_field.h"
#include "terminal/outbox.h"
#include "terminal/outgoing.h"
#include "terminal/settlement.h"
#include "terminal/sign.h"

#include <string.h>

void owed_need(struct node_work *work, const struct till *till)
{
    if (till->terminal.owed.trace != 0)
        deal_need(work, &till->terminal.owed);
}

/* The original's fields without track, PIN block and expiry (UnionPay POS, 3.2: reversals). The
 * card number is opened by the seal, on its way out. */
static void send_reversal(struct node_work *work, const struct till *till, const struct deal *deal)
{
    const struct payment_row *payment = &deal->payment;
    struct node_send *send = outgoing_new(work, till, payment, FUNCTION_REVERSAL);

    send->message.is_repeat = payment->reversal_attempts > 0;
    memcpy(send->message.code, payment->reversal_reason, sizeof send->message.code);
    if (kind_row((enum txn_kind)payment->kind)->shape == SHAPE_ORIGINAL &&
        (payment->entry == ENTRY_CHIP || payment->entry == ENTRY_CONTACTLESS))
        icc_field_reversal(payment, &send->message);
    outgoing_open_card(till, payment, send);
}

/* The fact that a refusal tells about its reversal follows the reversal. */
static void tell_progress(struct payment_row *payment, const char *progress)
{
    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        struct evidence *evidence = &payment->evidence[i];
        if (evidence->name != EVIDENCE_REVERSAL)
            continue;
        struct text text = text_over(evidence->text, sizeof evidence->text);
        text_add(&text, progress);
        return;
    }
    evidence_add(payment->evidence, EVIDENCE_REVERSAL, progress);
}

/* Sends when there are keys to send it under; else the timer will sign in first. */
static void try_now(struct node_work *work, const struct till *till, struct deal *deal)
{
    struct payment_row *payment = &deal->payment;

    assert(payment->stage == STAGE_REVERSING);
    if (deal->pending.attempts < UINT32_MAX)
        deal->pending.attempts++;
    if (till_is_signed_in(till)) {
        send_reversal(work, till, deal);
        if (payment->reversal_attempts < UINT8_MAX)
            payment->reversal_attempts++;
    }
    if (deal->pending.is_handed)
        tell_progress(payment, "handed to a person");
    else
        tell_progress(payment, till_is_signed_in(till) ? "on its way" : "waits for sign-in");
    deal_wait(work, deal, PENDING_REVERSAL, till_rest_ms(till, deal->pending.attempts));
}

void owed_take_back(struct node_work *work, struct till *till, struct deal *deal,
                    const char *reason)
{
    struct payment_row *payment = &deal->payment;

    assert(kind_row((enum txn_kind)payment->kind)->is_reversible);
    assert(payment->stage == STAGE_SENT);
    payment_row_move(payment, STAGE_REVERSING);
    memcpy(payment->reversal_reason, reason, sizeof payment->reversal_reason);
    deal->pending.attempts = 0;
    till->terminal.owed = payment->identity;
    try_now(work, till, deal);
}

void owed_strike_out(struct node_work *work, struct till *till, struct deal *deal)
{
    deal_settle(work, deal);
    if (identity_equal(&till->terminal.owed, &deal->payment.identity))
        memset(&till->terminal.owed, 0, sizeof till->terminal.owed);
}

static bool is_owed(const struct deal *deal)
{
    return deal->is_loaded && deal->is_known && deal->payment.stage == STAGE_REVERSING;
}

void owed_try_beside(struct node_work *work, struct till *till)
{
    struct deal deal;

    if (till->terminal.owed.trace == 0)
        return;
    deal_open(work, &till->terminal.owed, &deal);
    if (!is_owed(&deal))
        return;
    try_now(work, till, &deal);
    deal_put(work, &deal);
}

void owed_due_needs(struct node_work *work, const struct till *till)
{
    if (!till_is_signed_in(till))
        sign_need(work, till);
}

void owed_due(struct node_work *work, struct till *till, struct deal *deal)
{
    bool is_recovery = work->event->kind == EVENT_RECOVER;
    bool was_signed_in = till_is_signed_in(till);

    if (!is_owed(deal)) {
        /* A damaged payment row: nothing can be sent for it, and nothing may be forgotten. */
        deal_set_aside(work);
        work->about = deal->pending.identity;
        return;
    }
    till->terminal.owed = deal->payment.identity;
    try_now(work, till, deal);
    if (!was_signed_in && sign_request(work, till, KIND_SIGN_IN, 0))
        deal_put(work, deal);
    else
        node_put_payment(work, &deal->payment, is_recovery ? WHAT_RECOVERED : WHAT_REVERSAL_SENT);
    deal_hand_over(work, deal);
    till_put(work, till);
}

void owed_answer_needs(struct node_work *work)
{
    const struct identity *identity = &work->event->message.identity;
    struct till till;
    struct deal deal;

    till_need(work, identity->terminal);
    deal_need(work, identity);
    if (!till_open(work, identity->terminal, &till))
        return;
    deal_open(work, identity, &deal);
    deal_need_aside(work, &deal);
    attested_need_heard(work, &deal);
    if (deal.is_known)
        followed_need(work, &deal.payment.original);
}

/* Whether the answer is to a reversal that is still owed. */
static bool is_awaited(const struct deal *deal, const struct txn_message *answer)
{
    return is_owed(deal) && deal->is_waited && deal_fits(deal, answer);
}

void owed_answer_checks(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;
    struct deal deal;

    if (!till_open(work, answer->identity.terminal, &till))
        return;
    deal_open(work, &answer->identity, &deal);
    if (is_awaited(&deal, answer))
        till_ask_mac(work, &till, deal.payment.changed);
    else
        attested_ask_heard(work, &till, &deal);
}

/* Done, or nothing to reverse: 25 not found, 12 not valid any more (UnionPay POS, 6.3). */
static bool code_says_done(const char code[static RESPONSE_CODE_LEN])
{
    static const char codes[][RESPONSE_CODE_LEN + 1] = {"00", "25", "12"};

    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        if (memcmp(codes[i], code, RESPONSE_CODE_LEN) == 0)
            return true;
    }
    return false;
}

/* "Too late": the payment may stand after all. Only what the host says of the payment itself ends
 * it as standing; until then the reversal is owed. */
static bool says_too_late(const struct txn_message *answer)
{
    return memcmp(answer->code, OWED_TOO_LATE, RESPONSE_CODE_LEN) == 0;
}

/* The reversal stays owed and its timer runs on. */
static void answer_refused(struct node_work *work, struct till *till, struct deal *deal)
{
    const struct txn_message *answer = &work->event->message;

    if (till_code_wants_sign_in(answer->code)) {
        till->terminal.is_signed_in = 0;
        till_put(work, till);
    }
    if (till_mac_is_good(work))
        deal_note_code(work, deal);
    if (till_mac_is_good(work) && says_too_late(answer) && till_is_signed_in(till))
        outbox_send_query(work, till, &deal->payment);
    work->effects.is_alarm = till_mac_is_good(work);
    node_put_payment(work, &deal->payment, WHAT_REVERSAL_REFUSED);
}

/* What the payment did to its original is undone with it. */
static void reversed(struct node_work *work, struct payment_row *payment)
{
    struct followed original;

    followed_open(work, &payment->original, &original);
    followed_release(&original, payment);
    followed_put(work, &original);
    payment_row_move(payment, STAGE_REVERSED);
    payment_row_set_money(payment, MONEY_RETURNED);
}

void owed_done(struct node_work *work, struct till *till, struct deal *deal,
               const struct owed_end *end)
{
    reversed(work, &deal->payment);
    tell_progress(&deal->payment, end->how);
    owed_strike_out(work, till, deal);
    settlement_nudge(work, till);
    till_put(work, till);
    node_put_payment(work, &deal->payment, end->what);
}

void owed_answer(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;
    struct deal deal;

    deal_open(work, &answer->identity, &deal);
    if (!till_open(work, answer->identity.terminal, &till)) {
        deal_set_aside(work);
        return;
    }
    if (!deal.is_known || !deal_fits(&deal, answer) || deal.payment.stage == STAGE_SENT) {
        deal_keep_aside(work, &deal);
        return;
    }
    if (!is_awaited(&deal, answer)) {
        if (!attested_heard(work, &deal))
            deal_note_late(work, &deal);
        return;
    }
    if (!till_mac_is_good(work) || !code_says_done(answer->code)) {
        answer_refused(work, &till, &deal);
        return;
    }
    owed_done(work, &till, &deal, &(struct owed_end){"done", WHAT_REVERSED});
}

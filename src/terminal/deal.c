#include "terminal/deal.h"

#include "base/assert.h"
#include "node/aside.h"
#include "node/doubt.h"

#include <string.h>

struct row_key deal_pending_key(const struct identity *identity)
{
    uint8_t key[IDENTITY_KEY_LEN];
    struct identity payment = identity_as(identity, IDENTITY_PAYMENT);

    identity_to_key(&payment, key);
    return row_key_of(TABLE_PENDING, key, sizeof key);
}

void deal_need(struct node_work *work, const struct identity *identity)
{
    node_need(work, payment_row_key(identity));
    node_need(work, deal_pending_key(identity));
}

/* Stage and money go together: what is sent is unknown unless no money is asked for; what is being
 * taken back is unknown or returning; what is stored has not moved yet. */
static bool is_consistent(const struct payment_row *row)
{
    const struct kind_row *kind = kind_row((enum txn_kind)row->kind);

    if (row->stage == STAGE_SENT)
        return row->money == (kind->moves_money ? MONEY_UNKNOWN : MONEY_NOT_MOVED);
    if (row->stage == STAGE_REVERSING)
        return kind->is_reversible &&
               (row->money == MONEY_UNKNOWN || row->money == MONEY_RETURNING);
    if (row->stage == STAGE_STORED)
        return kind->is_advice && row->money == MONEY_NOT_MOVED;
    return row->stage != STAGE_NONE;
}

static bool is_payment(const struct payment_row *row, const struct identity *identity)
{
    return row != NULL && row->layout == PAYMENT_ROW_LAYOUT && row->kind < KIND_COUNT &&
           row->stage < STAGE_COUNT && row->money < MONEY_STATE_COUNT &&
           outcome_is_known(row->outcome) && row->decided_by < PARTY_COUNT &&
           row->history_len <= PAYMENT_HISTORY_MAX && row->icc_answer_len <= ICC_ANSWER_LEN_MAX &&
           identity_equal(&row->identity, identity) && is_consistent(row);
}

static bool is_pending(const struct pending_row *row, const struct identity *identity)
{
    return row != NULL && row->layout == PARTY_ROW_LAYOUT &&
           identity_equal(&row->identity, identity);
}

void deal_open(const struct node_work *work, const struct identity *identity, struct deal *out)
{
    struct identity own = identity_as(identity, IDENTITY_PAYMENT);

    memset(out, 0, sizeof *out);
    out->payment_key = payment_row_key(&own);
    out->pending_key = deal_pending_key(&own);
    out->is_loaded =
        node_row(work, &out->payment_key) != NULL && node_row(work, &out->pending_key) != NULL;
    const struct payment_row *payment = node_value(work, &out->payment_key, sizeof *payment);
    const struct pending_row *pending = node_value(work, &out->pending_key, sizeof *pending);
    out->is_known = is_payment(payment, &own);
    out->is_waited = is_pending(pending, &own);
    if (out->is_known)
        out->payment = *payment;
    if (out->is_waited)
        out->pending = *pending;
    else
        out->pending.identity = own;
}

static bool amount_fits(const struct payment_row *payment, const struct txn_message *answer)
{
    bool is_partial = answer->code[0] == '1' && answer->code[1] == '0';

    if (answer->amount.currency == 0 || !kind_row((enum txn_kind)payment->kind)->moves_money)
        return true;
    if (money_equal(payment->amount, answer->amount))
        return true;
    return is_partial && answer->amount.currency == payment->amount.currency &&
           answer->amount.minor < payment->amount.minor;
}

/* It is asked about; or nothing is awaited any more, and it was of those that are asked about: an
 * answer that comes late, or twice, is no stranger. */
static bool was_queried(const struct deal *deal)
{
    if (deal->is_waited)
        return deal->pending.kind == PENDING_QUERY || deal->payment.stage == STAGE_REVERSING;
    return deal->payment.kind == KIND_REFUND || deal->payment.reversal_attempts > 0;
}

static bool kind_fits(const struct deal *deal, const struct txn_message *answer)
{
    if (answer->is_training != (deal->payment.is_training != 0))
        return false; /* practice and business never meet */
    return deal->payment.kind == answer->kind || (answer->kind == KIND_QUERY && was_queried(deal));
}

static bool card_fits(const struct deal *deal, const struct txn_message *answer)
{
    if (answer->pan.len == 0 || deal->payment.pan.masked.at[0] == 0)
        return true; /* a payment by code knows no card */
    struct pan_masked masked = pan_mask(&answer->pan);
    return memcmp(&masked, &deal->payment.pan.masked, sizeof masked) == 0;
}

unsigned deal_misfit(const struct deal *deal, const struct txn_message *answer)
{
    unsigned differs = 0;

    if (!deal->is_known)
        return ASIDE_UNKNOWN;
    if (!kind_fits(deal, answer))
        differs |= ASIDE_KIND;
    if (!amount_fits(&deal->payment, answer))
        differs |= ASIDE_AMOUNT;
    if (!card_fits(deal, answer))
        differs |= ASIDE_CARD;
    return differs;
}

bool deal_fits(const struct deal *deal, const struct txn_message *answer)
{
    assert(deal->is_known);
    return deal_misfit(deal, answer) == 0;
}

/* An answer to a reversal of what is not being reversed fits it in all but that. */
static unsigned misfit_of_event(const struct node_work *work, const struct deal *deal)
{
    const struct txn_message *answer = &work->event->message;
    unsigned differs = deal_misfit(deal, answer);

    if (differs == 0 && answer->function == FUNCTION_REVERSAL_RESPONSE &&
        deal->payment.stage == STAGE_SENT)
        differs = ASIDE_STATE;
    return differs;
}

void deal_need_aside(struct node_work *work, const struct deal *deal)
{
    if (deal->is_loaded && misfit_of_event(work, deal) != 0)
        aside_need(work, work->event->message.identity.terminal, TERMINAL_ID_LEN);
}

void deal_keep_aside(struct node_work *work, const struct deal *deal)
{
    unsigned differs = misfit_of_event(work, deal);

    assert(differs != 0);
    if (aside_keep(work, work->event->message.identity.terminal, TERMINAL_ID_LEN, differs,
                   deal->is_known ? &deal->payment : NULL))
        deal_set_aside(work);
}

void deal_put(struct node_work *work, struct deal *deal)
{
    assert(deal->is_loaded);
    deal->payment.changed = work->event->wall;
    payment_row_note(&deal->payment, work->event->sequence);
    node_put(work, &deal->payment_key, &deal->payment, sizeof deal->payment);
}

void deal_wait(struct node_work *work, struct deal *deal, enum pending_kind kind, uint32_t wait_ms)
{
    const struct node_event *event = work->event;
    struct pending_row *pending = &deal->pending;

    assert(deal->is_loaded);
    if (!deal->is_waited || pending->kind != kind) {
        pending->since = event->wall;
        memset(pending->last_code, 0, sizeof pending->last_code);
        if (kind != PENDING_EXCHANGE && kind != PENDING_ANSWER) /* which use its place */
            pending->is_handed = 0;
    }
    pending->layout = PARTY_ROW_LAYOUT;
    pending->kind = (uint8_t)kind;
    pending->due = instant_add_ms(event->wall, wait_ms);
    deal->payment.deadline = pending->due;
    deal->is_waited = true;
    node_put(work, &deal->pending_key, pending, sizeof *pending);
    node_set_deadline(work, &deal->pending_key, moment_add_ms(event->now, wait_ms));
}

void deal_hand_over(struct node_work *work, struct deal *deal)
{
    enum outcome cause = doubt_to_hand_over(&deal->pending, node_config(work), work->event->wall);

    if (cause == OUTCOME_NONE)
        return;
    deal->pending.is_handed = 1;
    node_put(work, &deal->pending_key, &deal->pending, sizeof deal->pending);
    work->what = WHAT_HANDED_OVER;
    work->about = deal->pending.identity;
    work->money = (enum money_state)deal->payment.money;
    work->outcome = cause;
    work->effects.is_alarm = true;
}

void deal_note_code(struct node_work *work, struct deal *deal)
{
    const struct txn_message *answer = &work->event->message;

    assert(deal->is_waited);
    memcpy(deal->pending.last_code, answer->code, sizeof deal->pending.last_code);
    node_put(work, &deal->pending_key, &deal->pending, sizeof deal->pending);
}

void deal_settle(struct node_work *work, struct deal *deal)
{
    assert(deal->is_loaded);
    node_remove(work, &deal->pending_key);
    deal->payment.deadline = (struct instant){0};
    deal->is_waited = false;
}

void deal_set_aside(struct node_work *work)
{
    node_record(work, WHAT_QUARANTINED, NULL);
    work->about = work->event->message.identity;
    work->effects.is_alarm = true;
}

void deal_note_late(struct node_work *work, const struct deal *deal)
{
    node_record(work, WHAT_LATE_ANSWER, deal->is_known ? &deal->payment : NULL);
    work->about = deal->pending.identity;
}

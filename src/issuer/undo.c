#include "issuer/undo.h"

#include "base/assert.h"
#include "issuer/effect.h"
#include "issuer/issuer_follow.h"
#include "issuer/hold.h"
#include "issuer/issuer_answer.h"
#include "issuer/issuer_original.h"
#include "issuer/verdict.h"
#include "node/standing.h"

static void answer_done(const struct issue *issue)
{
    issuer_answer(issue, OUTCOME_APPROVED, true);
}

/* Not 00: the switch goes on asking until the damage is mended. */
static void answer_fault(const struct issue *issue)
{
    issue->work->effects.is_alarm = true;
    issuer_answer(issue, OUTCOME_ISSUER_FAULT, true);
}

/* A final no, for a person to look at: nothing changes. */
static void refuse(const struct issue *issue, enum outcome outcome, unsigned differs)
{
    struct payment_row row = {.identity = identity_as(&issue->message->identity, IDENTITY_PAYMENT)};

    row.money =
        issue->payment == NULL ? (uint8_t)outcome_row(outcome)->money : issue->payment->money;
    row.outcome = (uint16_t)outcome;
    if (issue_keep_aside(issue, differs)) {
        node_record(issue->work, WHAT_REVERSAL_REFUSED, &row);
        issue->work->effects.is_alarm = true;
    }
    issuer_answer(issue, outcome, true);
}

static void bury(const struct issue *issue)
{
    const struct txn_message *message = issue->message;
    struct payment_row row = {0};

    row.kind = (uint8_t)message->kind;
    payment_row_move(&row, STAGE_TOMBSTONE);
    payment_row_set_money(&row, MONEY_RETURNED);
    row.decided_by = PARTY_ISSUER;
    row.outcome = OUTCOME_PAYMENT_REVERSED;
    row.identity = identity_as(&message->identity, IDENTITY_PAYMENT);
    row.sequence = message->sequence;
    row.expiry = message->expiry;
    row.amount = message->amount;
    row.pan = issue_pan_token(issue);
    memcpy(row.merchant, message->merchant, sizeof row.merchant);
    memcpy(row.issuer, issue->config->id, sizeof row.issuer);
    memcpy(row.rrn, message->rrn, sizeof row.rrn);
    memcpy(row.qr_code, message->qr_code, sizeof row.qr_code);
    memcpy(row.code, outcome_row(OUTCOME_PAYMENT_REVERSED)->code, sizeof row.code);
    memcpy(row.reversal_reason, message->code, sizeof row.reversal_reason);
    row.entry = (uint8_t)message->entry;
    row.business_date = issue_date(issue);
    row.settlement_date = message->settlement_date;
    row.created = issue->event->wall;
    row.is_training = issue->config->is_training;
    if (standing_lacks(issue->work, message->original_sent)) {
        evidence_add(row.evidence, EVIDENCE_REVERSAL, "of what was lost");
        verdict_add_time(row.evidence, issue, EVIDENCE_SINCE, standing_lacks_from(issue->work));
        issue->work->effects.is_alarm = true;
    } else {
        evidence_add(row.evidence, EVIDENCE_REVERSAL, "before the payment");
    }
    issue->work->settlement_date = row.business_date;
    node_put_payment(issue->work, &row, WHAT_TOMBSTONE);
    answer_done(issue);
}

/* The rows that the payment's effect is undone on are all there. */
static bool can_give_back(const struct issue *issue)
{
    bool follows = kind_row((enum txn_kind)issue->payment->kind)->shape == SHAPE_FOLLOW_UP;

    if (issue->account == NULL || (follows && issue->original == NULL))
        return false;
    return issue->hold_key.table == TABLE_NONE || issue->hold != NULL;
}

/* Wrong PINs stay counted: a reversal gives back money and limits, never tries. */
static void give_back(const struct issue *issue)
{
    struct payment_row row = *issue->payment;
    struct effect effect;
    struct account_row account;
    struct card_row card;

    if (!can_give_back(issue)) {
        answer_fault(issue);
        return;
    }
    effect = effect_of_reversal(issue);
    account = *issue->account;
    if (issue->card != NULL)
        card = *issue->card;
    if (account_apply(&account, issue->card == NULL ? NULL : &card, &effect, &row.identity,
                      &issue->work->postings) != OK) {
        answer_fault(issue);
        return;
    }
    node_put(issue->work, &issue->account_key, &account, sizeof account);
    if (issue->card != NULL)
        node_put(issue->work, &issue->card_key, &card, sizeof card);
    issuer_follow_unlink(issue, &row);
    payment_row_move(&row, STAGE_REVERSED);
    payment_row_set_money(&row, MONEY_RETURNED);
    memcpy(row.reversal_reason, issue->message->code, sizeof row.reversal_reason);
    if (row.kind == KIND_PREAUTH)
        hold_watch(issue->work, &row);
    issue->work->settlement_date = issue_date(issue);
    node_put_payment(issue->work, &row, WHAT_REVERSED);
    answer_done(issue);
}

/* Kind, amount and card of the reversal are those of the payment, as far as both carry them: bits
 * of enum aside_difference. */
static unsigned misfit(const struct issue *issue)
{
    static const struct pan_hash none;
    const struct payment_row *payment = issue->payment;
    struct pan_token token = issue_pan_token(issue);
    unsigned differs = 0;

    if (payment->kind != issue->message->kind)
        differs |= ASIDE_KIND;
    if (!money_equal(payment->amount, issue->message->amount))
        differs |= ASIDE_AMOUNT;
    if (issue->pan.len > 0 && memcmp(payment->pan.hash.at, none.at, PAN_HASH_LEN) != 0 &&
        memcmp(payment->pan.hash.at, token.hash.at, PAN_HASH_LEN) != 0)
        differs |= ASIDE_CARD;
    return differs;
}

/* An approved advice is for ever, and what later payments build on stays: neither can happen with
 * a switch that keeps the protocol. */
static void undo_approved(const struct issue *issue)
{
    if (!kind_row((enum txn_kind)issue->payment->kind)->is_reversible)
        refuse(issue, OUTCOME_TRANSACTION_UNSUPPORTED, ASIDE_STATE);
    else if (issuer_original_is_built_upon(issue->payment))
        refuse(issue, OUTCOME_ORIGINAL_ALREADY_VOIDED, ASIDE_STATE);
    else
        give_back(issue);
}

static void undo_known(const struct issue *issue)
{
    unsigned differs = misfit(issue);

    if (differs != 0) {
        refuse(issue, OUTCOME_ORIGINAL_MISMATCH, differs);
        return;
    }
    switch (issue->payment->stage) {
    case STAGE_ANSWERED:
        if (issue->payment->money == MONEY_NOT_MOVED)
            answer_done(issue);
        else
            undo_approved(issue);
        return;
    case STAGE_REVERSED:
    case STAGE_TOMBSTONE:
        answer_done(issue);
        return;
    default: /* the issuer writes no other: a damaged row is for a person */
        answer_fault(issue);
    }
}

/* Without a MAC: it stays owed, and comes again. */
static void refuse_for_now(const struct issue *issue, enum outcome outcome)
{
    struct payment_row row = {.identity = issue->message->identity, .outcome = (uint16_t)outcome};

    row.money = (uint8_t)outcome_row(outcome)->money;
    node_record(issue->work, WHAT_REVERSAL_REFUSED, &row);
    issuer_answer(issue, outcome, false);
}

void undo_step(struct issue *issue)
{
    enum issue_proof sender = issue_sender(issue);
    enum issue_row known = issue_payment_state(issue);

    if (issue->config == NULL || sender == ISSUE_BROKEN)
        issuer_answer(issue, OUTCOME_ISSUER_FAULT, false);
    else if (sender != ISSUE_RIGHT)
        refuse_for_now(issue, OUTCOME_ZONE_MAC_WRONG);
    else if (issue->acquirer->is_behind)
        refuse_for_now(issue, OUTCOME_ZONE_BOOKS_APART);
    else if (known == ISSUE_ROW_DAMAGED || (issue->pan.len > 0 && issue_pan(issue) != ISSUE_RIGHT))
        answer_fault(issue);
    else if (known == ISSUE_ROW_GOOD)
        undo_known(issue);
    else if (issue_payment_is_archived(issue))
        refuse(issue, OUTCOME_PAYMENT_ARCHIVED, ASIDE_UNKNOWN);
    else if (known == ISSUE_ROW_ABSENT && kind_row(issue->message->kind)->is_advice)
        refuse(issue, OUTCOME_TRANSACTION_UNSUPPORTED, ASIDE_STATE);
    else if (known == ISSUE_ROW_ABSENT)
        bury(issue);
    else
        answer_fault(issue);
}

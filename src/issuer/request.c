/*
 * What a request meets, in this order:
 *
 *     sender not proved     -> journal only, answer A0 without a MAC
 *     identity known        -> other content: journal only, alarm, answer 94
 *                              reversed or tombstone: answer 22
 *                              else the recorded answer again
 *     identity archived     -> journal only, alarm, answer 22 without a MAC
 *     the rules of decide.c -> one record: payment, what it follows, card, account; the answer
 *
 * Nothing of the first three changes card or account. An advice that cannot be judged now (a row is
 * damaged, the hsm silent) leaves no record, for it would be refused for ever by that record: the
 * answer 96 says that it is to come again.
 */
#include "issuer/request.h"

#include "base/assert.h"
#include "issuer/account.h"
#include "issuer/decide.h"
#include "issuer/effect.h"
#include "issuer/given_code.h"
#include "issuer/issuer_follow.h"
#include "issuer/policy.h"
#include "issuer/issuer_answer.h"

/* A payment row for what is refused without becoming a row: it only names the record. */
static struct payment_row nameless(const struct issue *issue, enum outcome outcome)
{
    struct payment_row row = {0};

    row.identity = identity_as(&issue->message->identity, IDENTITY_PAYMENT);
    row.outcome = (uint16_t)outcome;
    row.money = (uint8_t)outcome_row(outcome)->money;
    return row;
}

static void refuse_unproved(const struct issue *issue)
{
    struct payment_row row = nameless(issue, OUTCOME_ZONE_MAC_WRONG);

    node_record(issue->work, WHAT_DECLINED, &row);
    issuer_answer(issue, OUTCOME_ZONE_MAC_WRONG, false);
}

/* It would be decided by books that a person has not looked at yet. */
static void refuse_apart(const struct issue *issue)
{
    struct payment_row row = nameless(issue, OUTCOME_ZONE_BOOKS_APART);

    node_record(issue->work, WHAT_DECLINED, &row);
    issuer_answer(issue, OUTCOME_ZONE_BOOKS_APART, true);
}

/* A follow-up need not bring the number: its original has it. A payment code stands for it, and a
 * tombstone knows it if the reversal did. */
static bool is_same_card(const struct issue *issue, const struct payment_row *known)
{
    static const struct pan_hash none;
    struct pan_token token = issue_pan_token(issue);

    if (issue->pan.len == 0 && issue_is_follow_up(issue))
        return true;
    if (issue->message->entry == ENTRY_QR)
        return (known->stage == STAGE_TOMBSTONE && known->qr_code[0] == 0) ||
               memcmp(known->qr_code, issue->message->qr_code, sizeof known->qr_code) == 0;
    return memcmp(known->pan.hash.at, none.at, PAN_HASH_LEN) == 0 ||
           memcmp(known->pan.hash.at, token.hash.at, PAN_HASH_LEN) == 0;
}

/* The till's clock was read once, for the payment: a repeat brings the same reading, or none. */
static bool is_same_time(const struct txn_message *message, const struct payment_row *known)
{
    return message->local_time == 0 ||
           (message->local_time == known->local_time && message->local_date == known->local_date);
}

/* A repeat says the very same; a tombstone knows less of its payment than a record does. */
static bool is_same_request(const struct issue *issue, const struct payment_row *known)
{
    if (known->kind != issue->message->kind || !is_same_card(issue, known) ||
        !money_equal(known->amount, issue->message->amount))
        return false;
    if (known->stage == STAGE_TOMBSTONE)
        return true;
    if (issue_is_follow_up(issue)) {
        struct identity original = issue_original_identity(issue);
        if (!identity_equal(&known->original, &original))
            return false;
    }
    if (issue->message->kind == KIND_OFFLINE_SALE &&
        memcmp(known->auth_id, issue->message->auth_id, AUTH_ID_LEN) != 0)
        return false;
    if (known->entry != issue->message->entry || !is_same_time(issue->message, known))
        return false;
    return kind_row(issue->message->kind)->is_advice || /* repeated without what the chip said */
           memcmp(known->arqc, issue->chip.ac, sizeof known->arqc) == 0;
}

static unsigned difference(const struct issue *issue, const struct payment_row *known)
{
    unsigned differs = 0;

    if (known->kind != issue->message->kind)
        differs |= ASIDE_KIND;
    if (!money_equal(known->amount, issue->message->amount))
        differs |= ASIDE_AMOUNT;
    if (!is_same_card(issue, known))
        differs |= ASIDE_CARD;
    return differs != 0 ? differs : ASIDE_CONTENT;
}

static void refuse_other_content(const struct issue *issue)
{
    struct payment_row row = nameless(issue, OUTCOME_MESSAGE_REPLAYED);

    if (issue_keep_aside(issue, difference(issue, issue->payment))) {
        node_record(issue->work, WHAT_DECLINED, &row);
        issue->work->effects.is_alarm = true;
    }
    issuer_answer(issue, OUTCOME_MESSAGE_REPLAYED, true);
}

/* The identity is known, but not what became of it: it may have posted. A refusal with a MAC would
 * say that it has not, so there is none; the switch takes it for silence and sends a reversal. */
static void answer_unsure(const struct issue *issue)
{
    issue->work->effects.is_alarm = true;
    issuer_answer(issue, OUTCOME_ISSUER_FAULT, false);
}

/* It may have posted, in books that are not here any more: as for answer_unsure, there is no MAC.
 */
static void refuse_archived(const struct issue *issue)
{
    struct payment_row row = nameless(issue, OUTCOME_PAYMENT_ARCHIVED);

    if (issue_keep_aside(issue, ASIDE_UNKNOWN)) {
        node_record(issue->work, WHAT_DECLINED, &row);
        issue->work->effects.is_alarm = true;
    }
    issuer_answer(issue, OUTCOME_PAYMENT_ARCHIVED, false);
}

static void answer_known(const struct issue *issue)
{
    struct payment_row row = *issue->payment;

    if (issue->pan.len > 0 && issue_pan(issue) != ISSUE_RIGHT) {
        answer_unsure(issue);
        return;
    }
    if (!is_same_request(issue, &row)) {
        refuse_other_content(issue);
        return;
    }
    switch (row.stage) {
    case STAGE_ANSWERED:
        issuer_answer_recorded(issue, &row);
        return;
    case STAGE_TOMBSTONE:
        node_put_payment(issue->work, &row, WHAT_DECLINED);
        issuer_answer(issue, OUTCOME_PAYMENT_REVERSED, true);
        return;
    case STAGE_REVERSED:
        issuer_answer(issue, OUTCOME_PAYMENT_REVERSED, true);
        return;
    default: /* the issuer writes no other: a damaged row decides nothing */
        answer_unsure(issue);
    }
}

static struct pan_token pan_token_of_payment(const struct issue *issue)
{
    if (issue->pan.len == 0 && issue->original != NULL)
        return issue->original->pan;
    if (issue->pan.len == 0 && issue->code != NULL)
        return issue->code->pan;
    return issue_pan_token(issue);
}

static void fill_card_data(const struct issue *issue, struct payment_row *out)
{
    const struct txn_message *message = issue->message;

    out->sequence = message->sequence;
    out->expiry = message->expiry;
    out->pan = pan_token_of_payment(issue);
    memcpy(out->qr_code, message->qr_code, sizeof out->qr_code);
    out->entry = (uint8_t)message->entry;
    out->pin_entered = message->pin_block_len > 0;
    if (!issue_is_chip(issue) || issue->chip_fault != NULL)
        return;
    memcpy(out->arqc, issue->chip.ac, sizeof out->arqc);
    memcpy(out->unpredictable, issue->chip.values.unpredictable, sizeof out->unpredictable);
    out->atc = issue->chip.atc;
}

static void payment_row_from(const struct issue *issue, const struct decision *decision,
                             struct payment_row *out)
{
    const struct txn_message *message = issue->message;
    const struct outcome_row *outcome = outcome_row(decision->outcome);

    memset(out, 0, sizeof *out);
    out->kind = (uint8_t)message->kind;
    payment_row_move(out, STAGE_ANSWERED);
    out->decided_by = PARTY_ISSUER;
    out->outcome = (uint16_t)decision->outcome;
    payment_row_set_money(out, outcome_is_approved(decision->outcome)
                                   ? payment_row_approved_money(message->kind)
                                   : MONEY_NOT_MOVED);
    out->identity = identity_as(&message->identity, IDENTITY_PAYMENT);
    out->amount = message->amount;
    memcpy(out->merchant, message->merchant, sizeof out->merchant);
    memcpy(out->issuer, issue->config->id, sizeof out->issuer);
    memcpy(out->rrn, message->rrn, sizeof out->rrn);
    memcpy(out->code, outcome->code, sizeof out->code);
    out->business_date = issue_date(issue);
    out->local_time = message->local_time;
    out->local_date = message->local_date;
    out->settlement_date = message->settlement_date;
    out->link = issue->event->link;
    out->created = issue->event->wall;
    if (message->kind == KIND_OFFLINE_SALE)
        memcpy(out->auth_id, message->auth_id, sizeof out->auth_id);
    out->operator_number = message->operator_number;
    out->is_training = issue->config->is_training;
    out->partial_ok = message->partial_ok;
    out->auth_mode = message->auth_mode;
    memcpy(out->auth_institution, message->auth_institution, sizeof out->auth_institution);
    if (issue_is_follow_up(issue))
        out->original = issue_original_identity(issue);
    memcpy(out->evidence, decision->evidence, sizeof out->evidence);
    fill_card_data(issue, out);
}

/* What the answer does to the card besides its daily counters. A right PIN clears the tries even
 * when a limit refuses behind it; a cryptogram that verified uses its counter up whatever comes
 * of the payment. */
static void count_proofs(const struct issue *issue, const struct decision *decision,
                         struct card_row *card)
{
    if (issue_cryptogram(issue) == ISSUE_RIGHT && issue->chip.atc > card->atc_last)
        card->atc_last = issue->chip.atc;
    if (!decision->pin_is_counted)
        return;
    card->pin_tries = decision->outcome == OUTCOME_PIN_WRONG ? issue_pin_tries(issue) + 1U : 0;
    assert(card->pin_tries <= card->pin_tries_max);
    if (card->pin_tries == card->pin_tries_max)
        card->pin_locked = issue->event->wall;
}

/* What an approval does besides its own row. The rules have seen to it that it can. */
static void carry_out(const struct issue *issue, const struct decision *decision,
                      struct payment_row *payment, struct card_row *card)
{
    struct effect effect = effect_of_request(issue, decision->granted_minor);
    struct account_row account = *issue->account;
    enum err err;

    payment->account = account.number;
    if (issue->message->kind != KIND_OFFLINE_SALE)
        bytes_from_number(issue->event->sequence % 1000000, payment->auth_id, AUTH_ID_LEN);
    given_code_use(issue, payment);
    if (!kind_row(issue->message->kind)->moves_money) {
        payment->balance = money_of(account_available(&account), account.currency);
        return;
    }
    payment->posted_minor = decision->granted_minor;
    err = account_apply(&account, card, &effect, &payment->identity, &issue->work->postings);
    assert(err == OK);
    node_put(issue->work, &issue->account_key, &account, sizeof account);
    issuer_follow_link(issue, payment);
}

static void decide_and_record(const struct issue *issue)
{
    struct decision decision;
    struct payment_row payment;
    struct card_row card = {0};
    bool approved;

    decide(issue, &decision);
    if (decision.outcome == OUTCOME_ISSUER_FAULT && kind_row(issue->message->kind)->is_advice) {
        issue->work->effects.is_alarm = true;
        issuer_answer(issue, OUTCOME_ISSUER_FAULT, true);
        return;
    }
    payment_row_from(issue, &decision, &payment);
    approved = outcome_is_approved(decision.outcome);
    issue->work->settlement_date = payment.business_date;
    if (issue->card != NULL) {
        card = *issue->card;
        count_proofs(issue, &decision, &card);
        if (decision.is_by_card)
            policy_note(issue, decision.outcome, &card);
    }
    if (approved)
        carry_out(issue, &decision, &payment, issue->card == NULL ? NULL : &card);
    if (issue->card != NULL && memcmp(&card, issue->card, sizeof card) != 0)
        node_put(issue->work, &issue->card_key, &card, sizeof card);
    node_put_payment(issue->work, &payment, approved ? WHAT_APPROVED : WHAT_DECLINED);
    issuer_answer_recorded(issue, &payment);
}

void request_step(struct issue *issue)
{
    enum issue_proof sender = issue_sender(issue);
    enum issue_row known = issue_payment_state(issue);

    if (issue->config == NULL || sender == ISSUE_BROKEN)
        issuer_answer(issue, OUTCOME_ISSUER_FAULT, false);
    else if (sender != ISSUE_RIGHT)
        refuse_unproved(issue);
    else if (issue->acquirer->is_behind)
        refuse_apart(issue);
    else if (known == ISSUE_ROW_GOOD)
        answer_known(issue);
    else if (issue_payment_is_archived(issue))
        refuse_archived(issue);
    else if (known == ISSUE_ROW_ABSENT)
        decide_and_record(issue);
    else
        answer_unsure(issue);
}

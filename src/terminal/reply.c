#include "terminal/reply.h"

#include "base/assert.h"
#include "terminal/attested.h"
#include "terminal/drawer.h"
#include "terminal/icc_field.h"
#include "terminal/outbox.h"
#include "terminal/owed.h"
#include "terminal/settlement.h"

#include <string.h>

#define DEMAND_SIGN_IN 3 /* header, processing requirement: sign on again (UnionPay POS, 1.3) */

#define ORDER_REMARK "order " /* and the payment that stands, and its state */

/* An answer, or its absence, and all that it can change. */
struct reply {
    struct node_work *work;
    struct till till;
    struct deal deal;
    struct payment_row *payment; /* &deal.payment */
    struct followed original;
};

void reply_need_decided(struct node_work *work, const struct till *till, const struct deal *deal)
{
    followed_need(work, &deal->payment.original);
    if (deal->payment.kind == KIND_COMPLETION_VOID) {
        struct followed completion;
        followed_open(work, &deal->payment.original, &completion);
        followed_need_hold(work, &completion);
    }
    drawer_need(work, till, deal->payment.identity.batch);
}

void reply_needs(struct node_work *work)
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
        reply_need_decided(work, &till, &deal);
}

/* False when the terminal's set-up is not here; what is known of the payment, the deal says. */
static bool open_reply(struct node_work *work, struct reply *out)
{
    const struct identity *identity = &work->event->message.identity;

    out->work = work;
    out->payment = &out->deal.payment;
    deal_open(work, identity, &out->deal);
    followed_open(work, &out->payment->original, &out->original);
    return till_open(work, identity->terminal, &out->till);
}

static bool has_code(const struct txn_message *answer, const char *code)
{
    return memcmp(answer->code, code, RESPONSE_CODE_LEN) == 0;
}

/* A part of the amount, which was asked for. */
static bool is_partial(const struct deal *deal, const struct txn_message *answer)
{
    return has_code(answer, "10") && deal->payment.partial_ok != 0 && answer->amount.minor > 0 &&
           answer->amount.minor < deal->payment.amount.minor;
}

/* Delivered before: a foreign host says so of an advice that it had (UnionPay POS, 6.4). */
static bool is_delivered(const struct deal *deal, const struct txn_message *answer)
{
    return has_code(answer, "94") && kind_row((enum txn_kind)deal->payment.kind)->is_advice &&
           deal->payment.kind != KIND_REFUND;
}

/* Category A. */
static bool is_approval(const struct deal *deal, const struct txn_message *answer)
{
    static const char codes[][RESPONSE_CODE_LEN + 1] = {"00", "11", "16", "A2", "A4", "A5", "A6"};

    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        if (has_code(answer, codes[i]))
            return true;
    }
    return is_partial(deal, answer) || is_delivered(deal, answer);
}

static bool is_awaited(const struct deal *deal, const struct txn_message *answer)
{
    return deal->is_loaded && deal->is_known && deal->is_waited &&
           deal->payment.stage == STAGE_SENT && deal_fits(deal, answer);
}

/* The host has refused a reversal as too late, was asked about the payment, and tells. */
static bool tells_what_stands(const struct deal *deal, const struct txn_message *answer)
{
    return answer->kind == KIND_QUERY && deal->is_loaded && deal->is_known && deal->is_waited &&
           deal->payment.stage == STAGE_REVERSING && deal->pending.kind == PENDING_REVERSAL &&
           memcmp(deal->pending.last_code, OWED_TOO_LATE, RESPONSE_CODE_LEN) == 0 &&
           deal_fits(deal, answer);
}

/* A chip in the reader has the last word; a tapped card has left, and so has one whose payment was
 * given up: in the reader is another's by then. */
static bool asks_chip(const struct deal *deal)
{
    return deal->payment.entry == ENTRY_CHIP && deal->payment.stage == STAGE_SENT &&
           (deal->payment.kind == KIND_SALE || deal->payment.kind == KIND_PREAUTH);
}

static void ask_chip(struct node_work *work, const struct deal *deal)
{
    const struct txn_message *answer = &work->event->message;
    struct hsm_command command = {.kind = HSM_CARD_SECOND_AC};

    command.of.card_second_ac.card = (uint32_t)deal->payment.account;
    command.of.card_second_ac.approved = true;
    memcpy(command.of.card_second_ac.arc, answer->code, sizeof command.of.card_second_ac.arc);
    command.of.card_second_ac.auth = icc_field_issuer_auth(answer);
    icc_field_values(&deal->payment, &command.of.card_second_ac.values);
    node_ask(work, CHECK_SECOND_AC, &command, &deal->payment_key);
}

void reply_checks(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;
    struct deal deal;

    if (!till_open(work, answer->identity.terminal, &till))
        return;
    deal_open(work, &answer->identity, &deal);
    if (!is_awaited(&deal, answer) && !tells_what_stands(&deal, answer)) {
        attested_ask_heard(work, &till, &deal);
        return;
    }
    till_ask_mac(work, &till, deal.payment.created);
    if (till_mac_is_good(work) && is_approval(&deal, answer) && asks_chip(&deal))
        ask_chip(work, &deal);
}

/* ---- the ends that an answer can bring ---- */

static void set_outcome(struct payment_row *payment, enum outcome outcome, enum party decided_by)
{
    payment->outcome = (uint16_t)outcome;
    payment->decided_by = (uint8_t)decided_by;
    memset(payment->evidence, 0, sizeof payment->evidence);
}

static void take_fields(struct payment_row *payment, const struct txn_message *answer)
{
    memcpy(payment->code, answer->code, sizeof payment->code);
    memcpy(payment->rrn, answer->rrn, sizeof payment->rrn);
    memcpy(payment->auth_id, answer->auth_id, sizeof payment->auth_id);
    memcpy(payment->issuer, answer->issuer, sizeof payment->issuer);
    payment->settlement_date = answer->settlement_date;
    if (answer->qr_code[0] != 0) /* the voucher, by which a follow-up names the payment */
        memcpy(payment->qr_code, answer->qr_code, sizeof payment->qr_code);
    payment->balance = answer->balance;
    if (answer->local_time != 0)
        payment->local_time = answer->local_time;
    if (answer->local_date != 0)
        payment->local_date = answer->local_date;
}

/* Puts everything and tells the till that waits, once. */
static void finish(struct reply *reply, enum journal_what what)
{
    struct node_work *work = reply->work;
    struct payment_row *payment = reply->payment;
    uint64_t ticket = payment->link;

    payment->link = 0;
    till_put(work, &reply->till);
    node_put_payment(work, payment, what);
    if (ticket != 0 && work->event->kind != EVENT_RECOVER)
        node_show_to(work, ticket, (enum outcome)payment->outcome, payment);
}

/* Nothing is in doubt: the money is where the answer says, and nothing is owed. */
static void decide_by(struct reply *reply, enum money_state money, enum journal_what what)
{
    struct payment_row *payment = reply->payment;
    bool is_approved = outcome_is_approved((enum outcome)payment->outcome);

    payment_row_move(payment, STAGE_ANSWERED);
    payment_row_set_money(payment, money);
    if (is_approved) {
        followed_grant(&reply->original, payment);
        if (payment->kind == KIND_COMPLETION_VOID)
            followed_free_hold(reply->work, &reply->original);
        drawer_count(reply->work, &reply->till, payment);
    } else {
        followed_release(&reply->original, payment);
    }
    followed_put(reply->work, &reply->original);
    owed_strike_out(reply->work, &reply->till, &reply->deal);
    if (kind_row((enum txn_kind)payment->kind)->is_advice) {
        outbox_remove(reply->work, &reply->till, payment);
        till_put_drawer(reply->work, &reply->till);
    }
    settlement_nudge(reply->work, &reply->till);
    finish(reply, what);
}

static void decide(struct reply *reply, enum money_state money)
{
    bool is_approved = outcome_is_approved((enum outcome)reply->payment->outcome);

    decide_by(reply, money, is_approved ? WHAT_APPROVED : WHAT_DECLINED);
}

/* A host that was restored may lack the refund that it is asked about: who looks into it later is
 * told, once. Whether the fact is new, and recorded; nothing else of the answer is kept. */
static bool note_lost(struct reply *reply)
{
    static const char fact[] = "host's books lack it";
    const struct txn_message *answer = &reply->work->event->message;
    struct deal kept;

    if (!till_mac_is_good(reply->work) || answer->kind != KIND_QUERY ||
        !till_books_are_lost(answer))
        return false;
    deal_open(reply->work, &reply->payment->identity, &kept);
    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        if (kept.payment.evidence[i].name == EVIDENCE_STATE &&
            strcmp(kept.payment.evidence[i].text, fact) == 0)
            return false;
    }
    evidence_add(kept.payment.evidence, EVIDENCE_STATE, fact);
    node_put_payment(reply->work, &kept.payment, WHAT_LATE_ANSWER);
    return true;
}

/* An answer that decides nothing of an advice: it is delivered again, or asked about again. */
static void keep_waiting(struct reply *reply)
{
    if (!note_lost(reply))
        deal_note_late(reply->work, &reply->deal);
    if (till_mac_is_good(reply->work))
        deal_note_code(reply->work, &reply->deal);
    if (!till_is_signed_in(&reply->till))
        till_put(reply->work, &reply->till);
}

/* Shown as it is, and taken back; a refund is asked about instead. An inquiry has nothing to take
 * back: it is just refused. */
static void take_back(struct reply *reply, const char *reason, enum journal_what what)
{
    const struct kind_row *kind = kind_row((enum txn_kind)reply->payment->kind);

    if (kind->is_advice && reply->deal.pending.kind != PENDING_ANSWER) {
        keep_waiting(reply);
        return;
    }
    if (kind->is_reversible) {
        owed_take_back(reply->work, &reply->till, &reply->deal, reason);
    } else if (kind->is_advice) {
        outbox_ask(reply->work, &reply->till, &reply->deal);
        what = what == WHAT_REVERSAL_OWED ? WHAT_NO_ANSWER : what;
    } else {
        payment_row_move(reply->payment, STAGE_ANSWERED);
        owed_strike_out(reply->work, &reply->till, &reply->deal);
        what = what == WHAT_REVERSAL_OWED ? WHAT_DECLINED : what;
    }
    finish(reply, what);
}

/* What an approval moves or holds: a tip adjustment the difference to the sale, a partial approval
 * its part. */
static int64_t granted_minor(const struct reply *reply)
{
    const struct txn_message *answer = &reply->work->event->message;
    const struct payment_row *payment = reply->payment;

    if (!kind_row((enum txn_kind)payment->kind)->moves_money)
        return 0;
    if (payment->kind == KIND_TIP_ADJUST && reply->original.is_known)
        return payment->amount.minor - reply->original.payment.posted_minor;
    return is_partial(&reply->deal, answer) ? answer->amount.minor : payment->amount.minor;
}

static void approved(struct reply *reply)
{
    const struct hsm_answer *chip = node_answer(reply->work, CHECK_SECOND_AC);
    const struct txn_message *answer = &reply->work->event->message;
    struct payment_row *payment = reply->payment;
    bool is_chip = asks_chip(&reply->deal);

    set_outcome(payment,
                is_partial(&reply->deal, answer) ? OUTCOME_APPROVED_PARTIAL : OUTCOME_APPROVED,
                PARTY_ISSUER);
    if (!is_chip || (chip != NULL && chip->result == HSM_OK && chip->of.card_ac.kind == CARD_TC)) {
        if (is_chip && chip->of.card_ac.issuer_wrong)
            evidence_add(payment->evidence, EVIDENCE_CHECK, "issuer's answer, by chip");
        evidence_add_remark(payment->evidence, answer->text);
        payment->posted_minor = granted_minor(reply);
        decide(reply, payment_row_approved_money((enum txn_kind)payment->kind));
        return;
    }
    set_outcome(payment, OUTCOME_CARD_DECLINED_OFFLINE, PARTY_TERMINAL);
    evidence_add(payment->evidence, EVIDENCE_CHECK, "second cryptogram");
    payment_row_set_money(payment, MONEY_RETURNING);
    take_back(reply, REASON_OTHER, WHAT_REVERSAL_OWED);
}

/* Codes that leave the matter to the switch, which undoes on its own what was done. */
static bool is_in_switch_hands(const struct txn_message *answer)
{
    static const char codes[][RESPONSE_CODE_LEN + 1] = {"98", "68", "96", "92", "09", "06"};

    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        if (has_code(answer, codes[i]))
            return true;
    }
    return false;
}

/* What a code means of a follow-up: of codes with several causes, the one about its original. */
static enum outcome outcome_of_follow_up(const struct payment_row *payment, const char *code)
{
    /* clang-format off */
    static const struct {
        char code[RESPONSE_CODE_LEN + 1];
        enum txn_kind kind; /* KIND_NONE: any */
        enum outcome outcome;
    } meanings[] = {
        { "12", KIND_VOID,              OUTCOME_ORIGINAL_BATCH_CLOSED },
        { "12", KIND_COMPLETION_VOID,   OUTCOME_ORIGINAL_BATCH_CLOSED },
        { "12", KIND_REFUND,            OUTCOME_ORIGINAL_ARCHIVED },
        { "13", KIND_TIP_ADJUST,        OUTCOME_TIP_TOO_LARGE },
        { "22", KIND_PREAUTH_VOID,      OUTCOME_HOLD_LAPSED }, /* what was voided we know here */
        { "22", KIND_INCREMENT,         OUTCOME_HOLD_LAPSED },
        { "22", KIND_COMPLETION,        OUTCOME_HOLD_LAPSED },
        { "22", KIND_COMPLETION_ADVICE, OUTCOME_HOLD_LAPSED },
        { "22", KIND_NONE,              OUTCOME_ORIGINAL_ALREADY_VOIDED },
        { "25", KIND_NONE,              OUTCOME_ORIGINAL_NOT_FOUND },
        { "51", KIND_REFUND,            OUTCOME_MERCHANT_FUNDS_SHORT },
        { "64", KIND_REFUND,            OUTCOME_REFUND_TOO_LARGE },
        { "64", KIND_COMPLETION,        OUTCOME_COMPLETION_TOO_LARGE },
        { "64", KIND_COMPLETION_ADVICE, OUTCOME_COMPLETION_TOO_LARGE },
        { "64", KIND_NONE,              OUTCOME_ORIGINAL_MISMATCH },
    };
    /* clang-format on */

    for (size_t i = 0; i < ARRAY_COUNT(meanings); i++) {
        if (memcmp(code, meanings[i].code, RESPONSE_CODE_LEN) == 0 &&
            (meanings[i].kind == KIND_NONE || meanings[i].kind == payment->kind))
            return meanings[i].outcome;
    }
    return till_outcome_of_code(code, false);
}

static bool is_follow_up(const struct payment_row *payment)
{
    return kind_row((enum txn_kind)payment->kind)->shape == SHAPE_FOLLOW_UP;
}

/* What a refusal whose MAC is good says of the money. What a cause says of an original is not said
 * of the follow-up: that has moved nothing. */
static enum money_state money_after(const struct payment_row *payment,
                                    const struct txn_message *answer, enum outcome outcome)
{
    enum money_state money = outcome_row(outcome)->money;

    if (is_follow_up(payment) && outcome != OUTCOME_MESSAGE_REPLAYED)
        money = MONEY_NOT_MOVED;
    return is_in_switch_hands(answer) && money == MONEY_NOT_MOVED ? MONEY_RETURNING : money;
}

/* The switch names the key that it holds, "MAK 1A2B3C4D", beside a wrong MAC: both check values
 * tell which side is out of step. Other remarks are for the receipt. */
static void add_hosts_check_value(struct payment_row *payment, const struct txn_message *answer)
{
    char check[2 * CHECK_VALUE_LEN + 1] = {0};
    uint8_t value[CHECK_VALUE_LEN];
    size_t len = 0;

    if (memcmp(answer->text, "MAK ", 4) != 0)
        return;
    memcpy(check, answer->text + 4, 2 * CHECK_VALUE_LEN);
    if (bytes_from_hex(check, 2 * CHECK_VALUE_LEN, value, sizeof value, &len) == OK)
        evidence_add(payment->evidence, EVIDENCE_EXPECTED, check);
}

static void add_code(struct payment_row *payment, const struct till *till,
                     const struct txn_message *answer)
{
    char text[2 * CHECK_VALUE_LEN + 1];
    struct text check = text_over(text, sizeof text);
    char code[RESPONSE_CODE_LEN + 1] = {payment->code[0], payment->code[1], 0};

    evidence_add(payment->evidence, EVIDENCE_CODE, code);
    if (payment->outcome != OUTCOME_MESSAGE_MAC_WRONG || till->keys == NULL)
        return;
    text_add_hex(&check, till->keys->mac_check, sizeof till->keys->mac_check);
    evidence_add(payment->evidence, EVIDENCE_CHECK_VALUE, text_z(&check));
    add_hosts_check_value(payment, answer);
}

/* The sign-in that 77 asks for has been: the terminal is in another batch by now, and no further
 * sign-in opens the advice's again. */
static bool is_of_closed_batch(const struct reply *reply)
{
    return has_code(&reply->work->event->message, "77") &&
           reply->payment->identity.batch != reply->till.terminal.batch;
}

/* A query whose answer has a good MAC was let in: the code is the one on record, as the refund once
 * got it, and no sign-in changes it. */
static bool is_cured_by_sign_in(const struct reply *reply)
{
    const struct txn_message *answer = &reply->work->event->message;
    bool is_record = answer->kind == KIND_QUERY && till_mac_is_good(reply->work);

    return till_code_wants_sign_in(answer->code) && !is_record && !is_of_closed_batch(reply);
}

/* An advice that the switch has in hand, or could not take, is not refused; and a query is answered
 * by 25 when the switch never saw the refund and never will. */
static bool advice_is_open(const struct reply *reply)
{
    const struct txn_message *answer = &reply->work->event->message;

    return kind_row((enum txn_kind)reply->payment->kind)->is_advice &&
           (!till_mac_is_good(reply->work) || is_in_switch_hands(answer) ||
            is_cured_by_sign_in(reply));
}

static bool was_never_seen(const struct reply *reply)
{
    const struct txn_message *answer = &reply->work->event->message;

    return answer->kind == KIND_QUERY && has_code(answer, "25") && till_mac_is_good(reply->work);
}

/* Of a payment by code, or by word of mouth: what only its issuer can have said of it, else what
 * the switch says of any payment. */
static enum outcome outcome_of_given_code(const struct payment_row *payment, const char *code)
{
    enum outcome outcome = outcome_by_answer(code, PARTY_ISSUER, (enum txn_kind)payment->kind,
                                             payment->entry == ENTRY_QR);

    if (outcome == outcome_by_code(code, PARTY_ISSUER))
        outcome = till_outcome_of_code(code, payment->pin_entered != 0);
    return outcome;
}

/* Another payment of the same order stands, says our switch beside the code for duplicates. */
static bool is_order_taken(const struct payment_row *payment, const struct txn_message *answer)
{
    return has_code(answer, outcome_row(OUTCOME_ORDER_TAKEN)->code) &&
           kind_row((enum txn_kind)payment->kind)->shape == SHAPE_ORIGINAL &&
           memcmp(answer->text, ORDER_REMARK, sizeof ORDER_REMARK - 1) == 0;
}

static bool is_tip_under_way(const struct payment_row *payment, const struct txn_message *answer)
{
    return is_follow_up(payment) &&
           has_code(answer, outcome_row(OUTCOME_ORIGINAL_TIP_UNDER_WAY)->code) &&
           memcmp(answer->text, TXN_REMARK_TIP, sizeof TXN_REMARK_TIP - 1) == 0;
}

/* A refusal may come without a MAC, from a switch that does not know whose it is; with one that is
 * wrong it says nothing. */
static bool is_spoiled(const struct reply *reply)
{
    return reply->work->event->message.has_mac && !till_mac_is_good(reply->work);
}

static enum outcome outcome_of(const struct reply *reply)
{
    const struct txn_message *answer = &reply->work->event->message;
    const struct payment_row *payment = reply->payment;

    if (is_spoiled(reply)) /* a flipped bit makes "a forged card" of "not permitted" */
        return OUTCOME_LINE_CORRUPT;
    if (was_never_seen(reply))
        return OUTCOME_LINE_NO_ANSWER;
    if (is_order_taken(payment, answer))
        return OUTCOME_ORDER_TAKEN;
    if (has_code(answer, "77") && till_books_are_lost(answer))
        return OUTCOME_TERMINAL_AHEAD;
    if (is_tip_under_way(payment, answer))
        return OUTCOME_ORIGINAL_TIP_UNDER_WAY;
    if (is_follow_up(payment))
        return outcome_of_follow_up(payment, answer->code);
    if (payment->entry == ENTRY_QR || payment->kind == KIND_OFFLINE_SALE)
        return outcome_of_given_code(payment, answer->code);
    return till_outcome_of_code(answer->code, payment->pin_entered != 0);
}

static void refused(struct reply *reply)
{
    const struct txn_message *answer = &reply->work->event->message;
    struct payment_row *payment = reply->payment;
    enum outcome outcome = outcome_of(reply);
    if (outcome_is_approved(outcome)) /* 10 that is no part, or not ours: nobody gets goods on it */
        outcome = OUTCOME_LINE_CORRUPT;
    enum money_state money = money_after(payment, answer, outcome);
    bool moves_money = kind_row((enum txn_kind)payment->kind)->moves_money;
    bool is_sure =
        till_mac_is_good(reply->work) && !has_code(answer, "10") && money != MONEY_UNKNOWN;

    if (is_cured_by_sign_in(reply))
        reply->till.terminal.is_signed_in = 0;
    if (advice_is_open(reply) && reply->deal.pending.kind != PENDING_ANSWER) {
        keep_waiting(reply);
        return;
    }
    set_outcome(payment, outcome, outcome_row(outcome)->decides);
    add_code(payment, &reply->till, answer);
    if (is_spoiled(reply))
        evidence_add(payment->evidence, EVIDENCE_CHECK, "MAC is wrong");
    if (outcome == OUTCOME_ORDER_TAKEN)
        evidence_add_remark(payment->evidence, answer->text + sizeof ORDER_REMARK - 1);
    if (is_sure && !advice_is_open(reply)) {
        decide(reply, moves_money ? money : MONEY_NOT_MOVED);
        return;
    }
    take_back(reply, till_mac_is_good(reply->work) ? REASON_OTHER : REASON_MAC_WRONG,
              WHAT_REVERSAL_OWED);
}

/* Late answers, and answers to what never was. */
static bool is_for_us(struct reply *reply)
{
    const struct txn_message *answer = &reply->work->event->message;

    if (!reply->deal.is_known || !deal_fits(&reply->deal, answer)) {
        deal_keep_aside(reply->work, &reply->deal);
        return false;
    }
    if (!is_awaited(&reply->deal, answer) && !tells_what_stands(&reply->deal, answer)) {
        if (!attested_heard(reply->work, &reply->deal))
            deal_note_late(reply->work, &reply->deal);
        return false;
    }
    return true;
}

/* It was approved, and others rest on it by now or it is settled: it ends as what it is. Anything
 * else that the host says leaves the reversal owed. */
static void end_as_standing(struct reply *reply)
{
    const struct txn_message *answer = &reply->work->event->message;
    struct payment_row *payment = reply->payment;

    if (!till_mac_is_good(reply->work) || !is_approval(&reply->deal, answer)) {
        deal_note_late(reply->work, &reply->deal);
        return;
    }
    take_fields(payment, answer);
    set_outcome(payment,
                is_partial(&reply->deal, answer) ? OUTCOME_APPROVED_PARTIAL : OUTCOME_APPROVED,
                PARTY_ISSUER);
    evidence_add(payment->evidence, EVIDENCE_REVERSAL, "too late: it stands");
    payment->posted_minor = granted_minor(reply);
    decide(reply, payment_row_approved_money((enum txn_kind)payment->kind));
}

void reply(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct reply reply;

    if (!open_reply(work, &reply)) {
        deal_set_aside(work);
        return;
    }
    if (!is_for_us(&reply))
        return;
    if (reply.payment->stage == STAGE_REVERSING) {
        end_as_standing(&reply);
        return;
    }
    if (is_approval(&reply.deal, answer) && !till_mac_is_good(work)) {
        if (reply.deal.pending.kind == PENDING_ANSWER) {
            set_outcome(reply.payment, OUTCOME_LINE_CORRUPT, PARTY_TERMINAL);
            evidence_add(reply.payment->evidence, EVIDENCE_CHECK,
                         answer->has_mac ? "MAC is wrong" : "MAC is missing");
        }
        take_back(&reply, REASON_MAC_WRONG, WHAT_REVERSAL_OWED);
        return;
    }
    if (reply.deal.pending.kind == PENDING_ANSWER || till_mac_is_good(work))
        take_fields(reply.payment, answer);
    if (answer->demand == DEMAND_SIGN_IN)
        reply.till.terminal.is_signed_in = 0;
    if (is_approval(&reply.deal, answer))
        approved(&reply);
    else
        refused(&reply);
}

/* ---- the word of persons ---- */

static void settle_as_approved(struct reply *reply, const struct testimony_row *said)
{
    struct payment_row *payment = reply->payment;

    bool is_reversing = payment->stage == STAGE_REVERSING;
    set_outcome(payment, OUTCOME_APPROVED, PARTY_ISSUER);
    memcpy(payment->code, outcome_row(OUTCOME_APPROVED)->code, sizeof payment->code);
    if (is_reversing)
        evidence_add(payment->evidence, EVIDENCE_REVERSAL, "too late: it stands");
    if (said->rrn[0] != 0)
        memcpy(payment->rrn, said->rrn, sizeof payment->rrn);
    payment->posted_minor = granted_minor(reply);
    decide_by(reply, payment_row_approved_money((enum txn_kind)payment->kind), WHAT_PERSON_SETTLED);
}

/* As what the switch refuses, or has never seen: with the codes by which it would say so. */
static void settle_as_refused(struct reply *reply, bool was_seen)
{
    enum outcome outcome = was_seen ? OUTCOME_DOUBT_SETTLED : OUTCOME_LINE_NO_ANSWER;
    enum outcome answer = was_seen ? OUTCOME_DOUBT_SETTLED : OUTCOME_ORIGINAL_NOT_FOUND;

    set_outcome(reply->payment, outcome, outcome_row(outcome)->decides);
    evidence_add(reply->payment->evidence, EVIDENCE_STATE, "settled by hand");
    memcpy(reply->payment->code, outcome_row(answer)->code, sizeof reply->payment->code);
    decide_by(reply, MONEY_NOT_MOVED, WHAT_PERSON_SETTLED);
}

void reply_settled(struct node_work *work, const struct till *till, struct deal *deal,
                   const struct testimony_row *said)
{
    struct reply reply = {.work = work, .till = *till, .deal = *deal};

    reply.payment = &reply.deal.payment;
    reply.payment->link = 0; /* nobody stands at the till for it any more */
    followed_open(work, &reply.payment->original, &reply.original);
    if (said->word == PAYMENT_APPROVED)
        settle_as_approved(&reply, said);
    else
        settle_as_refused(&reply, said->word != PAYMENT_NEVER_SEEN);
    *deal = reply.deal;
}

void reply_garbled(struct node_work *work)
{
    const struct txn_fault *fault = &work->event->fault;
    struct reply reply;

    if (!open_reply(work, &reply) || !reply.deal.is_loaded || !reply.deal.is_known ||
        !reply.deal.is_waited || reply.payment->stage != STAGE_SENT ||
        reply.deal.pending.kind != PENDING_ANSWER)
        return;
    set_outcome(reply.payment, OUTCOME_LINE_CORRUPT, PARTY_TERMINAL);
    evidence_add_number(reply.payment->evidence, EVIDENCE_FIELD, fault->field);
    if (fault->expected != NULL)
        evidence_add(reply.payment->evidence, EVIDENCE_EXPECTED, fault->expected);
    if (fault->found != NULL)
        evidence_add(reply.payment->evidence, EVIDENCE_FOUND, fault->found);
    take_back(&reply, REASON_OTHER, WHAT_REVERSAL_OWED);
}

/* ---- no answer ---- */

static void add_way(struct payment_row *payment, const struct pending_row *pending)
{
    if (pending->kind == PENDING_ANSWER && pending->exchange > WAY_NONE &&
        pending->exchange < WAY_COUNT)
        evidence_add(payment->evidence, EVIDENCE_LINE,
                     line_way_name((enum line_way)pending->exchange));
}

/* Why nothing came. */
static void add_silence(const struct node_work *work, const struct till *till,
                        struct payment_row *payment)
{
    if (work->event->kind == EVENT_RECOVER)
        evidence_add(payment->evidence, EVIDENCE_STATE, "terminal restarted");
    else if (work->event->kind == EVENT_LINK_DOWN)
        evidence_add(payment->evidence, EVIDENCE_STATE, "line was cut");
    else
        evidence_add_number(payment->evidence, EVIDENCE_WAITED_S, till_wait_ms(till) / 1000);
}

void reply_silence(struct node_work *work, const struct till *till, const struct deal *deal)
{
    bool is_recovery = work->event->kind == EVENT_RECOVER;
    struct reply reply = {.work = work, .till = *till, .deal = *deal};

    if (!deal->is_loaded || !deal->is_known || deal->payment.stage != STAGE_SENT) {
        /* A damaged payment row: nothing can be sent for it, and nothing may be forgotten. */
        deal_set_aside(work);
        work->about = deal->pending.identity;
        return;
    }
    reply.payment = &reply.deal.payment;
    set_outcome(reply.payment, OUTCOME_LINE_NO_ANSWER, PARTY_TERMINAL);
    add_silence(work, till, reply.payment);
    add_way(reply.payment, &reply.deal.pending);
    take_back(&reply, REASON_NO_ANSWER, is_recovery ? WHAT_RECOVERED : WHAT_NO_ANSWER);
}

/* ---- a line that was cut ---- */

static bool open_cut(const struct node_work *work, struct till *till, struct deal *deal)
{
    if (!till_open(work, work->event->message.identity.terminal, till) ||
        till_waits_for(till)->trace == 0)
        return false;
    deal_open(work, till_waits_for(till), deal);
    return deal->is_loaded && deal->is_known && deal->is_waited &&
           deal->payment.stage == STAGE_SENT && deal->pending.kind == PENDING_ANSWER;
}

void reply_cut_needs(struct node_work *work)
{
    const char *terminal = work->event->message.identity.terminal;
    struct till till;

    till_need(work, terminal);
    if (!till_open(work, terminal, &till) || till_waits_for(&till)->trace == 0)
        return;
    deal_need(work, till_waits_for(&till));
}

void reply_cut(struct node_work *work)
{
    struct till till;
    struct deal deal;

    if (open_cut(work, &till, &deal))
        reply_silence(work, &till, &deal);
}

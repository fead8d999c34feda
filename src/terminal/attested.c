#include "terminal/attested.h"

#include "base/assert.h"
#include "node/aside.h"
#include "node/persons.h"
#include "node/testify.h"
#include "terminal/owed.h"
#include "terminal/reply.h"

#include <string.h>

/* ---- the command ---- */

void attested_needs(struct node_work *work)
{
    struct identity identity;
    struct till till;
    struct deal deal;

    testify_needs(work);
    if (!testify_identity(work->event->command, &identity))
        return;
    till_need(work, identity.terminal);
    deal_need(work, &identity);
    if (!till_open(work, identity.terminal, &till))
        return;
    deal_open(work, &identity, &deal);
    if (deal.is_known)
        reply_need_decided(work, &till, &deal);
}

void attested_checks(struct node_work *work)
{
    testify_checks(work);
}

/* The debt and the payment belong together; what does not is nobody's to settle. */
static bool is_as_owed(const struct deal *deal)
{
    const struct payment_row *payment = &deal->payment;

    if (!deal->is_known)
        return false;
    if (deal->pending.kind == PENDING_REVERSAL)
        return payment->stage == STAGE_REVERSING;
    if (deal->pending.kind == PENDING_QUERY)
        return payment->stage == STAGE_SENT && payment->kind == KIND_REFUND;
    return deal->pending.kind == PENDING_ADVICE &&
           kind_row((enum txn_kind)payment->kind)->is_advice &&
           (payment->stage == STAGE_STORED || payment->stage == STAGE_SENT);
}

static bool is_taken_back(const struct testimony_row *said)
{
    return said->owed == PENDING_REVERSAL && said->word != PAYMENT_APPROVED;
}

void attested_step(struct node_work *work)
{
    struct testify_debt debt = {.is_terminal = true};
    struct testimony_row said;
    struct identity identity;
    struct till till;
    struct deal deal;
    bool is_open = testify_identity(work->event->command, &identity) &&
                   till_open(work, identity.terminal, &till);

    if (is_open) {
        deal_open(work, &identity, &deal);
        debt.pending = deal.is_waited ? &deal.pending : NULL;
        debt.payment =
            deal.is_known && (!deal.is_waited || is_as_owed(&deal)) ? &deal.payment : NULL;
    }
    if (testify_step(work, &debt, &said) != TESTIMONY_IS_SETTLED)
        return;
    assert(is_open);
    if (is_taken_back(&said))
        owed_done(work, &till, &deal, &(struct owed_end){"settled by hand", WHAT_PERSON_SETTLED});
    else
        reply_settled(work, &till, &deal, &said);
    persons_show(work, TESTIMONY_IS_SETTLED, &deal.payment);
}

/* ---- the switch's late word ---- */

static bool is_settled(const struct node_work *work, const struct deal *deal)
{
    const struct testimony_row *row = testify_row(work, &deal->payment.identity);

    return deal->is_known && row != NULL && row->is_settled;
}

/* Only what is decided can have been settled: nothing is asked for while an answer is awaited. */
void attested_need_heard(struct node_work *work, const struct deal *deal)
{
    if (!deal->is_known || deal->is_waited)
        return;
    testify_need_heard(work, &deal->payment.identity);
    if (is_settled(work, deal))
        aside_need(work, work->event->message.identity.terminal, TERMINAL_ID_LEN);
}

void attested_ask_heard(struct node_work *work, const struct till *till, const struct deal *deal)
{
    if (is_settled(work, deal) && deal_fits(deal, &work->event->message))
        till_ask_mac(work, till, deal->payment.changed);
}

static bool code_is(const struct txn_message *answer, const char *codes)
{
    for (; codes[0] != 0; codes += 3) {
        if (memcmp(answer->code, codes, RESPONSE_CODE_LEN) == 0)
            return true;
    }
    return false;
}

/* To a reversal: done, or too late; what refuses it for another reason says nothing of the payment.
 * To a request: what leaves it to the switch, or wants a sign-in first, says nothing. */
static enum payment_state told(const struct deal *deal, const struct txn_message *answer)
{
    bool is_advice = kind_row((enum txn_kind)deal->payment.kind)->is_advice;

    if (answer->function == FUNCTION_REVERSAL_RESPONSE) {
        if (code_is(answer, "00 25 12 "))
            return PAYMENT_TAKEN_BACK;
        return code_is(answer, OWED_TOO_LATE " ") ? PAYMENT_APPROVED : PAYMENT_IN_PROGRESS;
    }
    if (code_is(answer, "98 68 96 92 09 06 ") || till_code_wants_sign_in(answer->code))
        return PAYMENT_IN_PROGRESS;
    if (code_is(answer, "00 10 11 16 A2 A4 A5 A6 ") || (is_advice && code_is(answer, "94 ")))
        return is_advice ? PAYMENT_APPROVED : PAYMENT_ACCEPTED;
    return PAYMENT_REFUSED;
}

static void contradict(struct node_work *work, struct payment_row *payment)
{
    const char *terminal = work->event->message.identity.terminal;

    if (!aside_keep(work, terminal, TERMINAL_ID_LEN, ASIDE_STATE, payment))
        assert(work->what ==
               WHAT_NONE); /* noted a short while ago; the word is news all the same */
    node_put_payment(work, payment, WHAT_CONTRADICTED);
    work->outcome = OUTCOME_DOUBT_CONTRADICTED;
    work->effects.is_alarm = true;
}

bool attested_heard(struct node_work *work, const struct deal *deal)
{
    const struct txn_message *answer = &work->event->message;
    struct payment_row payment = deal->payment;

    if (!is_settled(work, deal) || !deal_fits(deal, answer) || !till_mac_is_good(work))
        return false;
    switch (testify_hear(work, &payment.identity, told(deal, answer))) {
    case HEARD_NOTHING:
        return false;
    case HEARD_AGAIN:
        break;
    case HEARD_AGREES:
        node_put_payment(work, &payment, WHAT_LATE_ANSWER);
        break;
    case HEARD_CONTRADICTS:
        contradict(work, &payment);
        break;
    }
    return true;
}

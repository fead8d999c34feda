#include "acquirer/attest.h"

#include "acquirer/forward.h"
#include "acquirer/ledger.h"
#include "acquirer/limit.h"
#include "acquirer/quarantine.h"
#include "acquirer/reversal.h"
#include "base/assert.h"
#include "node/persons.h"
#include "node/testify.h"

#include <string.h>

void attest_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);

    node_need(work, desk_config_key());
    testify_needs(work);
    if (desk.identity.trace == 0)
        return;
    desk_need_payment(&desk);
    if (desk.payment == NULL)
        return;
    ledger_need(&desk);
    limit_need_counted(&desk, desk.payment);
    desk_need_original(&desk);
    if (desk.original != NULL)
        limit_need_counted(&desk, desk.original);
}

void attest_checks(struct node_work *work)
{
    testify_checks(work);
}

/* The lane and the payment belong together; what does not is nobody's to settle. */
static bool is_as_owed(const struct desk *desk)
{
    if (desk->payment == NULL || desk->pending == NULL)
        return false;
    if (desk->pending->kind == PENDING_REVERSAL)
        return desk->payment->stage == STAGE_REVERSING;
    return desk->pending->kind == PENDING_ADVICE && desk->payment->stage == STAGE_SENT &&
           kind_row((enum txn_kind)desk->payment->kind)->is_advice;
}

void attest_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct testimony_row said;
    const struct testify_debt debt = {
        .payment = desk.pending == NULL || is_as_owed(&desk) ? desk.payment : NULL,
        .pending = desk.pending,
    };

    if (testify_step(work, &debt, &said) != TESTIMONY_IS_SETTLED)
        return;
    struct payment_row row = *desk.payment;
    if (said.owed == PENDING_REVERSAL)
        reversal_done(&desk, &row, "settled by hand");
    else if (said.word == PAYMENT_APPROVED)
        forward_advice_taken(&desk, &row);
    else
        forward_advice_refused(&desk, &row);
    node_put_payment(work, &row, WHAT_PERSON_SETTLED);
    persons_show(work, TESTIMONY_IS_SETTLED, &row);
}

/* ---- the issuer's late word ---- */

/* Only what is decided can have been settled: nothing is asked for while an answer is awaited. */
void attest_need_heard(const struct desk *desk)
{
    if (desk->payment != NULL &&
        (desk->payment->stage == STAGE_ANSWERED || desk->payment->stage == STAGE_REVERSED))
        testify_need_heard(desk->work, &desk->identity);
}

static bool code_is(const struct desk *desk, const char *codes)
{
    for (; codes[0] != 0; codes += 3) {
        if (memcmp(desk->message->code, codes, RESPONSE_CODE_LEN) == 0)
            return true;
    }
    return false;
}

/* What the issuer says of the payment. Its refusal of a reversal says that the payment stands, but
 * for those that say only that it cannot tell now. 94 answers an advice that it has had before. */
static enum payment_state told(const struct desk *desk)
{
    bool is_advice = kind_row((enum txn_kind)desk->payment->kind)->is_advice;

    if (code_is(desk, "06 09 68 90 91 92 96 98 A0 "))
        return PAYMENT_IN_PROGRESS;
    if (desk->message->function == FUNCTION_REVERSAL_RESPONSE)
        return code_is(desk, "00 25 ") ? PAYMENT_TAKEN_BACK : PAYMENT_APPROVED;
    if (code_is(desk, "00 10 11 16 A2 A4 A5 A6 ") || (is_advice && code_is(desk, "94 ")))
        return is_advice ? PAYMENT_APPROVED : PAYMENT_ACCEPTED;
    return PAYMENT_REFUSED;
}

bool attest_heard(const struct desk *desk)
{
    struct node_work *work = desk->work;
    struct payment_row row = *desk->payment;

    switch (testify_hear(work, &desk->identity, told(desk))) {
    case HEARD_NOTHING:
        return false;
    case HEARD_AGAIN:
        break;
    case HEARD_AGREES:
        node_put_payment(work, &row, WHAT_LATE_ANSWER);
        break;
    case HEARD_CONTRADICTS:
        quarantine_note(desk, ASIDE_STATE);
        node_put_payment(work, &row, WHAT_CONTRADICTED);
        work->outcome = OUTCOME_DOUBT_CONTRADICTED;
        desk_alarm(desk);
        break;
    }
    return true;
}

#include "acquirer/quarantine.h"

#include "acquirer/network.h"
#include "base/assert.h"

#include <string.h>

/* The reference number is ours: an issuer that brings another answers something else. */
static bool is_of_other_reference(const struct desk *desk)
{
    const char *rrn = desk->message->rrn;

    return rrn[0] != 0 && desk->payment->rrn[0] != 0 &&
           memcmp(rrn, desk->payment->rrn, RRN_LEN) != 0;
}

/* What is not proved is not looked into any further. */
static unsigned answer_misfit(const struct desk *desk)
{
    unsigned differs = 0;

    if (!admit_is_authentic(desk))
        return ASIDE_SENDER;
    if (desk->payment == NULL)
        return ASIDE_UNKNOWN;
    if (!desk_id_equal(desk->payment->issuer, desk->event->peer))
        differs |= ASIDE_SENDER;
    if (desk->message->code[0] == 0)
        differs |= ASIDE_CONTENT;
    if (!desk_pan_is_known(desk) || desk_pan_is_bad(desk))
        differs |= ASIDE_CARD;
    if (is_of_other_reference(desk))
        differs |= ASIDE_REFERENCE;
    return differs | admit_misfit(desk);
}

static bool is_loaded(const struct desk *desk)
{
    struct row_key key = payment_row_key(&desk->identity);

    return node_row(desk->work, &key) != NULL;
}

void quarantine_need_answered(const struct desk *desk)
{
    if (desk->issuer == NULL || !is_loaded(desk))
        return;
    /* The last two: what is answered, or settled by persons, may be contradicted. */
    if (answer_misfit(desk) != 0 || desk->payment->stage == STAGE_ANSWERED ||
        desk->payment->stage == STAGE_REVERSED)
        aside_need(desk->work, desk->event->peer, ISSUER_ID_LEN);
}

void quarantine_need_garbled(const struct desk *desk)
{
    aside_need(desk->work, desk->event->peer, ISSUER_ID_LEN);
}

static bool keep(const struct desk *desk, unsigned differs)
{
    return aside_keep(desk->work, desk->event->peer, ISSUER_ID_LEN, differs, desk->payment);
}

static void record(const struct desk *desk)
{
    desk_record(desk, WHAT_QUARANTINED, OUTCOME_ISSUER_ANSWER_CORRUPT);
    desk_alarm(desk);
}

void quarantine_answer(const struct desk *desk, enum aside_difference difference)
{
    if (keep(desk, difference))
        record(desk);
}

void quarantine_note(const struct desk *desk, enum aside_difference difference)
{
    (void)keep(desk, difference);
}

const struct payment_row *quarantine_fitting(const struct desk *desk)
{
    if (desk->issuer == NULL)
        return NULL; /* a peer that we do not know: not even a record */
    unsigned differs = answer_misfit(desk);
    if (differs == 0)
        return desk->payment;
    bool is_news = keep(desk, differs);
    bool is_renewing = !admit_is_authentic(desk) && network_renew_zone(desk);
    if (is_news || is_renewing)
        record(desk);
    return NULL;
}

/* ---- terminals ---- */

void quarantine_need_request(const struct desk *desk)
{
    bool is_reversal = desk->message->function == FUNCTION_REVERSAL;
    bool is_query_of_nothing = desk->message->kind == KIND_QUERY && desk->payment == NULL;

    if (!is_loaded(desk) || !admit_is_authentic(desk))
        return;
    if (is_reversal || is_query_of_nothing || desk_payment_is_archived(desk) ||
        (desk->payment != NULL && desk->message->kind != KIND_QUERY && admit_misfit(desk) != 0))
        aside_need(desk->work, desk->identity.terminal, TERMINAL_ID_LEN);
}

void quarantine_request(const struct desk *desk, unsigned differs, enum outcome outcome)
{
    assert(differs != 0);
    if (!aside_keep(desk->work, desk->identity.terminal, TERMINAL_ID_LEN, differs, desk->payment))
        return;
    desk_record(desk, WHAT_DECLINED, outcome);
    desk_alarm(desk);
}

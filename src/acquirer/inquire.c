#include "acquirer/inquire.h"

#include "acquirer/issuer_word.h"
#include "acquirer/ledger.h"
#include "acquirer/quarantine.h"
#include "acquirer/respond.h"
#include "base/assert.h"
#include "node/standing.h"

#include <string.h>

#define CODE_UNDER_WAY "09"

/* The desk as it lies for the payment that is asked about. */
static struct desk desk_of_asked(const struct desk *desk)
{
    struct desk asked = *desk;
    struct row_key key = desk_batch_key(&desk->original_identity);

    asked.identity = desk->original_identity;
    asked.payment = desk->original;
    asked.batch = node_value(desk->work, &key, sizeof *asked.batch);
    return asked;
}

void inquire_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);

    node_need(work, desk_config_key());
    node_need(work, desk_terminal_key(&desk.identity));
    node_need(work, desk_keys_key(&desk.identity));
    desk_need_original(&desk);
    desk_need_marks(&desk);
    standing_need_own(work);
    if (desk.message->network_code == NETWORK_PEEK)
        issuer_word_need(&desk);
    if (desk.message->network_code == NETWORK_PEEK || desk.original_identity.trace == 0)
        return;
    struct desk asked = desk_of_asked(&desk);
    node_need(work, desk_batch_key(&asked.identity));
    quarantine_need_request(&asked);
}

void inquire_checks(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct zone zone;

    if (desk_terminal_zone(&desk, &zone))
        desk_ask_mac(&desk, &zone);
}

/* Nobody but the payment's own terminal may bury it, or learn of it. */
static bool asks_of_own(const struct desk *desk)
{
    const struct identity *asked = &desk->original_identity;

    return asked->trace >= 1 && asked->trace <= ADMIT_TRACE_MAX &&
           asked->batch <= ADMIT_BATCH_MAX &&
           memcmp(asked->terminal, desk->identity.terminal, TERMINAL_ID_LEN) == 0;
}

/* Of what never came nothing is known but its identity. */
static struct payment_row bury(const struct desk *desk)
{
    struct payment_row row;

    memset(&row, 0, sizeof row);
    row.identity = desk->identity;
    row.sequence = -1;
    row.outcome = OUTCOME_PAYMENT_REVERSED;
    row.decided_by = PARTY_ACQUIRER;
    memcpy(row.code, outcome_row(OUTCOME_PAYMENT_REVERSED)->code, sizeof row.code);
    evidence_add(row.evidence, EVIDENCE_REVERSAL, "asked for first");
    memcpy(row.merchant, desk->message->merchant, sizeof row.merchant);
    row.business_date = instant_date(desk->event->wall, desk->config->utc_offset_s);
    row.is_training = desk->config->is_training;
    row.created = desk->event->wall;
    respond_put_rrn(desk, row.rrn);
    payment_row_move(&row, STAGE_TOMBSTONE);
    payment_row_set_money(&row, MONEY_RETURNED);
    ledger_bury(desk);
    node_put_payment(desk->work, &row, WHAT_TOMBSTONE);
    return row;
}

static const char *code_of(const struct payment_row *row)
{
    switch ((enum payment_stage)row->stage) {
    case STAGE_ANSWERED:
        return row->code;
    case STAGE_TOMBSTONE:
        return outcome_row(OUTCOME_ORIGINAL_NOT_FOUND)->code;
    case STAGE_REVERSING:
    case STAGE_REVERSED:
        return outcome_row(OUTCOME_PAYMENT_REVERSED)->code;
    case STAGE_SENT:
    case STAGE_NONE:
    case STAGE_STORED:
    case STAGE_COUNT:
        break;
    }
    return CODE_UNDER_WAY;
}

/* The code of what has no row. */
static const char *code_of_none(const struct desk *desk)
{
    return outcome_row(desk_original_is_archived(desk) ? OUTCOME_PAYMENT_ARCHIVED
                                                       : OUTCOME_ORIGINAL_NOT_FOUND)
        ->code;
}

static void refuse(const struct desk *desk, const struct verdict *verdict, enum respond_seal seal)
{
    desk_record(desk, WHAT_DECLINED, verdict->outcome);
    respond_refusal(desk, verdict, seal);
}

/* What is in doubt here may be known to its issuer, who is asked, and whose word is told beside
 * ours. */
static void answer_peek(const struct desk *desk)
{
    const struct payment_row *asked = desk->original;
    const char *code = asked != NULL ? code_of(asked) : code_of_none(desk);
    struct txn_message *out = respond_peek(desk, asked, code);
    enum payment_state word;

    if (asked != NULL && payment_state_of(asked) == PAYMENT_IN_PROGRESS &&
        issuer_word_hear(desk, &word))
        out->network_code = (uint16_t)(NETWORK_HEARD + word);
}

/* Not "never seen", and not buried: it may have been approved in the time that our books lack, and
 * its terminal would give a refund again. The question stays open until two persons end it. */
static void say_lost(const struct desk *desk)
{
    struct desk asked = desk_of_asked(desk);

    quarantine_request(&asked, ASIDE_UNKNOWN, OUTCOME_ORIGINAL_LOST);
    respond_lost(desk);
}

/* What never came is buried, as far as there is room for it; past that, and in a batch that the
 * terminal was never given, its batch takes no payment that is not known. */
static void answer_query(const struct desk *desk)
{
    struct desk asked = desk_of_asked(desk);
    struct payment_row row;

    memset(&row, 0, sizeof row);
    row.stage = STAGE_TOMBSTONE; /* or as good as one: it will never be taken */
    if (asked.payment != NULL) {
        row = *asked.payment;
    } else if (ledger_takes_tombstone(&asked)) {
        row = bury(&asked);
    } else {
        quarantine_request(&asked, ASIDE_UNKNOWN, OUTCOME_ORIGINAL_NOT_FOUND);
    }
    respond_query(desk, &row, code_of(&row));
}

void inquire_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct verdict verdict = admit_caller(&desk);

    if (verdict.outcome != OUTCOME_NONE) {
        refuse(&desk, &verdict, RESPOND_PLAIN);
        return;
    }
    if (!asks_of_own(&desk)) {
        verdict.outcome = OUTCOME_MESSAGE_MALFORMED;
        evidence_add(verdict.evidence, EVIDENCE_FIELD, "61");
        evidence_add(verdict.evidence, EVIDENCE_EXPECTED, "a payment of its own");
        evidence_add(verdict.evidence, EVIDENCE_FOUND, "another");
        refuse(&desk, &verdict, RESPOND_SEALED);
        return;
    }
    if (desk.original_is_damaged) {
        verdict.outcome = OUTCOME_SWITCH_FAULT;
        evidence_add(verdict.evidence, EVIDENCE_COMPONENT, "payment row");
        refuse(&desk, &verdict, RESPOND_SEALED);
        return;
    }
    if (desk.message->network_code == NETWORK_PEEK) {
        answer_peek(&desk);
        return;
    }
    if (desk_original_is_archived(&desk)) { /* nor buried: it may have been approved */
        verdict.outcome = OUTCOME_PAYMENT_ARCHIVED;
        evidence_add_number(verdict.evidence, EVIDENCE_ARCHIVED, desk.original_mark->date);
        refuse(&desk, &verdict, RESPOND_PLAIN);
        return;
    }
    if (desk_original_is_lost(&desk))
        say_lost(&desk);
    else
        answer_query(&desk);
}

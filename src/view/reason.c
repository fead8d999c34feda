#include "view/reason.h"

#define YEAR_10000_US 253402300800000000 /* a later deadline is damage */

/* What happens to the payment by itself, from where it stands at this party. */
static enum explain_next next_of(const struct payment_row *row)
{
    if (row->stage == STAGE_STORED || (row->stage == STAGE_SENT && row->kind < KIND_COUNT &&
                                       kind_row((enum txn_kind)row->kind)->is_advice))
        return NEXT_DELIVERY;
    if (row->stage == STAGE_SENT)
        return NEXT_ANSWER;
    return row->stage == STAGE_REVERSING ? NEXT_REVERSAL : NEXT_NONE;
}

/* What the row says that its money state rests on. */
static enum explain_proof proof_of(const struct payment_row *row)
{
    switch ((enum payment_stage)row->stage) {
    case STAGE_SENT:
        return PROOF_NO_ANSWER;
    case STAGE_ANSWERED:
        return row->code[0] != 0 || row->money != MONEY_NOT_MOVED ? PROOF_ANSWER : PROOF_NOT_SENT;
    case STAGE_REVERSING:
        return PROOF_REVERSAL_OWED;
    case STAGE_REVERSED:
    case STAGE_TOMBSTONE:
        return PROOF_REVERSAL_DONE;
    case STAGE_STORED:
        return PROOF_STORED;
    case STAGE_NONE: /* a refusal that left nothing but its record */
        return row->outcome != OUTCOME_NONE ? PROOF_NOT_SENT : PROOF_NONE;
    case STAGE_COUNT:
        break;
    }
    return PROOF_DAMAGED;
}

static enum explain_deal deal_of(enum txn_kind kind)
{
    const struct kind_row *row = kind_row(kind);

    if (!row->moves_money)
        return DEAL_INQUIRY;
    if (row->sign != 0)
        return row->sign > 0 ? DEAL_PAYMENT : DEAL_REFUND;
    return kind == KIND_PREAUTH_VOID ? DEAL_RELEASE : DEAL_HOLD;
}

/* Where the money is with what followed. What was accepted offline is owed to us but nobody has
 * posted it: to charge again would be to charge twice. */
static enum money_state money_of_row(const struct payment_row *row)
{
    return row->stage == STAGE_STORED ? MONEY_UNKNOWN : payment_row_money(row);
}

void reason_facts(const struct payment_row *row, int32_t utc_offset_s, struct explain_facts *out)
{
    bool is_known =
        outcome_is_known(row->outcome) && row->money < MONEY_STATE_COUNT && row->kind < KIND_COUNT;

    memset(out, 0, sizeof *out);
    out->outcome = is_known ? (enum outcome)row->outcome : OUTCOME_NONE;
    out->money = is_known ? money_of_row(row) : MONEY_UNKNOWN;
    out->proof = is_known ? proof_of(row) : PROOF_DAMAGED;
    out->deal = is_known ? deal_of((enum txn_kind)row->kind) : DEAL_PAYMENT;
    if (is_known)
        out->amount = row->amount;
    memcpy(out->code, row->code, sizeof out->code);
    out->decided_by = row->decided_by < PARTY_COUNT ? (enum party)row->decided_by : PARTY_NOBODY;
    out->evidence = row->evidence;
    out->next = next_of(row);
    if (out->next != NEXT_NONE && row->deadline.us > 0 && row->deadline.us < YEAR_10000_US)
        out->next_at = row->deadline;
    out->utc_offset_s = utc_offset_s;
}

/* An operator may know what a host means by a code that says nothing to us. */
static void lay_over(const struct overlay *overlay, struct explain_facts *facts)
{
    struct codes_meaning meaning;

    facts->overlay = overlay;
    if (overlay == NULL || facts->outcome != OUTCOME_DECLINED_UNSPECIFIED)
        return;
    overlay_look_up(overlay, CODES_CUP_POS, bytes_over(facts->code, sizeof facts->code), &meaning);
    if (meaning.row != NULL && meaning.row->source == SOURCE_OPERATOR)
        facts->outcome = meaning.causes[0];
}

void reason_add_text(const struct payment_row *row, const struct reason_for *whom, struct text *t)
{
    struct explain_facts facts;
    struct explanation explanation;

    reason_facts(row, whom->utc_offset_s, &facts);
    lay_over(whom->overlay, &facts);
    explain(&facts, whom->reader, whom->lang, &explanation);
    explanation_add_text(&explanation, t);
}

void reason_add_json(const struct payment_row *row, const struct reason_for *whom, struct text *t)
{
    struct explain_facts facts;
    struct explanation explanation;

    reason_facts(row, whom->utc_offset_s, &facts);
    lay_over(whom->overlay, &facts);
    explain(&facts, whom->reader, whom->lang, &explanation);
    explanation_add_json(&explanation, t);
}

#include "view/reason.h"

#define YEAR_10000_US 253402300800000000 /* a later deadline is damage */

/* What happens to the payment by itself, from where it stands at this party. */
static enum explain_next next_of(const struct payment_row *row)
{
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
    case STAGE_NONE: /* a refusal that left nothing but its record */
        return row->outcome != OUTCOME_NONE ? PROOF_NOT_SENT : PROOF_NONE;
    case STAGE_COUNT:
        break;
    }
    return PROOF_DAMAGED;
}

void reason_facts(const struct payment_row *row, int32_t utc_offset_s, struct explain_facts *out)
{
    bool is_known =
        outcome_is_known(row->outcome) && row->money < MONEY_STATE_COUNT && row->kind < KIND_COUNT;

    memset(out, 0, sizeof *out);
    out->outcome = is_known ? (enum outcome)row->outcome : OUTCOME_NONE;
    out->money = is_known ? (enum money_state)row->money : MONEY_UNKNOWN;
    out->proof = is_known ? proof_of(row) : PROOF_DAMAGED;
    out->moves_money = !is_known || kind_row((enum txn_kind)row->kind)->moves_money;
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

void reason_add_text(const struct payment_row *row, const struct reason_for *whom, struct text *t)
{
    struct explain_facts facts;
    struct explanation explanation;

    reason_facts(row, whom->utc_offset_s, &facts);
    explain(&facts, whom->reader, whom->lang, &explanation);
    explanation_add_text(&explanation, t);
}

void reason_add_json(const struct payment_row *row, const struct reason_for *whom, struct text *t)
{
    struct explain_facts facts;
    struct explanation explanation;

    reason_facts(row, whom->utc_offset_s, &facts);
    explain(&facts, whom->reader, whom->lang, &explanation);
    explanation_add_json(&explanation, t);
}

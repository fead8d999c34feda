#include "acquirer/signature_keep.h"

#include "acquirer/admit.h"
#include "acquirer/respond.h"
#include "base/assert.h"
#include "books/handout_rows.h"

#include <string.h>

void signature_keep_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);

    node_need(work, desk_config_key());
    node_need(work, desk_terminal_key(&desk.identity));
    node_need(work, desk_keys_key(&desk.identity));
    if (!admit_identity_is_sound(&desk))
        return;
    desk_need_payment(&desk);
    for (uint8_t i = 0; i < SIGNATURE_PARTS; i++)
        node_need(work, signature_row_key(&desk.identity, i));
}

void signature_keep_checks(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct zone zone;

    if (desk_terminal_zone(&desk, &zone))
        desk_ask_mac(&desk, &zone);
    desk_ask_pan(&desk, HSM_PAN_INDEX);
}

static const struct signature_row *part_of(const struct desk *desk, uint8_t part)
{
    struct row_key key = signature_row_key(&desk->identity, part);
    const struct signature_row *row = node_value(desk->work, &key, sizeof *row);

    return row != NULL && row->len <= sizeof row->at ? row : NULL;
}

static bool is_approved(const struct payment_row *row)
{
    return row->stage == STAGE_ANSWERED && (row->money == MONEY_MOVED || row->money == MONEY_HELD);
}

static void not_found(struct verdict *verdict, const char *what)
{
    verdict->outcome = OUTCOME_ORIGINAL_NOT_FOUND;
    evidence_add(verdict->evidence, EVIDENCE_CHECK, what);
}

static bool is_other_card(const struct desk *desk)
{
    const struct pan_hash *hash = desk_pan_hash(desk);

    return hash != NULL && memcmp(hash, &desk->payment->pan.hash, sizeof *hash) != 0;
}

/* What stands against the payment that it names. */
static void judge_payment(const struct desk *desk, struct verdict *verdict)
{
    const struct payment_row *row = desk->payment;
    const struct txn_message *message = desk->message;

    if (row == NULL || !is_approved(row)) {
        not_found(verdict, "no approved payment");
    } else if (message->rrn[0] != 0 && memcmp(message->rrn, row->rrn, RRN_LEN) != 0) {
        not_found(verdict, "reference number");
    } else if (!money_equal(message->amount, row->amount)) {
        verdict->outcome = OUTCOME_ORIGINAL_MISMATCH;
        evidence_add_number(verdict->evidence, EVIDENCE_EXPECTED, row->amount.minor);
        evidence_add_number(verdict->evidence, EVIDENCE_FOUND, message->amount.minor);
    } else if (is_other_card(desk)) {
        verdict->outcome = OUTCOME_ORIGINAL_MISMATCH;
        evidence_add(verdict->evidence, EVIDENCE_CHECK, "card number");
    }
}

/* Whether the image that is kept is this one. */
static bool is_same(const struct desk *desk)
{
    struct bytes left = desk->message->block;

    for (uint8_t i = 0; i < SIGNATURE_PARTS; i++) {
        const struct signature_row *row = part_of(desk, i);
        size_t len = row == NULL ? 0 : row->len;
        if (len > left.len || (len > 0 && memcmp(row->at, left.at, len) != 0))
            return false;
        left = bytes_over(left.at + len, left.len - len);
    }
    return left.len == 0;
}

static void keep(const struct desk *desk)
{
    struct bytes left = desk->message->block;

    for (uint8_t i = 0; i < SIGNATURE_PARTS && left.len > 0; i++) {
        struct row_key key = signature_row_key(&desk->identity, i);
        struct signature_row row;
        memset(&row, 0, sizeof row);
        row.layout = PARTY_ROW_LAYOUT;
        row.total = (uint16_t)desk->message->block.len;
        row.len = (uint16_t)(left.len < sizeof row.at ? left.len : sizeof row.at);
        row.state = SIGNATURE_KEPT;
        row.since = desk->event->wall;
        memcpy(row.at, left.at, row.len);
        node_put(desk->work, &key, &row, sizeof row);
        left = bytes_over(left.at + row.len, left.len - row.len);
    }
    desk_record(desk, WHAT_UPLOADED, OUTCOME_APPROVED);
    desk->work->money = (enum money_state)desk->payment->money;
}

static void refuse(const struct desk *desk, const struct verdict *verdict, enum respond_seal seal)
{
    desk_record(desk, WHAT_DECLINED, verdict->outcome);
    respond_refusal(desk, verdict, seal);
}

void signature_keep_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct verdict verdict = admit_caller(&desk);

    if (verdict.outcome != OUTCOME_NONE) {
        refuse(&desk, &verdict, RESPOND_PLAIN);
        return;
    }
    judge_payment(&desk, &verdict);
    if (verdict.outcome == OUTCOME_NONE &&
        (desk.message->block.len == 0 || desk.message->block.len > BLOCK_LEN_MAX)) {
        verdict.outcome = OUTCOME_MESSAGE_MALFORMED;
        evidence_add_number(verdict.evidence, EVIDENCE_FIELD, 62);
        evidence_add(verdict.evidence, EVIDENCE_EXPECTED, "1 to 999 bytes");
        evidence_add(verdict.evidence, EVIDENCE_FOUND, "another length");
    }
    if (verdict.outcome == OUTCOME_NONE && part_of(&desk, 0) != NULL && !is_same(&desk)) {
        verdict.outcome = OUTCOME_MESSAGE_REPLAYED;
        evidence_add(verdict.evidence, EVIDENCE_CHECK, "another image is kept");
    }
    if (verdict.outcome != OUTCOME_NONE) {
        refuse(&desk, &verdict, RESPOND_SEALED);
        return;
    }
    if (part_of(&desk, 0) == NULL)
        keep(&desk);
    respond_signature(&desk);
}

#include "view/payment_status.h"

#include "base/assert.h"
#include "view/reason.h"

#include <string.h>

const char *payment_status_text(enum payment_state state, enum explain_lang lang)
{
    /* clang-format off */
    static const char *const texts[][LANG_COUNT] = {
        [PAYMENT_NEVER_SEEN]       = { "从未收到",       "never seen" },
        [PAYMENT_IN_PROGRESS]      = { "结果未知",       "in progress, not known yet" },
        [PAYMENT_ACCEPTED]         = { "已受理，待上送", "accepted, to be delivered" },
        [PAYMENT_APPROVED]         = { "已批准",         "approved" },
        [PAYMENT_REFUSED]          = { "已拒绝",         "refused" },
        [PAYMENT_BEING_TAKEN_BACK] = { "正在冲正",       "being taken back" },
        [PAYMENT_TAKEN_BACK]       = { "已冲正",         "taken back" },
        [PAYMENT_DAMAGED]          = { "记录已损坏",     "its record is damaged" },
        [PAYMENT_ARCHIVED]         = { "已归档",         "of a day that was archived" },
        [PAYMENT_LOST]             = { "账本恢复后缺失", "not in these books, which went back in time" },
    };
    /* clang-format on */

    _Static_assert(ARRAY_COUNT(texts) == PAYMENT_STATE_COUNT, "a text for each state");
    assert(state < PAYMENT_STATE_COUNT);
    assert(lang < LANG_COUNT);
    return texts[state][lang];
}

const char *payment_status_advice(const struct payment_status *status, enum explain_lang lang)
{
    /* clang-format off */
    static const char *const may[LANG_COUNT] = { "可以重新收款", "yes" };
    static const char *const may_not[][LANG_COUNT] = {
        [PAYMENT_NEVER_SEEN]       = { "不可重新收款：请求可能仍在途中，请查询其终端", "no: it may still come; ask its terminal" },
        [PAYMENT_IN_PROGRESS]      = { "不可重新收款：结果未知，系统会自动查明或冲正", "no: it is not known yet, and is found out or taken back by itself" },
        [PAYMENT_ACCEPTED]         = { "不可重新收款：已经付款", "no: it is paid" },
        [PAYMENT_APPROVED]         = { "不可重新收款：已经付款", "no: it is paid" },
        [PAYMENT_REFUSED]          = { "不可重新收款：请专人核查", "no: a person must look at it" },
        [PAYMENT_BEING_TAKEN_BACK] = { "不可重新收款：正在冲正，完成后方可", "no: not before it has been taken back" },
        [PAYMENT_TAKEN_BACK]       = { "不可重新收款：请专人核查", "no: a person must look at it" },
        [PAYMENT_DAMAGED]          = { "不可重新收款：请专人核查", "no: a person must look at it" },
        [PAYMENT_ARCHIVED]         = { "不可重新收款：请查归档（acquit why --archive）", "no: look into the archive (acquit why --archive)" },
        [PAYMENT_LOST]             = { "不可重新收款：可能已付，请与另一方的账本核对", "no: it may be paid; look into the other side's books" },
    };
    /* clang-format on */

    _Static_assert(ARRAY_COUNT(may_not) == PAYMENT_STATE_COUNT, "an advice for each state");
    assert(lang < LANG_COUNT);
    return status->is_safe_to_retry ? may[lang] : may_not[status->state][lang];
}

static void take_row(const struct payment_row *row, struct payment_status *out)
{
    struct explain_facts facts;

    reason_facts(row, 0, &facts);
    out->kind = (enum txn_kind)row->kind;
    out->amount = row->amount;
    out->money = payment_row_money(row);
    out->follow = (enum follow_state)row->follow;
    out->returned_minor = row->returned_minor;
    memcpy(out->rrn, row->rrn, sizeof out->rrn);
    memcpy(out->auth_id, row->auth_id, sizeof out->auth_id);
    memcpy(out->code, row->code, sizeof out->code);
    out->cause = (enum outcome)row->outcome;
    out->decided_by = (enum party)row->decided_by;
    out->created = row->created;
    out->next = facts.next;
    out->next_at = facts.next_at;
}

void payment_status_of(const struct identity *identity, const struct payment_row *row,
                       const struct pending_row *pending, struct payment_status *out)
{
    memset(out, 0, sizeof *out);
    out->identity = identity_as(identity, IDENTITY_PAYMENT);
    out->decided_by = PARTY_NOBODY;
    out->state = payment_state_of(row);
    out->money = row == NULL ? MONEY_NOT_MOVED : MONEY_UNKNOWN;
    if (row != NULL && out->state != PAYMENT_DAMAGED)
        take_row(row, out);
    out->is_final = payment_state_is_final(out->state);
    out->is_safe_to_retry = payment_state_is_safe(row);
    if (pending != NULL && !out->is_final)
        out->tries = pending->attempts;
}

static void tell_absent_as(struct payment_status *status, enum payment_state state)
{
    if (status->state != PAYMENT_NEVER_SEEN)
        return;
    status->state = state;
    status->money = MONEY_UNKNOWN;
    status->is_final = payment_state_is_final(status->state);
    status->is_safe_to_retry = false;
}

void payment_status_archived(struct payment_status *status)
{
    tell_absent_as(status, PAYMENT_ARCHIVED);
}

void payment_status_lost(struct payment_status *status)
{
    tell_absent_as(status, PAYMENT_LOST);
}

void payment_status_at_host(struct payment_status *status)
{
    if (status->state != PAYMENT_NEVER_SEEN)
        return;
    status->is_final = false;
    status->is_safe_to_retry = false;
}

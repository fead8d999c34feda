#include "books/payment_row.h"

#include "base/assert.h"

#include <string.h>

#define BIT(stage) (1U << (stage))

/* clang-format off */
static const struct {
    const char *name;
    unsigned next;
} stage_table[] = {
    [STAGE_NONE]      = { "none",      BIT(STAGE_SENT) | BIT(STAGE_ANSWERED) | BIT(STAGE_TOMBSTONE) | BIT(STAGE_STORED) },
    [STAGE_SENT]      = { "sent",      BIT(STAGE_ANSWERED) | BIT(STAGE_REVERSING) | BIT(STAGE_REVERSED) },
    [STAGE_ANSWERED]  = { "answered",  BIT(STAGE_REVERSING) | BIT(STAGE_REVERSED) },
    [STAGE_REVERSING] = { "reversing", BIT(STAGE_REVERSED) | BIT(STAGE_ANSWERED) }, /* the latter at a terminal: its reversal was refused as too late */
    [STAGE_REVERSED]  = { "reversed",  0 },
    [STAGE_TOMBSTONE] = { "tombstone", 0 },
    [STAGE_STORED]    = { "stored",    BIT(STAGE_SENT) },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(stage_table) == STAGE_COUNT, "a row for each stage");

bool payment_row_is_readable(const struct payment_row *row)
{
    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        const struct evidence *evidence = &row->evidence[i];
        if (evidence->name >= EVIDENCE_COUNT || evidence->text[sizeof evidence->text - 1] != 0)
            return false;
    }
    return row->layout == PAYMENT_ROW_LAYOUT && row->kind < KIND_COUNT &&
           row->stage < STAGE_COUNT && row->money < MONEY_STATE_COUNT &&
           row->decided_by < PARTY_COUNT && outcome_is_known(row->outcome) &&
           row->history_len <= PAYMENT_HISTORY_MAX && row->icc_answer_len <= ICC_ANSWER_LEN_MAX &&
           row->pan.masked.at[sizeof row->pan.masked.at - 1] == 0 && row->follow < FOLLOW_COUNT;
}

enum money_state payment_row_money(const struct payment_row *row)
{
    switch ((enum follow_state)row->follow) {
    case FOLLOW_VOIDED:
    case FOLLOW_LAPSED:
        return MONEY_RETURNED;
    case FOLLOW_COMPLETED:
        return MONEY_MOVED;
    case FOLLOW_NONE:
    case FOLLOW_VOIDING:
    case FOLLOW_COMPLETING:
    case FOLLOW_COUNT:
        break;
    }
    return (enum money_state)row->money;
}

enum money_state payment_row_approved_money(enum txn_kind kind)
{
    if (!kind_row(kind)->moves_money)
        return MONEY_NOT_MOVED;
    return kind == KIND_PREAUTH || kind == KIND_INCREMENT ? MONEY_HELD : MONEY_MOVED;
}

int64_t payment_row_standing(const struct payment_row *row)
{
    return row->posted_minor + row->tip_minor;
}

/* ---- a tip under way ---- */

bool payment_row_has_tip_under_way(const struct payment_row *row)
{
    return row->follow == FOLLOW_NONE && row->follow_trace != 0 && row->tip_minor > 0;
}

void payment_row_begin_tip(struct payment_row *row, const struct payment_row *tip)
{
    if (row->follow != FOLLOW_NONE)
        return;
    row->follow_batch = tip->identity.batch;
    row->follow_trace = tip->identity.trace;
}

void payment_row_end_tip(struct payment_row *row, const struct payment_row *tip)
{
    if (row->follow != FOLLOW_NONE || row->follow_batch != tip->identity.batch ||
        row->follow_trace != tip->identity.trace)
        return;
    row->follow_batch = 0;
    row->follow_trace = 0;
}

int64_t payment_row_refundable(const struct payment_row *row)
{
    int64_t tip_minor = payment_row_has_tip_under_way(row) ? 0 : row->tip_minor;

    return row->posted_minor + tip_minor - row->returned_minor;
}

int64_t payment_row_net(const struct payment_row *row)
{
    if (row->money != MONEY_MOVED)
        return 0;
    return kind_row((enum txn_kind)row->kind)->sign * row->posted_minor;
}

bool payment_row_is_holding(const struct payment_row *row)
{
    return row->kind == KIND_PREAUTH && row->money == MONEY_HELD &&
           (row->follow == FOLLOW_NONE || row->follow == FOLLOW_VOIDING ||
            row->follow == FOLLOW_COMPLETING);
}

struct row_key payment_row_key(const struct identity *identity)
{
    struct row_key key = {.table = TABLE_PAYMENT, .len = IDENTITY_KEY_LEN};

    identity_to_key(identity, key.at);
    key.at[IDENTITY_KEY_LEN - 1] = IDENTITY_PAYMENT; /* the class is the last */
    return key;
}

bool payment_stage_may_follow(enum payment_stage from, enum payment_stage to)
{
    assert(from < STAGE_COUNT);
    assert(to < STAGE_COUNT);
    return from == to || (stage_table[from].next & BIT(to)) != 0;
}

void payment_row_move(struct payment_row *row, enum payment_stage stage)
{
    assert(payment_stage_may_follow((enum payment_stage)row->stage, stage));
    row->stage = (uint8_t)stage;
}

void payment_row_set_money(struct payment_row *row, enum money_state money)
{
    assert(money_state_may_follow((enum money_state)row->money, money));
    row->money = (uint8_t)money;
}

void payment_row_note(struct payment_row *row, uint64_t journal_sequence)
{
    size_t len = row->history_len;

    assert(len <= PAYMENT_HISTORY_MAX);
    if (len == PAYMENT_HISTORY_MAX) {
        size_t kept = PAYMENT_HISTORY_MAX / 2;
        memmove(row->history + kept, row->history + kept + 1,
                (len - kept - 1) * sizeof row->history[0]);
        len--;
    }
    row->history[len] = journal_sequence;
    row->history_len = (uint8_t)(len + 1);
}

const char *payment_stage_name(enum payment_stage stage)
{
    assert(stage < STAGE_COUNT);
    return stage_table[stage].name;
}

const char *follow_state_name(enum follow_state state)
{
    static const char *const names[] = {
        [FOLLOW_NONE] = "none",           [FOLLOW_VOIDING] = "voiding",
        [FOLLOW_VOIDED] = "voided",       [FOLLOW_COMPLETING] = "completing",
        [FOLLOW_COMPLETED] = "completed", [FOLLOW_LAPSED] = "lapsed",
    };

    _Static_assert(ARRAY_COUNT(names) == FOLLOW_COUNT, "a name for each state");
    assert(state < FOLLOW_COUNT);
    return names[state];
}

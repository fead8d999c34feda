#include "sim/reach.h"

#include "base/assert.h"

/* ---- moves ---- */

#define NOT_OFFLINE "only a terminal accepts offline and delivers later"
#define NOT_FORWARDED "an issuer decides in the record in which it first knows a payment"
#define NOT_TOO_LATE "only a terminal is told that its reversal came too late"
#define NOT_UNASKED "a confirmation is of a reversal that is owed: REVERSING lies between"

/* clang-format off */
static const struct {
    enum sim_party party;
    enum payment_stage from;
    enum payment_stage to;
    const char *reason;
} impossible[] = {
    {AT_TERMINAL, STAGE_NONE,      STAGE_TOMBSTONE, "its payments are its own: it cannot be told to reverse one that it does not know"},
    {AT_TERMINAL, STAGE_SENT,      STAGE_REVERSED,  NOT_UNASKED},
    {AT_TERMINAL, STAGE_ANSWERED,  STAGE_REVERSING, "an answer becomes ANSWERED only when nothing has to be taken back"},
    {AT_ACQUIRER, STAGE_NONE,      STAGE_STORED,    NOT_OFFLINE},
    {AT_ACQUIRER, STAGE_STORED,    STAGE_SENT,      NOT_OFFLINE},
    {AT_ACQUIRER, STAGE_SENT,      STAGE_REVERSED,  NOT_UNASKED},
    {AT_ACQUIRER, STAGE_ANSWERED,  STAGE_REVERSED,  NOT_UNASKED},
    {AT_ACQUIRER, STAGE_REVERSING, STAGE_ANSWERED,  NOT_TOO_LATE},
    {AT_ISSUER,   STAGE_REVERSING, STAGE_ANSWERED,  NOT_TOO_LATE},
    {AT_ISSUER,   STAGE_NONE,      STAGE_SENT,      NOT_FORWARDED},
    {AT_ISSUER,   STAGE_NONE,      STAGE_STORED,    NOT_OFFLINE},
    {AT_ISSUER,   STAGE_STORED,    STAGE_SENT,      NOT_OFFLINE},
    {AT_ISSUER,   STAGE_SENT,      STAGE_ANSWERED,  NOT_FORWARDED},
    {AT_ISSUER,   STAGE_SENT,      STAGE_REVERSING, NOT_FORWARDED},
    {AT_ISSUER,   STAGE_SENT,      STAGE_REVERSED,  NOT_FORWARDED},
    {AT_ISSUER,   STAGE_ANSWERED,  STAGE_REVERSING, "it undoes in the record that answers the reversal"},
    {AT_ISSUER,   STAGE_REVERSING, STAGE_REVERSED,  "it undoes in the record that answers the reversal"},
};
/* clang-format on */

const char *reach_why_no_move(enum sim_party party, enum payment_stage from, enum payment_stage to)
{
    for (size_t i = 0; i < ARRAY_COUNT(impossible); i++)
        if (impossible[i].party == party && impossible[i].from == from && impossible[i].to == to)
            return impossible[i].reason;
    return NULL;
}

/* Calls for each legal move; returns how many were as wanted. */
static uint32_t count_moves(const struct tally *tally, bool made, bool *could, uint32_t *all)
{
    uint32_t count = 0;
    for (int at = 0; at < SIM_PARTIES * STAGE_COUNT * STAGE_COUNT; at++) {
        enum sim_party party = (enum sim_party)(at / (STAGE_COUNT * STAGE_COUNT));
        enum payment_stage from = (enum payment_stage)(at / STAGE_COUNT % STAGE_COUNT);
        enum payment_stage to = (enum payment_stage)(at % STAGE_COUNT);
        if (from == to || !payment_stage_may_follow(from, to))
            continue;
        ++*all;
        if ((tally->moves[party][from][to] > 0) != made)
            continue;
        count += !could || (reach_why_no_move(party, from, to) == NULL) == *could;
    }
    return count;
}

uint32_t reach_moves(const struct tally *tally, uint32_t *all)
{
    *all = 0;
    return count_moves(tally, true, NULL, all);
}

uint32_t reach_moves_missed(const struct tally *tally)
{
    bool could = true;
    uint32_t all = 0;
    return count_moves(tally, false, &could, &all);
}

/* ---- crash labels ---- */

static const struct {
    enum txn_kind kind;
    const char *name;
} ops[] = {
    [OP_SIGN_IN] = {KIND_SIGN_IN, "sign-in"},
    [OP_SALE] = {KIND_SALE, "sale"},
    [OP_BALANCE] = {KIND_BALANCE, "balance"},
    [OP_VOID] = {KIND_VOID, "void"},
    [OP_REFUND] = {KIND_REFUND, "refund"},
    [OP_PREAUTH] = {KIND_PREAUTH, "preauth"},
    [OP_PREAUTH_VOID] = {KIND_PREAUTH_VOID, "preauth-void"},
    [OP_INCREMENT] = {KIND_INCREMENT, "increment"},
    [OP_COMPLETION] = {KIND_COMPLETION, "completion"},
    [OP_COMPLETION_ADVICE] = {KIND_COMPLETION_ADVICE, "completion-advice"},
    [OP_COMPLETION_VOID] = {KIND_COMPLETION_VOID, "completion-void"},
    [OP_OFFLINE_SALE] = {KIND_OFFLINE_SALE, "offline-sale"},
    [OP_TIP] = {KIND_TIP_ADJUST, "tip"},
    [OP_SETTLE] = {KIND_SETTLE, "settle"},
    [OP_QUERY] = {KIND_QUERY, "query"},
    [OP_REVERSAL] = {KIND_NONE, "reversal"},
};
_Static_assert(ARRAY_COUNT(ops) == OP_COUNT, "a row each");

static const char *const place_names[] = {
    [AFTER_RECEIVE] = "after receive",    [AFTER_LOAD] = "after load",
    [AFTER_CHECK] = "after check",        [AFTER_DECIDE] = "after decide",
    [IN_COMMIT_LOST] = "in commit, lost", [IN_COMMIT_KEPT] = "in commit, kept",
    [AFTER_RECORD] = "after record",      [AFTER_SEND] = "after send",
};
_Static_assert(ARRAY_COUNT(place_names) == CRASH_PLACE_COUNT, "a name each");

bool reach_has_label(enum sim_party party, enum sim_op op)
{
    if (party == AT_ISSUER && op == OP_QUERY)
        return false; /* it answers from its rows and records nothing */
    return party != AT_ISSUER || op == OP_REVERSAL || kind_row(ops[op].kind)->iso_mti != 0;
}

static enum sim_op op_of_kind(enum txn_kind kind)
{
    enum sim_op op = OP_SIGN_IN;
    while (op < OP_COUNT && (op == OP_REVERSAL || ops[op].kind != kind))
        op++;
    return op;
}

static enum sim_op op_of_command(const struct node_command *command)
{
    if (command->kind == COMMAND_PAY)
        return op_of_kind(command->transaction);
    if (command->kind == COMMAND_SIGN_IN)
        return OP_SIGN_IN;
    return command->kind == COMMAND_SETTLE ? OP_SETTLE : OP_COUNT;
}

enum sim_op reach_op(const struct node_event *event, const struct payment_row *payment)
{
    const struct txn_message *message = &event->message;
    switch (event->kind) {
    case EVENT_MESSAGE:
        return message->function == FUNCTION_REVERSAL ||
                       message->function == FUNCTION_REVERSAL_RESPONSE
                   ? OP_REVERSAL
                   : op_of_kind(message->kind);
    case EVENT_COMMAND:
        return op_of_command(event->command);
    case EVENT_TIMER:
    case EVENT_RECOVER:
        if (!payment)
            return OP_COUNT;
        return payment->stage == STAGE_REVERSING || payment->stage == STAGE_TOMBSTONE
                   ? OP_REVERSAL
                   : op_of_kind((enum txn_kind)payment->kind);
    case EVENT_START:
    case EVENT_GARBLED:
    case EVENT_LINK_UP:
    case EVENT_LINK_DOWN:
    case EVENT_KIND_COUNT:
        break;
    }
    return OP_COUNT;
}

uint32_t reach_labels(const struct tally *tally, uint32_t *all)
{
    uint32_t hit = 0;
    *all = 0;
    for (int at = 0; at < SIM_PARTIES * OP_COUNT * CRASH_PLACE_COUNT; at++) {
        int party = at / (OP_COUNT * CRASH_PLACE_COUNT);
        int op = at / CRASH_PLACE_COUNT % OP_COUNT;
        if (!reach_has_label((enum sim_party)party, (enum sim_op)op))
            continue;
        ++*all;
        hit += tally->crashes[party][op][at % CRASH_PLACE_COUNT] > 0;
    }
    return hit;
}

enum txn_kind reach_op_kind(enum sim_op op)
{
    assert(op < OP_COUNT);
    return ops[op].kind;
}

const char *reach_op_name(enum sim_op op)
{
    assert(op < OP_COUNT);
    return ops[op].name;
}

const char *reach_place_name(enum crash_place place)
{
    assert(place < CRASH_PLACE_COUNT);
    return place_names[place];
}

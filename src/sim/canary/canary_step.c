#include "sim/canary/canary_step.h"

#include "acquirer/acquirer.h"
#include "issuer/issuer.h"
#include "terminal/terminal.h"

#include <string.h>

/* The real step, then one of its changes is spoiled. A step has no context of its own, so there is
 * one function for each party. */
static void drop_pending(struct node_work *work)
{
    for (size_t i = 0; i < work->row_count; i++) {
        struct node_row *row = work->rows[i];
        if (row->key.table == TABLE_PENDING && row->found && row->is_changed &&
            work->event->sequence % 5 == 0)
            node_remove(work, &row->key);
    }
}

static void drop_tombstone(struct node_work *work)
{
    if (work->what != WHAT_TOMBSTONE)
        return;
    for (size_t i = 0; i < work->row_count; i++) {
        struct node_row *row = work->rows[i];
        if (row->key.table == TABLE_PAYMENT && row->is_changed)
            node_remove(work, &row->key);
    }
}

static void keep_track(struct node_work *work)
{
    const struct txn_message *message = NULL;
    for (size_t i = 0; i < work->effects.send_count; i++)
        if (work->effects.sends[i].message.track2_len > 0)
            message = &work->effects.sends[i].message;
    for (size_t i = 0; message && i < work->row_count; i++) {
        struct node_row *row = work->rows[i];
        if (row->key.table == TABLE_PAYMENT && row->found && row->is_changed)
            memcpy(((struct payment_row *)row->value)->evidence, message->track2,
                   message->track2_len);
    }
}

/* The payment that the record is about, as the step leaves it; or NULL. */
static const struct payment_row *payment_of(const struct node_work *work)
{
    struct row_key key = payment_row_key(&work->about);
    const struct node_row *row = node_row(work, &key);
    return row && row->found && row->is_changed ? (const struct payment_row *)row->value : NULL;
}

static void keep_voiding(struct node_work *work)
{
    const struct payment_row *payment = payment_of(work);
    if (work->what != WHAT_REVERSED || !payment || payment->original.trace == 0)
        return;
    struct row_key key = payment_row_key(&payment->original);
    struct node_row *row = node_row(work, &key);
    if (row && row->found && row->is_changed)
        ((struct payment_row *)row->value)->follow = FOLLOW_VOIDING;
}

static void keep_held(struct node_work *work)
{
    const struct payment_row *payment = payment_of(work);
    if (work->what != WHAT_APPROVED || !payment || payment->kind != KIND_COMPLETION)
        return;
    struct row_key key = payment_row_key(&payment->original);
    const struct node_row *hold = node_row(work, &key);
    for (size_t i = 0; hold && hold->found && i < work->row_count; i++) {
        struct account_row *account = (struct account_row *)work->rows[i]->value;
        int64_t rest =
            ((const struct payment_row *)hold->value)->posted_minor - payment->posted_minor;
        if (work->rows[i]->key.table == TABLE_ACCOUNT && work->rows[i]->is_changed && rest > 0)
            account->held_minor += rest;
    }
}

static void miscount(struct node_work *work)
{
    for (size_t i = 0; i < work->row_count; i++) {
        struct node_row *row = work->rows[i];
        if (row->key.table == TABLE_BATCH && row->found && row->is_changed)
            ((struct batch_row *)row->value)->domestic.credit_minor = 0;
    }
}

static void drop_advice(struct node_work *work)
{
    for (size_t i = 0; i < work->row_count; i++) {
        struct node_row *row = work->rows[i];
        const struct pending_row *pending = (const struct pending_row *)row->value;
        if (row->key.table == TABLE_PENDING && row->found && row->is_changed &&
            pending->kind == PENDING_ADVICE && pending->attempts > 2)
            node_remove(work, &row->key);
    }
}

/* ---- what an answer fits ---- */

#define ENDINGS 4

/* The newest payment that was sent on, of those whose trace numbers end alike. */
static struct {
    struct identity identity;
    struct money amount;
    char rrn[RRN_LEN];
} newest[ENDINGS];

static void note_newest(struct node_work *work)
{
    for (uint8_t i = 0; i < work->effects.send_count; i++) {
        const struct txn_message *message = &work->effects.sends[i].message;
        if (message->function != FUNCTION_REQUEST || !kind_row(message->kind)->moves_money)
            continue;
        newest[message->identity.trace % ENDINGS].identity = message->identity;
        newest[message->identity.trace % ENDINGS].amount = message->amount;
        memcpy(newest[message->identity.trace % ENDINGS].rrn, message->rrn, RRN_LEN);
    }
}

/* The answer is taken for the newest one's. */
static void match_by_trace(struct node_work *work)
{
    struct node_event *event = (struct node_event *)(uintptr_t)work->event;
    struct txn_message *message = &event->message;
    if (event->kind != EVENT_MESSAGE || message->function != FUNCTION_RESPONSE ||
        !kind_row(message->kind)->moves_money)
        return;
    const struct identity *identity = &newest[message->identity.trace % ENDINGS].identity;
    if (identity->trace == 0)
        return;
    message->amount = newest[message->identity.trace % ENDINGS].amount;
    memcpy(message->rrn, newest[message->identity.trace % ENDINGS].rrn, RRN_LEN);
    message->identity = *identity;
    message->pan.len = 0;
}

/* ---- what a party says ---- */

static void release_twice(struct node_work *work)
{
    const struct payment_row *payment = payment_of(work);
    if (work->what != WHAT_APPROVED || !payment || payment->kind != KIND_PREAUTH_VOID)
        return;
    for (size_t i = 0; i < work->row_count; i++) {
        struct account_row *account = (struct account_row *)work->rows[i]->value;
        if (work->rows[i]->key.table == TABLE_ACCOUNT && work->rows[i]->is_changed)
            account->held_minor -= payment->posted_minor;
    }
}

static void post_nothing(struct node_work *work)
{
    const struct payment_row *payment = payment_of(work);
    if (work->what == WHAT_APPROVED && payment && payment->kind == KIND_VOID)
        work->postings.count = 0;
}

static void claim_unmoved(struct node_work *work)
{
    struct row_key key = payment_row_key(&work->about);
    struct node_row *row = node_row(work, &key);
    if (work->what != WHAT_NO_ANSWER || !row || !row->found || !row->is_changed)
        return;
    ((struct payment_row *)row->value)->money = MONEY_NOT_MOVED;
    work->effects.display.payment.money = MONEY_NOT_MOVED;
}

static void lie_to_peeks(struct node_work *work)
{
    for (uint8_t i = 0; i < work->effects.send_count; i++) {
        struct txn_message *message = &work->effects.sends[i].message;
        if (message->kind == KIND_QUERY && message->network_code > NETWORK_STATE)
            message->network_code = NETWORK_STATE;
    }
}

static void drop_evidence(struct node_work *work)
{
    struct row_key key = payment_row_key(&work->about);
    struct node_row *row = node_row(work, &key);
    if (work->what != WHAT_DECLINED || !row || !row->found || !row->is_changed)
        return;
    struct payment_row *payment = (struct payment_row *)row->value;
    memset(payment->evidence, 0, sizeof payment->evidence);
    memset(work->effects.display.payment.evidence, 0, sizeof payment->evidence);
}

#define SPOILED_STEP(name, role, spoil)                                                            \
    static void name(struct node_work *work)                                                       \
    {                                                                                              \
        role.step(work);                                                                           \
        spoil(work);                                                                               \
    }

SPOILED_STEP(acquirer_drops_pending, acquirer_party, drop_pending)
SPOILED_STEP(issuer_drops_tombstone, issuer_party, drop_tombstone)
SPOILED_STEP(terminal_keeps_track, terminal_party, keep_track)
SPOILED_STEP(acquirer_keeps_voiding, acquirer_party, keep_voiding)
SPOILED_STEP(issuer_keeps_held, issuer_party, keep_held)
SPOILED_STEP(terminal_miscounts, terminal_party, miscount)
SPOILED_STEP(terminal_drops_advice, terminal_party, drop_advice)
SPOILED_STEP(acquirer_notes_newest, acquirer_party, note_newest)
SPOILED_STEP(issuer_releases_twice, issuer_party, release_twice)
SPOILED_STEP(issuer_posts_nothing, issuer_party, post_nothing)
SPOILED_STEP(terminal_claims_unmoved, terminal_party, claim_unmoved)
SPOILED_STEP(acquirer_lies_to_peeks, acquirer_party, lie_to_peeks)
SPOILED_STEP(terminal_drops_evidence, terminal_party, drop_evidence)

static void acquirer_matches_by_trace(struct node_work *work)
{
    match_by_trace(work);
    acquirer_party.needs(work);
}

static const struct {
    enum sim_canary kind;
    enum party of;
    void (*step)(struct node_work *work);
} spoiled_steps[] = {
    {CANARY_DROP_PENDING, PARTY_ACQUIRER, acquirer_drops_pending},
    {CANARY_DROP_TOMBSTONE, PARTY_ISSUER, issuer_drops_tombstone},
    {CANARY_KEEP_TRACK, PARTY_TERMINAL, terminal_keeps_track},
    {CANARY_KEEP_VOIDING, PARTY_ACQUIRER, acquirer_keeps_voiding},
    {CANARY_KEEP_HELD, PARTY_ISSUER, issuer_keeps_held},
    {CANARY_MISCOUNT, PARTY_TERMINAL, terminal_miscounts},
    {CANARY_DROP_ADVICE, PARTY_TERMINAL, terminal_drops_advice},
    {CANARY_MATCH_TRACE, PARTY_ACQUIRER, acquirer_notes_newest},
    {CANARY_RELEASE_TWICE, PARTY_ISSUER, issuer_releases_twice},
    {CANARY_POST_NOTHING, PARTY_ISSUER, issuer_posts_nothing},
    {CANARY_CLAIM_UNMOVED, PARTY_TERMINAL, terminal_claims_unmoved},
    {CANARY_LIE_TO_PEEKS, PARTY_ACQUIRER, acquirer_lies_to_peeks},
    {CANARY_DROP_EVIDENCE, PARTY_TERMINAL, terminal_drops_evidence},
};

void canary_spoil(enum sim_canary kind, enum party of, struct node_party *party)
{
    for (size_t i = 0; i < ARRAY_COUNT(spoiled_steps); i++)
        if (kind == spoiled_steps[i].kind && of == spoiled_steps[i].of)
            party->step = spoiled_steps[i].step;
    if (kind == CANARY_MATCH_TRACE && of == PARTY_ACQUIRER)
        party->needs = acquirer_matches_by_trace;
    memset(newest, 0, sizeof newest);
}

#include "sim/canary.h"

#include "acquirer/acquirer.h"
#include "base/assert.h"
#include "issuer/issuer.h"
#include "terminal/terminal.h"

#include <stdlib.h>
#include <string.h>

#define FORGET_EVERY 17
#define LATE_ROOM (512 * 1024)

/* A copy of a commit, as a disk that lies keeps it. */
struct canary_late {
    bool is_due;
    struct store_change *changes;
    struct store_record *records;
    struct store_batch batch;
    uint8_t head_hash[32];
    uint8_t *room;
    size_t used;
};

/* ---- store ---- */

static void head(void *self, struct store_head *out)
{
    struct canary *canary = self;
    canary->disk->head(canary->disk->self, out);
}

static void write_late(struct canary *canary)
{
    struct canary_late *late = canary->late;
    if (!late->is_due)
        return;
    late->is_due = false;
    enum store_result result = canary->disk->commit(canary->disk->self, &late->batch);
    assert(result == STORE_OK);
}

/* What a party forgets of the follow-ups. */
static void misread_follow_up(const struct canary *canary, struct store_row *row)
{
    struct payment_row *payment = (struct payment_row *)row->value;
    if (row->key.table != TABLE_PAYMENT || !row->found)
        return;
    if (canary->kind == CANARY_REFUND_TWICE && canary->of == PARTY_ISSUER &&
        payment->kind == KIND_REFUND)
        row->found = false;
    if (canary->kind == CANARY_FORGET_RETURNED)
        payment->returned_minor = 0;
}

/* A row as an engine sees it whose party forgets something. */
static void misread(const struct canary *canary, struct store_row *row)
{
    struct payment_row *payment = (struct payment_row *)row->value;
    struct terminal_row *terminal = (struct terminal_row *)row->value;
    struct card_row *card = (struct card_row *)row->value;
    bool is_issuer = canary->of == PARTY_ISSUER;
    bool is_terminal = canary->of == PARTY_TERMINAL && row->key.table == TABLE_TERMINAL;
    if (canary->kind == CANARY_POST_TWICE && is_issuer && row->key.table == TABLE_PAYMENT)
        row->found = false;
    if (canary->kind == CANARY_RETURN_TWICE && is_issuer && row->key.table == TABLE_PAYMENT &&
        payment->stage == STAGE_REVERSED) {
        payment->stage = STAGE_ANSWERED;
        payment->money = MONEY_MOVED;
    }
    if (canary->kind == CANARY_FORGIVE_PINS && is_issuer && row->key.table == TABLE_CARD)
        card->pin_tries = 0;
    if (canary->kind == CANARY_SELL_WHILE_OWED && is_terminal)
        terminal->owed = (struct identity){0};
    if (canary->kind == CANARY_REUSE_TRACE && is_terminal && terminal->trace_next % 8 == 0)
        terminal->trace_next -= 3;
}

static enum store_result load(void *self, struct store_row *rows[], size_t count)
{
    struct canary *canary = self;
    if (canary->kind == CANARY_SEND_EARLY)
        write_late(canary);
    enum store_result result = canary->disk->load(canary->disk->self, rows, count);
    for (size_t i = 0; result == STORE_OK && i < count; i++) {
        misread(canary, rows[i]);
        misread_follow_up(canary, rows[i]);
    }
    return result;
}

static struct bytes keep(struct canary_late *late, struct bytes bytes)
{
    assert(late->used + bytes.len <= LATE_ROOM);
    uint8_t *at = late->room + late->used;
    if (bytes.len > 0)
        memcpy(at, bytes.at, bytes.len);
    late->used += bytes.len;
    return bytes_over(at, bytes.len);
}

static enum store_result commit_late(struct canary *canary, const struct store_batch *batch)
{
    struct canary_late *late = canary->late;
    write_late(canary);
    assert(batch->change_count <= BATCH_EVENTS_MAX && batch->record_count <= BATCH_EVENTS_MAX);
    late->used = 0;
    for (size_t i = 0; i < batch->change_count; i++) {
        late->changes[i] = batch->changes[i];
        late->changes[i].value = keep(late, batch->changes[i].value);
    }
    for (size_t i = 0; i < batch->record_count; i++) {
        late->records[i] = batch->records[i];
        late->records[i].bytes = keep(late, batch->records[i].bytes);
    }
    memcpy(late->head_hash, batch->head_hash, sizeof late->head_hash);
    late->batch = *batch;
    late->batch.changes = late->changes;
    late->batch.records = late->records;
    late->batch.head_hash = late->head_hash;
    late->is_due = true;
    return STORE_OK;
}

/* The batch with one bit of its first record's time changed. */
static enum store_result commit_edited(struct canary *canary, const struct store_batch *batch)
{
    static uint8_t edited[JOURNAL_RECORD_LEN_MAX];
    struct store_record records[BATCH_EVENTS_MAX];
    struct store_batch changed = *batch;
    assert(batch->record_count <= BATCH_EVENTS_MAX);
    memcpy(records, batch->records, batch->record_count * sizeof *records);
    memcpy(edited, records[0].bytes.at, records[0].bytes.len);
    edited[records[0].bytes.len / 2] ^= 1;
    records[0].bytes.at = edited;
    changed.records = records;
    return canary->disk->commit(canary->disk->self, &changed);
}

static enum store_result commit(void *self, const struct store_batch *batch)
{
    struct canary *canary = self;
    bool is_turn = ++canary->commits % FORGET_EVERY == 0;
    if (canary->kind == CANARY_FORGET_COMMIT && is_turn)
        return STORE_OK;
    if (canary->kind == CANARY_EDIT_JOURNAL && is_turn && batch->record_count > 0)
        return commit_edited(canary, batch);
    if (canary->kind == CANARY_SEND_EARLY)
        return commit_late(canary, batch);
    return canary->disk->commit(canary->disk->self, batch);
}

static enum store_result scan(void *self, const struct row_key *from, store_row_visit *visit,
                              void *context)
{
    struct canary *canary = self;
    return canary->disk->scan(canary->disk->self, from, visit, context);
}

static enum store_result read(void *self, uint64_t from, store_record_visit *visit, void *context)
{
    struct canary *canary = self;
    return canary->disk->read(canary->disk->self, from, visit, context);
}

/* ---- hsm ---- */

static void execute(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                    size_t count)
{
    const struct canary *canary = self;
    canary->hsm->execute(canary->hsm->self, commands, answers, count);
    for (size_t i = 0; i < count; i++) {
        bool trusts_mac =
            canary->kind == CANARY_TRUST_ALL_MACS && commands[i].kind == HSM_MAC_VERIFY;
        bool trusts_pin =
            canary->kind == CANARY_TRUST_ALL_PINS && commands[i].kind == HSM_PIN_VERIFY;
        if (answers[i].result == HSM_WRONG && (trusts_mac || trusts_pin))
            answers[i].result = HSM_OK;
    }
}

/* ---- step ---- */

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
};

static void spoil_step(struct canary *canary)
{
    for (size_t i = 0; i < ARRAY_COUNT(spoiled_steps); i++)
        if (canary->kind == spoiled_steps[i].kind && canary->of == spoiled_steps[i].of)
            canary->party_contract.step = spoiled_steps[i].step;
}

static const struct node_party *party_of(enum party party)
{
    if (party == PARTY_TERMINAL)
        return &terminal_party;
    return party == PARTY_ACQUIRER ? &acquirer_party : &issuer_party;
}

void canary_open(struct canary *canary, enum sim_canary kind, enum party of, struct store *disk,
                 const struct hsm *hsm)
{
    *canary = (struct canary){.kind = kind, .of = of, .disk = disk, .hsm = hsm};
    canary->store_contract = (struct store){
        .self = canary, .head = head, .load = load, .commit = commit, .scan = scan, .read = read};
    canary->hsm_contract = (struct hsm){.self = canary, .execute = execute};
    canary->party_contract = *party_of(of);
    spoil_step(canary);
    if (kind != CANARY_SEND_EARLY)
        return;
    struct canary_late *late = calloc(1, sizeof *late);
    assert(late);
    late->changes = calloc(BATCH_EVENTS_MAX, sizeof *late->changes);
    late->records = calloc(BATCH_EVENTS_MAX, sizeof *late->records);
    late->room = malloc(LATE_ROOM);
    assert(late->changes && late->records && late->room);
    canary->late = late;
}

void canary_close(struct canary *canary)
{
    if (!canary->late)
        return;
    free(canary->late->changes);
    free(canary->late->records);
    free(canary->late->room);
    free(canary->late);
    canary->late = NULL;
}

void canary_crash(struct canary *canary)
{
    if (canary->late)
        canary->late->is_due = false;
}

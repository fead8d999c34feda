#include "sim/canary/canary.h"

#include "sim/canary/canary_read.h"
#include "sim/canary/canary_step.h"

#include "acquirer/acquirer.h"
#include "base/assert.h"
#include "issuer/issuer.h"
#include "terminal/terminal.h"

#include <stdlib.h>
#include <string.h>

#define FORGET_EVERY 17
#define FRESH_READS 40 /* of a party that has just started */
#define REPLICA_LAG 3
#define MAC_PART_LEN 16

/* ---- store ---- */

static void head(void *self, struct store_head *out)
{
    struct canary *canary = self;
    canary->disk->head(canary->disk->self, out);
}

static enum store_result load(void *self, struct store_row *rows[], size_t count)
{
    struct canary *canary = self;
    enum store_result result = canary->disk->load(canary->disk->self, rows, count);
    for (size_t i = 0; result == STORE_OK && i < count; i++) {
        if (canary->late)
            canary_late_overlay(canary->late, rows[i]);
        canary_misread(canary, rows[i]);
    }
    return result;
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
    if (canary->late && canary->kind != CANARY_NONE)
        return canary_late_commit(canary->late, batch);
    return canary->disk->commit(canary->disk->self, batch);
}

/* A scan whose rows are passed on, but for those that the party overlooks. */
struct overlooking {
    const struct canary *canary;
    store_row_visit *visit;
    void *context;
};

static bool pass_on(void *context, const struct row_key *key, struct bytes value)
{
    const struct overlooking *scan = context;
    return canary_overlooks(scan->canary, key, value) || scan->visit(scan->context, key, value);
}

static enum store_result scan(void *self, const struct row_key *from, store_row_visit *visit,
                              void *context)
{
    struct canary *canary = self;
    struct overlooking overlooking = {canary, visit, context};
    return canary->disk->scan(canary->disk->self, from, pass_on, &overlooking);
}

static enum store_result read(void *self, uint64_t from, store_record_visit *visit, void *context)
{
    struct canary *canary = self;
    return canary->disk->read(canary->disk->self, from, visit, context);
}

/* ---- hsm ---- */

static bool is_mac(enum hsm_kind kind)
{
    return kind == HSM_MAC_MAKE || kind == HSM_MAC_VERIFY;
}

/* All MACs are of the last bytes of what they should cover. */
static void execute_part(const struct hsm *hsm, const struct hsm_command *command,
                         struct hsm_answer *answer)
{
    struct hsm_command part = *command;
    struct bytes *data = &part.of.mac.data;
    if (is_mac(part.kind) && data->len > MAC_PART_LEN)
        *data = bytes_over(data->at + data->len - MAC_PART_LEN, MAC_PART_LEN);
    hsm->execute(hsm->self, &part, answer, 1);
    hsm_command_wipe(&part);
}

static void trust(const struct canary *canary, const struct hsm_command *command,
                  struct hsm_answer *answer)
{
    bool trusts_mac = canary->kind == CANARY_TRUST_ALL_MACS && command->kind == HSM_MAC_VERIFY;
    bool trusts_pin = canary->kind == CANARY_TRUST_ALL_PINS && command->kind == HSM_PIN_VERIFY;
    if (answer->result == HSM_WRONG && (trusts_mac || trusts_pin))
        answer->result = HSM_OK;
}

static void execute(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                    size_t count)
{
    const struct canary *canary = self;
    if (canary->kind == CANARY_MAC_PART) {
        for (size_t i = 0; i < count; i++)
            execute_part(canary->hsm, &commands[i], &answers[i]);
        return;
    }
    canary->hsm->execute(canary->hsm->self, commands, answers, count);
    for (size_t i = 0; i < count; i++)
        trust(canary, &commands[i], &answers[i]);
}

/* ---- opening ---- */

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
    canary_spoil(kind, of, &canary->party_contract);
    if (kind == CANARY_REPLY_EARLY)
        canary->late = canary_late_new(disk, 1);
    if (kind == CANARY_ASYNC_REPLICA)
        canary->late = canary_late_new(disk, REPLICA_LAG);
}

void canary_close(struct canary *canary)
{
    if (canary->late)
        canary_late_free(canary->late);
    canary->late = NULL;
}

void canary_crash(struct canary *canary)
{
    canary->fresh = FRESH_READS;
    if (canary->late)
        canary_late_crash(canary->late);
}

int64_t canary_due_ns(const struct canary *canary, int64_t due_ns, int64_t skew_us)
{
    return canary->kind == CANARY_WALL_TIMER ? due_ns + skew_us * 1000 : due_ns;
}

#include "node/archive.h"

#include "base/assert.h"
#include "books/handout_rows.h"

#include <string.h>

#define NEEDS_BESIDE 4 /* configuration, proof, mark, batch */
#define NEEDS_EACH (2 + SIGNATURE_PARTS)

_Static_assert(NEEDS_BESIDE + ARCHIVE_PURGE_MAX * NEEDS_EACH <= NEEDS_MAX, "rows of a purge");
_Static_assert(1 + ARCHIVE_CARRY_MAX <= NEEDS_MAX, "rows that are brought forward");
_Static_assert(ARCHIVE_CARRY_MAX *(2 + ROW_KEY_LEN_MAX) <= COMMAND_VALUE_LEN_MAX, "their keys");
_Static_assert(ARCHIVE_PURGE_MAX *IDENTITY_KEY_LEN <= COMMAND_VALUE_LEN_MAX, "keys of a purge");

/* The payments of a purge: of one batch of one terminal, that of the first. */
struct purge {
    size_t count;
    struct identity identities[ARCHIVE_PURGE_MAX];
};

static bool is_same_batch(const struct identity *a, const struct identity *b)
{
    return memcmp(a->acquirer, b->acquirer, ACQUIRER_ID_LEN) == 0 &&
           memcmp(a->terminal, b->terminal, TERMINAL_ID_LEN) == 0 && a->batch == b->batch;
}

static struct purge purge_of(const struct node_command *command)
{
    struct purge purge = {0};

    if (command->value_len == 0 || command->value_len % IDENTITY_KEY_LEN != 0 ||
        command->value_len / IDENTITY_KEY_LEN > ARCHIVE_PURGE_MAX)
        return purge;
    for (size_t at = 0; at < command->value_len; at += IDENTITY_KEY_LEN) {
        struct identity *identity = &purge.identities[purge.count];

        identity_from_key(command->value + at, identity);
        if (identity->class != IDENTITY_PAYMENT || !is_same_batch(identity, &purge.identities[0]))
            return (struct purge){0};
        purge.count++;
    }
    return purge;
}

static struct row_key config_key(void)
{
    return row_key_of(TABLE_CONFIG, NULL, 0);
}

static struct row_key pending_key(const struct identity *identity)
{
    struct row_key key = payment_row_key(identity);

    key.table = TABLE_PENDING;
    return key;
}

static struct row_key batch_key(const struct identity *identity)
{
    uint8_t at[TERMINAL_ID_LEN + sizeof identity->batch];

    memcpy(at, identity->terminal, TERMINAL_ID_LEN);
    bytes_put_u32(at + TERMINAL_ID_LEN, identity->batch);
    return row_key_of(TABLE_BATCH, at, sizeof at);
}

bool archive_is_command(const struct node_command *command)
{
    switch (command->key.table) {
    case TABLE_ARCHIVE_DAY:
        return command->kind == COMMAND_ARCHIVE || command->kind == COMMAND_PURGE;
    case TABLE_ARCHIVE_JOURNAL:
        return command->kind == COMMAND_ARCHIVE || command->kind == COMMAND_CARRY;
    case TABLE_FORWARD:
        return command->kind == COMMAND_CARRY;
    case TABLE_BATCH:
        return command->kind == COMMAND_PURGE;
    default:
        return false;
    }
}

bool archive_take_key(struct bytes *list, struct row_key *out)
{
    if (list->len < 2)
        return false;
    uint8_t table = list->at[0];
    size_t len = list->at[1];
    if (table == TABLE_NONE || table >= TABLE_COUNT || len > ROW_KEY_LEN_MAX || len > list->len - 2)
        return false;
    *out = row_key_of((enum row_table)table, list->at + 2, len);
    *list = bytes_over(list->at + 2 + len, list->len - 2 - len);
    return true;
}

size_t archive_add_key(uint8_t *list, size_t len, const struct row_key *key)
{
    list[len] = key->table;
    list[len + 1] = key->len;
    memcpy(list + len + 2, key->at, key->len);
    return len + 2 + key->len;
}

static void need_carried(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct bytes list = bytes_over(command->value, command->value_len);
    struct row_key key;

    for (size_t i = 0; i < ARCHIVE_CARRY_MAX && archive_take_key(&list, &key); i++)
        node_need(work, key);
}

/* A batch's key begins with its terminal. */
static struct row_key mark_key_of_batch(const struct node_command *command)
{
    struct identity identity = {0};

    if (command->value_len == sizeof identity.acquirer)
        memcpy(identity.acquirer, command->value, sizeof identity.acquirer);
    memcpy(identity.terminal, command->key.at, sizeof identity.terminal);
    return archive_mark_key(&identity);
}

void archive_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct purge purge = purge_of(command);

    node_need(work, config_key());
    if (command->kind == COMMAND_CARRY && command->key.table == TABLE_ARCHIVE_JOURNAL) {
        need_carried(work);
        return;
    }
    node_need(work, command->key);
    if (command->key.table == TABLE_BATCH) {
        node_need(work, mark_key_of_batch(command));
        return;
    }
    if (command->kind != COMMAND_PURGE || purge.count == 0)
        return;
    node_need(work, archive_mark_key(&purge.identities[0]));
    node_need(work, batch_key(&purge.identities[0]));
    for (size_t i = 0; i < purge.count; i++) {
        node_need(work, payment_row_key(&purge.identities[i]));
        node_need(work, pending_key(&purge.identities[i]));
        for (uint8_t part = 0; part < SIGNATURE_PARTS; part++)
            node_need(work, signature_row_key(&purge.identities[i], part));
    }
}

/* ---- the proof ---- */

static bool is_good_proof(const struct node_work *work, const struct archive_day_row *day)
{
    struct archive_limits limits = archive_limits_of(node_config(work), work->event->wall);
    struct row_key key = archive_day_key(day->date, day->part);

    return day->layout == ARCHIVE_ROW_LAYOUT && row_key_equal(&key, &work->event->command->key) &&
           day->part > 0 && day->count > 0 && day->date <= limits.date &&
           day->state <= ARCHIVE_DONE;
}

/* What is recorded of the same file only gets on: from leaving to done. */
static enum outcome put_proof(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    const struct archive_day_row *stored = node_value(work, &command->key, sizeof *stored);
    struct archive_day_row day;

    if (command->value_len != sizeof day)
        return OUTCOME_MESSAGE_MALFORMED;
    memcpy(&day, command->value, sizeof day);
    if (stored != NULL) {
        if (memcmp(day.digest, stored->digest, sizeof day.digest) != 0)
            return OUTCOME_MESSAGE_MALFORMED;
        bool is_news = day.state == ARCHIVE_DONE && stored->state != ARCHIVE_DONE;
        day = *stored;
        if (!is_news)
            return OUTCOME_APPROVED;
        day.state = ARCHIVE_DONE;
    } else {
        if (!is_good_proof(work, &day) || day.state != ARCHIVE_LEAVING)
            return OUTCOME_MESSAGE_MALFORMED;
        day.purged = 0;
        day.archived = work->event->wall;
    }
    node_put(work, &command->key, &day, sizeof day);
    node_record(work, WHAT_ARCHIVED, NULL);
    return OUTCOME_APPROVED;
}

/* ---- the removal ---- */

/* Issuers keep no batches. */
static bool is_batch_open(const struct node_work *work, const struct identity *identity)
{
    struct row_key key = batch_key(identity);
    const struct batch_row *batch = node_value(work, &key, sizeof *batch);

    return batch != NULL && batch->state != BATCH_CLOSED;
}

static const struct payment_row *due_payment(const struct node_work *work,
                                             const struct identity *identity, uint32_t date)
{
    struct row_key key = payment_row_key(identity);
    struct row_key waiting_key = pending_key(identity);
    const struct payment_row *row = node_value(work, &key, sizeof *row);
    const struct node_row *waiting = node_row(work, &waiting_key);
    struct archive_limits limits = archive_limits_of(node_config(work), work->event->wall);
    struct archive_beside beside = {.has_pending = waiting == NULL || waiting->found,
                                    .is_batch_open = is_batch_open(work, identity)};

    if (row == NULL || row->business_date != date)
        return NULL;
    return archive_why_kept(row, &beside, &limits) == ARCHIVE_DUE ? row : NULL;
}

static void remove_payment(struct node_work *work, const struct identity *identity)
{
    struct row_key key = payment_row_key(identity);

    node_remove(work, &key);
    for (uint8_t part = 0; part < SIGNATURE_PARTS; part++) {
        key = signature_row_key(identity, part);
        if (node_row(work, &key)->found)
            node_remove(work, &key);
    }
}

static uint32_t remove_due(struct node_work *work, const struct purge *purge, uint32_t date)
{
    struct row_key key = archive_mark_key(&purge->identities[0]);
    const struct archive_mark_row *stored = node_value(work, &key, sizeof *stored);
    struct archive_mark_row mark = {.layout = ARCHIVE_ROW_LAYOUT};
    uint32_t count = 0;

    if (stored != NULL)
        mark = *stored;
    for (size_t i = 0; i < purge->count; i++) {
        const struct payment_row *row = due_payment(work, &purge->identities[i], date);
        if (row == NULL)
            continue;
        archive_mark_move(&mark, row);
        remove_payment(work, &purge->identities[i]);
        count++;
    }
    if (count == 0)
        return 0;
    mark.since = work->event->wall;
    node_put(work, &key, &mark, sizeof mark);
    return count;
}

static enum outcome remove_some(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    const struct archive_day_row *stored = node_value(work, &command->key, sizeof *stored);
    struct purge purge = purge_of(command);

    if (purge.count == 0)
        return OUTCOME_MESSAGE_MALFORMED;
    if (stored == NULL)
        return OUTCOME_ORIGINAL_NOT_FOUND;
    struct archive_day_row day = *stored;
    uint32_t count = remove_due(work, &purge, day.date);
    if (count == 0)
        return OUTCOME_APPROVED;
    day.purged += count;
    node_put(work, &command->key, &day, sizeof day);
    node_record(work, WHAT_PURGED, NULL);
    return OUTCOME_APPROVED;
}

/* ---- the journal ---- */

static bool is_good_list(struct bytes list)
{
    struct row_key key;

    for (size_t i = 0; i < ARCHIVE_CARRY_MAX && archive_take_key(&list, &key); i++)
        ;
    return list.len == 0;
}

/* Said again as they are. */
static enum outcome carry_rows(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct bytes list = bytes_over(command->value, command->value_len);
    struct row_key key;
    size_t count = 0;

    if (!is_good_list(list))
        return OUTCOME_MESSAGE_MALFORMED;
    while (archive_take_key(&list, &key)) {
        const struct node_row *row = node_row(work, &key);
        uint8_t value[ROW_VALUE_LEN_MAX];

        if (!row->found)
            continue;
        memcpy(value, row->value, row->len);
        node_put(work, &key, value, row->len);
        count++;
    }
    if (count > 0)
        node_record(work, WHAT_CARRIED, NULL);
    return OUTCOME_APPROVED;
}

/* The same step again makes the same row: a run that was broken off is begun again. */
static enum outcome carry_sum(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct forward_row row = {.layout = ARCHIVE_ROW_LAYOUT};
    const struct forward_row *stored = node_value(work, &command->key, sizeof row);
    struct forward_step step;

    if (command->value_len != sizeof step)
        return OUTCOME_MESSAGE_MALFORMED;
    memcpy(&step, command->value, sizeof step);
    struct posting account = {
        .kind = step.kind, .currency = step.currency, .account = step.account};
    struct row_key key = forward_key(step.node, &account);
    if (!row_key_equal(&key, &command->key) || step.to <= step.from)
        return OUTCOME_MESSAGE_MALFORMED;
    row.node = step.node;
    row.currency = step.currency;
    row.kind = step.kind;
    row.account = step.account;
    row.before = step.from;
    row.before_minor = stored == NULL ? 0 : forward_minor(stored, step.from);
    row.after = step.to;
    row.after_minor = row.before_minor + step.minor;
    node_put(work, &key, &row, sizeof row);
    node_record(work, WHAT_CARRIED, NULL);
    return OUTCOME_APPROVED;
}

/* Parts follow on one another. */
static enum outcome put_part(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    const struct archive_journal_row *stored = node_value(work, &command->key, sizeof *stored);
    struct archive_journal_row part;

    if (command->value_len != sizeof part)
        return OUTCOME_MESSAGE_MALFORMED;
    memcpy(&part, command->value, sizeof part);
    struct row_key key = archive_journal_key(part.node);
    uint64_t next = stored == NULL ? 1 : stored->sequence + 1;
    if (!row_key_equal(&key, &command->key) || part.sequence < part.first || part.first != next)
        return OUTCOME_MESSAGE_MALFORMED;
    part.layout = ARCHIVE_ROW_LAYOUT;
    part.parts = stored == NULL ? 1 : stored->parts + 1;
    part.archived = work->event->wall;
    node_put(work, &key, &part, sizeof part);
    node_record(work, WHAT_ARCHIVED, NULL);
    return OUTCOME_APPROVED;
}

static enum outcome journal_step(struct node_work *work)
{
    const struct node_command *command = work->event->command;

    if (command->kind == COMMAND_ARCHIVE)
        return put_part(work);
    return command->key.table == TABLE_FORWARD ? carry_sum(work) : carry_rows(work);
}

static enum outcome drop_batch(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct row_key mark_key = mark_key_of_batch(command);
    const struct archive_mark_row *mark = node_value(work, &mark_key, sizeof *mark);
    const struct batch_row *stored = node_value(work, &command->key, sizeof *stored);
    struct archive_limits limits = archive_limits_of(node_config(work), work->event->wall);

    if (stored == NULL)
        return OUTCOME_APPROVED;
    struct batch_row batch = *stored;
    if (archive_batch_is_due(&batch, mark, &limits)) {
        node_remove(work, &command->key);
        node_record(work, WHAT_PURGED, NULL);
    } else {
        node_put(work, &command->key, &batch, sizeof batch);
        node_record(work, WHAT_CARRIED, NULL);
    }
    return OUTCOME_APPROVED;
}

static enum outcome day_step(struct node_work *work)
{
    return work->event->command->kind == COMMAND_ARCHIVE ? put_proof(work) : remove_some(work);
}

void archive_step(struct node_work *work)
{
    enum outcome outcome = OUTCOME_MESSAGE_MALFORMED;

    assert(archive_is_command(work->event->command));
    enum row_table table = (enum row_table)work->event->command->key.table;
    if (node_config(work) == NULL)
        outcome = OUTCOME_MESSAGE_MALFORMED;
    else if (table == TABLE_BATCH)
        outcome = drop_batch(work);
    else
        outcome = table == TABLE_ARCHIVE_DAY ? day_step(work) : journal_step(work);
    node_show(work, outcome, NULL);
}

/*
 * What a running host does so that its journal can leave: hands out records that may go, brings
 * forward what stands in them, cuts.
 *
 * A record may go when it is as old as a day that may go and no payment that is still there is in
 * it: of what can be in doubt, owed or held the whole story stays. The last record always stays.
 */
#include "app/keeping/archive_errand.h"
#include "base/assert.h"
#include "books/journal.h"
#include "host/clock.h"
#include "node/archive.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES (256 * 1024)
#define PAGE_RECORDS 400
#define CUT_RECORDS 4000 /* removed in one job: some milliseconds */

/* ---- the journals ---- */

struct heads {
    struct store_head heads[STORE_NODES_MAX];
    size_t count;
};

static void take_head(void *context, const struct store_head *head)
{
    struct heads *heads = context;

    if (heads->count < STORE_NODES_MAX)
        heads->heads[heads->count++] = *head;
}

static bool read_heads(struct archive_errand *errand, struct store *store, struct heads *out)
{
    struct store_survey survey = {.context = out, .head = take_head};

    *out = (struct heads){0};
    if (store_survey(store, &survey) == STORE_OK)
        return true;
    errand->fault = "the store cannot be read";
    return false;
}

static const struct store_head *head_of(const struct heads *heads, uint16_t node)
{
    for (size_t i = 0; i < heads->count; i++) {
        if (heads->heads[i].node == node)
            return &heads->heads[i];
    }
    return NULL;
}

static json_t *part_json(const struct archive_journal_row *part)
{
    return json_pack("{s:I, s:I, s:I, s:o, s:I, s:o}", "parts", (json_int_t)part->parts, "first",
                     (json_int_t)part->first, "sequence", (json_int_t)part->sequence, "hash",
                     archive_hex(part->hash, sizeof part->hash), "bytes", (json_int_t)part->bytes,
                     "digest", archive_hex(part->digest, sizeof part->digest));
}

struct sums {
    const struct store_head *head;
    json_t *list;
};

static bool take_sum(void *context, const struct row_key *key, struct bytes value)
{
    struct sums *sums = context;
    struct forward_row row;

    (void)key;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    if (row.node == sums->head->node)
        json_array_append_new(
            sums->list,
            json_pack("{s:i, s:i, s:o, s:I}", "kind", row.kind, "currency", row.currency, "account",
                      archive_hex(&row.account, sizeof row.account), "minor",
                      (json_int_t)forward_minor(&row, sums->head->anchor.sequence)));
    return true;
}

static json_t *journal_json(struct archive_errand *errand, struct store *store,
                            const struct store_head *head)
{
    struct row_key key = archive_journal_key(head->node);
    struct row_key from = row_key_of(TABLE_FORWARD, NULL, 0);
    struct sums sums = {.head = head, .list = json_array()};
    struct archive_journal_row part;

    if (store->scan(store->self, &from, take_sum, &sums) != STORE_OK)
        errand->fault = "the store cannot be read";
    bool has_part = archive_load(errand, store, &key, &part, sizeof part);
    return json_pack("{s:i, s:I, s:I, s:o, s:o, s:o}", "node", head->node, "head",
                     (json_int_t)head->sequence, "anchor", (json_int_t)head->anchor.sequence,
                     "hash", archive_hex(head->anchor.hash, sizeof head->anchor.hash), "part",
                     has_part ? part_json(&part) : json_null(), "forward", sums.list);
}

void archive_run_journals(struct lane *lane, struct archive_errand *errand)
{
    struct store *store = lane_store(lane);
    json_t *journals = json_array();
    struct heads heads;

    if (read_heads(errand, store, &heads)) {
        for (size_t i = 0; i < heads.count; i++)
            json_array_append_new(journals, journal_json(errand, store, &heads.heads[i]));
    }
    json_object_set_new(errand->answer, "journals", journals);
}

/* ---- records ---- */

static json_int_t number_of(const struct archive_errand *errand, const char *name)
{
    return json_integer_value(json_object_get(errand->request, name));
}

struct page {
    uint8_t bytes[PAGE_BYTES + JOURNAL_RECORD_LEN_MAX];
    size_t len;
    struct bytes records[PAGE_RECORDS];
    size_t count;
    uint64_t first;
    struct journal_record record;
    struct store_row rows[NEEDS_MAX + 1];
};

static bool take_record(void *context, uint64_t sequence, struct bytes bytes)
{
    struct page *page = context;

    if (page->count == PAGE_RECORDS || page->len >= PAGE_BYTES ||
        bytes.len > JOURNAL_RECORD_LEN_MAX)
        return false;
    if (page->count == 0)
        page->first = sequence;
    memcpy(page->bytes + page->len, bytes.at, bytes.len);
    page->records[page->count++] = bytes_over(page->bytes + page->len, bytes.len);
    page->len += bytes.len;
    return true;
}

static enum store_result read_page(struct store *store, uint16_t node, uint64_t from,
                                   struct page *page)
{
    struct store_head head;

    store->head(store->self, &head);
    if (node == head.node)
        return store->read(store->self, from, take_record, page);
    return store->read_of == NULL ? STORE_RETRY
                                  : store->read_of(store->self, node, from, take_record, page);
}

static bool is_of_payment(const struct row_key *key)
{
    return key->table == TABLE_PAYMENT || key->table == TABLE_PENDING ||
           key->table == TABLE_SIGNATURE;
}

/* Whether anything of a payment that the record is about is still there. */
static enum store_result look_for_payment(struct store *store, struct page *page, bool *is_there)
{
    const struct journal_record *record = &page->record;
    struct store_row *list[NEEDS_MAX + 1];
    size_t count = 0;

    if (record->identity.trace != 0) {
        struct identity payment = identity_as(&record->identity, IDENTITY_PAYMENT);
        page->rows[count++].key = payment_row_key(&payment);
    }
    for (size_t i = 0; i < record->change_count; i++) {
        if (is_of_payment(&record->changes[i].key))
            page->rows[count++].key = record->changes[i].key;
    }
    for (size_t i = 0; i < count; i++)
        list[i] = &page->rows[i];
    enum store_result result = count == 0 ? STORE_OK : store->load(store->self, list, count);
    *is_there = false;
    for (size_t i = 0; i < count && result == STORE_OK; i++)
        *is_there = *is_there || page->rows[i].found;
    return result;
}

/* "": it may go. */
static const char *why_record_stays(struct archive_errand *errand, struct store *store,
                                    struct page *page, const struct archive_limits *limits)
{
    const struct journal_record *record = &page->record;
    bool is_there = false;

    if (instant_date(record->wall, limits->utc_offset_s) > limits->date)
        return archive_keep_name(ARCHIVE_KEEP_YOUNG);
    if (look_for_payment(store, page, &is_there) != STORE_OK)
        errand->fault = "the store cannot be read";
    return is_there ? "payment" : "";
}

static void add_records(struct archive_errand *errand, struct store *store, struct page *page,
                        uint64_t last)
{
    json_t *records = json_array();
    const char *why = "";
    struct config_row config;

    json_object_set_new(errand->answer, "records", records);
    if (!archive_load_config(errand, store, &config))
        return;
    struct archive_limits limits = archive_limits_of(&config, clock_wall());
    for (size_t i = 0; i < page->count && *why == 0 && errand->fault == NULL; i++) {
        if (journal_decode(page->records[i], &page->record) != OK)
            why = archive_keep_name(ARCHIVE_KEEP_DAMAGED);
        else if (page->record.sequence >= last)
            why = "last";
        else
            why = why_record_stays(errand, store, page, &limits);
        if (*why == 0)
            json_array_append_new(records, archive_hex(page->records[i].at, page->records[i].len));
    }
    json_object_set_new(errand->answer, "why", json_string(why));
}

void archive_run_records(struct lane *lane, struct archive_errand *errand)
{
    struct store *store = lane_store(lane);
    uint16_t node = (uint16_t)number_of(errand, "node");
    struct page *page = calloc(1, sizeof *page);
    struct heads heads;

    if (page == NULL || !read_heads(errand, store, &heads)) {
        errand->fault = page == NULL ? "no memory" : errand->fault;
        free(page);
        return;
    }
    const struct store_head *head = head_of(&heads, node);
    if (head == NULL ||
        read_page(store, node, (uint64_t)number_of(errand, "first"), page) != STORE_OK)
        errand->fault = "the journal cannot be read";
    else
        add_records(errand, store, page, head->sequence);
    free(page);
}

/* ---- bringing forward ---- */

static bool is_there(struct archive_errand *errand, struct store *store, const struct row_key *key)
{
    struct store_row row = {.key = *key};
    struct store_row *rows[] = {&row};

    if (store->load(store->self, rows, 1) != STORE_OK)
        errand->fault = "the store cannot be read";
    return row.found;
}

static bool read_key(const json_t *item, struct row_key *out)
{
    uint8_t bytes[2 + ROW_KEY_LEN_MAX];
    const char *hex = json_string_value(item);
    size_t len = 0;

    if (hex == NULL || bytes_from_hex(hex, strlen(hex), bytes, sizeof bytes, &len) != OK)
        return false;
    struct bytes list = bytes_over(bytes, len);
    return archive_take_key(&list, out) && list.len == 0;
}

struct first_payment {
    struct row_key from;
    bool is_there;
};

static bool take_first(void *context, const struct row_key *key, struct bytes value)
{
    struct first_payment *first = context;
    size_t same = ACQUIRER_ID_LEN + TERMINAL_ID_LEN + sizeof(uint32_t);

    (void)value;
    first->is_there = memcmp(key->at, first->from.at, same) == 0;
    return false;
}

/* No payment of the batch is there any more. */
static bool is_batch_empty(struct archive_errand *errand, struct store *store,
                           const struct identity *batch)
{
    uint8_t at[IDENTITY_KEY_LEN];
    struct first_payment first = {.is_there = false};

    identity_to_key(batch, at);
    first.from = row_key_of(TABLE_PAYMENT, at, sizeof at);
    if (store->scan(store->self, &first.from, take_first, &first) != STORE_OK)
        errand->fault = "the store cannot be read";
    return !first.is_there;
}

/* A closed batch of long ago leaves; its own step judges again. */
static bool may_batch_leave(struct archive_errand *errand, struct store *store,
                            const struct row_key *key, struct node_command *out)
{
    struct archive_mark_row mark;
    struct batch_row batch;
    struct config_row config;
    struct identity identity = {.class = IDENTITY_PAYMENT};

    if (key->table != TABLE_BATCH || !errand->is_acquirer ||
        !archive_load(errand, store, key, &batch, sizeof batch) ||
        !archive_load_config(errand, store, &config))
        return false;
    memcpy(identity.acquirer, config.id, sizeof identity.acquirer);
    memcpy(identity.terminal, batch.terminal, sizeof identity.terminal);
    identity.batch = batch.batch;
    struct row_key mark_key = archive_mark_key(&identity);
    struct archive_limits limits = archive_limits_of(&config, clock_wall());
    if (!archive_load(errand, store, &mark_key, &mark, sizeof mark) ||
        !archive_batch_is_due(&batch, &mark, &limits) || !is_batch_empty(errand, store, &identity))
        return false;
    out->kind = COMMAND_PURGE;
    out->key = *key;
    out->value_len = sizeof identity.acquirer;
    memcpy(out->value, identity.acquirer, sizeof identity.acquirer);
    return true;
}

/* The rows that go with one command; false: there is no room for it. */
static bool send_carry(struct lane *lane, struct archive_errand *errand,
                       struct node_command *command, size_t *count)
{
    if (*count > 0 && !archive_submit(lane, errand, command))
        return false;
    command->value_len = 0;
    *count = 0;
    return true;
}

void archive_run_carry(struct lane *lane, struct archive_errand *errand)
{
    struct store *store = lane_store(lane);
    const json_t *keys = json_object_get(errand->request, "keys");
    struct node_command command = {.kind = COMMAND_CARRY, .key = archive_journal_key(0)};
    struct node_command leaving = {0};
    size_t count = 0; /* in the command */
    size_t sent = 0;  /* of the list: all before it are dealt with */
    bool has_room = true;
    size_t i;
    const json_t *item;

    json_array_foreach(keys, i, item)
    {
        struct row_key key;

        if (!read_key(item, &key))
            errand->fault = "the request cannot be read";
        if (errand->fault != NULL || !has_room)
            break;
        if (!is_there(errand, store, &key))
            continue;
        if (may_batch_leave(errand, store, &key, &leaving)) {
            has_room = archive_submit(lane, errand, &leaving);
            continue;
        }
        if (count == ARCHIVE_CARRY_MAX) {
            has_room = send_carry(lane, errand, &command, &count);
            if (!has_room)
                break;
            sent = i;
        }
        command.value_len = (uint16_t)archive_add_key(command.value, command.value_len, &key);
        count++;
    }
    if (has_room && errand->fault == NULL && send_carry(lane, errand, &command, &count))
        sent = json_array_size(keys);
    json_object_set_new(errand->answer, "dealt_with", json_integer((json_int_t)sent));
}

static bool read_step(const struct archive_errand *errand, const json_t *sum,
                      struct forward_step *out)
{
    *out = (struct forward_step){.node = (uint16_t)number_of(errand, "node"),
                                 .currency =
                                     (uint16_t)json_integer_value(json_object_get(sum, "currency")),
                                 .kind = (uint8_t)json_integer_value(json_object_get(sum, "kind")),
                                 .from = (uint64_t)number_of(errand, "after"),
                                 .to = (uint64_t)number_of(errand, "to"),
                                 .minor = json_integer_value(json_object_get(sum, "minor"))};
    return archive_from_hex(json_object_get(sum, "account"), &out->account, sizeof out->account);
}

void archive_run_forward(struct lane *lane, struct archive_errand *errand)
{
    struct node_command command = {.kind = COMMAND_CARRY};
    const json_t *sum;
    size_t i;

    json_array_foreach(json_object_get(errand->request, "sums"), i, sum)
    {
        struct forward_step step;

        if (!read_step(errand, sum, &step)) {
            errand->fault = "the request cannot be read";
            return;
        }
        struct posting account = {
            .kind = step.kind, .currency = step.currency, .account = step.account};
        command.key = forward_key(step.node, &account);
        command.value_len = sizeof step;
        memcpy(command.value, &step, sizeof step);
        if (!archive_submit(lane, errand, &command)) {
            errand->fault = "too busy; try again";
            return;
        }
    }
}

/* ---- the proof, and the cut ---- */

void archive_run_journal_part(struct lane *lane, struct archive_errand *errand)
{
    struct node_command command = {.kind = COMMAND_ARCHIVE};
    struct archive_journal_row part = {.layout = ARCHIVE_ROW_LAYOUT,
                                       .node = (uint16_t)number_of(errand, "node"),
                                       .first = (uint64_t)number_of(errand, "first"),
                                       .sequence = (uint64_t)number_of(errand, "sequence"),
                                       .bytes = (uint64_t)number_of(errand, "bytes")};

    if (!archive_from_hex(json_object_get(errand->request, "hash"), part.hash, sizeof part.hash) ||
        !archive_from_hex(json_object_get(errand->request, "digest"), part.digest,
                          sizeof part.digest)) {
        errand->fault = "the request cannot be read";
        return;
    }
    command.key = archive_journal_key(part.node);
    command.value_len = sizeof part;
    memcpy(command.value, &part, sizeof part);
    if (!archive_submit(lane, errand, &command))
        errand->fault = "too busy; try again";
}

/* The record after the part carries the hash of its last. */
static bool is_followed(struct store *store, const struct archive_journal_row *part)
{
    struct page *page = calloc(1, sizeof *page);
    bool is_good = page != NULL &&
                   read_page(store, part->node, part->sequence + 1, page) == STORE_OK &&
                   page->count > 0 && page->first == part->sequence + 1 &&
                   journal_decode(page->records[0], &page->record) == OK &&
                   memcmp(page->record.previous, part->hash, sizeof part->hash) == 0;

    free(page);
    return is_good;
}

static const char *cut_fault(enum store_result result)
{
    if (result == STORE_OK)
        return NULL;
    if (result == STORE_ALONE)
        return "its standby is away or lacks records that are to leave: nothing was removed";
    return result == STORE_RETRY ? "the journal cannot be cut there now; try again"
                                 : "the store failed";
}

void archive_run_cut(struct lane *lane, struct archive_errand *errand)
{
    struct store *store = lane_store(lane);
    uint16_t node = (uint16_t)number_of(errand, "node");
    struct store_cut cut = {.node = node, .count_max = CUT_RECORDS};
    struct row_key key = archive_journal_key(node);
    struct archive_journal_row part;
    bool left = false;

    if (!archive_load(errand, store, &key, &part, sizeof part) || !is_followed(store, &part)) {
        errand->fault = "no part of this journal is proved";
        return;
    }
    cut.to.sequence = part.sequence;
    memcpy(cut.to.hash, part.hash, sizeof cut.to.hash);
    errand->fault = store->cut == NULL ? "this store keeps its whole journal"
                                       : cut_fault(store->cut(store->self, &cut, &left));
    json_object_set_new(errand->answer, "left", json_boolean(left));
}

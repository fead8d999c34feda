#include "app/keeping/audit_report.h"

#include "app/story/payment_json.h"
#include "books/archive_rows.h"
#include "drivers/store_audit.h"
#include "host/clock.h"

#include <stdlib.h>
#include <string.h>

/* ---- making ---- */

/* A hold that stands is not under way: nothing moves until it is completed or lapses. */
static bool count_pending(void *context, const struct row_key *key, struct bytes value)
{
    struct audit_report *report = context;
    struct pending_row row;

    if (key->table != TABLE_PENDING)
        return false;
    if (value.len == sizeof row)
        memcpy(&row, value.at, sizeof row);
    report->pending += value.len != sizeof row || row.kind != PENDING_HOLD;
    return true;
}

static bool take_config(void *context, const struct row_key *key, struct bytes value)
{
    struct audit_report *report = context;
    struct config_row config;

    if (key->table == TABLE_CONFIG && value.len == sizeof config) {
        memcpy(&config, value.at, sizeof config);
        report->account = account_of_text(config.id, ACQUIRER_ID_LEN);
        report->currency = config.currency;
    }
    return false;
}

static void add_sum(struct audit_report *report, const struct posting *posting)
{
    size_t at = 0;

    while (at < report->sum_count && report->sums[at].account != posting->account)
        at++;
    if (at == AUDIT_SUMS_MAX) {
        report->err = ERR_FULL;
        return;
    }
    if (at == report->sum_count)
        report->sums[report->sum_count++].account = posting->account;
    report->sums[at].minor += posting->minor;
}

struct summing {
    struct audit_report *report;
    struct store_head heads[STORE_NODES_MAX];
    size_t head_count;
    struct journal_record record;
};

static void sum_entry(struct audit_report *report, const struct posting *posting)
{
    if (posting->kind < ACCOUNT_KIND_COUNT)
        report->totals[posting->kind] += posting->minor;
    if (posting->kind == ACCOUNT_ACQUIRER_SETTLEMENT || posting->kind == ACCOUNT_ISSUER_RECEIVABLE)
        add_sum(report, posting);
}

static void note_head(void *context, const struct store_head *head)
{
    struct summing *summing = context;

    if (summing->head_count < STORE_NODES_MAX)
        summing->heads[summing->head_count++] = *head;
}

/* What entries that were archived come to, as of what the journal begins after. */
static bool sum_forward(void *context, const struct row_key *key, struct bytes value)
{
    struct summing *summing = context;
    struct forward_row row;

    if (key->table != TABLE_FORWARD || value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    for (size_t i = 0; i < summing->head_count; i++) {
        const struct store_head *head = &summing->heads[i];
        struct posting posting = {.kind = row.kind,
                                  .currency = row.currency,
                                  .account = row.account,
                                  .minor = forward_minor(&row, head->anchor.sequence)};
        if (head->node == row.node && posting.minor != 0)
            sum_entry(summing->report, &posting);
    }
    return true;
}

/* The audit has read these records already: what is damaged has its fault. */
static bool sum_record(void *context, uint64_t sequence, struct bytes bytes)
{
    struct summing *summing = context;

    (void)sequence;
    if (journal_decode(bytes, &summing->record) != OK)
        return false;
    for (size_t i = 0; i < summing->record.postings.count; i++)
        sum_entry(summing->report, &summing->record.postings.rows[i]);
    return true;
}

static void count_head(void *context, const struct store_head *head)
{
    struct audit_report *report = context;

    report->head += head->sequence;
}

static enum err sum_all(const struct store *store, struct audit_report *report)
{
    struct summing *summing = calloc(1, sizeof *summing);
    enum store_result result;

    if (summing == NULL)
        return ERR_FULL;
    summing->report = report;
    struct store_survey survey = {.context = summing,
                                  .head = note_head,
                                  .record = sum_record,
                                  .row = sum_forward,
                                  .table = TABLE_FORWARD};
    result = store_survey(store, &survey);
    free(summing);
    return result == STORE_OK ? report->err : ERR_IO;
}

static enum err report_make(const struct store *store, const struct hsm *hsm, bool quick,
                            struct audit_report *report)
{
    struct row_key config = row_key_of(TABLE_CONFIG, NULL, 0);
    uint8_t key[AUDIT_KEY_LEN];
    struct store_survey moment = {
        .context = report, .head = count_head, .row = count_pending, .table = TABLE_PENDING};

    if (store_survey(store, &moment) != STORE_OK ||
        store->scan(store->self, &config, take_config, report) != STORE_OK)
        return ERR_IO;
    if (quick)
        return OK;
    clock_entropy(key, sizeof key);
    TRY(store_audit(store, hsm, key, &report->result));
    return sum_all(store, report);
}

void audit_report_make(const struct store *store, const struct hsm *hsm, bool quick,
                       struct audit_report *report)
{
    enum err err = report_make(store, hsm, quick, report);

    report->err = err;
}

bool audit_report_is_good(const struct audit_report *report)
{
    return report->err == OK && report->result.fault == AUDIT_GOOD;
}

/* ---- telling ---- */

static bool is_text(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (at[i] < ' ' || at[i] > '~')
            return false;
    }
    return len > 0;
}

/* "account 3", "terminal T1", "card 318BB328": a row as people know it. */
static void row_add_text(struct text *t, const struct row_key *key)
{
    struct identity identity;

    text_add(t, row_table_name((enum row_table)key->table));
    text_add_char(t, ' ');
    if (key->table == TABLE_ACCOUNT) {
        text_add_u64(t, bytes_get_u64(key->at));
    } else if (key->len == IDENTITY_KEY_LEN) {
        identity_from_key(key->at, &identity);
        identity_add_text(t, &identity);
    } else if (is_text(key->at, key->len)) {
        text_add_bytes(t, bytes_over(key->at, key->len));
    } else {
        text_add_hex(t, key->at, key->len < 4 ? key->len : 4);
    }
}

static const char *fault_words(const struct audit_report *report)
{
    return report->err == OK ? audit_fault_text(report->result.fault) : err_text(report->err);
}

void audit_report_add_fault(const struct audit_report *report, struct text *t)
{
    const struct audit_result *result = &report->result;

    text_add(t, fault_words(report));
    if (result->sequence != 0) {
        text_add(t, "; record ");
        text_add_u64(t, result->sequence);
    }
    if (result->key.table != TABLE_NONE) {
        text_add(t, "; ");
        row_add_text(t, &result->key);
    }
}

enum err audit_hashing_open(struct hsm_soft **out)
{
    struct hsm_soft_config config = {.master_generation = 1, .realm = KEY_TEST};

    config.master.len = SECRET_LEN_MAX;
    clock_entropy(config.master.at, SECRET_LEN_MAX);
    enum err err = hsm_soft_open(&config, out);
    secret_wipe(&config.master);
    return err;
}

static void set_fault(const struct audit_report *report, json_t *json)
{
    const struct audit_result *result = &report->result;
    char room[128];
    struct text row = text_over(room, sizeof room);

    json_object_set_new(json, "words", json_string(fault_words(report)));
    if (result->sequence != 0)
        json_object_set_new(json, "record", json_integer((json_int_t)result->sequence));
    if (result->key.table != TABLE_NONE) {
        row_add_text(&row, &result->key);
        json_object_set_new(json, "row", json_string(text_z(&row)));
    }
    if (result->fault != AUDIT_BALANCE_DIFFERS && result->fault != AUDIT_HELD_DIFFERS)
        return;
    json_object_set_new(json, "expected",
                        json_money(money_of(result->expected_minor, report->currency)));
    json_object_set_new(json, "found", json_money(money_of(result->found_minor, report->currency)));
}

static json_t *number_text(uint64_t number)
{
    char room[24];
    struct text t = text_over(room, sizeof room);

    text_add_u64(&t, number);
    return json_string(text_z(&t));
}

static json_t *sums_json(const struct audit_report *report)
{
    json_t *list = json_array();

    for (size_t i = 0; i < report->sum_count; i++)
        json_array_append_new(list, json_pack("{s:o, s:I}", "account",
                                              number_text(report->sums[i].account), "minor",
                                              (json_int_t)report->sums[i].minor));
    return list;
}

static json_t *totals_json(const struct audit_report *report)
{
    json_t *json = json_object();

    for (int kind = ACCOUNT_NONE + 1; kind < ACCOUNT_KIND_COUNT; kind++) {
        if (report->totals[kind] != 0)
            json_object_set_new(json, account_kind_name((enum account_kind)kind),
                                json_money(money_of(report->totals[kind], report->currency)));
    }
    return json;
}

json_t *audit_report_json(const struct audit_report *report)
{
    const struct audit_result *result = &report->result;
    json_t *json =
        json_pack("{s:s, s:s, s:b, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "name", report->name,
                  "party", party_name(report->party), "good", audit_report_is_good(report), "fault",
                  report->err == OK ? audit_fault_name(result->fault) : "unreadable", "records",
                  (json_int_t)result->records, "postings", (json_int_t)result->postings, "rows",
                  (json_int_t)result->rows, "accounts", (json_int_t)result->accounts, "head",
                  (json_int_t)report->head, "pending", (json_int_t)report->pending);

    set_fault(report, json);
    json_object_set_new(json, "account", number_text(report->account));
    json_object_set_new(json, "currency", json_integer(report->currency));
    json_object_set_new(json, "totals", totals_json(report));
    json_object_set_new(json, "settlement", sums_json(report));
    return json;
}
